"""The file can't be read at all: not YAML, not UTF-8, too large, or written with anchors, aliases or tags.

Why this is bad: nothing of the file can be checked or run. Anchors, aliases and tags are refused because whoever reads
the file must see the flowchart as it stands (our design, after R67), and because they are how a small file grows into
gigabytes.

Bad:

    title: "Cấp giấy phép hoạt động phát điện

Good:

    title: "Cấp giấy phép hoạt động phát điện"
"""

from __future__ import annotations

from flowiso.model import Level
from flowiso.text import Text

CODE = "FLW001"
NAME = "unreadable"
LEVEL: Level = "error"
SUMMARY = Text(
    "Không đọc được tệp: không phải YAML, không phải UTF-8, quá lớn, hoặc dùng neo, bí danh, thẻ.",
    "The file can't be read at all: not YAML, not UTF-8, too large, or written with anchors, aliases or tags.",
)
WHY = (
    "Không kiểm tra được, cũng không chạy được gì trong tệp. Neo, bí danh và thẻ của YAML không được dùng, vì người "
    "đọc tệp phải thấy lưu đồ đúng như đã viết (quy ước của FlowISO, theo R67), và vì chúng có thể làm một tệp nhỏ "
    "phình ra hàng gigabyte."
)
