"""docs/security.md: every requirement of ASVS 5.0.0 at levels 1 and 2 has an answer, and every answer its test or its reason.

And what the page tells that no other test proves.
"""

from __future__ import annotations

import ast
import json
import logging
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from doors import Door, engine_of
from screened import Site, Visitor
from starlette.applications import Starlette
from starlette.routing import Mount

from flowiso.store import open_store
from flowiso.web.screens.app import PLACES
from flowiso.webhooks.receivers import load_receivers
from flowiso.webhooks.signing import read_secret

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs/security.md"
SCRIPT = ROOT / "flowiso/web/screens/static/screens.js"

# How many requirements of levels 1 and 2 each section of ASVS 5.0.0 has, in the order of its list; those of level 3 come last
# in every section.
SECTIONS: Mapping[int, tuple[tuple[int, int], ...]] = {
    1: ((1, 2), (2, 9), (3, 11), (4, 3), (5, 2)),
    2: ((1, 3), (2, 3), (3, 4), (4, 1)),
    3: ((2, 2), (3, 4), (4, 6), (5, 5), (7, 2)),
    4: ((1, 3), (2, 1), (3, 2), (4, 4)),
    5: ((1, 1), (2, 3), (3, 2), (4, 3)),
    6: ((1, 3), (2, 12), (3, 4), (4, 4), (5, 5), (6, 3), (8, 4)),
    7: ((1, 3), (2, 4), (3, 2), (4, 5), (5, 2), (6, 2)),
    8: ((1, 2), (2, 3), (3, 1), (4, 1)),
    9: ((1, 3), (2, 4)),
    10: ((1, 2), (2, 2), (3, 4), (4, 11), (5, 5), (6, 2), (7, 3)),
    11: ((1, 2), (2, 3), (3, 3), (4, 4), (5, 1), (6, 1)),
    12: ((1, 3), (2, 2), (3, 4)),
    13: ((1, 1), (2, 5), (3, 2), (4, 5)),
    14: ((1, 2), (2, 4), (3, 3)),
    15: ((1, 3), (2, 3), (3, 7)),
    16: ((1, 1), (2, 5), (3, 4), (4, 3), (5, 3)),
    17: ((1, 1), (2, 4), (3, 2)),
}
NUMBERS = [
    f"{chapter}.{section}.{one}"
    for chapter, sections in SECTIONS.items()
    for section, count in sections
    for one in range(1, count + 1)
]
REASONS = ("does not apply", "left to", "not done", "by design", "written down")


def rows() -> Iterator[tuple[list[str], str, str]]:
    """The lines of the page's tables: the numbers, what we do, and what proves it."""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if re.match(r"\| \d", line):
            assert len(cells) == 3, line
            yield list(numbers(cells[0])), cells[1], cells[2]


def numbers(cell: str) -> Iterator[str]:
    """ "1.2.3, 1.2.5-7" one by one."""
    for part in cell.split(", "):
        first, _, last = part.partition("-")
        head, _, begin = first.rpartition(".")
        yield from (f"{head}.{one}" for one in range(int(begin), int(last or begin) + 1))


@cache
def named_in(file: str) -> frozenset[str]:
    """The names of the tests in a file of tests/, those of a class as Class::test."""
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    found = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    for owner in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        found |= {f"{owner.name}::{node.name}" for node in owner.body if isinstance(node, ast.FunctionDef)}
    return frozenset(found)


def test_every_requirement_has_an_answer() -> None:
    """All 253 of levels 1 and 2, each once, and no number that there isn't."""
    told = [number for found, _, _ in rows() for number in found]
    assert len(NUMBERS) == 253
    assert sorted(told) == sorted(NUMBERS)


def test_every_answer_has_its_test_or_its_reason() -> None:
    """A test that exists, or one of the words for a reason, with the reason behind them."""
    for found, answer, proof in rows():
        assert len(answer) > 10, found
        named = re.findall(r"`(test_\w+\.py)::([\w:]+)`", proof)
        for file, name in named:
            assert name in named_in(file), f"{found}: {file}::{name}"
        reasons = [word for word in REASONS if proof.startswith(word)]
        assert named or reasons, found
        assert not reasons or named or len(proof) > len(reasons[0]) + 15, f"{found}: {proof} tells no reason"
        assert proof.count(".py::") == len(named), f"{found}: a test that isn't understood: {proof}"


def test_what_is_not_done_is_told_first() -> None:
    """The page's own list of gaps is that of its tables."""
    text = PAGE.read_text(encoding="utf-8")
    told = re.search(r"^## What is not done$(.*?)^## ", text, re.DOTALL | re.MULTILINE)
    assert told is not None
    listed = {number for cell in re.findall(r"\(([\d., -]+)\)", told[1]) for number in numbers(cell)}
    assert listed == {number for found, _, proof in rows() if proof.startswith("not done") for number in found}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The small office."""
    with Site(tmp_path).opened() as site:
        yield site


@pytest.fixture
def lan(site: Site) -> Visitor:
    """The one-stop officer, signed in."""
    return site.signed_in("lan")


@pytest.mark.parametrize(
    "path", ["/", "/inbox", "/sign-in", "/dossiers/x/move", "/static/screens.css", "/v1/dossiers/x"]
)
@pytest.mark.parametrize("method", ["TRACE", "TRACK", "PUT", "DELETE", "OPTIONS"])
def test_no_other_method(site: Site, lan: Visitor, method: str, path: str) -> None:
    """Neither a page nor the API knows them; nothing is told back, and no other origin is let in."""
    sent = {"Authorization": f"Bearer {site.key('lan')}", "Origin": "https://evil.example"}
    answer = lan(method, path, headers=sent)
    assert answer.status_code == 405
    assert "flowiso_" not in answer.text
    assert "access-control-allow-origin" not in answer.headers
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_no_method_behind_another(site: Site, lan: Visitor) -> None:
    """What a GET carries in a header or a field is not what it does."""
    number = lan.receive()
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        assert lan("GET", f"/dossiers/{number}/move?_method=POST", headers={name: "POST"}).status_code in (404, 405)
    assert len(site.engine.dossier(number).moves) == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/inbox"), ("PUT", "/inbox"), ("GET", "/nowhere"), ("GET", "/v1/dossiers"), ("GET", "/health/live")],
)
def test_headers_of_every_answer(lan: Visitor, method: str, path: str) -> None:
    """Pages, refusals of a method, what isn't there, and the API alike."""
    headers = lan(method, path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] in ("no-referrer", "same-origin")
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert {"default-src 'none'", "frame-ancestors 'none'"} <= set(headers["content-security-policy"].split("; "))
    assert "strict-transport-security" not in headers


def test_over_https_alone(tmp_path: Path) -> None:
    """Where HTTPS is told or seen: a year of HSTS on every answer, and cookies that a browser takes from this host alone."""
    with Site(tmp_path, secure=True).opened() as site:
        visitor = site.visitor()
        visitor.client.base_url = httpx.URL("https://mot-cua")
        assert visitor.sign_in(site.key("lan")).status_code == 303
        assert {name for name in visitor.client.cookies if "lang" not in name} == {"__Host-flowiso"}
        visitor.get("/inbox")
        visitor.post("/language", lang="en")
        assert set(visitor.client.cookies) == {"__Host-flowiso", "__Host-flowiso-lang"}
        assert visitor("GET", "/inbox").status_code == 200
        for path in ("/inbox", "/static/screens.css", "/v1/dossiers", "/nowhere", "/health/live"):
            told = visitor("GET", path).headers.get_list("strict-transport-security")
            assert told == [f"max-age={366 * 86400}; includeSubDomains"], path
        plain = site.visitor()
        plain.client.base_url = visitor.client.base_url
        cookie = visitor.client.cookies["__Host-flowiso"]
        assert plain("GET", "/inbox", headers={"Cookie": f"flowiso={cookie}"}).status_code == 303


def test_mounted_over_https(tmp_path: Path) -> None:
    """Under a path of another app the cookie is for that path, so its prefix says HTTPS only."""
    site = Site(tmp_path, secure=True)
    site.app = Starlette(routes=[Mount("/mot-cua", app=site.door)])
    with site.opened():
        answer = site.visitor()("GET", "/mot-cua/sign-in")
    assert answer.headers["set-cookie"].startswith("__Secure-flowiso=")


def test_who_signs_in_is_logged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """In, refused and out, with the key's id and the moment, never the key."""
    with caplog.at_level(logging.INFO, logger="flowiso.web"):
        token, visitor = site.key("lan"), site.visitor()
        visitor.sign_in("flowiso_khong_phai")
        visitor.sign_in(token)
        visitor.get("/inbox")
        visitor.post("/sign-out")
    lines = [json.loads(record.getMessage()) for record in caplog.records]
    told = [(line["event"], line["key"]) for line in lines if line["event"].startswith("sign")]
    known = token.split("_")[1]
    assert told == [("sign-in-refused", None), ("sign-in", known), ("sign-out", known)]
    assert all(line["at"].endswith("+07:00") for line in lines)
    assert token not in caplog.text


def test_a_line_of_the_log_stays_a_line(site: Site, lan: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever is sent, nobody writes a line of his own into the log."""
    forged = '\n{"event": "sign-in", "key": "x"}'
    with caplog.at_level(logging.INFO, logger="flowiso.web"):
        lan("GET", f"/dossiers/{forged.strip()}%0a", params={"q": forged})
        lan(
            "GET", "/v1/dossiers", headers={"X-Request-Id": forged.strip(), "Authorization": f"Bearer {forged.strip()}"}
        )
        lan.get("/inbox")
        lan.post("/sign-in", key=forged)
    lines = [json.loads(record.getMessage()) for record in caplog.records]
    assert len(lines) >= 3
    assert all(line["event"] != "sign-in" for line in lines)
    assert all("\n" not in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize(
    "words", ["' OR 1=1 --", "'; DROP TABLE moves; --", "%' UNION SELECT 1 --", "\\'); --", "${7*7}{{7*7}}"]
)
def test_sql_stays_words(tmp_path: Path, words: str) -> None:
    """In a number, a search, an account and a note over SQLite: nothing found that isn't there, and all of it still there."""
    with Door(tmp_path, engine_of(open_store(f"sqlite:///{tmp_path / 'a.db'}"))).opened() as door:
        number = door.receive()
        assert door("GET", f"/v1/dossiers/{quote(words, safe='')}").status_code in (404, 422)
        assert number not in str(door.get("/v1/dossiers", q=words))
        assert number not in door("GET", "/v1/dossiers", params={"holder": words}).text
        assert door("POST", f"/v1/dossiers/{number}/moves", json={"action": words, "by": words}).status_code in (
            403,
            422,
        )
        answer = door.move(number, "lan chuyen ha", note=words)
        assert answer.status_code == 200
        assert len(door.engine.dossier(number).moves) == 2
        assert door.engine.dossier(number).moves[-1].note == words


def test_the_script_keeps_and_runs_nothing() -> None:
    """No browser storage, no code out of text, no HTML out of strings put into the page, no message of another window."""
    script = SCRIPT.read_text(encoding="utf-8")
    for word in ("Storage", "indexedDB", "eval(", "new Function", "innerHTML", "outerHTML", "insertAdjacentHTML",
                 "document.write", "postMessage", "document.cookie", "__proto__", "http:", "https:"):  # fmt: skip
        assert word not in script, word


def test_only_ways_of_ours() -> None:
    """The screens' paths are told one by one; there is no folder that is served, no debug page and no page of the API's docs."""
    assert {"", "static", "sign-in", "language", "sign-out", "sessions", "inbox", "hand-over", "register", "board",
                      "receive", "find", "procedures", "year", "events", "dossiers"} == PLACES  # fmt: skip


@pytest.mark.parametrize(
    "path", ["/docs", "/redoc", "/.git/config", "/static/x", "/static/../app.py", "/debug", "/pyproject.toml"]
)
def test_nothing_else_is_served(site: Site, path: str) -> None:
    """Whoever looks round finds nothing: no listing, no source, no version control, no pages of a framework."""
    assert site.visitor()("GET", path).status_code in (401, 404)
    token = {"Authorization": f"Bearer {site.key('lan')}"}
    assert site.visitor()("GET", path, headers=token).status_code == 404


def test_secrets_where_a_manager_puts_them(tmp_path: Path) -> None:
    """ASVS 13.3.1: the folder of secrets may be anywhere, and its files readable to the process alone."""
    put, said = tmp_path / "run/credentials", "whsec_" + "A" * 44
    put.mkdir(parents=True)
    (put / "cong-dvc").write_text(f"{said}\n")
    (put / "cong-dvc").chmod(0o400)
    file = tmp_path / "etc.yaml"
    one = "{id: cong-dvc, url: 'https://dvc.example.vn/', agency: 000.00.19.H19, secret: cong-dvc}"
    file.write_text(f"secrets: {put}\nreceivers:\n  - {one}\n")
    (receiver,) = load_receivers(file).listed
    assert receiver.secrets == (read_secret(said),)


def test_no_password_or_key_in_the_sources() -> None:
    """No key of ours stands in a file of the package."""
    for file in (ROOT / "flowiso").rglob("*.*"):
        if file.suffix in (".py", ".html", ".js", ".yaml"):
            assert not re.search(r"flowiso_[0-9a-f]{12}_[\w-]{43}", file.read_text(encoding="utf-8")), file


def test_the_field_for_a_key(site: Site) -> None:
    """A password field that managers know, of any length, that may be pasted into; a way out stands on every page."""
    field = re.search(r'<input id="key"[^>]*>', site.visitor().get("/sign-in"))
    assert field is not None
    assert {'type="password"', 'autocomplete="current-password"'} <= set(field[0].split())
    assert "maxlength" not in field[0]
    assert "onpaste" not in SCRIPT.read_text(encoding="utf-8")
    lan = site.signed_in("lan")
    for path in ("/inbox", "/board", "/receive", "/find", "/procedures", "/year", f"/dossiers/{lan.receive()}"):
        assert 'action="/sign-out"' in lan.get(path), path


def test_json_says_what_it_is(tmp_path: Path) -> None:
    """Every answer with a body names its type, text with its letters."""
    with Site(tmp_path).opened() as site:
        lan = site.signed_in("lan")
        for path, kind in (
            ("/inbox", "text/html; charset=utf-8"),
            ("/static/screens.css", "text/css; charset=utf-8"),
            ("/static/screens.js", "text/javascript; charset=utf-8"),
            ("/v1/dossiers", "application/problem+json"),
            ("/health/live", "application/json"),
        ):
            assert lan("GET", path).headers["content-type"] == kind
