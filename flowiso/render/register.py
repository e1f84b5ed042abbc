"""The register of dossiers for people, programs, spreadsheets and paper (R20, R22)."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from ..cells import harmless
from ..model import Channel
from ..org import Org
from ..register import Line, Register
from ..text import Text, moment, nfc
from ..words import Form
from ..worktime import local
from .control import short
from .ledger import VERDICTS
from .pdf import Paper, Part, Table
from .plain import SIMULATED, aligned, heading, shortened

FORM = "so-theo-doi"
"""The register's id in `_steps.yaml`."""

People = Mapping[str, Mapping[str, str]]
"""Personal data of dossiers by number, as it may be shown (R151)."""

CHANNELS: Mapping[Channel, Text] = {
    "counter": Text("trực tiếp", "at the counter"),
    "online": Text("trực tuyến", "online"),
    "postal": Text("bưu chính", "by post"),
}
_COLUMNS: Mapping[str, Text] = {
    "no": Text("STT", "No."),
    "number": Text("Mã hồ sơ", "Dossier"),
    "code": Text("Mã thủ tục", "Procedure"),
    "title": Text("Tên thủ tục", "Title"),
    "owner": Text("Chủ hồ sơ", "Owner"),
    "contact": Text("Địa chỉ, số điện thoại", "Address, phone"),
    "decided_by": Text("Cơ quan giải quyết", "Decided by"),
    "channel": Text("Cách nộp", "Channel"),
    "received": Text("Nhận hồ sơ", "Received"),
    "sent_on": Text("Chuyển giải quyết", "Sent on"),
    "due": Text("Hẹn trả", "Due"),
    "appointed": Text("Hẹn lại", "Re-appointed"),
    "resolved": Text("Có kết quả", "Resolved"),
    "returned": Text("Trả kết quả", "Handed out"),
    "verdict": Text("Kết luận", "Verdict"),
    "signature": Text("Ký nhận (băm)", "Signed (hash)"),
    "remarks": Text("Ghi chú", "Remarks"),
}
_MOMENTS = ("received", "sent_on", "due", "appointed", "resolved", "returned")
_OVERDUE = Text("đang giải quyết, quá hạn", "open, overdue")
_OPEN = Text("đang giải quyết", "open")
_NOTHING = Text("Không tiếp nhận hồ sơ nào trong kỳ.", "No dossier was received in the period.")
_TITLE, _SHOWN = 40, ("no", "number", "title", "received", "due", "resolved", "returned", "verdict", "remarks")


def as_text(found: Register, org: Org, people: People, lang: str, simulated: bool = False) -> str:
    """A line for each dossier, its title shortened; all columns are in the other forms."""
    lines = [*heading(org, Text("sổ theo dõi hồ sơ", "register"), _span(found, lang), lang, simulated)]
    if not found.lines:
        return nfc("\n".join([*lines, _NOTHING.to(lang)])) + "\n"
    rows = [_cells(one, org, people, lang) for one in found.lines]
    shown = [[_COLUMNS[name].to(lang) for name in _SHOWN]]
    shown += [[shortened(row[name], _TITLE) if name == "title" else row[name] for name in _SHOWN] for row in rows]
    return nfc("\n".join([*lines, *aligned(shown, "><<<<<<<<")])) + "\n"


def as_csv(found: Register, org: Org, people: People, lang: str, simulated: bool = False) -> str:
    """The register for a spreadsheet: UTF-8 with BOM, no cell a formula, moments in ISO 8601; simulated lines say so."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow([title.to(lang) for title in _COLUMNS.values()])
    for one in found.lines:
        row = _cells(one, org, people, lang) | {name: _iso(getattr(one, name)) or "" for name in _MOMENTS}
        if simulated:
            row["remarks"] = "; ".join(filter(None, (SIMULATED.to(lang), row["remarks"])))
        writer.writerow([harmless(row[name]) for name in _COLUMNS])
    return out.getvalue()


def to_json(found: Register, org: Org, people: People, lang: str, simulated: bool) -> dict[str, Any]:
    """The register as JSON values; the keys are those of docs/json.md."""
    return {
        "agency": org.agency,
        "from": found.period.first.isoformat(),
        "to": found.period.last.isoformat(),
        "at": _iso(found.at),
        "simulated": simulated,
        "lines": [
            one._asdict()
            | {name: _iso(getattr(one, name)) for name in _MOMENTS}
            | {"remarks": [text.to(lang) for text in one.remarks], "people": dict(people.get(one.number, {}))}
            for one in found.lines
        ],
    }


def as_paper(found: Register, org: Org, people: People, form: Form | None, lang: str, simulated: bool = False) -> Paper:
    """The register on paper, dated by the moment it was asked for as of."""
    title = form.title if form else Text("Sổ theo dõi hồ sơ", "Register")
    at = local(found.at)
    return Paper(
        org,
        at,
        title.to(lang),
        f"{org.agency}\n{FORM} {found.period.first} {found.period.last} {len(found.lines)}",
        subtitle=_span(found, lang),
        mark=form.mark(at.date(), lang) if form else "",
        foot=Text(f"Lập từ nhật ký đến {moment(at)}", f"Made of the logs up to {moment(at)}").to(lang),
        simulated=SIMULATED.to(lang) if simulated else "",
        words=() if found.lines else (_NOTHING.to(lang),),
        table=_table([_cells(one, org, people, lang) for one in found.lines], lang) if found.lines else None,
        wide=True,
    )


_PAPER: Sequence[tuple[tuple[str, ...], int]] = (
    (("no",), 0),
    (("number", "channel"), 0),
    (("title", "code"), 34),
    (("owner", "contact"), 24),
    (("decided_by",), 16),
    (("received", "sent_on"), 15),
    (("due", "appointed"), 15),
    (("resolved", "returned"), 15),
    (("verdict", "signature"), 19),
    (("remarks",), 17),
)
"""The columns on paper, each of one or two of ours under each other, with its width."""


def _table(rows: Sequence[Mapping[str, str]], lang: str) -> Table:
    columns = [" / ".join(_COLUMNS[name].to(lang) for name in names) for names, _ in _PAPER]
    cells = [[_stacked(row, names) for names, _ in _PAPER] for row in rows]
    return Table(columns, [width for _, width in _PAPER], (0,), cells)


def _stacked(row: Mapping[str, str], names: Sequence[str]) -> list[Part]:
    first, *others = names
    return [(row[first] or "—", ""), *((row[name] or "—", "small") for name in others)]


def _cells(one: Line, org: Org, people: People, lang: str) -> dict[str, str]:
    """Every column in words; "" where there is nothing to say (yet)."""
    person = people.get(one.number, {})
    verdict = VERDICTS[one.outcome] if one.outcome else _OVERDUE if one.overdue else _OPEN
    decided_by = org.authorities.get(one.decided_by)
    return {
        "no": f"{one.no:02d}",
        "number": one.number,
        "code": one.code,
        "title": one.title,
        "owner": person.get("owner", ""),
        "contact": ", ".join(person[field] for field in ("address", "phone") if field in person),
        "decided_by": decided_by.to(lang) if decided_by else one.decided_by,
        "channel": CHANNELS[one.channel].to(lang),
        "verdict": verdict.to(lang),
        "signature": short(one.digest),
        "remarks": "; ".join(text.to(lang) for text in one.remarks),
        **{name: _when(getattr(one, name), name) for name in _MOMENTS},
    }


def _when(at: int | None, name: str) -> str:
    """A moment; of due days the day alone, since a day is what was promised (R72)."""
    if at is None:
        return ""
    return f"{local(at):%d/%m/%Y}" if name in ("due", "appointed") else moment(local(at))


def _span(found: Register, lang: str) -> str:
    first, last, at = f"{found.period.first:%d/%m/%Y}", f"{found.period.last:%d/%m/%Y}", moment(local(found.at))
    return Text(f"từ {first} đến {last}, theo nhật ký đến {at}", f"{first} to {last}, from the logs up to {at}").to(
        lang
    )


def _iso(at: int | None) -> str | None:
    return None if at is None else local(at).isoformat()
