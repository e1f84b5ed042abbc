"""The text of a flow file, edited where it must change: comments and layout stay as somebody wrote them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from textwrap import wrap
from typing import NamedTuple

from .errors import BadValue
from .text import Text
from .yamlfile import Map, Node, Scalar, Seq, Source, parse

WIDTH = 118
_VALUE = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|\{[^}]*\}|[^>|\s"'{](?:(?!\s\#).)*?)(\s+\#.*|\s*)""")
_WORD = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s,\]}]+)(,?)(\s*)""")
_NAMES_COMMENT = re.compile(r"[^#]*\](\s+\#.*)")
_PLAIN = re.compile(r"""\w[^#:\[\]{}"'\\]*""")


class Entry(NamedTuple):
    """An entry of `facts` as written: the names it speaks of, `read` or `assumed`, and the words."""

    names: tuple[str, ...]
    status: str
    words: str

    def without(self, names: Collection[str]) -> Entry | None:
        """The entry without some names; None when none is left."""
        left = tuple(name for name in self.names if name not in names)
        return self._replace(names=left) if left else None


class FlowText:
    """A flow file's lines with the changes asked for; `text` applies them. Raises BadValue when it can't be edited so."""

    def __init__(self, data: bytes, file: str) -> None:
        text = data.decode("utf-8-sig", "replace")
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self._lines = re.split("\r\n|\r|\n", text)  # as the reader counts them, however they are mixed
        root = parse(Source(file), data)
        if root is None or len({key.line for key, _ in root.items}) < len(root.items):
            raise BadValue(
                Text(
                    f"'{file}' không viết mỗi khóa một dòng nên không tự chép hay sửa được; hãy viết lại rồi chạy lại",
                    f"'{file}' doesn't have each key on a line of its own and can't be copied or edited; rewrite it",
                )
            )
        self._root = root
        self._changes: list[tuple[int, int, list[str]]] = []
        self._words: list[tuple[Scalar, str]] = []

    @property
    def text(self) -> str:
        """The text with all changes made."""
        lines = list(self._lines)
        for node, word in sorted(self._words, reverse=True, key=lambda change: change[0][1:]):
            lines[node.line - 1] = _with_word(lines[node.line - 1], node.column - 1, word)
        for first, end, new in sorted(self._changes, reverse=True):
            lines[first:end] = new
        return self._newline.join(lines)

    def top(self, line: str) -> None:
        """Put a line before all others."""
        self._changes.append((0, 0, [line]))

    def put(self, key: str, value: str | Sequence[str], order: Sequence[str] = ()) -> str:
        """Give a key of the head another value, written as YAML, or a list of such values.

        A key that isn't there comes behind the last of those before it in `order`. A comment behind a value of one line
        stays, and is given back: it may speak of the value that was.
        """
        written = [f"{key}: {value}"] if isinstance(value, str) else [f"{key}:", *(f"  - {item}" for item in value)]
        node = self._root.get(key)
        if node is None:
            self._insert(written, order[: order.index(key)])
            return ""
        first, end = self._block(key)
        found = _VALUE.fullmatch(self._lines[first], node.column - 1) if node.line == first + 1 else None
        comment = found[2].rstrip() if found and end == first + 1 else ""
        written[0] += comment
        self._changes.append((first, end, written))
        return comment.strip()

    def put_in(self, path: Sequence[str], value: str) -> None:
        """Give a word within a block another value, such as `steps`, `thu-ly`, `within`; what is aligned behind it stays so."""
        node: Node | None = self._root
        for key in path:
            node = node.get(key) if isinstance(node, Map) else None
        if isinstance(node, Scalar):
            self._words.append((node, value))

    def _insert(self, written: list[str], before: Collection[str]) -> None:
        there = [self._block(name.text)[1] for name, _ in self._root.items if name.text in before]
        at = max(there, default=self._root.items[0][0].line - 1)
        self._changes.append((at, at, written))

    def rows(self, key: str, lines: list[str]) -> None:
        """Write other lines in place of a key of the head and what stands under it."""
        first, end = self._block(key)
        self._changes.append((first, end, lines))

    def entry(self, key: str, name: str) -> list[str]:
        """The lines of an entry under a key of the head as they are written, without what stands between it and the next."""
        table = self._root.get(key)
        starts = [(one.text, one.line - 1) for one, _ in table.items] if isinstance(table, Map) else []
        place = next((place for place, (one, _) in enumerate(starts) if one == name), None)
        first = starts[place][1] if place is not None else 0
        end = starts[place + 1][1] if place is not None and place + 1 < len(starts) else self._block(key)[1]
        if place is None or first in (self._block(key)[0], end):
            return []
        return self._lines[first : self._above_comments(end)]

    def drop(self, key: str) -> None:
        """Take a key of the head out, if it is there."""
        if self._root.get(key) is not None:
            first, end = self._block(key)
            self._changes.append((first, end, []))

    def entries(self) -> list[Entry]:
        """The entries of `facts` as they are written."""
        facts = self._root.get("facts")
        return [_entry(item) for item in facts.items if isinstance(item, Map)] if isinstance(facts, Seq) else []

    def facts(self, change: Callable[[Entry], Entry | None], more: Iterable[Entry] = ()) -> None:
        """Change the entries of `facts` (None takes one out) and add others; untouched ones stay as they are written."""
        facts = self._root.get("facts")
        items = [item for item in facts.items if isinstance(item, Map)] if isinstance(facts, Seq) else []
        first, end = self._block("facts")
        starts = [item.line - 1 for item in items]
        plain = all(_is_plain(item, self._lines) for item in items)
        if not plain:  # written in one line, or in another order: written anew
            kept = [new for item in items if (new := change(_entry(item)))]
            self._changes.append((first, end, ["facts:", *(line for new in (*kept, *more) for line in _written(new))]))
            return
        for item, start, stop in zip(items, starts, [*starts[1:], end], strict=True):
            self._change_entry(item, start, self._above_comments(stop), change)
        self._changes.append((end, end, [line for new in more for line in _written(new)]))

    def _above_comments(self, stop: int) -> int:
        while not self._lines[stop - 1].strip() or self._lines[stop - 1].lstrip().startswith("#"):
            stop -= 1
        return stop

    def _change_entry(self, item: Map, start: int, stop: int, change: Callable[[Entry], Entry | None]) -> None:
        old, source = _entry(item), item.items[1][0].line - 1
        new = change(old)
        if new is None:
            self._changes.append((start, stop, []))
        elif new != old:
            head, tail = self._lines[start:source], self._lines[source:stop]
            names, words = _written(new)[:-1], _written(new)[-1:]
            names = _with_comments(names, head)
            same_words = (new.status, new.words) == (old.status, old.words)
            same_names = new.names == old.names
            self._changes.append((start, stop, [*(head if same_names else names), *(tail if same_words else words)]))

    def _block(self, key: str) -> tuple[int, int]:
        """The lines of a key, from its own to before the next key's; comments and blank lines above that are its."""
        starts = [(name.text, name.line - 1) for name, _ in self._root.items]
        place = [name for name, _ in starts].index(key)
        first = starts[place][1]
        end = starts[place + 1][1] if place + 1 < len(starts) else len(self._lines)
        while end > first + 1 and (not self._lines[end - 1].strip() or self._lines[end - 1].startswith("#")):
            end -= 1
        return first, end


def quoted(words: str) -> str:
    """A text as a YAML scalar on one line, quoted where it must be."""
    return words if _PLAIN.fullmatch(words) and words == words.strip() else json.dumps(words, ensure_ascii=False)


def _with_word(line: str, column: int, new: str) -> str:
    """A line with the word at a column replaced; more than one blank behind it makes up for its length."""
    found = _WORD.match(line, column)
    if found is None:
        return line
    _, comma, blanks = found.groups()
    if len(blanks) > 1 and found.end() < len(line):
        blanks = " " * max(1, len(found[0]) - len(new) - len(comma))
    return line[:column] + new + comma + blanks + line[found.end() :]


def _with_comments(names: list[str], head: list[str]) -> list[str]:
    """The names of an entry written anew, with the comments that stood among them."""
    among = [line for line in head[1:] if line.lstrip().startswith("#")]
    behind = _NAMES_COMMENT.fullmatch(head[-1]) if head else None
    return [*names[:-1], names[-1] + (behind[1] if behind else ""), *among]


def _is_plain(item: Map, lines: list[str]) -> bool:
    """Whether an entry is written `- of: [...]` with its source on the lines below."""
    keys = [key for key, _ in item.items]
    if len(keys) != 2 or keys[0].text != "of" or not lines[item.line - 1].lstrip().startswith("- of:"):
        return False
    return not lines[keys[1].line - 1][: keys[1].column - 1].strip()


def _entry(item: Map) -> Entry:
    names, status, words = item.get("of"), "assumed", ""
    for key, value in item.items:
        if key.text != "of":
            status, words = key.text, _said(value)
    return Entry(tuple(map(_said, names.items)) if isinstance(names, Seq) else (), status, words)


def _said(value: Node) -> str:
    return " ".join(value.text.split()) if isinstance(value, Scalar) else ""


def _written(entry: Entry) -> list[str]:
    """An entry on lines of its own, the last of them its source."""
    names = wrap(
        f"  - of: [{', '.join(entry.names)}]",
        WIDTH,
        subsequent_indent=" " * 6,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return [*names, f"    {entry.status}: {quoted(entry.words)}"]
