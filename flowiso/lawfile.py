"""`_laws.yaml`, the agency's register of legal texts, read by a closed schema with lines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import get_args

from .laws import Law, Laws, RuleSet, Status, numbers
from .schema import Key, Reading, day, many, node, one_of, pairs, rule_set_code, text
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
_RULE_SET: Mapping[str, Key] = {
    "from": Key(day, needed=True),
    "to": Key(day),
    "laws": Key(many(text), needed=True),
    "status": Key(one_of(*get_args(Status)), needed=True),
    "source": Key(text, needed=True),
}
_LAWS: Mapping[str, Key] = {"laws": Key(node, needed=True), "rule_sets": Key(node)}


def read_laws(reading: Reading, root: Map) -> Laws:
    """The register: each text by its name, a number in it being what flows are matched by."""
    values = reading.table(root, _LAWS)
    lines: dict[str, int] = {}
    rows = pairs(reading, values.get("laws"))
    texts = tuple(_law(reading, name, row) for name, row in rows if not _twice(reading, name, lines))
    read = (_rule_set(reading, name, row) for name, row in pairs(reading, values.get("rule_sets")))
    return Laws(texts, _apart(reading, [one for one in read if one]))


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
    _check_period(reading, row, since, until)
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


def _check_period(reading: Reading, row: Node, since: date | None, until: date | None) -> None:
    if since and until and until <= since:
        reading.source.bad(
            row,
            "'to' phải sau 'from': đó là ngày đầu tiên văn bản không còn hiệu lực",
            "'to' must be after 'from': it is the first day on which the text is no longer in force",
        )


def _rule_set(reading: Reading, name: Scalar, row: Node) -> tuple[Scalar, RuleSet] | None:
    values = reading.table(row, _RULE_SET, f"rule_set.{name.text}.")
    code = rule_set_code(reading, name)
    _check_period(reading, row, values.get("from"), values.get("to"))
    if code is None or any(key.needed and name not in values for name, key in _RULE_SET.items()):
        return None
    rule_set = RuleSet(code, values["from"], values.get("to"), values["laws"], values["status"], values["source"])
    return name, rule_set


def _apart(reading: Reading, read: list[tuple[Scalar, RuleSet]]) -> tuple[RuleSet, ...]:
    """The rule sets in the order of time; two that hold on one day are reported, since a dossier keeps one (R1)."""
    ordered = sorted(read, key=lambda one: one[1].since)
    for (_, before), (name, after) in pairwise(ordered):
        if before.until is None or after.since < before.until:
            words = Text(
                f"{after.code} bắt đầu ngày {after.since} khi {before.code} chưa hết; hãy sửa 'to' của {before.code}",
                f"{after.code} begins on {after.since} while {before.code} still holds; mend the 'to' of {before.code}",
            )
            reading.source.bad(name, *words)
    return tuple(one for _, one in ordered)
