"""Event logs as files: `simulate --log FILE` and `export-log` write the same."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import BadValue
from ..eventlog import FORMS, About, encoded, form_of
from ..life import Life
from ..org import Org
from ..text import Text
from .options import lang_of
from .output import write_parts


def log_form(file: str) -> str:
    """The form of an event log that a file's ending asks for; BadValue for another ending."""
    form = form_of(file)
    if form is None:
        names = ", ".join(f".{name}" for name in FORMS)
        raise BadValue(
            Text(f"không rõ dạng nhật ký của '{file}': hãy đặt đuôi {names}", f"'{file}': end its name with {names}")
        )
    return form


def write_log(lives: Iterable[Life], org: Org, simulated: bool, form: str, output: str | None) -> None:
    """Write the event log of these dossiers to the file `output`, whole or not at all, or to the screen."""
    write_parts(encoded(lives, form, About(org.agency, org.title, simulated, lang_of())), output)
