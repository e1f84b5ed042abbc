"""The book, the page of one flow and that of a simulation in a real browser: usable by everyone, offline, without scripts too.

Needs Debian's `chromium`. Without it these tests are skipped on a desk; where CI or FLOWISO_CI is set they fail.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from archetypes import one_of_each
from axe_playwright_python.sync_playwright import Axe
from pictures import program, shipped
from playwright.sync_api import Browser, Page, expect, sync_playwright
from years import MANY, ONE, OTHERS

from flowiso.render.book import as_book
from flowiso.render.page import as_html
from flowiso.render.sheet import sheets
from flowiso.render.simulation_page import as_html as as_simulation

LIBRARY = shipped()
ORG, WORDS = LIBRARY.org, LIBRARY.words
FLOWS = one_of_each(LIBRARY.flows)
FLOW = LIBRARY.find("LTHH-13")
WIDTHS = (1280, 360)
QUIET = ("quic", "background-networking", "component-update", "sync", "gpu")
SWITCHES = ["--no-sandbox", "--no-first-run", *(f"--disable-{what}" for what in QUIET)]
AXE = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
"""Every rule that axe-core runs by itself, and the size of targets (WCAG 2.2, 2.5.8)."""

WITHOUT_INSIDES = "document.querySelectorAll('svg > :not(title, desc)').forEach(part => part.remove())"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    chromium = program("chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        yield started
        started.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The book, the page of one flow and two of simulations, in both languages, and a small book whose words try the search."""
    made = tmp_path_factory.mktemp("pages")
    for lang in ("vi", "en"):
        (made / f"book-{lang}.html").write_text(as_book(FLOWS, ORG, WORDS, lang), encoding="utf-8")
        (made / f"page-{lang}.html").write_text(as_html(FLOW, ORG, WORDS, lang), encoding="utf-8")
        (made / f"years-{lang}.html").write_text(as_simulation(MANY, OTHERS, lang), encoding="utf-8")
        (made / f"year-{lang}.html").write_text(as_simulation(ONE, (), lang), encoding="utf-8")
    titled = [FLOW._replace(code=code, title=title) for code, title in TITLES.items()]
    (made / "search.html").write_text(as_book(titled, ORG, WORDS), encoding="utf-8")
    return made


@contextmanager
def opened(browser: Browser, file: Path, width: int = 1280, scripts: bool = True) -> Iterator[Page]:
    """The file in a fresh page; on leaving: nothing was fetched, nothing was said on the console."""
    context = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=scripts)
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(file.as_uri())
    yield page
    assert {url.partition("#")[0] for url in asked} == {file.as_uri()}
    assert said == []
    context.close()


def until(holds: Callable[..., bool], *given: object) -> None:
    """Wait at most five seconds: scrolling ends a moment after the key."""
    late = time.monotonic() + 5
    while not holds(*given):
        assert time.monotonic() < late
        time.sleep(0.02)


def on_screen(page: Page, selector: str) -> bool:
    """Whether an element begins within the window."""
    box = page.locator(selector).bounding_box()
    return box is not None and 0 <= box["y"] < 800


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "name", [f"{page}-{lang}" for page in ("book", "page", "years", "year") for lang in ("vi", "en")]
)
def test_axe_finds_nothing(browser: Browser, folder: Path, name: str, width: int) -> None:
    """WCAG 2.2 AA as far as axe-core can tell; the page never scrolls sideways and says its language.

    Into the pictures it looks on the page of one flow only: in the book they are the same, and many.
    """
    with opened(browser, folder / f"{name}.html", width) as page:
        opened_up = 3 if name.startswith("book") else 99
        page.evaluate(f"document.querySelectorAll('details').forEach((part, at) => part.open = at < {opened_up})")
        if name.startswith("book"):
            page.evaluate(WITHOUT_INSIDES)
        found = Axe().run(page, options=AXE)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("document.documentElement.lang") == name[-2:]


def test_axe_would_find_a_fault(browser: Browser, folder: Path) -> None:
    """The proof above is no empty one: planted faults are found, on screen and far below."""
    with opened(browser, folder / "book-vi.html") as page:
        page.evaluate(WITHOUT_INSIDES)
        page.evaluate(
            "document.querySelector('label').remove();"
            "document.querySelector('article:last-of-type p').style.color = '#ccc';"
            "document.querySelector('.to-index').style.cssText = 'color: #eee';"
        )
        found = {violation["id"] for violation in Axe().run(page, options=AXE).response["violations"]}
        assert {"label", "color-contrast"} <= found


@pytest.mark.parametrize("name", ["book-vi", "page-vi"])
def test_wide_sheets_scroll_in_their_own_region(browser: Browser, folder: Path, name: str) -> None:
    """On a phone a sheet keeps a size one can read, and arrow keys move it inside its named region (WCAG 1.4.10, 2.1.1)."""
    with opened(browser, folder / f"{name}.html", 360) as page:
        sheet = page.get_by_role("region", name=re.compile("^Lưu đồ .*tờ 1")).first
        sheet.scroll_into_view_if_needed()
        assert sheet.evaluate("region => region.scrollWidth > 2 * region.clientWidth")
        sheet.focus()
        page.keyboard.press("ArrowRight")
        until(lambda: sheet.evaluate("region => region.scrollLeft") > 0)


@pytest.mark.parametrize("width", WIDTHS)
def test_targets_are_large_and_focus_shows(browser: Browser, folder: Path, width: int) -> None:
    """WCAG 2.5.8 and 2.4.7: whatever can be pressed is at least 24 px high and shows when it has the focus."""
    with opened(browser, folder / "book-vi.html", width) as page:
        heights = page.locator("nav a, nav input, summary, .to-index").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect().height)"
        )
        assert len(heights) > 4 * len(FLOWS)
        assert min(heights) >= 24
        for _ in range(4):
            page.keyboard.press("Tab")
            style = page.evaluate(
                "(({outlineStyle, outlineWidth}) => [outlineStyle, outlineWidth])(getComputedStyle(document.activeElement))"
            )
            assert style == ["solid", "3px"]


def test_skip_link(browser: Browser, folder: Path) -> None:
    """WCAG 2.4.1: the first Tab and Enter lead past the index."""
    with opened(browser, folder / "book-vi.html") as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


TITLES = {
    "X-01": "Đăng ký hợp đồng theo mẫu",
    "X-02": "Dang ky khong dau",
    "X-03": "Đăng kiểm phương tiện",
    "X-04": "Cấp giấy phép (C++) [thử]",
    "X-05": "Cáp điện ngầm",
}


@pytest.fixture(scope="module")
def searching(browser: Browser, folder: Path) -> Iterator[Page]:
    """The small book, open for many searches."""
    with opened(browser, folder / "search.html") as page:
        yield page


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("dang ky", {"X-01", "X-02"}),
        ("DANG KY", {"X-01", "X-02"}),
        ("đăng ký", {"X-01"}),
        ("đang", {"X-01", "X-03"}),
        ("d", {"X-01", "X-02", "X-03", "X-05"}),
        ("đ", {"X-01", "X-03", "X-05"}),
        ("cap", {"X-04", "X-05"}),
        ("câp", {"X-04"}),
        ("cáp", {"X-04", "X-05"}),
        ("cấp", {"X-04"}),
        ("ca\u0301p", {"X-04", "X-05"}),
        ("ky dang", {"X-01", "X-02"}),
        ("x-05", {"X-05"}),
        ("c++) [", {"X-04"}),
        ("\\", set()),
        ("luu thong", set(TITLES)),
        ("  ", set(TITLES)),
    ],
)
def test_search(searching: Page, typed: str, found: set[str]) -> None:
    """Without accents everything is found, `d` finds đ; each accent typed narrows, `đ` finds no d (the field counts too)."""
    searching.get_by_role("searchbox").fill(typed)
    assert set(searching.locator("#index li:visible strong").all_inner_texts()) == found
    said = searching.locator("output").inner_text()
    assert said == (f"Tìm thấy {len(found)} lưu đồ." if typed.strip() else "")


def test_search_by_keyboard_leads_to_the_flow(browser: Browser, folder: Path) -> None:
    """Type, Enter: the first procedure found has the focus and is on the screen; Escape empties the search."""
    with opened(browser, folder / "search.html") as page:
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.type("cap dien")
        page.keyboard.press("Enter")
        expect(page.locator("#x-05")).to_be_focused()
        until(on_screen, page, "#x-05 h3")
        page.get_by_role("searchbox").focus()
        page.keyboard.press("Escape")
        assert page.locator("#index li:visible").count() == len(TITLES)


def test_without_scripts_the_index_leads_to_every_flow(browser: Browser, folder: Path) -> None:
    """The book is whole with scripts off: no search that wouldn't work, and links that do."""
    with opened(browser, folder / "book-vi.html", scripts=False) as page:
        assert page.locator("#search").is_hidden()
        links = page.locator("#index a")
        assert links.count() == len(FLOWS)
        for number in (links.count() - 1, 0, links.count() // 2):
            links.nth(number).click()
            code = links.nth(number).locator("strong").inner_text()
            page.wait_for_url(f"**/*#{code.lower()}")
            until(on_screen, page, f"#{code.lower()} h3")


def test_printed_each_sheet_is_a_page(browser: Browser, folder: Path) -> None:
    """On paper every sheet has an A4 page of its own, across; the words follow on upright pages."""
    with opened(browser, folder / "page-vi.html") as page:
        paper = page.pdf(prefer_css_page_size=True)
    sizes = [
        tuple(round(float(number)) for number in box.split()) for box in re.findall(rb"/MediaBox \[([^\]]+)\]", paper)
    ]
    across = [size for size in sizes if size[2:] == (842, 595)]
    upright = [size for size in sizes if size[2:] == (595, 842)]
    assert len(across) == len(sheets(FLOW, ORG, WORDS))
    assert 2 <= len(upright) <= 8
    assert len(across) + len(upright) == len(sizes)


CHARTS = ("whatif-late", "per-year", "causes", "queue", "longest", "utilisation")
OVERLAPS = """charts => charts.flatMap(chart => {
  const boxes = [...chart.querySelectorAll('tspan')].map(line => [line.textContent, line.getBoundingClientRect()]);
  const meet = (a, b) => a.left + 1 < b.right && b.left + 1 < a.right && a.top + 4 < b.bottom && b.top + 4 < a.bottom;
  return boxes.flatMap(([one, a], at) => boxes.slice(at + 1).filter(([_, b]) => meet(a, b)).map(([two]) => [one, two]));
})"""
"""Words of a chart that lie upon each other, letters' own leading left out."""


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("width", [360, 700, 800, 1280])
def test_charts_can_be_read_at_every_width(browser: Browser, folder: Path, width: int, lang: str) -> None:
    """One drawing of each chart is shown, that for this width; its letters are 11 px or more, whole, and none upon another."""
    with opened(browser, folder / f"years-{lang}.html", width) as page:
        shown = page.locator("svg.chart:visible")
        ids = shown.evaluate_all("all => all.map(one => one.parentElement.id)")
        assert tuple(ids) == CHARTS
        scales = shown.evaluate_all(
            "all => all.map(one => one.getBoundingClientRect().width / one.viewBox.baseVal.width)"
        )
        assert min(scales) * 13 >= 11
        assert max(scales) * 13 <= 20
        assert shown.evaluate_all(OVERLAPS) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_charts_overlaps_would_be_found(browser: Browser, folder: Path) -> None:
    """The proof above is no empty one."""
    with opened(browser, folder / "years-vi.html") as page:
        page.evaluate("document.querySelectorAll('#causes .at-wide tspan')[1].setAttribute('x', 5)")
        page.evaluate("document.querySelectorAll('#causes .at-wide tspan')[0].setAttribute('x', 5)")
        page.evaluate("document.querySelectorAll('#causes .at-wide tspan')[1].setAttribute('y', 20)")
        page.evaluate("document.querySelectorAll('#causes .at-wide tspan')[0].setAttribute('y', 20)")
        assert page.locator("#causes svg.chart:visible").evaluate_all(OVERLAPS) != []


def test_a_simulation_is_read_by_keyboard_and_ear(browser: Browser, folder: Path) -> None:
    """WCAG 2.1.1, 1.1.1: the links lead to their sections, Enter opens a chart's figures, and each chart has its name."""
    with opened(browser, folder / "years-vi.html", scripts=False) as page:
        for link in page.locator("nav a").all():
            link.focus()
            page.keyboard.press("Enter")
            page.wait_for_url(f"**/*{link.get_attribute('href')}")
        summary = page.locator("#causes summary")
        summary.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#causes table")).to_be_visible()
        names = [
            page.get_by_role("img", name=re.compile("^Vì sao trễ hạn")),
            page.get_by_role("img", name=re.compile("^Hồ sơ chờ")),
        ]
        assert [name.count() for name in names] == [1, 1]


def test_a_simulation_on_paper(browser: Browser, folder: Path) -> None:
    """On upright A4, without the links, every table of figures unfolded."""
    with opened(browser, folder / "years-vi.html") as page:
        paper = page.pdf(prefer_css_page_size=True)
        page.emulate_media(media="print")
        assert page.locator("nav").is_hidden()
        assert page.locator("svg.at-narrow:visible").count() == 0
        assert page.locator("#utilisation table").is_visible()
    boxes = re.findall(rb"/MediaBox \[([^\]]+)\]", paper)
    assert {tuple(round(float(number)) for number in box.split()) for box in boxes} == {(0, 0, 595, 842)}
    assert 3 <= len(boxes) <= 12
