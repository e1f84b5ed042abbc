"""YAML text as nodes that know their line, read under limits and by the words of YAML 1.2: every scalar stays text.

The parser's events are turned into nodes as they come, so a hostile file is refused before it can grow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

import yaml

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
    if not isinstance(root, Map):
        place = (1, 1) if root is None else (root.line, root.column)
        words = Text(
            "tệp phải là một bảng khóa: giá trị; hãy bắt đầu bằng một dòng như 'code: DIEN-03'",
            "the file must be a mapping of keys to values; begin with a line such as 'code: DIEN-03'",
        )
        source.report("FLW001", "unreadable", place, words)
        return None
    return root


def _decoded(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise _Refused(1, 1, Text("tệp lớn hơn 1 MiB; hãy chia nhỏ", "the file is larger than 1 MiB; split it"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        words = Text("tệp không phải UTF-8; hãy lưu lại bằng mã UTF-8", "the file is not UTF-8; save it as UTF-8")
        raise _Refused(line, 1, words) from None
    if found := _FORBIDDEN.search(text):
        before = text[: found.start()]
        mark = f"U+{ord(found.group()):04X}"
        words = Text(f"tệp có ký tự điều khiển {mark}; hãy bỏ", f"the file holds control character {mark}; remove it")
        raise _Refused(before.count("\n") + 1, found.start() - before.rfind("\n"), words)
    return text


def _root(source: Source, text: str) -> Node | None:
    events = yaml.parse(text, Loader=_Loader)
    root: Node | None = None
    documents = 0
    builder = _Builder(source, events)
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _Refused(*_place(event), Text("tệp có hơn một tài liệu YAML", "more than one YAML document"))
            root = builder.node(next(events), 1)
    return root


def _place(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


class _Builder:
    """Builds nodes from events and counts them against the limits."""

    def __init__(self, source: Source, events: Iterator[Any]) -> None:
        self.source = source
        self.events = events
        self.nodes = 0

    def node(self, event: Any, depth: int) -> Node:
        line, column = _place(event)
        self._check(event, depth, line, column)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, line, column)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Node] = []
            while not isinstance(inner := next(self.events), yaml.SequenceEndEvent):
                items.append(self.node(inner, depth + 1))
            return Seq(items, line, column)
        return self._map(depth, line, column)

    def _check(self, event: Any, depth: int, line: int, column: int) -> None:
        self.nodes += 1
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            text = Text("không dùng neo và bí danh (& *) trong tệp", "anchors and aliases (& *) are not used here")
            raise _Refused(line, column, text)
        if event.tag is not None and event.tag != "!":
            tag = brief(event.tag)
            raise _Refused(line, column, Text(f"không dùng thẻ {tag} trong tệp", f"tags are not used here: {tag}"))
        if depth > MAX_DEPTH:
            raise _Refused(line, column, Text(f"lồng quá {MAX_DEPTH} mức", f"nested deeper than {MAX_DEPTH}"))
        if self.nodes > MAX_NODES:
            raise _Refused(line, column, Text(f"quá {MAX_NODES} giá trị", f"more than {MAX_NODES} values"))

    def _scalar(self, event: Any, line: int, column: int) -> Scalar:
        text: str = event.value
        if len(text) > MAX_SCALAR:
            words = Text(f"giá trị dài quá {MAX_SCALAR} ký tự", f"a value longer than {MAX_SCALAR} characters")
            raise _Refused(line, column, words)
        if not _UNSEEN.isdisjoint(text):
            words = Text("có ký tự điều khiển không nhìn thấy; hãy bỏ", "an unseen control character; remove it")
            self.source.report("FLW004", "bad-value", (line, column), words)
            text = "".join(mark for mark in text if mark not in _UNSEEN)
        if nfc(text) != text:
            text = nfc(text)
            words = Text(
                f"'{brief(text)}' không ở dạng Unicode NFC; hãy lưu lại ở dạng dựng sẵn (NFC)",
                f"'{brief(text)}' is not in Unicode form NFC; save it precomposed (NFC)",
            )
            self.source.report("FLW005", "not-nfc", (line, column), words)
        return Scalar(text, line, column)

    def _map(self, depth: int, line: int, column: int) -> Map:
        items: list[tuple[Scalar, Node]] = []
        first: dict[str, int] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.node(event, depth + 1)
            value = self.node(next(self.events), depth + 1)
            if not isinstance(key, Scalar):
                raise _Refused(key.line, key.column, Text("khóa phải là một từ", "a key must be a word"))
            if key.text in first:
                words = Text(
                    f"khóa '{brief(key.text)}' viết hai lần (lần đầu ở dòng {first[key.text]}); hãy bỏ một",
                    f"key '{brief(key.text)}' is written twice (first on line {first[key.text]}); remove one",
                )
                self.source.report("FLW007", "duplicate-key", key, words)
                continue
            first[key.text] = key.line
            items.append((key, value))
        return Map(items, line, column)


_FORBIDDEN = re.compile("[^\\t\\n\\r -~\\x85\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
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
    if re.match(r" *\t", lines[place[0] - 1]):
        text = Text(
            "có dấu tab ở chỗ thụt lề; YAML chỉ nhận dấu cách, hãy thay tab bằng dấu cách",
            "a tab is used for indentation; YAML takes spaces only, replace the tab by spaces",
        )
    else:
        text = Text(f"không đọc được YAML: {problem}", f"can't be read as YAML: {problem}")
    source.report("FLW001", "unreadable", place, text)
