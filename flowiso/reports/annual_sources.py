"""What each figure of the annual report is, besides those of the form: title, meaning, numerator, denominator (R110)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..handling import STATUSES
from ..measures.indices import INDICES
from ..text import Text
from .document import Source
from .figures import sources as form_sources

_YEAR = Text("cơ quan khai trong tệp của năm", "declared in the year's file")

_PLAIN: Mapping[str, tuple[Text, Text]] = {
    "procedures_declared": (Text("Thủ tục được phê duyệt", "Procedures approved"), _YEAR),
    "fields_declared": (Text("Lĩnh vực được phê duyệt", "Fields approved"), _YEAR),
    "divisions": (
        Text("Phòng của cơ quan", "Divisions"),
        Text("theo tệp tổ chức _org.yaml", "by the file of the organisation, _org.yaml"),
    ),
    "divisions_applying": (Text("Phòng áp dụng HTQLCL", "Divisions that apply the QMS"), _YEAR),
    "divisions_with_objectives": (Text("Phòng có mục tiêu chất lượng", "Divisions with quality objectives"), _YEAR),
    "aims": (Text("Mục tiêu đo được", "Objectives that can be measured"), _YEAR),
    "processes_revised": (Text("Quy trình nội bộ được chỉnh sửa", "Internal processes revised"), _YEAR),
    "flowcharts_revised": (Text("Lưu đồ được chỉnh sửa", "Flowcharts revised"), _YEAR),
    "edition": (Text("Lần ban hành tài liệu", "Edition of the documents"), _YEAR),
    "people_trained": (Text("Người được cử đi đào tạo", "People sent to a training"), _YEAR),
    "audit_findings": (Text("Điểm không phù hợp khi đánh giá nội bộ", "Nonconformities found by the audit"), _YEAR),
    "payment_procedures": (Text("Thủ tục thanh toán trực tuyến được", "Procedures with online payment"), _YEAR),
    "payment_counted": (Text("Thủ tục được tính", "Procedures that are counted"), _YEAR),
    "satisfied": (Text("Người hài lòng", "People satisfied"), _YEAR),
    "surveyed": (Text("Người được hỏi", "People asked"), _YEAR),
    "satisfied_published": (
        Text("Tỷ lệ hài lòng đã công bố", "Rate of satisfaction as published"),
        Text("cơ quan khai tỷ lệ, không khai số người", "declared as a rate, without the numbers"),
    ),
    "complaints_system": (Text("Khiếu nại về HTQLCL", "Complaints about the QMS"), _YEAR),
    "flowcharts_in_force": (
        Text("Lưu đồ thủ tục đang có hiệu lực", "Flowcharts of procedures in force"),
        Text("một bản cho mỗi thủ tục, vào ngày chốt số liệu", "one version of each, on the day of the cut-off"),
    ),
    "internal_in_force": (
        Text("Quy trình nội bộ đang có hiệu lực", "Internal processes in force"),
        Text("một bản cho mỗi quy trình, vào ngày chốt số liệu", "one version of each, on the day of the cut-off"),
    ),
    "flowcharts_new": (
        Text("Bản lưu đồ mới", "New versions of flowcharts"),
        Text("bắt đầu có hiệu lực trong kỳ", "came into force in the period"),
    ),
    "internal_new": (
        Text("Bản quy trình nội bộ mới", "New versions of internal processes"),
        Text("bắt đầu có hiệu lực trong kỳ", "came into force in the period"),
    ),
    "terms_cut": (
        Text("Thủ tục rút ngắn thời hạn", "Procedures with a shorter term"),
        Text(
            "bản có hiệu lực khi chốt số liệu so với bản có hiệu lực trước kỳ, cùng đơn vị thời gian",
            "the version in force at the cut-off against the one on the eve of the period, in the same unit of time",
        ),
    ),
    "steps_cut": (
        Text("Thủ tục bớt bước", "Procedures with fewer steps"),
        Text(
            "bản có hiệu lực khi chốt số liệu so với bản có hiệu lực trước kỳ",
            "the version in force at the cut-off against the one on the eve of the period",
        ),
    ),
    "accounts": (
        Text("Tài khoản của cơ quan", "Accounts of the agency"),
        Text(
            "còn hiệu lực vào ngày chốt số liệu, không kể cơ quan phối hợp",
            "valid on the day of the cut-off, without those of partners",
        ),
    ),
    "roles": (Text("Vai trò", "Roles"), Text("mà các tài khoản ấy giữ", "that those accounts hold")),
    "late_and_overdue": (
        Text("Hồ sơ trễ hạn và đang quá hạn", "Late and overdue dossiers"),
        Text("cột 10 + 13", "columns 10 + 13"),
    ),
    "misrouted_minutes": (
        Text("Phút làm việc mất vì chuyển nhầm", "Working minutes lost by wrong hand-overs"),
        Text(
            "thời gian nằm ở tài khoản nhầm, tính cho người chuyển (R124)",
            "the time in a wrong account, charged to the sender (R124)",
        ),
    ),
    "nc_opened": (
        Text("Sự không phù hợp mở trong kỳ", "Nonconformities opened in the period"),
        Text(
            "hồ sơ trễ hạn, lượt chuyển nhầm, kết quả sai, mất hồ sơ, phản ánh đúng (R130)",
            "late dossiers, wrong hand-overs, wrong results, losses, justified complaints (R130)",
        ),
    ),
    "nc_unclosed": (
        Text("Sự không phù hợp chưa đóng", "Nonconformities not closed"),
        Text("mở trong kỳ, lúc chốt số liệu", "opened in the period, at the cut-off"),
    ),
    "nc_overdue": (
        Text("Hành động khắc phục quá hạn", "Corrective actions past their day"),
        Text("đến hạn mà chưa ai kiểm tra hiệu lực", "their day is over and nobody checked whether they worked"),
    ),
    "nc_before": (
        Text("Sự không phù hợp kỳ trước chưa đóng", "Nonconformities of earlier periods not closed"),
        Text("mở trước kỳ, lúc chốt số liệu", "opened before the period, at the cut-off"),
    ),
    "systemic": (
        Text("Lỗi hệ thống", "Faults of the system"),
        Text("cùng một nguyên nhân từ 3 lần trong 90 ngày (R130)", "the same cause three times within 90 days (R130)"),
    ),
    "rated": (
        Text("Hồ sơ được đánh giá", "Dossiers rated"),
        Text("người nộp đánh giá trong kỳ (R142)", "rated in the period (R142)"),
    ),
    "rating_mean": (
        Text("Điểm đánh giá trung bình", "Mean rating"),
        Text("từ 1 đến 5; có ít đánh giá thì không công bố (R142)", "1 to 5; not told of few ratings (R142)"),
    ),
    "complaints": (
        Text("Phản ánh, kiến nghị", "Complaints"),
        Text("ghi vào hồ sơ trong kỳ", "put down about dossiers in the period"),
    ),
    "complaints_founded": (
        Text("Phản ánh đúng", "Justified complaints"),
        Text("trả lời là đúng", "answered as justified"),
    ),
    "complaints_unfounded": (
        Text("Phản ánh không đúng", "Complaints not justified"),
        Text("trả lời là không đúng", "answered as not justified"),
    ),
    "complaints_waiting": (
        Text("Phản ánh chưa trả lời", "Complaints not answered"),
        Text("lúc chốt số liệu", "at the cut-off"),
    ),
    "complaints_in_time": (
        Text("Phản ánh trả lời đúng hạn", "Complaints answered in time"),
        Text(
            "trong thời hạn answer_within của cơ quan, hoặc còn chờ trong hạn",
            "within the agency's answer_within, or waiting within it",
        ),
    ),
    "aim_target": (Text("Chỉ tiêu", "Target"), Text("kết quả phải lớn hơn hẳn", "the result has to be strictly more")),
    "aim_part": (
        Text("Số đạt của mục tiêu", "In it"),
        Text("tử số của mục tiêu, theo tệp của năm", "the objective's numerator, by the year's file"),
    ),
    "aim_whole": (
        Text("Tổng số của mục tiêu", "Of"),
        Text("mẫu số của mục tiêu, theo tệp của năm", "the objective's denominator, by the year's file"),
    ),
    "aim_verdict": (
        Text("Đánh giá mục tiêu", "Verdict"),
        Text("đạt khi kết quả lớn hơn hẳn chỉ tiêu", "met when strictly more than the target"),
    ),
    "index_sum": (
        Text("Tổng điểm chỉ số", "Sum of the indices"),
        Text("tổng các chỉ số có số liệu", "of the indices that there are"),
    ),
    "class": (
        Text("Xếp loại", "Class"),
        Text(
            "TT 01/2018 Điều 15; chỉ ghi khi chỉ số còn thiếu không đổi được",
            "TT 01/2018 article 15; only where missing indices can't change it",
        ),
    ),
    "item_part": (
        Text("Số đạt của mục", "In it"),
        Text("tử số của mục (QĐ 766)", "the item's numerator (Decision 766)"),
    ),
    "item_whole": (
        Text("Tổng số của mục", "Of"),
        Text("mẫu số của mục (QĐ 766)", "the item's denominator (Decision 766)"),
    ),
    "item_target": (Text("Chỉ tiêu của mục", "Target of the item"), Text("QĐ 766", "Decision 766")),
    "item_most": (Text("Điểm tối đa của mục", "Most points of the item"), Text("QĐ 766", "Decision 766")),
    "item_points": (
        Text("Điểm của mục", "Points of the item"),
        Text("tối đa x tỷ lệ / chỉ tiêu, không vượt tối đa", "most x ratio / target, at most that"),
    ),
    "group_most": (Text("Điểm tối đa của nhóm", "Most points of the group"), Text("QĐ 766", "Decision 766")),
    "group_points": (
        Text("Điểm của nhóm", "Points of the group"),
        Text("tổng điểm các mục tính được", "of the items that could be told"),
    ),
}

_RATES: Mapping[str, tuple[Text, str, str]] = {
    "divisions_with_objectives_rate": (
        Text("Tỷ lệ phòng có mục tiêu", "Divisions with objectives"),
        "divisions_with_objectives",
        "divisions",
    ),
    **{
        f"level_{level}_rate": (
            Text(f"Tỷ lệ thủ tục mức độ {level}", f"Procedures at level {level}"),
            f"level_{level}",
            "procedures",
        )
        for level in range(1, 5)
    },
    "interconnected_rate": (
        Text("Tỷ lệ thủ tục liên thông", "Interconnected procedures"),
        "interconnected",
        "procedures",
    ),
    "with_dossiers_rate": (Text("Tỷ lệ thủ tục có hồ sơ", "Procedures with dossiers"), "with_dossiers", "procedures"),
    "payment_rate": (
        Text("Tỷ lệ thủ tục thanh toán trực tuyến", "Procedures with online payment"),
        "payment_procedures",
        "payment_counted",
    ),
    "early_rate": (Text("Tỷ lệ trước hạn", "Early"), "early", "resolved"),
    "on_time_rate": (Text("Tỷ lệ đúng ngày hẹn", "On the due date"), "on_time", "resolved"),
    "nc_closed_rate": (Text("Tỷ lệ sự không phù hợp đã đóng", "Nonconformities closed"), "nc_closed", "nc_opened"),
    "satisfied_rate": (Text("Tỷ lệ hài lòng", "Satisfied"), "satisfied", "surveyed"),
    "aim_rate": (Text("Kết quả của mục tiêu", "Result of the objective"), "aim_part", "aim_whole"),
}


def sources(lang: str) -> dict[str, Source]:
    """What every figure of the annual report and of its annexes is, by its name."""
    found = {name: Source(title.to(lang), meaning.to(lang)) for name, (title, meaning) in _PLAIN.items()}
    found |= {name: Source(title.to(lang), "", above, below) for name, (title, above, below) in _RATES.items()}
    found |= {name: Source(title.to(lang), meaning.to(lang)) for name, title, meaning in _many()}
    return {**found, **form_sources(lang)}


def _many() -> Iterator[tuple[str, Text, Text]]:
    """Those that come in rows: how far nonconformities are handled, the indices."""
    for status, title in STATUSES.items():
        of = Text(f"Sự không phù hợp: {title.vi}", f"Nonconformities: {title.en}")
        yield f"nc_{status}", of, Text("mở trong kỳ, lúc chốt số liệu", "opened in the period, at the cut-off")
    for index in INDICES:
        mean = Text("điểm trung bình một hồ sơ", "points a dossier, in the mean")
        unit = Text("điểm của đơn vị", "points of the unit")
        title = Text(f"Chỉ số {index.number}", f"Index {index.number}")
        what = mean if index.each == "dossier" else unit
        yield f"index_{index.number}", title, Text(f"{index.title.vi}: {what.vi}", f"{index.title.en}: {what.en}")
        counted = Text("hồ sơ có điểm của chỉ số ấy", "dossiers with points of it")
        yield f"index_{index.number}_dossiers", Text(f"{title.vi}: số hồ sơ", f"{title.en}: dossiers"), counted
