"""Many flows have the same main path, and this one alone lacks a step of theirs or has one more.

Why this is bad: similar procedures may share one process (R67); where one of seventy differs by a single step, such as
the records clerk's, it is more often a slip than a wish. The path is compared by steps and roles, not by times.

Bad:

    steps: {duyet-phong: , ky-duyet: {within: 20wh}}
    beside: [{}, {}, {}, {}, {}]

Good:

    steps: {duyet-phong: , ky-duyet: {within: 20wh}}
    beside: [{}, {}, {}, {}, {}, {steps: {duyet-phong: , ky-duyet: {within: 16wh}}}]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flowiso.model import Finding, Flow, Level, Step
from flowiso.text import Text

from .context import Context

CODE = "FLW207"
NAME = "odd-one-out"
LEVEL: Level = "info"
SUMMARY = Text(
    "Nhiều lưu đồ cùng một đường chính, riêng lưu đồ này thiếu hoặc thừa một bước.",
    "Many flows have one main path; this one alone lacks a step of it or has one more.",
)
WHY = (
    "Các thủ tục tương tự được dùng chung một quy trình (R67); trong bảy mươi lưu đồ mà chỉ một lưu đồ khác đi một "
    "bước, ví dụ bước của văn thư, thì thường là sơ suất hơn là chủ ý. Đường đi được so theo bước và vai trò, không "
    "theo thời gian."
)
MANY = 5
"""So many procedures must go one way before another way is odd."""

_Path = tuple[tuple[str, str], ...]


def check(flows: Sequence[Flow], context: Context) -> Iterator[Finding]:
    """Report each path that only one procedure takes, one step away from a path that many take."""
    takers: dict[_Path, dict[str, Flow]] = {}
    for flow in (flow for flow in flows if flow.steps and "steps" not in flow.unread):
        takers.setdefault(tuple((step.id, step.by) for step in _main(flow)), {})[flow.code] = flow
    shorter = {less: path for path, many in takers.items() if len(many) >= MANY for less in _one_less(path)}
    for path, codes in takers.items():
        if len(codes) == 1:
            (flow,) = codes.values()
            common = shorter.get(path) or next(
                (less for less in _one_less(path) if len(takers.get(less, ())) >= MANY), None
            )
            if common:
                yield _odd(flow, path, common, len(takers[common]))


def _main(flow: Flow) -> list[Step]:
    return [step for step in flow.steps if step.main]


def _one_less(path: _Path) -> list[_Path]:
    return [path[:at] + path[at + 1 :] for at in range(len(path))]


def _odd(flow: Flow, path: _Path, common: _Path, many: int) -> Finding:
    at = next((n for n, (a, b) in enumerate(zip(path, common, strict=False)) if a != b), min(len(path), len(common)))
    lacks = len(path) < len(common)
    step = (common if lacks else path)[at][0]
    vi, en = ("thiếu", "lacks") if lacks else ("thêm", "has one more:")
    text = Text(
        f"{many} lưu đồ đi cùng một đường, lưu đồ này {vi} bước '{step}': có đúng ý không? nếu đúng hãy ghi lý do ở 'ignore'",
        f"{many} flows have this path, this one {en} '{step}': is it meant? if so say why under 'ignore'",
    )
    return Finding(CODE, NAME, LEVEL, text, flow.file, *_main(flow)[min(at, len(path) - 1)].place)
