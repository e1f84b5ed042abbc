"""Part I of the annual report, what the agency and its quality system are; and in part II how the system is kept (R100, R101)."""

from __future__ import annotations

from collections.abc import Iterator

from ..faults import CAUSES
from ..handling import KINDS
from ..measures.declared import Audit, Documents, Review, Training
from ..text import Text, number
from ..versions import in_force
from .annual_words import Scribe
from .annual_year import Yearly
from .document import Cell, Section, Words


def characteristics(year: Yearly, scribe: Scribe) -> Section:
    """I: declaration, procedures and fields, divisions, policy, objectives and plan."""
    blocks = (
        *_declaration(year, scribe),
        *_scope(year, scribe),
        *_divisions(year, scribe),
        *_policy(year, scribe),
        *_aims(year, scribe),
        _plan(year, scribe),
    )
    return Section(scribe.to(Text("I. Đặc điểm tình hình", "I. Characteristics")), 1, blocks)


def _declaration(year: Yearly, scribe: Scribe) -> Iterator[Words]:
    told = year.declared and year.declared.declaration
    agency = year.org.title.to(scribe.lang)
    paper = scribe.paper("iso/declaration", told) if told else scribe.missing("iso/declaration", "declaration")
    yield scribe.say(
        Text(
            "Thực hiện Quyết định 19/2014/QĐ-TTg, {agency} xây dựng, áp dụng, duy trì và cải tiến hệ thống quản lý chất lượng"
            " (HTQLCL) theo tiêu chuẩn quốc gia TCVN ISO 9001:2015 đối với việc giải quyết thủ tục hành chính.",
            "By Decision 19/2014/QĐ-TTg, {agency} has built a quality management system (QMS) by the national standard TCVN ISO"
            " 9001:2015 for its administrative procedures, applies, keeps and improves it.",
        ),
        agency=agency,
    )
    yield scribe.say(
        Text(
            "Công bố HTQLCL phù hợp tiêu chuẩn TCVN ISO 9001:2015: {paper}.",
            "Declaration that the QMS conforms to TCVN ISO 9001:2015: {paper}.",
        ),
        paper=paper,
    )


def _scope(year: Yearly, scribe: Scribe) -> Iterator[Words]:
    told, catalogue = year.declared and year.declared.scope, year.report.catalogue
    ours = {
        "procedures": scribe.figure("catalogue/procedures", catalogue.total),
        "fields": scribe.figure("catalogue/fields", catalogue.fields),
    }
    if told is None:
        yield scribe.say(
            Text(
                "Số thủ tục hành chính áp dụng ISO/tổng số thủ tục hành chính: {procedures}, thuộc {fields} lĩnh vực;"
                " tổng số được phê duyệt: {missing}.",
                "Procedures under ISO of all procedures: {procedures}, in {fields} fields; approved in all: {missing}.",
            ),
            **ours,
            missing=scribe.missing("iso/procedures_declared", "scope"),
        )
        return
    approved = {
        "all": scribe.figure("iso/procedures_declared", told.procedures, "declared"),
        "approved_fields": scribe.figure("iso/fields_declared", told.fields, "declared"),
        "paper": scribe.paper("iso/scope", told.paper),
    }
    yield scribe.say(
        Text(
            "Số thủ tục hành chính áp dụng ISO/tổng số thủ tục hành chính: {procedures}/{all} thủ tục, thuộc"
            " {fields}/{approved_fields} lĩnh vực được phê duyệt tại {paper}. Các thủ tục này được kiểm soát bằng lưu đồ điện"
            " tử: hồ sơ chỉ đi theo lưu đồ đang có hiệu lực, mỗi lượt chuyển được ghi vào nhật ký.",
            "Procedures under ISO of all procedures: {procedures}/{all}, in {fields}/{approved_fields} fields, approved by"
            " {paper}. They are controlled by electronic flowcharts: a dossier goes by the flowchart in force and no other"
            " way, and each hand-over is put down in its log.",
        ),
        **ours,
        **approved,
    )
    if (catalogue.total, catalogue.fields) != (told.procedures, told.fields):
        yield scribe.say(
            Text(
                "Số lưu đồ đang có hiệu lực khác số thủ tục, lĩnh vực được phê duyệt; cần đối chiếu trước khi ký.",
                "The flowcharts in force are not as many as the procedures and fields approved; compare them before signing.",
            )
        )


def _divisions(year: Yearly, scribe: Scribe) -> Iterator[Words]:
    told = year.declared and year.declared.scope
    whole = scribe.figure("iso/divisions", len(year.org.divisions))
    if told is None:
        missing = scribe.missing("iso/divisions_applying", "scope")
        yield scribe.say(
            Text(
                "Số phòng áp dụng/tổng số phòng của đơn vị: {missing}/{whole}.",
                "Divisions that apply it, of all divisions: {missing}/{whole}.",
            ),
            missing=missing,
            whole=whole,
        )
        return
    part = scribe.figure("iso/divisions_applying", len(told.divisions), "declared")
    yield scribe.say(
        Text(
            "Số phòng áp dụng/tổng số phòng của đơn vị: {part}/{whole}, bao gồm:",
            "Divisions that apply it, of all divisions: {part}/{whole}, namely:",
        ),
        part=part,
        whole=whole,
    )
    for division in told.divisions:
        yield Words((year.org.divisions[division].to(scribe.lang),), True)


def _policy(year: Yearly, scribe: Scribe) -> Iterator[Words]:
    told = year.declared and year.declared.policy
    if told is None:
        missing = scribe.missing("iso/policy", "policy")
        yield scribe.say(Text("Chính sách chất lượng: {missing}.", "Quality policy: {missing}."), missing=missing)
        return
    yield scribe.say(
        Text("Chính sách chất lượng “{words}”, ban hành tại {paper}.", "Quality policy “{words}”, issued by {paper}."),
        words=told.words,
        paper=scribe.paper("iso/policy", told.paper),
    )


def _aims(year: Yearly, scribe: Scribe) -> Iterator[Words]:
    told, span = year.declared and year.declared.objectives, year.report.period.title
    if told is None:
        missing = scribe.missing("iso/objectives", "objectives")
        title = Text(f"Mục tiêu chất lượng {span.vi}: {{missing}}.", f"Quality objectives, {span.en}: {{missing}}.")
        yield scribe.say(title, missing=missing)
        return
    aims = (
        scribe.figure("iso/aims", len(told.aims), "declared")
        if told.aims
        else scribe.missing("iso/aims", "objectives.aims")
    )
    yield scribe.say(
        Text(
            f"Mục tiêu chất lượng {span.vi} được ban hành tại {{paper}}, gồm {{count}} mục tiêu chung đo được:",
            f"The quality objectives, {span.en}, were issued by {{paper}}; of these can be measured: {{count}}.",
        ),
        paper=scribe.paper("iso/objectives", told.paper),
        count=aims,
    )
    for aim in told.aims:
        above = number(aim.above, scribe.lang)
        title = Text(f"trên {above}% {aim.title}", f"more than {above}%: {aim.title}")
        yield Words((title.to(scribe.lang),), True)


def _plan(year: Yearly, scribe: Scribe) -> Words:
    told = year.declared and year.declared.plan
    paper = scribe.paper("iso/plan", told) if told else scribe.missing("iso/plan", "plan")
    return scribe.say(
        Text(
            "Kế hoạch áp dụng, duy trì và cải tiến HTQLCL: {paper}.",
            "Plan to apply, keep and improve the QMS: {paper}.",
        ),
        paper=paper,
    )


# II.1, how the system is kept


def upkeep(year: Yearly, scribe: Scribe) -> tuple[Section, ...]:
    """II.1 a) to d): documents, training, internal audit, management review."""
    titled = (
        (Text("a) Hệ thống tài liệu", "a) Documents"), (*_documents(year, scribe), *_versions(year, scribe))),
        (Text("b) Đào tạo, tập huấn, hướng dẫn", "b) Training"), tuple(_training(year, scribe))),
        (Text("c) Đánh giá nội bộ", "c) Internal audit"), tuple(_audit(year, scribe))),
        (Text("d) Xem xét của lãnh đạo", "d) Management review"), tuple(_review(year, scribe))),
    )
    return tuple(Section(title.to(scribe.lang), 3, blocks) for title, blocks in titled)


def _documents(year: Yearly, scribe: Scribe) -> Iterator[Words]:
    told = year.declared and year.declared.documents
    if told is None:
        missing = scribe.missing("iso/documents", "documents")
        text = Text("Ban hành, sửa đổi tài liệu HTQLCL: {missing}.", "Documents of the QMS revised: {missing}.")
        yield scribe.say(text, missing=missing)
        return
    edition = Text(
        "{paper} ban hành tài liệu HTQLCL lần {edition}", "{paper} issued the QMS documents, edition {edition}"
    )
    yield scribe.say(
        Text(
            f"{edition.vi}: chỉnh sửa {{processes}} quy trình nội bộ và {{flowcharts}} lưu đồ thủ tục hành chính.",
            f"{edition.en}: internal processes revised: {{processes}}, flowcharts of procedures revised: {{flowcharts}}.",
        ),
        paper=scribe.paper("iso/documents", told.paper),
        edition=_part(told, "edition", "edition", scribe),
        processes=_part(told, "processes", "processes_revised", scribe),
        flowcharts=_part(told, "flowcharts", "flowcharts_revised", scribe),
    )


def _part(told: Documents, part: str, name: str, scribe: Scribe) -> Cell:
    value = getattr(told, part)
    if value is None:
        return scribe.missing(f"iso/{name}", f"documents.{part}")
    return scribe.figure(f"iso/{name}", value, "declared")


def _versions(year: Yearly, scribe: Scribe) -> Iterator[Words]:
    """What the flow files tell of the revisions: how many are in force, and how many versions came into force in the period."""
    period = year.report.period
    current = in_force(year.flows, year.day).values()
    new = [flow for flow in year.flows if period.first <= flow.effective <= year.day]
    counts = {
        f"{kind}_{name}": scribe.figure(f"iso/{kind}_{name}", sum(flow.kind == of for flow in flows))
        for kind, of in (("flowcharts", "procedure"), ("internal", "internal"))
        for name, flows in (("in_force", current), ("new", new))
    }
    yield scribe.say(
        Text(
            "Theo bộ lưu đồ điện tử: đang có hiệu lực {flowcharts_in_force} lưu đồ thủ tục hành chính và {internal_in_force} quy"
            " trình nội bộ; trong kỳ có {flowcharts_new} bản lưu đồ và {internal_new} bản quy trình nội bộ bắt đầu có hiệu lực.",
            "By the electronic flowcharts: in force are {flowcharts_in_force} of procedures and {internal_in_force} of internal"
            " processes; versions that came into force in the period: {flowcharts_new} of procedures, {internal_new} of internal"
            " processes.",
        ),
        **counts,
    )


def _training(year: Yearly, scribe: Scribe) -> Iterator[Words]:
    told = year.declared and year.declared.training
    if told is None:
        missing = scribe.missing("iso/people_trained", "training")
        yield scribe.say(
            Text("Số người được cử đi đào tạo: {missing}.", "People sent to a training: {missing}."), missing=missing
        )
    else:
        yield _sent(told, scribe)
    hint = Text(
        "Tập huấn, hướng dẫn khác và nguồn lực đã bố trí", "Other training and guidance, and the means provided"
    )
    yield scribe.free("training_more", hint)


def _sent(told: Training, scribe: Scribe) -> Words:
    by = Text(f" do {told.by} chủ trì", f" held by {told.by}") if told.by else Text("", "")
    return scribe.say(
        Text(
            "Đã cử {people} cán bộ, công chức thực hiện công tác ISO tham gia đào tạo{by}, theo {paper}.",
            "Officers charged with ISO sent to a training{by}: {people}, by {paper}.",
        ),
        people=scribe.figure("iso/people_trained", told.people, "declared"),
        by=by.to(scribe.lang),
        paper=scribe.paper("iso/training", told.paper),
    )


_YEARLY = Text(
    " Việc này bắt buộc ít nhất mỗi năm một lần (Quyết định 19/2014/QĐ-TTg, Điều 4).",
    " It has to be done at least once a year (Decision 19/2014/QĐ-TTg, article 4).",
)


def _audit(year: Yearly, scribe: Scribe) -> Iterator[Words]:
    told = year.declared and year.declared.audit
    if told is None:
        missing = scribe.missing("iso/audit", "audit")
        text = Text(f"Đánh giá nội bộ: {{missing}}.{_YEARLY.vi}", f"Internal audit: {{missing}}.{_YEARLY.en}")
        yield scribe.say(text, missing=missing)
    else:
        yield from _audited(told, scribe)
    yield scribe.free(
        "audit_result", Text("Kết quả, điểm cần khắc phục sau đánh giá", "What the audit found, what is to be mended")
    )


def _audited(told: Audit, scribe: Scribe) -> Iterator[Words]:
    plan = scribe.paper("iso/audit_plan", told.plan) if told.plan else scribe.missing("iso/audit_plan", "audit.plan")
    yield scribe.say(Text("Kế hoạch đánh giá nội bộ: {plan}.", "Plan of the internal audit: {plan}."), plan=plan)
    for place, paper in enumerate(told.reports, 1):
        title = f", {paper.title}" if paper.title else ""
        yield scribe.say(
            Text("Kết quả đánh giá: {paper}{title} (đính kèm).", "Result: {paper}{title} (attached)."),
            paper=scribe.paper(f"audit/{place}/audit_report", paper),
            title=title,
        )
    findings = (
        scribe.missing("iso/audit_findings", "audit.findings")
        if told.findings is None
        else scribe.figure("iso/audit_findings", told.findings, "declared")
    )
    text = Text(
        "Số điểm không phù hợp phát hiện khi đánh giá: {findings}.", "Nonconformities found by the audit: {findings}."
    )
    yield scribe.say(text, findings=findings)


def _review(year: Yearly, scribe: Scribe) -> Iterator[Words]:
    told = year.declared and year.declared.review
    if told is None:
        missing = scribe.missing("iso/review", "review")
        text = Text(
            f"Họp xem xét của lãnh đạo: {{missing}}.{_YEARLY.vi}", f"Management review: {{missing}}.{_YEARLY.en}"
        )
        yield scribe.say(text, missing=missing)
    else:
        yield _reviewed(told, scribe)
    systemic = year.register.systemic
    yield scribe.say(
        Text(
            "Lỗi hệ thống đưa ra xem xét (cùng một nguyên nhân từ 3 lần trở lên trong 90 ngày): {count}.",
            "Faults of the system to be reviewed (the same cause three times or more within 90 days): {count}.",
        ),
        count=scribe.figure("iso/systemic", len(systemic)),
    )
    for one in systemic:
        division = year.org.divisions.get(one.division)
        where = Text(f" ở {division.vi}", f" in {division.en}") if division else Text("", "")
        kinds = Text(
            *(", ".join(dict.fromkeys(KINDS[member.kind].to(lang) for member in one.members)) for lang in ("vi", "en"))
        )
        done = (
            Text("đã khắc phục hết", "all corrected") if one.closed else Text("chưa khắc phục hết", "not all corrected")
        )
        cause, lots = CAUSES[one.cause], Text(number(len(one.members)), number(len(one.members), "en"))
        line = Text(
            f"{cause.vi}{where.vi}: {lots.vi} sự không phù hợp ({kinds.vi}), {done.vi}",
            f"{cause.en}{where.en}: {lots.en} nonconformities ({kinds.en}), {done.en}",
        )
        yield Words((line.to(scribe.lang),), True)
    yield scribe.free("review_result", Text("Kết luận của cuộc họp xem xét", "What the review concluded"))


def _reviewed(told: Review, scribe: Scribe) -> Words:
    return scribe.say(
        Text(
            "Ngày {held} tổ chức họp xem xét của lãnh đạo đối với HTQLCL, kèm {paper}.",
            "The management review was held on {held}, with {paper}.",
        ),
        held=scribe.day("iso/review_held", told.held),
        paper=scribe.paper("iso/review", told.minutes),
    )
