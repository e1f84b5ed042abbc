"""A value isn't of the kind its key asks for: a term without a unit, a date that doesn't exist, a word that isn't on
the list.

Why this is bad: `15` may be days, working days or hours (second-hand, R76); a guess would set a wrong appointment date
for every dossier.

Bad:

    deadline: 15

Good:

    deadline: 15wd
"""

from __future__ import annotations

from flowiso.model import Level
from flowiso.text import Text

CODE = "FLW004"
NAME = "bad-value"
LEVEL: Level = "error"
SUMMARY = Text("Một giá trị không đúng loại mà khóa này cần.", "A value isn't of the kind its key asks for.")
WHY = (
    "`15` có thể là ngày, ngày làm việc hoặc giờ (nguồn dẫn lại, R76); nếu phần mềm tự đoán và đoán sai thì hồ sơ nào "
    "cũng bị hẹn trả sai ngày."
)
