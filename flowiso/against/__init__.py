"""A published report held against its own sums and against our figures: `read_published`, `check`, `of_report`, `compare`."""

from __future__ import annotations

from ..model import Finding
from .codes import CODES as CODES
from .compare import Compared as Compared
from .compare import Ours as Ours
from .compare import compare as compare
from .compare import of_report as of_report
from .compare import of_year as of_year
from .compare import ours as ours
from .gaps import check_gaps
from .papers import check_papers
from .phrases import TITLES as TITLES
from .published import Figure as Figure
from .published import Published as Published
from .published import read_published as read_published
from .ratios import check_ratios
from .sums import check_sums


def check(published: Published) -> tuple[Finding, ...]:
    """All that a published report gets wrong by itself, in the order of its lines; codes in `CODES`."""
    checks = (check_sums, check_ratios, check_gaps, check_papers)
    found = dict.fromkeys(one for each in checks for one in each(published))
    return tuple(sorted(found, key=lambda one: (one.line or 0, one.code)))
