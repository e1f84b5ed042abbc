"""Assumed facts confirmed by the agency: the value it gives and the decision that says so, written into the flow file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from .drafts import Draft, drafted, new_errors
from .errors import BadValue, FlowFileError
from .facts import WHOLES, fact_names, fact_value, parts
from .flowfile import HEAD, ROW
from .flowtext import Entry, FlowText, quoted
from .library import Library, contents
from .model import Flow
from .published import again
from .schema import Reading, meant, nearest, shape_of
from .text import Text, nfc
from .yamlfile import Node, Scalar, Seq, Source

_BY_PUBLISHING = Text("'flowiso publish' ghi khi ban hành", "'flowiso publish' writes it")
_FOR_LIFE = Text("đặt khi lập tệp và giữ mãi", "it is given with the file and stays")
_BY_HAND = Text("hãy sửa trong tệp rồi xác nhận không kèm giá trị", "edit the file, then confirm it without a value")
_ELSEWHERE: Mapping[str, Text] = {
    "status": _BY_PUBLISHING, "effective": _BY_PUBLISHING, "code": _FOR_LIFE, "version": _FOR_LIFE, "kind": _FOR_LIFE,
} | dict.fromkeys(("steps", "aside", "anywhere", "at-due", "ends", "fee_cases", "facts", "ignore"), _BY_HAND)  # fmt: skip
"""Keys of the head whose value isn't given with the confirmation, and what to do instead."""


class Confirmation(NamedTuple):
    """A fact that the agency confirms: its name, the value as the flow file writes it (None: as it stands), the decision.

    A list has one item on each line of `value`.
    """

    fact: str
    value: str | None
    decision: str

    def tidy(self) -> Confirmation:
        """The same in NFC with single blanks, as flow files hold it."""
        value = None if self.value is None else _tidy(self.value)
        if value is not None and not is_list(self.fact):
            value = " ".join(value.split())
        return Confirmation(_tidy(self.fact), value, " ".join(_tidy(self.decision).split()))


class Confirmed(NamedTuple):
    """What was changed in a flow: the facts, the file to write, and comments behind values that are no longer so."""

    flow: Flow
    facts: tuple[str, ...]
    draft: Draft
    comments: tuple[tuple[str, str], ...]


def confirm(library: Library, asked: Sequence[tuple[Flow, Sequence[Confirmation]]]) -> tuple[Confirmed, ...]:
    """Turn facts into confirmed ones, of each flow all that are asked for; nothing is written yet.

    A flow in which nothing changes is left out. Raises BadValue for what can't be confirmed, and FlowFileError with the
    findings when a flow would have errors that it doesn't have now.
    """
    changed = edited(asked)
    if found := changed and new_errors(library, drafted(library, *(one.draft for one in changed))):
        raise FlowFileError(
            Text(
                "không ghi gì: sau khi sửa, lưu đồ sẽ có lỗi; hãy sửa giá trị, hoặc xác nhận cùng lúc các dữ kiện liên quan",
                "nothing written: the flow would have errors; correct the value, or confirm what goes with it at once",
            ),
            found,
        )
    return changed


def edited(asked: Sequence[tuple[Flow, Sequence[Confirmation]]]) -> tuple[Confirmed, ...]:
    """The flows as they would be, not yet checked. Raises BadValue for what can't be confirmed."""
    asked = [(flow, [one.tidy() for one in wanted]) for flow, wanted in asked]
    for flow, wanted in asked:
        if text := refused(flow) or next((text for one in wanted if (text := fault(flow, one))), None):
            raise BadValue(text)
    return tuple(one for flow, wanted in asked if (one := _confirmed(flow, wanted)))


def refused(flow: Flow) -> Text | None:
    """Why nothing of a flow can be confirmed: it is published (FLW105)."""
    if flow.status == "draft":
        return None
    anew = again(flow.code)
    return Text(
        f"{flow.code} v{flow.version} đã ban hành nên không sửa được; hãy soạn lần sau: {anew.vi}",
        f"{flow.code} v{flow.version} is published and not changed any more; draft its next version: {anew.en}",
    )


def fault(flow: Flow, asked: Confirmation) -> Text | None:
    """Why a fact can't be confirmed so; None when it can."""
    name, value = asked.fact, asked.value
    if not asked.decision:
        return Text(f"'{name}': thiếu quyết định xác nhận", f"'{name}': the decision that confirms it is missing")
    if value is None:
        known = fact_names(flow)
        return None if name in known or flow.provenance(name) else _unknown(flow, name, known)
    if name in _ELSEWHERE:
        vi, en = _ELSEWHERE[name]
        return Text(f"không đặt được giá trị của '{name}': {vi}", f"the value of '{name}' can't be given: {en}")
    return _value_fault(flow, name, value)


def _value_fault(flow: Flow, name: str, value: str) -> Text | None:
    key = HEAD.get(name) or (ROW["within"] if name in parts(flow, "times") else None)
    if key is None:
        known = fact_names(flow)
        vi, en = f"không đặt được giá trị của '{name}' ở đây", f"the value of '{name}' can't be given here"
        return (
            Text(f"{vi}: {_BY_HAND.vi}", f"{en}: {_BY_HAND.en}")
            if name in known
            else _unknown(flow, name, {*known, *HEAD})
        )
    source = Source(flow.file)
    key.read(Reading(source), _node(name, value))
    return Text(*(f"'{name}': {words}" for words in source.findings[0].message)) if source.findings else None


def _unknown(flow: Flow, name: str, known: Iterable[str]) -> Text:
    hint = meant(nearest(name, known))
    return Text(
        f"'{name}' không phải dữ kiện nào của {flow.code} v{flow.version}{hint.vi}",
        f"'{name}' is no fact of {flow.code} v{flow.version}{hint.en}",
    )


def is_list(name: str) -> bool:
    """Whether the value of a fact is a list."""
    return name in HEAD and (shape_of(HEAD[name].read) or {}).get("type") == "array"


def _node(name: str, value: str) -> Node:
    """The value as the reader of the key takes it."""
    if not is_list(name):
        return Scalar(value, 1, 1)
    return Seq([Scalar(item, 1, 1) for item in value.splitlines()], 1, 1)


def _confirmed(flow: Flow, wanted: Sequence[Confirmation]) -> Confirmed | None:
    """The flow's file with the facts confirmed; None when it says so already."""
    values = {one.fact: one.value for one in wanted if one.value is not None}
    values = {fact: value for fact, value in values.items() if value != fact_value(flow, fact)}
    data = contents(Path(flow.file))
    text = FlowText(data, flow.file)
    comments = tuple((fact, said) for fact, value in values.items() if (said := _put(text, flow, fact, value)))
    moved = source(text, flow, {one.fact: one.decision for one in wanted})
    facts = tuple(dict.fromkeys(one.fact for one in wanted if one.fact in values or one.fact in moved))
    return Confirmed(flow, facts, Draft(Path(flow.file), text.text, data), comments) if facts else None


def _tidy(words: str) -> str:
    return "\n".join(" ".join(line.split()) for line in nfc(words).splitlines() if line.strip())


def _put(text: FlowText, flow: Flow, fact: str, value: str) -> str:
    """Write a value to its place; the comment that stays behind it."""
    if fact in HEAD:
        return text.put(fact, [*map(quoted, value.splitlines())] if is_list(fact) else quoted(value), tuple(HEAD))
    step = flow.step(fact.partition(".")[2])
    block = "steps" if step and step.main else "aside"
    text.put_in((block, fact.partition(".")[2], "within"), value)
    return ""


def source(text: FlowText, flow: Flow, decisions: Mapping[str, str]) -> set[str]:
    """Let each fact be read in its decision, in the entry of that decision where there is one; the facts this changed."""
    old = text.entries()
    there = {(name, entry.words) for entry in old if entry.status == "read" for name in entry.names}
    moved = {fact: words for fact, words in decisions.items() if (fact, words) not in there}
    whole = _made_up(flow, {*moved, *(name for name, _ in there)})
    new: dict[Entry, Entry | None] = {entry: _left(entry, moved, whole) for entry in old}
    more: list[Entry] = []
    for words in dict.fromkeys(moved.values()):
        names = tuple(fact for fact in moved if moved[fact] == words)
        home = next((entry for entry in old if (entry.status, entry.words) == ("read", words)), None)
        if home is None:
            more.append(Entry(names, "read", words))
        else:
            new[home] = home._replace(names=(*(kept.names if (kept := new[home]) else ()), *names))
    if moved:
        text.facts(lambda entry: new[entry], more)
    return set(moved)


def _made_up(flow: Flow, read: set[str]) -> set[str]:
    """`steps`, `times` and `arrows` whose every single fact is read: nothing is left for the whole to speak of."""
    return {whole for whole in WHOLES.values() if (each := parts(flow, whole)) and each <= read}


def _left(entry: Entry, moved: Mapping[str, str], whole: set[str]) -> Entry | None:
    return entry.without({*moved, *whole} if entry.status == "assumed" else moved)
