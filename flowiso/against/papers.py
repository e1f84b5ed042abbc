"""The documents a report names: one number for two documents, a number of another kind, a Sunday as its date."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from ..model import Finding
from ..text import Text, day
from .codes import finding
from .numbers import PAPER
from .phrases import plain
from .prose import clauses
from .published import Published

KINDS: Mapping[str, Text] = {
    "QĐ": Text("quyết định", "decision"),
    "KH": Text("kế hoạch", "plan"),
    "BC": Text("báo cáo", "report"),
    "BB": Text("biên bản", "minutes"),
    "TB": Text("thông báo", "announcement"),
    "TTr": Text("tờ trình", "submission"),
    "NĐ": Text("nghị định", "decree"),
    "TT": Text("thông tư", "circular"),
    "NQ": Text("nghị quyết", "resolution"),
    "CT": Text("chỉ thị", "directive"),
    "HD": Text("hướng dẫn", "guidance"),
    "GP": Text("giấy phép", "licence"),
}
"""Kinds of documents by the abbreviation that begins their symbol (Decree 30/2020, appendix III)."""

_BY_NAME = {kind.vi: kind for kind in KINDS.values()}
_NOUN = re.compile("|".join(kind.vi for kind in KINDS.values()))
_DATED = re.compile(r"[\s,]*ngày\s+(\d{1,2})\s?[/.-]\s?(\d{1,2})\s?[/.-]\s?(\d{4})", re.IGNORECASE)
_NEAR = re.compile(r"\b(?:văn bản|công văn)(?:\s+số)?\s*:?\s*$|\bsố\s*:?\s*$", re.IGNORECASE)


class Paper(NamedTuple):
    """A document as named in a report: `kind` as the sentence calls it, `symbol_kind` as its symbol does, None where unsaid."""

    number: str
    symbol: str
    day: date | None
    kind: str | None
    symbol_kind: str | None
    line: int

    @property
    def name(self) -> str:
        """Number and symbol."""
        return f"{self.number}/{self.symbol}"


def papers(report: Published) -> Iterator[Paper]:
    """The documents named in a report, in its order, each time they are."""
    for paragraph in report.paragraphs:
        for clause in clauses(paragraph):
            for match in PAPER.finditer(clause.text):
                line = paragraph.line(clause.start + match.start())
                yield _paper(match, clause.text, line)


def _paper(match: re.Match[str], text: str, line: int) -> Paper:
    before = text[: match.start()]
    nouns = _NOUN.findall(plain(before)) if _NEAR.search(before) else _NOUN.findall(plain(before))[-1:]
    symbol = re.sub(r"\s", "", match[2])
    lead = re.sub(r"^\d+/", "", symbol).partition("-")[0]
    dated = _DATED.match(text, match.end())
    return Paper(match[1], symbol, _date(dated), nouns[-1] if nouns else None, lead if lead in KINDS else None, line)


def _date(match: re.Match[str] | None) -> date | None:
    try:
        return date(int(match[3]), int(match[2]), int(match[1])) if match else None
    except ValueError:
        return None


def check_papers(report: Published) -> Iterator[Finding]:
    """REP401, REP402 and REP403."""
    first: dict[str, Paper] = {}
    sundays: set[str] = set()
    for paper in papers(report):
        yield from _twice(report, first.setdefault(paper.name, paper), paper)
        yield from _other_kind(report, paper)
        if paper.day and paper.day.weekday() == 6 and paper.name not in sundays:
            sundays.add(paper.name)
            yield finding(
                "REP403",
                report.file,
                paper.line,
                f"văn bản số {paper.name} đề {day(paper.day)}, ngày nghỉ; hãy xem lại ngày ký",
                f"document {paper.name} is dated {day(paper.day, 'en')}, a day off; look at its date again",
            )


def _twice(report: Published, before: Paper, paper: Paper) -> Iterator[Finding]:
    other_day = before.day and paper.day and before.day != paper.day
    other_kind = before.kind and paper.kind and before.kind != paper.kind
    if other_day or other_kind:
        first, second = _told(before), _told(paper)
        yield finding(
            "REP401",
            report.file,
            paper.line,
            f"số {paper.name} dùng cho hai văn bản: {first.vi} (dòng {before.line}), {second.vi} (ở đây); hãy xem lại",
            f"number {paper.name} stands for two documents: {first.en} (line {before.line}), {second.en} (here)",
        )


def _told(paper: Paper) -> Text:
    vi, en = _BY_NAME.get(paper.kind or "", Text("văn bản", "document"))
    return Text(f"{vi} ngày {paper.day:%d/%m/%Y}", f"{en} of {paper.day:%d/%m/%Y}") if paper.day else Text(vi, en)


def _other_kind(report: Published, paper: Paper) -> Iterator[Finding]:
    if paper.kind and paper.symbol_kind and KINDS[paper.symbol_kind].vi != paper.kind:
        own = KINDS[paper.symbol_kind]
        yield finding(
            "REP402",
            report.file,
            paper.line,
            f"'{paper.kind}' mang số {paper.name}, là ký hiệu của {own.vi}; hãy xem lại số",
            f"what is called '{_BY_NAME[paper.kind].en}' has the number {paper.name}, which is one of {own.en}; look at it again",
        )
