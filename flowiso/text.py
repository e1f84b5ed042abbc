"""What people read: every sentence in Vietnamese and English, and how numbers, dates and percentages are written.

`flowiso --help` needs only `Text`, so what the figures need is imported where they are written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal

Lang = Literal["vi", "en"]

WEEKDAYS: dict[str, tuple[str, ...]] = {
    "vi": ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}


class Text(NamedTuple):
    """One sentence in both languages; `str()` is the Vietnamese one."""

    vi: str
    en: str

    def __str__(self) -> str:
        return self.vi

    def to(self, lang: str) -> str:
        """The sentence in `lang`, "vi" or "en"."""
        return self.en if lang == "en" else self.vi


def nfc(text: str) -> str:
    """`text` in Unicode form NFC, the only form FlowISO keeps."""
    import unicodedata

    return unicodedata.normalize("NFC", text)


def number(value: int | Decimal | str, lang: str = "vi") -> str:
    """A whole or decimal number grouped by thousands: 1.234,5 in Vietnamese, 1,234.5 in English."""
    from decimal import Decimal

    grouped = f"{Decimal(value):,f}"
    return grouped if lang == "en" else grouped.translate(str.maketrans(",.", ".,"))


def many(count: int, one: str, more: str = "") -> str:
    """How many there are, in English: 1 dossier, 1,234 dossiers; `more` is the plural where it isn't `one` with an s."""
    return f"{number(count, 'en')} {one if count == 1 else more or one + 's'}"


def day(value: date, lang: str = "vi") -> str:
    """A date with its weekday, as a person reads it: Thứ Sáu 05/02/2021."""
    return f"{WEEKDAYS[lang][value.weekday()]} {value:%d/%m/%Y}"


def moment(value: datetime) -> str:
    """A moment on screen: 05/02/2021 15:00."""
    return f"{value:%d/%m/%Y %H:%M}"


def percent(part: int, whole: int) -> str | None:
    """`part` of `whole` in percent, plain ("99.97"), or None for 0/0.

    Two decimals, ROUND_HALF_UP on exact decimals; one digit more as long as rounding would show 100 or 0 for what
    is not all or nothing (R111).
    """
    from decimal import ROUND_HALF_UP, Decimal

    if whole == 0:
        return None
    exact = Decimal(100 * part) / Decimal(whole)
    places = 2
    while True:
        shown = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        if places == 12 or shown == exact or (shown != 100 and shown != 0):
            return str(shown)
        places += 1


def percent_shown(plain: str | None, lang: str = "vi") -> str:
    """A percentage from `percent` as a person reads it: 99,97%; 0/0 is "không phát sinh" (R111)."""
    if plain is None:
        return "không phát sinh" if lang == "vi" else "none arose"
    return number(plain, lang) + "%"
