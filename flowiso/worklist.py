"""The worklist as the agency gives it back: a CSV in which the confirmed values and the decisions are filled in."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from .cells import plain
from .confirm import Confirmation, Confirmed, confirm, edited, fault, refused
from .csvtext import csv_text
from .errors import BadValue, FlowFileError, UnknownFlow
from .facts import COLUMNS, fact_place, fact_value
from .flowfile import read_flow
from .library import Library
from .model import Finding, Flow
from .text import Text

_NEEDED = ("code", "version", "fact", "value", "confirmed", "decision")
_FILLED = ("confirmed", "decision")


class _Row(NamedTuple):
    """A row that somebody filled in: its number in the spreadsheet, and its cells by column."""

    number: int
    cells: Mapping[str, str]


class _Fault(NamedTuple):
    column: str
    text: Text


class Worklist(NamedTuple):
    """What a worklist asks for, by flow, and the row that asks for each fact, by the flow's file."""

    file: str
    head: tuple[str, ...]
    asked: tuple[tuple[Flow, list[Confirmation]], ...]
    rows: Mapping[tuple[str, str], _Row]

    def confirm(self, library: Library) -> tuple[Confirmed, ...]:
        """`confirm` it all; what the check finds wrong with a value is told with the row and column that gives it."""
        try:
            return confirm(library, self.asked)
        except FlowFileError as error:
            raise FlowFileError(error.text, [self._told(one, library) for one in error.findings]) from error

    def _told(self, finding: Finding, library: Library) -> Finding:
        """A finding at its row; as it is where no single row gives what it speaks of."""
        lines = self._lines(finding.file or "", library)
        rows = [row for row, line in lines if line == finding.line] or [
            row for row, _ in lines if row.cells["confirmed"]
        ]
        if len(rows) != 1:
            return finding
        column = "confirmed" if rows[0].cells["confirmed"] else "fact"
        told = _finding(_Fault(column, finding.message), rows[0], self.file, self.head)
        return told._replace(code=finding.code, name=finding.name)

    def _lines(self, file: str, library: Library) -> list[tuple[_Row, int]]:
        """The rows about a flow file, with the line of each fact in the file as it would be."""
        changed = next((one for one in edited(self.asked) if str(one.draft.path) == file), None)
        if changed is None:
            return []
        flow, _ = read_flow(changed.draft.data, file, library.words)
        places = flow or changed.flow
        return [(row, fact_place(places, fact).line) for (at, fact), row in self.rows.items() if at == file]


def read_worklist(data: bytes, file: str, library: Library) -> Worklist:
    """What a worklist confirms; rows in which neither of the last two columns is filled in say nothing.

    Raises BadValue for a file that is no worklist, and FlowFileError with a finding for every row that can't be
    followed: its row as `line`, its column by name and number.
    """
    head, rows = _table(data, file)
    asked: dict[str, tuple[Flow, list[Confirmation]]] = {}
    seen: dict[tuple[str, str], _Row] = {}
    findings = []
    for row in rows:
        found = _confirmation(row, library)
        if isinstance(found, _Fault):
            findings.append(_finding(found, row, file, head))
            continue
        flow, one = found
        first = seen.setdefault((flow.file, one.fact), row)
        if first is not row:
            vi, en = (
                f"{one.fact} của {flow.code} đã có ở hàng {first.number}",
                f"{one.fact} of {flow.code} is in row {first.number}",
            )
            findings.append(
                _finding(_Fault("fact", Text(f"{vi}; hãy xóa một hàng", f"{en}; remove one")), row, file, head)
            )
        asked.setdefault(flow.file, (flow, []))[1].append(one)
    if findings:
        text = Text(
            f"'{file}' còn chỗ sai nên không ghi gì; sửa các ô sau rồi chạy lại",
            f"'{file}' has faults and nothing is written; correct these cells and run this again",
        )
        raise FlowFileError(text, findings)
    return Worklist(file, tuple(head), tuple(asked.values()), seen)


def _finding(found: _Fault, row: _Row, file: str, head: Sequence[str]) -> Finding:
    column, title = head.index(found.column) + 1, COLUMNS[found.column]
    text = Text(
        f"hàng {row.number}, cột {column} '{title.vi}': {found.text.vi}",
        f"row {row.number}, column {column} '{title.en}': {found.text.en}",
    )
    return Finding("FLW004", "bad-value", "error", text, file, row.number, column)


def _confirmation(row: _Row, library: Library) -> tuple[Flow, Confirmation] | _Fault:
    """What a row confirms, or what is wrong with it."""
    cells = row.cells
    try:
        flow = library.version(
            cells["code"].upper(), int(cells["version"]) if re.fullmatch("[0-9]{1,3}", cells["version"]) else 0
        )
    except UnknownFlow as error:
        return _Fault("code", error.text)
    if text := refused(flow):
        return _Fault("code", text)
    one = Confirmation(cells["fact"], cells["confirmed"] or None, cells["decision"]).tidy()
    if not one.decision:
        vi, en = "có giá trị xác nhận mà thiếu quyết định", "there is a confirmed value but no decision"
        return _Fault("decision", Text(vi, en))
    if text := fault(flow, one):
        return _Fault("fact" if one.value is None else "confirmed", text)
    now = fact_value(flow, one.fact)
    if one.value is None and not _same(cells["value"], now):
        vi, en = f"nay tệp ghi '{now}', khác bảng này", f"the file now says '{now}', not what stands here"
        how_vi, how_en = "lập lại bảng, hoặc ghi giá trị xác nhận", "make the table anew, or write the confirmed value"
        return _Fault("value", Text(f"{vi}; hãy {how_vi}", f"{en}; {how_en}"))
    return flow, one


def _same(cell: str, value: str) -> bool:
    """Whether a cell still shows a value: blanks aside, and what a spreadsheet takes for a number as a number."""
    if cell.split() == value.split():
        return True
    try:
        return Decimal(cell) == Decimal(value)
    except InvalidOperation:
        return False


def _table(data: bytes, file: str) -> tuple[list[str], list[_Row]]:
    """The columns by our names, and the rows that are filled in."""
    text, separator = csv_text(data, file)
    delimiter = separator or max(",;\t", key=text.partition("\n")[0].count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise _no_worklist(file, f"không phải CSV ({error})", f"is no CSV ({error})") from error
    head = [_column(title) for title in (lines[0] if lines else [])]
    if missing := [COLUMNS[name] for name in _NEEDED if head.count(name) != 1]:
        vi, en = ", ".join(title.vi for title in missing), ", ".join(title.en for title in missing)
        raise _no_worklist(
            file,
            f"thiếu hoặc trùng cột: {vi}; hãy lập bảng bằng 'flowiso facts --assumed --format csv'",
            f"misses or repeats columns: {en}; make it with 'flowiso facts --assumed --format csv'",
        )
    rows = (_Row(number, _cells(head, line)) for number, line in enumerate(lines[1:], 2))
    return head, [row for row in rows if any(row.cells[name] for name in _FILLED)]


def _cells(head: Sequence[str], line: Sequence[str]) -> dict[str, str]:
    cells = dict.fromkeys(head, "") | dict(zip(head, line, strict=False))
    return {name: plain(cell.strip()) for name, cell in cells.items()}


def _column(title: str) -> str:
    """Our name for a column, titled in either language."""
    said = title.strip().casefold()
    return next((name for name, text in COLUMNS.items() if said in text), said)


def _no_worklist(file: str, vi: str, en: str) -> BadValue:
    return BadValue(Text(f"'{file}' {vi}", f"'{file}' {en}"))
