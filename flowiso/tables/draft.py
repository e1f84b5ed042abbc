"""What a table tells, written into a flow file: its head and comments stay, rows and facts change where the table differs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ..facts import WHOLES, fact_names
from ..flowtext import WIDTH, Entry, FlowText, quoted
from ..model import FORWARD, End, Finding, Flow, Place, Step, Transition
from ..org import Org
from ..text import Text, nfc
from ..words import ActionWord, Words
from .grid import Faults, Grid, key, squeeze
from .meaning import Drawn, draw
from .reading import UNREADABLE, Stated, check_letters, find_header, head_facts, read_table

Rows = tuple[Step, ...] | tuple[Transition, ...]


class Imported(NamedTuple):
    """The flow file's new text, None where a finding forbids it; `rows` are the places of the steps' rows by id."""

    text: str | None
    findings: tuple[Finding, ...]
    rows: Mapping[str, tuple[int, int]] = {}


def import_table(
    grid: Grid, base: Flow, data: bytes, org: Org, words: Words, decision: str | None = None, lang: str = "vi"
) -> Imported:
    """The table laid over the flow `base`, whose file holds `data`; findings name their places in `lang`.

    With `decision` every fact that the table tells becomes `read` there; without it those that it changes become
    assumed. A finding of level error and the text is None: nothing is guessed.
    """
    faults = Faults(grid, lang)
    header = find_header(grid)
    if header is None:
        vi = (
            "không tìm thấy dòng tên cột: cần các cột như “Bước”, “Trình tự công việc”, “Đơn vị thực hiện”, “Thời gian”"
        )
        en = "no row with the columns' titles: “Bước”, “Trình tự công việc”, “Đơn vị thực hiện”, “Thời gian” are needed"
        faults.add("TAB101", None, vi, en)
        return Imported(None, tuple(faults.found))
    _check_head(head_facts(grid, header), base, faults)
    table = read_table(grid, header, faults)
    if faults.any_of(*UNREADABLE):
        return Imported(None, tuple(faults.found))
    drawn = draw(table, base, org, words, faults)
    if drawn is None or faults.fatal:
        return Imported(None, tuple(faults.found))
    source = squeeze(nfc(decision)) if decision else None
    text = _Writer(base, drawn, words, data).text(grid, source)
    return Imported(text, tuple(faults.found), drawn.rows)


def stated_title(grid: Grid) -> str | None:
    """The procedure's name as told above the table, if it is."""
    header = find_header(grid)
    found = head_facts(grid, header).get("title") if header else None
    return found.words if found else None


def _check_head(stated: Mapping[str, Stated], base: Flow, faults: Faults) -> None:
    """Report a table that says it is another procedure's; a name in other words is only a warning."""
    for fact in stated.values():
        check_letters(fact.words, fact.at, faults)
    code, title = stated.get("code"), stated.get("title")
    if code and code.words.upper() not in (base.code, base.national_code or base.code):
        vi = f"bảng này ghi mã {code.words}, không phải {base.code}; hãy chọn đúng bảng hoặc đúng mã"
        faults.add("TAB105", code.at, vi, f"this table says {code.words}, not {base.code}; choose the right one")
    if title and key(title.words) != key(base.title):
        vi = f"tên thủ tục ở bảng khác tên của {base.code} (“{base.title}”), giữ tên của lưu đồ"
        faults.add("TAB105", title.at, vi, "the title isn't the flow's, whose title is kept", "warning")


# --- the file


class _Writer:
    """Writes what was drawn over the file of `base`."""

    def __init__(self, base: Flow, drawn: Drawn, words: Words, data: bytes) -> None:
        self.base, self.drawn, self.words = base, drawn, words
        self.file = FlowText(data, base.file)

    def text(self, grid: Grid, decision: str | None) -> str:
        base, drawn = self.base, self.drawn
        if drawn.deadline != base.deadline and drawn.deadline is not None:
            self.file.put("deadline", str(drawn.deadline))
            self.file.drop("no_deadline_reason")
        sections = {name: (old, new) for name, old, new in self._sections()}
        changed = {name for name, (old, new) in sections.items() if _bare(old) != _bare(new)}
        missing = {name for name in changed - {"steps"} if not sections[name][0]}
        for name in changed - missing - {"steps"}:
            if sections[name][1]:
                self.file.rows(name, [*self._section(name, sections[name][1])])
            else:
                self.file.drop(name)
        if "steps" in changed or missing:
            more = [
                line for name in sections if name in missing for line in ("", *self._section(name, sections[name][1]))
            ]
            self.file.rows("steps", [*self._section("steps", sections["steps"][1]), *more])
        if _bare(drawn.ends) != _bare(base.ends):
            self.file.rows("ends", list(self._ends()))
        self._facts(grid, decision)
        return self.file.text

    def _sections(self) -> Iterator[tuple[str, Rows, Rows]]:
        """The parts of the file that hold rows and arrows: what each has, and what it is to have."""
        base, drawn = self.base, self.drawn
        for name, main in (("steps", True), ("aside", False)):
            old, new = (tuple(step for step in steps if step.main is main) for steps in (base.steps, drawn.steps))
            yield name, old, new
        yield "anywhere", base.anywhere, drawn.anywhere
        yield "at-due", (base.at_due,) if base.at_due else (), (drawn.at_due,) if drawn.at_due else ()

    def _section(self, name: str, rows: Rows) -> Iterator[str]:
        """One part of the file as lines; a row that stays is written as it was."""
        steps = [row for row in rows if isinstance(row, Step)]
        if not steps:
            yield from self._arrow_block("", name, [row for row in rows if isinstance(row, Transition)])
            return
        yield f"{name}:"
        columns = _columns(self.file.entry(name, step.id) for step in self.base.steps)
        for step, after in zip(steps, [*steps[1:], None], strict=True):
            old = self.base.step(step.id)
            same = old is not None and _bare((old,)) == _bare((step,))
            following = after.id if after and name == "steps" else None
            yield from (self.file.entry(name, step.id) if same else []) or self._row(step, following, columns)

    def _row(self, step: Step, following: str | None, columns: tuple[int, int]) -> Iterator[str]:
        """A row on one line where it fits, its `columns` below those of the others, else a key a line."""
        implied = bool(following and step.arrows and step.arrows[0][:2] == (FORWARD, following))
        arrows = step.arrows[1:] if implied else step.arrows
        values = dict(self._values(step))
        blocks = {"then": arrows, "at-limit": (step.at_limit,) if step.at_limit else ()}
        flat = values | {name: _table(self._arrows(ways)) for name, ways in blocks.items() if ways}
        line = f"  {step.id}: {_table(flat)}"
        if len(line) <= WIDTH and "title" not in values:
            lined = _aligned(line, *columns)
            yield lined if len(lined) <= WIDTH else line
            return
        yield f"  {step.id}:"
        for name, value in values.items():
            yield f"    {name}: {value}"
        for name, ways in blocks.items():
            if ways:
                yield from self._arrow_block("    ", name, ways)

    def _values(self, step: Step) -> Iterator[tuple[str, str]]:
        word = self.words.steps.get(step.id)
        if step.title != (word.title if word else Text(step.id, step.id)):
            yield "title", _scalar(step.title.vi)
            if step.title.en != step.title.vi:
                yield "title_en", _scalar(step.title.en)
        yield "by", step.by
        if step.within:
            yield "within", str(step.within)
        if step.until:
            yield "until", step.until
        if step.clock != "run":
            yield "clock", step.clock
        if step.ready:
            yield "ready", "yes"
        if step.charged_to:
            yield "charged-to", step.charged_to
        if step.forms != (word.forms if word else ()):
            yield "forms", _list(step.forms)

    def _arrow_block(self, indent: str, name: str, arrows: Iterable[Transition]) -> Iterator[str]:
        arrows = tuple(arrows)
        yield from _fitting(indent, name, self._arrows(arrows)) or (
            f"{indent}{name}:",
            *(line for arrow in arrows for line in self._arrow_lines(f"{indent}  ", arrow)),
        )

    def _arrow_lines(self, indent: str, arrow: Transition) -> Iterable[str]:
        said = self._said(arrow)
        if said.keys() == {"to"}:
            return (f"{indent}{arrow.action}: {arrow.target}",)
        keys = (f"{indent}  {name}: {value}" for name, value in said.items())
        return _fitting(indent, arrow.action, said) or (f"{indent}{arrow.action}:", *keys)

    def _arrows(self, arrows: Iterable[Transition]) -> dict[str, str]:
        said = {arrow.action: self._said(arrow) for arrow in arrows}
        return {name: values["to"] if values.keys() == {"to"} else _table(values) for name, values in said.items()}

    def _said(self, arrow: Transition) -> dict[str, str]:
        """The keys of an arrow, as far as the shared words don't say them."""
        word = self.words.actions.get(arrow.action) or ActionWord(Text(arrow.action, arrow.action))
        own = arrow.title != word.title
        values = {
            "to": arrow.target,
            "title": _scalar(arrow.title.vi) if own else None,
            "title_en": _scalar(arrow.title.en) if own and arrow.title.en != arrow.title.vi else None,
            "kind": None if arrow.kind in (word.kind, "timer") else arrow.kind,
            "by": None if arrow.by == word.by else arrow.by,
            "times": str(arrow.times) if arrow.times else None,
            "policy": arrow.policy,
            "deadline": str(arrow.deadline) if arrow.deadline else None,
            "refer-to": arrow.refer_to,
            "forms": None if arrow.forms == word.forms else _list(arrow.forms),
        }
        return {name: value for name, value in values.items() if value}

    def _ends(self) -> Iterator[str]:
        written = {end.id: self._end(end) for end in self.drawn.ends}
        yield from _fitting("", "ends", written) or (
            "ends:",
            *(f"  {name}: {value}" for name, value in written.items()),
        )

    def _end(self, end: End) -> str:
        word = self.words.ends.get(end.id, Text(end.id, end.id))
        if end.title == word:
            return end.kind
        title = {"kind": end.kind, "title": _scalar(end.title.vi)}
        return _table(title | ({"title_en": _scalar(end.title.en)} if end.title.en != end.title.vi else {}))

    # --- provenance

    def _facts(self, grid: Grid, decision: str | None) -> None:
        """Every fact told is `read` in the decision; without one, those that differ from the file are assumed."""
        there = {name for fact in self.base.facts for name in fact.of}
        names = self._read_names(there) if decision else self._changed_names()
        gone = self._gone(there)
        if decision and self.drawn.complete:
            gone |= {name for name in there if name.startswith(("step.", "time.", "arrow."))}
        if not names and not gone:
            return
        left = there - gone - {*names}
        names += [name for name in ("times", "arrows", "forms", "steps") if name not in left and name not in names]
        status = "read" if decision else "assumed"
        words = f"{decision}, {grid.named()}" if decision else f"theo {grid.named()}; chưa ghi quyết định nào"
        taken = gone | {*names}
        self.file.facts(
            lambda entry: (
                entry._replace(names=kept) if (kept := tuple(n for n in entry.names if n not in taken)) else None
            ),
            [Entry(tuple(names), status, words)],
        )

    def _read_names(self, there: set[str]) -> list[str]:
        if not self.drawn.complete:
            return list(self.drawn.told)
        drawn_too = [name for name in ("anywhere", "at-due", "ends") if name in there]
        return [
            "steps",
            "times",
            "arrows",
            *(["forms"] if "forms" in self.drawn.columns else []),
            *drawn_too,
            *(["deadline"] if "deadline" in self.drawn.told else []),
        ]

    def _changed_names(self) -> list[str]:
        base, drawn = self.base, self.drawn
        order = [[step.id for step in steps if step.main] for steps in (base.steps, drawn.steps)]
        names = []
        for step in drawn.steps:
            old = base.step(step.id)
            if old is None or _row_facts(old) != _row_facts(step) or (order[0] != order[1] and step.main):
                names.append(f"step.{step.id}")
            if step.within and (old is None or (old.within, old.clock) != (step.within, step.clock)):
                names.append(f"time.{step.id}")
            names += (f"arrow.{step.id}.{arrow.action}" for arrow in _new_arrows(step, old))
        if drawn.deadline != base.deadline:
            names.append("deadline")
        return names

    def _gone(self, there: set[str]) -> set[str]:
        """Single facts of the file that speak of rows, times or arrows which are there no longer."""
        drawn = self.drawn
        names = fact_names(self.base._replace(steps=drawn.steps, anywhere=drawn.anywhere, at_due=drawn.at_due))
        gone = {name for name in there - names if name.partition(".")[0] in WHOLES}
        lost = {"at-due"} if self.drawn.at_due is None else set()
        no_reason = {"no_deadline_reason"} if self.drawn.deadline is not None else set()
        return gone | (there & (lost | no_reason))


def _new_arrows(step: Step, old: Step | None) -> list[Transition]:
    """The arrows of a row that its old form hasn't got just so; that to the next row is no fact of its own."""
    before = {_bare((arrow,)) for arrow in (*old.arrows, old.at_limit) if arrow} if old else set()
    arrows = [arrow for arrow in (*step.arrows, step.at_limit) if arrow and arrow.action != FORWARD]
    return [arrow for arrow in arrows if _bare((arrow,)) not in before]


def _row_facts(step: Step) -> tuple[object, ...]:
    return step.title.vi, step.by, step.clock, step.until, step.ready, step.main, step.charged_to, step.forms


_HERE = Place(1, 1)


def _bare(rows: Iterable[Step | Transition | End | None]) -> tuple[object, ...]:
    """Rows without their places in a file."""
    return tuple(_placeless(row) for row in rows)


def _placeless(row: Step | Transition | End | None) -> object:
    if isinstance(row, Step):
        limit = row.at_limit._replace(place=_HERE) if row.at_limit else None
        arrows = tuple(arrow._replace(place=_HERE) for arrow in row.arrows)
        return row._replace(place=_HERE, arrows=arrows, at_limit=limit)
    return row._replace(place=_HERE) if row else None


_ROW = re.compile(r"(  \S+: +)\{(by: [^,}]+, +)?")


def _columns(rows: Iterable[list[str]]) -> tuple[int, int]:
    """Where the braces and the second keys of rows on one line stand, 0 where not all of them stand alike."""
    found = [match for row in rows if len(row) == 1 and (match := _ROW.match(row[0]))]
    braces, seconds = {match.end(1) for match in found}, {match.end() for match in found if match[2]}
    return _only(braces, len(found)), _only(seconds, len(found))


def _only(places: set[int], rows: int) -> int:
    return min(places) if rows > 1 and len(places) == 1 else 0


def _aligned(line: str, brace: int, second: int) -> str:
    """A row on one line with its brace and its second key in these columns, as far as it has room."""
    name, key, rest = line.partition(": {")
    line = f"{name}: ".ljust(brace) + "{" + rest
    found = _ROW.match(line) if key else None
    return line[: found.end()].ljust(second) + line[found.end() :] if found and found[2] else line


def _scalar(words: str) -> str:
    """A text as YAML, quoted also where a list would end."""
    shown = quoted(words)
    return shown if shown.startswith('"') or "," not in shown else f'"{shown}"'


def _list(words: Iterable[str]) -> str:
    return f"[{', '.join(map(_scalar, words))}]"


def _table(values: Mapping[str, str]) -> str:
    return f"{{{', '.join(f'{name}: {value}' for name, value in values.items())}}}"


def _fitting(indent: str, name: str, values: Mapping[str, str]) -> tuple[str, ...]:
    """A table on one line; nothing where it is too long for one."""
    line = f"{indent}{name}: {_table(values)}"
    return (line,) if len(line) <= WIDTH else ()
