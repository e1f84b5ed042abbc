"""`flowiso verify`: what an engine wrote is right, what it can't have written is found (I2 to I9), and rubbish breaks nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cases import IN_TIME, ORG, Log, flow, plain, table
from histories import history
from hypothesis import given, settings
from hypothesis import strategies as st
from tampers import HERE, lived, rehashed
from walks import agency

from flowiso import chain
from flowiso.calendar import Calendar
from flowiso.engine import Engine
from flowiso.machine import compile_flow
from flowiso.model import DOSSIER_CODES, Case, Delegation, Finding, Move
from flowiso.ports import Chained
from flowiso.simulate import Scenario, Year
from flowiso.simulate.scenario import Arrivals
from flowiso.simulate.tour import tour
from flowiso.store import MemoryStore, open_store
from flowiso.verify import verify, verify_store

Call = Callable[..., tuple[int, str, str]]


def stored(case: Case, moves: Sequence[Move]) -> Chained:
    """A log as a store keeps it, written the moment it tells."""
    return rehashed(Chained(case, (), (), ()), moves)._replace(recorded=tuple(move.at for move in moves))


def judged(log: Log, calendar: Calendar, *moves: Move) -> tuple[Finding, ...]:
    """What is wrong with a log, or with these lines in its place."""
    return verify(stored(log.case, moves or log.moves), log.table, calendar)


def named(findings: Sequence[Finding]) -> list[tuple[str, int | None, str]]:
    """Level, line and name."""
    return [(finding.level, finding.line, finding.name) for finding in findings]


@cache
def year() -> MemoryStore:
    """A simulated year, small."""
    store = MemoryStore("simulated")
    store.create_many(Year(agency(), Scenario(arrivals=Arrivals(dossiers=400)), 7).run().logs)
    return store


class TestWhatIsRight:
    def test_simulated_year_has_no_errors(self) -> None:
        """Hand-overs to wrong accounts are warnings: they happened (R123)."""
        done = verify_store(agency(), year())
        assert done.dossiers >= 400
        assert done.lines > 10 * 400
        assert {finding.level for finding in done.findings} <= {"warning"}

    def test_toured_flows_have_no_findings(self) -> None:
        store = MemoryStore("simulated")
        flows = [agency().find(code, date(2021, 9, 14)) for code in ("LTHH-13", "DIEN-09")]
        store.create_many((one.case, one.moves) for toured in tour(agency(), flows) for one in toured.dossiers)
        assert verify_store(agency(), store).findings == []

    @pytest.mark.parametrize("seed", range(6))
    def test_live_store_has_no_findings(self, seed: int) -> None:
        """Everything an engine does, forced hand-overs and clocks that jump back too; events and all. The lines are of 2021."""
        store = MemoryStore()
        lived(store, 5, seed)
        found = verify_store(agency(), store).findings
        assert {finding.code for finding in found} == {"DOS309"}

    @pytest.mark.parametrize("seed", range(120))
    def test_random_histories_have_no_errors(self, seed: int) -> None:
        """Lenient ones with pauses, corrections, silence and withdrawals: due dates and ledgers come out twice (I6, I7)."""
        told = history(seed)
        case = Case(HERE, "1", told.table.flow.code, told.table.flow.version, "online")
        found = verify(stored(case, told.moves), told.table, agency().calendar)
        assert [finding for finding in found if finding.level == "error"] == []

    def test_acts_on_behalf(self, calendar: Calendar) -> None:
        """R127: who acts under a delegation is on record; without the word the line isn't the engine's."""
        given = Delegation("an", "chi", date(2021, 9, 1), date(2021, 10, 1), "QĐ 5")
        lent = compile_flow(flow(), ORG._replace(delegations=(given,)))
        log = Log(lent, calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
        log.move("14/09 10:00", "sep", "chuyen", "an").confirm("14/09 11:00", "an").move(
            "14/09 12:00", "chi", "chuyen", "sep"
        )
        assert log.moves[-1].record == {"behalf": "an"}
        assert judged(log, calendar) == ()
        bare = log.moves[-1]._replace(record=None)
        assert named(judged(log, calendar, *log.moves[:-1], bare)) == [("error", bare.seq, "other-line")]


def bent(log: Log, seq: int, **changes: Any) -> list[Move]:
    """The lines of a log, one of them changed."""
    return [move._replace(**changes) if move.seq == seq else move for move in log.moves]


class TestWhatCannotBe:
    """Lines with right hashes that no engine writes, in a log of eight: 0 receive, 1 chuyen, 2 confirm, 3 chuyen, 4 confirm..."""

    @pytest.fixture
    def log(self, calendar: Calendar) -> Log:
        return plain(table(), calendar, IN_TIME)

    def test_the_log_itself_is_right(self, log: Log, calendar: Calendar) -> None:
        assert [move.action for move in log.moves] == ["receive", *["chuyen", "confirm"] * 3, "chuyen"]
        assert judged(log, calendar) == ()

    @pytest.mark.parametrize(
        ("seq", "changes", "expected"),
        [
            (3, {"action": "bay-len"}, "no-such-arrow"),
            (3, {"action": "thieu"}, "no-such-arrow"),
            (3, {"at": 1}, "time-goes-back"),
            (3, {"actor": "binh"}, "not-entitled"),
            (3, {"step": "ky"}, "other-line"),
            (3, {"holder": "ma"}, "unknown-account"),
            (2, {"holder": "an"}, "other-line"),
            (3, {"record": {"forced": "DOS202"}}, "other-line"),
            (3, {"record": {"behalf": "an"}}, "other-line"),
            (3, {"record": {"told": "2021-09-30T09:00:00+07:00"}}, "other-line"),
            (3, {"record": {"told": "hôm qua"}}, "other-line"),
            (3, {"record": {"late": "no"}}, "other-line"),
            (3, {"record": {"until": 5}}, "unreadable"),
            (3, {"record": ["until"]}, "unreadable"),
            (3, {"at": 2**40}, "unreadable"),
            (3, {"at": "hôm qua"}, "unreadable"),
            (3, {"at": 2**34}, "unreadable"),
            (0, {"action": "chuyen"}, "no-such-arrow"),
            (0, {"actor": "an", "holder": "an"}, "not-entitled"),
            (0, {"step": "ky"}, "other-line"),
        ],
    )
    def test_changed_line(self, log: Log, calendar: Calendar, seq: int, changes: dict[str, Any], expected: str) -> None:
        """I3: each is told with its line."""
        found = judged(log, calendar, *bent(log, seq, **changes))
        assert named(found)[0] == ("error", seq, expected)
        assert DOSSIER_CODES[found[0].code] == expected
        assert str(seq) in found[0].message.vi

    def test_missing_confirmation(self, log: Log, calendar: Calendar) -> None:
        """R122: a receiver's first act has a confirmation before it."""
        rest = [move._replace(seq=seq) for seq, move in enumerate(move for move in log.moves if move.seq != 2)]
        assert named(judged(log, calendar, *rest)) == [("error", 2, "other-line")]

    def test_time_has_not_run_out(self, calendar: Calendar) -> None:
        """R74: silence is taken by the system at the due moment alone."""
        log = Log(table(silence=True), calendar, "14/09 08:00").settle("30/09 08:00")
        assert judged(log, calendar) == ()
        early = log.moves[-1]._replace(at=log.moves[-1].at - 60)
        assert named(judged(log, calendar, log.moves[0], early)) == [("error", 1, "no-such-arrow")]
        person = log.moves[-1]._replace(actor="lan")
        assert named(judged(log, calendar, log.moves[0], person))[0][:2] == ("error", 1)

    def test_what_was_let_through_is_a_warning(self, calendar: Calendar) -> None:
        """on_misroute="record": a hand-over to another division, an account that is gone, a letter without words."""
        log = Log(table(), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
        log.move("14/09 10:00", "sep", "chuyen", "chi").move("14/09 11:00", "chi", "reassign", "an")
        log.move("14/09 12:00", "an", "bo-sung", "lan")
        assert named(judged(log, calendar)) == [("warning", 3, "wrong-division"), ("warning", 6, "incomplete")]

    def test_nothing_is_looked_at_behind_an_error(self, log: Log, calendar: Calendar) -> None:
        lines = bent(log, 3, actor="binh")
        lines[5] = lines[5]._replace(actor="binh")
        assert named(judged(log, calendar, *lines)) == [("error", 3, "not-entitled")]


class TestTimes:
    """I8: both clocks. Only ever warnings, and only in live stores."""

    def times(self, calendar: Calendar, *recorded: int, live: bool = True) -> list[tuple[str, int | None, str]]:
        log = Log(table(), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
        kept = stored(log.case, log.moves)
        kept = kept._replace(recorded=tuple(map(sum, zip(kept.recorded, recorded, strict=True))))
        return named(verify(kept, log.table, calendar, live=live))

    def test_within_the_tolerance(self, calendar: Calendar) -> None:
        assert self.times(calendar, -300, 86_400) == []

    def test_ahead_of_the_database(self, calendar: Calendar) -> None:
        assert self.times(calendar, -301, 0) == [("warning", 0, "back-dated")]

    def test_back_dated(self, calendar: Calendar) -> None:
        """R129: a line of yesterday that was written today."""
        assert self.times(calendar, 0, 86_401) == [("warning", 1, "back-dated")]
        assert self.times(calendar, 0, 86_401, live=False) == []

    def test_the_database_goes_back(self, calendar: Calendar) -> None:
        assert self.times(calendar, 4_000, 0) == [("warning", 1, "time-goes-back")]

    def test_what_time_did_is_written_when_somebody_looks(self, calendar: Calendar) -> None:
        log = Log(table(silence=True), calendar, "14/09 08:00").settle("30/09 08:00")
        kept = stored(log.case, log.moves)
        late = kept._replace(recorded=(kept.recorded[0], kept.recorded[1] + 30 * 86_400))
        assert verify(late, log.table, calendar) == ()


class TestOutbox:
    """I5: the outbox is what the log owes, one each."""

    @pytest.fixture
    def engine(self) -> Engine:
        return lived(MemoryStore(), 3, 5)

    def faults(self, engine: Engine, change: Callable[[list[Any]], object]) -> list[tuple[str | None, int | None]]:
        """Dossiers and lines told of once the rows are changed."""
        store = engine.store
        assert isinstance(store, MemoryStore)
        change(store._outgoing)
        found = verify_store(agency(), store).findings
        return [(finding.dossier, finding.line) for finding in found if finding.code == "DOS308"]

    def test_row_is_gone(self, engine: Engine) -> None:
        row = next(engine.store.events(HERE))
        assert self.faults(engine, lambda rows: rows.pop(0)) == [(row.number, row.seq)]

    def test_row_too_many(self, engine: Engine) -> None:
        row = next(engine.store.events(HERE))
        assert self.faults(engine, lambda rows: rows.append(rows[0])) == [(row.number, row.seq)]

    def test_row_of_another_type(self, engine: Engine) -> None:
        row = next(engine.store.events(HERE))
        wrong = HERE, row._replace(type="resolved")
        assert self.faults(engine, lambda rows: rows.__setitem__(0, wrong)) == [(row.number, row.seq)]

    def test_row_of_no_dossier(self, engine: Engine) -> None:
        wrong = HERE, next(engine.store.events(HERE))._replace(number="khong-co", seq=4)
        assert self.faults(engine, lambda rows: rows.append(wrong)) == [("khong-co", 4)]

    def test_written_to_meanwhile(self) -> None:
        """A line that came after the look at the outbox owes no fault: it is looked at again."""
        store = Hurried()
        engine = lived(store, 2, 5)
        store.hurry = lambda: engine.receive("LTHH-13", by="lan.vp") and None
        found = verify_store(agency(), store).findings
        assert {finding.code for finding in found} == {"DOS309"}
        assert store.hurry is None


class Hurried(MemoryStore):
    """A store in which somebody writes just after its outbox was read."""

    hurry: Callable[[], None] | None = None

    def events(self, agency: str) -> Any:
        rows = list(super().events(agency))
        if self.hurry is not None:
            act, self.hurry = self.hurry, None
            act()
        return iter(rows)


class TestRubbish:
    """Whatever stands in the store, it is a finding."""

    def test_unknown_flow_and_version(self) -> None:
        store = MemoryStore()
        for number, code, version in (("1", "XXX-99", 1), ("2", "LTHH-13", 77)):
            store.create(
                Case(HERE, number, code, version, "online"), [Move(0, 1_631_581_200, "lan.vp", "receive", "x", "y")]
            )
        found = verify_store(agency(), store).findings
        assert [finding.code for finding in found if finding.level == "error"] == ["DOS311", "DOS311"]

    def test_version_not_in_force(self) -> None:
        """R65: another version than that of the day of receipt is told: it may have another term."""
        old = Engine(Older(), MemoryStore("live"), allow_draft=True)
        live = lived(MemoryStore(), 1, 3)
        found = verify_store(old.flows, live.store).findings
        assert ("warning", 0, "other-line") in named(found)

    @settings(max_examples=150, deadline=None)
    @given(st.data())
    def test_any_value_anywhere(self, data: st.DataObject) -> None:
        """Nothing is raised, and a changed line is an error."""
        kept = next(log for log in year().chained(HERE) if len(log.moves) > 6)
        seq = data.draw(st.integers(0, len(kept.moves) - 1))
        column = data.draw(st.sampled_from(Move._fields[1:]))
        texts = st.text() | st.sampled_from(["\ud800", "9" * 5_000, "\x00", "2021-02-31"])
        values = (
            st.none() | st.integers() | st.floats() | texts | st.dictionaries(texts, texts | st.integers(), max_size=3)
        )
        value = data.draw(values | st.fixed_dictionaries({"version": texts, "until": texts, "told": texts}))
        if value == getattr(kept.moves[seq], column):
            return
        moves = [move._replace(**{column: value}) if move.seq == seq else move for move in kept.moves]
        flow_table = agency().table(kept.case.code, kept.case.version, 2021)
        found = verify(kept._replace(moves=tuple(moves)), flow_table, agency().calendar)
        assert ("DOS305", seq) in [(finding.code, finding.line) for finding in found]
        try:
            again = rehashed(kept, moves)
        except (UnicodeEncodeError, TypeError, ValueError):
            return
        verify(again, flow_table, agency().calendar)

    def test_heads_that_cannot_be_read(self) -> None:
        store = Scribbled()
        lived(store, 1, 3)
        assert "DOS307" in {finding.code for finding in verify_store(agency(), store).findings}


class Scribbled(MemoryStore):
    """A store whose seals somebody wrote into."""

    def heads(self, agency: str) -> Any:
        raise ValueError("Expecting value: line 1 column 1 (char 0)")


class Older:
    """The shipped flows, each said to have been in its second version."""

    def __getattr__(self, name: str) -> Any:
        return getattr(agency(), name)

    def find(self, code: str, on: date) -> Any:
        return agency().find(code, on)._replace(version=2)


class TestCommand:
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        url = f"sqlite:///{tmp_path / 'kho.db'}"
        store = open_store(url)
        lived(store, 2, 3)
        store.close()
        return url

    def test_text(self, call: Call, url: str) -> None:
        code, out, _ = call("verify", "--store", url)
        assert code == 1
        assert out.splitlines()[0].startswith(
            "000.00.19.H19-210914-0001:0: DOS309 back-dated: cảnh báo: dòng 0 ghi lùi ngày"
        )
        assert out.splitlines()[-1].startswith("2 hồ sơ, ")

    def test_only_errors(self, call: Call, url: str) -> None:
        code, out, err = call("verify", "--store", url, "--level", "error", "--lang", "en")
        assert (code, err[:5] if err else "") == (0, "using"[: len(err)])
        assert "nothing wrong (" in out
        assert "not shown" in out

    def test_json_of_one_dossier(self, call: Call, url: str) -> None:
        code, out, _ = call("verify", "--store", url, "--dossier", "000.00.19.H19-210914-0001", "--format", "json")
        told = json.loads(out)
        assert (code, told["dossiers"], told["simulated"], told["seals"], told["kept"]) == (1, 1, False, 0, 0)
        assert told["lines"] == len(told["findings"]) > 1
        assert {row["code"] for row in told["findings"]} == {"DOS309"}

    def test_unknown_dossier(self, call: Call, url: str) -> None:
        code, _, err = call("verify", "--store", url, "--dossier", "khong-co")
        assert code == 2
        assert "không có hồ sơ khong-co" in err

    def test_no_store(self, call: Call, tmp_path: Path) -> None:
        assert call("verify", "--store", f"sqlite:///{tmp_path / 'khong-co.db'}")[0] == 2

    def test_store_is_not_written_to(self, call: Call, url: str) -> None:
        """Verifying leaves the file as it was."""
        file = Path(url.removeprefix("sqlite:///"))
        before = file.read_bytes()
        call("verify", "--store", url)
        assert file.read_bytes() == before


def test_tips_are_hashes_of_lines() -> None:
    """What `chain` computes is what verify holds against: a line is its eight fields."""
    case, move = (
        Case("a", "n", "C-1", 1, "online"),
        Move(0, 5, "x", "receive", "s", "x", "ghi chú", {"b": "2", "a": "1"}),
    )
    text = '[0,5,"x","receive","s","x","ghi chú",{"a":"1","b":"2"}]'
    from hashlib import sha256

    first = sha256(b'["a","n","C-1",1,"online"]').digest()
    assert chain.link(chain.begin(case), move) == sha256(first + text.encode()).digest()
