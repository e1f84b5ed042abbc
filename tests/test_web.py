"""The HTTP door: a dossier's whole life through it, what is asked through it, and that a request is done once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from doors import CODE, Clock, Door, engine_of
from starlette.applications import Starlette
from starlette.routing import Mount

from flowiso.render.dossier import Page, to_json
from flowiso.store import open_store
from flowiso.web.searching import Wanted, page


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """A door over an empty store."""
    with Door(tmp_path).opened() as opened:
        yield opened


def test_a_whole_life(door: Door) -> None:
    """From the receipt over a wrong account, a supplement, signing and numbering to the hand-out (R11, R43, R121)."""
    made = door("POST", "/v1/dossiers", json={"procedure": CODE, "by": "lan", "people": {"owner": "Nguyễn Văn An"}})
    assert made.status_code == 201
    told = made.json()
    number = told["number"]
    assert made.headers["location"] == f"dossiers/{number}"
    assert (made.headers["etag"], told["seq"], told["status"], told["due"]) == (
        '"0"',
        0,
        2,
        "2021-09-21T17:00:00+07:00",
    )
    assert told["people"] == {"owner": "Ng*** V** An"}
    door.go(number, "lan chuyen ha")
    wrong = door.move(number, "ha chuyen chi", note="giao")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "misrouted")
    assert wrong.json()["finding"]["code"] == "DOS203"
    assert {"id": "an", "name": "An"} in wrong.json()["fitting"]
    told = door.go(number, "ha chuyen an", "an bo-sung lan", "lan gui", "nguoi-nop da-bo-sung an", "an chuyen quang")
    assert (told["holder"], told["holder_name"]) == ("quang", "Quang")
    told = door.go(number, "quang chuyen hanh", "hanh chuyen thao", "thao xong")
    assert (told["status"], told["ended"], told["holder"], told["actions"]) == (10, True, None, [])
    told = door.go(number, "nguoi-nop rate", record={"score": "5"})
    log = door.get(f"/v1/dossiers/{number}/log")
    assert log["lines"] == told["log"]
    assert log["lines"][-1]["action"] == "rate"
    assert log["lines"][-1]["record"] != {"score": "5"}  # R142
    assert door.get(f"/v1/dossiers/{number}/ledger")["exact"]
    assert door.engine.dossier(number).ended


def test_an_online_submission(door: Door) -> None:
    """Submitted in the applicant's name, received by `receive` as a move (R13)."""
    made = door("POST", "/v1/submissions", json={"procedure": CODE, "to": "lan"}).json()
    assert (made["status"], made["received"]) == (1, None)
    assert {"verb": "receive", "title": "Tiếp nhận"} in made["verbs"]
    assert door.go(made["number"], "lan receive")["status"] == 2


def test_a_dossier_is_what_the_command_prints(door: Door) -> None:
    """Every key of `flowiso dossier --format json` is there with the same value; only an action says more (docs/json.md)."""
    number = door.receive(people={"phone": "0912345678"})
    door.go(number, "lan chuyen ha")
    told, engine = door.get(f"/v1/dossiers/{number}"), door.engine
    found = engine.dossier(number)
    actions = engine.actions(found, door.clock())
    plain = to_json(Page(found, actions, engine.person(number), engine.flows.org, {}), "vi")
    assert {key: told[key] for key in plain if key != "actions"} == {k: v for k, v in plain.items() if k != "actions"}
    for shown, printed in zip(told["actions"], plain["actions"], strict=True):
        assert [one["id"] for one in shown["accounts"]] == printed["accounts"]
        assert {key: shown[key] for key in ("action", "title", "target")} == {
            key: printed[key] for key in ("action", "title", "target")
        }
    assert (told["light"], told["step_light"], told["left_minutes"], told["late_ahead"]) == (
        "green",
        "green",
        2790,
        False,
    )


def test_a_dossier_as_it_stood(door: Door) -> None:
    """With `at` the lines after it aren't told, and nothing is put down; a moment before the first line is a 400."""
    number = door.receive()
    door.go(number, "lan chuyen ha", "ha chuyen an")
    told = door.get(f"/v1/dossiers/{number}", at="2021-09-14T09:30:00+07:00")
    assert (told["holder"], told["seq"], len(told["log"])) == ("ha", 1, 2)
    assert "etag" not in door("GET", f"/v1/dossiers/{number}", params={"at": "2021-09-14T09:30:00+07:00"}).headers
    early = door("GET", f"/v1/dossiers/{number}", params={"at": "2021-09-13T09:30:00Z"})
    assert (early.status_code, early.json()["code"]) == (400, "bad-value")
    unknown = door("GET", f"/v1/dossiers/{number}", params={"at": "2090-09-13T09:30:00Z"})
    assert (unknown.status_code, unknown.json()["code"]) == (400, "bad-value")


def test_what_speaks_against_a_hand_over(door: Door) -> None:
    """Said before anybody clicks (R121)."""
    number = door.receive()
    door.go(number, "lan chuyen ha")
    assert door.get(f"/v1/dossiers/{number}/check", action="chuyen", to="an") == {"finding": None}
    found = door.get(f"/v1/dossiers/{number}/check", action="chuyen", to="chi")["finding"]
    assert (found["code"], found["level"]) == ("DOS203", "error")


def test_an_outdated_screen(door: Door) -> None:
    """With `If-Match` a dossier that has moved on is a 412, with `after` a 409; nothing is done (T5)."""
    number = door.receive()
    seen = door("GET", f"/v1/dossiers/{number}").headers["etag"]
    door.go(number, "lan chuyen ha")
    move = partial(door, "POST", f"/v1/dossiers/{number}/moves")
    body = {"action": "chuyen", "by": "ha", "to": "an"}
    for more, status, code in (
        ({"headers": {"If-Match": seen}, "json": body}, 412, "stale"),
        ({"json": body | {"after": 0}}, 409, "conflict"),
    ):
        found = move(**more)
        assert (found.status_code, found.json()["code"], found.json()["seq"]) == (status, code, 1)
    assert len(door.get(f"/v1/dossiers/{number}/log")["lines"]) == 2
    assert move(headers={"If-Match": '"0", "1"'}, json=body).status_code == 200
    assert move(headers={"If-Match": "*"}, json={"action": "chuyen", "by": "an", "to": "quang"}).status_code == 200


def test_tags_that_never_match(door: Door) -> None:
    """RFC 9110, 13.1.1: a weak tag and one that isn't ours match nothing, whatever line they name: 412, nothing done."""
    number = door.receive()
    move = partial(door, "POST", f"/v1/dossiers/{number}/moves", json={"action": "chuyen", "by": "lan", "to": "ha"})
    for tags in ('W/"0"', '"00"', '"x,0"', 'W/"0", "7"', '""'):
        found = move(headers={"If-Match": tags, "Accept-Language": "en"})
        assert (found.status_code, found.json()["code"], found.json()["seq"]) == (412, "stale", 0), tags
    assert "weak" in move(headers={"If-Match": 'W/"0"', "Accept-Language": "en"}).json()["detail"]
    for tags in ("0", '"0', '"0" "1"', 'w/"0"', "*, *"):
        assert move(headers={"If-Match": tags}).status_code == 422, tags
    assert len(door.get(f"/v1/dossiers/{number}/log")["lines"]) == 1
    assert move(headers={"If-Match": 'W/"7"\t,"0"'}).status_code == 200


def test_conditions_that_nothing_looks_at(door: Door) -> None:
    """`If-Match` where there is no ETag, `If-None-Match`, and a header twice are refused, not ignored (RFC 9110, 5.3, 13.1)."""
    number = door.receive()
    people = partial(door, "PUT", f"/v1/dossiers/{number}/people", json={"owner": "An"})
    hand_over = partial(
        door, "POST", "/v1/hand-overs", json={"account": "lan", "by": "quang", "to": "thao", "note": "nghỉ"}
    )
    move = partial(door, "POST", f"/v1/dossiers/{number}/moves", json={"action": "chuyen", "by": "lan", "to": "ha"})
    receive = partial(door, "POST", "/v1/dossiers", json={"procedure": CODE, "by": "lan"})
    many = partial(door, "POST", "/v1/moves", json={"moves": [{"number": number, "action": "confirm", "by": "lan"}]})
    for ask in (people, hand_over, receive, many):
        found = ask(headers={"If-Match": '"0"'})
        assert (found.status_code, found.json()["code"]) == (400, "bad-request")
        assert "If-Match" in found.json()["detail"]
    for ask in (people, hand_over, receive, many, move):
        assert ask(headers={"If-None-Match": "*"}).json()["code"] == "bad-request"
    for ask, name in (
        (receive, "Idempotency-Key"),
        (move, "Idempotency-Key"),
        (many, "Idempotency-Key"),
        (move, "If-Match"),
    ):
        found = ask(headers={name: '"0"'}, auth=partial(_with, name, b'"1"'))
        assert (found.status_code, found.json()["code"]) == (400, "bad-request"), name
        assert name in found.json()["detail"]
    assert (len(list(door.engine.store.logs("H19.1"))), door.engine.person(number)) == (1, {})
    assert people(headers={"If-Match": "*"}).status_code == 200


def _with(name: str, value: bytes, request: httpx.Request) -> httpx.Request:
    """The request with another line of a header."""
    request.headers = httpx.Headers([*request.headers.raw, (name.encode(), value)])
    return request


def test_a_screen_that_time_has_outdated(door: Door) -> None:
    """The line shown may be one that time alone has made and nobody has put down: it counts as seen."""
    number = door.receive()
    door.go(number, "lan chuyen ha", "ha chuyen an", "an hoi-bo bo", record={"until": "2021-09-15"})
    before = door("GET", f"/v1/dossiers/{number}")
    door.clock.set("24/09 08:00")
    after = door("GET", f"/v1/dossiers/{number}")
    assert (before.json()["step"], after.json()["step"], after.json()["holder"]) == ("y-kien", "thu-ly", "an")
    assert [item["step"] for item in door.get("/v1/dossiers", holder="an")["items"]] == ["thu-ly"]
    assert door.get("/v1/dossiers", holder="bo")["items"] == []
    move = partial(door, "POST", f"/v1/dossiers/{number}/moves", json={"action": "chuyen", "by": "an", "to": "quang"})
    assert move(headers={"If-Match": before.headers["etag"]}).status_code == 412
    assert move(headers={"If-Match": after.headers["etag"]}).status_code == 200


def test_a_retry_is_done_once(door: Door) -> None:
    """The same key again is answered alike, also with an `If-Match` that is outdated by then; another body is a 422 (T6)."""
    key = {"Idempotency-Key": "form-7f3a"}
    body = {"procedure": CODE, "by": "lan"}
    first, again = (door("POST", "/v1/dossiers", headers=key, json=body) for _ in range(2))
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    other = door("POST", "/v1/dossiers", headers=key, json=body | {"by": "thao"})
    assert (other.status_code, other.json()["code"]) == (422, "key-reused")
    number = first.json()["number"]
    move = partial(
        door, "POST", f"/v1/dossiers/{number}/moves", json={"action": "chuyen", "by": "lan", "to": "ha"},
        headers={"Idempotency-Key": "m-1", "If-Match": first.headers["etag"]},
    )  # fmt: skip
    done = move()
    door.go(number, "ha chuyen an")
    assert (done.status_code, done.json()["seq"], move().json()) == (200, 1, done.json())
    assert (
        len(door.get(f"/v1/dossiers/{number}/log")["lines"]) == 4
    )  # with the two confirmations, put down by themselves


def test_lost_and_doubled_requests(door: Door) -> None:
    """Answers dropped and requests doubled, at random: what is done are the distinct keys (T6)."""
    random = Random(6)
    numbers: dict[str, set[str]] = {}
    for _ in range(300):
        key = f"k{random.randrange(150)}"
        times = 2 if random.random() < 0.15 else 1
        for _ in range(times):
            found = door(
                "POST", "/v1/dossiers", headers={"Idempotency-Key": key}, json={"procedure": CODE, "by": "lan"}
            )
            numbers.setdefault(key, set()).add(found.json()["number"])
    assert all(len(found) == 1 for found in numbers.values())
    assert len(list(door.engine.store.logs("H19.1"))) == len(numbers)


def test_many_moves(door: Door) -> None:
    """Each is done alone and has its answer; a retry under the items' keys does nothing more."""
    one, two = door.receive(), door.receive()
    moves = [
        {"number": one, "action": "chuyen", "by": "lan", "to": "ha", "key": "b-1"},
        {"number": two, "action": "chuyen", "by": "lan", "to": "chi", "key": "b-2"},
        {"number": "H19.1-210914-9999", "action": "chuyen", "by": "lan"},
        {"number": one, "action": "confirm", "by": "he-thong"},
        {"number": two, "action": "confirm", "by": "lan", "after": 7},
    ]
    for _ in range(2):
        told = door("POST", "/v1/moves", json={"moves": moves}).json()
        assert (told["moved"], told["refused"]) == (1, 4)
        assert [item.get("problem", {}).get("code") for item in told["items"]] == [
            None, "misrouted", "unknown-dossier", "forbidden", "conflict",
        ]  # fmt: skip
    assert len(door.get(f"/v1/dossiers/{one}/log")["lines"]) == 2


def test_many_moves_under_one_key(door: Door) -> None:
    """`Idempotency-Key` holds for each of many moves that has no key of its own: sent again none is done twice (T6)."""
    one, two = door.receive(), door.receive()
    moves = [
        {"number": one, "action": "chuyen", "by": "lan", "to": "ha"},
        {"number": two, "action": "chuyen", "by": "lan", "to": "ha", "key": "own"},
        {"number": one, "action": "chuyen", "by": "ha", "to": "an"},
    ]
    many = partial(door, "POST", "/v1/moves", headers={"Idempotency-Key": "b"})
    first, again = many(json={"moves": moves}), many(json={"moves": moves})
    assert (first.json()["moved"], again.json()) == (3, first.json())
    answered = door.engine.store.answered
    assert [answered("H19.1", key) is None for key in ("b#1", "b#2", "own", "b#3")] == [False, True, False, False]
    (item,) = many(json={"moves": [moves[0] | {"to": "thao"}]}).json()["items"]
    assert item["problem"]["code"] == "key-reused"
    longest = {"headers": {"Idempotency-Key": "k" * 195}, "json": {"moves": [moves[0]]}}
    assert door("POST", "/v1/moves", **longest).json()["items"][0]["problem"]["code"] == "not-allowed"
    assert door("POST", "/v1/moves", **{**longest, "headers": {"Idempotency-Key": "k" * 196}}).status_code == 422


def test_a_hand_over(door: Door) -> None:
    """All that somebody holds goes on, what may not stays and says why (R128)."""
    numbers = [door.receive() for _ in range(3)]
    body = {"account": "lan", "by": "quang", "to": "thao", "note": "chuyển công tác"}
    told = door(
        "POST", "/v1/hand-overs", json=body | {"numbers": [*numbers[:2], "H19.1-210914-9999", numbers[0]]}
    ).json()
    assert (told["moved"], [item["moved"] for item in told["items"]]) == (2, [True, True, False])
    assert told["items"][2]["problem"]["code"] == "unknown-dossier"
    told = door("POST", "/v1/hand-overs", json=body | {"numbers": numbers}).json()  # once more: nothing doubled
    assert [(item["number"], item.get("problem", {}).get("code")) for item in told["items"]] == [
        (numbers[2], None), (numbers[0], "not-allowed"), (numbers[1], "not-allowed"),
    ]  # fmt: skip
    door.go(numbers[2], "thao reassign lan")
    told = door("POST", "/v1/hand-overs", json=body | {"to": "chi"}).json()
    assert (told["refused"], told["items"][0]["problem"]["code"]) == (1, "misrouted")
    nobody = door("POST", "/v1/hand-overs", json=body | {"account": "lann"})
    assert (nobody.status_code, nobody.json()["code"]) == (400, "bad-value")


def test_personal_data(door: Door) -> None:
    """Masked unless the key has the scope and asks; put in place and taken away without touching the log (R151)."""
    number = door.receive(people={"owner": "Nguyễn Văn An", "phone": "0912345678"})
    masked, whole = {"owner": "Ng*** V** An", "phone": "***678"}, {"owner": "Nguyễn Văn An", "phone": "0912345678"}
    path = f"/v1/dossiers/{number}"
    assert door.get(f"{path}/people") == {"number": number, "masked": True, "people": masked}
    assert door.get(f"{path}/people", unmasked=True)["people"] == whole
    assert (door.get(path)["people"], door.get(path, unmasked=True)["people"]) == (masked, whole)
    reader = door.key("read")
    for asked in (path, f"{path}/people", "/v1/dossiers"):
        assert door("GET", asked, token=reader).status_code == 200
        refused = door("GET", asked, token=reader, params={"unmasked": True})
        assert (refused.status_code, refused.json()["scope"]) == (403, "people")
    assert door("PUT", f"{path}/people", json={"owner": "Trần Thị Bé"}).json()["people"] == {"owner": "Tr*** T** Bé"}
    assert door("PUT", f"{path}/people", json={}).json()["people"] == {}
    assert len(door.get(f"{path}/log")["lines"]) == 1


def test_a_clock_set_back(door: Door) -> None:
    """T8: what stands in the log is told, by whatever clock it came there, unless an earlier moment is asked about."""
    number = door.receive()
    door.go(number, "lan chuyen ha")
    door.clock.forward(hours=-3)
    told, lines = door.get(f"/v1/dossiers/{number}/ledger"), door.get(f"/v1/dossiers/{number}")["log"]
    assert (told["received"], told["entries"][-1]["until"]) == (lines[0]["at"], lines[-1]["at"])
    asked = door("GET", f"/v1/dossiers/{number}/ledger", params={"at": door.clock().isoformat()})
    assert (asked.status_code, asked.json()["code"]) == (400, "bad-value")


def test_lists(door: Door) -> None:
    """Filtered, in order, and page by page: every dossier once."""
    numbers = [door.receive() for _ in range(7)]
    door.go(numbers[0], "lan chuyen ha", "ha chuyen an", "nguoi-nop rut")
    door.go(numbers[1], "lan chuyen ha", "ha chuyen an")
    for order in ("number", "due"):
        seen, cursor = [], None
        while True:
            query = {"limit": 2, "order": order, **({"cursor": cursor} if cursor else {})}
            told = door.get("/v1/dossiers", **query)
            seen += [item["number"] for item in told["items"]]
            cursor = told["next"]
            if cursor is None:
                break
        assert sorted(seen) == sorted(numbers[1:])
    assert [item["number"] for item in door.get("/v1/dossiers", state="closed")["items"]] == [numbers[0]]
    assert len(door.get("/v1/dossiers", state="all")["items"]) == 7
    assert [item["number"] for item in door.get("/v1/dossiers", holder="an")["items"]] == [numbers[1]]
    assert [item["number"] for item in door.get("/v1/dossiers", status=4)["items"]] == [numbers[1]]
    assert door.get("/v1/dossiers", procedure="KHAC-01")["items"] == []
    assert door("GET", "/v1/dossiers", params={"cursor": "abc"}).json()["code"] == "bad-value"
    by_due = door.get("/v1/dossiers", order="due", limit=2)["next"]
    assert door("GET", "/v1/dossiers", params={"cursor": by_due}).status_code == 400  # a cursor of another order


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("thu tuc mau", True),
        ("THỦ TỤC", True),
        ("thú tục", False),
        ("tiep nhan", True),
        ("khong co", False),
        ("lan mau-01", True),
        ("nguyen dang", False),
    ],
)
def test_search_without_accents(door: Door, q: str, found: bool) -> None:
    """Without accents widens, with them narrows; personal data isn't searched unless it is asked for."""
    door.receive(people={"owner": "Nguyễn Đăng"})
    assert bool(door.get("/v1/dossiers", q=q)["items"]) is found
    assert door.get("/v1/dossiers", q="nguyen dang", unmasked=True)["items"][0]["people"] == {"owner": "Nguyễn Đăng"}


def test_questions_are_the_engine_s(door: Door) -> None:
    """Figures, board, misroutes and faults are what the engine says, in the language that is asked for."""
    numbers = [door.receive() for _ in range(3)]
    door.go(numbers[0], "lan chuyen ha", "ha bounce", "lan reassign ha")
    door.clock.set("28/09 08:00")
    report = door.get("/v1/report", year=2021)
    assert report == door.engine.stats(2021).to_json("vi")
    assert report["received"] == 3
    assert door.get("/v1/report", year=2021, quarter=3)["received"] == 3
    assert door.get("/v1/report", **{"from": "2021-10-01", "to": "2021-10-31"})["received"] == 0
    for query in ({"year": 2021, "month": 9}, {"year": 2021, "week": 37}, {"year": 2021, "months": "9"}):
        assert door.get("/v1/report", **query)["received"] == 3
    for query in (
        {},
        {"year": 2021, "quarter": 1, "month": 2},
        {"from": "2021-01-01"},
        {"year": 2021, "to": "2021-01-01"},
    ):
        assert door("GET", "/v1/report", params=query).json()["code"] == "bad-value"
    board = door.get("/v1/watch")
    assert (board["counts"]["late"], len(board["dossiers"])) == (3, 3)
    assert door.get("/v1/watch", at="2021-09-14T08:00:00+07:00", light="red")["dossiers"] == []
    (misroute,) = door.engine.misroutes(door.clock())
    assert [one["dossier"] for one in door.get("/v1/misroutes", year=2021)["misroutes"]] == [misroute.dossier]
    assert door.get("/v1/faults")["counts"]["all"] == len(door.engine.faults(door.clock()).found)
    english = door("GET", "/v1/report", params={"year": 2021}, headers={"Accept-Language": "en-GB, vi;q=0.5"})
    assert (english.json()["title"], english.headers["content-language"]) == ("Sample Department", "en")


def test_flows(door: Door) -> None:
    """The list, one flowchart, the catalogue; where the file lies isn't told."""
    (row,) = door.get("/v1/flows", q="mau", field="dien", division="phong")["flows"]
    assert (row["code"], row["version"], row["deadline"]) == (CODE, 2, "5wd")
    assert door.get("/v1/flows", q="khong-co")["flows"] == []
    shown = door.get(f"/v1/flows/{CODE}", on="2021-09-14")
    assert [step["id"] for step in shown["steps"]][:2] == ["tiep-nhan", "phan-cong"]
    assert "file" not in shown
    assert door("GET", "/v1/flows/KHAC-01").json()["code"] == "unknown-flow"
    assert door.get("/v1/catalogue")["procedures"] == 1


def test_health_and_figures_of_the_server(door: Door) -> None:
    """Health and the API's description need no key; the figures need the scope admin and tell of no key and no dossier."""
    for path in ("/health/live", "/health/ready", "/openapi.json"):
        for method in ("GET", "HEAD"):  # which is what balancers of load ask with
            assert door(method, path, token=None).status_code == 200, (method, path)
    number = door.receive()
    door("GET", f"/v1/dossiers/{number}")
    door("GET", "/v1/dossiers/H19.1-210914-9999")
    assert door("HEAD", f"/v1/dossiers/{number}", token=None).status_code == 401
    assert door("HEAD", f"/v1/dossiers/{number}").status_code == 200
    assert door("HEAD", "/v1/moves").headers["allow"] == "POST"
    text = door("GET", "/metrics").text
    assert 'flowiso_http_requests_total{method="HEAD",route="/v1/dossiers/{number}",status="200"} 1.0' in text
    assert 'flowiso_http_requests_total{method="GET",route="/v1/dossiers/{number}",status="404"} 1.0' in text
    assert 'flowiso_http_problems_total{code="unknown-dossier"} 1.0' in text
    assert "flowiso_http_in_flight 1.0" in text
    assert number not in text
    assert door.token.split("_")[1] not in text


def test_mounted_in_another_app(tmp_path: Path) -> None:
    """Under a path of another ASGI application: the same, its public paths too."""
    door = Door(tmp_path, app=lambda app: Starlette(routes=[Mount("/iso", app)]))
    with door.opened():
        assert door("GET", "/iso/health/ready", token=None).status_code == 200
        made = door("POST", "/iso/v1/dossiers", json={"procedure": CODE, "by": "lan"})
        assert made.status_code == 201
        assert made.request.url.join(made.headers["location"]).path == f"/iso/v1/dossiers/{made.json()['number']}"
        assert door("GET", f"/iso/v1/dossiers/{made.json()['number']}").status_code == 200
        assert door("GET", "/iso/v1/dossiers", token=None).status_code == 401
        assert door("GET", "/iso/openapi.json", token=None).json()["servers"] == [{"url": "/iso"}]


def test_a_dossier_whose_flow_is_gone(tmp_path: Path) -> None:
    """It is told of in lists, by its number, and holds up no others (DOS311)."""
    store = open_store("memory:")
    engine = engine_of(store)
    kept = engine.receive(CODE, by="lan", at=Clock()())
    gone = engine.receive(CODE, by="lan", at=Clock()() + timedelta(minutes=1))
    case, moves = store.read("H19.1", gone.number)
    store.create(case._replace(number="H19.1-210914-0009", version=9), moves)
    found = page(_without(engine), Wanted(state="all"), "vi")
    assert ([item["number"] for item in found.items], found.unread) == (
        [kept.number, gone.number],
        ["H19.1-210914-0009"],
    )


def _without(engine: Any) -> Any:
    """The engine over flows that say so when a version is gone."""
    from flowiso.errors import UnknownFlow
    from flowiso.text import Text

    tables = dict(engine.flows.tables)

    def table(code: str, version: int, year: int) -> Any:
        if version not in tables:
            raise UnknownFlow(Text("không có", "there is none"))
        return tables[version]

    engine.flows.table = table
    return engine
