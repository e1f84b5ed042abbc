"""`flowiso faults`: what went wrong, what has to be done next, and what keeps coming back; and the discreet log (R130, R142)."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from offices import at as when
from walks import agency

from flowiso.engine import Engine
from flowiso.library import bundled
from flowiso.model import BOUNCE, COMPLAIN, CONFIRM, FAULT, RATE, REASSIGN
from flowiso.simulate import Scenario, simulate
from flowiso.simulate.scenario import Arrivals
from flowiso.store import open_store
from flowiso.text import nfc

Call = Callable[..., tuple[int, str, str]]
NUMBER = "000.00.19.H19-210914-000"
EARLY, LATER = "2021-09-16 08:00", "2021-10-05 08:00"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two dossiers of 14/09, due on the 28th: one bounced and handled, with a complaint; one handed out in time and rated."""
    address = f"sqlite:///{tmp_path_factory.mktemp('kho') / 'mot-cua.db'}"
    store = open_store(address)
    engine = Engine(agency(), store, allow_draft=True)
    hs = engine.receive("LTHH-13", by="lan.vp", at=when("14/09 08:00"))
    hs = engine.move(hs, "chuyen", by="lan.vp", to="ha.qltm", at=when("14/09 09:00"))
    hs = engine.move(hs, "chuyen", by="ha.qltm", to="hung.qltm", at=when("14/09 10:00"))
    hs = engine.move(hs, BOUNCE, by="hung.qltm", at=when("14/09 11:00"))
    hs = engine.move(hs, REASSIGN, by="ha.qltm", to="mai.qltm", note="đúng người", at=when("14/09 13:30"))
    words = {"of": "misroute", "cause": "wrong_person"}
    hs = engine.move(hs, FAULT, by="ha.qltm", note="hỏi lại", record=words, at=when("15/09 08:00"))
    plan = {"of": "misroute", "action": "=sửa danh sách", "owner": "mai.qltm", "due": "2021-09-24"}
    hs = engine.move(hs, FAULT, by="ha.qltm", note="họp phòng", record=plan, at=when("15/09 09:00"))
    engine.move(hs, COMPLAIN, by="lan.vp", note="chờ lâu", at=when("15/09 10:00"))
    hs = engine.receive("LTHH-13", by="lan.vp", at=when("14/09 08:00"))
    for hour, by, to in (("09", "lan.vp", "ha.qltm"), ("10", "ha.qltm", "mai.qltm"), ("11", "mai.qltm", "ha.qltm")):
        hs = engine.move(hs, "chuyen", by=by, to=to, at=when(f"14/09 {hour}:00"))
    for hour, by, to in (("13", "ha.qltm", "quang.lds"), ("14", "quang.lds", "hanh.vp"), ("15", "hanh.vp", "lan.vp")):
        hs = engine.move(hs, "chuyen", by=by, to=to, at=when(f"14/09 {hour}:30"))
    hs = engine.move(hs, CONFIRM, by="lan.vp", at=when("14/09 16:00"))
    engine.move(hs, RATE, by="lan.vp", note="thái độ tệ", record={"score": "1"}, at=when("14/09 16:30"))
    store.close()
    return address


@pytest.fixture
def faults(call: Call, one_flow: Path, url: str) -> Call:
    """`flowiso faults` of that store."""
    return lambda *words: call("faults", "--flows", one_flow, "--store", url, *words)


def test_what_has_to_be_done(faults: Call) -> None:
    """R130: overdue first, each with what happened, its cause and what to do next; exit 1."""
    code, out, err = faults("--at", LATER)
    assert (code, err) == (1, "")
    assert out == nfc(out)
    lines = out.splitlines()
    assert lines[:3] == [
        "Sở Công Thương tỉnh Đồng Nai - sự không phù hợp lúc 08:00 Thứ Ba 05/10/2021",
        "2 sự không phù hợp: 2 chưa đóng, trong đó 1 quá hạn kiểm tra; 0 lỗi hệ thống chưa đóng",
        "Phản ánh: 1, đã trả lời 0, đúng 0. Đánh giá: 1, quá ít để nêu điểm (R142).",
    ]
    assert lines[4] == f"■ {NUMBER}1 dòng 4  LTHH-13  [chuyển nhầm tài khoản]  14/09/2021  Phòng Quản lý Thương mại"
    assert "'ha.qltm' giao bước" in lines[5]
    assert lines[6] == "    đang khắc phục; nguyên nhân: nhầm người; hành động: =sửa danh sách"
    assert lines[7].startswith("    → hành động của 'mai.qltm' quá hạn Thứ Sáu 24/09/2021")
    assert lines[8].startswith(f"▲ {NUMBER}1  LTHH-13  [trễ hạn]  29/09/2021")
    assert "chưa rõ nguyên nhân; nhật ký gợi ý: " in lines[10]
    assert len(lines) == 12


def test_nothing_pressing(faults: Call) -> None:
    """Exit 0 while the action still has time; as things stood then (R92)."""
    code, out, _ = faults("--at", EARLY, "--lang", "en")
    assert code == 0
    assert "'mai.qltm' has until Friday 24/09/2021, then check whether it worked" in out
    assert "[late]" not in out
    assert faults("--at", "2021-09-13 08:00")[:1] == (0,)


@pytest.mark.parametrize(
    ("by", "titles"),
    [
        ("kind", ["chuyển nhầm tài khoản: 1", "trễ hạn: 1"]),
        ("division", ["Phòng Quản lý Thương mại: 2"]),
        ("cause", ["nhầm người: 1"]),
    ],
)
def test_grouped(faults: Call, by: str, titles: list[str]) -> None:
    """By kind, by division, by cause."""
    out = faults("--at", LATER, "--by", by)[1]
    assert [line for line in out.splitlines() if line in titles] == titles


def test_of_a_year_and_open(faults: Call, call: Call, one_flow: Path, url: str, tmp_path: Path) -> None:
    """--year leaves out what another year opened, --open what is closed."""
    assert "0 sự không phù hợp" in faults("--at", LATER, "--year", "2020")[1]
    copy = f"sqlite:///{shutil.copy(url.removeprefix('sqlite:///'), tmp_path / 'ban-sao.db')}"
    common = ("--store", copy, "--flows", one_flow, "--at", LATER)
    words = ("--record", "of=misroute", "--record", "effect=yes", "--note", "không lặp lại")
    assert call("move", f"{NUMBER}1", FAULT, "--by", "ha.qltm", *words, *common)[0] == 0
    code, out, _ = call("faults", *common)
    assert (code, out.count("○ ")) == (0, 1)
    assert "đã đóng" in out
    assert "○ " not in call("faults", *common, "--open")[1]


def test_refused_in_words(call: Call, one_flow: Path, url: str) -> None:
    """R130: exit 2, and what is open."""
    where = ("--store", url, "--flows", one_flow, "--at", LATER)
    words = ("--by", "ha.qltm", "--note", "xem", "--record", "of=lost", *where)
    code, out, err = call("move", f"{NUMBER}1", FAULT, *words)
    assert (code, out) == (2, "")
    assert "đang mở: misroute line=4, late" in err


def test_as_json(faults: Call) -> None:
    """The contract of docs/json.md: all that was put down, and no single rating (R142)."""
    code, out, _ = faults("--at", LATER, "--format", "json", "--lang", "en")
    found = json.loads(out)
    assert (code, found["counts"]) == (1, {"all": 2, "open": 2, "overdue": 1, "systemic": 0})
    assert found["ratings"] == {"rated": 1, "mean": None}
    assert found["complaints"] == [
        {"dossier": f"{NUMBER}1", "line": 8, "at": "2021-09-15T10:00:00+07:00", "answered_at": None, "founded": None}
    ]
    first: dict[str, Any] = found["nonconformities"][0]
    assert (first["kind"], first["line"], first["status"], first["overdue"]) == ("misroute", 4, "action", True)
    assert (first["cause"], first["owner"], first["due"], first["effect"]) == (
        "wrong_person",
        "mai.qltm",
        "2021-09-24",
        None,
    )
    assert [(line["line"], line["actor"], line["note"]) for line in first["handling"]] == [
        (6, "ha.qltm", "hỏi lại"), (7, "ha.qltm", "họp phòng"),
    ]  # fmt: skip


def test_as_csv(faults: Call) -> None:
    """A row each, no cell a formula."""
    _, out, _ = faults("--at", LATER, "--format", "csv")
    assert out.startswith("\ufeff")
    head, *rows = csv.reader(io.StringIO(out.removeprefix("\ufeff")))
    assert len(rows) == 2
    first = dict(zip(head, rows[0], strict=True))
    assert (first["Loại"], first["Quá hạn"], first["Hành động khắc phục"]) == (
        "chuyển nhầm tài khoản",
        "có",
        "'=sửa danh sách",
    )


def test_systemic_of_a_simulated_year(call: Call, tmp_path: Path) -> None:
    """R130: at the head, by cause and by division, with the dossiers; simulated data says so; exit 1."""
    store = open_store(f"sqlite:///{tmp_path / 'nam.db'}", kind="simulated")
    store.create_many(simulate(agency(), Scenario(arrivals=Arrivals(dossiers=400)), 1).logs)
    store.close()
    words = ("--store", f"sqlite:///{tmp_path / 'nam.db'}", "--flows", bundled(), "--at", "2021-12-31 17:00")
    code, out, _ = call("faults", *words)
    lines = out.splitlines()
    assert (code, lines[1]) == (1, "DỮ LIỆU MÔ PHỎNG - không phải hồ sơ thật")
    assert lines[5].startswith("LỖI HỆ THỐNG: ")
    assert lines[6].startswith("  hồ sơ: ")
    assert "theo nhật ký, chưa ai xác nhận" in lines[7]
    found = json.loads(call("faults", *words, "--format", "json")[1])
    assert found["counts"]["systemic"] == len(found["systemic"]) >= 1
    for spell in found["systemic"]:
        assert spell["times"] == len(spell["members"]) >= 3
        assert (spell["confirmed"], spell["closed"]) == (0, False)


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_rating_is_not_shown(call: Call, one_flow: Path, url: str, form: str) -> None:
    """R142: the log says that it was rated, not how."""
    _, out, _ = call("dossier", f"{NUMBER}2", "--store", url, "--flows", one_flow, "--at", LATER, "--format", form)
    assert "thái độ tệ" not in out
    assert "score" not in out
    assert ("Đánh giá" if form == "text" else '"rate"') in out
