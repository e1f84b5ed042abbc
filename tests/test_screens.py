"""The screens as a browser without scripts sees them: who gets in, what each may do, and what is refused (R121, R126, R151)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from doors import engine_of
from offices import ORG, Office, at, delegated, examined, flow, path, ready, received
from screened import AGENCY, Site, Visitor
from starlette.applications import Starlette
from starlette.routing import Mount

import flowiso
from flowiso.engine import Engine
from flowiso.errors import UnknownFlow
from flowiso.model import RECORD, Flow
from flowiso.store import open_store
from flowiso.text import Text
from flowiso.web import Settings
from flowiso.web.screens.app import _OPEN, _OWN
from flowiso.web.screens.pulse import MOST, PAUSE, Topic, mark
from flowiso.web.screens.sessions import IDLE, LONGEST

HOSTILE = 'Nguyễn "><script>alert(1)</script><img src=x onerror=alert(2)> & Văn'


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The small office, on the morning of 15/09/2021."""
    with Site(tmp_path).opened() as site:
        yield site


@pytest.fixture
def lan(site: Site) -> Visitor:
    """The one-stop officer, signed in."""
    return site.signed_in("lan")


# Who gets in

TYPED = {"/receive", "/hand-over", "/dossiers/{number}/move"}
"""Where forms go that somebody types into: what was typed is kept over the sign-in."""


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, _ in _OWN])
def test_nothing_is_shown_to_who_is_not_signed_in(site: Site, method: str, path: str) -> None:
    """Every page leads to the sign-in, which knows where to come back to; the stream of events says no."""
    visitor, path = site.visitor(), path.replace("{rest:path}", "dossiers/a/b")
    visitor.get("/sign-in")
    answer = visitor.post(path) if method == "POST" else visitor("GET", path)
    if path == "/events" or (method == "POST" and path in TYPED):
        assert answer.status_code == 401
        return
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


def test_signing_in_leads_to_the_page_that_was_asked_for(site: Site) -> None:
    """And only to one of ours: no address of another site, however it is written."""
    visitor = site.visitor()
    assert 'name="next" value="/board?division=phong"' in visitor.get("/board?division=phong")
    answer = visitor.post("/sign-in", key=site.key("lan"), next="/board?division=phong")
    assert answer.headers["location"] == "/board?division=phong"
    for elsewhere in ("https://xau.vn/", "//xau.vn/", "/\\xau.vn", "javascript:alert(1)", "/a\r\nx: y", "/đ"):
        other = site.visitor()
        other.get("/sign-in")
        assert other.post("/sign-in", key=site.key("lan"), next=elsewhere).headers["location"] == "/"


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("", "khóa sai"),
        ("flowiso_xx_yy", "khóa sai"),
        (HOSTILE, "khóa sai"),
        ("many", "không gắn với đúng một tài khoản"),
        ("anybody", "không gắn với đúng một tài khoản"),
        ("blind", "không gắn với đúng một tài khoản"),
        ("stranger", "không có tài khoản"),
        ("elsewhere", "khóa sai"),
    ],
)
def test_a_key_that_opens_no_screen(site: Site, key: str, said: str) -> None:
    """Wrong, for several accounts, without the right to read, for nobody, or of an agency that isn't served: each says why."""
    made = {
        "many": lambda: site.key("lan", "thao"),
        "anybody": lambda: site.key("*"),
        "blind": lambda: site.key("lan", scopes=("act",)),
        "stranger": lambda: site.key("khong-ai"),
        "elsewhere": lambda: site.key("lan", agency="H20"),
    }
    visitor = site.visitor()
    answer = visitor.sign_in(made[key]() if key in made else key)
    assert answer.status_code == 401
    assert said in visitor.said()
    assert visitor("GET", "/inbox").status_code == 303


def test_the_cookie_says_nothing_and_is_for_us_alone(tmp_path: Path) -> None:
    """HttpOnly, SameSite=Strict, Secure where it is told; neither key nor account is in it; signed in it is another one."""
    with Site(tmp_path, secure=True).opened() as site:
        visitor, token = site.visitor(), site.key("lan")
        visitor.client.base_url = httpx.URL("https://mot-cua")
        before = visitor("GET", "/sign-in").headers["set-cookie"]
        after = visitor.post("/sign-in", key=token).headers["set-cookie"]
        for cookie in (before, after):
            assert {"HttpOnly", "Secure", "Path=/", "SameSite=strict"} <= set(cookie.split("; "))
            assert token not in cookie
            assert "lan" not in cookie.lower().replace("path", "").split(";")[0].split(".")[0].split("=")[0]
        assert before.split(";")[0] != after.split(";")[0]
        assert "127.0.0.1" not in visitor.get("/inbox")


def test_a_cookie_that_was_tampered_with(site: Site, lan: Visitor) -> None:
    """Another id under the same signature, or none: nobody is signed in."""
    cookie = lan.client.cookies["flowiso"]
    identity, _, signature = cookie.partition(".")
    for forged in (f"x{identity}.{signature}", f"{identity}.", identity, f"{identity}.{signature[:-1]}0x", "", "é.đ"):
        answer = site.visitor()("GET", "/inbox", headers={"Cookie": f"flowiso={forged}".encode()})
        assert answer.status_code == 303, forged
    assert lan("GET", "/inbox").status_code == 200


def test_signing_out_ends_the_session_for_every_copy_of_the_cookie(site: Site, lan: Visitor) -> None:
    """And the form of the page that was left open is refused."""
    copy = {"Cookie": f"flowiso={lan.client.cookies['flowiso']}"}
    lan.get("/inbox")
    csrf = lan.csrf()
    assert lan.post("/sign-out").status_code == 303
    assert lan("GET", "/inbox").status_code == 303
    assert site.visitor()("GET", "/inbox", headers=copy).status_code == 303
    late = site.visitor()("POST", "/receive", headers=copy, data={"csrf": csrf, "procedure": "MAU-01"})
    assert late.status_code == 401
    assert not list(site.engine.store.logs(AGENCY))


def test_a_session_ends_by_itself_and_with_its_key(site: Site) -> None:
    """After an hour without a request, after twelve hours at the latest, and at once when the key is over or revoked."""
    idle, busy, dated, revoked = (site.signed_in(name) for name in ("lan", "ha", "an", "quang"))
    dated.sign_in(site.key("an", until=date(2021, 9, 16)))
    started = site.clock.now
    busy.get("/inbox")
    site.clock.now += IDLE - timedelta(seconds=1)
    busy.get("/inbox")
    site.clock.now += timedelta(seconds=1)
    assert idle("GET", "/inbox").status_code == 303
    while site.clock.now < started + LONGEST - timedelta(minutes=10):
        busy.get("/inbox")
        dated.sign_in(site.key("an", until=date(2021, 9, 16)))
        site.clock.now += timedelta(minutes=9)
    site.clock.now = started + LONGEST
    assert busy("GET", "/inbox").status_code == 303
    site.clock.now = at("16/09 00:00")
    assert dated("GET", "/inbox").status_code == 303
    assert revoked.sign_in(site.key("quang")).status_code == 303
    for key in site.keys.listed():
        site.keys.revoke(key.id, site.clock())
    assert revoked("GET", "/inbox").status_code == 303


def test_a_clock_set_back_prolongs_no_session(site: Site, lan: Visitor) -> None:
    """T8: by some minutes nobody is disturbed; by an hour and more who was in signs in again, and not a year later."""
    site.clock.now -= timedelta(minutes=10)
    assert lan.get("/inbox")
    site.clock.now -= timedelta(hours=2)
    assert lan("GET", "/inbox").status_code == 303


def test_what_a_page_fetches_by_itself_prolongs_nothing(site: Site, lan: Visitor) -> None:
    """An open page with live updates is no person at work."""
    for _ in range(4):
        site.clock.now += IDLE / 4
        answer = lan("GET", "/inbox", headers={"X-Live": "1"})
    assert answer.status_code == 303


# Forms


def test_a_form_of_another_site_or_visitor_is_refused(site: Site, lan: Visitor) -> None:
    """CSRF: without the token, with somebody else's, or sent from another site; nothing is written."""
    ha = site.signed_in("ha")
    ha.get("/inbox")
    foreign = ha.csrf()
    lan.get("/receive")
    own = lan.csrf()
    tries: tuple[tuple[dict[str, str], dict[str, str]], ...] = (
        ({}, {}),
        ({"csrf": ""}, {}),
        ({"csrf": "đ"}, {}),
        ({"csrf": foreign}, {}),
        ({"csrf": own}, {"Sec-Fetch-Site": "cross-site"}),
        ({"csrf": own}, {"Sec-Fetch-Site": "same-site"}),
    )
    for fields, headers in tries:
        for where in ("/receive", "/sign-out", "/language", "/dossiers/1/move", "/sign-in"):
            answer = lan("POST", where, data={"procedure": "MAU-01", **fields}, headers=headers)
            assert answer.status_code == 403, (where, fields)
    assert not list(site.engine.store.logs(AGENCY))
    assert lan("GET", "/inbox").status_code == 200


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"a=" + b"x" * 200_000, "application/x-www-form-urlencoded", 413),
        (b'{"a": 1}', "application/json", 415),
        (b"a=1", "multipart/form-data; boundary=x", 415),
        (b"a=%ff%fe", "application/x-www-form-urlencoded", 400),
        (b"\xff=1", "application/x-www-form-urlencoded", 400),
        (b"&".join(b"a%d=1" % n for n in range(100)), "application/x-www-form-urlencoded", 400),
    ],
)
def test_a_body_that_is_no_form_of_ours(lan: Visitor, body: bytes, kind: str, status: int) -> None:
    """Too large, another kind, no UTF-8, endless fields: a page says so."""
    answer = lan("POST", "/receive", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert "<h1>" in answer.text


def test_who_asks_too_fast_waits(tmp_path: Path) -> None:
    """By visitor before the sign-in, by key after it."""
    with Site(tmp_path, settings=Settings(rate=0.001, burst=5)).opened() as site:
        visitor = site.visitor()
        answers = [visitor("GET", "/sign-in") for _ in range(7)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
        assert int(answers[-1].headers["Retry-After"]) > 100


def test_languages(site: Site) -> None:
    """Vietnamese first; English once it is chosen, on every page, with the page come back to."""
    visitor = site.visitor()
    assert '<html lang="vi">' in visitor.get("/sign-in")
    answer = visitor.post("/language", lang="en", back="/sign-in?next=/board")
    assert answer.headers["location"] == "/sign-in?next=/board"
    assert '<html lang="en">' in visitor.get("/sign-in")
    assert "Sign in" in visitor.said()
    visitor.sign_in(site.key("lan"))
    assert "My work" in visitor.get("/inbox")
    visitor.post("/language", lang="xx", back="//xau.vn")
    assert "Việc của tôi" in visitor.get("/inbox")


# The work


def test_a_dossier_from_receipt_to_return(site: Site, lan: Visitor) -> None:
    """Received, handed over, a wrong account refused and why, supplemented, signed, numbered, handed out: by forms alone."""
    number = lan.receive(**{"p-owner": "Nguyễn Văn Ánh", "p-phone": "0912345678"})
    assert "Đã ghi: Tiếp nhận" in _spaced(lan, f"/dossiers/{number}?done=1")
    wrong = lan.act(number, "chuyen", to="", other="chi")
    assert wrong.status_code == 422
    assert "'chi' không có vai trò 'Trưởng phòng'" in lan.said()
    assert "Được giao cho: Ha (ha) Vinh (vinh)" in lan.said()
    assert 'value="chi"' in lan.page
    people = {name: site.signed_in(name) for name in ("ha", "an", "quang", "hanh", "thao")}
    steps = (
        (lan, "chuyen", {"to": "ha"}),
        (people["ha"], "chuyen", {"to": "an"}),
        (people["an"], "bo-sung", {"to": "lan", "note": "Thiếu bản sao"}),
        (lan, "gui", {"to": "nguoi-nop"}),
        (lan, "da-bo-sung", {"to": "an"}),
        (people["an"], "chuyen", {"to": "quang"}),
        (people["quang"], "chuyen", {"to": "hanh"}),
        (people["hanh"], "chuyen", {"to": "lan"}),
        (lan, "xong", {}),
    )
    for visitor, action, fields in steps:
        site.clock.forward(minutes=5)
        answer = visitor.act(number, action, **fields)
        assert answer.status_code == 303, (action, visitor.said())
    found = site.engine.dossier(number)
    assert (found.ended, found.status) == (True, 10)
    page = lan.get(f"/dossiers/{number}")
    assert "trước hạn" in lan.said()
    assert "Nguyễn Văn Ánh" not in page  # masked (R151)
    assert "0912345678" not in page


def _spaced(visitor: Visitor, path: str) -> str:
    visitor.get(path)
    return visitor.said()


def test_only_fitting_accounts_are_offered(site: Site) -> None:
    """R121: neither another division's officer, nor one on leave, nor one who left, nor the sender."""
    number = path(site.engine, received(site.engine), "14/09 09:00 lan chuyen ha").number
    ha = site.signed_in("ha")
    ha.get(f"/dossiers/{number}")
    form = re.search(r'<details id="act-chuyen".*?</select>', ha.page, re.DOTALL)
    assert form is not None
    assert set(re.findall(r'<option value="([^"]*)"', form[0])) == {"", "an", "binh", "thoi", "kiem"}
    for account, why in {"chi": "phong-2", "nghi": "nghỉ", "cu": "cu", "ai-do": "không có", "ha": "vai trò"}.items():
        assert ha.act(number, "chuyen", to="an", other=account).status_code == 422
        assert why in ha.said(), account
    assert site.engine.dossier(number).holder == "ha"


def test_who_may_not_act_has_no_button_and_no_way_round(site: Site, lan: Visitor) -> None:
    """What the engine wouldn't grant isn't offered, and refused when it is sent all the same; a key to read acts nowhere."""
    number = examined(site.engine, "15/09 07:30").number
    site.clock.set("15/09 14:00")
    thao = site.signed_in("thao")
    assert not thao.form(number, "chuyen")
    assert thao.form(number, "reappoint")
    answer = thao.post(f"/dossiers/{number}/move", action="chuyen", to="quang")
    assert answer.status_code == 422
    assert "'thao' không giữ hồ sơ" in thao.said()
    reader = site.signed_in("an", scopes=("read",))
    assert "act-chuyen" not in reader.get(f"/dossiers/{number}")
    assert reader.post(f"/dossiers/{number}/move", action="chuyen", to="quang").status_code == 403
    assert reader("GET", "/receive").status_code == 403
    assert site.engine.dossier(number).holder == "an"


def test_words_that_are_missing_are_asked_for(site: Site) -> None:
    """A letter needs its content (R11): the form has the field, and without it the engine says what is missing."""
    number = examined(site.engine, "15/09 07:30").number
    site.clock.set("15/09 14:00")
    an = site.signed_in("an")
    an.form(number, "bo-sung")
    assert re.search(r'<textarea id="f-bo-sung-note" name="note"[^>]* required', an.page)
    answer = an.act(number, "bo-sung", to="lan", note="")
    assert answer.status_code == 422
    assert "còn thiếu" in an.said()
    assert an.act(number, "bo-sung", to="lan", note="Thiếu\r\nbản sao").status_code == 303
    assert site.engine.dossier(number).moves[-1].note == "Thiếu\nbản sao"


def test_a_form_that_is_out_of_date_and_one_sent_twice(site: Site) -> None:
    """Somebody else was first: 409 and the page as it is now. The same form twice: done once, answered alike."""
    first, second = (received(site.engine, "15/09 07:30").number for _ in range(2))
    lan = site.signed_in("lan")
    form = lan.form(first, "chuyen")
    path(site.engine, site.engine.dossier(first), "15/09 07:40 lan chuyen vinh")
    late = lan("POST", f"/dossiers/{first}/move", data={**form, "to": "ha"})
    assert late.status_code == 409
    assert "Tải lại hồ sơ" in lan.said()
    form = lan.form(second, "chuyen")
    answers = [lan("POST", f"/dossiers/{second}/move", data={**form, "to": "ha"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(site.engine.dossier(second).moves) == 2


def test_the_inbox_is_ordered_by_the_time_left(site: Site) -> None:
    """R126: the least working time first, each with a light that has word and shape, and the confirmation in one click."""
    later, soon, late = (examined(site.engine, f"{day} 08:00").number for day in ("14/09", "10/09", "01/09"))
    path(site.engine, site.engine.dossier(later), "14/09 10:30 an confirm")
    an = site.signed_in("an")
    page = an.get("/inbox")
    assert [page.index(number) for number in (late, soon, later)] == sorted(page.index(n) for n in (late, soon, later))
    for light in ("■</span> quá hạn", "■</span> bước quá hạn", "●</span> còn hạn"):
        assert light in page
    assert page.count("chưa nhận") == 2
    form = page.split(f'action="/dossiers/{late}/move">')[1].split("</form>")[0]
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
    answer = an("POST", f"/dossiers/{late}/move", data=hidden)
    assert answer.headers["location"] == f"/inbox?done={late}"
    assert "Đã ghi: Nhận bàn giao" in _spaced(an, answer.headers["location"])
    assert site.engine.dossier(late).state.confirmed


def test_who_stands_in_sees_the_work_of_who_is_away(tmp_path: Path) -> None:
    """R127: what a delegate may do is in his inbox, in whose place is told; not before the delegation begins."""
    org = ORG._replace(delegations=(delegated("an", "binh", since="15/09"),))
    engine = Engine(Office(flow(), org=org), open_store("memory:"))  # type: ignore[arg-type]
    number = examined(engine, "14/09 08:00").number
    with Site(tmp_path, engine).opened() as site:
        site.clock.set("14/09 16:00")
        assert number not in site.signed_in("binh").get("/inbox")
        site.clock.set("15/09 08:00")
        binh = site.signed_in("binh")
        assert number in binh.get("/inbox")
        assert "thay An" in binh.said()
        assert binh.act(number, "chuyen", to="quang").status_code == 303
        assert engine.dossier(number).moves[-1].record == {"behalf": "an"}


def test_a_dossier_page_tells_all(site: Site) -> None:
    """Facts, the due date day by day, the way on the flowchart and in words, the ledger that adds up, the log."""
    engine = site.engine
    hs = path(
        engine, examined(engine, "13/09 08:00"), "14/09 09:00 an bo-sung lan", "14/09 10:00 lan gui", note="Thiếu giấy"
    )
    lan = site.signed_in("lan")
    page = lan.get(f"/dossiers/{hs.number}")
    said = lan.said()
    assert "ngày bắt đầu, không tính (Bộ luật Dân sự 2015, Điều 145-148)" in said
    assert "Đến hạn: Thứ Hai 20/09/2021 17:00." in said
    boxes = dict(re.findall(r'<g class="box [^"]*?(been|here)" data-id="([^"]+)"', page))
    assert boxes["here"] == "cho-bo-sung"
    marked = re.findall(r'<g class="box [^"]*(?:been|here)" data-id="([^"]+)"', page)
    assert marked == ["tiep-nhan", "phan-cong", "thu-ly", "gui-bo-sung", "cho-bo-sung"]
    walked = re.findall(r'<g class="arrow [^"]*walked" data-from="([^"]+)" data-to="([^"]+)"', page)
    assert ("gui-bo-sung", "cho-bo-sung") in walked
    assert not any(target == "ky" for _, target in walked)
    assert "cho-bo-sung ▶ hiện ở đây" in said
    assert "đúng bằng cả thời gian" in said
    assert "Thiếu giấy" in said
    assert [name for name in ("da-bo-sung", "thoi") if f'id="act-{name}"' in page] == ["da-bo-sung", "thoi"]


def test_a_way_with_a_loop_and_an_end(site: Site) -> None:
    """A step come to twice shows both turns; after the end nothing is offered but what may follow an end."""
    engine = site.engine
    hs = path(engine, examined(engine, "13/09 08:00"), "14/09 08:00 an chuyen quang", "14/09 09:00 quang tra-lai an")
    lan = site.signed_in("lan")
    assert "✓ 4" in lan.get(f"/dossiers/{hs.number}")
    assert "▶ 3, 5" in lan.page
    path(engine, hs, "14/09 10:00 nguoi-nop rut")
    page = lan.get(f"/dossiers/{hs.number}")
    assert "đã rút" in lan.said()
    assert "act-chuyen" not in page
    assert "act-complain" in page


def test_a_rating_stays_confidential(site: Site) -> None:
    """R142: that it was rated is told, not how."""
    engine = site.engine
    hs = path(engine, examined(engine, "13/09 08:00"), "14/09 10:00 nguoi-nop rut")
    path(engine, hs, "14/09 11:00 nguoi-nop rate", note="Rất chậm", score="1")
    lan = site.signed_in("lan")
    lan.get(f"/dossiers/{hs.number}")
    assert "Đánh giá" in lan.said()
    assert "Rất chậm" not in lan.page


def test_no_number_of_our_own_rules_is_shown(site: Site) -> None:
    """An officer knows the law's articles, not the numbers our rules have among themselves (R70, R43): in both languages."""
    engine = site.engine
    hs = path(
        engine, examined(engine, "13/09 08:00"), "14/09 09:00 an bo-sung lan", "14/09 10:00 lan gui", note="Thiếu giấy"
    )
    path(engine, hs, "14/09 15:00 lan da-bo-sung an")
    forced = path(engine, received(engine), "14/09 09:00 lan chuyen ha").number
    engine.move(forced, "chuyen", by="ha", to="chi", note="thiếu người", force=True, at=at("14/09 10:00"))
    ha = site.signed_in("ha")
    for lang in ("vi", "en"):
        ha.get("/inbox")
        ha.post("/language", lang=lang, back="/inbox")
        for where in (f"dossiers/{hs.number}", f"dossiers/{forced}", "board", "procedures/MAU-01", "receive", "year"):
            ha.get(f"/{where}")
            assert re.findall(r"\bR\d{2,3}\b", unescape(ha.page)) == [], where
        ha.act(hs.number, "reassign", note="x", other="quang")
        assert re.findall(r"\bR\d{2,3}\b", ha.said()) == []
    assert "Civil Code 2015, articles 145-148" in unescape(ha.get(f"/dossiers/{hs.number}"))
    assert not any(re.search(r"\bR\d", words.vi + words.en) for words in RECORD.values())


def test_who_only_leads_sees_at_once_what_he_can_do(site: Site) -> None:
    """R41: a head who holds nothing finds what his board tells him to do unfolded, the holder what is usual."""
    number = examined(site.engine, "01/09 08:00").number
    rare = '<details class="rare" open><summary>Việc ít gặp'
    assert rare in site.signed_in("ha").get(f"/dossiers/{number}")
    holder = site.signed_in("an").get(f"/dossiers/{number}")
    assert 'class="rare"' in holder
    assert rare not in holder


def test_the_morning_board(site: Site) -> None:
    """Late, unconfirmed, misrouted, behind: each with why and what to do; the worst one click away, and each officer's."""
    engine = site.engine
    late = examined(engine, "01/09 08:00").number
    unconfirmed = path(engine, received(engine, "14/09 08:00"), "14/09 09:00 lan chuyen ha").number
    bounced = path(engine, examined(engine, "13/09 08:00"), "13/09 15:00 an bounce", note="nhầm").number
    fine = received(engine, "15/09 07:30").number
    ha = site.signed_in("ha")
    page = ha.get("/board")
    assert re.search(rf'class="worst"><a class="button main" href="/dossiers/{late}"', page)
    parts = {one[0]: one[1] for one in re.findall(r'<section aria-labelledby="(\w+)">(.*?)</section>', page, re.DOTALL)}
    assert set(parts) >= {"late", "unconfirmed", "misrouted", "slow", "officers"}
    assert late in parts["late"]
    assert "hãy giải quyết ngay và xin lỗi" in parts["late"]
    assert "&#39;an&#39; chậm bước này" in parts["late"]  # all that is wrong, not that it is late alone
    assert "mỗi hồ sơ được đếm một lần" in ha.said()
    assert '<a class="button" href="/board?division=phong">phong</a>' in page
    assert unconfirmed in parts["unconfirmed"]
    assert f"/dossiers/{unconfirmed}?act=reassign#act-reassign" in parts["unconfirmed"]
    assert bounced in parts["misrouted"]
    assert fine not in page
    assert unescape(parts["officers"]).count("Gấp nhất của") == 2
    assert ha("GET", "/board?division=khong-co").status_code == 400  # an old bookmark is no quiet morning
    assert 'href="/board?division=phong">phong</a>' not in ha.get("/board?division=phong")
    assert fine not in ha.get("/board?division=vp")
    assert late not in ha.page
    assert ha.form(unconfirmed, "reassign")


def test_a_submission_waits_to_be_received(site: Site, lan: Visitor) -> None:
    """R13: in the one-stop officer's inbox, without a due date or a ledger, received in one click."""
    number = site.engine.submit("MAU-01", to="lan", at=at("15/09 07:40")).number
    lan.get(f"/dossiers/{number}")
    assert "Tiếp nhận chưa" in lan.said()
    assert "Sổ thời gian" not in lan.said()
    page = lan.get("/inbox")
    assert "Chưa tiếp nhận nên chưa có ngày hẹn trả" in lan.said()
    assert "Không có thời hạn" not in lan.said()
    form = page.split(f'action="/dossiers/{number}/move">')[1].split("</form>")[0]
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
    assert hidden["action"] == "receive"
    assert lan("POST", f"/dossiers/{number}/move", data=hidden).status_code == 303
    assert site.engine.dossier(number).received == site.clock()


def test_what_can_not_be_read_is_told(site: Site, lan: Visitor) -> None:
    """DOS311: a dossier whose flow version is gone stands apart, in the inbox and on the board."""
    number = received(site.engine, "15/09 07:30").number
    del site.engine.flows.tables[1]  # type: ignore[attr-defined]
    site.engine.flows.table = _gone  # type: ignore[method-assign]
    assert f"lưu đồ của hồ sơ không còn : {number}" in _spaced(lan, "/inbox").replace("còn:", "còn :")
    assert "Không đọc được (1)" in _spaced(lan, "/board")
    assert lan("GET", f"/dossiers/{number}").status_code == 404


def _gone(*_: object) -> None:
    raise UnknownFlow(Text("không có", "there is none"))


def test_a_busy_server_and_keys_that_are_away(tmp_path: Path) -> None:
    """503 with when to try again; nobody is let in while the keys can't be read, and everybody's session goes on afterwards."""
    with Site(tmp_path, settings=Settings(threads=0, slow_threads=0, waiting=0)).opened() as site:
        answer = site.visitor()("GET", "/sign-in")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    with Site(tmp_path).opened() as site:
        lan = site.signed_in("lan")
        kept = site.keys.path.read_bytes()
        site.keys.path.unlink()
        assert lan("GET", "/inbox").status_code == 303
        assert lan.sign_in("flowiso_a_b").status_code == 503
        site.keys.path.write_bytes(kept)
        assert lan.get("/inbox")
        site.door.screens.pulse.streams = MOST
        assert site.signed_in("lan")("GET", "/events?topic=board").status_code == 503


def test_finding(site: Site, lan: Visitor) -> None:
    """By its number at once; by words with or without accents; nothing of what isn't there."""
    number = received(site.engine).number
    assert lan("GET", f"/find?q=%20{number}%20").headers["location"] == f"/dossiers/{number}"
    assert number in lan.get("/find?q=thu+tuc+mau")
    assert "Không có hồ sơ nào như vậy" in lan.get("/find?q=zzz")
    assert "Gõ mã hồ sơ" in lan.get("/find")


def test_finding_shows_what_presses_first(site: Site, lan: Visitor) -> None:
    """R126: under way before ended, the earliest due first, of the ended the latest first; page by page nothing twice."""
    engine = site.engine
    calm, late = received(engine, "14/09 10:00"), examined(engine, "01/09 08:00")
    old = path(engine, received(engine, "02/09 08:00"), "02/09 09:00 lan rut")
    new = path(engine, received(engine, "03/09 08:00"), "03/09 09:00 lan rut")
    for _ in range(50):
        received(engine, "14/09 11:00")
    first = lan.get("/find?q=thu+tuc+mau")
    shown = re.findall(r'<li><a href="/dossiers/([^"]+)">', first)
    assert shown[:2] == [late.number, calm.number]
    assert "Hẹn trả Thứ Sáu 10/09/2021" in lan.said()
    more = re.search(r'href="(/find\?q=[^"]*cursor=[^"]+)"', first)
    assert more is not None
    last = re.findall(r'<li><a href="/dossiers/([^"]+)">', lan.get(unescape(more[1])))
    assert last[-2:] == [new.number, old.number]
    assert len({*shown, *last}) == len(shown) + len(last) == 54
    assert "4 hồ sơ tiếp theo" in lan.said()
    assert "Xem tiếp" not in lan.said()
    assert lan("GET", "/find?q=a&cursor=xxx").status_code == 400


@pytest.mark.parametrize("flows", [(), (flow()._replace(effective=date(2022, 1, 1)),)])
def test_an_agency_without_flows_is_told_what_to_do(tmp_path: Path, flows: tuple[Flow, ...]) -> None:
    """Neither an empty list nor a form that can't be sent; so too while the first flow isn't in force yet."""
    engine = Engine(Office(*flows), open_store("memory:"))  # type: ignore[arg-type]
    with Site(tmp_path, engine).opened() as site:
        lan = site.signed_in("lan")
        for where in ("/procedures", "/receive"):
            assert "chưa có lưu đồ nào" in lan.get(where)
            assert "<code>flowiso new MÃ --like LTHH-13</code>" in lan.get(where)
        assert 'action="/receive"' not in lan.get("/receive")
        assert "Không có hồ sơ nào" in lan.get("/inbox")


def test_procedures_and_what_stands_where(site: Site, lan: Visitor) -> None:
    """The list counts what is open; the chart has the number at each step and how long it has been there, against its time."""
    slow, quick = examined(site.engine, "10/09 08:00").number, received(site.engine, "15/09 07:45").number
    assert "– 2 đang giải quyết" in _spaced(lan, "/procedures")
    page = lan.get("/procedures/MAU-01")
    badges = re.findall(r'class="box [^"]*heat-(\d)" data-id="([^"]+)".*?class="badge">.*?<text[^>]*>([^<]*)', page)
    assert badges == [("1", "tiep-nhan", "1"), ("3", "thu-ly", "1")]
    rows = page.split("<tr>")
    assert any(slow in row and "quá" in row for row in rows)
    assert any(quick in row and "trong giờ" in row for row in rows)
    ready(site.engine, "14/09")
    assert "– 2 đang giải quyết – 1 chờ trả kết quả" in _spaced(lan, "/procedures")
    assert "đang giải quyết: 2 ; chờ trả kết quả: 1" in _spaced(lan, "/procedures/MAU-01")
    assert "đã đọc" in page  # the marks of its facts
    assert lan("GET", "/procedures/KHONG-CO").status_code == 404


def test_every_figure_of_the_year_opens_its_dossiers(site: Site, lan: Visitor) -> None:
    """R110, R92: each link of the dashboard leads to as many dossiers as it says, named in words, and tells the line of a shell
    that gives them, as they stood at that moment where the year isn't over."""
    engine = site.engine
    examined(engine, "01/09 08:00")
    hs = examined(engine, "13/09 08:00")
    path(engine, hs, "14/09 08:00 an bounce", "14/09 09:00 ha reassign binh")
    path(engine, received(engine, "13/09 08:00"), "13/09 09:00 nguoi-nop rut")
    page = lan.get("/year?year=2021")
    links = re.findall(r'href="(/year/cell\?[^"]+)">([^<]+)</a>', page)
    assert len(links) > 10
    for link, count in links:
        opened = lan.get(unescape(link))
        assert f": {count} (" in lan.said(), link
        assert re.search(r"flowiso report --store URL --year 2021 --drill \S+ --as-of 2021-09-15T08:00:00<", opened)
    for cell, words in (
        ("agency/misrouted_dossiers", "Cả cơ quan: hồ sơ bị chuyển nhầm"),
        ("division/phong/received", "phong: tiếp nhận trong kỳ"),
        ("officer/ha/misrouted", "Ha: lượt chuyển nhầm"),
        ("cause/overload", "Trễ vì quá tải, thiếu người"),
    ):
        assert f"<h1>{words}" in lan.get(f"/year/cell?year=2021&cell={cell}"), cell
    lan.get("/year?year=2020")
    assert "flowiso report --store URL --year 2020<" in lan.page
    lan.get("/year?year=2021")
    assert "flowiso report --store URL --year 2021 --as-of 2021-09-15T08:00:00<" in lan.page
    said = lan.said()
    assert _spaced(lan, "/year") == said
    for wrong in ("year?year=x", "year?year=99999", "year/cell?year=2021&cell=a/b", "year/cell", "year?year=2030"):
        assert lan("GET", f"/{wrong}").status_code in (400, 503), wrong


# What must never be


def test_agencies_never_see_each_other(tmp_path: Path) -> None:
    """Two agencies in one store: another's dossier isn't there, on any page, in any form, in the stream of events."""
    store = open_store("memory:")
    ours, theirs = engine_of(store), engine_of(store, "H19.2")
    with Site(tmp_path, ours, theirs).opened() as site:
        number = theirs.receive("MAU-01", by="lan", at=at("01/09 08:00"), people={"owner": "Của người khác"}).number
        lan = site.signed_in("lan")
        for page in ("/inbox", "/board", "/find?q=thu", f"/inbox?done={number}"):
            assert number not in lan.get(page).replace(f"done={number}", "")
        assert lan("GET", f"/find?q={number}").status_code == 200
        for found in (
            lan("GET", f"/dossiers/{number}"),
            lan("GET", f"/dossiers/{number}?done=1"),
            lan("GET", "/dossiers/H19.1-999999-0001"),
        ):
            assert found.status_code == 404
            assert "Của người khác" not in found.text
        lan.get("/inbox")
        assert lan.post(f"/dossiers/{number}/move", action="confirm").status_code == 404
        other = site.signed_in("lan", agency="H19.2")
        assert number in other.get("/inbox")
        assert len(theirs.dossier(number).moves) == 1


def test_hostile_words_stay_words(site: Site) -> None:
    """Whatever is typed into a form comes back as text: in a name, a note, a search, a refusal, an address."""
    lan = site.signed_in("lan", scopes=("read", "act", "people"))
    number = lan.receive(**{"p-subject": HOSTILE, "p-owner": HOSTILE})
    pages = [lan.get(f"/dossiers/{number}")]
    lan.act(number, "chuyen", to="ha", other=HOSTILE, note=HOSTILE)
    pages.append(lan.page)
    assert lan.act(number, "chuyen", to="ha", note=HOSTILE).status_code == 303
    pages += [
        lan.get(f"/dossiers/{number}?act=%22%3E%3Cscript%3E"),
        lan.get("/find?q=%3Cscript%3Ealert(1)%3C/script%3E"),
    ]
    pages += [
        lan("GET", "/dossiers/%3Cscript%3E").text,
        lan("GET", "/board?division=%22%3E%3Cscript%3E").text,
        lan.get("/inbox"),
    ]
    lan.get("/receive")
    lan.post("/receive", procedure=HOSTILE, number=HOSTILE, **{"p-owner": HOSTILE})
    pages.append(lan.page)
    for page in pages:
        assert "<script>" not in page
        assert "<img" not in page
        assert "onerror=alert" not in re.sub(r"&(?:lt|gt|#34|amp);[^<]*", "", page)


@pytest.mark.parametrize(
    "path", ["/sign-in", "/inbox", "/board", "/receive", "/find?q=a", "/dossiers/x", "/static/screens.js"]
)
def test_every_answer_is_guarded(lan: Visitor, path: str) -> None:
    """A strict policy on every answer, nothing kept by caches, no frame, no other host, no script or style inline."""
    answer = lan("GET", path, follow_redirects=True)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] in ("no-store", "max-age=300")
    if path.startswith("/static"):
        return
    assert not re.search(r"<script(?! src=)|<style|\sstyle=|\son\w+=|javascript:", answer.text)
    assert not re.findall(r'(?:src|href|action)="(?!/|#)', answer.text)


def test_every_form_that_writes_carries_the_token(lan: Visitor) -> None:
    """Each POST form of each page has the visitor's own."""
    number = lan.receive()
    for where in ("/inbox", "/board", "/receive", f"/dossiers/{number}", "/find"):
        forms = re.findall(r'<form method="post".*?</form>', lan.get(where), re.DOTALL)
        assert forms
        assert all(f'name="csrf" value="{lan.csrf()}"' in form for form in forms)


def test_what_is_not_there(site: Site, lan: Visitor) -> None:
    """An unknown page of the screens, an unknown file, and whatever belongs to the REST door, which asks for a key."""
    assert lan("GET", "/static/../app.py").status_code in (401, 404)
    assert lan("GET", "/static/secret").status_code == 404
    assert lan("GET", "/dossiers/a/b").status_code == 404
    assert lan("GET", "/v1/dossiers").status_code == 401
    assert lan("GET", "/openapi.json").status_code == 200
    assert "access" not in lan("GET", "/v1/dossiers").headers


def test_the_methods_of_a_page(lan: Visitor) -> None:
    """A 405 names every method of its address (RFC 9110, 15.5.6)."""
    for where, methods in (("/sign-in", {"GET", "HEAD", "POST"}), ("/inbox", {"GET", "HEAD"}), ("/sign-out", {"POST"})):
        assert set(lan("PUT", where).headers["allow"].split(", ")) == methods, where


def test_a_mistyped_address(site: Site, lan: Visitor) -> None:
    """A browser is answered by a page, as under every other address; a program by a problem."""
    page = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    answer = lan("GET", "/inbx", headers=page)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    stranger = site.visitor()("GET", "/inbx", headers=page)
    assert (stranger.status_code, stranger.headers["location"]) == (303, "/sign-in?next=%2Finbx")
    asked = (("/inbx", {}, 401), ("/v1/nothing", page, 401), ("/metrics", page, 401), ("/health/live", page, 200))
    for where, headers, status in asked:
        assert lan("GET", where, headers=headers).status_code == status, where
    assert lan("POST", "/inbx", headers=page).status_code == 401


def test_a_fault_of_the_server_tells_nothing(site: Site, lan: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page with an id for the administrator, without a word of the error."""

    def broken(*_: object) -> None:
        raise RuntimeError("bí mật 0912345678")

    monkeypatch.setattr(site.engine.store, "held", broken)
    answer = lan("GET", "/inbox")
    assert answer.status_code == 500
    assert "bí mật" not in answer.text
    assert re.search(r"mã [0-9a-f]{8}", answer.text)


def test_mounted_under_a_path(tmp_path: Path) -> None:
    """In another app: every address has the path before it, and the cookie goes no further."""
    site = Site(tmp_path)
    site.app = Starlette(routes=[Mount("/iso", app=site.app)])
    with site.opened():
        visitor = site.visitor()
        answer = visitor("GET", "/iso/board")
        assert answer.headers["location"] == "/iso/sign-in?next=%2Fiso%2Fboard"
        assert "Path=/iso/" in answer.headers["set-cookie"]
        page = visitor.get(answer.headers["location"])
        assert not re.findall(r'(?:src|href|action)="(?!/iso/|#)', page)
        assert visitor.post("/iso/sign-in", key=site.key("lan"), next="/iso/board").headers["location"] == "/iso/board"
        assert not re.findall(r'(?:src|href|action)="(?!/iso/|#)', visitor.get("/iso/board"))


# Live updates


def test_a_change_committed_elsewhere_changes_the_mark(site: Site) -> None:
    """What a page was made from has a mark: another one after any line of what it shows, the same after others."""
    engine = site.engine
    hs, other = received(engine, "14/09 08:00"), received(engine, "14/09 08:00")
    topics = Topic("board"), Topic("inbox", "lan"), Topic("inbox", "ha"), Topic("dossier", hs.number)
    before = [mark(engine, topic) for topic in topics]
    path(engine, other, "14/09 09:00 lan chuyen ha")
    after = [mark(engine, topic) for topic in topics]
    assert [one != two for one, two in zip(before, after, strict=True)] == [True, True, True, False]
    path(engine, hs, "14/09 09:00 lan chuyen vinh")
    assert mark(engine, topics[-1]) != after[-1]


def test_the_stream_tells_of_a_change(site: Site, lan: Visitor) -> None:
    """Whoever is behind is told at once; then after each change; never what has changed; and no more once signed out."""
    number = lan.receive()
    pulse, engine = site.door.screens.pulse, site.engine
    held = [True]

    async def listen() -> list[str]:
        told = []
        async for said in pulse.stream(engine, Topic("dossier", number), "0", lambda: held[0]):
            told.append(said)
            if len(told) == 2:
                path(engine, engine.dossier(number), "15/09 09:00 lan chuyen ha")
            if len(told) == 3:
                held[0] = False
        return told

    assert site._portal is not None
    told = site._portal.call(listen)
    assert told == ["retry: 500\n\n", "id: 1\nevent: changed\ndata: 1\n\n", "id: 2\nevent: changed\ndata: 2\n\n"]
    assert pulse.streams == 0
    assert PAUSE < 1
    held[0] = True
    site.door.stop()
    assert site._portal.call(listen) == ["retry: 500\n\n"]  # a server that is to stop waits for nobody


def test_what_can_be_watched(lan: Visitor) -> None:
    """An inbox is one's own whatever is asked; what there isn't is refused."""
    assert Topic.parse("inbox:ha", "lan") == Topic("inbox", "lan")
    assert Topic.parse("dossier:1", "lan") == Topic("dossier", "1")
    for wrong in ("", "dossier:", "dossier", "all", HOSTILE):
        assert lan("GET", "/events", params={"topic": wrong}).status_code == 400


def test_routes_are_known(site: Site) -> None:
    """Every handler stands in one of the two tables, none twice."""
    handlers = [handler for _, _, handler in (*_OPEN, *_OWN)]
    assert len(handlers) == len(set(handlers))


LENGTH = "content-length", "location"


def test_a_page_needs_no_second(site: Site, lan: Visitor) -> None:
    """HEAD is answered as GET is, without its body (RFC 9110, 9.3.2); of a stream of events it waits for none."""
    assert partial(lan, "HEAD")("/inbox").status_code == 200
    assert lan("HEAD", "/inbx", headers={"Accept": "text/html"}).headers["content-type"].startswith("text/html")
    number = lan.receive()
    for visitor, where in ((lan, f"/dossiers/{number}"), (site.visitor(), "/board")):
        got, head = (visitor(method, where) for method in ("GET", "HEAD"))
        assert [head.headers.get(name) for name in LENGTH] == [got.headers.get(name) for name in LENGTH], where
    stream = lan("HEAD", "/events", params={"topic": "board"})
    assert (stream.status_code, stream.headers["content-type"], stream.text) == (
        200, "text/event-stream; charset=utf-8", "",
    )  # fmt: skip


def test_the_page_about_the_screens(tmp_path: Path, one_flow: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines of docs/screens.md run as they stand, what they make serves, and the page tells of every place there is."""
    text = (Path(__file__).parent.parent / "docs" / "screens.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flows").symlink_to(one_flow)
    (block,) = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    known: dict[str, Any] = {"flowiso": flowiso}
    exec(block, known)
    site = Site(tmp_path)
    site.app = site.door = known["app"]
    with site.opened():
        visitor = site.visitor()
        assert "Đăng nhập" in visitor.get("/sign-in")
    known["app"].screens.desk.close(stores=True)
    told = text.replace("NUMBER", "{number}").replace("CODE", "{code}").replace("LINE", "{line}")
    silent = {"/", "/{rest:path}"}
    assert [
        path for method, path, _ in _OWN if method == "GET" and path not in silent and f"`{path}`" not in told
    ] == []
