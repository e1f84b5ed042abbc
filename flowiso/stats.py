"""The figures of a period, from logs as they stood at its cut-off (II.06a, R90-R95): who counts where.

The caller cuts the logs at `cut_off(period, as_of)` (`store.logs(agency, until=...)`), so a report run again later says the
same (R92). What the figures are is told by `figures`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple, get_args

from .calendar import Calendar
from .causes import late_cause, unconfirmed_since
from .errors import BadValue
from .figures import (
    DERIVED,
    Counts,
    Group,
    columns_of,
    columns_of_overdue,
    definitions,
    faults_of,
    faults_of_lines,
    summed,
)
from .life import OFFICIAL, Life, visits_at
from .model import CHANNELS, Channel, Flow, LateCause
from .org import Org
from .period import Period
from .text import Text, moment
from .tracing import told_by
from .versions import in_force
from .worktime import day_of, local

CAUSES: tuple[LateCause, ...] = get_args(LateCause)
"""Why dossiers are late (R95)."""

ONLINE: Channel = "online"
CHANNEL_TITLES: Mapping[Channel, Text] = {
    "counter": Text("trực tiếp", "at the counter"),
    "online": Text("trực tuyến", "online"),
    "postal": Text("bưu chính", "by post"),
}
_NAMELESS = Text("", "")


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
    """The procedures in force on the day of the cut-off. `by_level` counts online levels 1 to 4 (R5)."""

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
    """The figures of one agency and one period, by the logs as they stood at `cut_off`, the period's end where it is None.

    Mappings are sorted by key: field id, procedure code, division id, channel, account id. `by_division` is the division that
    owns the procedure; `by_handler` the account that answers for the dossier (see `handler`), while `by_officer` is what each
    account did. `digest` is that of the logs (`chain.seal` of their tips), "" where nobody gave it.
    """

    period: Period
    counts: Counts
    by_field: Mapping[str, Group] = field(default_factory=dict)
    by_procedure: Mapping[str, Group] = field(default_factory=dict)
    by_division: Mapping[str, Group] = field(default_factory=dict)
    by_channel: Mapping[str, Group] = field(default_factory=dict)
    by_handler: Mapping[str, Group] = field(default_factory=dict)
    by_officer: Mapping[str, Officer] = field(default_factory=dict)
    late_by_cause: Mapping[LateCause, int] = field(default_factory=dict)
    catalogue: Catalogue = field(default_factory=Catalogue)
    agency: str = ""
    agency_title: Text = field(default=_NAMELESS)
    simulated: bool = False
    cut_off: int | None = None
    digest: str = ""

    @property
    def until(self) -> int:
        """The cut-off, an instant."""
        return self.period.end if self.cut_off is None else self.cut_off

    @property
    def by_law(self) -> Report:
        """The same with columns 8 to 13 by the law's due date, as quality objectives and the ISO report measure (R50)."""
        groups = {
            name: {key: group._replace(counts=group.counts.by_law) for key, group in lines.items()}
            for name, lines in self.groupings.items()
        }
        return replace(self, counts=self.counts.by_law, **groups)  # type: ignore[arg-type]

    @property
    def groupings(self) -> dict[str, Mapping[str, Group]]:
        """Every grouping of the form's lines under its name; those in it add up to the whole."""
        return {name: getattr(self, name) for name in GROUPINGS}

    def __getattr__(self, name: str) -> Any:
        """Every count and rate of the whole agency: `report.late` is `report.counts.late`."""
        if name in _SHOWN:
            return getattr(self.counts, name)
        raise AttributeError(name)

    def to_json(self, lang: str = "vi") -> dict[str, Any]:
        """The report as JSON values: the keys are stable; titles are in `lang`, "vi" or "en"."""
        return {
            "agency": self.agency,
            "title": self.agency_title.to(lang),
            **span_json(self.period, self.until, lang),
            "simulated": self.simulated,
            "digest": self.digest,
            "procedures": self.catalogue.to_json(),
            **self.counts.to_json(),
            "late_by_cause": dict(self.late_by_cause),
            **{
                name: {key: group.to_json(lang) for key, group in groups.items()}
                for name, groups in self.groupings.items()
            },
            "by_officer": {key: officer._asdict() for key, officer in self.by_officer.items()},
            "definitions": definitions(lang),
        }


GROUPINGS = ("by_field", "by_procedure", "by_division", "by_channel", "by_handler")
_SHOWN = frozenset((*Counts._fields, *DERIVED))


def span_json(period: Period, cut_off: int, lang: str) -> dict[str, Any]:
    """Of which period figures are, and as of when, as JSON values; `year` is None for what is no calendar year."""
    return {
        "year": period.first.year if period == Period.year(period.first.year) else None,
        "period": period.title.to(lang),
        "period_rule": period.rule,
        "from": period.first.isoformat(),
        "to": period.last.isoformat(),
        "cut_off": local(cut_off).isoformat(),
    }


def cut_off(period: Period, as_of: int | None) -> int:
    """The moment whose logs a report tells of: the period's end, or `as_of` where that is earlier (R92).

    Raises BadValue for a moment before the period.
    """
    if as_of is None:
        return period.end
    if as_of < period.start:
        when, first = moment(local(as_of)), f"{period.first:%d/%m/%Y}"
        raise BadValue(
            Text(
                f"lúc {when} kỳ báo cáo chưa bắt đầu (ngày {first}); hãy chọn thời điểm muộn hơn hoặc kỳ khác",
                f"at {when} the period hadn't begun (it does on {first}); give a later moment or another period",
            )
        )
    return min(period.end, as_of)


def handler(life: Life) -> str:
    """The account that answers for a dossier on the form: who of the agency examined it last, by its role's duty (R140).

    Where nobody did yet, who had it last for the agency; where nobody of the agency ever had it, who has it.
    """
    last = None
    for visit in reversed(life.visits):
        if visit.charged == "agency":
            if life.row(visit.step, visit.since).duty == "examine":
                return visit.holder
            last = last or visit
    return last.holder if last else life.state.holder


def tally(
    lives: Iterable[Life],
    period: Period,
    calendar: Calendar,
    org: Org | None = None,
    flows: Iterable[Flow] = (),
    simulated: bool = False,
    until: int | None = None,
) -> Report:
    """The figures of a period from lives traced from logs cut at `until`, None for its end; a later move is a BadValue (R92).

    `org` and `flows` give titles, names, the field of each procedure and the catalogue; without them groups are by id
    only and there are no fields. Internal processes are no procedures: what their dossiers do is counted nowhere.
    """
    flows = tuple(flows)
    count = Tally(period, calendar, org, cut_off(period, until))
    for life in counted(lives, flows):
        count.add(life)
    internal = _internal(flows)
    procedures = tuple(flow for flow in flows if flow.code not in internal)
    return count.report(procedures, simulated, aside=set(internal.values()))


def counted(lives: Iterable[Life], flows: Iterable[Flow]) -> Iterator[Life]:
    """The lives of procedures, which alone are counted, without those of internal processes."""
    internal = _internal(flows)
    return (life for life in lives if life.case.code not in internal)


def _internal(flows: Iterable[Flow]) -> dict[str, str]:
    """The field of each internal process, by code."""
    return {flow.code: flow.field for flow in flows if flow.kind == "internal"}


class Line(NamedTuple):
    """What dossiers counted together have in common; every grouping is a sum over these."""

    code: str
    version: int
    channel: str
    handler: str


class Tally:
    """Adds up lives: `counts` by line, `causes`, `officers` with what they did in the order of `Officer`."""

    def __init__(self, period: Period, calendar: Calendar, org: Org | None, end: int) -> None:
        self.period = period
        self.calendar = calendar
        self.org = org
        self.start, self.end = period.start, end
        self.counts: dict[Line, dict[str, int]] = {}
        self.causes: dict[LateCause, int] = dict.fromkeys(CAUSES, 0)
        self.officers: dict[str, list[int]] = {}

    def add(self, life: Life) -> None:
        """Count one dossier. Raises BadValue when its log goes on after the cut-off."""
        if life.state.at > self.end:
            number = life.case.number
            raise BadValue(
                Text(
                    f"Nhật ký hồ sơ {number} có lượt chuyển sau ngày chốt số liệu; hãy cắt nhật ký ở cuối kỳ (R92).",
                    f"The log of {number} goes on after the cut-off; cut the logs at the period's end (R92).",
                )
            )
        if life.state.ended and life.state.at < self.start:  # it is told already
            return
        before = told_by(life, self.calendar, self.start - 1) if life.submitted < self.start else None
        counts = self._line(life)
        for mark in self._marks(life):
            counts[mark] += 1
        self._add_work(life, before, counts)

    def _line(self, life: Life) -> dict[str, int]:
        case = life.case
        key = Line(case.code, case.version, case.channel, handler(life))
        counts = self.counts.get(key)
        if counts is None:
            counts = self.counts[key] = dict.fromkeys(Counts._fields, 0)
        return counts

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
        came += self._open(life) if life.resolved is None else self._resolved(life)
        return came if not life.acts or life.apology is None else (*came, "reappointed")

    def _told(self, life: Life) -> Life | None:
        """The life as an earlier period last told it, with a result that came back since; None when none did."""
        period = self.period
        while life.returned and (end := (period := period.before).end) >= life.returned[0][0]:
            if any(there <= end < back for there, back in life.returned):
                return told_by(life, self.calendar, end)
        return None

    def _resolved(self, life: Life) -> tuple[str, ...]:
        law, current = life.outcome, life.outcome_current
        assert law is not None
        assert current is not None
        if law == "late":
            self._blame(life)
        found = columns_of(law, current)
        return (*found, "closed_overdue") if life.closed_overdue else found

    def _open(self, life: Life) -> tuple[str, ...]:
        found: tuple[str, ...] = ("open", "open_in_time")
        if life.overdue(self.end):
            self._blame(life)
            found = columns_of_overdue(not life.overdue_current(self.end))
        if self.org is not None and unconfirmed_since(life, self.org, self.calendar, self.end) is not None:
            return (*found, "suspected")
        return found

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

    def report(self, flows: tuple[Flow, ...], simulated: bool, aside: Set[str]) -> Report:
        """What was counted, under titles; of the fields `aside` only those that hold one of the procedures `flows` too."""
        lines = {key: Counts(**counts) for key, counts in self.counts.items()}
        lines = {key: line for key, line in lines.items() if any(line)}
        versions = {(flow.code, flow.version): flow for flow in flows}
        placed = [(versions[key[:2]], line) for key, line in lines.items() if key[:2] in versions]
        fields, divisions = (self.org.fields, self.org.divisions) if self.org else ({}, {})
        apart = aside - {flow.field for flow in flows}
        titles = {flow.code: Text(flow.title, flow.title) for flow in sorted(flows, key=lambda flow: flow.version)}
        by_procedure = _groups(((key.code, line) for key, line in lines.items()), titles.get)
        org = self.org
        return Report(
            period=self.period,
            counts=summed(lines.values()),
            by_field=_groups(
                ((flow.field, line) for flow, line in placed), fields.get, (key for key in fields if key not in apart)
            ),
            by_procedure=by_procedure,
            by_division=_groups(
                ((flow.division, line) for flow, line in placed), divisions.get, (flow.division for flow in flows)
            ),
            by_channel=_groups(((key.channel, line) for key, line in lines.items()), channel_title, CHANNELS),
            by_handler=_groups(((key.handler, line) for key, line in lines.items()), self._account_title),
            by_officer={name: self._named(name, told) for name, told in sorted(self.officers.items()) if any(told)},
            late_by_cause=self.causes,
            catalogue=_catalogue(
                flows, day_of(self.end), sum(group.counts.received > 0 for group in by_procedure.values())
            ),
            agency=org.agency if org else "",
            agency_title=org.title if org else _NAMELESS,
            simulated=simulated,
            cut_off=self.end,
        )

    def _account_title(self, name: str) -> Text | None:
        account = self.org.accounts.get(name) if self.org else None
        return Text(account.name, account.name) if account else None

    def _named(self, name: str, counted: list[int]) -> Officer:
        account = self.org.accounts.get(name) if self.org else None
        return Officer(account.name if account else name, account.division if account else "", *counted)


def channel_title(key: str) -> Text | None:
    """The name of a channel; None for one there isn't."""
    return next((title for channel, title in CHANNEL_TITLES.items() if channel == key), None)


def _groups(
    lines: Iterable[tuple[str, Counts]], title: Callable[[str], Text | None], also: Iterable[str] = ()
) -> dict[str, Group]:
    found: dict[str, list[Counts]] = {key: [] for key in also}
    for key, line in lines:
        found.setdefault(key, []).append(line)
    return {key: Group(title(key) or Text(key, key), summed(found[key])) for key in sorted(found)}


def _catalogue(flows: Iterable[Flow], day: date, with_dossiers: int) -> Catalogue:
    current = in_force(flows, day)
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
    """The identities of the form that do not hold in a report (R90), each with its figures; () when all is well.

    They are held on every line, of the agency and of every grouping, and each grouping's lines add up to the agency's.
    """
    faults = list(faults_of(report.counts))
    for name, groups in report.groupings.items():
        lines = ((key, group.counts) for key, group in groups.items())
        faults += faults_of_lines(name, lines, report.counts)
    faults += faults_of_causes(report.counts, report.late_by_cause)
    return tuple(faults)


def faults_of_causes(counts: Counts, causes: Mapping[LateCause, int]) -> Iterator[str]:
    """Whether every dossier that is late or overdue by the law's due date has a cause (R50, R95)."""
    given, late = sum(causes.values()), counts.late_by_law + counts.overdue_by_law
    if given != late:
        yield f"late_by_cause: {given} != late_by_law + overdue_by_law = {late}"
