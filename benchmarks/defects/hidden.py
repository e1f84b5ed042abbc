"""Defects of a flow that reading it finds no fault with: every target and role exists, every step is reached and ends."""

from __future__ import annotations

from collections.abc import Iterator

from .kinds import Fault, Site, forget, kind
from .plain import ASKS, BACK, Arrow, Plain, Way, hours, ways
from .text import Doc

_LETTER = "[phieu-kiem-soat]"
"""A form that tells the applicant nothing."""


def _late(flow: Plain) -> list[Way]:
    return [way for way in ways(flow) if way.takes > way.allowed]


def _late_by_asking(flow: Plain) -> list[Arrow]:
    """Arrows to the applicant of ways that are in time without them, but not with the hours it takes to ask."""
    return [
        arrow
        for way in ways(flow)
        for arrow in flow.arrows
        if arrow.kind in ASKS and arrow.step in {gone.step for gone in way.arrows}
        if way.takes <= way.allowed < way.takes + hours(flow.steps.get(arrow.target, {}).get("within"))
    ]


def _leaves(flow: Plain, way: Way) -> Arrow | None:
    """The arrow with which a way leaves the main path."""
    return next((arrow for arrow in way.arrows if arrow.path), None)


def _counted(site: Site) -> list[str]:
    """The steps of the agency whose time counts towards a deadline in working days."""
    site.need(str(site.flow.head.get("deadline", "")).endswith("wd"))
    return [
        name for name, row in site.flow.steps.items() if row.get("clock", "run") == "run" and hours(row.get("within"))
    ]


def _too_long(site: Site, step: str, within: str) -> Fault:
    """Another time for a step; shown at its row, at the deadline (main path) or where a way that is late leaves."""
    path = site.flow.path(step)
    doc = site.doc.set(within, *path, "within")
    changed = site.plain(doc)
    late = _late(changed)
    site.need(late)
    leaves = [_leaves(site.flow, way) for way in late]
    arrows = [arrow.path for arrow in [*leaves, *_late_by_asking(changed)] if arrow]
    return site.fault(doc, path, *([("deadline",)] if None in leaves else arrows))


def _excess(site: Site, step: str) -> str:
    """A time for the step by which the leanest way over it is late by half an hour to a day."""
    spare = [way.allowed - way.takes for way in ways(site.flow) if step in {arrow.step for arrow in way.arrows}]
    site.need(spare)
    return f"{hours(site.flow.steps[step]['within']) + min(spare) + site.pick((0.5, 1, 2, 4, 8)):g}wh"


@kind("side-sum", "FLW402", "a step off the main path gets more time than the deadline leaves on that way")
def side_sum(site: Site) -> Fault:
    """Raise `within` of a step off the main path until the leanest way over it is 0.5 to 8 hours late."""
    step = site.pick(name for name in _counted(site) if name in site.flow.aside())
    return _too_long(site, step, _excess(site, step))


@kind("main-sum", "FLW402", "a step of the main path gets more time than the deadline leaves")
def main_sum(site: Site) -> Fault:
    """The same for a step of the main path; not the first two, whose time has rules of its own."""
    step = site.pick(name for name in _counted(site) if name not in [*list(site.flow.steps)[:2], *site.flow.aside()])
    return _too_long(site, step, _excess(site, step))


@kind("hours-as-days", "FLW402", "a step's `wh` became `wd`, and a way is late")
def hours_as_days(site: Site) -> Fault:
    """`4wh` to `4wd`, from the third step on, where a way then takes more hours than the term holds."""
    whole = (name for name in _counted(site)[2:] if site.flow.steps[name]["within"].endswith("wh"))
    step = site.pick(whole)
    return _too_long(site, step, site.flow.steps[step]["within"].replace("wh", "wd"))


@kind(
    "deadline-in-calendar-days", "FLW402", "`wd` became `d` in the deadline: the work doesn't fit into an ordinary week"
)
def calendar_deadline(site: Site) -> Fault:
    """`15wd` to `15d`; only where the work exceeds Monday to Friday of some such span, without any holiday."""
    term = str(site.flow.head.get("deadline", ""))
    site.need(term.endswith("wd"))
    days = int(term[:-2])
    fewest = min(sum((start + day) % 7 < 5 for day in range(1, days + 1)) for start in range(7))
    site.need(any(way.takes > 8 * (fewest + 1) for way in ways(site.flow)))  # one more: the end moves off a weekend
    return site.fault(site.doc.set(f"{days}d", "deadline"), ("deadline",))


@kind("step-in-calendar-days", "FLW407", "a step's working hours became calendar days, which may hold no working hour")
def calendar_step(site: Site) -> Fault:
    """`16wh` to `2d` from the third step on: the same most weeks, nothing over Tết."""
    step = site.pick(name for name in _counted(site)[2:] if hours(site.flow.steps[name]["within"]) >= 8)
    path = site.flow.path(step)
    return site.fault(site.doc.set(f"{int(hours(site.flow.steps[step]['within']) / 8)}d", *path, "within"), path)


def _waiting(site: Site) -> list[str]:
    return [name for name, row in site.flow.steps.items() if row.get("clock") == "stopped"]


def _hopeless(flow: Plain) -> Iterator[str]:
    """Ends and steps aside from which nothing but refusals and stops can be reached without being sent back."""
    for step in flow.aside():
        seen, ahead = {step}, [step]
        while ahead:
            new = {a.target for a in flow.leaving(ahead.pop()) if a.kind not in BACK} - seen
            seen |= new
            ahead += new
        on = flow.steps[step].get("clock") == "stopped" or seen & set(list(flow.steps)[: flow.main])
        if not on and {flow.ends[end] for end in seen if end in flow.ends} <= {"refused", "stopped"}:
            yield step
    yield from (end for end, of in flow.ends.items() if of == "stopped")


@kind(
    "supplement-never-returns",
    "FLW213",
    "what the applicant handed in, paid or put right leads to a refusal or the end",
)
def supplement_lost(site: Site) -> Fault:
    """The arrow `da-...` of a step where the clock stands leads to the refusing steps, or to the end of a stopped case."""
    waits = _waiting(site)
    arrow = site.pick(
        a for a in site.flow.arrows if a.step in waits and a.action.startswith("da-") and a.kind == "forward"
    )
    target = site.pick(_hopeless(site.flow))
    doc = site.holds_together(site.doc.set(target, *arrow.path))
    return site.fault(doc, site.flow.path(arrow.step), arrow.path)


def _signing(site: Site) -> str:
    """A step whose signature is the only one between the last examination and a result."""
    signs = {step for step in site.flow.steps if site.duty(step) == "approve"}
    alone = []
    for way in ways(site.flow):
        steps = [arrow.step for arrow in way.arrows]
        last = max((n for n, step in enumerate(steps) if site.duty(step) == "examine"), default=-1)
        after = [step for step in steps[last:] if step in signs]
        alone += after if len(after) == 1 else []
    return site.pick(sorted(set(alone)))


def _signed_by(site: Site, duty: str) -> Fault:
    step = _signing(site)
    roles = {
        row["by"] for name, row in site.flow.steps.items() if site.duty(name) == duty and site.party(name) == "agency"
    }
    path = site.flow.path(step)
    return site.fault(site.doc.set(site.pick(sorted(roles)), *path, "by"), path)


@kind("examiner-signs", "FLW304 FLW307", "the step that signs is held by a role that examines the same dossier")
def examiner_signs(site: Site) -> Fault:
    """`by` of the only signature behind the last examination becomes an examining role of the same flow (R140)."""
    return _signed_by(site, "examine")


@kind("reviewer-signs", "FLW307", "the step that signs is held by a role that only reviews")
def reviewer_signs(site: Site) -> Fault:
    """The same with a reviewing role: nobody who may sign has signed."""
    return _signed_by(site, "review")


def _letterless(site: Site, doc: Doc, letters: tuple[str, ...], path: tuple[str, ...]) -> Doc:
    """The row or arrow without letters to the applicant, whether written in the flow or shared."""
    row, words = len(path) == 2, site.good.doc("_steps.yaml")
    shared = words.data("steps" if row else "actions", path[-1], "forms") or []
    full = isinstance(doc.data(*path), dict)
    forms = (doc.data(*path, "forms") if full else None) or shared
    if not any(letter in form for form in forms for letter in letters):
        return doc
    if not full:
        return doc.set(f"{{to: {doc.data(*path)}, forms: {_LETTER}}}", *path)
    return (doc.drop(*path, "forms") if doc.has(*path, "forms") else doc).put("forms", _LETTER, *path)


@kind(
    "refusal-without-letter", "FLW501", "no form on the way to a refusal tells the applicant of it; a draft isn't sent"
)
def refusal_letterless(site: Site) -> Fault:
    """Arrows to a refused end, or to steps aside that only lead there, and these steps get `forms: [phieu-kiem-soat]`."""
    end = site.pick(name for name, of in site.flow.ends.items() if of in ("refused", "refused-intake"))
    hopeless = set(_hopeless(site.flow)) if site.flow.ends[end] == "refused" else set()
    leading = {end} | {step for step in hopeless if step in site.flow.steps}
    arrows = [arrow for arrow in site.flow.arrows if arrow.target in leading and arrow.path]
    handing = [site.flow.path(arrow.step) for arrow in arrows if arrow.target == end]
    paths = [site.flow.path(step) for step in sorted(leading - {end})] + [arrow.path for arrow in arrows]
    doc = site.doc
    for path in paths:
        doc = _letterless(site, doc, ("phieu-tu-choi", "phieu-bo-sung", "từ chối", "Từ chối"), path)
    site.need(doc is not site.doc)
    return site.fault(doc, ("ends", end), *handing)


@kind("supplement-without-form", "FLW502", "no form on the way to the applicant says what is missing")
def supplement_formless(site: Site) -> Fault:
    """The arrow that asks and the steps up to the wait get `forms: [phieu-kiem-soat]` (form 02 is lost)."""
    arrow = site.pick(arrow for arrow in site.flow.arrows if arrow.kind == "supplement")
    steps, ahead = [], [arrow.target]
    while ahead:
        here = ahead.pop()
        if here in site.flow.aside() and here not in steps and site.flow.steps[here].get("clock") != "stopped":
            steps.append(here)
            ahead += [a.target for a in site.flow.leaving(here) if a.kind == "forward"]
    doc = site.doc
    for path in [arrow.path, *map(site.flow.path, steps)]:
        doc = _letterless(site, doc, ("phieu-bo-sung", "bổ sung"), path)
    site.need(doc is not site.doc)
    return site.fault(doc, arrow.path, site.flow.path(steps[0]))


@kind(
    "partner-never-returns", "FLW602", "from a step at another agency the dossier goes to its end without coming back"
)
def partner_lost(site: Site) -> Fault:
    """The arrow of a partner's step that leads home leads to a refused or stopped end; every step is still reached."""
    away = {step for step in site.flow.steps if site.party(step) == "partner"}
    home = (a for a in site.flow.arrows if a.step in away and a.target not in away and a.path and a.kind not in BACK)
    arrow = site.pick(home)
    doc = site.doc.set(
        site.pick(end for end, of in site.flow.ends.items() if of in ("refused", "stopped")), *arrow.path
    )
    return site.fault(site.holds_together(doc), site.flow.path(arrow.step), arrow.path)


@kind("partner-ends-it", "FLW602", "a step at another agency gets one more arrow, straight to a refusal or stop")
def partner_ends(site: Site) -> Fault:
    """`tra-thang: {to: <refused or stopped end>, kind: refuse}` is added to a partner's step."""
    away = [step for step in site.flow.steps if site.party(step) == "partner" and site.flow.steps[step].get("then")]
    path = site.flow.path(site.pick(away))
    end = site.pick(end for end, of in site.flow.ends.items() if of in ("refused", "stopped"))
    doc = site.doc.put("tra-thang", f"{{to: {end}, title: Trả thẳng, kind: refuse}}", *path, "then")
    return site.fault(doc, path, (*path, "then", "tra-thang"))


@kind(
    "wrong-clock-policy",
    "FLW406",
    "a supplement pauses the term, or leaves it as it is, and no law is named that says so",
)
def clock_policy(site: Site) -> Fault:
    """`restart` to `pause` or `none`; where a law is named, its `clock_basis` goes (R43)."""
    site.need(hours(site.flow.head.get("deadline")) and any(a.kind == "supplement" for a in site.flow.arrows))
    doc = site.doc
    if "clock_basis" in site.flow.head:
        doc = doc.drop("clock_basis").drop("facts", "0")
    else:
        doc = doc.set(site.pick(("pause", "none")), "clock_policy")
    return site.fault(doc, ("clock_policy",))


@kind("clock-basis-in-vain", "FLW406", "a law is named for the clock, but the clock starts anew as without it")
def basis_in_vain(site: Site) -> Fault:
    """`pause` to `restart` beside a `clock_basis`."""
    site.need("clock_basis" in site.flow.head)
    return site.fault(site.doc.set("restart", "clock_policy"), ("clock_basis",), ("clock_policy",))


@kind("endless-wait", "FLW405", "only the applicant, or an agency that was asked, can end the wait")
def endless_wait(site: Site) -> Fault:
    """The `at-limit`, or the arrow with `by: mot-cua`, goes from a waiting step, or loses its `by`."""
    waits = [*_waiting(site), *(s for s, row in site.flow.steps.items() if row.get("by") == "co-quan-y-kien")]
    arrow = site.pick(a for a in site.flow.arrows if a.step in waits and (a.kind == "timer" or a.by))
    doc = site.doc.set(arrow.target, *arrow.path)
    if arrow.kind == "timer" or site.rng.random() < 0.5:
        site.need(sum(a.target == arrow.target for a in site.flow.arrows) > 1)
        doc = forget(site.doc.drop(*arrow.path), f".{arrow.step}.{arrow.action}")
    return site.fault(doc, site.flow.path(arrow.step))


@kind("intake-too-long", "FLW409", "the first step takes more than eight working hours")
def long_intake(site: Site) -> Fault:
    """`within` of the first step becomes 9 to 16wh; the longest step gives the hours, so the sum stays."""
    first, *later = [name for name in _counted(site) if name not in site.flow.aside()]
    more = site.pick((9, 10, 12, 16)) - hours(site.flow.steps[first]["within"])
    longest = max(later, key=lambda name: hours(site.flow.steps[name]["within"]))
    left = hours(site.flow.steps[longest]["within"]) - more
    site.need(left > 0)
    path = site.flow.path(first)
    doc = site.doc.set(f"{left:g}wh", *site.flow.path(longest), "within")
    return site.fault(doc.set(f"{hours(site.flow.steps[first]['within']) + more:g}wh", *path, "within"), path)


@kind("late-supplement-notice", "FLW404", "the steps before the examination and the sending use up the time to ask")
def late_notice(site: Site) -> Fault:
    """`supplement_window` becomes no longer than the steps before the examination and the sending take."""
    site.need("supplement_window" in site.flow.head)
    arrow = site.pick(a for a in site.flow.arrows if a.kind == "supplement" and a.step not in site.flow.aside())
    before = list(site.flow.steps)[: list(site.flow.steps).index(arrow.step)]
    taken = sum(hours(site.flow.steps[step].get("within")) for step in [*before, arrow.target])
    window = site.pick(term for term in ("1wd", "2wd", "4wh", "6wh", "8wh", "10wh") if hours(term) <= taken)
    site.need(hours(window) < hours(site.flow.head["supplement_window"]))
    doc = site.doc.set(window, "supplement_window")
    return site.fault(doc, arrow.path, ("supplement_window",))


@kind("forward-loop", "FLW211", "an arrow that isn't said to send back leads back, as often as anybody likes")
def forward_loop(site: Site) -> Fault:
    """A send-back of the main path gets `kind: forward`, or a new arrow without a kind leads to an earlier step."""
    main = list(site.flow.steps)[: site.flow.main]
    if site.rng.random() < 0.5:
        arrow = site.pick(a for a in site.flow.arrows if a.kind == "send-back" and a.path and a.step in main)
        doc, path = site.doc.set(f"{{to: {arrow.target}, kind: forward}}", *arrow.path), arrow.path
    else:
        step = site.pick(name for name in main[2:-1] if site.flow.steps[name].get("then"))
        path = (*site.flow.path(step), "then", "lam-lai")
        target = site.pick(main[1 : main.index(step)])
        doc = site.doc.put("lam-lai", f"{{to: {target}, title: Làm lại}}", *path[:-1])
    return site.fault(doc, path)


@kind("livelock", "FLW203", "steps off the main path pass the dossier round and round, and none of them leads out")
def livelock(site: Site) -> Fault:
    """Of two steps aside that follow each other, the second leads back to the first, and their other arrows go."""
    chain = [
        (a, b)
        for a in site.flow.arrows
        for b in site.flow.leaving(a.target)
        if {a.step, a.target} <= set(site.flow.aside()) - set(_waiting(site)) and b.kind == "forward" and b.path
    ]
    into, out = site.pick(chain)
    site.need(all(a.kind != "timer" for step in (into.step, into.target) for a in site.flow.leaving(step)))
    doc = site.doc.set(into.step, *out.path)
    for step in (into.step, into.target):
        for arrow in site.flow.leaving(step):
            if arrow not in (into, out):
                doc = doc.drop(*arrow.path)
    site.need(all(any(a.target == s for a in site.plain(doc).arrows) for s in site.flow.steps if s != "tiep-nhan"))
    return site.fault(doc, site.flow.path(into.step), site.flow.path(into.target))


@kind("officer-with-stopped-clock", "FLW312", "a step of an officer has a clock that stands: it can't be late")
def stopped_officer(site: Site) -> Fault:
    """`within` of an agency's step becomes `clock: stopped`."""
    step = site.pick(name for name in _counted(site)[2:] if site.party(name) == "agency")
    path = site.flow.path(step)
    doc = site.doc.set("stopped", *path, "within").rename("clock", *path, "within")
    return site.fault(doc, path)


@kind("applicant-with-running-clock", "FLW312", "the agency's time runs while the applicant is waited for")
def running_applicant(site: Site) -> Fault:
    """`clock: stopped` of the applicant's step becomes `clock: run`."""
    step = site.pick(_waiting(site))
    path = site.flow.path(step)
    return site.fault(site.doc.set("run", *path, "clock"), path)


@kind("supplement-by-officer", "FLW306", "an officer sends the request to the applicant, past the one-stop unit")
def officer_asks(site: Site) -> Fault:
    """`by` of the step that sends the request becomes `chuyen-vien` (R15)."""
    waits = _waiting(site)
    asked = [a.target for a in site.flow.arrows if a.kind == "supplement"]
    sends = [a for a in site.flow.arrows if a.target in waits and a.step in asked]
    arrow = site.pick(sends)
    path = site.flow.path(arrow.step)
    return site.fault(site.doc.set("chuyen-vien", *path, "by"), path, arrow.path)


@kind(
    "intake-not-by-one-stop",
    "FLW305",
    "the first step, or the one that hands out the result, isn't the one-stop unit's",
)
def not_one_stop(site: Site) -> Fault:
    """`by` of the first step, or of one that is `ready`, becomes `chuyen-vien` or `van-thu-so`."""
    first = next(iter(site.flow.steps))
    out = [name for name, row in site.flow.steps.items() if row.get("ready") == "yes"]
    path = site.flow.path(site.pick([first, *out]))
    return site.fault(site.doc.set(site.pick(("chuyen-vien", "van-thu-so")), *path, "by"), path)


@kind("lateness-charged-away", "FLW604", "the lateness of a step of the agency's own is charged to a partner")
def charged_away(site: Site) -> Fault:
    """`charged-to: partner` is added to a step of the agency's own."""
    path = site.flow.path(site.pick(name for name in _counted(site) if site.party(name) == "agency"))
    return site.fault(site.doc.put("charged-to", "partner", *path), path, (*path, "charged-to"))


@kind("decided-elsewhere", "FLW601", "another authority decides, but holds no step")
def decided_elsewhere(site: Site) -> Fault:
    """`decided_by: ubnd` in a flow without a step there."""
    site.need(site.flow.head.get("decided_by") == "so")
    return site.fault(site.doc.set("ubnd", "decided_by"), ("decided_by",))


@kind(
    "interconnected-alone",
    "FLW603",
    "the flow says that other agencies decide parts of it, but holds every step itself",
)
def alone(site: Site) -> Fault:
    """`interconnected: yes` in a flow without a partner."""
    site.need(all(site.party(step) != "partner" for step in site.flow.steps))
    return site.fault(site.doc.set("yes", "interconnected"), ("interconnected",))


@kind("expired-in-flow", "FLW109", "the legal basis names a text whose term is over, not what replaced it")
def expired_cited(site: Site) -> Fault:
    """An entry of `legal_basis` becomes, or keeps without its successor, a circular that ended in September 2021."""
    number = site.pick(range(len(site.flow.head["legal_basis"])))
    old = "Thông tư 31/2014/TT-BCT"
    new = "05/2021/TT-BCT"
    doc = site.doc
    if any(new in entry for entry in site.flow.head["legal_basis"]):
        number = next(n for n, entry in enumerate(site.flow.head["legal_basis"]) if new in entry)
        doc = doc.drop("legal_basis", str(number))
        number = next(n for n, entry in enumerate(doc.data("legal_basis")) if old in entry)
        return site.fault(doc, ("legal_basis", str(number)))
    return site.fault(doc.set(old, "legal_basis", str(number)), ("legal_basis", str(number)))


@kind("idle-ignore", "FLW006", "the flow silences a rule that finds nothing in it")
def idle_ignore(site: Site) -> Fault:
    """`ignore: {FLW...: reason}` with a code that finds nothing there."""
    code = site.pick(("FLW304", "FLW402", "FLW404", "FLW405", "FLW501", "FLW602"))
    doc = site.doc.put("ignore", f'{{{code}: "đã xem xét, cho phép"}}')
    return site.fault(doc, ("ignore",))
