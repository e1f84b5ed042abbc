"""A YAML file as text that can be changed at a place: what isn't touched stays as it is, comments and all."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Path = tuple[str, ...]


class Doc:
    """The text of a file with its nodes. A path names mapping keys, and list items by their number: `("steps", "thu-ly")`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root = yaml.compose(text, Loader=_LOADER)

    def has(self, *path: str) -> bool:
        """Whether the file writes this."""
        return self._find(path) is not None

    def data(self, *path: str) -> Any:
        """What stands there: strings, lists and dicts of strings; None where nothing does."""
        found = self._find(path)
        return _plain(found[1]) if found else None

    def line(self, *path: str) -> int:
        """The line of the key, or of the list item, from 1."""
        return int(self._at(path)[0].start_mark.line) + 1

    def keys(self, *path: str) -> list[str]:
        """The keys of a mapping; none where there is none."""
        found = self._find(path)
        return [key.value for key, _ in found[1].value] if found and isinstance(found[1], MappingNode) else []

    def set(self, new: str, *path: str) -> Doc:
        """The file with another value, written on one line."""
        value = self._at(path)[1]
        start = value.start_mark.index
        return Doc(self.text[:start] + new + self.text[self._end(value) :])

    def rename(self, new: str, *path: str) -> Doc:
        """The file with another key."""
        key = self._at(path)[0]
        return Doc(self.text[: key.start_mark.index] + new + self.text[self._end(key) :])

    def put(self, key: str, value: str, *path: str) -> Doc:
        """The file with one more entry, at the front of a mapping."""
        mapping = self._at(path)[1]
        start = mapping.start_mark.index
        if mapping.flow_style:
            return Doc(f"{self.text[: start + 1]}{key}: {value}{', ' if mapping.value else ''}{self.text[start + 1 :]}")
        return Doc(f"{self.text[:start]}{key}: {value}\n{' ' * mapping.start_mark.column}{self.text[start:]}")

    def after(self, text: str, *path: str) -> Doc:
        """The file with lines of text right after an entry that is written on lines of its own."""
        end = self.text.index("\n", self._end(self._at(path)[1])) + 1
        return Doc(self.text[:end] + text + self.text[end:])

    def drop(self, *path: str) -> Doc:
        """The file without an entry of a mapping or list; a mapping left empty goes with it."""
        parent = self._at(path[:-1])[1] if len(path) > 1 else self.root
        if len(parent.value) == 1 and len(path) > 1:
            return self.drop(*path[:-1])
        key, value = self._at(path)
        start, end = key.start_mark.index, self._end(value)
        if parent.flow_style:
            tail = self.text[end:]
            if tail.lstrip().startswith(","):
                return Doc(self.text[:start] + tail.lstrip()[1:].lstrip())
            return Doc(self.text[:start].rstrip().removesuffix(",") + tail)
        return Doc(self.text[: self.text.rindex("\n", 0, start) + 1] + self.text[self.text.index("\n", end) + 1 :])

    def begins(self, line: int) -> int:
        """The line on which the text begins that runs over this line."""
        ahead = [self.root]
        while ahead:
            node = ahead.pop()
            if isinstance(node, ScalarNode):
                if node.start_mark.line < line <= self.text.count("\n", 0, self._end(node)) + 1:
                    return int(node.start_mark.line) + 1
            else:
                ahead += [part for entry in _entries(node) for part in entry[1:]]
        return line

    def written(self, *path: str) -> str:
        """The lines of an entry that is written on lines of its own."""
        key, value = self._at(path)
        start = self.text.rindex("\n", 0, key.start_mark.index) + 1
        return self.text[start : self.text.index("\n", self._end(value)) + 1]

    def _at(self, path: Path) -> tuple[Node, Node]:
        found = self._find(path)
        if found is None:
            raise KeyError(path)
        return found

    def _find(self, path: Path) -> tuple[Node, Node] | None:
        found: tuple[Node, Node] = (self.root, self.root)
        for name in path:
            inside = {key: pair for key, *pair in _entries(found[1])}.get(name)
            if inside is None:
                return None
            found = inside[0], inside[1]
        return found

    def _end(self, node: Node) -> int:
        """Where a node really ends; PyYAML's mark of a block, or of folded text, runs on to the next token."""
        if isinstance(node, ScalarNode) or node.flow_style or not node.value:
            return len(self.text[: node.end_mark.index].rstrip())
        last = node.value[-1]
        return self._end(last[1] if isinstance(node, MappingNode) else last)


def _entries(node: Node) -> list[tuple[str, Node, Node]]:
    if isinstance(node, MappingNode):
        return [(key.value, key, value) for key, value in node.value]
    if isinstance(node, SequenceNode):
        return [(str(number), item, item) for number, item in enumerate(node.value)]
    return []


def _plain(node: Node) -> Any:
    if isinstance(node, ScalarNode):
        return node.value
    if isinstance(node, SequenceNode):
        return [_plain(item) for item in node.value]
    return {key.value: _plain(value) for key, value in node.value}


@lru_cache(maxsize=512)
def doc(text: str) -> Doc:
    """The file read, kept for the next time."""
    return Doc(text)
