"""What a simulated year assumes: a scenario, as a file of `_scenarios/` tells it, and where each number comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from ..setting import Staff
from ..term import Term
from ..text import Text

_NAMELESS = Text("", "")

Basis = Literal["read", "calibrated", "assumed"]
"""Where a number comes from: read in a source, set so that a published figure comes out, or assumed."""


class Ground(NamedTuple):
    """Where the number at `path` of a scenario ("misrouting.rate") comes from, and why; `value` is as the file has it.

    `title` is what the number is called; of a mapping ("work.effort.mot-cua") it is the mapping's, and `part` the name in it.
    """

    path: str
    basis: Basis
    why: Text
    value: str = ""
    title: Text = _NAMELESS
    part: str = ""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Who comes, when, and over which channel. Rates are shares of one.

    `dossiers` are accepted ones; those `refused` at intake come on top. Only `active` procedures have dossiers. Their weights are
    those of `shares`, and for the others fall as rank ** -`tail`, in an order drawn from their codes, the same in every run.
    `weekdays` (Monday to Sunday) and `months` are weights of a working hour. Of those not `online`, `postal` come by post.
    """

    dossiers: int = 13_641
    active: int | None = None
    shares: Mapping[str, float] = field(default_factory=dict)
    tail: float = 2.2
    weekdays: tuple[float, ...] = (1.0,) * 7
    months: tuple[float, ...] = (1.0,) * 12
    online: float = 0.9873
    postal: float = 0.125
    refused: float = 0.01


@dataclass(frozen=True, slots=True)
class Work:
    """How officers work. Efforts are median working minutes a visit, by role and, where given, by procedure step "CODE/step".

    An officer lets a dossier wait a median share `dwell` of the step's time, at most `dwell_most`, or of `untimed` working hours
    where the step has none, before it joins his queue, which he works off by `queue`: order of arrival or of due date. Effort
    and dwell are spread log-normally and logit-normally (`effort_sigma`, `dwell_sigma`). `pace` multiplies the effort of one
    account. A share `forgotten` of the visits is laid aside and comes to mind again after a mean of `recalled` working hours,
    unless a head reacts to a warning before.
    """

    queue: Literal["arrival", "due"] = "arrival"
    dwell: float = 0.22
    dwell_most: float = 0.85
    dwell_sigma: float = 0.65
    untimed: float = 1.0
    effort: Mapping[str, float] = field(default_factory=dict)
    effort_other: float = 30.0
    effort_sigma: float = 0.5
    pace: Mapping[str, float] = field(default_factory=dict)
    forgotten: float = 0.0
    recalled: float = 40.0


@dataclass(frozen=True, slots=True)
class Outside:
    """How long others take: partners a median share `partner` of their step's time, applicants `applicant` working hours.

    A share `partner_slow` of the partners' visits takes `slow_times` as long.
    """

    partner: float = 0.55
    partner_sigma: float = 0.35
    partner_slow: float = 0.0
    slow_times: float = 3.0
    applicant: float = 24.0
    applicant_sigma: float = 0.8


@dataclass(frozen=True, slots=True)
class Misrouting:
    """Hand-overs to a wrong account: a share `rate` of all, of which `lawful` to one who may hold the step.

    The wrong account notices after a log-normal time of mean `noticed` working hours, unless a head does before.
    """

    rate: float = 0.003
    lawful: float = 0.5
    noticed: float = 12.0


@dataclass(frozen=True, slots=True)
class Supervision:
    """Heads and warnings. A head is warned of a hand-over that is unconfirmed for longer than the agency's limit (R122) and of a
    step whose due moment is nearer than `warned_before` working hours or past (R126); a share `reacts` of the warnings is acted
    upon, after a mean of `within` working hours: a misroute is put right, a forgotten dossier taken up. A warning that is not
    acted upon is repeated after `repeated` working hours, None for never.
    """

    reacts: float = 0.5
    within: float = 4.0
    warned_before: float = 8.0
    repeated: float | None = None


@dataclass(frozen=True, slots=True)
class Exact:
    """What was published of the year, and `--exact` brings about to the dossier: how many were `received`, `online` and `late`,
    and how many procedures are `with_dossiers`; everything else ended well within the year.
    """

    received: int = 0
    online: int = 0
    late: int = 0
    with_dossiers: int = 0
    grounds: tuple[Ground, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario. `arrows` is the share of visits that leave by an arrow of a kind, where the step has one; `deadlines` are
    terms for procedures to which the law gives none; `terms` multiplies the deadlines and step times of all flows, these
    too. `exact` is what was published of this very year, None where nothing was. `grounds` says where the other numbers come
    from; what has none is a default, assumed.
    """

    name: str = ""
    title: Text = _NAMELESS
    year: int = 2021
    arrivals: Arrivals = Arrivals()
    work: Work = Work()
    outside: Outside = Outside()
    misrouting: Misrouting = Misrouting()
    supervision: Supervision = Supervision()
    staff: Staff = field(default_factory=Staff)
    arrows: Mapping[str, float] = field(default_factory=dict)
    deadlines: Mapping[str, Term] = field(default_factory=dict)
    terms: float = 1.0
    exact: Exact | None = None
    grounds: tuple[Ground, ...] = ()
