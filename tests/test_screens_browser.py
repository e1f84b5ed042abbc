"""The screens in a real browser: the whole work by keyboard alone, everyone can use them, nothing leaves the host, live updates.

Needs Debian's `chromium`. Without it these tests are skipped on a desk; where CI or FLOWISO_CI is set they fail.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from doors import engine_of
from offices import at, examined, go, path, received
from pictures import program
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from screened import key_in, served, store_in
from test_browser import AXE, SWITCHES

from flowiso.engine import Engine

PEOPLE = ("lan", "ha", "an", "quang", "hanh")
WIDTHS = (1280, 360)
SMALL = 640
"""What is left of 1280 pixels at 200 % (WCAG 1.4.4)."""
LATE = "H19.1-210901-0001"


class House(NamedTuple):
    """A served office: its address, a key for each of its people, the store as another process sees it, and who has signed in."""

    address: str
    keys: dict[str, str]
    engine: Engine
    seats: dict[tuple[str, str], BrowserContext]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    chromium = program("chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        yield started
        started.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An office with a late dossier, one handed over and not confirmed, one that waits for a supplement, and some in time."""
    folder = tmp_path_factory.mktemp("mot-cua")
    engine = engine_of(store_in(folder))
    examined(engine, "01/09 08:00")
    path(engine, received(engine, "14/09 08:00"), "14/09 09:00 lan chuyen ha")
    path(engine, examined(engine, "13/09 08:00"), "13/09 14:00 an bo-sung lan", "13/09 15:00 lan gui")
    path(engine, examined(engine, "14/09 08:00"), "14/09 10:30 an bounce", note="không phải việc của tôi")
    keys = {name: key_in(folder, name) for name in PEOPLE}
    with served(folder) as address:
        yield House(address, keys, engine, {})
    engine.close()


@contextmanager
def opened(
    browser: Browser,
    house: House,
    account: str = "",
    where: str = "",
    width: int = 1280,
    lang: str = "vi",
    scripts: bool = True,
) -> Iterator[Page]:
    """A page of somebody's browser, signed in unless there is no account, in the seat he has had since he first signed in.

    On leaving: nothing left the host, nothing was said on the console.
    """
    seat = account, f"{lang}{scripts}"
    if seat not in house.seats or not account:
        house.seats[seat] = browser.new_context(java_script_enabled=scripts)
    page = house.seats[seat].new_page()
    page.set_viewport_size({"width": width, "height": width * 5 // 8 if width == SMALL else 800})
    asked: set[str] = set()
    said: list[str] = []
    page.on("request", lambda request: asked.add(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{house.address}/{where}")
    if "/sign-in" in page.url:
        _enter(page, house.keys.get(account, ""), lang)
    yield page
    assert {url for url in asked if not url.startswith(f"{house.address}/")} == set()
    assert [one for one in said if "status of 4" not in one] == []  # Chromium tells of every 4xx itself
    page.close()


def _enter(page: Page, key: str, lang: str) -> None:
    if lang == "en":
        page.get_by_role("button", name="English").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    if key:
        page.locator("#key").fill(key)
        page.locator("#key").press("Enter")
        page.wait_for_url(lambda url: "/sign-in" not in url)


NAMED = """(one) => one.getAttribute("aria-label") ||
  (one.labels && one.labels.length && one.labels[0].innerText) || one.innerText || "" """
AHEAD = f"""(name) => {{
  const named = {NAMED};
  const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
    .filter((one) => one.type !== "hidden" && one.checkVisibility());
  const from = document.activeElement;
  const ahead = all.filter((one) => from === document.body || from.compareDocumentPosition(one) & 4);
  return ahead.findIndex((one) => new RegExp("^(?:" + name + ")").test(named(one).trim())) + 1;
}}"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what is called so has the focus: a button, a link, a field by its label; as often as there are others
    before it, and then as often as it takes."""
    for _ in range(page.evaluate(AHEAD, name)):
        page.keyboard.press("Tab")
    for _ in range(150):
        if re.match(name, page.evaluate(f"() => ({NAMED})(document.activeElement)").strip()):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"no way to '{name}' by keyboard")


def press(page: Page, name: str) -> None:
    """Go there and press Enter."""
    tab_to(page, name)
    page.keyboard.press("Enter")


def skip(page: Page) -> None:
    """Past the head of the page, by the first link there is."""
    press(page, "Bỏ qua")
    expect(page.locator("main")).to_be_focused()


def sign_in(page: Page, key: str) -> None:
    """By keyboard."""
    tab_to(page, "Khóa cá nhân|Your key")
    page.keyboard.insert_text(key)
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox")


def hand_over(page: Page, number: str, action: str, to: str, note: str = "") -> None:
    """From the inbox to the form of an action, filled in by keyboard; the page is left."""
    skip(page)
    press(page, f"(Việc khác với|{action}) {number}")
    page.wait_for_url("**/dossiers/**")
    if not page.url.partition("#")[2]:
        skip(page)
    form = page.locator(f"#act-{action}")
    if form.get_attribute("open") is None:
        press(page, f"{action}( →|$)")
    if to:
        tab_to(page, "Giao cho")
        page.keyboard.type(to)
    if note:
        tab_to(page, "Nội dung")
        page.keyboard.type(note)
    press(page, f"{action}$")
    expect(page.get_by_role("status").filter(has_text="Đã ghi")).to_be_visible()
    page.goto("about:blank")  # or it would follow what the others do


def test_a_dossier_by_keyboard_alone(browser: Browser, house: House) -> None:
    """Received, handed over, a wrong account refused with the reason, the right one, supplement, signature, return (R121)."""
    with (
        opened(browser, house, width=SMALL) as lan,
        opened(browser, house, "ha", width=SMALL) as ha,
        opened(browser, house, "an", width=SMALL) as an,
    ):
        house.seats["lan", "viTrue"] = lan.context
        sign_in(lan, house.keys["lan"])
        skip(lan)
        press(lan, "Tiếp nhận hồ sơ mới")
        lan.wait_for_url("**/receive")
        skip(lan)
        tab_to(lan, "Thủ tục hành chính")
        lan.keyboard.type("MAU")
        tab_to(lan, "Chủ hồ sơ")
        lan.keyboard.type("Nguyễn Thị Ánh")
        press(lan, "Tiếp nhận$")
        lan.wait_for_url("**/dossiers/**")
        number = lan.locator("h1").inner_text().split()[-1]

        skip(lan)
        press(lan, "Tài khoản khác")
        tab_to(lan, "Mã tài khoản")
        lan.keyboard.type("chi")
        lan.keyboard.press("Enter")
        refused = lan.get_by_role("alert")
        expect(refused).to_contain_text("'chi' không có vai trò 'Trưởng phòng'")
        expect(refused).to_contain_text("Ha (ha)")
        skip(lan)
        tab_to(lan, "Giao cho")
        lan.keyboard.type("Ha")
        tab_to(lan, "Mã tài khoản")
        lan.keyboard.press("Control+A")
        lan.keyboard.press("Delete")
        lan.keyboard.press("Enter")
        expect(lan.get_by_role("status").filter(has_text="Đã ghi")).to_be_visible()

        inbox(ha, house)
        skip(ha)
        press(ha, f"Nhận bàn giao {number}")
        expect(ha.get_by_role("status").filter(has_text="Nhận bàn giao")).to_be_visible()
        hand_over(ha, number, "chuyen", "An")
        inbox(an, house)
        hand_over(an, number, "bo-sung", "Lan", "Thiếu bản sao giấy chứng nhận")
        inbox(lan, house)
        hand_over(lan, number, "gui", "")
        lan.goto(f"{house.address}/dossiers/{number}")
        skip(lan)
        press(lan, "da-bo-sung$")
        expect(lan.get_by_role("status").filter(has_text="Đã ghi")).to_be_visible()
        inbox(an, house)
        hand_over(an, number, "chuyen", "Quang")
        with opened(browser, house, "quang", width=SMALL) as quang, opened(browser, house, "hanh", width=SMALL) as hanh:
            inbox(quang, house)
            hand_over(quang, number, "chuyen", "Hanh")
            inbox(hanh, house)
            hand_over(hanh, number, "chuyen", "Lan")
        inbox(lan, house)
        hand_over(lan, number, "xong", "")
    assert house.engine.dossier(number).status == 10


def inbox(page: Page, house: House) -> None:
    """To the account's own work."""
    page.goto(f"{house.address}/inbox")


@pytest.mark.parametrize(("lang", "width"), [("vi", 360), ("en", 1280)])
def test_axe_finds_nothing(browser: Browser, house: House, lang: str, width: int) -> None:
    """WCAG 2.2 AA as far as axe-core can tell, on every page in both languages; at no width does a page scroll sideways."""
    with opened(browser, house, lang=lang, width=width) as page:
        judged(page, lang)
        page.context.clear_cookies(name="flowiso")
        page.locator("#key").fill(house.keys["lan"])
        page.locator("#key").press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        judged(page, lang)
    with opened(browser, house, "lan", lang=lang, width=width) as page:
        for where in PAGES:
            page.goto(f"{house.address}/{where}")
            judged(page, lang)
        wrong = "Another account" if lang == "en" else "Tài khoản khác"
        page.goto(f"{house.address}/dossiers/{house.engine.receive('MAU-01', by='lan', at=at('15/09 07:40')).number}")
        page.get_by_text(wrong).first.click()
        page.get_by_label(re.compile("^(Mã tài khoản|Account)$")).first.fill("chi")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        judged(page, lang)


PAGES = (
    *(
        "inbox",
        "board",
        "board?division=phong",
        "receive",
        "find?q=thu",
        "find",
        f"dossiers/{LATE}",
        "dossiers/H19.1-210913-0001",
    ),
    *("procedures", "procedures/MAU-01", "year?year=2021", "year/cell?year=2021&cell=agency/received", "dossiers/none"),
    *("hand-over?account=an&to=binh", "hand-over?account=thao&to=an", "sessions", "register"),
)


def judged(page: Page, lang: str) -> None:
    """The page that is open, with every part of it unfolded; the next one is opened at the other width, so that over both
    languages each page is looked at as widely as on a desk and as narrowly as on a telephone."""
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    found = Axe().run(page, options=AXE)
    assert found.violations_count == 0, (page.url, found.generate_report())
    assert page.evaluate("document.documentElement.lang") == lang
    size = page.viewport_size
    assert size is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], page.url
    other = sum(WIDTHS) - size["width"]
    page.set_viewport_size({"width": other, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= other, page.url


def test_the_head_finds_the_worst_in_one_click(browser: Browser, house: House) -> None:
    """U2: from the board, one link to the worst late dossier, and one for each officer's."""
    with opened(browser, house, "ha", "board") as page:
        page.get_by_role("link", name=re.compile("Hồ sơ trễ nặng nhất")).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Hồ sơ {LATE}")
        page.goto(f"{house.address}/board")
        page.get_by_role("link", name=re.compile("Gấp nhất của An")).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Hồ sơ {LATE}")


def test_a_change_committed_elsewhere_is_seen_within_a_second(browser: Browser, house: House) -> None:
    """U3: another process hands a dossier over; the inbox, the board and the dossier's own page show it, nothing reloaded."""
    hs = house.engine.receive("MAU-01", by="lan", at=at("07/09 08:00"))
    with (
        opened(browser, house, "ha", "inbox") as inbox_,
        opened(browser, house, "ha", "board") as board,
        opened(browser, house, "ha", f"dossiers/{hs.number}") as one,
    ):
        for page in (inbox_, board, one):
            page.bring_to_front()
            page.evaluate("window.stays = true")
            page.wait_for_selector("html[data-live=on]")
        waited = []
        for line in ("15/09 07:31 lan reassign thao", "15/09 07:32 thao chuyen ha", "15/09 07:33 ha chuyen binh"):
            go(house.engine, hs.number, line)
            committed = time.monotonic()
            to = line.split()[-1]
            expect(one.locator("#log ~ div td", has_text=to.title()).first).to_be_visible(timeout=5000)
            waited.append(time.monotonic() - committed)
        expect(board.get_by_text(hs.number).first).to_be_visible()
        expect(inbox_.get_by_text(hs.number)).to_have_count(0)
        assert sorted(waited)[1] <= 1, waited
        assert all(page.evaluate("window.stays") for page in (inbox_, board, one))


def test_what_somebody_types_is_not_taken_away(browser: Browser, house: House) -> None:
    """A change while a form is being filled in is told, and the words stay."""
    hs = house.engine.receive("MAU-01", by="lan", at=at("15/09 07:30"))
    with opened(browser, house, "lan", f"dossiers/{hs.number}") as page:
        page.wait_for_selector("html[data-live=on]")
        page.locator("#f-chuyen-note").fill("đang gõ")
        path(house.engine, hs, "15/09 07:31 lan reassign thao")
        expect(page.get_by_role("status").filter(has_text="Dữ liệu đã thay đổi")).to_be_visible()
        expect(page.locator("#f-chuyen-note")).to_have_value("đang gõ")


def test_scripts_off_a_double_click_and_the_way_back(browser: Browser, house: House) -> None:
    """A step taken twice by an impatient hand is one line; the back button shows the dossier as it is now, not as it was."""
    number = house.engine.receive("MAU-01", by="lan", at=at("15/09 07:30")).number
    with opened(browser, house, "lan", f"dossiers/{number}", scripts=False) as page:
        page.locator("#f-chuyen-note").fill("Hồ sơ gấp")
        page.locator("#f-chuyen-to").select_option("ha")
        page.locator("#act-chuyen > form button").dblclick()
        expect(page.get_by_role("status").filter(has_text="Đã ghi")).to_be_visible()
        page.go_back()
        expect(page.locator("dd", has_text="Ha (ha)")).to_be_visible()
        expect(page.locator("#act-chuyen")).to_have_count(0)
    assert [move.note for move in house.engine.dossier(number).moves] == [None, "Hồ sơ gấp"]


def test_tabs_that_nobody_sees_hold_no_stream(browser: Browser, house: House) -> None:
    """Opened behind the board by Ctrl and a click: a browser has six connections to a host, the seventh page must come too."""
    with opened(browser, house, "ha", "board") as board:
        asked: list[str] = []
        behind = board.context.new_page()
        behind.on("request", lambda request: asked.append(request.url))
        behind.add_init_script("Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })")
        behind.goto(f"{house.address}/dossiers/{LATE}")
        behind.wait_for_load_state("load")
        assert not [url for url in asked if "/events" in url]
        behind.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
        behind.wait_for_selector("html[data-live=on]")
        behind.close()


def test_signed_out_in_another_tab(browser: Browser, house: House) -> None:
    """ASVS 7.4: a page that is left open goes as soon as its session has ended, without waiting for the next minute."""
    with opened(browser, house, "quang", "inbox") as left:
        left.wait_for_selector("html[data-live=on]")
        other = left.context.new_page()
        other.goto(f"{house.address}/sessions")
        other.get_by_role("button", name="Thoát").click()
        other.wait_for_url("**/sign-in*")  # a page that is closed on its way may keep Chromium 150 waiting for ever
        other.close()
        left.wait_for_url("**/sign-in*", timeout=10_000)
    house.seats.pop(("quang", "viTrue"))


def test_a_long_division_stays_on_a_telephone(browser: Browser, house: House) -> None:
    """WCAG 1.4.10: the choice of a division is no wider than the page."""
    with opened(browser, house, "ha", "board", width=360) as page:
        page.evaluate(
            "document.querySelector('#division').options[1].textContent = 'Kỹ thuật và quản lý năng lượng '.repeat(4)"
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_on_paper(browser: Browser, house: House) -> None:
    """Printed, a dossier has neither buttons nor menus, and all that is folded up is there."""
    with opened(browser, house, "an", f"dossiers/{LATE}") as page:
        page.emulate_media(media="print")
        assert page.locator("nav:visible, button:visible, .button:visible").count() == 0
        assert page.locator("ol.due").is_visible()
