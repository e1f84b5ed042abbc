"""What callers give: wrong types and words are a BadValue, whatever they are; keys make a call that is repeated do nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from threading import Barrier, Thread
from typing import Any

import pytest
from offices import at, examined, flow, go, office, path, ready, received

from flowiso.asked import LONGEST
from flowiso.dossier import Dossier
from flowiso.engine import Engine
from flowiso.errors import BadValue, Conflict, KeyReused, Misrouted, NotAllowed, UnknownFlow
from flowiso.model import CHOICES, COMPLAIN, CONFIRM, DAYS, RATE, RECALL, RECORD

MORNING = at("15/09 08:00")
WRONG = (5, 2.5, True, b"an", ["an"], ("an",), {"an": "an"}, object(), date(2021, 9, 15))
UNSEEN = ("a\x00b", "a\x1bb", "a\ud800b", "x" * (LONGEST + 1))
MEANT = {"note": "lý do", "record": {"ground": "Luật 1"}, "to": "quang", "key": "k1"}

Call = Callable[[Engine, Any], object]
TEXTS: dict[str, Call] = {
    "receive code": lambda engine, bad: engine.receive(bad, by="lan", at=MORNING),
    "receive by": lambda engine, bad: engine.receive("MAU-01", by=bad, at=MORNING),
    "receive channel": lambda engine, bad: engine.receive("MAU-01", by="lan", channel=bad, at=MORNING),
    "submit to": lambda engine, bad: engine.submit("MAU-01", to=bad, at=MORNING),
    "move dossier": lambda engine, bad: engine.move(bad, "chuyen", by="an", at=MORNING),
    "move action": lambda engine, bad: engine.move(examined(engine), bad, by="an", at=MORNING),
    "move by": lambda engine, bad: engine.move(examined(engine), "chuyen", by=bad, to="quang", at=MORNING),
    "dossier": lambda engine, bad: engine.dossier(bad),
    "person": lambda engine, bad: engine.person(bad),
    "actions": lambda engine, bad: engine.actions(bad, at=MORNING),
    "settle": lambda engine, bad: engine.settle(bad, at=MORNING),
    "hand_over account": lambda engine, bad: engine.hand_over(bad, by="ha", to="an", note="x", at=MORNING),
    "hand_over by": lambda engine, bad: engine.hand_over("an", by=bad, to="an", note="x", at=MORNING),
    "hand_over to": lambda engine, bad: engine.hand_over("an", by="ha", to=bad, note="x", at=MORNING),
    "hand_over note": lambda engine, bad: engine.hand_over("an", by="ha", to="an", note=bad, at=MORNING),
    "record": lambda engine, bad: _moved(engine, record={"ground": bad}),
    "record key": lambda engine, bad: _moved(
        engine, record={bad: "Luật 1"} if not isinstance(bad, list | dict) else bad
    ),
    "people": lambda engine, bad: engine.receive("MAU-01", by="lan", at=MORNING, people={"owner": bad}),
}
NULLABLE: dict[str, Call] = {
    "number": lambda engine, bad: engine.receive("MAU-01", by="lan", number=bad, at=MORNING),
    "to": lambda engine, bad: _moved(engine, to=bad),
    "note": lambda engine, bad: _moved(engine, note=bad),
    "key": lambda engine, bad: _moved(engine, key=bad),
    "receive key": lambda engine, bad: engine.receive("MAU-01", by="lan", key=bad, at=MORNING),
}


def _moved(engine: Engine, **given: Any) -> Dossier:
    return engine.move(examined(engine), "chuyen", by="an", at=MORNING, **({"to": "quang"} | given))


@pytest.mark.parametrize("name", [*TEXTS, *NULLABLE])
def test_what_is_no_text(name: str) -> None:
    """U9: an int as an account, None, bytes, a list: said, never a TypeError, and nothing is written."""
    engine = office()
    call = TEXTS.get(name) or NULLABLE[name]
    for bad in (*WRONG, *UNSEEN, *([None] if name in TEXTS else [])):
        before = len(list(engine.store.logs(engine.agency)))
        with pytest.raises((BadValue, UnknownFlow) if name == "receive code" else BadValue):
            call(engine, bad)
        added = len(list(engine.store.logs(engine.agency))) - before
        assert added == (1 if "examined" in call.__code__.co_names or "_moved" in call.__code__.co_names else 0)


@pytest.mark.parametrize("bad", [5, "2021-09-15", date(2021, 9, 15), datetime(2021, 9, 15, 8), object(), 2.5])
def test_what_is_no_moment(bad: Any) -> None:
    """R82: a number, a text, a bare date, a naive datetime."""
    engine = office()
    hs = examined(engine)
    calls: tuple[Callable[[], object], ...] = (
        lambda: engine.receive("MAU-01", by="lan", at=bad),
        lambda: engine.submit("MAU-01", to="lan", at=bad),
        lambda: engine.move(hs, "chuyen", by="an", to="quang", at=bad),
        lambda: engine.settle(hs, at=bad),
        lambda: engine.actions(hs, at=bad),
        lambda: engine.watch(at=bad),
        lambda: engine.hand_over("an", by="ha", to="an", note="x", at=bad),
        lambda: list(engine.lives(bad)),
    )
    for call in calls:
        with pytest.raises(BadValue):
            call()
    with pytest.raises(BadValue, match="thiếu thời điểm"):
        engine.settle(hs)


@pytest.mark.parametrize("bad", ["ground", 5, [("ground", "Luật 1")]])
def test_what_is_no_table(bad: Any) -> None:
    """A record and people are mappings."""
    engine = office()
    with pytest.raises(BadValue, match="bảng"):
        _moved(engine, record=bad)
    with pytest.raises(BadValue, match="bảng"):
        engine.receive("MAU-01", by="lan", people=bad, at=MORNING)


@pytest.mark.parametrize("key", ["khong-co", "behalf", "told", "forced"])
def test_a_record_holds_known_keys(key: str) -> None:
    """Closed keys; what the engine writes itself nobody else may."""
    with pytest.raises(BadValue, match=f"'{key}'"):
        _moved(office(), record={key: "an"})


@pytest.mark.parametrize("key", [*CHOICES, *sorted(DAYS)])
def test_a_record_holds_known_values(key: str) -> None:
    """R14, R130: one of a few words, or a day; each of the right ones passes."""
    assert key in RECORD
    for bad in ("", "maybe", "6", "2021-9-1", "2021-02-30"):
        with pytest.raises(BadValue, match=f"'{key}'"):
            _moved(office(), record={key: bad})
    for good in CHOICES.get(key, ("2021-09-30",)):
        assert _moved(office(), record={key: good}).moves[-1].record == {key: good}


def test_words_are_kept_in_one_form() -> None:
    """NFC, whatever the keyboard gave."""
    hs = _moved(office(), note="ly\u0301 do", record={"ground": "Lua\u0323\u0302t"})
    assert (hs.moves[-1].note, hs.moves[-1].record) == ("l\u00fd do", {"ground": "Lu\u1eadt"})


# --- numbers (R30-R33)


@pytest.mark.parametrize(
    "number", ["", "5", "H19.1-210914-001", "H19.1-2109145-0001", "h19.1-210914-0001", "Z19-210914-0001"]
)
def test_malformed_number(number: str) -> None:
    """R31, R33."""
    with pytest.raises(BadValue, match="không đúng cấu trúc"):
        office().receive("MAU-01", by="lan", number=number, at=MORNING)


def test_unknown_channel() -> None:
    """R10."""
    with pytest.raises(BadValue, match="counter, online, postal"):
        office().receive("MAU-01", by="lan", channel="fax", at=MORNING)  # type: ignore[arg-type]


def test_numbers_under_race() -> None:
    """R33: eight at once get eight numbers, without a gap on one store."""
    engine, gate = office(), Barrier(8)
    found: list[str] = []

    def run() -> None:
        gate.wait()
        found.extend(engine.receive("MAU-01", by="lan", at=MORNING).number for _ in range(5))

    threads = [Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [f"H19.1-210915-{number:04d}" for number in range(1, 41)]


def test_more_than_9999_a_day() -> None:
    """R33: five digits, never wrapped, and the next day begins at one."""
    engine = office()
    engine.store._counters["H19.1", "210915"] = 9_998  # type: ignore[attr-defined]
    numbers = [engine.receive("MAU-01", by="lan", at=MORNING).number for _ in range(3)]
    assert numbers == ["H19.1-210915-9999", "H19.1-210915-10000", "H19.1-210915-10001"]
    assert engine.receive("MAU-01", by="lan", at=at("16/09 08:00")).number == "H19.1-210916-0001"


def test_taken_number() -> None:
    """R30: the host's own number once only; automatic ones step over it."""
    engine = office()
    hs = engine.receive("MAU-01", by="lan", number="H19.1-210915-0001", at=MORNING)
    with pytest.raises(Conflict):
        engine.receive("MAU-01", by="lan", number=hs.number, at=MORNING)
    assert engine.receive("MAU-01", by="lan", at=MORNING).number == "H19.1-210915-0002"


@pytest.mark.parametrize("more", [{"number": "H19.1-210915-0001"}, {"people": {"owner": "A"}}])
def test_what_belongs_to_the_submission(more: dict[str, Any]) -> None:
    """R13, R30, R151: a number or a name given with the receipt of a submission would be lost, so it is refused."""
    engine = office()
    hs = engine.submit("MAU-01", to="lan", at=MORNING)
    with pytest.raises(BadValue, match="khi tiếp nhận"):
        engine.receive(hs, by="lan", at=MORNING, **more)
    assert engine.dossier(hs.number).received is None


# --- keys


def test_the_same_call_again_is_the_dossier_as_it_was_then() -> None:
    """I5: by the key, even when the dossier has gone on, the flow has been replaced or the receiver would be refused now."""
    engine = office()
    first = engine.receive("MAU-01", by="lan", key="r1", at=at("14/09 08:00"))
    moved = engine.move(first, "chuyen", by="lan", to="ha", key="m1", at=at("14/09 09:00"))
    path(engine, moved, "14/09 10:00 ha chuyen an")
    assert engine.receive("MAU-01", by="lan", key="r1", at=at("15/09 08:00")) == first
    for again in (first, moved, first.number):
        assert engine.move(again, "chuyen", by="lan", to="ha", key="m1", at=at("15/09 08:00")) == moved
    assert len(list(engine.store.logs(engine.agency))) == 1
    with pytest.raises(UnknownFlow):
        engine.receive("MAU-09", by="lan", key="r2", at=MORNING)


def test_a_remark_repeated_is_one_remark() -> None:
    """I5: what could be said twice is said once under one key."""
    engine = office()
    hs = go(engine, ready(engine), "17/09 08:00 thao xong")
    for _ in range(3):
        rated = engine.move(hs.number, RATE, by="nguoi-nop", record={"score": "5"}, key="rate", at=at("20/09 08:00"))
    assert len(rated.moves) == len(engine.dossier(hs.number).moves) == len(hs.moves) + 1


@pytest.mark.parametrize(
    "changed", [{"to": "kiem"}, {"note": "khác"}, {"record": {"ground": "Luật 2"}}, {"record": None}]
)
def test_another_call_under_a_used_key(changed: dict[str, Any]) -> None:
    """I5: KeyReused, and nothing is written."""
    engine = office()
    hs = examined(engine)
    done = engine.move(hs, "chuyen", by="an", at=MORNING, **MEANT)  # type: ignore[arg-type]
    with pytest.raises(KeyReused, match="k1"):
        engine.move(hs, "chuyen", by="an", at=MORNING, **(MEANT | changed))  # type: ignore[arg-type]
    with pytest.raises(KeyReused):
        engine.receive("MAU-01", by="lan", key="k1", at=MORNING)
    assert engine.dossier(hs.number) == done


def test_the_order_of_a_record_makes_no_other_call() -> None:
    """I5: the same words in another order, or in another Unicode form."""
    engine = office()
    hs = examined(engine)
    one = engine.move(
        hs, COMPLAIN, by="lan", note="ly\u0301 do", record={"of": "late", "owner": "an"}, key="k", at=MORNING
    )
    two = engine.move(hs, COMPLAIN, by="lan", note="lý do", record={"owner": "an", "of": "late"}, key="k", at=MORNING)
    assert one == two
    first = engine.receive("MAU-01", by="lan", people={"owner": "A", "phone": "1"}, key="p", at=MORNING)
    assert engine.receive("MAU-01", by="lan", people={"phone": "1", "owner": "A"}, key="p", at=MORNING) == first


def test_a_refused_call_uses_no_key() -> None:
    """I5: after a refusal the key is free for the call put right."""
    engine = office()
    hs = examined(engine)
    with pytest.raises(Misrouted):
        engine.move(hs, "chuyen", by="an", to="hanh", key="k", at=MORNING)
    with pytest.raises(NotAllowed):
        engine.move(hs, RECALL, by="an", key="k", at=MORNING)
    assert engine.move(hs, "chuyen", by="an", to="quang", key="k", at=MORNING).holder == "quang"
    with pytest.raises(NotAllowed):
        engine.receive("MAU-01", by="an", key="k2", at=MORNING)
    assert engine.receive("MAU-01", by="lan", key="k2", at=MORNING).holder == "lan"


@pytest.mark.parametrize("key", ["", "k" * 201])
def test_keys_that_are_none(key: str) -> None:
    """1 to 200 characters."""
    with pytest.raises(BadValue, match="khóa"):
        _moved(office(), key=key)


def test_keys_under_race() -> None:
    """T5, I5: eight callers with one key make one dossier and one move."""
    engine, gate = office(), Barrier(8)
    found: list[Dossier] = []

    def run() -> None:
        gate.wait()
        hs = engine.receive("MAU-01", by="lan", key="r", at=MORNING)
        found.append(engine.move(hs, "chuyen", by="lan", to="ha", key="m", at=MORNING))

    threads = [Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({hs.number for hs in found}) == 1
    assert {len(hs.moves) for hs in found} == {2}
    assert len(list(engine.store.logs(engine.agency))) == 1


def test_what_time_did_is_written_though_the_call_is_refused() -> None:
    """R45, I5: an officer comes too late; the next one under the same key is judged afresh."""
    engine = office(flow(silence=True))
    hs = received(engine)
    with pytest.raises(NotAllowed):
        engine.move(hs, "chuyen", by="lan", to="ha", key="k", at=at("22/09 08:00"))
    assert engine.dossier(hs.number).step.id == "im-lang"
    assert engine.store.answered(engine.agency, "k") is None


def test_confirmed_under_a_key_before_it_goes_on() -> None:
    """I5: the key's answer is the last line its call wrote, a confirmation before it included."""
    engine = office()
    hs = examined(engine)
    done = engine.move(hs, "chuyen", by="an", to="quang", key="k", at=MORNING)
    assert [move.action for move in done.moves[-2:]] == [CONFIRM, "chuyen"]
    go(engine, done, "15/09 09:00 quang chuyen hanh")
    assert engine.move(hs, "chuyen", by="an", to="quang", key="k", at=MORNING) == done
