"""A dossier whose flow version is gone holds up nobody else, and is never passed over in silence (DOS311, R92, R126)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from offices import at as when
from walks import agency

from flowiso import migrating
from flowiso.app import Agency
from flowiso.engine import Engine
from flowiso.errors import UnknownFlow
from flowiso.integrity import incomplete
from flowiso.model import MIGRATE, Finding, Move
from flowiso.store import open_store
from flowiso.verify import verify_store
from flowiso.worktime import instant

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'mot-cua.db'}"


@pytest.fixture
def whole(url: str) -> Engine:
    """The agency with all its flows: three dossiers of LTHH-17, then one of LTHH-13, each with ha.qltm."""
    engine = Engine(agency(), open_store(url), allow_draft=True)
    for code in ("LTHH-17", "LTHH-17", "LTHH-17", "LTHH-13"):
        hs = engine.receive(code, by="lan.vp", at=when("14/09 08:00"))
        engine.move(hs, "chuyen", by="lan.vp", to="ha.qltm", at=when("14/09 09:00"))
    return engine


@pytest.fixture
def left(whole: Engine, one_flow: Path) -> Engine:
    """The same store, with the flow file gone."""
    return Engine(Agency.load(one_flow), whole.store, allow_draft=True)


def numbers(engine: Engine, code: str) -> list[str]:
    return [case.number for case, _ in engine.store.logs(engine.agency) if case.code == code]


def test_watching_goes_on_and_says_so(whole: Engine, left: Engine) -> None:
    """DOS311 names dossier, flow, version and what to do; the others are watched as ever."""
    before = whole.watch(at=when("30/12 08:00"))
    after = left.watch(at=when("30/12 08:00"))
    gone, others = [one for one in after if one.code == "DOS311"], [one for one in after if one.code != "DOS311"]
    assert [one.dossier for one in gone] == numbers(left, "LTHH-17")
    for one in gone:
        assert (one.name, one.level, one.holder) == ("unreadable", "error", "ha.qltm")
        assert "LTHH-17 lần 1" in one.message.vi
        assert "hãy khôi phục tệp lưu đồ của lần 1" in one.message.vi
        assert "restore the flow file of version 1" in one.message.en
    (running,) = numbers(left, "LTHH-13")
    assert others == [one for one in before if one.dossier == running]
    assert others


def test_verifying_says_the_same(left: Engine) -> None:
    """One wording for both: `flowiso verify` and `flowiso watch`."""
    told = {one.dossier: one.message for one in left.watch(at=when("14/09 10:00")) if one.code == "DOS311"}
    found = verify_store(left.flows, left.store).findings
    assert {one.dossier: one.message for one in found if one.code == "DOS311"} == told


def test_the_outbox_goes_on(whole: Engine, left: Engine) -> None:
    """R126: events of what can't be read wait for their flow, hold up no others behind them, and are none the less owed."""
    (running,) = numbers(left, "LTHH-13")
    assert [one.envelope["subject"] for one in left.outbox(limit=2)] == [running, running]
    letters = left.outbox()
    left.delivered(letters, when("14/09 10:00"))
    assert left.outbox() == ()
    assert {one.envelope["subject"] for one in whole.outbox()} == set(numbers(left, "LTHH-17"))


def test_leaders_are_told_once(left: Engine) -> None:
    """R126: nobody can watch it, so the department's leaders are told, each once for ever; the others' warnings go out too."""
    told = left.notify(when("29/10 08:00"))
    gone = [one for one in told if one.data["code"] == "DOS311"]
    assert {one.number for one in gone} == set(numbers(left, "LTHH-17"))
    assert "quang.lds" in {one.data["to"] for one in gone}
    assert {one.number for one in told} - {one.number for one in gone} == set(numbers(left, "LTHH-13"))
    assert left.notify(when("30/10 08:00")) == ()
    assert "vn.flowiso.notice.unreadable" in {one.envelope["type"] for one in left.outbox()}


def test_handing_over_the_rest(left: Engine) -> None:
    """R128: what can be read goes to the new holder, what can't stays, each with the reason."""
    done = left.hand_over("ha.qltm", by="quang.lds", to="vinh.qltm", note="chuyển công tác", at=when("15/09 08:00"))
    assert [one.number for one in done.moved] == numbers(left, "LTHH-13")
    assert [(number, type(error)) for number, error in done.refused] == [
        (number, UnknownFlow) for number in numbers(left, "LTHH-17")
    ]
    named = numbers(left, "LTHH-17")[:1]
    again = left.hand_over("ha.qltm", by="quang.lds", to="vinh.qltm", note="x", at=when("15/09 09:00"), numbers=named)
    assert [number for number, _ in again.refused] == named


def test_one_that_is_missing_is_one(left: Engine) -> None:
    gone = next(one for one in left.watch(at=when("14/09 10:00")) if one.code == "DOS311")
    assert incomplete([gone]).text.en.startswith("1 dossier can't be read")


@pytest.mark.parametrize("ask", [lambda engine: engine.stats(2021), lambda engine: engine.faults(when("30/12 08:00")),
                                 lambda engine: engine.misroutes(when("30/12 08:00"))])  # fmt: skip
def test_no_figure_without_them(left: Engine, ask: Callable[[Engine], object]) -> None:
    """R92, R110: figures that silently miss a dossier are worse than none: the error names every one, and what to do."""
    with pytest.raises(UnknownFlow) as raised:
        ask(left)
    assert raised.value.text.vi.startswith("3 hồ sơ không đọc được nên số liệu sẽ thiếu: ")
    assert all(number in raised.value.text.vi for number in numbers(left, "LTHH-17"))
    assert "hãy khôi phục tệp lưu đồ của lần 1" in raised.value.text.vi


def test_figures_of_the_years_before_it_came(left: Engine) -> None:
    """R92: what wasn't there by then is no part of those figures, and holds up none."""
    assert left.stats(2020).counts.total == 0


def gone_over(whole: Engine) -> str:
    """The dossier of LTHH-13, whose log says that it went over to a version 7, which isn't there."""
    (running,) = numbers(whole, "LTHH-13")
    record = {"version": "7", "step": "thu-ly"}
    line = Move(3, instant(when("14/09 11:00")), "quang.lds", MIGRATE, "thu-ly", "ha.qltm", "lần mới", record)
    _, moves = whole.store.read(whole.agency, running)
    whole.store.append(whole.agency, running, [line._replace(seq=len(moves))])
    return running


def test_no_migration_of_what_is_on_a_version_that_is_gone(whole: Engine) -> None:
    """R65: where it is can't be told, so nothing is planned for its procedure; that of others goes on."""
    gone_over(whole)
    with pytest.raises(UnknownFlow, match="lần 7"):
        migrating.dossiers(whole.flows, whole.store, "LTHH-13")
    assert [one.number for one in migrating.dossiers(whole.flows, whole.store, "LTHH-17")] == numbers(whole, "LTHH-17")


def test_a_version_it_went_over_to_is_gone(whole: Engine) -> None:
    """R65: it can't be read by the version it left behind, where its steps mean something else."""
    running = gone_over(whole)
    unread: list[Finding] = []
    assert running not in [life.case.number for _, life in whole.lives(when("15/09 08:00"), unread)]
    assert [one.dossier for one in unread] == [running]
    assert "lần 7" in unread[0].message.vi
    assert running in [life.case.number for _, life in whole.lives(when("14/09 10:00"), [])]


def test_on_the_board(left: Engine, url: str, one_flow: Path, call: Call) -> None:
    """R126: named on the board, in JSON and in the table; exit 1, also when nothing else needs anybody."""
    gone = numbers(left, "LTHH-17")
    words = ("watch", "--flows", one_flow, "--store", url, "--at", "2021-09-14 09:30")
    code, out, err = call(*words)
    assert (code, err) == (1, "")
    assert "3 hồ sơ không đọc được:" in out
    assert all(f"■ {number}  hồ sơ theo LTHH-17 lần 1 nên không đọc được" in out for number in gone)
    told = json.loads(call(*words, "--format", "json")[1])
    assert [(one["number"], one["code"], one["name"]) for one in told["unread"]] == [
        (number, "DOS311", "unreadable") for number in gone
    ]
    rows = list(csv.DictReader(io.StringIO(call(*words, "--format", "csv")[1].lstrip("\ufeff"))))
    assert [row["Mã hồ sơ"] for row in rows if row["Tình trạng"] == "không đọc được"] == gone
    code, out, err = call("report", "--flows", one_flow, "--store", url, "--year", "2021")
    assert (code, out) == (2, "")
    assert "3 hồ sơ không đọc được" in err
