"""What the commands that print papers share: their form by the file's ending, the font, and personal data in full."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..text import Text
from .options import lang_of, option
from .output import tell_written, write

if TYPE_CHECKING:
    from ..app import Agency
    from ..engine import Engine
    from ..render.pdf import Paper
    from ..words import Form

F = TypeVar("F", bound=Callable[..., Any])

font_option = option(
    "--font",
    metavar="NAME",
    text=Text(
        "Phông chữ của PDF, như 'Times New Roman', phải có trên máy này (mặc định: phông đi kèm, máy nào cũng như nhau).",
        "Font of the PDF, such as 'Times New Roman', which this machine must have (default: the one that comes along).",
    ),
)
unmasked_option = option(
    "--unmasked",
    is_flag=True,
    text=Text(
        "In đủ dữ liệu cá nhân, để đưa cho người nộp (mặc định: che).",
        "Print personal data in full, for the applicant's own copy (default: masked).",
    ),
)


def form_option(*forms: str) -> Callable[[F], F]:
    """`--format`; without it what `-o` ends with decides."""
    text = Text(
        "Dạng kết quả (mặc định: theo đuôi tệp của -o, không rõ thì text).", "Form (default: as -o ends, else text)."
    )
    return option("--format", "form", type=click.Choice(forms), default=None, text=text)


def form_of(form: str | None, output: str | None, *forms: str) -> str:
    """The form that was asked for, else the one that the file's name ends with, else "text"."""
    ending = PurePath(output or "").suffix.removeprefix(".")
    return form or (ending if ending in forms else "text")


def written(made: str | bytes, output: str | None) -> None:
    """Write it, and say where."""
    write(made, output)
    tell_written(output)


def printed(paper: Paper, font: str | None) -> bytes:
    """The paper as PDF. Raises BadValue."""
    from ..render.pdf import FONT, as_pdf

    return as_pdf(paper, lang_of(), font or FONT)


def agency_of(engine: Engine) -> Agency:
    """The folder that a command works with."""
    from ..app import Agency

    assert isinstance(engine.flows, Agency)
    return engine.flows


def shared_form(engine: Engine, form: str) -> Form | None:
    """A form by its id in `_steps.yaml`; None when the agency has none of this id."""
    return agency_of(engine).library.words.forms.get(form)
