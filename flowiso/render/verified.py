"""What `flowiso verify` found, as people and scripts read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..model import Finding
from ..text import Text, many, number
from ..verify import Verified
from .findings import LEVELS, counted, one_line


def as_text(done: Verified, shown: Sequence[Finding], lang: str = "vi") -> str:
    """One line for each finding shown, with dossier and line of its log, then the summary."""
    return "\n".join([*(_line(finding, lang) for finding in shown), summary(done, shown).to(lang)])


def _line(finding: Finding, lang: str) -> str:
    level = "" if finding.level == "error" else f"{LEVELS[finding.level].to(lang)}: "
    place = finding.dossier or finding.file or Text("kho", "store").to(lang)
    where = place if finding.line is None else f"{place}:{finding.line}"
    return f"{where}: {finding.code} {finding.name}: {level}{one_line(finding, lang)}"


def summary(done: Verified, shown: Sequence[Finding]) -> Text:
    """How much was looked at, and what was found, by level."""
    hidden = len(done.findings) - len(shown)
    faults = counted(shown) if shown else Text("không có gì sai", "nothing wrong")
    unseen = Text(f" ({hidden} phát hiện không hiện)", f" ({hidden} not shown)") if hidden else Text("", "")
    kept = Text(f" và {done.kept} giữ bên ngoài", f" and {done.kept} kept outside") if done.kept else Text("", "")
    return Text(
        f"{number(done.dossiers)} hồ sơ, {number(done.lines)} dòng, {done.seals} niêm phong{kept.vi}:"
        f" {faults.vi}{unseen.vi}",
        f"{many(done.dossiers, 'dossier')}, {many(done.lines, 'line')}, {many(done.seals, 'seal')}{kept.en}:"
        f" {faults.en}{unseen.en}",
    )


def as_json(done: Verified, shown: Sequence[Finding], simulated: bool, lang: str = "vi") -> dict[str, Any]:
    """The contract of docs/json.md."""
    return {
        "simulated": simulated,
        "dossiers": done.dossiers,
        "lines": done.lines,
        "seals": done.seals,
        "kept": done.kept,
        "findings": [
            {
                "code": finding.code,
                "name": finding.name,
                "level": finding.level,
                "message": finding.message.to(lang),
                "dossier": finding.dossier,
                "line": finding.line,
                "file": finding.file,
            }
            for finding in shown
        ],
    }
