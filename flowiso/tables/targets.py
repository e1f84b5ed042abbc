"""Where arrows of a table lead, compared with the flow: step numbers that weren't changed, steps that are gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ..model import Flow, Step
from .arrows import Told
from .grid import Faults
from .reading import Line, Table


class _Moved(NamedTuple):
    """An arrow of the flow whose target has another number in the table: where it is told, and the numbers."""

    line: Line
    old: str
    new: str
    told: str


def check_numbers(
    table: Table, ids: Mapping[int, str], told: Mapping[int, Sequence[Told]], base: Flow, faults: Faults
) -> None:
    """Warn where rows got other numbers and every arrow still tells the number its target had in the flow's own table."""
    moved = [*_moved(table, ids, told, base)] if any(line.text("id") for line in table.steps) else []
    if moved and all(one.told == one.old for one in moved):
        first = moved[0]
        vi = (
            f"số bước trong cột Hướng chuyển tiếp có vẻ chưa đổi theo: bước {first.old} nay là bước {first.new} mà mũi tên"
            f" vẫn ghi bước {first.told} ({len(moved)} mũi tên như vậy); hãy sửa số trong các mũi tên"
        )
        en = (
            f"the step numbers in the arrows seem not to have been changed: step {first.old} is now step {first.new}, the"
            f" arrow still says {first.told} ({len(moved)} such arrows); put the new numbers into the arrows"
        )
        faults.add("TAB504", table.at(first.line, "arrows"), vi, en, "warning")


def _moved(table: Table, ids: Mapping[int, str], told: Mapping[int, Sequence[Told]], base: Flow) -> Iterator[_Moved]:
    before = {step.id: str(number) for number, step in enumerate(base.steps, 1)}
    now = {ids[line.row]: line.label for line in table.steps}
    for line in table.steps:
        old = base.step(ids[line.row])
        targets = {arrow.action: arrow.target for arrow in (*old.arrows, old.at_limit) if arrow} if old else {}
        for one in told[line.row]:
            target = targets.get(one.action or "", "")
            if one.target[0] == "step" and before.get(target) != now.get(target, before.get(target)):
                yield _Moved(line, before[target], now[target], one.target[1])


def check_kept(steps: Sequence[Step], ends: Iterable[str], faults: Faults) -> None:
    """Report steps of the flow that the table no longer has, but that arrows the table doesn't speak of lead to."""
    there = {*ends, *(step.id for step in steps)}
    lost: dict[str, list[str]] = {}
    for step in steps:
        for arrow in (*step.arrows, *((step.at_limit,) if step.at_limit else ())):
            if arrow.target not in there:
                lost.setdefault(arrow.target, []).append(step.title.vi)
    for target, titles in lost.items():
        named = ", ".join(f"“{title}”" for title in dict.fromkeys(titles))
        vi = (
            f"bảng không còn bước '{target}' mà lưu đồ đang có dẫn tới từ {named}; hãy thêm cột “Mã” cho biết dòng nào"
            " là bước đó, hoặc cột “Hướng chuyển tiếp”"
        )
        en = (
            f"the table hasn't got step '{target}', which the flow leads to from {named}; add a column “Mã” that says"
            " which row it is, or a column “Hướng chuyển tiếp”"
        )
        faults.add("TAB503", None, vi, en)
