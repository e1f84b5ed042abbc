"""What a simulated year assumes. Every number is an assumption, none was measured at the agency, unless it says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..text import Text


@dataclass(frozen=True, slots=True)
class Scenario:
    """Rates are shares of one, times are working hours, efforts working minutes.

    `dominant` procedures come first in the heavy tail whose weights fall as rank ** -`tail` (domain section 8, hint); the
    others follow in an order drawn from their codes, the same in every run.
    `dwell` is the median share of a step's time that an officer lets pass before he turns to the dossier, never more than
    `dwell_most`: he keeps the limit in view, so waiting for its turn alone makes no step late.
    """

    dominant: tuple[str, ...] = ("XTTM-01", "XTTM-03", "QLCT-04")
    tail: float = 2.2
    online: float = 0.9873
    refused_at_intake: float = 0.01
    misroute: float = 0.003
    lawful_looking: float = 0.5
    noticed: float = 12.0
    arrows: Mapping[str, float] = field(
        default_factory=lambda: {
            "supplement": 0.06,
            "send-back": 0.02,
            "refuse": 0.015,
            "fee": 0.5,
            "repair": 0.10,
            "consult": 0.15,
            "withdraw": 0.001,
            "forward": 0.03,
        }
    )
    dwell: float = 0.22
    dwell_most: float = 0.85
    dwell_sigma: float = 0.65
    untimed: float = 1.0
    outside: float = 0.55
    outside_sigma: float = 0.35
    applicant: float = 24.0
    applicant_sigma: float = 0.8
    effort: Mapping[str, float] = field(
        default_factory=lambda: {
            "mot-cua": 8.0,
            "lanh-dao-phong": 5.0,
            "chuyen-vien": 25.0,
            "lanh-dao-so": 4.0,
            "van-thu-so": 4.0,
        }
    )
    effort_other: float = 30.0
    effort_sigma: float = 0.5

    def assumptions(self) -> tuple[Text, ...]:
        """The numbers a reader of the result must know, in words."""

        def share(value: float) -> str:
            return f"{100 * value:g}".replace(".", ",") + " %"

        first = ", ".join(self.dominant)
        return (
            Text(
                f"thủ tục đông hồ sơ nhất: {first}; phần còn lại giảm theo hạng^-{self.tail:g}, hạng rút thăm theo mã",
                f"busiest procedures: {first}; the rest fall as rank^-{self.tail:g}, their ranks drawn by code",
            ),
            Text(
                f"nộp trực tuyến {share(self.online)} (báo cáo 2021)",
                f"online {100 * self.online:g} % (2021 report)",
            ),
            Text(
                f"bàn giao nhầm tài khoản {share(self.misroute)}, phát hiện sau trung bình {self.noticed:g} giờ làm việc",
                f"hand-overs to a wrong account {100 * self.misroute:g} %, noticed after {self.noticed:g}wh on average",
            ),
            Text(
                f"yêu cầu bổ sung {share(self.arrows['supplement'])}, trả lại bước trước {share(self.arrows['send-back'])},"
                f" từ chối {share(self.arrows['refuse'])} ở mỗi bước có mũi tên ấy",
                f"supplement {100 * self.arrows['supplement']:g} %, sent back {100 * self.arrows['send-back']:g} %,"
                f" refused {100 * self.arrows['refuse']:g} % at each step that has the arrow",
            ),
            Text(
                f"cán bộ để hồ sơ chờ trung vị {share(self.dwell)}, nhiều nhất {share(self.dwell_most)} thời gian của bước;"
                " công xử lý theo vai trò",
                f"an officer lets a dossier wait a median {100 * self.dwell:g} %, at most {100 * self.dwell_most:g} %"
                " of the step's time; effort by role",
            ),
        )
