"""The rules about flows, one module each; a module's docstring is the rule's page.

The examples of a page are small patches on the sound flow `sound.yaml`: a key replaces, mappings are merged, entries of
`facts` are added, a key with nothing behind it takes the key out, `file` says where the file stands, and what isn't
YAML is added at the end. What begins with `_` patches the agency's own files: `_org`; `_plan`, the flow's plan for 2021;
`_laws`, the register; `_rule_sets`, its rule sets; `_published`, the list of frozen files (`this` is the digest of the flow
itself); `_calendar`, the calendar of 2021. `beside` is a list of patches on the sound flow, each making one more flow with a
code, title and file of its own. The day of the check is 2022-06-01. The tests run the examples: Bad raises this code and no
other, Good is clean.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import Protocol

from flowiso.calendar import Calendar
from flowiso.laws import Laws
from flowiso.model import Finding, Flow, Level
from flowiso.org import Org
from flowiso.plans import Plan
from flowiso.published import Published, listed
from flowiso.text import Text
from flowiso.words import Words

from . import (
    bad_value,
    calendar_fault,
    checks_own_work,
    clock_without_law,
    confidential,
    deadline_sum,
    decided_outside_but_never_there,
    delegation_mismatch,
    division_only,
    duplicate_code,
    duplicate_key,
    endless_loop,
    endless_wait,
    everyone_away,
    expired_legal_basis,
    first_step_not_one_stop,
    idle_ignore,
    intake_refusal_elsewhere,
    intake_too_long,
    interconnected_alone,
    late_supplement_notice,
    lateness_charged_away,
    likely_copy,
    missing_choice,
    missing_key,
    never_comes_back,
    no_deadline,
    no_holder,
    no_legal_basis,
    no_provenance,
    no_refusal,
    no_step_time,
    no_way_out,
    nobody_has_this_role,
    not_nfc,
    odd_one_out,
    only_divisions,
    outdated_rule_set,
    plan_mismatch,
    published_changed,
    published_with_assumption,
    refusal_without_letter,
    reserved_action,
    result_never_ready,
    reviews_own_work,
    same_arrow_twice,
    send_back_not_back,
    shared_number_or_title,
    silence_goes_on,
    step_in_calendar_days,
    supplement_never_returns,
    supplement_not_by_one_stop,
    supplement_without_letter,
    timer_at_once,
    too_many_ways,
    unknown_field_or_division,
    unknown_form,
    unknown_key,
    unknown_reference,
    unknown_role,
    unknown_target,
    unnumbered_result,
    unreachable,
    unreadable,
    unsigned_result,
    untitled_step,
    unused_end,
    version_gap_or_overlap,
    wrong_holder,
    wrong_place,
)
from .context import Context

MOST = 100
"""No more findings are listed for one flow; whoever has mended so many checks again."""


class Library(Protocol):
    """What a checked folder has; `flowiso.library.Library` is one."""

    @property
    def folder(self) -> Path: ...
    @property
    def org(self) -> Org: ...
    @property
    def words(self) -> Words: ...
    @property
    def flows(self) -> tuple[Flow, ...]: ...
    @property
    def laws(self) -> Laws: ...
    @property
    def published(self) -> Published: ...
    @property
    def findings(self) -> tuple[Finding, ...]: ...


class Page(Protocol):
    """What every module of a code has, besides its docstring.

    `SUMMARY` says in one sentence what is wrong; `WHY` says in Vietnamese why that is bad, as the docstring does in
    English, with the same R numbers.
    """

    CODE: str
    NAME: str
    LEVEL: Level
    SUMMARY: Text
    WHY: str


class Rule(Page, Protocol):
    """A rule about one flow."""

    def check(self, flow: Flow, context: Context) -> Iterator[Finding]:
        """All that the rule finds."""
        ...


class SetRule(Page, Protocol):
    """A rule about the flows of an agency together, or about the agency's own files."""

    def check(self, flows: Sequence[Flow], context: Context) -> Iterator[Finding]:
        """All that the rule finds."""
        ...


SET_RULES: tuple[SetRule, ...] = (
    duplicate_code,
    wrong_place,
    version_gap_or_overlap,
    published_changed,
    likely_copy,
    shared_number_or_title,
    unknown_reference,
    odd_one_out,
    plan_mismatch,
    everyone_away,
    delegation_mismatch,
)
RULES: tuple[Rule, ...] = (
    no_legal_basis,
    unknown_field_or_division,
    no_provenance,
    published_with_assumption,
    expired_legal_basis,
    confidential,
    outdated_rule_set,
    unknown_target,
    unreachable,
    no_way_out,
    no_refusal,
    unused_end,
    same_arrow_twice,
    intake_refusal_elsewhere,
    reserved_action,
    timer_at_once,
    endless_loop,
    missing_choice,
    supplement_never_returns,
    result_never_ready,
    send_back_not_back,
    silence_goes_on,
    no_holder,
    unknown_role,
    nobody_has_this_role,
    checks_own_work,
    first_step_not_one_stop,
    supplement_not_by_one_stop,
    unsigned_result,
    unnumbered_result,
    division_only,
    only_divisions,
    wrong_holder,
    reviews_own_work,
    no_deadline,
    deadline_sum,
    no_step_time,
    late_supplement_notice,
    endless_wait,
    clock_without_law,
    step_in_calendar_days,
    intake_too_long,
    too_many_ways,
    refusal_without_letter,
    supplement_without_letter,
    unknown_form,
    untitled_step,
    decided_outside_but_never_there,
    never_comes_back,
    interconnected_alone,
    lateness_charged_away,
)
READER: tuple[Page, ...] = (unreadable, unknown_key, missing_key, bad_value, not_nfc, duplicate_key, calendar_fault)
"""What the reader of the files reports itself."""

PAGES: tuple[Page, ...] = tuple(sorted((*READER, idle_ignore, *SET_RULES, *RULES), key=lambda page: page.CODE))
"""Every code with its page, sorted by code."""

FIRM = frozenset({page.CODE for page in READER}) | {
    "FLW101",
    "FLW104",
    "FLW110",
    "FLW105",
    "FLW201",
    "FLW206",
    "FLW209",
    "FLW302",
    "FLW403",
}
"""Codes no flow can silence: the engine could not run what they find, two flows couldn't be told apart, or a secret got out."""

OF_PROCEDURES = frozenset({"FLW114", "FLW204", "FLW212", "FLW305", "FLW306", "FLW404", "FLW409", "FLW501", "FLW502"})
"""Codes of the law of procedures and their applicants, which doesn't bind an internal process of the quality system.

That is the one-stop mechanism with its rule sets (FLW114), desk and letters, and what an examination may choose (FLW212):
a complaint is decided within its term too, but nobody asks the complainant for a supplement.
"""

_OF_ALL = tuple(rule for rule in RULES if rule.CODE not in OF_PROCEDURES)

EXPLAINED = {"FLW102": "FLW101", "FLW112": "FLW111", "FLW207": "FLW111"}
"""Codes about flows together, with the code that explains them where both are found in one file."""

PLACED = {"FLW102", "FLW105"}
"""Codes about where a file stands, which don't concern one outside the agency's folder."""


def check_flow(flow: Flow, context: Context) -> list[Finding]:
    """What the rules find in one flow, at most `MOST`, silenced ones included."""
    rules = RULES if flow.kind == "procedure" else _OF_ALL
    return list(islice(chain.from_iterable(rule.check(flow, context) for rule in rules), MOST))


def check_set(flows: Iterable[Flow], context: Context) -> list[Finding]:
    """What the flows of an agency show only together; where one fault explains another, a file is told the first only."""
    flows = list(flows)
    found = [finding for rule in SET_RULES for finding in rule.check(flows, context)]
    told = {(finding.file, finding.code) for finding in found}
    return [finding for finding in found if (finding.file, EXPLAINED.get(finding.code)) not in told]


def check_library(
    library: Library,
    calendar: Calendar | None = None,
    today: date | None = None,
    plans: tuple[Plan, ...] | None = None,
    only: Collection[str] | None = None,
) -> list[Finding]:
    """Everything that is wrong in a folder, by file and line: what the reader found and what the rules find.

    A file outside the agency's folder, a draft on the desk, has no place to be told and stands for the version it is a
    draft of. Without a calendar, terms in calendar days are held against the most they could hold; without `today` no
    flow is too old. With `only`, the other files are there to be compared with: what is wrong in them isn't told, except
    for faults of the words of the agency's own files, which all flows are read by.
    """
    unread = frozenset(listed(finding.file or "") for finding in library.findings if finding.code == unreadable.CODE)
    context = Context(
        library.org, library.words, calendar, library.laws, library.published, today, plans=plans, unread=unread
    )
    desk = {flow.file: (flow.code, flow.version) for flow in library.flows if _outside(flow.file, library.folder)}
    drafts = set(desk.values())
    compared = [flow for flow in library.flows if flow.file in desk or (flow.code, flow.version) not in drafts]
    asked = [flow for flow in library.flows if only is None or flow.file in only]
    found = [f for f in check_set(compared, context) if f.code not in PLACED or f.file not in desk]
    found = [f for f in found if only is None or f.file in only]
    found += chain.from_iterable(check_flow(flow, context) for flow in asked)
    read = [f for f in library.findings if only is None or f.file in only or own_file(f.file or "")]
    return sorted([*read, *heed(asked, found)], key=place)


def _outside(file: str, folder: Path) -> bool:
    return not file.startswith(f"{folder}/") and not Path(file).resolve().is_relative_to(folder.resolve())


def own_file(file: str) -> bool:
    """Whether it is one of the agency's own files beside the flows."""
    return Path(file).name.startswith("_")


def heed(flows: Iterable[Flow], findings: Iterable[Finding]) -> list[Finding]:
    """The findings that no flow silences, and FLW006 for what is silenced in vain."""
    silent = {(flow.file, entry.code) for flow in flows for entry in flow.ignore if entry.code not in FIRM}
    findings = list(findings)
    used = {(finding.file or "", finding.code) for finding in findings} & silent
    idle = [finding for flow in flows for finding in idle_ignore.check(flow, used)]
    return [finding for finding in findings if (finding.file, finding.code) not in used] + idle


def place(finding: Finding) -> tuple[str, int, int, str]:
    """What findings are sorted by: file, line, column, code."""
    return finding.file or "", finding.line or 0, finding.column or 0, finding.code
