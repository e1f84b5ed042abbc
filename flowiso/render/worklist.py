"""The agency's worklist: which facts are assumed and why, which are read and where; as text, JSON values and CSV."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ..cells import harmless
from ..facts import COLUMNS, ON_PUBLISHING, Row, fact_place, fact_title, fact_value, rows, standing, tally
from ..model import Flow
from ..org import Org
from ..text import Text, number
from .flow import MARKS

_TOPICS: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (
        Text("Theo quyết định công bố danh mục thủ tục", "From the decision that publishes the list of procedures"),
        ("title", "national_code", "field", "division", "decided_by", "online_level", "interconnected",
         "code", "version", "kind", "confidence"),
    ),
    (
        Text("Theo văn bản quy định thủ tục", "From the law of the procedure"),
        ("deadline", "no_deadline_reason", "legal_basis", "rule_set", "supplement_window", "clock_policy", "clock_basis",
         "result", "fee", "fee_cases", "submitted", "one_stop_full", "confidential", "at-due"),
    ),
    (Text("Theo lưu đồ ISO của cơ quan", "From the agency's own flowchart"), ()),
    (Text("Cách xếp loại của FlowISO", "How FlowISO groups it"), ("archetype",)),
    (Text("'flowiso publish' ghi khi ban hành, không cần xác nhận trước",
          "'flowiso publish' writes these, nothing to confirm before"), ON_PUBLISHING),
)  # fmt: skip
_CHART = 2
"""The topic of everything that is drawn: rows, times, arrows, forms and each of them."""

_TOPIC = {fact: number for number, (_, facts) in enumerate(_TOPICS) for fact in facts}
_MOST = 3
_MOST_CODES = 8
_LONGEST = 90


class Group(NamedTuple):
    """Facts that stand with the same words in the same flows."""

    facts: tuple[str, ...]
    rows: tuple[Row, ...]


def groups(found: Iterable[Row]) -> list[Group]:
    """The rows by fact, facts that stand alike together; by topic, those of most flows first."""
    by_fact: dict[str, list[Row]] = {}
    for row in found:
        by_fact.setdefault(row.fact, []).append(row)
    alike: dict[tuple[int, frozenset[tuple[str, str, str]]], list[str]] = {}
    for fact, alone in by_fact.items():
        key = frozenset((row.flow.file, row.entry.status, row.entry.source) for row in alone)
        alike.setdefault((_topic(fact), key), []).append(fact)
    made = [Group(tuple(facts), tuple(by_fact[facts[0]])) for facts in alike.values()]
    return sorted(made, key=lambda group: (_topic(group.facts[0]), -len(group.rows), group.facts))


def _topic(fact: str) -> int:
    return _TOPIC.get(fact, _CHART)


def as_text(org: Org, flows: Sequence[Flow], shown: Sequence[Row], lang: str) -> str:
    """The worklist of an agency: what blocks publishing first, what is the same for many flows said once."""
    lines = [f"{org.title.to(lang)}: {_counted(flows).to(lang)}", *_next(flows, lang)]
    for status in ("assumed", "read", "own"):
        wanted = [row for row in shown if row.standing == status]
        for topic, (title, _) in enumerate(_TOPICS):
            found = [group for group in groups(wanted) if _topic(group.facts[0]) == topic]
            if found:
                lines += ["", f"[{MARKS[status].to(lang)}] {title.to(lang)}"]
                lines += [line for group in found for line in _group_lines(group, len(flows), lang)]
    return "\n".join([*lines, *(_how(lang) if any(row.blocks for row in shown) else ())])


def _counted(flows: Sequence[Flow]) -> Text:
    """What there is in these flows, whichever of it is shown."""
    (read, assumed), blocking = tally(flows), _blocking(flows)
    facts, drafts = read + assumed, sum(flow.status == "draft" for flow in flows)
    return Text(
        f"{number(len(flows))} lưu đồ, {number(drafts)} bản thảo; {number(facts)} dữ kiện, {number(assumed)} giả định,"
        f" trong đó {number(blocking)} phải xác nhận trước khi ban hành",
        f"{_several(len(flows), 'flow')}, {_several(drafts, 'draft')}; {_several(facts, 'fact')},"
        f" {number(assumed, 'en')} assumed, {number(blocking, 'en')} of them to be confirmed before publishing",
    )


def _blocking(flows: Iterable[Flow]) -> int:
    return sum(row.blocks for row in rows(flows))


def _several(count: int, one: str) -> str:
    return f"{number(count, 'en')} {one}{'s' * (count != 1)}"


def _next(flows: Sequence[Flow], lang: str) -> Iterator[str]:
    """Which drafts can be published, and which are nearest to it."""
    left = Counter(_name(row.flow) for row in rows(flows) if row.blocks)
    if ready := [_name(flow) for flow in flows if flow.status == "draft" and _name(flow) not in left]:
        yield Text("đã xác nhận đủ: ", "all confirmed: ").to(lang) + _some(ready)
    if left:
        nearest = sorted(left, key=lambda name: (left[name], name))[:_MOST]
        words = Text("còn ít việc nhất: ", "least left to do: ").to(lang)
        yield words + ", ".join(f"{name} ({left[name]})" for name in nearest)


def _group_lines(group: Group, flows: int, lang: str) -> Iterator[str]:
    several = Text(f"{number(len(group.rows))} lưu đồ", _several(len(group.rows), "flow")).to(lang)
    first = group.rows[0].flow
    yield f"  {'; '.join(_fact(first, fact, lang) for fact in group.facts)}: {several}"
    reasons = Counter(row.entry.source for row in group.rows).most_common()
    for reason, count in reasons[:_MOST]:
        yield f"    {reason if len(reasons) == 1 else f'{count} × {reason}'}"
    rest = len(reasons) - _MOST
    if rest > 0:
        yield Text(f"    và {rest} cách nói khác", f"    and {rest} other wordings").to(lang)
    if len(group.rows) < flows:
        yield f"    {_some([_name(row.flow) for row in group.rows])}"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST_CODES]) + (f", ... ({len(names)})" if len(names) > _MOST_CODES else "")


def _name(flow: Flow) -> str:
    return flow.code if flow.version == 1 else f"{flow.code}@{flow.version}"


def _fact(flow: Flow, fact: str, lang: str) -> str:
    title = fact_title(flow, fact, lang)
    return fact if title == fact else f"{title} ({fact})"


def _how(lang: str) -> Iterator[str]:
    table = "flowiso facts --assumed --format csv -o viec.csv"
    one = 'flowiso facts LTHH-13 --set online_level --decision "..."'
    yield ""
    yield Text(
        f"Xác nhận: {one}; hoặc cả bảng: {table}, điền hai cột cuối, rồi flowiso facts --apply viec.csv",
        f"Confirm: {one}; or the whole table: {table}, fill in the last two columns, then flowiso facts --apply viec.csv",
    ).to(lang)


def flow_text(flow: Flow, shown: Sequence[Row], lang: str) -> str:
    """One flow's facts, each with file, line and value under the words that say where it comes from; assumed ones first."""
    lines = [f"{flow.code} v{flow.version}  {flow.title}", "  " + _counted([flow]).to(lang)]
    entries = sorted({row.entry: None for row in shown}, key=lambda entry: (entry.status != "assumed", entry.place))
    for entry in entries:
        lines += ["", f"[{MARKS[standing(entry)].to(lang)}] {entry.source}"]
        lines += [
            f"  {_located(row)}: {_fact(flow, row.fact, lang)}{_valued(row)}" for row in shown if row.entry == entry
        ]
    if first := next((row for row in shown if row.blocks), None):
        command = f'flowiso facts {flow.code}@{flow.version} --set {first.fact} --decision "..."'
        lines += ["", Text(f"Xác nhận: {command}", f"Confirm: {command}").to(lang)]
    return "\n".join(lines)


def _located(row: Row) -> str:
    return f"{row.flow.file}:{fact_place(row.flow, row.fact).line}"


def _valued(row: Row) -> str:
    value = "; ".join(fact_value(row.flow, row.fact).splitlines())
    shown = value if len(value) <= _LONGEST else value[: _LONGEST - 3] + "..."
    return f": {shown}" if value else ""


def as_json(flows: Sequence[Flow], shown: Sequence[Row], lang: str) -> dict[str, Any]:
    """The worklist as JSON values: counts of all there is, and the facts `shown`; a list has an item on each line of `value`."""
    return {
        "flows": len(flows),
        **tally(flows)._asdict(),
        "blocking": _blocking(flows),
        "facts": [{**_cells(row, lang), "status": row.standing, "blocks": row.blocks} for row in shown],
    }


def as_csv(shown: Iterable[Row], lang: str) -> str:
    """The worklist as a table for a spreadsheet: UTF-8 with BOM, no cell a formula, two empty columns to fill in."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(title.to(lang) for title in COLUMNS.values())
    for row in shown:
        cells = {**_cells(row, lang), "status": MARKS[row.standing].to(lang)}
        writer.writerow(harmless(str(cells.get(column, ""))) for column in COLUMNS)
    return out.getvalue()


def _cells(row: Row, lang: str) -> dict[str, Any]:
    flow, fact = row.flow, row.fact
    return {
        "code": flow.code,
        "version": flow.version,
        "fact": fact,
        "title": fact_title(flow, fact, lang),
        "value": fact_value(flow, fact),
        "source": row.entry.source,
        "file": flow.file,
        "line": fact_place(flow, fact).line,
    }
