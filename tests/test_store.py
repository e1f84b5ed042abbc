"""One contract for every store (I1, I2, I5, I9): memory, SQLite, and PostgreSQL of two major versions."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from itertools import count
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from stores import (
    HERE,
    KINDS,
    NUMBER,
    THERE,
    Schemas,
    assert_one_winner,
    case,
    everything,
    log,
    move,
    moved,
    run,
    url_of,
)

from flowiso.chain import link, text, writer
from flowiso.errors import BadValue, Conflict, FlowISOError, Repeated, StoreError, UnknownDossier
from flowiso.model import Move
from flowiso.ports import NOTHING, Answer, Beside, Event, Lines, Notice, Outgoing
from flowiso.store import MemoryStore, open_store
from flowiso.store.lines import numbered

if TYPE_CHECKING:
    from flowiso.model import Case
    from flowiso.ports import Store

PEOPLE = {"name": "Trần Thị Lan", "phone": "0903 123 456"}


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store of each kind."""
    if request.param == "memory":
        return "memory:"
    if request.param == "sqlite":
        return url_of(tmp_path / "kho một cửa.db")
    schemas: Callable[[str], Schemas] = request.getfixturevalue("schemas")
    return schemas(request.param).fresh()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture
def other(url: str, store: Store) -> Iterator[Store]:
    """Another process's view of the same store, as far as there is one."""
    opened = store if isinstance(store, MemoryStore) else open_store(url)
    yield opened
    opened.close()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text() | st.floats(),
        lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    )
)
def test_what_is_hashed_is_plain_json(value: object) -> None:
    """I9: the bytes of json.dumps as docs/log.md names it, whatever stands in a line, with C's encoder and without."""
    told = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert text(value) == writer(None)(value) == told


_value = st.none() | st.booleans() | st.integers() | st.text() | st.floats()


@given(
    st.builds(
        Move, *[st.integers() | _value] * 2, *[st.text() | _value] * 5, _value | st.dictionaries(st.text(), st.text())
    )
)
def test_a_line_is_hashed_as_plain_json(line: Move) -> None:
    """T11: of the hash before it and the JSON array of its fields, whatever a host has put into them."""
    told = json.dumps(list(line), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert link(b"tip", line) == sha256(b"tip" + told.encode()).digest()


@pytest.mark.parametrize(("count", "tail"), [(1, "0001"), (9_999, "9999"), (10_000, "10000")])
def test_more_than_9999_a_day(count: int, tail: str) -> None:
    """R33: five digits then, never wrapped."""
    assert numbered(case(), "210914", count) == case(f"{HERE}-210914-{tail}")


class TestLogs:
    """What the engine may expect of any store: logs that only grow."""

    def test_what_was_written_comes_back(self, store: Store) -> None:
        """I1: every line once, equal to what was written, types too."""
        written = [move(0), move(1, 2**40, "thiếu giấy tờ: Đơn đề nghị – “bản sao” 🏛"), move(2, -5, ""), move(3)]
        store.create(case(), written[:2])
        store.append(HERE, NUMBER, written[2:])
        found, moves = store.read(HERE, NUMBER)
        assert (found, moves) == (case(), written)
        assert [[type(value) for value in line] for line in moves] == [
            [type(value) for value in line] for line in written
        ]
        assert {type(line) for line in moves} == {Move}
        assert everything(store) == [(case(), written)]

    def test_what_is_read_is_the_readers_own(self, store: Store) -> None:
        """R58: a list handed out is no door into the log."""
        store.create(case(), log(0))
        store.read(HERE, NUMBER)[1].clear()
        everything(store)[0][1].clear()
        assert store.read(HERE, NUMBER) == (case(), log(0))

    def test_only_those_that_are_running_by_then(self, store: Store) -> None:
        """R92, R126: those whose last line, up to a moment, leaves them with nobody at an end are left out; by nothing else."""
        lines = {
            "ended": [("ky", "an"), ("da-cap", "")],
            "running": [("ky", "an"), ("ky", "binh")],
            "with nobody": [("ky", "an"), ("ky", "")],
            "held at an end": [("da-cap", "an"), ("da-cap", "an")],
            "of another name": [("ky", "an"), ("da-cap-lai", "")],
            "remarked upon": [("da-rut", ""), ("da-rut", "")],
        }
        for number, places in lines.items():
            moves = [move(seq, 100 * (seq + 1))._replace(step=at, holder=who) for seq, (at, who) in enumerate(places)]
            store.create(case(number), moves)
        store.create(case("ended", THERE), log(0))
        ends = {"da-cap", "da-rut"}
        assert [one.number for one, _ in store.running(HERE, ends)] == [
            "running", "with nobody", "held at an end", "of another name"
        ]  # fmt: skip
        assert [one.number for one, _ in store.running(HERE, ends, 199)] == [*lines][:-1]
        assert list(store.running(HERE, ends, 99)) == []
        for since, more in ((200, {"ended", "remarked upon"}), (201, set())):  # lines of 100 and 200
            lately = {one.number for one, _ in store.running(HERE, ends, since=since)}
            assert lately == {"running", "with nobody", "held at an end", "of another name"} | more
        assert [one.number for one, _ in store.running(HERE, ends, 150, 100)] == [*lines]
        assert [one.number for one, _ in store.running(HERE, ends, 150, 101)] == [*lines][:-1]
        every = dict(store.logs(HERE, 250))
        assert dict(store.running(HERE, set(), 250)) == every
        assert all(moves == every[one] for one, moves in store.running(HERE, ends, 250))

    def test_only_those_that_an_account_holds(self, store: Store) -> None:
        """R128: by the last line alone."""
        for number, holders in {"a": ["an", "binh"], "b": ["binh", "an"], "c": ["an"], "d": ["an", ""]}.items():
            store.create(case(number), [move(seq)._replace(holder=who) for seq, who in enumerate(holders)])
        store.create(case("c", THERE), [move(0)._replace(holder="an")])
        every = dict(store.logs(HERE))
        held = list(store.held(HERE, "an"))
        assert [one.number for one, _ in held] == ["b", "c"]
        assert all(moves == every[one] for one, moves in held)
        assert [one.number for one, _ in store.held(HERE, "")] == ["d"]
        assert list(store.held(HERE, "ai-do")) == []

    def test_logs_come_in_the_order_they_began(self, store: Store) -> None:
        numbers = ["c", "a", "b", "ă", "B"]
        for number in numbers:
            store.create(case(number), log(0))
        store.append(HERE, "c", log(1))
        assert [found.number for found, _ in store.logs(HERE)] == numbers

    def test_until_leaves_out_later_moves_and_dossiers(self, store: Store) -> None:
        store.create(case("a"), [move(0, 10), move(1, 20)])
        store.create(case("b"), [move(0, 21)])
        assert everything(store, until=9) == []
        assert everything(store, until=10) == [(case("a"), [move(0, 10)])]
        assert everything(store, until=20) == [(case("a"), [move(0, 10), move(1, 20)])]
        assert len(everything(store, until=21)) == 2

    def test_the_ends_of_logs(self, store: Store) -> None:
        """R92, T11: number, seq and hash of the last line, or of the last one by a moment."""
        store.create(case("a"), [move(0, 10), move(1, 20)])
        store.create(case("b"), [move(0, 21)])
        store.create(case("c", THERE), [move(0, 5)])
        its = {one.case.number: one.hashes for one in store.chained(HERE)}
        assert sorted(store.tips(HERE)) == [("a", 1, its["a"][1]), ("b", 0, its["b"][0])]
        assert list(store.tips(HERE, 20)) == [("a", 1, its["a"][1])]
        assert list(store.tips(HERE, 19)) == [("a", 0, its["a"][0])]
        assert list(store.tips(HERE, 9)) == []

    def test_logs_are_as_they_stood_when_reading_began(self, store: Store) -> None:
        """The store may be written while its logs are read."""
        store.create_many((case(str(number)), log(0)) for number in range(3000))
        reading = store.logs(HERE)
        next(reading)
        store.append(HERE, "2999", log(1))
        store.create(case("new"), log(0))
        assert [len(moves) for _, moves in reading] == [1] * 2999
        assert len(everything(store)) == 3001

    def test_logs_left_half_read_hold_nothing(self, store: Store) -> None:
        store.create_many((case(str(number)), log(0)) for number in range(3000))
        for _ in range(20):
            next(store.logs(HERE))
        store.append(HERE, "0", log(1))

    def test_a_number_is_given_once(self, store: Store) -> None:
        """R33."""
        store.create(case(), log(0))
        with pytest.raises(Conflict, match=NUMBER):
            store.create(case(), log(0, 1))
        assert everything(store) == [(case(), log(0))]

    @pytest.mark.parametrize("seqs", [(0,), (1,), (3,), (2, 2), (2, 4), (3, 2), (1, 2), (-1,)])
    def test_a_line_that_does_not_follow_is_a_conflict(self, store: Store, seqs: tuple[int, ...]) -> None:
        """I2: neither twice nor with a gap, and nothing of the rest is kept."""
        store.create(case(), log(0, 1))
        with pytest.raises(Conflict, match=NUMBER):
            store.append(HERE, NUMBER, log(*seqs))
        assert store.read(HERE, NUMBER)[1] == log(0, 1)

    def test_who_comes_second_reads_who_was_first(self, store: Store) -> None:
        """T5: the loser hears who won."""
        store.create(case(), log(0, 1))
        with pytest.raises(Conflict, match=r"hung\.ktnl, chuyen") as caught:
            store.append(HERE, NUMBER, log(1))
        assert "hung.ktnl, chuyen" in caught.value.text.en

    def test_lines_follow_the_very_log_they_were_decided_upon(self, store: Store, other: Store) -> None:
        """I2: one that is as long, but in which another line stands now, is out of date; nothing is written."""
        store.create(case(), log(0))
        store.append(HERE, NUMBER, log(1), after=log(0))
        stored = log(0, 1)
        for stale in ([move(0), move(1, note="x")], [move(0, note="x"), move(1)], log(0), log(0, 1, 2), []):
            for one in (store, other):
                beside = Beside("k", "", moved(2), PEOPLE)
                for verb in (
                    lambda: one.append(HERE, NUMBER, log(2), beside, stale),  # noqa: B023
                    lambda: one.append(HERE, NUMBER, [], beside, stale),  # noqa: B023
                    lambda: one.append_many(HERE, [Lines(NUMBER, log(2), beside, stale)]),  # noqa: B023
                ):
                    with pytest.raises(Conflict, match=f"{NUMBER} không còn như lúc đọc"):
                        verb()
        assert everything(other) == [(case(), stored)]
        assert (list(store.events(HERE)), store.answered(HERE, "k"), store.person(HERE, NUMBER)) == ([], None, {})
        store.append(HERE, NUMBER, log(2), after=tuple(stored))
        other.append(HERE, NUMBER, log(3), after=other.read(HERE, NUMBER)[1])
        store.append_many(
            HERE, [Lines(NUMBER, log(4), after=log(0, 1, 2, 3)), Lines(NUMBER, log(5), after=log(0, 1, 2, 3, 4))]
        )
        assert store.read(HERE, NUMBER)[1] == log(0, 1, 2, 3, 4, 5)

    def test_lines_go_to_the_very_dossier_they_were_decided_upon(self, store: Store, other: Store) -> None:
        """I2: another one stands under its number now, with the same lines; nothing is written."""
        store.create(case(), log(0))
        for one in (store, other):
            one.read(HERE, NUMBER)
            for stale in (
                case()._replace(code="XTTM-01"),
                case()._replace(version=1),
                case()._replace(channel="counter"),
            ):
                for verb in (
                    lambda: one.append(HERE, NUMBER, log(1), Beside("k"), log(0), stale),  # noqa: B023
                    lambda: one.append(HERE, NUMBER, log(1), Beside("k"), None, stale),  # noqa: B023
                    lambda: one.append_many(HERE, [Lines(NUMBER, log(1), Beside("k"), log(0), stale)]),  # noqa: B023
                ):
                    with pytest.raises(Conflict, match=f"{NUMBER} không còn như lúc đọc"):
                        verb()
        assert everything(other) == [(case(), log(0))]
        assert store.answered(HERE, "k") is None
        store.append(HERE, NUMBER, log(1), NOTHING, log(0), case())
        other.append_many(HERE, [Lines(NUMBER, log(2), NOTHING, log(0, 1), case())])
        assert store.read(HERE, NUMBER)[1] == log(0, 1, 2)

    @pytest.mark.parametrize("seqs", [(1,), (0, 2), (0, 0)])
    def test_a_log_begins_at_0_without_a_gap(self, store: Store, seqs: tuple[int, ...]) -> None:
        """I2."""
        with pytest.raises(Conflict):
            store.create(case(), log(*seqs))
        assert everything(store) == []

    def test_no_dossier_without_a_log(self, store: Store) -> None:
        with pytest.raises(BadValue):
            store.create(case(), [])

    def test_appending_nothing_changes_nothing(self, store: Store) -> None:
        store.create(case(), log(0))
        store.append(HERE, NUMBER, [])
        assert store.read(HERE, NUMBER)[1] == log(0)

    def test_unknown_dossier(self, store: Store) -> None:
        store.create(case(agency=THERE), log(0))
        for verb in (
            lambda: store.read(HERE, NUMBER),
            lambda: store.append(HERE, NUMBER, log(1)),
            lambda: store.append(HERE, NUMBER, []),
        ):
            with pytest.raises(UnknownDossier, match=NUMBER):
                verb()

    @pytest.mark.parametrize("bad", [(case("7"), log(0)), (case("taken"), log(0)), (case("x"), log(0, 2))])
    def test_create_many_is_all_or_nothing(self, store: Store, bad: tuple[Case, list[Move]]) -> None:
        """One bad dossier among many - twice in the batch, taken before, or with a gap - leaves nothing behind."""
        store.create(case("taken"), log(0))
        batch = [(case(str(number)), log(0, 1)) for number in range(100)]
        with pytest.raises(Conflict, match=bad[0].number):
            store.create_many([*batch, bad])
        assert everything(store) == [(case("taken"), log(0))]
        store.create_many(batch)
        assert len(everything(store)) == 101

    def test_create_many_takes_a_generator_that_uses_the_store(self, store: Store) -> None:
        store.create_many((case(str(store.reserve(HERE, "210914"))), log(0)) for _ in range(5))
        store.create_many([])
        assert [found.number for found, _ in store.logs(HERE)] == list("12345")

    def test_agencies_never_see_each_other(self, store: Store) -> None:
        store.create(case(agency=HERE), log(0))
        store.create_many([(case("x", THERE), log(0)), (case(agency=THERE), log(0, 1))])
        store.append(THERE, NUMBER, log(2))
        assert everything(store, HERE) == [(case(), log(0))]
        assert everything(store, THERE) == [(case("x", THERE), log(0)), (case(agency=THERE), log(0, 1, 2))]
        assert everything(store, "nobody") == []
        assert store.read(HERE, NUMBER) == (case(), log(0))

    def test_numbers_run_per_agency_and_day(self, store: Store) -> None:
        """R33: from 1, by agency and day."""
        assert [store.reserve(HERE, "210914") for _ in range(3)] == [1, 2, 3]
        assert (store.reserve(HERE, "210915"), store.reserve(THERE, "210914")) == (1, 1)
        assert store.reserve(HERE, "210914") == 4

    def test_a_number_is_never_reserved_twice(self, store: Store) -> None:
        """R33: 8 threads."""
        with ThreadPoolExecutor(8) as pool:
            numbers = list(pool.map(lambda _: store.reserve(HERE, "210914"), range(400)))
        assert sorted(numbers) == list(range(1, 401))

    def test_a_new_dossier_takes_the_next_free_number(self, store: Store) -> None:
        """R33: those the host gave away are stepped over, by whomever; the day and the agency count for themselves."""
        for taken in (1, 2, 4):
            store.create(case(f"{HERE}-210914-{taken:04d}"), log(0))
        given = [store.create_next(case(""), "210914", log(0, 1)).number for _ in range(3)]
        assert given == [f"{HERE}-210914-{free:04d}" for free in (3, 5, 6)]
        assert store.create_next(case(""), "210915", log(0)).number == f"{HERE}-210915-0001"
        assert store.create_next(case("", THERE), "210914", log(0)).number == f"{THERE}-210914-0001"
        assert store.read(HERE, given[0]) == (case(given[0]), log(0, 1))
        assert_chained(store)

    def test_no_number_is_taken_for_a_key_that_is_known(self, store: Store) -> None:
        """I5: nor for lines that don't follow each other."""
        store.create_next(case(""), "210914", log(0), Beside("k", "r"))
        with pytest.raises(Repeated):
            store.create_next(case(""), "210914", log(0), Beside("k", "r"))
        with pytest.raises(Conflict):
            store.create_next(case(""), "210914", log(0, 2))
        with pytest.raises(BadValue):
            store.create_next(case(""), "210914", [])
        assert len(everything(store)) == 1

    def test_new_dossiers_never_share_a_number(self, store: Store) -> None:
        """R33: 8 threads, while the host gives away numbers of the same day."""

        def begin(turn: int) -> str:
            if turn % 4:
                return store.create_next(case(""), "210914", log(0)).number
            try:
                store.create(case(f"{HERE}-210914-{turn:04d}"), log(0))
            except Conflict:
                return ""
            return f"{HERE}-210914-{turn:04d}"

        with ThreadPoolExecutor(8) as pool:
            numbers = [number for number in pool.map(begin, range(1, 161)) if number]
        assert len(numbers) >= 120
        assert sorted(numbers) == sorted({found.number for found, _ in everything(store)})

    def test_one_winner_per_line(self, store: Store) -> None:
        """T5: 200 races of 2 threads for the same line."""
        assert_one_winner(store, store)

    def test_threads_read_while_others_write(self, store: Store) -> None:
        """I2 at every moment: a reader sees a beginning of the log, never a half-written append."""
        store.create(case(), log(0))

        def write() -> None:
            for seq in range(1, 200, 2):
                store.append(HERE, NUMBER, log(seq, seq + 1))

        with ThreadPoolExecutor(4) as pool:
            writing = pool.submit(write)
            while not writing.done():
                moves = list(pool.map(lambda _: store.read(HERE, NUMBER)[1], range(3)))
                assert all(seen == log(*range(len(seen))) and len(seen) % 2 for seen in moves)
            writing.result()
        assert len(store.read(HERE, NUMBER)[1]) == 201

    def test_a_long_log_at_once(self, store: Store) -> None:
        """More lines than a statement takes; what goes with them is written with the last."""
        store.create(case(), log(*range(1201)), Beside("k", "", moved(1200), PEOPLE))
        store.append(HERE, NUMBER, log(*range(1201, 2402)), Beside("m", "", moved(2401)))
        store.append(HERE, NUMBER, log(2402))
        with pytest.raises(Conflict):
            store.append(HERE, NUMBER, log(*range(2402, 4000)))
        assert store.read(HERE, NUMBER)[1] == log(*range(2403))
        assert [store.answered(HERE, key) for key in "km"] == [Answer(NUMBER, 1200, ""), Answer(NUMBER, 2401, "")]
        assert (store.person(HERE, NUMBER), [row.seq for row in store.outbox(HERE)]) == (PEOPLE, [1200, 2401])
        assert_chained(store)

    def test_close_may_be_said_twice(self, store: Store) -> None:
        store.close()
        store.close()

    def test_a_closed_store_is_closed(self, url: str) -> None:
        """It says so, and doesn't make the file anew."""
        if url == "memory:":
            return
        store = open_store(url)
        store.create(case(), log(0))
        store.close()
        for verb in (
            lambda: store.read(HERE, NUMBER),
            lambda: store.append(HERE, NUMBER, log(1)),
            lambda: everything(store),
        ):
            with pytest.raises(StoreError, match="đã đóng"):
                verb()


class TestRecord:
    """What a form adds to a line."""

    @pytest.mark.parametrize(
        "record", [{}, {"behalf": "binh.ktnl"}, {"until": "2021-10-01", "ground": "“Điều 25” \\ 🏛", "a": ""}]
    )
    def test_it_comes_back(self, store: Store, record: dict[str, str]) -> None:
        store.create(case(), [move(0, record=record)])
        store.append(HERE, NUMBER, [move(1), move(2, record=record)])
        assert [line.record for line in store.read(HERE, NUMBER)[1]] == [record, None, record]
        assert [line.record for line in everything(store)[0][1]] == [record, None, record]


class TestManyAtOnce:
    """`append_many`."""

    def test_all_or_nothing(self, store: Store) -> None:
        """A dossier moved by somebody else, or unknown, leaves the whole batch out."""
        store.create_many((case(number), log(0)) for number in "abc")
        for bad in [Lines("c", log(2)), Lines("x", log(1)), Lines("c", log(1, 3))]:
            with pytest.raises((Conflict, UnknownDossier), match=bad[0]):
                store.append_many(
                    HERE, [Lines("a", log(1), Beside(events=moved(1))), Lines("b", log(1, 2), Beside("k")), bad]
                )
        assert everything(store) == [(case(number), log(0)) for number in "abc"]
        assert (list(store.events(HERE)), store.answered(HERE, "k")) == ([], None)

    def test_a_dossier_may_come_twice(self, store: Store) -> None:
        store.create(case(), log(0))
        store.append_many(
            HERE, [Lines(NUMBER, log(1), Beside("k")), Lines(NUMBER, log(2)), Lines(NUMBER, [], Beside("m"))]
        )
        store.append_many(HERE, [])
        store.append(HERE, NUMBER, log(3))
        assert store.read(HERE, NUMBER)[1] == log(0, 1, 2, 3)
        assert store.answered(HERE, "m") == Answer(NUMBER, 2, "")
        assert_chained(store)


def hashes_of(found: Case, moves: list[Move]) -> list[bytes]:
    """The chain as docs/log.md tells it, written apart from the code."""

    def text(value: object) -> bytes:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()

    hashes = [sha256(text(list(found))).digest()]
    for line in moves:
        hashes.append(sha256(hashes[-1] + text(list(line))).digest())
    return hashes[1:]


def assert_chained(store: Store, agency: str = HERE) -> None:
    logs = dict(store.logs(agency))
    for found in store.chained(agency):
        assert list(found.moves) == logs.pop(found.case)
        assert list(found.hashes) == hashes_of(found.case, list(found.moves))
        assert len(found.recorded) == len(found.moves)
    assert not logs


class TestChain:
    """T11, I9: every line is hashed on writing."""

    def test_every_way_of_writing_hashes(self, store: Store, other: Store) -> None:
        store.create(case(), [move(0, note="“Đơn”"), move(1, record={"b": "2", "a": "1"})])
        store.create_many([(case("x"), log(0, 1)), (case("y", THERE), log(0))])
        store.append(HERE, NUMBER, [move(2, note="đã đọc"), move(3)])
        other.append(HERE, NUMBER, log(4))
        store.append(HERE, NUMBER, [move(5, record={"until": "2021-10-01"})])
        other.read(HERE, "x")
        store.append_many(HERE, [Lines("x", log(2)), Lines(NUMBER, log(6))])
        other.append(HERE, "x", log(3))
        assert_chained(store)
        assert_chained(store, THERE)
        assert [len(found.moves) for found in store.chained(HERE)] == [7, 4]

    def test_the_stores_clock_stamps_each_line(self, store: Store) -> None:
        """I8, R158: beside the moment told stands when it was written, so back-dating shows."""
        store.create(case(), [move(0, 1_600_000_000)])
        store.append(HERE, NUMBER, [move(1, 1_600_000_000)])
        (found,) = store.chained(HERE)
        assert all(abs(stamp - time.time()) < 60 for stamp in found.recorded)
        assert found.recorded[0] <= found.recorded[1]


class TestTwoAtOnce:
    """What one remembers of a log is never trusted before the database has confirmed it."""

    def test_going_on_where_somebody_else_has_been(self, store: Store, other: Store) -> None:
        store.create(case(), log(0))
        for seq in range(1, 6):
            (other, store)[seq % 2].append(HERE, NUMBER, log(seq))
        assert store.read(HERE, NUMBER)[1] == log(*range(6))
        assert_chained(store)

    def test_coming_second(self, store: Store, other: Store) -> None:
        """T5: the loser hears who won, whatever he remembers."""
        store.create(case(), log(0))
        other.append(HERE, NUMBER, [move(1)._replace(actor="mai.ktnl", action="tra-lai")])
        for moves in (log(1), log(1, 2)):
            with pytest.raises(Conflict, match=r"mai\.ktnl, tra-lai"):
                store.append(HERE, NUMBER, moves)
        assert len(store.read(HERE, NUMBER)[1]) == 2

    def test_one_winner_per_line_of_two_stores(self, store: Store, other: Store) -> None:
        """T5: 200 races of two connection pools."""
        assert_one_winner(store, other)

    def test_one_winner_per_key(self, store: Store, other: Store) -> None:
        """T6: the same request sent twice at the same time is done once; the other hears that it was."""
        store.create_many((case(number), log(0)) for number in "ab")
        start = Barrier(2)

        def send(store: Store, number: str) -> list[int]:
            won = []
            for seq in range(1, 41):
                following = len(store.read(HERE, number)[1])
                start.wait(30)
                try:
                    store.append(HERE, number, log(following), Beside(f"k{seq}", number))
                    won.append(seq)
                except Repeated:
                    pass
            return won

        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(send, (store, other), "ab")
        assert sorted(first + second) == list(range(1, 41))
        for seq in range(1, 41):
            answer = store.answered(HERE, f"k{seq}")
            assert answer is not None
            assert answer.number == answer.request == ("a" if seq in first else "b")


class TestTogether:
    """Several things done by one thread: each all or nothing, all of them on disk when it is told."""

    def test_each_stands_for_itself(self, store: Store, other: Store) -> None:
        """I1: a refusal undoes nothing of the others; what comes later reads what was written before, whichever way."""
        store.create(case(), log(0))
        ask = Beside("k1", "moved", moved(1), PEOPLE)
        found = store.together(
            [
                lambda: store.append(HERE, NUMBER, log(1), ask),
                lambda: store.append(HERE, NUMBER, log(3)),
                lambda: store.append(HERE, NUMBER, log(2), Beside("k1", "moved")),
                lambda: store.read(HERE, NUMBER)[1],
                lambda: everything(store),
                lambda: (store.answered(HERE, "k1"), dict(store.person(HERE, NUMBER)), len(store.outbox(HERE))),
                lambda: store.kept(HERE, 0, 9),
                lambda: 1 // 0,
                lambda: store.together([lambda: store.append(HERE, NUMBER, [worded(2)]), lambda: 7]),
            ]
        )
        assert [type(one) for one in found[1:3]] == [Conflict, Repeated]
        assert found[3:5] == [log(0, 1), [(case(), log(0, 1))]]
        assert found[5] == (Answer(NUMBER, 1, "moved"), PEOPLE, 1)
        assert (found[0], found[6], type(found[7]), found[8]) == (None, None, ZeroDivisionError, [None, 7])
        assert everything(store) == everything(other) == [(case(), [*log(0, 1), worded(2)])]
        assert store.together([]) == []

    def test_it_is_what_they_do_one_by_one(self, store: Store) -> None:
        """R58: whatever is asked for, in whatever portions: the same answers, the same store."""

        @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
        @given(st.lists(st.lists(_acts, max_size=6), max_size=5))
        def tried(portions: list[list[tuple[int, int, str, str]]]) -> None:
            alone, agency = MemoryStore(), f"H19.{next(_agencies)}"
            for portion in portions:
                one = [_outcome(alone, agency, act) for act in portion]
                both = store.together([partial(_outcome, store, agency, act) for act in portion])
                assert both == one
            assert everything(store, agency) == everything(alone, agency)
            assert [row.seq for row in store.events(agency)] == [row.seq for row in alone.events(agency)]

        tried()


_agencies = count(1)
_acts = st.tuples(st.integers(0, 2), st.integers(0, 4), st.sampled_from(["", "a", "b", "c"]), st.sampled_from("xyz"))


def worded(seq: int, word: str = "moi") -> Move:
    """A line with words of its own."""
    return move(seq)._replace(actor=f"{word}.qltm", action=f"{word}-xong")


def _outcome(store: Store, agency: str, act: tuple[int, int, str, str]) -> str:
    """What an act comes to: a line of a dossier, which is begun with its first, under a key or none."""
    which, seq, key, word = act
    number, beside = f"{NUMBER[:-1]}{which}", Beside(key, word, moved(seq))
    try:
        if seq:
            store.append(agency, number, [worded(seq, word)], beside)
        else:
            store.create(case(number, agency), [worded(0, word)], beside)
    except FlowISOError as error:
        return type(error).__name__
    return "done"


class TestKeys:
    """T6: an idempotency key is written with the lines, and never twice."""

    def test_it_tells_what_it_led_to(self, store: Store) -> None:
        store.create(case(), log(0, 1), Beside("k1", "abc"))
        store.append(HERE, NUMBER, log(2), Beside("k2"))
        assert store.answered(HERE, "k1") == Answer(NUMBER, 1, "abc")
        assert store.answered(HERE, "k2") == Answer(NUMBER, 2, "")
        assert (store.answered(HERE, "k3"), store.answered(THERE, "k1")) == (None, None)

    def test_a_known_key_writes_nothing(self, store: Store, other: Store) -> None:
        store.create(case(), log(0), Beside("k", "abc", moved(0), PEOPLE))
        again = Beside("k", "xyz", moved(1), {"name": "x"})
        for verb in (
            lambda: other.append(HERE, NUMBER, log(1), again),
            lambda: store.append(HERE, NUMBER, log(1), again),
            lambda: store.append(HERE, NUMBER, [], again),
            lambda: store.append(HERE, "unknown", log(1), again),
            lambda: store.create(case("new"), log(0), again),
            lambda: store.append_many(HERE, [Lines(NUMBER, log(1), Beside("m")), Lines(NUMBER, log(2), again)]),
        ):
            with pytest.raises(Repeated, match="'k'"):
                verb()
        assert everything(store) == [(case(), log(0))]
        assert store.answered(HERE, "k") == Answer(NUMBER, 0, "abc")
        assert store.answered(HERE, "m") is None
        assert len(list(store.events(HERE))) == 1
        assert store.person(HERE, NUMBER) == PEOPLE

    def test_a_request_sent_again_is_repeated_not_in_conflict(self, store: Store) -> None:
        """Its own lines are what is in its way."""
        store.create(case(), log(0), Beside("k"))
        store.append(HERE, NUMBER, log(1), Beside("m"))
        with pytest.raises(Repeated):
            store.create(case(), log(0), Beside("k"))
        with pytest.raises(Repeated):
            store.append(HERE, NUMBER, log(1), Beside("m"))

    def test_twice_in_a_batch(self, store: Store) -> None:
        store.create(case(), log(0))
        with pytest.raises(Repeated, match="'k'"):
            store.append_many(HERE, [Lines(NUMBER, log(1), Beside("k")), Lines(NUMBER, log(2), Beside("k"))])
        assert store.read(HERE, NUMBER)[1] == log(0)

    def test_a_refused_line_uses_no_key(self, store: Store) -> None:
        store.create(case(), log(0))
        with pytest.raises(Conflict):
            store.append(HERE, NUMBER, log(2), Beside("k"))
        store.append(HERE, NUMBER, log(1), Beside("k"))

    def test_agencies_have_keys_of_their_own(self, store: Store) -> None:
        store.create(case(), log(0), Beside("k"))
        store.create(case(agency=THERE), log(0), Beside("k"))

    def test_old_keys_are_let_go(self, store: Store) -> None:
        """By the clock that stamps lines as well: what a line tells as its moment doesn't matter."""
        store.create(case(), [move(0, at=0)], Beside("k"))
        store.append(HERE, NUMBER, log(1), Beside("m"))
        store.append(HERE, NUMBER, log(2))
        now = int(time.time())
        assert store.forget_keys(now - 600) == 0
        assert store.answered(HERE, "k") == Answer(NUMBER, 0, "")
        assert store.forget_keys(now + 600) == 2
        assert store.answered(HERE, "k") is None
        store.append(HERE, NUMBER, log(3), Beside("k"))


class TestPeople:
    """R151: personal data stands apart from the log."""

    def test_it_is_kept_and_replaced(self, store: Store) -> None:
        store.create(case(), log(0), Beside(people=PEOPLE))
        store.create(case("without"), log(0))
        assert (store.person(HERE, NUMBER), store.person(HERE, "without")) == (PEOPLE, {})
        store.append(HERE, NUMBER, log(1))
        assert store.person(HERE, NUMBER) == PEOPLE
        store.append(HERE, NUMBER, log(2), Beside(people={"phone": "1"}))
        assert store.person(HERE, NUMBER) == {"phone": "1"}
        store.keep_person(HERE, NUMBER, PEOPLE | {"email": ""})
        assert store.person(HERE, NUMBER) == PEOPLE | {"email": ""}
        store.append(HERE, NUMBER, [], Beside(people={"a": "b"}))
        assert store.person(HERE, NUMBER) == {"a": "b"}
        store.keep_person(HERE, NUMBER, {})
        assert store.person(HERE, NUMBER) == {}
        assert store.read(HERE, NUMBER)[1] == log(0, 1, 2)

    def test_of_whom_there_is_no_dossier(self, store: Store) -> None:
        store.create(case(), log(0))
        for verb in (lambda: store.person(THERE, NUMBER), lambda: store.keep_person(THERE, NUMBER, PEOPLE)):
            with pytest.raises(UnknownDossier, match=NUMBER):
                verb()

    def test_a_refused_line_brings_none(self, store: Store) -> None:
        store.create(case(), log(0))
        with pytest.raises(Conflict):
            store.append(HERE, NUMBER, log(2), Beside(people=PEOPLE))
        with pytest.raises(Conflict):
            store.create(case(), log(0), Beside(people=PEOPLE))
        assert store.person(HERE, NUMBER) == {}


def plain(rows: Iterator[Outgoing] | tuple[Outgoing, ...]) -> list[tuple[Any, ...]]:
    return [row[1:] for row in rows]


class TestOutbox:
    """I5: what is owed to listeners is written with the lines."""

    def test_events_wait_until_they_are_delivered(self, store: Store) -> None:
        store.create(case(), log(0, 1), Beside(events=(Event(0, "received"), Event(1, "moved"))))
        store.create(case(agency=THERE), log(0), Beside(events=(Event(0, "submitted"),)))
        store.append(HERE, NUMBER, log(2, 3), Beside(events=moved(3)))
        rows = [(NUMBER, 0, "received", None, None), (NUMBER, 1, "moved", None, None), (NUMBER, 3, "moved", None, None)]
        waiting = store.outbox(HERE)
        assert plain(waiting) == rows
        assert plain(store.outbox(HERE, 2)) == rows[:2]
        assert [row.id for row in waiting] == sorted({row.id for row in waiting})
        store.delivered(HERE, [waiting[0].id, waiting[2].id, 10**6], 7)
        store.delivered(THERE, [waiting[1].id], 7)
        store.delivered(HERE, [], 7)
        assert store.outbox(HERE) == waiting[1:2]
        assert list(store.events(HERE)) == list(waiting)
        assert plain(store.events(THERE)) == [(NUMBER, 0, "submitted", None, None)]

    def test_a_refused_line_owes_nothing(self, store: Store, other: Store) -> None:
        store.create(case(), log(0), Beside(events=moved(0)))
        other.append(HERE, NUMBER, log(1), Beside(events=moved(1)))
        for seq in (1, 3):
            with pytest.raises(Conflict):
                store.append(HERE, NUMBER, log(seq), Beside(events=moved(seq)))
        with pytest.raises(Conflict):
            store.create(case(), log(0), Beside(events=moved(0)))
        assert [row.seq for row in store.events(HERE)] == [0, 1]

    def test_a_notice_is_put_out_once_for_ever(self, store: Store) -> None:
        store.create(case(), log(0), Beside(events=moved(0)))
        store.create(case(agency=THERE), log(0))
        late = Notice(NUMBER, "late", "late/1", {"to": "hung.ktnl", "hours": "“8”"})
        soon = Notice(NUMBER, "due-soon", "soon/1", {})
        assert store.notify(HERE, [late, late._replace(data={})]) == (late,)
        assert store.notify(HERE, [soon, late]) == (soon,)
        rows = store.outbox(HERE)
        assert plain(rows[1:]) == [
            (NUMBER, None, "late", "late/1", late.data),
            (NUMBER, None, "due-soon", "soon/1", {}),
        ]
        store.delivered(HERE, [row.id for row in rows], 7)
        assert (store.notify(HERE, [late, soon]), store.notify(HERE, [])) == ((), ())
        assert (store.outbox(HERE), len(list(store.events(HERE)))) == ((), 3)
        assert store.notify(THERE, [late]) == (late,)

    def test_a_notice_is_about_a_dossier(self, store: Store) -> None:
        store.create(case(), log(0))
        with pytest.raises(UnknownDossier, match="unknown"):
            store.notify(HERE, [Notice(NUMBER, "late", "k", {}), Notice("unknown", "late", "m", {})])
        assert list(store.events(HERE)) == []


class TestSeals:
    """T11: what is kept elsewhere shows a tail cut off and a log rewritten from its beginning."""

    def test_a_seal_covers_what_grew(self, store: Store) -> None:
        assert (store.seal(HERE, 1), store.heads(HERE)) == (None, ())
        store.create_many([(case("b"), log(0, 1)), (case("a"), log(0)), (case("a", THERE), log(0))])
        first = store.seal(HERE, 10)
        assert first is not None
        assert store.seal(HERE, 11) is None
        store.append(HERE, "a", log(1, 2))
        store.create(case("B"), log(0))
        second = store.seal(HERE, 12)
        assert second is not None
        tips = {found.case.number: found.hashes for found in store.chained(HERE)}
        assert first.tips == (("a", 0, tips["a"][0].hex()), ("b", 1, tips["b"][1].hex()))
        assert second.tips == (("B", 0, tips["B"][0].hex()), ("a", 2, tips["a"][2].hex()))
        for head, previous in ((first, ""), (second, first.digest)):
            lines = "".join(f"{number} {seq} {tip}\n" for number, seq, tip in head.tips)
            assert head.digest == sha256(f"{previous}\n{lines}".encode()).hexdigest()
        assert [head[:3] for head in (first, second)] == [(0, 10, ""), (1, 12, first.digest)]
        assert (store.heads(HERE), store.heads(THERE)) == ((first, second), ())

    def test_sealing_while_others_write_and_seal(self, store: Store, other: Store) -> None:
        """Seals follow each other, none goes back, and the last covers all."""
        store.create_many((case(str(number)), log(0)) for number in range(5))

        def write() -> None:
            for seq in range(1, 31):
                for number in range(5):
                    store.append(HERE, str(number), log(seq))

        def keep_sealing(one: Store) -> None:
            while not writing.done():
                one.seal(HERE, 1)

        with ThreadPoolExecutor(3) as pool:
            writing = pool.submit(write)
            list(pool.map(keep_sealing, (store, other)))
            writing.result()
        store.seal(HERE, 2)
        assert_sealed(store)


def assert_sealed(store: Store) -> None:
    chains = {found.case.number: found.hashes for found in store.chained(HERE)}
    sealed: dict[str, int] = {}
    previous = ""
    for position, head in enumerate(store.heads(HERE)):
        assert (head.position, head.previous) == (position, previous)
        for number, seq, tip in head.tips:
            assert sealed.get(number, -1) < seq
            assert chains[number][seq].hex() == tip
            sealed[number] = seq
        previous = head.digest
    assert sealed == {number: len(hashes) - 1 for number, hashes in chains.items()}


FORK = """
import os, sys
sys.path.insert(0, sys.argv[2])
from stores import HERE, NUMBER, case, log
from flowiso.store import open_store
store = open_store(sys.argv[1])
store.create(case(), log(0))
child = os.fork()
opened = [*store._link._cursors._idle, getattr(store._link, "_writer", None)]
assert any(opened) == bool(child), opened
for seq in (range(1, 20, 2) if child else range(2, 20, 2)):
    while len(store.read(HERE, NUMBER)[1]) < seq:
        pass
    store.append(HERE, NUMBER, log(seq))
if child:
    assert os.waitpid(child, 0)[1] == 0
    store.append(HERE, NUMBER, log(20))
store.close()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_process_that_forks(url: str) -> None:
    """A web server that opens its store and then makes its workers: connections are nobody's but the opener's."""
    if url == "memory:":
        return
    process = run(FORK, url, str(Path(__file__).parent))
    process.communicate(timeout=60)
    assert process.returncode == 0
    store = open_store(url)
    assert store.read(HERE, NUMBER)[1] == log(*range(21))
    store.close()


def test_kinds(url: str) -> None:
    assert open_store("memory:").kind == "live"
    store = open_store(url, "simulated")
    assert store.kind == "simulated"
    store.close()


def test_bulk(store: Store) -> None:
    """50,000 lines, with room for a slow machine: 0.5 s and 0.2 s when measured."""
    batch = [(case(str(number)), log(*range(20))) for number in range(2500)]
    start = time.perf_counter()
    store.create_many(batch)
    written = time.perf_counter()
    assert everything(store) == batch
    read = time.perf_counter()
    assert (written - start, read - written) < (10, 10)


@pytest.mark.parametrize("url", ["postgres://x", "mysql:", "kho.db", "", "memory", "Memory:"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(StoreError, match="sqlite:///") as caught:
        open_store(url)
    assert url in caught.value.text.vi
    assert "memory:" in caught.value.text.en


@pytest.mark.parametrize(
    "url", ["sqlite:", "sqlite://kho.db", "sqlite:///", "sqlite:///:memory:", "sqlite:///a?mode=ro"]
)
def test_sqlite_addresses_name_a_file(url: str) -> None:
    with pytest.raises(StoreError, match="sqlite:///"):
        open_store(url)


def test_the_memory_store_needs_no_sqlalchemy() -> None:
    program = (
        "import sys, flowiso.store as s; s.open_store('memory:').reserve('a', 'd'); print('sqlalchemy' in sys.modules)"
    )
    assert run(program).communicate()[0].strip() == "False"


LINES = st.integers(1, 3)
NUMBERS = st.sampled_from(["1", "2", "3", "ă"])
AGENCIES = st.sampled_from([HERE, THERE])
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
MAPPINGS = st.dictionaries(WORDS, WORDS, max_size=2)
MOMENTS = st.integers(-(2**40), 2**40)
BESIDES = st.builds(
    Beside,
    st.sampled_from(["", "", "k1", "k2", "k3"]),
    WORDS,
    st.lists(st.builds(Event, st.integers(0, 9), st.sampled_from(["moved", "late"])), max_size=2).map(tuple),
    st.none() | MAPPINGS,
)
NOTICES = st.builds(Notice, NUMBERS, WORDS, st.sampled_from(["n1", "n2"]), MAPPINGS)


class SameAsMemory(RuleBasedStateMachine):
    """A store against MemoryStore: any operations, the same answers and the same refusals, word for word."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.plain: Store = MemoryStore("simulated")
        self.sql = open_store(self.url, "simulated")

    def both(self, verb: Callable[[Store], Any]) -> None:
        answers = []
        for store in (self.plain, self.sql):
            try:
                answers.append(verb(store))
            except FlowISOError as error:
                answers.append((type(error), error.text))
        assert answers[0] == answers[1]

    def lines(self, draw: st.DataObject, first: int, count: int) -> list[Move]:
        actor, action, step, holder = (draw.draw(WORDS) for _ in range(4))
        moment, note, record = draw.draw(MOMENTS), draw.draw(st.none() | WORDS), draw.draw(st.none() | MAPPINGS)
        return [Move(first + line, moment + line, actor, action, step, holder, note, record) for line in range(count)]

    def following(self, agency: str, number: str) -> int:
        try:
            return len(self.plain.read(agency, number)[1])
        except UnknownDossier:
            return 0

    @rule(
        agency=AGENCIES,
        number=NUMBERS,
        first=st.sampled_from([0, 0, 0, 1]),
        count=st.integers(0, 3),
        beside=BESIDES,
        draw=st.data(),
    )
    def create(self, agency: str, number: str, first: int, count: int, beside: Beside, draw: st.DataObject) -> None:
        moves = self.lines(draw, first, count)
        self.both(lambda store: store.create(case(number, agency), moves, beside))

    @rule(keys=st.lists(st.tuples(AGENCIES, NUMBERS), max_size=3), draw=st.data())
    def create_many(self, keys: list[tuple[str, str]], draw: st.DataObject) -> None:
        batch = [(case(number, agency), self.lines(draw, 0, 2)) for agency, number in keys]
        self.both(lambda store: store.create_many(batch))

    @rule(
        agency=AGENCIES,
        number=NUMBERS,
        shift=st.sampled_from([0, 0, 0, -1, 1]),
        count=LINES,
        beside=BESIDES,
        draw=st.data(),
    )
    def append(self, agency: str, number: str, shift: int, count: int, beside: Beside, draw: st.DataObject) -> None:
        moves = self.lines(draw, self.following(agency, number) + shift, count)
        self.both(lambda store: store.append(agency, number, moves, beside))

    @rule(agency=AGENCIES, numbers=st.lists(NUMBERS, max_size=3), draw=st.data())
    def append_many(self, agency: str, numbers: list[str], draw: st.DataObject) -> None:
        batch = [
            Lines(number, self.lines(draw, self.following(agency, number), draw.draw(LINES)), draw.draw(BESIDES))
            for number in numbers
        ]
        self.both(lambda store: store.append_many(agency, batch))

    @rule(agency=AGENCIES, day=st.sampled_from(["210914", "210915"]))
    def reserve(self, agency: str, day: str) -> None:
        self.both(lambda store: store.reserve(agency, day))

    @rule(agency=AGENCIES, until=MOMENTS)
    def until(self, agency: str, until: int) -> None:
        self.both(lambda store: everything(store, agency, until))

    @rule(agency=AGENCIES, number=NUMBERS, people=MAPPINGS)
    def people(self, agency: str, number: str, people: dict[str, str]) -> None:
        self.both(lambda store: store.keep_person(agency, number, people))

    @rule(agency=AGENCIES, notices=st.lists(NOTICES, max_size=3))
    def notify(self, agency: str, notices: list[Notice]) -> None:
        self.both(lambda store: store.notify(agency, notices))

    @rule(agency=AGENCIES, count=st.integers(0, 3))
    def deliver(self, agency: str, count: int) -> None:
        self.both(lambda store: store.delivered(agency, [row.id for row in store.outbox(agency, 9)][:count], 5))

    @rule(agency=AGENCIES, at=MOMENTS)
    def seal(self, agency: str, at: int) -> None:
        self.both(lambda store: store.seal(agency, at))

    @rule(before=st.sampled_from([0, 2**40]))
    def forget(self, before: int) -> None:
        self.both(lambda store: store.forget_keys(before))

    @rule()
    def reopen(self) -> None:
        self.sql.close()
        self.sql = open_store(self.url, "live", create=False)

    @rule(agency=AGENCIES)
    def look(self, agency: str) -> None:
        self.both(lambda store: [found[:3] for found in store.chained(agency)])
        self.both(lambda store: plain(store.outbox(agency)) + plain(store.events(agency)))
        self.both(lambda store: store.heads(agency))
        for key in ("k1", "k2", "k3"):
            self.both(lambda store: store.answered(agency, key))  # noqa: B023
        for number in ("1", "2", "ă"):
            self.both(lambda store: store.read(agency, number))  # noqa: B023
            self.both(lambda store: store.person(agency, number))  # noqa: B023

    def teardown(self) -> None:
        self.both(lambda store: store.kind)
        for agency in (HERE, THERE):
            self.look(agency)
            self.both(lambda store: everything(store, agency))  # noqa: B023
        self.sql.close()


def same_as_memory(url: Callable[[], str], examples: int, steps: int) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        lambda: SameAsMemory(url()),
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )  # fmt: skip


def test_sqlite_does_what_memory_does(tmp_path: Path) -> None:
    names = count()
    same_as_memory(lambda: url_of(tmp_path / f"{next(names)}.db"), 40, 20)


@pytest.mark.parametrize("kind", KINDS[2:])
def test_postgresql_does_what_memory_does(schemas: Callable[[str], Schemas], kind: str) -> None:
    same_as_memory(schemas(kind).fresh, 15, 20)
