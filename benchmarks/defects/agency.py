"""Defects of an agency's other files, or of several flows together: each flow alone has nothing wrong with it."""

from __future__ import annotations

import re
from datetime import date, timedelta

from .bases import LAWS, ORG, PLAN, SEALS, Base, digest
from .kinds import Fault, Site, forget, kind
from .plain import hours
from .text import Doc

_APART = ("examine", "approve", "issue")
_NUMBER = re.compile(r"\d+/\d{4}/[A-ZĐ][A-ZĐ0-9-]*")


def _where(good: Base, role: str, seat: str) -> list[tuple[str, str]]:
    """The first row of a role in every flow for which it sits in a place: file and step."""
    found = []
    for file in good.flows:
        flow = good.plain(file)
        steps = [name for name, row in flow.steps.items() if row.get("by") == role]
        if steps and good.seat(role, flow.head["division"]) == seat:
            found.append((file, steps[0]))
    return found


@kind(
    "account-with-both-roles",
    "FLW304",
    "one account examines and signs, or signs and numbers: it holds both roles (`_org.yaml`)",
)
def both_roles(site: Site) -> Fault:
    """An account that examines, signs or numbers gets a second of these roles that sits where it does."""
    division = site.flow.head["division"]
    held = {row.get("by", "") for row in site.flow.steps.values()}
    duties = {role: site.good.roles[role].get("duty", "") for role in sorted(held)}
    seats = {role: site.good.seat(role, division) for role in held}
    pairs = [
        (one, other)
        for one in duties
        for other in duties
        if {duties[one], duties[other]} <= set(_APART) and duties[one] != duties[other] and seats[one] == seats[other]
    ]
    one, other = site.pick(pairs)
    account = site.pick(site.good.holders(one, division))
    org = site.good.doc(ORG)
    org = org.set(f"[{', '.join([*org.data('accounts', account, 'roles'), other])}]", "accounts", account, "roles")
    places = {(ORG, org.line("accounts", account))}
    for role in (one, other):
        for file, step in _where(site.good, role, seats[role]):
            flow = site.good.plain(file)
            if {one, other} <= {row.get("by") for row in flow.steps.values()}:
                places.add((file, site.good.doc(file).line(*flow.path(step))))
    return Fault({ORG: org.text}, frozenset(places))


def _weeks(site: Site) -> tuple[date, date]:
    """A working week of 2022 away from holidays, Monday to Friday."""
    first = date(2022, site.pick((3, 5, 6, 7, 8, 10, 11)), 1 + site.pick(range(8, 15)))
    first -= timedelta(days=first.weekday())
    return first, first + timedelta(days=4)


def _away(org: Doc, account: str, first: date, last: date) -> Doc:
    spell = f"[{first}, {last}]"
    if org.has("accounts", account, "leave"):
        taken = "".join(f"[{', '.join(one)}], " for one in org.data("accounts", account, "leave"))
        return org.set(f"[{taken}{spell}]", "accounts", account, "leave")
    return org.put("leave", f"[{spell}]", "accounts", account)


def _chair(site: Site) -> list[str]:
    """The accounts of a role that the agency, or one that decides, must have at its desk."""
    held = {row["by"] for name, row in site.flow.steps.items() if site.party(name) in ("agency", "partner")}
    people = [role for role in sorted(held) if not site.good.roles[role].get("recorded-by")]
    return site.good.holders(site.pick(people), site.flow.head["division"])


@kind("everyone-on-leave", "FLW702", "in one week all holders of a role are on leave at once (`_org.yaml`)")
def all_on_leave(site: Site) -> Fault:
    """`leave` of every holder covers one working week of 2022; shown at the one who goes last."""
    holders = _chair(site)
    first, last = _weeks(site)
    org = site.good.doc(ORG)
    closing = site.pick(holders)
    for account in holders:
        earlier = 0 if account == closing else site.pick(range(1, 10))
        org = _away(org, account, first - timedelta(days=earlier), last + timedelta(days=site.pick(range(4))))
    return Fault({ORG: org.text}, frozenset({(ORG, org.line("accounts", closing))}))


@kind("nobody-left", "FLW702", "one holder leaves for good before the next comes, or nobody does (`_org.yaml`)")
def nobody_left(site: Site) -> Fault:
    """`until` of every holder is set; shown at the one who goes last."""
    holders = _chair(site)
    org = site.good.doc(ORG)
    day = date(2022, site.pick(range(2, 12)), site.pick(range(1, 28)))
    closing = site.pick(holders)
    for account in holders:
        left = day if account == closing else day - timedelta(days=site.pick(range(1, 25)))
        org = org.put("until", str(left), "accounts", account)
    return Fault({ORG: org.text}, frozenset({(ORG, org.line("accounts", closing))}))


@kind("nobody-has-the-role", "FLW303", "no account holds the role any longer where it sits (`_org.yaml`)")
def role_unheld(site: Site) -> Fault:
    """The holders' `division` becomes the inspectorate, which has no procedure."""
    division = site.flow.head["division"]
    held = [row["by"] for name, row in site.flow.steps.items() if site.party(name) in ("agency", "partner")]
    role = site.pick(role for role in sorted(set(held)) if not site.good.roles[role].get("recorded-by"))
    org, seat = site.good.doc(ORG), site.good.seat(role, division)
    places = {(ORG, org.line("roles", role))}
    for account in site.good.holders(role, division):
        places.add((ORG, org.line("accounts", account)))
        org = org.set("tt", "accounts", account, "division")
    for file, step in _where(site.good, role, seat):
        places.add((file, site.good.doc(file).line(*site.good.plain(file).path(step))))
    return Fault({ORG: org.text}, frozenset(places))


def _second(site: Site, until: str | None, since: str, version: int = 2) -> Fault:
    """A later version beside the flow, which ends on a day or not at all."""
    old = site.doc if until is None else site.doc.set(f"{{from: 2020-10-21, to: {until}}}", "effective")
    new = site.doc.set(str(version), "version").set(f"{{from: {since}}}", "effective")
    file = site.file.replace(".v1.", f".v{version}.")
    places = {(site.file, old.line("effective")), (file, new.line("effective")), (file, new.line("version"))}
    return Fault({site.file: old.text, file: new.text}, frozenset(places), site.file)


def _days(site: Site) -> tuple[date, date]:
    first = date(2021, site.pick(range(1, 12)), site.pick(range(1, 28)))
    return first, first + timedelta(days=site.pick((1, 2, 7, 30, 90)))


@kind("version-gap", "FLW104", "between two versions of a procedure there are days on which none is in force")
def version_gap(site: Site) -> Fault:
    """A copy with `version: 2` begins 1 to 90 days after `to` of version 1."""
    end, since = _days(site)
    return _second(site, str(end), str(since))


@kind("version-overlap", "FLW104", "two versions of a procedure are in force on the same days")
def version_overlap(site: Site) -> Fault:
    """Version 2 begins before version 1 ends, or version 1 has no `to`."""
    since, end = _days(site)
    return _second(site, site.pick((str(end), None)), str(since))


@kind("version-missing", "FLW104", "the version between two others isn't there")
def version_missing(site: Site) -> Fault:
    """Version 3 follows on version 1 to the day."""
    day, _ = _days(site)
    return _second(site, str(day), str(day), 3)


@kind("near-copy", "FLW111", "a flow under another code is a copy that lost one step")
def near_copy(site: Site) -> Fault:
    """A copy with another head; one row of the main path that doesn't sign is gone, arrows to it lead to the row before."""
    flow, steps = site.flow, list(site.flow.steps)
    main = [name for name in steps[2 : flow.main - 1] if site.duty(name) not in ("approve", "issue")]
    lost = site.pick(main)
    before = steps[steps.index(lost) - 1]
    doc = _new_head(site)
    for arrow in flow.arrows:
        if arrow.target == lost and arrow.path:
            full = doc.has(*arrow.path, "to")
            doc = doc.set(before, *arrow.path, *(("to",) if full else ()))
    doc = site.holds_together(forget(doc.drop(*flow.path(lost)), f".{lost}"))
    new = site.file.replace(site.file.split("/")[1], f"{doc.data('code').lower()}.v1.yaml")
    after = steps[steps.index(lost) + 1]
    places = frozenset((new, doc.line("steps", near)) for near in (before, after))
    return Fault({new: doc.text}, places, site.file)


def _new_head(site: Site) -> Doc:
    """The flow under a code, title and number of its own."""
    code, number = site.flow.head["code"], site.pick(range(1, 10))
    doc = Doc(site.doc.text.replace(code, code.replace("-", f"-{number}9")))
    doc = doc.set(f'"{site.flow.head["title"]} (trường hợp khác)"', "title")
    return doc.set(f"3.{number:03}{code[-2:]}9", "national_code") if doc.has("national_code") else doc


@kind("forgotten-head", "FLW111", "a flow was copied under another code, and its title never changed")
def forgotten_head(site: Site) -> Fault:
    """A copy with another code and national code, but the old title."""
    doc = _new_head(site).set(f'"{site.flow.head["title"]}"', "title")
    new = site.file.replace(site.file.split("/")[1], f"{doc.data('code').lower()}.v1.yaml")
    places = {(new, doc.line("title")), (site.file, site.doc.line("title"))}
    return Fault({new: doc.text}, frozenset(places), site.file)


@kind("shared-national-code", "FLW112", "two procedures have the same national code")
def shared_code(site: Site) -> Fault:
    """`national_code` becomes that of another flow."""
    site.need("national_code" in site.flow.head)
    with_code = [f for f in site.good.flows if f != site.file and site.good.doc(f).has("national_code")]
    other = site.pick(with_code)
    doc = site.doc.set(site.good.doc(other).data("national_code"), "national_code")
    places = {(site.file, doc.line("national_code")), (other, site.good.doc(other).line("national_code"))}
    return Fault({site.file: doc.text}, frozenset(places))


@kind(
    "law-expired",
    "FLW109",
    "a text of the legal basis was replaced, or its term ended, more than three months ago (`_laws.yaml`)",
)
def law_expired(site: Site) -> Fault:
    """The register gets `to`, or a text that `replaces` it, for a text that a flow cites; January to August 2021."""
    entries = [entry for entry in site.flow.head["legal_basis"] if _NUMBER.search(entry)]
    law = site.pick(entries)
    number = _NUMBER.findall(law)[0]
    laws = site.good.doc(LAWS)
    site.need(
        not any(number in name or number in str(laws.data("laws", name, "replaces")) for name in laws.keys("laws"))
    )
    day = date(2021, site.pick(range(1, 9)), site.pick(range(1, 28)))
    name = re.sub(r"\s*\(.*", "", law)
    source = "status: memory, source: ví dụ"
    new = f"Nghị định {site.pick(range(900, 990))}/2021/NĐ-CP"
    if site.rng.random() < 0.5:
        laws = laws.put(name, f"{{to: {day}, {source}}}", "laws")
    else:
        laws = laws.put(new, f"{{from: {day}, replaces: [{name}], {source}}}", "laws")
    places = {(f, site.good.doc(f).line("legal_basis", str(n))) for f, n in _citing(site.good, number)}
    return Fault({LAWS: laws.text}, frozenset(places))


def _citing(good: Base, number: str) -> list[tuple[str, int]]:
    return [
        (file, n)
        for file in good.flows
        for n, entry in enumerate(good.doc(file).data("legal_basis"))
        if number in _NUMBER.findall(entry)
    ]


def _plan(site: Site) -> tuple[Doc, str, list[str]]:
    plan = site.good.doc(PLAN)
    code = next(key for key in plan.data() if key != "year")
    return plan, code, plan.keys(code, "milestones")


@kind(
    "milestone-on-a-day-off",
    "FLW701",
    "a milestone of the yearly plan is on a Saturday, a Sunday or a holiday (`_plans`)",
)
def milestone_off(site: Site) -> Fault:
    """A milestone moves to a Saturday or Sunday within six days."""
    plan, code, names = _plan(site)
    name = site.pick(names)
    day = date.fromisoformat(plan.data(code, "milestones", name))
    near = [day + timedelta(days=n) for n in range(-6, 7)]
    off = site.pick(d for d in near if d.weekday() > 4)
    plan = plan.set(str(off), code, "milestones", name)
    return Fault({PLAN: plan.text}, frozenset({(PLAN, plan.line(code, "milestones", name))}))


@kind("milestones-out-of-order", "FLW701", "a milestone is before the one of the step that comes first (`_plans`)")
def milestone_order(site: Site) -> Fault:
    """A milestone moves by whole weeks until it lies before the one in front of it."""
    plan, code, names = _plan(site)
    name = site.pick(names[1:])
    before = names[names.index(name) - 1]
    day, bound = (date.fromisoformat(plan.data(code, "milestones", one)) for one in (name, before))
    while day >= bound:
        day -= timedelta(days=7)
    day -= timedelta(days=7 * site.pick(range(3)))
    site.need(day not in (date(2021, 4, 21), date(2021, 4, 30), date(2021, 5, 3)))
    plan = plan.set(str(day), code, "milestones", name)
    lines = {(PLAN, plan.line(code, "milestones", one)) for one in (name, before)}
    return Fault({PLAN: plan.text}, frozenset(lines))


@kind(
    "milestone-missing",
    "FLW701",
    "the yearly plan lacks a milestone that a step waits for, or names it otherwise (`_plans`)",
)
def milestone_missing(site: Site) -> Fault:
    """A milestone is dropped, or one letter of its name changed."""
    plan, code, names = _plan(site)
    name = site.pick(names)
    if site.rng.random() < 0.3:
        plan = plan.drop(code, "milestones", name)
        return Fault({PLAN: plan.text}, frozenset({(PLAN, plan.line(code))}))
    at = site.pick(range(1, len(name)))
    slip = name[:at] + site.pick("aeiotn") + name[at + 1 :]
    site.need(slip not in names)
    plan = plan.rename(slip, code, "milestones", name)
    return Fault({PLAN: plan.text}, frozenset({(PLAN, plan.line(code, "milestones", slip))}))


@kind(
    "published-changed", "FLW105", "a published file was changed after it was frozen (`_published.txt`)", ("published",)
)
def published_changed(site: Site) -> Fault:
    """A published flow gets a shorter time, a comment or `status: draft`."""
    step = site.pick(name for name, row in site.flow.steps.items() if hours(row.get("within")) > 1)
    within = hours(site.flow.steps[step]["within"]) - site.pick((0.25, 0.5))
    changes = (
        lambda: site.doc.set(f"{within:g}wh", *site.flow.path(step), "within").text,
        lambda: site.doc.text + "# một chú thích\n",
        lambda: site.doc.set("draft", "status").text,
    )
    text = site.pick(changes)()
    return Fault({site.file: text}, frozenset({(site.file, Doc(text).line("status"))}))


@kind(
    "published-unlisted",
    "FLW105",
    "a published file isn't in the list of frozen ones, or the list has another (`_published.txt`)",
    ("published",),
)
def published_unlisted(site: Site) -> Fault:
    """Its line is dropped, or has another digest."""
    lines = site.good.files[SEALS].splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if line.rstrip().endswith(site.file))
    lines[at] = site.pick(("", f"{digest(site.file + site.pick('abc'))}  {site.file}\n"))
    places = {(site.file, site.doc.line("status")), (SEALS, at + 1)}
    return Fault({SEALS: "".join(lines)}, frozenset(places))


@kind("published-gone", "FLW105", "a published file isn't there any longer (`_published.txt`)", ("published",))
def published_gone(site: Site) -> Fault:
    """The file is deleted, its line stays."""
    site.need(not site.file.startswith("cndp"))  # its plan would be a second defect
    lines = site.good.files[SEALS].splitlines()
    at = next(n for n, line in enumerate(lines) if line.endswith(site.file))
    return Fault({site.file: None}, frozenset({(SEALS, at + 1)}))


@kind("calendar-day-twice", "FLW704", "a day stands twice in the calendar of a year (`_calendar`)")
def calendar_twice(site: Site) -> Fault:
    """The line of a day is repeated."""
    file = site.pick(name for name in site.good.files if re.fullmatch(r"_calendar/\d+\.yaml", name))
    days = site.good.doc(file)
    number = str(site.pick(range(len(days.data("days")))))
    doc = days.after(days.written("days", number), "days", number)
    twice = {(file, doc.line("days", str(int(number) + more))) for more in (0, 1)}
    return Fault({file: doc.text}, frozenset(twice))
