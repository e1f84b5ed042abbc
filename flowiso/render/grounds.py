"""What a simulated year assumes, as it is shown: each number by its title, in the reader's words, with the reason it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple, Protocol

from ..errors import BadValue
from ..org import Org
from ..term import Term
from ..text import WEEKDAYS, Text, number


class Ground(Protocol):
    """Where the number at `path` of the scenario comes from: `basis` is read, calibrated or assumed; `value` is as its file
    has it.

    `title` is what it is called; where it is one of a mapping, `part` is its name there.
    """

    @property
    def path(self) -> str: ...
    @property
    def basis(self) -> str: ...
    @property
    def why(self) -> Text: ...
    @property
    def value(self) -> str: ...
    @property
    def title(self) -> Text: ...
    @property
    def part(self) -> str: ...


class Told(NamedTuple):
    """A number as it is shown; of a mapping its parts with the same ground, in one line. `paths` are those of the grounds."""

    key: str
    title: Text
    value: Text
    paths: tuple[str, ...]


class Reason(NamedTuple):
    """One reason, and the numbers of a scenario that rest on it."""

    basis: str
    why: Text
    numbers: tuple[Told, ...]


BASES: Mapping[str, Text] = {
    "read": Text("đọc được", "read"),
    "calibrated": Text("hiệu chỉnh", "calibrated"),
    "assumed": Text("giả định", "assumed"),
}
"""Where a number comes from, in words."""

_IN_A_LINE = 12
_WORDS: Mapping[str, Text] = {
    "all": Text("tất cả", "all"),
    "never": Text("không nhắc lại", "never"),
    "arrival": Text("theo thứ tự đến", "as they come"),
    "due": Text("theo hạn trả", "by due date"),
    "[]": Text("không", "none"),
}
_ARROWS: Mapping[str, Text] = {
    "forward": Text("đi tiếp lối khác", "another way forward"),
    "supplement": Text("yêu cầu bổ sung", "supplement"),
    "send-back": Text("trả lại bước trước", "send back"),
    "refuse": Text("từ chối", "refuse"),
    "fee": Text("chờ nộp phí", "fee"),
    "repair": Text("khắc phục", "repair"),
    "consult": Text("lấy ý kiến", "consult"),
    "withdraw": Text("người nộp rút", "withdraw"),
}
_DAYS = dict(
    zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), map(Text, WEEKDAYS["vi"], WEEKDAYS["en"]), strict=True)
)


def reasons(grounds: Iterable[Ground], org: Org) -> tuple[Reason, ...]:
    """The grounds by their reasons, in the order in which these first come up."""
    found: dict[tuple[str, Text], list[Told]] = {}
    for parts in gathered(grounds):
        found.setdefault((parts[0].basis, parts[0].why), []).append(shown(parts, org))
    return tuple(Reason(*key, tuple(numbers)) for key, numbers in found.items())


def changes(base: Sequence[Ground], other: Sequence[Ground], org: Org) -> Iterator[tuple[Reason, tuple[Text, ...]]]:
    """The numbers that a scenario has otherwise than its base, by reason, and what each is in the base, "-" for nothing."""
    before = {one.path: one for one in base}
    changed = [one for one in other if one.path not in before or before[one.path].value != one.value]
    for reason in reasons(changed, org):
        was = ([before[path] for path in one.paths if path in before] for one in reason.numbers)
        yield reason, tuple(shown(found, org).value if found else Text("-", "-") for found in was)


def gathered(grounds: Iterable[Ground]) -> Iterator[list[Ground]]:
    """The grounds in their order, those in a row that are parts of one number (months, efforts by role) and have the same ground
    together, unless they are more than a line holds."""
    for _, found in groupby(grounds, lambda one: (key_of(one), one.basis, one.why)):
        parts = list(found)
        yield from [parts] if len(parts) <= _IN_A_LINE else ([part] for part in parts)


def shown(parts: Sequence[Ground], org: Org) -> Told:
    """A number as it is shown, from one ground, or from those of its parts."""
    vi, en = ("; ".join(_worded(one, org, lang) for one in parts) for lang in ("vi", "en"))
    return Told(key_of(parts[0]), parts[0].title, Text(vi, en), tuple(one.path for one in parts))


def key_of(one: Ground) -> str:
    """The key under which the scenario says it."""
    return one.path.removesuffix(f".{one.part}") if one.part else one.path


def _worded(one: Ground, org: Org, lang: str) -> str:
    value = one.value if one.path == "year" else worded(one.value, org, lang)
    return f"{_named(one, org, lang)}: {value}" if one.part else value


def _named(one: Ground, org: Org, lang: str) -> str:
    """A part of a number by its name: a month, a weekday, an arrow, a role, an account; else as the file has it."""
    name = one.part
    if key_of(one) == "arrivals.months":
        return Text(f"tháng {name}", f"month {name}").to(lang)
    if words := _DAYS.get(name) or _ARROWS.get(name):
        return words.to(lang)
    return org.roles[name].title.to(lang) if name in org.roles else _who(name, org)


def _who(account: str, org: Org) -> str:
    return f"{org.accounts[account].name} ({account})" if account in org.accounts else account


def worded(value: str, org: Org, lang: str) -> str:
    """A value of a scenario file in a reader's words: 12 giờ làm việc, 0,3%, 05/07/2021 - 09/07/2021."""
    if value in _WORDS:
        return _WORDS[value].to(lang)
    if value.startswith("["):
        return _listed(value, org, lang)
    if found := re.fullmatch(r"(-?[0-9]+(?:\.[0-9]+)?)(%|min|)", value):
        unit = Text(" phút làm việc", " working minutes").to(lang) if found[2] == "min" else found[2]
        return number(found[1], lang) + unit
    try:
        return Term.parse(value).shown(lang)
    except BadValue:
        return value


def _listed(value: str, org: Org, lang: str) -> str:
    """Spells of days, officers who are more, or accounts, as people write them."""
    day = r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    if spells := re.findall(rf"\[{day}, {day}\]", value):
        return ", ".join(f"{d}/{m}/{y} - {dd}/{mm}/{yy}" for y, m, d, yy, mm, dd in spells)
    if more := re.findall(r"\{([^{}]*)\}", value):
        return ", ".join(_more(dict(pair.split(": ", 1) for pair in one.split(", ")), org, lang) for one in more)
    return ", ".join(_who(account, org) for account in value.strip("[]").split(", "))


def _more(extra: Mapping[str, str], org: Org, lang: str) -> str:
    role, division = extra["role"], extra.get("division", "")
    seat = org.seat_title(division) if division else None
    title = org.roles[role].title.to(lang) if role in org.roles else role
    return f"{title}{f' ({seat.to(lang)})' if seat else ''}: {extra['count']}"
