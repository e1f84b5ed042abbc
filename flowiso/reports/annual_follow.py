"""Part II.1 of the annual report, what followed: corrective actions, satisfaction, improvements, complaints (R104, R130)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import get_args

from ..faults import CAUSES
from ..feedback import FEWEST, Complaint
from ..handling import KINDS, STATUSES, Nonconformity, Status
from ..measures.declared import Satisfaction
from ..model import Flow
from ..text import Text
from ..versions import in_force
from .annual_words import Scribe
from .annual_year import Yearly
from .document import Cell, Column, Section, Table, Words

_UNKNOWN = Text("chưa rõ nguyên nhân", "no cause known yet")


def follow(year: Yearly, scribe: Scribe) -> tuple[Section, ...]:
    """II.1 g) to k)."""
    titled = (
        (Text("g) Hành động khắc phục", "g) Corrective actions"), _corrective(year, scribe)),
        (Text("h) Sự hài lòng của tổ chức, cá nhân", "h) Satisfaction"), _satisfaction(year, scribe)),
        (Text("i) Hoạt động cải tiến", "i) Improvements"), _improvements(year, scribe)),
        (Text("k) Xử lý khiếu nại, phản ánh", "j) Complaints"), _complaints(year, scribe)),
    )
    return tuple(Section(title.to(scribe.lang), 3, tuple(blocks)) for title, blocks in titled)


# Corrective actions


def _corrective(year: Yearly, scribe: Scribe) -> Iterator[Words | Table]:
    found = year.register.found
    closed = sum(one.closed for one in found)
    yield scribe.say(
        Text(
            "Mỗi hồ sơ trễ hạn, lượt chuyển nhầm, kết quả sai phải sửa, hồ sơ bị mất và phản ánh đúng là một sự không phù hợp,"
            " được mở từ nhật ký và chỉ đóng khi đã kiểm tra hành động khắc phục có hiệu lực. Trong kỳ mở {opened}, đã đóng"
            " {closed} ({rate}), còn {open}.",
            "Each late dossier, hand-over to a wrong account, result that had to be corrected, lost dossier and justified"
            " complaint is a nonconformity, opened by the log and closed only when its corrective action was found to work."
            " Opened in the period: {opened}, closed of these: {closed} ({rate}), not yet: {open}.",
        ),
        opened=scribe.figure("iso/nc_opened", len(found)),
        closed=scribe.figure("iso/nc_closed", closed),
        rate=scribe.rate("iso/nc_closed_rate", closed, len(found)),
        open=scribe.figure("iso/nc_unclosed", len(found) - closed),
    )
    yield scribe.say(
        Text(
            "Hành động khắc phục quá hạn chưa được kiểm tra: {overdue}. Sự không phù hợp của các kỳ trước còn chưa đóng:"
            " {before}.",
            "Corrective actions past their day and not yet checked: {overdue}. Nonconformities of earlier periods still open:"
            " {before}.",
        ),
        overdue=scribe.figure("iso/nc_overdue", sum(one.overdue(year.report.until) for one in found)),
        before=scribe.figure("iso/nc_before", len(year.before)),
    )
    if found:
        yield _by_cause(found, scribe)
        hint = Text("Hành động khắc phục đã làm, kèm bằng chứng", "Corrective actions taken, with their evidence")
        yield scribe.free("corrective_more", hint)


def _by_cause(found: Iterable[Nonconformity], scribe: Scribe) -> Table:
    """Nonconformities by what went wrong and why, and how far each is handled."""
    groups: dict[tuple[str, str], list[Nonconformity]] = {}
    everyone = list(found)
    for one in everyone:
        groups.setdefault((one.kind, one.cause or ""), []).append(one)
    ranked = sorted(
        groups.items(), key=lambda entry: (list(KINDS).index(entry[1][0].kind), -len(entry[1]), entry[0][1])
    )
    rows = [
        _handled(scribe, f"nc/{kind}.{cause or 'unknown'}", members, _titles(members[0]))
        for (kind, cause), members in ranked
    ]
    whole = Text("Cộng", "Together"), Text("", "")
    rows.append(_handled(scribe, "nc/all", everyone, whole))
    heads = (
        *(
            Column(one.to(scribe.lang), "<")
            for one in (Text("sự không phù hợp", "nonconformity"), Text("nguyên nhân", "cause"))
        ),
        Column(scribe.to(Text("mở trong kỳ", "opened"))),
        *(Column(_HEADS[status].to(scribe.lang)) for status in _SHOWN),
    )
    title = Text(
        "Sự không phù hợp theo nguyên nhân và mức độ xử lý", "Nonconformities by cause, and how far they are handled"
    )
    note = Text(
        "Nguyên nhân do lãnh đạo ghi; chưa ai ghi thì là nguyên nhân nhật ký cho thấy.",
        "The cause is what a leader put down, else what the log suggests.",
    )
    return Table("nc", title.to(scribe.lang), heads, tuple(rows), (len(rows) - 1,), note=note.to(scribe.lang))


_SHOWN: tuple[Status, ...] = tuple(
    sorted(get_args(Status), key=["closed", "action", "cause", "open", "ineffective"].index)
)


_HEADS: Mapping[Status, Text] = {**STATUSES, "open": Text("chưa ai ghi nguyên nhân", "cause not put down")}


def _titles(one: Nonconformity) -> tuple[Text, Text]:
    return KINDS[one.kind], CAUSES[one.cause] if one.cause else _UNKNOWN


def _handled(scribe: Scribe, path: str, members: list[Nonconformity], titles: tuple[Text, Text]) -> tuple[Cell, ...]:
    by_status = Counter(one.status for one in members)
    return (
        *(Cell(title.to(scribe.lang)) for title in titles),
        scribe.figure(f"{path}/nc_opened", len(members)),
        *(scribe.figure(f"{path}/nc_{status}", by_status[status]) for status in _SHOWN),
    )


# Satisfaction


def _satisfaction(year: Yearly, scribe: Scribe) -> Iterator[Words]:
    told = year.declared and year.declared.satisfaction
    if told is None:
        missing = scribe.missing("iso/satisfied", "satisfaction")
        yield scribe.say(
            Text("Khảo sát sự hài lòng: {missing}.", "Survey of satisfaction: {missing}."), missing=missing
        )
    else:
        yield _surveyed(told, scribe)
    ratings = year.register.ratings
    hidden = Text(f"không công bố vì có ít hơn {FEWEST} đánh giá", f"not told, since there are fewer than {FEWEST}")
    mean = scribe.words("iso/rating_mean", hidden.to(scribe.lang), "computed")
    if ratings.mean is not None:
        mean = scribe.decimal("iso/rating_mean", Decimal(ratings.mean))
    yield scribe.say(
        Text(
            "Người nộp đánh giá ngay trên hệ thống: {rated} hồ sơ, điểm trung bình (1 đến 5): {mean}.",
            "Rated by applicants in the system: {rated} dossiers, mean (1 to 5): {mean}.",
        ),
        rated=scribe.figure("iso/rated", ratings.rated),
        mean=mean,
    )


def _surveyed(told: Satisfaction, scribe: Scribe) -> Words:
    title = Text("Khảo sát sự hài lòng{by}", "Survey of satisfaction{by}")
    by = Text(f" qua {told.by}", f" by {told.by}") if told.by else Text("", "")
    if told.satisfied is not None and told.surveyed is not None:
        return scribe.say(
            Text(
                f"{title.vi}: {{part}}/{{whole}} người được hỏi hài lòng, {{rate}}.",
                f"{title.en}: {{part}}/{{whole}} of those asked are satisfied, {{rate}}.",
            ),
            by=by.to(scribe.lang),
            part=scribe.figure("iso/satisfied", told.satisfied, "declared"),
            whole=scribe.figure("iso/surveyed", told.surveyed, "declared"),
            rate=scribe.rate("iso/satisfied_rate", told.satisfied, told.surveyed, "declared"),
        )
    rate = (
        scribe.percentage("iso/satisfied_published", told.rate)
        if told.rate
        else scribe.missing("iso/satisfied_published", "satisfaction.rate")
    )
    return scribe.say(
        Text(
            f"{title.vi}: {{rate}} hài lòng; số người được hỏi, số người hài lòng: {{missing}}.",
            f"{title.en}: {{rate}} satisfied; how many were asked and satisfied: {{missing}}.",
        ),
        by=by.to(scribe.lang),
        rate=rate,
        missing=scribe.missing("iso/surveyed", "satisfaction.surveyed"),
    )


# Improvements


def _improvements(year: Yearly, scribe: Scribe) -> Iterator[Words]:
    counts = year.report.counts
    cut = shortened(year)
    yield scribe.say(
        Text(
            "Theo bộ lưu đồ: bản bắt đầu có hiệu lực trong kỳ rút ngắn thời hạn của {terms} thủ tục và bớt bước của {steps} thủ"
            " tục so với bản trước. {early}/{resolved} hồ sơ có kết quả trước hạn, tỷ lệ {rate}.",
            "By the flowcharts: versions that came into force in the period cut the term of procedures: {terms}, and steps of"
            " procedures: {steps}. Resolved early: {early}/{resolved}, {rate}.",
        ),
        terms=scribe.figure("iso/terms_cut", cut["terms"]),
        steps=scribe.figure("iso/steps_cut", cut["steps"]),
        early=scribe.figure("agency/early", counts.early),
        resolved=scribe.figure("agency/resolved", counts.resolved),
        rate=scribe.rate("iso/early_rate", counts.early, counts.resolved),
    )
    yield scribe.free(
        "improvements",
        Text(
            "Cải tiến khác: tinh gọn quy trình, ứng dụng công nghệ thông tin, số hóa, lưu trữ hồ sơ",
            "Other improvements: leaner processes, use of IT, digitisation, archives",
        ),
    )


def shortened(year: Yearly) -> Mapping[str, int]:
    """How many procedures have a shorter term, or fewer steps, by the version in force than by that on the eve of the period."""
    procedures = [flow for flow in year.flows if flow.kind == "procedure"]
    eve = year.report.period.first - timedelta(1)
    before = in_force(procedures, eve)
    pairs = [(before.get(code), flow) for code, flow in in_force(procedures, year.day).items()]
    return {
        "terms": sum(was is not None and _shorter(was, now) for was, now in pairs),
        "steps": sum(was is not None and len(now.steps) < len(was.steps) for was, now in pairs),
    }


def _shorter(was: Flow, now: Flow) -> bool:
    """Whether the term is shorter: of the same unit, since calendar and working days can't be compared without a date."""
    return (
        was.deadline is not None
        and now.deadline is not None
        and was.deadline.unit == now.deadline.unit
        and now.deadline.amount < was.deadline.amount
    )


# Complaints


def _complaints(year: Yearly, scribe: Scribe) -> Iterator[Words]:
    told = None if year.declared is None else year.declared.complaints
    system = (
        scribe.missing("iso/complaints_system", "complaints")
        if told is None
        else scribe.figure("iso/complaints_system", told, "declared")
    )
    yield scribe.say(
        Text("Khiếu nại liên quan đến HTQLCL: {count}.", "Complaints about the quality management system: {count}."),
        count=system,
    )
    found = year.register.complaints
    by = Counter(map(_answered, found))
    yield scribe.say(
        Text(
            "Phản ánh, kiến nghị ghi vào hồ sơ trong kỳ: {count}; đã trả lời là đúng: {founded}, là không đúng: {unfounded}, chưa"
            " trả lời: {waiting}. Trả lời đúng hạn hoặc còn trong hạn: {in_time}.",
            "Complaints put down about dossiers in the period: {count}; answered as justified: {founded}, as not justified:"
            " {unfounded}, waiting: {waiting}. Answered in time, or still waiting in time: {in_time}.",
        ),
        count=scribe.figure("iso/complaints", len(found)),
        founded=scribe.figure("iso/complaints_founded", by[True]),
        unfounded=scribe.figure("iso/complaints_unfounded", by[False]),
        waiting=scribe.figure("iso/complaints_waiting", by[None]),
        in_time=_in_time(year, scribe),
    )


def _answered(one: Complaint) -> bool | None:
    return None if one.answered_at is None else bool(one.founded)


def _in_time(year: Yearly, scribe: Scribe) -> Cell:
    known = year.told.agency.get("complaints_in_time")
    if known is None:
        return scribe.missing("iso/complaints_in_time", "answer_within")
    return scribe.figure("iso/complaints_in_time", known)
