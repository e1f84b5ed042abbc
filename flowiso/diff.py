"""What differs between two flows, in words: head, steps, times, roles, arrows, ends, provenance, time of the main path.

Pure. A step that was renamed is recognised by its role and by its title or its neighbours, and compared under its new id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from .facts import TITLES, written_arrows
from .model import End, Fact, Flow, Step, Transition
from .term import Term
from .text import Text, number


class Change(NamedTuple):
    """One difference: `what` is the fact as docs/flow-file.md names it (`deadline`, `time.thu-ly`, `arrow.ky.tra-lai`).

    `before` and `after` are the values as written, None where there is none.
    """

    what: str
    text: Text
    before: str | None = None
    after: str | None = None


def diff(old: Flow, new: Flow) -> tuple[Change, ...]:
    """What one has to do to `old` to get `new`, in the order of the file; empty when both say the same."""
    names = renamed_steps(old, new)
    ends = _renamed_ends(old, new)
    moved = _translated(old, names | ends)
    return (
        *_head(old, new),
        *_renamings(old, new, names, ends),
        *_steps(moved, new),
        *_ends(moved, new),
        *_facts(moved, new),
        *_main_path(old, new),
    )


# --- the head

_LABELS = {**TITLES, "effective_to": Text("hết hiệu lực từ", "no longer in force from")}
_DRAWN = ("steps", "ends", "anywhere", "at_due", "facts", "ignore", "fee_cases")
_OF_THE_FILE = ("file", "places", "unread", "digest")


def _head(old: Flow, new: Flow) -> Iterator[Change]:
    for name in _names(Flow, *_DRAWN, *_OF_THE_FILE):
        yield from _value(name, _label(_LABELS, name), getattr(old, name), getattr(new, name))
    fees = (tuple(f"{case}: {fee}" for case, fee in flow.fee_cases) for flow in (old, new))
    yield from _value("fee_cases", _LABELS["fee_cases"], *fees)
    silenced = (tuple(f"{entry.code}: {entry.reason}" for entry in flow.ignore) for flow in (old, new))
    yield from _value("ignore", _LABELS["ignore"], *silenced)


def _names(kind: type[NamedTuple], *others: str) -> Iterator[str]:
    """The fields that are compared value by value: all but `others`, so that none is forgotten."""
    return (name for name in kind._fields if name not in others)


def _label(labels: Mapping[str, Text], name: str) -> Text:
    return labels.get(name, Text(f"'{name}'", f"'{name}'"))


def _within(place: Text, labels: Mapping[str, Text], name: str) -> Text:
    label = _label(labels, name)
    return Text(f"{place.vi}: {label.vi}", f"{place.en}: {label.en}")


def _value(what: str, label: Text, before: Any, after: Any) -> Iterator[Change]:
    """A fact of one value, or of a list that is compared item by item."""
    if before == after:
        return
    if isinstance(before, Text) and isinstance(after, Text) and before.vi == after.vi:
        before, after = before.en, after.en
    elif isinstance(before, tuple) and isinstance(after, tuple) and not isinstance(before, Text):
        yield from _listed(what, label, before, after)
        return
    vi, en = (f"{_said(before, lang)} → {_said(after, lang)}" for lang in ("vi", "en"))
    yield Change(what, Text(f"{label.vi}: {vi}", f"{label.en}: {en}"), _written(before), _written(after))


def _listed(what: str, label: Text, before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[Change]:
    gone = [item for item in before if item not in after]
    come = [item for item in after if item not in before]
    for item in gone:
        yield Change(what, Text(f"{label.vi}: bỏ '{item}'", f"{label.en}: '{item}' taken out"), item, None)
    for item in come:
        yield Change(what, Text(f"{label.vi}: thêm '{item}'", f"{label.en}: '{item}' added"), None, item)
    if not gone and not come:
        was, now = "; ".join(before), "; ".join(after)
        yield Change(what, Text(f"{label.vi}: đổi thứ tự: {now}", f"{label.en}: other order: {now}"), was, now)


def _said(value: Any, lang: str) -> str:
    """A value as a person reads it."""
    if value is None:
        return Text("không ghi", "not given").to(lang)
    if isinstance(value, Term):
        return value.shown(lang)
    if isinstance(value, bool):
        return (Text("có", "yes") if value else Text("không", "no")).to(lang)
    if isinstance(value, int | Decimal):
        return number(value, lang)
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, Text):
        return f"'{value.to(lang)}'"
    return f"'{value}'"


def _written(value: Any) -> str | None:
    """A value as the file has it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return None if value is None else str(value)


# --- what was renamed


def renamed_steps(old: Flow, new: Flow) -> dict[str, str]:
    """Old id -> new id of steps that are the same under another name: same role, and same title or same neighbours."""
    gone = [step for step in old.steps if new.step(step.id) is None]
    come = [step for step in new.steps if old.step(step.id) is None]
    names: dict[str, str] = {}
    for step in gone:
        for other in come:
            if other.id not in names.values() and _same(step, old, other, new):
                names[step.id] = other.id
                break
    return names


def _same(step: Step, old: Flow, other: Step, new: Flow) -> bool:
    """Whether two steps have one role and the same title, or most neighbours in common."""
    if (step.by, step.main) != (other.by, other.main):
        return False
    before, after = _neighbours(step, old), _neighbours(other, new)
    return step.title == other.title or 2 * len(before & after) > len(before | after)


def _neighbours(step: Step, flow: Flow) -> set[tuple[str, str, str]]:
    """Where the arrows of a step come from and lead to, with their actions; those back to itself are left out."""
    ways = [
        (one.id, arrow.action, arrow.target)
        for one in flow.steps
        for arrow in (*one.arrows, *((one.at_limit,) if one.at_limit else ()))
        if one.id != arrow.target
    ]
    into = {("from", source, action) for source, action, target in ways if target == step.id}
    return into | {("to", target, action) for source, action, target in ways if source == step.id}


def _renamed_ends(old: Flow, new: Flow) -> dict[str, str]:
    """Old id -> new id of an end that is the only one of its kind to go, as the other is the only one to come."""
    gone = [end for end in old.ends if new.end(end.id) is None]
    come = [end for end in new.ends if old.end(end.id) is None]
    names: dict[str, str] = {}
    for kind in {end.kind for end in gone}:
        before = [end.id for end in gone if end.kind == kind]
        after = [end.id for end in come if end.kind == kind]
        if len(before) == len(after) == 1:
            names[before[0]] = after[0]
    return names


def _translated(flow: Flow, names: Mapping[str, str]) -> Flow:
    """The flow with ids replaced wherever they stand."""
    if not names:
        return flow

    def arrow(one: Transition) -> Transition:
        return one._replace(target=names.get(one.target, one.target))

    def step(one: Step) -> Step:
        limit = arrow(one.at_limit) if one.at_limit else None
        return one._replace(id=names.get(one.id, one.id), arrows=tuple(map(arrow, one.arrows)), at_limit=limit)

    def fact(name: str) -> str:
        return ".".join(names.get(part, part) if place == 1 else part for place, part in enumerate(name.split(".")))

    return flow._replace(
        steps=tuple(map(step, flow.steps)),
        ends=tuple(end._replace(id=names.get(end.id, end.id)) for end in flow.ends),
        anywhere=tuple(map(arrow, flow.anywhere)),
        at_due=arrow(flow.at_due) if flow.at_due else None,
        facts=tuple(entry._replace(of=tuple(map(fact, entry.of))) for entry in flow.facts),
    )


def _renamings(old: Flow, new: Flow, steps: Mapping[str, str], ends: Mapping[str, str]) -> Iterator[Change]:
    for before, after in steps.items():
        title = _title(new.step(after))
        text = Text(f"bước {title.vi}: đổi mã '{before}' → '{after}'", f"step {title.en}: id '{before}' → '{after}'")
        yield Change(f"step.{after}", text, before, after)
    for before, after in ends.items():
        text = Text(f"kết cục: đổi mã '{before}' → '{after}'", f"end: id '{before}' → '{after}'")
        yield Change(f"end.{after}", text, before, after)


# --- steps and arrows


def _steps(old: Flow, new: Flow) -> Iterator[Change]:
    for step in old.steps:
        if new.step(step.id) is None:
            text = Text(f"bỏ bước {_title(step).vi}", f"step {_title(step).en} taken out")
            yield Change(f"step.{step.id}", text, step.id, None)
    for step in new.steps:
        if old.step(step.id) is None:
            yield Change(f"step.{step.id}", _added(step), None, step.id)
    yield from _order(old, new)
    for step in old.steps:
        other = new.step(step.id)
        if other is not None:
            yield from _step(step, other, old, new)
    yield from _arrows("anywhere", Text("từ mọi bước", "from every step"), old.anywhere, new.anywhere)
    silent = ((one.at_due,) if one.at_due else () for one in (old, new))
    yield from _arrows("at-due", _LABELS["at-due"], *silent)


def _added(step: Step) -> Text:
    where = Text("trên đường chính", "on the main path") if step.main else Text("ngoài đường chính", "aside")
    time = Text(f", {step.within.shown()}", f", {step.within.shown('en')}") if step.within else Text("", "")
    title = _title(step)
    return Text(
        f"thêm bước {title.vi} {where.vi}: {step.by}{time.vi}", f"step {title.en} added {where.en}: {step.by}{time.en}"
    )


def _order(old: Flow, new: Flow) -> Iterator[Change]:
    """Whether the steps that both have on the main path follow each other otherwise."""
    both = {step.id for step in old.steps if step.main} & {step.id for step in new.steps if step.main}
    before, after = ([step.id for step in flow.steps if step.main and step.id in both] for flow in (old, new))
    if before != after:
        now = ", ".join(after)
        text = Text(f"thứ tự đường chính đổi thành: {now}", f"the main path has another order: {now}")
        yield Change("steps", text, ", ".join(before), now)


_ROW: Mapping[str, Text] = {
    "title": Text("tên", "title"),
    "by": Text("vai trò", "role"),
    "within": Text("thời gian", "time"),
    "clock": Text("đồng hồ", "clock"),
    "until": Text("mốc của kế hoạch", "milestone"),
    "ready": Text("có kết quả tại một cửa", "result available at the one-stop unit"),
    "charged_to": Text("chậm tính cho", "lateness charged to"),
    "forms": Text("biểu mẫu", "forms"),
}
_ROW_FACT = {"within": "time", "forms": "forms"}


def _step(old: Step, new: Step, before: Flow, after: Flow) -> Iterator[Change]:
    title = _title(new)
    place = Text(f"bước {title.vi}", f"step {title.en}")
    if old.main != new.main:
        where = Text("vào đường chính", "to the main path") if new.main else Text("ra ngoài đường chính", "aside")
        text = Text(f"{place.vi}: chuyển {where.vi}", f"{place.en}: moved {where.en}")
        yield Change(f"step.{new.id}", text, *(("steps" if one.main else "aside") for one in (old, new)))
    for name in _names(Step, "id", "place", "main", "arrows", "at_limit"):
        what = f"{_ROW_FACT.get(name, 'step')}.{new.id}"
        yield from _value(what, _within(place, _ROW, name), getattr(old, name), getattr(new, name))
    arrows = (written_arrows(before, old), written_arrows(after, new))
    yield from _arrows(f"arrow.{new.id}", place, *arrows)


_ARROW: Mapping[str, Text] = {
    "title": Text("tên", "title"),
    "kind": Text("loại", "kind"),
    "by": Text("người thực hiện", "taken by"),
    "refer_to": Text("hướng dẫn sang thủ tục", "points to the procedure"),
    "times": Text("số lần nhiều nhất", "times at most"),
    "deadline": Text("thời hạn nó đặt ra", "the term it sets"),
    "policy": Text("chỗ dừng làm gì với thời hạn", "what the stop does to the term"),
    "forms": Text("biểu mẫu", "forms"),
    "misroute": Text("nói là chuyển nhầm", "says it was misrouted"),
}


def _arrows(what: str, place: Text, old: Sequence[Transition], new: Sequence[Transition]) -> Iterator[Change]:
    before, after = ({arrow.action: arrow for arrow in arrows} for arrows in (old, new))
    for action in [*before, *(name for name in after if name not in before)]:
        was, now = before.get(action), after.get(action)
        yield from _arrow(f"{what}.{action}", place, was, now)


def _arrow(what: str, place: Text, was: Transition | None, now: Transition | None) -> Iterator[Change]:
    arrow = now or was
    assert arrow is not None
    named = Text(f"{place.vi}: mũi tên {_name(arrow, 'vi')}", f"{place.en}: arrow {_name(arrow, 'en')}")
    if was is None or now is None:
        done = Text("thêm", "added") if was is None else Text("bỏ", "taken out")
        to = f"→ '{arrow.target}'"
        text = Text(f"{named.vi} {to}: {done.vi}", f"{named.en} {to}: {done.en}")
        yield Change(what, text, was.target if was else None, now.target if now else None)
        return
    aimed = Text(f"{named.vi} dẫn tới", f"{named.en} leads to")
    yield from _value(what, aimed, was.target, now.target)
    for name in _names(Transition, "action", "target", "place"):
        yield from _value(what, _within(named, _ARROW, name), getattr(was, name), getattr(now, name))


def _name(arrow: Transition, lang: str) -> str:
    title = arrow.title.to(lang)
    return f"'{title}' ({arrow.action})" if title != arrow.action else f"'{title}'"


def _title(step: Step | None) -> Text:
    assert step is not None
    return Text(f"'{step.title.vi}' ({step.id})", f"'{step.title.en}' ({step.id})")


# --- ends and provenance


def _ends(old: Flow, new: Flow) -> Iterator[Change]:
    for end in old.ends:
        if new.end(end.id) is None:
            yield Change(
                f"end.{end.id}", Text(f"bỏ kết cục {_end(end, 'vi')}", f"end {_end(end, 'en')} taken out"), end.id
            )
    for end in new.ends:
        was = old.end(end.id)
        if was is None:
            text = Text(f"thêm kết cục {_end(end, 'vi')}", f"end {_end(end, 'en')} added")
            yield Change(f"end.{end.id}", text, None, end.id)
            continue
        for name, label in (("kind", Text("loại", "kind")), ("title", Text("tên", "title"))):
            here = Text(f"kết cục '{end.id}': {label.vi}", f"end '{end.id}': {label.en}")
            yield from _value(f"end.{end.id}", here, getattr(was, name), getattr(end, name))


def _end(end: End, lang: str) -> str:
    return f"'{end.title.to(lang)}' ({end.id}, {end.kind})"


_STATUS = {"read": Text("đã đọc", "read"), "assumed": Text("giả định", "assumed")}


def _facts(old: Flow, new: Flow) -> Iterator[Change]:
    """Facts whose source differs, those with the same change in one sentence."""
    before, after = _sources(old.facts), _sources(new.facts)
    together: dict[tuple[tuple[str, str] | None, tuple[str, str] | None], list[str]] = {}
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) != after.get(name):
            together.setdefault((before.get(name), after.get(name)), []).append(name)
    for (was, now), names in together.items():
        vi, en = (f"{_source(was, now, lang)}" for lang in ("vi", "en"))
        listed = ", ".join(names)
        text = Text(f"nguồn của {listed}: {vi}", f"provenance of {listed}: {en}")
        yield Change(f"facts.{listed}", text, was and f"{was[0]}: {was[1]}", now and f"{now[0]}: {now[1]}")


def _sources(facts: Iterable[Fact]) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for fact in facts:
        for name in fact.of:
            found.setdefault(name, (fact.status, fact.source))
    return found


def _source(was: tuple[str, str] | None, now: tuple[str, str] | None, lang: str) -> str:
    if now is None:
        return Text("không còn ghi", "no longer given").to(lang)
    if was is None:
        return f"{_STATUS[now[0]].to(lang)} ({now[1]})"
    status = _STATUS[now[0]].to(lang)
    if was[0] == now[0]:
        return Text(f"vẫn {status}, ghi lại là: {now[1]}", f"still {status}, now: {now[1]}").to(lang)
    return f"{_STATUS[was[0]].to(lang)} → {status} ({now[1]})"


# --- the main path as a whole


def _main_path(old: Flow, new: Flow) -> Iterator[Change]:
    """The working hours of the main path, which follow from what was told above."""
    was, now = (_hours(flow) for flow in (old, new))
    if was != now:
        vi, en = (f"{number(was, lang)} → {number(now, lang)}" for lang in ("vi", "en"))
        text = Text(f"tổng thời gian đường chính: {vi} giờ làm việc", f"time of the main path: {en} working hours")
        yield Change("total", text, f"{was:f}", f"{now:f}")


def _hours(flow: Flow) -> Decimal:
    counted = (
        step.within for step in flow.steps if step.main and step.clock == "run" and not step.ready and step.within
    )
    hours = sum((term.amount * {"wd": 8, "wh": 1}.get(term.unit, 0) for term in counted), Decimal(0))
    return hours.normalize() + 0
