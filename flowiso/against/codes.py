"""What can be wrong in a published report, by code, and how a finding is made."""

from __future__ import annotations

from collections.abc import Mapping

from ..model import Finding, Level
from ..text import Text

CODES: Mapping[str, tuple[str, Level]] = {
    "REP101": ("sum-wrong", "error"),
    "REP102": ("two-values", "error"),
    "REP103": ("part-above-whole", "error"),
    "REP104": ("quotient-wrong", "error"),
    "REP105": ("cut-off", "warning"),
    "REP106": ("odd-decimals", "warning"),
    "REP107": ("not-quite-all", "error"),
    "REP108": ("rounded-half-up", "info"),
    "REP201": ("percentage-of-nothing", "warning"),
    "REP202": ("denominator-unsaid", "warning"),
    "REP203": ("other-denominator", "info"),
    "REP204": ("mixed-separators", "warning"),
    "REP301": ("nothing-open", "warning"),
    "REP302": ("asked-not-given", "warning"),
    "REP303": ("cause-without-count", "warning"),
    "REP401": ("paper-used-twice", "warning"),
    "REP402": ("paper-of-other-kind", "warning"),
    "REP403": ("paper-on-sunday", "warning"),
}
"""Every code with its name and level."""


def finding(code: str, file: str, line: int, vi: str, en: str) -> Finding:
    """A finding of `code` on a line of the published report."""
    name, level = CODES[code]
    return Finding(code, name, level, Text(vi, en), file=file, line=line, column=1)
