"""What a file that is named itself is: a scenario or a declared year isn't read as a flow wherever it lies."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import click

from ..errors import BadValue
from ..library import contents
from ..text import Text
from .options import lang_of

Kind = Literal["scenario", "year"]

_KEY = re.compile(rb"^([a-z_]+)[ \t]*:", re.MULTILINE)
_OF_FLOWS = frozenset({"code", "steps", "version", "deadline"})
_TOLD: dict[Kind, Text] = {
    "scenario": Text("là một kịch bản, không phải lưu đồ; kiểm tra như kịch bản", "is a scenario and no flow; checked as one"),
    "year": Text(
        "khai số liệu một năm (_reports), không phải lưu đồ; kiểm tra như thế", "declares a year and no flow; checked as that"
    ),
}  # fmt: skip


def kind_of(file: Path) -> Kind | None:
    """What the keys in the first column make of a file; None for a flow, and for what can't be told. Said on stderr."""
    try:
        keys = {found.decode() for found in _KEY.findall(contents(file))}
    except BadValue:  # a finding of who reads it
        return None
    if keys & _OF_FLOWS or not keys:
        return None
    from ..declaredfile import SECTIONS as OF_YEARS
    from ..simulate.scenariokeys import ALONE, HEAD, SECTIONS

    kind: Kind | None = None
    if keys & {"base", *SECTIONS, *ALONE} - {"year"}:
        kind = "scenario"
    elif "year" in keys and (keys & {*OF_YEARS} or keys & {"title", "facts"} == {"facts"}):
        kind = "year"
    elif "year" in keys and keys <= {*HEAD}:
        kind = "scenario"
    if kind is not None:
        click.echo(f"'{file}' {_TOLD[kind].to(lang_of())}", err=True)
    return kind
