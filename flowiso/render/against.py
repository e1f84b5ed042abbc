"""A published report held against ours, as lines of text and as JSON values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..against.compare import Compared, Verdict
from ..model import Finding
from ..text import Text, nfc
from .findings import counted, finding_row, lines

VERDICTS: Mapping[Verdict, Text] = {
    "reproduced": Text("khớp", "reproduced"),
    "contradicted": Text("sai khác", "contradicted"),
    "not_derivable": Text("không suy ra được", "not derivable"),
}
"""What is said of a published figure."""

DECLARED = Text("cơ quan tự khai", "declared by the agency")
"""Ours is no computed figure: no log tells it."""


def as_text(file: str, compared: Sequence[Compared], findings: Sequence[Finding], lang: str = "vi") -> str:
    """One line for each figure, then one for each finding, then how many there are of each."""
    rows = [_cells(one, lang) for one in compared]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    made = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return nfc("\n".join([*made, "", *lines(findings, lang), *_summary(file, compared, findings, lang)])) + "\n"


def _cells(one: Compared, lang: str) -> tuple[str, ...]:
    line = f"{Text('dòng', 'line').to(lang)} {one.figure.line}"
    return line, VERDICTS[one.verdict].to(lang), one.title.to(lang), one.figure.shown, _against(one, lang)


def _against(one: Compared, lang: str) -> str:
    if one.verdict == "not_derivable":
        return one.figure.sentence if len(one.figure.sentence) <= 70 else one.figure.sentence[:67] + "..."
    apart = one.verdict == "contradicted"
    parts = [f"{Text('ta có', 'ours').to(lang)} {one.ours.to(lang)}"] if apart else []
    if one.difference.vi:
        parts.append(f"{Text('lệch', 'off by').to(lang)} {one.difference.to(lang)}")
    if one.declared:
        parts.append(DECLARED.to(lang))
    return ", ".join(filter(None, (*parts, one.remark.to(lang))))


def _summary(file: str, compared: Sequence[Compared], findings: Sequence[Finding], lang: str) -> Iterator[str]:
    by_verdict = ", ".join(_how_many(compared, verdict, lang) for verdict in VERDICTS)
    found = counted(findings).to(lang) if findings else Text("không có gì sai", "nothing wrong").to(lang)
    yield f"{file}: {len(compared)} {Text('số liệu', 'figures').to(lang)}: {by_verdict}; {found}"


def _how_many(compared: Sequence[Compared], verdict: Verdict, lang: str) -> str:
    """How many figures got a verdict, and of how many of these ours is only declared."""
    found = [one.declared for one in compared if one.verdict == verdict]
    declared = Text(f" ({sum(found)} {DECLARED.vi})", f" ({sum(found)} {DECLARED.en})").to(lang) if any(found) else ""
    return f"{len(found)} {VERDICTS[verdict].to(lang)}{declared}"


def as_json(file: str, compared: Sequence[Compared], findings: Sequence[Finding], lang: str = "vi") -> dict[str, Any]:
    """The contract of docs/against.md."""
    return {
        "file": file,
        "figures": [_row(one, lang) for one in compared],
        "findings": [finding_row(one, lang) for one in findings],
    }


def _row(one: Compared, lang: str) -> dict[str, Any]:
    return {
        "id": one.figure.id,
        "title": one.title.to(lang),
        "line": one.figure.line,
        "verdict": one.verdict,
        "theirs": one.figure.shown,
        "ours": one.ours.to(lang) or None,
        "basis": None if one.verdict == "not_derivable" else "declared" if one.declared else "computed",
        "difference": one.difference.to(lang) or None,
        "remark": one.remark.to(lang) or None,
        "sentence": one.figure.sentence,
    }
