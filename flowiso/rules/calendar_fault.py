"""There is no calendar, or its files don't make one: a day or year stands twice, a year is missing, a day has no hours.

Why this is bad: every due date is counted over these days (R79; second-hand, R80; our design, R77). A calendar with a
hole in it could give wrong dates; so none is used until it is mended, and nothing can be received.

Bad:

    _calendar: {days: [{date: 2021-09-02, kind: holiday}, {date: 2021-09-02, kind: swap_off}]}

Good:

    _calendar: {days: [{date: 2021-09-02, kind: holiday}, {date: 2021-09-03, kind: swap_off}]}
"""

from __future__ import annotations

from flowiso.calendarfile import CODE as CODE
from flowiso.calendarfile import NAME as NAME
from flowiso.model import Level
from flowiso.text import Text

LEVEL: Level = "error"
SUMMARY = Text(
    "Chưa có lịch, hoặc các tệp lịch không ghép được: trùng ngày, trùng năm, thiếu năm, ngày làm bù không có giờ.",
    "There is no calendar, or its files don't make one: a day or year twice, a year missing, a day without hours.",
)
WHY = (
    "Mọi ngày hẹn trả đều tính trên các ngày này (R79; nguồn dẫn lại, R80; quy ước của FlowISO, R77). Lịch còn thiếu "
    "sót thì có thể cho ngày hẹn sai, nên chưa sửa xong thì phần mềm không dùng lịch và không tiếp nhận hồ sơ nào."
)
