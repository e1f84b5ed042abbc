"""What else the screens do: bulk hand-over (R128), papers (R20), personal data in full (R151), sessions, what was typed."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from offices import ORG, Office, at, delegated, examined, flow, path, received
from screened import Site, Visitor

from flowiso.engine import Engine
from flowiso.store import open_store
from flowiso.text import Text
from flowiso.web.logs import LOGGER
from flowiso.web.screens import prints
from flowiso.web.screens.entering import browser
from flowiso.web.screens.looking import absence
from flowiso.web.screens.sessions import IDLE
from flowiso.words import Form

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The small office, on the morning of 15/09/2021."""
    with Site(tmp_path).opened() as site:
        yield site


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[list[dict[str, Any]]]:
    """The lines of the server's log, as they come."""
    lines: list[dict[str, Any]] = []

    class Listed(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(json.loads(record.getMessage()))

    listed = Listed()
    LOGGER.addHandler(listed)
    with caplog.at_level(logging.INFO, LOGGER.name):
        yield lines
    LOGGER.removeHandler(listed)


# All that an account holds


def test_all_that_an_account_holds_is_handed_over(site: Site) -> None:
    """R128: shown first, what may go and what not and why; then a line each, once however often the form is sent."""
    engine = site.engine
    goes = [examined(engine, "13/09 08:00").number for _ in range(2)]
    stays = path(engine, examined(engine, "13/09 08:00"), "13/09 16:00 an bo-sung lan").number
    path(engine, engine.dossier(stays), "13/09 16:30 lan reassign thao")
    ha = site.signed_in("ha")
    page = ha.get("/hand-over")
    assert re.search(r'<option value="an">An \(an\): 2</option>', page)
    assert "Giao được" not in ha.said()
    page = ha.get("/hand-over?account=an")
    assert re.search(r'<option value="binh">Binh \(binh\): nhận được 2</option>', page)
    ha.get("/hand-over?account=an&to=binh")
    assert "Giao được (2)" in ha.said()
    form = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', ha.page.split('<form method="post"')[-1]))
    assert set(form["numbers"].split()) == set(goes)
    for _ in range(2):  # a double click
        answer = ha("POST", "/hand-over", data={**form, "note": "An nghỉ phép"})
        assert answer.status_code == 200
        assert "Đã giao 2 hồ sơ cho Binh (binh)" in ha.said()
    found = [engine.dossier(number) for number in goes]
    assert [(one.holder, one.moves[-1].note, one.moves[-2].holder) for one in found] == [
        ("binh", "An nghỉ phép", "an")
    ] * 2
    assert len({len(one.moves) for one in found}) == 1
    assert engine.dossier(stays).holder == "thao"


def test_what_may_not_go_and_why(site: Site) -> None:
    """R121, R128: nothing goes to who doesn't fit, or without a reason; what somebody moved meanwhile stays, and why is told."""
    engine = site.engine
    first, second = (examined(engine, "13/09 08:00").number for _ in range(2))
    ha = site.signed_in("ha")
    ha.get("/hand-over?account=an&to=chi")
    assert "Không giao được, vì sao (2)" in ha.said()
    assert "phong-2" in ha.said()
    assert '<form method="post" action="/hand-over"' not in ha.page
    ha.get("/hand-over?account=an&to=binh")
    form = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', ha.page.split('<form method="post"')[-1]))
    ha("POST", "/hand-over", data={**form, "note": ""})
    assert "Đã giao 0 hồ sơ" in ha.said()
    assert "còn thiếu" in ha.said()
    path(engine, engine.dossier(first), "15/09 07:59 an chuyen quang")
    ha.get("/hand-over?account=an&to=binh")
    assert ha("POST", "/hand-over", data={**form, "csrf": ha.csrf(), "key": "x", "note": "nghỉ"}).status_code == 200
    assert "Đã giao 1 hồ sơ" in ha.said()
    assert "để lại 1" in ha.said()
    assert (engine.dossier(first).holder, engine.dossier(second).holder) == ("quang", "binh")
    ha.get("/hand-over?account=khong-ai&to=binh")
    assert "không có tài khoản 'khong-ai'" in ha.said()


def test_who_may_not_reassign_hands_nothing_over(site: Site) -> None:
    """R121: an officer hands on what is his own; another's stays where it is, and a key to read sees no such page."""
    number = examined(site.engine, "13/09 08:00").number
    binh = site.signed_in("binh")
    binh.get("/hand-over?account=an&to=thoi")
    assert "Không giao được, vì sao (1)" in binh.said()
    binh.post("/hand-over", account="an", to="thoi", note="x", numbers=number, key="k")
    assert site.engine.dossier(number).holder == "an"
    an = site.signed_in("an")
    an.get("/hand-over?account=an&to=binh")
    assert "Giao được (1)" in an.said()
    reader = site.signed_in("ha", scopes=("read",))
    assert reader("GET", "/hand-over").status_code == 403
    assert "/hand-over" not in reader.get("/board")


# Papers


def test_a_form_is_called_by_its_number_once() -> None:
    """R20: "Mẫu 01: Giấy tiếp nhận…" of the day it was issued on, in English "Form 01: …"; without a number its title alone."""
    title = Text("Giấy tiếp nhận", "Receipt")
    form = Form("tiep-nhan", title, ((date(2018, 1, 1), "Mẫu 01"),))
    assert prints._titled(form, "tiep-nhan", date(2021, 9, 1)) == Text("Mẫu 01: Giấy tiếp nhận", "Form 01: Receipt")
    assert prints._titled(form, "tiep-nhan", date(2017, 9, 1)) == title


def test_papers_of_a_dossier_and_the_register(site: Site) -> None:
    """R20, R158: control sheet, the receipt from the line that issued it, the register; no typed word is in a file's name."""
    pytest.importorskip("typst")
    lan = site.signed_in("lan")
    number = lan.receive(**{"p-owner": "Nguyễn Văn Ánh"})
    page = lan.get(f"/dossiers/{number}")
    links = re.findall(rf'href="(/dossiers/{number}/(?:sheet|papers/\d+))"', page)
    assert links == [f"/dossiers/{number}/sheet", f"/dossiers/{number}/papers/0"]
    for link in (*links, "/register/pdf?from=2021-09-01&to=2021-09-30"):
        answer = lan("GET", link)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf"), link
        assert answer.content.startswith(b"%PDF-")
        assert re.fullmatch(r'attachment; filename="[A-Za-z0-9.-]+\.pdf"', answer.headers["content-disposition"])
        assert answer.headers["Cache-Control"] == "no-store"
    assert lan("GET", f"/dossiers/{number}/papers/9").status_code == 400
    assert lan("GET", "/dossiers/khong-co/sheet").status_code == 404
    assert re.search(r'<input id="from" [^>]*value="01/09/2021" required>', lan.get("/register"))
    assert lan("GET", "/register/pdf?from=1/9/2021&to=15/09/2021").status_code == 200
    for wrong in ("from=x&to=30/09/2021", "from=30/09/2021&to=01/09/2021", "from=09/30/2021&to=30/09/2021", ""):
        assert lan("GET", f"/register/pdf?{wrong}").status_code == 400


def test_days_are_typed_as_they_are_shown(site: Site) -> None:
    """WCAG 3.3.2: day/month/year whatever language the browser speaks, never a field of its own; a wrong one comes back."""
    lan = site.signed_in("lan")
    number = examined(site.engine, "13/09 08:00").number
    field = re.search(r'<input id="f-reappoint-until" [^>]*>', lan.get(f"/dossiers/{number}"))
    assert field is not None
    assert 'name="r-until"' in field[0]
    assert 'type="date"' not in lan.page
    assert 'id="f-reappoint-until-help">ngày/tháng/năm, hôm nay là 15/09/2021<' in lan.page
    wrong = lan.act(number, "reappoint", **{"note": "chờ thẩm định thực tế", "r-until": "31/09/2021"})
    assert wrong.status_code == 400
    assert "'31/09/2021' không phải một ngày; hãy ghi ngày/tháng/năm, như 30/09/2021" in lan.said()
    assert 'value="31/09/2021"' in lan.page
    assert lan.act(number, "reappoint", **{"note": "chờ thẩm định thực tế", "r-until": "4/10/2021"}).status_code == 303
    move = site.engine.dossier(number).moves[-1]
    assert (move.action, move.record) == ("reappoint", {"until": "2021-10-04"})
    lan.get(f"/dossiers/{number}")
    assert "Đến ngày: Thứ Hai 04/10/2021" in lan.said()


def test_a_server_that_can_not_print_says_so(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra `pdf` the pages offer no paper and tell what is missing, and so does the address itself."""
    monkeypatch.setattr(prints, "find_spec", lambda _: None)
    lan = site.signed_in("lan")
    number = lan.receive()
    assert f"/dossiers/{number}/sheet" not in lan.get(f"/dossiers/{number}")
    assert "pip install 'flowiso[pdf]'" in lan.said()
    lan.get("/register")
    assert "pip install 'flowiso[pdf]'" in lan.said()

    def none(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr("flowiso.render.pdf.import_module", none)
    assert lan("GET", f"/dossiers/{number}/sheet").status_code == 400
    assert "flowiso[pdf]" in lan.said()


# Personal data


def test_personal_data_in_full_only_with_the_scope_and_noted(site: Site, said: list[dict[str, Any]]) -> None:
    """R151, R152: masked for everybody; in full on request for who may, each time noted in the log without the data; else 403."""
    lan = site.signed_in("lan")
    number = lan.receive(**{"p-owner": "Nguyễn Văn Ánh", "p-phone": "0912345678"})
    assert f"/dossiers/{number}?people=1" not in lan.get(f"/dossiers/{number}")
    for where in (f"/dossiers/{number}?people=1", f"/dossiers/{number}/papers/0?people=1"):
        assert lan("GET", where).status_code == 403
    assert lan("GET", "/register/pdf?from=2021-09-01&to=2021-09-30&people=1").status_code == 403
    assert not [line for line in said if line["event"] == "people"]
    thao = site.signed_in("thao", scopes=("read", "people"))
    assert "0912345678" not in thao.get(f"/dossiers/{number}")
    assert f'href="/dossiers/{number}?people=1"' in thao.page
    page = thao.get(f"/dossiers/{number}?people=1")
    assert "Nguyễn Văn Ánh" in page
    assert "0912345678" in page
    assert "data-live" not in page  # it doesn't fetch itself again
    noted = [line for line in said if line["event"] == "people"]
    assert [line["number"] for line in noted] == [number]
    assert "0912345678" not in json.dumps(said)


@pytest.mark.parametrize(
    "where", ["/dossiers/{}/papers/0?people=1", "/register/pdf?from=2021-09-15&to=2021-09-15&people=1"]
)
def test_papers_in_full_are_noted_too(site: Site, said: list[dict[str, Any]], where: str) -> None:
    """R151: the paper for the applicant's own hands is another one than the masked, and that it was made is noted."""
    pytest.importorskip("typst")
    number = site.signed_in("lan").receive(**{"p-owner": "Nguyễn Văn Ánh"})
    thao = site.signed_in("thao", scopes=("read", "people"))
    full = thao("GET", where.format(number))
    assert full.status_code == 200
    assert len([line for line in said if line["event"] == "people"]) == 1
    masked = thao("GET", where.format(number).replace("&people=1", "").replace("?people=1", ""))
    assert masked.content != full.content
    assert len([line for line in said if line["event"] == "people"]) == 1


# One's own sessions


def test_ones_own_other_sessions_are_seen_and_ended(site: Site) -> None:
    """ASVS 7.5.2: every place where the same key is signed in, and each can be ended; nobody else's is seen or ended."""
    token = site.key("lan")
    here, there, third = (site.visitor() for _ in range(3))
    there.client.headers["user-agent"] = WINDOWS
    for visitor in (here, there, third):
        visitor.sign_in(token)
    other = site.signed_in("lan")  # by another key
    page = here.get("/sessions")
    assert "Edge, Windows" in here.said()
    assert page.count('name="session"') == 3  # two others, and all others
    assert token not in page
    assert there.client.cookies["flowiso"].partition(".")[0] not in page
    row = next(part for part in page.split("<li>") if "Edge, Windows" in part)
    name = re.search(r'name="session" value="([^"]+)"', row)
    assert name is not None
    other.get("/sessions")
    other.post("/sessions", session=name[1])
    assert there("GET", "/inbox").status_code == 200
    here.get("/sessions")
    assert here.post("/sessions", session=name[1]).headers["location"] == "/sessions"
    assert there("GET", "/inbox").status_code == 303
    assert third("GET", "/inbox").status_code == 200
    here.get("/sessions")
    here.post("/sessions", session="others")
    assert third("GET", "/inbox").status_code == 303
    here.get("/sessions")
    assert "Không có phiên nào khác" in here.said()
    assert other("GET", "/inbox").status_code == 200


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        (WINDOWS, "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", "Firefox, Linux"),
        ("<script>alert(1)</script>", "trình duyệt lạ"),
        ("", "trình duyệt lạ"),
    ],
)
def test_browsers_by_name(agent: str, told: str) -> None:
    """Two words of ours, none of what a browser sent."""
    assert browser(agent).vi == told


# What was typed


def test_what_was_typed_outlives_the_session(site: Site) -> None:
    """The session ends while a form is filled in: nothing is done, what was typed comes back after the sign-in to be sent."""
    number = examined(site.engine, "15/09 07:30").number
    site.clock.set("15/09 14:00")
    an = site.signed_in("an")
    form = an.form(number, "bo-sung")
    site.clock.now += IDLE
    answer = an(
        "POST", f"/dossiers/{number}/move", data={**form, "to": "lan", "note": 'Thiếu "bản sao" <số 2>\nvà ảnh'}
    )
    assert answer.status_code == 401
    assert "Phiên đã hết, biểu mẫu chưa được gửi" in an.said()
    assert site.engine.dossier(number).holder == "an"
    hidden = {
        name: unescape(value) for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', an.page)
    }
    assert an("POST", "/sign-in", data={**hidden, "csrf": an.csrf(), "key": "sai"}).status_code == 401
    hidden = {
        name: unescape(value) for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', an.page)
    }
    answer = an("POST", "/sign-in", data={**hidden, "key": site.key("an")})
    assert answer.status_code == 200
    assert "Biểu mẫu chưa được gửi" in an.said()
    assert 'Thiếu "bản sao" <số 2>\nvà ảnh</textarea>' in unescape(an.page)
    assert "data-live" not in an.page
    filled = re.search(r'<details id="act-bo-sung".*?</form>', an.page, re.DOTALL)
    assert filled is not None
    fresh = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', filled[0]))
    answer = an("POST", f"/dossiers/{number}/move", data={**fresh, "to": "lan", "note": "Thiếu bản sao"})
    assert answer.status_code == 303
    assert site.engine.dossier(number).holder == "lan"


def test_the_forms_of_receipt_and_hand_over_come_back_too(site: Site) -> None:
    """A new dossier's fields and a bulk hand-over's reason, also when somebody signs in with another key of his."""
    examined(site.engine, "13/09 08:00")
    for account, where, fields, back in (
        ("lan", "/receive", {"procedure": "MAU-01", "p-owner": "Lê Thị Ngọc"}, 'value="Lê Thị Ngọc"'),
        ("ha", "/hand-over", {"account": "an", "to": "binh", "note": "An ốm"}, "An ốm</textarea>"),
    ):
        visitor = site.signed_in(account)
        visitor.get(where)
        csrf = visitor.csrf()
        site.clock.now += IDLE
        assert visitor("POST", where, data={"csrf": csrf, **fields}).status_code == 401
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', visitor.page))
        answer = visitor("POST", "/sign-in", data={**hidden, "csrf": visitor.csrf(), "key": site.key(account)})
        assert answer.status_code == 200
        assert back in visitor.page
        assert 'name="kept' not in visitor.page
    assert [one.holder for one in map(site.engine.dossier, _numbers(site))] == ["an"]


def _numbers(site: Site) -> list[str]:
    return [case.number for case, _ in site.engine.store.logs(site.engine.agency)]


def test_nothing_is_kept_for_another_site(site: Site) -> None:
    """A form that no page of ours made is not handed on to who signs in next; one whose page was made before a restart is."""
    lan = site.visitor()
    answer = lan(
        "POST", "/receive", data={"procedure": "MAU-01", "p-owner": "kẻ lạ"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 401
    assert "kẻ lạ" not in answer.text
    assert "hãy lùi lại một trang" in lan.said()
    answer = lan("POST", "/receive", data={"csrf": "cũ", "p-owner": "Ánh"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert 'name="kept.p-owner" value="Ánh"' in answer.text


def test_where_a_kept_form_may_go(site: Site) -> None:
    """Only to the three forms that somebody types into: else to the first page, for a key without `act` to a refusal."""
    for elsewhere in ("//xau.vn/receive", "/sign-out", "/dossiers/a/b/move", "javascript:alert(1)"):
        lan = site.visitor()
        lan.get("/sign-in")
        answer = lan.post("/sign-in", key=site.key("lan"), **{"kept-to": elsewhere, "kept.note": "x"})
        assert answer.headers["location"] == "/", elsewhere
    reader = site.visitor()
    reader.get("/sign-in")
    answer = reader.post(
        "/sign-in", key=site.key("lan", scopes=("read",)), **{"kept-to": "/receive", "kept.p-owner": "x"}
    )
    assert answer.status_code == 403
    assert reader("GET", "/inbox").status_code == 200
    gone = site.visitor()
    gone.get("/sign-in")
    assert gone.post("/sign-in", key=site.key("lan"), **{"kept-to": "/dossiers/x/move"}).status_code == 404


def test_what_was_typed_for_a_dossier_that_moved_on(site: Site) -> None:
    """Two officers at one dossier: the second is told so, and what he typed is shown though its form is gone."""
    number = received(site.engine, "15/09 07:30").number
    lan = site.signed_in("lan")
    form = lan.form(number, "chuyen")
    path(site.engine, site.engine.dossier(number), "15/09 07:40 lan chuyen vinh")
    assert (
        lan("POST", f"/dossiers/{number}/move", data={**form, "to": "ha", "note": "Hồ sơ có 2 bản"}).status_code == 409
    )
    assert "Những gì đã gõ" in lan.said()
    assert "Hồ sơ có 2 bản" in lan.said()
    assert "data-live" not in lan.page  # the page of a form fetches itself as no page


# Ugly words, and people who are away


@pytest.mark.parametrize("wrong", ["a\0b", "Nguyễn\u202eVăn", "Lê\u2066Thị", "x" * 2000, "\x1b[31m"])
def test_ugly_names_are_refused_and_come_back(site: Site, wrong: str) -> None:
    """NUL, escapes, signs that turn text round, endless names: refused with the reason, the rest of the form stays."""
    lan = site.signed_in("lan")
    lan.get("/receive")
    answer = lan.post("/receive", procedure="MAU-01", **{"p-owner": wrong, "p-address": "12 Lê Lợi"})
    assert answer.status_code == 400
    assert 'value="12 Lê Lợi"' in lan.page
    assert 'role="alert"' in lan.page
    assert not _numbers(site)


def test_an_account_that_is_away_or_gone(tmp_path: Path) -> None:
    """R127, R128: who is on leave or has left is told so on his own screen, and who stands in for him."""
    org = ORG._replace(delegations=(delegated("nghi", "binh", since="13/09"),))
    engine = Engine(Office(flow(), org=org), open_store("memory:"))  # type: ignore[arg-type]
    with Site(tmp_path, engine).opened() as site:
        site.clock.now = at("15/09 08:00")
        nghi = site.signed_in("nghi")
        nghi.get("/inbox")
        assert "đang nghỉ" in nghi.said()
        assert "Binh (binh)" in nghi.said()
        away = ORG.accounts["binh"]._replace(leave=((date(2021, 9, 15), date(2021, 9, 15)),))
        both = org._replace(accounts={**org.accounts, "binh": away})
        found = [absence(both, "nghi", date(2021, 9, day)) for day in (15, 16)]
        assert ["Binh (binh)" in one.vi for one in found if one] == [False, True]
        cu = site.signed_in("cu")
        cu.get("/inbox")
        assert "không còn hiệu lực" in cu.said()
        lan = site.signed_in("lan")
        lan.get("/inbox")
        assert "đang nghỉ" not in lan.said()
        assert cu("GET", "/receive").status_code == 200
        assert cu.post("/receive", procedure="MAU-01").status_code == 422


def test_endless_titles(tmp_path: Path) -> None:
    """A procedure's title of 300 letters without a space stands on every page."""
    title = "Cấpgiấyphép" * 28
    engine = Engine(Office(flow()._replace(title=title), org=ORG), open_store("memory:"))  # type: ignore[arg-type]
    with Site(tmp_path, engine).opened() as site:
        lan = site.signed_in("lan")
        number = lan.receive()
        for where in (
            "/inbox",
            f"/dossiers/{number}",
            "/procedures",
            "/procedures/MAU-01",
            "/receive",
            f"/find?q={title[:20]}",
        ):
            assert title in lan.get(where), where


def test_the_old_way_back(site: Site) -> None:
    """The back button after a step: the page is asked for anew, and its old form is done no second time."""
    lan: Visitor = site.signed_in("lan")
    number = lan.receive()
    form = lan.form(number, "chuyen")
    for _ in range(3):
        answer: httpx.Response = lan("POST", f"/dossiers/{number}/move", data={**form, "to": "ha"})
        assert answer.status_code == 303
    assert lan("GET", f"/dossiers/{number}").headers["Cache-Control"] == "no-store"
    assert len(site.engine.dossier(number).moves) == 2
