"""A flow read without flowiso: its rows and arrows as plain values, what a mere reference-and-reachability check says of
them, and how many working hours its ways take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .text import Doc

BACK = ("send-back", "withdraw")
ASKS = ("supplement", "fee", "repair")


class Arrow(NamedTuple):
    """From a step to a target; `path` is where the file writes it, () for the arrow to the next row, which isn't written."""

    step: str
    action: str
    target: str
    kind: str
    by: str
    path: tuple[str, ...]
    deadline: str | None = None


class Plain(NamedTuple):
    """`steps`: the rows by id, main path first; `main`: how many of them are; `ends`: kinds by id."""

    head: Mapping[str, Any]
    steps: dict[str, dict[str, Any]]
    main: int
    arrows: list[Arrow]
    anywhere: dict[str, str]
    at_due: dict[str, str]
    ends: dict[str, str]

    def path(self, step: str) -> tuple[str, str]:
        """Where the file writes the row."""
        return ("steps" if step in list(self.steps)[: self.main] else "aside"), step

    def leaving(self, step: str) -> list[Arrow]:
        """The arrows of one step."""
        return [arrow for arrow in self.arrows if arrow.step == step]

    def aside(self) -> list[str]:
        """The steps off the main path."""
        return list(self.steps)[self.main :]


def read(doc: Doc, kinds: Mapping[str, str]) -> Plain:
    """The flow as its file says; `kinds` are the kinds of shared actions."""
    head = doc.data()
    main, aside = _table(head.get("steps")), _table(head.get("aside"))
    steps = {**main, **aside}
    arrows = []
    for section, rows in (("steps", main), ("aside", aside)):
        names = list(rows)
        for name, row in rows.items():
            for key in ("then", "at-limit"):
                for action, value in _table(row.get(key)).items():
                    arrows.append(_arrow((section, name, key, action), value, kinds))
            follows = section == "steps" and name != names[-1]
            if follows:
                arrows.append(Arrow(name, "chuyen", names[names.index(name) + 1], "forward", "", ()))
    ends = {
        name: end if isinstance(end, str) else end.get("kind", "") for name, end in _table(head.get("ends")).items()
    }
    anywhere, at_due = ({k: _to(v) for k, v in _table(head.get(key)).items()} for key in ("anywhere", "at-due"))
    return Plain(head, steps, len(main), arrows, anywhere, at_due, ends)


def _table(value: Any) -> dict[str, Any]:
    return (
        {k: v if v != "" or not isinstance(v, str) else {} for k, v in value.items()} if isinstance(value, dict) else {}
    )


def _to(value: Any) -> str:
    return str(value.get("to", "")) if isinstance(value, dict) else str(value)


def _arrow(path: tuple[str, ...], value: Any, kinds: Mapping[str, str]) -> Arrow:
    full = value if isinstance(value, dict) else {}
    kind = "timer" if path[2] == "at-limit" else full.get("kind") or kinds.get(path[3], "forward")
    return Arrow(path[1], path[3], _to(value), kind, full.get("by", ""), path, full.get("deadline"))


def kinds_of(words: Doc) -> dict[str, str]:
    """The kinds of the shared actions in `_steps.yaml`."""
    return {name: action["kind"] for name, action in words.data("actions").items() if "kind" in action}


def complaints(flow: Plain, roles: set[str]) -> Iterator[str]:
    """A mere reference-and-reachability check: every target and role exists, every step is reached and reaches an end.

    Withdrawing, open from anywhere, counts as no way out, in favour of the check: else it would find no dead end.
    """
    there = {*flow.steps, *flow.ends}
    targets = [arrow.target for arrow in flow.arrows] + [*flow.anywhere.values(), *flow.at_due.values()]
    yield from (f"no target {target}" for target in targets if target not in there)
    holders = [str(row.get("by", "")) for row in flow.steps.values()] + [arrow.by for arrow in flow.arrows if arrow.by]
    yield from (f"no role {role}" for role in holders if role not in roles)
    first = next(iter(flow.steps), "")
    reached = _reached([first], [(arrow.step, arrow.target) for arrow in flow.arrows])
    yield from (f"{step} not reached" for step in flow.steps if step not in reached)
    back = [(arrow.target, arrow.step) for arrow in flow.arrows]
    timed = [step for step, row in flow.steps.items() if row.get("clock", "run") == "run"] if flow.at_due else []
    ending = _reached([*flow.ends, *timed], back)
    yield from (f"{step} reaches no end" for step in flow.steps if step not in ending)


def _reached(starts: list[str], edges: list[tuple[str, str]]) -> set[str]:
    seen, ahead = set(starts), list(starts)
    while ahead:
        here = ahead.pop()
        new = {target for start, target in edges if start == here} - seen
        seen |= new
        ahead += new
    return seen


def hours(term: str | None) -> float:
    """Working hours of a term in `wh` or `wd`; 0 for what isn't one."""
    if term and term.endswith("wh"):
        return float(term[:-2])
    return 8 * float(term[:-2]) if term and term.endswith("wd") else 0.0


class Way(NamedTuple):
    """A way from the first step to a result: its arrows, the hours it takes and the hours the law allows it."""

    arrows: tuple[Arrow, ...]
    takes: float
    allowed: float


def ways(flow: Plain) -> Iterator[Way]:
    """Every way to where the clock has stopped for good that sends nothing back and asks the applicant for nothing."""
    first, term = next(iter(flow.steps)), str(flow.head.get("deadline", ""))
    stack: list[tuple[str, tuple[Arrow, ...], float, float]] = [(first, (), 0.0, hours(term))]
    while stack:
        here, gone, takes, allowed = stack.pop()
        row = flow.steps.get(here)
        if row is None or row.get("clock") == "none":
            yield Way(gone, takes, allowed)
            continue
        for arrow in flow.leaving(here):
            known = arrow.target in flow.steps and arrow.target not in {first, *(a.target for a in gone)}
            if known and arrow.kind not in (*BACK, *ASKS):
                more = hours(row.get("within"))
                stack.append((arrow.target, (*gone, arrow), takes + more, hours(arrow.deadline) or allowed))
