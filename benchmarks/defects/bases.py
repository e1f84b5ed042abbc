"""The good flows: the shipped agency, agencies whose flows differ from it by harmless edits, and one whose flows are
published. Codes, titles, times, divisions, seats and clocks differ; every one of these flows must be without a finding."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Mapping
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from random import Random

from flowiso.calendar import Calendar
from flowiso.library import bundled, load, read_calendar, read_plans
from flowiso.model import Finding, Flow
from flowiso.rules import check_library

from .plain import Plain, hours, kinds_of
from .plain import read as read_plain
from .text import Doc, doc

TODAY = date(2021, 12, 31)
AGENCIES = ("shipped", "varied-1", "varied-2", "varied-3", "published")
ORG, WORDS, LAWS, SEALS, PLAN = "_org.yaml", "_steps.yaml", "_laws.yaml", "_published.txt", "_plans/2021.yaml"


class Base:
    """One good agency: its files by their names in its folder."""

    def __init__(self, name: str, files: Mapping[str, str]) -> None:
        self.name = name
        self.files = dict(files)

    @cached_property
    def flows(self) -> list[str]:
        """The names of its flow files."""
        return sorted(name for name in self.files if not name.startswith("_"))

    def doc(self, file: str) -> Doc:
        """One file, read."""
        return doc(self.files[file])

    def plain(self, file: str) -> Plain:
        """One flow as plain values."""
        return read_plain(self.doc(file), self.kinds)

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The kinds of shared actions."""
        return kinds_of(self.doc(WORDS))

    @cached_property
    def roles(self) -> dict[str, dict[str, str]]:
        """The agency's roles."""
        return dict(self.doc(ORG).data("roles"))

    def seat(self, role: str, division: str) -> str:
        """Where a role sits for a flow of a division."""
        sits = self.roles[role].get("sits", "own")
        return division if sits == "own" else sits

    def holders(self, role: str, division: str) -> list[str]:
        """The accounts with this role where it sits."""
        seat = self.seat(role, division)
        accounts = self.doc(ORG).data("accounts")
        return [name for name, one in accounts.items() if role in one["roles"] and one.get("division") == seat]


@lru_cache(maxsize=1)
def shipped() -> dict[str, str]:
    """The files that come with FlowISO, of each archetype one procedure: the others would only get the same defects again.

    Internal processes, which lack most of what is spoilt, and stories, which nothing here changes, are left out.
    """
    folder = bundled()
    files = (file for file in folder.rglob("*") if file.suffix in (".yaml", ".txt") and "_stories" not in file.parts)
    texts = {str(file.relative_to(folder)): file.read_text(encoding="utf-8") for file in sorted(files)}
    flows = {str(Path(flow.file).relative_to(folder)): flow for flow in load(folder).flows}
    kept = _representatives([flow for flow in flows.values() if flow.kind == "procedure"])
    return {name: text for name, text in texts.items() if name not in flows or flows[name].code in kept}


def _representatives(flows: list[Flow]) -> set[str]:
    """A flow of each archetype, those that run by a yearly plan, and whatever these refer to."""
    by_code = {flow.code: flow for flow in flows}
    archetypes = {flow.archetype: flow for flow in reversed(flows)}
    wanted = [*archetypes.values(), *(flow for flow in flows if any(step.until for step in flow.steps))]
    kept: set[str] = set()
    while wanted:
        flow = wanted.pop()
        if flow.code not in kept:
            kept.add(flow.code)
            arrows = (arrow for step in flow.steps for arrow in flow.arrows(step))
            wanted += (by_code[arrow.refer_to] for arrow in arrows if arrow.refer_to)
    return kept


@lru_cache(maxsize=8)
def base(name: str) -> Base:
    """A good agency by its name in `AGENCIES`."""
    files = shipped()
    if name.startswith("varied"):
        files = _varied(files, int(name[-1]))
    elif name == "published":
        files = _published(files)
    return Base(name, files)


def _flow(name: str) -> bool:
    return not name.startswith("_")


def _varied(files: Mapping[str, str], number: int) -> dict[str, str]:
    """Every flow under another code and title, with less time for some steps; the agency itself sits otherwise too."""
    rng = Random(number)
    changed = {name: text for name, text in files.items() if not _flow(name)}
    for name in filter(_flow, files):
        old = name.split("/")[1].partition(".")[0]
        code = old.replace("-", f"-{number}")
        changed[name.replace(old, code)] = _vary(doc(files[name]), code.upper(), number, rng)
        changed[PLAN] = changed[PLAN].replace(f"{old.upper()}:", f"{code.upper()}:")
    if number == 2:
        changed[ORG] = _seated_in_divisions(doc(changed[ORG])).text
    return changed


def _vary(flow: Doc, code: str, number: int, rng: Random) -> str:
    title, old = flow.data("title"), flow.data("code")
    text = re.sub(r"(refer-to: [A-Z]+-)", rf"\g<1>{number}", flow.text.replace(old, code))
    flow = Doc(text).set(f'"{title} - trường hợp {number}"', "title")
    if flow.has("national_code"):
        flow = flow.set(f"2.{number}{flow.data('national_code')[3:]}", "national_code")
    for section in ("steps", "aside"):
        for step in flow.keys(section):
            time = hours(flow.data(section, step, "within"))
            if time >= 4 and flow.data(section, step, "within").endswith("wh") and rng.random() < 0.4:
                flow = flow.set(f"{time - rng.choice((0.5, 1, 1.5, 2)):g}wh", section, step, "within")
    restarts = flow.data("clock_policy") == "restart" and not flow.has("at-due")
    if flow.data("deadline").endswith("wd") and restarts and number == 3 and rng.random() < 0.5:
        flow = _pausing(flow)
    if flow.data("division") in ("qltm", "qlcn") and "doan-kiem-tra" in flow.text and number != 2:
        flow = flow.set("ktnl", "division")
    return flow.text


def _pausing(flow: Doc) -> Doc:
    """The clock pauses for a supplement, by a law that is named."""
    law = "Luật chuyên ngành, ví dụ"
    days = int(flow.data("deadline")[:-2]) + 2  # after a supplement the notice takes hours of what is left
    flow = flow.set("pause", "clock_policy").set(f"{days}wd", "deadline").put("clock_basis", law)
    return Doc(flow.text.replace("\nfacts:\n", f"\nfacts:\n  - of: [clock_basis]\n    read: {law}\n"))


def _seated_in_divisions(org: Doc) -> Doc:
    """Each division has a deputy director of its own, who signs there."""
    org = org.set("own", "roles", "lanh-dao-so", "sits")
    for account, division in (("quang.lds", "qltm"), ("phuong.lds", "ktnl"), ("son.lds", "qlcn")):
        org = org.set(division, "accounts", account, "division")
    return org


def _published(files: Mapping[str, str]) -> dict[str, str]:
    """Every flow published: nothing assumed, and frozen by digest."""
    changed = {
        name: text.replace("status: draft", "status: published").replace("    assumed:", "    read:")
        if _flow(name)
        else text
        for name, text in files.items()
    }
    seals = (f"{digest(changed[name])}  {name}\n" for name in sorted(filter(_flow, files)))
    return changed | {SEALS: "".join(seals)}


def digest(text: str) -> str:
    """What freezes a file."""
    return hashlib.sha256(text.encode()).hexdigest()


class Bench:
    """An agency's folder in memory-backed storage, in which one mutant after another is put and checked."""

    def __init__(self, good: Base, folder: Path) -> None:
        self.good, self.folder = good, folder
        shutil.rmtree(folder, ignore_errors=True)
        for name, text in good.files.items():
            self._write(name, text)
        self.calendar = self._calendar()

    def check(self, changes: Mapping[str, str | None]) -> list[tuple[str, int, str, str]]:
        """File, line, code and message of every finding with these files changed, new or (None) gone."""
        try:
            for name, text in changes.items():
                self._write(name, text)
            calendar = self._calendar() if any(name.startswith("_calendar") for name in changes) else self.calendar
            found = self._findings(calendar)
        finally:
            for name in changes:
                self._write(name, self.good.files.get(name))
        return [(self._name(one), one.line or 0, one.code, one.message.en) for one in found]

    def _findings(self, calendar: tuple[Calendar | None, tuple[Finding, ...]]) -> list[Finding]:
        plans, faults = read_plans(self.folder)
        return [*check_library(load(self.folder), calendar[0], TODAY, plans), *faults, *calendar[1]]

    def _calendar(self) -> tuple[Calendar | None, tuple[Finding, ...]]:
        """Read once and again only when a mutant touches it: nothing else can change it."""
        return read_calendar(self.folder)

    def _name(self, one: Finding) -> str:
        return str(Path(one.file or "").relative_to(self.folder))

    def _write(self, name: str, text: str | None) -> None:
        file = self.folder / name
        if text is None:
            file.unlink(missing_ok=True)
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
