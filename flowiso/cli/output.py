"""`-o FILE`: what a command makes goes to the screen, or whole into a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import click

from ..errors import BadValue, reason
from ..text import Text, many, number
from .options import lang_of, option

F = TypeVar("F", bound=Callable[..., Any])


def out_option(function: F) -> F:
    """`-o`, `--output`."""
    text = Text("Ghi vào tệp này thay vì ra màn hình.", "Write to this file instead of the screen.")
    return option("-o", "--output", "output", type=click.Path(), default=None, text=text)(function)


def write(made: str | bytes, output: str | None) -> None:
    """Write what was made to the screen, or to the file `output`: whole or not at all.

    BadValue when that can't be written, or is a published flow file (R65) or a store (R58), which stay as they are.
    """
    if output is None:
        click.echo(made, nl=isinstance(made, str) and not made.endswith("\n"))
    else:
        _put([made if isinstance(made, bytes) else _whole(made)], output)


def write_lines(lines: Iterable[str], output: str | None) -> None:
    """The same for lines that are made one by one, and never all held at once."""
    if output is None:
        for line in lines:
            click.echo(line)
    else:
        _put((_whole(line) for line in lines), output)


def write_parts(parts: Iterable[bytes], output: str | None) -> None:
    """The same for bytes that are made part by part."""
    if output is None:
        for part in parts:
            click.echo(part, nl=False)
    else:
        _put(parts, output)


def check_writable(output: str | None) -> None:
    """Refuse now what `write` would refuse after long work: BadValue where the file `output` can't be written."""
    if output is not None:
        with _half(output) as (half, _):
            half.touch()


def _put(parts: Iterable[bytes], output: str) -> None:
    with _half(output) as (half, target):
        with half.open("wb") as file:
            file.writelines(parts)
        half.replace(target)


@contextmanager
def _half(output: str) -> Iterator[tuple[Path, Path]]:
    """A file beside the file `output` that may take its place, and that; what is left of the first is gone afterwards."""
    _refuse_frozen(Path(output).absolute())
    target = Path(output).resolve()
    half = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        if target.exists() and not target.is_file():
            raise BadValue(
                Text(
                    f"'{output}' không phải là tệp thường; hãy chọn tên khác",
                    f"'{output}' is no regular file; choose another",
                )
            )
        _refuse_store(target)
        yield half, target
    except OSError as error:
        vi, en = reason(error)
        raise BadValue(Text(f"không ghi được '{output}': {vi}", f"can't write '{output}': {en}")) from error
    finally:
        with suppress(OSError):
            half.unlink(missing_ok=True)


@contextmanager
def telling(done: Text | None) -> Iterator[None]:
    """Print inside what was done: where that fails or is stopped, standard error says that it is `done` nevertheless."""
    try:
        yield
    except (OSError, KeyboardInterrupt):
        if done is not None:
            click.echo(f"flowiso: {done.to(lang_of())}", err=True)
        raise


def _refuse_frozen(path: Path) -> None:
    from ..library import agency_folder, contents
    from ..published import listed, read_published

    agency = agency_folder(path.parent)
    seals = agency / "_published.txt" if agency else None
    if seals and seals.is_file() and listed(str(path)) in read_published(contents(seals), str(seals))[0].seals:
        vi, en = f"'{path}' đã ban hành, khóa trong {seals.name}", f"'{path}' is published and frozen in {seals.name}"
        raise BadValue(
            Text(
                f"{vi}, nên không ghi đè; hãy chọn tệp khác sau -o", f"{en}, not written over; give another file to -o"
            )
        )


def _refuse_store(target: Path) -> None:
    """No log is ever lost to a slip of the hand (R58): what is made to be read goes over no database."""
    from ..store.backup import is_sqlite

    if not (target.exists() and is_sqlite(target)):
        return
    vi, en = (
        f"'{target}' là kho hồ sơ hay một cơ sở dữ liệu SQLite",
        f"'{target}' is a store or another SQLite database",
    )
    raise BadValue(
        Text(f"{vi}, nên không ghi đè; hãy chọn tệp khác sau -o", f"{en}, not written over; give another file to -o")
    )


def tell_written(output: str | None) -> None:
    """Say on standard error what was written to `-o`; nothing when it went to the screen."""
    if output is not None:
        size = os.stat(output).st_size
        said = Text(f"đã ghi {output} ({number(size)} byte)", f"wrote {output} ({many(size, 'byte')})")
        click.echo(said.to(lang_of()), err=True)


def _whole(text: str) -> bytes:
    return (text if text.endswith("\n") else text + "\n").encode("utf-8", "backslashreplace")
