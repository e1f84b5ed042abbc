"""What is special in each procedure, and which step, arrow or line of its flow carries it.

The tables of `tests/special/` say it, one line a special; `complaints` holds a line against the flow, `page` is docs/special.md:

    python tests/specials.py > docs/special.md
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import NamedTuple

from catalogue import ROOT, flows, library, rows

from flowiso.facts import WHOLES, fact_names, fact_title, fact_value
from flowiso.model import Flow, Step, Transition

FOLDER = ROOT / "tests/special"
COLUMNS = ["code", "special", "carrier", "expects", "source"]

_EXPECTATION = re.compile(r"([a-z_-]*)([=~])(.+)", re.DOTALL)
_STEP = {"by", "within", "clock", "until", "ready", "charged_to", "at_limit", "title", "forms"}
_ARROW = {"to", "kind", "by", "times", "policy", "deadline", "refer_to", "title", "forms"}


class Special(NamedTuple):
    """One line of a table: `special` says in one sentence what is special.

    `carrier` is a fact name (docs/flow-file.md), `expects` what must be true there, `source` where that comes from.
    """

    code: str
    special: str
    carrier: str
    expects: str
    source: str
    file: str
    line: int


class Expectation(NamedTuple):
    """`key` of the carrier is `value` (`=`) or contains it (`~`)."""

    key: str
    sign: str
    value: str

    def met_by(self, written: str) -> bool:
        """Whether what stands in the flow is as expected."""
        return self.value == written if self.sign == "=" else self.value in written


def read() -> list[Special]:
    """Every line of every table, in the order of the catalogue. A table with other columns is a ValueError."""
    lines = [special for file in sorted(FOLDER.glob("*.csv")) for special in _table(file.name)]
    order = {row["id"]: place for place, row in enumerate(rows())}
    return sorted(lines, key=lambda special: (order.get(special.code, len(order)), special.file, special.line))


def _table(name: str) -> list[Special]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, strict=True)
        if next(reader) != COLUMNS:
            raise ValueError(f"{name}: the columns are {', '.join(COLUMNS)}")
        return [_line(cells, name, reader.line_num) for cells in reader]


def _line(cells: list[str], file: str, line: int) -> Special:
    if len(cells) != len(COLUMNS):
        raise ValueError(f"{file}:{line}: {len(cells)} cells, {len(COLUMNS)} wanted; a comma in a cell needs quotes")
    code, special, carrier, expects, source = cells
    return Special(code, special, carrier, expects, source, file, line)


def expectations(expects: str) -> list[Expectation]:
    """`key=value; key~part` taken apart; what can't be read is a ValueError."""
    found = [_EXPECTATION.fullmatch(part.strip()) for part in expects.split("; ")]
    if None in found:
        raise ValueError(f"'{expects}' is not key=value or key~part, joined by '; '")
    return [Expectation(match[1].replace("-", "_"), match[2], match[3]) for match in found if match]


def complaints(special: Special, flow: Flow) -> list[str]:
    """What of a line isn't so in the flow. A carrier or key that doesn't exist is a ValueError."""
    values = _carried(flow, special.carrier)
    wanted = expectations(special.expects)
    unknown = {expectation.key for expectation in wanted} - values.keys()
    if unknown:
        raise ValueError(f"{special.carrier} has no {', '.join(sorted(unknown))}")
    return [
        f"{special.carrier}: {key}{sign}{value} wanted, it is '{values[key]}'"
        for key, sign, value in wanted
        if not Expectation(key, sign, value).met_by(values[key])
    ]


def _carried(flow: Flow, carrier: str) -> Mapping[str, str]:
    """What may be expected of a carrier: keys and their values as the flow file writes them, "" where nothing is written."""
    kind, _, rest = carrier.partition(".")
    step_id, _, action = rest.partition(".")
    step = flow.step(step_id)
    if kind in ("step", "time") and step and not action:
        return _of_step(step)
    if kind == "arrow" and (step or step_id == "anywhere"):
        arrows = flow.arrows(step) if step else flow.anywhere
        found = next((arrow for arrow in arrows if arrow.action == action), None)
        if found:
            return _of_arrow(found)
    if carrier in fact_names(flow) and not rest:
        written = fact_value(flow, carrier)
        return {"": written, carrier.replace("-", "_"): written}
    raise ValueError(f"{flow.code} has no {carrier}")


def _of_step(step: Step) -> dict[str, str]:
    return {
        "by": step.by,
        "within": _written(step.within),
        "clock": step.clock,
        "until": _written(step.until),
        "ready": "yes" if step.ready else "no",
        "charged_to": _written(step.charged_to),
        "at_limit": step.at_limit.target if step.at_limit else "",
        "title": f"{step.title.vi} | {step.title.en}",
        "forms": _forms(step.forms),
    }


def _of_arrow(arrow: Transition) -> dict[str, str]:
    return {
        "to": arrow.target,
        "kind": arrow.kind,
        "by": _written(arrow.by),
        "times": _written(arrow.times),
        "policy": _written(arrow.policy),
        "deadline": _written(arrow.deadline),
        "refer_to": _written(arrow.refer_to),
        "title": f"{arrow.title.vi} | {arrow.title.en}",
        "forms": _forms(arrow.forms),
    }


def _written(value: object) -> str:
    return "" if value is None else str(value)


def _forms(ids: Iterable[str]) -> str:
    """Forms by id and by name: a line may speak of either."""
    known = library().agency.words.forms
    return ", ".join(f"{form} | {known[form].title.vi}" if form in known else form for form in ids)


_INTRODUCTION = """# What is special in each procedure

A flow that only repeats the shape of its kind says nothing about its law. This page names, for every procedure of the
catalogue, what its law or practice has of its own, and the step, arrow or line of the flow file that carries it. The lines
are those of `tests/special/*.csv`; a test holds every one of them against the flow, so that none can be taken out of a flow
unnoticed. `python tests/specials.py > docs/special.md` writes the page.

The list of 116 procedures is a reconstruction whose totals are the published ones; the department's own list (Decision
545/QĐ-UBND of 09/02/2021) could not be obtained. ▲ marks what the flow file itself says is assumed, ● what was read; the
source is where the special comes from.
"""
_MARKS = {"read": "●", "assumed": "▲"}
_IN_WORDS = (
    ("assumed:", "giả định:"),
    ("procedures.csv notes", "bảng 116 thủ tục, cột ghi chú"),
    ("procedures.csv", "bảng 116 thủ tục"),
)


def page(specials: Iterable[Special]) -> str:
    """docs/special.md: the fields with their procedures, then a table a procedure, with the carrier in words and by its name."""
    known = [special for special in specials if special.code in flows()]
    titles = library().org.fields
    fields = [(field, list(lines)) for field, lines in groupby(known, lambda special: flows()[special.code].field)]
    contents = (
        f"- {titles[field].vi}: "
        + ", ".join(f"[{code}](#{code.lower()})" for code in dict.fromkeys(line.code for line in lines))
        for field, lines in fields
    )
    chapters = (
        f"\n## {titles[field].vi}\n"
        + "".join(_procedure(flows()[code], of) for code, of in groupby(lines, lambda special: special.code))
        for field, lines in fields
    )
    return _INTRODUCTION + "\n" + "\n".join(contents) + "\n" + "".join(chapters)


def _procedure(flow: Flow, specials: Iterable[Special]) -> str:
    lines = [
        f"| {_cell(special.special)} | {_mark(flow, special.carrier)}{_cell(fact_title(flow, special.carrier, 'vi'))}"
        f" `{special.carrier}` | {_cell(_in_words(special.source))} |\n"
        for special in specials
    ]
    head = f'\n### <a id="{flow.code.lower()}"></a>{flow.code} · {flow.title}\n\n'
    return head + "| điều riêng | nơi mang trong lưu đồ | nguồn |\n|---|---|---|\n" + "".join(lines)


def _mark(flow: Flow, carrier: str) -> str:
    """What the flow file says of the fact: of itself, else of the whole it is part of."""
    entry = flow.provenance(carrier) or flow.provenance(WHOLES.get(carrier.partition(".")[0], ""))
    return f"{_MARKS[entry.status]} " if entry else ""


def _in_words(source: str) -> str:
    for known, words in _IN_WORDS:
        source = source.replace(known, words)
    return source


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(page(read()))
