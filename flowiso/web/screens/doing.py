"""What an account may do with a dossier, and the form each of it asks for: by the engine's own rules, tried without writing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from ...decision import decide
from ...dossier import Dossier, place
from ...errors import FlowISOError, Incomplete, Misrouted, NotAllowed
from ...faults import CAUSES
from ...handling import KINDS
from ...handover import candidates, receiver
from ...machine import Arc, Row
from ...model import (
    ANSWER,
    BOUNCE,
    CHOICES,
    COMPLAIN,
    CONFIRM,
    CORRECT,
    DAYS,
    FAULT,
    LOSE,
    MIGRATE,
    PAUSE,
    RATE,
    REAPPOINT,
    REASSIGN,
    RECALL,
    RECEIVE,
    RECORD,
    RESUME,
    STOP,
    WITHDRAW,
    Account,
)
from ...refusals import Said, actions
from ...routing import may_keep
from ...text import Text
from ...verbs import open_verbs
from ...wish import TITLES
from ...worktime import local

Kind = Literal["choice", "day", "words", "line"]


class Field(NamedTuple):
    """Something that a form asks for: `note`, or a key of the record."""

    name: str
    label: Text
    kind: Kind
    needed: bool
    choices: tuple[tuple[str, Text], ...] = ()


class Doing(NamedTuple):
    """A button with its form. `accounts` are those it may be handed to, `usual` the one the engine would choose, "" for none.

    `target` is where it leads, None for a verb; `hands` whether somebody has to get it; `ends` whether the case ends.
    """

    name: str
    title: Text
    fields: tuple[Field, ...] = ()
    target: Text | None = None
    ends: bool = False
    hands: bool = False
    accounts: tuple[Account, ...] = ()
    usual: str = ""

    @property
    def rare(self) -> bool:
        """Whether it is a verb beside the dossier's way, which is seldom needed."""
        return self.target is None and self.name not in _FIRST


def doings(found: Dossier, by: str, at: int) -> tuple[Doing, ...]:
    """What `by` may do now: arrows in the order of the flow, a withdrawal last, then verbs. `found` is settled at `at`."""
    return tuple(_doings(found, by, at))


def _doings(found: Dossier, by: str, at: int) -> Iterator[Doing]:
    state = found.state
    verbs = [verb for verb in open_verbs(state) if verb != MIGRATE and may(found, verb, by, at)]
    yield from (_verb(found, verb, by, at) for verb in verbs if verb in _FIRST)
    if not state.ended:
        arcs = sorted((state.row.arcs[name] for name in actions(state)), key=lambda arc: arc.kind == "withdraw")
        yield from (_arrow(found, arc, at) for arc in arcs if may(found, arc.action, by, at))
    yield from (_verb(found, verb, by, at) for verb in verbs if verb not in _FIRST)


_FIRST = (CONFIRM, RECEIVE, RESUME)
_TRIED = Said("…")


def may(found: Dossier, action: str, by: str, at: int) -> bool:
    """Whether it could be done by this account, once everything that it asks for is given."""
    try:
        decide(found.state, action, by, "", at, said=_TRIED)
    except (Incomplete, Misrouted):
        return True
    except FlowISOError:
        return False
    return True


def _arrow(found: Dossier, arc: Arc, at: int) -> Doing:
    target = place(arc.row)
    if arc.row.step is None:
        return Doing(arc.action, arc.arrow.title, _words(found, arc), target.title, ends=True)
    sender = "" if may_keep(found.state.row, arc.row) else found.holder
    return Doing(
        arc.action,
        arc.arrow.title,
        _words(found, arc),
        target.title,
        hands=True,
        accounts=candidates(found, arc.row, sender, at),
        usual=_usual(found, arc.action, at),
    )


def _usual(found: Dossier, action: str, at: int) -> str:
    try:
        return receiver(found, action, None, at)
    except NotAllowed:
        return ""


def _words(found: Dossier, arc: Arc) -> tuple[Field, ...]:
    """What the arrow's letter needs (R11, R14, R45, R48)."""
    fields = [_note(arc.worded)]
    detour = found.state.detour
    if arc.kind == "supplement" and found.state.received is not None and detour is not None and detour.supplements:
        fields.append(_field("fault", True))
    if arc.kind == "consult":
        bounded = arc.row.within is not None or (arc.row.step is not None and arc.row.step.until is not None)
        fields.append(_field("until", not bounded))
    return tuple(fields)


def _verb(found: Dossier, verb: str, by: str, at: int) -> Doing:
    needed, possible = _ASKED[verb]
    fields = tuple(_field(name, name in needed) for name in (*needed, *possible) if name not in ("to", "step"))
    if verb == REASSIGN:
        fields = (_note(by != found.holder),)
        accounts = candidates(found, found.state.row, found.holder, at)
        return Doing(verb, TITLES[verb], fields, hands=True, accounts=accounts)
    if verb == CORRECT:
        rows = _makers(found)
        steps = Field("step", LABELS["step"], "choice", True, tuple((row.id, row.title) for row in rows))
        anybody = {one.id: one for row in rows for one in candidates(found, row, "", at)}
        return Doing(verb, TITLES[verb], (*fields, steps), hands=True, accounts=tuple(anybody.values()))
    return Doing(verb, TITLES[verb], fields)


_ASKED: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    CONFIRM: ((), ()),
    RECEIVE: ((), ()),
    RECALL: ((), ("note",)),
    BOUNCE: ((), ("note",)),
    REASSIGN: (("to",), ("note",)),
    REAPPOINT: (("note", "until"), ()),
    PAUSE: (("note", "ground"), ()),
    RESUME: (("note",), ()),
    STOP: (("note", "ground"), ()),
    WITHDRAW: ((), ("note",)),
    CORRECT: (("note", "step", "to"), ()),
    RATE: (("score",), ("note",)),
    COMPLAIN: (("note",), ()),
    ANSWER: (("note", "founded"), ("line",)),
    LOSE: (("note", "owner"), ()),
    FAULT: (("note", "of"), ("line", "cause", "action", "owner", "due", "effect")),
}
"""What each verb needs, and what it may be given besides (docs/dossier.md)."""


def _makers(found: Dossier) -> list[Row]:
    """The steps that a wrong result may go back to (R53)."""
    rows = found.state.row.table.rows.values()
    return [row for row in rows if row.step is not None and not (row.resolves or row.stopped)]


def _note(needed: bool) -> Field:
    return Field("note", _NOTE, "words", needed)


def _field(name: str, needed: bool) -> Field:
    if name == "note":
        return _note(needed)
    label = LABELS.get(name, RECORD[name])
    if name in CHOICES:
        return Field(
            name, label, "choice", needed, tuple((one, CHOSEN.get(one, Text(one, one))) for one in CHOICES[name])
        )
    return Field(name, label, "day" if name in DAYS else "line", needed)


_NOTE = Text("Nội dung, lý do", "Content, reason")
LABELS: Mapping[str, Text] = {
    "fault": Text("Lỗi của ai", "Whose fault it was"),
    "forced": Text("Lỗi giao việc mà lãnh đạo cho phép bỏ qua", "The finding that a leader overrode"),
    "step": Text("Bước được đưa về", "The step it goes back to"),
    "until": Text("Đến ngày", "Until"),
    "ground": Text("Căn cứ pháp lý", "Legal ground"),
    "of": Text("Về việc", "About"),
    "cause": Text("Nguyên nhân", "Cause"),
    "line": Text("Dòng nhật ký nói đến", "Line of the log it is about"),
    "action": Text("Hành động khắc phục", "Corrective action"),
    "owner": Text("Tài khoản chịu trách nhiệm", "Account responsible"),
    "due": Text("Hạn thực hiện", "Due"),
    "effect": Text("Có hiệu lực không", "Whether it worked"),
    "score": Text("Điểm từ 1 đến 5", "A rating from 1 to 5"),
    "founded": Text("Phản ánh có đúng không", "Whether the complaint was justified"),
}
"""What keys of a record are called on a form; the others by what they mean."""
CHOSEN: Mapping[str, Text] = {
    "applicant": Text("người nộp", "the applicant"),
    "agency": Text("cơ quan", "the agency"),
    "yes": Text("có", "yes"),
    "no": Text("không", "no"),
    **{str(kind): words for kind, words in KINDS.items()},
    **CAUSES,
}


def leads(found: Dossier, by: str, at: int) -> bool:
    """Whether this account may hand it over against R121, in writing."""
    org = found.table.org
    return org.leads(by, found.flow, found.holder, local(at).date())
