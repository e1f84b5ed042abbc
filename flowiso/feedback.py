"""What applicants say of a dossier: ratings, complaints and the answers to them (R142, TT 01/2018 indices 7 and 8). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from .life import Life
from .model import ANSWER, APPLICANT, COMPLAIN, RATE, Move
from .refusals import refuse

FEWEST = 5
"""With fewer ratings their mean would tell single ones (R142; the number is FlowISO's own)."""


class Rating(NamedTuple):
    """What a dossier was rated, 1 to 5, and when; by whom is nowhere kept (R142)."""

    at: int
    score: int


class Ratings(NamedTuple):
    """How many dossiers were rated, and the mean with two decimals; None with fewer than `FEWEST`."""

    rated: int
    mean: str | None


class Complaint(NamedTuple):
    """A complaint put down on line `line` of a log; `founded` is what the answer says of it, None while there is none."""

    number: str
    line: int
    at: int
    answered_at: int | None = None
    founded: bool | None = None


def discreet(move: Move) -> Move:
    """A line as officers may see it: that a dossier was rated, but neither the score nor what was written with it (R142)."""
    return move._replace(note=None, record=None) if move.action == RATE else move


def rating(life: Life) -> Rating | None:
    """The one rating of a dossier that counts: the applicant's own latest, else the first put down for him (R129)."""
    given = [move for move in life.acts if move.action == RATE]
    own = [move for move in given if move.actor == APPLICANT]
    chosen = own[-1:] or given[:1]
    return Rating(chosen[0].at, int((chosen[0].record or {}).get("score", "0"))) if chosen else None


def ratings(found: Iterable[Rating]) -> Ratings:
    """The one figure about ratings that may be shown."""
    scores = [one.score for one in found]
    if len(scores) < FEWEST:
        return Ratings(len(scores), None)
    mean = Decimal(sum(scores)) / len(scores)
    return Ratings(len(scores), str(mean.quantize(Decimal("0.01"), ROUND_HALF_UP)))


def complaints(life: Life) -> tuple[Complaint, ...]:
    """The complaints about a dossier, each with its answer; what was answered without having been put down is one, too."""
    found: list[Complaint] = []
    for move in life.acts:
        if move.action == COMPLAIN:
            found.append(Complaint(life.case.number, move.seq, move.at))
        elif move.action == ANSWER:
            meant = next(iter(_waiting(found, move)), Complaint(life.case.number, move.seq, move.at))
            answered = meant._replace(answered_at=move.at, founded=(move.record or {}).get("founded") == "yes")
            found = [answered if one is meant else one for one in found]
            found += [] if answered in found else [answered]
    return tuple(found)


def _waiting(found: Iterable[Complaint], answer: Move) -> list[Complaint]:
    """The complaints that a line may answer, the oldest first."""
    line = (answer.record or {}).get("line")
    return [one for one in found if one.answered_at is None and line in (None, str(one.line))]


def check_answer(life: Life, answer: Move) -> None:
    """Refuse an answer to a complaint that doesn't wait for one, or to one of several without saying which. Raises NotAllowed.

    Where none waits, the answer is to one that came and was answered at once, without a line of its own.
    """
    found = complaints(life)
    meant, waiting = _waiting(found, answer), [str(one.line) for one in found if one.answered_at is None]
    if len(meant) == 1 or not (waiting or "line" in (answer.record or {})):
        return
    listed = ", ".join(waiting)
    refuse(
        f"hãy nói trả lời phản ánh ở dòng nào (line); đang chờ: {listed or 'không có'}",
        f"say which line's complaint is answered (line); waiting: {listed or 'none'}",
    )
