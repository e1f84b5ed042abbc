"""Where everything of one page stands: rows under each other, lines beside them, no line across another.

A row holds one box; the line to the next row runs in the gap below it. Every other line leaves a box at its left or
right side. There it either ends in a connector (a stub), or turns into a vertical of its own and comes back to the box
of another row (an arc). Arcs of one side are nested or apart, and stand further out than whatever they pass, so nothing
is crossed; an arc that can't be had so becomes a stub. `u` is a distance to the side that is looked at: x, or -x.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from .geometry import SIDES, Point, Rect, Side, bulge_inset, round_inset
from .lanes import LEFT, LINE, PAD, PAPERS, RIGHT, TIMES, Lanes
from .rows import Exit, Row
from .widths import balanced, widest, wrap

RADIUS: Final = 8.0
DIAMOND: Final = 10.0
"""The size of a connector, and the length of the mark where a person chooses."""

_LEAD, _TAIL, _AIR, _TRACK = 13.0, 14.0, 3.0, 7.0
_LABEL, _END, _BOX = 150.0, 100.0, 140.0
_ENOUGH = 60.0
_MOST_LINES, _LABEL_LINES = 12, 22
_GAP, _LAST_GAP, _BREAK = 22.0, 13.0, 39.0
_INSET = 5.0
_NOWHERE = Rect(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Arc:
    """A line that is drawn through, from the row at place `tail` to the row at place `head` of the page."""

    line: Exit
    tail: int
    head: int
    side: Side

    @property
    def top(self) -> int:
        """The upper of its two rows."""
        return min(self.tail, self.head)

    @property
    def bottom(self) -> int:
        """The lower of its two rows."""
        return max(self.tail, self.head)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A line as it is drawn: strokes, the last of which ends in an arrow head, words, connector or end, mark of choice."""

    line: Exit
    strokes: tuple[tuple[Point, ...], ...]
    label: Rect | None = None
    words: tuple[tuple[str, ...], ...] = ()
    circle: Point | None = None
    end: Rect | None = None
    end_words: tuple[str, ...] = ()
    letter: Point | None = None
    choice: tuple[Point, Point] | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A row on paper: its box with the words in it, its cells, and the height from `top` that they take."""

    row: Row
    box: Rect
    words: tuple[str, ...]
    top: float
    high: float
    times: tuple[str, ...]
    papers: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """A page's rows and lines; `entry` is the connector over the first row when a line comes from the page before."""

    rows: tuple[Placed, ...]
    lines: tuple[Drawn, ...]
    entry: tuple[Point, str] | None
    bottom: float


@dataclass(slots=True)
class _Slot:
    """Room for one line at a side of a box."""

    high: float
    line: Exit | None = None
    words: tuple[tuple[str, ...], ...] = ()
    end: tuple[str, ...] = ()
    arc: Arc | None = None
    y: float = 0.0


@dataclass(slots=True)
class _Work:
    """A row while it is being placed: the stacks of slots at its two sides, and how far out each side reaches."""

    row: Row
    words: tuple[str, ...]
    lane_middle: float
    wide: float
    times: tuple[str, ...]
    papers: tuple[tuple[str, ...], ...]
    slots: dict[Side, list[_Slot]] = field(default_factory=lambda: {1: [], -1: []})
    box: Rect = _NOWHERE
    top: float = 0.0
    high: float = 0.0
    reach: dict[Side, float] = field(default_factory=dict)
    gap_reach: dict[Side, float] = field(default_factory=dict)

    @property
    def placed(self) -> Placed:
        """The row as it is now."""
        return Placed(self.row, self.box, self.words, self.top, self.high, self.times, self.papers)

    def edge(self, side: Side) -> float:
        """The box's edge as `u`, known before its height is."""
        return side * self.lane_middle + self.wide / 2

    def stack(self, side: Side) -> float:
        """The height of the slots at one side."""
        return sum(slot.high for slot in self.slots[side])


def limit(side: Side) -> float:
    """How far out a line may stand, as `u`."""
    return RIGHT - 4 if side == 1 else -(LEFT + 4)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a page has to hold: its rows and lanes, from where on.

    `before` and `following` are the rows of the neighbouring pages; `letters` the ends that have a sign.
    """

    rows: Sequence[Row]
    lanes: Lanes
    top: float
    before: Row | None
    following: Row | None
    letters: Container[str]

    def layout(self, arcs: Sequence[Arc] = (), loose: float = 0.0) -> Layout | None:
        """The page with these lines as arcs and `loose` more points in each gap; None when the arcs can't be had so."""
        first = self.rows[0]
        entered = self.before is not None and self.before.spine is not None and self.before.spine.target == first.id
        works = [_work(row, self.lanes) for row in self.rows]
        nested = sorted(arcs, key=lambda arc: (arc.bottom - arc.top, arc.top))
        for place, work in enumerate(works):
            _fill(work, place, nested, self.letters)
        bottom = _stack(works, self.top + (_BREAK if entered else 6.0), self.following, loose)
        lines = (*_stubs(works, self.letters), *_spines(works, self.following))
        drawn = _arcs(works, nested)
        if drawn is None:
            return None
        entry = ((works[0].lane_middle, self.top + 4 + RADIUS), str(first.number)) if entered else None
        return Layout(tuple(work.placed for work in works), (*lines, *drawn), entry, bottom)


def _paper_lines(row: Row) -> tuple[tuple[str, ...], ...]:
    """A row's papers, each in the lines of its document symbol; the last ones are left out when there are too many."""
    found: list[tuple[str, ...]] = []
    for paper in row.papers:
        left = _MOST_LINES - sum(map(len, found))
        if left > 0:
            found.append(wrap(paper, PAPERS - 4 * _INSET, most=left))
    return tuple(found)


def _title_lines(row: Row, lanes: Lanes) -> tuple[str, ...]:
    """A row's title as it stands in its box."""
    return balanced(row.title, min(lanes[row.lane].wide - 2 * PAD, _BOX) - 2 * _inset(row), most=_MOST_LINES)


def _time_lines(row: Row) -> tuple[str, ...]:
    """A row's time as it stands in its column."""
    return wrap(row.times, TIMES - 2 * _INSET, most=_MOST_LINES)


def _inset(row: Row) -> float:
    return _INSET + (6 if row.waits or row.kind != "step" else 3 if row.ready else 0)


def _work(row: Row, lanes: Lanes) -> _Work:
    lane = lanes[row.lane]
    wide = min(lane.wide - 2 * PAD, _BOX)
    words = _title_lines(row, lanes)
    if row.kind != "step":
        wide = min(wide, widest(words) + 2 * _inset(row))
    return _Work(row, words, lane.middle, wide, _time_lines(row), _paper_lines(row))


# Slots


def _fill(work: _Work, place: int, nested: Sequence[Arc], letters: Container[str]) -> None:
    """Give every line at this box its slot: arcs from and to above, stubs, arcs from and to below."""
    mine = {arc.line for arc in nested if arc.tail == place}
    for side in SIDES:
        ups = [arc for arc in nested if arc.side == side and arc.bottom == place and arc.top != place]
        loops = [arc for arc in nested if arc.side == side and arc.top == arc.bottom == place]
        downs = [arc for arc in reversed(nested) if arc.side == side and arc.top == place and arc.bottom != place]
        work.slots[side] = [_arc_slot(work, place, arc) for arc in (*ups, *loops, *downs)]
    passed = {side: any(arc.side == side and arc.top < place < arc.bottom for arc in nested) for side in SIDES}
    for line in work.row.exits:
        if line not in mine:
            side = min(SIDES, key=lambda side: _dislike(work, side, passed[side]))
            ups_count = sum(slot.arc is not None and slot.arc.bottom == place for slot in work.slots[side])
            stubs = sum(slot.arc is None for slot in work.slots[side])
            work.slots[side].insert(ups_count + stubs, _stub_slot(work, line, side, letters))


def _dislike(work: _Work, side: Side, passed: bool) -> float:
    room = limit(side) - work.edge(side)
    cramped = max(0.0, _LEAD + _ENOUGH + _END + _TAIL + 2 * RADIUS - room)
    return work.stack(side) + 20 * passed + 100 * cramped


def _words(line: Exit, room: float, most: int) -> tuple[tuple[str, ...], ...]:
    bullet = "• " if len(line.labels) > 1 else ""
    return tuple(balanced(bullet + label, room, most=most) for label in line.labels)


def _most(*lines: Exit) -> int:
    """Lines of a label: the more labels there are, the fewer, so that a row keeps to its page."""
    return min(6, max(2, _LABEL_LINES // max(1, sum(len(line.labels) for line in lines))))


def _size(words: tuple[tuple[str, ...], ...]) -> tuple[float, float]:
    return max(map(widest, words), default=0), LINE * sum(map(len, words))


def _arc_slot(work: _Work, place: int, arc: Arc) -> _Slot:
    if arc.tail != place:
        return _Slot(10, arc=arc)
    room = min(_LABEL, limit(arc.side) - work.edge(arc.side) - _LEAD - _AIR - 2 * _TRACK)
    words = _words(arc.line, max(room, 1), _most(*work.row.exits))
    return _Slot(_size(words)[1] + (16 if arc.head == place else 5), arc.line, words, arc=arc)


def _stub_slot(work: _Work, line: Exit, side: Side, letters: Container[str]) -> _Slot:
    end = wrap(line.home, _END, most=3) if line.home else ()
    target = widest(end) + 16 + (2 * RADIUS + 2) * (line.target in letters) if end else 2 * RADIUS
    room = min(_LABEL, limit(side) - work.edge(side) - _LEAD - _AIR - _TAIL - target)
    words = _words(line, max(room, 1), _most(*work.row.exits))
    return _Slot(max(_size(words)[1], 2 * RADIUS, len(end) * LINE + 6) + 4, line, words, end)


# Heights


def _stack(works: Sequence[_Work], top: float, following: Row | None, loose: float) -> float:
    """Put the rows under each other; the value is the lower edge of all."""
    for work, beneath in zip(works, [*(work.row for work in works[1:]), following], strict=True):
        text = len(work.words) * LINE + (8 if work.row.kind != "step" else 11)
        box = max(text, work.stack(1), work.stack(-1))
        papers = sum(len(paper) * LINE + 8 for paper in work.papers)
        work.top, work.high = top, max(box, len(work.times) * LINE + 4, papers)
        work.box = Rect(work.lane_middle - work.wide / 2, top + (work.high - box) / 2, work.wide, box)
        for side in SIDES:
            _put(work, side)
        last = work is works[-1]
        top += work.high + _gap(work.row, beneath, last) + (0 if last else loose)
    return top


def _put(work: _Work, side: Side) -> None:
    y = work.box.middle[1] - work.stack(side) / 2
    for slot in work.slots[side]:
        slot.y = y + slot.high / 2
        y += slot.high
    work.gap_reach[side] = work.box.edge(side)
    work.reach[side] = work.box.edge(side) + (2 * RADIUS + 2 if side == 1 and work.row.letter else 0)


def _gap_words(row: Row) -> tuple[tuple[str, ...], ...]:
    return _words(row.spine, 110, max(3, _most(row.spine))) if row.spine else ()


def _gap(row: Row, beneath: Row | None, last: bool) -> float:
    if row.spine is None or beneath is None:
        return 6 if last else _LAST_GAP
    words = _gap_words(row)
    return _size(words)[1] + (_BREAK - 2 if last else _GAP) + (3 if words else 0)


# Lines


def _outline(work: _Work, y: float, side: Side) -> float:
    """How far inside its rectangle a box's outline is at height `y`."""
    if work.row.kind != "step":
        return round_inset(work.box, y)
    return bulge_inset(work.box, y) if work.row.waits and side == 1 else 0.0


def _at(side: Side, u: float, y: float) -> Point:
    return side * u, y


def _label(side: Side, u: float, y: float, size: tuple[float, float]) -> Rect:
    wide, high = size
    return Rect(u if side == 1 else -u - wide, y - high / 2, wide, high)


def _choice(work: _Work, line: Exit, point: Point, inner: Point) -> tuple[Point, Point] | None:
    chosen = work.row.chooses and line.style != "timer"
    return (inner, point) if chosen else None


def _from_side(work: _Work, slot: _Slot, side: Side, y: float) -> tuple[Point, tuple[Point, Point] | None, float]:
    """Where a line leaves the box, its mark of choice, and the `u` where its words begin."""
    assert slot.line
    u = work.box.edge(side) - _outline(work, y, side)
    start = _at(side, u, y)
    tip = _at(side, u + DIAMOND, y)
    choice = _choice(work, slot.line, tip, start)
    return (tip if choice else start), choice, work.box.edge(side) + _LEAD


def _stubs(works: Sequence[_Work], letters: Container[str]) -> Iterator[Drawn]:
    for work in works:
        for side in SIDES:
            for slot in work.slots[side]:
                if slot.line and slot.arc is None:
                    yield _stub(work, slot, side, letters)


def _stub(work: _Work, slot: _Slot, side: Side, letters: Container[str]) -> Drawn:
    assert slot.line
    y = slot.y
    start, choice, u = _from_side(work, slot, side, y)
    label = _label(side, u, y, _size(slot.words))
    after = u + label.wide + _AIR
    tip = after + _TAIL - _AIR
    strokes = ((start, _at(side, u - _AIR, y)), (_at(side, after, y), _at(side, tip, y)))
    if not slot.end:
        work.reach[side] = max(work.reach[side], tip + 2 * RADIUS)
        circle = _at(side, tip + RADIUS, y)
        return Drawn(slot.line, strokes, label, slot.words, circle=circle, choice=choice)
    wide, high = widest(slot.end) + 16, len(slot.end) * LINE + 6
    letter = _at(side, tip + wide + 2 + RADIUS, y) if slot.line.target in letters else None
    work.reach[side] = max(work.reach[side], tip + wide + (2 * RADIUS + 2 if letter else 0))
    end = _label(side, tip, y, (wide, high))
    return Drawn(slot.line, strokes, label, slot.words, end=end, end_words=slot.end, letter=letter, choice=choice)


def _spines(works: Sequence[_Work], following: Row | None) -> Iterator[Drawn]:
    for work, beneath in zip(works, [*works[1:], None], strict=True):
        if work.row.spine and (beneath or following):
            yield _spine(work, beneath, work.row.spine)


def _spine(work: _Work, beneath: _Work | None, line: Exit) -> Drawn:
    x, y = work.lane_middle, work.box.bottom
    start = (x, y + DIAMOND) if (choice := _choice(work, line, (x, y + DIAMOND), (x, y))) else (x, y)
    words = _gap_words(work.row)
    size = _size(words)
    label = _beside(work, size) if words else None
    turn = max(work.top + work.high + size[1] + (10 if words else 8), start[1] + 4)
    if beneath is None:
        tip = work.top + work.high + size[1] + (13 if words else 19)
        return Drawn(line, ((start, (x, tip)),), label, words, circle=(x, tip + RADIUS), choice=choice)
    goal = (beneath.lane_middle, beneath.box.y)
    bend = () if abs(goal[0] - x) < 1 else ((x, turn), (goal[0], turn))
    return Drawn(line, ((start, *bend, goal),), label, words, choice=choice)


def _beside(work: _Work, size: tuple[float, float]) -> Rect:
    """A label in the gap below a row, right of the line when there is room, or left of it."""
    x, y = work.lane_middle, work.top + work.high + 3
    clear = DIAMOND / 2 + _AIR
    side: Side = 1 if x + clear + size[0] <= limit(1) else -1
    work.gap_reach[side] = max(work.gap_reach[side], side * x + clear + size[0])
    return _label(side, side * x + clear, y + size[1] / 2, size)


def _arcs(works: Sequence[_Work], nested: Sequence[Arc]) -> list[Drawn] | None:
    """The arcs, inner ones first, each on the next free vertical outside of what it passes; None when one has no room."""
    drawn = []
    for arc in nested:
        side = arc.side
        tail = next(slot for slot in works[arc.tail].slots[side] if slot.arc is arc and slot.line)
        passed = [work.reach[side] for work in works[arc.top + 1 : arc.bottom]]
        passed += [work.gap_reach[side] for work in works[arc.top : arc.bottom]]
        wide = _size(tail.words)[0]
        ends = [works[arc.top].box.edge(side), works[arc.bottom].box.edge(side)]
        words = works[arc.tail].box.edge(side) + _LEAD + wide + _AIR
        column = max(*passed, *ends, words) + _TRACK
        barred = side == 1 and works[arc.head].row.letter
        if barred or column > limit(side):
            return None
        for work in works[arc.top : arc.bottom + 1]:
            work.reach[side] = max(work.reach[side], column)
        for work in works[arc.top : arc.bottom]:
            work.gap_reach[side] = max(work.gap_reach[side], column)
        drawn.append(_arc(works, arc, tail, column))
    return drawn


def _arc(works: Sequence[_Work], arc: Arc, slot: _Slot, column: float) -> Drawn:
    side, work, goal = arc.side, works[arc.tail], works[arc.head]
    if arc.tail == arc.head:
        y, into = slot.y + 5, slot.y - slot.high / 2 + 4
    else:
        y, into = slot.y, next(one for one in goal.slots[side] if one.arc is arc).y
    start, choice, u = _from_side(work, slot, side, y)
    size = _size(slot.words)
    label = _label(side, u, y, size)
    edge = goal.box.edge(side) - _outline(goal, into, side)
    path = (
        _at(side, u + size[0] + _AIR, y), _at(side, column, y), _at(side, column, into), _at(side, edge, into)
    )  # fmt: skip
    return Drawn(arc.line, ((start, _at(side, u - _AIR, y)), path), label, slot.words, choice=choice)
