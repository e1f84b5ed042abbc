"""The control sheet of a dossier for people, programs and paper (R20, R158). No cell is ever empty."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..control import Beside, ControlSheet, Handover, Result, Signature
from ..faults import CAUSES
from ..handling import KINDS
from ..model import APPLICANT, DAYS, RECORD
from ..org import Org
from ..text import Text, day, moment, nfc
from ..words import Form
from ..worktime import local
from .ledger import VERDICTS
from .pdf import Paper, Part, Table
from .plain import SIMULATED

FORM = "phieu-kiem-soat"
"""The sheet's id in `_steps.yaml`."""

RESULTS: Mapping[Result, Text] = {
    "early": Text("trước hạn", "early"),
    "on_time": Text("đúng hạn", "on time"),
    "late": Text("quá hạn", "late"),
    "running": Text("đang làm, trong hạn", "at work, in time"),
    "overdue": Text("đang làm, quá hạn", "at work, overdue"),
    "stopped": Text("đồng hồ dừng", "clock stopped"),
    "untimed": Text("không tính giờ", "no time set"),
    "misrouted": Text("chuyển nhầm, tính cho người giao", "misrouted, charged to the giver"),
    "returned": Text("được trả về để giao lại", "back to be handed on again"),
    "ended": Text("kết thúc", "ended"),
}
_UNDONE: frozenset[Result] = frozenset({"misrouted", "returned", "stopped"})
_VALUES: Mapping[str, Mapping[str, Text]] = {
    "of": dict(KINDS.items()),
    "cause": CAUSES,
    "fault": {"applicant": Text("người nộp", "applicant"), "agency": Text("cơ quan", "agency")},
    "effect": {"yes": Text("có", "yes"), "no": Text("không", "no")},
    "founded": {"yes": Text("có", "yes"), "no": Text("không", "no")},
}
"""What the words of `model.CHOICES` mean to people."""
_NO_TERM = Text("không có thời hạn", "no term")
_NOT_RECEIVED = Text("chưa tiếp nhận", "not received yet")
_UNCONFIRMED = Text("chưa ký nhận", "not confirmed")
_NOTHING = Text("không có", "none")


def as_text(sheet: ControlSheet, org: Org, form: Form | None, lang: str, simulated: bool = False) -> str:
    """Every hand-over as a block of lines."""
    said = _Words(sheet, org, form, lang)
    lines = [said.title, *([SIMULATED.to(lang)] if simulated else [])]
    lines += [f"  {label}: {value}" for label, value in said.head()]
    for place, row in enumerate(sheet.rows, 1):
        lines += ["", *said.block(place, row)]
    return nfc("\n".join([*lines, "", said.foot()])) + "\n"


def to_json(sheet: ControlSheet, org: Org, lang: str) -> dict[str, Any]:
    """The sheet as JSON values; the keys are those of docs/json.md."""
    life, said = sheet.life, _Words(sheet, org, None, lang)
    return {
        "number": life.case.number,
        "code": life.case.code,
        "version": life.case.version,
        "at": _iso(sheet.at),
        "received": _iso(life.received),
        "due": _iso(life.due),
        "due_current": _iso(life.state.due_current),
        "resolved": _iso(life.resolved),
        "verdict": life.outcome,
        "digest": sheet.digest,
        "rows": [said.cells(place, row) for place, row in enumerate(sheet.rows, 1)],
    }


def as_paper(sheet: ControlSheet, org: Org, form: Form | None, lang: str, simulated: bool = False) -> Paper:
    """The sheet on paper, dated by the log's last line, or by the moment it tells of while the dossier is open."""
    said = _Words(sheet, org, form, lang)
    case, made = sheet.life.case, local(sheet.life.state.at if sheet.life.state.ended else sheet.at)
    return Paper(
        org,
        made,
        said.title,
        f"{case.number}\n{FORM} {sheet.life.state.seq} {sheet.digest}",
        mark=form.mark(made.date(), lang) if form else "",
        foot=said.foot(),
        simulated=SIMULATED.to(lang) if simulated else "",
        fields=said.head(),
        table=said.table(),
        wide=True,
    )


class _Words:
    """What is said about one sheet in one language."""

    def __init__(self, sheet: ControlSheet, org: Org, form: Form | None, lang: str) -> None:
        self.sheet, self.org, self.lang = sheet, org, lang
        title = form.title if form else Text("Phiếu kiểm soát quá trình giải quyết hồ sơ", "Control sheet")
        self.title = title.to(lang)

    def say(self, vi: str, en: str) -> str:
        return Text(vi, en).to(self.lang)

    def head(self) -> list[tuple[str, str]]:
        life, say = self.sheet.life, self.say
        flow = life.state.row.table.flow
        found = [
            (say("Mã hồ sơ", "Dossier"), life.case.number),
            (say("Thủ tục", "Procedure"), f"{flow.code} v{flow.version} {flow.title}"),
            (say("Cơ quan giải quyết", "Decided by"), self._titled(self.org.authorities, flow.decided_by)),
            (say("Cơ quan phối hợp", "Other agencies"), self._partners()),
            (say("Tiếp nhận", "Received"), self.when(life.received, _NOT_RECEIVED.to(self.lang))),
            (say("Hẹn trả kết quả", "Due"), self._due()),
        ]
        if life.resolved is not None:
            verdict = f" - {VERDICTS[life.outcome].to(self.lang)}" if life.outcome else ""
            found.append((say("Có kết quả hoặc kết thúc", "Resolved"), f"{moment(local(life.resolved))}{verdict}"))
        return found

    def _due(self) -> str:
        life = self.sheet.life
        if life.due is None:
            return (_NOT_RECEIVED if life.received is None else _NO_TERM).to(self.lang)
        again = life.state.due_current
        shown = day(local(life.due).date(), self.lang)
        if again is None or again == life.due:
            return shown
        later = day(local(again).date(), self.lang)
        return self.say(f"{shown}; đã xin lỗi, hẹn lại {later}", f"{shown}; re-appointed to {later}")

    def _titled(self, titles: Mapping[str, Text], key: str) -> str:
        return titles[key].to(self.lang) if key in titles else key

    def _partners(self) -> str:
        """The partners it went to, in their order."""
        accounts, partners = self.org.accounts, self.org.partners
        seats = (accounts[row.receiver].division for row in self.sheet.rows if row.receiver in accounts)
        names = dict.fromkeys(partners[seat].to(self.lang) for seat in seats if seat in partners)
        return "; ".join(names) or _NOTHING.to(self.lang)

    def when(self, at: int | None, otherwise: str) -> str:
        return otherwise if at is None else moment(local(at))

    def who(self, account: str) -> str:
        if account == APPLICANT and self.lang == "en":  # an account has the name of a person, in no language
            return f"Applicant ({account})"
        found = self.org.accounts.get(account)
        return f"{found.name} ({account})" if found else account

    def receiver(self, row: Handover) -> str:
        return self.who(row.receiver) if row.receiver else f"{self.say('Kết thúc', 'End')}: {row.title.to(self.lang)}"

    def signed(self, sign: Signature | None, of: str) -> str:
        """A signature's stand-in; by whom, where that isn't whose place it is."""
        if sign is None:
            return _UNCONFIRMED.to(self.lang)
        by = "" if sign.by == of or not of else f", {self.say('ghi bởi', 'by')} {sign.by}"
        behalf = f" {self.say('thay', 'for')} {sign.behalf}" if sign.behalf else ""
        line = self.say("dòng", "line")
        return f"{moment(local(sign.at))}, {line} {sign.line}{by}{behalf}, {short(sign.digest)}"

    def due(self, row: Handover) -> str:
        return self.when(row.due, "—" if row.result == "ended" else self.say("không đặt", "none"))

    def result(self, row: Handover) -> str:
        result = RESULTS[row.result].to(self.lang)
        if row.until is None or row.result == "ended":
            return result
        word = self.say("đến", "until") if row.result in _UNDONE else self.say("xong", "done")
        return f"{result}, {word} {self.when(row.until, '')}"

    def beside(self, one: Beside) -> str:
        note = f": “{one.note}”" if one.note else ""
        record = "".join(f"; {self._recorded(key, value)}" for key, value in (one.record or {}).items())
        line = self.say("dòng", "line")
        return (
            f"{one.said.to(self.lang)}{note}{record} ({line} {one.line}, {self.who(one.by)}, {moment(local(one.at))})"
        )

    def _recorded(self, key: str, value: str) -> str:
        title = re.split("[:,(]", RECORD[key].to(self.lang))[0].strip() if key in RECORD else key
        if key in DAYS:
            return f"{title}: {'/'.join(reversed(value.split('-')))}"
        meant = _VALUES.get(key, {}).get(value)
        return f"{title}: {meant.to(self.lang) if meant else value}"

    def notes(self, row: Handover) -> list[str]:
        return [self.beside(one) for one in row.beside]

    def block(self, place: int, row: Handover) -> Iterator[str]:
        say, rest = self.say, f" - {row.action.to(self.lang)}"
        yield f"{place:>3}  {row.title.to(self.lang)} ({row.step}){rest}"
        yield f"     {say('giao', 'given')}: {self.who(row.giver)}; {self.signed(row.given, row.giver)}"
        yield f"     {say('nhận', 'taken')}: {self.receiver(row)}; {self.signed(row.taken, row.receiver)}"
        yield f"     {say('hạn của bước', 'step due')}: {self.due(row)}; {say('kết quả', 'result')}: {self.result(row)}"
        yield from (f"     - {note}" for note in self.notes(row))

    def table(self) -> Table:
        say = self.say
        columns = (
            say("TT", "No."),
            say("Bước", "Step"),
            say("Người giao, ký giao", "Given by, signed"),
            say("Người nhận, ký nhận", "Taken by, signed"),
            say("Hạn của bước", "Step due"),
            say("Kết quả", "Result"),
            say("Ghi chú", "Notes"),
        )
        rows = [self._row(place, row) for place, row in enumerate(self.sheet.rows, 1)]
        return Table(columns, (5, 22, 25, 25, 14, 17, 32), (0,), rows)

    def _row(self, place: int, row: Handover) -> list[list[Part]]:
        notes = self.notes(row) or [_NOTHING.to(self.lang)]
        return [
            [(str(place), "")],
            [(row.title.to(self.lang), ""), (row.action.to(self.lang), "small")],
            [(self.who(row.giver), ""), (self.signed(row.given, row.giver), "small")],
            [(self.receiver(row), ""), (self.signed(row.taken, row.receiver), "small")],
            [(self.due(row), "")],
            [(self.result(row), "")],
            [(note, "small") for note in notes],
        ]

    def foot(self) -> str:
        state, digest = self.sheet.life.state, self.sheet.digest
        at, now = moment(local(state.at)), moment(local(self.sheet.at))
        seen = "" if state.ended else self.say(f" (xem lúc {now})", f" (as of {now})")
        return self.say(
            f"Lập từ {state.seq + 1} dòng nhật ký đến {at}{seen}; băm SHA-256 của dòng cuối: {digest}",
            f"Made of {state.seq + 1} lines of the log up to {at}{seen}; SHA-256 of the last: {digest}",
        )

    def cells(self, place: int, row: Handover) -> dict[str, Any]:
        return {
            "no": place,
            "step": row.step,
            "title": row.title.to(self.lang),
            "action": row.action.to(self.lang),
            "giver": row.giver,
            "receiver": row.receiver or None,
            "given": _signature(row.given),
            "taken": _signature(row.taken),
            "due": _iso(row.due),
            "until": _iso(row.until),
            "result": row.result,
            "beside": [one._asdict() | {"at": _iso(one.at), "said": one.said.to(self.lang)} for one in row.beside],
        }


def short(digest: str) -> str:
    """The first 16 digits of a hash, in fours."""
    return " ".join(digest[at : at + 4] for at in range(0, min(len(digest), 16), 4))


def _signature(sign: Signature | None) -> dict[str, Any] | None:
    return sign and sign._asdict() | {"at": _iso(sign.at)}


def _iso(at: int | None) -> str | None:
    return None if at is None else local(at).isoformat()
