"""The text of a flow file, edited where it must change: comments and layout stay as somebody wrote them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from textwrap import wrap
from typing import NamedTuple

from .errors import BadValue
from .text import Text
from .yamlfile import Map, Node, Scalar, Seq, Source, parse

WIDTH = 118
_VALUE = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|\{[^}]*\}|[^>|\s"'{](?:(?!\s\#).)*?)(\s+\#.*|\s*)""")
_PLAIN = re.compile(r"""\w[^#:\[\]{}"']*""")


class Entry(NamedTuple):
    """An entry of `facts` as written: the names it speaks of, `read` or `assumed`, and the words."""

    names: tuple[str, ...]
    status: str
    words: str


class FlowText:
    """A flow file's lines with the changes asked for; `text` applies them. Raises BadValue when it can't be edited so."""

    def __init__(self, data: bytes, file: str) -> None:
        text = data.decode("utf-8-sig", "replace")
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self._lines = text.split(self._newline)
        root = parse(Source(file), data)
        if root is None or len({key.line for key, _ in root.items}) < len(root.items):
            raise BadValue(
                Text(
                    f"'{file}' không viết mỗi khóa một dòng nên không chép được; hãy viết lại rồi chạy lại",
                    f"'{file}' doesn't have each key on a line of its own and can't be copied; rewrite it and try again",
                )
            )
        self._root = root
        self._changes: list[tuple[int, int, list[str]]] = []

    @property
    def text(self) -> str:
        """The text with all changes made."""
        lines = list(self._lines)
        for first, end, new in sorted(self._changes, reverse=True):
            lines[first:end] = new
        return self._newline.join(lines)

    def top(self, line: str) -> None:
        """Put a line before all others."""
        self._changes.append((0, 0, [line]))

    def put(self, key: str, value: str) -> None:
        """Give a key of the head another value, written as YAML; a comment behind a value of one line stays."""
        node = self._root.get(key)
        first, end = self._block(key)
        found = _VALUE.fullmatch(self._lines[first], node.column - 1) if node and node.line == first + 1 else None
        comment = found[2] if found and end == first + 1 else ""
        self._changes.append((first, end, [f"{key}: {value}{comment}".rstrip()]))

    def drop(self, key: str) -> None:
        """Take a key of the head out, if it is there."""
        if self._root.get(key) is not None:
            first, end = self._block(key)
            self._changes.append((first, end, []))

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
