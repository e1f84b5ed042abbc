"""How the annual report writes: sentences with figures in them, papers, placeholders, and what isn't declared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from string import Formatter
from typing import NamedTuple

from ..measures.declared import Paper
from ..text import Text, number, percent, percent_shown
from .document import Basis, Cell, Words
from .figures import count_cell, rate_cell

_KINDS: Mapping[str, Text] = {
    "QĐ": Text("Quyết định", "Decision"),
    "KH": Text("Kế hoạch", "Plan"),
    "BC": Text("Báo cáo", "Report"),
    "BB": Text("Biên bản", "Minutes"),
    "TB": Text("Thông báo", "Notice"),
}
_OTHER = Text("Văn bản", "Paper")
"""What kind of paper a number such as 41/QĐ-SCT tells."""

WANTED: Mapping[str, str] = {
    "declaration": "{number: .../QĐ-..., date: ...}",
    "scope": "{number: .../QĐ-..., date: ..., procedures: ..., fields: ..., divisions: [...]}",
    "policy": "{number: .../QĐ-..., date: ..., words: ...}",
    "plan": "{number: .../KH-..., date: ...}",
    "documents": "{number: .../QĐ-..., date: ..., edition: ..., processes: ..., flowcharts: ...}",
    "training": "{number: ..., date: ..., people: ..., by: ...}",
    "audit": "{plan: {number: .../KH-..., date: ...}, reports: [{number: .../BC-..., date: ...}], findings: ...}",
    "review": "{number: .../BB-..., date: ..., held: ...}",
    "objectives": "{number: .../QĐ-..., date: ..., divisions: [...], aims: [...]}",
    "satisfaction": "{satisfied: ..., surveyed: ..., by: ...}",
    "payment": "{procedures: ..., of: ..., counted: ...}",
    "complaints": "0",
    "publication": "{office: yes, portal: yes}",
    "answer_within": "...wd",
    "papers": "[{number: ..., date: ..., title: ...}]",
}
"""What to write into the year's file, by key."""


class Scribe(NamedTuple):
    """Writes in `lang` of what a file declares of `year`."""

    lang: str
    year: int

    @property
    def file(self) -> str:
        """The name of the file in which the agency declares the year."""
        return f"_reports/{self.year}.yaml"

    def to(self, text: Text) -> str:
        """A text in the report's language."""
        return text.to(self.lang)

    def item(self, text: Text, **cells: Cell | str) -> Words:
        """A line of a list; see `say`."""
        return self.say(text, **cells)._replace(item=True)

    def say(self, text: Text, **cells: Cell | str) -> Words:
        """A sentence with cells where its braces name them."""
        parts: list[str | Cell] = []
        for words, name, _, _ in Formatter().parse(text.to(self.lang)):
            parts += [words] if words else []
            parts += [cells[name]] if name is not None else []
        return Words(tuple(parts))

    def figure(self, id: str, value: int, basis: Basis = "computed") -> Cell:  # noqa: A002
        """A whole number."""
        return count_cell(id, value, self.lang)._replace(basis=basis)

    def rate(self, id: str, part: int, whole: int, basis: Basis = "computed") -> Cell:  # noqa: A002
        """One figure of another in percent (R111)."""
        return rate_cell(id, percent(part, whole), self.lang)._replace(basis=basis)

    def percentage(self, id: str, plain: str) -> Cell:  # noqa: A002
        """A percentage that is only known as such."""
        return Cell(percent_shown(plain, self.lang), id, Decimal(plain), "declared")

    def decimal(self, id: str, value: Decimal, basis: Basis = "computed") -> Cell:  # noqa: A002
        """A number with decimals."""
        return Cell(number(value, self.lang), id, value, basis)

    def words(self, id: str, shown: str, basis: Basis = "declared") -> Cell:  # noqa: A002
        """Words that are a fact of their own."""
        return Cell(shown, id, None, basis)

    def paper(self, id: str, paper: Paper) -> Cell:  # noqa: A002
        """A paper by kind, number and date."""
        return self.words(id, named(paper, self.lang))

    def day(self, id: str, day: date) -> Cell:  # noqa: A002
        """A declared day."""
        return self.words(id, f"{day:%d/%m/%Y}")

    def free(self, name: str, hint: Text) -> Words:
        """A place where the agency writes itself, with what belongs there."""
        return Words((Cell(f"[{hint.to(self.lang)}]", f"iso/{name}", None, "free"),))

    def missing(self, id: str, key: str) -> Cell:  # noqa: A002
        """What the year's file doesn't declare, with what to write into it; `key` may name a part: "audit.findings"."""
        section, _, part = key.partition(".")
        wanted = f"{section}: {{{part}: ...}}" if part else f"{key}: {WANTED[key]}"
        text = Text(
            f"[chưa khai; hãy ghi vào {self.file}: {wanted}]", f"[not declared; write into {self.file}: {wanted}]"
        )
        return Cell(text.to(self.lang), id, None, "missing")


def named(paper: Paper, lang: str) -> str:
    """A paper by kind, number and date: Quyết định số 41/QĐ-SCT ngày 17/03/2021."""
    found = re.search(r"/([^/-]+)-", paper.number)
    kind = _KINDS.get(found[1] if found else "", _OTHER)
    on = f"{paper.date:%d/%m/%Y}"
    return Text(f"{kind.vi} số {paper.number} ngày {on}", f"{kind.en} no. {paper.number} of {on}").to(lang)
