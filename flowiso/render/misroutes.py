"""The record of misroutes for people, programs and spreadsheets (R123)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..cells import harmless
from ..misroutes import CAUSES, STATUSES, By, Pile, Record, piles
from ..org import Org
from ..saying import hours
from ..text import Text, many, moment, nfc, number
from ..wish import TITLES
from ..worktime import local
from .plain import heading

_MOMENTS = ("sent_at", "detected_at", "confirmed_at", "corrected_at", "over_at")
_MINUTES = {"lost": "lost_minutes", "kept": "kept_minutes", "waited": "waited_minutes"}
_FIELDS = (
    *("dossier", "code", "step", "title", "sender", "sender_name", "division", "supervisor", "wrong", "wrong_name"),
    *(
        "right",
        "right_name",
        "sent_at",
        "detected_at",
        "detected_by",
        "confirmed_at",
        "confirmed_by",
        "verb",
        "line",
        "corrected_at",
    ),
    *("over_at", "lost_minutes", "kept_minutes", "waited_minutes", "made_late", "cause", "status", "alert_ignored"),
    "action_line",
)
NOTHING = Text("Nhật ký không có lần chuyển nhầm nào.", "The logs tell of no misroute.")
BLOCKED = Text(
    "Lần chuyển nhầm bị chặn khi chuyển không để lại dòng nào trong nhật ký nên không có ở đây.",
    "A misroute that was refused at the hand-over leaves no line in a log and isn't listed.",
)


def as_text(found: Sequence[Record], org: Org, by: By, until: int, lang: str, simulated: bool = False) -> str:
    """The piles, the dearest first, with every record in words."""
    title = Text("chuyển nhầm, tính đến", "misroutes, up to")
    lines = [*heading(org, title, moment(local(until)), lang, simulated)]
    lines.append(_told(Pile("", tuple(found)), lang) if found else NOTHING.to(lang))
    for pile in piles(found, by):
        lines += ["", f"{_named(pile.key, org, by, lang)}: {_told(pile, lang)}"]
        lines += [line for one in pile.records for line in _record(one, org, lang)]
    return nfc("\n".join([*lines, "", BLOCKED.to(lang)])) + "\n"


def _named(key: str, org: Org, by: By, lang: str) -> str:
    if by == "sender":
        return _who(key, org)
    if by == "division":
        title = org.seat_title(key)
        return title.to(lang) if title else Text("Không thuộc phòng nào", "In no division").to(lang)
    return next(text.to(lang) for cause, text in CAUSES.items() if cause == key)


def _who(account: str, org: Org) -> str:
    found = org.accounts.get(account)
    return f"{found.name} ({account})" if found else account or "-"


def _told(pile: Pile, lang: str) -> str:
    confirmed, suspected = number(pile.confirmed, lang), number(pile.suspected, lang)
    lost = hours(pile.lost)
    return Text(
        f"{confirmed} đã xác nhận, {suspected} nghi nhầm, mất {lost.vi} làm việc, làm trễ {number(pile.made_late)} hồ sơ",
        f"{confirmed} confirmed, {suspected} suspected, {lost.en} of work lost, {many(pile.made_late, 'dossier')} made late",
    ).to(lang)


def _record(one: Record, org: Org, lang: str) -> Iterator[str]:
    to = f" → {_who(one.right, org)}" if one.right else ""
    yield f"  {one.dossier}  {one.code}  {one.title.to(lang)}: {_who(one.sender, org)} → {_who(one.wrong, org)}{to}"
    yield f"      {'; '.join(text.to(lang) for text in _facts(one))}"


def _facts(one: Record) -> Iterator[Text]:
    yield STATUSES[one.status]
    yield CAUSES[one.cause]
    sent = moment(local(one.sent_at))
    yield Text(f"giao {sent}", f"sent {sent}")
    seen = moment(local(one.detected_at))
    yield Text(f"biết {seen} ({one.detected_by})", f"known {seen} ({one.detected_by})")
    if one.confirmed_at is not None:
        done, verb = moment(local(one.confirmed_at)), TITLES.get(one.verb, Text(one.verb, one.verb))
        yield Text(f"{one.confirmed_by} {verb.vi.lower()} {done}", f"{verb.en.lower()} by {one.confirmed_by} {done}")
    if one.corrected_at is not None:
        right = moment(local(one.corrected_at))
        yield Text(f"đúng người {right}", f"put right {right}")
    lost, waited, kept = hours(one.lost), hours(one.waited), hours(one.kept)
    if one.lost:
        yield Text(f"mất {lost.vi} tính cho người giao", f"{lost.en} charged to the sender")
    elif one.status == "suspected":
        yield Text(f"để {waited.vi} chưa mở, chưa tính cho ai", f"unopened for {waited.en}, charged to nobody")
    if one.kept:
        yield Text(f"người nhận giữ {kept.vi} sau khi mở", f"kept {kept.en} by the receiver")
    if one.made_late:
        yield Text("làm hồ sơ trễ hạn", "made the dossier late")
    if one.alert_ignored:
        yield Text(f"cảnh báo bị bỏ qua ({one.supervisor})", f"the warning was ignored ({one.supervisor})")


def as_json(found: Sequence[Record], org: Org, by: By, until: int, lang: str, simulated: bool) -> dict[str, Any]:
    """The records and their sums as JSON values; moments with their offset, lengths in working minutes."""
    return {
        "agency": org.agency,
        "at": local(until).isoformat(),
        "simulated": simulated,
        **_sums(Pile("", tuple(found))),
        "by": by,
        "groups": [{"key": pile.key, **_sums(pile)} for pile in piles(found, by)],
        "misroutes": [_values(one, org, lang) for one in found],
    }


def _sums(pile: Pile) -> dict[str, int]:
    sums = {"confirmed": pile.confirmed, "suspected": pile.suspected, "lost_minutes": pile.lost // 60}
    return {**sums, "made_late": pile.made_late}


def _values(one: Record, org: Org, lang: str) -> dict[str, Any]:
    known: dict[str, Any] = one._asdict()
    values = {name: value for name, value in known.items() if name not in _MINUTES}
    values |= {name: None if known[name] is None else local(known[name]).isoformat() for name in _MOMENTS}
    values |= {shown: known[name] // 60 for name, shown in _MINUTES.items()}
    values |= {f"{name}_name": _name(known[name], org) for name in ("sender", "wrong", "right")}
    values |= {name: known[name] or None for name in ("verb", "confirmed_by", "supervisor")}
    values["title"] = one.title.to(lang)
    return {name: values[name] for name in _FIELDS}


def _name(account: str | None, org: Org) -> str | None:
    found = org.accounts.get(account or "")
    return found.name if found else None


def as_csv(found: Iterable[Record], org: Org, lang: str) -> str:
    """The records as a table for a spreadsheet: UTF-8 with BOM, no cell a formula."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(_FIELDS)
    for one in found:
        values = _values(one, org, lang)
        values |= {"cause": CAUSES[one.cause].to(lang), "status": STATUSES[one.status].to(lang)}
        writer.writerow(harmless("" if values[name] is None else str(values[name])) for name in _FIELDS)
    return out.getvalue()
