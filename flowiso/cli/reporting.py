"""How `flowiso report` writes what it has found: one agency's figures, several agencies', and the dossiers behind a figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import Any, NamedTuple

from ..cells import csv_table
from ..drill import Part
from ..org import Org
from ..render.report_csv import as_csv, totals_csv
from ..reports import longcsv, tojson
from ..reports.annual import Yearly, annual
from ..reports.document import Document
from ..reports.drilled import drilled_document
from ..reports.figures import figure_sections, figures_document, totals_document
from ..stats import Report, span_json
from ..totals import Span, Totals
from .options import json_text, lang_of
from .printing import written

FORMS = ("json", "csv", "xlsx", "docx", "pdf", "html")
"""What a report may be written as beside text."""


class Target(NamedTuple):
    """As what a report is written, into which file, None for the screen, and in which font of a PDF, None for ours."""

    form: str
    output: str | None = None
    font: str | None = None

    def document(self, document: Document) -> None:
        """Write a document in any form but JSON and CSV."""
        made = import_module(f"flowiso.reports.{self.form}").write
        if self.form == "pdf" and self.font:
            made = partial(made, font=self.font)
        written(made(document), self.output)

    def any(self, document: Callable[[], Document], values: Callable[[], Any], table: Callable[[], str]) -> None:
        """Write what there is as JSON values, as a table for a spreadsheet or as a document."""
        if self.form == "json":
            written(json_text(values()), self.output)
        elif self.form == "csv":
            written(table(), self.output)
        else:
            self.document(document())


def write_figures(found: Report, target: Target, also: Mapping[str, Any] | None = None) -> None:
    """One agency's figures, in JSON with what is told `also`."""
    lang = lang_of()
    target.any(
        lambda: figures_document(found, lang),
        lambda: found.to_json(lang) | dict(also or {}),
        lambda: as_csv(found, lang),
    )


def write_totals(found: Totals, reports: Sequence[Report], target: Target) -> None:
    """Several agencies' figures; in CSV with the groupings of those whose reports are known."""
    lang = lang_of()
    target.any(
        lambda: totals_document(found, lang), lambda: found.to_json(lang), lambda: totals_csv(found, reports, lang)
    )


def write_drilled(cell: str, parts: Sequence[Part], org: Org, span: Span, target: Target, simulated: bool) -> None:
    """The dossiers behind a cell."""
    lines = [part.to_json() for part in parts]
    target.any(
        lambda: drilled_document(cell, parts, org, span, lang_of(), simulated),
        lambda: {
            "agency": org.agency,
            **span_json(*span, lang_of()),
            "simulated": simulated,
            "cell": cell,
            "figure": sum(part.adds for part in parts),
            "dossiers": lines,
        },
        lambda: csv_table(Part._fields, (line.values() for line in lines)),
    )


def write_annual(found: Yearly, target: Target) -> None:
    """The annual ISO report, with the figures of the form behind it; as a table for a spreadsheet a line for each figure."""
    made = annual(found, lang_of(), annexes=figure_sections(found.report, lang_of()))
    target.any(lambda: made, lambda: tojson.to_json(made), lambda: longcsv.write(made))
