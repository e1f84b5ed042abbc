"""`flowiso watch`: what a head of division reads in the morning, and what a script makes of it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from offices import at as when
from walks import agency

from flowiso.engine import Engine
from flowiso.model import APPLICANT, BOUNCE, PAUSE, RESUME
from flowiso.simulate import Scenario, simulate
from flowiso.simulate.scenario import Arrivals
from flowiso.store import open_store
from flowiso.text import nfc

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def watched(call: Call, one_flow: Path) -> Call:
    """`flowiso watch` of that agency."""
    return lambda *words: call("watch", "--flows", one_flow, *words)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Four dossiers of 14/09: one with the examiner, one bounced, one not confirmed, one handed out."""
    address = f"sqlite:///{tmp_path / 'mot-cua.db'}"
    store = open_store(address)
    engine = Engine(agency(), store, allow_draft=True)
    for to in ("mai.qltm", "hung.qltm"):
        hs = engine.receive("LTHH-13", by="lan.vp", at=when("14/09 08:00"))
        hs = engine.move(hs, "chuyen", by="lan.vp", to="ha.qltm", at=when("14/09 09:00"))
        hs = engine.move(hs, "chuyen", by="ha.qltm", to=to, at=when("14/09 10:00"))
        engine.move(hs, BOUNCE if to == "hung.qltm" else "confirm", by=to, at=when("14/09 11:00"))
    engine.receive("LTHH-13", by="lan.vp", at=when("14/09 08:00"))
    store.close()
    return address


def test_in_the_morning(watched: Call, url: str) -> None:
    """R126: per officer, the worst first, with a shape and a word for each light, why and what to do; exit 1."""
    code, out, err = watched("--store", url, "--at", "2021-09-29 08:00")
    assert (code, err) == (1, "")
    assert out == nfc(out)
    lines = out.splitlines()
    assert lines[0] == "Sở Công Thương tỉnh Đồng Nai - theo dõi hồ sơ lúc 08:00 Thứ Tư 29/09/2021"
    assert lines[1] == "3 hồ sơ đang giải quyết, 0 đã có kết quả chờ trả:"
    assert lines[2].startswith("  ■ 3 quá hạn   ■ 0 bước quá hạn   ▲ 0 sẽ trễ")
    piles = [line for line in lines if line.endswith("1 quá hạn")]
    assert piles == [
        "Ngô Thị Hà (ha.qltm, Phòng Quản lý Thương mại): ■ 1 quá hạn",
        "Nguyễn Thị Lan (lan.vp, Văn phòng Sở): ■ 1 quá hạn",
        "Lý Thị Mai (mai.qltm, Phòng Quản lý Thương mại): ■ 1 quá hạn",
    ]
    assert "  ■ 000.00.19.H19-210914-0001  LTHH-13  [quá hạn]" in out
    assert "hồ sơ đã quá hạn trả Thứ Ba 28/09/2021, đang ở bước này; hãy giải quyết ngay" in out
    assert "bị trả lại" in out
    assert "hãy giao lại đúng người (DOS208)" in out


def test_nothing_to_do(watched: Call, url: str) -> None:
    """Exit 0 and one plain sentence; --light all shows what is green as well, and that is no reason to worry."""
    code, out, _ = watched("--store", url, "--at", "14/09/2021 08:30", "--lang", "en")
    assert (code, out.splitlines()[-1]) == (0, "Nothing needs anybody's attention.")
    code, out, _ = watched("--store", url, "--at", "14/09/2021 08:30", "--light", "all")
    assert (code, out.count("● 000.00.19.H19")) == (0, 3)
    assert "chưa có" not in out
    assert watched("--store", url, "--at", "13/09/2021 08:30")[0] == 0


def test_as_things_stood(watched: Call, url: str) -> None:
    """R92: only the log up to --at counts; the bounce at 11:00 is unknown at 10:30."""
    assert "DOS208" not in watched("--store", url, "--at", "2021-09-14 10:30", "--light", "all")[1]
    assert "DOS208" in watched("--store", url, "--at", "2021-09-14 11:00")[1]


def test_lights_asked_for(watched: Call, url: str) -> None:
    """--light red leaves out what is only soon due; --due-within says what soon is."""
    assert watched("--store", url, "--at", "2021-09-14 11:00", "--light", "red")[0] == 0
    assert watched("--store", url, "--at", "2021-09-14 17:00", "--light", "red")[0] == 1  # the desk is slow
    code, out, _ = watched("--store", url, "--at", "2021-09-24 08:00", "--due-within", "3wd", "--by", "dossier")
    assert code == 1
    assert out.count("DOS103") == 3
    assert "DOS103" not in watched("--store", url, "--at", "2021-09-24 08:00")[1]


def test_by_division_and_by_dossier(watched: Call, url: str) -> None:
    """The same dossiers, grouped otherwise: the name of the holder then stands with each."""
    _, out, _ = watched("--store", url, "--at", "2021-09-29 08:00", "--by", "division")
    assert "Phòng Quản lý Thương mại: ■ 2 quá hạn" in out
    assert "  Lý Thị Mai\n" in out
    _, out, _ = watched("--store", url, "--at", "2021-09-29 08:00", "--by", "dossier")
    assert "Văn phòng Sở" not in out
    assert out.count("■ 000.00.19.H19") == 3


def test_as_json(watched: Call, url: str) -> None:
    """The contract of docs/json.md, in the language chosen."""
    code, out, _ = watched("--store", url, "--at", "2021-09-24 08:00", "--format", "json", "--lang", "en")
    assert code == 1
    found = json.loads(out)
    assert (found["at"], found["simulated"], found["open"]) == ("2021-09-24T08:00:00+07:00", False, 3)
    assert found["counts"]["step_late"] == 3
    assert "notified" not in found
    first = found["dossiers"][0]
    assert (first["number"], first["mark"], first["light"], first["step_light"]) == (
        "000.00.19.H19-210914-0001", "step_late", "green", "red",
    )  # fmt: skip
    assert first["due"] == first["due_current"] == "2021-09-28T17:00:00+07:00"
    assert first["left_minutes"] == 23 * 60 + 30
    assert first["findings"][0]["code"] == "DOS102"
    assert "is behind at step" in first["findings"][0]["message"]


def test_as_csv(watched: Call, url: str) -> None:
    """A table for a spreadsheet: a header in the language, a dossier on a row."""
    code, out, _ = watched("--store", url, "--at", "2021-09-29 08:00", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out.removeprefix("\ufeff"))))
    assert (code, len(rows), rows[0]["Mã hồ sơ"]) == (1, 3, "000.00.19.H19-210914-0001")
    assert rows[0]["Tình trạng"] == "quá hạn"
    assert rows[0]["Hẹn lại"] == ""
    assert rows[0]["Phòng"] == "Phòng Quản lý Thương mại"
    assert "DOS101 hồ sơ đã quá hạn trả" in rows[0]["Vì sao, cần làm gì"]


def test_notify(watched: Call, url: str) -> None:
    """R126: puts what is due into the outbox and says how many are new; a second time there are none."""
    code, _, err = watched("--store", url, "--at", "2021-09-29 08:00", "--notify")
    assert code == 1
    count = int(err.split()[0])
    assert count > 0
    assert err == f"{count} thông báo mới trong hộp thư đi\n"
    _, out, err = watched("--store", url, "--at", "2021-09-29 08:00", "--notify", "--format", "json")
    assert (json.loads(out)["notified"], err) == (0, "")
    store = open_store(url, create=False)
    waiting = [row for row in store.outbox(agency().org.agency, 1000) if row.seq is None]
    store.close()
    assert len(waiting) == count


def test_what_cannot_be_done(watched: Call, url: str, tmp_path: Path) -> None:
    """Exit 2 and a sentence: no store, no moment, no working time, a year without a calendar."""
    for words, said in (
        (("--store", f"sqlite:///{tmp_path / 'khong.db'}"), "khong.db"),
        (("--store", url, "--at", "hôm qua"), "Không hiểu thời điểm"),
        (("--store", url, "--at", "2021-09-24", "--due-within", "2d"), "2d"),
        (("--store", url, "--at", "2035-09-24"), "2035"),
    ):
        code, out, err = watched(*words)
        assert (code, out) == (2, ""), words
        assert said in err


def test_a_simulated_year(call: Call, tmp_path: Path) -> None:
    """It says that it is a simulation, and every open dossier is counted once."""
    address = f"sqlite:///{tmp_path / 'nam.db'}"
    store = open_store(address, "simulated")
    store.create_many(simulate(agency(), Scenario(arrivals=Arrivals(dossiers=400)), 1).logs)
    store.close()
    _, out, _ = call("watch", "--store", address, "--at", "2021-06-15 08:00", "--light", "all", "--format", "json")
    found: dict[str, Any] = json.loads(out)
    assert found["simulated"]
    counts = found["counts"]
    assert len(found["dossiers"]) == sum(counts.values())
    assert found["open"] == sum(counts.values()) - counts["waiting"] > 0
    assert "MÔ PHỎNG" in call("watch", "--store", address, "--at", "2021-06-15 08:00")[1]


def test_a_short_pause_of_a_dossier_that_has_ended(watched: Call, tmp_path: Path) -> None:
    """R59, R75: named on the board, in JSON and in the table, exit 1 though nothing else is wrong; not among the red."""
    address, ground = f"sqlite:///{tmp_path / 'mot-cua.db'}", {"ground": "Điều 1"}
    with closing(open_store(address)) as store:
        engine = Engine(agency(), store, allow_draft=True)
        hs = engine.receive("LTHH-13", by="lan.vp", at=when("14/09 08:00"))
        hs = engine.move(hs, "chuyen", by="lan.vp", to="ha.qltm", at=when("14/09 09:00"))
        hs = engine.move(hs, PAUSE, by="ha.qltm", note="chờ", record=ground, at=when("14/09 10:00"))
        hs = engine.move(hs, RESUME, by="ha.qltm", note="xong", at=when("14/09 10:01"))
        engine.move(hs, "rut-ho-so", by=APPLICANT, at=when("14/09 10:05"))
    words = ("--store", address, "--at", "2021-09-15 08:00")
    code, out, err = watched(*words)
    assert (code, err) == (1, "")
    assert "1 lần tạm dừng ngắn làm lùi hạn trả:" in out
    assert f"  ▲ {hs.number}  'ha.qltm' tạm dừng từ" in out
    found = json.loads(watched(*words, "--format", "json")[1])
    assert [(one["number"], one["code"]) for one in found["short_pauses"]] == [(hs.number, "DOS217")]
    assert (found["open"], found["dossiers"], found["counts"]["clock_stands"]) == (0, [], 0)
    (row,) = csv.DictReader(io.StringIO(watched(*words, "--format", "csv")[1].removeprefix("\ufeff")))
    assert (row["Mã hồ sơ"], row["Tình trạng"]) == (hs.number, "tạm dừng ngắn")
    assert watched(*words, "--light", "red")[0] == 0
    assert watched("--store", address, "--at", "2021-09-22 08:00")[0] == 0
