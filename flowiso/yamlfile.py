"""YAML text as nodes that know their line, read under limits and by the words of YAML 1.2: every scalar stays text.

What people write in flow files mostly needs no parser (`yamlquick`); whatever is odd or faulty goes through it.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from unicodedata import is_normalized

from .text import Text
from .yamlnodes import MAX_BYTES as MAX_BYTES
from .yamlnodes import MAX_DEPTH as MAX_DEPTH
from .yamlnodes import MAX_FINDINGS as MAX_FINDINGS
from .yamlnodes import MAX_NODES as MAX_NODES
from .yamlnodes import MAX_SCALAR as MAX_SCALAR
from .yamlnodes import Map as Map
from .yamlnodes import Node as Node
from .yamlnodes import Refused
from .yamlnodes import Scalar as Scalar
from .yamlnodes import Seq as Seq
from .yamlnodes import Source as Source
from .yamlnodes import brief as brief
from .yamlquick import quick


def parse(source: Source, data: bytes) -> Map | None:
    """The mapping a file holds; None, with a finding FLW001, when it can't be read at all."""
    root = parse_any(source, data)
    if root is None or isinstance(root, Map):
        return root
    words = Text(
        "tệp phải là một bảng khóa: giá trị; hãy bắt đầu bằng một dòng như 'code: DIEN-03'",
        "the file must be a mapping of keys to values; begin with a line such as 'code: DIEN-03'",
    )
    source.report("FLW001", "unreadable", root, words)
    return None


def parse_any(source: Source, data: bytes) -> Node | None:
    """The mapping, list or word a file holds; None, with a finding FLW001, when it can't be read or holds nothing."""
    try:
        root = _root(source, _decoded(data))
    except Refused as refused:
        source.report("FLW001", "unreadable", refused.place, refused.text)
        return None
    if root is None:
        words = Text("tệp trống; hãy viết nội dung vào", "the file is empty; write something into it")
        source.report("FLW001", "unreadable", (1, 1), words)
    return root


def _decoded(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise Refused(1, 1, Text("tệp lớn hơn 1 MiB; hãy chia nhỏ", "the file is larger than 1 MiB; split it"))
    try:
        return data.removeprefix(BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        words = Text("tệp không phải UTF-8; hãy lưu lại bằng mã UTF-8", "the file is not UTF-8; save it as UTF-8")
        raise Refused(line, 1, words) from None


def clean(text: str) -> bool:
    """Whether every word in the text is sure to be visible and in NFC: so it is with nearly every file, and cheap to see."""
    return "\\" not in text and text.replace("\n", "").isprintable() and is_normalized("NFC", text)


def _check_controls(text: str) -> None:
    if found := re.search(_FORBIDDEN, text):
        before = text[: found.start()]
        mark = f"U+{ord(found.group()):04X}"
        words = Text(f"tệp có ký tự điều khiển {mark}; hãy bỏ", f"the file holds control character {mark}; remove it")
        raise Refused(before.count("\n") + 1, found.start() - before.rfind("\n"), words)


def _root(source: Source, text: str) -> Node | None:
    sound = clean(text)
    if sound and (root := quick(text)) is not None:
        return root
    if not sound:
        _check_controls(text)
    from .yamlparser import built  # it takes the tenth part of a check to import

    return built(source, text, sound)


_FORBIDDEN = "[^\\t\\n\\r -~\\xa0-\\u2027\\u202a-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]"
