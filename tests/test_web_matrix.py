"""T10: who may do what through the HTTP door: every account and action in every state, against a table written by hand.

The table says it as docs/dossier.md does, by what an account is to the dossier; nothing of it is asked of the program.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from doors import CODE, Door
from offices import ACCOUNTS, ORG, Office, delegated, flow

from flowiso.engine import Engine
from flowiso.model import APPLICANT
from flowiso.store import open_store

HEADS = {"ha", "vinh"}
"""They lead the division; long leads another, which is not theirs to decide."""
LEADERS = HEADS | {"quang", "kiem"}
"""kiem has the director's role beside two others."""
DESK = {"lan", "thao"}
FRONT = DESK | LEADERS
"""Who speaks to the applicant."""
ANYBODY = FRONT | {APPLICANT}
RECORD = {
    "ground": "Luật",
    "until": "2021-09-23",
    "step": "thu-ly",
    "score": "4",
    "founded": "no",
    "owner": "an",
    "of": "late",
}
VERBS = (
    *(
        "confirm",
        "receive",
        "recall",
        "bounce",
        "reassign",
        "reappoint",
        "pause",
        "resume",
        "stop",
        "withdraw",
        "correct",
    ),
    *("rate", "complain", "answer", "lose", "submit", "khong-co"),
)


class State(NamedTuple):
    """How a dossier gets there, None for one submitted online; to whom each arrow hands it on; and who may do what then.

    What isn't named, nobody may.
    """

    way: tuple[str, ...] | None
    arrows: dict[str, str]
    may: dict[str, set[str]]
    colleague: str = ""
    """Who else could hold it."""


REMARKS = {"complain": ANYBODY, "answer": FRONT, "lose": FRONT}
"""What may be said at any time."""


def at_work(holder: set[str], *arrows: str) -> dict[str, set[str]]:
    """What is so wherever somebody works on it: the holder hands it on, leaders decide about the case, the front speaks."""
    return {
        **dict.fromkeys(arrows, holder),
        "reassign": holder | LEADERS,
        "pause": LEADERS,
        "stop": LEADERS,
        "reappoint": FRONT,
        "withdraw": ANYBODY,
        **REMARKS,
    }


def handed(holder: set[str], sender: set[str]) -> dict[str, set[str]]:
    """What is so besides until the holder has confirmed it (R120, R122)."""
    return {"confirm": holder, "bounce": holder, "recall": sender}


AN = {"an", "binh"}
"""The officer, and who stands in for him (R127)."""
TO_AN = ("lan chuyen ha", "ha chuyen an")
SIGNED = (*TO_AN, "an chuyen quang")
OFFICER = {"chuyen": "quang", "bo-sung": "lan", "tu-choi": "quang"}
STATES: dict[str, State] = {
    "submitted": State(
        None,
        {"chuyen": "ha", "thieu": ""},
        {"receive": DESK, "thieu": {"lan"}, "reassign": {"lan"} | LEADERS, **REMARKS},
        "thao",
    ),
    "received": State((), {"chuyen": "ha"}, at_work({"lan"}, "chuyen"), "thao"),
    "with the head": State(
        TO_AN[:1],
        {"chuyen": "an", "nham-phong": "lan"},
        {**at_work({"ha"}, "chuyen", "nham-phong"), **handed({"ha"}, {"lan"})},
        "vinh",
    ),
    "with an officer": State(TO_AN, OFFICER, {**at_work(AN, *OFFICER), **handed(AN, {"ha"})}, "kiem"),
    "confirmed by him": State((*TO_AN, "an confirm"), OFFICER, {**at_work(AN, *OFFICER), "bounce": AN}, "kiem"),
    "paused": State(
        (*TO_AN, "quang pause"),
        {"chuyen": "quang"},
        {
            "resume": LEADERS,
            "stop": LEADERS,
            "withdraw": ANYBODY,
            "reassign": AN | LEADERS,
            **handed(AN, {"ha"}),
            **REMARKS,
        },
        "kiem",
    ),
    "to be signed": State(
        SIGNED,
        {"chuyen": "hanh", "tra-lai": "an"},
        {**at_work({"quang"}, "chuyen", "tra-lai"), **handed({"quang"}, {"an"})},
        "kiem",
    ),
    "ready": State(
        (*SIGNED, "quang chuyen hanh", "hanh chuyen thao"),
        {"xong": ""},
        {
            "xong": {"thao"},
            "reassign": {"thao"} | LEADERS,
            "correct": FRONT,
            "rate": ANYBODY,
            **handed({"thao"}, {"hanh"}),
            **REMARKS,
        },
        "lan",
    ),
    "ended": State((*TO_AN, "quang stop"), {"chuyen": "quang"}, {"rate": ANYBODY, **REMARKS}, "kiem"),
}


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """A door over a small office with a delegation, whose flow leaves withdrawals to the verb."""
    org = ORG._replace(agency="H19.1", delegations=(delegated("an", "binh"),))
    office = Office(flow(arrows=False), flow(version=2, arrows=False), org=org)
    with Door(tmp_path, Engine(office, open_store("memory:"))).opened() as opened:  # type: ignore[arg-type]
        yield opened


def asked(door: Door, state: State, number: str, action: str, by: str, token: str = "") -> int:
    """The status of a wish that lacks nothing but, perhaps, the right to it."""
    to = state.arrows.get(action) or {"reassign": state.colleague, "correct": "an"}.get(action)
    body = {"action": action, "by": by, "note": "lý do", "record": RECORD, **({"to": to} if to else {})}
    return door("POST", f"/v1/dossiers/{number}/moves", token=token, json=body).status_code


@pytest.mark.parametrize("name", STATES)
def test_every_account_and_action(name: str, door: Door) -> None:
    """Who may is let in, everybody else is refused: 0 unexpected either way. Who only looks or administers may nothing."""
    state = STATES[name]
    actions = (*VERBS, *state.arrows)
    wrong, tried, watchers = [], 0, [door.key("read"), door.key("people"), door.key("admin", "read")]

    def ready() -> str:
        door.clock.set("14/09 08:00")
        if state.way is None:
            number = door("POST", "/v1/submissions", json={"procedure": CODE, "to": "lan"}).json()["number"]
        else:
            number = door.receive()
            for line in state.way:
                door.go(number, line, **({"record": {"ground": "Luật"}} if line.startswith("quang") else {}))
        door.clock.set("17/09 08:00")
        return number

    number = ready()
    for action in actions:
        assert {asked(door, state, number, action, "ha", token) for token in watchers} == {403}
        for by in (*(account.id for account in ACCOUNTS), "khong-co"):
            status = asked(door, state, number, action, by)
            expected = by in state.may.get(action, set())
            if (status == 200) is not expected:
                wrong.append((action, by, status))
            if status == 200:
                number = ready()
            tried += 1
    assert not wrong
    assert tried == len(actions) * (len(ACCOUNTS) + 1)
