"""Documents to be written in every format: a year's report with all that one can hold, one that tries to break out, and one of
nothing."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from pictures import HOSTILE, shipped

from flowiso.figures import FIGURES, FORM, Counts
from flowiso.reports.document import Cell, Column, Document, Section, Source, Table, Words
from flowiso.text import Text, number, percent, percent_shown
from flowiso.worktime import TZ

ORG = shipped().org._replace(
    superior=Text("Ủy ban nhân dân tỉnh Đồng Nai", "People's Committee of Dong Nai"), town="Đồng Nai"
)
MADE = datetime(2022, 1, 1, tzinfo=TZ)
_COUNTS = Counts(
    received=13641,
    resolved=13641,
    early=9000,
    on_time=4637,
    late=4,
    withdrawn=12,
    online=13468,
    misrouted=-2,
    suspected=1,
)
_TITLE = "Đăng ký hoạt động khuyến mại, cấp lại giấy chứng nhận đủ điều kiện trạm nạp khí dầu mỏ hóa lỏng"


def count(id: str, value: int, lang: str) -> Cell:  # noqa: A002
    """A count from the log."""
    return Cell(number(value, lang), id, value, "computed")


def rate(id: str, part: int, whole: int, lang: str) -> Cell:  # noqa: A002
    """A rate from the log."""
    plain = percent(part, whole)
    return Cell(percent_shown(plain, lang), id, None if plain is None else Decimal(plain), "computed")


def year(lang: str, lines: int = 46) -> Document:
    """A year: prose with figures of every basis, narrow tables, and wide ones of so many lines and of a third of them."""
    say = Text.to
    sources = {one.name: Source(one.label.to(lang), one.meaning.to(lang)) for one in FIGURES} | {
        "in_time_rate": Source(say(Text("tỷ lệ đúng hạn", "rate in time"), lang), "", "in_time", "resolved"),
        "trained": Source(say(Text("Người được đào tạo", "People trained"), lang), "TCVN ISO 9001:2015"),
        "late_rate": Source(
            say(Text("tỷ lệ trễ hạn", "rate late"), lang), say(Text("R93", "R93"), lang), "late", "resolved"
        ),
    }
    return Document(
        ORG,
        MADE,
        lang,
        say(Text("Báo cáo duy trì hệ thống quản lý chất lượng", "Report on the quality management system"), lang),
        say(Text("Năm 2021", "Year 2021"), lang),
        (
            (say(Text("Kỳ", "Period"), lang), "01/01/2021 - 31/12/2021"),
            (say(Text("Chốt số liệu", "Cut-off"), lang), "00:00:00 01/01/2022"),
            (say(Text("Mã băm nhật ký (SHA-256)", "Digest of the log (SHA-256)"), lang), "0f" * 32),
        ),
        (*_prose(lang), Section(say(Text("Phụ lục", "Annexes"), lang), 1), *_annexes(lang, lines)),
        sources,
        say(Text("DỮ LIỆU MÔ PHỎNG - không phải hồ sơ thật", "SIMULATED DATA - not real dossiers"), lang),
        "Mẫu 01",
        say(Text("Số: ....../BC-SCT", "No: ....../BC-SCT"), lang),
    )


def _prose(lang: str) -> tuple[Section, ...]:
    say = lambda vi, en: Text(vi, en).to(lang)  # noqa: E731
    late = (
        say("Trễ hạn: ", "Late: "),
        count("agency/late", 4, lang),
        " (",
        rate("agency/late_rate", 4, 13641, lang),
        ").",
    )
    free = Cell(say("nêu khó khăn, vướng mắc", "tell of difficulties"), "annual/difficulties", None, "free")
    declared = Cell("12", "annual/trained", 12, "declared")
    lost = Cell("", "annual/satisfaction", None, "missing")
    received = count("agency/received", 13641, lang)
    ratio = Cell(
        say("42/46 thủ tục = 91,30%", "42/46 procedures = 91.30%"), "annual/payment", Decimal("91.30"), "declared"
    )
    in_time = count("agency/in_time", 13637, lang), " (", rate("agency/in_time_rate", 13637, 13641, lang), ")"
    done = (
        Words(
            (
                *(say("Trong năm cơ quan tiếp nhận ", "In the year the agency received "), received),
                *(say(" hồ sơ, trả đúng hạn ", " dossiers, in time "), *in_time),
                say(", vượt mục tiêu trên 99% của toàn cơ quan và từng phòng.", ", more than the objective of 99%."),
            )
        ),
        Words(late, item=True),
        Words(
            (
                *(say("Đào tạo: ", "Trained: "), declared, say(" người; thanh toán ", " people; payment online ")),
                *(ratio, say("; hài lòng ", "; satisfied "), lost, "."),
            ),
            item=True,
        ),
    )
    return (
        Section(say("I. Kết quả", "I. Results"), 1),
        Section(say("1. Giải quyết hồ sơ", "1. Dossiers"), 2, (*done, _form(lang), _rates(lang))),
        Section(say("II. Khó khăn, nguyên nhân", "II. Difficulties"), 1, (Words((free,)),)),
    )


def _form(lang: str) -> Table:
    rows = tuple(
        (Cell("\u2003" * one.depth + one.label.to(lang)), count(f"agency/{one.name}", getattr(_COUNTS, one.name), lang))
        for one in FIGURES
    )
    columns = (Column("", "<"), Column(Text("hồ sơ", "dossiers").to(lang)))
    totals = tuple(at for at, one in enumerate(FIGURES) if not one.depth)
    return Table("agency", Text("Biểu II.06a", "Form II.06a").to(lang), columns, rows, totals)


def _rates(lang: str) -> Table:
    heads = Text("tử số", "numerator"), Text("mẫu số", "denominator"), Text("tỷ lệ", "rate")
    found = {"late": (4, 13641), "all": (0, 0), "nearly": (99_999, 100_000), "big": (12_345_678, 12_345_678)}
    rows = tuple(
        (
            Cell(name),
            count(f"rates/{name}_numerator", above, lang),
            count(f"rates/{name}_denominator", below, lang),
            rate(f"rates/{name}", above, below, lang),
        )
        for name, (above, below) in found.items()
    )
    title = Text("Tỷ lệ đúng hạn theo ba cách tính (R93)", "On-time ratios (R93)").to(lang)
    columns = (Column("", "<"), *(Column(one.to(lang)) for one in heads))
    return Table("rates", title, columns, rows, note=Text("0/0 là không phát sinh.", "0/0: none arose.").to(lang))


def _annexes(lang: str, lines: int) -> tuple[Section, ...]:
    titles = (
        (Text("Theo lĩnh vực", "By field"), "field", False),
        (Text("Theo thủ tục giải quyết trong năm", "By procedure"), "procedure", True),
    )
    tables = [_wide(title.to(lang), part, -(-lines // (1 + 2 * keyed)), keyed, lang) for title, part, keyed in titles]
    return tuple(Section(table.title, 2, (table,)) for table in tables)


def _wide(title: str, part: str, lines: int, keyed: bool, lang: str) -> Table:
    keys = (Column(Text("mã", "id").to(lang), "<"),) * keyed
    heads = (Column(f"{one.short.to(lang)} ({one.column})") for one in FORM)
    columns = (*keys, Column(title, "<"), *heads, Column(Text("tỷ lệ đúng hạn", "in time").to(lang)))
    rows, words = [], _TITLE.split()
    for at in range(lines):
        path, whole = f"{part}/key-{at}", (at * 2917) % 4001 + at % 5 - 2
        name = " ".join(words[: at % len(words) + 1])
        counts = (count(f"{path}/{one.name}", whole // (place + 1), lang) for place, one in enumerate(FORM))
        shared = rate(f"{path}/in_time_rate", max(whole - at % 3, 0), max(whole, 0), lang)
        rows.append((*(Cell(f"LTHH-{at}"),) * keyed, Cell(name), *counts, shared))
    sums = (count(f"{part}/all/{one.name}", 13641, lang) for one in FORM)
    named = *(Cell("-"),) * keyed, Cell(Text("Cộng", "Sum").to(lang))
    rows.append((*named, *sums, rate(f"{part}/all/in_time_rate", 13637, 13641, lang)))
    return Table(part, title, columns, tuple(rows), (lines,), (len(columns) - len(FORM) - 1,))


ODD = (
    "=1+1", "+84 912", "-5", "@SUM(A1)", "'=x", "http://example.com/a", "mailto:a@b.vn", "{=A1}", "internal:A!A1",
    '#panic("x") $a$ *đậm* _nghiêng_ `mã` \\ @nhãn // ghi chú', "<script>alert(1)</script> &amp; ]]>", "a\tb\nc\r\nd  e\x0bf",
    "không\u200bcách\u202ethế\ufeff", "Tiê\u0301ng Viê\u0323t", "\x00\x07\ud800\uffff", "Ẵ" * 300, "[x]", "TRUE", "1e5",
    "01/02/2021", HOSTILE.replace("😀", ""), "", " đầu và cuối ", "{{ x }}", "%s %(x)s", '"; DROP', "#N/A", "0012",
)  # fmt: skip
"""Words that a spreadsheet, a browser, typst or XML would take for something else."""


def hostile(lang: str) -> Document:
    """Such words in every place of a document."""
    odd = "=1+1 <script>alert(1)</script> #panic(1) \u202ea\tb Viê\u0323t"
    rows = tuple(
        (Cell(f"{at}. {one}"), Cell(one, f"odd/{at} {one}/x", basis="declared"), Cell(one))
        for at, one in enumerate(ODD)
    )
    columns = (Column(odd, "<"), Column(odd), Column(odd, "<"))
    words = tuple(
        Words((f"{at}: ", Cell(one, f"prose/{at}/y", at, "computed"), one), bool(at % 2)) for at, one in enumerate(ODD)
    )
    table = Table('t" onclick="x', odd, columns, rows, note=odd, chart=(1,))
    org = ORG._replace(title=Text(odd, odd), superior=Text(odd, odd), town="#x <b>")
    same = table._replace(id="t2", rows=rows[:2], title=f"{'trang ' * 9}[]:*?/\\'")
    sources = {"x": Source(odd, odd, "y", "z"), "y": Source(odd, odd)}
    parts = (Section(odd, 3, (table, same, same._replace(id="t3", rows=rows[:1]), *words)), Section(odd, 1))
    return Document(org, MADE, lang, odd, odd, ((odd, odd), ("=", "")), parts, sources, odd, odd, odd)


def empty(lang: str) -> Document:
    """A document that says next to nothing: a table without rows, one without columns, one of figures alone."""
    figures = ((Cell("1", "a/b", 1, "computed"),), (Cell("", "a/c", None, "free"),))
    tables = (
        Table("a", "Không có dòng nào", (Column("x", "<"), Column("y")), ()),
        Table("b", "Không có cột nào", (), ()),
        Table("c", "Chỉ có số", (Column("z"),), figures),
    )
    bare = Section("Trống", 1, (*tables, Words(())))
    return Document(ORG._replace(superior=None, town=""), MADE, lang, "Báo cáo", "", (), (bare,), {})
