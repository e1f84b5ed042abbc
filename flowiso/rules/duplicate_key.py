"""A key is written twice in one mapping, or one id names two rows.

Why this is bad: YAML readers silently keep one of the two, mostly the last; the flowchart that runs is not the one
people read.

Bad:

    deadline: 15wd
    deadline: 20wd

Good:

    deadline: 15wd
"""

from __future__ import annotations

from flowiso.model import Level
from flowiso.text import Text

CODE = "FLW007"
NAME = "duplicate-key"
LEVEL: Level = "error"
SUMMARY = Text(
    "Một khóa viết hai lần trong cùng một bảng, hoặc một mã đặt cho hai dòng.",
    "A key is written twice in one mapping, or one id names two rows.",
)
WHY = (
    "Các trình đọc YAML thường lẳng lặng giữ một trong hai, phần nhiều là dòng sau; lưu đồ được chạy vì thế không "
    "phải lưu đồ mọi người đọc."
)
