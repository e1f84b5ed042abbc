"""Rows -> steps, arrows and ends as the model has them. What isn't clear is reported; nothing is guessed.

A table that tells its ends tells the whole flow. Any other tells the main path: the branches, the ends and the arrows
to them stay as they are in the flow the table is laid over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..model import FORWARD, End, Flow, Place, Step, Transition
from ..org import Org
from ..schema import ID
from ..term import Term
from ..text import Text
from ..words import ActionWord, Words
from .arrows import NotRead, Told, action_of, read_clauses, slug
from .export import CHARGED, END_KINDS, READY, names_of
from .grid import Faults, key, squeeze
from .holders import Holders, Unheld
from .reading import Line, Table, head_facts, work_words
from .sums import check_sums, days_of, read_deadline
from .targets import check_kept, check_numbers
from .wording import Timed, Unread, pieces, read_time, same_length, unquoted

HERE = Place(1, 1)
_NEXT = {"", "chuyen buoc tiep theo", "buoc tiep theo", "tiep theo", "khong", "chuyen buoc sau"}


class Drawn(NamedTuple):
    """What a table tells: the flow's rows, `told`, the names of the facts it speaks of, and the `columns` it has."""

    steps: tuple[Step, ...]
    anywhere: tuple[Transition, ...]
    at_due: Transition | None
    ends: tuple[End, ...]
    deadline: Term | None
    told: tuple[str, ...]
    complete: bool
    rows: Mapping[str, tuple[int, int]]
    columns: frozenset[str]


class _Drawing:
    """Draws one table over one flow."""

    def __init__(self, table: Table, base: Flow, org: Org, words: Words, faults: Faults) -> None:
        self.table, self.base, self.org, self.words, self.faults = table, base, org, words, faults
        self.own = table.complete
        self.holders = Holders(org, base)
        self.stated = head_facts(table.grid, table.header)
        self.deadline = read_deadline(self.stated.get("deadline"), base.deadline, faults)
        self.days = days_of(table.header, self.deadline)
        self.ends = self._ends() if table.complete else base.ends
        self.main = [line for line in table.steps if line.kind == "step"]
        self.by = self._holders()
        self.ids = self._ids()
        self.labels = {line.label: self.ids[line.row] for line in table.steps if line.label}
        plain = names_of(base._replace(ends=self.ends), org, words)
        self.names = plain._replace(steps={step: label for label, step in self.labels.items()})
        self.told = [f"step.{step}" for step in self.ids.values()]
        self.arrow_told = False

    def drawn(self) -> Drawn:
        kept = () if self.table.complete else tuple(step for step in self.base.steps if not step.main)
        told = {line.row: self._told(line) for line in self.table.steps}
        check_numbers(self.table, self.ids, told, self.base, self.faults)
        steps = tuple(self._step(line, told[line.row]) for line in self.table.steps)
        steps += tuple(step for step in kept if step.id not in self.ids.values())
        complete, base = self.table.complete, self.base
        anywhere = self._outside("anywhere") if complete else base.anywhere
        at_due = self._at_due() if complete else base.at_due
        stated = self.stated.get("deadline")
        if not self.faults.any_of("TAB2", "TAB40"):
            main = [step for step in steps if step.main]
            check_sums(self.table, main, self.deadline, self.days, self.faults, stated.at if stated else None)
        if not self.faults.fatal:
            check_kept(steps, (end.id for end in self.ends), self.faults)
        self.told += [f"time.{step.id}" for step in steps if step.within and step.id in self.ids.values()]
        self.told += ["deadline"] if stated else []
        rows = {self.ids[line.row]: self.table.at(line, "label") for line in self.table.steps}
        columns = frozenset(self.table.header.columns)
        return Drawn(steps, anywhere, at_due, self.ends, self.deadline, tuple(self.told), complete, rows, columns)

    # --- the head

    def _ends(self) -> tuple[End, ...]:
        ends: dict[str, End] = {}
        kinds = {key(words): kind for kind, words in END_KINDS.items()}
        for line in self.table.lines:
            if line.kind == "end":
                title, at = squeeze(line.text("work")), self.table.at(line, "note")
                kind, name = kinds.get(key(line.text("note"))), squeeze(line.text("id")) or slug(title, ends)
                if kind is None:
                    there = ", ".join(END_KINDS.values())
                    self.faults.add(
                        "TAB601", at, f"loại kết cục phải là một trong: {there}", f"the kind must be one of: {there}"
                    )
                elif not ID.fullmatch(name) or name in ends:
                    vi = f"mã kết cục “{name}” sai hoặc trùng"
                    self.faults.add("TAB206", self.table.at(line, "id"), vi, "bad or doubled id of an end")
                else:
                    known = self.base.end(name)
                    titles = (known.title if known else None, self.words.ends.get(name))
                    ends[name] = End(name, kind, _title(title or name, *titles), HERE)
        return tuple(ends.values())

    # --- the rows

    def _holders(self) -> dict[int, str]:
        held: dict[int, str] = {}
        above = ""
        for line in self.table.steps:
            text, at = line.text("holder"), self.table.at(line, "holder")
            if "holder" in line.cells and line.cells["holder"].merged:
                held[line.row] = above
                continue
            read: str | Unheld = self.holders.read(text) if text else Unheld("TAB301", _NO_HOLDER)
            if isinstance(read, Unheld):
                self.faults.add(read.code, at, *read.text)
                read = ""
            held[line.row] = above = read
        return held

    def _ids(self) -> dict[int, str]:
        """The id of each row: its own, that of the flow's step in this place or of this title, a known title's, or a new one.

        Places say it where the flow's main path has as many steps, held by the same roles in the same order.
        """
        main = [step for step in self.base.steps if step.main]
        same = [step.by for step in main] == [self.by[line.row] for line in self.main]
        named = self.own or any(line.text("id") for line in self.main)
        aligned = {line.row: step.id for line, step in zip(self.main, main, strict=True)} if same and not named else {}
        known = {key(word.title.vi): step for step, word in self.words.steps.items()}
        known |= {key(step.title.vi): step.id for step in self.base.steps}
        ids: dict[int, str] = {}
        for line in self.table.steps:
            given, title = squeeze(line.text("id")), key(work_words(line))
            at = self.table.at(line, "id")
            if given and (not ID.fullmatch(given) or given in ids.values()):
                vi = f"mã “{given}” sai hoặc trùng; hãy ghi như tham-dinh, mỗi bước một mã"
                self.faults.add("TAB206", at, vi, f"bad or doubled id “{given}”; write one such as tham-dinh")
                given = ""
            taken = frozenset(ids.values())
            name = given or aligned.get(line.row) or known.get(title)
            ids[line.row] = name if name and name not in taken else slug(title or "buoc", taken)
        return ids

    def _step(self, line: Line, told: list[Told]) -> Step:
        name = self.ids[line.row]
        old, word = self.base.step(name), self.words.steps.get(name)
        main = line.kind == "step"
        timed = self._time(line)
        last = main and line is self.main[-1]
        ready, charged = self._marks(line, old, last)
        title = self._work(line)
        others, limit = self._ways(line, told, timed)
        self.told += [f"arrow.{name}.{arrow.action}" for arrow in (*others, limit) if arrow]
        return Step(
            id=name,
            title=_title(title or name, old.title if old else None, word.title if word else None),
            by=self.by[line.row],
            within=timed.within,
            clock=timed.clock,
            arrows=self._leaving(line, others, old, last),
            place=HERE,
            main=main,
            ready=ready,
            until=timed.until,
            charged_to="partner" if charged else None,
            forms=self._forms(line, old, word.forms if word else ()),
            at_limit=limit or (old.at_limit if old and not self.own else None),
        )

    def _marks(self, line: Line, old: Step | None, last: bool) -> tuple[bool, bool]:
        """Whether the result is ready here, and whether lateness is a partner's: by the notes of a whole table."""
        if self.own:
            notes = {key(piece) for piece in pieces(line.text("note"))}
            return key(READY) in notes, key(CHARGED) in notes
        role = self.org.role(self.by[line.row])
        ready = old.ready if old else last and role is not None and role.duty == "receive"
        return ready, bool(old and old.charged_to)

    def _ways(self, line: Line, told: list[Told], timed: Timed) -> tuple[list[Transition], Transition | None]:
        """The arrows that a row tells, and the one that its own time sets off; two of one name are reported."""
        for one in told:
            if one.after and not same_length(one.after, timed.within):
                vi = f"hết {one.after.shown()} mới chuyển, mà thời gian của bước không phải thế; hãy sửa một trong hai"
                en = f"goes on after {one.after.shown('en')}, which isn't the step's own time; mend one of the two"
                self.faults.add("TAB501", self._arrow_place(line), vi, en)
        arrows = [(arrow, one.limit) for one in told if (arrow := self._arrow(line, one))]
        others = [arrow for arrow, limit in arrows if not limit]
        limits = [arrow._replace(kind="timer") for arrow, limit in arrows if limit]
        if len({arrow.action for arrow in others}) < len(others) or len(limits) > 1:
            vi = "hai hướng chuyển cùng một tên (hoặc cùng do hết giờ); hãy ghi điều kiện khác nhau"
            self.faults.add("TAB501", self._arrow_place(line), vi, "two arrows of one name, or two set off by time")
        return others, limits[0] if limits else None

    def _work(self, line: Line) -> str:
        """The title of a step: its work without clauses that are arrows."""
        text = work_words(line)
        if "arrows" not in self.table.header.columns:
            words = [one for one in read_clauses(text, self.days, self.names) if isinstance(one, str)]
            text = "; ".join(words) if len(words) < len(pieces(text)) else text
        if not squeeze(text):
            vi = "bước này không ghi việc phải làm"
            self.faults.add("TAB203", self.table.at(line, "work"), vi, "this step doesn't say what is done")
        return squeeze(text)

    def _time(self, line: Line) -> Timed:
        text, at = line.text("time"), self.table.at(line, "time")
        if not text or key(text) in ("", "x", "/"):
            if self.deadline is not None and not ("time" in line.cells and line.cells["time"].merged):
                vi = "bước này không có thời gian; hãy ghi, hoặc ghi “không tính thời gian”"
                self.faults.add("TAB401", at, vi, "this step has no time; write one, or “không tính thời gian”")
            return Timed()
        read = read_time(text, self.days, self.words.milestones)
        if isinstance(read, Unread):
            self.faults.add(read.code, at, *read.text)
            return Timed()
        return read

    def _forms(self, line: Line, old: Step | None, usual: tuple[str, ...]) -> tuple[str, ...]:
        text = line.text("forms")
        if "forms" not in self.table.header.columns:
            return old.forms if old else usual
        named = tuple(self._form(unquoted(piece)) for piece in pieces(text) if key(piece))
        return named or usual

    def _form(self, name: str) -> str:
        """A form's id by its title, or by the number printed on it when the flow takes effect (R20); else its own words."""
        said = key(name).replace("mau so ", "mau ")
        for form in self.words.forms.values():
            if self.names.forms[form.id] == name or key(form.title.vi) == said:
                return form.id
        numbers = {form.id: key(form.number(self.base.effective) or "") for form in self.words.forms.values()}
        same = [form for form, number in numbers.items() if number == said and number]
        return same[0] if len(same) == 1 else name

    # --- the arrows

    def _told(self, line: Line) -> list[Told]:
        """The arrows that a row tells: in their own column, else in the words of its work and notes."""
        column = "arrows" in self.table.header.columns
        found: list[Told] = []
        for name in ("arrows",) if column else ("work", "note"):
            at = self.table.at(line, name)
            text = work_words(line) if name == "work" else line.text(name)
            for one in read_clauses(text, self.days, self.names):
                if isinstance(one, Told):
                    found.append(one)
                elif isinstance(one, NotRead) or (column and key(one) not in _NEXT):
                    clause = one if isinstance(one, str) else one.clause
                    vi = f"không hiểu “{clause}”; hãy ghi như “không đồng ý → quay lại bước 3”, mỗi hướng một dòng"
                    en = f"can't read “{clause}”; write it like “không đồng ý → quay lại bước 3”, one way a line"
                    self.faults.add("TAB501", at, vi, en)
        self.arrow_told = self.arrow_told or bool(found)
        return found

    def _arrow(self, line: Line, told: Told) -> Transition | None:
        """The arrow that was told; None, reported, when it leads nowhere, and where it only says to go on."""
        at = self._arrow_place(line)
        target = self._target(line, told, at)
        if target is None:
            return None
        here = self.ids[line.row]
        back = told.back
        title: Text | None = Text(told.title, told.title)
        action, kind = told.action, told.kind
        if action is None:
            order = list(self.ids.values())
            back = target in order and order.index(target) <= order.index(here) if line.kind == "step" else told.back
            if not back and self._goes_on(line, told, target, at):
                return None
            action, title = action_of(told, self.words, back)
            kind = "send-back" if back else None
        word = self.words.actions.get(action) or ActionWord(Text(action, action))
        step = self.base.step(here)
        there = (*step.arrows, step.at_limit) if step else ()
        old = next((arrow for arrow in there if arrow and arrow.action == action), None)
        return Transition(
            action,
            target,
            kind or word.kind,
            _title(title.vi, old.title if old else None, word.title) if title else word.title,
            HERE,
            by=told.by or word.by,
            times=told.times,
            policy=told.policy,
            deadline=told.deadline,
            refer_to=told.refer_to,
            forms=told.forms if told.forms is not None else word.forms,
            misroute=word.misroute and kind in (None, word.kind),
        )

    def _arrow_place(self, line: Line) -> tuple[int, int]:
        return self.table.at(line, "arrows" if "arrows" in self.table.header.columns else "work")

    def _goes_on(self, line: Line, told: Told, target: str, at: tuple[int, int]) -> bool:
        """Whether a foreign arrow only says that the next row follows; one that leaps ahead must say when."""
        following = self._following(line)
        if following == target and not told.limit:
            return True
        if not told.title and told.target[0] == "step":
            vi = "đi thẳng tới bước này mà không nói khi nào; hãy ghi điều kiện trước mũi tên"
            self.faults.add("TAB501", at, vi, "leads on without saying when; write the condition before the arrow")
            return True
        return not told.title and line is self.main[-1] and self._last_arrows(line) != ()

    def _following(self, line: Line) -> str | None:
        rows = [one.row for one in self.main]
        place = rows.index(line.row) + 1 if line.row in rows else len(rows)
        return self.ids[rows[place]] if place < len(rows) else None

    def _target(self, line: Line, told: Told, at: tuple[int, int]) -> str | None:
        what, name = told.target
        if what == "step":
            if name not in self.labels:
                vi = f"mũi tên tới bước {name}, mà bảng không có bước này"
                self.faults.add("TAB502", at, vi, f"an arrow to step {name}, which the table hasn't got")
            return self.labels.get(name)
        exact = [end.id for end in self.ends if self.names.ends[end.id] == name]
        alike = exact or [end.id for end in self.ends if key(end.title.vi) == key(name)]
        if not name:
            alike = [arrow.target for arrow in self._last_arrows(line)] or [end.id for end in self.ends]
        if len(set(alike)) == 1:
            return alike[0]
        there = ", ".join(f"“{end.title.vi}”" for end in self.ends)
        self.faults.add(
            "TAB502", at,
            f"không rõ kết thúc nào; hãy ghi “kết thúc” và tên, một trong {there}",
            f"which end? Write “kết thúc” and its name, one of {there}",
        )  # fmt: skip
        return None

    def _last_arrows(self, line: Line) -> tuple[Transition, ...]:
        """For the last row of a main path: how the flow's own main path comes to an end."""
        if line is not self.main[-1] or self.table.complete:
            return ()
        last = [step for step in self.base.steps if step.main][-1]
        return tuple(arrow for arrow in last.arrows if self.base.end(arrow.target))

    def _leaving(self, line: Line, told: list[Transition], old: Step | None, last: bool) -> tuple[Transition, ...]:
        """All arrows of a row: on to the next one, those told, and those of the flow that lead where no table does."""
        following = self._following(line)
        arrows = list(told)
        if not self.table.complete:
            arrows += self._kept(line, told, old)
        if last and not self.table.complete:
            arrows += [arrow for arrow in self._last_arrows(line) if arrow.action not in {one.action for one in arrows}]
        return tuple([self._forward(following), *arrows] if following else arrows)

    def _kept(self, line: Line, told: list[Transition], old: Step | None) -> list[Transition]:
        if old is None or self.own:
            return []
        inside = {step.id for step in self.base.steps if step.main}
        taken = {FORWARD, *(arrow.action for arrow in told)}
        arrow_known = self.arrow_told or "arrows" in self.table.header.columns
        return [
            arrow for arrow in old.arrows if arrow.action not in taken and not (arrow.target in inside and arrow_known)
        ]

    def _forward(self, following: str) -> Transition:
        word = self.words.actions.get(FORWARD) or ActionWord(Text(FORWARD, FORWARD))
        return Transition(FORWARD, following, word.kind, word.title, HERE, word.by, forms=word.forms)

    def _outside(self, kind: str) -> tuple[Transition, ...]:
        """The arrows of the rows "from every step" or "at the due moment"."""
        lines = [line for line in self.table.lines if line.kind == kind]
        found = [(line, told) for line in lines for told in self._told(line)]
        old = {arrow.action: arrow.title for arrow in (*self.base.anywhere, self.base.at_due) if arrow}
        arrows = []
        for line, told in found:
            target = self._target(line, told, self.table.at(line, "arrows"))
            action = told.action or action_of(told, self.words, back=False)[0]
            word = self.words.actions.get(action) or ActionWord(Text(action, action))
            if target:
                title = _title(told.title, old.get(action), word.title)
                arrows.append(
                    Transition(
                        action, target, told.kind or word.kind, title, HERE, told.by or word.by, told.times, told.policy,
                        told.deadline, told.refer_to, word.forms if told.forms is None else told.forms,
                        word.misroute and told.kind in (None, word.kind),
                    )
                )  # fmt: skip
        return tuple(arrows)

    def _at_due(self) -> Transition | None:
        arrows = self._outside("at-due")
        for line in [line for line in self.table.lines if line.kind == "at-due"] if len(arrows) > 1 else ():
            vi, en = "khi hết hạn trả chỉ có một hướng", "at the due moment there is one arrow only"
            self.faults.add("TAB501", self.table.at(line, "arrows"), vi, en)
        return arrows[0]._replace(kind="timer") if arrows else None


_NO_HOLDER = Text("bước này không có người thực hiện; hãy ghi vai trò", "this step has no holder; write a role")


def _title(vi: str, old: Text | None, shared: Text | None) -> Text:
    """A title with its English, as far as somebody has put these very words into English."""
    return next((text for text in (old, shared) if text and text.vi == vi), Text(vi, vi))


def draw(table: Table, base: Flow, org: Org, words: Words, faults: Faults) -> Drawn | None:
    """What the table tells, laid over `base`; None when it has no steps to speak of."""
    if not any(line.kind == "step" for line in table.lines):
        faults.add(
            "TAB101", (table.header.row, 0), "dưới tên cột không có bước nào", "there is no step below the header"
        )
        return None
    return _Drawing(table, base, org, words, faults).drawn()
