"""Whether the percentages of a report are their quotients, rounded alike, of a whole that is named (R93, R111)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import NamedTuple

from ..model import Finding
from ..text import many, number
from .codes import finding
from .phrases import DOSSIERS, OTHER_PERIOD, PROCEDURES, TITLES, plain
from .published import Figure, Published, unstated_whole

_OF_DOSSIERS = ("resolved", "received", "total")


class Share(NamedTuple):
    """A percentage with the numerator and denominator it comes from; both None when the report doesn't give them."""

    figure: Figure
    part: Decimal | None
    whole: Decimal | None
    whole_id: str | None

    @property
    def exact(self) -> Decimal | None:
        """What the quotient is, in percent."""
        return None if self.part is None or not self.whole else 100 * self.part / self.whole

    @property
    def places(self) -> int:
        """Decimals as published."""
        return self.figure.quantity.number.places

    @property
    def fits(self) -> bool:
        """Whether the published percentage is the quotient, rounded or cut off."""
        return self.figure.value in (self.rounded(ROUND_HALF_UP), self.rounded(ROUND_DOWN))

    def rounded(self, how: str, places: int | None = None) -> Decimal | None:
        """The quotient at `places`, else at the published, decimals."""
        unit = Decimal(1).scaleb(-(self.places if places is None else places))
        return None if self.exact is None else self.exact.quantize(unit, how)


def shares(report: Published) -> tuple[Share, ...]:
    """The percentages of a report that are results: no bounds, no aims, none of another period but beside their fraction."""
    results = (one for one in report.figures if one.quantity.percent and not (one.quantity.bound or one.target))
    return tuple(_share(report, one) for one in results if one.of or not OTHER_PERIOD.search(plain(one.sentence)))


def _share(report: Published, figure: Figure) -> Share:
    if figure.of:
        return Share(figure, *figure.of, figure.whole_id)
    part = _count(report, figure.id or "")
    if part is None:
        return Share(figure, None, None, None)
    wholes = _OF_DOSSIERS if figure.id in DOSSIERS else ("procedures",) if figure.id in PROCEDURES else ()
    made = [Share(figure, part, whole, name) for name in wholes if (whole := report.value(name))]
    return next((one for one in made if one.fits), made[0] if made else Share(figure, None, None, None))


def _count(report: Published, name: str) -> Decimal | None:
    """What is counted; those in time are also those early and those on time together."""
    early, on_time = report.value("early"), report.value("on_time")
    if name == "in_time" and report.value(name) is None and early is not None and on_time is not None:
        return early + on_time
    return report.value(name)


def check_ratios(report: Published) -> Iterator[Finding]:
    """REP104 to REP108 and REP201 to REP204."""
    found = shares(report)
    for one in found:
        yield from _quotient(report, one)
        yield from _rounding(report, one)
    yield from _decimals(report, found)
    yield from _unsaid(report, found)
    yield from _bounds(report)
    yield from _other_wholes(report)
    yield from _separators(report)


def _quotient(report: Published, share: Share) -> Iterator[Finding]:
    figure, exact = share.figure, share.exact
    if exact is None or share.part is None or share.whole is None:
        yield _of_nothing(report, figure)
    elif not share.fits:
        right = share.rounded(ROUND_HALF_UP, max(share.places, 2)) or exact
        yield finding(
            "REP104",
            report.file,
            figure.line,
            f"ghi {figure.shown}, nhưng {number(share.part)}/{number(share.whole)} = {number(right)}%",
            f"{figure.shown} is given, but {number(share.part, 'en')}/{number(share.whole, 'en')} = {number(right, 'en')}%",
        )
    elif figure.value in (0, 100) and figure.value != exact:
        yield finding(
            "REP107",
            report.file,
            figure.line,
            f"ghi {figure.shown} dù chỉ {number(share.part)}/{number(share.whole)}; hãy thêm một chữ số thập phân (R111)",
            f"{figure.shown} is given for {number(share.part, 'en')}/{number(share.whole, 'en')}; show one decimal more (R111)",
        )


def _of_nothing(report: Published, figure: Figure) -> Finding:
    words = re.split(r"[,.;:()]", figure.sentence.partition(figure.shown)[2], maxsplit=1)[0]
    words = " ".join([figure.shown, *words.split()[:8]])
    return finding(
        "REP201",
        report.file,
        figure.line,
        f"'{words}' không có tử số và mẫu số nào trong báo cáo; hãy ghi bao nhiêu trên bao nhiêu",
        f"the report gives no numerator and denominator for '{words}'; say how many of how many",
    )


def _bounds(report: Published) -> Iterator[Finding]:
    """A result told only as "more than 90 %" has no numerator either."""
    for one in report.figures:
        if one.quantity.percent and one.quantity.bound and not one.target:
            yield _of_nothing(report, one)


def _rounding(report: Published, share: Share) -> Iterator[Finding]:
    half, cut = share.rounded(ROUND_HALF_UP), share.rounded(ROUND_DOWN)
    if half is None or cut is None or half == cut or not share.fits:
        return
    shown, other = share.figure.shown, (half if share.figure.value == cut else cut)
    exact = share.rounded(ROUND_HALF_UP, share.places + 3) or half
    if share.figure.value == cut:
        vi = f"{shown} là {number(exact)}% bị cắt bớt; làm tròn thì là {number(other)}% (R111)"
        en = f"{shown} is {number(exact, 'en')}% cut off; rounded it is {number(other, 'en')}% (R111)"
        yield finding("REP105", report.file, share.figure.line, vi, en)
    else:
        vi = f"{shown} là {number(exact)}% làm tròn; cắt bớt sẽ là {number(other)}%, nên các tỷ lệ phải được làm tròn (R111)"
        en = f"{shown} is {number(exact, 'en')}% rounded half up, cut off {number(other, 'en')}%: round them all (R111)"
        yield finding("REP108", report.file, share.figure.line, vi, en)


def _decimals(report: Published, found: tuple[Share, ...]) -> Iterator[Finding]:
    """Percentages that had to be rounded have as many decimals as most of them."""
    rounded = [one for one in found if (one.places if one.exact is None else one.exact != one.figure.value)]
    if not rounded:
        return
    counted = Counter(one.places for one in rounded)
    usual = max(counted, key=lambda places: (counted[places], places))
    for one in rounded:
        if one.places != usual:
            right = one.rounded(ROUND_HALF_UP, usual)
            vi = f"; hãy ghi {number(right)}%" if right is not None else ""
            en = f"; write {number(right, 'en')}%" if right is not None else ""
            yield finding(
                "REP106",
                report.file,
                one.figure.line,
                f"{one.figure.shown} có {one.places} chữ số thập phân, các tỷ lệ khác có {usual}{vi}",
                f"{one.figure.shown} has {many(one.places, 'decimal')}, the others have {usual}{en}",
            )


def _unsaid(report: Published, found: tuple[Share, ...]) -> Iterator[Finding]:
    for one in found:
        if one.figure.of or one.part is None or one.whole is None or not one.fits:
            continue
        if re.search(r"trên tổng|/|so với tổng|tổng số", plain(one.figure.sentence)):
            continue
        whole = TITLES[one.whole_id or "received"]
        yield finding(
            "REP202",
            report.file,
            one.figure.line,
            f"{one.figure.shown} không nói trên tổng số nào; chỉ đoán được là {number(one.part)}/{number(one.whole)}"
            f" ({whole.vi}); hãy ghi mẫu số (R93)",
            f"{one.figure.shown} doesn't say of what; it can only be guessed to be {number(one.part, 'en')}/"
            f"{number(one.whole, 'en')} ({whole.en}); give the denominator (R93)",
        )
    for clause, given in (pair for paragraph in report.paragraphs for pair in unstated_whole(paragraph)):
        yield finding(
            "REP202",
            report.file,
            clause.paragraph.line(clause.start + given.start),
            f"mục này hỏi một tỷ số (…/tổng số …) nhưng chỉ ghi '{given.text}'; hãy ghi cả mẫu số",
            f"a ratio is asked for here (…/total …) but only '{given.text}' is given; give the denominator too",
        )


def _other_wholes(report: Published) -> Iterator[Finding]:
    """Fractions of things that are procedures, or dossiers, alike, with different denominators."""
    fractions = [one for one in report.figures if one.whole_id in ("procedures", "with_dossiers") and one.fraction]
    counted = Counter(one.fraction[1] for one in fractions if one.fraction)
    if len(counted) < 2:
        return
    usual = counted.most_common(1)[0][0]
    for one in fractions:
        if one.fraction and one.fraction[1] != usual and one.whole_id == "with_dossiers":
            less = number(one.fraction[1]), number(one.fraction[1], "en")
            yield finding(
                "REP203",
                report.file,
                one.line,
                f"'{one.shown}' tính trên {less[0]} thủ tục có phát sinh hồ sơ, các tỷ số khác trên {number(usual)} thủ tục;"
                " không so sánh trực tiếp được",
                f"'{one.shown}' is of {less[1]} procedures with dossiers, other ratios are of {number(usual, 'en')};"
                " they can't be compared",
            )


def _separators(report: Published) -> Iterator[Finding]:
    """One decimal mark, and another one for thousands."""
    marks: dict[str, dict[str, list[Figure]]] = {"decimal": {}, "thousands": {}}
    for one in report.figures:
        for written in filter(None, (one.quantity.number, one.quantity.whole)):
            for role in marks:
                if mark := getattr(written, role):
                    marks[role].setdefault(mark, []).append(one)
    decimal, thousands = marks["decimal"], marks["thousands"]
    if len(decimal) < 2 and len(thousands) < 2 and not set(decimal) & set(thousands):
        return
    odd = decimal.get(".") or thousands.get(",") or next(iter((decimal or thousands).values()))
    told = {"decimal": ("thập phân", "decimals"), "thousands": ("hàng nghìn", "thousands")}
    vi, en = (
        "; ".join(
            f"'{mark}' {told[role][at]} ({', '.join(sorted({one.shown for one in uses}))})"
            for role, found in marks.items()
            for mark, uses in found.items()
        )
        for at in (0, 1)
    )
    yield finding(
        "REP204",
        report.file,
        odd[0].line,
        f"dấu ngăn cách lẫn lộn: {vi}; hãy dùng dấu chấm cho hàng nghìn, dấu phẩy cho thập phân",
        f"separators are mixed: {en}; in Vietnamese the dot is for thousands, the comma for decimals",
    )
