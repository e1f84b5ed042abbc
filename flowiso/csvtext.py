"""CSV as offices save it: UTF-8 with or without a mark, Excel's "Unicode Text" (UTF-16), a first line `sep=;`."""

from __future__ import annotations

import re
from typing import NamedTuple

from .errors import BadValue
from .text import Text, nfc

_SEP = re.compile(r'"?sep=([,;\t|])"?(?:\r\n|\r|\n|\Z)')
_WIDE = (b"\xff\xfe", b"\xfe\xff")


class CsvText(NamedTuple):
    """The text of a CSV in NFC, and the separator its first line names, "" where none does.

    That line isn't in the text: rows are counted as the spreadsheet shows them.
    """

    text: str
    separator: str = ""


def csv_text(data: bytes, file: str) -> CsvText:
    """The text in a CSV file; BadValue for what is neither UTF-8 nor UTF-16 with its mark at the beginning."""
    try:
        text = nfc(data.decode("utf-16" if data.startswith(_WIDE) else "utf-8-sig"))
    except UnicodeDecodeError as error:
        vi = "không phải UTF-8 (có thể là bảng mã cũ như TCVN3, VNI); trong Excel hãy lưu thành “CSV UTF-8”"
        en = "not UTF-8; in Excel save it as “CSV UTF-8”"
        raise BadValue(Text(f"'{file}': {vi}", f"'{file}': {en}")) from error
    found = _SEP.match(text)
    return CsvText(text[found.end() :], found[1]) if found else CsvText(text)
