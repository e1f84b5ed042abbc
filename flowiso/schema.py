"""Closed schemas over YAML nodes: keys with their readers; what does not fit becomes a finding with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from .errors import BadValue
from .term import Term
from .text import Text
from .yamlfile import Map, Node, Scalar, Seq, Source, brief

T = TypeVar("T")
Reader = Callable[["Reading", Node], Any]
R = TypeVar("R", bound=Reader)

LONGEST = 3_660
"""No procedure lasts longer than ten years, in days."""

_A_DAY = {"wh": 8, "h": 24}
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
        self._named = 0

    def table(self, node: Node | None, keys: Mapping[str, Key], path: str = "") -> dict[str, Any]:
        """The values of a mapping by the schema `keys`; unknown and missing keys are reported."""
        if node is None:
            return {}
        if not isinstance(node, Map):
            example = next((key for key in keys if keys[key].needed), next(iter(keys)))
            self.no_table(node, path, f"{{{example}: …}}")
            self.unread.update(path + key for key in keys)
            return {}
        values: dict[str, Any] = {}
        written: set[str] = set()
        before = len(self.source.findings)
        for name, value in node.items:
            key = keys.get(name.text)
            if key is None:
                written = written or {name.text for name, _ in node.items}
                self._unknown(name, value, [key for key in keys if key not in written] or list(keys), path)
            elif (read := key.read(self, value)) is not None:
                values[name.text] = read
            else:
                self.unread.add(path + name.text)
                self._name(before, _where(path, name.text))
        for needed in [name for name, key in keys.items() if key.needed and name not in values]:
            if path + needed not in self.unread:
                self._missing(node, needed, path)
                self.unread.add(path + needed)
        return values

    def no_table(self, node: Node, path: str, example: str) -> None:
        """Report a node in the place of the mapping at `path`, with an example of what belongs there."""
        where = _where(path)
        text = _at(
            where,
            f"cần một bảng khóa: giá trị, viết như {example}",
            f"a mapping of keys to values is needed, written {example}",
        )
        self.source.bad(node, *text)
        if where:
            self._named = len(self.source.findings)

    def _name(self, first: int, where: Text | None) -> None:
        """Say in the findings of a value, from the `first` on, where it stands; what is named already stays as it is."""
        found = self.source.findings
        for at in range(max(first, self._named), len(found)):
            if found[at].code == "FLW004":
                found[at] = found[at]._replace(message=_at(where, *found[at].message))
        self._named = len(found)

    def _unknown(self, name: Scalar, value: Node, keys: Iterable[str], path: str) -> None:
        if self.source.full:
            return
        guess = nearest(name.text, keys)
        if guess:
            self.unread.add(path + guess)
        hint = meant(guess) if guess or not _cut_by_comma(name, value) else _COMMA
        text = _at(
            _where(path),
            f"khóa '{brief(name.text)}' không có nghĩa ở đây{hint.vi}",
            f"key '{brief(name.text)}' means nothing here{hint.en}",
        )
        self.source.report("FLW002", "unknown-key", name, text)

    def _missing(self, node: Node, key: str, path: str) -> None:
        text = _at(_where(path), f"thiếu khóa '{key}'; hãy thêm vào", f"key '{key}' is missing; add it")
        self.source.report("FLW003", "missing-key", node, text)


_COMMA = Text(
    "; nếu đây là phần sau dấu phẩy của một giá trị trong {}, hãy đặt cả giá trị đó trong dấu nháy",
    "; if this follows a comma of a value inside {}, put the whole value in quotes",
)


def _cut_by_comma(name: Scalar, value: Node) -> bool:
    """Whether a key looks like the rest of a value, cut off at its comma: `{title: Ký, đóng dấu}`."""
    return not name.text.isascii() or " " in name.text or (isinstance(value, Scalar) and not value.text)


def _where(path: str, key: str = "") -> Text | None:
    """Whose a key is, in words: `path` as in `Reading.unread`, its last part being the key when none is given."""
    kind, _, row = path.rstrip(".").partition(".")
    if kind != "step":
        whose = _quoted("" if kind == "fact" else row or kind)
    else:
        step, _, rest = row.partition(".")
        key = key or rest.rpartition(".")[2]
        whose = Text(f"bước '{brief(step)}'", f"step '{brief(step)}'")
    if not key:
        return whose
    named = f"'{brief(key)}'"
    return Text(f"{named} của {whose.vi}", f"{named} of {whose.en}") if whose else Text(named, named)


def _quoted(name: str) -> Text | None:
    return Text(f"'{brief(name)}'", f"'{brief(name)}'") if name else None


def _at(where: Text | None, vi: str, en: str) -> Text:
    """A message with the place in front."""
    return Text(f"{where.vi}: {vi}", f"{where.en}: {en}") if where else Text(vi, en)


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The word most like `word`, if any is like it."""
    from difflib import get_close_matches

    alike = [other for other in words if abs(len(other) - len(word)) <= _ALIKE] if len(word) <= 60 else []
    found = get_close_matches(word, alike, n=1, cutoff=0.6)
    return found[0] if found else None


def meant(guess: str | None) -> Text:
    """The tail of a message: "; did you mean ...?", or nothing."""
    return Text(f"; có phải '{guess}'?", f"; did you mean '{guess}'?") if guess else Text("", "")


def shaped(**shape: Any) -> Callable[[R], R]:
    """Tell editors what a reader takes, as JSON Schema of the values YAML 1.2 gives; a `Text` is said in one language."""

    def with_shape(reader: R) -> R:
        vars(reader)["shape"] = shape
        return reader

    return with_shape


def shape_of(reader: Reader) -> Mapping[str, Any] | None:
    """What `shaped` told of a reader; None when its value is a structure that has to be described apart."""
    return vars(reader).get("shape")


@shaped(type=["string", "number", "boolean"], pattern=r"\S")
def text(reading: Reading, node: Node) -> str | None:
    """A scalar that isn't empty."""
    if isinstance(node, Scalar) and (words := node.text.split()):
        return " ".join(words)
    reading.source.bad(node, "cần một giá trị bằng chữ", "a text value is needed")
    return None


def pattern(expression: str, vi: str, en: str) -> Reader:
    """A reader of words that match `expression`; `vi` and `en` say what is expected."""
    fits = re.compile(expression, re.ASCII).fullmatch
    wanted = Text(f"cần {vi}", f"{en} is needed")

    @shaped(type="string", pattern=f"^(?:{expression})$", patternErrorMessage=wanted)
    def read(reading: Reading, node: Node) -> str | None:
        if isinstance(node, Scalar) and fits(node.text):
            return node.text
        shown = _shown(node)
        reading.source.bad(node, f"{shown.vi} không hợp lệ: cần {vi}", f"{shown.en} is not valid: {en} is needed")
        return None

    return read


ident = pattern(ID.pattern, "mã chữ thường không dấu, ví dụ tham-dinh", "a lower case id such as tham-dinh")

rule_set_code = pattern(r"[A-Z]{2}-[0-9]{4}", "mã như VN-2018", "a code such as VN-2018")


def one_of(*words: str) -> Reader:
    """A reader that takes only these words."""

    @shaped(enum=list(words))
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


@shaped(enum=["yes", "no"])
def yes_no(reading: Reading, node: Node) -> bool | None:
    """`yes` or `no`."""
    word = one_of("yes", "no")(reading, node)
    return None if word is None else word == "yes"


def whole(low: int, high: int) -> Reader:
    """A reader of whole numbers from `low` to `high`, at most nine digits."""

    @shaped(type="integer", minimum=low, maximum=high)
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


@shaped(
    type="string",
    pattern=r"^(?:immediate|[1-9][0-9]{0,8}d|(?!0[wh]|(?:[0-9]\.?){10})(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?(?:wd|wh|h))$",
    patternErrorMessage=Text("cần thời hạn như 15wd, 30d, 4wh, 48h", "a term such as 15wd, 30d, 4wh, 48h is needed"),
)
def term(reading: Reading, node: Node) -> Term | None:
    """A term with its unit (R76)."""
    if not isinstance(node, Scalar):
        reading.source.bad(node, "cần thời hạn như 15wd", "a term such as 15wd is needed")
        return None
    try:
        return _term(brief(node.text))
    except BadValue as error:
        reading.source.bad(node, error.text.vi, error.text.en)
        return None


@shaped(
    type="string",
    pattern=r"^(?:immediate|[1-9][0-9]{0,8}(?:wd|d)|(?!0[wh]|(?:[0-9]\.?){10})(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?(?:wh|h))$",
    patternErrorMessage=Text("cần thời hạn như 15wd, 30d, 4wh, 48h", "a term such as 15wd, 30d, 4wh, 48h is needed"),
)
def whole_term(reading: Reading, node: Node) -> Term | None:
    """A term that a due date is counted by: days come whole, since a date has no half (R70, R74)."""
    read = term(reading, node)
    if read is not None and read.unit == "wd" and read.amount % 1:
        hours = (read.amount * 8).normalize()
        reading.source.bad(
            node,
            f"thời hạn tính theo ngày phải là số ngày nguyên, không phải {read}; hãy ghi theo giờ: {hours:f}wh",
            f"a term counted by dates needs whole days, not {read}; write it in hours: {hours:f}wh",
        )
        return None
    return read


@lru_cache(1024)
def _term(text: str) -> Term:
    """A term no longer than `LONGEST` days, whatever its unit; BadValue otherwise."""
    read = Term.parse(text)
    most = LONGEST * _A_DAY.get(read.unit, 1)
    if read.amount > most:
        raise BadValue(
            Text(
                f"thời hạn {text} quá dài: nhiều nhất là {most}{read.unit}",
                f"the term {text} is too long: {most}{read.unit} at most",
            )
        )
    return read


@shaped(
    type="string",
    pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    format="date",
    patternErrorMessage=Text("cần ngày như 2021-09-13", "a date such as 2021-09-13 is needed"),
)
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

    @shaped(type="array", minItems=1, items=getattr(read_one, "shape", {}))
    def read(reading: Reading, node: Node) -> tuple[T, ...] | None:
        if not isinstance(node, Seq) or not node.items:
            hint = _as_list(node, read_one)
            reading.source.bad(
                node,
                f"cần một danh sách có ít nhất một mục{hint.vi}",
                f"a list with at least one item is needed{hint.en}",
            )
            return None
        values = [read_one(reading, item) for item in node.items]
        return None if None in values else tuple(values)  # type: ignore[arg-type]  # none of them is None

    return read


def _as_list(value: Node, read_one: Callable[..., Any]) -> Text:
    """How a list is written: a single word that stands in its place is shown as one."""
    if not hasattr(read_one, "shape"):
        return Text("; mỗi mục bắt đầu bằng dấu '- '", "; each item begins with '- '")
    if not isinstance(value, Scalar) or not value.text:
        return Text("", "")
    return Text(f", viết như [{brief(value.text)}]", f", written [{brief(value.text)}]")


def node(_: Reading, value: Node) -> Node:
    """The node itself, for a reader that needs its lines."""
    return value


def pairs(reading: Reading, value: Node | None, path: str = "") -> list[tuple[Scalar, Node]]:
    """The entries of a mapping that is read entry by entry; another kind of node is reported, and `path` unread."""
    if value is None or isinstance(value, Map):
        return value.items if value else []
    if not (isinstance(value, Scalar) and not value.text):
        reading.no_table(value, path, f"{{…: {brief(value.text) if isinstance(value, Scalar) else '…'}}}")
        reading.unread.add(path)
    return []


def _shown(node: Node) -> Text:
    if isinstance(node, Scalar):
        shown = f"'{brief(node.text)}'"
        return Text(shown, shown) if node.text else Text("giá trị trống", "an empty value")
    return Text("bảng này", "this mapping") if isinstance(node, Map) else Text("danh sách này", "this list")
