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

from collections.abc import Iterator, Set

from flowiso.facts import TITLES, WHOLES, fact_names, parts
from flowiso.flowfile import HEAD
from flowiso.model import Finding, Flow, Level, Place
from flowiso.schema import meant, nearest
from flowiso.text import Text
from flowiso.yamlfile import brief

from .context import Context

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

_COVERED = HEAD.keys() - {"steps", "aside", "anywhere", "at-due", "ends", "facts", "ignore"}


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report facts without an entry, and entries without a fact."""
    if "facts" in flow.unread:
        return
    covered = {name for entry in flow.facts for name in entry.of}
    known = fact_names(flow) | TITLES.keys()  # a key that isn't written is for other rules to miss
    strange = covered - known - flow.unread
    covered |= {guess for name in sorted(strange)[:20] if (guess := nearest(name, known))}  # one slip is one finding
    for fact, place in _facts(flow):
        if fact not in covered and _stated(fact, flow, context) and not _covered_in_parts(fact, flow, covered):
            text = Text(
                f"'{fact}' không có nguồn; hãy ghi vào một mục của 'facts' với 'read' hoặc 'assumed'",
                f"'{fact}' has no provenance; name it in an entry of 'facts' with 'read' or 'assumed'",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *place)
    if strange:
        understood = _understood(flow, context)
        yield from _idle(flow, {name for name in strange if understood or "." not in name}, known)


def _facts(flow: Flow) -> Iterator[tuple[str, Place]]:
    """What a file may state, and where this one does."""
    yield from ((key, place) for key, place in flow.places.items() if key in _COVERED)
    yield from ((fact, flow.place("steps")) for fact in ("steps", "times", "arrows", "forms"))


def _stated(fact: str, flow: Flow, context: Context) -> bool:
    """Whether the file states a fact at all."""
    if fact == "forms":
        return _own_forms(flow, context)
    return fact not in WHOLES.values() or bool(parts(flow, fact))


def _covered_in_parts(fact: str, flow: Flow, covered: Set[str]) -> bool:
    """Whether single facts that are covered make up the whole."""
    found = parts(flow, fact)
    return bool(found) and found <= covered


def _own_forms(flow: Flow, context: Context) -> bool:
    """Whether the file itself writes forms, beyond those of the shared words."""
    steps, actions = context.words.steps, context.words.actions
    return any(
        step.forms != (steps[step.id].forms if step.id in steps else ())
        or any(arrow.forms != (actions[arrow.action].forms if arrow.action in actions else ()) for arrow in step.arrows)
        for step in flow.steps
    )


def _understood(flow: Flow, context: Context) -> bool:
    """Whether all arrows and times are: what is missing in a row that isn't understood was reported there."""
    return not context.ways(flow).blind and not any(path.startswith("step.") for path in flow.unread)


def _idle(flow: Flow, strange: Set[str], known: Set[str]) -> Iterator[Finding]:
    for entry in flow.facts:
        for name in entry.of:
            if name in strange:
                hint, shown = meant(nearest(name, known)), brief(name)
                text = Text(
                    f"'{shown}' không phải dữ kiện nào của lưu đồ này{hint.vi}",
                    f"'{shown}' is no fact of this flow{hint.en}",
                )
                yield Finding(CODE, NAME, LEVEL, text, flow.file, *entry.place)
