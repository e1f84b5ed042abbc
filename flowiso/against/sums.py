"""Whether the counts of a report agree with one another: sums, parts and wholes, the same figure given twice (R90)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ..model import Finding
from ..text import number
from .codes import finding
from .phrases import TITLES
from .published import Published

LEVELS = tuple(f"level_{level}" for level in range(1, 5))
_OUTCOMES = (("early", "on_time", "late"), ("in_time", "late"))
_SUMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    *(("resolved", parts) for parts in _OUTCOMES),
    ("in_time", ("early", "on_time")),
    ("open", ("open_in_time", "open_overdue")),
    ("total", ("received", "carried_over")),
    ("received", ("online", "not_online")),
)
"""A whole and its parts; checked where all are given."""


def check_sums(report: Published) -> Iterator[Finding]:
    """REP101, REP102, REP103 and REP301."""
    yield from _two_values(report)
    yield from _above(report)
    for whole, parts in _SUMS:
        yield from _sum(report, whole, parts)
    given = tuple(name for name in LEVELS if report.value(name) is not None)
    if len(given) > 1:
        yield from _sum(report, "procedures", given)
    yield from _balance(report)
    yield from _shares(report)


def _two_values(report: Published) -> Iterator[Finding]:
    for name, title in TITLES.items():
        first, line = report.value(name), report.line(name)
        if first is None:
            continue
        other = {value: at for value, at in reversed(report.values(name)) if value != first}
        for value, at in other.items():
            yield finding(
                "REP102",
                report.file,
                at,
                f"{title.vi}: ở đây {number(value)}, ở dòng {line} là {number(first)}; hãy ghi một số, hoặc nói rõ mỗi số đếm gì",
                f"{title.en}: {number(value, 'en')} here, {number(first, 'en')} on line {line}; give one number,"
                " or say what each counts",
            )


def _above(report: Published) -> Iterator[Finding]:
    for one in report.figures:
        over = one.fraction is not None and one.fraction[0] > one.fraction[1]
        if over or (one.quantity.percent and one.value > 100):
            yield finding(
                "REP103",
                report.file,
                one.line,
                f"'{one.shown}': phần lớn hơn toàn thể; hãy xem lại hai số",
                f"'{one.shown}': a part is larger than its whole; look at both numbers again",
            )


def _sum(report: Published, whole: str, parts: tuple[str, ...]) -> Iterator[Finding]:
    values = [value for name in parts if (value := report.value(name)) is not None]
    right = report.value(whole)
    if right is not None and len(values) == len(parts) and sum(values) != right:
        yield _wrong_sum(report, whole, right, parts, values)


def _wrong_sum(report: Published, whole: str, right: Decimal, parts: tuple[str, ...], values: list[Decimal]) -> Finding:
    made = sum(values, Decimal(0))
    vi, en = (" + ".join(number(value, lang) for value in values) for lang in ("vi", "en"))
    lines = ", ".join(str(line) for line in sorted({report.line(name) for name in (whole, *parts)}))
    return finding(
        "REP101",
        report.file,
        report.line(parts[-1]),
        f"{', '.join(TITLES[name].vi for name in parts)}: {vi} = {number(made)}, nhưng {TITLES[whole].vi} là {number(right)},"
        f" lệch {number(abs(made - right))} (dòng {lines})",
        f"{', '.join(TITLES[name].en for name in parts)}: {en} = {number(made, 'en')}, but {TITLES[whole].en} are"
        f" {number(right, 'en')}, {number(abs(made - right), 'en')} apart (lines {lines})",
    )


def _balance(report: Published) -> Iterator[Finding]:
    """Columns 3 = 7 + 11 of the form: what came is resolved or open (R90)."""
    came = "received" if report.value("total") is None else "total"
    parts = resolved_parts(report)
    if report.value(came) is None or not parts:
        return
    carried = Decimal(0) if came == "total" else report.value("carried_over") or Decimal(0)
    names = parts if report.value("open") is None else (*parts, "open")
    values = [report.value(name) or Decimal(0) for name in names]
    left = (report.value(came) or Decimal(0)) + carried
    if sum(values) != left:
        yield _wrong_sum(report, came, left, names, values)
    elif "open" not in names and report.value("carried_over") is None:
        yield finding(
            "REP301",
            report.file,
            report.line(came),
            f"{TITLES[came].vi} {number(left)} bằng đúng số đã trả kết quả; báo cáo không nói còn bao nhiêu hồ sơ đang giải quyết"
            " và từ kỳ trước chuyển sang (cột 11 và 6 của biểu II.06a, R90)",
            f"{TITLES[came].en} {number(left, 'en')} are exactly those resolved; the report doesn't say how many are open"
            " and carried over (columns 11 and 6 of form II.06a, R90)",
        )


def resolved_parts(report: Published) -> tuple[str, ...]:
    """The figures that together are the dossiers resolved, as far as the report gives them; () when it doesn't."""
    ways = (*_OUTCOMES, ("resolved",))
    return next((names for names in ways if all(report.value(name) is not None for name in names)), ())


def _shares(report: Published) -> Iterator[Finding]:
    """Percentages of the outcomes are 100 together; where counts are given their quotients say more."""
    shares = {one.id: one for one in report.figures if one.quantity.percent and not (one.quantity.bound or one.target)}
    for parts in _OUTCOMES:
        found = [shares[name] for name in parts if name in shares]
        if len(found) < len(parts) or any(report.value(name) is not None for name in parts):
            continue
        made = sum((one.value for one in found), Decimal(0))
        slack = sum((Decimal(5).scaleb(-one.quantity.number.places - 1) for one in found), Decimal(0))
        if abs(made - 100) > slack:
            yield finding(
                "REP101",
                report.file,
                found[-1].line,
                f"các tỷ lệ {', '.join(one.shown for one in found)} cộng lại {number(made)}%, không phải 100%",
                f"the percentages {', '.join(one.shown for one in found)} add up to {number(made, 'en')}%, not 100%",
            )
