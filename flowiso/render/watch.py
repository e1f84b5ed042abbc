"""The board as a head of division reads it in the morning, as JSON values, and as a table for a spreadsheet (R126)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ..board import MARKS, Board, By, Line, Pile, piles
from ..cells import harmless
from ..lights import Light
from ..model import Finding
from ..org import Org
from ..saying import hours
from ..text import Text, day, nfc, number
from ..worktime import local
from .plain import heading

SHAPES: Mapping[Light, str] = {"red": "■", "yellow": "▲", "grey": "○", "green": "●"}
"""A shape with every colour, which is never told by colour alone."""

TITLE_SHOWN = 60


class _Apart(NamedTuple):
    """Findings that stand beside the lines: their light, the word for one, and the words after their number."""

    light: Light
    mark: Text
    counted: Text


_PAUSES = _Apart(
    "yellow",
    Text("tạm dừng ngắn", "short pause"),
    Text("lần tạm dừng ngắn làm lùi hạn trả", "moved by a short pause"),
)
_UNREAD = _Apart("red", Text("không đọc được", "unreadable"), Text("hồ sơ không đọc được", "can't be read"))

_COLUMNS: Mapping[str, Text] = {
    "number": Text("Mã hồ sơ", "Dossier"),
    "code": Text("Thủ tục", "Procedure"),
    "step_title": Text("Bước", "Step"),
    "holder": Text("Tài khoản", "Account"),
    "holder_name": Text("Người giữ", "Holder"),
    "division": Text("Phòng", "Division"),
    "mark": Text("Tình trạng", "Standing"),
    "due": Text("Hạn trả", "Due"),
    "due_current": Text("Hẹn lại", "Re-appointed"),
    "step_due": Text("Hạn của bước", "Step due"),
    "left_minutes": Text("Còn (phút làm việc)", "Left (working minutes)"),
    "needed_minutes": Text("Cần (phút làm việc)", "Needed (working minutes)"),
    "findings": Text("Vì sao, cần làm gì", "Why, and what to do"),
}


def as_text(board: Board, org: Org, at: int, by: By, lang: str, simulated: bool = False) -> str:
    """The board in `lang`, "vi" or "en": counts first, then the piles, the worst first, each dossier with why and what to do."""
    lines = [*_head(board, org, at, lang, simulated)]
    for pile in piles(board.lines, by):
        lines += ["", *_pile(pile, org, by, lang)]
    for kind, found in _apart(board):
        if found:
            lines += ["", f"{number(len(found), lang)} {kind.counted.to(lang)}:"]
            lines += [f"  {SHAPES[kind.light]} {one.dossier}  {_one_line(one, lang)} ({one.code})" for one in found]
    if board.calm:
        lines += ["", Text("Không có hồ sơ nào cần nhắc.", "Nothing needs anybody's attention.").to(lang)]
    return nfc("\n".join(lines)) + "\n"


def _apart(board: Board) -> tuple[tuple[_Apart, tuple[Finding, ...]], ...]:
    """What stands beside the lines."""
    return (_PAUSES, board.pauses), (_UNREAD, board.unread)


def _head(board: Board, org: Org, at: int, lang: str, simulated: bool) -> Iterator[str]:
    when = local(at)
    title = Text("theo dõi hồ sơ lúc", "dossiers at")
    yield from heading(org, title, f"{when:%H:%M} {day(when, lang)}", lang, simulated)
    waiting = board.counts["waiting"]
    yield Text(
        f"{number(board.open)} hồ sơ đang giải quyết, {number(waiting)} đã có kết quả chờ trả:",
        f"{number(board.open, 'en')} open, {number(waiting, 'en')} with a result to be collected:",
    ).to(lang)
    told = [
        f"{SHAPES[light]} {number(board.counts[mark], lang)} {words.to(lang)}"
        for mark, (light, words) in MARKS.items()
        if mark != "waiting"
    ]
    yield "  " + "   ".join(told)


def _pile(pile: Pile, org: Org, by: By, lang: str) -> Iterator[str]:
    if by != "dossier":
        told = ", ".join(
            f"{SHAPES[light]} {number(count, lang)} {words.to(lang)}"
            for mark, (light, words) in MARKS.items()
            if (count := pile.count(mark))
        )
        yield f"{_whose(pile, org, by, lang)}: {told}"
    for line in pile.lines:
        yield from _dossier(line, by, lang)


def _whose(pile: Pile, org: Org, by: By, lang: str) -> str:
    first = pile.lines[0]
    place = org.seat_title(first.division)
    division = place.to(lang) if place else first.division
    if by == "division":
        return division or Text("Không thuộc phòng nào", "In no division").to(lang)
    name = first.holder_name or Text("chưa có ai giữ", "held by nobody").to(lang)
    return f"{name} ({', '.join(part for part in (first.holder, division) if part)})"


def _dossier(line: Line, by: By, lang: str) -> Iterator[str]:
    words = MARKS[line.mark][1].to(lang)
    holder = f"  {line.holder_name or line.holder}" if by != "officer" else ""
    yield f"  {SHAPES[line.light]} {line.number}  {line.code}  [{words}]  {_short(line.step.to(lang))}{holder}"
    yield from (f"      {brief(finding, line, lang)} ({finding.code})" for finding in line.findings)
    if (meaning := why(line)) is not None:
        yield f"      {meaning.to(lang)}"


def _one_line(finding: Finding, lang: str) -> str:
    return " ".join(finding.message.to(lang).split())


def brief(finding: Finding, line: Line, lang: str) -> str:
    """The message under a dossier whose step is named already."""
    said = _one_line(finding, lang).replace(f"bước '{line.step.vi}'", "bước này")
    return said.replace(f"step '{line.step.en}'", "this step")


def _short(title: str) -> str:
    return title if len(title) <= TITLE_SHOWN else title[: TITLE_SHOWN - 1].rstrip() + "…"


def why(line: Line) -> Text | None:
    """What the light means, where no finding says it."""
    told, seen = {finding.code for finding in line.findings}, line.sight
    if line.mark == "late-ahead" and "DOS107" not in told and line.due is not None:
        work, left, due = hours(seen.needed or 0), hours(max(0, seen.left or 0)), local(line.due)
        return Text(
            f"các bước còn lại cần {work.vi} làm việc, đến hạn {day(due)} chỉ còn {left.vi}; hãy làm nhanh hơn,"
            " hoặc chuẩn bị xin lỗi, hẹn lại",
            f"the steps left take {work.en} of work, {left.en} are left until {day(due, 'en')}; be quicker, or prepare"
            " an apology",
        )
    if line.mark == "step-soon" and not told and line.step_due is not None:
        left, until = hours(max(0, seen.step_left or 0)), local(line.step_due)
        return Text(
            f"bước này còn {left.vi} làm việc, đến {until:%H:%M} {day(until)}; hãy xử lý",
            f"this step has {left.en} of work left, until {until:%H:%M} {day(until, 'en')}; deal with it",
        )
    return None


def as_json(board: Board, org: Org, at: int, lang: str, simulated: bool) -> dict[str, Any]:
    """The board as JSON values; moments with their offset, lengths in working minutes."""
    return {
        "agency": org.agency,
        "at": local(at).isoformat(),
        "simulated": simulated,
        "open": board.open,
        "counts": {mark.replace("-", "_"): count for mark, count in board.counts.items()},
        "dossiers": [_values(line, lang) | {"findings": _findings(line.findings, lang)} for line in board.lines],
        "short_pauses": _numbered(board.pauses, lang),
        "unread": _numbered(board.unread, lang),
    }


def _numbered(findings: Iterable[Finding], lang: str) -> list[dict[str, Any]]:
    return [{"number": one.dossier} | told for one in findings for told in _findings([one], lang)]


def _values(line: Line, lang: str) -> dict[str, Any]:
    seen = line.sight
    return {
        "number": line.number,
        "code": line.code,
        "step": line.step_id,
        "step_title": line.step.to(lang),
        "holder": line.holder,
        "holder_name": line.holder_name,
        "division": line.division,
        "mark": line.mark.replace("-", "_"),
        "light": seen.light,
        "step_light": seen.step_light,
        "due": _iso(line.due),
        "due_current": _iso(line.due_current),
        "step_due": _iso(line.step_due),
        "left_minutes": _minutes(seen.left),
        "step_left_minutes": _minutes(seen.step_left),
        "needed_minutes": _minutes(seen.needed),
        "late_ahead": seen.late_ahead,
    }


def _findings(findings: Iterable[Finding], lang: str) -> list[dict[str, Any]]:
    return [
        {
            "code": found.code,
            "name": found.name,
            "level": found.level,
            "message": found.message.to(lang),
            "holder": found.holder,
            "at": _iso(found.at),
        }
        for found in findings
    ]


def as_csv(board: Board, org: Org, lang: str) -> str:
    """The board as a table: UTF-8 with BOM, a dossier on a row, no cell a formula."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(title.to(lang) for title in _COLUMNS.values())
    for line in board.lines:
        place = org.seat_title(line.division)
        cells = _values(line, lang) | {
            "division": place.to(lang) if place else line.division,
            "mark": MARKS[line.mark][1].to(lang),
            "findings": "; ".join(f"{one.code} {_one_line(one, lang)}" for one in line.findings),
        }
        cells["due_current"] = "" if line.due_current == line.due else cells["due_current"]
        writer.writerow(harmless("" if cells[name] is None else str(cells[name])) for name in _COLUMNS)
    for kind, one in ((kind, one) for kind, found in _apart(board) for one in found):
        cells = dict.fromkeys(_COLUMNS, "") | {
            "number": one.dossier,
            "holder": one.holder or "",
            "mark": kind.mark.to(lang),
            "findings": f"{one.code} {_one_line(one, lang)}",
        }
        writer.writerow(harmless(str(cells[name])) for name in _COLUMNS)
    return out.getvalue()


def _iso(at: int | None) -> str | None:
    return None if at is None else local(at).isoformat()


def _minutes(seconds: int | None) -> int | None:
    return None if seconds is None else seconds // 60
