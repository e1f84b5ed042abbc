"""Numbers in Vietnamese prose: counts, percentages and fractions; dates, document numbers and labels are none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

COUNTED = r"(?:hồ sơ|thủ tục|tthc|quy trình|lưu đồ|lĩnh vực|phòng|cơ quan|đơn vị|dịch vụ|người|lượt|công dân|tổ chức)"
"""Nouns that are counted: what stands before one is a count and no year."""

_YEAR = r"(?:19|20)\d\d"
_LABELS = (
    r"lần|thứ|mức độ|mức|cấp độ|điều|khoản|khóa|hình|bảng|biểu|mẫu|phụ lục|chương|mục|phiên bản|giai đoạn|năm|quý|quí"
    r"|công nghệ|công nghiệp|copyright|tháng|nội bộ|(?<!tổng )số:?"
)
_NO_FIGURES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"^\s*[-–+*•]?\s*\d+(?:\.\d+)*[.)]\s",  # the number of a heading
        r"\b(?:điện thoại|đt|tel|fax|lh|hotline|e-?mail|địa chỉ)\s*:.*$",
        rf"\d{{1,2}}\s?[/.-]\s?\d{{1,2}}\s?[/.-]\s?{_YEAR}",
        rf"\d{{1,2}}\s?/\s?{_YEAR}",
        rf"{_YEAR}\s?[-–]\s?{_YEAR}",
        rf"ngày\s+\d{{1,2}}(?:\s+tháng\s+\d{{1,2}}(?:\s+năm\s+{_YEAR})?|\s?/\s?\d{{1,2}})?(?![\d.,/]|\s*%)",
        r"\b\d{1,2}\s+tháng(?=\s+(?:(?:đầu|cuối)\s+)?năm)",  # a period: 06 tháng năm 2021
        r"(?:tcvn|qcvn|iso|iec)(?:[\s/]*(?:iso|iec))*[\s/]*\d+(?:-\d+)?(?:\s?:\s?\d{4})?",
        r"\b\d{1,2}(?:h|:)\d{2}\b",
        rf"\b(?:{_LABELS})\s+\d+(?:[.,]\d+)*(?:\s*(?:và|,|-)\s*\d(?![\d./,]|\s*%))?(?![\d/]|\s*%)",
        rf"(?<![\d.,/]){_YEAR}(?![\d.,/]|\s*%|\s+{COUNTED})",
    )
)
PAPER = re.compile(rf"(?<![\d/])(\d+)\s?/\s?((?:{_YEAR}\s?/\s?)?[A-ZĐ][\wĐ]*(?:-[\wĐ&]+)*)")
"""The number of a document and its symbol: 272/QĐ-SCT, 61/2018/NĐ-CP."""

_LONGEST, _MOST_PLACES = 13, 6
"""Longer ones are no figures of a report, and their quotients would not be exact."""
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?!\w)(?P<percent>\s?%)?")
_GROUPED = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*(?:(?!\1)[.,]\d+)?")
_OVER = re.compile(
    r"\s*(?:[^\W\d]+\s+){0,3}?(?:[^\W\d]+\s*)?(?:/|(?<=\s)trên(?: tổng)?(?: số)?\s)\s*(?:tổng số\s)?", re.IGNORECASE
)
_BOUND = re.compile(r"\b(?:trên|hơn|dưới|ít nhất|tối thiểu|tối đa|không quá|khoảng|gần|đến)\s*$", re.IGNORECASE)
_FIGURE_AFTER = re.compile(r"\s*[)”\"]?\s*[^\W\d_]")


class Number(NamedTuple):
    """A number as written at [start, end): its value, decimal places, and the marks of thousands and decimals, "" for none."""

    text: str
    value: Decimal
    places: int
    thousands: str
    decimal: str
    start: int
    end: int


class Quantity(NamedTuple):
    """A count, a percentage or a fraction (`whole` is its denominator). `bound` is set for "trên 99 %" and the like."""

    number: Number
    whole: Number | None
    percent: bool
    bound: bool
    start: int
    end: int


def masked(text: str) -> str:
    """`text` with everything that has digits and is no figure blanked out, each character by one."""
    for pattern in (PAPER, *_NO_FIGURES):
        text = pattern.sub(_blank, text)
    return text


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"\d|%", "_", match[0])


def quantities(text: str) -> tuple[Quantity, ...]:
    """The figures of a clause, or of any words, in their order."""
    if not _DIGIT.search(text):
        return ()
    clear = masked(text)
    return tuple(_quantities(clear, tuple(_numbers(clear))))


def _numbers(clear: str) -> Iterator[tuple[Number, bool]]:
    for match in _NUMBER.finditer(clear):
        percent = match["percent"] is not None
        written = match[0][: len(match[0]) - len(match["percent"] or "")]
        if (number := _number(written, percent, match.start())) is not None:
            yield number._replace(end=match.end()), percent


def number_of(written: str) -> Number | None:
    """A number that stands alone, by the rules of prose; None when it is none."""
    return _number(written, False, 0) if re.fullmatch(r"\d+(?:[.,]\d+)*", written) else None


def _number(written: str, percent: bool, start: int) -> Number | None:
    """A dot or comma before groups of three digits is of thousands, but in a percentage; any other is of decimals."""
    thousands = decimal = ""
    plain = written
    if not percent and (grouped := _GROUPED.fullmatch(written)):
        thousands = grouped[1]
        plain = written.replace(thousands, "")
    if marks := re.findall(r"[.,]", plain):
        if len(marks) > 1:
            return None
        decimal = marks[0]
        plain = plain.replace(",", ".")
    places = len(plain.partition(".")[2])
    if len(plain) > _LONGEST or places > _MOST_PLACES:
        return None
    return Number(written, Decimal(plain), places, thousands, decimal, start, start + len(written))


def _quantities(clear: str, numbers: Sequence[tuple[Number, bool]]) -> Iterator[Quantity]:
    at = 0
    while at < len(numbers):
        number, percent = numbers[at]
        whole = _whole(clear, numbers, at)
        at += 1 if whole is None else 2
        end = whole.end if whole else number.end
        if percent or whole or _is_figure(clear, number):
            bound = whole is None and _BOUND.search(clear, 0, number.start) is not None
            yield Quantity(number, whole, percent, bound, number.start, end)


def _whole(clear: str, numbers: Sequence[tuple[Number, bool]], at: int) -> Number | None:
    number, percent = numbers[at]
    if percent or at + 1 == len(numbers) or numbers[at + 1][1]:
        return None
    following = numbers[at + 1][0]
    return following if _OVER.fullmatch(clear, number.end, following.start) else None


def _is_figure(clear: str, number: Number) -> bool:
    """Whether a number counts something: a word follows, or it stands behind a colon."""
    return _FIGURE_AFTER.match(clear, number.end) is not None or clear[: number.start].rstrip()[-1:] == ":"
