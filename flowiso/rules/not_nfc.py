r"""A text is not in Unicode form NFC (precomposed letters).

Why this is bad: two ids or titles look the same on screen and differ for every computer that compares or searches
them.

Bad:

    title: "Ca\u0302\u0301p gia\u0301y phe\u0301p"

Good:

    title: "Cấp giáy phép"
"""

from __future__ import annotations

from flowiso.model import Level
from flowiso.text import Text

CODE = "FLW005"
NAME = "not-nfc"
LEVEL: Level = "error"
SUMMARY = Text(
    "Một đoạn chữ không ở dạng Unicode NFC (chữ dựng sẵn).",
    "A text is not in Unicode form NFC (precomposed letters).",
)
WHY = (
    "Hai mã hoặc hai tên trông giống nhau trên màn hình, nhưng khi so sánh hay tìm kiếm thì máy tính coi là khác nhau."
)
