"""The annual ISO report: how the quality system was applied, kept and improved, in the order in which departments report it
(R100-R105, R110, R111).

Every figure is a cell: computed from the logs and the flows, declared in `_reports/<year>.yaml`, or missing, with what to write
there. What nobody but the agency can say is a placeholder. Figures of the form have the ids of `reports.figures`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..render.plain import SIMULATED
from ..text import Text
from ..totals import Span
from ..worktime import local
from .annual_close import difficulties, effect, evidence, proposals
from .annual_follow import follow
from .annual_intro import characteristics, upkeep
from .annual_results import results
from .annual_scores import scores, summary
from .annual_sources import sources
from .annual_words import Scribe
from .annual_year import Yearly, year_of
from .document import Document, Section
from .figures import BY_LAW, due_fact, span_facts

__all__ = ["Yearly", "annual", "year_of"]

TITLE = Text(
    "Báo cáo tình hình áp dụng, duy trì và cải tiến hệ thống quản lý chất lượng theo tiêu chuẩn quốc gia TCVN ISO 9001:2015",
    "Report on the application, upkeep and improvement of the quality management system by TCVN ISO 9001:2015",
)
_NUMBER = Text("Số: ....../BC-......", "No. ....../BC-......")


def annual(year: Yearly, lang: str = "vi", digest: str = "", annexes: tuple[Section, ...] = ()) -> Document:
    """The report of a year's figures in `lang`, "vi" or "en", with `annexes` behind its own.

    `digest` is that of the logs, by default the one that came with the figures.
    """
    report = year.report
    scribe = Scribe(lang, report.period.last.year)
    return Document(
        org=year.org,
        made=local(report.until),
        lang=lang,
        title=TITLE.to(lang),
        subtitle=report.period.title.to(lang),
        facts=tuple(_facts(year, scribe, digest or report.digest)),
        sections=(
            characteristics(year, scribe),
            *_part_two(year, scribe),
            difficulties(year, scribe),
            proposals(year, scribe),
            *scores(year, scribe),
            evidence(year, scribe),
            *annexes,
        ),
        sources=sources(lang),
        simulated=SIMULATED.to(lang) if report.simulated else "",
        number=_NUMBER.to(lang),
    )


def _facts(year: Yearly, scribe: Scribe, digest: str) -> Iterator[tuple[str, str]]:
    """The lines at the head."""
    yield scribe.to(Text("Cơ quan", "Agency")), f"{year.org.title.to(scribe.lang)} ({year.org.agency})"
    yield from span_facts(Span(year.report.period, year.report.until), scribe.lang)
    yield due_fact(BY_LAW, scribe.lang)
    if digest:
        yield scribe.to(Text("Mã băm nhật ký (SHA-256)", "Digest of the log (SHA-256)")), digest
    file = scribe.file
    none = Text(
        f"chưa có {file}; cơ quan cần khai các mục còn thiếu",
        f"no {file} yet; the agency has to declare what is missing",
    )
    yield scribe.to(Text("Số liệu khai báo", "Declared facts")), file if year.declared else none.to(scribe.lang)


def _part_two(year: Yearly, scribe: Scribe) -> Iterator[Section]:
    yield Section(scribe.to(Text("II. Những kết quả thực hiện", "II. Results")), 1)
    yield Section(
        scribe.to(Text("1. Kết quả áp dụng, duy trì và cải tiến HTQLCL", "1. The QMS applied, kept and improved")), 2
    )
    yield from upkeep(year, scribe)
    yield from results(year, scribe)
    yield from follow(year, scribe)
    rated = Text("l) Tự đánh giá theo bộ chỉ số", "k) Self-assessment by the indices")
    yield Section(scribe.to(rated), 3, tuple(summary(year, scribe)))
    yield from effect(year, scribe)
