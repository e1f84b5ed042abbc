"""A dossier for people and for programs: where it is, whose turn it is, what is due, what can be done, and its log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ..control import called
from ..dossier import Action, Dossier
from ..feedback import discreet
from ..machine import Row
from ..model import RECEIVE, RESUME, End, Move
from ..national import STATUSES, has_result
from ..org import Org
from ..papers import Paper, issued
from ..people import FIELDS
from ..text import Text, day, moment
from ..verbs import open_verbs
from ..versions import rows_of
from ..wish import TITLES
from ..words import Form
from ..worktime import local


class Page(NamedTuple):
    """What there is to show of a dossier: `people` as they may be shown, what can be done, the agency and its forms."""

    dossier: Dossier
    actions: Sequence[Action]
    people: Mapping[str, str]
    org: Org
    forms: Mapping[str, Form]

    @property
    def papers(self) -> tuple[Paper, ...]:
        """The forms its log has issued."""
        return issued(self.dossier.table, self.dossier.moves)


def as_text(page: Page, lang: str, full: bool = True) -> str:
    """A page of text, with papers and log if it is to be `full`."""
    parts = [*_head(page, lang), *_open(page, lang)]
    if full:
        parts += [*_papers(page, lang), *_log(page.dossier, page.org, lang)]
    return "\n".join(parts)


def _papers(page: Page, lang: str) -> Iterator[str]:
    if not page.papers:
        return
    yield ""
    yield Text("Giấy tờ đã phát hành:", "Papers issued:").to(lang)
    for paper in page.papers:
        form = page.forms.get(paper.form)
        number = form.mark(local(paper.at).date(), lang) if form else ""
        title = f"{form.title.to(lang)}{f' ({number})' if number else ''}" if form else paper.form
        content = f"  “{paper.content}”" if paper.content else ""
        yield f"  {paper.seq:>3}  {moment(local(paper.at))}  {title}, {_who(paper.by, page.org)}{content}"


def _head(page: Page, lang: str) -> Iterator[str]:
    dossier, people, org = page.dossier, page.people, page.org
    said = _Words(lang)
    status = dossier.status
    yield f"{dossier.number}  {dossier.flow.code} v{dossier.flow.version}  {dossier.flow.title}"
    yield said("trạng thái", "status", f"{status} {STATUSES[status].to(lang)}")
    yield said("bước", "step", f"{dossier.step.title.to(lang)} ({dossier.step.id})")
    if dossier.holder:
        waiting = "" if dossier.state.confirmed else Text(", chưa nhận", ", not confirmed yet").to(lang)
        yield said("người giữ", "holder", _who(dossier.holder, org) + waiting)
    yield said("tiếp nhận", "received", _at(dossier.received, lang))
    if dossier.received is not None:
        yield said("hẹn trả", "due", _due(dossier, lang))
    if dossier.step_due is not None:
        yield said("hạn của bước", "step due", moment(dossier.step_due))
    if dossier.resolved is not None:
        label = ("có kết quả", "result") if has_result(dossier.state) else ("kết thúc", "ended")
        yield said(*label, moment(dossier.resolved))
    for field, value in people.items():
        yield said(FIELDS[field].vi.lower(), FIELDS[field].en.lower(), value)


class _Words:
    """Labels of one width in one language."""

    def __init__(self, lang: str) -> None:
        self.lang = lang

    def __call__(self, vi: str, en: str, value: str) -> str:
        return f"  {Text(vi, en).to(self.lang) + ':':<14} {value}"


def _at(at: datetime | None, lang: str) -> str:
    return Text("chưa", "not yet").to(lang) if at is None else moment(at)


def _due(dossier: Dossier, lang: str) -> str:
    if dossier.due is None or dossier.due_current is None:
        return Text("không có thời hạn", "no term").to(lang)
    shown = f"{day(dossier.due, lang)} {dossier.due:%H:%M}"
    if dossier.due_current == dossier.due:
        return shown
    again = f"{day(dossier.due_current, lang)} {dossier.due_current:%H:%M}"
    return Text(f"{shown}, hẹn lại {again}", f"{shown}, re-appointed to {again}").to(lang)


def _who(account: str, org: Org) -> str:
    found = org.accounts.get(account)
    return f"{found.name} ({account})" if found else account


def _open(page: Page, lang: str) -> Iterator[str]:
    """The arrows that are open, the verb that is waited for, and the other verbs in one line."""
    verbs = open_verbs(page.dossier.state)
    yield ""
    yield Text("Có thể làm tiếp:", "What can be done:").to(lang)
    for verb in verbs:
        if verb in (RECEIVE, RESUME):
            yield f"  {verb:<20} {TITLES[verb].to(lang)}"
    for action in page.actions:
        to = ", ".join(account.id for account in action.accounts)
        given = f"  [{to}]" if to else ""
        target = action.target.title.to(lang)
        ends = Text(" (kết thúc)", " (ends)").to(lang) if isinstance(action.target, End) else ""
        yield f"  {action.name:<20} {action.title.to(lang)} → {target}{ends}{given}"
    others = ", ".join(verb for verb in verbs if verb not in (RECEIVE, RESUME))
    yield "  " + Text(f"động từ chung: {others}", f"common verbs: {others}").to(lang) + " (docs/dossier.md)"


def _log(dossier: Dossier, org: Org, lang: str) -> Iterator[str]:
    yield ""
    yield Text("Nhật ký:", "Log:").to(lang)
    row: Row | None = None
    for move, reached in zip(dossier.moves, rows_of(dossier.table, dossier.moves), strict=True):
        yield f"  {move.seq:>3}  {moment(move.time)}  {_line(discreet(move), called(row, move), org, lang)}"
        row = reached


def _line(move: Move, done: Text, org: Org, lang: str) -> str:
    to = f" → {_who(move.holder, org)}" if move.holder and move.holder != move.actor else ""
    note = f"  “{move.note}”" if move.note else ""
    record = "".join(f"  {key}={value}" for key, value in (move.record or {}).items())
    return f"{_who(move.actor, org)}  {done.to(lang)}{to}{note}{record}"


def to_json(page: Page, lang: str) -> dict[str, Any]:
    """The same as plain values; moments in ISO 8601, the log line by line."""
    actions = [
        {
            "action": action.name,
            "title": action.title.to(lang),
            "target": action.target.id,
            "accounts": [account.id for account in action.accounts],
        }
        for action in page.actions
    ]
    return {**head_json(page, lang), "actions": actions, "log": [line_json(move) for move in page.dossier.moves]}


def head_json(page: Page, lang: str) -> dict[str, Any]:
    """What stands before the actions and the log."""
    dossier = page.dossier
    status, step = dossier.status, dossier.step
    return {
        "number": dossier.number,
        "procedure": dossier.flow.code,
        "version": dossier.flow.version,
        "title": dossier.flow.title,
        "channel": dossier.case.channel,
        "status": status,
        "status_title": STATUSES[status].to(lang),
        "step": step.id,
        "step_title": step.title.to(lang),
        "holder": dossier.holder or None,
        "confirmed": dossier.state.confirmed,
        "ended": dossier.ended,
        "received": _iso(dossier.received),
        "due": _iso(dossier.due),
        "due_current": _iso(dossier.due_current),
        "step_due": _iso(dossier.step_due),
        "resolved": _iso(dossier.resolved),
        "people": dict(page.people),
        "papers": [paper._asdict() | {"at": local(paper.at).isoformat()} for paper in page.papers],
    }


def line_json(move: Move) -> dict[str, Any]:
    """A line of the log."""
    return discreet(move)._asdict() | {"at": move.time.isoformat()}


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
