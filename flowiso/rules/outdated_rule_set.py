"""The flow names no rule set of the register, or one that doesn't hold when it is in force.

Why this is bad: a dossier keeps the slice of the law of the day it was received (our design, R1); a flow drawn under
another slice has forms, intake and supplements that the law of its dossiers doesn't know. A change of the law must be
taken up within three months (R66). Rule sets stand in `_laws.yaml`; an agency without any is not asked.

Bad:

    rule_set: VN-2026
    facts: [{of: [rule_set], read: ví dụ}]
    _rule_sets: {VN-2018: {from: 2018-06-21, laws: [Luật ví dụ], status: memory, source: ví dụ}}

Good:

    rule_set: VN-2018
    facts: [{of: [rule_set], read: ví dụ}]
    _rule_sets: {VN-2018: {from: 2018-06-21, laws: [Luật ví dụ], status: memory, source: ví dụ}}
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from flowiso.laws import Laws, RuleSet
from flowiso.model import Finding, Flow, Level
from flowiso.schema import meant, nearest
from flowiso.text import Text

from .context import Context
from .expired_legal_basis import GRACE, earlier

CODE = "FLW114"
NAME = "outdated-rule-set"
LEVEL: Level = "warning"
SUMMARY = Text(
    "Lưu đồ không ghi khung pháp luật có trong sổ, hoặc ghi khung không áp dụng khi lưu đồ có hiệu lực.",
    "The flow names no rule set of the register, or one that doesn't hold when it is in force.",
)
WHY = (
    "Hồ sơ giữ khung pháp luật của ngày tiếp nhận (quy ước của FlowISO, R1); lưu đồ vẽ theo khung khác thì có biểu mẫu, "
    "cách tiếp nhận và bổ sung mà pháp luật của hồ sơ không biết. Thay đổi của pháp luật phải được đưa vào trong ba tháng "
    "(R66). Các khung ghi ở `_laws.yaml`; cơ quan chưa ghi khung nào thì không bị hỏi."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report a rule set that is missing, unknown, not yet or no longer in force when the flow is."""
    if context.laws.rule_sets and flow.effective is not None and "rule_set" not in flow.unread:
        text = _fault(flow, context.laws, context.today)
        if text:
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *flow.place("rule_set"))


def _fault(flow: Flow, laws: Laws, today: date | None) -> Text | None:
    named = laws.rule_sets.get(flow.rule_set or "")
    if named is None:
        return _unknown(flow, laws)
    if not named.holds(flow.effective):
        day, now = f"{flow.effective:%d/%m/%Y}", _now(flow.effective, laws)
        return Text(
            f"khung {named.code} không áp dụng ngày {day} là ngày lưu đồ có hiệu lực{now.vi}",
            f"the rule set {named.code} doesn't hold on {flow.effective}, when the flow begins{now.en}",
        )
    return _ended(named, laws, today) if _open(flow, today) else None


def _open(flow: Flow, today: date | None) -> bool:
    return today is not None and (flow.effective_to is None or today < flow.effective_to)


def _ended(named: RuleSet, laws: Laws, today: date | None) -> Text | None:
    """What to say when the rule set ended longer ago than the time the law gives."""
    if today is None or named.until is None or named.until >= earlier(today, GRACE):
        return None
    now = _now(today, laws)
    return Text(
        f"khung {named.code} đã hết từ {named.until:%d/%m/%Y}; hãy xem lại lưu đồ (R66: trong 3 tháng){now.vi}",
        f"the rule set {named.code} ended on {named.until}; review the flow (R66: within 3 months){now.en}",
    )


def _unknown(flow: Flow, laws: Laws) -> Text:
    if flow.rule_set is None:
        now = _now(flow.effective, laws)
        return Text(f"chưa ghi 'rule_set'{now.vi}", f"'rule_set' isn't written{now.en}")
    hint = meant(nearest(flow.rule_set, laws.rule_sets))
    return Text(
        f"_laws.yaml không có khung {flow.rule_set}{hint.vi}",
        f"_laws.yaml has no rule set {flow.rule_set}{hint.en}",
    )


def _now(on: date, laws: Laws) -> Text:
    """Which rule set holds on a day, where one does."""
    there = laws.rule_set(on)
    if there is None:
        return Text("", "")
    return Text(f"; ngày {on:%d/%m/%Y} áp dụng {there.code}", f"; on {on} it is {there.code}")
