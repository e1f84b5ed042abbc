"""`flowiso prove` as a quality officer types it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from flowiso.library import bundled, load

Call = Callable[..., tuple[int, str, str]]
SHIPPED = load(bundled()).flows


@pytest.fixture
def short(tmp_path: Path) -> Path:
    """An agency folder in which ATTP-01 has five calendar days, the rest being as shipped."""
    shutil.copytree(bundled(), tmp_path / "flows")
    file = tmp_path / "flows/attp/attp-01.v1.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("deadline: 20d", "deadline: 5d"), encoding="utf-8")
    return tmp_path / "flows"


def test_shipped_flows_keep_their_terms(call: Call) -> None:
    """R63: all shipped flows with a term are proved for nine years; those without one say so."""
    code, out, _ = call("prove")
    assert code == 0
    termed = sum(flow.deadline is not None for flow in SHIPPED)
    assert len(SHIPPED) > termed > 100
    assert out.splitlines()[-1] == (
        f"{termed}/{termed} lưu đồ có thời hạn kịp hạn, dù nhận vào lúc nào từ 01/01/2018 đến 31/12/2026;"
        f" {len(SHIPPED) - termed} không có thời hạn"
    )
    assert "CNDP-01 v1  không có thời hạn: không có thời hạn để chứng minh" in out


def test_counterexample_before_tet_2021(call: Call, short: Path) -> None:
    """R70, R79: a term of five calendar days, received before Tết 2021, explained day by day with what is missing."""
    code, out, _ = call("prove", "ATTP-01", "--flows", short, "--from", 2021, "--to", 2021)
    assert code == 1
    assert "ATTP-01 v1  5 ngày: KHÔNG KỊP HẠN" in out
    assert "Nhận 09/02/2021 17:00, thời hạn 5 ngày." in out
    assert "Thứ Sáu 12/02/2021: nghỉ - Tết Nguyên đán (mùng 1) - ngày thứ 3" in out
    assert "Đến hạn: Thứ Tư 17/02/2021 17:00." in out
    assert "thiếu 3.720 phút làm việc (62 giờ làm việc)" in out
    assert out.splitlines()[-1].startswith("0/1 lưu đồ")


def test_json_of_a_counterexample(call: Call, short: Path) -> None:
    """The same in JSON, by path: received, due, the stays, and the minutes missing."""
    code, out, _ = call("prove", short / "attp/attp-01.v1.yaml", "--from", 2021, "--to", 2021, "--format", "json")
    assert code == 1
    (found,) = json.loads(out)
    assert (found["code"], found["proved"]) == ("ATTP-01", False)
    missing = [way for way in found["ways"] if way["slack"] is not None and way["slack"] < 0]
    assert min(way["slack"] for way in missing) == -62 * 60
    worst = min(missing, key=lambda way: way["slack"])["counterexample"]
    assert worst["received"] == "2021-02-09T17:00:00+07:00"
    assert worst["due"] == "2021-02-17T17:00:00+07:00"
    assert worst["stays"][0]["step"] == "tiep-nhan"


def test_every_way_with_its_slack(call: Call) -> None:
    """`--ways` lists the certificate way by way, the tightest first."""
    code, out, _ = call("prove", "xttm-03", "--ways", "--lang", "en")
    assert code == 0
    rows = [line for line in out.splitlines() if "working hours  from the " in line]
    assert len(rows) == 5
    assert rows[0].strip().startswith("spare 0 working hours  ")


def test_obligations_added(call: Call) -> None:
    """`--wait` and `--send-backs` turn the margin into obligations that this flow, without slack, can't meet."""
    for more in (("--wait", "1wh"), ("--send-backs", 1)):
        code, out, _ = call("prove", "DIEN-09", *more)
        assert code == 1, out
        assert "KHÔNG KỊP HẠN" in out


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["KDK-112"], "không có lưu đồ KDK-112; có phải 'KDK-12'?"),
        (["--from", "2017"], "không nằm trong lịch đã biết: 2018-2026"),
        (["--from", "2022", "--to", "2021"], "không nằm trong lịch đã biết"),
        (["--wait", "1d"], "cần wh hoặc wd"),
        (["--wait", "lâu"], "Không hiểu thời hạn"),
        (["--flows", "/nowhere"], "không có"),
    ],
)
def test_what_cannot_be_done(call: Call, args: list[str], words: str) -> None:
    """Exit 2 and one clear line for what can't be done."""
    code, out, err = call("prove", *args)
    assert (code, out) == (2, "")
    assert words in err


def test_a_file_that_cannot_be_understood(call: Call, short: Path) -> None:
    """Nothing is called proved that wasn't read: the faults are told with file and line."""
    file = short / "dien/dien-09.v1.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("deadline: 5wd", "deadline: 5"), encoding="utf-8")
    code, out, err = call("prove", file)
    assert (code, out) == (2, "")
    assert "dien-09.v1.yaml:14: FLW004" in err
