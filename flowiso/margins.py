"""A flow's proof, and what still fits beyond it: waits at hand-overs, send-backs, time to find what is missing."""

from __future__ import annotations

from typing import NamedTuple

from .errors import BadValue, CalendarUnknown
from .model import Flow
from .org import Org
from .proof import Proof, Unprovable, Windows, keeps, notices, prove
from .stretches import Hop
from .text import Text

MOST_BACK = 9
"""More send-backs are not looked at."""


class Margin(NamedTuple):
    """What fits beyond the obligations; `wait` and `send_backs` are None where not even those are met.

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
        return bool(self.flow.deadline) and (self.proof is None or not self.proof.holds)


def judge(flow: Flow, org: Org, windows: Windows, send_backs: int = 0, wait: int = 0) -> Verdict:
    """Prove a flow with so many send-backs and working seconds at each hand-over, and say what more would fit."""
    if flow.deadline is None:
        return Verdict(flow, why=Text("không có thời hạn để chứng minh", "there is no term to prove"))
    try:
        proof = prove(flow, org, windows, send_backs, wait)
        return Verdict(flow, proof, _margin(flow, org, windows, proof))
    except Unprovable as unprovable:
        return Verdict(flow, why=_unprovable(unprovable))
    except (BadValue, CalendarUnknown) as error:
        return Verdict(flow, why=error.text)


def _unprovable(unprovable: Unprovable) -> Text:
    if unprovable.term is not None:
        return Text(
            f"thời hạn {unprovable.term} có lần tạm dừng; hãy ghi bằng wh, wd hoặc d thì mới chứng minh được",
            f"the term {unprovable.term} may be paused; write wh, wd or d, which can be proved",
        )
    if unprovable.step is None:
        return Text("có quá nhiều đường đi để chứng minh", "there are too many ways to prove")
    step = unprovable.step
    if step.within is None or step.clock == "none":
        return Text(
            f"bước '{step.id}' không có thời gian; hãy thêm 'within' thì mới chứng minh được",
            f"step '{step.id}' has no time; add 'within', then it can be proved",
        )
    return Text(
        f"bước '{step.id}' đang tính giờ mà ghi {step.within}; hãy ghi bằng wh hoặc wd thì mới chứng minh được",
        f"step '{step.id}' runs and says {step.within}; write wh or wd, which can be proved",
    )


def _margin(flow: Flow, org: Org, windows: Windows, proof: Proof) -> Margin:
    window = flow.supplement_window or org.limits.supplement
    found = tuple(notices(proof, windows, window))
    apology = windows.apology(flow.deadline) if flow.deadline else None
    if not proof.holds:
        return Margin(None, None, found, apology)
    return Margin(_longest_wait(flow, org, windows, proof), _most_back(flow, org, windows, proof), found, apology)


def _longest_wait(flow: Flow, org: Org, windows: Windows, proof: Proof) -> int | None:
    """The working minutes that every hand-over may wait beyond those of the proof."""
    gates = [(gate, way.stretch.opens) for way in proof.ways for gate in way.stretch.gates]
    bounds = [windows.case(gate, opens).slack // gate.handovers // 60 for gate, opens in gates if gate.handovers]
    if not bounds:
        return None
    low, high = 0, max(0, min(bounds))
    if not any(gate.stops and gate.term.unit == "d" for gate, _ in gates):
        return high
    allowance = proof.allowance
    while low < high:
        middle = (low + high + 1) // 2
        fits = keeps(flow, org, windows, allowance._replace(wait=allowance.wait + 60 * middle))
        low, high = (middle, high) if fits else (low, middle - 1)
    return low


def _most_back(flow: Flow, org: Org, windows: Windows, proof: Proof) -> int:
    """How many send-backs fit on any way."""
    fits = proof.allowance.send_backs
    if not any(arrow.kind == "send-back" for step in flow.steps for arrow in step.arrows):
        return fits
    try:
        while fits < MOST_BACK and keeps(flow, org, windows, proof.allowance._replace(send_backs=fits + 1)):
            fits += 1
    except Unprovable:
        pass
    return fits
