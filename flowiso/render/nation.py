"""The nation's figures as text, JSON and CSV: of a period by group or by account, and the yearly questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..causes import TITLES
from ..cells import csv_table
from ..figures import FIGURES, FORM, Counts, definitions
from ..nation.answers import National, Officer, Verdicts, Work
from ..nation.files import Export
from ..nation.statistics import columns_of
from ..period import Period
from ..stats import CHANNEL_TITLES, span_json
from ..text import Text, moment, number, percent_shown
from ..worktime import local
from .plain import SIMULATED, aligned, paragraphs

Row = Officer | Verdicts | Work

_TITLES: Mapping[str, Text] = {
    "year": Text("năm", "year"),
    "agency": Text("cơ quan", "agency"),
    "field": Text("lĩnh vực", "field"),
    "code": Text("thủ tục", "procedure"),
    "division": Text("phòng", "division"),
    "channel": Text("kênh", "channel"),
    "handler": Text("thụ lý", "handler"),
    "officer": Text("tài khoản", "account"),
    "outcome": Text("kết quả", "verdict"),
    "dossiers": Text("hồ sơ", "dossiers"),
    "steps": Text("bước", "steps"),
    "late_steps": Text("bước trễ", "late steps"),
    "late_minutes": Text("phút trễ", "minutes late"),
    "misrouted": Text("chuyển nhầm", "misrouted"),
    "lost_minutes": Text("phút mất", "minutes lost"),
}
_WHOLE = Text("tất cả", "all")


def as_text(found: National, lang: str) -> str:
    """The whole and each group under the columns of the form, then why late ones are late."""
    keys = columns_of(found.by)
    rate = Text("tỷ lệ đúng hạn", "in time").to(lang)
    head = [
        *(_TITLES[key].to(lang) for key in keys),
        *(f"{one.short.to(lang)} ({one.column})" for one in FORM),
        rate,
    ]
    groups = [[*_named(keys, key, found.exports, lang), *_cells(counts, lang)] for key, counts in found.groups.items()]
    whole = [_WHOLE.to(lang), *[""] * (len(keys) - 1), *_cells(found.counts, lang)] if keys else None
    lines = [head, *groups, *([whole] if whole else [])]
    table = aligned(lines, "<" * len(keys) + ">" * (len(FORM) + 1))
    return paragraphs((_head(found.exports, lang, found.period, found.until), table, _causes(found, lang)))


def rows_text(rows: Sequence[Row], exports: Sequence[Export], lang: str, span: tuple[Period, int] | None = None) -> str:
    """Answers that are rows, under their columns; `span` are period and cut-off, without which each agency has its own."""
    lines = [[_TITLES[name].to(lang) for name in _fields(rows)]]
    lines += [[_shown(name, value, lang) for name, value in row._asdict().items()] for row in rows]
    sides = "".join("<" if isinstance(value, str) else ">" for value in rows[0]) if rows else ""
    table = aligned(lines, sides) if rows else [f"  {Text('Không phát sinh', 'Nothing arose').to(lang)}"]
    return paragraphs((_head(exports, lang, *(span or (None, None))), table))


def as_json(found: National, lang: str) -> dict[str, Any]:
    """The figures as JSON values; a group has its keys beside its counts."""
    keys = columns_of(found.by)
    return {
        **_about(found.exports, lang, (found.period, found.until)),
        "by": list(found.by),
        **found.counts.to_json(),
        "late_by_cause": dict(found.late_by_cause),
        "groups": [{**dict(zip(keys, key, strict=True)), **counts.to_json()} for key, counts in found.groups.items()],
        "definitions": definitions(lang),
    }


def rows_json(
    rows: Sequence[Row], exports: Sequence[Export], lang: str, span: tuple[Period, int] | None = None
) -> dict[str, Any]:
    """Answers that are rows."""
    return {**_about(exports, lang, span), "rows": [row._asdict() for row in rows]}


def as_csv(found: National) -> str:
    """A line for each group, under the names JSON uses."""
    keys = columns_of(found.by)
    names = [figure.name for figure in FIGURES]
    head = ("from", "to", "cut_off", "simulated", *keys, *names, "merits", "merits_in_time")
    span = (found.period.first, found.period.last, local(found.until).isoformat(), str(found.simulated).lower())
    lines = (
        [*span, *key, *(getattr(counts, name) for name in (*names, "merits", "merits_in_time"))]
        for key, counts in found.groups.items()
    )
    return csv_table(head, lines)


def rows_csv(rows: Sequence[Row], simulated: bool) -> str:
    """Answers that are rows, each with whether a simulation is among what was counted."""
    return csv_table(("simulated", *_fields(rows)), ([str(simulated).lower(), *row] for row in rows))


def _fields(rows: Sequence[Row]) -> tuple[str, ...]:
    return rows[0]._fields if rows else ()


def _about(exports: Sequence[Export], lang: str, span: tuple[Period, int] | None) -> dict[str, Any]:
    return {
        **(span_json(*span, lang) if span else {}),
        "simulated": any(export.simulated for export in exports),
        "exports": [export.to_json() for export in exports],
    }


def _head(exports: Sequence[Export], lang: str, period: Period | None, until: int | None) -> Iterator[str]:
    count = len(exports)
    named = Text(f"{number(count)} cơ quan", f"{number(count, 'en')} agencies").to(lang)
    yield f"{named} - {period.title.to(lang)}" if period else named
    if any(export.simulated for export in exports):
        yield SIMULATED.to(lang)
    cuts = sorted({export.cut_off for export in exports}) if until is None else [until]
    shown = " - ".join(moment(local(cut)) for cut in dict.fromkeys((cuts[0], cuts[-1])))
    yield Text(f"Số liệu chốt lúc {shown}", f"As of {shown}").to(lang)


def _named(keys: Sequence[str], values: Sequence[str], exports: Sequence[Export], lang: str) -> Iterator[str]:
    titles = {export.agency: export.title for export in exports}
    for key, value in zip(keys, values, strict=True):
        if key == "channel":
            yield next((title.to(lang) for name, title in CHANNEL_TITLES.items() if name == value), value)
        elif key == "agency" and len(keys) == 1:
            yield f"{value} {titles[value].to(lang)}" if value in titles else value
        else:
            yield value or "?"


def _cells(counts: Counts, lang: str) -> Iterator[str]:
    yield from (number(getattr(counts, one.name), lang) for one in FORM)
    yield percent_shown(counts.in_time_rate, lang)


def _causes(found: National, lang: str) -> Iterator[str]:
    late = number(found.counts.late_by_law + found.counts.overdue_by_law, lang)
    yield Text(
        f"Nguyên nhân {late} hồ sơ trễ hạn và đang quá hạn theo ngày hẹn trả của luật",
        f"Causes of the {late} dossiers late and overdue by the law's due date",
    ).to(lang)
    lines = [[number(count, lang), TITLES[cause].to(lang)] for cause, count in found.late_by_cause.items() if count]
    yield from aligned(lines, "><") if lines else [f"  {Text('Không phát sinh', 'None arose').to(lang)}"]


def _shown(name: str, value: str | int, lang: str) -> str:
    return str(value) if name == "year" or isinstance(value, str) else number(value, lang)
