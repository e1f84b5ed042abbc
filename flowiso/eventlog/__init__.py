"""Logs as process miners read them: a case for each dossier, an event for each line, in the attributes of XES (IEEE 1849-2016).

One list of attributes serves CSV, Parquet and XES. There is no personal data, and no free text: what officers wrote into `note`
stays in the store (R151). `logexport` writes the log with its hashes, to be verified; this here is to be analysed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from ..life import Life
from .csvlog import as_csv
from .events import About, Trace, traced
from .parquet import as_parquet
from .xes import as_xes, as_xes_gz

__all__ = ["FORMS", "About", "encoded", "form_of"]

_Writer = Callable[[Iterable[Trace], About], Iterator[bytes]]

FORMS: Mapping[str, _Writer] = {"csv": as_csv, "xes": as_xes, "xes.gz": as_xes_gz, "parquet": as_parquet}
"""What writes each form; its name is also how such a file's name ends."""


def form_of(file: str) -> str | None:
    """The form that a file's name tells by its ending; None for another ending."""
    return next((form for form in FORMS if file.lower().endswith(f".{form}")), None)


def encoded(lives: Iterable[Life], form: str, about: About) -> Iterator[bytes]:
    """The logs of these dossiers as the parts of one file, dossier by dossier; the same logs give the same bytes.

    Raises BadValue where the form needs a package that isn't installed.
    """
    return FORMS[form]((traced(life, about.lang) for life in lives), about)
