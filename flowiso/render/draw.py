"""The rows, lines and lanes of a page as SVG: ISO 5807 symbols, each with attributes that say what it is.

`data-box` is a symbol's rectangle (x y width height) and `data-lines` an arrow's strokes, in points.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Step
from ..text import Text
from .geometry import ROUND, Point, Rect
from .lanes import LEFT, LINE, MARGIN, NUMBERS, PAPERS, RIGHT, TIMES, Lanes
from .layout import DIAMOND, RADIUS, Drawn, Layout, Placed
from .rows import MARK, Exit, Style
from .svg import INK, MAIN, SOFT, STRIPE, arrow_head, element, line, number, path, shortened, words

DASHES: dict[Style, str | None] = {"main": None, "forward": None, "back": "6 3", "timer": "1.5 2.5"}
THICK, THIN = 2.0, 1.0

_TABLE = {
    "numbers": Text("Bước", "Step"),
    "times": Text("Thời gian", "Time"),
    "papers": Text("Biểu mẫu, giấy tờ", "Forms, papers"),
}


def picture(page: Layout, lanes: Lanes, top: float, lang: str, papers_mark: str) -> str:
    """Lanes with their heads, then the lines, then what must be seen above them."""
    parts = [*_lanes(lanes, top, page.bottom, lang, papers_mark)]
    parts += [_arrow(drawn) for drawn in page.lines]
    if page.entry:
        parts.append(_entry(page))
    parts += [symbol for placed in page.rows for symbol in _row(placed)]
    return "".join(parts)


def _box(rect: Rect) -> str:
    return " ".join(number(value) for value in rect)


# Lanes and columns


def _lanes(lanes: Lanes, top: float, bottom: float, lang: str, papers_mark: str) -> Iterator[str]:
    body = top + lanes.height
    for place, lane in enumerate(lanes.lanes):
        fill = STRIPE if place % 2 else "#fff"
        yield element(
            "rect",
            class_="lane",
            data_role=lane.role,
            x=lane.x,
            y=body,
            width=lane.wide,
            height=bottom - body,
            fill=fill,
        )
        yield _cell(Rect(lane.x, top + lanes.seat_height, lane.wide, lanes.role_height), lane.head, bold=True)
    if lanes.seat_height:
        for seat in lanes.seats:
            yield _cell(Rect(seat.x, top, seat.wide, lanes.seat_height), seat.head, bold=False)
    columns = (
        ("numbers", MARGIN, NUMBERS, ""),
        ("times", RIGHT, TIMES, ""),
        ("papers", RIGHT + TIMES, PAPERS, papers_mark),
    )
    for name, x, wide, more in columns:
        yield _cell(Rect(x, top, wide, lanes.height), (_TABLE[name].to(lang) + more,), bold=True)
        yield element("rect", x=x, y=body, width=wide, height=bottom - body, fill="none", stroke=SOFT, stroke_width=0.5)
    yield element(
        "rect", x=LEFT, y=body, width=RIGHT - LEFT, height=bottom - body, fill="none", stroke=SOFT, stroke_width=0.5
    )


def _cell(rect: Rect, lines: tuple[str, ...], bold: bool) -> str:
    fill = "#e3e3e3" if bold else "#f4f4f4"
    frame = element(
        "rect", x=rect.x, y=rect.y, width=rect.wide, height=rect.high, fill=fill, stroke=SOFT, stroke_width=0.5
    )
    top = rect.middle[1] - len(lines) * LINE / 2
    return frame + element("g", words(lines, rect.middle[0], top, bold=bold), class_="head", data_box=_box(rect))


# Rows


def _row(placed: Placed) -> Iterator[str]:
    row = placed.row
    kind = f"box {row.kind}" + ("" if row.kind != "step" else " main" if row.main else " aside")
    text = words(placed.words, _text_middle(placed), placed.box.middle[1] - len(placed.words) * LINE / 2)
    yield element("g", _shape(placed), text, class_=kind, data_id=row.id, data_role=row.lane, data_box=_box(placed.box))
    if row.letter:
        yield connector((placed.box.right + 2 + RADIUS, placed.box.middle[1]), row.letter)
    if row.step:
        yield from _cells(placed, row.step)


def _text_middle(placed: Placed) -> float:
    return placed.box.middle[0] - (3 if placed.row.waits else 0)


def _shape(placed: Placed) -> str:
    row, box = placed.row, placed.box
    if row.kind != "step":
        return terminator(box, THICK)
    wide = THICK if row.main else THIN
    if row.waits:
        return delay(box, wide)
    return process(box, wide, MAIN if row.main else "#fff") + (bars(box) if row.ready else "")


def process(box: Rect, wide: float, fill: str = "#fff") -> str:
    """The symbol of a step."""
    return element("rect", x=box.x, y=box.y, width=box.wide, height=box.high, fill=fill, stroke=INK, stroke_width=wide)


def bars(box: Rect) -> str:
    """The second pair of sides of a step at which there is a result."""
    lines = (f"M{number(x)} {number(box.y)} V{number(box.bottom)}" for x in (box.x + 3.5, box.right - 3.5))
    return path(" ".join(lines))


def terminator(box: Rect, wide: float) -> str:
    """The symbol of a start or an end."""
    radius = min(box.high / 2, ROUND)
    return element(
        "rect", x=box.x, y=box.y, width=box.wide, height=box.high, rx=radius, fill="#fff", stroke=INK, stroke_width=wide
    )


def delay(box: Rect, wide: float) -> str:
    """The symbol of waiting: a box with a round right side."""
    flat, half = number(box.right - ROUND), number(box.high / 2)
    x, y, bottom = number(box.x), number(box.y), number(box.bottom)
    data = f"M{x} {y} H{flat} A{number(ROUND)} {half} 0 0 1 {flat} {bottom} H{x} Z"
    return path(data, fill="#fff", wide=wide)


def document(box: Rect) -> str:
    """The symbol of a paper: a box with a wavy lower edge."""
    x, y, right, low = (number(value) for value in (box.x, box.y, box.right, box.bottom - 2))
    first, middle, third = (number(box.x + box.wide * part) for part in (0.25, 0.5, 0.75))
    wave = f"Q{third} {number(box.bottom - 6)} {middle} {low} Q{first} {number(box.bottom + 2)} {x} {low}"
    return path(f"M{x} {y} H{right} V{low} {wave} Z", fill="#fff", wide=0.7)


def connector(middle: Point, sign: str) -> str:
    """A connector with the number or letter that it leads to, or comes from."""
    x, y = middle
    rect = Rect(x - RADIUS, y - RADIUS, 2 * RADIUS, 2 * RADIUS)
    ring = element("circle", cx=x, cy=y, r=RADIUS, fill="#fff", stroke=INK, stroke_width=THIN)
    text = words((sign,), x, y - LINE / 2, bold=True)
    return element("g", ring, text, class_="connector", data_sign=sign, data_box=_box(rect))


def _cells(placed: Placed, step: Step) -> Iterator[str]:
    middle = placed.box.middle[1]
    x = MARGIN + NUMBERS / 2
    mark = placed.row.mark
    yield element(
        "g", connector((x, middle - (5 if mark else 0)), str(placed.row.number)), class_="number", data_id=step.id
    )
    if mark:
        yield element("g", words((mark,), x, middle + 3), class_="assumed", data_id=step.id)
    high = len(placed.times) * LINE
    text = words(placed.times, RIGHT + TIMES / 2, middle - high / 2)
    cell = Rect(RIGHT, middle - high / 2, TIMES, high)
    yield element("g", text, class_="times", data_id=step.id, data_box=_box(cell))
    y = middle - sum(len(lines) * LINE + 8 for lines in placed.papers) / 2
    for lines in placed.papers:
        sheet = Rect(RIGHT + TIMES + 5, y, PAPERS - 10, len(lines) * LINE + 6.5)
        text = words(lines, sheet.x + 5, y + 1, anchor="start")
        yield element("g", document(sheet), text, class_="paper", data_id=step.id, data_box=_box(sheet))
        y += sheet.high + 1.5


# Lines


def _arrow(drawn: Drawn) -> str:
    wide = THICK if drawn.line.style == "main" else THIN
    parts = []
    for place, points in enumerate(drawn.strokes):
        last = place == len(drawn.strokes) - 1
        shown = shortened(points) if last else points
        parts.append(line(shown, wide=wide, dash=None if _short(points) else DASHES[drawn.line.style]))
        if last:
            parts.append(arrow_head(points[-2], points[-1], wide))
    if drawn.choice:
        parts.append(choice(*drawn.choice))
    if drawn.label:
        parts.append(_label(drawn, drawn.label))
    if drawn.circle:
        parts.append(connector(drawn.circle, drawn.line.sign))
    if drawn.end:
        parts.append(_end(drawn, drawn.end))
    strokes = [*drawn.strokes, *((drawn.choice,) if drawn.choice else ())]
    spelled = "|".join(" ".join(f"{number(x)},{number(y)}" for x, y in points) for points in strokes)
    return element(
        "g", *parts, class_=f"arrow {drawn.line.style}", data_from=drawn.line.source, data_to=drawn.line.target,
        data_actions=_actions(drawn.line), data_lines=spelled,
    )  # fmt: skip


def _short(points: tuple[Point, ...]) -> bool:
    """Whether a stroke is too short to show dashes."""
    (x1, y1), (x2, y2) = points[0], points[-1]
    return len(points) == 2 and abs(x1 - x2) + abs(y1 - y2) < 16


def _actions(line: Exit) -> str:
    return " ".join(arrow.action for arrow in line.arrows)


def choice(start: Point, tip: Point) -> str:
    """The mark where a person chooses: a small decision diamond at the beginning of the line."""
    (x1, y1), (x2, y2) = start, tip
    x, y, half = (x1 + x2) / 2, (y1 + y2) / 2, DIAMOND / 2
    corners = ((x - half, y), (x, y - half), (x + half, y), (x, y + half))
    points = " ".join(f"{number(a)},{number(b)}" for a, b in corners)
    return element("polygon", class_="choice", points=points, fill="#fff", stroke=INK, stroke_width=1.2)


def _label(drawn: Drawn, rect: Rect) -> str:
    """Lines of all labels of the arrow; one that joins several arrows is set flush left."""
    several = len(drawn.words) > 1
    lines = [one for label in drawn.words for one in label]
    x = rect.x if several else rect.middle[0]
    text = words(lines, x, rect.y, anchor="start" if several else "middle")
    return element("g", text, class_="label", data_box=_box(rect))


def _end(drawn: Drawn, rect: Rect) -> str:
    text = words(drawn.end_words, rect.middle[0], rect.middle[1] - len(drawn.end_words) * LINE / 2)
    box = element("g", terminator(rect, 1.4), text, class_="box end", data_id=drawn.line.target, data_box=_box(rect))
    return box + (connector(drawn.letter, drawn.line.sign) if drawn.letter else "")


def _entry(page: Layout) -> str:
    assert page.entry
    (x, y), sign = page.entry
    first = page.rows[0]
    goal = (first.box.middle[0], first.box.y)
    points = ((x, y + RADIUS), goal)
    wide = THICK if first.row.main else THIN
    spelled = " ".join(f"{number(a)},{number(b)}" for a, b in points)
    parts = (line(shortened(points), wide=wide), arrow_head(*points, wide), connector((x, y), sign))
    return element("g", *parts, class_="entry", data_to=first.row.id, data_lines=spelled)


def described(page: Layout, lang: str) -> str:
    """The rows of a page in words, for those who can't see it."""
    steps = (placed.row for placed in page.rows if placed.row.step)
    words = "; ".join(f"{row.number}. {row.title} ({row.times})" for row in steps)
    return words.replace(MARK, Text("giả định", "assumed").to(lang))
