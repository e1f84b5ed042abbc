"""The door held against its own /openapi.json: schemathesis asks every operation what fits its schema and what doesn't."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from doors import CODE, Door
from httpx import Response
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator
from schemathesis.config import SchemathesisConfig

import flowiso
from flowiso.web.problems import STATUS

PAGE = Path(__file__).parent.parent / "docs" / "http.md"
OPERATIONS = 22
REFUSED = {"checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", 400, 404, 409, 412, 422]}}}
"""What fits the schema may still be refused by the engine, with another code than `invalid`: that is looked at below."""


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """A door with a dossier."""
    with Door(tmp_path_factory.mktemp("cua")).opened() as opened:
        opened.receive(number="H19-210914-0001")
        yield opened


def test_every_operation_keeps_to_the_description(door: Door) -> None:
    """No undocumented status, type or member, nothing invalid let in, nothing valid called invalid, no key ignored."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", door.app, config=SchemathesisConfig.from_dict(REFUSED))
    tried = 0
    for result in schema.get_all_operations():
        _try(result.ok(), door.token)
        tried += 1
    assert tried == OPERATIONS


def _try(operation: Any, token: str) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=15, deadline=None, database=None, derandomize=True, phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def ask(case: Any) -> None:
        found = case.call_and_validate(headers={"Authorization": f"Bearer {token}"})
        quoted = "%" in str(case.path_parameters)  # sent as it is, and read as what it stands for
        if case.meta.generation.mode.value == "positive" and found.status_code >= 400 and not quoted:
            assert found.json()["code"] not in ("invalid", "bad-json", "bad-request"), case.as_curl_command()

    ask()


def test_answers_of_a_real_dossier_fit_too(door: Door) -> None:
    """What random requests seldom reach: a dossier under way, lists, bulk answers, figures."""
    number = door.receive(people={"owner": "Nguyễn Văn An"})
    door.go(number, "lan chuyen ha", "ha chuyen an")
    document = door.app.openapi()

    def tells_the_same(path: str, found: Response, **more: Any) -> None:
        """RFC 9110, 9.1 and 9.3.2: every address that has GET has HEAD, and what it tells of the answer is the same."""
        bare = door("HEAD", path, **more)
        assert bare.status_code == found.status_code
        differ = {name for name, value in bare.headers.items() if found.headers.get(name) != value}
        assert (differ, len(bare.headers)) == ({"x-request-id"}, len(found.headers)), path

    def fits(method: str, template: str, status: str = "200", **more: Any) -> None:
        found = door(method.upper(), template.format(number=number, code=CODE), **more)
        assert str(found.status_code) == status, found.text
        if method == "get":
            tells_the_same(template.format(number=number, code=CODE), found, **more)
        schema = document["paths"][template][method]["responses"][status]["content"]["application/json"]["schema"]
        Draft202012Validator({**schema, "components": document["components"]}).validate(found.json())

    for template in ("", "/log", "/ledger", "/people"):
        fits("get", "/v1/dossiers/{number}" + template)
    fits("get", "/v1/dossiers/{number}/check", params={"action": "chuyen", "to": "chi"})
    fits("get", "/v1/dossiers", params={"unmasked": True})
    move = {"action": "confirm", "by": "an"}
    fits("post", "/v1/dossiers/{number}/moves", json={"action": "chuyen", "by": "an", "to": "quang"})
    fits("post", "/v1/moves", json={"moves": [move | {"number": number}, move | {"number": "H19.1-210914-9999"}]})
    fits("post", "/v1/dossiers", "201", json={"procedure": CODE, "by": "lan"})
    fits("post", "/v1/submissions", "201", json={"procedure": CODE, "to": "lan"})
    fits("post", "/v1/hand-overs", json={"account": "lan", "by": "quang", "to": "chi", "note": "x"})
    for template in ("/v1/watch", "/v1/misroutes", "/v1/faults", "/v1/flows", "/v1/flows/{code}", "/v1/catalogue"):
        fits("get", template)
    fits("get", "/v1/report", params={"year": 2021})


def test_the_description_is_complete(door: Door) -> None:
    """OpenAPI 3.1; each operation says what it is for, and each refusal is a problem."""
    document = door.app.openapi()
    assert document["openapi"] == "3.1.0"
    Draft202012Validator.check_schema(document["components"]["schemas"]["DossierTold"])
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["description"], (method, path)
            for status, response in operation["responses"].items():
                if status >= "400":
                    assert list(response["content"]) == ["application/problem+json"], (method, path, status)


def test_it_is_made_once(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for it needs no key, so it costs no more than to send its bytes."""
    first = door("GET", "/openapi.json", token=None)
    monkeypatch.setattr("flowiso.web.describing.json_bytes", None)
    again = door("GET", "/openapi.json", token=None)
    assert (again.status_code, again.content) == (200, first.content)
    assert first.json() == door.app.openapi()


def test_the_page_tells_of_every_operation(door: Door) -> None:
    """docs/http.md names each path with its method, and every code with its status."""
    page = PAGE.read_text(encoding="utf-8")
    document = door.app.openapi()
    for path, methods in document["paths"].items():
        for method in methods:
            assert f"`{method.upper()} {path}`" in page, (method, path)
    for code, (status, _) in STATUS.items():
        assert f"| `{code}` | {status} |" in page, code


def test_the_page_s_example(tmp_path: Path, one_flow: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines of docs/http.md that mount the door run as they stand, and what they make serves."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flows").symlink_to(one_flow)
    (block,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    known: dict[str, Any] = {"flowiso": flowiso}
    exec(block, known)
    assert known["app"].openapi()["info"]["title"] == "FlowISO"
    known["app"].state.desk.close(stores=True)
