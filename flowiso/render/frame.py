"""What stands around the picture of a sheet: its head, what is told in words, the legend, and who signs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ..model import Flow
from ..org import Org
from ..text import Text
from .draw import DASHES, THICK, THIN, bars, choice, connector, delay, document, process, terminator
from .flow import head_facts
from .geometry import Rect
from .lanes import LINE, MARGIN, PAGE_WIDTH
from .layout import DIAMOND, Layout
from .paging import Page
from .rows import MARK, Sheet, Style, Told, assumed, mark
from .svg import MAIN, SOFT, arrow_head, element, line, shortened, words
from .widths import SIZE, balanced, width, wrap

WIDE: Final = PAGE_WIDTH - 2 * MARGIN
LATER: Final = 20.0
"""The height of the head of every page but the first."""

_LEFT, _RIGHT = 200.0, 130.0
_TITLE = 12.0
_KINDS: Final = {
    "procedure": Text("LƯU ĐỒ GIẢI QUYẾT THỦ TỤC HÀNH CHÍNH", "FLOWCHART OF AN ADMINISTRATIVE PROCEDURE"),
    "internal": Text("LƯU ĐỒ QUY TRÌNH NỘI BỘ", "INTERNAL PROCESS FLOWCHART"),
}
_FACTS: Final = (
    *("deadline", "no_deadline_reason", "effective", "issued_by", "decided_by"),
    *("national_code", "result", "fee", "clock_policy", "legal_basis"),
)


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the foot that isn't broken: its height, and how it is drawn from a height on."""

    high: float
    draw: Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Head:
    """The head of the first page: who, what, which version, and the facts under it."""

    high: float
    draw: Callable[[str], str]


def head(flow: Flow, org: Org, lang: str) -> Head:
    """The head of the first page; what draws it is given the page's number in words."""
    title = balanced(flow.title, WIDE - _LEFT - _RIGHT - 16, _TITLE, True, 4)
    left = _agency(flow, org, lang)
    facts = _fact_lines(flow, org, lang)
    cell = max(len(left) * LINE, 4 * LINE, LINE + len(title) * 15) + 8
    high = cell + len(facts) * LINE + 6

    def draw(page: str) -> str:
        parts = [_frame(MARGIN, MARGIN, WIDE, cell), _frame(MARGIN + _LEFT, MARGIN, WIDE - _LEFT - _RIGHT, cell)]
        parts += [_frame(MARGIN, MARGIN + cell, WIDE, high - cell)]
        parts += _left_cell(left, cell)
        middle = MARGIN + _LEFT + (WIDE - _LEFT - _RIGHT) / 2
        y = MARGIN + (cell - LINE - len(title) * 15) / 2
        parts.append(words((_KINDS[flow.kind].to(lang),), middle, y))
        parts.append(words(title, middle, y + LINE, size=_TITLE, bold=True, leading=15))
        parts += _right_cell(flow, page, cell, lang)
        parts += [_fact_line(pieces, MARGIN + cell + 3 + at * LINE) for at, pieces in enumerate(facts)]
        return element("g", *parts, class_="title")

    return Head(high, draw)


def later_head(flow: Flow, page: str, lang: str) -> str:
    """The head of the other pages: one line."""
    name = Text(f"{flow.code}, lần {flow.version}", f"{flow.code}, version {flow.version}").to(lang)
    title = wrap(flow.title, WIDE - width(name, SIZE, True) - width(page) - 40, most=1)
    x = MARGIN + 6 + width(name, SIZE, True) + 10
    top = MARGIN + (LATER - 4 - LINE) / 2
    return element(
        "g", _frame(MARGIN, MARGIN, WIDE, LATER - 4), words((name,), MARGIN + 6, top, bold=True, anchor="start"),
        words(title, x, top, anchor="start"), words((page,), MARGIN + WIDE - 6, top, anchor="end"), class_="title",
    )  # fmt: skip


def _frame(x: float, y: float, wide: float, high: float) -> str:
    return element("rect", x=x, y=y, width=wide, height=high, fill="none", stroke=SOFT, stroke_width=0.7)


def _agency(flow: Flow, org: Org, lang: str) -> list[tuple[str, bool]]:
    names = [(org.title, True), (org.divisions.get(flow.division), False), (org.fields.get(flow.field), False)]
    lines: list[tuple[str, bool]] = []
    for (title, bold), fact in zip(names, ("", "division", "field"), strict=True):
        if title and title.to(lang):
            words_of = title.to(lang) + mark(flow, fact)
            lines += [(text, bold) for text in wrap(words_of, _LEFT - 12, SIZE, bold, 2)]
    return lines


def _left_cell(lines: list[tuple[str, bool]], cell: float) -> Iterator[str]:
    top = MARGIN + (cell - len(lines) * LINE) / 2
    for at, (text, bold) in enumerate(lines):
        yield words((text,), MARGIN + _LEFT / 2, top + at * LINE, bold=bold)


def _right_cell(flow: Flow, page: str, cell: float, lang: str) -> Iterator[str]:
    status = Text("BẢN THẢO", "DRAFT") if flow.status == "draft" else Text("Đã ban hành", "Published")
    lines = (
        Text(f"Mã số: {flow.code}", f"Code: {flow.code}").to(lang),
        Text(f"Lần ban hành: {flow.version}", f"Version: {flow.version}").to(lang),
        status.to(lang),
        page,
    )
    top = MARGIN + (cell - 4 * LINE) / 2
    for at, text in enumerate(lines):
        shown = wrap(text, _RIGHT - 12, SIZE, at in (0, 2), 1)
        yield words(shown, MARGIN + WIDE - _RIGHT + 8, top + at * LINE, bold=at in (0, 2), anchor="start")


_Piece = tuple[float, str, bool]


def _fact_lines(flow: Flow, org: Org, lang: str) -> list[list[_Piece]]:
    """The facts as pieces of text, (x, text, bold), line by line; each fact is kept together when it fits on a line."""
    room = WIDE - 12
    lines: list[list[_Piece]] = [[]]
    x = 0.0
    for label, value in _said_of(flow, org, lang):
        head_wide = width(label, SIZE, True)
        if x and x + head_wide + width(value) > room:
            lines.append([])
            x = 0.0
        text = wrap(value, room - head_wide, most=2)
        for at, one in enumerate(text):
            lines[-1] += [(x, label, True)] * (at == 0) + [(x + head_wide, one, False)]
            if at < len(text) - 1:
                lines.append([])
        x += head_wide + width(text[-1]) + 16
    return lines


def _said_of(flow: Flow, org: Org, lang: str) -> Iterator[tuple[str, str]]:
    """The facts of the head with their labels, and what the mark of an assumption means."""
    given = {fact: (label, value) for label, value, fact in head_facts(flow, org, lang)}
    silent = {"clock_policy"} if flow.kind == "internal" and flow.clock_policy == "none" else set()
    for fact in _FACTS:
        if fact in given and fact not in silent:
            label, value = given[fact]
            yield label[:1].upper() + label[1:] + ": ", value + mark(flow, fact)
    if _assumes(flow):
        yield Text(f"Dấu {MARK}: ", f"Mark {MARK}: ").to(lang), _assumption(flow).to(lang)


def _fact_line(pieces: list[_Piece], y: float) -> str:
    return "".join(words((text.rstrip(),), MARGIN + 6 + x, y, bold=bold, anchor="start") for x, text, bold in pieces)


# The foot

_Icon = Callable[[float, float], str]


def foot(flow: Flow, sheet: Sheet, pages: Sequence[Page], lang: str) -> list[Block]:
    """What follows the last row: words for what isn't drawn, whatever had to be shortened, the legend, the signatures."""
    told = [*sheet.told, *(Told(text) for page in pages for text in _cut(page.layout, lang))]
    blocks = [block for one in told for block in _told(one)]
    return [*blocks, _legend(flow, sheet, lang), _signatures(lang)]


def _told(told: Told) -> Iterator[Block]:
    """Words in lines; the arrows they tell belong to the first one."""
    for at, text in enumerate(wrap(told.text, WIDE - 24)):
        actions = " ".join(arrow.action for arrow in told.arrows) if at == 0 and told.arrows else None

        def draw(y: float, text: str = text, at: int = at, actions: str | None = actions) -> str:
            bullet = words(("•",), MARGIN + 6, y, anchor="start") if at == 0 else ""
            line = words((text,), MARGIN + 16, y, anchor="start")
            source = told.source if actions else None
            target = told.arrows[0].target if actions else None
            return element("g", bullet, line, class_="told", data_from=source, data_actions=actions, data_to=target)

        yield Block(LINE, draw)


def _cut(layout: Layout, lang: str) -> Iterator[str]:
    """The whole text of what had to be shortened in the picture."""
    numbers = {placed.row.id: placed.row.number for placed in layout.rows}
    for name, text, lines in _shown(layout):
        if lines and lines[-1].endswith("…"):
            yield Text(f"Bước {numbers[name]}, đủ chữ: {text}", f"Step {numbers[name]} in full: {text}").to(lang)


def _shown(layout: Layout) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Every text of a page that may have been shortened: the row, the text, its lines."""
    for placed in layout.rows:
        row = placed.row
        yield row.id, row.title, placed.words
        yield row.id, row.times, placed.times
        left_out = ("…",)
        for at, paper in enumerate(row.papers):
            yield row.id, paper, placed.papers[at] if at < len(placed.papers) else left_out
    for drawn in layout.lines:
        for label, lines in zip(drawn.line.labels, drawn.words, strict=True):
            yield drawn.line.source, label, lines
        yield drawn.line.source, drawn.line.home, drawn.end_words


def _legend(flow: Flow, sheet: Sheet, lang: str) -> Block:
    placed: list[tuple[float, float, str, _Icon]] = []
    x, y = 0.0, 0.0
    for draw, text in _symbols(flow, sheet, lang):
        wide = 44 + width(text.to(lang)) + 14
        if x and x + wide > WIDE:
            x, y = 0.0, y + 19
        placed.append((x, y, text.to(lang), draw))
        x += wide

    def draw_all(top: float) -> str:
        parts = []
        for dx, dy, text, draw in placed:
            middle = top + dy + 9.5
            parts.append(draw(MARGIN + dx, middle))
            parts.append(words((text,), MARGIN + dx + 44, middle - LINE / 2, anchor="start"))
        return element("g", *parts, class_="legend")

    return Block(y + 22, draw_all)


def _symbols(flow: Flow, sheet: Sheet, lang: str) -> Iterator[tuple[_Icon, Text]]:
    """The symbols that this flow's sheets show, with what they mean."""
    rows = sheet.rows
    styles = {line.style for row in rows for line in (*row.exits, *((row.spine,) if row.spine else ()))}
    every: tuple[tuple[bool, _Icon, Text], ...] = (
        (True, _in(_main), Text("bước đường chính", "step of the main path")),
        (any(row.step and not row.main for row in rows), _in(_aside), Text("bước ngoài đường chính", "step aside")),
        (True, _in(_end), Text("bắt đầu, kết thúc", "start, end")),
        (any(row.ready for row in rows), _in(_ready), Text("có kết quả", "the result is there")),
        (any(row.waits for row in rows), _in(_wait), Text("chờ, đồng hồ dừng", "waiting, the clock stands")),
        (any(row.papers for row in rows), _in(document), Text("giấy tờ", "paper")),
        (True, _stroke("main"), Text('đường chính, "Chuyển bước tiếp theo"', 'main path, "Pass on"')),
        ("back" in styles, _stroke("back"), Text("trở lại bước trước", "back to an earlier step")),
        ("timer" in styles, _stroke("timer"), Text("hệ thống tự chuyển", "taken by the system")),
        (any(row.chooses for row in rows), _choice, Text("người giữ hồ sơ chọn một mũi tên", "the holder chooses")),
        (True, _sign("3"), Text("nối tới bước có số này", "leads to the step with this number")),
        (bool(sheet.letters), _sign("A"), Text("nối tới kết thúc có chữ này", "leads to the end with this letter")),
        (_assumes(flow), _said(MARK), _assumption(flow)),
    )
    yield from ((icon, text) for needed, icon, text in every if needed)


def _assumes(flow: Flow) -> bool:
    return any(fact.status == "assumed" for fact in flow.facts)


def _assumption(flow: Flow) -> Text:
    more = assumed(flow, "arrows")
    vi, en = ("; các mũi tên cũng là giả định", "; so are the arrows") if more else ("", "")
    return Text(f"giả định, chưa đọc ở nguồn nào{vi}", f"assumed, not read in a source{en}")


def _in(draw: Callable[[Rect], str]) -> _Icon:
    return lambda x, y: draw(Rect(x + 8, y - 7, 30, 14))


def _main(box: Rect) -> str:
    return process(box, THICK, MAIN)


def _aside(box: Rect) -> str:
    return process(box, THIN)


def _ready(box: Rect) -> str:
    return process(box, THIN) + bars(box)


def _end(box: Rect) -> str:
    return terminator(box, THICK)


def _wait(box: Rect) -> str:
    return delay(box, THIN)


def _choice(x: float, y: float) -> str:
    return choice((x + 18, y), (x + 18 + DIAMOND, y))


def _sign(sign: str) -> _Icon:
    return lambda x, y: connector((x + 26, y), sign)


def _said(text: str) -> _Icon:
    return lambda x, y: words((text,), x + 26, y - LINE / 2)


def _stroke(style: Style) -> _Icon:
    wide = THICK if style == "main" else THIN

    def draw(x: float, y: float) -> str:
        points = ((x + 4, y), (x + 38, y))
        return line(shortened(points), wide=wide, dash=DASHES[style]) + arrow_head(*points, wide)

    return draw


def _signatures(lang: str) -> Block:
    names = (Text("Soạn thảo", "Written by"), Text("Kiểm tra", "Checked by"), Text("Phê duyệt", "Approved by"))
    hint = Text("(ký, ghi rõ họ tên, ngày)", "(signature, name, date)").to(lang)

    def draw(top: float) -> str:
        parts = []
        for at, name in enumerate(names):
            x = MARGIN + WIDE * at / 3
            parts.append(_frame(x, top, WIDE / 3, 56))
            parts.append(words((name.to(lang),), x + WIDE / 6, top + 3, bold=True))
            parts.append(words((hint,), x + WIDE / 6, top + 3 + LINE))
        return element("g", *parts, class_="signatures")

    return Block(58, draw)
