"""A yearly plan doesn't fit its procedure: a milestone is missing, unknown, out of order, or no working day of its year.

Why this is bad: where the law sets no term and the flow says `until`, the milestone is the due date (our design, R61).
Without it the dossier can't be received; on a day off, or before the step that comes first, it can't be kept.

Bad:

    steps: {tra-ket-qua: {until: cham-diem}}
    facts: [{of: [step.tra-ket-qua], read: ví dụ}]
    _plan: {plan: ví dụ, milestones: {cham-diem: 2021-10-10}}

Good:

    steps: {tra-ket-qua: {until: cham-diem}}
    facts: [{of: [step.tra-ket-qua], read: ví dụ}]
    _plan: {plan: ví dụ, milestones: {cham-diem: 2021-10-11}}
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from flowiso.calendar import Calendar
from flowiso.errors import CalendarUnknown
from flowiso.model import Finding, Flow, Level, Place, Step
from flowiso.plans import Milestone, Plan
from flowiso.schema import meant, nearest
from flowiso.text import Text, day

from .context import Context
from .likeness import by_code

CODE = "FLW701"
NAME = "plan-mismatch"
LEVEL: Level = "error"
SUMMARY = Text(
    "Kế hoạch năm không khớp với lưu đồ: thiếu mốc, thừa mốc, mốc sai thứ tự hoặc rơi vào ngày nghỉ.",
    "A yearly plan doesn't fit its flow: a milestone is missing, unknown, out of order or on a day off.",
)
WHY = (
    "Khi pháp luật không quy định thời hạn và lưu đồ ghi `until` thì mốc của kế hoạch là hạn (quy ước của FlowISO, "
    "R61). Thiếu mốc thì không tiếp nhận được hồ sơ; mốc rơi vào ngày nghỉ, hoặc đứng trước bước phải làm trước, thì "
    "không giữ được hạn."
)


def check(flows: Sequence[Flow], context: Context) -> Iterator[Finding]:
    """Report at most one fault of each milestone, and each one that is missing; a flow that can't be read is told elsewhere."""
    codes = dict(by_code(flows))
    for plan in context.plans or ():
        versions = _in_force(codes.get(plan.code, []), plan.year)
        if versions and not any(_blind(flow) for flow in versions):
            yield from _misfits(plan, versions, context.calendar)
        elif not versions and not any(f"/{plan.code.lower()}.v" in file for file in context.unread):
            guess = meant(nearest(plan.code, codes))
            yield _finding(
                plan,
                plan.place,
                f"không có lưu đồ {plan.code}{guess.vi}; hãy sửa mã hoặc xóa kế hoạch này",
                f"there is no flow {plan.code}{guess.en}; correct the code or remove this plan",
            )

    if context.plans is not None:
        planned = {plan.code for plan in context.plans}
        planned |= {nearest(code, codes) or code for code in planned - codes.keys()}
        yield from (
            _unplanned(flow, step) for flow in flows if flow.code not in planned for step in _first_waiting(flow)
        )


def _first_waiting(flow: Flow) -> list[Step]:
    return [step for step in flow.steps if step.until][:1]


def _unplanned(flow: Flow, step: Step) -> Finding:
    text = Text(
        f"bước '{step.id}' chờ mốc '{step.until}' nhưng chưa có kế hoạch năm nào cho {flow.code};"
        " hãy thêm vào _plans/<năm>.yaml",
        f"step '{step.id}' waits for milestone '{step.until}', but no year has a plan for {flow.code};"
        " add it to _plans/<year>.yaml",
    )
    return Finding(CODE, NAME, LEVEL, text, flow.file, *step.place)


def _in_force(versions: Sequence[Flow], year: int) -> list[Flow]:
    """The versions in force in the year, or all when none is."""
    known = [flow for flow in versions if flow.effective]
    there = [flow for flow in known if flow.effective.year <= year <= (flow.effective_to or date.max).year]
    return there or list(versions)


def _blind(flow: Flow) -> bool:
    """Whether a milestone the flow waits for may not have been understood."""
    return not flow.unread.isdisjoint({"steps", "aside"}) or any(path.endswith(".until") for path in flow.unread)


def _misfits(plan: Plan, versions: Sequence[Flow], calendar: Calendar | None) -> Iterator[Finding]:
    wanted = {step.until for flow in versions for step in flow.steps if step.until}
    missing = wanted - plan.milestones.keys()
    for name, milestone in plan.milestones.items():
        if name not in wanted:
            guess = nearest(name, missing)
            missing.discard(guess)
            hint = meant(guess)
            vi, en = f"không bước nào chờ mốc '{name}'{hint.vi}", f"no step waits for milestone '{name}'{hint.en}"
            yield _finding(
                plan, milestone.place, f"{plan.code}: {vi}; hãy sửa kế hoạch", f"{plan.code}: {en}; correct the plan"
            )
        else:
            fault = _day_fault(plan, name, milestone, calendar) or _order_fault(plan, name, versions[-1])
            if fault:
                yield _finding(plan, milestone.place, f"{plan.code}: {fault.vi}", f"{plan.code}: {fault.en}")
    for name in sorted(filter(None, missing)):
        steps = ", ".join(
            dict.fromkeys(f"'{step.id}'" for flow in versions for step in flow.steps if step.until == name)
        )
        vi, en = f"thiếu mốc '{name}' mà bước {steps} chờ", f"milestone '{name}' is missing, step {steps} waits for it"
        yield _finding(plan, plan.place, f"{plan.code}: {vi}; hãy thêm vào", f"{plan.code}: {en}; add it")


def _day_fault(plan: Plan, name: str, milestone: Milestone, calendar: Calendar | None) -> Text | None:
    on = milestone.day
    if on.year != plan.year:
        vi, en = f"mốc '{name}' không thuộc năm {plan.year}", f"milestone '{name}' is not in {plan.year}"
        return Text(f"{vi}; hãy sửa ngày", f"{en}; correct the day")
    try:
        if calendar is None or calendar.is_working_day(on):
            return None
    except CalendarUnknown:
        return None
    vi, en = f"mốc '{name}' rơi vào ngày nghỉ, {day(on)}", f"milestone '{name}' is on a day off, {day(on, 'en')}"
    return Text(f"{vi}; hãy chọn ngày làm việc", f"{en}; choose a working day")


def _order_fault(plan: Plan, name: str, flow: Flow) -> Text | None:
    """Whether the milestone comes before the one of an earlier step of the main path."""
    path = dict.fromkeys(step.until for step in flow.steps if step.main and step.until in plan.milestones)
    for earlier, later in pairwise(path):
        if later == name and plan.milestones[later].day < plan.milestones[str(earlier)].day:
            vi, en = (
                f"mốc '{name}' trước mốc '{earlier}' của bước đứng trước",
                f"milestone '{name}' is before '{earlier}'",
            )
            return Text(f"{vi}; hãy sửa ngày", f"{en}, whose step comes first; correct the day")
    return None


def _finding(plan: Plan, place: Place, vi: str, en: str) -> Finding:
    return Finding(CODE, NAME, LEVEL, Text(vi, en), plan.file, *place)
