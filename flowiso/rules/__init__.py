"""The rules about flows, one module each; a module's docstring is the rule's page.

The examples of a page are small patches on the sound flow `sound.yaml`: a key replaces, mappings are merged, entries of
`facts` are added, a key with nothing behind it takes the key out, `file` says where the file stands, and what isn't
YAML is added at the end. The tests run them: Bad raises this code and no other, Good is clean.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import Protocol

from flowiso.calendar import Calendar
from flowiso.laws import Laws
from flowiso.model import Finding, Flow, Level
from flowiso.org import Org
from flowiso.words import Words

from . import (
    bad_value,
    deadline_sum,
    decided_outside_but_never_there,
    duplicate_code,
    duplicate_key,
    first_step_not_one_stop,
    idle_ignore,
    intake_refusal_elsewhere,
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
    published_with_assumption,
    refusal_without_letter,
    reserved_action,
    same_arrow_twice,
    supplement_not_by_one_stop,
    timer_at_once,
    unknown_field_or_division,
    unknown_form,
    unknown_key,
    unknown_role,
    unknown_target,
    unreachable,
    unreadable,
    unused_end,
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
    def published(self) -> Mapping[str, str]: ...
    @property
    def findings(self) -> tuple[Finding, ...]: ...


class Page(Protocol):
    """What every module of a code has, besides its docstring."""

    CODE: str
    NAME: str
    LEVEL: Level


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


SET_RULES: tuple[SetRule, ...] = (duplicate_code, wrong_place)
RULES: tuple[Rule, ...] = (
    no_legal_basis,
    unknown_field_or_division,
    no_provenance,
    published_with_assumption,
    unknown_target,
    unreachable,
    no_way_out,
    no_refusal,
    unused_end,
    same_arrow_twice,
    intake_refusal_elsewhere,
    reserved_action,
    timer_at_once,
    no_holder,
    unknown_role,
    nobody_has_this_role,
    first_step_not_one_stop,
    supplement_not_by_one_stop,
    no_deadline,
    deadline_sum,
    no_step_time,
    refusal_without_letter,
    unknown_form,
    decided_outside_but_never_there,
    never_comes_back,
)
READER: tuple[Page, ...] = (unreadable, unknown_key, missing_key, bad_value, not_nfc, duplicate_key)
"""What the reader of the files reports itself."""

PAGES: tuple[Page, ...] = tuple(sorted((*READER, idle_ignore, *SET_RULES, *RULES), key=lambda page: page.CODE))
"""Every code with its page, sorted by code."""

FIRM = frozenset({page.CODE for page in READER}) | {"FLW101", "FLW201", "FLW206", "FLW209", "FLW302", "FLW403"}
"""Codes no flow can silence: the engine could not run what they find, or nobody could tell two flows apart."""


def check_flow(flow: Flow, context: Context) -> list[Finding]:
    """What the rules find in one flow, at most `MOST`, silenced ones included."""
    return list(islice(chain.from_iterable(rule.check(flow, context) for rule in RULES), MOST))


def check_set(flows: Iterable[Flow], context: Context) -> list[Finding]:
    """What the flows of an agency show only together; a file that doubles another isn't told its place too."""
    flows = list(flows)
    found = [finding for rule in SET_RULES for finding in rule.check(flows, context)]
    doubles = {finding.file for finding in found if finding.code == duplicate_code.CODE}
    return [finding for finding in found if finding.code != wrong_place.CODE or finding.file not in doubles]


def check_library(library: Library, calendar: Calendar | None = None, today: date | None = None) -> list[Finding]:
    """Everything that is wrong in a folder, by file and line: what the reader found and what the rules find.

    A file that lies outside the agency's folder, a draft on the desk, has no place to be told. Without a calendar,
    terms in calendar days are held against the most they could hold; without `today` no flow is too old.
    """
    context = Context(library.org, library.words, calendar, library.laws, library.published, today)
    folder = library.folder.resolve()
    apart = {flow.file for flow in library.flows if not Path(flow.file).resolve().is_relative_to(folder)}
    together = check_set(library.flows, context)
    found = [f for f in together if f.code != wrong_place.CODE or f.file not in apart]
    found += chain.from_iterable(check_flow(flow, context) for flow in library.flows)
    return sorted([*library.findings, *heed(library.flows, found)], key=place)


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
