"""A term: the length of time a flow promises, such as 5wd or 4wh (R76)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal, get_args

from .errors import BadValue
from .text import Text, number

Unit = Literal["wd", "d", "wh", "h", "immediate"]
UNITS: dict[Unit, Text] = {
    "wd": Text("ngày làm việc", "working day"),
    "d": Text("ngày", "day"),
    "wh": Text("giờ làm việc", "working hour"),
    "h": Text("giờ", "hour"),
}
"""The units an amount may have; "wd" and "wh" stand before "d" and "h", which they end with."""

_AMOUNT = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]*[1-9])?")


@dataclass(frozen=True, slots=True)
class Term:
    """A length of time promised by a flow (R76): an amount above 0 of a unit.

    wd working days, d calendar days, wh working hours, h hours; immediate is the moment itself and has amount 0.
    """

    amount: Decimal
    unit: Unit

    def __post_init__(self) -> None:
        if self.unit not in get_args(Unit) or (self.amount > 0) is (self.unit == "immediate") or self.amount < 0:
            raise _bad(f"{self.amount}{self.unit}")
        if self.unit == "d" and self.amount % 1:
            raise _bad(str(self))

    @classmethod
    @lru_cache(maxsize=256)
    def parse(cls, text: str) -> Term:
        """A term from "5wd", "0.5wd", "30d", "4wh", "48h" or "immediate"; anything else is a BadValue.

        The same text gives the same object, so what is remembered of a term serves all flows that promise it.
        """
        if text == "immediate":
            return cls(Decimal(0), "immediate")
        for unit in UNITS:
            amount = text.removesuffix(unit)
            if amount != text and _AMOUNT.fullmatch(amount) and len(amount.replace(".", "")) <= 9:
                return cls(Decimal(amount), unit)
        raise _bad(text)

    def __str__(self) -> str:
        return "immediate" if self.unit == "immediate" else f"{self.amount:f}{self.unit}"

    def shown(self, lang: str = "vi") -> str:
        """As a person reads it: 5 ngày làm việc, 0.5 working days."""
        if self.unit == "immediate":
            return Text("giải quyết ngay", "at once").to(lang)
        plural = "s" if lang == "en" and self.amount != 1 else ""
        return f"{number(self.amount, lang)} {UNITS[self.unit].to(lang)}{plural}"


_LOOSE = r"([0-9]{1,6}(?:[.,][0-9]{1,3})?)\s*([a-zà-ỹ ]+)"
_MEANT: dict[str, tuple[Unit, ...]] = {
    **{unit: (unit,) for unit in UNITS},
    **dict.fromkeys(("ngày làm việc", "ngay lam viec", "working days", "working day"), ("wd",)),
    **dict.fromkeys(("ngày lịch", "calendar days", "calendar day"), ("d",)),
    **dict.fromkeys(("ngày", "ngay", "days", "day"), ("wd", "d")),
    **dict.fromkeys(("giờ làm việc", "gio lam viec", "working hours", "working hour"), ("wh",)),
    **dict.fromkeys(("giờ", "gio", "hours", "hour"), ("wh", "h")),
}
"""What people write for a unit, and what they may mean by it."""
_KINDS: dict[Unit, Text] = {
    "wd": Text("ngày làm việc", "working days"),
    "d": Text("ngày lịch", "calendar days"),
    "wh": Text("giờ làm việc", "working hours"),
    "h": Text("giờ đồng hồ", "clock hours"),
}


def _meant(text: str) -> Text:
    """The question what was meant by a term that can't be read; empty when it is like none."""
    written = re.fullmatch(_LOOSE, text.strip().casefold())
    amount = written[1].replace(",", ".") if written else ""
    units = _MEANT.get(written[2].strip(), ()) if written and _AMOUNT.fullmatch(amount) else ()
    guesses = [(f"'{amount}{unit}'", _KINDS[unit]) for unit in units if unit != "d" or "." not in amount]
    if not guesses or amount == "0":
        return Text("", "")
    vi = " hay ".join(f"{guess} ({kind.vi})" for guess, kind in guesses)
    en = " or ".join(f"{guess} ({kind.en})" for guess, kind in guesses)
    return Text(f" Có phải {vi}?", f" Did you mean {en}?")


def _bad(text: str) -> BadValue:
    comma = Text(" Viết dấu chấm thập phân, không viết dấu phẩy.", " Write a decimal point, not a comma.")
    hint = comma if "," in text else Text("", "")
    vi, en = hint.vi + _meant(text).vi, hint.en + _meant(text).en
    return BadValue(
        Text(
            f'Không hiểu thời hạn "{text}".{vi} Ví dụ đúng: 5wd, 0.5wd, 30d, 4wh, 48h, immediate'
            " (lớn hơn 0, không quá 9 chữ số, d phải là số nguyên).",
            f'Can\'t read the term "{text}".{en} Good ones: 5wd, 0.5wd, 30d, 4wh, 48h, immediate'
            " (above 0, at most 9 digits, d a whole number).",
        )
    )
