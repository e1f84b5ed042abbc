"""What Vietnamese reports call the figures: wording for each id, as data. Patterns meet small letters, "TTHC" spelt out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..model import LateCause
from ..text import Text

TITLES: Mapping[str, Text] = {
    "total": Text("tổng số hồ sơ", "dossiers in all"),
    "received": Text("hồ sơ tiếp nhận", "dossiers received"),
    "online": Text("hồ sơ nộp trực tuyến", "dossiers online"),
    "not_online": Text("hồ sơ nộp trực tiếp, bưu chính", "dossiers at the counter or by post"),
    "carried_over": Text("hồ sơ kỳ trước chuyển sang", "dossiers carried over"),
    "resolved": Text("hồ sơ đã giải quyết", "dossiers resolved"),
    "in_time": Text("hồ sơ trước và đúng hạn", "dossiers early or on time"),
    "early": Text("hồ sơ trước hạn", "dossiers early"),
    "on_time": Text("hồ sơ đúng hạn", "dossiers on time"),
    "late": Text("hồ sơ trễ hạn", "dossiers late"),
    "open": Text("hồ sơ đang giải quyết", "dossiers open"),
    "open_in_time": Text("hồ sơ đang giải quyết, trong hạn", "dossiers open, in time"),
    "open_overdue": Text("hồ sơ đang giải quyết, quá hạn", "dossiers open, overdue"),
    "withdrawn": Text("hồ sơ rút", "dossiers withdrawn"),
    "stopped": Text("hồ sơ dừng giải quyết", "dossiers stopped for good"),
    "refused_intake": Text("hồ sơ không tiếp nhận", "intake refused"),
    "misrouted": Text("lượt chuyển nhầm tài khoản", "hand-overs to a wrong account"),
    "procedures": Text("thủ tục hành chính", "procedures"),
    "fields": Text("lĩnh vực", "fields"),
    "level_1": Text("thủ tục mức độ 1", "procedures of level 1"),
    "level_2": Text("thủ tục mức độ 2", "procedures of level 2"),
    "level_3": Text("thủ tục mức độ 3", "procedures of level 3"),
    "level_4": Text("thủ tục mức độ 4", "procedures of level 4"),
    "interconnected": Text("thủ tục liên thông", "interconnected procedures"),
    "with_dossiers": Text("thủ tục có phát sinh hồ sơ", "procedures with dossiers"),
    "payment": Text("thủ tục thanh toán trực tuyến", "procedures with online payment"),
    "internal": Text("quy trình nội bộ", "internal processes"),
    "divisions": Text("phòng, ban của đơn vị", "divisions"),
    "divisions_applying": Text("phòng áp dụng ISO", "divisions applying ISO"),
    "divisions_with_objectives": Text("phòng có mục tiêu chất lượng", "divisions with quality objectives"),
    "trained": Text("người được đào tạo", "people trained"),
    "satisfied": Text("khảo sát hài lòng", "satisfaction"),
}
"""The figures a published report may give, by id, and how they are named; the ids are those of our own report's JSON."""


class Phrase(NamedTuple):
    """Words by which the figure `id` is known."""

    id: str
    words: re.Pattern[str]


def _phrases(*rows: tuple[str, str]) -> tuple[Phrase, ...]:
    return tuple(Phrase(name, re.compile(words)) for name, words in rows)


_EARLY = r"(?:trước (?:thời )?hạn|sớm)"
_ON_TIME = r"đúng (?:thời )?(?:hạn|hẹn)"
_LATE = r"(?:(?:trễ|quá) (?:thời )?(?:hạn|hẹn)|chậm|không đúng (?:thời )?(?:hạn|hẹn))"
_PAIR = rf"(?:đúng|sớm|trước)(?: (?:thời )?(?:hạn|hẹn))?(?: và|,| hoặc) {_EARLY}"
_BOTH = rf"{_PAIR}|{_EARLY}(?: và|,| hoặc) {_ON_TIME}|(?:đúng|sớm|trước) và (?:đúng|sớm|trước)"
_DONE = r"(?:hồ sơ.*|(?:giải quyết|trả) (?:kết quả )?)"
_OPEN = r"(?:đang|chưa) (?:được )?(?:giải quyết|xử lý|thực hiện)"

PARTS = _phrases(
    ("payment", r"thanh toán trực tuyến"),
    ("satisfied", r"hài lòng|thỏa mãn|thoả mãn"),
    ("misrouted", r"chuyển (?:hồ sơ )?nhầm|nhầm tài khoản"),
    ("trained", r"(?:cbcc|cán bộ|công chức|người|lượt|viên chức).*(?:đào tạo|tập huấn)"),
    ("total", r"tổng số hồ sơ (?:(?:phải|cần) (?:giải quyết|xử lý)|trong kỳ)"),
    ("open_overdue", rf"{_OPEN}.*{_LATE}"),
    ("open_in_time", rf"{_OPEN}.*(?:trong|còn|chưa đến) (?:thời )?hạn"),
    ("open", rf"hồ sơ.*{_OPEN}|{_OPEN}.*hồ sơ"),
    ("carried_over", r"(?:từ )?kỳ trước|năm trước chuyển|tồn (?:từ )?(?:kỳ|năm) trước"),
    ("in_time", rf"{_DONE}(?:{_BOTH})"),
    ("late", rf"{_DONE}{_LATE}"),
    ("early", rf"{_DONE}{_EARLY}"),
    ("in_time", rf"{_DONE}{_ON_TIME}"),
    ("withdrawn", r"hồ sơ.*\brút\b|\brút hồ sơ"),
    ("stopped", r"hồ sơ.*dừng giải quyết"),
    ("refused_intake", r"hồ sơ.*(?:từ chối|không) (?:được )?tiếp nhận|từ chối tiếp nhận"),
    ("online", r"hồ sơ.*(?:trực tuyến|qua mạng)"),
    ("not_online", r"hồ sơ.*(?:trực tiếp|bưu chính)"),
    (
        "resolved",
        r"hồ sơ.*(?:đã|được) (?:giải quyết|xử lý|trả)|giải quyết xong|(?:đã|được) (?:giải quyết|xử lý).*hồ sơ",
    ),
    ("received", r"hồ sơ.*nhận\b|tiếp nhận.*hồ sơ"),
    ("internal", r"quy trình nội bộ"),
    ("interconnected", r"thủ tục.*liên thông"),
    *((f"level_{level}", rf"(?:thủ tục|dịch vụ).*mức (?:độ )?{level}\b") for level in range(1, 5)),
    ("with_dossiers", r"(?:thủ tục|quy trình).*phát sinh hồ sơ"),
    ("fields", r"^lĩnh vực"),
    ("divisions_with_objectives", r"phòng.*mục tiêu"),
    ("divisions_applying", r"phòng.*áp dụng"),
    ("procedures", r"^(?:thủ tục|lưu đồ|quy trình tác nghiệp)|tổng số thủ tục|số thủ tục.*áp dụng"),
    ("divisions", r"tổng số phòng"),
)
"""What is counted, in the order in which it is tried: the narrower wording first."""

WHOLES = _phrases(
    ("with_dossiers", r"phát sinh hồ sơ"),
    ("received", r"hồ sơ.*nhận\b"),
    ("resolved", r"hồ sơ.*(?:giải quyết|trả)\b"),
    ("procedures", r"thủ tục|lưu đồ"),
    ("divisions", r"phòng"),
)
"""What a denominator is. These are no numerators."""

DOSSIERS = frozenset({"online", "in_time", "early", "on_time", "late", "withdrawn", "stopped", "not_online"})
"""Parts of the dossiers, whose percentages are of those resolved, received or in all (R93)."""

PROCEDURES = frozenset({"level_1", "level_2", "level_3", "level_4", "interconnected", "with_dossiers"})
"""Parts of the procedures."""

OUTCOMES = _phrases(("early", _EARLY), ("on_time", _ON_TIME), ("late", _LATE))
"""How a dossier may end; what a heading asks for."""

WITHIN: Mapping[str, Mapping[str, str]] = {
    "open": {"late": "open_overdue", "in_time": "open_in_time", "on_time": "open_in_time", "within": "open_in_time"},
    **{name: {"late": "late", "on_time": "in_time", "early": "early"} for name in ("total", "received", "resolved")},
}
"""What an outcome is called in a list of what stands before it: "quá hạn 2" of the open ones is `open_overdue`."""

IN_LISTS = (*OUTCOMES, *_phrases(("within", r"(?:trong|còn) (?:thời )?hạn")))
"""The outcomes, as lists name them without saying of what."""

BECAUSE = re.compile(r"(?:^|[:.(] ?)do\b|lý do|lí do|nguyên nhân|\blà do\b|\bvì\b")
"""Words that begin a cause."""

LATENESS = re.compile(rf"hồ sơ.*{_LATE}|{_LATE}.*hồ sơ|chậm trễ")

CAUSES: Mapping[LateCause, re.Pattern[str]] = {
    "misrouted_account": re.compile(r"nhầm tài khoản|chuyển (?:hồ sơ )?nhầm"),
    "officer_fault": re.compile(
        r"trách nhiệm của (?:cán bộ|công chức)|đôn đốc|lỗi (?:của )?(?:cán bộ|công chức)|chủ quan"
    ),
    "system_fault": re.compile(r"lỗi (?:phần mềm|hệ thống|đường truyền|mạng)|sự cố"),
    "coordination_delay": re.compile(r"phối hợp.*chậm|chậm.*phối hợp|chậm cho ý kiến"),
    "applicant_late": re.compile(r"bổ sung (?:hồ sơ )?chậm|chậm bổ sung"),
    "overload": re.compile(r"quá tải|thiếu (?:người|nhân lực|biên chế)"),
    "legal_unclear": re.compile(r"quy định.*(?:chưa rõ|chồng chéo|mâu thuẫn)"),
    "force_majeure": re.compile(r"bất khả kháng|thiên tai|dịch bệnh"),
}
"""Why dossiers are late (R95), as reports put it."""

OTHER_PERIOD = re.compile(r"\bqu[ýí] |\b\d+ tháng|tháng \d|cùng kỳ|năm trước(?! chuyển)|so với năm")
"""Words of a period that isn't the report's own."""

TARGET = re.compile(r"mục tiêu|chỉ tiêu|phấn đấu|kế hoạch đề ra|yêu cầu đạt|phải đạt")
"""Words of what is aimed at."""


def identified(phrases: Sequence[Phrase], *places: str) -> str | None:
    """The id of the first phrase that meets the first of these texts, else the next text; None when none does."""
    return next((one.id for place in places for one in phrases if place and one.words.search(place)), None)


def plain(text: str) -> str:
    """Words as the phrases expect them."""
    return re.sub(r"\btthc\b", "thủ tục hành chính", " ".join(text.lower().split()))
