"""Parts II.2, III and IV of the annual report, where the agency judges itself; closing words; evidence by clause (R104, R105)."""

from __future__ import annotations

from collections.abc import Iterator

from ..causes import TITLES
from ..org import active
from ..text import Text
from .annual_words import Scribe
from .annual_year import Yearly
from .document import Cell, Column, Section, Table, Words

CLAUSES: tuple[tuple[str, Text, Text], ...] = (
    (
        "6.1",
        Text("rủi ro và cơ hội của từng phòng", "risks and opportunities of each division"),
        Text("cơ quan đính kèm bảng rủi ro từng phòng", "the agency attaches the risk table of each division"),
    ),
    ("6.2", Text("mục tiêu chất lượng", "quality objectives"), Text("I; II.1 đ)", "I; II.1 e)")),
    (
        "7.5",
        Text("thông tin dạng văn bản", "documented information"),
        Text("II.1 a); bộ lưu đồ đã công bố", "II.1 a); the published flowcharts"),
    ),
    (
        "8.5",
        Text("kiểm soát quá trình, truy xuất", "controlled execution, traceability"),
        Text("II.1 e); nhật ký từng hồ sơ", "II.1 f); the log of each dossier"),
    ),
    ("8.7", Text("đầu ra không phù hợp", "nonconforming outputs"), Text("II.1 g)", "II.1 g)")),
    ("9.1.2", Text("sự hài lòng", "satisfaction"), Text("II.1 h), k)", "II.1 h), j)")),
    (
        "9.1.3",
        Text("phân tích, đánh giá số liệu", "analysis"),
        Text("II.1 e), l); các phụ lục", "II.1 f), k); the annexes"),
    ),
    ("9.2", Text("đánh giá nội bộ", "internal audit"), Text("II.1 c)", "II.1 c)")),
    ("9.3", Text("xem xét của lãnh đạo", "management review"), Text("II.1 d)", "II.1 d)")),
    (
        "10.2",
        Text("sự không phù hợp, hành động khắc phục", "nonconformity and corrective action"),
        Text("II.1 g)", "II.1 g)"),
    ),
)
"""The clauses of TCVN ISO 9001:2015 that auditors ask for, and where this report shows each."""


def effect(year: Yearly, scribe: Scribe) -> tuple[Section, ...]:
    """II.2: six fixed headings, each with the figures that there are and a place for the agency's own words."""
    found = []
    for name, title, figures in _HEADINGS:
        blocks = (scribe.say(figures, **_evidence(year, scribe)), scribe.free(f"effect_{name}", _JUDGE))
        found.append(Section(title.to(scribe.lang), 3, blocks))
    head = Text("2. Hiệu quả của việc áp dụng HTQLCL", "2. Effect of applying the QMS")
    return (Section(head.to(scribe.lang), 2), *found)


_JUDGE = Text("Cơ quan tự đánh giá", "The agency's own judgement")
_HEADINGS: tuple[tuple[str, Text, Text], ...] = (
    (
        "management",
        Text("a) Công tác quản lý, điều hành của lãnh đạo", "a) Management"),
        Text(
            "Số liệu: {nc_opened} sự không phù hợp được mở trong kỳ, {nc_closed} đã đóng; {systemic} lỗi hệ thống.",
            "Figures: nonconformities opened in the period {nc_opened}, closed of these {nc_closed}; faults of the"
            " system {systemic}.",
        ),
    ),
    (
        "documents",
        Text("b) Công tác quản lý tài liệu, hồ sơ", "b) Documents and records"),
        Text(
            "Số liệu: {procedures} thủ tục được kiểm soát bằng lưu đồ điện tử; nhật ký đủ mọi lượt chuyển của {total} hồ"
            " sơ.",
            "Figures: procedures controlled by an electronic flowchart {procedures}; dossiers with a log of every"
            " hand-over {total}.",
        ),
    ),
    (
        "responsibility",
        Text("c) Phân định trách nhiệm, quyền hạn của cán bộ, công chức, phòng", "c) Responsibilities and powers"),
        Text(
            "Số liệu: {accounts} tài khoản của {divisions} phòng và lãnh đạo, giữ {roles} vai trò; mỗi bước ghi rõ ai"
            " giao, ai nhận.",
            "Figures: {accounts} accounts of {divisions} divisions and the leadership, roles {roles}; each step tells who gave"
            " and who took.",
        ),
    ),
    (
        "control",
        Text("d) Quản lý, kiểm soát các quy trình, thủ tục", "d) Control of processes and procedures"),
        Text(
            "Số liệu: {misrouted} lượt chuyển nhầm tài khoản; {late} hồ sơ trễ hạn, {open_overdue} hồ sơ đang quá hạn.",
            "Figures: hand-overs to a wrong account {misrouted}; dossiers late {late}, overdue {open_overdue}.",
        ),
    ),
    (
        "time",
        Text(
            "đ) Thời gian giải quyết các yêu cầu của người dân, tổ chức", "e) Time taken for people and organisations"
        ),
        Text(
            "Số liệu: {early}/{resolved} hồ sơ xong trước hạn, tỷ lệ {early_rate}; tỷ lệ đúng hạn {in_time_rate}.",
            "Figures: resolved early {early}/{resolved}, {early_rate}; in time {in_time_rate}.",
        ),
    ),
    (
        "it",
        Text("e) Kết quả khai thác, ứng dụng công nghệ thông tin, ISO điện tử", "f) Use of IT, electronic ISO"),
        Text(
            "Số liệu: {online}/{received} hồ sơ nộp trực tuyến, tỷ lệ {online_rate}.",
            "Figures: submitted online {online}/{received}, {online_rate}.",
        ),
    ),
)


def _evidence(year: Yearly, scribe: Scribe) -> dict[str, Cell]:
    """The figures that the headings may name."""
    counts, org, found = year.report.counts, year.org, year.register.found
    names = ("total", "misrouted", "late", "open_overdue", "early", "resolved", "online", "received")
    inside = [one for one in org.accounts.values() if active(one, year.day) and one.division not in org.partners]
    return {
        **{name: scribe.figure(f"agency/{name}", getattr(counts, name)) for name in names},
        "procedures": scribe.figure("catalogue/procedures", year.report.catalogue.total),
        "nc_opened": scribe.figure("iso/nc_opened", len(found)),
        "nc_closed": scribe.figure("iso/nc_closed", sum(one.closed for one in found)),
        "systemic": scribe.figure("iso/systemic", len(year.register.systemic)),
        "divisions": scribe.figure("iso/divisions", len(org.divisions)),
        "accounts": scribe.figure("iso/accounts", len(inside)),
        "roles": scribe.figure("iso/roles", len({role for one in inside for role in one.roles})),
        "early_rate": scribe.rate("iso/early_rate", counts.early, counts.resolved),
        "in_time_rate": scribe.rate("agency/in_time_rate", counts.in_time, counts.resolved),
        "online_rate": scribe.rate("agency/online_rate", counts.online, counts.received),
    }


def difficulties(year: Yearly, scribe: Scribe) -> Section:
    """III: what the logs show to be the commonest reason for lateness, and a place for the agency's own words."""
    title = Text("III. Những khó khăn, tồn tại và nguyên nhân", "III. Difficulties and their causes")
    hints = (
        ("difficulties", Text("Khó khăn, tồn tại", "Difficulties")),
        ("causes", Text("Nguyên nhân khách quan, chủ quan", "Causes, outside and inside the agency")),
    )
    blocks = (*_commonest(year, scribe), *(scribe.free(name, hint) for name, hint in hints))
    return Section(title.to(scribe.lang), 1, blocks)


def _commonest(year: Yearly, scribe: Scribe) -> Iterator[Words]:
    causes = year.report.late_by_cause
    most = max(causes, key=lambda cause: causes[cause], default=None)
    if most is None or not causes[most]:
        return
    counts, title = year.report.counts, TITLES[most]
    yield scribe.say(
        Text(
            f"Lý do trễ hạn, quá hạn gặp nhiều nhất: {title.vi}, {{count}}/{{late}} hồ sơ.",
            f"The commonest reason for lateness: {title.en}, {{count}}/{{late}} dossiers.",
        ),
        count=scribe.figure(f"cause/{most}", causes[most]),
        late=scribe.figure("iso/late_and_overdue", counts.late + counts.open_overdue),
    )


def proposals(year: Yearly, scribe: Scribe) -> Section:
    """IV: a place for proposals, then the closing words with who signs and who gets it (R102)."""
    title = Text("IV. Kiến nghị", "IV. Proposals")
    agency, span = year.org.title.to(scribe.lang), year.report.period.title.to(scribe.lang)
    closing = Text(
        "Trên đây là báo cáo tình hình áp dụng, duy trì và cải tiến HTQLCL theo tiêu chuẩn TCVN ISO 9001:2015 {span} của"
        " {agency}./.",
        "This is the report of {agency} on how its QMS by TCVN ISO 9001:2015 was applied, kept and improved, {span}.",
    )
    sent = Text(
        "Nơi nhận: Sở Khoa học và Công nghệ (tổng hợp trong tháng 11, Thông tư 26/2014/TT-BKHCN Điều 38); nơi khác; lưu",
        "Sent to: the Department of Science and Technology (which compiles in November, TT 26/2014/TT-BKHCN article 38); others",
    )
    blocks = (
        scribe.free(
            "proposals",
            Text("Kiến nghị với cơ quan cấp trên, Sở Khoa học và Công nghệ", "What is proposed, and to whom"),
        ),
        scribe.say(closing, agency=agency, span=span),
        scribe.free("sent_to", sent),
        scribe.free("signed_by", Text("Chức vụ, họ tên, chữ ký của người ký báo cáo", "Title, name and signature")),
    )
    return Section(title.to(scribe.lang), 1, blocks)


def evidence(year: Yearly, scribe: Scribe) -> Section:
    """What auditors ask for: where each clause is shown, and what was declared, by which paper and from which source."""
    title = Text(
        "Phụ lục 3. Bằng chứng theo điều khoản và số liệu khai báo",
        "Annex 3. Evidence by clause, and what was declared",
    )
    rows = tuple(
        (Cell(clause), Cell(what.to(scribe.lang)), Cell(where.to(scribe.lang))) for clause, what, where in CLAUSES
    )
    heads = (Text("điều", "clause"), Text("yêu cầu", "what is asked"), Text("xem ở", "shown in"))
    columns = tuple(Column(head.to(scribe.lang), "<") for head in heads)
    name = Text("Điều khoản của TCVN ISO 9001:2015", "Clauses of TCVN ISO 9001:2015")
    return Section(
        title.to(scribe.lang), 1, (Table("clauses", name.to(scribe.lang), columns, rows), *_sources(year, scribe))
    )


def _sources(year: Yearly, scribe: Scribe) -> Iterator[Table]:
    """Where each declared section comes from, as the year's file says."""
    told = year.declared
    if told is None:
        return
    rows = []
    for fact in told.facts:
        basis = Text("đọc ở", "read in") if fact.status == "read" else Text("giả định", "assumed")
        rows.append((Cell(", ".join(fact.of)), Cell(basis.to(scribe.lang)), Cell(fact.source)))
    heads = (Text("mục trong tệp", "sections of the file"), Text("căn cứ", "basis"), Text("nguồn", "source"))
    columns = tuple(Column(head.to(scribe.lang), "<") for head in heads)
    name = Text(f"Số liệu khai báo trong {scribe.file}", f"What {scribe.file} declares")
    yield Table("declared", name.to(scribe.lang), columns, tuple(rows))
