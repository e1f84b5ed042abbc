"""A fact of the flow has no entry under `facts` that says where it comes from, or an entry speaks of a fact that
isn't there.

Why this is bad: a term that was read in a decree and one that was guessed look alike; only provenance tells which of
the facts a procedure must have (R60) may be relied on, and which of them a changed law touches (R66).

Bad:

    fee: 1200000

Good:

    fee: 1200000
    facts: [{of: [fee], read: Thông tư 106/2020/TT-BTC}]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from flowiso.model import FORWARD, Finding, Flow, Level, Place
from flowiso.schema import meant, nearest
from flowiso.text import Text

from .context import Context
from .ways import Ways

CODE = "FLW107"
NAME = "no-provenance"
LEVEL: Level = "error"
SUMMARY = Text(
    "Một dữ kiện không có mục nào trong `facts` nói rõ nguồn, hoặc một mục nói về dữ kiện không có.",
    "A fact of the flow has no entry under `facts` that says where it comes from, or an entry speaks of a fact that isn't there.",
)
WHY = (
    "Thời hạn đọc trong nghị định và thời hạn phỏng đoán trông như nhau; phải ghi rõ nguồn mới biết nội dung bắt buộc "
    "nào của thủ tục (R60) là tin được, và luật thay đổi thì phải sửa chỗ nào (R66)."
)


_DRAWN = {"steps", "ends", "anywhere", "facts", "ignore"}
_HEAD = {*Flow._fields} - _DRAWN
_WHOLE = frozenset({"times", "arrows", "forms", *_HEAD, *_DRAWN})


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report facts without an entry, and entries without a fact."""
    if "facts" in flow.unread:
        return
    covered = {name for entry in flow.facts for name in entry.of}
    ways = context.ways(flow)
    known = _WHOLE if all(_is_fact(name, ways) for name in covered - _WHOLE) else _known(flow)
    slips = [] if known is _WHOLE else sorted(covered - known)[:20]
    covered |= {guess for name in slips if (guess := nearest(name, known))}  # one slip is one finding
    for fact, place in _facts(flow):
        if fact not in covered and _stated(fact, flow, context) and not _covered_in_parts(fact, flow, covered):
            text = Text(
                f"'{fact}' không có nguồn; hãy ghi vào một mục của 'facts' với 'read' hoặc 'assumed'",
                f"'{fact}' has no provenance; name it in an entry of 'facts' with 'read' or 'assumed'",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *place)
    if slips:
        yield from _idle(flow, known, all_understood=not ways.blind)


def _facts(flow: Flow) -> Iterator[tuple[str, Place]]:
    """What a file may state, and where this one does."""
    yield from ((key, place) for key, place in flow.places.items() if key in _HEAD)
    yield from ((fact, flow.place("steps")) for fact in ("steps", "times", "arrows", "forms"))


def _stated(fact: str, flow: Flow, context: Context) -> bool:
    """Whether the file states a fact at all."""
    if fact == "steps":
        return bool(flow.steps)
    if fact == "times":
        return any(step.within for step in flow.steps)
    if fact == "arrows":
        return any(_arrows(flow))
    return fact != "forms" or _own_forms(flow, context)


def _covered_in_parts(fact: str, flow: Flow, covered: Set[str]) -> bool:
    """Whether single facts that are covered make up the whole."""
    parts: Iterable[str] = ()
    if fact == "steps":
        parts = (f"step.{step.id}" for step in flow.steps)
    elif fact == "times":
        parts = (f"time.{step.id}" for step in flow.steps if step.within)
    elif fact == "arrows":
        parts = _arrows(flow)
    found = {*parts}
    return bool(found) and found <= covered


def _arrows(flow: Flow) -> Iterator[str]:
    for step in flow.steps:
        for arrow in flow.arrows(step):
            if arrow.action != FORWARD:
                yield f"arrow.{step.id}.{arrow.action}"


def _own_forms(flow: Flow, context: Context) -> bool:
    """Whether the file itself writes forms, beyond those of the shared words."""
    steps, actions = context.words.steps, context.words.actions
    return any(
        step.forms != (steps[step.id].forms if step.id in steps else ())
        or any(arrow.forms != (actions[arrow.action].forms if arrow.action in actions else ()) for arrow in step.arrows)
        for step in flow.steps
    )


def _is_fact(name: str, ways: Ways) -> bool:
    """Whether it is surely the name of a step, of its time or of one of its arrows."""
    kind, _, of = name.partition(".")
    step, _, action = of.partition(".")
    if kind == "arrow":
        return step in ways.leaving and any(arrow.action == action for arrow in ways.leaving[step])
    return kind in ("step", "time") and of in ways.leaving


def _known(flow: Flow) -> set[str]:
    """Every name a fact of this flow may have."""
    names = {*_WHOLE, *flow.places, *_arrows(flow)}
    names |= {f"{kind}.{step.id}" for kind in ("step", "time") for step in flow.steps}
    return names | {f"arrow.{step.id}.{FORWARD}" for step in flow.steps}


def _idle(flow: Flow, names: Set[str], *, all_understood: bool) -> Iterator[Finding]:
    for entry in flow.facts:
        for name in entry.of:
            if name not in names and name not in flow.unread and (all_understood or "." not in name):
                hint = meant(nearest(name, names))
                text = Text(
                    f"'{name}' không phải dữ kiện nào của lưu đồ này{hint.vi}",
                    f"'{name}' is no fact of this flow{hint.en}",
                )
                yield Finding(CODE, NAME, LEVEL, text, flow.file, *entry.place)
