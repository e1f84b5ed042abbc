"""A delegation in `_org.yaml` names a procedure or a step that isn't there.

Why this is bad: who stands in may act only within what his paper names (our design, after R127); a mistyped code or step
gives him nothing, and that is found out on the day the principal is away and nobody may go on with his dossiers.

Bad:

    _org:
      delegations:
        - {of: chuyen-vien.1, to: mot-cua.1, since: 2022-07-01, until: 2022-08-01, paper: ví dụ, steps: [thu-ly]}

Good:

    _org:
      delegations:
        - {of: chuyen-vien.1, to: mot-cua.1, since: 2022-07-01, until: 2022-08-01, paper: ví dụ, steps: [tham-dinh]}
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from flowiso.model import Delegation, Finding, Flow, Level, Place
from flowiso.schema import meant, nearest
from flowiso.text import Text

from .context import Context
from .likeness import by_code

CODE = "FLW703"
NAME = "delegation-mismatch"
LEVEL: Level = "warning"
SUMMARY = Text(
    "Ủy quyền trong `_org.yaml` nêu một thủ tục hoặc một bước không có.",
    "A delegation in `_org.yaml` names a procedure or a step that isn't there.",
)
WHY = (
    "Người được ủy quyền chỉ làm được trong phạm vi giấy ủy quyền nêu (quy ước của FlowISO, theo R127); ghi sai mã thủ tục "
    "hay mã bước thì người ấy không được gì, và chỉ lộ ra vào ngày người ủy quyền vắng mặt mà không ai làm tiếp được hồ sơ."
)


def check(flows: Sequence[Flow], context: Context) -> Iterator[Finding]:
    """Report each code that no flow has, and each step that none of the procedures named has; unread files are told elsewhere."""
    codes = dict(by_code(flows))
    for number, given in enumerate(context.org.delegations):
        unread = {code for code in given.procedures if any(f"/{code.lower()}.v" in file for file in context.unread)}
        for code in dict.fromkeys(given.procedures):
            if code not in codes and code not in unread:
                yield _finding(context, number, "procedures", code, _no_flow(given, code, codes))
        if given.steps and not unread and (given.procedures or not context.unread):
            named = [flow for code in given.procedures for flow in codes.get(code, ())]
            yield from _strange_steps(context, number, given, named or flows)


def _strange_steps(context: Context, number: int, given: Delegation, flows: Sequence[Flow]) -> Iterator[Finding]:
    if any(not flow.unread.isdisjoint({"steps", "aside"}) for flow in flows):
        return
    known = {step.id for flow in flows for step in flow.steps}
    for step in dict.fromkeys(given.steps):
        if step not in known:
            yield _finding(context, number, "steps", step, _no_step(given, step, known))


def _no_flow(given: Delegation, code: str, codes: Collection[str]) -> Text:
    hint = meant(nearest(code, codes))
    return Text(
        f"'{given.principal}' ủy quyền cho '{given.delegate}' thủ tục {code} nhưng không có lưu đồ nào mang mã ấy{hint.vi};"
        " hãy sửa mã",
        f"'{given.principal}' lends '{given.delegate}' the procedure {code}, but no flow has that code{hint.en}; correct it",
    )


def _no_step(given: Delegation, step: str, known: Collection[str]) -> Text:
    hint = meant(nearest(step, known))
    of = ", ".join(given.procedures)
    where = Text(f"{of} không có bước ấy", f"{of} has no such step") if of else _NOWHERE
    return Text(
        f"'{given.principal}' ủy quyền cho '{given.delegate}' bước '{step}' nhưng {where.vi}{hint.vi}; hãy sửa mã bước",
        f"'{given.principal}' lends '{given.delegate}' step '{step}', but {where.en}{hint.en}; correct it",
    )


_NOWHERE = Text("không lưu đồ nào có bước ấy", "no flow has such a step")


def _finding(context: Context, number: int, key: str, name: str, text: Text) -> Finding:
    org = context.org
    place = org.places.get(f"delegations.{number}.{key}.{name}", Place(1, 1))
    return Finding(CODE, NAME, LEVEL, text, org.file, *place)
