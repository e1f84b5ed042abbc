"""`_reports/<year>.yaml`, what an agency declares of a year, read by a closed schema with lines (docs/measures.md)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Set
from decimal import Decimal
from pathlib import Path, PurePath
from typing import Any

from .errors import FlowFileError
from .flowfile import FACT, fact_of
from .library import contents
from .measures.declared import (
    DECLARABLE,
    Audit,
    Documents,
    Objectives,
    Paper,
    Payment,
    Policy,
    Review,
    Satisfaction,
    Scope,
    Training,
    Year,
)
from .measures.objectives import Objective
from .model import Fact, Finding
from .schema import Key, Reader, Reading, day, ident, many, meant, nearest, pattern, text, whole, whole_term, yes_no
from .text import Text
from .yamlfile import Map, Node, Scalar, Seq, Source, brief, parse

FOLDER = "_reports"

CODES: Mapping[str, str] = {
    "RPT001": "no-provenance",
    "RPT002": "nothing-declared",
    "RPT003": "other-year",
    "RPT101": "unknown-division",
    "RPT102": "part-over-whole",
    "RPT103": "not-in-the-year",
}
"""The codes of findings about these files, with their names; what is wrong with the text alone has those of flow files."""

_MOST = 999_999_999
_count = whole(0, _MOST)
_number = pattern(
    r"[0-9]{1,6}(?:/[0-9]{4})?/[A-ZĐ][A-ZĐ0-9]*(?:-[A-ZĐ0-9]+)*", "số hiệu như 41/QĐ-SCT", "a number such as 41/QĐ-SCT"
)
_rate = pattern(r"[0-9]{1,3}(?:\.[0-9]{1,4})?%", "tỷ lệ như 99% hoặc 99.5%", "a percentage such as 99% or 99.5%")
_figure = pattern(r"[a-z]+(?:_[a-z]+)*", "mã con số như merits_in_time", "the id of a figure such as merits_in_time")

_PAPER: Mapping[str, Key] = {"number": Key(_number, needed=True), "date": Key(day, needed=True), "title": Key(text)}


def _record(path: str, keys: Mapping[str, Key], make: Callable[[Mapping[str, Any]], Any]) -> Reader:
    """A reader of mappings; None when a key that must be there isn't, or one can't be read."""

    def read(reading: Reading, value: Node) -> Any:
        before = len(reading.source.findings)
        values = reading.table(value, keys, f"{path}.")
        return make(values) if len(reading.source.findings) == before and not reading.source.full else None

    return read


def _paper_of(values: Mapping[str, Any]) -> Paper:
    return Paper(values["number"], values["date"], values.get("title", ""))


def _paper(path: str) -> Reader:
    return _record(path, _PAPER, _paper_of)


def _audit(values: Mapping[str, Any]) -> Audit:
    return Audit(values.get("plan"), values["reports"], values.get("findings"))


def _objective(values: Mapping[str, Any]) -> Objective:
    above = Decimal(values["above"].removesuffix("%"))
    return Objective(values["title"], values["part"], values["whole"], above, values.get("divisions", ()))


def _percentage(reading: Reading, value: Node) -> str | None:
    """A percentage of at most 100."""
    found: str | None = _rate(reading, value)
    if found is not None and Decimal(found.removesuffix("%")) > 100:
        reading.source.bad(value, f"'{found}' lớn hơn 100%", f"'{found}' is more than 100%")
        return None
    return found


def _above(reading: Reading, value: Node) -> str | None:
    """A percentage that more than it can be."""
    found = _percentage(reading, value)
    if found is not None and Decimal(found.removesuffix("%")) == 100:
        vi, en = (
            "không gì vượt được 100%; tất cả thì ghi 99.9999%",
            "nothing is above 100%; for all of them say 99.9999%",
        )
        reading.source.bad(value, vi, en)
        return None
    return found


def _figures(reading: Reading, value: Node) -> dict[str, int] | None:
    return reading.table(value, {name: Key(_count) for name in DECLARABLE}, "figures.") or None


def _fact(reading: Reading, value: Node) -> Fact | None:
    before = len(reading.source.findings)
    values = reading.table(value, FACT, "fact.")
    if len(reading.source.findings) > before or reading.source.full:
        return None
    return fact_of(reading, value, values)


_AIM: Mapping[str, Key] = {
    "title": Key(text, needed=True),
    "part": Key(_figure, needed=True),
    "whole": Key(_figure, needed=True),
    "above": Key(_above, needed=True),
    "divisions": Key(many(ident)),
}
YEAR: Mapping[str, Key] = {
    "year": Key(whole(1900, 2999), needed=True),
    "declaration": Key(_paper("declaration")),
    "scope": Key(
        _record(
            "scope",
            {
                **_PAPER,
                "procedures": Key(_count, needed=True),
                "fields": Key(_count, needed=True),
                "divisions": Key(many(ident), needed=True),
            },
            lambda v: Scope(_paper_of(v), v["procedures"], v["fields"], v["divisions"]),
        )
    ),
    "policy": Key(
        _record("policy", {**_PAPER, "words": Key(text, needed=True)}, lambda v: Policy(_paper_of(v), v["words"]))
    ),
    "plan": Key(_paper("plan")),
    "documents": Key(
        _record(
            "documents",
            {**_PAPER, "edition": Key(whole(1, 999)), "processes": Key(_count), "flowcharts": Key(_count)},
            lambda v: Documents(_paper_of(v), v.get("edition"), v.get("processes"), v.get("flowcharts")),
        )
    ),
    "training": Key(
        _record(
            "training",
            {**_PAPER, "people": Key(_count, needed=True), "by": Key(text)},
            lambda v: Training(_paper_of(v), v["people"], v.get("by", "")),
        )
    ),
    "audit": Key(
        _record(
            "audit",
            {
                "plan": Key(_paper("audit.plan")),
                "reports": Key(many(_paper("audit.reports")), needed=True),
                "findings": Key(_count),
            },
            _audit,
        )
    ),
    "review": Key(
        _record("review", {**_PAPER, "held": Key(day, needed=True)}, lambda v: Review(_paper_of(v), v["held"]))
    ),
    "objectives": Key(
        _record(
            "objectives",
            {
                **_PAPER,
                "divisions": Key(many(ident), needed=True),
                "aims": Key(many(_record("objectives.aims", _AIM, _objective))),
            },
            lambda v: Objectives(_paper_of(v), v["divisions"], v.get("aims", ())),
        )
    ),
    "satisfaction": Key(
        _record(
            "satisfaction",
            {"rate": Key(_percentage), "satisfied": Key(_count), "surveyed": Key(_count), "by": Key(text)},
            lambda v: Satisfaction(
                v["rate"].removesuffix("%") if "rate" in v else None,
                v.get("satisfied"),
                v.get("surveyed"),
                v.get("by", ""),
            ),
        )
    ),
    "payment": Key(
        _record(
            "payment",
            {"procedures": Key(_count, needed=True), "of": Key(_count, needed=True), "counted": Key(text)},
            lambda v: Payment(v["procedures"], v["of"], v.get("counted", "")),
        )
    ),
    "complaints": Key(_count),
    "publication": Key(
        _record(
            "publication",
            {"office": Key(yes_no, needed=True), "portal": Key(yes_no, needed=True)},
            lambda v: v["office"] + v["portal"],
        )
    ),
    "answer_within": Key(whole_term),
    "figures": Key(_figures),
    "papers": Key(many(_paper("papers"))),
    "facts": Key(many(_fact)),
}
"""The keys of the file; all but these are findings."""

SECTIONS = tuple(name for name in YEAR if name not in ("year", "facts"))
"""What may be declared, each with its provenance under `facts`."""


def read_year(data: bytes, file: str, divisions: Set[str] | None = None) -> tuple[Year | None, list[Finding]]:
    """What a file declares, and all that is wrong with it; None when there is no year in it that could be read.

    `divisions` are the ids there are; without them they aren't looked at.
    """
    source = Source(file)
    root = parse(source, data)
    if root is None:
        return None, source.findings
    reading = Reading(source)
    values = reading.table(root, YEAR)
    name = PurePath(file)
    stem = name.stem if name.stem.isdecimal() or name.parent.name == FOLDER else ""
    for code, node, words in _wrong(root, values, stem, divisions):
        source.report(code, CODES[code], node, words)
    for code, node, words in _unfounded(root, values, reading.unread):
        source.report(code, CODES[code], node, words)
    return Year(**values, file=file) if "year" in values else None, source.findings


Wrong = Iterator[tuple[str, Node, Text]]


def _wrong(root: Map, values: Mapping[str, Any], stem: str, divisions: Set[str] | None) -> Wrong:
    """What the words alone don't show: another year's, divisions that there aren't, parts larger than their whole."""
    year = values.get("year")
    if year is not None and stem and stem != str(year):
        yield _told(root, "RPT003", ("year",), f"tệp tên {stem} ghi năm {year}", f"the file named {stem} says {year}")
    review = values.get("review")
    if review is not None and year is not None and review.held.year != year:
        vi, en = f"cuộc họp ngày {review.held:%d/%m/%Y} không ở năm {year}", f"held on {review.held}, not in {year}"
        yield _told(root, "RPT103", ("review", "held"), vi, en)
    for path, part, most in _parts(values):
        if part is not None and most is not None and part > most:
            yield _told(
                root, "RPT102", path, f"{part} lớn hơn tổng số {most}", f"{part} is more than the whole, {most}"
            )
    if divisions is not None:
        yield from _strangers(root, divisions)


def _parts(values: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], int | None, int | None]]:
    payment, survey, figures = values.get("payment"), values.get("satisfaction"), values.get("figures", {})
    if payment is not None:
        yield ("payment", "procedures"), payment.procedures, payment.of
    if survey is not None:
        yield ("satisfaction", "satisfied"), survey.satisfied, survey.surveyed
    for part, most in _PARTS.items():
        yield ("figures", part), figures.get(part), figures.get(most)


_PARTS: Mapping[str, str] = {
    "published_in_time": "published",
    "paid_online_procedures": "fee_procedures",
    "paid_online": "paid",
    "answers_satisfied": "answers_surveyed",
}
"""Figures that are a part of another one."""


def _told(root: Map, code: str, path: tuple[str, ...], vi: str, en: str) -> tuple[str, Node, Text]:
    """A finding at a key's value; the words end with the remedy."""
    node: Node = root
    for name in path:
        node = (node.get(name) if isinstance(node, Map) else None) or node
    where = ".".join(path)
    return code, node, Text(f"{where}: {vi}; hãy xem lại", f"{where}: {en}; look again")


def _strangers(root: Map, divisions: Set[str]) -> Wrong:
    """Divisions that the agency doesn't have, wherever they are named."""
    for node in _named(root):
        if node.text not in divisions:
            guess = meant(nearest(node.text, divisions))
            shown = brief(node.text)
            yield "RPT101", node, Text(f"không có phòng '{shown}'{guess.vi}", f"no division '{shown}'{guess.en}")


def _named(root: Map) -> Iterator[Scalar]:
    tables = [root.get("scope"), root.get("objectives")]
    aims = tables[1].get("aims") if isinstance(tables[1], Map) else None
    for table in (*tables, *(aims.items if isinstance(aims, Seq) else ())):
        listed = table.get("divisions") if isinstance(table, Map) else None
        for item in listed.items if isinstance(listed, Seq) else ():
            if isinstance(item, Scalar) and re.fullmatch(r"[a-z][a-z0-9-]*", item.text):
                yield item


def _unfounded(root: Map, values: Mapping[str, Any], unread: Set[str]) -> Wrong:
    """Sections of which nobody says where they come from, and facts about what the file doesn't declare."""
    if "facts" in unread:
        return
    facts: tuple[Fact, ...] = values.get("facts", ())
    sections = [name for name, _ in root.items if name.text in SECTIONS]
    for name in sections:
        if not any(name.text in fact.of for fact in facts):
            vi = f"'{name.text}': chưa ghi lấy ở đâu; hãy thêm vào 'of' của một mục ở 'facts'"
            en = f"'{name.text}': where it comes from isn't said; add it to 'of' of an entry of 'facts'"
            yield "RPT001", name, Text(vi, en)
    for fact in facts:
        for about in fact.of:
            if not _said(root, about):
                guess, place = meant(nearest(about, [name.text for name in sections])), Scalar(about, *fact.place)
                shown = brief(about)
                vi, en = f"tệp không khai '{shown}'{guess.vi}", f"the file doesn't declare '{shown}'{guess.en}"
                yield "RPT002", place, Text(vi, en)


def _said(root: Map, path: str) -> bool:
    """Whether the file declares a section, or a part of it: `objectives.aims`."""
    section, _, part = path.partition(".")
    found = root.get(section) if section in SECTIONS else None
    return found is not None and (not part or (isinstance(found, Map) and found.get(part) is not None))


def load_year(folder: Path, year: int, divisions: Set[str] | None = None) -> Year | None:
    """What the agency in `folder` declares of a year; None where it has no such file.

    Raises FlowFileError with the findings when the file has faults, BadValue when it can't be opened.
    """
    file = folder / FOLDER / f"{year}.yaml"
    if not file.exists():
        return None
    found, findings = read_year(contents(file), str(file), divisions)
    if findings:
        text = Text(
            f"'{file}' có {len(findings)} lỗi; hãy sửa trước", f"'{file}' has {len(findings)} faults; mend them first"
        )
        raise FlowFileError(text, findings)
    return found
