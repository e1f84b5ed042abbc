"""The catalogue of an agency: its procedures counted and grouped. Internal processes are counted apart, never among them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..model import Flow
from ..org import Org
from ..text import Text, number

_NONE = Text("chưa ghi", "not given")
_CONFIDENCE = {
    "high": Text("cao: tên và thời hạn đều đã đọc", "high: name and term were both read"),
    "medium": Text("vừa: một trong hai đã đọc", "medium: one of them was read"),
    "low": Text("thấp: cả hai theo trí nhớ", "low: both from memory"),
}


def _shape(flow: Flow) -> str:
    from ..graph import shape  # networkx, only where it is asked for

    return shape(flow)


Key = Callable[[Flow], str]
KEYS: Mapping[str, Key] = {
    "field": lambda flow: flow.field,
    "division": lambda flow: flow.division,
    "level": lambda flow: str(flow.online_level),
    "archetype": lambda flow: flow.archetype or "",
    "shape": _shape,
    "authority": lambda flow: flow.decided_by,
    "confidence": lambda flow: flow.confidence or "",
}
"""What procedures can be grouped by; the value of a group is an id, a level or a word of the file."""


class Group(NamedTuple):
    """Procedures that have something in common."""

    key: str
    title: Text
    flows: tuple[Flow, ...]


def newest(flows: Iterable[Flow]) -> tuple[tuple[Flow, ...], tuple[Flow, ...]]:
    """The last version of each procedure, and of each internal process; `flows` come sorted by version."""
    last = {flow.code: flow for flow in flows}.values()
    return (
        tuple(flow for flow in last if flow.kind == "procedure"),
        tuple(flow for flow in last if flow.kind == "internal"),
    )


def groups(flows: Iterable[Flow], by: str, org: Org) -> list[Group]:
    """The procedures by one of `KEYS`, sorted by the value they share; the surest first."""
    found: dict[str, list[Flow]] = {}
    for flow in flows:
        found.setdefault(KEYS[by](flow), []).append(flow)
    ordered = [*_CONFIDENCE, ""] if by == "confidence" else sorted(found)
    return [Group(key, _title(by, key, org), tuple(found[key])) for key in ordered if key in found]


def _title(by: str, key: str, org: Org) -> Text:
    if by == "level":
        return Text(f"mức độ {key}", f"level {key}")
    known: Mapping[str, Mapping[str, Text]] = {
        "field": org.fields,
        "division": org.divisions,
        "authority": org.authorities,
        "confidence": _CONFIDENCE,
    }
    return known.get(by, {}).get(key) or (Text(key, key) if key else _NONE)


def counts(flows: Sequence[Flow]) -> dict[str, int]:
    """How many procedures, fields, procedures of online levels 3 and 4 (R5), and interconnected ones."""
    return {
        "procedures": len(flows),
        "fields": len({flow.field for flow in flows}),
        "level_3": sum(flow.online_level == 3 for flow in flows),
        "level_4": sum(flow.online_level == 4 for flow in flows),
        "interconnected": sum(flow.interconnected for flow in flows),
    }


def reconstruction(flows: Sequence[Flow]) -> Text | None:
    """Said when nobody has read which procedures belong to which field: then the list itself is a reconstruction."""
    assumed = sum(bool((fact := flow.provenance("field")) and fact.status == "assumed") for flow in flows)
    if not assumed:
        return None
    return Text(
        f"Danh mục {len(flows)} thủ tục là bản dựng lại, không phải danh mục đã công bố: lĩnh vực của {assumed} thủ tục là"
        " giả định.",
        f"The list of {len(flows)} procedures is a reconstruction, not the published one: the field of {assumed} procedures"
        " is assumed.",
    )


def as_json(flows: Iterable[Flow], org: Org, lang: str = "vi") -> dict[str, Any]:
    """The catalogue as JSON values: the counts, every grouping, and the internal processes."""
    procedures, internal = newest(flows)
    note = reconstruction(procedures)
    return {
        **counts(procedures),
        "internal": len(internal),
        "draft": sum(flow.status == "draft" for flow in (*procedures, *internal)),
        "note": note.to(lang) if note else None,
        **{
            f"by_{by}": {
                group.key: {
                    "title": group.title.to(lang),
                    **counts(group.flows),
                    "codes": [flow.code for flow in group.flows],
                }
                for group in groups(procedures, by, org)
            }
            for by in KEYS
        },
        "internal_codes": [flow.code for flow in internal],
    }


def as_text(flows: Iterable[Flow], org: Org, by: str = "field", lang: str = "vi") -> str:
    """The catalogue as lines: totals, the procedures of each group, the internal processes, and what to know of them."""
    procedures, internal = newest(flows)
    note = reconstruction(procedures)
    mark = Text(" (bản dựng lại)", " (a reconstruction)").to(lang) if note else ""
    lines = [f"{org.title.to(lang)}{mark}: {_totals(procedures, internal).to(lang)}"]
    for group in groups(procedures, by, org):
        lines += ["", *_listed(group.title.to(lang), group.flows, lang)]
    if internal:
        title = Text("Quy trình nội bộ, không phải thủ tục", "Internal processes, no procedures")
        lines += ["", *_listed(title.to(lang), internal, lang)]
    notes = [line.to(lang) for line in (note, _drafts((*procedures, *internal))) if line]
    return "\n".join([*lines, "", *notes] if notes else lines)


def _totals(procedures: Sequence[Flow], internal: Sequence[Flow]) -> Text:
    found = counts(procedures)
    vi = (
        f"{found['procedures']} thủ tục, {found['fields']} lĩnh vực, mức 3: {found['level_3']},"
        f" mức 4: {found['level_4']}, liên thông: {found['interconnected']}"
    )
    en = (
        f"{found['procedures']} procedures, {found['fields']} fields, level 3: {found['level_3']},"
        f" level 4: {found['level_4']}, interconnected: {found['interconnected']}"
    )
    if not internal:
        return Text(vi, en)
    return Text(f"{vi}; {len(internal)} quy trình nội bộ", f"{en}; internal processes: {len(internal)}")


def _listed(title: str, flows: Sequence[Flow], lang: str) -> list[str]:
    rows = [f"  {flow.code:<9} {term(flow, lang):<18} {flow.title}" for flow in flows]
    return [f"{title} ({number(len(flows), lang)})", *rows]


def term(flow: Flow, lang: str) -> str:
    """The deadline in words."""
    return flow.deadline.shown(lang) if flow.deadline else Text("không thời hạn", "no term").to(lang)


def _drafts(flows: Sequence[Flow]) -> Text | None:
    drafts = sum(flow.status == "draft" for flow in flows)
    if not drafts:
        return None
    return Text(
        f"{drafts} lưu đồ là bản thảo: còn dữ kiện giả định, xem bằng 'flowiso facts --assumed'",
        f"{drafts} flows are drafts: they rest on assumed facts, see 'flowiso facts --assumed'",
    )
