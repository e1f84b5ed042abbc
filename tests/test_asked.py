"""What callers give: wrong types and words are a BadValue, whatever they are; keys make a call that is repeated do nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from threading import Barrier, Thread
from typing import Any

import pytest
from offices import at, examined, flow, go, office, path, ready, received

from flowiso.asked import LONGEST, YEARS
from flowiso.dossier import Dossier
from flowiso.engine import Engine
from flowiso.errors import BadValue, Conflict, Incomplete, KeyReused, Misrouted, NotAllowed, UnknownFlow
from flowiso.handover import as_of
from flowiso.model import CHOICES, COMPLAIN, CONFIRM, DAYS, PAUSE, RATE, REASSIGN, RECALL, RECORD, SYSTEM
from flowiso.state import begin
from flowiso.text import Text
from flowiso.worktime import instant

MORNING = at("15/09 08:00")
WRONG = (5, 2.5, True, b"an", ["an"], ("an",), {"an": "an"}, object(), date(2021, 9, 15))
UNSEEN = ("a\x00b", "a\x1bb", "a\ud800b", "x" * (LONGEST + 1))
HIDDEN = {
    "zero width space": "\u200b",
    "zero width joiner": "\u200d",
    "soft hyphen": "\u00ad",
    "right-to-left override": "\u202e",
    "isolate": "\u2066",
    "next line": "\u0085",
    "line separator": "\u2028",
    "variation selector": "\ufe0f",
    "hangul filler": "\u3164",
    "private use": "\ue000",
    "unassigned": "\u0378",
    "no-break space": "\u00a0",
    "tab": "\t",
}
"""What may stand in no account, number or key."""

ALLOWED = {"zero width space", "zero width joiner", "soft hyphen", "variation selector", "hangul filler"}
ALLOWED |= {"no-break space", "tab"}
"""What may stand in words for people all the same."""

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


PROSE = {"hand_over note", "record", "people", "note"}
"""What is words for people; the others are accounts, numbers and keys."""


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


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("name", sorted({*TEXTS, *NULLABLE} - {"receive channel"}))
def test_what_nobody_sees(name: str, hidden: str) -> None:
    """U9, R129: "lan" and "lan" with something unseen inside are never two accounts; words keep what joins their letters."""
    engine, bad = office(), f"a{HIDDEN[hidden]}b"
    call = TEXTS.get(name) or NULLABLE[name]
    if name in PROSE and hidden in ALLOWED:
        call(engine, bad)
        return
    with pytest.raises(BadValue, match=rf"U\+{ord(bad[1]):04X}, ở vị trí 2; hãy gõ lại"):
        call(engine, bad)


@pytest.mark.parametrize(
    "name",
    [
        *(
            name
            for name in TEXTS
            if name.split()[0] in ("receive", "submit", "move", "hand_over") and "channel" not in name
        ),
        *("number", "to", "note"),
    ],
)
def test_a_refusal_names_what_was_wrong(name: str) -> None:
    """U9: by the name of the argument."""
    call = TEXTS.get(name) or NULLABLE[name]
    with pytest.raises(BadValue, match=rf"^'{name.split()[-1]}' phải là chữ, không phải int;"):
        call(office(), 5)


def test_words_of_several_lines() -> None:
    """Line breaks, tabs and joined letters of a note are kept as they are written."""
    note = "thiếu:\r\n\t- bản sao\n❤️ 👩‍👩‍👧"
    assert _moved(office(), note=note, record={"ground": note}).moves[-1].note == note


@pytest.mark.parametrize("blank", ["", " \n\t", "\u200b", "\u00ad\u2060", "\ufe0f", "\u3164\u2800", "\u00a0\u200e"])
def test_words_without_a_letter_are_none(blank: str) -> None:
    """R48, R59: what nobody can read is no reason, no legal ground and nobody's name."""
    engine = office()
    with pytest.raises(Incomplete) as lacking:
        go(engine, examined(engine), "15/09 08:00 an tu-choi quang", blank)
    assert lacking.value.missing == ("note",)
    with pytest.raises(Incomplete) as lacking:
        go(engine, examined(engine), f"15/09 08:00 ha {PAUSE}", "lý do", ground=blank)
    assert lacking.value.missing == ("ground",)
    hs = engine.receive("MAU-01", by="lan", at=MORNING, people={"owner": blank})
    assert engine.person(hs.number, unmasked=True) == {}


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


@pytest.mark.parametrize(
    "bad", [datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), at("15/09 08:00").replace(year=YEARS[-1] + 1),
            datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12)))],
)  # fmt: skip
def test_moments_of_no_time_of_ours(bad: datetime) -> None:
    """R82: a year no clock shows is said, with the years there are; never an OverflowError."""
    engine = office()
    hs = examined(engine)
    for call in (
        lambda: engine.receive("MAU-01", by="lan", at=bad),
        lambda: engine.move(hs, "chuyen", by="an", to="quang", at=bad),
        lambda: engine.watch(at=bad),
        lambda: list(engine.lives(bad)),
    ):
        with pytest.raises(BadValue, match="1900 đến 2999"):
            call()


@pytest.mark.parametrize("bad", ["2021", 1, 99999, 2020.5, True, None, pytest.param(10**5000, id="huge")])
def test_what_is_no_year(bad: Any) -> None:
    """R94: a year is a whole number that a calendar may have."""
    engine = office()
    with pytest.raises(BadValue, match="ví dụ đúng: 2021"):
        engine.stats(bad)
    if bad is not None:
        with pytest.raises(BadValue, match="ví dụ đúng: 2021"):
            engine.faults(MORNING, bad)


@pytest.mark.parametrize("bad", [8, None, 2.5, timedelta(-1), ["8wh"], "8 giờ", "8d"])
def test_what_is_no_working_time(bad: Any) -> None:
    """R126: said with a good one, whatever it is."""
    with pytest.raises(BadValue, match="8wh"):
        office().watch(bad, MORNING)


@pytest.mark.parametrize("bad", ["x", -1, 0, None, 2.5, True, 10**30])
def test_how_many_letters(bad: Any) -> None:
    """I5: a number above 0; a slip never empties the outbox."""
    engine = office()
    received(engine)
    with pytest.raises(BadValue, match="ví dụ đúng: 100"):
        engine.outbox(bad)
    assert len(engine.outbox(1)) == 1


@pytest.mark.parametrize("bad", [["x"], "x", None, 5, [None], [{"id": 1}]])
def test_what_is_no_letter(bad: Any) -> None:
    """I5: nothing is marked as delivered but what the outbox gave."""
    engine = office()
    received(engine)
    with pytest.raises(BadValue, match=r"outbox\(\)"):
        engine.delivered(bad, MORNING)
    engine.delivered(iter(engine.outbox()), MORNING)
    assert engine.outbox() == ()


def test_ledger_of_what_is_no_number() -> None:
    """U9: as with every other question, a BadValue."""
    engine = office()
    for bad in (None, 5, "H19.1-210914-0001\u200b"):
        with pytest.raises(BadValue, match="hãy"):
            engine.ledger(bad, MORNING)  # type: ignore[arg-type]


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


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("14/09 09:30", {"told": "2021-09-14T09:30:00+07:00"}),
        ("14/09 10:00", {}),
        ("14/09 10:01", {}),
    ],
)
def test_a_moment_before_the_last_line_is_told(when: str, told: dict[str, str]) -> None:
    """I8: the line is stamped with the last moment there was, and says which was told, beside what else it records."""
    engine = office()
    hs = engine.move(examined(engine), PAUSE, by="ha", note="bão", record={"ground": "Luật 1"}, at=at(when))
    assert hs.moves[-1].record == {"ground": "Luật 1"} | told
    assert hs.moves[-1].time == max(at(when), at("14/09 10:00"))


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


def test_a_submission_keeps_what_was_given_with_it() -> None:
    """R13, R33, R151, I5: the host's number, the applicant's name, and the key that makes a second call the same dossier."""
    engine = office()
    asked = {
        "to": "lan",
        "number": "H19.1-210915-0007",
        "people": {"owner": "Trần Thị Lan"},
        "key": "s1",
        "at": MORNING,
    }
    hs = engine.submit("MAU-01", **asked)
    assert (hs.number, hs.holder, hs.case.channel) == ("H19.1-210915-0007", "lan", "online")
    assert engine.person(hs.number, unmasked=True) == {"owner": "Trần Thị Lan"}
    assert engine.submit("MAU-01", **asked) == hs
    with pytest.raises(KeyReused):
        engine.submit("MAU-01", **asked | {"channel": "postal"})


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


OTHER_OPENINGS: dict[str, Callable[[Engine], Dossier]] = {
    "procedure": lambda engine: engine.receive("MAU-09", by="lan", key="k", at=MORNING),
    "desk": lambda engine: engine.receive("MAU-01", by="thao", key="k", at=MORNING),
    "number": lambda engine: engine.receive("MAU-01", by="lan", number="H19.1-210915-0007", key="k", at=MORNING),
    "channel": lambda engine: engine.receive("MAU-01", by="lan", channel="postal", key="k", at=MORNING),
    "verb": lambda engine: engine.submit("MAU-01", to="lan", channel="counter", key="k", at=MORNING),
}


@pytest.mark.parametrize("other", OTHER_OPENINGS.values(), ids=OTHER_OPENINGS)
def test_another_opening_under_a_used_key(other: Callable[[Engine], Dossier]) -> None:
    """I5: whatever differs, the second call is told of, by dossier and remedy; nothing is begun."""
    engine = office()
    hs = engine.receive("MAU-01", by="lan", key="k", at=MORNING)
    with pytest.raises(KeyReused) as reused:
        other(engine)
    assert reused.value.text == Text(
        f"khóa 'k' đã dùng cho một yêu cầu khác (hồ sơ {hs.number}); hãy dùng khóa mới",
        f"key 'k' was used for another request (dossier {hs.number}); use a new one",
    )
    assert [case.number for case, _ in engine.store.logs(engine.agency)] == [hs.number]


def test_another_submission_under_a_used_key() -> None:
    """I5: put down at another desk it is another one."""
    engine = office()
    engine.submit("MAU-01", to="lan", key="k", at=MORNING)
    with pytest.raises(KeyReused):
        engine.submit("MAU-01", to="thao", key="k", at=MORNING)


def test_a_submission_is_received_once_under_a_key() -> None:
    """I5, R11: the second call is the dossier as the first left it, though it can't be received any more."""
    engine = office()
    hs = engine.submit("MAU-01", to="lan", at=at("14/09 08:00"))
    received = engine.receive(hs, by="lan", key="k", at=MORNING)
    go(engine, received, "15/09 09:00 lan chuyen ha")
    assert engine.receive(hs, by="lan", key="k", at=at("15/09 10:00")) == received


def test_another_move_under_a_used_key() -> None:
    """I5: another dossier, actor, action, or one that a leader insists on, is another wish."""
    engine = office()
    hs, other = examined(engine), examined(engine)
    asked = {"by": "ha", "to": "binh", "note": "cân việc", "key": "k", "at": MORNING}
    moved = engine.move(hs.number, REASSIGN, **asked)
    assert engine.move(hs.number, REASSIGN, **asked) == moved
    for number, action, changed in (
        (other.number, REASSIGN, {}),
        (hs.number, "chuyen", {}),
        (hs.number, REASSIGN, {"by": "vinh"}),
        (hs.number, REASSIGN, {"force": True}),
    ):
        with pytest.raises(KeyReused):
            engine.move(number, action, **asked | changed)
    assert (engine.dossier(hs.number), engine.dossier(other.number)) == (moved, other)


def test_a_key_tells_nothing_of_people() -> None:
    """R151: what is kept of a call is the same whoever it is about, so nobody's number can be guessed from it."""
    kept = []
    for phone in ("0912345678", "0987654321"):
        engine = office()
        engine.receive("MAU-01", by="lan", people={"phone": phone}, key="p", at=MORNING)
        answer = engine.store.answered(engine.agency, "p")
        assert answer is not None
        kept.append(answer.request)
    assert kept[0] == kept[1]


def test_a_key_used_again_for_somebody_else() -> None:
    """I5, R151: another person, or other fields, is another call; what was added, put right or deleted since is none."""
    engine = office()
    asked: dict[str, Any] = {"by": "lan", "key": "p", "at": MORNING}
    first = engine.receive("MAU-01", people={"owner": "A", "phone": "1"}, **asked)
    for other in ({"owner": "B", "phone": "1"}, {"owner": "A"}, None):
        with pytest.raises(KeyReused):
            engine.receive("MAU-01", people=other, **asked)
    for since in ({"owner": "A", "phone": "1", "email": "a@b"}, {"owner": "A"}, {}):
        engine.store.keep_person(engine.agency, first.number, since)
        assert engine.receive("MAU-01", people={"owner": "A", "phone": "1"}, **asked) == first
    assert len(list(engine.store.logs(engine.agency))) == 1


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


def test_as_it_stood_then() -> None:
    """R70, R74: what time did is there though nobody put it down, and silence not before the due day was over, though it is
    stamped with the due moment."""
    engine = office(flow(silence=True))
    hs = received(engine)
    done = engine.settle(hs, at("22/09 08:00"))
    for known in (hs, done):
        seen = [as_of(known, engine.flows.calendar, instant(at(when))) for when in ("21/09 23:00", "22/09 08:00")]
        assert [one.ended for one in seen] == [False, True]
        assert seen[1] == done
    hs = go(engine, examined(engine), "15/09 08:00 an hoi-bo bo", "ý kiến")
    done = engine.settle(hs, at("20/09 08:00"))
    assert done.moves[-1].action == "im"
    then = as_of(done, engine.flows.calendar, done.moves[-1].at)
    assert then == done
    assert as_of(done, engine.flows.calendar, done.moves[-1].at - 1) == hs
    with pytest.raises(BadValue, match="chưa có hồ sơ"):
        as_of(done, engine.flows.calendar, instant(at("14/09 07:59")))


def test_a_log_that_the_system_began_stands_as_it_began() -> None:
    """Another program's log may begin with a line of the system; there is nothing before it to go back to."""
    engine = office()
    hs = received(engine)
    first = hs.moves[0]._replace(actor=SYSTEM)
    odd = Dossier(hs.case, hs.table, begin(hs.table, engine.flows.calendar, first), (first,))
    assert as_of(odd, engine.flows.calendar, first.at).moves == (first,)


def test_confirmed_under_a_key_before_it_goes_on() -> None:
    """I5: the key's answer is the last line its call wrote, a confirmation before it included."""
    engine = office()
    hs = examined(engine)
    done = engine.move(hs, "chuyen", by="an", to="quang", key="k", at=MORNING)
    assert [move.action for move in done.moves[-2:]] == [CONFIRM, "chuyen"]
    go(engine, done, "15/09 09:00 quang chuyen hanh")
    assert engine.move(hs, "chuyen", by="an", to="quang", key="k", at=MORNING) == done
