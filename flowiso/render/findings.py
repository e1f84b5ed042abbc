"""Findings as people, scripts and GitHub read them: plain lines, JSON values, annotations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..model import Finding, Level
from ..text import Text

LEVELS: Mapping[Level, Text] = {
    "error": Text("lỗi", "error"),
    "warning": Text("cảnh báo", "warning"),
    "info": Text("lưu ý", "note"),
}
"""The levels from the worst on, as people call them."""

_COMMANDS: Mapping[Level, str] = {"error": "error", "warning": "warning", "info": "notice"}


def as_text(
    count: int,
    findings: Sequence[Finding],
    lang: str = "vi",
    hidden: int = 0,
    paint: Callable[[Level, str], str] = lambda level, code: code,
) -> str:
    """One line for each finding, then the `summary`; `paint` may colour the code by its level."""
    return "\n".join([*lines(findings, lang, paint), summary(count, findings, hidden).to(lang)])


def lines(
    findings: Iterable[Finding], lang: str = "vi", paint: Callable[[Level, str], str] = lambda level, code: code
) -> list[str]:
    """One line for each finding: file, line, code, name and what is wrong."""
    return [_line(finding, lang, paint) for finding in findings]


def _line(finding: Finding, lang: str, paint: Callable[[Level, str], str]) -> str:
    level = "" if finding.level == "error" else f"{LEVELS[finding.level].to(lang)}: "
    code = paint(finding.level, finding.code)
    place = f"{finding.file}:{finding.line}" if finding.line else finding.file  # a cell of a table has no line
    return f"{place}: {code} {finding.name}: {level}{one_line(finding, lang)}"


def one_line(finding: Finding, lang: str) -> str:
    """The message on one line."""
    return " ".join(finding.message.to(lang).split())


def summary(count: int, findings: Sequence[Finding], hidden: int = 0) -> Text:
    """How many flows were checked and what was found, by level; `hidden` findings were not asked for."""
    flows = Text(f"{count} lưu đồ đã kiểm tra, ", f"{count} {'flow' if count == 1 else 'flows'} checked, ")
    if not count:
        flows = Text("Đã kiểm tra (không có lưu đồ nào): ", "Checked (no flow among it): ")
    unseen = Text(f" ({hidden} phát hiện không hiện)", f" ({hidden} not shown)") if hidden else Text("", "")
    found = counted(findings) if findings else Text("không có lỗi", "nothing wrong")
    return Text(*map("".join, zip(flows, found, unseen, strict=True)))


def counted(findings: Sequence[Finding]) -> Text:
    """How many findings there are, by level: `3 phát hiện: 1 lỗi, 2 cảnh báo`."""
    total = len(findings)
    by_level = {level: sum(finding.level == level for finding in findings) for level in LEVELS}
    vi = ", ".join(f"{n} {LEVELS[level].vi}" for level, n in by_level.items() if n)
    en = ", ".join(f"{n} {LEVELS[level].en}{'s' * (n > 1)}" for level, n in by_level.items() if n)
    return Text(f"{total} phát hiện: {vi}", f"{total} {'finding' if total == 1 else 'findings'}: {en}")


def as_json(count: int, findings: Iterable[Finding], lang: str = "vi") -> dict[str, Any]:
    """The contract of docs/json.md."""
    return {"flows": count, "findings": [finding_row(finding, lang) for finding in findings]}


def finding_row(finding: Finding, lang: str = "vi") -> dict[str, Any]:
    """One finding as JSON values."""
    return {
        "code": finding.code,
        "name": finding.name,
        "level": finding.level,
        "message": finding.message.to(lang),
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
    }


def as_github(count: int, findings: Sequence[Finding], lang: str = "vi", hidden: int = 0) -> str:
    """Workflow commands that GitHub shows beside the line of a pull request, then the `summary`."""
    return "\n".join([*(_annotation(finding, lang) for finding in findings), summary(count, findings, hidden).to(lang)])


def _annotation(finding: Finding, lang: str) -> str:
    values = {
        "file": finding.file,
        "line": finding.line,
        "col": finding.column,
        "title": f"{finding.code} {finding.name}",
    }
    properties = ",".join(f"{key}={_property(value)}" for key, value in values.items() if value is not None)
    return f"::{_COMMANDS[finding.level]} {properties}::{_escaped(one_line(finding, lang))}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: object) -> str:
    return _escaped(str(value)).replace(":", "%3A").replace(",", "%2C")
