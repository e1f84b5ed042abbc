"""Dossiers in the national portal's field names (domain section 4), and the reconciliation list of R114."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from doors import Door, engine_of

import flowiso
from flowiso.model import REAPPOINT
from flowiso.syncing import DESK, PERSONAL, compared, payload, progress, reconciliation
from flowiso.worktime import TZ

Call = Callable[..., tuple[int, str, str]]
SUPPLEMENT = ("lan chuyen ha", "ha chuyen an", "an bo-sung lan", "lan gui")
ASKED = {
    "MaHoSo", "MaTTHC", "TenTTHC", "MaLinhVuc", "TenLinhVuc", "KenhThucHien", "NgayNopHoSo", "NgayTiepNhan", "NgayHenTra",
    "NgayKetThucXuLy", "NgayTra", "NgayTuChoi", "TrangThaiHoSo", "DonViXuLy", "NoiNopHoSo", "DanhSachHoSoBoSung", *PERSONAL,
}  # fmt: skip
DONE = {
    *("MaHoSo", "NguoiXuLy", "ChucDanh", "ThoiDiemXuLy", "PhongBanXuLy", "NoiDungXuLy", "TrangThai", "NgayBatDau"),
    "NgayKetThucTheoQuyDinh",
}


@pytest.fixture
def door(tmp_path: Path):  # type: ignore[no-untyped-def]
    """A door over a fresh office."""
    with Door(tmp_path, engine_of()).opened() as found:
        yield found


def test_a_dossier_from_receipt_to_return(door: Door) -> None:
    """Every date in its place, as yyyyMMddHHmmss; what isn't there is left out."""
    calendar = door.engine.flows.calendar
    number = door.receive()
    door.go(number, *SUPPLEMENT, "nguoi-nop da-bo-sung an", "an chuyen quang", "quang chuyen hanh", "hanh chuyen lan")
    found = payload(door.engine.dossier(number), calendar, {})
    assert found.keys() <= ASKED
    assert (found["TrangThaiHoSo"], found["NgayTiepNhan"], found["NgayNopHoSo"]) == (
        9,
        "20210914080000",
        "20210914080000",
    )
    assert "NgayTra" not in found
    assert found["NgayKetThucXuLy"] == "20210914160000"
    (again,) = found["DanhSachHoSoBoSung"]
    assert list(again) == ["NgayBoSung", "NgayTiepNhanBoSung", "NgayHenTraTruoc", "NgayHenTraMoi"]
    assert (again["NgayBoSung"], again["NgayTiepNhanBoSung"]) == ("20210914120000", "20210914130000")
    assert again["NgayHenTraMoi"] == found["NgayHenTra"] == f"{door.engine.dossier(number).due:%Y%m%d%H%M%S}"
    door.go(number, "lan xong")
    after = payload(door.engine.dossier(number), calendar, {})
    assert (after["TrangThaiHoSo"], after["NgayTra"]) == (10, "20210914170000")
    assert list(reconciliation(door.engine.dossier(number), calendar))[1:] == []


def test_progress_names_the_officer(door: Door) -> None:
    """R114: each record names who did it, with post, division and due moment; the desk stands in for nobody, notes stay."""
    number = door.receive()
    door.go(number, *SUPPLEMENT)
    rows = progress(door.engine.dossier(number), door.engine.flows.calendar)
    assert all(row.keys() <= DONE for row in rows)
    org = door.engine.flows.org
    assert [row["NguoiXuLy"] for row in rows] == [org.accounts[name].name for name in ("lan", "lan", "ha", "an", "lan")]
    assert [row["TrangThai"] for row in rows] == [2, 4, 4, 4, 5]
    assert rows[3]["ChucDanh"] == "Chuyên viên"
    assert rows[1]["NgayKetThucTheoQuyDinh"] > rows[1]["NgayBatDau"]
    assert "lý do" not in json.dumps(rows, ensure_ascii=False)


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (SUPPLEMENT, 5),
        (("lan chuyen ha", "ha chuyen an", "an nop-phi lan", "lan gui"), 6),
        (("lan chuyen ha", "ha pause"), 8),
    ],
)
def test_what_others_send_as_done(door: Door, lines: tuple[str, ...], code: int) -> None:
    """R114: 5, 6 and 8 stay what they are here; the list tells that others send 9, dated at the request, by the desk."""
    number = door.receive()
    told = door.go(number, *lines, record={"ground": "Luật 1"}) if code == 8 else door.go(number, *lines)
    assert told["status"] == code
    dossier, calendar = door.engine.dossier(number), door.engine.flows.calendar
    assert payload(dossier, calendar, {})["TrangThaiHoSo"] == code
    assert "NgayKetThucXuLy" not in payload(dossier, calendar, {})
    found = {one.field: one for one in reconciliation(dossier, calendar)}
    assert (found["TrangThaiHoSo"].true, found["TrangThaiHoSo"].other) == (code, 9)
    last = f"{dossier.moves[-1].time:%Y%m%d%H%M%S}"
    assert (found["NgayKetThucXuLy"].true, found["NgayKetThucXuLy"].other) == (None, last)
    assert found["NguoiXuLy"].other == DESK
    assert found["NguoiXuLy"].true != DESK


def test_what_is_as_it_is(door: Door) -> None:
    """A dossier that is worked on with a due date differs in nothing but the national code its flow lacks."""
    number = door.receive()
    door.go(number, "lan chuyen ha")
    found = list(reconciliation(door.engine.dossier(number), door.engine.flows.calendar))
    assert [one.field for one in found] == ["MaTTHC"]


def test_a_number_of_elsewhere(door: Door) -> None:
    """R114: a number without the province's prefix is kept and named; nothing is invented."""
    number = door.receive(number="G22.99.08-210914-0007")
    dossier = door.engine.dossier(number)
    assert payload(dossier, door.engine.flows.calendar, {})["MaHoSo"] == number
    found = next(reconciliation(dossier, door.engine.flows.calendar))
    assert (found.field, found.true, found.other) == ("MaHoSo", number, None)


def test_personal_data_only_when_given(door: Door) -> None:
    """R151: the record has the fields of persons only where they are handed over."""
    number = door.receive(people={"owner": "Nguyễn Văn An", "phone": "0912345678"})
    dossier, calendar = door.engine.dossier(number), door.engine.flows.calendar
    assert not PERSONAL.keys() & payload(dossier, calendar, {}).keys()
    found = payload(dossier, calendar, door.engine.person(number, unmasked=True))
    assert (found["ChuHoSo"], found["SoDienThoai"]) == ("Nguyễn Văn An", "0912345678")


def test_comparing_with_the_other_side(door: Door) -> None:
    """By number and field, numbers and texts alike; what only one side has is told, personal data isn't looked at."""
    one, two = door.receive(), door.receive()
    calendar = door.engine.flows.calendar
    records = [payload(door.engine.dossier(number), calendar, {}) for number in (one, two)]
    theirs = {**records[0], "TrangThaiHoSo": "9", "NgayKetThucXuLy": "20210914090000", "ChuHoSo": "X"}
    found = list(compared(records, [theirs, {"MaHoSo": "H19.1-999"}]))
    assert [(line.number, line.field, line.true, line.other) for line in found] == [
        (one, "NgayKetThucXuLy", None, "20210914090000"),
        (one, "TrangThaiHoSo", 2, "9"),
        (two, "MaHoSo", two, None),
        ("H19.1-999", "MaHoSo", None, "H19.1-999"),
    ]
    assert list(compared(records, [record | {"TrangThaiHoSo": "2"} for record in records])) == []
    (twice,) = compared(records, [records[0] | {"TrangThaiHoSo": "9"}, *records])
    assert (twice.number, twice.field, twice.true, twice.other) == (one, "MaHoSo", 1, 2)


def test_the_command(tmp_path: Path, one_flow: Path, call: Call) -> None:
    """A simulated year: every dossier once, codes of the table, what was exported compares equal, faults are exit 2."""
    store = ("--store", f"sqlite:///{tmp_path / 'nam.db'}", "--flows", one_flow)
    assert call("simulate", "--year", "2021", "--dossiers", "40", *store)[0] == 0
    asked = ("sync", *store, "--year", "2021", "--at", "2021-06-30 12:00")
    code, out, _ = call(*asked)
    told = json.loads(out)
    assert (code, told["simulated"]) == (0, True)
    assert 10 < len(told["dossiers"]) <= 40
    assert all(set(one) <= ASKED | {"TienTrinh"} for one in told["dossiers"])
    assert not any(set(one) & set(PERSONAL) for one in told["dossiers"])
    file = tmp_path / "cong.json"
    file.write_text(out)
    assert call(*asked, "--against", file, "--format", "text")[:2] == (0, "không có chỗ nào khác\n")
    told["dossiers"][0]["TrangThaiHoSo"] = 3
    file.write_text(json.dumps(told["dossiers"]))
    code, out, _ = call(*asked, "--against", file, "--format", "json")
    assert (code, [one["field"] for one in json.loads(out)["differences"]]) == (1, ["TrangThaiHoSo"])
    waiting = {one["MaHoSo"] for one in json.loads(file.read_text()) if one["TrangThaiHoSo"] in (5, 6, 8)}
    code, out, _ = call(*asked, "--reconcile")
    listed = {one["number"] for one in json.loads(out)["differences"] if one["field"] == "TrangThaiHoSo"}
    assert (code, listed) == (0, waiting)
    code, out, _ = call(*asked, "--reconcile", "--lang", "en", "--format", "text")
    assert (code, len(out.splitlines())) == (0, 3 * len(waiting) or 1)
    assert "Đã trả kết quả: " in call(*asked, "--format", "text")[1]
    for wrong in ("[1]", "{}", "x"):
        file.write_text(wrong)
        code, _, err = call(*asked, "--against", file)
        assert (code, "MaHoSo" in err) == (2, True)


def test_the_re_appointed_are_counted(tmp_path: Path, one_flow: Path, call: Call) -> None:
    """R50: the due date that is sent is the new one, and how many have one stands beside the records."""
    url = f"sqlite:///{tmp_path / 'kho.db'}"
    with flowiso.open(one_flow, url, allow_draft=True, clock=lambda: datetime(2021, 9, 14, 8, tzinfo=TZ)) as engine:
        for until in (None, "2021-10-04"):
            hs = engine.receive("LTHH-13", by="lan.vp")
            if until:
                engine.move(hs, REAPPOINT, by="quang.lds", note="quá tải", record={"until": until})
    asked = ("sync", "--store", url, "--flows", one_flow, "--year", "2021", "--at", "2021-09-30 08:00")
    told = json.loads(call(*asked)[1])
    assert told["reappointed"] == 1
    assert sorted(one["NgayHenTra"] for one in told["dossiers"]) == ["20210928170000", "20211004170000"]
    assert (
        "re-appointed with an apology, sent with the new date: 1" in call(*asked, "--format", "text", "--lang", "en")[1]
    )
