"""A key means nothing at this place.

Why this is bad: a mistyped `witin` would be a step without a time, and nobody would notice before the first dossier
is late. Text with a comma inside `{}` must be quoted, else its second half becomes such a key.

Bad:

    steps: {tham-dinh: {witin: 80wh, within: }}

Good:

    steps: {tham-dinh: {within: 80wh}}
"""

from __future__ import annotations

from flowiso.model import Level
from flowiso.text import Text

CODE = "FLW002"
NAME = "unknown-key"
LEVEL: Level = "error"
SUMMARY = Text("Một khóa không có nghĩa ở chỗ này.", "A key means nothing at this place.")
WHY = (
    "Gõ nhầm `witin` thì bước không có thời gian, và đến khi hồ sơ đầu tiên bị trễ mới có người biết. Trong `{}`, "
    "đoạn chữ có dấu phẩy phải đặt trong dấu ngoặc kép, nếu không phần sau dấu phẩy sẽ thành một khóa như vậy."
)
