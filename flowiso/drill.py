"""From a figure back to its dossiers: which of them make a cell of a report, and by how much each (R110)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from .calendar import Calendar
from .errors import BadValue
from .figures import FIGURES, RATIOS, Counts
from .life import Life
from .model import CHANNELS, Flow
from .org import Org
from .period import Period
from .stats import CAUSES, Line, Officer, Tally, counted, cut_off, handler
from .text import Text
from .worktime import day_of


class Part(NamedTuple):
    """A dossier and what it adds to a cell: 1 to a count of dossiers, and below 0 where it takes back what an earlier period
    told. Days are None where there is no such moment; `due` is the law's, `appointed` the one an apology promised (R50)."""

    number: str
    code: str
    channel: str
    handler: str
    received: date | None
    due: date | None
    appointed: date | None
    resolved: date | None
    adds: int

    def to_json(self) -> dict[str, Any]:
        """The part under its names, days in ISO 8601."""
        return {name: one.isoformat() if isinstance(one, date) else one for name, one in self._asdict().items()}


Adds = Callable[[Tally], int]
"""What a tally of one dossier adds to a cell."""

_LINES = ("agency", "field", "procedure", "division", "channel", "handler")
_COUNTS: Mapping[str, tuple[str, ...]] = {
    **{name: (name,) for name in (*(figure.name for figure in FIGURES), *Counts._fields, "in_time")},
    **{f"{ratio.name}_numerator": ratio.numerator for ratio in RATIOS},
    **{f"{ratio.name}_denominator": (ratio.denominator,) for ratio in RATIOS},
}
"""Of which counts a figure is the sum."""

_RATES = frozenset(ratio.name for ratio in RATIOS)
_TITLES = {
    "field": Text("lĩnh vực", "field"),
    "procedure": Text("thủ tục", "procedure"),
    "division": Text("phòng", "division"),
    "channel": Text("kênh", "channel"),
    "handler": Text("tài khoản", "account"),
    "officer": Text("tài khoản", "account"),
}
_WORK = Officer._fields[2:]
FORMS = Text(
    "agency/late, field/<lĩnh vực>/late, procedure/<mã>/late, division/<phòng>/late, channel/online/late,"
    " handler/<tài khoản>/late, officer/<tài khoản>/late_steps, cause/overload",
    "agency/late, field/<field>/late, procedure/<code>/late, division/<division>/late, channel/online/late,"
    " handler/<account>/late, officer/<account>/late_steps, cause/overload",
)
"""The cells that can be drilled, by example."""


def drill(
    cell: str,
    lives: Iterable[Life],
    period: Period,
    calendar: Calendar,
    org: Org,
    flows: Iterable[Flow],
    until: int | None = None,
) -> tuple[Part, ...]:
    """The dossiers behind a cell, by number; what they add is together the cell of `stats.tally` by the same arguments.

    Raises BadValue for a cell there isn't, also of a field, procedure, division, channel or account that nobody knows, and for
    rates, which are made of two others.
    """
    known = {(flow.code, flow.version): flow for flow in flows}
    adds, end = _adds(cell, known), cut_off(period, until)
    part, key = cell.partition("/")[0], _key_of(cell)
    names = _names(part, known.values(), org)
    there = not key or key in names
    found = []
    for life in counted(lives, known.values()):
        tally = Tally(period, calendar, org, end)
        tally.add(life)
        there = there or key in _met(part, tally, known)
        if count := adds(tally):
            found.append(_part(life, count))
    if not there:
        raise _nobody(part, key, names)
    return tuple(sorted(found, key=lambda part: part.number))


def _part(life: Life, count: int) -> Part:
    case = life.case
    again = life.state.due_current if life.apology is not None else None
    received, due, appointed, resolved = (
        None if moment is None else day_of(moment) for moment in (life.received, life.due, again, life.resolved)
    )
    return Part(case.number, case.code, case.channel, handler(life), received, due, appointed, resolved, count)


def _adds(cell: str, flows: dict[tuple[str, int], Flow]) -> Adds:
    part, figure, key = cell.partition("/")[0], cell.rpartition("/")[2] if "/" in cell else "", _key_of(cell)
    if part == "cause" and not key and figure in CAUSES:
        return lambda tally: sum(count for cause, count in tally.causes.items() if cause == figure)
    if part == "officer" and key and figure in _WORK:
        place = _WORK.index(figure)
        return lambda tally: tally.officers.get(key, (0,) * len(_WORK))[place]
    if part in _LINES and figure in _COUNTS and bool(key) == (part != "agency"):
        return lambda tally: sum(
            getattr(Counts(**counts), name)
            for line, counts in tally.counts.items()
            if not key or _key(line, part, flows) == key
            for name in _COUNTS[figure]
        )
    raise _unknown(cell, figure)


def _key_of(cell: str) -> str:
    """What stands between the part and the figure: an id, which may have slashes."""
    return "/".join(cell.split("/")[1:-1])


def _names(part: str, flows: Iterable[Flow], org: Org) -> set[str]:
    """The ids that a part can have by the flows and the organisation."""
    if part in ("field", "division"):
        return {*(str(getattr(flow, part)) for flow in flows), *(org.divisions if part == "division" else ())}
    if part == "procedure":
        return {flow.code for flow in flows}
    return set(CHANNELS if part == "channel" else org.accounts)


def _met(part: str, tally: Tally, flows: dict[tuple[str, int], Flow]) -> set[str]:
    """The ids of a part that a tally has, such as of an account that is gone by now."""
    return set(tally.officers) if part == "officer" else {_key(line, part, flows) for line in tally.counts}


def _key(line: Line, part: str, flows: dict[tuple[str, int], Flow]) -> str:
    """Under which key of a grouping a line stands."""
    if part == "procedure":
        return line.code
    if part in ("channel", "handler"):
        return str(getattr(line, part))
    flow = flows.get((line.code, line.version))
    return str(getattr(flow, part)) if flow else ""


def _nobody(part: str, key: str, names: Iterable[str]) -> BadValue:
    from difflib import get_close_matches

    title = _TITLES[part]
    near = ", ".join(get_close_matches(key, names, 3)) or ", ".join(sorted(names)[:3])
    return BadValue(
        Text(
            f"không có {title.vi} '{key}' trong lưu đồ, tổ chức hay hồ sơ của kỳ; mã nào có xem ở --format csv, ví dụ {near}",
            f"neither flows, organisation nor dossiers have a {title.en} '{key}'; --format csv has the ids, e.g. {near}",
        )
    )


def _unknown(cell: str, figure: str) -> BadValue:
    if figure.endswith("_rate") or figure in _RATES:
        return BadValue(
            Text(
                f"'{cell}' là tỷ lệ; hãy xem tử số hoặc mẫu số của nó, ví dụ agency/in_time, agency/resolved",
                f"'{cell}' is a rate; ask for its numerator or denominator, e.g. agency/in_time, agency/resolved",
            )
        )
    return BadValue(
        Text(
            f"không có ô '{cell}' để mở ra hồ sơ; ví dụ đúng: {FORMS.vi}",
            f"there is no cell '{cell}' with dossiers; good ones: {FORMS.en}",
        )
    )
