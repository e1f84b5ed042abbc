"""FlowISO behind a small web service: flask --app examples/flask_app.py run

    curl http://127.0.0.1:5000/dossiers -H 'X-Account: lan.vp' -H 'Content-Type: application/json' -d '{"code": "LTHH-13"}'

One engine for all threads. The header X-Account stands for the host's own login: take the account from there, never from
the request. A request with an Idempotency-Key may be sent again: it does nothing twice.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

import flowiso
from flowiso import (
    BadValue,
    CalendarUnknown,
    Conflict,
    Dossier,
    DraftFlow,
    FlowISOError,
    KeyReused,
    Misrouted,
    NotAllowed,
    StoreError,
    UnknownDossier,
    UnknownFlow,
)

STATUS = {
    BadValue: 400,
    UnknownDossier: 404,
    UnknownFlow: 404,
    Conflict: 409,
    KeyReused: 422,
    Misrouted: 422,
    NotAllowed: 422,
    DraftFlow: 422,
    CalendarUnknown: 503,
    StoreError: 503,
}


def create_app(store: str = "sqlite:///mot-cua.db", **options: Any) -> Flask:
    """The service over a store; `options` are those of `flowiso.open`."""
    app = Flask(__name__)
    engine = flowiso.open(store=store, allow_draft=True, **options)

    @app.post("/dossiers")
    def receive() -> ResponseReturnValue:
        asked = request.get_json()
        dossier = engine.receive(
            asked.get("code"), by=account(), number=asked.get("number"), people=asked.get("people"), key=key()
        )
        return shown(dossier), 201

    @app.get("/dossiers/<number>")
    def dossier(number: str) -> ResponseReturnValue:
        found = engine.dossier(number)
        actions = [
            {"name": one.name, "title": one.title.vi, "accounts": [fit.id for fit in one.accounts]}
            for one in engine.actions(found)
        ]
        return shown(found) | {"actions": actions, "people": dict(engine.person(number))}

    @app.post("/dossiers/<number>/moves")
    def move(number: str) -> ResponseReturnValue:
        asked = request.get_json()
        done = engine.move(
            number, asked.get("action"), by=account(), to=asked.get("to"), note=asked.get("note"), key=key()
        )
        return shown(done)

    app.register_error_handler(FlowISOError, refused)
    return app


def account() -> str:
    """Who is logged in."""
    return request.headers["X-Account"]


def key() -> str | None:
    """What makes a repeated request the same one."""
    return request.headers.get("Idempotency-Key")


def shown(dossier: Dossier) -> dict[str, Any]:
    """A dossier as JSON."""
    return {
        "number": dossier.number,
        "step": dossier.step.title.vi,
        "holder": dossier.holder,
        "status": dossier.status,
        "due": dossier.due and dossier.due.isoformat(),
    }


def refused(error: FlowISOError) -> ResponseReturnValue:
    """What is wrong, in words for the officer, and what would be right."""
    said: dict[str, Any] = {"code": error.code, "message": str(error)}
    if isinstance(error, Misrouted):
        said |= {"finding": error.finding.code, "fitting": [fit.id for fit in error.fitting]}
    if isinstance(error, NotAllowed):
        said["actions"] = error.actions
    status = next((status for kind, status in STATUS.items() if isinstance(error, kind)), 500)
    return jsonify(said), status
