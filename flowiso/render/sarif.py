"""Findings as SARIF 2.1.0 (OASIS standard with errata 01), for code scanning and editors."""

from __future__ import annotations

import os.path
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .. import __version__
from ..model import Finding, Level
from ..rules import PAGES, Page
from ..text import Text
from .findings import one_line
from .rulebook import page_markdown, page_text

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_LEVELS: Mapping[Level, str] = {"error": "error", "warning": "warning", "info": "note"}
_INDEX = {page.CODE: index for index, page in enumerate(PAGES)}


def as_sarif(findings: Iterable[Finding], root: Path, lang: str = "vi") -> dict[str, Any]:
    """One run with every rule and the findings; files are named from the absolute folder `root` where they lie below it."""
    here = Text("thư mục nơi lệnh được gọi", "the folder the command was called in").to(lang)
    driver = {
        "name": "FlowISO",
        "version": __version__,
        "language": lang,
        "rules": [_rule(page, lang) for page in PAGES],
    }
    run = {
        "tool": {"driver": driver},
        "language": lang,
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True}],
        "originalUriBaseIds": {_ROOT: {"description": {"text": here}}},
        "results": _results(findings, root, lang),
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(page: Page, lang: str) -> dict[str, Any]:
    return {
        "id": page.CODE,
        "name": page.NAME,
        "shortDescription": {"text": page.SUMMARY.to(lang)},
        "help": {"text": page_text(page, lang), "markdown": page_markdown(page, lang)},
        "defaultConfiguration": {"level": _LEVELS[page.LEVEL]},
        "properties": {"summary": page.SUMMARY._asdict()},
    }


def _results(findings: Iterable[Finding], root: Path, lang: str) -> list[dict[str, Any]]:
    seen: Counter[str] = Counter()
    results = []
    for finding in findings:
        location = _artifact(finding.file or "", root)
        mark = _fingerprint(finding, location["uri"])
        seen[mark] += 1
        results.append(
            {
                "ruleId": finding.code,
                **_rule_index(finding.code),
                "level": _LEVELS[finding.level],
                "message": {"text": one_line(finding, lang)},
                "locations": [{"physicalLocation": {"artifactLocation": location, "region": _region(finding)}}],
                "partialFingerprints": {"flowisoFinding/v1": f"{mark}:{seen[mark]}"},
            }
        )
    return results


def _rule_index(code: str) -> dict[str, int]:
    """Where the rule stands; nothing for what has no page, such as a fault of a scenario."""
    return {"ruleIndex": _INDEX[code]} if code in _INDEX else {}


def _artifact(file: str, root: Path) -> dict[str, str]:
    path = Path(os.path.normpath(root / file))
    if path.is_relative_to(root):
        return {"uri": quote(os.fsencode(path.relative_to(root).as_posix())), "uriBaseId": _ROOT}
    return {"uri": path.as_uri()}


def _region(finding: Finding) -> dict[str, int]:
    region = {"startLine": finding.line or 1}
    return {**region, "startColumn": finding.column} if finding.column else region


def _fingerprint(finding: Finding, uri: str) -> str:
    """The same for one finding however its lines move, and in both languages."""
    said = re.sub(r"\bline \d+", "line", finding.message.en)
    return sha256(f"{finding.code}\n{uri}\n{said}".encode(errors="surrogatepass")).hexdigest()[:16]
