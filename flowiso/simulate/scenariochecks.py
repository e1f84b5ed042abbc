"""What is wrong with a scenario beside its words: unknown names, numbers that don't go together, a year nobody can work."""

from __future__ import annotations

import re
from bisect import bisect_left
from calendar import isleap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import date, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from ..model import Finding, Flow, Place, Step
from ..org import OWN, active, present, stand_ins
from ..schema import meant, nearest
from ..setting import Extra, Setting, Staff
from ..text import Text
from ..yamlfile import Map, Node, Scalar, Seq
from .scenariokeys import ALL, CODES, MONTHS, PUBLISHED, WEEKDAYS

if TYPE_CHECKING:
    from ..calendar import Calendar
    from ..library import Library
    from ..org import Org

YEAR = 2021
"""The year of a scenario that names none."""
KINDS = ("forward", "supplement", "send-back", "refuse", "fee", "repair", "consult", "withdraw")
"""The kinds of arrows people take."""
_DWELL = 0.22, 0.85
_NEW = re.compile(r"them([1-9][0-9]{0,8})\.(.+)", re.ASCII)


class Entry(NamedTuple):
    """What a scenario says at one path: its parts, the value, the name it stands under, its node, and the file, which builds on
    `depth` others."""

    path: tuple[str, ...]
    value: Any
    name: Scalar
    node: Node
    file: str
    depth: int = 0


Values = Mapping[str, Entry]


def told(code: str, file: str, place: Node | Place, text: Text) -> Finding:
    """A finding with a code of scenarios."""
    return Finding(code, CODES[code], "error", text, file, place.line, place.column)


def check(values: Values, library: Library, calendar: Calendar | None) -> Iterator[Finding]:
    """All that is wrong with what a scenario says for an agency; without a calendar its year isn't looked at."""
    org = library.org
    year = values["year"].value if "year" in values else YEAR
    procedures = {flow.code: flow for flow in library.flows if flow.kind == "procedure"}
    flows = _in_force(library.flows, year)
    yield from _procedures(values, procedures, {flow.code for flow in flows}, year)
    named = [*_people(values, org, library.flows)]
    yield from named
    yield from _sums(values, flows, _weekdays(calendar))
    yield from _dwell(values)
    yield from _published(
        _below(values, PUBLISHED), len({flow.code for flow in flows}), _below(values, "arrivals.shares")
    )
    if calendar is not None:
        yield from _year(values, calendar, flows, year)
    if not named:  # else nobody knows who is there
        yield from _officers(values, org, flows, _working_days(calendar, year))


def _in_force(flows: Iterable[Flow], year: int) -> list[Flow]:
    """The versions of procedures that hold when the year begins: those that are simulated."""
    first = date(year, 1, 1)
    return [
        flow
        for flow in flows
        if flow.kind == "procedure"
        and flow.effective is not None  # of a file that has faults and was read as far as it goes
        and flow.effective <= first
        and (flow.effective_to is None or first < flow.effective_to)
    ]


def _below(values: Values, path: str) -> dict[str, Entry]:
    """What a scenario says below a path, by the rest of the path."""
    return {name[len(path) + 1 :]: entry for name, entry in values.items() if name.startswith(f"{path}.")}


def _none(code: str, entry: Entry, place: Node, what: Text, name: str, known: Iterable[str]) -> Finding:
    """A name the agency doesn't have."""
    guess = meant(nearest(name, list(known)))
    text = Text(f"không có {what.vi} '{name}'{guess.vi}", f"there is no {what.en} '{name}'{guess.en}")
    return told(code, entry.file, place, text)


_PROCEDURE = Text("thủ tục", "procedure")
_ROLE = Text("vai trò của cơ quan", "role of the agency's own")
_ACCOUNT = Text("tài khoản", "account")
_DIVISION = Text("phòng", "division")
_ARROW = Text("loại mũi tên", "kind of arrow")


def _procedures(values: Values, procedures: Mapping[str, Flow], in_force: Set[str], year: int) -> Iterator[Finding]:
    """Procedures that have shares or terms."""
    first = date(year, 1, 1)
    for path in ("arrivals.shares", "deadlines"):
        for code, entry in _below(values, path).items():
            if code not in procedures:
                yield _none("SCN101", entry, entry.name, _PROCEDURE, code, procedures)
            elif in_force and code not in in_force:
                text = Text(
                    f"{code} không có lần ban hành nào có hiệu lực ngày 01/01/{year}",
                    f"{code}: no version of it is in force on {first}",
                )
                yield told("SCN302", entry.file, entry.name, text)
    for code, entry in _below(values, "deadlines").items():
        if code in procedures and procedures[code].deadline is not None:
            text = Text(
                f"{code} đã có thời hạn {procedures[code].deadline}; 'deadlines' chỉ dành cho thủ tục không có thời hạn",
                f"{code} has a deadline of {procedures[code].deadline}; 'deadlines' is for procedures without one",
            )
            yield told("SCN207", entry.file, entry.name, text)


def _people(values: Values, org: Org, flows: Iterable[Flow]) -> Iterator[Finding]:
    """Accounts, roles, divisions, steps and arrows the agency doesn't have."""
    steps: dict[str, set[str]] = {}
    for flow in flows:
        steps.setdefault(flow.code, set()).update(step.id for step in flow.steps)
    roles = [name for name, role in org.roles.items() if role.party == "agency"]
    for name, entry in _below(values, "work.effort").items():
        yield from _effort(name, entry, roles, steps)
    for name, entry in _below(values, "arrows").items():
        if name not in KINDS:
            yield _none("SCN106", entry, entry.name, _ARROW, name, KINDS)
    is_added = _added(values, org)
    for path in ("work.pace", "staff.leave"):
        for name, entry in _below(values, path).items():
            if name not in org.accounts and not is_added(name):
                yield _none("SCN104", entry, entry.name, _ACCOUNT, name, org.accounts)
    yield from _missing(values, org)
    yield from _more(values, org, roles)


def _added(values: Values, org: Org) -> Callable[[str], bool]:
    """Whether an account is one of those that `staff.more` adds: them1.qltm, them2.qltm, ... (`Setting.org`)."""
    extras = [extra for _, _, extra in _items(values, "staff.more")]
    last = [*accumulate(extra["count"] for extra in extras)]

    def is_added(name: str) -> bool:
        found = _NEW.fullmatch(name)
        at = bisect_left(last, int(found[1])) if found else len(last)
        if found is None or at == len(last):
            return False
        role = org.roles.get(extras[at]["role"])
        return found[2] == (extras[at].get("division") or (role and role.sits))

    return is_added


def _effort(name: str, entry: Entry, roles: Iterable[str], steps: Mapping[str, set[str]]) -> Iterator[Finding]:
    code, of_step, step = name.partition("/")
    if not of_step:
        if name not in roles:
            yield _none("SCN103", entry, entry.name, _ROLE, name, roles)
    elif code not in steps:
        yield _none("SCN101", entry, entry.name, _PROCEDURE, code, steps)
    elif step not in steps[code]:
        guess = meant(nearest(step, steps[code]))
        text = Text(f"{code} không có bước '{step}'{guess.vi}", f"{code} has no step '{step}'{guess.en}")
        yield told("SCN102", entry.file, entry.name, text)


def _items(values: Values, path: str) -> Iterator[tuple[Entry, Node, Any]]:
    """The items of a list, each with its place."""
    entry = values.get(path)
    if entry is not None and isinstance(entry.node, Seq):
        for node, value in zip(entry.node.items, entry.value, strict=True):
            yield entry, node, value


def _missing(values: Values, org: Org) -> Iterator[Finding]:
    for entry, node, name in _items(values, "staff.missing"):
        if name not in org.accounts:
            yield _none("SCN104", entry, node, _ACCOUNT, name, org.accounts)


def _more(values: Values, org: Org, roles: Iterable[str]) -> Iterator[Finding]:
    for entry, node, extra in _items(values, "staff.more"):
        role, division = extra["role"], extra.get("division")
        if role not in roles:
            yield _none("SCN103", entry, _at(node, "role"), _ROLE, role, roles)
        elif division not in (seats := _seats(org, role)):
            yield _unseated(entry, node, role, division, seats)


def _seats(org: Org, role: str) -> Sequence[str | None]:
    """Where new officers of a role may sit; None where that need not be said, as it is the role's own place."""
    sits = org.roles[role].sits
    return [*org.divisions, *org.leadership] if sits in (OWN, "") else [None, sits]


def _unseated(entry: Entry, node: Node, role: str, division: str | None, seats: Sequence[str | None]) -> Finding:
    if division is None:
        text = Text(
            f"vai trò '{role}' ngồi ở phòng của thủ tục; hãy ghi thêm 'division'",
            f"the role '{role}' sits in the division of the procedure; add 'division'",
        )
        return told("SCN105", entry.file, node, text)
    place = _at(node, "division")
    if None not in seats:
        return _none("SCN105", entry, place, _DIVISION, division, filter(None, seats))
    text = Text(
        f"vai trò '{role}' ngồi ở '{seats[-1]}', người thêm ở '{division}' không có việc gì; hãy bỏ 'division'",
        f"the role '{role}' sits in '{seats[-1]}', who is added in '{division}' would have no work; take 'division' out",
    )
    return told("SCN105", entry.file, place, text)


def _at(node: Node, key: str) -> Node:
    return (node.get(key) if isinstance(node, Map) else None) or node


def _sums(values: Values, flows: list[Flow], open_on: Iterable[str]) -> Iterator[Finding]:
    """Shares that leave nothing to chance, weights that leave no time, and as many procedures as there are."""
    shares = _below(values, "arrivals.shares")
    yield from _over(shares.values(), Text("các thủ tục", "the procedures"))
    for path, names in (("arrivals.weekdays", open_on), ("arrivals.months", MONTHS)):
        weights = _below(values, path)
        if not any(weights[name].value if name in weights else 1 for name in names):
            at = next(iter(weights.values()))
            text = Text("mọi trọng số đều bằng 0 nên không có hồ sơ nào", "all weights are 0, so no dossier comes")
            yield told("SCN203", at.file, at.name, text)
    yield from _active(values, len({flow.code for flow in flows}), [one for one in shares.values() if one.value > 0])
    yield from _arrows(_below(values, "arrows"), flows)


def _weekdays(calendar: Calendar | None) -> tuple[str, ...]:
    """The weekdays on which the agency ever works."""
    worked = {weekday for hours in calendar.sessions for weekday in hours.weekdays} if calendar else range(7)
    return tuple(name for number, name in enumerate(WEEKDAYS) if number in worked)


def _over(shares: Iterable[Entry], what: Text) -> Iterator[Finding]:
    """SCN202, at the last of the shares, in the file that builds on the others."""
    shares = list(shares)
    total = sum(entry.value for entry in shares)
    if total > 1 + 1e-9:
        last = max(shares, key=lambda entry: (entry.depth, entry.name.line))
        based = any(entry.depth < last.depth for entry in shares)
        text = Text(
            f"tỷ lệ của {what.vi} cộng lại là {100 * total:g}%, quá 100%{', kể cả phần của kịch bản gốc' if based else ''}",
            f"the shares of {what.en} come to {100 * total:g}%, more than 100%{', those of the base included' if based else ''}",
        )
        yield told("SCN202", last.file, last.name, text)


def _active(values: Values, there: int, shares: Sequence[Entry]) -> Iterator[Finding]:
    entry = values.get("arrivals.active")
    if entry is None or entry.value == ALL or not there or len(shares) <= entry.value <= there:
        return
    text = Text(
        f"có hồ sơ ở {entry.value} thủ tục, mà 'shares' nêu {len(shares)} và đầu năm có {there} thủ tục có hiệu lực",
        f"{entry.value} procedures have dossiers, while 'shares' names {len(shares)} and {there} are in force when the year"
        " begins",
    )
    last = _last(entry, *shares) if len(shares) > entry.value else entry
    yield told("SCN205", last.file, last.node, text)


def _last(*entries: Entry) -> Entry:
    """The one that stands in the file that builds on the others; of several there the first."""
    return max(entries, key=lambda entry: entry.depth)


def _arrows(shares: Mapping[str, Entry], flows: Iterable[Flow]) -> Iterator[Finding]:
    """A step whose arrows together are taken more than always; the first one stands for all."""
    known = {kind: entry for kind, entry in shares.items() if kind in KINDS}
    for flow in flows if known else ():
        refused = {end.id for end in flow.ends if end.kind == "refused-intake"}
        for step in flow.steps:
            taken = [known[kind] for kind in _kinds(step, refused) if kind in known]
            if sum(entry.value for entry in taken) > 1:
                vi, en = f"các mũi tên ở bước '{step.id}' của {flow.code}", f"the arrows at '{step.id}' of {flow.code}"
                yield from _over(taken, Text(vi, en))
                return


def _kinds(step: Step, refused: Set[str]) -> list[str]:
    """The kinds of the arrows of a step that are taken by chance: neither the usual one nor a refusal at intake."""
    kinds: list[str] = [arrow.kind for arrow in step.arrows if arrow.target not in refused]
    if "forward" in kinds:
        kinds.remove("forward")
    return kinds


def _dwell(values: Values) -> Iterator[Finding]:
    """The usual wait is less than the longest: the law of it has no other form."""
    usual, most = (
        values[path].value if path in values else default
        for path, default in zip(("work.dwell", "work.dwell_most"), _DWELL, strict=True)
    )
    said = [values[path] for path in ("work.dwell", "work.dwell_most") if path in values]
    if said and usual and usual >= most:
        entry = _last(*said)
        text = Text(
            f"mức để hồ sơ chờ ('dwell', {usual:g}) phải nhỏ hơn mức nhiều nhất ('dwell_most', {most:g})",
            f"what is left to lie ('dwell', {usual:g}) has to be less than the most ('dwell_most', {most:g})",
        )
        yield told("SCN206", entry.file, entry.node, text)


def _published(said: Values, there: int, shares: Values) -> Iterator[Finding]:
    """SCN401: published figures that no year can have."""
    if not said:
        return
    received = said.get("received")
    for name, what in _AT_MOST.items():
        if received is not None and name in said and said[name].value > received.value:
            text = Text(
                f"{what.vi} ({said[name].value}) không thể nhiều hơn hồ sơ tiếp nhận ({received.value})",
                f"{what.en} ({said[name].value}) can't be more than the dossiers received ({received.value})",
            )
            yield told("SCN401", said[name].file, said[name].node, text)
    entry, named = said.get("with_dossiers"), sum(one.value > 0 for one in shares.values())
    if entry is not None and there and not named <= entry.value <= there:
        text = Text(
            f"{entry.value} thủ tục có hồ sơ, mà 'shares' nêu {named} và đầu năm có {there} thủ tục có hiệu lực",
            f"{entry.value} procedures with dossiers, while 'shares' names {named} and {there} are in force when the year begins",
        )
        yield told("SCN401", entry.file, entry.node, text)


_AT_MOST = {
    "online": Text("hồ sơ trực tuyến", "dossiers online"),
    "late": Text("hồ sơ trễ hạn", "dossiers late"),
    "with_dossiers": Text("thủ tục có hồ sơ", "procedures with dossiers"),
}


def _year(values: Values, calendar: Calendar, flows: list[Flow], year: int) -> Iterator[Finding]:
    entry = values.get("year") or next(iter(values.values()), None)
    if entry is None:
        return
    if lacks := unknown_year(calendar, year):
        code, text = lacks
        yield told(code, entry.file, entry.node, text)
    if not flows:
        text = Text(
            f"không thủ tục nào có hiệu lực ngày 01/01/{year}; hãy xem lại năm, hoặc 'effective' của các lưu đồ",
            f"no procedure is in force on {date(year, 1, 1)}; look at the year again, or at 'effective' of the flows",
        )
        yield told("SCN302", entry.file, entry.node, text)


def unknown_year(calendar: Calendar, year: int) -> tuple[str, Text] | None:
    """The code and the words for what the calendar lacks to simulate a year: the year, or the next, in which is due what comes
    at its end; None for nothing."""
    known = f"{min(calendar.years)}-{max(calendar.years)}"
    if year not in calendar.years:
        return "SCN301", Text(
            f"lịch làm việc không có năm {year} (chỉ có {known}); hãy thêm _calendar/{year}.yaml",
            f"the calendar doesn't know {year}, only {known}; add _calendar/{year}.yaml",
        )
    after = year + 1
    if after in calendar.years:
        return None
    return "SCN304", Text(
        f"hồ sơ nộp cuối năm {year} đến hạn trong năm {after}, mà lịch làm việc không có năm {after} (chỉ có {known});"
        f" hãy thêm _calendar/{after}.yaml, hoặc mô phỏng một năm trước đó",
        f"what comes at the end of {year} is due in {after}, and the calendar doesn't know {after}, only {known};"
        f" add _calendar/{after}.yaml, or simulate a year before",
    )


def _officers(values: Values, org: Org, flows: Iterable[Flow], days: Sequence[date]) -> Iterator[Finding]:
    """SCN303: a role of the agency's own that a procedure of the year needs and nobody fills on any of its working days."""
    entry = values.get("staff.missing") or values.get("year") or next(iter(values.values()), None)
    if entry is None:
        return
    there = _there(values, org)
    for (by, seat), (flow, step) in _needed(org, flows).items():
        if _filled(there, flow, step, days):
            continue
        role, where = org.role(by), org.seat_title(seat) or Text("", "")
        title = role.title if role else Text(by, by)
        away = [name for name, one in there.holders(by, flow).items() if any(active(one, day) for day in days)]
        nobody = _ALL_AWAY if away else _NOBODY
        vi = f"{nobody.vi} '{title.vi}'{f' ở {where.vi}' if seat else ''}"
        en = f"{nobody.en} '{title.en}'{f' in {where.en}' if seat else ''}"
        keep = Text("bớt ngày nghỉ", "shorten a leave") if away else Text("giữ lại một người", "keep somebody")
        text = Text(
            f"{vi}, mà {flow.code} cần ở bước '{step.id}'; hãy {keep.vi}, hoặc thêm người bằng 'staff: more'",
            f"{en}, whom {flow.code} needs at step '{step.id}'; {keep.en}, or add one by 'staff: more'",
        )
        yield told("SCN303", *(_leave(values, org, away, days) if away else (entry.file, entry.node)), text)


_NOBODY = Text("không còn ai giữ vai trò", "nobody is left as")
_ALL_AWAY = Text("cả năm không có ai đi làm giữ vai trò", "all year nobody is at work as")


def _there(values: Values, org: Org) -> Org:
    """The agency as a scenario staffs it. Raises BadValue for a name that the agency doesn't have."""
    missing = tuple(name for _, _, name in _items(values, "staff.missing"))
    more = (Extra(extra["role"], extra.get("division"), extra["count"]) for _, _, extra in _items(values, "staff.more"))
    leave = {name: entry.value for name, entry in _below(values, "staff.leave").items()}
    return Setting(staff=Staff(missing, tuple(more), leave)).org(org)


def _leave(values: Values, org: Org, names: Iterable[str], days: Sequence[date]) -> tuple[str, Node | Place]:
    """The file and the place of a leave of one of these: the scenario's, if he is there without it, else the agency's."""
    leave = _below(values, "staff.leave")
    usual = {
        name for name in names if name in org.accounts and not any(present(org.accounts[name], day) for day in days)
    }
    added = [leave[name] for name in names if name in leave and name not in usual]
    if added:
        entry = _last(*added)
        return entry.file, entry.name
    return org.file, next(org.places.get(f"accounts.{name}", Place(1, 1)) for name in names)


def _working_days(calendar: Calendar | None, year: int) -> list[date]:
    """The working days of a year; all its days where the calendar doesn't know it."""
    days = [date(year, 1, 1) + timedelta(number) for number in range(366 if isleap(year) else 365)]
    return [day for day in days if calendar.is_working_day(day)] if calendar and year in calendar.years else days


def _needed(org: Org, flows: Iterable[Flow]) -> dict[tuple[str, str], tuple[Flow, Step]]:
    """The agency's own roles with their seats, each with a step that needs it."""
    found: dict[tuple[str, str], tuple[Flow, Step]] = {}
    for flow in flows:
        for step in flow.steps:
            role = org.role(step.by)
            if role is not None and role.party == "agency":
                found.setdefault((step.by, org.seat(step.by, flow)), (flow, step))
    return found


def _filled(org: Org, flow: Flow, step: Step, days: Sequence[date]) -> bool:
    """Whether somebody who may hold a step, or stands in for such a one, is at work on one of these days (R127)."""
    holders = org.holders(step.by, flow)
    there = (*holders.values(), *stand_ins(org, holders, [(flow.code, step.id)]))
    return any(present(account, day) for account in there for day in days)
