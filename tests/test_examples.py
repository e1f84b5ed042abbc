"""The examples of embedding do what they show (issue: a script, Flask, Django's transaction)."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from importlib.util import module_from_spec, spec_from_file_location
from inspect import getsource
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from walks import agency

import flowiso
from flowiso.errors import FlowISOError
from flowiso.store import open_store
from flowiso.worktime import TZ

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from servers import Servers

EXAMPLES = Path(__file__).parent.parent / "examples"
NUMBER = "000.00.19.H19-210914-0001"


def clock() -> datetime:
    """Tuesday 14/09/2021, 08:30."""
    return datetime(2021, 9, 14, 8, 30, tzinfo=TZ)


def load(name: str) -> ModuleType:
    """An example as a module."""
    spec = spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped flows, read once for all tests."""
    once = agency()
    monkeypatch.setattr("flowiso.app.Agency.load", lambda folder=None: once)


def test_the_script_is_ten_lines_and_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = load("plain")
    lines = [line for line in getsource(plain.main).splitlines() if line.strip() and '"""' not in line]
    assert len(lines) - 1 <= 10
    plain.main(f"sqlite:///{tmp_path / 'mot-cua.db'}", clock=clock)
    shown = capsys.readouterr().out
    assert f"{NUMBER} - hẹn trả 28/09/2021 17:00" in shown
    assert "ha.qltm" in shown


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    """A browser before the Flask application."""
    app = load("flask_app").create_app(f"sqlite:///{tmp_path / 'mot-cua.db'}", clock=clock)
    with app.test_client() as client:
        yield client


def post(client: FlaskClient, path: str, by: str, body: dict[str, Any], key: str | None = None) -> tuple[int, Any]:
    headers = {"X-Account": by} | ({} if key is None else {"Idempotency-Key": key})
    answer = client.post(path, json=body, headers=headers)
    return answer.status_code, answer.json


def test_flask_receives_and_moves(client: FlaskClient) -> None:
    """Form 01 at the desk, the buttons, the move; personal data come out masked (R151)."""
    body = {"code": "LTHH-13", "people": {"owner": "Nguyễn Văn A"}}
    assert post(client, "/dossiers", "lan.vp", body)[0] == 201
    found = client.get(f"/dossiers/{NUMBER}").json
    assert found is not None
    assert found["due"] == "2021-09-28T17:00:00+07:00"
    assert found["people"] == {"owner": "Ng*** V** A"}
    forward = next(one for one in found["actions"] if one["name"] == "chuyen")
    done = post(client, f"/dossiers/{NUMBER}/moves", "lan.vp", {"action": "chuyen", "to": forward["accounts"][0]})
    assert done[0] == 200
    assert done[1]["holder"] == forward["accounts"][0]


def test_flask_maps_every_refusal(client: FlaskClient) -> None:
    """404, 409, 422 and 400, each with what to do; a wrong account comes with those that fit (R121)."""
    post(client, "/dossiers", "lan.vp", {"code": "LTHH-13"})
    moves = f"/dossiers/{NUMBER}/moves"
    post(client, moves, "lan.vp", {"action": "chuyen", "to": "ha.qltm"})
    assert client.get("/dossiers/none").status_code == 404
    assert post(client, "/dossiers", "lan.vp", {"code": "LTHH-99"})[0] == 404
    assert post(client, "/dossiers", "lan.vp", {"code": "LTHH-13", "number": "17"})[0] == 400
    status, said = post(client, "/dossiers", "lan.vp", {"code": "LTHH-13", "number": NUMBER})
    assert (status, said["code"]) == (409, "conflict")
    status, said = post(client, moves, "ha.qltm", {"action": "chuyen", "to": "hung.ktnl"})
    assert (status, said["code"], said["finding"]) == (422, "misrouted", "DOS203")
    fitting = said["fitting"]
    status, said = post(client, moves, "ha.qltm", {"action": "bay"})
    assert (status, said["code"]) == (422, "not-allowed")
    assert "chuyen" in said["actions"]
    assert post(client, moves, "ha.qltm", {"action": "chuyen", "to": fitting[0]})[0] == 200

    for body in ({}, {"code": 13}):
        assert post(client, "/dossiers", "lan.vp", body)[0] == 400
    assert post(client, moves, "ha.qltm", {})[0] == 400
    statuses = load("flask_app").STATUS
    public = (getattr(flowiso, name) for name in flowiso.__all__)
    refusals = {one for one in public if isinstance(one, type) and issubclass(one, FlowISOError)}
    unmapped = {one for one in refusals if not issubclass(one, tuple(statuses))}
    assert unmapped == {FlowISOError, flowiso.FlowFileError}  # on opening


def test_flask_is_asked_as_it_says(client: FlaskClient) -> None:
    """The line of curl at its head."""
    (line,) = [line for line in (load("flask_app").__doc__ or "").splitlines() if "curl" in line]
    _, address, *words = shlex.split(line)
    headers = dict(word.split(": ") for word in words if ": " in word and not word.startswith("{"))
    answer = client.post(urlsplit(address).path, data=words[-1], headers=headers)
    assert answer.status_code == 201


def test_flask_takes_a_request_once(client: FlaskClient) -> None:
    """An Idempotency-Key sent again gives the same answer and writes nothing; for something else it is refused."""
    body = {"code": "LTHH-13"}
    first = post(client, "/dossiers", "lan.vp", body, "k1")
    assert post(client, "/dossiers", "lan.vp", body, "k1") == first
    assert post(client, "/dossiers", "lan.vp", {"code": "LTHH-14"}, "k1")[0] == 422
    moves, wish = f"/dossiers/{NUMBER}/moves", {"action": "chuyen", "to": "ha.qltm"}
    done = post(client, moves, "lan.vp", wish, "k2")
    assert post(client, moves, "lan.vp", wish, "k2") == done
    assert post(client, "/dossiers", "lan.vp", body)[1]["number"] > NUMBER


def test_flask_lets_one_of_two_win(client: FlaskClient) -> None:
    """Two officers press at once: one moves it, the other is told (409 when they met in the store, else 422)."""
    post(client, "/dossiers", "lan.vp", {"code": "LTHH-13"})
    app = client.application

    def press(to: str) -> int:
        with app.test_client() as mine:
            return post(mine, f"/dossiers/{NUMBER}/moves", "lan.vp", {"action": "chuyen", "to": to})[0]

    with ThreadPoolExecutor(2) as pool:
        one, other = sorted(pool.map(press, ["ha.qltm", "ha.qltm"]))
    assert one == 200
    assert other in (409, 422)


DRIVER = """
import json, sys
from datetime import datetime
import django
from django.conf import settings
from flowiso import TZ
settings.FLOWISO["clock"] = lambda: datetime(2021, 9, 14, 8, 30, tzinfo=TZ)
django.setup()
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0)
from fees.models import Fee
client = Client(headers={"X-Account": "lan.vp"}, raise_request_exception=False)
for amount, to in [("-1", "ha.qltm"), ("100000", "hung.ktnl"), ("100000", "ha.qltm")]:
    answer = client.post("/dossiers", {"code": "LTHH-13", "amount": amount, "to": to})
    fees = [fee.dossier for fee in Fee.objects.all()]
    print(json.dumps([answer.status_code, answer.json() if answer.status_code != 500 else None, fees]))
"""


@pytest.fixture(params=["sqlite", "wheel"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of the site's database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'mot-cua.db'}"
    servers: Servers = request.getfixturevalue("servers")
    return servers.postgres(request.param).database()


def test_django_writes_both_or_neither(database: str, tmp_path: Path) -> None:
    """What the site writes and the dossier stand or fall together: an error after the move (the database refuses the fee), a
    refused hand-over after the receipt, and then both; the store's tables came by Django's migration."""
    site = {"PYTHONPATH": str(EXAMPLES / "django_site"), "DJANGO_SETTINGS_MODULE": "settings", "DATABASE_URL": database}
    environment = os.environ | site | {"PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-W", "error", "-c", DRIVER]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    refused, misrouted, accepted = map(json.loads, done.stdout.splitlines())
    assert refused == [500, None, []]
    assert misrouted[0] == 422
    assert misrouted[1]["code"] == "misrouted"
    assert misrouted[2] == []
    assert accepted[0] == 201
    number = accepted[1]["number"]
    assert accepted[2] == [number]
    with closing(open_store(database, create=False)) as store:
        ((case, moves),) = store.logs("000.00.19.H19")
        assert (case.number, [move.action for move in moves]) == (number, ["receive", "chuyen"])
        assert [row.type for row in store.events("000.00.19.H19")] == ["received", "moved"]
