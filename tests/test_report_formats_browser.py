"""A report as a page in a real browser: usable by everyone, fetching nothing, running nothing, printed on A4.

Needs Debian's `chromium`. Without it these tests are skipped on a desk; where CI or FLOWISO_CI is set they fail.
"""

from __future__ import annotations

import io
import json
from pathlib import Path

import pypdf
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from reportsample import empty, hostile, year
from test_browser import AXE, WIDTHS, browser, opened

from flowiso.reports.html import write

__all__ = ["browser"]
PAGES = {"year": year, "hostile": hostile, "empty": empty}


def written(folder: Path, name: str, lang: str) -> Path:
    """The page as a file."""
    file = folder / f"{name}-{lang}.html"
    file.write_text(write(PAGES[name](lang)), encoding="utf-8")
    return file


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(browser: Browser, tmp_path: Path, name: str, width: int) -> None:
    """WCAG 2.2 AA as far as axe-core can tell; the page never scrolls sideways, wide tables do in regions of their own."""
    with opened(browser, written(tmp_path, name, "vi"), width) as page:
        found = Axe().run(page, options=AXE).response["violations"]
        assert not found, json.dumps(found, ensure_ascii=False, indent=1)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert page.locator("html").get_attribute("lang") == "vi"


def test_a_figure_can_be_linked_to(browser: Browser, tmp_path: Path) -> None:
    """The address of a page with #agency/late_rate shows that figure, and its definition is its tip."""
    file = written(tmp_path, "year", "en")
    with opened(browser, file) as page:
        page.goto(f"{file.as_uri()}#agency/late_rate")
        there = page.locator(":target")
        assert there.inner_text() == "0.03%"
        assert "/" in str(there.get_attribute("title"))


def test_the_page_is_printed_on_a4(browser: Browser, tmp_path: Path) -> None:
    """Wide tables on sheets turned sideways, the head of each on every sheet."""
    with opened(browser, written(tmp_path, "year", "vi")) as page:
        found = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    sides = [tuple(round(float(side) / 72 * 25.4) for side in sheet.mediabox[2:]) for sheet in found.pages]
    assert set(sides) == {(210, 297), (297, 210)}
    turned = [sheet.extract_text() for sheet, side in zip(found.pages, sides, strict=True) if side == (297, 210)]
    assert all("tỷ lệ" in words for words in turned)
