"""The picture of a flowchart: the sheet an ISO office prints, A4 landscape, as SVG.

Swim lanes for the roles, a row for every step, columns for time and papers; what a picture can't show is told in words
on the last page. How it is laid out: `rows`, `lanes`, `layout`, `paging`; how it is drawn: `draw`, `frame`, `svg`.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final, NamedTuple

from ..model import Flow
from ..org import Org
from ..text import Text, nfc
from ..words import Words
from .draw import described, picture
from .frame import LATER, Block, foot, head, later_head
from .lanes import MARGIN, PAGE_HEIGHT, PAGE_WIDTH
from .paging import FLOOR, Page, pages
from .rows import mark, rows
from .svg import element, number
from .widths import FAMILY

_WIDE_MM, _HIGH_MM = 297, 210
_GAP: Final = 12.0
_ABOVE_FOOT: Final = 5.0


class _Leaf(NamedTuple):
    """One page: the picture on it, if any, and the blocks of the foot with the height at which each stands."""

    page: Page | None
    blocks: tuple[tuple[float, Block], ...]


def sheets(flow: Flow, org: Org, words: Words, lang: str = "vi", prefix: str = "") -> tuple[str, ...]:
    """One SVG document for each page. `prefix` is put before every id, so that many sheets can stand in one HTML page."""
    found = _contents(flow, org, words, lang)
    return tuple(
        _document(flow, content, described, lang, f"{prefix}{flow.code}-{flow.version}-{place}", PAGE_HEIGHT, _HIGH_MM)
        for place, (content, described) in enumerate(found, 1)
    )


def sheet(flow: Flow, org: Org, words: Words, lang: str = "vi") -> str:
    """One SVG document with all pages under each other."""
    found = _contents(flow, org, words, lang)
    parts = [
        element("g", content, transform=f"translate(0 {number(place * (PAGE_HEIGHT + _GAP))})")
        for place, (content, _) in enumerate(found)
    ]
    high = len(found) * (PAGE_HEIGHT + _GAP) - _GAP
    described = " ".join(text for _, text in found)
    return _document(
        flow, "".join(parts), described, lang, f"{flow.code}-{flow.version}", high, _HIGH_MM * high / PAGE_HEIGHT
    )


def _document(flow: Flow, content: str, description: str, lang: str, name: str, high: float, high_mm: float) -> str:
    title = Text(f"Lưu đồ {flow.code}: {flow.title}", f"Flowchart {flow.code}: {flow.title}").to(lang)
    return nfc(
        element(
            "svg",
            element("title", escape(title), id=f"{name}-title"),
            element("desc", escape(description), id=f"{name}-desc"),
            content,
            xmlns="http://www.w3.org/2000/svg",
            lang=lang,
            role="img",
            aria_labelledby=f"{name}-title {name}-desc",
            viewBox=f"0 0 {number(PAGE_WIDTH)} {number(high)}",
            width=f"{_WIDE_MM}mm",
            height=f"{number(high_mm)}mm",
            font_family=FAMILY,
            style="font-kerning:none;text-rendering:geometricPrecision",
        )
    )


def _contents(flow: Flow, org: Org, words: Words, lang: str) -> list[tuple[str, str]]:
    """What stands on each page, and the same in words."""
    plan = rows(flow, org, words, lang)
    top = head(flow, org, lang)
    below = sum(block.high for block in foot(flow, plan, (), lang)) + _ABOVE_FOOT
    found = pages(plan, flow, org, lang, (MARGIN + top.high + 4, MARGIN + LATER), below)
    leaves = _leaves(found, foot(flow, plan, found, lang))
    papers_mark = mark(flow, "forms")
    contents = []
    for place, leaf in enumerate(leaves, 1):
        count = Text(f"Trang {place}/{len(leaves)}", f"Page {place} of {len(leaves)}").to(lang)
        parts = [element("rect", width=PAGE_WIDTH, height=PAGE_HEIGHT, fill="#fff", class_="page")]
        parts.append(top.draw(count) if place == 1 else later_head(flow, count, lang))
        if leaf.page:
            parts.append(picture(leaf.page.layout, leaf.page.lanes, leaf.page.top, lang, papers_mark))
        parts += [block.draw(y) for y, block in leaf.blocks]
        said = (
            described(leaf.page.layout, lang) if leaf.page else Text("Ghi chú và ký hiệu", "Notes and symbols").to(lang)
        )
        contents.append((element("g", *parts, class_="sheet"), f"{count}: {said}."))
    return contents


def _leaves(found: Sequence[Page], blocks: Sequence[Block]) -> list[_Leaf]:
    """The foot below the last picture when all of it fits there, otherwise on further pages."""
    leaves = [_Leaf(page, ()) for page in found]
    y = found[-1].layout.bottom + _ABOVE_FOOT
    if y + sum(block.high for block in blocks) > FLOOR:
        y = FLOOR
    for block in blocks:
        if y + block.high > FLOOR:
            leaves.append(_Leaf(None, ()))
            y = MARGIN + LATER
        leaves[-1] = _Leaf(leaves[-1].page, (*leaves[-1].blocks, (y, block)))
        y += block.high
    return leaves
