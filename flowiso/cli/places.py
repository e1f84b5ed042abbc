"""What the words of a command name: paths by the agency they belong to, flows by code, version or file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from pathlib import Path

import click

from ..errors import BadValue, FlowFileError, UnknownFlow
from ..library import Library, Place, agencies, bundled, contents, load
from ..model import Flow
from ..text import Text
from .options import flows_folder, lang_of, own_folder


def desk(file: Path) -> Path:
    """The agency that judges a file outside any: the one worked with from here, else the shipped one; said on stderr."""
    folder = own_folder() or bundled()
    text = Text(
        f"'{file}' không nằm trong thư mục cơ quan nào; xét theo cơ quan ở '{folder}'",
        f"'{file}' lies in no agency's folder; judged by the agency in '{folder}'",
    )
    click.echo(text.to(lang_of()), err=True)
    return folder


def places(paths: Iterable[Path], flows: str | None = None) -> list[Place]:
    """The paths by agency: the one given by `--flows`, else the nearest, else for a file named itself that of `desk`.

    Raises BadValue for a path that isn't there, holds nothing, or holds files of no agency.
    """
    if flows is None:
        return agencies(paths, desk)
    given = Path(flows)
    files = tuple(file for place in agencies(paths, lambda file: given) for file in place.files)
    return [Place(given, files)] if files else []


def to_write_in(given: str | None) -> Path:
    """The folder to write to: the one given, `./flows`, or the agency one stands in; never the shipped one unasked."""
    if given is not None:
        return Path(given)
    here = own_folder()
    if here is None:
        raise BadValue(
            Text(
                "ở đây không có thư mục flows; hãy ghi --flows THƯ-MỤC, hoặc tạo bằng 'flowiso init flows'",
                "there is no folder 'flows' here; give --flows DIR, or make one with 'flowiso init flows'",
            )
        )
    return here


def is_file(name: str) -> bool:
    """Whether a word names a file rather than a code."""
    return name.lower().endswith((".yaml", ".yml")) or os.sep in name


def home(flows: str | None) -> Callable[[], Library]:
    """The library that codes are looked up in, read when it is first needed."""
    return cache(lambda: load(flows_folder(flows)))


def flow_named(
    name: str, flows: str | None, library: Callable[[], Library], on: date | None = None
) -> tuple[Library, Flow]:
    """The flow meant by a file, by CODE (in force `on` a day, else the newest) or by CODE@N, and the library it is in."""
    if is_file(name):
        return flow_in(Path(name), flows)
    return library(), flow_coded(library(), name, on)


def flow_in(file: Path, flows: str | None = None) -> tuple[Library, Flow]:
    """The flow in a file. Raises FlowFileError with the findings when it can't be understood."""
    contents(file)  # what can't be opened is said so
    (place,) = places([file], flows)
    library = load(place.agency, [file])
    if not library.flows:
        found = [finding for finding in library.findings if finding.file == str(file)]
        raise FlowFileError(Text(f"'{file}' có lỗi; hãy sửa trước", f"'{file}' has faults; mend them first"), found)
    return library, library.flows[0]


def flow_coded(library: Library, name: str, on: date | None = None) -> Flow:
    """The flow of a code or CODE@N. Raises UnknownFlow, FlowFileError when it may be among what can't be read."""
    code, at, version = name.partition("@")
    if at and not (version.isascii() and version.isdecimal()):
        raise BadValue(Text(f"'{name}': sau @ là lần ban hành, ví dụ {code}@2", f"'{name}': write {code}@2"))
    if at and on:
        raise BadValue(
            Text(f"--on không đi cùng '{name}'; hãy bỏ --on", f"--on doesn't go with '{name}'; leave it out")
        )
    try:
        flow = library.find(code, on)
        return library.version(flow.code, int(version)) if at else flow
    except UnknownFlow as error:
        if library.findings:
            raise FlowFileError(error.text, library.findings) from error
        raise
