"""`flowiso check --watch`: do it again whenever a file has changed, until Ctrl-C."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click

from ..errors import FlowISOError
from ..text import Text
from .options import lang_of

EVERY = 0.5
"""Seconds between two looks at the files."""

WAITING = Text("--- chờ tệp thay đổi; dừng bằng Ctrl-C ---", "--- waiting for a change; stop with Ctrl-C ---")

Stamps = dict[Path, tuple[int, int]]


def again_on_change(once: Callable[[], int], folders: Iterable[Path]) -> int:
    """Run `once`, and again after every change below the folders; the exit code of the last run, on Ctrl-C.

    What can't be done at the beginning is raised; later, while someone is at work on the files, it is only said.
    """
    folders = list(folders)
    seen = stamps(folders)
    code = once()
    try:
        while True:
            click.echo(WAITING.to(lang_of()), err=True)
            while (now := stamps(folders)) == seen:
                time.sleep(EVERY)
            seen = now
            code = _tried(once)
    except KeyboardInterrupt:
        return code


def stamps(folders: Iterable[Path]) -> Stamps:
    """Time and size of every YAML file below the folders, and of the agency's other text files."""
    found: Stamps = {}
    for file in (file for folder in folders for file in _below(folder)):
        if file.suffix.lower() in (".yaml", ".yml", ".txt"):
            try:
                about = file.stat()
            except OSError:  # gone since the folder was listed
                continue
            found[file] = about.st_mtime_ns, about.st_size
    return found


def _below(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        yield folder
    for at, _, names in os.walk(folder):
        yield from (Path(at, name) for name in names)


def _tried(once: Callable[[], int]) -> int:
    try:
        return once()
    except FlowISOError as error:
        click.echo(f"flowiso: {error.text.to(lang_of())}", err=True)
        return 2
