"""API keys: what is kept of them, until when they hold, and that nobody does or sees what his key doesn't allow (T10)."""

from __future__ import annotations

import json
import re
import stat
import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import FLOWS
from doors import CODE, MORNING, Clock, Door, engine_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from offices import ACCOUNTS

from flowiso.cli import group
from flowiso.errors import BadValue, StoreError
from flowiso.library import load_agency
from flowiso.store import open_store
from flowiso.web.keys import SCOPES, Caller, KeyFile, mark_of
from flowiso.worktime import TZ

SUBSETS = list(chain.from_iterable(combinations(SCOPES, size) for size in range(len(SCOPES) + 1)))


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """A door over two agencies in one store, with dossiers of both; one number stands in both."""
    store = open_store("memory:")
    engines = engine_of(store), engine_of(store, "H19.2")
    opened = Door(tmp_path_factory.mktemp("cua"), *engines)
    for engine in engines:
        for name in ("Nguyễn Văn An", "Trần Thị Bé"):
            engine.receive(CODE, by="lan", at=MORNING, people={"owner": f"{name} {engine.agency}"})
        engine.receive(CODE, by="thao", at=MORNING, number="H19-210914-0001", people={"owner": engine.agency})
    with opened.opened():
        yield opened


def test_only_a_hash_is_kept(tmp_path: Path) -> None:
    """The file holds the token's SHA-256, can be read by its owner alone, and gives the caller back."""
    keys = KeyFile(tmp_path / "khoa.json")
    made, token = keys.add("Một cửa", "H19.1", ["act", "read"], ["lan", "lan"], MORNING)
    kept = keys.path.read_text()
    assert re.fullmatch(r"flowiso_[0-9a-f]{12}_[A-Za-z0-9_-]{43}", token)
    assert token.split("_", 2)[2] not in kept
    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600
    assert keys.identify(token, MORNING) == Caller(made.id, "H19.1", frozenset({"read", "act"}), frozenset({"lan"}))
    assert made.scopes == ("read", "act")
    assert [path.name for path in tmp_path.iterdir()] == ["khoa.json"]


@given(token=st.text(max_size=60) | st.from_regex(r"flowiso_[0-9a-f]{12}_[A-Za-z0-9_-]{43}", fullmatch=True))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nobody_by_another_token(token: str, tmp_path: Path) -> None:
    """Any other text is nobody: also the id of a key with another secret."""
    keys = KeyFile(tmp_path / "khoa.json")
    if not keys.path.exists():
        keys.add("a", "H19.1", ["read"], [], MORNING)
    made = keys.listed()[0]
    assert keys.identify(token, MORNING) is None
    assert keys.identify(f"flowiso_{made.id}_{token}", MORNING) is None


def test_a_key_is_dated(tmp_path: Path) -> None:
    """It holds from the day it was made, and no longer from its last day on, by the Vietnamese day."""
    keys = KeyFile(tmp_path / "khoa.json")
    _, token = keys.add("a", "H19.1", ["read"], [], MORNING, date(2021, 9, 20))
    for days, hours, holds in ((-1, 0, False), (0, 0, True), (5, 15, True), (5, 16, False), (6, 0, False)):
        assert (keys.identify(token, MORNING + timedelta(days, hours=hours)) is not None) is holds, (days, hours)


def test_a_revoked_key_is_refused_at_the_next_request(door: Door) -> None:
    """Also when another process has revoked it; once revoked it stays so."""
    token = door.key("read")
    assert door("GET", "/v1/dossiers", token=token).status_code == 200
    others = KeyFile(door.keys.path)
    when = others.revoke(token.split("_")[1], door.clock()).revoked
    assert door("GET", "/v1/dossiers", token=token).status_code == 401
    assert others.revoke(token.split("_")[1], door.clock() + timedelta(1)).revoked == when
    with pytest.raises(BadValue):
        others.revoke("khong-co", MORNING)


def test_a_file_that_is_gone_or_broken(tmp_path: Path) -> None:
    """Then nobody gets in: 503, and again in when it is back."""
    with Door(tmp_path).opened() as door:
        kept = door.keys.path.read_bytes()
        for broken in (b"", b"{", b"[]", b'{"keys": [{}]}', b"\xff"):
            door.keys.path.write_bytes(broken)
            found = door("GET", "/v1/dossiers")
            assert (found.status_code, found.json()["code"]) == (503, "store")
        door.keys.path.unlink()
        assert door("GET", "/v1/dossiers").status_code == 503
        door.keys.path.write_bytes(kept)
        assert door("GET", "/v1/dossiers").status_code == 200


def test_two_who_write_at_once(tmp_path: Path) -> None:
    """No key is lost: who comes second is refused and may try again."""
    keys, refused = KeyFile(tmp_path / "khoa.json"), []

    def add() -> None:
        for _ in range(10):
            try:
                KeyFile(keys.path).add("a", "H19.1", ["read"], [], MORNING)
            except StoreError as error:
                refused.append(error)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys.listed()) + len(refused) == 40
    assert keys.listed()
    half = tmp_path / ".khoa.json.new"
    half.touch()
    with pytest.raises(StoreError, match="một lệnh khác đang ghi"):
        keys.add("a", "H19.1", ["read"], [], MORNING)


@pytest.mark.parametrize(
    "given",
    [
        {"name": " "},
        {"name": "a\u202eb"},
        {"scopes": []},
        {"scopes": ["act"], "accounts": []},
        {"until": date(2021, 9, 14)},
    ],
)
def test_keys_that_are_refused(tmp_path: Path, given: dict[str, Any]) -> None:
    """Without a name, without a scope, one that may act as nobody, one that is over already."""
    asked = {"name": "a", "agency": "H19.1", "scopes": ["read"], "accounts": [], "at": MORNING} | given
    with pytest.raises(BadValue):
        KeyFile(tmp_path / "khoa.json").add(**asked)
    assert not (tmp_path / "khoa.json").exists()


def test_a_key_that_its_holder_made(tmp_path: Path) -> None:
    """The administrator gets its mark and never the token; the mark opens nothing, and takes no other key's place."""
    token, mark = CliRunner().invoke(group, ["key", "make"], catch_exceptions=False).stdout.split()
    path, agency = tmp_path / "khoa.json", load_agency(FLOWS).org.agency
    words = [
        "key",
        "new",
        "--keys",
        str(path),
        "--name",
        "Lan",
        "--scope",
        "read",
        "--as",
        "lan.vp",
        "--flows",
        str(FLOWS),
    ]
    (row,) = json.loads(
        CliRunner().invoke(group, [*words, "--mark", mark, "--format", "json"], catch_exceptions=False).stdout
    )
    assert (row["id"], "token" in row, token in path.read_text()) == (mark.split(":")[0], False, False)
    keys, now = KeyFile(path), datetime.now(TZ)
    assert keys.identify(token, now) == Caller(row["id"], agency, frozenset({"read"}), frozenset({"lan.vp"}))
    assert keys.identify(mark, now) is None
    assert keys.identify(f"flowiso_{mark.replace(':', '_')}", now) is None
    other = f"{row['id']}:{'0' * 64}"
    for bad in (mark, other, mark[:-1], mark.upper(), token, ""):
        with pytest.raises(BadValue):
            keys.enter(bad, "Lan", agency, ["read"], ["lan.vp"], now)
    assert [path.name for path in tmp_path.iterdir()] == ["khoa.json"]
    made = json.loads(CliRunner().invoke(group, ["key", "make", "--format", "json"], catch_exceptions=False).stdout)
    assert made.keys() == {"token", "mark"}
    assert made["mark"] == mark_of(made["token"])
    with pytest.raises(BadValue, match="--keys"):
        CliRunner().invoke(group, ["key", "list"], catch_exceptions=False)


def operations(door: Door) -> Iterator[tuple[str, str, set[str]]]:
    """Every operation of /openapi.json with the scopes it says it needs."""
    for path, methods in door.app.openapi()["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, {scope for need in operation.get("security", ()) for scope in need["key"]}


EXPECTED = {
    ("GET", "/health/live"): set(),
    ("GET", "/health/ready"): set(),
    ("GET", "/metrics"): {"admin"},
    ("PUT", "/v1/dossiers/{number}/people"): {"people"},
}


def test_the_matrix_of_scopes_and_operations(door: Door) -> None:
    """Every operation with the keys of every set of scopes: let in if and only if the set holds what it needs; 0 unexpected."""
    tokens = {subset: door.key(*subset) if subset else None for subset in SUBSETS}
    tried = 0
    for method, path, needed in operations(door):
        default = {"act"} if method == "POST" else {"read"}
        assert needed == EXPECTED.get((method, path), default), (method, path)
        for subset, token in tokens.items():
            where = path.format(number="H19.1-210914-0001", code=CODE)
            found = door(method, where, token=token, **({"json": {}} if method in ("POST", "PUT") else {}))
            allowed = needed <= set(subset)
            refused = found.status_code in (401, 403)
            assert refused is not allowed, (method, path, subset, found.text)
            tried += 1
    assert tried == 22 * 16


def test_a_key_without_scopes_can_not_be_made_by_hand(tmp_path: Path) -> None:
    """Whoever writes a scope into the file that there isn't gives himself nothing."""
    with Door(tmp_path).opened() as door:
        rows = json.loads(door.keys.path.read_bytes())
        rows["keys"][0]["scopes"] = ["root", "*"]
        door.keys.path.write_text(json.dumps(rows))
        assert door("GET", "/v1/dossiers").status_code == 403


def test_a_key_acts_only_as_its_accounts(door: Door) -> None:
    """Every account by every key: the key's own, whichever verb; as the system nobody, and 403 for one that isn't there."""
    number = "H19.1-210914-0001"
    names = [account.id for account in ACCOUNTS] + ["khong-co"]
    keys = {one: door.key("act", accounts=[one]) for one in names if one not in ("he-thong", "khong-co")}
    keys["*"] = door.key("act")
    for held, token in keys.items():
        for name in names:
            allowed = name != "he-thong" and held in ("*", name)
            sent = (
                ("POST", "/v1/dossiers", {"procedure": "KHAC-01", "by": name}),
                ("POST", f"/v1/dossiers/{number}/moves", {"action": "khong-co", "by": name}),
                ("POST", "/v1/hand-overs", {"account": "khong-co", "by": name, "to": "an", "note": "x"}),
            )
            for method, path, body in sent:
                found = door(method, path, token=token, json=body)
                assert (found.status_code == 403) is not allowed, (held, name, path, found.text)
            bulk = door("POST", "/v1/moves", token=token, json={"moves": [{**sent[1][2], "number": number}]}).json()
            assert (bulk["items"][0]["problem"]["code"] == "forbidden") is not allowed
    submission = {"procedure": "KHAC-01", "to": "lan"}
    for held, token in keys.items():
        found = door("POST", "/v1/submissions", token=token, json=submission)
        assert (found.status_code == 403) is (held not in ("*", "nguoi-nop"))


def test_a_key_for_one_account_needs_no_by(door: Door) -> None:
    """It is that account; a key for several has to say."""
    token = door.key("act", accounts=["lan"])
    made = door("POST", "/v1/dossiers", token=token, json={"procedure": CODE})
    assert (made.status_code, made.json()["holder"]) == (201, "lan")
    several = door.key("act", accounts=["lan", "thao"])
    assert door("POST", "/v1/dossiers", token=several, json={"procedure": CODE}).json()["code"] == "bad-value"


def test_a_key_of_an_agency_that_is_not_served(door: Door) -> None:
    """As good as none."""
    assert door("GET", "/v1/dossiers", token=door.key(agency="H19.3")).status_code == 401


NUMBERS = st.sampled_from(
    [*(f"H19.{agency}-210914-{n:04}" for agency in (1, 2) for n in (1, 2, 3, 9)), "H19-210914-0001"]
)
WHERE = st.sampled_from(["", "/log", "/ledger", "/people", "/people?unmasked=true", "/check?action=chuyen&to=ha"])


@given(agency=st.sampled_from(["H19.1", "H19.2"]), number=NUMBERS, where=WHERE, write=st.booleans())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_agencies_never_see_each_other(door: Door, agency: str, number: str, where: str, write: bool) -> None:
    """Random pairs of a key and a number: another agency's dossier is answered like one that nobody has."""
    token = _token(door, agency)
    other = {"H19.1": "H19.2", "H19.2": "H19.1"}[agency]
    unknown = f"{other}-210914-7777"

    def asked(which: str) -> Any:
        path = f"/v1/dossiers/{which}"
        if write:
            body = {"action": "confirm", "by": "lan"}
            return door("POST", f"{path}/moves", token=token, json=body)
        return door("GET", path + where, token=token)

    found = asked(number)
    if number.startswith(f"{other}-"):
        assert found.status_code == 404
        assert found.text.replace(number, "#") == asked(unknown).text.replace(unknown, "#")
    assert other not in found.text.replace(number, "#")


_TOKENS: dict[tuple[int, str], str] = {}


def _token(door: Door, agency: str) -> str:
    return _TOKENS.setdefault((id(door), agency), door.key(agency=agency))


def test_lists_and_figures_are_of_one_agency(door: Door) -> None:
    """Whatever is asked about all dossiers."""
    for agency, other in (("H19.1", "H19.2"), ("H19.2", "H19.1")):
        token = _token(door, agency)
        for path in (
            "/v1/dossiers?state=all&unmasked=true", "/v1/watch?light=all", "/v1/misroutes", "/v1/faults?all=true",
            "/v1/report?year=2021", "/v1/dossiers?holder=thao&unmasked=true",
        ):  # fmt: skip
            found = door("GET", path, token=token)
            assert found.status_code == 200
            assert other not in found.text
    body = {"account": "thao", "by": "quang", "to": "lan", "note": "x", "numbers": ["H19.2-210914-0001"]}
    found = door("POST", "/v1/hand-overs", token=_token(door, "H19.1"), json=body)
    assert [item["problem"]["code"] for item in found.json()["items"]] == ["unknown-dossier"]


def test_two_folders_of_one_agency(tmp_path: Path) -> None:
    """Are refused: which one would answer?"""
    with pytest.raises(BadValue, match="cùng mã cơ quan"):
        Door(tmp_path, engine_of(), engine_of())


def test_the_command(tmp_path: Path, call: Callable[..., tuple[int, str, str]], one_flow: Path) -> None:
    """`flowiso key`: made and printed once, listed, revoked; an account nobody knows is refused."""
    file = tmp_path / "khoa.json"
    made = ("--keys", file, "--flows", one_flow, "--name", "Một cửa", "--scope", "read", "--scope", "act")
    code, out, err = call("key", "new", *made, "--as", "lan.vp", "--until", "2090-01-01")
    token = out.strip()
    assert (code, "chỉ in một lần" in err) == (0, True)
    caller = KeyFile(file).identify(token, Clock()() + timedelta(days=365 * 10))
    assert caller is not None
    assert (caller.accounts, caller.agency) == (frozenset({"lan.vp"}), "000.00.19.H19")
    code, out, _ = call("key", "new", *made, "--as", "*", "--format", "json")
    second = json.loads(out)
    assert second["token"].startswith(f"flowiso_{second['id']}_")
    code, out, err = call("key", "new", *made, "--as", "lan.vq")
    assert (code, out, "lan.vp" in err) == (2, "", True)
    assert call("key", "revoke", second["id"], "--keys", file)[0] == 0
    code, out, _ = call("key", "list", "--keys", file)
    assert ["còn hiệu lực" in line for line in out.splitlines()] == [True, False]
    code, out, _ = call("key", "list", "--keys", file, "--format", "json")
    assert [row["valid"] for row in json.loads(out)] == [True, False]
    assert "digest" not in out
    assert call("key", "revoke", "--keys", file)[0] == 2
    assert call("key", "list", "--keys", tmp_path / "khac.json")[0] == 2
