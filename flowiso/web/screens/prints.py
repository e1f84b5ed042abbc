"""Papers to be printed: a dossier's control sheet and the forms it has issued, and the register, as the commands print them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from importlib.util import find_spec
from typing import Any, NamedTuple

from starlette.responses import Response

from ...dossier import Dossier
from ...engine import Engine
from ...errors import BadValue
from ...papers import issued
from ...period import Period
from ...render import control, forms, register
from ...render.pdf import as_pdf
from ...text import Text
from ...words import Form
from ...worktime import TZ, local
from ..asking import unmask
from ..desk import Asked
from .visit import Visit, day_typed
from .yearly import words_of

ABSENT = Text(
    "máy chủ này không in được PDF; người quản trị cài thêm: pip install 'flowiso[pdf]'",
    "this server can't print PDF; its administrator installs what is missing: pip install 'flowiso[pdf]'",
)


def is_ready() -> bool:
    """Whether what prints is installed (the extra `pdf`)."""
    return all(find_spec(name) is not None for name in ("typst", "segno"))


class Issued(NamedTuple):
    """A form that a line of the log has issued, to be printed from that very line."""

    seq: int
    at: int
    title: Text


def issued_by(engine: Engine, found: Dossier) -> list[Issued]:
    """The forms of a dossier, the latest first."""
    named = words_of(engine).forms
    return [
        Issued(one.seq, one.at, _titled(named.get(one.form), one.form, local(one.at).date()))
        for one in reversed(issued(found.table, found.moves))
    ]


def _titled(form: Form | None, name: str, on: date) -> Text:
    """What a form is called, with its number of that day (R20)."""
    if form is None:
        return Text(name, name)
    vi, en = form.mark(on, "vi"), form.mark(on, "en")
    return Text(f"{vi}: {form.title.vi}", f"{en}: {form.title.en}") if vi else form.title


async def sheet(visit: Visit) -> Response:
    """The control sheet of a dossier (R20, R158)."""
    number = visit.request.path_params["number"]
    made = await visit.screens.desk.look(_sheet, visit.asked, number)
    return _pdf(made, "phieu-kiem-soat", number)


def _sheet(asked: Asked, number: str) -> bytes:
    engine = asked.engine
    found, form = engine.sheet(number, asked.at), words_of(engine).forms.get(control.FORM)
    return as_pdf(control.as_paper(found, engine.flows.org, form, asked.lang, _simulated(engine)), asked.lang)


async def form(visit: Visit) -> Response:
    """A form that a line issued; with personal data in full for a key that may see them, and noted (R151, R152)."""
    number, line = visit.request.path_params["number"], visit.request.path_params["line"]
    made = await visit.screens.desk.look(_form, visit.asked, number, line, _in_full(visit, number))
    return _pdf(made, f"mau-dong-{line}", number)


def _form(asked: Asked, number: str, line: str, unmasked: bool) -> bytes:
    engine = asked.engine
    found = engine.dossier(number)
    one = next((one for one in issued(found.table, found.moves) if str(one.seq) == line), None)
    if one is None:
        raise BadValue(Text(f"dòng {line} không phát hành giấy tờ nào", f"line {line} issued no form"))
    people, named = engine.person(number, unmasked), words_of(engine).forms.get(one.form)
    made = forms.print_of(found, engine.flows.calendar, one, named, people, _simulated(engine))
    return as_pdf(forms.as_paper(made, asked.lang), asked.lang)


async def register_page(visit: Visit) -> Response:
    """Which days of the register are to be printed; this month's at first (R20, R22)."""
    today = visit.at.astimezone(TZ).date()
    return visit.show(
        "register.html", first=f"01/{today:%m/%Y}", last=f"{today:%d/%m/%Y}", refused=None, absent=_absent()
    )


async def register_pdf(visit: Visit) -> Response:
    """The register of the dossiers received within some days."""
    first, last = visit.query("from"), visit.query("to")
    try:
        period = Period(day_typed(first), day_typed(last))
    except BadValue as error:
        told: dict[str, Any] = {"first": first, "last": last, "refused": error.text}
        return visit.show("register.html", 400, **told, absent=_absent())
    made = await visit.screens.desk.look(_register, visit, period, _in_full(visit, None))
    return _pdf(made, f"so-theo-doi-{period.first}-{period.last}", "")


def _register(visit: Visit, period: Period, unmasked: bool) -> bytes:
    asked, engine = visit.asked, visit.asked.engine
    found = visit.memory.register(period, asked.at)
    people: Mapping[str, Mapping[str, str]] = {one.number: engine.person(one.number, unmasked) for one in found.lines}
    org, title = engine.flows.org, words_of(engine).forms.get(register.FORM)
    return as_pdf(register.as_paper(found, org, people, title, asked.lang, _simulated(engine)), asked.lang)


def _in_full(visit: Visit, number: str | None) -> bool:
    """Whether personal data was asked for as it is; then it is noted. Raises Problem."""
    if not visit.query("people"):
        return False
    unmask(visit.asked, number)
    return True


def _absent() -> Text | None:
    return None if is_ready() else ABSENT


def _simulated(engine: Engine) -> bool:
    return engine.store.kind == "simulated"


def _pdf(made: bytes, name: str, number: str) -> Response:
    """A paper to be saved; nothing that was typed stands in its name."""
    plain = re.sub(r"[^A-Za-z0-9.-]+", "-", f"{name}-{number}" if number else name)
    told = {"Content-Disposition": f'attachment; filename="{plain[:_LONGEST]}.pdf"'}
    return Response(made, media_type="application/pdf", headers=told)


_LONGEST = 80
