"""Publishing: a version whose facts are all confirmed is frozen by its digest in `_published.txt` (R65)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from .confirm import source
from .drafts import Draft, drafted, errors, faults, new_errors
from .errors import BadValue
from .facts import ON_PUBLISHING, fact_place, fact_title, period, rows
from .flowfile import digest
from .flowtext import FlowText, quoted
from .library import Library, contents, load_calendar, read_plans
from .margins import judge
from .model import Finding, Flow, Place
from .plans import Plan
from .proof import windows_of
from .published import again, line, listed, read_published
from .rules import deadline_sum, outdated_rule_set, published_with_assumption, version_gap_or_overlap
from .text import Text, nfc

LIST = "_published.txt"


class Release(NamedTuple):
    """What publishing would write, the flows first and the list last; or what is in its way, and nothing to write.

    `remarks` are what the check finds in the frozen files beyond errors: what is published with them stays so.

    A flow that is written but not yet listed is FLW105, which names the line that is missing; a list that spoke of a draft
    would ask for the wrong remedy.
    """

    drafts: tuple[Draft, ...]
    findings: tuple[Finding, ...]
    remarks: tuple[Finding, ...] = ()


def publish(library: Library, flows: Sequence[Flow], decision: str, since: date, today: date | None = None) -> Release:
    """Freeze these flows by one decision, in force from `since`: all of them or none; nothing is written yet.

    `today` is the day their legal basis is checked for. Raises BadValue for a flow that is published already and for an
    empty decision, FlowFileError where the agency has no sound calendar to prove the terms with.
    """
    decision = " ".join(nfc(decision).split())
    if not decision:
        raise BadValue(Text("--decision: cần số và ngày của quyết định", "--decision: name the decision and its date"))
    for flow in flows:
        _check_draft(library, flow)
    made = [_published(flow, decision, since) for flow in flows]
    sealed = _sealed(library, made)
    frozen = _frozen(library, made, sealed)
    plans, _ = read_plans(library.folder)
    files = {flow.file for flow in flows}
    outdated = list(_outdated(library, flows, faults(frozen, files, plans, since), since))
    replaced = {one.file for one in outdated}
    waiting = [one for flow in flows for one in _assumed(flow, {"rule_set"} if flow.file in replaced else ())]
    waiting += [*outdated, *(one for flow in flows for one in _apart(library, flow, since))]
    codes = {published_with_assumption.CODE, *(one.code for one in waiting)}
    found = [one for one in _errors(library, frozen, files, plans, today) if one.code not in codes]
    if waiting or found:
        return Release((), (*waiting, *found))
    return Release((*made, sealed), (), tuple(faults(frozen, files, plans, today)))


def _check_draft(library: Library, flow: Flow) -> None:
    if flow.status == "draft":
        return
    name = f"{flow.code} v{flow.version}"
    if listed(flow.file) not in library.published.seals:
        entry = line(flow.file, flow.digest or "").rstrip()
        vi = f"{name} đã ghi 'status: published' mà chưa khóa; hãy ghi dòng '{entry}' vào {library.folder / LIST}"
        en = f"{name} says 'status: published' but is not frozen; put the line '{entry}' into {library.folder / LIST}"
        raise BadValue(Text(f"{vi}, hoặc ghi lại 'status: draft'", f"{en}, or write 'status: draft' again"))
    anew = again(flow.code)
    raise BadValue(
        Text(
            f"{name} đã ban hành ({flow.file}); muốn sửa thì soạn lần sau: {anew.vi}",
            f"{name} is published already ({flow.file}); for a change draft its next version: {anew.en}",
        )
    )


def _published(flow: Flow, decision: str, since: date) -> Draft:
    """The flow's file as it is frozen: status, period and decision written, and read in that decision."""
    data = contents(Path(flow.file))
    text = FlowText(data, flow.file)
    text.put("status", "published")
    text.put("effective", period(since, flow.effective_to))
    text.put("issued_by", quoted(decision))
    source(text, flow, dict.fromkeys(ON_PUBLISHING, decision))
    return Draft(Path(flow.file), text.text, data)


def _sealed(library: Library, made: Sequence[Draft]) -> Draft:
    """The list of frozen files with the lines of these."""
    file = library.folder / LIST
    before = contents(file) if file.exists() else None
    text = (before or b"").decode("utf-8", "surrogateescape")
    if text and not text.endswith("\n"):
        text += "\n"
    return Draft(file, text + "".join(line(str(one.path), digest(one.data)) for one in made), before)


def _assumed(flow: Flow, replaced: Collection[str]) -> Iterator[Finding]:
    """What must be confirmed before, and how; not those facts that can't stay as they are."""
    for row in rows([flow]):
        if row.blocks and row.fact not in replaced:
            titles = (fact_title(flow, row.fact, lang) for lang in ("vi", "en"))
            vi, en = (title if title == row.fact else f"{title} ({row.fact})" for title in titles)
            how = f'flowiso facts {flow.code}@{flow.version} --set {row.fact} --decision "..."'
            text = Text(
                f"{vi} còn giả định; xác nhận bằng: {how}",
                f"{en} is assumed; confirm it with: {how}",
            )
            yield _finding(published_with_assumption, flow, text, fact_place(flow, row.fact))


def _apart(library: Library, flow: Flow, since: date) -> Iterator[Finding]:
    """Where the version before doesn't end on the day this one begins."""
    before = max(
        (one for one in library.flows if one.code == flow.code and one.version < flow.version),
        key=lambda one: one.version,
        default=None,
    )
    if before is None or before.effective_to == since:
        return
    name, end = f"{flow.code} v{before.version}", before.effective_to
    vi, en = (
        (f"{name} hết hiệu lực ngày {end}", f"{name} ends on {end}")
        if end
        else (f"{name} chưa ghi ngày hết", f"{name} has no end")
    )
    joined_vi, joined_en = (f"dùng --from {end}, hoặc ", f"use --from {end}, or ") if end else ("", "")
    if since > before.effective:
        line_ = f"effective: {period(before.effective, since)}"
        remedy = f"{joined_vi}ghi '{line_}' vào {before.file}", f"{joined_en}write '{line_}' in {before.file}"
    else:
        day = before.effective
        remedy = f"{joined_vi}chọn ngày sau {day}", f"{joined_en}choose a day after {day}"
    text = Text(
        f"{vi}, không nối với --from {since}; hãy {remedy[0]}", f"{en} and doesn't join --from {since}; {remedy[1]}"
    )
    yield _finding(version_gap_or_overlap, before, text, before.place("effective"))


def _outdated(library: Library, flows: Sequence[Flow], found: Sequence[Finding], since: date) -> Iterator[Finding]:
    """The flows whose rule set isn't the one of the day they begin, which nobody can mend once they are frozen."""
    there = library.laws.rule_set(since)
    for flow in flows:
        fault = next((one for one in found if (one.file, one.code) == (flow.file, outdated_rule_set.CODE)), None)
        if fault is None:
            continue
        if there is None:
            how = Text(
                "hãy chọn --from khác, hoặc ghi khung của ngày ấy vào _laws.yaml",
                "choose another --from, or write the rule set of that day into _laws.yaml",
            )
        else:
            command = f'flowiso facts {flow.code}@{flow.version} --set rule_set={there.code} --decision "..."'
            how = Text(
                f"xem lại lưu đồ theo khung ấy rồi xác nhận bằng: {command}",
                f"review the flow by it, then confirm it with: {command}",
            )
        text = Text(f"{fault.message.vi}; {how.vi}", f"{fault.message.en}; {how.en}")
        yield _finding(outdated_rule_set, flow, text, flow.place("rule_set"))


def _frozen(library: Library, made: Sequence[Draft], sealed: Draft) -> Library:
    """The library as it would be."""
    seals, _ = read_published(sealed.data, str(sealed.path))
    return replace(drafted(library, *made), agency=library.agency._replace(published=seals))


def _errors(
    library: Library, frozen: Library, files: set[str], plans: tuple[Plan, ...], today: date | None
) -> Iterator[Finding]:
    """The errors that `flowiso check` finds in the files as they are, else in the frozen ones; and what isn't proved."""
    found = [one for one in errors(library, files, plans, today) if one.code != version_gap_or_overlap.CODE]
    found = found or new_errors(library, frozen, plans, today)
    yield from found
    late = {one.file for one in found if one.code == deadline_sum.CODE}
    yield from _unproved(library, [flow for flow in library.flows if flow.file in files - late])


def _unproved(library: Library, flows: Sequence[Flow]) -> Iterator[Finding]:
    """Terms that can be missed or can't be proved, but for those whose flow says by which law that may be."""
    windows = windows_of(load_calendar(library.folder))
    for flow in flows:
        allowed = any(entry.code == deadline_sum.CODE for entry in flow.ignore)
        verdict = None if allowed else judge(flow, library.org, windows)
        if verdict and verdict.failed:
            vi, en = verdict.why or Text("có đường đi trễ hạn", "a way through it is late")
            how = f"flowiso prove {flow.code}@{flow.version}"
            text = Text(
                f"chưa chứng minh được kịp thời hạn: {vi}; xem {how}", f"not proved to be in time: {en}; see {how}"
            )
            yield _finding(deadline_sum, flow, text, flow.place("deadline"))


def _finding(rule: ModuleType, flow: Flow, text: Text, place: Place) -> Finding:
    return Finding(rule.CODE, rule.NAME, rule.LEVEL, text, flow.file, *place)
