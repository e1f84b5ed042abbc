"""What a report asks for, or tells a cause of, without giving a number."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..causes import TITLES as CAUSE_TITLES
from ..model import Finding
from .codes import finding
from .numbers import quantities
from .phrases import BECAUSE, CAUSES, LATENESS, OUTCOMES, TITLES, identified, plain
from .prose import Clause, Paragraph, clauses
from .published import Published

_ASKS = re.compile(r"\b(?:số|số lượng|tỷ lệ|tỉ lệ) hồ sơ")


def check_gaps(report: Published) -> Iterator[Finding]:
    """REP302 and REP303."""
    for paragraph in report.paragraphs:
        yield from _asked(report, paragraph)
        yield from _causes(report, paragraph)


def _asked(report: Published, paragraph: Paragraph) -> Iterator[Finding]:
    """A heading that asks for the outcomes of dossiers; each must have a figure, "on time" being told with "early" or not."""
    words = plain(paragraph.text)
    if not _ASKS.search(words) or any(quantities(clause.text) for clause in clauses(paragraph)):
        return
    asked = [name for item in re.split(r"[,;:]", words) if (name := identified(OUTCOMES, item))]
    if len(set(asked)) < 2:
        return
    given = {figure.id for figure in report.figures}
    for name in dict.fromkeys(asked):
        if name in given or (name == "on_time" and "in_time" in given):
            continue
        joined = name == "early" and "in_time" in given
        vi = "; số 'đúng hạn' đã gộp cả hai" if joined else ""
        en = "; the figure 'on time' holds both" if joined else ""
        yield finding(
            "REP302",
            report.file,
            paragraph.lines[0],
            f"mục này yêu cầu số {TITLES[name].vi}, báo cáo không có số đó{vi}; hãy tách ra",
            f"{TITLES[name].en} are asked for here and not given anywhere{en}; tell them apart",
        )


def _causes(report: Published, paragraph: Paragraph) -> Iterator[Finding]:
    """Why dossiers are late, without how many: neither in the clause nor before its colon."""
    for clause in clauses(paragraph):
        words = plain(clause.text)
        if not (LATENESS.search(words) and BECAUSE.search(words)) or quantities(clause.text):
            continue
        causes = [cause for cause, pattern in CAUSES.items() if pattern.search(words)]
        if causes:
            yield _uncounted(
                report, clause, [CAUSE_TITLES[cause].vi for cause in causes], [CAUSE_TITLES[c].en for c in causes]
            )


def _uncounted(report: Published, clause: Clause, vi: list[str], en: list[str]) -> Finding:
    offset = clause.start + len(clause.text) - len(clause.text.lstrip())
    return finding(
        "REP303",
        report.file,
        clause.paragraph.line(offset),
        f"nêu nguyên nhân trễ hạn ({', '.join(vi)}) nhưng không ghi bao nhiêu hồ sơ; hãy ghi số hồ sơ của mỗi nguyên nhân (R95)",
        f"causes of lateness are named ({', '.join(en)}) without how many dossiers; count them by cause (R95)",
    )
