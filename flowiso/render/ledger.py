"""A dossier's time ledger for people, programs and spreadsheets."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..cells import harmless
from ..ledger import Entry, Kind, Ledger
from ..model import Outcome
from ..national import has_result
from ..org import Org
from ..text import Text, day, moment, nfc
from ..worktime import local
from .plain import aligned, shortened

KINDS: Mapping[Kind, Text] = {
    "holder": Text("", ""),
    "partner": Text("cơ quan phối hợp", "another agency"),
    "applicant": Text("chờ người nộp", "waiting for the applicant"),
    "system": Text("hệ thống", "the system"),
    "misroute": Text("chuyển nhầm", "misrouted"),
    "paused": Text("tạm dừng", "paused"),
    "result": Text("chờ trả kết quả", "result waiting to be handed over"),
}
VERDICTS: Mapping[Outcome, Text] = {
    "early": Text("trước hạn", "early"),
    "on_time": Text("đúng hạn", "on time"),
    "late": Text("trễ hạn", "late"),
    "no_term": Text("không có thời hạn", "no term"),
    "withdrawn": Text("đã rút", "withdrawn"),
    "stopped": Text("đã dừng giải quyết", "stopped"),
}
_TITLE = 40
_COLUMNS = (
    Text("từ", "from"),
    Text("đến", "to"),
    Text("ai giữ", "who had it"),
    Text("bước", "step"),
    Text("giờ làm việc", "working"),
    Text("ngoài giờ", "closed"),
    Text("ghi chú", "note"),
)


def as_text(ledger: Ledger, org: Org, lang: str) -> str:
    """A line for each entry, the totals by whom they are charged to, and whether all adds up."""
    said = _Words(ledger, org, lang)
    lines = [said.head(), "", *said.entries(ledger.entries)]
    if ledger.after:
        lines += ["", Text("Sau khi có kết quả", "After the result").to(lang), *said.entries(ledger.after)]
    return nfc("\n".join([*lines, "", *said.totals(), "", said.check()])) + "\n"


def to_json(ledger: Ledger, org: Org, lang: str) -> dict[str, Any]:
    """The ledger as JSON values, lengths of time in seconds; the keys are those of docs/json.md."""
    life, said = ledger.life, _Words(ledger, org, lang)
    return {
        "number": life.case.number,
        "code": life.case.code,
        "version": life.case.version,
        "received": _iso(ledger.received),
        "resolved": _iso(life.resolved),
        "end": _iso(ledger.end),
        "last": _iso(ledger.last),
        "due": _iso(life.due),
        "verdict": life.outcome,
        "worked": ledger.worked,
        "closed": ledger.closed,
        "exact": ledger.exact,
        "by_kind": ledger.by_kind(),
        "by_account": ledger.by_account(),
        "by_step": ledger.by_step(),
        "entries": [said.cells(entry) for entry in ledger.entries],
        "after": [said.cells(entry) for entry in ledger.after],
    }


def as_csv(ledger: Ledger, org: Org, lang: str) -> str:
    """All entries as a table for a spreadsheet: UTF-8 with BOM, no cell a formula, lengths of time in seconds."""
    said = _Words(ledger, org, lang)
    rows = [said.cells(entry) for entry in (*ledger.entries, *ledger.after)]
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(_FIELDS)
    writer.writerows([harmless("" if row[name] is None else str(row[name])) for name in _FIELDS] for row in rows)
    return out.getvalue()


_FIELDS = (
    *("since", "until", "kind", "account", "name", "step", "title", "charged_to", "charged_step"),
    *("worked", "closed", "waited", "due", "verdict"),
)


class _Words:
    """What is said about one ledger in one language."""

    def __init__(self, ledger: Ledger, org: Org, lang: str) -> None:
        self.ledger, self.org, self.lang = ledger, org, lang

    def head(self) -> str:
        life, lang = self.ledger.life, self.lang
        end = moment(local(self.ledger.end))
        if life.resolved is None:
            until = Text(f"tính đến {end}", f"up to {end}")
        elif has_result(life.state):
            until = Text(f"có kết quả {end}", f"result {end}")
        else:
            until = Text(f"kết thúc {end}", f"ended {end}")
        due = Text("không có thời hạn", "no term").to(lang)
        if life.due is not None:
            due = f"{Text('hẹn trả', 'due').to(lang)} {day(local(life.due).date(), lang)}"
        told = f": {VERDICTS[life.outcome].to(lang)}" if life.outcome else ""
        received = Text("tiếp nhận", "received").to(lang)
        begun = f"{received} {moment(local(self.ledger.received))}"
        return f"{life.case.number}  {life.case.code}  {begun}, {until.to(lang)}, {due}{told}"

    def entries(self, entries: Iterable[Entry]) -> Iterator[str]:
        lines = [[title.to(self.lang) for title in _COLUMNS]]
        lines += [
            [
                moment(local(entry.since)),
                moment(local(entry.until)),
                self.who(entry.account),
                shortened(self.title(entry), _TITLE),
                hours(entry.worked),
                hours(entry.closed),
                self.note(entry),
            ]
            for entry in entries
        ]
        return aligned(lines, "<<<<>><")

    def who(self, account: str) -> str:
        found = self.org.accounts.get(account)
        return f"{found.name} ({account})" if found else account or "-"

    def title(self, entry: Entry) -> str:
        return self.ledger.life.row(entry.step, entry.until).title.to(self.lang)

    def note(self, entry: Entry) -> str:
        lang = self.lang
        notes = [KINDS[entry.kind].to(lang)] if KINDS[entry.kind].vi else []
        if entry.kind == "misroute":
            sender = self.who(entry.charged_to)
            notes = [Text(f"do {sender} chuyển nhầm", f"misrouted by {sender}").to(lang)]
        if entry.waited:
            notes.append(Text(f"chưa nhận {hours(entry.waited)}", f"unconfirmed {hours(entry.waited)}").to(lang))
        if entry.due is not None and entry.kind not in ("paused", "result"):
            told = f" ({VERDICTS[entry.verdict].to(lang)})" if entry.verdict else ""
            notes.append(f"{Text('hạn bước', 'step due').to(lang)} {moment(local(entry.due))}{told}")
        return "; ".join(notes)

    def totals(self) -> Iterator[str]:
        """Working time by whom it is charged to, most first."""
        sums: dict[str, int] = defaultdict(int)
        for entry in self.ledger.entries:
            sums[self.charged(entry)] += entry.worked
        lines = [[hours(total), name] for name, total in sorted(sums.items(), key=lambda one: (-one[1], one[0]))]
        lines.append([hours(self.ledger.closed), Text("ngoài giờ làm việc", "outside working hours").to(self.lang)])
        return aligned(lines, "><")

    def charged(self, entry: Entry) -> str:
        kind = KINDS[entry.kind].to(self.lang)
        if entry.kind in ("applicant", "paused") or not entry.charged_to:
            return kind
        name = self.who(entry.charged_to)
        return f"{name} - {kind}" if kind else name

    def check(self) -> str:
        found, lang = self.ledger, self.lang
        whole = hours(found.end - found.received)
        worked, closed = hours(found.worked), hours(found.closed)
        right = Text("đúng", "right") if found.exact else Text("SAI", "WRONG")
        return Text(
            f"Cộng {worked} giờ làm việc + {closed} ngoài giờ = {whole} từ khi tiếp nhận: {right.vi}"
            f" (theo lịch: {hours(found.counted)} giờ làm việc)",
            f"Together {worked} working + {closed} closed = {whole} since the receipt: {right.en}"
            f" (by the calendar: {hours(found.counted)} working)",
        ).to(lang)

    def cells(self, entry: Entry) -> dict[str, Any]:
        account = self.org.accounts.get(entry.account)
        known = entry._asdict()
        more = {"name": account.name if account else None, "title": self.title(entry)}
        moments = {name: _iso(known[name]) for name in ("since", "until", "due")}
        return {name: {**known, **more, **moments}[name] for name in _FIELDS}


def hours(seconds: int) -> str:
    """A length of time as hours and minutes, 18:30, with seconds where there are any."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes // 60}:{minutes % 60:02}" + (f":{rest:02}" if rest else "")


def _iso(at: int | None) -> str | None:
    return None if at is None else local(at).isoformat()
