"""The figures of a period as plain text, Vietnamese or English, each rate with its denominator (R93, R110, R111)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from ..causes import TITLES
from ..org import Org
from ..stats import OBJECTIVE, Group, Officer, Report
from ..text import Text, nfc, number, percent_shown

OFFICERS_SHOWN = 10
TITLE_SHOWN = 60
SIMULATED = Text("DỮ LIỆU MÔ PHỎNG - không phải hồ sơ thật", "SIMULATED DATA - not real dossiers")

_NONE_AROSE = Text("Không phát sinh hồ sơ", "No dossiers arose")

_COLUMNS: tuple[tuple[str, Text], ...] = (
    ("total", Text("tổng", "total")),
    ("received", Text("nhận", "received")),
    ("carried_over", Text("kỳ trước", "carried")),
    ("resolved", Text("đã xong", "resolved")),
    ("early", Text("trước hạn", "early")),
    ("on_time", Text("đúng hạn", "on time")),
    ("late", Text("trễ hạn", "late")),
    ("open", Text("đang làm", "open")),
    ("open_in_time", Text("trong hạn", "in time")),
    ("open_overdue", Text("quá hạn", "overdue")),
)


def as_text(report: Report, lang: str = "vi") -> str:
    """The report as lines of text in `lang`, "vi" or "en"."""
    blocks = (_head(report, lang), _form(report, lang), _causes(report, lang), _groups(report, lang))
    lines = chain.from_iterable(("", *block) for block in (*blocks, _officers(report.by_officer, lang)))
    return nfc("\n".join(list(lines)[1:])) + "\n"


def heading(org: Org, title: Text, when: str, lang: str, simulated: bool) -> Iterator[str]:
    """The first lines of a list: whose it is, of what, as of when, and that it is of a simulation."""
    yield f"{org.title.to(lang)} - {title.to(lang)} {when}"
    if simulated:
        yield SIMULATED.to(lang)


def _count(report: Report, name: str, lang: str) -> str:
    return number(getattr(report.counts, name), lang)


def _head(report: Report, lang: str) -> Iterator[str]:
    counts, catalogue, period = report.counts, report.catalogue, report.period
    levels = "".join(
        f", {Text('mức', 'level').to(lang)} {level}: {number(count, lang)}"
        for level, count in enumerate(catalogue.by_level, 1)
        if count
    )
    first, last = f"{period.first:%d/%m/%Y}", f"{period.last:%d/%m/%Y}"
    year = report.to_json(lang)["year"]
    when = Text(f"năm {year}", f"year {year}") if year else Text(f"từ {first} đến {last}", f"{first} to {last}")
    total, fields, linked = (number(n, lang) for n in (catalogue.total, catalogue.fields, catalogue.interconnected))
    holdings = Text(
        f"{total} thủ tục, {fields} lĩnh vực{levels}, liên thông: {linked}",
        f"{total} procedures, {fields} fields{levels}, interconnected: {linked}",
    )
    yield f"{report.agency_title.to(lang) or report.agency} - {when.to(lang)}        {holdings.to(lang)}"
    yield "   ".join(
        (
            f"{Text('tiếp nhận', 'received').to(lang)} {_count(report, 'received', lang)}",
            f"{Text('đúng hạn', 'in time').to(lang)} {_share(report, 'in_time', lang)}",
            f"{Text('trễ hạn', 'late').to(lang)} {_share(report, 'late', lang)}",
            f"{Text('trực tuyến', 'online').to(lang)} {_share(report, 'online', lang)}",
            f"{Text('mục tiêu', 'objective').to(lang)} > {OBJECTIVE}%: {_objective(counts.objective_met).to(lang)}"
            f" ({percent_shown(counts.objective_rate, lang)})",
        )
    )
    if report.simulated:
        yield SIMULATED.to(lang)
    yield Text(
        f"Kỳ {first} - {last}, số liệu tính từ nhật ký, chốt lúc 23:59:59 ngày {last}",
        f"Period {first} - {last}, computed from the log as it stood on {last} at 23:59:59",
    ).to(lang)
    resolved, received, merits = (_count(report, name, lang) for name in ("resolved", "received", "merits"))
    yield Text(
        f"Mẫu số: đúng hạn, trễ hạn trên {resolved} hồ sơ đã giải quyết; trực tuyến trên {received} hồ sơ tiếp nhận;"
        f" mục tiêu trên {merits} hồ sơ có thời hạn đã có kết quả, không kể rút và dừng"
        f" ({percent_shown(counts.objective_rate)})",
        f"Denominators: in time and late of {resolved} resolved; online of {received} received in the period;"
        f" objective of {merits} with a term resolved on their merits, withdrawn and stopped left out"
        f" ({percent_shown(counts.objective_rate, 'en')})",
    ).to(lang)


def _share(report: Report, name: str, lang: str) -> str:
    return f"{_count(report, name, lang)} ({percent_shown(getattr(report.counts, name + '_rate'), lang)})"


def _objective(met: bool | None) -> Text:
    if met is None:
        return Text("không phát sinh", "none arose")
    return Text("đạt", "met") if met else Text("không đạt", "not met")


def _form(report: Report, lang: str) -> Iterator[str]:
    """The columns of II.06a, and what stands on lines of its own beside them (R57, R59, R61)."""
    rows = (
        (0, "total", Text("Tổng số hồ sơ (3)", "Dossiers (3)")),
        (1, "received", Text("tiếp nhận trong kỳ (4+5)", "received in the period (4+5)")),
        (2, "online", Text("trong đó trực tuyến (4)", "of these online (4)")),
        (1, "carried_over", Text("từ kỳ trước chuyển sang (6)", "carried over (6)")),
        (0, "resolved", Text("Đã giải quyết (7)", "Resolved (7)")),
        (1, "early", Text("trước hạn (8)", "early (8)")),
        (
            1,
            "on_time",
            Text("đúng hạn, kể cả rút, dừng, không thời hạn (9)", "on time, with those on the next lines (9)"),
        ),
        (2, "no_term", Text("trong đó không có thời hạn", "of these without a term")),
        (2, "withdrawn", Text("trong đó người nộp rút", "of these withdrawn")),
        (2, "stopped", Text("trong đó dừng giải quyết", "of these stopped for good")),
        (2, "closed_overdue", Text("rút hoặc dừng khi đã quá ngày hẹn", "withdrawn or stopped when already overdue")),
        (1, "late", Text("trễ hạn (10)", "late (10)")),
        (0, "open", Text("Đang giải quyết (11)", "Open (11)")),
        (1, "open_in_time", Text("trong hạn (12)", "in time (12)")),
        (1, "open_overdue", Text("quá hạn (13)", "overdue (13)")),
        (0, "refused_intake", Text("Không tiếp nhận (ngoài biểu)", "Intake refused (outside the form)")),
        (0, "misrouted", Text("Lượt giao nhầm tài khoản", "Hand-overs to a wrong account")),
        (1, "misrouted_dossiers", Text("số hồ sơ bị giao nhầm", "dossiers concerned")),
        (0, "suspected", Text("Giao quá lâu chưa nhận cuối kỳ", "Hand-overs long unconfirmed at the end")),
    )
    lines = [[_count(report, name, lang), "  " * depth + title.to(lang)] for depth, name, title in rows]
    yield Text("Biểu II.06a (trong ngoặc: số cột)", "Form II.06a (in brackets: its columns)").to(lang)
    yield from aligned(lines, "><")


def _causes(report: Report, lang: str) -> Iterator[str]:
    late = number(report.counts.late + report.counts.open_overdue, lang)
    yield Text(
        f"Nguyên nhân {late} hồ sơ trễ hạn và đang quá hạn", f"Causes of the {late} late and overdue dossiers"
    ).to(lang)
    lines = [[number(count, lang), TITLES[cause].to(lang)] for cause, count in report.late_by_cause.items() if count]
    yield from aligned(lines, "><") if lines else [f"  {_NONE_AROSE.to(lang)}"]


def _groups(report: Report, lang: str) -> Iterator[str]:
    yield Text("Theo lĩnh vực", "By field").to(lang)
    yield from _table(report.by_field, lang, codes=False)
    yield ""
    count = number(report.catalogue.with_dossiers, lang)
    yield Text(
        f"Theo thủ tục ({count} thủ tục tiếp nhận hồ sơ trong kỳ)", f"By procedure ({count} received dossiers)"
    ).to(lang)
    yield from _table(report.by_procedure, lang, codes=True)


def _table(groups: Mapping[str, Group], lang: str, codes: bool) -> Iterator[str]:
    met = {key: group for key, group in groups.items() if group.counts.total or group.counts.refused_intake}
    if not met:
        yield f"  {_NONE_AROSE.to(lang)}"
        return
    rate = Text("tỷ lệ đúng hạn", "in time").to(lang)
    lines = [["", *(title.to(lang) for _, title in _COLUMNS), rate]]
    for key, group in met.items():
        figures = (number(getattr(group.counts, name), lang) for name, _ in _COLUMNS)
        name = key if codes else group.title.to(lang)
        title = [shortened(group.title.to(lang))] if codes else []
        lines.append([name, *figures, percent_shown(group.counts.in_time_rate, lang), *title])
    lines[0] += [""] * codes
    yield from aligned(lines, "<" + ">" * (len(_COLUMNS) + 1) + "<" * codes)


def shortened(title: str, length: int = TITLE_SHOWN) -> str:
    """A title of at most so many letters."""
    return title if len(title) <= length else title[: length - 1].rstrip() + "…"


def _officers(officers: Mapping[str, Officer], lang: str) -> Iterator[str]:
    """The accounts with most late steps, then most wrong hand-overs, then most steps."""
    ranked = sorted(officers.items(), key=lambda entry: (-entry[1].late_steps, -entry[1].misrouted, -entry[1].steps))
    shown = ranked[:OFFICERS_SHOWN]
    yield Text(
        f"Theo cán bộ ({len(shown)} trong {number(len(ranked))}, nhiều bước trễ trước)",
        f"By officer ({len(shown)} of {number(len(ranked), 'en')}, most late steps first)",
    ).to(lang)
    if not shown:
        yield f"  {_NONE_AROSE.to(lang)}"
        return
    titles = (
        Text("bước đã làm", "steps done"),
        Text("bước trễ", "steps late"),
        Text("giao nhầm", "misrouted"),
        Text("phút mất", "minutes lost"),
    )
    lines = [["", *(title.to(lang) for title in titles), ""]]
    for account, officer in shown:
        lines.append(
            [account, *(number(figure, lang) for figure in officer[2:]), f"{officer.name} ({officer.division})"]
        )
    yield from aligned(lines, "<>>>><")


def aligned(lines: Iterable[Sequence[str]], sides: str) -> Iterator[str]:
    """Rows in columns two blanks apart, each column flush left (<) or right (>); letters of NFC are one cell wide."""
    rows = [[nfc(cell) for cell in line] for line in lines]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:{side}{width}}" for cell, side, width in zip(row, sides, widths, strict=True))
        yield ("  " + "  ".join(cells)).rstrip()
