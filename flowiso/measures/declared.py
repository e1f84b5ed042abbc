"""What an agency declares of a year since no dossier can tell it, each with its paper (R100-R102, R105), and marked figures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal, NamedTuple

from ..model import Fact
from ..term import Term
from ..text import Text
from .objectives import Objective


class Paper(NamedTuple):
    """A paper by number and date, which together need not be its alone; `title` where it isn't plain what it is."""

    number: str
    date: date
    title: str = ""


class Scope(NamedTuple):
    """What the quality system covers: procedures and fields as approved by a paper, and the divisions that apply it."""

    paper: Paper
    procedures: int
    fields: int
    divisions: tuple[str, ...]


class Policy(NamedTuple):
    """The quality policy in its own words, and the paper that issued it."""

    paper: Paper
    words: str


class Documents(NamedTuple):
    """An edition of the system's documents: how many internal processes and flowcharts it revised."""

    paper: Paper
    edition: int | None = None
    processes: int | None = None
    flowcharts: int | None = None


class Training(NamedTuple):
    """How many people were sent to a training, and who held it."""

    paper: Paper
    people: int
    by: str = ""


class Audit(NamedTuple):
    """An internal audit: its plan, its reports, and how many nonconformities it found, None where that isn't said."""

    plan: Paper | None
    reports: tuple[Paper, ...]
    findings: int | None = None


class Review(NamedTuple):
    """A management review, held on a day."""

    minutes: Paper
    held: date


class Objectives(NamedTuple):
    """The year's quality objectives: the paper, the divisions that have their own, and those that can be measured."""

    paper: Paper
    divisions: tuple[str, ...]
    aims: tuple[Objective, ...] = ()


class Satisfaction(NamedTuple):
    """A survey: `rate` as it was published, a percentage without its mark; the two numbers where they are known."""

    rate: str | None
    satisfied: int | None
    surveyed: int | None
    by: str = ""


class Payment(NamedTuple):
    """Procedures with online payment, of those that were counted, and which those were."""

    procedures: int
    of: int
    counted: str = ""


class Year(NamedTuple):
    """All that is declared of a year; what isn't declared is None or empty, and no figure. `facts` say where it comes from.

    `publication` is in how many of the two ways, at the office and on the portal, every procedure is published.
    `complaints` are those about the quality system; `answer_within` is the agency's own limit for an answer to a complaint
    about a dossier (TT 01/2018 index 8: the law's isn't established). `figures` are by the ids of `DECLARABLE`.
    """

    year: int
    declaration: Paper | None = None
    scope: Scope | None = None
    policy: Policy | None = None
    plan: Paper | None = None
    documents: Documents | None = None
    training: Training | None = None
    audit: Audit | None = None
    review: Review | None = None
    objectives: Objectives | None = None
    satisfaction: Satisfaction | None = None
    payment: Payment | None = None
    complaints: int | None = None
    publication: int | None = None
    answer_within: Term | None = None
    figures: Mapping[str, int] = {}
    papers: tuple[Paper, ...] = ()
    facts: tuple[Fact, ...] = ()
    file: str = ""

    def provenance(self, path: str) -> Fact | None:
        """Where a section, or a part of it ("objectives.aims"), comes from; a part is as its section unless it says so itself."""
        of = {name: fact for fact in reversed(self.facts) for name in fact.of}
        return of.get(path) or of.get(path.partition(".")[0])

    def papers_of(self, section: str) -> tuple[Paper, ...]:
        """The papers of a section, in the order of the file; none where it isn't declared or has none."""
        told = getattr(self, section)
        if isinstance(told, Paper):
            return (told,)
        parts = told if isinstance(told, tuple) else ()
        inside = (part for field in parts for part in (field if type(field) is tuple else (field,)))
        return tuple(part for part in inside if isinstance(part, Paper))

    @property
    def lacking(self) -> tuple[str, ...]:
        """Duties of every year for which no paper is declared: internal audit and management review (R101)."""
        return tuple(name for name in DUTIES if getattr(self, name) is None)


DUTIES = ("audit", "review")

DECLARABLE: Mapping[str, Text] = {
    "published": Text("thủ tục phải công bố", "procedures to be published"),
    "published_in_time": Text("thủ tục được công bố đúng hạn", "procedures published in time"),
    "one_stop_received": Text("thủ tục tiếp nhận tại Bộ phận Một cửa", "procedures received at the one-stop unit"),
    "one_stop_decided": Text("thủ tục giải quyết ngay tại Bộ phận Một cửa", "procedures decided at the one-stop unit"),
    "results_electronic": Text("hồ sơ cấp kết quả điện tử", "dossiers with an electronic result"),
    "digitised": Text("hồ sơ được số hóa thành phần", "dossiers whose components are digitised"),
    "reused": Text("hồ sơ tái sử dụng dữ liệu đã số hóa", "dossiers that use digitised data again"),
    "fee_procedures": Text("thủ tục có phí, lệ phí", "procedures with a fee"),
    "paid_online_procedures": Text("trong đó thanh toán được trực tuyến", "those of them that may be paid online"),
    "paid": Text("hồ sơ có thanh toán", "dossiers with a payment"),
    "paid_online": Text("hồ sơ thanh toán trực tuyến", "dossiers paid online"),
    "answers_surveyed": Text("người được hỏi về việc trả lời phản ánh", "asked about the answer to a complaint"),
    "answers_satisfied": Text("người hài lòng với việc trả lời", "satisfied with the answer"),
}
"""Figures for the groups of points and the indices that no log tells; a file may declare these under `figures`."""


class Figure(NamedTuple):
    """A figure of a report: computed from the log, or declared in the year's file, whose section and papers say by what."""

    value: int
    basis: Literal["computed", "declared"]
    section: str = ""
    papers: tuple[Paper, ...] = ()


def declared(year: Year) -> dict[str, Figure]:
    """The declared figures by id, each with the section it stands in and that section's papers."""
    found = {name: Figure(value, "declared", "figures") for name, value in year.figures.items()}
    for section, parts in _FIGURES_OF.items():
        told = getattr(year, section)
        for name, part in parts.items() if told is not None else ():
            value = getattr(told, part) if part else told
            if value is not None:
                count = len(value) if isinstance(value, tuple) else value
                found[name] = Figure(count, "declared", section, year.papers_of(section))
    return found


_FIGURES_OF: Mapping[str, Mapping[str, str]] = {
    "scope": {"procedures_declared": "procedures", "fields_declared": "fields", "divisions_applying": "divisions"},
    "documents": {"processes_revised": "processes", "flowcharts_revised": "flowcharts"},
    "training": {"people_trained": "people"},
    "audit": {"audit_findings": "findings"},
    "objectives": {"divisions_with_objectives": "divisions"},
    "satisfaction": {"satisfied": "satisfied", "surveyed": "surveyed"},
    "payment": {"payment_procedures": "procedures", "payment_counted": "of"},
    "complaints": {"complaints_system": ""},
    "publication": {"published_forms": ""},
}
"""Which figures each section declares: the id of a figure and the section's part, "" for the section itself."""


def marked(computed: Mapping[str, int], year: Year | None) -> dict[str, Figure]:
    """All figures by id, marked; what the log tells is never taken from a declaration."""
    told = {} if year is None else declared(year)
    return {**told, **{name: Figure(value, "computed") for name, value in computed.items()}}


def plain(figures: Mapping[str, Figure]) -> dict[str, int]:
    """The bare numbers, as the groups of points, the indices and the objectives take them."""
    return {name: figure.value for name, figure in figures.items()}
