"""The nine indices of TT 01/2018/TT-VPCP (articles 13-15) as data, and the thresholds that classify by them (R96, R97)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

from ..laws import Status
from ..text import Text

Basis = Literal["log", "partly", "declared"]
"""What an index rests on: a log tells it wholly, tells what was put down in it, or doesn't tell it."""

MOST = 2
"""The points of an index that is kept wholly."""


class Index(NamedTuple):
    """One index. `each` says whether a dossier has points of it or only an agency; `unseen` what no log tells of it."""

    number: int
    title: Text
    each: Literal["dossier", "unit"]
    basis: Basis
    unseen: Text | None = None


INDICES: tuple[Index, ...] = (
    Index(1, Text("Thời gian giải quyết so với quy định", "Total time against the legal term"), "dossier", "log"),
    Index(
        2,
        Text("Thời gian của từng đơn vị tham gia so với thời hạn được giao", "Each unit's time against its own limit"),
        *("dossier", "log"),
    ),
    Index(
        3,
        Text("Số lần phải liên hệ để hoàn thiện hồ sơ", "Contacts needed to complete the dossier"),
        *("dossier", "partly"),
        Text(
            "liên hệ ngoài hệ thống, không ghi thành yêu cầu bổ sung",
            "contacts outside the system, not put down as a request for a supplement",
        ),
    ),
    Index(
        4,
        Text("Số cơ quan phải liên hệ để hoàn thiện hồ sơ", "Agencies contacted to complete the dossier"),
        *("dossier", "partly"),
        Text(
            "cơ quan mà người nộp tự liên hệ ngoài hệ thống", "agencies that the applicant contacted outside the system"
        ),
    ),
    Index(5, Text("Tổ chức Bộ phận Một cửa", "Organisation of the one-stop unit"), "unit", "declared"),
    Index(
        6,
        Text("Công khai thủ tục hành chính", "Publication of the procedures"),
        *("dossier", "declared"),
        Text("niêm yết ở trụ sở, đăng trên cổng thông tin", "what is posted at the office and on the portal"),
    ),
    Index(
        7,
        Text("Thái độ khi giải quyết", "Attitude"),
        *("dossier", "partly"),
        Text("phản ánh gửi nơi khác mà không ai ghi vào hồ sơ", "complaints made elsewhere and never put down"),
    ),
    Index(
        8,
        Text("Tiếp nhận, xử lý phản ánh, kiến nghị", "Complaints answered"),
        *("unit", "partly"),
        Text("thời hạn trả lời, do cơ quan quy định", "the limit for an answer, which the agency sets"),
    ),
    Index(9, Text("Giải quyết trực tuyến", "Dossiers handled online"), "unit", "log"),
)
"""In the order of article 13; 1, 2, 3, 4, 6 and 7 are of each dossier, 5, 6, 8 and 9 of each unit (article 14)."""

OF_OFFICER = (1, 2, 3, 4, 7)
"""The indices by which an officer is classified (R97); a unit is by all nine."""
OF_UNIT = tuple(index.number for index in INDICES)


class Grade(NamedTuple):
    """A class, reached from so many points on."""

    id: str
    title: Text
    least: Decimal


class Rule(NamedTuple):
    """The thresholds in force from `since` until `until`, the first day without them; the highest class comes first."""

    since: date
    until: date
    source: str
    status: Status
    officers: tuple[Grade, ...]
    units: tuple[Grade, ...]


RULES: tuple[Rule, ...] = (
    Rule(
        date(2019, 1, 6),
        date(2025, 7, 1),
        "Thông tư 01/2018/TT-VPCP Điều 13-15",
        "read",
        (
            Grade("full", Text("hoàn thành 100% nhiệm vụ", "100% of the duty"), Decimal(5)),
            Grade("most", Text("hoàn thành từ 70% đến dưới 100%", "70% to less than 100% of the duty"), Decimal("3.5")),
            Grade("less", Text("hoàn thành dưới 70% nhiệm vụ", "less than 70% of the duty"), Decimal(0)),
        ),
        (
            Grade("excellent", Text("xuất sắc", "excellent"), Decimal(15)),
            Grade("good", Text("tốt", "good"), Decimal(12)),
            Grade("fair", Text("khá", "fair"), Decimal(9)),
            Grade("average", Text("trung bình", "average"), Decimal(6)),
            Grade("weak", Text("yếu", "weak"), Decimal(0)),
        ),
    ),
)
"""In force from 06/01/2019; the end follows from NĐ 118/2025, which replaced the decree it rested on (R97)."""


def rule_on(day: date) -> Rule | None:
    """The thresholds in force on a day; None before and after."""
    return next((rule for rule in RULES if rule.since <= day < rule.until), None)
