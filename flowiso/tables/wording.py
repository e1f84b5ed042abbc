"""Lengths of time as decisions write them, and names in quotes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from ..errors import BadValue
from ..model import Clock, Step
from ..term import Term, Unit
from ..text import Text
from .grid import fold, key, squeeze

HOURS = Decimal(8)
"""Working hours of a working day in a table (R76)."""

# --- names


def quoted(name: str) -> str:
    """A name between “ and ”; a ” inside it is doubled."""
    return f"“{name.replace('”', '””')}”"


def unquoted(name: str) -> str:
    """What `quoted` was given."""
    return name[1:-1].replace("””", "”") if name.startswith("“") and name.endswith("”") and len(name) > 1 else name


QUOTED = r"“(?:[^”]|””)*+”"
_PIECES = re.compile(rf"(?:{QUOTED}|[^;\n“]|“)+")


def pieces(text: str) -> list[str]:
    """The parts of a cell between line ends and semicolons, those in quotes left whole."""
    return [piece for part in _PIECES.findall(text) if (piece := squeeze(part))]


def listed(names: Iterable[str]) -> str:
    """Names one a line, quoted where they couldn't be read back."""
    return "\n".join(quoted(name) if ";" in name or "“" in name else name for name in names)


# --- times


class Timed(NamedTuple):
    """The time of a row."""

    within: Term | None = None
    clock: Clock = "run"
    until: str | None = None


class Unread(NamedTuple):
    """A time that isn't clear: the finding's code, and what to write instead."""

    code: str
    text: Text


_UNITS: Mapping[Unit, str] = {"wh": "giờ làm việc", "wd": "ngày làm việc", "h": "giờ đồng hồ", "d": "ngày lịch"}
_NO_TERM = "không quy định thời hạn"
_CLOCKS: Mapping[Clock, str] = {"run": "", "stopped": "dừng tính giờ", "none": "không tính thời gian"}
_SAID: Mapping[str, Clock] = {
    **{key(words): clock for clock, words in _CLOCKS.items() if words},
    **dict.fromkeys(("khong tinh", "khong tinh gio", "khong tinh vao thoi han", "khong tinh thoi han"), "none"),
    **dict.fromkeys(("gio hanh chinh", "trong gio hanh chinh", "theo gio hanh chinh"), "none"),
    **dict.fromkeys(("dong ho dung", "tam dung tinh thoi gian", "tam dung"), "stopped"),
}
_NONE_SET = {key(_NO_TERM), "khong co thoi han", "khong quy dinh"}


def amount(value: Decimal) -> str:
    """A number as a Vietnamese table writes it, not grouped: 36,5."""
    return f"{value:f}".replace(".", ",")


def term_words(term: Term) -> str:
    """A term that can be read back in one way only."""
    return "giải quyết ngay" if term.unit == "immediate" else f"{amount(term.amount)} {_UNITS[term.unit]}"


def time_words(step: Step, milestones: Mapping[str, Text]) -> str:
    """The time of a row in words."""
    words = [_CLOCKS[step.clock]] if _CLOCKS[step.clock] else []
    if step.until:
        words.insert(0, f"mốc {quoted(milestone_name(step.until, milestones))}")
    if step.within:
        words.insert(0, term_words(step.within))
    return "; ".join(words) or _NO_TERM


def milestone_name(milestone: str, milestones: Mapping[str, Text]) -> str:
    """A milestone's title, or its id where the title isn't its alone."""
    title = milestones[milestone].vi if milestone in milestones else milestone
    return title if [other.vi for other in milestones.values()].count(title) == 1 else milestone


class Days(NamedTuple):
    """What a bare "ngày" and a bare number mean in a table; None where it isn't said."""

    day: Unit | None = None
    bare: str = ""


def read_time(text: str, days: Days, milestones: Mapping[str, Text]) -> Timed | Unread:
    """The time a cell tells; Unread says what isn't clear."""
    timed = Timed()
    for part in pieces(text):
        read = _part(part, days, milestones)
        if isinstance(read, Unread):
            return read
        timed = Timed(
            read.within or timed.within, read.clock if read.clock != "run" else timed.clock, read.until or timed.until
        )
    return timed


def _part(part: str, days: Days, milestones: Mapping[str, Text]) -> Timed | Unread:
    said = key(part)
    if said in _SAID:
        return Timed(clock=_SAID[said])
    if said in _NONE_SET:
        return Timed()
    if part.lower().strip(" .") in ("ngay", "giải quyết ngay", "trả ngay", "ngay lập tức"):
        return Timed(within=Term.parse("immediate"))
    if said in ("trong ngay", "trong ngay lam viec"):
        vi = f"“{part}” chưa nói bao nhiêu giờ; hãy ghi số giờ, hoặc “1 ngày làm việc”"
        return Unread("TAB402", Text(vi, f"“{part}”: how many hours? Write them, or “1 ngày làm việc”"))
    if found := re.fullmatch(rf"mốc ({QUOTED}|.+)", part, re.IGNORECASE):
        return _milestone(unquoted(found[1]), milestones)
    read = read_term(part, days)
    return read if isinstance(read, Unread) else Timed(within=read) if read else Timed(clock="none")


def _milestone(name: str, milestones: Mapping[str, Text]) -> Timed | Unread:
    known = [one for one in milestones if one == name or key(milestones[one].vi) == key(name)]
    exact = [one for one in known if milestone_name(one, milestones) == name]
    if len(exact or known) != 1:
        there = ", ".join(title.vi for title in milestones.values())
        return Unread(
            "TAB402",
            Text(f"không có mốc kế hoạch “{name}”; hiện có: {there}", f"no milestone “{name}”; there are: {there}"),
        )
    return Timed(until=(exact or known)[0])


_NUMBER = r"\d+ \d+/\d+|\d+/\d+|\d+(?:[.,]\d+)?|nua"
_UNIT = r"ngay lam viec|ngay lich|ngay|gio lam viec|gio dong ho|gio hanh chinh|gio|phut"
_ONE = re.compile(rf"({_NUMBER}) ?({_UNIT})?")
_RANGE = re.compile(r"\d ?(?:-|–|—|~|den|toi) ?\d")
_LEAD = re.compile(
    r"(?:trong (?:vong|thoi han)? ?)?(?:toi da|khong qua|khong vuot qua|cham nhat|nhieu nhat|<=|≤)? ?(?:la )?"
)
_TAIL = re.compile(r" ?(?:\(?ke tu|\(?tu ngay nhan|/ ?(?:01|1)? ?ho so).*$")
_WORDY = re.compile(r"\((?![^)]*\d)(?!lam viec)[^)]*\)")
_SAYS = re.compile(r"\(([^()]*\d[^()]*)\)")


def read_term(text: str, days: Days) -> Term | Unread | None:
    """A length of time such as "02 giờ", "0,5 ngày", "½ ngày", "không quá 3 ngày"; None for 0."""
    plain = fold(squeeze(text.replace("½", " 1/2").replace("¼", " 1/4").replace("¾", " 3/4"))).strip(" .")
    if _RANGE.search(plain):
        return Unread(
            "TAB403", Text(f"“{text}” là một khoảng; hãy ghi một con số", f"“{text}” is a range; give one number")
        )
    plain = squeeze(_WORDY.sub(" ", _TAIL.sub("", plain)).replace("(lam viec)", "lam viec"))
    said = _SAYS.search(plain)
    if said:
        plain = squeeze(plain[: said.start()] + plain[said.end() :])
    read = _sum(plain[_LEAD.match(plain).end() :], text, days)  # type: ignore[union-attr]  # it matches ""
    if said and not isinstance(read, Unread):
        again = _sum(said[1], text, days)
        if isinstance(again, Unread):
            return again
        if not same_length(read, again):
            return Unread(
                "TAB402",
                Text(f"“{text}”: hai con số không bằng nhau (1 ngày = 8 giờ)", f"“{text}”: the two figures differ"),
            )
    return read


def same_length(one: Term | None, other: Term | None) -> bool:
    """Whether two terms are as long as each other, a working day having 8 hours."""
    return one == other or (one is not None and other is not None and hours(one) == hours(other) is not None)


def hours(term: Term) -> Decimal | None:
    """A term in working hours; None for one that isn't counted so."""
    return {"wd": term.amount * HOURS, "wh": term.amount, "immediate": Decimal(0)}.get(term.unit)


def _sum(plain: str, text: str, days: Days) -> Term | Unread | None:
    """One amount, or days and hours one after the other."""
    at, terms = 0, []
    while found := _ONE.match(plain, at):
        term = _amount(found[1], found[2] or days.bare, text, days)
        if isinstance(term, Unread):
            return term
        terms.append(term)
        at = found.end()
        at += len(plain[at:]) - len(re.sub(r"^(?: ?(?:va|,|\+))? ?", "", plain[at:]))
    if not terms or at < len(plain):
        return _unread(text)
    counted = [term for term in terms if term]
    if len(counted) < 2:
        return counted[0] if counted else None
    whole = [hours(term) for term in counted]
    total = sum((one for one in whole if one is not None), Decimal(0))
    return _unread(text) if None in whole else _term(total, "wh", text)


def _amount(number: str, unit: str, text: str, days: Days) -> Term | Unread | None:
    value = _value(number)
    if value == 0:
        return None
    if value is None or not unit:
        return _unread(text)
    if unit == "phut":
        return _term(value / 60, "wh", text)
    if unit == "ngay":
        return _term(value, days.day, text) if days.day else _which_days(text)
    kinds: Mapping[str, Unit] = {"ngay lam viec": "wd", "ngay lich": "d", "gio dong ho": "h"}
    return _term(value, kinds.get(unit, "wh"), text)


def _value(number: str) -> Decimal | None:
    """A number; None for one that could be thousands, or that has no end."""
    if number == "nua":
        return Decimal("0.5")
    if re.fullmatch(r"\d+\.\d{3}", number) or len(number) > 12:
        return None
    whole, _, fraction = number.rpartition(" ") if "/" in number else (number, "", "")
    value = Decimal((whole or "0").replace(",", "."))
    if fraction:
        above, below = map(int, fraction.split("/"))
        value += Decimal(above) / below if below else Decimal("NaN")
    return value if value.is_finite() else None


def _term(value: Decimal, unit: Unit, text: str) -> Term | Unread:
    try:
        return Term.parse(f"{value.normalize():f}{unit}")
    except BadValue:
        return _unread(text)


def _unread(text: str) -> Unread:
    return Unread(
        "TAB402",
        Text(
            f"không hiểu thời gian “{squeeze(text)}”; hãy ghi như “4 giờ”, “0,5 ngày làm việc”, “không tính thời gian”",
            f"can't read the time “{squeeze(text)}”; write it like “4 giờ”, “0,5 ngày làm việc”, “không tính thời gian”",
        ),
    )


def _which_days(text: str) -> Unread:
    return Unread(
        "TAB404",
        Text(
            f"“{squeeze(text)}”: không rõ ngày làm việc hay ngày lịch; hãy ghi “ngày làm việc” ở ô này hoặc ở tên cột",
            f"“{squeeze(text)}”: working days or calendar days? Write “ngày làm việc” here or in the column's title",
        ),
    )
