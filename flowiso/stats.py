"""The figures of a period, from logs as they stood at its end (II.06a, R90-R95, R111).

The caller cuts the logs at `period.end` (`store.logs(agency, until=period.end)`), so a report run again later says the
same (R92). Counts are whole dossiers; percentages are strings with two decimals or None for 0/0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from typing import Any, NamedTuple, get_args

from .calendar import Calendar
from .causes import late_cause, unconfirmed_since
from .errors import BadValue
from .life import OFFICIAL, Life, visits_at
from .model import Channel, Flow, LateCause
from .org import Org
from .period import Period
from .text import Text, percent
from .tracing import told_by
from .worktime import day_of

CAUSES: tuple[LateCause, ...] = get_args(LateCause)
"""Why dossiers are late (R95)."""

ONLINE: Channel = "online"
_NAMELESS = Text("", "")
OBJECTIVE = 99
"""The quality objective: more than this percentage of the dossiers resolved on their merits in time."""


class Counts(NamedTuple):
    """One line of the table: dossiers of a procedure, a field or the agency.

    `on_time` is column 9 of the form: it holds `no_term`, `withdrawn` and `stopped` too. `closed_overdue` are those of
    the withdrawn and stopped that were past their due date; `merits` and `merits_in_time` those with a term that were
    resolved on their merits. `misrouted` are hand-overs, less those told before the period that were none after all,
    `misrouted_dossiers` the dossiers they happened to, `suspected` hand-overs not confirmed within the limit at the period's
    end (R122).
    """

    received: int = 0
    carried_over: int = 0
    resolved: int = 0
    open: int = 0
    open_in_time: int = 0
    open_overdue: int = 0
    early: int = 0
    on_time: int = 0
    late: int = 0
    no_term: int = 0
    withdrawn: int = 0
    stopped: int = 0
    closed_overdue: int = 0
    merits: int = 0
    merits_in_time: int = 0
    refused_intake: int = 0
    online: int = 0
    misrouted: int = 0
    misrouted_dossiers: int = 0
    suspected: int = 0

    @property
    def in_time(self) -> int:
        """Early or on time, as column 8 + 9 of the form."""
        return self.early + self.on_time

    @property
    def total(self) -> int:
        """Received and carried over: column 3."""
        return self.received + self.carried_over

    @property
    def in_time_rate(self) -> str | None:
        """In time of resolved (R93 a)."""
        return percent(self.in_time, self.resolved)

    @property
    def late_rate(self) -> str | None:
        """Late of resolved."""
        return percent(self.late, self.resolved)

    @property
    def objective_rate(self) -> str | None:
        """In time of those resolved on their merits: without no-term, withdrawn and stopped ones (R57, R59, R61)."""
        return percent(self.merits_in_time, self.merits)

    @property
    def objective_met(self) -> bool | None:
        """Whether strictly more than the objective were in time; None when nothing was resolved on its merits."""
        return 100 * self.merits_in_time > OBJECTIVE * self.merits if self.merits else None

    @property
    def online_rate(self) -> str | None:
        """Online of received in the period."""
        return percent(self.online, self.received)

    def to_json(self) -> dict[str, Any]:
        """The counts and rates under their names."""
        return self._asdict() | {name: getattr(self, name) for name in _DERIVED}


_DERIVED = ("total", "in_time", "in_time_rate", "late_rate", "objective_rate", "objective_met", "online_rate")
"""What follows from the counts."""


class Group(NamedTuple):
    """The counts of one field or procedure."""

    title: Text
    counts: Counts


class Officer(NamedTuple):
    """What one account did in the period.

    `steps` are visits that ended, a step handed on to a colleague being a visit of both; `late_steps` those past their
    due minute, with the time lost by his own wrong hand-overs (R124); `misrouted` hand-overs he sent to a wrong account
    and `lost_minutes` the working minutes they cost. Each is what the log told by the period's end less what it had told
    before the period: what two years tell adds up, and what turned out otherwise in the second takes back what the first had
    counted, so that a figure may be below 0.
    """

    name: str
    division: str
    steps: int = 0
    late_steps: int = 0
    misrouted: int = 0
    lost_minutes: int = 0


class Catalogue(NamedTuple):
    """The procedures in force on the period's last day. `by_level` counts online levels 1 to 4 (R5)."""

    total: int = 0
    fields: int = 0
    by_level: tuple[int, int, int, int] = (0, 0, 0, 0)
    interconnected: int = 0
    with_dossiers: int = 0

    def to_json(self) -> dict[str, int]:
        """The figures under their names."""
        levels = {f"level_{level}": count for level, count in enumerate(self.by_level, 1)}
        rest = {"interconnected": self.interconnected, "with_dossiers": self.with_dossiers}
        return {"total": self.total, "fields": self.fields, **levels, **rest}


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one agency and one period. Mappings are sorted by key: field id, procedure code, account id."""

    period: Period
    counts: Counts
    by_field: Mapping[str, Group] = field(default_factory=dict)
    by_procedure: Mapping[str, Group] = field(default_factory=dict)
    by_officer: Mapping[str, Officer] = field(default_factory=dict)
    late_by_cause: Mapping[LateCause, int] = field(default_factory=dict)
    catalogue: Catalogue = field(default_factory=Catalogue)
    agency: str = ""
    agency_title: Text = field(default=_NAMELESS)
    simulated: bool = False

    def __getattr__(self, name: str) -> Any:
        """Every count and rate of the whole agency: `report.late` is `report.counts.late`."""
        if name in _SHOWN:
            return getattr(self.counts, name)
        raise AttributeError(name)

    def to_json(self, lang: str = "vi") -> dict[str, Any]:
        """The report as JSON values: the keys are stable; titles are in `lang`, "vi" or "en"."""
        period = self.period
        whole = (period.first.month, period.first.day, period.last) == (1, 1, date(period.first.year, 12, 31))
        return {
            "agency": self.agency,
            "title": self.agency_title.to(lang),
            "year": period.first.year if whole else None,
            "from": period.first.isoformat(),
            "to": period.last.isoformat(),
            "simulated": self.simulated,
            "procedures": self.catalogue.to_json(),
            **self.counts.to_json(),
            "late_by_cause": dict(self.late_by_cause),
            "by_field": {key: _group_json(group, lang) for key, group in self.by_field.items()},
            "by_procedure": {key: _group_json(group, lang) for key, group in self.by_procedure.items()},
            "by_officer": {key: officer._asdict() for key, officer in self.by_officer.items()},
        }


_SHOWN = frozenset((*Counts._fields, *_DERIVED))


def _group_json(group: Group, lang: str) -> dict[str, Any]:
    return {"title": group.title.to(lang), **group.counts.to_json()}


def tally(
    lives: Iterable[Life],
    period: Period,
    calendar: Calendar,
    org: Org | None = None,
    flows: Iterable[Flow] = (),
    simulated: bool = False,
) -> Report:
    """The figures of a period from lives traced from logs cut at `period.end`; a later move is a BadValue (R92).

    `org` and `flows` give titles, names, the field of each procedure and the catalogue; without them groups are by id
    only and there are no fields. Internal processes are no procedures: what their dossiers do is counted nowhere.
    """
    flows = tuple(flows)
    internal = tuple(flow for flow in flows if flow.kind == "internal")
    skipped = {flow.code for flow in internal}
    count = _Tally(period, calendar, org)
    for life in lives:
        if life.case.code not in skipped:
            count.add(life)
    procedures = tuple(flow for flow in flows if flow.code not in skipped)
    return count.report(procedures, simulated, aside={flow.field for flow in internal})


class _Tally:
    """Adds up lives: counts by flow version, causes, officers."""

    def __init__(self, period: Period, calendar: Calendar, org: Org | None) -> None:
        self.period = period
        self.calendar = calendar
        self.org = org
        self.start, self.end = period.start, period.end
        self.counts: dict[tuple[str, int], dict[str, int]] = {}
        self.causes: dict[LateCause, int] = dict.fromkeys(CAUSES, 0)
        self.officers: dict[str, list[int]] = {}

    def add(self, life: Life) -> None:
        """Count one dossier."""
        if life.state.at > self.end:
            number = life.case.number
            raise BadValue(
                Text(
                    f"Nhật ký hồ sơ {number} có lượt chuyển sau ngày chốt số liệu; hãy cắt nhật ký ở cuối kỳ (R92).",
                    f"The log of {number} goes on after the cut-off; cut the logs at the period's end (R92).",
                )
            )
        key = (life.case.code, life.case.version)
        counts = self.counts.get(key)
        if counts is None:
            counts = self.counts[key] = dict.fromkeys(Counts._fields, 0)
        before = told_by(life, self.calendar, self.start - 1) if life.submitted < self.start else None
        for mark in self._marks(life):
            counts[mark] += 1
        if life.state.at >= self.start or not life.state.ended:
            self._add_work(life, before, counts)

    def _marks(self, life: Life) -> Iterable[str]:
        """The columns a dossier stands in.

        A result that an earlier period told and that came back since is counted again once it is late, and not before (R129).
        """
        if life.received is None:
            refused = life.kind == "refused-intake" and life.state.since >= self.start
            return ("refused_intake",) if refused else ()
        if life.resolved is not None and life.resolved < self.start:
            return ()
        told = self._told(life)
        if told is not None and (told.outcome == "late" or not (life.is_late(self.end) or life.closed_overdue)):
            return ()
        if life.received < self.start:
            came: tuple[str, ...] = ("carried_over",)
        else:
            came = ("received", "online") if life.case.channel == ONLINE else ("received",)
        return came + (self._open(life) if life.resolved is None else self._resolved(life))

    def _told(self, life: Life) -> Life | None:
        """The life as an earlier period last told it, with a result that came back since; None when none did."""
        period = self.period
        while life.returned and (end := (period := period.before).end) >= life.returned[0][0]:
            if any(there <= end < back for there, back in life.returned):
                return told_by(life, self.calendar, end)
        return None

    def _resolved(self, life: Life) -> tuple[str, ...]:
        outcome = life.outcome
        if outcome == "late":
            self._blame(life)
            return "resolved", "late", "merits"
        if outcome == "early" or outcome == "on_time":
            return "resolved", outcome, "merits", "merits_in_time"
        assert outcome is not None
        assert life.resolved is not None
        late = life.due is not None and day_of(life.resolved) > day_of(life.due)
        return ("resolved", "on_time", outcome, "closed_overdue") if late else ("resolved", "on_time", outcome)

    def _open(self, life: Life) -> tuple[str, ...]:
        place = "open_in_time"
        if life.overdue(self.end):
            self._blame(life)
            place = "open_overdue"
        if self.org is not None and unconfirmed_since(life, self.org, self.calendar, self.end) is not None:
            return "open", place, "suspected"
        return "open", place

    def _blame(self, life: Life) -> None:
        self.causes[late_cause(life, self.calendar, self.end)] += 1

    def _add_work(self, life: Life, before: Life | None, counts: dict[str, int]) -> None:
        """What people did in the period: all that the log told by its end, less all that it had told before, if it had begun."""
        new = len(life.misroutes)
        self._add_people(life, self.end, 1)
        if before is not None:
            new -= len(before.misroutes)
            self._add_people(before, self.start - 1, -1)
        counts["misrouted"] += new
        counts["misrouted_dossiers"] += new > 0

    def _add_people(self, life: Life, at: int, sign: int) -> None:
        officers = self.officers
        for visit in visits_at(life, self.calendar, at):
            if visit[5] is None or visit[7] not in OFFICIAL:
                continue
            officer = officers.get(visit[1]) or self._officer(visit[1])
            officer[0] += sign
            due, done = visit[6], visit[9]
            if due is not None and done is not None and done // 60 > due // 60:
                officer[1] += sign
        for wrong in life.misroutes:
            officer = self._officer(wrong.sender)
            officer[2] += sign
            officer[3] += sign * (wrong.lost_at(self.calendar, at, life.pauses) // 60)

    def _officer(self, name: str) -> list[int]:
        return self.officers.setdefault(name, [0, 0, 0, 0])

    def report(self, flows: tuple[Flow, ...], simulated: bool, aside: set[str]) -> Report:
        """What was counted, under titles; of the fields `aside` only those that hold one of the procedures `flows` too."""
        lines = {key: Counts(**counts) for key, counts in self.counts.items()}
        versions = {(flow.code, flow.version): flow for flow in flows}
        org = self.org
        fields = org.fields if org else {}
        placed = ((versions[key].field, line) for key, line in lines.items() if key in versions)
        apart = aside - {flow.field for flow in flows}
        by_field = _groups(placed, fields.get, (key for key in fields if key not in apart))
        titles = {flow.code: Text(flow.title, flow.title) for flow in sorted(flows, key=lambda flow: flow.version)}
        seen = ((key[0], line) for key, line in lines.items() if any(line))
        by_procedure = _groups(seen, titles.get)
        return Report(
            period=self.period,
            counts=_sum(lines.values()),
            by_field=by_field,
            by_procedure=by_procedure,
            by_officer={name: self._named(name, told) for name, told in sorted(self.officers.items()) if any(told)},
            late_by_cause=self.causes,
            catalogue=_catalogue(flows, self.period, sum(group.counts.received > 0 for group in by_procedure.values())),
            agency=org.agency if org else "",
            agency_title=org.title if org else _NAMELESS,
            simulated=simulated,
        )

    def _named(self, name: str, counted: list[int]) -> Officer:
        account = self.org.accounts.get(name) if self.org else None
        return Officer(account.name if account else name, account.division if account else "", *counted)


def _groups(
    lines: Iterable[tuple[str, Counts]], title: Callable[[str], Text | None], also: Iterable[str] = ()
) -> dict[str, Group]:
    found: dict[str, list[Counts]] = {key: [] for key in also}
    for key, line in lines:
        found.setdefault(key, []).append(line)
    return {key: Group(title(key) or Text(key, key), _sum(found[key])) for key in sorted(found)}


def _sum(lines: Iterable[Counts]) -> Counts:
    return Counts(*map(sum, zip(*chain((Counts(),), lines), strict=True)))


def _catalogue(flows: Iterable[Flow], period: Period, with_dossiers: int) -> Catalogue:
    current: dict[str, Flow] = {}
    for flow in sorted(flows, key=lambda flow: flow.version):
        if flow.effective <= period.last and (flow.effective_to is None or period.last < flow.effective_to):
            current[flow.code] = flow
    levels = [0, 0, 0, 0]
    for flow in current.values():
        levels[flow.online_level - 1] += 1
    return Catalogue(
        total=len(current),
        fields=len({flow.field for flow in current.values()}),
        by_level=(levels[0], levels[1], levels[2], levels[3]),
        interconnected=sum(flow.interconnected for flow in current.values()),
        with_dossiers=with_dossiers,
    )


def identities(report: Report) -> tuple[str, ...]:
    """The identities of the form that do not hold in a report (R90), each with its figures; () when all is well."""
    groups = {**report.by_field, **report.by_procedure}
    faults = list(_faults(report.counts))
    faults += (f"{key} {fault}" for key, group in groups.items() for fault in _faults(group.counts))
    for name, parts in (("by_field", report.by_field), ("by_procedure", report.by_procedure)):
        if parts and _sum(group.counts for group in parts.values()) != report.counts:
            faults.append(f"{name}: the lines do not add up to the whole")
    causes, late, overdue = sum(report.late_by_cause.values()), report.counts.late, report.counts.open_overdue
    if causes != late + overdue:
        faults.append(f"late_by_cause: {causes} != late + open_overdue = {late + overdue}")
    return tuple(faults)


def _faults(counts: Counts) -> Iterable[str]:
    sides = (
        ("total", ("received", "carried_over"), ("resolved", "open")),
        ("resolved", ("resolved",), ("early", "on_time", "late")),
        ("open", ("open",), ("open_in_time", "open_overdue")),
        ("merits", ("resolved",), ("merits", "no_term", "withdrawn", "stopped")),
    )
    for name, left, right in sides:
        one, other = (sum(getattr(counts, part) for part in side) for side in (left, right))
        if one != other:
            yield f"{name}: {' + '.join(left)} = {one} != {' + '.join(right)} = {other}"
    if counts.online > counts.received:
        yield f"online {counts.online} > received {counts.received}"
