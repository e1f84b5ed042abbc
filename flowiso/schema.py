"""Closed schemas over YAML nodes: keys with their readers; what does not fit becomes a finding with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple, TypeVar

from .errors import BadValue
from .term import Term
from .text import Text
from .yamlfile import Map, Node, Scalar, Seq, Source, brief

T = TypeVar("T")
Reader = Callable[["Reading", Node], Any]

_ALIKE = 12
"""Words whose lengths differ more are not compared."""

ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


class Key(NamedTuple):
    """How the value of a key is read, and whether the key must be there."""

    read: Reader
    needed: bool = False


class Reading:
    """Reads nodes by schema, collects findings, and remembers in `unread` the paths written but not understood.

    Rules look into `unread` so that one fault is one finding, not two.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.unread: set[str] = set()

    def table(self, node: Node | None, keys: Mapping[str, Key], path: str = "") -> dict[str, Any]:
        """The values of a mapping by the schema `keys`; unknown and missing keys are reported."""
        if node is None:
            return {}
        if not isinstance(node, Map):
            self.source.bad(node, "cần một bảng khóa: giá trị", "a mapping of keys to values is needed")
            self.unread.update(path + key for key in keys)
            return {}
        values: dict[str, Any] = {}
        written = {name.text for name, _ in node.items}
        for name, value in node.items:
            key = keys.get(name.text)
            if key is None:
                self._unknown(name, [key for key in keys if key not in written] or list(keys), path)
            elif (read := key.read(self, value)) is not None:
                values[name.text] = read
            else:
                self.unread.add(path + name.text)
        for missing in (k for k, key in keys.items() if key.needed and k not in written):
            if path + missing not in self.unread:
                self._missing(node, missing)
                self.unread.add(path + missing)
        return values

    def _unknown(self, name: Scalar, keys: Iterable[str], path: str) -> None:
        if self.source.full:
            return
        guess = nearest(name.text, keys)
        if guess:
            self.unread.add(path + guess)
        text = Text(
            f"khóa '{brief(name.text)}' không có nghĩa ở đây{meant(guess).vi}",
            f"key '{brief(name.text)}' means nothing here{meant(guess).en}",
        )
        self.source.report("FLW002", "unknown-key", name, text)

    def _missing(self, node: Node, key: str) -> None:
        text = Text(f"thiếu khóa '{key}'; hãy thêm vào", f"key '{key}' is missing; add it")
        self.source.report("FLW003", "missing-key", node, text)


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The word most like `word`, if any is like it."""
    from difflib import get_close_matches

    alike = [other for other in words if abs(len(other) - len(word)) <= _ALIKE] if len(word) <= 60 else []
    found = get_close_matches(word, alike, n=1, cutoff=0.6)
    return found[0] if found else None


def meant(guess: str | None) -> Text:
    """The tail of a message: "; did you mean ...?", or nothing."""
    return Text(f"; có phải '{guess}'?", f"; did you mean '{guess}'?") if guess else Text("", "")


def text(reading: Reading, node: Node) -> str | None:
    """A scalar that isn't empty."""
    if isinstance(node, Scalar) and node.text.strip():
        return " ".join(node.text.split())
    reading.source.bad(node, "cần một giá trị bằng chữ", "a text value is needed")
    return None


def pattern(expression: str, vi: str, en: str) -> Reader:
    """A reader of words that match `expression`; `vi` and `en` say what is expected."""
    compiled = re.compile(expression, re.ASCII)

    def read(reading: Reading, node: Node) -> str | None:
        if isinstance(node, Scalar) and compiled.fullmatch(node.text):
            return node.text
        shown = _shown(node)
        reading.source.bad(node, f"{shown.vi} không hợp lệ: cần {vi}", f"{shown.en} is not valid: {en} is needed")
        return None

    return read


ident = pattern(ID.pattern, "mã chữ thường không dấu, ví dụ tham-dinh", "a lower case id such as tham-dinh")


def one_of(*words: str) -> Reader:
    """A reader that takes only these words."""

    def read(reading: Reading, node: Node) -> str | None:
        if isinstance(node, Scalar) and node.text in words:
            return node.text
        hint = meant(nearest(node.text, words) if isinstance(node, Scalar) else None)
        listed = ", ".join(words)
        shown = _shown(node)
        reading.source.bad(
            node,
            f"{shown.vi} không hợp lệ: cần một trong {listed}{hint.vi}",
            f"{shown.en} is not valid: one of {listed} is needed{hint.en}",
        )
        return None

    return read


def yes_no(reading: Reading, node: Node) -> bool | None:
    """`yes` or `no`."""
    word = one_of("yes", "no")(reading, node)
    return None if word is None else word == "yes"


def whole(low: int, high: int) -> Reader:
    """A reader of whole numbers from `low` to `high`, at most nine digits."""

    def read(reading: Reading, node: Node) -> int | None:
        if isinstance(node, Scalar) and re.fullmatch(r"[0-9]{1,9}", node.text) and low <= int(node.text) <= high:
            return int(node.text)
        shown = _shown(node)
        reading.source.bad(
            node,
            f"{shown.vi} không hợp lệ: cần số nguyên từ {low} đến {high}",
            f"{shown.en} is not valid: a whole number from {low} to {high} is needed",
        )
        return None

    return read


def term(reading: Reading, node: Node) -> Term | None:
    """A term with its unit (R76)."""
    if not isinstance(node, Scalar):
        reading.source.bad(node, "cần thời hạn như 15wd", "a term such as 15wd is needed")
        return None
    try:
        return Term.parse(brief(node.text))
    except BadValue as error:
        reading.source.bad(node, error.text.vi, error.text.en)
        return None


def day(reading: Reading, node: Node) -> date | None:
    """A date written 2021-09-13."""
    if isinstance(node, Scalar) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", node.text):
        try:
            return date.fromisoformat(node.text)
        except ValueError:
            pass
    shown = _shown(node)
    reading.source.bad(
        node,
        f"{shown.vi} không phải ngày; hãy viết như 2021-09-13",
        f"{shown.en} is no date; write it as 2021-09-13",
    )
    return None


def many(read_one: Callable[[Reading, Node], T | None]) -> Callable[[Reading, Node], tuple[T, ...] | None]:
    """A reader of lists; None, with a finding, when there is none or when an item can't be read."""

    def read(reading: Reading, node: Node) -> tuple[T, ...] | None:
        if not isinstance(node, Seq) or not node.items:
            reading.source.bad(node, "cần một danh sách có ít nhất một mục", "a list with at least one item is needed")
            return None
        values = [read_one(reading, item) for item in node.items]
        read = tuple(value for value in values if value is not None)
        return read if len(read) == len(values) else None

    return read


def node(_: Reading, value: Node) -> Node:
    """The node itself, for a reader that needs its lines."""
    return value


def pairs(reading: Reading, value: Node | None, path: str = "") -> list[tuple[Scalar, Node]]:
    """The entries of a mapping that is read entry by entry; another kind of node is reported, and `path` unread."""
    if value is None or isinstance(value, Map):
        return value.items if value else []
    if not (isinstance(value, Scalar) and not value.text):
        reading.source.bad(value, "cần một bảng khóa: giá trị", "a mapping of keys to values is needed")
        reading.unread.add(path)
    return []


def _shown(node: Node) -> Text:
    if isinstance(node, Scalar):
        shown = f"'{brief(node.text)}'"
        return Text(shown, shown) if node.text else Text("giá trị trống", "an empty value")
    return Text("bảng này", "this mapping") if isinstance(node, Map) else Text("danh sách này", "this list")
