"""The sheet of every flow is measured: nothing overlaps, no line is crossed or runs through words, nothing is left out (U7)."""

from __future__ import annotations

import re
import unicodedata
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import FLOWS
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from flowiso.flowfile import read_flow
from flowiso.library import load
from flowiso.model import Flow, Role
from flowiso.org import Limits, Org
from flowiso.render.advances import BOLD, REGULAR
from flowiso.render.rows import MARK
from flowiso.render.sheet import sheet, sheets
from flowiso.render.widths import balanced, width, wrap
from flowiso.text import Text
from flowiso.words import Words

LIBRARY = load(FLOWS)
NAMES = [f"{flow.code}.v{flow.version}" for flow in LIBRARY.flows]
SVG = "{http://www.w3.org/2000/svg}"
MARGIN_10_MM = 28.35
NEAR = 0.02  # coordinates are written with two decimals
FONTS = [
    *Path("/usr/share/fonts").rglob("NotoSans-Regular.ttf"),
    *Path("/usr/share/fonts").rglob("Arimo-Regular.ttf"),
    *Path("/usr/share/fonts").rglob("LiberationSans-Regular.ttf"),
]


class Rect(NamedTuple):
    x: float
    y: float
    wide: float
    high: float

    def overlaps(self, other: Rect) -> bool:
        return (
            self.x + self.wide > other.x + NEAR
            and other.x + other.wide > self.x + NEAR
            and self.y + self.high > other.y + NEAR
            and other.y + other.high > self.y + NEAR
        )

    def holds(self, other: Rect) -> bool:
        return (
            other.x >= self.x - NEAR
            and other.y >= self.y - NEAR
            and other.x + other.wide <= self.x + self.wide + NEAR
            and other.y + other.high <= self.y + self.high + NEAR
        )


@dataclass
class Line:
    """One arrow: its strokes as pieces, each a rectangle without breadth."""

    source: str
    target: str
    actions: list[str]
    pieces: list[Rect]


@dataclass
class Sheet:
    """One page as a reader with a ruler sees it."""

    wide: float
    high: float
    lanes: dict[str, Rect] = field(default_factory=dict)
    boxes: list[tuple[str, str, Rect]] = field(default_factory=list)  # id, role, rectangle
    marks: list[Rect] = field(default_factory=list)  # connectors
    labels: list[Rect] = field(default_factory=list)
    cells: list[Rect] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    told: list[tuple[str, str, list[str]]] = field(default_factory=list)
    texts: list[tuple[str, Rect, float]] = field(default_factory=list)
    framed: list[tuple[Rect, list[Rect]]] = field(default_factory=list)  # a frame and the texts that belong inside


def rect(element: ET.Element) -> Rect:
    return Rect(*map(float, element.attrib["data-box"].split()))


def spans(element: ET.Element) -> Iterator[tuple[str, Rect, float]]:
    """Every line of text below an element with the rectangle that it covers, measured by the table of widths."""
    for text in element.iter(f"{SVG}text"):
        size, bold = float(text.attrib["font-size"]), text.attrib.get("font-weight") == "bold"
        for span in text.iter(f"{SVG}tspan"):
            words = span.text or ""
            wide = width(words, size, bold)
            back = {"start": 0.0, "middle": wide / 2, "end": wide}[text.attrib.get("text-anchor", "start")]
            yield words, Rect(float(span.attrib["x"]) - back, float(span.attrib["y"]) - 0.8 * size, wide, size), size


def pieces(data: str) -> list[Rect]:
    found = []
    for stroke in data.split("|"):
        points = [tuple(map(float, point.split(","))) for point in stroke.split()]
        for (x1, y1), (x2, y2) in pairwise(points):
            assert abs(x1 - x2) < NEAR or abs(y1 - y2) < NEAR, "a line is neither level nor upright"
            found.append(Rect(min(x1, x2), min(y1, y2), abs(x1 - x2), abs(y1 - y2)))
    return found


def measured(document: str) -> Sheet:
    """What stands on a page."""
    root = ET.fromstring(document)
    _, _, wide, high = map(float, root.attrib["viewBox"].split())
    page = Sheet(wide, high, texts=list(spans(root)))
    for element in root.iter():
        kinds = element.attrib.get("class", "").split() or [""]
        if kinds[0] == "lane":
            data = element.attrib
            page.lanes[data["data-role"]] = Rect(*(float(data[key]) for key in ("x", "y", "width", "height")))
        elif kinds[0] == "box":
            page.boxes.append((element.attrib["data-id"], element.attrib.get("data-role", ""), rect(element)))
        elif kinds[0] == "connector":
            page.marks.append(rect(element))
        elif kinds[0] == "label":
            page.labels.append(rect(element))
        elif kinds[0] in ("times", "paper"):
            page.cells.append(rect(element))
        elif kinds[0] == "told" and "data-actions" in element.attrib:
            data = element.attrib
            page.told.append((data["data-from"], data["data-to"], data["data-actions"].split()))
        elif kinds[0] in ("arrow", "entry"):
            data = element.attrib
            actions = data.get("data-actions", "").split()
            page.lines.append(Line(data.get("data-from", ""), data["data-to"], actions, pieces(data["data-lines"])))
        if "data-box" in element.attrib:
            page.framed.append((rect(element), [place for _, place, _ in spans(element)]))
    return page


def crossings(page: Sheet) -> int:
    """How often a line of one arrow meets a line of another."""
    return sum(
        one.overlaps_line(other)
        for first, second in combinations(page.lines, 2)
        for one in map(Piece, first.pieces)
        for other in map(Piece, second.pieces)
    )


class Piece:
    """A stroke, for asking whether another one touches it."""

    def __init__(self, place: Rect) -> None:
        self.place = place

    def overlaps_line(self, other: Piece) -> bool:
        one, two = self.place, other.place
        return (
            one.x <= two.x + two.wide + NEAR
            and two.x <= one.x + one.wide + NEAR
            and one.y <= two.y + two.high + NEAR
            and two.y <= one.y + one.high + NEAR
        )


def check(page: Sheet) -> None:
    """All that must be true of one page."""
    check_symbols(page)
    check_lines(page)
    check_words(page)


def check_symbols(page: Sheet) -> None:
    symbols = [*(place for *_, place in page.boxes), *page.marks, *page.labels, *page.cells]
    for one, other in combinations(symbols, 2):
        assert not one.overlaps(other), (one, other)
    for name, role, place in page.boxes:
        lane = page.lanes[role] if role else Rect(0, 0, page.wide, page.high)
        assert lane.holds(place), name
    inside = Rect(MARGIN_10_MM, MARGIN_10_MM, page.wide - 2 * MARGIN_10_MM, page.high - 2 * MARGIN_10_MM)
    for place in (*symbols, *page.lanes.values(), *(piece for line in page.lines for piece in line.pieces)):
        assert inside.holds(place), place
    for words, place, _ in page.texts:
        assert inside.holds(place), words


def check_lines(page: Sheet) -> None:
    """Lines run through no words and no box: they may touch the edge of the boxes they join."""
    area = Rect(
        min(lane.x for lane in page.lanes.values()) if page.lanes else 0,
        0,
        sum(lane.wide for lane in page.lanes.values()),
        page.high,
    )
    for line in page.lines:
        for piece in line.pieces:
            assert area.holds(piece), line
            broad = Rect(piece.x - 0.5, piece.y - 0.5, piece.wide + 1, piece.high + 1)
            assert not any(broad.overlaps(label) for label in page.labels), line
            for place in (*(place for *_, place in page.boxes), *page.marks):
                within = Rect(place.x + 0.6, place.y + 0.6, place.wide - 1.2, place.high - 1.2)
                assert not broad.overlaps(within) or touches_round_side(piece, place), (line, place)


def touches_round_side(piece: Rect, place: Rect) -> bool:
    """Whether a level line ends at the outline of a symbol with round sides, at most 12 points inside its rectangle."""
    left, right = place.x - (piece.x + piece.wide), piece.x - (place.x + place.wide)
    return piece.high < NEAR and (-12.5 <= left <= 0 or -12.5 <= right <= 0)


def check_words(page: Sheet) -> None:
    for words, _, size in page.texts:
        assert size >= 9, words
    for frame, texts in page.framed:
        assert all(frame.holds(text) for text in texts), (frame, texts)


def arrows(flow: Flow) -> Counter[tuple[str, str, str]]:
    """Every arrow as (from, action, to); where the main path ends by waiting for it, the due moment's is drawn too."""
    found = Counter(
        (step.id, arrow.action, arrow.target)
        for step in flow.steps
        for arrow in (*step.arrows, *((step.at_limit,) if step.at_limit else ()))
    )
    last = [step for step in flow.steps if step.main][-1]
    if flow.at_due and last.clock == "run" and not last.ready:
        found[last.id, flow.at_due.action, flow.at_due.target] += 1
    everywhere = (*flow.anywhere, *((flow.at_due,) if flow.at_due else ()))
    return found + Counter(("*", arrow.action, arrow.target) for arrow in everywhere)


def shown(pages: list[Sheet]) -> Counter[tuple[str, str, str]]:
    """Every arrow that is drawn or told, as (from, action, to)."""
    lines = [(line.source, line.target, line.actions) for page in pages for line in page.lines]
    told = [one for page in pages for one in page.told]
    return Counter((source, action, target) for source, target, actions in [*lines, *told] for action in actions)


def check_flow(flow: Flow, org: Org, words: Words, lang: str = "vi") -> list[Sheet]:
    """Every page, and that nothing is missing or there twice."""
    pages = [measured(document) for document in sheets(flow, org, words, lang)]
    for page in pages:
        check(page)
    assert shown(pages) == arrows(flow)
    drawn = Counter(name for page in pages for name, *_ in page.boxes)
    assert set(drawn.values()) == {1}
    told = {target for page in pages for _, target, _ in page.told}
    targets = {target for _, _, target in arrows(flow)}
    assert {step.id for step in flow.steps} <= set(drawn)
    assert {end.id for end in flow.ends} & targets <= set(drawn) | told
    return pages


@cache
def pages_of(name: str, lang: str = "vi") -> list[Sheet]:
    flow = LIBRARY.flows[NAMES.index(name)]
    return check_flow(flow, LIBRARY.org, LIBRARY.words, lang)


@pytest.mark.parametrize("name", NAMES)
def test_every_flow_is_drawn_without_fault(name: str) -> None:
    """U7: no overlap, no label on a line, lanes kept, A4 with 10 mm margins, 9 pt; every step, end and arrow once."""
    assert pages_of(name)


def test_english_sheets_too() -> None:
    """U6: the English words are longer, and fit as well."""
    for name in NAMES[:12]:
        assert pages_of(name, "en")


def test_few_crossings() -> None:
    """U7 asks for at most one crossing per flow on average; these have none."""
    assert sum(crossings(page) for name in NAMES for page in pages_of(name)) == 0


def test_crossings_are_counted() -> None:
    """The measure itself: a level and an upright stroke of two arrows cross once, of one arrow never."""
    level, upright = Rect(0, 5, 10, 0), Rect(5, 0, 0, 10)
    assert crossings(Sheet(20, 20, lines=[Line("a", "b", [], [level]), Line("c", "d", [], [upright])])) == 1
    assert crossings(Sheet(20, 20, lines=[Line("a", "b", [], [level, upright])])) == 0


def test_the_ruler_finds_faults() -> None:
    """The measure itself: a label on a line, two boxes on one place, a box outside of its lane."""
    lane = {"r": Rect(40, 40, 100, 100)}
    box = ("a", "r", Rect(50, 50, 20, 20))
    line = Line("a", "b", [], [Rect(45, 80, 50, 0)])
    check(Sheet(800, 500, lane, [box], lines=[line]))
    for fault in (
        Sheet(800, 500, lane, [box], labels=[Rect(60, 75, 20, 10)], lines=[line]),
        Sheet(800, 500, lane, [box, ("b", "r", Rect(60, 60, 20, 20))]),
        Sheet(800, 500, lane, [("a", "r", Rect(130, 50, 20, 20))]),
        Sheet(800, 500, lane, [box], lines=[Line("a", "b", [], [Rect(40, 60, 60, 0)])]),
        Sheet(800, 500, lane, [box], framed=[(Rect(50, 50, 20, 20), [Rect(45, 50, 30, 9)])]),
        Sheet(800, 500, lane, [box], texts=[("nhỏ", Rect(50, 50, 9, 8), 8.0)]),
    ):
        with pytest.raises(AssertionError):
            check(fault)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_documents_stand_alone(lang: str) -> None:
    """Accessible (role, title, desc, lang), NFC, no script, nothing from outside; ids differ under a prefix."""
    flow = LIBRARY.flows[0]
    documents = sheets(flow, LIBRARY.org, LIBRARY.words, lang, "x-")
    ids: list[str] = []
    for document in (*documents, sheet(flow, LIBRARY.org, LIBRARY.words, lang)):
        assert unicodedata.is_normalized("NFC", document)
        root = ET.fromstring(document)
        assert (root.attrib["role"], root.attrib["lang"]) == ("img", lang)
        assert root.find(f"{SVG}title").text
        assert root.find(f"{SVG}desc").text
        own = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
        assert set(root.attrib["aria-labelledby"].split()) == set(own)
        ids += own
        assert not re.search(r"<script|<style|href|url\(|@import", document)
    assert len(ids) == len(set(ids))
    assert all(name.startswith("x-") for name in ids[:-2])
    assert [ET.fromstring(document).attrib["width"] for document in documents] == ["297mm"] * len(documents)


def test_one_document_holds_all_pages() -> None:
    """`sheet` shows the same pages as `sheets`, under each other."""
    flow = LIBRARY.flows[0]
    whole = ET.fromstring(sheet(flow, LIBRARY.org, LIBRARY.words))
    pages = sheets(flow, LIBRARY.org, LIBRARY.words)
    assert len([one for one in whole.iter() if one.attrib.get("class") == "sheet"]) == len(pages)
    together = Counter(span.text for span in whole.iter(f"{SVG}tspan"))
    assert together == Counter(span.text for page in pages for span in ET.fromstring(page).iter(f"{SVG}tspan"))


def test_assumptions_are_marked() -> None:
    """An assumed time carries its mark, which sheet 1 and the last one explain; a read one carries none."""
    flow = next(
        flow for flow in LIBRARY.flows if any("times" in fact.of and fact.status == "assumed" for fact in flow.facts)
    )
    pages = [
        [words for words, *_ in spans(ET.fromstring(document))] for document in sheets(flow, LIBRARY.org, LIBRARY.words)
    ]
    assert sum(MARK in words for page in pages for words in page) > len(flow.steps)
    for page in (pages[0], pages[-1]):
        assert any(words.startswith("giả định, chưa đọc ở nguồn nào") for words in page)
    read = hard(["Nhận", "Xét"])
    assert not any(
        MARK in words for document in sheets(read, ORG, Words()) for words, *_ in spans(ET.fromstring(document))
    )


# Hard flows

ROLES = [f"vai-{number}" for number in range(40)]
ORG = Org(
    "H19.1",
    Text("Sở Mẫu", "Sample Department"),
    Limits(),
    roles={role: Role(role, Text(f"Lãnh đạo phòng {role}", f"Head of {role}"), "", "agency") for role in ROLES},
)
FLOW = """
code: MAU-01
version: 1
status: published
title: "{title}"
field: dien
division: phong
decided_by: so
online_level: 4
interconnected: no
deadline: 5wd
clock_policy: restart
effective: {{from: 2018-01-01}}
issued_by: QĐ 1
legal_basis: [Luật 1]
steps:
{steps}
{aside}
anywhere: {{rut: {{to: da-rut, kind: withdraw}}}}
ends: {{da-cap: granted, tu-choi: refused, da-rut: withdrawn}}
facts:
  - of: [code, version, status, title, field, division, decided_by, online_level, interconnected, deadline,
      clock_policy, effective, issued_by, legal_basis, steps, times, arrows, forms]
    read: một nguồn
"""


def hard(
    titles: list[str],
    roles: list[int] | None = None,
    aside: int = 0,
    ways: list[tuple[int, int, str]] | None = None,
    papers: int = 0,
    title: str = "Thủ tục",
) -> Flow:
    """A flow with these steps; `ways` are further arrows (from, to, words), a target beyond the steps is a refusal."""
    count = len(titles)
    names = [f"b{number}" for number in range(count)]
    wanted = ways or []
    rows = []
    for place, (name, words) in enumerate(zip(names, titles, strict=True)):
        main = place < count - aside
        arrows = [
            f'm{at}: {{to: {names[head] if head < count else "tu-choi"}, title: "{label}"}}'
            for at, (tail, head, label) in enumerate(wanted)
            if tail == place
        ]
        if not main or place == count - aside - 1:
            arrows.insert(0, "xong: da-cap")
        role = ROLES[roles[place % len(roles)] if roles else place % 5]
        clock = "clock: stopped" if place % 7 == 6 else "within: 2wh"
        forms = ", ".join(f"Giấy tờ số {number} của bước" for number in range(papers))
        rows.append(
            f'  {name}: {{by: {role}, {clock}, title: "{words}", forms: [{forms}], then: {{{", ".join(arrows)}}}}}'
        )
    main_rows, aside_rows = rows[: count - aside], rows[count - aside :]
    text = FLOW.format(
        title=title,
        steps="\n".join(main_rows),
        aside="aside:\n" + "\n".join(aside_rows) if aside_rows else "",
    )
    flow, findings = read_flow(text.encode(), "mau.yaml", Words())
    assert flow is not None, findings
    return flow


LONG = "Kiểm tra thành phần hồ sơ, tiếp nhận, số hóa, chuyển phòng chuyên môn nghiên cứu giải quyết " * 3
HARD = {
    "one step": hard(["Nhận"]),
    "one role": hard(["Nhận", "Xét", "Ký", "Trả"], [0], ways=[(2, 1, "Trả lại"), (3, 0, "Trả lại")]),
    "long titles": hard([LONG.strip()] * 4, title=LONG.strip()),
    "endless titles": hard([("rất dài " * 490).strip()] * 2, title=("rất dài " * 490).strip()),
    "one long word": hard(["Ưỡnẹo" * 60] * 3, [0, 5, 9]),
    "twelve roles": hard([f"Bước thứ {number}" for number in range(12)], list(range(12))),
    "forty roles": hard([f"Bước thứ {number}" for number in range(40)], list(range(40))),
    "thirty steps": hard([f"Thẩm định hồ sơ lần {number}" for number in range(30)], aside=12),
    "all back": hard([f"Bước {n}" for n in range(9)], ways=[(n, m, "Không đồng ý, trả lại") for n in range(9) for m in range(n)]),
    "all to themselves": hard(["Nhận"] * 5, ways=[(n, n, "Làm lại") for n in range(5) for _ in range(3)]),
    "fifty ways": hard(["Nhận", "Xét", "Ký"], ways=[(1, n % 3, f"Lý do thứ {n}, {LONG[:60]}") for n in range(48)]),
    "forward and back": hard(
        [f"Bước {n}" for n in range(7)], [3, 0, 4, 1],
        ways=[(0, 3, "Nhảy tới"), (1, 5, "Nhảy"), (4, 0, "Về"), (5, 2, "Trả lại"), (2, 9, "Từ chối")],
    ),
    "many papers": hard(["Nhận", "Xét"], papers=30),
    "markup in words": hard(["<b>A & B</b>", "1 < 2 ]]> '"], ways=[(1, 0, "<script>alert(1)</script>")]),
}  # fmt: skip


@pytest.mark.parametrize("name", HARD)
def test_hard_flows(name: str) -> None:
    """The same measures hold for flows that nobody would print gladly."""
    pages = check_flow(HARD[name], ORG, Words())
    assert sum(map(crossings, pages)) == 0


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_flow(data: st.DataObject) -> None:
    """The same measures hold for flows of any shape."""
    count = data.draw(st.integers(1, 14))
    titles = data.draw(
        st.lists(st.sampled_from(["Ký", "Vào số, đóng dấu", LONG[:60], LONG[:130]]), min_size=count, max_size=count)
    )
    way = st.tuples(
        st.integers(0, count - 1), st.integers(0, count), st.sampled_from(["Trả lại", LONG[:50], LONG[:150]])
    )
    flow = hard(
        titles,
        data.draw(st.lists(st.integers(0, 13), min_size=1, max_size=count)),
        aside=data.draw(st.integers(0, count - 1)),
        ways=data.draw(st.lists(way, max_size=20)),
        papers=data.draw(st.integers(0, 4)),
    )
    assert sum(map(crossings, check_flow(flow, ORG, Words()))) == 0


# Widths


@pytest.mark.parametrize("file", FONTS, ids=lambda file: file.stem)
@pytest.mark.parametrize(("weight", "table"), [("Regular", REGULAR), ("Bold", BOLD)])
def test_widths_hold_for_the_fonts(file: Path, weight: str, table: dict[int, str]) -> None:
    """The table is never narrower than a font of the family, for every letter that the font has."""
    font = TTFont(file.with_name(file.name.replace("Regular", weight)))
    glyphs, advances, unit = font.getBestCmap(), font["hmtx"], font["head"].unitsPerEm
    letters = {letter: wide for wide, group in table.items() for letter in group}
    known = [letter for letter in letters if ord(letter) in glyphs]
    assert len(known) > 300
    narrow = {letter for letter in known if letters[letter] < 1000 * advances[glyphs[ord(letter)]][0] / unit}
    assert not narrow


def test_widths_know_every_vietnamese_letter() -> None:
    """Every letter of the alphabet with every tone, both cases, is in both tables."""
    marks = ["", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"]
    letters = {unicodedata.normalize("NFC", vowel + mark) for vowel in "aăâeêioôơuưy" for mark in marks} | {"đ"}
    for table in (REGULAR, BOLD):
        assert letters | {letter.upper() for letter in letters} <= set("".join(table.values()))


@given(st.text("aăđ ỹữM,", max_size=80), st.floats(20, 200), st.booleans(), st.integers(1, 9))
def test_wrapped_text_fits_and_keeps_its_words(text: str, room: float, bold: bool, most: int) -> None:
    """No line is wider than the room, none of the letters is lost, and a shortened text says so."""
    for fold in (wrap, balanced):
        lines = fold(text, room, 9.0, bold)
        assert all(width(line, 9.0, bold) <= room for line in lines)
        assert "".join("".join(lines).split()) == "".join(text.split())
        short = fold(text, room, 9.0, bold, most)
        assert len(short) == min(most, len(lines))
        assert all(width(line, 9.0, bold) <= room for line in short)
        assert short == lines or short[-1].endswith("…")
    assert len(balanced(text, room, 9.0, bold)) == len(wrap(text, room, 9.0, bold))


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_no_word_of_a_shipped_sheet_is_cut(lang: str) -> None:
    """A printed sheet says everything that its flow says; only a procedure's long name is shortened in the page heads."""
    for flow in LIBRARY.flows:
        for page in sheets(flow, LIBRARY.org, LIBRARY.words, lang):
            shown = re.sub(r"<(title|desc)>.*?</\1>", "", page, flags=re.DOTALL)
            cut = [words for words in re.findall(r">([^<>]*)…<", shown) if not flow.title.startswith(words)]
            assert not cut, (flow.code, cut)
