"""`flowiso due`: when a term ends and why; one question, or a CSV file of them."""

from __future__ import annotations

import csv
import errno
import io
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any, get_args

import click

from ..calendar import Calendar
from ..cells import harmless
from ..duedate import Mode, Policy
from ..errors import BadValue, FlowISOError, reason
from ..explanation import Due, Line
from ..term import Term
from ..text import Text
from ..worktime import TZ
from .options import command, flows_folder, flows_option, format_option, lang_of, option, write_json

_MOMENT = r"(?:\d{4}-\d\d-\d\d|\d\d?/\d\d?/\d{4})(?:[ T]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?)?"
_WAIT = re.compile(rf"\s*({_MOMENT})\s*/\s*({_MOMENT})\s*")
_NEEDED = ("received", "term")


def day(text: str) -> date:
    """A day from 2021-02-05 or 05/02/2021. Raises BadValue."""
    with suppress(BadValue):
        return moment(text).date()
    raise BadValue(
        Text(
            f'Không hiểu ngày "{text}", hoặc lịch không có ngày này. Ví dụ đúng: 2021-02-05 hoặc 05/02/2021.',
            f'Can\'t read the day "{text}", or there is no such day. Good ones: 2021-02-05 or 05/02/2021.',
        )
    )


def moment(text: str) -> datetime:
    """A moment from 2021-02-05 or 05/02/2021, with or without HH:MM[:SS] and offset; Vietnam's time without one."""
    written = text.strip()
    if re.fullmatch(_MOMENT, written, re.ASCII):
        iso = re.sub(r"^(\d\d?)/(\d\d?)/(\d{4})", lambda m: f"{m[3]}-{m[2]:0>2}-{m[1]:0>2}", written)
        try:
            at = datetime.fromisoformat(iso)
        except ValueError:
            pass
        else:
            return at if at.tzinfo else at.replace(tzinfo=TZ)
    raise BadValue(
        Text(
            f'Không hiểu thời điểm "{text}". Ví dụ đúng: 2021-02-05 15:00 hoặc 05/02/2021 15:00.',
            f'Can\'t read the moment "{text}". Good ones: 2021-02-05 15:00 or 05/02/2021 15:00.',
        )
    )


def _supplement(text: str) -> tuple[datetime, datetime]:
    match = _WAIT.fullmatch(text)
    if match is None:
        raise BadValue(
            Text(
                f'Không hiểu lần bổ sung "{text}". Ví dụ đúng: "2021-02-08 10:00/2021-02-17 14:00".',
                f'Can\'t read the supplement "{text}". A good one: "2021-02-08 10:00/2021-02-17 14:00".',
            )
        )
    return moment(match[1]), moment(match[2])


@command(
    "due",
    text=Text(
        "Tính ngày hẹn trả của một hồ sơ, hoặc của từng dòng một tệp CSV có các cột received, term"
        " (thêm được: supplement, policy, mode).",
        "Compute the due date of a dossier, or of every row of a CSV file with the columns received, term"
        " (and optionally supplement, policy, mode).",
    ),
    example='flowiso due --received "2021-02-05 15:00" --term 5wd --explain',
)
@option("--received", text=Text("Lúc nhận: 2021-02-05 15:00 hoặc 05/02/2021 15:00.", "When it was received."))
@option("--term", text=Text("Thời hạn: 5wd, 0.5wd, 30d, 4wh, 48h, immediate.", "The term, such as 5wd or 30d."))
@option(
    "--supplement",
    "supplements",
    multiple=True,
    metavar="ASKED/HANDED_IN",
    text=Text("Một lần bổ sung: lúc yêu cầu/lúc nộp lại.", "One supplement: asked/handed in."),
)
@option(
    "--policy",
    type=click.Choice(get_args(Policy)),
    default="restart",
    show_default=True,
    text=Text("Bổ sung thì tính lại, tạm dừng hay không đổi.", "What a supplement does to the term (R43, R75)."),
)
@option(
    "--mode",
    type=click.Choice(get_args(Mode)),
    default="legal",
    show_default=True,
    text=Text("Tính theo ngày hay theo phút làm việc.", "By dates or by working minutes."),
)
@option("--known-at", text=Text("Lịch nghỉ như đã biết ngày này.", "With the days off known on this day."))
@option("--explain", is_flag=True, text=Text("Giải thích từng ngày.", "Explain day by day."))
@option(
    "--input",
    "source",
    type=click.Path(dir_okay=False, allow_dash=True),
    text=Text("Tệp CSV, hoặc - là đầu vào chuẩn; ghi ra CSV thêm cột due.", "A CSV file or -; writes it with due."),
)
@format_option("text", "json")
@flows_option
def due(
    received: str | None,
    term: str | None,
    supplements: tuple[str, ...],
    policy: Policy,
    mode: Mode,
    known_at: str | None,
    explain: bool,
    source: str | None,
    form: str,
    flows: str | None,
) -> None:
    """Answer one question, or those of a file: exit 1 when a row couldn't be answered."""
    calendar = _calendar(flows, known_at)
    given = {"received": received or "", "term": term or "", "supplement": ";".join(supplements)}
    if source is not None:
        if received or term or supplements or form != "text":
            raise BadValue(
                Text(
                    "--input không đi cùng câu hỏi lẻ; hãy bỏ một trong hai.",
                    "--input doesn't go with a single question; drop one.",
                )
            )
        sys.exit(_answer_file(calendar, source, {"policy": policy, "mode": mode}))
    if not (received and term):
        raise BadValue(Text("Cần --received và --term, hoặc --input.", "Give --received and --term, or --input."))
    found = _answer(calendar, {**given, "policy": policy, "mode": mode})
    if form == "json":
        write_json(_as_json(found))
    else:
        for line in found.explanation if explain else found.explanation[-1:]:
            click.echo(line.text.to(lang_of()))


def _calendar(flows: str | None, known_at: str | None) -> Calendar:
    from ..library import load_calendar

    return load_calendar(flows_folder(flows), None if known_at is None else day(known_at))


def _answer(calendar: Calendar, row: dict[str, Any]) -> Due:
    waits = [_supplement(wait) for wait in (row.get("supplement") or "").split(";") if wait.strip()]
    if row["policy"] not in get_args(Policy):
        names = ", ".join(get_args(Policy))
        raise BadValue(
            Text(
                f"không hiểu policy '{row['policy']}'; hãy dùng {names}",
                f"can't read the policy '{row['policy']}'; use {names}",
            )
        )
    term = Term.parse(row["term"].strip())
    return calendar.due(moment(row["received"]), term, waits, row["policy"], row["mode"])


def _as_json(found: Due) -> dict[str, Any]:
    return {"due": found.at.isoformat(), "mode": found.mode, "explanation": [_line(line) for line in found.explanation]}


def _line(line: Line) -> dict[str, Any]:
    day = line.day.isoformat() if line.day else None
    return {"text": line.text.to(lang_of()), "date": day, "number": line.number, "seconds": line.seconds}


def _answer_file(calendar: Calendar, source: str, default: dict[str, str]) -> int:
    """Write the rows again with `due`; a row that can't be answered keeps it empty and is reported. The exit code."""
    rows = _rows(source)
    header = next(rows, (0, []))[1]
    if missing := [name for name in _NEEDED if name not in header]:
        names = ", ".join(missing)
        raise BadValue(
            Text(
                f"{source}: thiếu cột {names}; các cột phải cách nhau bằng dấu phẩy.",
                f"{source}: columns missing: {names}; columns are separated by commas.",
            )
        )
    if len(set(header)) < len(header) or "due" in header:
        raise BadValue(
            Text(
                f"{source}: có cột trùng tên, hoặc đã có cột due; hãy đổi tên cột.",
                f"{source}: a column stands twice, or 'due' is there; rename it.",
            )
        )
    columns = header
    writer, failed = csv.writer(sys.stdout, lineterminator="\n"), 0
    writer.writerow([harmless(name) for name in (*columns, "due")])
    for number, cells in rows:
        try:
            row = _row(header, cells)
            due = _answer(calendar, default | {name: cell for name, cell in row.items() if cell.strip()}).at.isoformat()
        except FlowISOError as error:
            line = Text(f"dòng {number}", f"line {number}").to(lang_of())
            click.echo(f"{source}: {line}: {error.text.to(lang_of())}", err=True)
            row, due, failed = dict(zip(header, cells, strict=False)), "", 1
        writer.writerow([harmless(row.get(name, "")) for name in columns] + [due])
    return failed


def _row(header: list[str], cells: list[str]) -> dict[str, str]:
    row = dict(zip(header, cells, strict=False))
    if len(cells) != len(header) or not all(row[name].strip() for name in _NEEDED):
        raise BadValue(
            Text(
                "thiếu ô hoặc thừa ô; hãy ghi đủ như dòng đầu", "cells are missing or too many; fill it like the header"
            )
        )
    return row


def _rows(source: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV file with their line numbers, the header first; empty lines are left out."""
    try:
        content = _stdin() if source == "-" else Path(source).read_bytes()
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        yield from _numbered(reader)
    except OSError as error:
        vi, en = reason(error)
    except UnicodeDecodeError as error:
        vi, en = Text(
            f"byte thứ {error.start + 1} không phải UTF-8; hãy lưu lại dạng CSV UTF-8", f"{error}; save it as CSV UTF-8"
        )
    except csv.Error as error:
        vi, en = Text(f"không phải CSV ({error})", str(error))
    else:
        return
    raise BadValue(Text(f"Không đọc được {source}: {vi}.", f"Can't read {source}: {en}."))


def _stdin() -> bytes:
    if sys.stdin is None:
        raise OSError(errno.EBADF, "closed")
    return sys.stdin.buffer.read()


def _numbered(reader: Any) -> Iterator[tuple[int, list[str]]]:
    header = True
    for cells in reader:
        if cells:
            yield reader.line_num, [cell.strip() for cell in cells] if header else cells
            header = False
