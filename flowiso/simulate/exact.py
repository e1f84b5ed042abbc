"""A year to the dossier as it was published: so many received, online and late, of so many procedures, and nothing left open.

Everything still goes through `decide` and `advance`, with officers, queues and leave. What is fixed is who comes: each
procedure its whole number of dossiers in proportion to the scenario's weights, and over the counter those whose luck says so
first. Nobody is refused, forgotten or withdraws. As many as were published late are handed to a colleague by mistake, one after
each of some moments drawn from the seed; nobody acts upon the warning, and he looks into it when the due day is over. What ends
otherwise all the same, unfinished at the year's end, say, comes again in another round: earlier, and on the straight way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from ..app import Agency
from ..errors import BadValue
from ..period import Period
from ..stats import Report, tally
from ..text import Text
from ..tracing import trace
from .exactyear import ExactYear
from .scenario import Exact, Ground, Scenario
from .staffing import staffed
from .year import Run, Year

ROUNDS = 8
"""After so many rounds a scenario counts as one that can't do it."""

Live = Callable[[Year], Run]


def reproduced(agency: Agency, scenario: Scenario, seed: int, live: Live = lambda year: year.run()) -> Run:
    """The year with exactly the published figures; the same for the same arguments. `live` runs each round.

    Raises BadValue when the scenario has none, or can't reach them, and says what is in the way.
    """
    wanted, told, ours = _wanted(scenario), as_lived(scenario), staffed(agency, scenario)
    tried: dict[int, int] = {}
    short = 0
    for _ in range(ROUNDS):
        year = ExactYear(ours, told, seed, wanted, tried, short)
        run = live(year)
        if not year.wrong and len(year.lost) == wanted.late:
            prove(ours, told, wanted, run)
            return run
        tried = tried | {serial: tried.get(serial, 0) + 1 for serial in year.wrong}
        short += len(year.lost) < wanted.late
    raise BadValue(_missed(scenario.name, year, wanted))


def as_lived(scenario: Scenario) -> Scenario:
    """The scenario as such a year lives it, and where its numbers come from then."""
    exact = _wanted(scenario)
    arrivals = replace(
        scenario.arrivals,
        dossiers=exact.received,
        online=exact.online / exact.received,
        active=exact.with_dossiers,
        refused=0.0,
    )
    return replace(
        scenario,
        name=f"{scenario.name} --exact",
        arrivals=arrivals,
        work=replace(scenario.work, forgotten=0.0),
        misrouting=replace(scenario.misrouting, lawful=1.0),
        supervision=replace(scenario.supervision, reacts=0.0),
        arrows={kind: share for kind, share in scenario.arrows.items() if kind not in _NEVER},
        grounds=tuple(_grounds(scenario, exact)),
    )


_NEVER = frozenset({"refuse", "withdraw"})
_INSTEAD: Mapping[str, str] = {
    "arrivals.dossiers": "received",
    "arrivals.online": "online",
    "arrivals.active": "with_dossiers",
    "misrouting.rate": "late",
}
_SET: Mapping[str, str] = {
    "arrivals.refused": "0%",
    "work.forgotten": "0%",
    "misrouting.lawful": "100%",
    "supervision.reacts": "0%",
    **{f"arrows.{kind}": "0%" for kind in _NEVER},
}
_WHY = Text("để năm mô phỏng ra đúng số liệu đã công bố", "so that the year comes out as published")


def _grounds(scenario: Scenario, exact: Exact) -> Iterator[Ground]:
    """The published numbers first, at the paths of what they take the place of; then the others, some set to what fits."""
    published = {ground.path.partition(".")[2]: ground for ground in exact.grounds}
    yield from (published[name]._replace(path=path) for path, name in _INSTEAD.items() if name in published)
    for ground in scenario.grounds:
        if ground.path in _SET:
            yield ground._replace(value=_SET[ground.path], basis="calibrated", why=_WHY)
        elif ground.path not in _INSTEAD:
            yield ground


def _wanted(scenario: Scenario) -> Exact:
    if scenario.exact is None:
        raise BadValue(
            Text(
                f"kịch bản '{scenario.name}' không có mục 'exact'; hãy ghi các số đã công bố vào tệp (docs/scenario.md)",
                f"the scenario '{scenario.name}' has no 'exact'; put the published figures into its file (docs/scenario.md)",
            )
        )
    return scenario.exact


def prove(agency: Agency, scenario: Scenario, wanted: Exact, run: Run) -> None:
    """Count the logs as a report does; BadValue unless every figure is as wanted."""
    tables = ((agency.table(case.code, case.version, scenario.year), case, moves) for case, moves in run.logs)
    lives = (trace(table, agency.calendar, case, moves) for table, case, moves in tables)
    found = _figures(tally(lives, Period.year(scenario.year), agency.calendar, agency.org, agency.flows))
    published = {"received": wanted.received, "online": wanted.online, "resolved": wanted.received, "late": wanted.late}
    should = published | {"with_dossiers": wanted.with_dossiers, "misrouted_account": wanted.late}
    apart = [f"{name} {count} ≠ {should.get(name, 0)}" for name, count in found.items() if count != should.get(name, 0)]
    if apart:
        told = ", ".join(apart)
        raise BadValue(
            Text(
                f"năm mô phỏng không ra đúng số đã công bố: {told}; chưa ghi gì",
                f"the year didn't come out as published: {told}; nothing was written",
            )
        )


def _figures(report: Report) -> dict[str, int]:
    """What has to be as published, and what has to be nothing."""
    counts = report.counts
    return {
        "received": counts.received,
        "online": counts.online,
        "resolved": counts.resolved,
        "late": counts.late,
        "with_dossiers": report.catalogue.with_dossiers,
        "misrouted_account": report.late_by_cause["misrouted_account"],
        "carried_over": counts.carried_over,
        "open": counts.open,
        "withdrawn": counts.withdrawn,
        "stopped": counts.stopped,
        "refused_intake": counts.refused_intake,
    }


def _missed(name: str, year: ExactYear, wanted: Exact) -> Text:
    """Why the last round isn't the published year."""
    codes = Counter(one.table.flow.code for one in year.arrivals if one.serial in year.wrong)
    most = ", ".join(f"{code} {count}" for code, count in codes.most_common(3)) or "0"
    short = wanted.late - len(year.lost)
    return Text(
        f"kịch bản '{name}' không ra được đúng số đã công bố sau {ROUNDS} lượt: hồ sơ chưa xong khi hết năm, hoặc"
        f" trễ hạn ngoài số nêu: {most}; hồ sơ trễ hạn còn thiếu: {short}; hãy xem lại 'exact', thời hạn, cán bộ",
        f"the scenario '{name}' doesn't come out as published after {ROUNDS} rounds: unfinished when the year"
        f" ends, or late beside those given: {most}; late ones missing: {short}; see to 'exact', the terms, the staff",
    )
