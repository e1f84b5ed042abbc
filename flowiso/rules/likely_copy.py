"""A flow looks like a copy of another: all rows, times and arrows are the same but one step was lost, or the title too.

Why this is bad: a flow begun as a copy (R67) that lost a row on the way leaves the step's work undone and its time
unused, and nothing else shows it: all arrows lead somewhere. A copy with the old title is one whose head was forgotten.

Bad:

    beside: [{steps: {duyet-phong: }}]

Good:

    beside: [{steps: {duyet-phong: , tham-dinh: {within: 92wh}}}]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flowiso.model import Finding, Flow, Level, Step, Transition
from flowiso.term import Term
from flowiso.text import Text

from .context import Context
from .likeness import Row, arrows, coexist, row, rows

CODE = "FLW111"
NAME = "likely-copy"
LEVEL: Level = "warning"
SUMMARY = Text(
    "Lưu đồ giống hệt một lưu đồ khác, chỉ thiếu một bước hoặc chưa sửa tên.",
    "The flow is the same as another but for one lost step, or for a title nobody changed.",
)
WHY = (
    "Lưu đồ tạo bằng cách sao chép (R67) mà rơi mất một dòng thì việc của bước đó không ai làm, thời gian của bước đó "
    "bỏ không; ngoài ra không có dấu hiệu nào, vì mũi tên nào cũng vẫn dẫn đến nơi. Bản sao còn nguyên tên cũ là bản "
    "chưa sửa phần đầu."
)
_Table = tuple[Term | None, tuple[Row, ...]]


def check(flows: Sequence[Flow], context: Context) -> Iterator[Finding]:
    """Report who shares rows and title with another, and who alone has rows that another has with one step more."""
    alike: dict[_Table, list[Flow]] = {}
    for flow in sorted(flows, key=lambda flow: (flow.code, flow.version, flow.file)):
        alike.setdefault((flow.deadline, rows(flow)), []).append(flow)
    for same in alike.values():
        yield from _forgotten_heads(same)
    short = {_sum(table): same for table, same in alike.items() if len({flow.code for flow in same}) == 1}
    for table, same in alike.items():
        whole = _sum(table)
        for step, one in zip(same[0].steps, table[1], strict=True):
            for flow in short.get(whole - hash(one), []):
                other = next((other for other in same if _copied(other, flow, step)), None)
                if other:
                    yield _lost(flow, other, step)


def _sum(table: _Table) -> int:
    """A number of a table that falls by the hash of a row when that row is lost."""
    return hash(table[0]) + sum(map(hash, table[1]))


def _forgotten_heads(same: Sequence[Flow]) -> Iterator[Finding]:
    """Flows with the same rows and the same title under different codes."""
    first: dict[str, Flow] = {}
    for flow in same:
        other = first.setdefault(flow.title.casefold(), flow)
        if other.code != flow.code and coexist(other, flow):
            text = Text(
                f"tên và mọi bước giống hệt {other.code} ({other.file}); hãy sửa phần đầu, hoặc bỏ bản sao này",
                f"title and all steps are those of {other.code} ({other.file}); correct the head, or drop this copy",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *flow.place("title"))


def _lost(flow: Flow, other: Flow, step: Step) -> Finding:
    text = Text(
        f"giống hệt {other.code} mà thiếu bước '{step.id}'; nếu là bản sao hãy thêm bước ấy, nếu cố ý hãy ghi lý do ở 'ignore'",
        f"the same as {other.code} but without step '{step.id}'; if it is a copy add the step, if meant say why under 'ignore'",
    )
    gap = min([one.id for one in other.steps].index(step.id), len(flow.steps) - 1)
    return Finding(CODE, NAME, LEVEL, text, flow.file, *flow.steps[gap].place)


def _copied(longer: Flow, shorter: Flow, lost: Step) -> bool:
    """Whether `shorter` is `longer` without the step, as far as arrows and rows can tell.

    Arrows to a lost row of the main path may lead elsewhere now or be gone. A row aside must still be on somebody's way:
    where its arrow went too, the two flows differ by an honest detour.
    """
    rest = [step for step in longer.steps if step.id != lost.id]
    if longer.code == shorter.code or not coexist(longer, shorter) or [*map(row, rest)] != [*map(row, shorter.steps)]:
        return False
    return all(_same_arrows(arrows(a), arrows(b), lost) for a, b in zip(rest, shorter.steps, strict=True))


def _same_arrows(long: dict[str, Transition], short: dict[str, Transition], lost: Step) -> bool:
    gone = {action for action, arrow in long.items() if arrow.target == lost.id}
    optional = gone if lost.main else set()
    if not long.keys() - optional <= short.keys() <= long.keys():
        return False
    return all(_meaning(long[action]) == _meaning(short[action]) for action in short.keys() - gone)


def _meaning(arrow: Transition) -> tuple[object, ...]:
    return arrow.target, arrow.kind, arrow.by, arrow.times, arrow.deadline
