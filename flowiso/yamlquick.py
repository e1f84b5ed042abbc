"""The YAML that people write in flow files, read at twice the speed of libyaml; anything else is left to it.

`quick` gives exactly the nodes that the parser gives, or None. It knows mappings, lists and words in lines or in
brackets, with comments, quotes without escapes and `>-`; tags, anchors, odd indentation, keys written twice and
whatever is faulty are not for it. The fuzz holds every answer against the parser's.
"""

from __future__ import annotations

import re

from .yamlnodes import MAX_DEPTH, MAX_NODES, MAX_SCALAR, Map, Node, Scalar, Seq

_KEY = r"([A-Za-z0-9_][A-Za-z0-9_.-]{0,99}):"
_TITLE = r"(\w(?:[\w /.,()-]{0,99}[\w)])?):"
"""A key in lines may be words in any language, such as the name of a law."""
_QUOTED = r"'([^'\n]*)'|\"([^\"\n]*)\""
_WORDS = r"[\w(](?:[^,\[\]{}:#\n]++|:(?=[^\s,?\[\]{}])|(?<=\S)#)*+"

_ENTRY = re.compile(rf"{_TITLE}(?: +|(?=\n))")
_QUOTE = re.compile(_QUOTED)
_GAP = re.compile(r"(?: *(?:#[^\n]*)?\n)*( *)")
_REST = re.compile(r" *(?: #[^\n]*)?\n")
_TURN = re.compile(r"\n( *)(?=[^ #\n])")
"""The end of a line, when the next one says something: so it is nearly always."""
_PLAIN = re.compile(r"[\w(](?:[^:#\n]++|:(?=\S)|(?<=\S)#)*+(?<! )(?=\n)")
_INDENT = re.compile(r" *")
_AFTER = re.compile(r"\n*+( *+)(?!\n)")
_PAIR = re.compile(rf"\s*{_KEY} +(?:({_WORDS})|{_QUOTED}|(?=[\[{{]))\s*([,}}]?)")
_ITEM = re.compile(rf"\s*(?:({_WORDS})|{_QUOTED}|(?=[\[{{]))\s*([,\]]?)")
_NEXT = re.compile(r"\s*([,\]}])")

_new = tuple.__new__


def quick(text: str) -> Map | Seq | None:
    """The mapping or list that a text holds, in NFC, all printable and without backslashes; None when it is in any way odd."""
    if len(text) > MAX_NODES or not text.endswith("\n"):
        return None
    try:
        return _Quick(text).root()
    except (_Odd, IndexError):
        return None


class _Odd(Exception):
    pass


class _Quick:
    """Stands on a line that says something: its number, where it starts, its `indent`, and `at`, where it speaks.

    `gap` tells that lines without a word came before it. At the end of the text the indent is -1.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.size = len(text)
        self.line = 1
        self._open(0)

    def _open(self, start: int) -> None:
        """Go on to the first line from `start` that says something."""
        found = _GAP.match(self.text, start)
        assert found is not None  # it matches everywhere
        self.start, self.at = found.span(1)
        self.gap = self.start > start
        if self.gap:
            self.line += self.text.count("\n", start, self.start)
        self.indent = self.at - self.start if self.at < self.size else -1

    def _close(self, at: int) -> None:
        """Go on from behind a value; only a comment may follow it on its line."""
        self.line += 1
        if turn := _TURN.match(self.text, at):
            self.start, self.at = turn.span(1)
            self.gap, self.indent = False, self.at - self.start
            return
        rest = _REST.match(self.text, at)
        if rest is None:
            raise _Odd
        self._open(rest.end())

    def root(self) -> Map | Seq:
        if self.indent != 0:
            raise _Odd
        found = self._seq(1) if self.text.startswith("- ", self.at) else self._map(1)
        if self.indent != -1:
            raise _Odd
        return found

    def _map(self, depth: int) -> Map:
        indent, line = self.indent, self.line
        if depth >= MAX_DEPTH:
            raise _Odd
        pairs: dict[str, tuple[Scalar, Node]] = {}
        while self.indent == indent and (entry := _ENTRY.match(self.text, self.at)):
            word, at = entry[1], entry.end()
            if word in pairs:
                raise _Odd
            key = _new(Scalar, (word, self.line, indent + 1))
            pairs[word] = key, self._below(key, at, depth) if self.text[at] in "\n#" else self._value(at, indent, depth)
        if self.indent > indent or not pairs:
            raise _Odd
        return _new(Map, (list(pairs.values()), line, indent + 1))

    def _below(self, key: Scalar, at: int, depth: int) -> Node:
        """What stands in the lines below a key; nothing is an empty word."""
        self._close(at - (self.text[at] == "#"))
        listed = self.text.startswith("- ", self.at)
        if self.indent >= key.column - listed:
            return self._seq(depth + 1) if listed else self._map(depth + 1)
        return _new(Scalar, ("", key.line, key.column + len(key.text) + 1))

    def _seq(self, depth: int) -> Seq:
        indent, line = self.indent, self.line
        if depth >= MAX_DEPTH:
            raise _Odd
        items: list[Node] = []
        while self.indent == indent and self.text.startswith("- ", self.at):
            self.at += 2
            self.indent += 2
            one = self._map(depth + 1) if _ENTRY.match(self.text, self.at) else self._value(self.at, indent, depth)
            items.append(one)
        if self.indent > indent:
            raise _Odd
        return _new(Seq, (items, line, indent + 1))

    def _value(self, at: int, indent: int, depth: int) -> Node:
        """A value on the line of its key or dash, which stands at `indent`."""
        first, line, column = self.text[at], self.line, at - self.start + 1
        if first in "{[":
            return self._collection(at, depth + 1)
        if first.isalnum() or first == "(":
            word = self._words(at, indent)
        elif first == ">":
            word = self._folded(at, indent)
        elif quote := _QUOTE.match(self.text, at):
            word = quote[quote.lastindex or 0]
            self._close(quote.end())
        else:
            raise _Odd
        if len(word) > MAX_SCALAR:
            raise _Odd
        return _new(Scalar, (word, line, column))

    def _words(self, at: int, indent: int) -> str:
        """Words without quotes; they go on in the lines that stand deeper."""
        commented = False
        if plain := _PLAIN.match(self.text, at):
            words = plain[0]
            self._close(plain.end())
        else:
            words, commented = self._part(at)
        while self.indent > indent:
            if commented or self.gap or not (self.text[self.at].isalnum() or self.text[self.at] == "("):
                raise _Odd
            more, commented = self._part(self.at)
            words = f"{words} {more}"
        return words

    def _part(self, at: int) -> tuple[str, bool]:
        """The words up to the end of the line, and whether a comment follows them."""
        end = self.text.index("\n", at)
        words, commented = self.text[at:end], False
        if "#" in words:
            words, mark, _ = words.partition(" #")
            commented = bool(mark)
        words = words.rstrip()
        if ": " in words or words[-1] == ":":
            raise _Odd
        self.line += 1
        self._open(end + 1)
        return words, commented

    def _folded(self, at: int, indent: int) -> str:
        """The lines below `>-`, which all stand equally deep."""
        text, start = self.text, at + 3
        deep = _INDENT.match(text, start).end() - start  # type: ignore[union-attr]  # it matches everywhere
        if not text.startswith(">-\n", at) or deep <= indent:
            raise _Odd
        rows = []
        while _INDENT.match(text, start).end() == start + deep:  # type: ignore[union-attr]
            end = text.index("\n", start)
            if text[end - 1] == " ":
                raise _Odd
            rows.append(text[start + deep : end])
            start = end + 1
        after = _AFTER.match(text, start)
        if after is None or len(after[1]) >= deep:
            raise _Odd
        self.line += 1 + len(rows)
        self._open(start)
        return " ".join(rows)

    def _collection(self, at: int, depth: int) -> Node:
        """The collection in brackets that is the value of its line."""
        self.end = self.text.index("\n", at)
        if self.end - at > MAX_SCALAR:
            raise _Odd
        node, end = self._brackets(at, depth)
        if end > self.end:
            self._turn(end - 1)
        self._close(end)
        return node

    def _turn(self, at: int) -> None:
        """Go on to the line of a place in brackets, where it isn't the first word; `end` is where that line ends."""
        self.line += self.text.count("\n", self.end, at)
        self.start = self.text.rfind("\n", self.end, at) + 1
        self.end = self.text.index("\n", at)
        if self.start == at or self.end - self.start > MAX_SCALAR:
            raise _Odd

    def _brackets(self, at: int, depth: int) -> tuple[Node, int]:
        """The collection at a place, over as many lines as it has, and where it ends."""
        if depth >= MAX_DEPTH:
            raise _Odd
        if at > self.end:
            self._turn(at)
        line, column = self.line, at - self.start + 1
        if self.text[at] == "{":
            pairs, end = ([], at + 2) if self.text[at + 1] == "}" else self._pairs(at + 1, depth)
            return _new(Map, (pairs, line, column)), end
        items, end = ([], at + 2) if self.text[at + 1] == "]" else self._items(at + 1, depth)
        return _new(Seq, (items, line, column)), end

    def _pairs(self, at: int, depth: int) -> tuple[list[tuple[Scalar, Node]], int]:
        pairs: dict[str, tuple[Scalar, Node]] = {}
        text, match, then = self.text, _PAIR.match, ","
        while then == ",":
            found = match(text, at)
            if found is None:
                raise _Odd
            name, word, then = found.group(1, 2, 5)
            start = found.start(1)
            if start > self.end:
                self._turn(start)
            if name in pairs:
                raise _Odd
            line, before = self.line, self.start - 1
            key = _new(Scalar, (name, line, start - before))
            if word is None:
                value, then, at = self._inner(found, 3, depth)
                pairs[name] = key, value
            else:
                at = found.end()
                pairs[name] = key, _new(Scalar, (word.rstrip(), line, found.start(2) - before))
        if then != "}":
            raise _Odd
        return list(pairs.values()), at

    def _items(self, at: int, depth: int) -> tuple[list[Node], int]:
        items: list[Node] = []
        then = ","
        while then == ",":
            found = _ITEM.match(self.text, at)
            if found is None:
                raise _Odd
            word, then = found.group(1, 4)
            if word is None:
                value, then, at = self._inner(found, 2, depth)
                items.append(value)
            else:
                at, start = found.end(), found.start(1)
                if start > self.end:
                    self._turn(start)
                items.append(_new(Scalar, (word.rstrip(), self.line, start - self.start + 1)))
        if then != "]":
            raise _Odd
        return items, at

    def _inner(self, found: re.Match[str], group: int, depth: int) -> tuple[Node, str, int]:
        """The quoted words that one of two groups has found, or else a collection; the mark that follows, and its end."""
        for quoted in (group, group + 1):
            if (word := found[quoted]) is not None:
                start = found.start(quoted) - 1
                if start > self.end:
                    self._turn(start)
                return _new(Scalar, (word, self.line, start - self.start + 1)), found[group + 2], found.end()
        node, at = self._brackets(found.end(), depth + 1)
        after = _NEXT.match(self.text, at)
        if after is None:
            raise _Odd
        return node, after[1], after.end()
