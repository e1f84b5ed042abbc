"""The yearly questions answered from kept totals, as text and CSV, and what a recount finds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..cells import csv_table
from ..figures import FIGURES, Group
from ..kept import APART, OFFICER, RESULT, Difference
from ..keptreport import RESOLVED, Kept
from ..text import Text, moment
from ..worktime import local
from .plain import SIMULATED, aligned, paragraphs, shortened

_SHORT = {figure.name: figure.short for figure in FIGURES}
_COLUMNS = {
    "resolved": Text("đã giải quyết", "resolved"),
    "early": Text("trước hạn", "early"),
    "on_time": Text("đúng hạn", "on time"),
    "late": Text("trễ hạn", "late"),
}
_STEPS = (Text("lượt xử lý", "steps"), Text("lượt trễ", "late steps"), Text("phút trễ", "minutes late"))
_BY = {"by_field": Text("Theo lĩnh vực", "By field"), "by_procedure": Text("Theo thủ tục", "By procedure")}
_SOURCE = Text(
    "Từ số tổng giữ sẵn trong kho; đối chiếu với nhật ký: flowiso report --recount",
    "From the totals kept in the store; held against the logs by: flowiso report --recount",
)
_KINDS = {
    RESULT: Text("kết quả", "results"),
    OFFICER: Text("cán bộ", "officer"),
    APART: Text("hồ sơ để riêng", "dossier apart"),
}
_YEARS = 10_000

COLUMNS = (
    *("agency", "from", "to", "cut_off", "simulated", "part", "key", "title", *RESOLVED),
    *("steps", "late_steps", "late_minutes"),
)


def as_text(kept: Kept, lang: str) -> str:
    """Results by field and procedure, then what each account did."""
    return paragraphs(
        [
            _head(kept, lang),
            *(_results(title, getattr(kept, name), lang) for name, title in _BY.items()),
            _officers(kept, lang),
        ]
    )


def _head(kept: Kept, lang: str) -> Iterator[str]:
    yield f"{kept.title.to(lang)} - {kept.period.title.to(lang)}, {moment(local(kept.until))}"
    if kept.simulated:
        yield SIMULATED.to(lang)
    yield _SOURCE.to(lang)
    counted = (f"{title.to(lang)} {getattr(kept.counts, name)}" for name, title in _COLUMNS.items())
    yield ", ".join(counted)


def _results(title: Text, groups: Mapping[str, Group], lang: str) -> Iterator[str]:
    head = [title.to(lang), "", *(column.to(lang) for column in _COLUMNS.values())]
    rows = (
        [key, shortened(group.title.to(lang)), *(str(getattr(group.counts, name)) for name in _COLUMNS)]
        for key, group in groups.items()
    )
    yield from aligned([head, *rows], "<<" + ">" * len(_COLUMNS))


def _officers(kept: Kept, lang: str) -> Iterator[str]:
    head = [Text("Theo cán bộ", "By officer").to(lang), "", *(column.to(lang) for column in _STEPS)]
    rows = ([name, one.name, *map(str, one[2:])] for name, one in kept.by_officer.items())
    yield from aligned([head, *rows], "<<>>>")


def as_csv(kept: Kept, lang: str) -> str:
    """The agency's line, then those of fields, procedures and officers."""
    return csv_table(COLUMNS, _rows(kept, lang))


def _rows(kept: Kept, lang: str) -> Iterator[list[object]]:
    period, cut = kept.period, local(kept.until).isoformat()
    head: list[object] = [kept.agency, period.first, period.last, cut, str(kept.simulated).lower()]
    none = [""] * len(_STEPS)
    groups = {"agency": {kept.agency: Group(kept.title, kept.counts)}, "field": kept.by_field}
    for part, found in {**groups, "procedure": kept.by_procedure}.items():
        for key, group in found.items():
            counts = (getattr(group.counts, name) for name in RESOLVED)
            yield [*head, part, key, group.title.to(lang), *counts, *none]
    for name, one in kept.by_officer.items():
        yield [*head, "officer", name, one.name, *[""] * len(RESOLVED), *one[2:]]


def recount_text(found: Sequence[Difference], lang: str) -> str:
    """That the totals are those of the logs, or every one that isn't and how to put that right."""
    if not found:
        said = Text("số tổng giữ sẵn khớp với nhật ký", "the kept totals are what the logs add up to")
        return f"{said.to(lang)}\n"
    said = Text(
        "số tổng không khớp nhật ký (số bị sửa, hoặc lưu đồ, lịch đã đổi từ khi ghi); để lập lại: flowiso keep --store ...",
        "totals are not what the logs add up to (altered, or flows or calendar have changed since); make them anew:"
        " flowiso keep --store ...",
    )
    head = [
        Text("kỳ", "part"), Text("loại", "kind"), Text("tên", "name"), Text("", ""), Text("giữ sẵn", "kept"),
        Text("nhật ký", "logs"),
    ]  # fmt: skip
    rows = [[one.to(lang) for one in head], *(_difference(one, lang) for one in found)]
    return paragraphs([[f"{len(found)} {said.to(lang)}"], aligned(rows, "<<<<>>")])


def _difference(one: Difference, lang: str) -> list[str]:
    part, kind, name, detail = one.key
    return [
        _part(part),
        _KINDS[kind].to(lang) if kind in _KINDS else kind,
        name,
        detail,
        _sums(one.kept),
        _sums(one.counted),
    ]


def _part(part: int) -> str:
    """A part as a year or the day it begins on; nothing for what stands apart."""
    if part < _YEARS:
        return str(part or "")
    return f"{part // _YEARS}-{part // 100 % 100:02d}-{part % 100:02d}"


def _sums(sums: Iterable[int]) -> str:
    return "/".join(map(str, sums))


def recount_json(found: Sequence[Difference], agency: str) -> dict[str, Any]:
    """The same as JSON values."""
    rows = [
        dict(zip(("part", "kind", "name", "detail"), (_part(one.key[0]), *one.key[1:]), strict=True))
        | {"kept": one.kept._asdict(), "counted": one.counted._asdict()}
        for one in found
    ]
    return {"agency": agency, "equal": not found, "differences": rows}
