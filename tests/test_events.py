"""What each line owes to whoever listens: one typed event, the same live and from the log (I5)."""

from __future__ import annotations

from typing import Any

import pytest
from offices import Office, at, calendar, examined, flow, go, office, path, ready, received, roam

from flowiso.events import TYPES, envelope, of_log, owed
from flowiso.model import (
    ANSWER,
    APPLICANT,
    BOUNCE,
    COMPLAIN,
    CONFIRM,
    CORRECT,
    FAULT,
    LOSE,
    MIGRATE,
    PAUSE,
    RATE,
    REAPPOINT,
    REASSIGN,
    RECALL,
    RESUME,
    STOP,
    WITHDRAW,
)
from flowiso.national import status
from flowiso.ports import Outgoing
from flowiso.state import begin

SAID = {
    "ground": "Luật 1",
    "until": "2021-09-30",
    "version": "2",
    "score": "5",
    "founded": "yes",
    "owner": "lan",
    "of": "late",
}


def told(lines: list[str], start: Any = examined, **more: Any) -> list[str]:
    """The types of events in the outbox after some lines, those of the start aside."""
    engine = office(flow(**more), flow(version=2))
    hs = start(engine)
    before = len(list(engine.store.events(engine.agency)))
    for line in lines:
        words = {"of": "late"} if FAULT in line else SAID | {"step": "ky" if CORRECT in line else "thu-ly"}
        hs = go(engine, hs, line, "lý do", **words)
    events = list(engine.store.events(engine.agency))[before:]
    assert tuple(of_log(hs.table, engine.flows.calendar, hs.moves))[-len(events) :] == tuple(
        (event.seq, event.type) for event in events
    )
    return [event.type for event in events]


@pytest.mark.parametrize(
    ("line", "event"),
    [
        (f"14/09 11:00 an {BOUNCE}", "returned-to-sender"),
        (f"14/09 11:00 ha {RECALL}", "returned-to-sender"),
        (f"14/09 11:00 an {REASSIGN} binh", "reassigned"),
        (f"14/09 11:00 lan {REAPPOINT}", "reappointed"),
        (f"14/09 11:00 ha {PAUSE}", "paused"),
        (f"14/09 11:00 ha {STOP}", "stopped"),
        (f"14/09 11:00 ha {MIGRATE}", "migrated"),
        (f"14/09 11:00 lan {COMPLAIN}", "complained"),
        (f"14/09 11:00 lan {LOSE}", "lost"),
        (f"27/09 11:00 ha {FAULT}", "nonconformity"),
        ("14/09 11:00 lan rut", "withdrawn"),
        ("14/09 11:00 an chuyen quang", "moved"),
    ],
)
def test_one_line_one_event(line: str, event: str) -> None:
    """A verb or an arrow; its confirmation owes nothing."""
    assert told([line]) == [event]


def test_a_complaint_and_its_answer() -> None:
    """Index 7 of TT 01/2018: two remarks, two events."""
    assert told([f"14/09 11:00 lan {COMPLAIN}", f"15/09 08:00 lan {ANSWER}"]) == ["complained", "answered"]


def test_events_of_a_whole_life() -> None:
    """Supplement, fee, stop, result, correction, rating: each as what it means to the applicant, a confirmation as nothing."""
    asked = ["14/09 11:00 an bo-sung lan", "14/09 13:30 lan gui nguoi-nop", "15/09 08:00 lan da-bo-sung an"]
    paid = ["15/09 09:00 an nop-phi lan", "15/09 10:00 lan gui nguoi-nop", "16/09 08:00 lan da-nop an"]
    stop = [f"16/09 09:00 ha {PAUSE}", f"17/09 09:00 ha {RESUME}", f"17/09 10:00 an {CONFIRM}"]
    done = [
        "17/09 11:00 an chuyen quang",
        "17/09 13:30 quang chuyen hanh",
        "17/09 14:00 hanh chuyen lan",
        "20/09 08:00 lan xong",
    ]
    again = [f"20/09 09:00 lan {CORRECT} quang", "20/09 10:00 quang chuyen hanh", "20/09 11:00 hanh chuyen lan"]
    rated = ["20/09 13:30 lan xong", f"20/09 14:00 {APPLICANT} {RATE}"]
    assert told([*asked, *paid, *stop, *done, *again, *rated]) == [
        *("moved", "supplement-requested", "moved"),
        *("moved", "payment-requested", "moved"),
        *("paused", "resumed"),
        *("moved", "moved", "resolved", "returned"),
        *("correcting", "moved", "resolved"),
        *("returned", "rated"),
    ]


def test_events_of_ends() -> None:
    """Refused at intake, withdrawn by the verb or while stopped, dropped by the desk, silence."""
    engine = office()
    hs = engine.submit("MAU-01", to="lan", at=at("14/09 08:00"))
    go(engine, hs, "14/09 09:00 lan thieu", "thiếu")
    go(engine, engine.submit("MAU-01", to="lan", at=at("14/09 08:00")), "14/09 09:00 lan receive")
    types = [event.type for event in engine.store.events(engine.agency)]
    assert types == ["submitted", "refused-intake", "submitted", "received"]
    assert told([f"14/09 11:00 lan {WITHDRAW}"], arrows=False) == ["withdrawn"]
    assert told([f"14/09 11:00 ha {PAUSE}", "15/09 08:00 lan rut"]) == ["paused", "withdrawn"]
    waiting = ["14/09 11:00 an bo-sung lan", "14/09 13:30 lan gui nguoi-nop", "30/09 08:00 lan thoi"]
    assert told(waiting)[-1] == "stopped"
    silent = office(silence=True)
    silent.settle(received(silent), at=at("30/09 08:00"))
    assert [event.type for event in silent.store.events(silent.agency)] == ["received", "resolved"]
    assert told(["24/09 08:00 thao xong"], start=ready) == ["returned"]


def test_refused_call_leaves_no_event_but_what_time_did() -> None:
    """I5: an event stands and falls with its line."""
    engine = office(silence=True)
    hs = received(engine)
    with pytest.raises(Exception, match="không còn hành động"):
        go(engine, hs, "30/09 08:00 lan chuyen ha")
    types = [(event.seq, event.type) for event in engine.store.events(engine.agency)]
    assert types == [(0, "received"), (1, "resolved")]


def test_what_time_did_in_several_lines_is_told_line_by_line() -> None:
    """I5: a limit that ran out and then silence, put down at one go."""
    engine = office(silence=True)
    hs = go(engine, examined(engine), "14/09 11:00 an hoi-bo bo", "lý do")
    before = len(hs.moves)
    hs = engine.settle(hs, at("30/09 08:00"))
    assert [move.action for move in hs.moves[before:]] == ["im", "het-han"]
    types = [(event.seq, event.type) for event in engine.store.events(engine.agency) if event.seq >= before]
    assert types == [one for one in of_log(hs.table, engine.flows.calendar, hs.moves) if one[0] >= before]
    assert [seq for seq, _ in types] == [before, before + 1]


def test_live_and_from_the_log() -> None:
    """I5: over random lives, the events of each line as it comes and those of the whole log are the same, of known types."""
    seen = set()
    table = Office(flow(), flow(version=2)).tables[1]
    for number in range(300):
        moves, states = roam(table, number)
        live = [owed(None, states[0], moves[0])]
        live += [owed(before, after, move) for before, after, move in zip(states, states[1:], moves[1:], strict=False)]
        events = tuple(event for event in live if event)
        assert events == tuple(of_log(table, calendar(), moves))
        assert {event.seq for event in events} == {move.seq for move in moves if move.action != CONFIRM}
        seen |= {event.type for event in events}
    assert seen == TYPES.keys()


def test_a_log_of_one_line() -> None:
    """A first line owes its own event."""
    table = Office(flow()).tables[1]
    moves, _ = roam(table, 1, length=0)
    state = begin(table, calendar(), moves[0])
    assert [event.type for event in of_log(table, calendar(), moves)] == [
        "received" if status(state) == 2 else "submitted"
    ]
    assert path(office(), received(office())).status == 2


def test_envelope() -> None:
    """CloudEvents 1.0, the same `id` at every delivery, without personal data (R151)."""
    engine = office()
    hs = engine.receive("MAU-01", by="lan", people={"owner": "Nguyễn Văn A"}, at=at("14/09 08:00"))
    (row,) = engine.store.outbox(engine.agency)
    found = envelope("H19.1", row, hs.moves[0].at, {"status": "2"})
    assert found == {
        "specversion": "1.0",
        "id": f"H19.1/{hs.number}/0",
        "source": "/agencies/H19.1",
        "type": "vn.flowiso.dossier.received",
        "subject": hs.number,
        "time": "2021-09-14T01:00:00Z",
        "datacontenttype": "application/json",
        "data": {"status": "2"},
    }
    notice = Outgoing(7, hs.number, None, "late", "late/2021-09-22", None)
    assert envelope("H19.1", notice, 0, {})["id"] == f"H19.1/{hs.number}/late/2021-09-22"
    assert envelope("H19.1", notice, 0, {})["type"] == "vn.flowiso.notice.late"
