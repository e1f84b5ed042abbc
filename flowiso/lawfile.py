"""`_laws.yaml`, the agency's register of legal texts, read by a closed schema with lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from .laws import Law, Laws, Status, numbers
from .schema import Key, Reading, day, many, node, one_of, pairs, text
from .text import Text
from .yamlfile import Map, Node, Scalar

_LAW: Mapping[str, Key] = {
    "from": Key(day),
    "to": Key(day),
    "replaces": Key(many(text)),
    "amends": Key(many(text)),
    "status": Key(one_of(*get_args(Status)), needed=True),
    "to_status": Key(one_of(*get_args(Status))),
    "source": Key(text, needed=True),
}
_LAWS: Mapping[str, Key] = {"laws": Key(node, needed=True)}


def read_laws(reading: Reading, root: Map) -> Laws:
    """The register: each text by its name, a number in it being what flows are matched by."""
    rows = pairs(reading, reading.table(root, _LAWS).get("laws"))
    lines: dict[str, int] = {}
    return Laws(tuple(_law(reading, name, row) for name, row in rows if not _twice(reading, name, lines)))


def _twice(reading: Reading, name: Scalar, lines: dict[str, int]) -> bool:
    """Whether the text stands in the register already, perhaps under another name; reported."""
    first = [line for number in numbers(name.text) if (line := lines.setdefault(number, name.line)) != name.line]
    if first:
        words = Text(
            f"'{name.text}' đã có ở dòng {first[0]}; hãy gộp hai mục",
            f"'{name.text}' is in line {first[0]} already; make them one",
        )
        reading.source.report("FLW007", "duplicate-key", name, words)
    return bool(first)


def _law(reading: Reading, name: Scalar, row: Node) -> Law:
    values = reading.table(row, _LAW, f"law.{name.text}.")
    since, until = values.get("from"), values.get("to")
    if since and until and until <= since:
        reading.source.bad(
            row,
            "'to' phải sau 'from': đó là ngày đầu tiên văn bản không còn hiệu lực",
            "'to' must be after 'from': it is the first day on which the text is no longer in force",
        )
    if "to_status" in values and "to" not in values:
        reading.source.bad(row, "'to_status' nói về ngày 'to'; hãy ghi 'to'", "'to_status' speaks of 'to'; write 'to'")
    status = values.get("status", "memory")
    return Law(
        name=" ".join(name.text.split()),
        since=since,
        until=until,
        replaces=values.get("replaces", ()),
        amends=values.get("amends", ()),
        status=status,
        until_status=values.get("to_status", status),
        source=values.get("source", ""),
    )
