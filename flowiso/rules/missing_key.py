"""A key that every flow file needs isn't there.

Why this is bad: a procedure is complete only with name, deadline and deciding agency (R60); without them it can't be
put on the one-stop software.

Bad:

    decided_by:

Good:

    decided_by: so
"""

from __future__ import annotations

from flowiso.model import Level
from flowiso.text import Text

CODE = "FLW003"
NAME = "missing-key"
LEVEL: Level = "error"
SUMMARY = Text("Thiếu một khóa mà tệp lưu đồ nào cũng phải có.", "A key that every flow file needs isn't there.")
WHY = (
    "Thủ tục chỉ đầy đủ khi có tên, thời hạn giải quyết và cơ quan quyết định (R60); thiếu các nội dung đó thì không "
    "đưa lên phần mềm một cửa được."
)
