"""Cells -> rows: the header and its columns, what stands above it, and which row is a step, a total, a heading or an end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..text import Text
from .export import ANYWHERE, ASIDE, AT_DUE, COLUMNS, END
from .grid import Cell, Faults, Grid, Row, fold, key, squeeze

NAMES: Mapping[str, tuple[str, ...]] = {
    "label": ("bước", "các bước", "tt", "stt", "số tt", "thứ tự", "bước thực hiện", "thứ tự công việc", "số thứ tự"),
    "work": (
        "trình tự công việc", "trình tự", "nội dung công việc", "trình tự thực hiện", "nội dung", "các bước thực hiện",
        "công việc", "nội dung thực hiện", "tên bước", "trình tự các bước", "trình tự các bước thực hiện", "nội dung các bước",
        "tên công việc", "nội dung xử lý", "các bước giải quyết", "trình tự giải quyết", "diễn giải",
    ),
    "holder": (
        "người/đơn vị thực hiện", "đơn vị thực hiện", "đơn vị giải quyết", "trách nhiệm", "trách nhiệm thực hiện",
        "người thực hiện", "đơn vị/người thực hiện", "bộ phận thực hiện", "cơ quan thực hiện", "chủ thể", "chủ thể thực hiện",
        "trách nhiệm xử lý", "trách nhiệm xử lý công việc", "đơn vị, người thực hiện", "cán bộ thực hiện",
        "bộ phận/cá nhân thực hiện",
        "bộ phận công chức, viên chức giải quyết hồ sơ", "người/ đơn vị thực hiện",
    ),
    "time": ("thời gian", "thời hạn", "thời gian thực hiện", "thời gian giải quyết", "thời gian xử lý", "thời lượng"),
    "arrows": ("hướng chuyển tiếp", "chuyển tiếp", "bước tiếp theo", "hướng xử lý", "rẽ nhánh", "hướng xử lý tiếp theo"),
    "forms": ("biểu mẫu", "mẫu biểu", "biểu mẫu, hồ sơ", "hồ sơ, biểu mẫu", "biểu mẫu/kết quả", "biểu mẫu/hồ sơ", "mẫu"),
    "note": ("ghi chú",),
    "id": ("mã", "mã bước"),
}  # fmt: skip
"""What decisions call each column."""
NEEDED = ("work", "holder", "time")
UNREADABLE = ("TAB102", "TAB103", "TAB207", "TAB209")
"""With one of these no more is told of a table: the rest would only follow from it."""
TOTALS = frozenset(
    f"{word}{of}"
    for word in ("tong cong", "tong", "cong", "tong so")
    for of in ("", " thoi gian", " thoi gian giai quyet", " thoi gian thuc hien")
)
_SECTIONS = {key(ASIDE): "aside", key(ANYWHERE): "anywhere", key(AT_DUE): "at-due", key(END): "end"}
HEADER_WITHIN = 60
MAX_LABEL = 200
"""Letters of a column's title, a heading or a label above the table; what is longer is none."""
MAX_CELL, MAX_TABLE = 4_000, 100_000
"""Letters of a cell, as of a text in a flow file, and of all cells of a table."""
_BY_NAME = {key(name): column for column, names in NAMES.items() for name in names} | {
    key(title): column for column, titles in COLUMNS.items() for title in titles
}
_UNIT = re.compile(r"\(([^()]*)\)")
_LABEL = re.compile(r"(?:buoc|b)? ?(?:so )?0{0,9}(\d{1,4}(?:\.\d{1,4})*)\.?")
_UNPRINTABLE = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""Control letters other than tab and line end, marks that turn the reading direction, and what is no letter at all."""
_NUMBERED = re.compile(r"^\s*(?:bước|b)\s*0*(\d+(?:\.\d+)*)\s*[:.\-–]\s*", re.IGNORECASE)


class Header(NamedTuple):
    """Where the header stands (row from 0), its columns by name, and what its time column says in brackets."""

    row: int
    columns: Mapping[str, int]
    unit: str


class Line(NamedTuple):
    """A row of the table that says something. `label` is a step's number, "" for what isn't a step."""

    row: int
    kind: str
    cells: Mapping[str, Cell]
    label: str = ""

    def text(self, column: str) -> str:
        """The words of a column, "" where the table hasn't got it."""
        return self.cells[column].text.strip() if column in self.cells else ""


class Table(NamedTuple):
    """A table understood as rows."""

    grid: Grid
    header: Header
    lines: tuple[Line, ...]

    def at(self, line: Line, column: str) -> tuple[int, int]:
        """The place of a row's cell; its first cell where the table hasn't got the column."""
        return line.row, self.header.columns.get(column, 0)

    @property
    def steps(self) -> list[Line]:
        """The rows that are steps, on the main path and aside."""
        return [line for line in self.lines if line.kind in ("step", "aside-step")]

    @property
    def complete(self) -> bool:
        """Whether the table tells the ends too, and so the whole flow, not its main path only."""
        return any(line.kind == "end" for line in self.lines)


def find_header(grid: Grid) -> Header | None:
    """The first row near the top that names a table's columns; None where there is none."""
    best: Header | None = None
    for number, row in enumerate(grid.rows[: grid.above + HEADER_WITHIN]):
        header = _header(number, row)
        if header and (best is None or len(header.columns) > len(best.columns)):
            best = header
    return best and _with_numbers(grid, best)


def _header(number: int, row: Row) -> Header | None:
    columns: dict[str, int] = {}
    unit = ""
    for place, cell in enumerate(row):
        name = _column(cell.text)
        if name and name not in columns:
            columns[name] = place
            unit = _unit(cell.text) if name == "time" else unit
    if "work" not in columns and "label" in columns and "holder" in columns:
        columns["work"] = columns.pop("label")
    return Header(number, columns, unit) if len(columns) >= 3 and len(columns.keys() & {*NEEDED}) >= 2 else None


def _with_numbers(grid: Grid, header: Header) -> Header:
    """Of two columns titled alike, "Các bước thực hiện" beside "Trình tự", the one full of step numbers is theirs."""
    named = [(place, _column(cell.text)) for place, cell in enumerate(grid.rows[header.row])]
    alike = [[place for place, name in named if name == column] for column in ("work", "label")]
    pair = next((places for places in alike if len(places) == 2 and not all(alike)), [])
    numbers = [place for place in pair if _is_numbered(grid, header, place)]
    if len(numbers) != 1:
        return header
    (work,) = {*pair} - {*numbers}
    return header._replace(columns={**header.columns, "label": numbers[0], "work": work})


def _is_numbered(grid: Grid, header: Header, place: int) -> bool:
    steps = [grid.rows[line.row] for line in _lines(grid, header) if line.kind in ("step", "aside-step")]
    return bool(steps) and all(place < len(row) and _LABEL.fullmatch(key(row[place].text)) for row in steps)


def _unit(title: str) -> str:
    """What the title of a column of times says of its figures: the words in brackets, or "ngày làm việc"."""
    said = _UNIT.search(fold(title))
    return said[1] if said else "ngay lam viec" if "ngay lam viec" in key(title) else ""


def _column(text: str) -> str | None:
    if len(text) > MAX_LABEL:
        return None
    said = squeeze(_UNIT.sub(" ", key(text)))
    return _BY_NAME.get(said) or ("time" if re.match(r"thoi (?:gian|han)\b", said) and len(said) < 60 else None)


def read_table(grid: Grid, header: Header, faults: Faults) -> Table:
    """The rows under the header; what can't be told is reported, of an `UNREADABLE` table nothing else."""
    _check_header(grid, header, faults)
    lines = tuple(_lines(grid, header))
    table = Table(grid, header, _numbered(lines, header))
    if table.complete and "arrows" not in header.columns:
        _missing("arrows", header, faults)  # it tells the whole flow, and would lose every branch
    _check_cells(table, faults)
    if faults.any_of(*UNREADABLE):
        return table
    _check_labels(table, faults)
    _check_merged(table, faults)
    return table


def _check_header(grid: Grid, header: Header, faults: Faults) -> None:
    for column in NEEDED:
        if column not in header.columns:
            _missing(column, header, faults)
    for place, cell in enumerate(grid.rows[header.row]):
        at, title, known = (header.row, place), squeeze(cell.text), _column(cell.text)
        if title and place not in header.columns.values():
            if known:
                _doubled(grid, header, known, at, faults)
            else:
                faults.add("TAB104", at, f"cột “{title}” không dùng đến", f"column “{title}” isn't used", "info")


def _missing(column: str, header: Header, faults: Faults) -> None:
    name = COLUMNS[column]
    faults.add("TAB102", (header.row, 0), f"bảng thiếu cột “{name.vi}”", f"the table has no column “{name.en}”")


def _doubled(grid: Grid, header: Header, column: str, at: tuple[int, int], faults: Faults) -> None:
    first = header.row, header.columns.get(column, header.columns.get("work", 0))
    titles = [squeeze(grid.rows[row][place].text) for row, place in (first, at)]
    name, other = COLUMNS[column], grid.where(*first)
    vi = f"“{titles[1]}” và “{titles[0]}” ({other.vi}) cùng là cột “{name.vi}”; hãy bỏ hoặc đổi tên một cột"
    en = f"“{titles[1]}” and “{titles[0]}” ({other.en}) are both the column “{name.en}”; remove or rename one"
    faults.add("TAB103", at, vi, en)


def _lines(grid: Grid, header: Header) -> Iterator[Line]:
    section = "step"
    titles = [key(cell.text[:MAX_LABEL]) for cell in grid.rows[header.row]]
    for number in range(header.row + 1, len(grid.rows)):
        row = grid.rows[number]
        cells = {name: row[place] if place < len(row) else Cell("") for name, place in header.columns.items()}
        kind = _kind(row, cells, titles)
        if kind == "aside":
            section = "aside-step"
        elif kind == "total":
            yield Line(number, "total", cells)
            section = "after" if section == "step" else section
        elif kind:
            yield Line(number, section if kind == "step" else kind, cells)


def _kind(row: Row, cells: Mapping[str, Cell], titles: list[str]) -> str | None:
    """What a row is; None for one that says nothing of its own: empty, a heading, the header again, numbers of columns."""
    said = [key(cell.text[:MAX_LABEL]) for cell in row]
    filled = [words for words in said if words]
    merged = any(cell.merged for cell in cells.values())
    if not filled or said == titles or filled == [f"({place})" for place in range(1, len(filled) + 1)]:
        return "step" if merged and filled else None
    first = filled[0]
    if first in _SECTIONS:
        return _SECTIONS[first]
    if first.partition(":")[0].strip() in TOTALS or _UNIT.sub("", first).strip() in TOTALS:
        return "total"
    return None if len(filled) == 1 and not merged and _is_heading(cells) else "step"


def _is_heading(cells: Mapping[str, Cell]) -> bool:
    """Whether the one filled cell of a row is no cell of a step: it has no number, and stands where words do."""
    label = cells["label"].text if "label" in cells else ""
    return not _LABEL.fullmatch(key(label)) and not any(
        squeeze(cells[name].text) for name in ("holder", "time", "arrows", "id") if name in cells
    )


def _check_cells(table: Table, faults: Faults) -> None:
    """Cells that can't be read: too long ones, formulas without result, letters that can't be printed."""
    if sum(len(cell.text) for line in table.lines for cell in line.cells.values()) > MAX_TABLE:
        faults.add("TAB209", None, *_TOO_LONG)
    for line in table.lines:
        for column, cell in line.cells.items():
            if cell.unsaved and line.kind != "total":
                vi = "ô là công thức chưa có kết quả; hãy mở bằng Excel rồi lưu lại"
                en = "a formula whose result isn't in the file; open it in Excel and save it again"
                faults.add("TAB207", table.at(line, column), vi, en)
            if len(cell.text) > MAX_CELL:
                faults.add("TAB209", table.at(line, column), *_TOO_LONG)
            check_letters(cell.text, table.at(line, column), faults)


_TOO_LONG = Text(
    f"quá dài (mỗi ô không quá {MAX_CELL} chữ, cả bảng không quá {MAX_TABLE}); hãy rút gọn",
    f"too long (a cell has at most {MAX_CELL} letters, the table {MAX_TABLE}); shorten it",
)


def check_letters(text: str, at: tuple[int, int], faults: Faults) -> None:
    """Report the first letter of a cell that no screen or printer shows, such as NUL."""
    if found := _UNPRINTABLE.search(text):
        name = f"U+{ord(found[0]):04X}"
        vi = f"ô có ký tự điều khiển {name} không in được; hãy gõ lại ô này"
        faults.add("TAB208", at, vi, f"the cell holds the control character {name}; type it anew")


# --- numbers of steps


def _numbered(lines: tuple[Line, ...], header: Header) -> tuple[Line, ...]:
    """The lines with the steps' numbers: those of the column, those before the work, else their order."""
    steps = [line for line in lines if line.kind in ("step", "aside-step", "after")]
    labels = {line.row: _LABEL.fullmatch(key(line.text("label"))) for line in steps}
    if not any(line.text("label") for line in steps):
        labels = {line.row: _NUMBERED.match(line.text("work")) for line in steps}
        if not any(labels.values()):
            order = {line.row: str(number) for number, line in enumerate(steps, 1)}
            return tuple(line._replace(label=order.get(line.row, "")) for line in lines)
    return tuple(line._replace(label=found[1]) if (found := labels.get(line.row)) else line for line in lines)


def work_words(line: Line) -> str:
    """The work of a step without the number before it, lines kept."""
    return _NUMBERED.sub("", line.text("work"), count=1)


def _check_labels(table: Table, faults: Faults) -> None:
    seen: dict[str, int] = {}
    before: int | None = None
    for line in table.lines:
        if line.kind == "after":
            vi = "dòng này đứng sau dòng “Tổng cộng”; hãy đưa lên trên, hoặc đặt dưới dòng “Các bước ngoài đường chính”"
            en = "this row stands below the total; put it above, or below a row “Các bước ngoài đường chính”"
            faults.add("TAB205", table.at(line, "label"), vi, en)
        elif line.kind in ("step", "aside-step"):
            before = _check_label(table, line, seen, before, faults)
    parents = {label.rpartition(".")[0] for label in seen if "." in label} & seen.keys()
    for label in sorted(parents):
        vi = f"bước {label} có các bước con {label}.1...: không rõ thời gian của nó có gồm các bước con; hãy bỏ một trong hai"
        faults.add(
            "TAB204", (seen[label], 0), vi, f"step {label} has sub-steps; is theirs its time? Keep one of the two"
        )


def _check_label(table: Table, line: Line, seen: dict[str, int], before: int | None, faults: Faults) -> int | None:
    at = table.at(line, "label")
    if not line.label:
        shown = squeeze(line.text("label"))
        vi = f"“{shown}” không phải số bước" if shown else "dòng này không có số bước"
        faults.add("TAB201", at, f"{vi}; hãy ghi số, hoặc gộp vào dòng trên", "this row has no step number; write one")
        return None
    if line.label in seen:
        other = table.grid.where(seen[line.label], at[1])
        vi = f"số bước {line.label} đã có ở {other.vi}; hãy đánh số lại"
        faults.add("TAB201", at, vi, f"step {line.label} is at {other.en} already; number them again")
    seen.setdefault(line.label, line.row)
    number = int(line.label) if line.label.isdecimal() else None
    if number and before and number > before + 1:
        vi = f"sau bước {before} là bước {number}: thiếu dòng hay đánh số nhầm?"
        faults.add("TAB201", at, vi, f"step {before} is followed by {number}: a row missing, or misnumbered?")
    return number


def _check_merged(table: Table, faults: Faults) -> None:
    """A cell over several rows: a holder holds them all; anything else doesn't say how it is shared out."""
    for line in table.lines:
        for column, cell in line.cells.items():
            if cell.merged and column not in ("holder", "note"):
                name = COLUMNS[column].vi
                vi = f"ô “{name}” gộp với dòng trên: không rõ phần của từng bước; hãy tách ô"
                faults.add(
                    "TAB202", table.at(line, column), vi, f"“{name}” is merged with the row above; split the cell"
                )


# --- what stands above

_FACTS: Mapping[str, tuple[str, ...]] = {
    "code": ("mã thủ tục", "mã"),
    "title": ("tên thủ tục", "thủ tục", "tên thủ tục hành chính"),
    "deadline": ("thời hạn giải quyết", "thời hạn", "thời gian giải quyết", "tổng thời gian giải quyết"),
}  # fmt: skip
_FACT = {key(label): fact for fact, labels in _FACTS.items() for label in labels}
_ORDINAL = re.compile(r"^\s*(?:\d+|[ivx]+)[.)]\s+", re.IGNORECASE)


class Stated(NamedTuple):
    """A head fact told above the table, and where."""

    words: str
    at: tuple[int, int]


def head_facts(grid: Grid, header: Header) -> dict[str, Stated]:
    """Code, title and deadline, as far as the rows above the header tell them: `nhãn | giá trị` or `nhãn: giá trị`.

    The last one counts: in a decision of many procedures it is the table's own.
    """
    found: dict[str, Stated] = {}
    for number, row in enumerate(grid.rows[: header.row]):
        filled = [(place, squeeze(cell.text)) for place, cell in enumerate(row) if squeeze(cell.text)]
        if filled:
            place, first = filled[0]
            label, _, value = _ORDINAL.sub("", first).partition(":")
            if not value.strip() and len(filled) > 1:
                place, value = filled[1]
            fact = _FACT.get(key(_UNIT.sub(" ", label[:MAX_LABEL])).strip())
            if fact and value.strip():
                found[fact] = Stated(value.strip(), (number, place))
    return found
