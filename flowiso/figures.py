"""The figures of a line of the report: what each is called, what it counts, and the rates that follow (II.06a, R90, R93).

`FIGURES` and `RATIOS` are the one place where a figure is defined; text, JSON and CSV are written from them. Counts are whole
dossiers, so lines add up; rates are worked out of counts and never added.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, NamedTuple

from .model import Outcome
from .text import Text, percent

OBJECTIVE = 99
"""The quality objective: more than this percentage of the dossiers resolved on their merits in time."""


class Counts(NamedTuple):
    """One line of the form: dossiers of an agency, a field, a procedure, a division, an officer, a channel; see `FIGURES`.

    `online` is column 4 of the form, `on_time` column 9: it holds `no_term`, `withdrawn` and `stopped` too. Columns 8 to 13 go
    by the date promised last; `merits_in_time` and what is called `_by_law` by the law's due date (R50). `misrouted` are
    hand-overs, less those told before the period that were none after all, and so may be below 0.
    """

    received: int = 0
    carried_over: int = 0
    resolved: int = 0
    open: int = 0
    open_in_time: int = 0
    open_overdue: int = 0
    early: int = 0
    on_time: int = 0
    late: int = 0
    no_term: int = 0
    withdrawn: int = 0
    stopped: int = 0
    closed_overdue: int = 0
    merits: int = 0
    merits_in_time: int = 0
    early_by_law: int = 0
    late_by_law: int = 0
    overdue_by_law: int = 0
    refused_intake: int = 0
    online: int = 0
    misrouted: int = 0
    misrouted_dossiers: int = 0
    suspected: int = 0
    reappointed: int = 0
    reappointed_in_time: int = 0

    @property
    def by_law(self) -> Counts:
        """The same with columns 8 to 13 by the law's due date, as quality objectives and the ISO report measure (R50)."""
        early, late, overdue = self.early_by_law, self.late_by_law, self.overdue_by_law
        return self._replace(
            early=early,
            on_time=self.resolved - early - late,
            late=late,
            open_in_time=self.open - overdue,
            open_overdue=overdue,
        )

    @property
    def in_time(self) -> int:
        """Early or on time, as column 8 + 9 of the form."""
        return self.early + self.on_time

    @property
    def total(self) -> int:
        """Received and carried over: column 3."""
        return self.received + self.carried_over

    @property
    def not_online(self) -> int:
        """Received at the counter or by post: column 5."""
        return self.received - self.online

    @property
    def in_time_rate(self) -> str | None:
        """In time of resolved (R93 a)."""
        return percent(self.in_time, self.resolved)

    @property
    def late_rate(self) -> str | None:
        """Late of resolved."""
        return percent(self.late, self.resolved)

    @property
    def objective_rate(self) -> str | None:
        """In time of those resolved on their merits: without no-term, withdrawn and stopped ones (R57, R59, R61)."""
        return percent(self.merits_in_time, self.merits)

    @property
    def objective_met(self) -> bool | None:
        """Whether strictly more than the objective were in time; None when nothing was resolved on its merits."""
        return 100 * self.merits_in_time > OBJECTIVE * self.merits if self.merits else None

    @property
    def online_rate(self) -> str | None:
        """Online of received in the period."""
        return percent(self.online, self.received)

    @property
    def ratios(self) -> tuple[Ratio, ...]:
        """The three legitimate on-time ratios (R93), in the order of `RATIOS`."""
        return tuple(rule.of(self) for rule in RATIOS)

    def to_json(self) -> dict[str, Any]:
        """The counts, rates and on-time ratios under their names."""
        plain = self._asdict() | {name: getattr(self, name) for name in DERIVED}
        return plain | {"on_time_ratios": {ratio.name: ratio.to_json() for ratio in self.ratios}}


DERIVED = (
    *("total", "not_online", "in_time", "in_time_rate", "late_rate", "objective_rate", "objective_met", "online_rate"),
)
"""What follows from the counts."""


class Figure(NamedTuple):
    """A count: its `name` among `Counts`, the `column` of the form it stands in, "" for none and "4+5" for what joins two.

    `title` names it on a line of its own, `depth` deep below what it is part of, `short` over a column; `meaning` defines it
    for a period [a, b].
    """

    name: str
    column: str
    depth: int
    title: Text
    short: Text
    meaning: Text

    @property
    def label(self) -> Text:
        """Its title with the form's column."""
        return (
            Text(f"{self.title.vi} ({self.column})", f"{self.title.en} ({self.column})") if self.column else self.title
        )


def _figure(name: str, column: str, depth: int, title: Text, short: tuple[str, str], meaning: Text) -> Figure:
    return Figure(name, column, depth, title, Text(*short), meaning)


_NO_SHORT = ("", "")

FIGURES: tuple[Figure, ...] = (
    _figure("total", "3", 0, Text("Tổng số hồ sơ", "Dossiers"), ("tổng", "total"),
            Text("cột 4 + 5 + 6", "columns 4 + 5 + 6")),
    _figure("received", "4+5", 1, Text("tiếp nhận trong kỳ", "received in the period"), _NO_SHORT,
            Text("ngày tiếp nhận trong [a, b]", "accepted within [a, b]")),
    _figure("online", "4", 2, Text("trong đó trực tuyến", "of these online"), ("trực tuyến", "online"),
            Text("tiếp nhận trong [a, b], kênh trực tuyến", "accepted within [a, b], online")),
    _figure("not_online", "5", 2, Text("trong đó trực tiếp, bưu chính", "of these at the counter or by post"),
            ("kênh khác", "other channels"),
            Text("tiếp nhận trong [a, b], kênh khác", "accepted within [a, b], by other channels")),
    _figure("carried_over", "6", 1, Text("từ kỳ trước chuyển sang", "carried over"), ("kỳ trước", "carried"),
            Text("tiếp nhận trước a và chưa giải quyết xong trước a", "accepted before a and not resolved before a")),
    _figure("resolved", "7", 0, Text("Đã giải quyết", "Resolved"), ("đã xong", "resolved"),
            Text("có kết quả trong [a, b]: cột 8 + 9 + 10", "resolved within [a, b]: columns 8 + 9 + 10")),
    _figure("early", "8", 1, Text("trước hạn", "early"), ("trước hạn", "early"),
            Text("ngày có kết quả trước ngày hẹn trả", "resolved on a day before the due date")),
    _figure("on_time", "9", 1, Text("đúng hạn, kể cả rút, dừng, không thời hạn", "on time, with those on the next lines"),
            ("đúng hạn", "on time"),
            Text("có kết quả vào ngày hẹn trả; kể cả rút, dừng và không có thời hạn (R57, R59, R61)",
                 "resolved on the due date; with those withdrawn, stopped or without a term (R57, R59, R61)")),
    _figure("no_term", "", 2, Text("trong đó không có thời hạn", "of these without a term"), _NO_SHORT,
            Text("luật không định thời hạn (R61)", "the law sets no term (R61)")),
    _figure("withdrawn", "", 2, Text("trong đó người nộp rút", "of these withdrawn"), _NO_SHORT,
            Text("người nộp rút trước khi có kết quả (R57)", "withdrawn before there was a result (R57)")),
    _figure("stopped", "", 2, Text("trong đó dừng giải quyết", "of these stopped for good"), _NO_SHORT,
            Text("dừng hẳn trước khi có kết quả (R59)", "stopped for good before there was a result (R59)")),
    _figure("closed_overdue", "", 2,
            Text("rút hoặc dừng khi đã quá ngày hẹn", "withdrawn or stopped when already overdue"), _NO_SHORT,
            Text("của hai dòng trên: sau ngày hẹn trả (R129)", "of the two lines above: after the due date (R129)")),
    _figure("late", "10", 1, Text("trễ hạn", "late"), ("trễ hạn", "late"),
            Text("ngày có kết quả sau ngày hẹn trả", "resolved on a day after the due date")),
    _figure("open", "11", 0, Text("Đang giải quyết", "Open"), ("đang làm", "open"),
            Text("chưa có kết quả lúc b: cột 12 + 13", "not resolved at b: columns 12 + 13")),
    _figure("open_in_time", "12", 1, Text("trong hạn", "in time"), ("trong hạn", "in time"),
            Text("chưa quá ngày hẹn trả lúc b, hoặc đồng hồ đang dừng", "not past the due date at b, or the clock stands")),
    _figure("open_overdue", "13", 1, Text("quá hạn", "overdue"), ("quá hạn", "overdue"),
            Text("quá ngày hẹn trả lúc b, đồng hồ đang chạy", "past the due date at b, the clock running")),
    _figure("reappointed", "", 0, Text("Đã xin lỗi, hẹn lại ngày trả", "Re-appointed with an apology"), _NO_SHORT,
            Text("của cột 7 và 11 (R49); cột 8-13 tính theo ngày hẹn lại, mục tiêu chất lượng theo ngày hẹn trả của luật (R50)",
                 "of columns 7 and 11 (R49); columns 8 to 13 go by the new date, quality objectives by the law's (R50)")),
    _figure("reappointed_in_time", "", 1,
            Text("quá hạn theo luật mà kịp ngày hẹn lại", "late by law, in time by the new date"), _NO_SHORT,
            Text("có kết quả, hoặc lúc b đang quá hạn, sau ngày hẹn trả của luật mà chưa qua ngày hẹn lại (R50)",
                 "resolved, or overdue at b, after the law's due date and not after the new one (R50)")),
    _figure("refused_intake", "", 0, Text("Không tiếp nhận (ngoài biểu)", "Intake refused (outside the form)"), _NO_SHORT,
            Text("từ chối tiếp nhận trong [a, b] (R91)", "not accepted, within [a, b] (R91)")),
    _figure("misrouted", "", 0, Text("Lượt chuyển nhầm tài khoản", "Hand-overs to a wrong account"), _NO_SHORT,
            Text("biết được trong [a, b], trừ lượt kỳ trước đã tính mà không phải (R123)",
                 "known within [a, b], less those told before that were none (R123)")),
    _figure("misrouted_dossiers", "", 1, Text("số hồ sơ bị chuyển nhầm", "dossiers concerned"), _NO_SHORT,
            Text("hồ sơ có lượt chuyển nhầm ở dòng trên", "dossiers with a hand-over of the line above")),
    _figure("suspected", "", 0, Text("Giao quá lâu chưa nhận cuối kỳ", "Hand-overs long unconfirmed at the end"), _NO_SHORT,
            Text("lúc b chờ xác nhận quá mức của cơ quan (R122)", "unconfirmed at b for longer than the agency allows (R122)")),
)  # fmt: skip
"""Every count that is shown, in the order of the form."""

FORM = tuple(figure for figure in FIGURES if figure.column.isdigit())
"""Columns 3 to 13 of II.06a; 1 and 2 are the line's number and title."""


class Ratio(NamedTuple):
    """An on-time ratio with what it is made of. One that does not `apply` has parts and no rate."""

    name: str
    title: Text
    numerator: int
    denominator: int
    applies: bool

    @property
    def rate(self) -> str | None:
        """The percentage (R111); None for 0/0 and where it doesn't apply."""
        return percent(self.numerator, self.denominator) if self.applies else None

    def to_json(self) -> dict[str, Any]:
        """Numerator, denominator, whether it applies, and the rate."""
        parts = {"numerator": self.numerator, "denominator": self.denominator}
        return {**parts, "applies": self.applies, "rate": self.rate}


class RatioRule(NamedTuple):
    """How an on-time ratio is made: the counts that make its numerator, its denominator, whether all must be resolved."""

    name: str
    title: Text
    numerator: tuple[str, ...]
    denominator: str
    closed: bool = False

    def of(self, counts: Counts) -> Ratio:
        """The ratio of a line."""
        above: int = sum(getattr(counts, name) for name in self.numerator)
        applies = not self.closed or not (counts.open or counts.carried_over)
        return Ratio(self.name, self.title, above, getattr(counts, self.denominator), applies)


RATIOS: tuple[RatioRule, ...] = (
    RatioRule(
        "of_resolved",
        Text("đúng hạn trên đã giải quyết, (8+9)/7", "in time of resolved, (8+9)/7"),
        ("early", "on_time"),
        "resolved",
    ),
    RatioRule(
        "of_all_qd766",
        Text(
            "đúng hạn và còn trong hạn trên tất cả (QĐ 766), (8+9+12)/3",
            "in time, resolved or open, of all (Decision 766), (8+9+12)/3",
        ),
        ("early", "on_time", "open_in_time"),
        "total",
    ),
    RatioRule(
        "of_received_closed",
        Text(
            "đúng hạn trên tiếp nhận, khi không có hồ sơ kỳ trước hay đang giải quyết, (8+9)/(4+5)",
            "in time of received, where nothing is carried over or open, (8+9)/(4+5)",
        ),
        ("early", "on_time"),
        "received",
        closed=True,
    ),
)
"""The three legitimate on-time ratios, (a), (b) and (c) of R93: each under its own name, never mixed."""


class Group(NamedTuple):
    """The counts of one line of a grouping."""

    title: Text
    counts: Counts

    def to_json(self, lang: str) -> dict[str, Any]:
        """The title in `lang` and the counts."""
        return {"title": self.title.to(lang), **self.counts.to_json()}


def definitions(lang: str) -> dict[str, dict[str, str]]:
    """What each count is: column of the form, title, meaning; by name."""
    return {
        one.name: {"column": one.column, "title": one.title.to(lang), "meaning": one.meaning.to(lang)}
        for one in FIGURES
    }


def columns_of(law: Outcome, current: Outcome) -> tuple[str, ...]:
    """The columns that a result stands in, by how it counts by the law's due date and by the one promised last (R50, R57)."""
    if law not in ("early", "on_time", "late"):
        return "resolved", "on_time", law
    if law == "late":
        return "resolved", current, "merits", "late_by_law", *_kept(current != "late")
    return "resolved", current, "merits", "merits_in_time", *(("early_by_law",) if law == "early" else ())


def columns_of_overdue(promise_stands: bool) -> tuple[str, ...]:
    """Those of an open one past the law's due date, which may not be past the one promised last (R50)."""
    return "open", "open_in_time" if promise_stands else "open_overdue", "overdue_by_law", *_kept(promise_stands)


def _kept(promise: bool) -> tuple[str, ...]:
    return ("reappointed_in_time",) if promise else ()


def summed(lines: Iterable[Counts]) -> Counts:
    """Lines added up, figure by figure."""
    return Counts(*map(sum, zip(*chain((Counts(),), lines), strict=True)))


_IDENTITIES = (
    ("total", ("received", "carried_over"), ("resolved", "open")),
    ("received", ("received",), ("online", "not_online")),
    ("resolved", ("resolved",), ("early", "on_time", "late")),
    ("open", ("open",), ("open_in_time", "open_overdue")),
    ("merits", ("resolved",), ("merits", "no_term", "withdrawn", "stopped")),
    ("by_law", ("merits",), ("merits_in_time", "late_by_law")),
)
_PARTS = (
    *(("online", "received"), ("early_by_law", "merits_in_time"), ("closed_overdue", "on_time")),
    *(("late", "late_by_law"), ("open_overdue", "overdue_by_law"), ("overdue_by_law", "open")),
    *(("reappointed", "total"), ("reappointed_in_time", "reappointed")),
)
_MAY_SINK = frozenset({"misrouted"})


def faults_of(counts: Counts) -> Iterator[str]:
    """The identities of the form that do not hold on a line (R90), each with its figures."""
    for name, left, right in _IDENTITIES:
        one, other = (sum(getattr(counts, part) for part in side) for side in (left, right))
        if one != other:
            yield f"{name}: {' + '.join(left)} = {one} != {' + '.join(right)} = {other}"
    for part, whole in _PARTS:
        if getattr(counts, part) > getattr(counts, whole):
            yield f"{part} {getattr(counts, part)} > {whole} {getattr(counts, whole)}"
    yield from (
        f"{name} {count} < 0" for name, count in counts._asdict().items() if count < 0 and name not in _MAY_SINK
    )


def faults_of_lines(name: str, lines: Iterable[tuple[str, Counts]], whole: Counts) -> Iterator[str]:
    """What does not hold on the lines of a grouping, nor in their sum; no lines are no grouping."""
    found = tuple(lines)
    for key, counts in found:
        yield from (f"{name}/{key} {fault}" for fault in faults_of(counts))
    if found and summed(counts for _, counts in found) != whole:
        yield f"{name}: the lines do not add up to the whole"
