"""YAML through libyaml, for whatever `yamlquick` leaves: the only module that imports yaml.

The parser's events are turned into nodes as they come, so a hostile file is refused before it can grow.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml
from yaml.events import AliasEvent, MappingEndEvent, ScalarEvent, SequenceEndEvent, SequenceStartEvent

from .text import Text, nfc
from .yamlnodes import MAX_DEPTH, MAX_NODES, MAX_SCALAR, Map, Node, Refused, Scalar, Seq, Source, brief

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_new = tuple.__new__


def built(source: Source, text: str, clean: bool) -> Node | None:
    """What a text holds; with `clean` every character in it is visible and in NFC. Raises Refused."""
    try:
        return _document(source, text, clean)
    except yaml.YAMLError as error:
        raise _syntax(error, text) from None


def _document(source: Source, text: str, clean: bool) -> Node | None:
    builder = _Builder(source, text, clean)
    root: Node | None = None
    documents = 0
    while (event := builder.next()) is not None:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise Refused(*_place(event), Text("tệp có hơn một tài liệu YAML", "more than one YAML document"))
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
        self.last = len(f"{text}.".splitlines())

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
        line = min(line, self.last)  # what is empty at the end of the text stands behind it
        self.nodes += 1
        if type(event) is AliasEvent or event.anchor is not None:
            text = Text("không dùng neo và bí danh (& *) trong tệp", "anchors and aliases (& *) are not used here")
            raise Refused(line, column, text)
        if event.tag is not None and event.tag != "!":
            tag = brief(event.tag)
            raise Refused(line, column, Text(f"không dùng thẻ {tag} trong tệp", f"tags are not used here: {tag}"))
        if depth > MAX_DEPTH:
            raise Refused(line, column, Text(f"lồng quá {MAX_DEPTH} mức", f"nested deeper than {MAX_DEPTH}"))
        if self.nodes > MAX_NODES:
            raise Refused(line, column, Text(f"quá {MAX_NODES} giá trị", f"more than {MAX_NODES} values"))
        return line, column

    def _scalar(self, event: Any, depth: int) -> Scalar:
        """A word; nearly all take the short way."""
        text: str = event.value
        plain = self.clean and event.anchor is None and event.tag is None and len(text) <= MAX_SCALAR
        if plain and depth <= MAX_DEPTH and self.nodes < MAX_NODES:
            self.nodes += 1
            mark = event.start_mark
            return _new(Scalar, (text, min(mark.line + 1, self.last), mark.column + 1))
        place = self._check(event, depth)
        if len(text) > MAX_SCALAR:
            words = Text(f"giá trị dài quá {MAX_SCALAR} ký tự", f"a value longer than {MAX_SCALAR} characters")
            raise Refused(*place, words)
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
                raise Refused(key.line, key.column, Text("khóa phải là một từ", "a key must be a word"))
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


_UNSEEN = frozenset(
    chr(code)
    for first, last in ((0, 9), (11, 31), (0x7F, 0x9F), (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x2069))
    for code in range(first, last + 1)
) | {"\ufeff"}


def _syntax(error: yaml.YAMLError, file_text: str) -> Refused:
    """A fault that the parser found, in the words of this project."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    lines = file_text.rstrip().split("\n")
    line, column = (min(mark.line + 1, len(lines)), mark.column + 1) if mark else (1, 1)
    problem = str(getattr(error, "problem", None) or error)
    said = next((vi for en, vi in _PROBLEMS.items() if en in problem), _SOME_PROBLEM)
    if re.match(r" *\t", lines[line - 1]):
        text = Text(
            "có dấu tab ở chỗ thụt lề; YAML chỉ nhận dấu cách, hãy thay tab bằng dấu cách",
            "a tab is used for indentation; YAML takes spaces only, replace the tab by spaces",
        )
    else:
        text = Text(f"không đọc được YAML: {said}", f"can't be read as YAML: {problem}")
    return Refused(line, column, text)


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
