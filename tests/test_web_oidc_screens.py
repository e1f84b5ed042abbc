"""Signing in to the screens at the province's sign-on: one way in, and every other one refused alike."""

from __future__ import annotations

import json
import re
import threading
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from html import escape, unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import time
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from offices import at
from pictures import program
from playwright.sync_api import sync_playwright
from screened import BASE, Site, Visitor
from test_browser import SWITCHES
from test_web_oidc import AUDIENCE, ISSUER, jwks, part, rsa, signed
from test_web_serve import free_port, served

from flowiso.errors import BadValue, FlowFileError
from flowiso.web import create_app
from flowiso.web.keys import Either
from flowiso.web.oidc import SignOn
from flowiso.web.oidcfile import SignInFile, SignOnFile, load_sign_on
from flowiso.web.oidcsignin import WHILE, SignIn
from flowiso.web.screens import with_screens

CLIENT, SECRET = "man-hinh", "bí mật/=1".encode("ascii", "ignore").decode()


class Provider:
    """A sign-on over loopback: JWKS and token address. What a code stands for is told by `let_in`."""

    def __init__(self) -> None:
        self.codes: dict[str, dict[str, Any]] = {}
        self.status, self.exchanged, self.left = 200, 0, list[dict[str, str]]()
        self.header: dict[str, Any] = {}
        self.raw: Callable[[str], bytes] = lambda token: json.dumps({"id_token": token, "access_token": "x"}).encode()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path, _, query = self.path.partition("?")
                asked = dict(parse_qsl(query))
                pages = {"/auth": outer.door, "/logout": outer.out}
                self._answer(200, pages[path](asked) if path in pages else jwks(rsa()))

            def do_POST(self) -> None:
                form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
                status, body = outer.exchange(form, self.headers.get("Authorization", ""))
                self._answer(status, body)

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "text/html" if body.startswith(b"<") else "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def door(self, asked: dict[str, str]) -> bytes:
        """The provider's own page: somebody signs on there, and goes back by a button."""
        self.let_in(asked, "c", int(time()), preferred_username="lan.vp")
        back = f"{asked['redirect_uri']}?code=c&state={asked['state']}"
        return f'<!DOCTYPE html><title>SSO</title><a id="go" href="{escape(back)}">OK</a>'.encode()

    def out(self, asked: dict[str, str]) -> bytes:
        """The provider's page to sign out on, which leads back (RP-Initiated Logout 1.0, 3)."""
        self.left.append(asked)
        back = escape(asked["post_logout_redirect_uri"])
        return f'<!DOCTYPE html><title>SSO</title><a id="out" href="{back}">OK</a>'.encode()

    def exchange(self, form: dict[str, str], authorization: str) -> tuple[int, bytes]:
        """An ID token for a code, once, to the client that proves that it asked for it (RFC 7636, 4.6)."""
        self.exchanged += 1
        known = self.codes.pop(form.get("code", ""), None)
        challenge = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        basic = f"Basic {b64encode(b'man-hinh:b%20mt%2F%3D1').decode()}"
        if (
            self.status != 200
            or known is None
            or form["grant_type"] != "authorization_code"
            or challenge != known["asked"]["code_challenge"]
            or form["redirect_uri"] != known["asked"]["redirect_uri"]
            or authorization != basic
        ):
            return (self.status if self.status != 200 else 400), b'{"error": "invalid_grant"}'
        return 200, self.raw(signed(known["claims"], **self.header))

    def let_in(self, asked: dict[str, str], code: str, now: int, **more: Any) -> None:
        """Somebody signs on: a code for what was asked; `more` are other claims, ... for none."""
        usual = {"iss": ISSUER, "aud": CLIENT, "exp": now + 3600, "iat": now, "preferred_username": "ha"}
        told = usual | {"nonce": asked["nonce"]} | more
        claims = {name: value for name, value in told.items() if value is not ...}
        self.codes[code] = {"asked": asked, "claims": claims}

    @contextmanager
    def serving(self) -> Iterator[Provider]:
        """While it answers."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A sign-on that answers."""
    with Provider().serving() as provider:
        yield provider


class Signing(Site):
    """Screens that may be signed in to at a provider."""

    def __init__(self, folder: Path, provider: Provider, **more: Any) -> None:
        super().__init__(folder)
        secret = folder / "bi-mat"
        secret.write_text(f"{SECRET}\n")
        secret.chmod(0o600)
        url, acr, logout = provider.url, more.pop("acr", ()), more.pop("logout", None)
        into = SignInFile(
            CLIENT, f"{url}/auth?x=1", f"{url}/token", f"{BASE}/sign-in/back", secret, acr=acr, logout=logout
        )
        told = SignOnFile(ISSUER, AUDIENCE, ("RS256",), f"{url}/jwks", ("preferred_username",), sign_in=into, **more)
        sign_on = SignOn(told, self.engines)
        self.sign_in = SignIn(into, sign_on)
        api = create_app(self.engines, Either(self.keys, sign_on), clock=self.clock)
        self.app = self.door = with_screens(api, Either(self.keys, self.sign_in), sign_in=self.sign_in)
        self.provider = provider

    @property
    def now(self) -> int:
        """This second."""
        return int(self.clock().timestamp())

    def sent_on(self, visitor: Visitor, back: str = "") -> dict[str, str]:
        """What the provider is asked when somebody presses the button."""
        visitor.get("/sign-in")
        answer = visitor("GET", f"/sign-in/on?next={back}")
        assert answer.status_code == 303
        address = urlsplit(answer.headers["location"])
        assert f"{address.scheme}://{address.netloc}{address.path}" == f"{self.provider.url}/auth"
        asked = parse_qs(address.query)
        assert all(len(values) == 1 for values in asked.values())
        return {name: values[0] for name, values in asked.items()}

    def back(self, visitor: Visitor, asked: dict[str, str], code: str = "c", **query: Any) -> httpx.Response:
        """The browser comes back; `query` is added, ... takes away."""
        told = {
            name: value for name, value in ({"code": code, "state": asked["state"]} | query).items() if value is not ...
        }
        return visitor("GET", "/sign-in/back", params=told, headers={"sec-fetch-site": "cross-site"})


@pytest.fixture
def site(tmp_path: Path, provider: Provider) -> Iterator[Signing]:
    """The small office behind a sign-on."""
    with Signing(tmp_path, provider).opened() as site:
        assert isinstance(site, Signing)
        yield site


def test_signing_in(site: Signing) -> None:
    """Out with PKCE, state and nonce, back with a code, on to the page that was asked for; then it is that account's screen."""
    visitor = site.visitor()
    assert 'href="/sign-in/on?next=%2Fboard"' in visitor.get("/board")
    asked = site.sent_on(visitor, "/board")
    assert {
        name: asked[name]
        for name in ("response_type", "client_id", "redirect_uri", "scope", "code_challenge_method", "x")
    } == {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": f"{BASE}/sign-in/back",
        "scope": "openid profile",
        "code_challenge_method": "S256",
        "x": "1",
    }
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) == 43
    site.provider.let_in(asked, "c", site.now)
    answer = site.back(visitor, asked)
    assert answer.status_code == 200
    assert '<meta http-equiv="refresh" content="0;url=/board">' in answer.text
    assert "c" not in answer.headers.get("location", "")
    assert asked["state"] not in answer.text
    cookies = answer.headers.get_list("set-cookie")
    assert any("SameSite=strict" in one and one.startswith("flowiso=") for one in cookies)
    assert any("Max-Age=0" in one and one.startswith("flowiso-away=") for one in cookies)
    assert visitor("GET", "/board").status_code == 200
    assert "Ha" in visitor.get("/inbox") or "ha" in visitor.get("/inbox")
    number = site.engine.receive("MAU-01", by="lan", at=site.clock()).number
    site.engine.move(number, "chuyen", by="lan", to="ha", note="lý do", at=site.clock())
    assert visitor.act(number, "confirm").status_code == 303
    assert site.engine.dossier(number).moves[-1].actor == "ha"
    visitor.get("/inbox")
    assert visitor.post("/sign-out").status_code == 303
    assert visitor("GET", "/inbox").status_code == 303


def test_signing_out_there_too(tmp_path: Path, provider: Provider) -> None:
    """RP-Initiated Logout 1.0, 2: who came by the sign-on is led on to its end_session_endpoint by a page, since a form may lead
    to no other host; the session is over before that, no ID token is in the address, and who came by a key stays here."""
    with Signing(tmp_path, provider, logout=f"{provider.url}/logout?y=2").opened() as site:
        assert isinstance(site, Signing)
        visitor = site.visitor()
        asked = site.sent_on(visitor)
        provider.let_in(asked, "c", site.now)
        site.back(visitor, asked)
        visitor.get("/inbox")
        before = visitor.client.cookies["flowiso"]
        answer = visitor.post("/sign-out")
        assert answer.status_code == 200
        address = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', answer.text)
        assert address is not None
        assert f'href="{address[1]}"' in answer.text
        where = urlsplit(unescape(address[1]))
        assert f"{where.scheme}://{where.netloc}{where.path}" == f"{provider.url}/logout"
        assert parse_qs(where.query) == {
            "y": ["2"], "client_id": [CLIENT], "post_logout_redirect_uri": [f"{BASE}/sign-in"],
        }  # fmt: skip
        assert visitor.client.cookies["flowiso"] != before
        assert "Việc của tôi" not in answer.text
        assert visitor("GET", "/inbox").status_code == 303
        visitor.sign_in(site.key("ha"))
        visitor.get("/inbox")
        assert visitor.post("/sign-out").headers["location"] == "/sign-in"


def test_the_cookie_for_the_way_back(site: Signing) -> None:
    """Lax, since another site sends the browser back; HttpOnly, short, and it opens nothing."""
    visitor = site.visitor()
    answer = visitor("GET", "/sign-in/on")
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("flowiso-away="))
    assert {"HttpOnly", "SameSite=lax", "Max-Age=600"} <= set(cookie.split("; "))
    assert visitor("GET", "/inbox").status_code == 303


WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "another nonce": {"nonce": "x" * 43},
    "no nonce": {"nonce": ...},
    "a nonce that is no text": {"nonce": 1},
    "another audience": {"aud": "khac"},
    "the API's audience": {"aud": AUDIENCE},
    "one audience more": {"aud": [CLIENT, "khac"]},
    "another authorized party": {"azp": "khac"},
    "another issuer": {"iss": "https://khac"},
    "over": {"exp": 1, "iat": 0},
    "made long ago": {"iat": 1_600_000_000},
    "no such account": {"preferred_username": "khong-co"},
    "a closed account": {"preferred_username": "cu"},
    "the system": {"preferred_username": "he-thong"},
}


@pytest.mark.parametrize("name", WRONG_CLAIMS)
def test_an_id_token_that_is_wrong(site: Signing, name: str) -> None:
    """Nobody is signed in, whatever it is that is wrong with it, and the page doesn't say what."""
    visitor = site.visitor()
    asked = site.sent_on(visitor)
    site.provider.let_in(asked, "c", site.now, **WRONG_CLAIMS[name])
    refused(site, visitor, site.back(visitor, asked))
    asked = site.sent_on(visitor)
    site.provider.let_in(asked, "c", site.now)
    assert site.back(visitor, asked).status_code == 200


def refused(site: Signing, visitor: Visitor, answer: httpx.Response) -> None:
    """That nobody was let in, in the same words each time."""
    assert answer.status_code == 401
    assert "không đăng nhập được bằng tài khoản của tỉnh" in visitor.said()
    assert "code=" not in answer.text
    assert "state=" not in answer.text
    assert visitor("GET", "/inbox").status_code == 303


def test_ways_back_that_are_wrong(site: Signing) -> None:
    """Another's state, another browser, twice, a code that is none, an error, two codes, another issuer, too late."""
    site.clock.now = at("15/09 08:00")
    asked, stranger = site.sent_on(mine := site.visitor()), site.visitor()
    other = site.sent_on(stranger)
    site.provider.let_in(asked, "c", site.now)
    refused(site, mine, site.back(mine, asked, state=other["state"]))
    refused(site, mine, site.back(mine, asked, state=...))
    refused(site, mine, site.back(mine, asked, state="é"))
    refused(site, stranger, site.back(stranger, asked))
    assert site.provider.exchanged == 0, "nothing is asked for a browser that isn't known"
    for query in (
        {"code": "khac"},
        {"code": ...},
        {"code": ..., "error": "access_denied"},
        {"code": ["c", "c"]},
        {"iss": "https://khac"},
        {"iss": "é"},
    ):
        asked = site.sent_on(mine)
        site.provider.let_in(asked, "c", site.now)
        refused(site, mine, site.back(mine, asked, **query))
    asked = site.sent_on(mine)
    site.provider.let_in(asked, "c", site.now)
    site.clock.now += WHILE
    refused(site, mine, site.back(mine, asked))
    asked = site.sent_on(mine)
    site.provider.let_in(asked, "c", site.now)
    site.clock.now += WHILE - timedelta(seconds=1)
    assert site.back(mine, asked, iss=ISSUER).status_code == 200
    again = site.visitor()
    again.client.cookies = mine.client.cookies
    assert site.back(again, asked).status_code == 401


@pytest.mark.parametrize(
    "raw",
    [
        lambda token: b"{}",
        lambda token: b"[]",
        lambda token: b"\xff",
        lambda token: b'{"id_token": 1}',
        lambda token: json.dumps({"id_token": token, "x": "x" * 70_000}).encode(),
        lambda token: json.dumps({"id_token": token[:-9]}).encode(),
        lambda token: json.dumps({"id_token": f"{part(b'{}')}.{token.split('.')[1]}."}).encode(),
        lambda token: b'{"id_token": "", "id_token": ' + json.dumps(token).encode() + b"}",
    ],
)
def test_an_answer_that_is_wrong(site: Signing, raw: Callable[[str], bytes]) -> None:
    """What is no answer, too large, or has no token that is signed: nobody is signed in."""
    visitor = site.visitor()
    site.provider.raw = raw
    asked = site.sent_on(visitor)
    site.provider.let_in(asked, "c", site.now)
    refused(site, visitor, site.back(visitor, asked))


def test_an_access_token_is_no_id_token(site: Signing) -> None:
    """By its type (RFC 9068, 4): another use of the same key."""
    visitor = site.visitor()
    site.provider.header = {"typ": "at+jwt"}
    asked = site.sent_on(visitor)
    site.provider.let_in(asked, "c", site.now)
    refused(site, visitor, site.back(visitor, asked))


def test_a_sign_on_that_is_away(site: Signing) -> None:
    """503 and a word that keys go on; nothing is kept of the try."""
    visitor = site.visitor()
    site.provider.status = 500
    asked = site.sent_on(visitor)
    site.provider.let_in(asked, "c", site.now)
    answer = site.back(visitor, asked)
    assert (answer.status_code, "không trả lời" in visitor.said()) == (503, True)
    assert visitor.sign_in(site.key("ha")).status_code == 303


def test_a_session_ends_with_the_account(site: Signing) -> None:
    """The day its account is closed it is out, by the files of the agency."""
    visitor = site.visitor()
    site.clock.now = at("15/09 23:50")
    asked = site.sent_on(visitor)
    site.provider.let_in(asked, "c", site.now, preferred_username="thoi")
    assert site.back(visitor, asked).status_code == 200
    assert visitor("GET", "/inbox").status_code == 200
    site.clock.now = at("16/09 00:00")
    assert visitor("GET", "/inbox").status_code == 303


def test_how_somebody_signed_on(tmp_path: Path, provider: Provider) -> None:
    """Where `acr` is named it is asked for, and an ID token without it opens nothing: a second factor can be wanted."""
    with Signing(tmp_path, provider, acr=("mfa", "smartcard")).opened() as site:
        assert isinstance(site, Signing)
        for told, status in ((..., 401), ("pwd", 401), (["mfa"], 401), ("mfa", 200)):
            visitor = site.visitor()
            asked = site.sent_on(visitor)
            assert asked["acr_values"] == "mfa smartcard"
            provider.let_in(asked, "c", site.now, acr=told)
            assert site.back(visitor, asked).status_code == status, told


def test_what_opens_nothing(site: Signing, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A token pasted as a key, a link on another site, an address of another site to come back to; and without a sign-on 404."""
    visitor = site.visitor()
    claims = {"iss": ISSUER, "aud": AUDIENCE, "exp": site.now + 60, "iat": site.now, "preferred_username": "ha"}
    assert visitor.sign_in(signed(claims)).status_code == 401
    answer = visitor("GET", "/sign-in/on", headers={"sec-fetch-site": "cross-site"})
    assert answer.headers["location"] == "/sign-in"
    asked = site.sent_on(visitor, "https://khac.vn/")
    site.provider.let_in(asked, "c", site.now)
    assert 'content="0;url=/"' in site.back(visitor, asked).text
    with Site(tmp_path_factory.mktemp("khong")).opened() as without:
        other = without.visitor()
        assert "sign-in/on" not in other.get("/sign-in")
        assert [other("GET", path).status_code for path in ("/sign-in/on", "/sign-in/back")] == [404, 404]


def test_only_so_many_are_under_way(site: Signing) -> None:
    """A thousand; the oldest is forgotten for another one."""
    first, binding = site.sign_in.begin("/", site.clock())
    for _ in range(1_000):
        site.sign_in.begin("/", site.clock())
    assert len(site.sign_in._begun) == 1_000
    assert dict(parse_qsl(urlsplit(first).query))["state"] not in site.sign_in._begun
    assert binding


def test_in_a_browser(tmp_path: Path, one_flow: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """`flowiso serve --oidc` and Chromium: out to another site and back, scripts off, and the Strict cookie is there at once."""
    port = free_port()
    monkeypatch.setattr("test_web_serve.free_port", lambda: port)
    (tmp_path / "bi-mat").write_text(SECRET)
    (tmp_path / "bi-mat").chmod(0o600)
    elsewhere = provider.url.replace("127.0.0.1", "localhost")
    file = tmp_path / "oidc.yaml"
    file.write_text(
        WHOLE.replace("https://sso.tinh.gov.vn/auth", f"{elsewhere}/auth")
        .replace("https://sso.tinh.gov.vn/token", f"{provider.url}/token")
        .replace("https://mot-cua.tinh.gov.vn/", f"http://127.0.0.1:{port}")
        .replace("jwks.json", f"{provider.url}/jwks")
        .replace("  acr: [mfa]\n", "")
        .replace("https://sso.tinh.gov.vn/logout", f"{elsewhere}/logout")
    )
    store = f"sqlite:///{tmp_path / 'mot-cua.db'}"
    with served(tmp_path, one_flow, store, "--oidc", str(file)), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program("chromium"), args=SWITCHES)
        page = browser.new_context(java_script_enabled=False).new_page()
        page.goto(f"http://127.0.0.1:{port}/board")
        page.click("text=Đăng nhập bằng tài khoản của tỉnh")
        page.click("#go")
        page.wait_for_url("**/board")
        assert page.title().startswith("Theo dõi")
        assert "code=" not in page.content()
        page.goto(f"http://127.0.0.1:{port}/inbox")
        assert page.title().startswith("Việc của tôi")
        page.click("text=Thoát")
        page.click("#out")
        page.wait_for_url("**/sign-in")
        assert provider.left == [
            {"client_id": "man-hinh", "post_logout_redirect_uri": f"http://127.0.0.1:{port}/sign-in"}
        ]
        page.goto(f"http://127.0.0.1:{port}/inbox")
        assert page.title().startswith("Đăng nhập")
        browser.close()


WHOLE = f"""\
issuer: {ISSUER}
audience: flowiso
algorithms: [RS256]
keys: jwks.json
account: preferred_username
sign-in:
  client: man-hinh
  authorize: https://sso.tinh.gov.vn/auth
  token: https://sso.tinh.gov.vn/token
  address: https://mot-cua.tinh.gov.vn/
  secret: bi-mat
  scope: openid
  acr: [mfa]
  logout: https://sso.tinh.gov.vn/logout
"""


def test_the_settings(tmp_path: Path) -> None:
    """What the file says of signing in; the secret stands in a file of its own that others can't read."""
    file = tmp_path / "oidc.yaml"
    file.write_text(WHOLE)
    found = load_sign_on(file).sign_in
    secret, back = tmp_path / "bi-mat", "https://mot-cua.tinh.gov.vn/sign-in/back"
    sso = "https://sso.tinh.gov.vn"
    assert found == SignInFile(
        "man-hinh", f"{sso}/auth", f"{sso}/token", back, secret, "openid", ("mfa",), f"{sso}/logout"
    )
    sign_on: Any = None
    with pytest.raises(BadValue, match="bi-mat"):
        SignIn(found, sign_on)
    for text in ("", "\n", "é"):
        secret.write_text(text)
        secret.chmod(0o600)
        with pytest.raises(BadValue, match="bí mật"):
            SignIn(found, sign_on)
    secret.write_text("abc")
    secret.chmod(0o644)
    with pytest.raises(BadValue, match="chmod"):
        SignIn(found, sign_on)


@pytest.mark.parametrize(
    ("line", "instead", "where"),
    [
        ("  client: man-hinh", "  client: flowiso", 2),
        ("  client: man-hinh", "  clent: man-hinh", 7),
        ("  token: https://sso.tinh.gov.vn/token", "  token: http://sso.tinh.gov.vn/token", 9),
        ("  address: https://mot-cua.tinh.gov.vn/", "  address: mot-cua.tinh.gov.vn", 10),
        ("  logout: https://sso.tinh.gov.vn/logout", "  logout: http://sso.tinh.gov.vn/logout", 14),
    ],
)
def test_settings_that_are_refused(tmp_path: Path, line: str, instead: str, where: int) -> None:
    """With the line; a client that is the audience too would have ID tokens open the REST door."""
    file = tmp_path / "oidc.yaml"
    file.write_text(WHOLE.replace(line, instead))
    with pytest.raises(FlowFileError) as found:
        load_sign_on(file)
    assert where in [one.line for one in found.value.findings]
