"""The register of nonconformities for people, as JSON values and as a table: first what is systemic, then what is overdue."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from ..cells import harmless
from ..faults import CAUSES, Register, Systemic, todo
from ..handling import KINDS, STATUSES, Nonconformity
from ..model import Move
from ..org import Org
from ..text import Text, day, moment, nfc, number
from ..worktime import local
from .plain import heading

By = Literal["cause", "division", "kind"]

DOSSIERS_SHOWN = 5

_RANK = {status: rank for rank, status in enumerate(STATUSES)}
_NOBODY_SAID = Text("chưa ai ghi nguyên nhân", "nobody put a cause down")
_COLUMNS: Mapping[str, Text] = {
    "dossier": Text("Mã hồ sơ", "Dossier"),
    "code": Text("Thủ tục", "Procedure"),
    "kind": Text("Loại", "Kind"),
    "line": Text("Dòng nhật ký", "Line"),
    "opened_at": Text("Mở lúc", "Opened"),
    "division": Text("Phòng", "Division"),
    "what": Text("Sự việc", "What happened"),
    "status": Text("Tình trạng", "Standing"),
    "overdue": Text("Quá hạn", "Overdue"),
    "cause": Text("Nguyên nhân", "Cause"),
    "suggested": Text("Nhật ký gợi ý", "The log suggests"),
    "action": Text("Hành động khắc phục", "Corrective action"),
    "owner": Text("Người chịu trách nhiệm", "Responsible"),
    "due": Text("Hạn thực hiện", "Due"),
    "effect": Text("Hiệu lực", "Worked"),
    "failed": Text("Số lần không hiệu lực", "Actions that failed"),
    "todo": Text("Cần làm", "To be done"),
}


def shown(found: Register, at: int, only_open: bool) -> tuple[Nonconformity, ...]:
    """Those to list, with the most pressing first: overdue, then by how far the handling has come, then the oldest."""
    chosen = (one for one in found.found if not (only_open and one.closed))
    return tuple(sorted(chosen, key=lambda one: (not one.overdue(at), _RANK[one.status])))


def as_text(
    found: Register, rows: Sequence[Nonconformity], org: Org, at: int, by: By | None, lang: str, simulated: bool
) -> str:
    """The register in `lang`, "vi" or "en"; `rows` are those to list."""
    lines = [*_head(found, org, at, lang, simulated)]
    for one in found.systemic:
        lines += ["", *_systemic(one, org, lang)]
    for title, inside in _groups(rows, by, org, lang):
        lines += ["", *([title] if title else [])]
        for row in inside:
            lines += _row(row, org, at, lang)
    return nfc("\n".join(lines)) + "\n"


def _head(found: Register, org: Org, at: int, lang: str, simulated: bool) -> Iterator[str]:
    when = local(at)
    title = Text("sự không phù hợp lúc", "nonconformities at")
    yield from heading(org, title, f"{when:%H:%M} {day(when, lang)}", lang, simulated)
    counts = _counts(found, at)
    whole, due, still, over = (number(counts[key], lang) for key in ("all", "overdue", "open", "systemic"))
    yield Text(
        f"{whole} sự không phù hợp: {still} chưa đóng, trong đó {due} quá hạn kiểm tra; {over} lỗi hệ thống chưa đóng",
        f"{whole} nonconformities: {still} not closed, {due} of them overdue for a check; {over} systemic and not closed",
    ).to(lang)
    yield _feedback(found, lang)


def _feedback(found: Register, lang: str) -> str:
    answered = [one for one in found.complaints if one.answered_at is not None]
    right = sum(bool(one.founded) for one in answered)
    asked, told, founded = (number(count, lang) for count in (len(found.complaints), len(answered), right))
    rated, mean = number(found.ratings.rated, lang), found.ratings.mean
    if mean is not None:
        score = Text(f", trung bình {number(mean)}/5", f", mean {number(mean, 'en')} of 5")
    elif found.ratings.rated:
        score = Text(", quá ít để nêu điểm (R142)", ", too few to tell the score (R142)")
    else:
        score = Text("", "")
    return Text(
        f"Phản ánh: {asked}, đã trả lời {told}, đúng {founded}. Đánh giá: {rated}{score.vi}.",
        f"Complaints: {asked}, answered {told}, justified {founded}. Ratings: {rated}{score.en}.",
    ).to(lang)


def _systemic(one: Systemic, org: Org, lang: str) -> Iterator[str]:
    first, last = local(one.members[0].opened_at), local(one.members[-1].opened_at)
    place = f" - {_place(one.division, org, lang)}" if one.division else ""
    guessed = sum(member.handling.cause is None for member in one.members)
    times = number(len(one.members), lang)
    yield Text(
        f"LỖI HỆ THỐNG{' (đã đóng)' if one.closed else ''}: {CAUSES[one.cause].vi}{place}, {times} lần từ {first:%d/%m/%Y}"
        f" đến {last:%d/%m/%Y}; hãy đưa vào xem xét của lãnh đạo",
        f"SYSTEMIC{' (closed)' if one.closed else ''}: {CAUSES[one.cause].en}{place}, {times} times from {first:%d/%m/%Y}"
        f" to {last:%d/%m/%Y}; take it to the management review",
    ).to(lang)
    numbers = list(dict.fromkeys(member.number for member in one.members))
    more = len(numbers) - DOSSIERS_SHOWN
    others = Text(f" và {number(more)} hồ sơ khác", f" and {number(more, 'en')} more") if more > 0 else Text("", "")
    listed = ", ".join(numbers[:DOSSIERS_SHOWN])
    yield "  " + Text(f"hồ sơ: {listed}{others.vi}", f"dossiers: {listed}{others.en}").to(lang)
    if guessed:
        count = number(guessed, lang)
        yield "  " + Text(
            f"{count} nguyên nhân theo nhật ký, chưa ai xác nhận; hãy ghi nguyên nhân (fault: cause)",
            f"{count} of the causes as the log suggests, confirmed by nobody; put them down (fault: cause)",
        ).to(lang)


def _place(division: str, org: Org, lang: str) -> str:
    title = org.seat_title(division)
    return title.to(lang) if title else division


def _groups(
    rows: Sequence[Nonconformity], by: By | None, org: Org, lang: str
) -> Iterable[tuple[str, list[Nonconformity]]]:
    """The rows under titles, in the order in which the first of each comes."""
    groups: dict[str, list[Nonconformity]] = {}
    for row in rows:
        groups.setdefault(_title(row, by, org, lang), []).append(row)
    for title, inside in groups.items():
        yield f"{title}: {number(len(inside), lang)}" if title else "", inside


def _title(row: Nonconformity, by: By | None, org: Org, lang: str) -> str:
    if by is None:
        return ""
    if by == "division":
        return _place(row.division, org, lang)
    return KINDS[row.kind].to(lang) if by == "kind" else _cause(row.cause, lang)


def _cause(cause: str | None, lang: str) -> str:
    return (_NOBODY_SAID if cause is None else CAUSES[cause]).to(lang)


def _row(row: Nonconformity, org: Org, at: int, lang: str) -> Iterator[str]:
    mark, opened = "■" if row.overdue(at) else "○" if row.closed else "▲", local(row.opened_at)
    kind, line = KINDS[row.kind].to(lang), Text("dòng", "line").to(lang)
    where = "" if row.line is None else f" {line} {row.line}"
    yield f"{mark} {row.number}{where}  {row.code}  [{kind}]  {opened:%d/%m/%Y}  {_place(row.division, org, lang)}"
    yield f"    {row.what.to(lang)}"
    yield f"    {STATUSES[row.status].to(lang)}{_known(row, lang)}"
    if not row.closed:
        yield f"    → {todo(row, at).to(lang)}"


def _known(row: Nonconformity, lang: str) -> str:
    """What was put down so far."""
    done, parts = row.handling, []
    if done.cause is not None:
        parts.append(f"{Text('nguyên nhân', 'cause').to(lang)}: {CAUSES[done.cause].to(lang)}")
    elif row.suggested is not None:
        parts.append(f"{Text('nhật ký gợi ý', 'the log suggests').to(lang)}: {CAUSES[row.suggested].to(lang)}")
    if done.action is not None:
        parts.append(f"{Text('hành động', 'action').to(lang)}: {done.action}")
    return "".join(f"; {part}" for part in parts)


def _counts(found: Register, at: int) -> dict[str, int]:
    return {
        "all": len(found.found),
        "open": sum(not one.closed for one in found.found),
        "overdue": sum(one.overdue(at) for one in found.found),
        "systemic": sum(not one.closed for one in found.systemic),
    }


def as_json(
    found: Register, rows: Sequence[Nonconformity], org: Org, at: int, year: int | None, lang: str, simulated: bool
) -> dict[str, Any]:
    """The register as JSON values: no single rating, and nobody who rated (R142)."""
    return {
        "agency": org.agency,
        "at": local(at).isoformat(),
        "year": year,
        "simulated": simulated,
        "counts": _counts(found, at),
        "systemic": [_systemic_values(one) for one in found.systemic],
        "nonconformities": [_values(row, at, lang) | {"handling": _handling(row)} for row in rows],
        "complaints": [
            {
                "dossier": one.number,
                "line": one.line,
                "at": local(one.at).isoformat(),
                "answered_at": None if one.answered_at is None else local(one.answered_at).isoformat(),
                "founded": one.founded,
            }
            for one in found.complaints
        ],
        "ratings": found.ratings._asdict(),
    }


def _systemic_values(one: Systemic) -> dict[str, Any]:
    return {
        "cause": one.cause,
        "division": one.division or None,
        "first": local(one.members[0].opened_at).date().isoformat(),
        "last": local(one.members[-1].opened_at).date().isoformat(),
        "times": len(one.members),
        "confirmed": sum(member.handling.cause is not None for member in one.members),
        "closed": one.closed,
        "members": [{"dossier": member.number, "kind": member.kind, "line": member.line} for member in one.members],
    }


def _values(row: Nonconformity, at: int, lang: str) -> dict[str, Any]:
    done = row.handling
    return {
        "dossier": row.number,
        "code": row.code,
        "kind": row.kind,
        "line": row.line,
        "opened_at": local(row.opened_at).isoformat(),
        "division": row.division,
        "what": row.what.to(lang),
        "status": row.status,
        "overdue": row.overdue(at),
        "cause": done.cause,
        "suggested": row.suggested,
        "action": done.action,
        "owner": done.owner,
        "due": None if done.due is None else done.due.isoformat(),
        "effect": done.effect,
        "failed": done.failed,
        "todo": todo(row, at).to(lang),
    }


def _handling(row: Nonconformity) -> list[dict[str, Any]]:
    """Who put down what, and when."""
    return [_line(move) for move in row.handling.lines]


def _line(move: Move) -> dict[str, Any]:
    return {
        "line": move.seq,
        "at": move.time.isoformat(),
        "actor": move.actor,
        "note": move.note,
        "record": dict(move.record or {}),
    }


def as_csv(rows: Sequence[Nonconformity], org: Org, at: int, lang: str) -> str:
    """The rows as a table: UTF-8 with BOM, no cell a formula."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(title.to(lang) for title in _COLUMNS.values())
    for row in rows:
        yes_no = {True: Text("có", "yes").to(lang), False: Text("không", "no").to(lang), None: ""}
        cells = _values(row, at, lang) | {
            "kind": KINDS[row.kind].to(lang),
            "opened_at": moment(local(row.opened_at)),
            "division": _place(row.division, org, lang),
            "status": STATUSES[row.status].to(lang),
            "overdue": yes_no[row.overdue(at)],
            "cause": _titled(row.handling.cause, lang),
            "suggested": _titled(row.suggested, lang),
            "effect": yes_no[row.handling.effect],
        }
        writer.writerow(harmless("" if cells[name] is None else str(cells[name])) for name in _COLUMNS)
    return out.getvalue()


def _titled(cause: str | None, lang: str) -> str:
    return "" if cause is None else CAUSES[cause].to(lang)
