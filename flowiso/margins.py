"""A flow's proof, and what still fits beyond it: waits at hand-overs, send-backs, time to find what is missing."""

from __future__ import annotations

from typing import NamedTuple

from .errors import BadValue, CalendarUnknown
from .model import Flow
from .org import Org
from .proof import Proof, Unprovable, Windows, keeps, notices, prove
from .stretches import Gate, Hop, Opens
from .text import Text

MOST_BACK = 9
"""More send-backs are not looked at."""


class Margin(NamedTuple):
    """What fits beyond the obligations; `wait` and `send_backs` are None where not even those are met, or not known.

    `wait`: working minutes at every hand-over (None too where nothing is handed over in time); `send_backs`: that many on
    any way, at most `MOST_BACK`; `notices`: for each supplement the working seconds left to find what is missing (R43);
    `apology`: working seconds after the receipt by which an apology must be sent at the latest, below 0 where some
    receipt leaves no day for it (R49), None for terms of hours.
    """

    wait: int | None
    send_backs: int | None
    notices: tuple[tuple[Hop, int], ...]
    apology: int | None


class Verdict(NamedTuple):
    """A flow with its proof and margin; `why` says why there is none."""

    flow: Flow
    proof: Proof | None = None
    margin: Margin | None = None
    why: Text | None = None

    @property
    def failed(self) -> bool:
        """Whether the deadline can be missed, or can't be proved though there is one."""
        return self.termed and (self.proof is None or not self.proof.holds)

    @property
    def termed(self) -> bool:
        """Whether there is a term of days or hours to keep."""
        return self.flow.deadline is not None and self.flow.deadline.unit != "immediate"


def judge(flow: Flow, org: Org, windows: Windows, send_backs: int = 0, wait: int = 0) -> Verdict:
    """Prove a flow with so many send-backs and working seconds at each hand-over, and say what more would fit."""
    if flow.deadline is None:
        return Verdict(flow, why=Text("không có thời hạn để chứng minh", "there is no term to prove"))
    if flow.deadline.unit == "immediate":
        return Verdict(flow, why=Text("giải quyết ngay, không có thời hạn để chứng minh", "at once: no term to prove"))
    try:
        proof = prove(flow, org, windows, send_backs, wait)
        return Verdict(flow, proof, _margin(flow, org, windows, proof))
    except Unprovable as unprovable:
        return Verdict(flow, why=unprovable.text)
    except (BadValue, CalendarUnknown) as error:
        return Verdict(flow, why=error.text)


def _margin(flow: Flow, org: Org, windows: Windows, proof: Proof) -> Margin:
    window = flow.supplement_window or org.limits.supplement
    found = tuple(notices(proof, windows, window))
    apology = windows.apology(flow.deadline) if flow.deadline else None
    if not proof.holds:
        return Margin(None, None, found, apology)
    return Margin(_longest_wait(windows, proof), _most_back(flow, org, windows, proof), found, apology)


def _longest_wait(windows: Windows, proof: Proof) -> int | None:
    """The working minutes that every hand-over may wait beyond those of the proof."""
    if not windows.uniform:
        return None  # what a wait costs depends on the day it falls on
    gates = {(gate, way.stretch.opens) for way in proof.ways for gate in way.stretch.gates if gate.handovers}
    bounds = [windows.case(gate, opens).slack // gate.handovers // 60 for gate, opens in gates]
    if not bounds:
        return None
    longest = max(0, min(bounds))
    for gate, opens in gates:
        if gate.stops and gate.term.unit == "d":
            longest = _longest_at(windows, gate, opens, longest)
    return longest


def _longest_at(windows: Windows, gate: Gate, opens: Opens, high: int) -> int:
    """The longest wait, at most `high` minutes, with which one gate is still passed in time."""
    low, middle = 0, high
    while low < high:
        fits = windows.case(gate.waiting(60 * middle), opens).slack >= 0
        low, high = (middle, high) if fits else (low, middle - 1)
        middle = (low + high + 1) // 2
    return low


def _most_back(flow: Flow, org: Org, windows: Windows, proof: Proof) -> int | None:
    """How many send-backs fit on any way."""
    fits = proof.allowance.send_backs
    if not any(arrow.kind == "send-back" for step in flow.steps for arrow in step.arrows):
        return fits
    try:
        while fits < MOST_BACK and keeps(flow, org, windows, proof.allowance._replace(send_backs=fits + 1)):
            fits += 1
    except Unprovable:
        return None
    return fits
