"""Part II.1 of the annual report, what came out: objectives, dossiers in time and late and why, online services (R93, R95)."""

from __future__ import annotations

from collections.abc import Iterator

from ..causes import TITLES
from ..figures import Counts, Ratio
from ..measures.declared import Objectives, plain
from ..measures.objectives import REACHED, Measured, measure
from ..model import LateCause
from ..text import Text, number
from .annual_words import Scribe
from .annual_year import Yearly
from .document import Cell, Column, Section, Table, Words


def results(year: Yearly, scribe: Scribe) -> tuple[Section, ...]:
    """II.1 đ) and e): objectives, and what became of the dossiers."""
    objectives = (*_with_objectives(year, scribe), *_aims(year, scribe), *_papers(year, scribe))
    dossiers = (*_catalogue(year, scribe), *_online(year, scribe), *_dossiers(year, scribe), *_late(year, scribe))
    return (
        Section(scribe.to(Text("đ) Kết quả thực hiện mục tiêu chất lượng", "e) Quality objectives")), 3, objectives),
        Section(
            scribe.to(Text("e) Kết quả thực hiện các quy trình xử lý công việc", "f) Results of the procedures")),
            3,
            dossiers,
        ),
    )


# Objectives


def _with_objectives(year: Yearly, scribe: Scribe) -> Iterator[Words]:
    told = year.declared and year.declared.objectives
    if told is None:
        missing = scribe.missing("iso/divisions_with_objectives", "objectives")
        text = Text("Phòng có mục tiêu chất lượng: {missing}.", "Divisions with quality objectives: {missing}.")
        yield scribe.say(text, missing=missing)
        return
    part, whole = len(told.divisions), len(year.org.divisions)
    yield scribe.say(
        Text(
            "Theo {paper}, {part}/{whole} phòng, đạt {rate}, có mục tiêu chất lượng cụ thể, đo lường được.",
            "By {paper}, {part}/{whole} divisions, {rate}, have quality objectives of their own that can be measured.",
        ),
        paper=scribe.paper("iso/objectives", told.paper),
        part=scribe.figure("iso/divisions_with_objectives", part, "declared"),
        whole=scribe.figure("iso/divisions", whole),
        rate=scribe.rate("iso/divisions_with_objectives_rate", part, whole, "declared"),
    )


def _aims(year: Yearly, scribe: Scribe) -> Iterator[Words | Table]:
    told = year.declared and year.declared.objectives
    if told is None:
        return
    if not told.aims:
        missing = scribe.missing("iso/aims", "objectives.aims")
        yield scribe.say(
            Text("Mục tiêu đo được: {missing}.", "Objectives that can be measured: {missing}."), missing=missing
        )
        return
    yield _table(year, told, scribe)


def _table(year: Yearly, told: Objectives, scribe: Scribe) -> Table:
    heads = (
        Column(scribe.to(Text("mục tiêu", "objective")), "<"),
        Column(scribe.to(Text("phòng", "division")), "<"),
        Column(scribe.to(Text("chỉ tiêu: trên", "target: more than"))),
        Column(scribe.to(Text("đạt", "in it"))),
        Column(scribe.to(Text("trong số", "of"))),
        Column(scribe.to(Text("kết quả", "measured"))),
        Column(scribe.to(Text("đánh giá", "verdict")), "<"),
    )
    rows: list[tuple[Cell, ...]] = []
    totals: list[int] = []
    place = 0
    for one in measure(told.aims, plain(year.figures), year.divisions):
        if one.division is None:
            place += 1
            totals.append(len(rows))
        rows.append(_measured(one, place, year, scribe))
    note = Text(
        "Đạt khi kết quả lớn hơn hẳn chỉ tiêu. Số của phòng là của các thủ tục do phòng ấy chủ trì.",
        "Met when strictly more than the target. A division's figures are those of the procedures that it owns.",
    )
    title = Text("Mục tiêu chất lượng: chỉ tiêu, kết quả, đánh giá", "Quality objectives: target, result, verdict")
    return Table("aims", title.to(scribe.lang), heads, tuple(rows), tuple(totals), note=note.to(scribe.lang))


def _measured(one: Measured, place: int, year: Yearly, scribe: Scribe) -> tuple[Cell, ...]:
    """A line: the aim, whose it is, target, the two figures, their ratio, the verdict."""
    path = f"aim/{place}.{one.division or 'agency'}"
    whose = Text("toàn cơ quan", "the agency") if one.division is None else year.org.divisions[one.division]
    basis = year.basis(one.objective.part, one.objective.whole)
    target = Cell(f"{number(one.objective.above, scribe.lang)}%", f"{path}/aim_target", one.objective.above, "declared")
    verdict = scribe.words(f"{path}/aim_verdict", REACHED[one.reached].to(scribe.lang), basis)
    told = (Cell(one.objective.title), Cell(whose.to(scribe.lang)), target)
    if one.part is None or one.whole is None:
        blank = tuple(Cell("-", f"{path}/{name}", None, "missing") for name in ("aim_part", "aim_whole", "aim_rate"))
        return (*told, *blank, verdict._replace(basis="missing"))
    part, whole = (
        scribe.figure(f"{path}/{name}", value, basis)
        for name, value in (("aim_part", one.part), ("aim_whole", one.whole))
    )
    return (*told, part, whole, scribe.rate(f"{path}/aim_rate", one.part, one.whole, basis), verdict)


def _papers(year: Yearly, scribe: Scribe) -> Iterator[Words]:
    """The other papers of the year, in which objectives and results are told."""
    told = year.declared.papers if year.declared else ()
    if not told:
        missing = scribe.missing("iso/papers", "papers")
        text = Text("Các văn bản khác trong năm: {missing}.", "Other papers of the year: {missing}.")
        yield scribe.say(text, missing=missing)
        return
    yield scribe.say(Text("Thể hiện trong các văn bản sau:", "As told by these papers:"))
    for place, paper in enumerate(told, 1):
        cell = scribe.paper(f"paper/{place}/paper", paper)
        about = f": {paper.title}" if paper.title else ""
        yield scribe.item(Text("{paper}{about}", "{paper}{about}"), paper=cell, about=about)


# Procedures and online services


def _catalogue(year: Yearly, scribe: Scribe) -> Iterator[Words]:
    catalogue = year.report.catalogue
    total = catalogue.total
    whole = scribe.figure("catalogue/procedures", total)
    yield scribe.say(
        Text("Tổng số thủ tục hành chính: {whole} thủ tục, trong đó:", "Procedures in all: {whole}, of these:"),
        whole=whole,
    )
    levels = [(level, count) for level, count in enumerate(catalogue.by_level, 1) if count or level > 2]
    for level, count in levels:
        yield scribe.item(
            Text(
                f"cung cấp trực tuyến mức độ {level}: {{part}}/{{whole}} thủ tục, {{rate}}",
                f"offered online at level {level}: {{part}}/{{whole}}, {{rate}}",
            ),
            part=scribe.figure(f"catalogue/level_{level}", count),
            whole=whole,
            rate=scribe.rate(f"iso/level_{level}_rate", count, total),
        )
    for name, title in _OF_ALL.items():
        count = getattr(catalogue, name)
        yield scribe.item(
            Text(f"{title.vi}: {{part}}/{{whole}} thủ tục, {{rate}}", f"{title.en}: {{part}}/{{whole}}, {{rate}}"),
            part=scribe.figure(f"catalogue/{name}", count),
            whole=whole,
            rate=scribe.rate(f"iso/{name}_rate", count, total),
        )


_OF_ALL = {
    "interconnected": Text("thủ tục liên thông", "interconnected"),
    "with_dossiers": Text("thủ tục tiếp nhận hồ sơ trong kỳ", "that received dossiers in the period"),
}


def _online(year: Yearly, scribe: Scribe) -> Iterator[Words]:
    counts = year.report.counts
    yield scribe.say(
        Text(
            "Hồ sơ nộp trực tuyến: {part}/{whole} hồ sơ tiếp nhận trong kỳ, chiếm {rate}.",
            "Dossiers submitted online: {part}/{whole} received in the period, {rate}.",
        ),
        part=scribe.figure("agency/online", counts.online),
        whole=scribe.figure("agency/received", counts.received),
        rate=scribe.rate("agency/online_rate", counts.online, counts.received),
    )
    title = Text("Thủ tục được tích hợp, triển khai thanh toán trực tuyến", "Procedures with online payment")
    told = year.declared and year.declared.payment
    if told is None:
        missing = scribe.missing("iso/payment_procedures", "payment")
        yield scribe.say(Text(f"{title.vi}: {{missing}}.", f"{title.en}: {{missing}}."), missing=missing)
        return
    counted = f" {told.counted}" if told.counted else ""
    yield scribe.say(
        Text(
            f"{title.vi}: {{part}}/{{whole}}{{counted}}, chiếm {{rate}}.",
            f"{title.en}: {{part}}/{{whole}}{{counted}}, {{rate}}.",
        ),
        part=scribe.figure("iso/payment_procedures", told.procedures, "declared"),
        whole=scribe.figure("iso/payment_counted", told.of, "declared"),
        counted=counted,
        rate=scribe.rate("iso/payment_rate", told.procedures, told.of, "declared"),
    )


# Dossiers


def _dossiers(year: Yearly, scribe: Scribe) -> Iterator[Words]:
    counts = year.report.counts
    cells = {name: scribe.figure(f"agency/{name}", getattr(counts, name)) for name in _COUNTED}
    rates = {
        "in_time_rate": scribe.rate("agency/in_time_rate", counts.in_time, counts.resolved),
        "late_rate": scribe.rate("agency/late_rate", counts.late, counts.resolved),
        "early_rate": scribe.rate("iso/early_rate", counts.early, counts.resolved),
        "on_time_rate": scribe.rate("iso/on_time_rate", counts.on_time, counts.resolved),
    }
    yield scribe.say(Text("Tình hình giải quyết hồ sơ:", "What became of the dossiers:"))
    yield from (scribe.item(text, **cells, **rates) for text in _LINES)
    yield scribe.say(_BASIS)
    yield from (_ratio(one, scribe) for one in counts.ratios)


_COUNTED = (
    *("total", "received", "carried_over", "resolved", "early", "on_time", "in_time", "late", "open", "open_in_time"),
    *("open_overdue", "refused_intake", "withdrawn", "stopped", "no_term", "closed_overdue"),
)
_LINES = (
    Text(
        "Tổng số hồ sơ: {total}, gồm tiếp nhận trong kỳ {received}, kỳ trước chuyển sang {carried_over}; không tiếp nhận"
        " (không tính vào tổng số): {refused_intake}",
        "Dossiers in all: {total}, received in the period {received}, carried over {carried_over}; intake refused (not among"
        " them): {refused_intake}",
    ),
    Text("Đã giải quyết: {resolved} hồ sơ", "Resolved: {resolved}"),
    Text(
        "Trả trước hạn và đúng hạn: {in_time}/{resolved} hồ sơ, tỷ lệ {in_time_rate}; trong đó trước hạn {early} ({early_rate}),"
        " đúng hạn {on_time} ({on_time_rate})",
        "Returned in time: {in_time}/{resolved}, {in_time_rate}; of these early {early} ({early_rate}), on time {on_time}"
        " ({on_time_rate})",
    ),
    Text(
        "Trả trễ hạn: {late}/{resolved} hồ sơ, tỷ lệ {late_rate}",
        "Returned late: {late}/{resolved}, {late_rate}",
    ),
    Text(
        "Trong số đúng hạn có {no_term} hồ sơ không có thời hạn, {withdrawn} hồ sơ người nộp rút, {stopped} hồ sơ dừng giải"
        " quyết; {closed_overdue} hồ sơ rút hoặc dừng khi đã quá ngày hẹn trả",
        "Among those on time: without a term {no_term}, withdrawn {withdrawn}, stopped for good {stopped}; withdrawn or stopped"
        " when already overdue {closed_overdue}",
    ),
    Text(
        "Đang giải quyết lúc chốt số liệu: {open} hồ sơ, trong hạn {open_in_time}, quá hạn {open_overdue}",
        "Open at the cut-off: {open}, in time {open_in_time}, overdue {open_overdue}",
    ),
)
_BASIS = Text(
    "Các tỷ lệ trên tính trên số hồ sơ đã giải quyết. Tỷ lệ đúng hạn còn được tính theo ba cách, mỗi cách một mẫu số, không dùng"
    " lẫn nhau:",
    "The rates above are of the dossiers resolved. The on-time ratio is reckoned in three ways, each with a denominator of its"
    " own, never to be mixed:",
)


def _ratio(one: Ratio, scribe: Scribe) -> Words:
    path = f"agency/{one.name}"
    rate = scribe.rate(path, one.numerator, one.denominator)
    if not one.applies:
        rate = Cell(scribe.to(Text("không áp dụng", "doesn't apply")), path, None, "computed")
    return scribe.item(
        Text(f"{one.title.vi}: {{part}}/{{whole}} = {{rate}}", f"{one.title.en}: {{part}}/{{whole}} = {{rate}}"),
        part=scribe.figure(f"{path}_numerator", one.numerator),
        whole=scribe.figure(f"{path}_denominator", one.denominator),
        rate=rate,
    )


# Late, and why


def _late(year: Yearly, scribe: Scribe) -> Iterator[Words]:
    counts, causes = year.report.counts, year.report.late_by_cause
    late = counts.late + counts.open_overdue
    arisen: dict[LateCause, int] = {cause: count for cause, count in causes.items() if count}
    yield scribe.say(
        Text(
            "Lý do của {late} hồ sơ trễ hạn và đang quá hạn, theo nhật ký" + (":" if late else ": không phát sinh."),
            "Why {late} dossiers are late or overdue, as the logs tell" + (":" if late else ": none arose."),
        ),
        late=scribe.figure("iso/late_and_overdue", late),
    )
    for cause, count in sorted(arisen.items(), key=lambda entry: -entry[1]):
        title = TITLES[cause]
        text = Text(f"{title.vi}: {{count}} hồ sơ", f"{title.en}: {{count}}")
        yield scribe.item(text, count=scribe.figure(f"cause/{cause}", count))
    yield _misrouted(year, counts, scribe)
    if late:
        hint = Text("Giải trình thêm về hồ sơ trễ hạn, quá hạn", "More about the late and overdue dossiers")
        yield scribe.free("late_more", hint)


def _misrouted(year: Yearly, counts: Counts, scribe: Scribe) -> Words:
    lost = sum(officer.lost_minutes for officer in year.report.by_officer.values())
    return scribe.say(
        Text(
            "Chuyển nhầm tài khoản: {misrouted} lượt ở {dossiers} hồ sơ, mất {lost} phút làm việc; {late} hồ sơ trễ hạn hoặc quá"
            " hạn vì chuyển nhầm. Thời gian ở tài khoản nhầm tính cho người chuyển.",
            "Hand-overs to a wrong account: {misrouted} of {dossiers} dossiers, working minutes lost: {lost}; late or overdue for"
            " that: {late}. The time in a wrong account is charged to the sender.",
        ),
        misrouted=scribe.figure("agency/misrouted", counts.misrouted),
        dossiers=scribe.figure("agency/misrouted_dossiers", counts.misrouted_dossiers),
        lost=scribe.figure("iso/misrouted_minutes", lost),
        late=scribe.figure("cause/misrouted_account", year.report.late_by_cause.get("misrouted_account", 0)),
    )
