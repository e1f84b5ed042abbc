"""What is wrong with a command line; loaded only when something is."""

from __future__ import annotations

import re
from typing import Any

import click

from ..schema import meant, nearest
from ..text import Text
from .options import named


def usage_fault(error: click.ClickException) -> Text:
    """What is wrong with a command line, in both languages, and where to read how it is used."""
    path = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "flowiso"
    said = error.format_message().rstrip(".")
    guess = _command_meant(said)
    return Text(f"{_vietnamese(error, said)}{guess.vi}; xem '{path} --help'", f"{said}{guess.en}; see '{path} --help'")


def _command_meant(said: str) -> Text:
    """Which command is meant where one isn't there; the rest of the message has what click says of an option."""
    from . import COMMANDS

    unknown = re.fullmatch("No such command '(.*)'", said)
    return meant(nearest(unknown[1], COMMANDS) if unknown else None)


def _vietnamese(error: click.ClickException, said: str) -> str:
    if isinstance(error, click.NoSuchOption):
        guess = nearest(error.option_name.lstrip("-"), [one.lstrip("-") for one in error.possibilities or ()])
        return f"không có tùy chọn '{error.option_name}'{meant(guess and f'--{guess}').vi}"
    if isinstance(error, click.BadOptionUsage):
        return f"tùy chọn '{error.option_name}' cần một giá trị"
    if isinstance(error, click.BadParameter) and error.param is not None:
        name = (
            "/".join(error.param.opts)
            if isinstance(error.param, click.Option)
            else named(error.param.human_readable_name)
        )
        if isinstance(error, click.MissingParameter):
            return f"thiếu '{name}'"
        return f"giá trị của '{name}' không hợp lệ: cần {_wanted(error.param.type)}"
    return re.sub(r"^Got unexpected extra arguments?", "thừa tham số", said.replace("No such command", "không có lệnh"))


def _wanted(kind: Any) -> str:
    """What a parameter of this type takes, in Vietnamese."""
    if isinstance(kind, click.Choice):
        return "một trong " + ", ".join(map(str, kind.choices))
    if isinstance(kind, click.IntRange):
        low = "" if kind.min is None else f" từ {kind.min}"
        return f"số nguyên{low}" + ("" if kind.max is None else f" đến {kind.max}")
    if isinstance(kind, click.Path):
        return "một thư mục" if not kind.file_okay else "một tệp" if not kind.dir_okay else "đường dẫn đọc được"
    return "một giá trị đúng kiểu"
