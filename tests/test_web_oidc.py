"""Tokens of a sign-on at the HTTP door: a good one does what a key of that account does, and every other is nobody's alike."""

from __future__ import annotations

import json
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from hmac import new as hmac
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner
from doors import MORNING, Clock, Door, engine_of
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey
from offices import at

from flowiso.cli import group
from flowiso.engine import Engine
from flowiso.errors import BadValue, FlowFileError, StoreError
from flowiso.store import open_store
from flowiso.web import Settings
from flowiso.web.app import create_app
from flowiso.web.keys import SCOPES, Caller, Either, KeyFile, Later
from flowiso.web.oidc import LONGEST, SignOn
from flowiso.web.oidcfile import ALGORITHMS, SignOnFile, load_sign_on
from flowiso.web.oidckeys import FRESH, LAST, MOST_BYTES, PAUSE, FetchedKeys, FileKeys, read_set
from flowiso.webhooks.sending import fetched

ISSUER, AUDIENCE = "https://sso.tinh.gov.vn/realms/can-bo", "flowiso"
NOW = int(MORNING.timestamp())
SigningKey = RSAKey | ECKey


@cache
def rsa(kid: str = "r1", bits: int = 2048) -> RSAKey:
    """A key pair of the issuer's."""
    return RSAKey.generate_key(bits, {"kid": kid, "use": "sig"})


@cache
def ec(kid: str = "e1", curve: str = "P-256") -> ECKey:
    """Another one."""
    return ECKey.generate_key(curve, {"kid": kid, "use": "sig"})


def jwks(*keys: SigningKey) -> bytes:
    """The public halves, as they are published."""
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]}).encode()


def part(value: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(value).decode().rstrip("=")


def claims(**more: Any) -> dict[str, Any]:
    """What a good token says, with changes; a claim that is changed to ... is left out."""
    usual = {"iss": ISSUER, "aud": AUDIENCE, "exp": NOW + 600, "iat": NOW, "sub": "42", "preferred_username": "lan"}
    return {name: value for name, value in (usual | more).items() if value is not ...}


def signed(body: Mapping[str, Any] | bytes, key: SigningKey | None = None, **header: Any) -> str:
    """A token, signed by the issuer unless by another `key`."""
    key = key or rsa()
    head = {"alg": "RS256" if isinstance(key, RSAKey) else "ES256", "kid": key.kid, "typ": "JWT"} | header
    head = {name: value for name, value in head.items() if value is not ...}
    return by_hand(json.dumps(head).encode(), body if isinstance(body, bytes) else json.dumps(body).encode(), key)


def by_hand(head: bytes, body: bytes, key: SigningKey) -> str:
    """A token whose parts are these very bytes, rightly signed whatever they say."""
    told = f"{part(head)}.{part(body)}".encode()
    alg = json.loads(head)["alg"]
    model = jws.JWSRegistry.algorithms[alg if alg in ALGORITHMS else "RS256"]
    return f"{told.decode()}.{part(model.sign(told, key))}"


@contextmanager
def office(
    folder: Path, keys: Any = None, *engines: Engine, limits: Settings | None = None, **more: Any
) -> Iterator[Door]:
    """A door that takes tokens of the issuer beside its keys."""
    file = folder / "jwks.json"
    if keys is None:
        file.write_bytes(jwks(rsa(), ec()))
    settings = SignOnFile(ISSUER, AUDIENCE, ("RS256", "ES256"), file, ("preferred_username",), **more)
    opened = Door(folder, *engines)
    sign_on = SignOn(settings, opened.engines, keys)
    opened.app = opened._served = create_app(
        opened.engines,
        Either(opened.keys, sign_on),
        clock=opened.clock,
        settings=limits or Settings(rate=1e6, burst=10**6),
    )
    with opened.opened():
        yield opened


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """The small office behind a sign-on."""
    with office(tmp_path_factory.mktemp("oidc")) as door:
        yield door


@pytest.mark.parametrize("make", [rsa, ec])
def test_a_good_token_does_what_a_key_of_the_account_does(door: Door, make: Callable[[], SigningKey]) -> None:
    """It reads, receives in the account's name without saying so, and stands in the log; what the scopes lack is 403."""
    token = signed(claims(), make())
    like = door.key("read", "act", accounts=["lan"])
    for method, path, body in (
        ("GET", "/v1/dossiers", None),
        ("GET", "/metrics", None),
        ("GET", "/v1/dossiers?unmasked=true", None),
        ("POST", "/v1/dossiers", {"procedure": "MAU-01"}),
        ("POST", "/v1/dossiers", {"procedure": "MAU-01", "by": "thao"}),
        ("POST", "/v1/submissions", {"procedure": "MAU-01", "to": "lan"}),
    ):
        found, same = (door(method, path, token=one, json=body) for one in (token, like))
        assert found.status_code == same.status_code, (method, path, found.text)
    number = door("POST", "/v1/dossiers", token=token, json={"procedure": "MAU-01"}).json()["number"]
    assert door.get(f"/v1/dossiers/{number}/log")["lines"][0]["actor"] == "lan"


def wrong_tokens() -> Iterator[tuple[str, str | bytes]]:
    """Every way a token may be wrong, by name."""
    stranger, public = RSAKey.generate_key(2048, {"kid": "r1"}), rsa().as_pem(private=False)
    good = signed(claims())
    head, body, signature = good.split(".")
    for name, more in {
        "expired": {"exp": NOW - 31, "iat": NOW - 300},
        "expires now, past the leeway": {"exp": NOW - 30, "iat": NOW - 300},
        "no expiry": {"exp": ...},
        "expiry as text": {"exp": str(NOW + 600)},
        "expiry true": {"exp": True},
        "not yet": {"nbf": NOW + 31},
        "issued in the future": {"iat": NOW + 31},
        "never issued": {"iat": ...},
        "too long a life": {"exp": NOW + 901},
        "too long a life, nearly over": {"iat": NOW - 3600, "exp": NOW + 60},
        "another issuer": {"iss": f"{ISSUER}/"},
        "no issuer": {"iss": ...},
        "issuers": {"iss": [ISSUER]},
        "another audience": {"aud": "khac"},
        "audiences without ours": {"aud": ["khac", "flowiso2"]},
        "no audience": {"aud": ...},
        "an audience that is no text": {"aud": {"flowiso": 1}},
        "no such account": {"preferred_username": "khong-co"},
        "the wrong case": {"preferred_username": "Lan"},
        "everybody": {"preferred_username": "*"},
        "the system": {"preferred_username": "he-thong"},
        "the applicant": {"preferred_username": "nguoi-nop"},
        "a closed account": {"preferred_username": "cu"},
        "no account": {"preferred_username": ...},
        "accounts": {"preferred_username": ["lan"]},
    }.items():
        yield name, signed(claims(**more))
    for name, header in {
        "crit": {"crit": ["exp"]},
        "an empty crit": {"crit": []},
        "b64": {"b64": False, "crit": ["b64"]},
        "b64 alone": {"b64": True},
        "another type": {"typ": "logout+jwt"},
        "a type that is no text": {"typ": 1},
        "no kid": {"kid": ...},
        "an unknown kid": {"kid": "r9"},
        "a kid of another kind": {"kid": "e1"},
        "a kid that is no text": {"kid": 1},
        "an algorithm that isn't pinned": {"alg": "RS512"},
        "PS256 by the same key": {"alg": "PS256"},
    }.items():
        yield name, signed(claims(), **header)
    yield "a stranger's key under our kid", signed(claims(), stranger)
    yield "a key in the header", signed(claims(), stranger, jwk=stranger.as_dict(private=False), kid="x")
    yield "alg none", f"{part(json.dumps({'alg': 'none', 'kid': 'r1'}).encode())}.{body}."
    yield "alg None", f"{part(json.dumps({'alg': 'None', 'kid': 'r1'}).encode())}.{body}.{signature}"
    for secret in (public, public.strip(), rsa().as_der(private=False), jwks(rsa())):
        hmac_head = part(json.dumps({"alg": "HS256", "kid": "r1", "typ": "JWT"}).encode())
        mac = part(hmac(secret, f"{hmac_head}.{body}".encode(), sha256).digest())
        yield "HS256 by the public key", f"{hmac_head}.{body}.{mac}"
    yield "no signature", f"{head}.{body}."
    yield "another's signature", f"{head}.{body}.{signed(claims(sub='43')).split('.')[2]}"
    yield "another body", f"{head}.{part(json.dumps(claims(preferred_username='ha')).encode())}.{signature}"
    yield "four parts", f"{good}.x"
    yield "padding", f"{head}=.{body}.{signature}"
    yield "a blank", f"{head}. {body}.{signature}"
    yield "huge", signed(claims(more="x" * LONGEST))
    yield "a huge header", signed(claims(), more="x" * LONGEST)
    twice = json.dumps(claims())[:-1].encode() + b', "preferred_username": "ha"}'
    yield "a claim twice", signed(twice)
    yield "a header twice", by_hand(b'{"alg": "RS256", "kid": "r1", "kid": "r1"}', json.dumps(claims()).encode(), rsa())
    for name, odd in {
        "no object": b"[]",
        "no JSON": b"{",
        "NaN": json.dumps(claims(exp=float("nan"))).encode(),
        "a number without end": json.dumps(claims())[:-1].encode() + b', "exp2": 1e999}',
        "too many digits": json.dumps(claims(exp=10**30)).encode(),
        "nested deep": json.dumps(claims())[:-1].encode() + b', "x": ' + b"[" * 99 + b"]" * 99 + b"}",
        "half a letter": json.dumps(claims())[:-1].encode() + b', "x": "\\ud800"}',
        "no UTF-8": b'{"iss": "\xff"}',
    }.items():
        yield name, signed(odd)
    yield "an encrypted one", "eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d"
    yield "nothing", ""
    yield "a key's beginning", "flowiso_" + good


def test_a_wrong_token_is_nobodys(door: Door) -> None:
    """401 for each, with the same words and the same challenge, on every path; no word of what was wrong (RFC 6750, 3.1)."""
    paths = ("/v1/dossiers", "/v1/dossiers/khong-co", "/metrics")
    want = {path: door("GET", path, token="flowiso_x_y").content for path in paths}
    tokens = list(wrong_tokens())
    assert len(tokens) == 66
    for name, token in tokens:
        for path in paths:
            found = door("GET", path, token=None, headers={"Authorization": f"Bearer {token}"})
            assert (found.status_code, found.content) == (401, want[path]), name
            assert found.headers["www-authenticate"] == 'Bearer realm="flowiso", error="invalid_token"'
    assert door("GET", "/v1/dossiers", token=signed(claims())).status_code == 200


def test_what_is_still_right(door: Door) -> None:
    """Within the leeway, several audiences, a claim more, another type that is meant for APIs, no type at all."""
    for told, header in (
        (claims(exp=NOW - 29, iat=NOW - 300), {}),
        (claims(iat=NOW + 30), {}),
        (claims(nbf=NOW + 30), {}),
        (claims(exp=NOW + 900), {}),
        (claims(exp=NOW + 600.5), {}),
        (claims(aud=["khac", AUDIENCE]), {}),
        (claims(), {"typ": "at+JWT"}),
        (claims(), {"typ": ...}),
        (claims(), {"x5t": "abc", "nonce": "n"}),
    ):
        found = door("GET", "/v1/dossiers", token=signed(told, **header))
        assert found.status_code == 200, (told, header)


def bits(token: str) -> list[bytes] | None:
    """The bytes of a token's parts; None where it has none."""
    try:
        return [urlsafe_b64decode(f"{one}==") for one in token.split(".")] if "=" not in token else None
    except ValueError:
        return None


def test_random_changes_of_a_token(door: Door) -> None:
    """No single byte of a token can be another: 3,000 tries, none gets in."""
    random, good = Random(8), signed(claims())
    sign_on = door.app.user_middleware[0].kwargs["keys"]
    assert sign_on.identify(good, MORNING) == Caller(
        "oidc:H19.1/lan", "H19.1", frozenset({"read", "act"}), frozenset({"lan"})
    )
    decoded = bits(good)
    for _ in range(3_000):
        spot = random.randrange(len(good))
        other = random.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=~ \u0000")
        token = good[:spot] + other + good[spot + 1 :]
        if bits(token) == decoded:
            continue  # the last letter of a part holds bits that mean nothing
        assert sign_on.identify(token, MORNING) is None, (spot, other)


def test_accounts_open_and_close(door: Door) -> None:
    """The day decides: an account of tomorrow, and one that was closed today, are nobody's (R127)."""
    office_keys = door.app.user_middleware[0].kwargs["keys"]

    def gets_in(account: str, when: str) -> bool:
        now = int(at(when).timestamp())
        return (
            office_keys.identify(signed(claims(preferred_username=account, iat=now, exp=now + 60)), at(when))
            is not None
        )

    assert gets_in("thoi", "15/09 23:59")
    assert not gets_in("thoi", "16/09 00:00")
    assert gets_in("doi", "14/09 08:00")


def test_scopes_are_granted_by_a_claim(tmp_path: Path) -> None:
    """With `granted` a scope is had only where the token says so too, as words or as a list; never more than `scopes`."""
    way = {"scopes": ("read", "people"), "granted": ("realm_access", "roles")}
    for told, scopes in (
        ({"realm_access": {"roles": ["flowiso:read", "flowiso:act", "read", "flowiso:people"]}}, {"read", "people"}),
        ({"realm_access": {"roles": "openid flowiso:read"}}, {"read"}),
        ({"realm_access": {"roles": ["read", "act", {"flowiso:read": 1}]}}, set()),
        ({"realm_access": ["flowiso:read"]}, set()),
        ({}, set()),
    ):
        with office(tmp_path, **way) as door:
            found = door.app.user_middleware[0].kwargs["keys"].identify(signed(claims(**told)), MORNING)
            assert found.scopes == scopes, told
            status = door("GET", "/v1/dossiers", token=signed(claims(**told))).status_code
            assert status == (200 if "read" in scopes else 403)


def test_another_agencys_account(tmp_path: Path) -> None:
    """The token says which agency; an account of another one is nobody's there, and sees nothing of it."""
    store = open_store("memory:")
    engines = engine_of(store), engine_of(store, "H19.2")
    only = engines[1].flows.org.accounts["ha"]
    engines[1].flows.org = engines[1].flows.org._replace(accounts={"ha": only})  # type: ignore[misc]
    with pytest.raises(BadValue, match="agency"), office(tmp_path, None, *engines):
        pass
    with office(tmp_path, None, *engines, agency=("donvi",)) as door:
        door.receive()
        for account, agency, status, count in (
            ("lan", "H19.1", 200, 1),
            ("ha", "H19.2", 200, 0),
            ("lan", "H19.2", 401, None),
            ("lan", "H19.3", 401, None),
            ("lan", ["H19.1"], 401, None),
            ("lan", ..., 401, None),
        ):
            token = signed(claims(preferred_username=account, donvi=agency))
            found = door("GET", "/v1/dossiers", token=token)
            assert found.status_code == status, (account, agency)
            assert count is None or len(found.json()["items"]) == count


def test_accounts_of_the_same_name(tmp_path: Path) -> None:
    """In two agencies they are two callers: neither uses up what the other may ask, and the log tells them apart."""
    engines = engine_of(), engine_of(agency="H19.2")
    with office(tmp_path, None, *engines, limits=Settings(rate=0.01, burst=1), agency=("donvi",)) as door:
        codes = [
            door("GET", "/v1/flows", token=signed(claims(donvi=agency))).status_code
            for agency in ("H19.1", "H19.1", "H19.2")
        ]
        assert codes == [200, 429, 200]


class Issuer:
    """The issuer's JWKS over loopback: what it answers, and how often it was asked."""

    def __init__(self) -> None:
        self.body, self.status, self.asked = jwks(rsa()), 200, 0
        self.hold = threading.Event()
        self.hold.set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked += 1
                outer.hold.wait(20)
                self.send_response(outer.status)
                if outer.status == 302:
                    self.send_header("Location", "/khac")
                self.send_header("Content-Length", str(len(outer.body)))
                self.end_headers()
                self.wfile.write(outer.body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/jwks"

    @contextmanager
    def serving(self) -> Iterator[Issuer]:
        """While it answers."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield self
        finally:
            self.hold.set()
            self._server.shutdown()
            thread.join()
            self._server.server_close()


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """An issuer that answers."""
    with Issuer().serving() as issuer:
        yield issuer


class Ticks:
    """A clock of seconds that is set."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_key_that_was_changed(tmp_path: Path, issuer: Issuer) -> None:
    """Keys are fetched once; an unknown id fetches them anew, not twice within half a minute; the old key is out then."""
    ticks = Ticks()
    with office(tmp_path, FetchedKeys(issuer.url, ticks=ticks)) as door:

        def status(key: SigningKey) -> int:
            return door("GET", "/v1/dossiers", token=signed(claims(), key)).status_code

        assert [status(rsa()) for _ in range(3)] == [200, 200, 200]
        assert issuer.asked == 1
        issuer.body = jwks(rsa("r2"))
        assert [status(rsa("r2")) for _ in range(3)] == [401, 401, 401]
        assert issuer.asked == 1
        ticks.now += PAUSE
        assert [status(rsa("r2")) for _ in range(3)] == [200, 200, 200]
        assert (issuer.asked, status(rsa())) == (2, 401)
        ticks.now += PAUSE
        assert [status(rsa("r3")) for _ in range(3)] == [401, 401, 401]
        assert issuer.asked == 3
        wrong = signed(claims(iss="https://khac"), rsa("r9"))
        ticks.now += PAUSE
        assert door("GET", "/v1/dossiers", token=wrong).status_code == 401
        assert issuer.asked == 3, "a token that isn't for us fetches nothing"


def test_an_issuer_that_is_away(tmp_path: Path, issuer: Issuer) -> None:
    """Without keys 503; keys that are there serve for an hour at most, and are asked for again; API keys go on all the time."""
    ticks = Ticks()
    issuer.status = 500
    with office(tmp_path, FetchedKeys(issuer.url, ticks=ticks)) as door:

        def status() -> int:
            return door("GET", "/v1/dossiers", token=signed(claims())).status_code

        found = door("GET", "/v1/dossiers", token=signed(claims()))
        assert (found.status_code, found.json()["code"], found.headers["retry-after"]) == (503, "store", "5")
        assert issuer.url not in found.text
        assert door("GET", "/v1/dossiers").status_code == 200
        issuer.status = 200
        assert status() == 503, "it isn't asked again at once"
        ticks.now += PAUSE
        assert (status(), issuer.asked) == (200, 2)
        issuer.status = 500
        ticks.now += LAST - 1
        assert status() == 200
        ticks.now += 1
        assert status() == 503
        issuer.status = 200
        ticks.now += PAUSE
        assert status() == 200


def test_keys_are_fetched_anew_meanwhile(issuer: Issuer) -> None:
    """After ten minutes, while the old ones go on being used; a key that was taken away is out once that is done."""
    ticks = Ticks()
    keys = FetchedKeys(issuer.url, ticks=ticks)
    with pytest.raises(Later) as later:
        keys.find("r1", "RSA")
    later.value.ready.result(10)
    issuer.body = jwks(rsa("r2"))
    issuer.hold.clear()
    ticks.now += FRESH
    assert keys.find("r1", "RSA") is not None
    coming = keys._coming
    assert coming is not None
    issuer.hold.set()
    coming.result(10)
    assert keys.find("r1", "RSA") is None
    assert keys.find("r2", "RSA") is not None


def test_only_so_many_wait(issuer: Issuer) -> None:
    """One fetch for all who ask meanwhile, and no more than 64 of them wait."""
    issuer.hold.clear()
    keys = FetchedKeys(issuer.url, ticks=Ticks())
    waiting: list[Future[None]] = []
    for _ in range(64):
        with pytest.raises(Later) as later:
            keys.find("r1", "RSA")
        waiting.append(later.value.ready)
    with pytest.raises(StoreError) as refused:
        keys.find("r1", "RSA")
    assert not isinstance(refused.value, Later)
    issuer.hold.set()
    waiting[0].result(10)
    assert len(set(waiting)) == 1
    assert keys.find("r1", "RSA") is not None
    assert issuer.asked == 1


def test_what_is_fetched_is_bounded(issuer: Issuer) -> None:
    """Other than 200, a redirection, too many bytes, too slow, nobody there: nothing of it is used."""
    for status in (302, 404, 500):
        issuer.status = status
        with pytest.raises(OSError, match=str(status)):
            fetched(issuer.url, 5, MOST_BYTES)
    issuer.status, issuer.body = 200, b"x" * 101
    assert fetched(issuer.url, 5, 101) == issuer.body
    with pytest.raises(ValueError, match="100"):
        fetched(issuer.url, 5, 100)
    issuer.hold.clear()
    with pytest.raises(OSError):  # noqa: PT011
        fetched(issuer.url, 0.2, 101)
    issuer.hold.set()
    with pytest.raises(OSError):  # noqa: PT011
        fetched("http://127.0.0.1:1/jwks", 1, 100)
    for url in ("http://sso.tinh.gov.vn/jwks", "ftp://127.0.0.1/", "https://u:p@127.0.0.1/"):
        with pytest.raises(ValueError, match=r"https|user"):
            fetched(url, 1, 100)


def test_which_keys_are_taken() -> None:
    """RSA and EC keys with an id, to sign with, of a safe length; no secret, and no set without any."""
    good = rsa().as_dict(private=False)
    small = good | {"kid": "small", "n": part((2**2047 - 1).to_bytes(256, "big"))}
    secret = {"kty": "oct", "kid": "s", "k": part(b"x" * 32)}
    others: list[Any] = [
        good | {"kid": 1},
        good | {"use": "enc", "kid": "enc"},
        small,
        secret,
        {name: value for name, value in good.items() if name != "kid"},
        {"kty": "RSA", "kid": "no-n", "e": "AQAB"},
        {"kty": "RSA", "kid": "bad-n", "n": "é", "e": "AQAB"},
        {"kty": "EC", "kid": "off", "crv": "P-256", "x": part(b"1" * 32), "y": part(b"2" * 32)},
        "x",
        None,
    ]
    found = read_set(json.dumps({"keys": [*others, good, ec().as_dict(private=True)]}).encode())
    assert set(found) == {("r1", "RSA"), ("e1", "EC")}
    assert not found["e1", "EC"].is_private
    for none in (b"", b"[]", b"{}", b'{"keys": 1}', b'{"keys": []}', json.dumps({"keys": others}).encode(), b"\xff"):
        with pytest.raises(ValueError, match="no"):
            read_set(none)


def test_a_key_for_another_algorithm(tmp_path: Path) -> None:
    """A key that says which algorithm it is for signs by that alone; a curve that doesn't fit is nobody's."""
    for key, algorithm in (
        (RSAKey.generate_key(2048, {"kid": "r1", "alg": "RS512"}), "RS256"),
        (ec("e1", "P-384"), "ES256"),
    ):
        (tmp_path / "jwks.json").write_bytes(jwks(key))
        settings = SignOnFile(ISSUER, AUDIENCE, ("RS256", "ES256"), tmp_path / "jwks.json", ("preferred_username",))
        head = json.dumps({"alg": algorithm, "kid": key.kid}).encode()
        told = f"{part(head)}.{part(json.dumps(claims()).encode())}".encode()
        model = jws.JWSRegistry.algorithms["RS256" if isinstance(key, RSAKey) else "ES384"]
        token = f"{told.decode()}.{part(model.sign(told, key))}"
        assert SignOn(settings, [engine_of()]).identify(token, MORNING) is None


def test_a_file_of_keys_is_read_again(tmp_path: Path) -> None:
    """When it changes; while it is gone or broken nobody can be told, 503."""
    with office(tmp_path) as door:
        file = tmp_path / "jwks.json"

        def status(key: SigningKey) -> int:
            return door("GET", "/v1/dossiers", token=signed(claims(), key)).status_code

        assert status(rsa()) == 200
        file.write_bytes(jwks(rsa("r2")))
        assert (status(rsa()), status(rsa("r2"))) == (401, 200)
        file.write_bytes(b"{}")
        assert status(rsa("r2")) == 503
        file.unlink()
        assert status(rsa("r2")) == 503
        assert door("GET", "/v1/dossiers").status_code == 200
        with pytest.raises(StoreError):
            FileKeys(file).all()


WHOLE = """\
issuer: https://sso.tinh.gov.vn/realms/can-bo
audience: flowiso
algorithms: [RS256, ES256]
keys: jwks.json
account: preferred_username
agency: [donvi, ma]
scopes: read
granted: scope
life: 5
leeway: 0
"""


def test_the_file_of_settings(tmp_path: Path) -> None:
    """What it says, and what is usual."""
    file = tmp_path / "oidc.yaml"
    file.write_text(WHOLE)
    told = ("preferred_username",), ("donvi", "ma"), ("read",), ("scope",), 300, 0
    assert load_sign_on(file) == SignOnFile(ISSUER, AUDIENCE, ("RS256", "ES256"), tmp_path / "jwks.json", *told)
    file.write_text("\n".join(WHOLE.splitlines()[:5]).replace("jwks.json", "https://10.1.2.3/certs"))
    usual = load_sign_on(file)
    assert (usual.keys, usual.life, usual.leeway, usual.scopes) == ("https://10.1.2.3/certs", 900, 30, ("read", "act"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("algorithms: [RS256, none]", "none"),
        ("algorithms: HS256", "HS256"),
        ("algorithms: []", "danh sách"),
        ("issuer: sso.tinh.gov.vn", "nơi cấp"),
        ("keys: http://sso.tinh.gov.vn/certs", "https://"),
        ("keys: https://u:p@sso.tinh.gov.vn/certs", "mật khẩu"),
        ("keys: [a]", "https://"),
        ("scopes: all", "all"),
        ("life: 61", "60"),
        ("leeway: 121", "120"),
        ("audience: ''", "audience"),
        ("account: {a: b}", "account"),
        ("secret: abc", "secret"),
        ("issuer: https://sso.tinh.gov.vn", "issuer"),
    ],
)
def test_settings_that_are_refused(tmp_path: Path, line: str, said: str) -> None:
    """Each with the line it stands on, and what to write instead."""
    name = line.partition(":")[0]
    kept = [one for one in WHOLE.splitlines() if not one.startswith(f"{name}:") or said == "issuer"]
    file = tmp_path / "oidc.yaml"
    file.write_text("\n".join([*kept, line, ""]))
    with pytest.raises(FlowFileError) as found:
        load_sign_on(file)
    assert any(one.line == len(kept) + 1 and said in one.message.vi for one in found.value.findings), (
        found.value.findings
    )


def test_what_must_be_told(tmp_path: Path) -> None:
    """Issuer, audience, algorithms, keys and account: none has a value of its own."""
    file = tmp_path / "oidc.yaml"
    for name in ("issuer", "audience", "algorithms", "keys", "account"):
        file.write_text("\n".join(one for one in WHOLE.splitlines() if not one.startswith(name)))
        with pytest.raises(FlowFileError) as found:
            load_sign_on(file)
        assert name in found.value.findings[0].message.vi


def test_check_at_the_command_line(tmp_path: Path, issuer: Issuer) -> None:
    """`flowiso serve --check --oidc FILE` gets the keys, and says when it can't; a fault of the file comes with its line."""
    keys = KeyFile(tmp_path / "khoa.json")
    keys.add("a", "000.00.19.H19", SCOPES, ["*"], Clock()())
    file = tmp_path / "oidc.yaml"
    words = [
        "serve",
        "--store",
        "memory:",
        "--new-store",
        "--allow-draft",
        "--keys",
        str(keys.path),
        "--check",
        "--oidc",
    ]

    def run() -> Any:
        return CliRunner().invoke(group, [*words, str(file)])

    file.write_text(WHOLE.replace("jwks.json", issuer.url))
    assert run().exit_code == 0
    assert issuer.asked == 1
    issuer.status = 404
    assert isinstance(found := run().exception, StoreError)
    assert "404" in found.text.vi
    file.write_text(WHOLE.replace("flowiso", "''"))
    assert isinstance(run().exception, FlowFileError)


def test_tokens_at_once(tmp_path: Path, issuer: Issuer) -> None:
    """The first request waits for the keys without stopping the loop, so that others are answered meanwhile."""
    issuer.hold.clear()
    with office(tmp_path, FetchedKeys(issuer.url)) as door:
        done: list[int] = []

        def ask() -> None:
            done.append(door("GET", "/v1/dossiers", token=signed(claims())).status_code)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        assert door("GET", "/v1/dossiers").status_code == 200
        assert not done
        issuer.hold.set()
        for thread in threads:
            thread.join()
        assert done == [200] * 4
        assert issuer.asked == 1
