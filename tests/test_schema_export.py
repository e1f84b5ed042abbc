"""The JSON Schema of the flow file: it takes what the reader takes, refuses what it refuses, and explains every key."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import editor
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pictures import absent, program
from test_rules import SOUND

from flowiso.cli import group
from flowiso.errors import BadValue
from flowiso.flowfile import ARROW, END, FACT, HEAD, PERIOD, ROW
from flowiso.library import bundled, flow_files
from flowiso.render.flowschema import ABOUT, flow_schema
from flowiso.schema import Key, Reading, shape_of
from flowiso.term import Term
from flowiso.text import nfc
from flowiso.yamlfile import Scalar, Seq, Source

SCHEMA = flow_schema()
TABLES: Mapping[str, Mapping[str, Key]] = {
    "head": HEAD, "effective": PERIOD, "row": ROW, "arrow": ARROW, "end": END, "fact": FACT,
}  # fmt: skip


class Core(yaml.SafeLoader):
    """YAML 1.2's core schema, as editors read it: `yes` and dates are text, `true` and `12` are not."""


Core.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("null", r"~|null|Null|NULL|", "~nN"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
):
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), [*first, ""])


def validator(schema: Any) -> Draft202012Validator:
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def faults(text: str) -> list[str]:
    """Where an editor would mark a flow file."""
    return [error.json_path for error in validator(SCHEMA).iter_errors(yaml.load(text, Core))]


def test_schema_is_one() -> None:
    """It is JSON Schema 2020-12 itself, in both languages, and the command prints it."""
    for lang in ("vi", "en"):
        Draft202012Validator.check_schema(flow_schema(lang))
        shown = CliRunner().invoke(group, ["--lang", lang, "schema"], catch_exceptions=False).output
        assert json.loads(shown) == flow_schema(lang)


@pytest.mark.parametrize("file", flow_files([bundled()]), ids=lambda file: file.stem)
def test_shipped_flows_fit(file: Path) -> None:
    """What `flowiso check` finds clean, no editor marks."""
    assert not faults(file.read_text(encoding="utf-8"))


FAULTS = [
    ("deadline: 15wd", "deadline: 15", "$.deadline"),
    ("deadline: 15wd", "deadline: 15 wd", "$.deadline"),
    ("deadline: 15wd", "deadline: 0wd", "$.deadline"),
    ("deadline: 15wd", "deadlin: 15wd", "$"),
    ("deadline: 15wd", "", "$"),
    ("code: DIEN-01", "code: dien-01", "$.code"),
    ("version: 1", "version: 0", "$.version"),
    ("version: 1", "version: one", "$.version"),
    ("status: draft", "status: drafted", "$.status"),
    ("online_level: 4", "online_level: 5", "$.online_level"),
    ("interconnected: no", "interconnected: false", "$.interconnected"),
    ("clock_policy: restart", "clock_policy: stop", "$.clock_policy"),
    ("effective: {from: 2021-09-13}", "effective: {from: 21/10/2020}", "$.effective.from"),
    ("effective: {from: 2021-09-13}", "effective: {from: 2020-02-30}", "$.effective.from"),
    ("effective: {from: 2021-09-13}", "effective: {to: 2020-10-21}", "$.effective"),
    ("effective: {from: 2021-09-13}", "effective: 2020-10-21", "$.effective"),
    ("decided_by: so", "decided_by: Sở", "$.decided_by"),
    ("\ntitle: ", "\ntitle:\nresult: ", "$.title"),
    ("\nsteps:\n", "\nsteps:\n  Mot: {by: mot-cua}\n", "$.steps"),
    ("\nsteps:\n", "\nsteps:\n  mot: {by: mot-cua, witin: 4wh}\n", "$.steps.mot"),
    ("\nsteps:\n", "\nsteps:\n  mot: {by: mot-cua, clock: off}\n", "$.steps.mot.clock"),
    ("\nsteps:\n", "\nsteps:\n  mot: {by: mot-cua, forms: mau-01}\n", "$.steps.mot.forms"),
    ("\nsteps:\n", "\nsteps:\n  mot: {by: mot-cua, then: {di: {too: hai}}}\n", "$.steps.mot.then.di"),
    ("\nsteps:\n", "\nsteps:\n  mot: {by: mot-cua, at-limit: {}}\n", "$.steps.mot['at-limit']"),
    ("\nsteps:\n", "\nsteps:\n  mot:\n", "$.steps.mot"),
    ("\nends:", "\nignore: {FLW201: vì sao}\nends:", "$.ignore"),
    ("\nends:", "\nignore: {FLW402: }\nends:", "$.ignore.FLW402"),
    ("\nfacts:\n", "\nfacts:\n  - {of: [title]}\n", "$.facts[0]"),
    ("\nfacts:\n", "\nfacts:\n  - {of: [title], read: a, assumed: b}\n", "$.facts[0]"),
    ("\nfacts:\n", "\nfacts:\n  - {of: [titel], read: a}\n", "$.facts[0].of[0]"),
    ("\nfacts:\n", "\nfacts:\n  - {of: [], read: a}\n", "$.facts[0].of"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "path"), FAULTS, ids=lambda part: " ".join(part.split()))
def test_fault_is_marked(old: str, new: str, path: str) -> None:
    """A slip is marked where it is, and nothing else is."""
    assert SOUND.count(old) == 1, old
    assert not faults(SOUND)
    assert set(faults(SOUND.replace(old, new))) == {path}


def keys() -> Iterator[Any]:
    for table, rules in TABLES.items():
        for name, key in rules.items():
            yield pytest.param(table, name, key, id=f"{table}.{name}")


VALUES = """
15wd 0wd 0.5wd 0.50wd 0.5d 30d 0d 4wh 48h 0h immediate 3660wd 1.5 1,5wd -1 0 1 2 4 5 99 100 999
1000  1000000000 yes no draft published high none restart pause forward timer run stopped granted refused-intake
partner  2021-09-13 2021-02-30 21/09/2021 DIEN-03 dien-03 Dien 2.001624 12.001624 2.0016 tham-dinh tham--dinh -a a-
a1 Sở
"""
"""Words as people write them, right and wrong; that a term is too long (10 years) a pattern can't say."""

CAN_DIFFER = {("head", "national_code"), ("fact", "of")}
"""To an editor 2.001624 is a number; how many digits were written it can't see. The reader leaves fact names to FLW107."""


@pytest.mark.parametrize(("table", "name", "key"), [one for one in keys() if shape_of(one.values[2].read)])
def test_schema_agrees_with_the_reader(table: str, name: str, key: Key) -> None:
    """Both are one grammar: a value that one refuses, the other refuses."""
    part = validator({**_properties(table)[name], "$defs": SCHEMA["$defs"]})
    listed = part.schema.get("type") == "array"
    for word in VALUES.split():
        source = Source("x.yaml")
        node: Any = Scalar(word, 1, 1)
        taken = key.read(Reading(source), Seq([node], 1, 1) if listed else node) is not None
        seen = yaml.load(word, Core)
        fits = part.is_valid([seen] if listed else seen)
        assert fits == taken or (table, name) in CAN_DIFFER, word


@given(st.from_regex(r"[0-9.,]{0,12}(wd|wh|d|h|immediate|w)?", fullmatch=True))
def test_terms(word: str) -> None:
    """R70, R76: the pattern of terms is `Term.parse`, no more and no less; a due date is counted in whole days."""
    try:
        read: Term | None = Term.parse(word)
    except BadValue:
        read = None
    whole = read is not None and not (read.unit == "wd" and read.amount % 1)
    assert validator(SCHEMA["$defs"]["row"]["properties"]["within"]).is_valid(word) == (read is not None)
    assert validator(SCHEMA["properties"]["supplement_window"]).is_valid(word) == whole
    assert validator(SCHEMA["properties"]["deadline"]).is_valid(word) == whole


def test_no_deadline() -> None:
    """R61: `none` is a deadline, but no other term."""
    assert validator(SCHEMA["properties"]["deadline"]).is_valid("none")
    assert not validator(SCHEMA["properties"]["supplement_window"]).is_valid("none")


def _properties(table: str) -> Any:
    parts = SCHEMA["$defs"]
    return {
        "head": SCHEMA["properties"],
        "effective": SCHEMA["properties"]["effective"]["properties"],
        "row": parts["row"]["properties"],
        "arrow": parts["arrow"]["anyOf"][1]["properties"],
        "end": parts["end"]["anyOf"][1]["properties"],
        "fact": SCHEMA["properties"]["facts"]["items"]["properties"],
    }[table]


@pytest.mark.parametrize(("table", "name", "key"), list(keys()))
def test_every_key_is_explained(table: str, name: str, key: Key) -> None:
    """Title and description of every key in Vietnamese, NFC, and in English; needed keys are needed."""
    part = _properties(table)[name]
    assert not part["description"].isascii(), part
    assert not part["title"].isascii(), part
    assert part["title"] + part["description"] == nfc(part["title"] + part["description"])
    assert ABOUT[table][name].en.isascii() or "đồng" in ABOUT[table][name].en
    holder = next(found for found in _objects(SCHEMA) if found["properties"] is _properties(table))
    needed = [*holder["required"], *holder.get("else", {}).get("required", ())]  # else: of a procedure
    assert (name in needed) == key.needed
    assert holder["additionalProperties"] is False
    assert set(holder["properties"]) == set(TABLES[table]) == set(ABOUT[table])


def _objects(part: Any) -> Iterator[Any]:
    if isinstance(part, dict):
        if isinstance(part.get("properties"), dict):
            yield part
        for inner in part.values():
            yield from _objects(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _objects(inner)


def test_in_an_editor(tmp_path: Path) -> None:
    """yaml-language-server marks nothing in a sound file, marks slips on their lines, and explains keys in Vietnamese."""
    program("npm")
    program("node")
    if not editor.install():
        absent(f"npm could not fetch yaml-language-server {editor.VERSION}")
    (tmp_path / "flow.schema.json").write_text(json.dumps(SCHEMA), encoding="utf-8")
    head = "# yaml-language-server: $schema=flow.schema.json\n"
    sound, wrong = tmp_path / "sound.yaml", tmp_path / "wrong.yaml"
    sound.write_text(head + SOUND, encoding="utf-8")
    text = head + SOUND.replace("deadline: 15wd", "deadline: 15 ngày").replace("within: ", "witin: ", 1)
    wrong.write_text(text.replace("status: draft", "status: drafted"), encoding="utf-8")
    lines = {name: next(n for n, line in enumerate(text.split("\n")) if name in line) for name in
             ("status: ", "deadline: ", "witin: ")}  # fmt: skip
    with editor.Editor() as session:
        assert session.open(sound) == []
        marked = {mark["range"]["start"]["line"]: mark["message"] for mark in session.open(wrong)}
        assert set(marked) == set(lines.values())
        assert marked[lines["deadline: "]] == "cần thời hạn như 15wd, 30d, 4wh, 48h"
        assert "witin" in marked[lines["witin: "]]
        where = {"textDocument": {"uri": sound.as_uri()}, "position": {"line": lines["deadline: "], "character": 3}}
        shown = session.ask("textDocument/hover", **where)["contents"]["value"]
        assert shown.startswith("#### Thời hạn giải quyết\n\n15wd ngày làm việc")
