"""The pages about many dossiers: procedures with what stands at each step, and a year's figures, each back to its dossiers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from markupsafe import Markup

from ...asked import moment_of, year_of
from ...causes import TITLES
from ...drill import Part
from ...engine import Engine
from ...errors import BadValue
from ...figures import FIGURES, Figure, Group
from ...life import Life
from ...lights import Light
from ...model import Finding, Flow, Step
from ...national import has_result
from ...render.page import provenance, table
from ...stats import CAUSES, CHANNEL_TITLES, Report
from ...text import Text, percent_shown
from ...versions import in_force
from ...words import Words
from ...worktime import TZ, local
from ..desk import Asked
from .memory import Memory


def procedures(asked: Asked) -> dict[str, Any]:
    """Every procedure in force by field, with how many of its dossiers are under way and how many results wait."""
    engine = asked.engine
    flows = in_force(engine.flows.flows, asked.at.astimezone(TZ).date()).values()
    counts = Counter((life.case.code, has_result(life.state)) for life in _open(asked))
    groups: dict[str, list[tuple[Flow, int, int]]] = {}
    for flow in sorted(flows, key=lambda one: one.code):
        groups.setdefault(flow.field, []).append((flow, counts[flow.code, False], counts[flow.code, True]))
    fields = engine.flows.org.fields
    return {"groups": [(fields.get(name, Text(name, name)), inside) for name, inside in sorted(groups.items())]}


def _open(asked: Asked) -> list[Life]:
    unread: list[Finding] = []
    lives = asked.engine.lives(asked.at, unread, running=True)
    return [life for _, life in lives if not life.state.ended]


class Place(NamedTuple):
    """A step of a procedure now: the dossiers at it, and the working seconds they have been there, over all.

    `heat` is 0 where none is, else 1 to 3 by the mean of that against the step's time: well within, in its last quarter, over.
    """

    step: Step
    lives: tuple[Life, ...]
    worked: int
    mean: int
    heat: int
    light: Light


def procedure(asked: Asked, code: str) -> dict[str, Any]:
    """A flowchart with what stands at each step. Raises UnknownFlow."""
    engine = asked.engine
    flow = engine.flows.find(code, asked.at.astimezone(TZ).date())
    lives = [life for life in _open(asked) if life.case.code == flow.code]
    places = [_place(asked, flow, step, lives) for step in flow.steps]
    return {
        "flow": flow,
        "places": places,
        "open": sum(not has_result(life.state) for life in lives),
        "waiting": sum(has_result(life.state) for life in lives),
        "counts": {place.step.id: str(len(place.lives)) for place in places if place.lives},
        "hot": {place.step.id: place.heat for place in places if place.heat},
        "apart": len(lives) - sum(len(place.lives) for place in places),
    }


def _place(asked: Asked, flow: Flow, step: Step, lives: list[Life]) -> Place:
    at, calendar = moment_of(asked.at), asked.engine.flows.calendar
    here = tuple(life for life in lives if life.state.row.id == step.id)
    worked = sum(calendar.worked(life.state.since, at) for life in here)
    mean = worked // len(here) if here else 0
    counted = [life for life in here if life.state.step_due is not None]
    if not counted:
        return Place(step, here, worked, mean, min(1, len(here)), "grey" if step.clock == "stopped" else "green")
    allowed = sum(calendar.worked(life.state.since, life.state.step_due or at) for life in counted) // len(counted)
    heat: tuple[int, Light] = (
        (3, "red") if mean > allowed else (2, "yellow") if 4 * mean > 3 * allowed else (1, "green")
    )
    return Place(step, here, worked, mean, *heat)


class Cell(NamedTuple):
    """A figure on the dashboard, and the cell of `engine.drill` that opens its dossiers."""

    cell: str
    value: int


class Row(NamedTuple):
    """A line of a table of figures."""

    title: Text
    code: str
    cells: tuple[Cell, ...]


_SHOWN = ("received", "resolved", "early", "on_time", "late", "open_overdue", "misrouted_dossiers")
COLUMNS: tuple[Figure, ...] = tuple(figure for figure in FIGURES if figure.name in _SHOWN)
"""The counts over the columns of every table."""
_ALONE: Mapping[str, Text] = {
    "resolved": Text("đã giải quyết", "resolved"),
    "on_time": Text("đúng hạn, kể cả rút, dừng, không thời hạn", "on time, with withdrawn, stopped and without a term"),
    "misrouted_dossiers": Text("hồ sơ bị chuyển nhầm", "misrouted dossiers"),
}
"""What figures are called that stand without the lines of the form around them."""


def asked_year(asked: Asked, text: str) -> int:
    """The year of an address, this one where there is none. Raises BadValue."""
    if not text:
        return asked.at.astimezone(TZ).year
    return year_of(int(text) if text.isdecimal() and text.isascii() and len(text) == 4 else text)


def year(asked: Asked, memory: Memory, text: str) -> dict[str, Any]:
    """The dashboard of a year, counted anew."""
    wanted = asked_year(asked, text)
    found = memory.stats(wanted, asked.at)
    lang = asked.lang
    groups: tuple[tuple[Text, str, Mapping[str, Group]], ...] = (
        (Text("Theo lĩnh vực", "By field"), "field", found.by_field),
        (Text("Theo phòng", "By division"), "division", found.by_division),
        (Text("Theo cách nộp", "By channel"), "channel", found.by_channel),
        (Text("Theo thủ tục", "By procedure"), "procedure", found.by_procedure),
    )
    return {
        "year": wanted,
        "report": found,
        "until": found.until,
        "whole": [(figure, Cell(f"agency/{figure.name}", getattr(found.counts, figure.name))) for figure in COLUMNS],
        "rate": percent_shown(found.counts.in_time_rate, lang),
        "tables": [(title, _rows(part, inside)) for title, part, inside in groups],
        "columns": COLUMNS,
        "titles": _ALONE,
        "causes": [(TITLES[cause], Cell(f"cause/{cause}", found.late_by_cause.get(cause, 0))) for cause in CAUSES],
        "officers": _officers(found),
        "command": command(wanted, asked.at),
    }


def _rows(part: str, groups: Mapping[str, Group]) -> list[Row]:
    """The lines of a grouping in which anything happened."""
    rows = (
        Row(
            group.title,
            key if part == "procedure" else "",
            tuple(Cell(f"{part}/{key}/{figure.name}", getattr(group.counts, figure.name)) for figure in COLUMNS),
        )
        for key, group in groups.items()
    )
    return [row for row in rows if any(cell.value for cell in row.cells)]


def _officers(found: Report) -> list[tuple[str, int, Cell, Cell]]:
    """Whoever was late at a step, or handed a dossier to a wrong account: how many steps he did, and how many so."""
    return [
        (
            one.name or name,
            one.steps,
            Cell(f"officer/{name}/late_steps", one.late_steps),
            Cell(f"officer/{name}/misrouted", one.misrouted),
        )
        for name, one in found.by_officer.items()
        if one.late_steps or one.misrouted
    ]


def command(year: int, at: datetime, cell: str = "") -> str:
    """The line of a shell that gives the same; of a year that isn't over, as it stood at that moment (R92, R110)."""
    now = at.astimezone(TZ)
    cut_off = f" --as-of {now:%Y-%m-%dT%H:%M:%S}" if now.year == year else ""
    return f"flowiso report --store URL --year {year}" + (f" --drill {cell}" if cell else "") + cut_off


def behind(asked: Asked, memory: Memory, text: str, cell: str) -> dict[str, Any]:
    """The dossiers behind a figure. Raises BadValue for a cell there isn't."""
    wanted = asked_year(asked, text)
    if not cell:
        raise BadValue(Text("thiếu ô số liệu (cell)", "no cell was named"))
    parts: tuple[Part, ...] = memory.drill(cell, wanted, asked.at)
    return {
        "year": wanted,
        "cell": cell,
        "parts": parts,
        "sum": sum(part.adds for part in parts),
        "command": command(wanted, asked.at, cell),
        "called": called(asked.engine, cell),
        "names": _names(asked),
        "until": local(moment_of(asked.at)),
    }


def called(engine: Engine, cell: str) -> Text:
    """A cell in words: whose figure it is, and which."""
    (part, _, rest), org = cell.partition("/"), engine.flows.org
    key, _, name = rest.rpartition("/")
    if part == "cause":
        late = {str(cause): words for cause, words in TITLES.items()}[name]
        return Text(f"Trễ vì {late.vi}", f"Late: {late.en}")
    titles: Mapping[str, Text] = {**{figure.name: figure.title for figure in FIGURES}, **_ALONE, **_WORK}
    named: Mapping[str, Mapping[str, Text]] = {
        "field": org.fields,
        "division": org.divisions,
        "channel": {str(channel): words for channel, words in CHANNEL_TITLES.items()},
    }
    plain = org.accounts[key].name if key in org.accounts else key
    whose = named.get(part, {}).get(key, Text(plain, plain)) if key else _WHOLE
    which = titles.get(name, Text(name, name))
    return Text(f"{whose.vi}: {which.vi}", f"{whose.en}: {which.en}")


_WHOLE = Text("Cả cơ quan", "The whole agency")
_WORK: Mapping[str, Text] = {
    "late_steps": Text("bước chậm", "late steps"),
    "misrouted": Text("lượt chuyển nhầm", "hand-overs to a wrong account"),
}


def _names(asked: Asked) -> Mapping[str, str]:
    return {account.id: account.name for account in asked.engine.flows.org.accounts.values()}


def in_words(asked: Asked, flow: Flow) -> Markup:
    """The flowchart in words, and where each of its facts comes from: read, assumed, or the file's own."""
    org, words, lang = asked.engine.flows.org, words_of(asked.engine), asked.lang
    return Markup(table(flow, org, words, lang) + provenance(flow, lang))


def words_of(engine: Engine) -> Words:
    """The shared words of an agency's files, none where its flows are no folder's."""
    library = getattr(engine.flows, "library", None)
    return library.words if library else Words()
