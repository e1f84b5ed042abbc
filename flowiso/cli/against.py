"""What `flowiso report --against FILE` prints: a published report against ours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..against import Ours, check, compare, of_report, of_year, read_published
from ..declaredfile import load_year
from ..library import contents
from ..render.against import as_json, as_text
from .options import json_text, lang_of
from .printing import written

if TYPE_CHECKING:
    from ..app import Agency
    from ..period import Period
    from ..stats import Report
    from .reporting import Target


def write_against(report: Report, agency: Agency, file: str, target: Target) -> bool:
    """Hold the published report in `file` against ours and what the agency declares of the year; write it as text or JSON.

    Whether all is well: nothing contradicted, and nothing wrong in it but notes. Raises BadValue where it can't be read.
    """
    published = read_published(contents(Path(file)), file)
    own = _declared(agency, report.period) | of_report(report)
    compared, findings = compare(published, own), check(published)
    if target.form == "json":
        written(json_text(as_json(file, compared, findings, lang_of())), target.output)
    else:
        written(as_text(file, compared, findings, lang_of()), target.output)
    return all(one.verdict != "contradicted" for one in compared) and all(one.level == "info" for one in findings)


def _declared(agency: Agency, period: Period) -> dict[str, Ours]:
    """What is declared of a year, where the period is one (by either rule of periods); nothing of a shorter one."""
    if (period.last - period.first).days < 364:
        return {}
    divisions = agency.library.org.divisions
    year = load_year(agency.library.folder, period.last.year, frozenset(divisions))
    return of_year(year, len(divisions)) if year else {}
