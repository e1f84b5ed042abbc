"""The verbs as they are asked over HTTP: which account acts, which state of the dossier was meant, and what comes back."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, Concatenate, NamedTuple, ParamSpec

from ..asked import moment_of, people_of
from ..dossier import Dossier
from ..engine import Engine
from ..errors import Conflict, FlowISOError, StoreError, UnknownDossier
from ..handover import settled
from ..model import APPLICANT, Channel
from ..text import Text
from .desk import Asked
from .keys import Caller
from .logs import tell, told_error
from .problems import Problem, members, problem_of
from .seen import told

P = ParamSpec("P")
Told = dict[str, Any]
"""A dossier as it is told."""


class Wished(NamedTuple):
    """What a move asks for. `after` are the lines that the caller may have seen last, None where any will do.

    `strict` says that they were told by `If-Match`; there are none where it names no line of ours.
    """

    action: str
    by: str | None
    to: str | None = None
    note: str | None = None
    record: Mapping[str, str] | None = None
    force: bool = False
    after: frozenset[int] | None = None
    strict: bool = False
    key: str | None = None


async def done(asked: Asked, verb: Callable[Concatenate[Asked, P], Dossier], *args: P.args, **kwargs: P.kwargs) -> Told:
    """The dossier as `receive`, `submit` or `move` leaves it, as it is told. Raises what they raise."""
    return await asked.desk.act(asked.engine, partial(verb, asked, *args, **kwargs), partial(_told, asked))


def actor(caller: Caller, by: str | None) -> str:
    """The account that acts: the one named, else the only one the key is for. Raises Problem."""
    if by is None:
        by = caller.only
        if by is None:
            raise Problem(
                "bad-value",
                Text("hãy cho tài khoản thực hiện (by)", "name the account that does it (by)"),
            )
    check_acting(caller, by)
    return by


def check_acting(caller: Caller, account: str) -> None:
    """Refuse an account that the key isn't for, the same whether there is such an account or not. Raises Problem."""
    if not caller.acts_as(account):
        raise Problem(
            "forbidden",
            Text(
                "khóa này không được làm thay tài khoản ấy; hãy dùng tài khoản của khóa",
                "this key may not act as that account; use the key's own",
            ),
        )


def receive(
    asked: Asked,
    procedure: str,
    by: str | None,
    number: str | None,
    channel: Channel,
    people: Mapping[str, str] | None,
    key: str | None,
) -> Dossier:
    """Accept a new dossier at the desk."""
    who = actor(asked.caller, by)
    return asked.engine.receive(procedure, by=who, number=number, channel=channel, at=asked.at, people=people, key=key)


def submit(
    asked: Asked,
    procedure: str,
    to: str,
    number: str | None,
    channel: Channel,
    people: Mapping[str, str] | None,
    key: str | None,
) -> Dossier:
    """Put down an online submission, in the applicant's name."""
    check_acting(asked.caller, APPLICANT)
    return asked.engine.submit(procedure, to=to, number=number, channel=channel, at=asked.at, people=people, key=key)


def move(asked: Asked, number: str, wish: Wished) -> Dossier:
    """Take an arrow or a verb; the dossier as this left it. Raises FlowISOError, Problem."""
    by = actor(asked.caller, wish.by)
    engine = asked.engine
    which: Dossier | str = number if wish.after is None else _fresh(asked, number, wish)
    try:
        return engine.move(
            which,
            wish.action,
            by=by,
            to=wish.to,
            at=asked.at,
            note=wish.note,
            record=wish.record,
            force=wish.force,
            key=wish.key,
        )
    except Conflict as error:
        if wish.strict:
            raise Problem("stale", error.text) from error
        raise


def _fresh(asked: Asked, number: str, wish: Wished) -> Dossier:
    """The dossier, when it stands as the caller saw it, or his key says that this is a second call. Raises Problem."""
    engine = asked.engine
    found = engine.dossier(number)
    stands = settled(found, engine.flows.calendar, max(moment_of(asked.at), found.state.at)).state.seq
    assert wish.after is not None
    if stands in wish.after or (wish.key and engine.store.answered(engine.agency, wish.key)):
        return found
    raise Problem("stale" if wish.strict else "conflict", _moved_on(stands, wish.after), seq=stands)


def _moved_on(stands: int, after: Collection[int]) -> Text:
    if not after:
        return Text(
            "If-Match không có ETag nào khớp được (ETag yếu, W/, không bao giờ khớp); hãy gửi nguyên văn ETag đã nhận",
            "If-Match has no ETag that could match (a weak one, W/, never does); send the ETag just as it was given",
        )
    seen = ", ".join(map(str, sorted(after)))
    return Text(
        f"hồ sơ đã sang dòng {stands}, không còn ở dòng {seen}; hãy đọc lại rồi làm",
        f"the dossier is at line {stands}, not {seen} any more; read it again",
    )


def hand_over(
    asked: Asked, account: str, by: str | None, to: str, note: str, numbers: Sequence[str] | None
) -> dict[str, Any]:
    """Reassign what somebody holds, with an answer for each."""
    who, engine = actor(asked.caller, by), asked.engine
    unknown = _unknown(engine, numbers or ())
    known = None if numbers is None else [number for number in numbers if number not in unknown]
    done = engine.hand_over(account, by=who, to=to, note=note, at=asked.at, numbers=known)
    refused = (*done.refused, *unknown.items())
    items = [{"number": found.number, "moved": True, "seq": found.state.seq} for found in done.moved]
    items += [_refused(number, error, asked.lang) for number, error in refused]
    return {"moved": len(done.moved), "refused": len(refused), "items": items}


def _unknown(engine: Engine, numbers: Sequence[str]) -> dict[str, FlowISOError]:
    """The numbers that no dossier has, each with what the store says."""
    found: dict[str, FlowISOError] = {}
    for number in numbers:
        try:
            engine.store.read(engine.agency, number)
        except UnknownDossier as error:
            found[number] = error
    return found


def moves(asked: Asked, wishes: Sequence[tuple[str, Wished]]) -> dict[str, Any]:
    """Moves of several dossiers, each judged and done alone, with an answer for each.

    Once the store is away the rest isn't tried: each would wait for it again.
    """
    most = asked.desk.settings.batch if asked.engine.store.one_writer else 1
    found: list[Dossier | Exception] = []
    while len(found) < len(wishes):
        found += _together(asked, wishes[len(found) : len(found) + most])
        away = next((one for one in found if isinstance(one, StoreError)), None)
        if away is not None:
            tell("fault", asked.at, logging.ERROR, **told_error(away))
            found += [away] * (len(wishes) - len(found))
    items = [_each(number, one, asked.lang) for (number, _), one in zip(wishes, found, strict=True)]
    moved = sum(item["moved"] for item in items)
    return {"moved": moved, "refused": len(items) - moved, "items": items}


def _together(asked: Asked, wishes: Sequence[tuple[str, Wished]]) -> Sequence[Dossier | Exception]:
    try:
        return asked.engine.store.together([partial(move, asked, number, wish) for number, wish in wishes])
    except StoreError as error:
        return [error] * len(wishes)


def _each(number: str, found: Dossier | Exception, lang: str) -> Told:
    if isinstance(found, Dossier):
        return {"number": number, "moved": True, "seq": found.state.seq}
    if isinstance(found, FlowISOError):
        return _refused(number, found, lang)
    if isinstance(found, Problem):
        return _refusal(number, found, lang)
    raise found


def _refused(number: str, error: FlowISOError, lang: str) -> dict[str, Any]:
    return _refusal(number, problem_of(error, lang), lang)


def _refusal(number: str, problem: Problem, lang: str) -> dict[str, Any]:
    return {"number": number, "moved": False, "problem": members(problem, lang)}


def keep_people(engine: Engine, number: str, people: Mapping[str, str]) -> None:
    """Put personal data in place of what there was; none takes it away."""
    engine.dossier(number)
    engine.store.keep_person(engine.agency, number, people_of(people) or {})


def _told(asked: Asked, done: Dossier) -> Told:
    """The dossier as this left it, at the moment of its last line: whoever asks again under the same key is told the same."""
    return told(asked.engine, done, done.state.at, asked.lang)
