"""YAML text as nodes that know their line, read under limits and by the words of YAML 1.2: every scalar stays text.

The parser's events are turned into nodes as they come, so a hostile file is refused before it can grow.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias
from unicodedata import is_normalized

import yaml
from yaml.events import AliasEvent, MappingEndEvent, ScalarEvent, SequenceEndEvent, SequenceStartEvent

from .model import Finding
from .text import Text, nfc

MAX_BYTES = 1 << 20
MAX_DEPTH = 16
MAX_NODES = 20_000
MAX_SCALAR = 4_000
MAX_FINDINGS = 100

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Scalar(NamedTuple):
    """A word or number as written, with the place where it stands (lines and columns count from 1)."""

    text: str
    line: int
    column: int


class Seq(NamedTuple):
    """A list of nodes."""

    items: list[Node]
    line: int
    column: int


class Map(NamedTuple):
    """Keys with their nodes, in the order of the file, each key once."""

    items: list[tuple[Scalar, Node]]
    line: int
    column: int

    def get(self, key: str) -> Node | None:
        """The node under `key`, or None."""
        return next((node for name, node in self.items if name.text == key), None)


Node: TypeAlias = Scalar | Seq | Map


class _Refused(Exception):  # carries a finding, never leaves this module
    def __init__(self, line: int, column: int, text: Text) -> None:
        self.place = line, column
        self.text = text


class Source:
    """A file being read, and what was found wrong in it so far: at most `MAX_FINDINGS`; mend these and read again."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.findings: list[Finding] = []

    @property
    def full(self) -> bool:
        """Whether further findings are no longer kept."""
        return len(self.findings) >= MAX_FINDINGS

    def report(self, code: str, name: str, place: Node | tuple[int, int], text: Text) -> None:
        """Add a finding at the place of a node, or at (line, column)."""
        if self.full:
            return
        line, column = (place.line, place.column) if isinstance(place, Scalar | Seq | Map) else place
        self.findings.append(Finding(code, name, "error", text, file=self.file, line=line, column=column))

    def bad(self, node: Node, vi: str, en: str) -> None:
        """Report FLW004 bad-value at a node."""
        self.report("FLW004", "bad-value", node, Text(vi, en))


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
    text = ""
    try:
        text = _decoded(data)
        root = _root(source, text)
    except _Refused as refused:
        source.report("FLW001", "unreadable", refused.place, refused.text)
        return None
    except yaml.YAMLError as error:
        _report_syntax(source, error, text)
        return None
    if root is None:
        words = Text("tệp trống; hãy viết nội dung vào", "the file is empty; write something into it")
        source.report("FLW001", "unreadable", (1, 1), words)
    return root


def _decoded(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise _Refused(1, 1, Text("tệp lớn hơn 1 MiB; hãy chia nhỏ", "the file is larger than 1 MiB; split it"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        words = Text("tệp không phải UTF-8; hãy lưu lại bằng mã UTF-8", "the file is not UTF-8; save it as UTF-8")
        raise _Refused(line, 1, words) from None


def _clean(text: str) -> bool:
    """Whether every scalar in the text is sure to be visible and NFC; said for nearly every file, at little cost."""
    return "\\" not in text and text.replace("\n", "").isprintable() and is_normalized("NFC", text)


def _check_controls(text: str) -> None:
    if found := re.search(_FORBIDDEN, text):
        before = text[: found.start()]
        mark = f"U+{ord(found.group()):04X}"
        words = Text(f"tệp có ký tự điều khiển {mark}; hãy bỏ", f"the file holds control character {mark}; remove it")
        raise _Refused(before.count("\n") + 1, found.start() - before.rfind("\n"), words)


def _root(source: Source, text: str) -> Node | None:
    clean = _clean(text)
    if not clean:
        _check_controls(text)
    builder = _Builder(source, text, clean)
    root: Node | None = None
    documents = 0
    while (event := builder.next()) is not None:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _Refused(*_place(event), Text("tệp có hơn một tài liệu YAML", "more than one YAML document"))
            root = builder.node(builder.next(), 1)
    return root


def _place(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


class _Builder:
    """Builds nodes from the parser's events and counts them against the limits."""

    def __init__(self, source: Source, text: str, clean: bool) -> None:
        self.source = source
        self.next: Callable[[], Any] = _Loader(text).get_event
        self.nodes = 0
        self.clean = clean

    def node(self, event: Any, depth: int) -> Node:
        if type(event) is ScalarEvent:
            return self._scalar(event, depth)
        line, column = self._check(event, depth)
        if type(event) is SequenceStartEvent:
            return Seq(self._items(depth + 1), line, column)
        return Map(self._pairs(depth + 1), line, column)

    def _check(self, event: Any, depth: int) -> tuple[int, int]:
        """Count a node and refuse what flow files don't use; its place."""
        line, column = _place(event)
        self.nodes += 1
        if type(event) is AliasEvent or event.anchor is not None:
            text = Text("không dùng neo và bí danh (& *) trong tệp", "anchors and aliases (& *) are not used here")
            raise _Refused(line, column, text)
        if event.tag is not None and event.tag != "!":
            tag = brief(event.tag)
            raise _Refused(line, column, Text(f"không dùng thẻ {tag} trong tệp", f"tags are not used here: {tag}"))
        if depth > MAX_DEPTH:
            raise _Refused(line, column, Text(f"lồng quá {MAX_DEPTH} mức", f"nested deeper than {MAX_DEPTH}"))
        if self.nodes > MAX_NODES:
            raise _Refused(line, column, Text(f"quá {MAX_NODES} giá trị", f"more than {MAX_NODES} values"))
        return line, column

    def _scalar(self, event: Any, depth: int) -> Scalar:
        """A word; nearly all take the short way."""
        text: str = event.value
        plain = self.clean and event.anchor is None and event.tag is None and len(text) <= MAX_SCALAR
        if plain and depth <= MAX_DEPTH and self.nodes < MAX_NODES:
            self.nodes += 1
            mark = event.start_mark
            return _new(Scalar, (text, mark.line + 1, mark.column + 1))
        place = self._check(event, depth)
        if len(text) > MAX_SCALAR:
            words = Text(f"giá trị dài quá {MAX_SCALAR} ký tự", f"a value longer than {MAX_SCALAR} characters")
            raise _Refused(*place, words)
        return Scalar(self._mended(text, place), *place)

    def _mended(self, text: str, place: tuple[int, int]) -> str:
        """The word without unseen characters and in NFC; both are told."""
        if not _UNSEEN.isdisjoint(text):
            words = Text("có ký tự điều khiển không nhìn thấy; hãy bỏ", "an unseen control character; remove it")
            self.source.report("FLW004", "bad-value", place, words)
            text = "".join(mark for mark in text if mark not in _UNSEEN)
        if nfc(text) != text:
            text = nfc(text)
            words = Text(
                f"'{brief(text)}' không ở dạng Unicode NFC; hãy lưu lại ở dạng dựng sẵn (NFC)",
                f"'{brief(text)}' is not in Unicode form NFC; save it precomposed (NFC)",
            )
            self.source.report("FLW005", "not-nfc", place, words)
        return text

    def _items(self, depth: int) -> list[Node]:
        next_event, scalar, node = self.next, self._scalar, self.node
        items: list[Node] = []
        while (kind := type(event := next_event())) is not SequenceEndEvent:
            items.append(scalar(event, depth) if kind is ScalarEvent else node(event, depth))
        return items

    def _pairs(self, depth: int) -> list[tuple[Scalar, Node]]:
        next_event, scalar, node = self.next, self._scalar, self.node
        pairs: dict[str, tuple[Scalar, Node]] = {}
        while (kind := type(event := next_event())) is not MappingEndEvent:
            key = scalar(event, depth) if kind is ScalarEvent else node(event, depth)
            kind = type(event := next_event())
            value = scalar(event, depth) if kind is ScalarEvent else node(event, depth)
            if type(key) is not Scalar:
                raise _Refused(key.line, key.column, Text("khóa phải là một từ", "a key must be a word"))
            first = pairs.setdefault(key.text, pair := (key, value))
            if first is not pair:
                self._twice(key, first[0].line)
        return list(pairs.values())

    def _twice(self, key: Scalar, line: int) -> None:
        words = Text(
            f"khóa '{brief(key.text)}' viết hai lần (lần đầu ở dòng {line}); hãy bỏ một",
            f"key '{brief(key.text)}' is written twice (first on line {line}); remove one",
        )
        self.source.report("FLW007", "duplicate-key", key, words)


_new = tuple.__new__
_FORBIDDEN = "[^\\t\\n\\r -~\\xa0-\\u2027\\u202a-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]"
_UNSEEN = frozenset(
    chr(code)
    for first, last in ((0, 9), (11, 31), (0x7F, 0x9F), (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x2069))
    for code in range(first, last + 1)
) | {"\ufeff"}


def brief(text: str) -> str:
    """A value as a message shows it: on one line, and cut when it is long."""
    line = "".join(mark if mark.isprintable() else " " for mark in text[:61])
    return line if len(text) <= 60 else line[:57] + "..."


def _report_syntax(source: Source, error: yaml.YAMLError, file_text: str) -> None:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    lines = file_text.rstrip().split("\n")
    place = (min(mark.line + 1, len(lines)), mark.column + 1) if mark else (1, 1)
    problem = str(getattr(error, "problem", None) or error)
    said = next((vi for en, vi in _PROBLEMS.items() if en in problem), _SOME_PROBLEM)
    if re.match(r" *\t", lines[place[0] - 1]):
        text = Text(
            "có dấu tab ở chỗ thụt lề; YAML chỉ nhận dấu cách, hãy thay tab bằng dấu cách",
            "a tab is used for indentation; YAML takes spaces only, replace the tab by spaces",
        )
    else:
        text = Text(f"không đọc được YAML: {said}", f"can't be read as YAML: {problem}")
    source.report("FLW001", "unreadable", place, text)


_SOME_PROBLEM = "hãy xem dấu ngoặc, dấu nháy và thụt lề ở dòng này và dòng trước"
_PROBLEMS = {
    "mapping values are not allowed": "có dấu ':' thừa, hoặc dòng thụt lề sai; giá trị chứa ': ' phải đặt trong dấu nháy",
    "block sequence entries are not allowed": "mục '- ' không được đứng ở đây; hãy xuống dòng và thụt lề",
    "mapping keys are not allowed": "khóa không được đứng ở đây; hãy xem thụt lề của dòng này",
    "cannot start any token": "giá trị không được bắt đầu bằng ký tự này; hãy đặt giá trị trong dấu nháy",
    "could not find expected ':'": "thiếu dấu ': ' sau khóa, ở dòng này hoặc dòng trước",
    "unexpected end of stream": "tệp hết mà dấu nháy chưa đóng; hãy thêm dấu nháy đóng",
    "document indicator": "có '---' hoặc '...' ở chỗ không được có; hãy bỏ, hoặc đóng dấu nháy mở trước nó",
    "unknown escape": "trong dấu nháy kép, dấu \\ phải viết thành \\\\; hoặc hãy dùng dấu nháy đơn",
    "hexdecimal": "mã ký tự sau dấu \\ không đúng; hãy viết thẳng ký tự đó",
    "character escape": "mã ký tự sau dấu \\ không đúng; hãy viết thẳng ký tự đó",
    "tab character": "có dấu tab ở chỗ thụt lề; hãy thay bằng dấu cách",
    "alphabetic or numeric": "dấu & và * ở đầu giá trị có nghĩa riêng; hãy đặt giá trị trong dấu nháy",
    "comment or line break": "sau | hoặc > phải xuống dòng; hãy đặt giá trị trong dấu nháy",
    "indentation indicator": "số thụt lề sau | hoặc > không được là 0",
    "tag": "dấu ! ở đầu giá trị có nghĩa riêng; hãy đặt giá trị trong dấu nháy",
    "expected '!'": "dấu ! ở đầu giá trị có nghĩa riêng; hãy đặt giá trị trong dấu nháy",
    "YAML": "tệp không cần dòng %YAML; hãy bỏ dòng ấy",
    "directive": "dòng bắt đầu bằng % có nghĩa riêng; hãy bỏ dòng ấy",
    "version number": "tệp không cần dòng %YAML; hãy bỏ dòng ấy",
    "<document start>": "nội dung đã hết trước chỗ này; hãy xem thụt lề và dấu ngoặc thừa",
    "node content": "thiếu giá trị ở đây, hoặc giá trị bắt đầu bằng ký tự có nghĩa riêng; hãy đặt nó trong dấu nháy",
    "'-' indicator": "danh sách bị ngắt: dòng này phải bắt đầu bằng '- ' và thụt lề như các mục khác",
    "',' or ']'": "thiếu dấu ',' hoặc ']' trước chỗ này; hãy đóng dấu [ đã mở",
    "',' or '}'": "thiếu dấu ',' hoặc '}' trước chỗ này; hãy đóng dấu { đã mở",
    "expected key": "có chữ thừa sau giá trị, hoặc dòng này thụt lề khác các khóa cùng bảng",
}
"""What libyaml says of a fault, by words of its own, as an officer would be told."""
