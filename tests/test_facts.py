"""Assumed facts: the agency's worklist, confirming them by a decision, publishing, the next version (R60, R65, R66)."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import re
import shlex
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from subprocess import PIPE, Popen, run
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowiso import drafts
from flowiso.cells import harmless, plain, shown
from flowiso.confirm import Confirmation, confirm
from flowiso.errors import BadValue, FlowFileError
from flowiso.facts import COLUMNS, ON_PUBLISHING, fact_names, fact_place, fact_value, rows, tally
from flowiso.flowfile import digest, read_flow
from flowiso.library import Library, bundled, load
from flowiso.model import Flow
from flowiso.publishing import LIST, publish
from flowiso.render.worklist import groups
from flowiso.scaffold import init
from flowiso.worklist import read_worklist

DECISION = "Quyết định 545/QĐ-UBND ngày 09/02/2021, phụ lục I"
ISSUE = "Quyết định 12/QĐ-SXD ngày 25/08/2026"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An agency with one flow, MAU-01, to stand in."""
    init(tmp_path / "flows", "Sở Xây dựng", "H19.17", example=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "flows"


@pytest.fixture
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three shipped flows with the agency's own files."""
    folder = tmp_path / "flows"
    shutil.copytree(bundled(), folder, ignore=shutil.ignore_patterns("*.v1.yaml", "_stories", "_plans"))
    for name in ("lthh/lthh-13", "tmqt/tmqt-01", "atd/atd-01"):
        shutil.copy(bundled() / f"{name}.v1.yaml", folder / f"{name}.v1.yaml")
    monkeypatch.chdir(tmp_path)
    return folder


@cache
def shipped() -> Library:
    return load(bundled())


def file_of(folder: Path) -> Path:
    return folder / "mau" / "mau-01.v1.yaml"


def tree(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def left(folder: Path, code: str = "MAU-01") -> list[str]:
    """The facts that block publishing."""
    return [row.fact for row in rows([load(folder).find(code)]) if row.blocks]


def confirm_all(call: Any, folder: Path, code: str = "MAU-01") -> None:
    """Confirm everything that is in the way, as it stands."""
    wanted = [word for fact in left(folder, code) for word in ("--set", fact)]
    assert call("facts", code, *wanted, "--decision", DECISION)[0] == 0
    assert left(folder, code) == []


def removed_and_added(before: str, after: str) -> tuple[list[str], list[str]]:
    old, new = before.splitlines(), after.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


# --- the worklist


def test_worklist_of_the_agency(call: Any) -> None:
    """What stands in every flow is said once, with how many flows it is; what blocks publishing comes first."""
    code, out, _ = call("facts", "--assumed", "--flows", bundled())
    count = len(shipped().flows)
    drawn = [flow for flow in shipped().flows if flow.kind == "procedure"]
    assert code == 0
    assert f"mức độ trực tuyến (online_level): {len(drawn)} lưu đồ\n" in out
    assert out.count("báo cáo năm 2021 chỉ cho tổng 23 thủ tục mức 3 và 93 mức 4\n") == 1
    assert f"{count} lưu đồ, {count} bản thảo" in out
    assert (
        out.index("Theo quyết định công bố") < out.index("lưu đồ ISO của cơ quan") < out.index("'flowiso publish' ghi")
    )
    assert "[đã đọc]" not in out
    assert len(out) < 60_000


def test_groups_lose_nothing() -> None:
    """Every fact of every flow is in exactly one group."""
    every = list(rows(shipped().flows))
    grouped = [(row.flow.file, fact) for group in groups(every) for fact in group.facts for row in group.rows]
    assert sorted(grouped) == sorted((row.flow.file, row.fact) for row in every)


def test_facts_of_one_flow(call: Any) -> None:
    """Each fact with file, line and value; the reason above it, and the command that confirms."""
    code, out, _ = call("facts", "LTHH-13", "--assumed", "--flows", bundled())
    file = bundled() / "lthh" / "lthh-13.v1.yaml"
    lines = file.read_text(encoding="utf-8").splitlines()
    line = next(n for n, text in enumerate(lines, 1) if text.startswith("online_level:"))
    assert code == 0
    assert f"  {file}:{line}: mức độ trực tuyến (online_level): 4\n" in out
    assert "[GIẢ ĐỊNH] mức của từng thủ tục không được công bố" in out
    assert 'flowiso facts LTHH-13@1 --set archetype --decision "..."' in out
    assert "Thông tư 168/2016" not in out
    assert "Thông tư 168/2016" in call("facts", file, "--read")[1]


def test_facts_as_json(call: Any) -> None:
    """The counts are those of `tally`; every fact is there with its place and value."""
    found = json.loads(call("facts", "--format", "json", "--flows", bundled())[1])
    assert (found["read"], found["assumed"]) == tally(shipped().flows)
    assert found["blocking"] == sum(row["blocks"] for row in found["facts"])
    for status in ("read", "assumed"):
        assert sum(row["status"] == status for row in found["facts"]) == found[status]
    fee = next(row for row in found["facts"] if (row["code"], row["fact"]) == ("LTHH-13", "fee"))
    assert (fee["value"], fee["status"], fee["blocks"]) == ("1200000", "read", False)


@pytest.mark.parametrize("words", [(), ("--assumed",), ("--read",)])
def test_what_is_shown_changes_no_count(call: Any, home: Path, words: tuple[str, ...]) -> None:
    """--assumed and --read choose rows; the counts speak of all facts, so none of them says that nothing is to be done."""
    assert call("facts", "MAU-01", "--set", "title", "--decision", DECISION)[0] == 0
    (flow,) = load(home).flows
    read, assumed = tally([flow])
    head = f"{read + assumed} dữ kiện, {assumed} giả định, trong đó {len(left(home))} phải xác nhận"
    for what in ("MAU-01", "--flows=flows"):
        assert head in call("facts", what, *words)[1]
    found = json.loads(call("facts", "MAU-01", *words, "--format", "json")[1])
    assert (found["read"], found["assumed"], found["blocking"]) == (read, assumed, len(left(home)))
    assert {row["status"] for row in found["facts"]} == ({words[0][2:]} if words else {"read", "assumed", "own"})
    assert "1 flow, 1 draft; " in call("facts", *words, "--lang", "en")[1]


def test_what_the_file_sets_itself(call: Any, home: Path) -> None:
    """Code, version, rule set and the like stand apart and aren't counted as read; an assumed one has to be confirmed."""
    out = call("facts", "MAU-01")[1]
    assert "[đặt trong tệp] đặt khi lập tệp này" in out
    assert "[đặt trong tệp]" in call("facts")[1]
    text = file_of(home).read_text(encoding="utf-8")
    file_of(home).write_text(text.replace("read: _laws.yaml;", "assumed: _laws.yaml;"), "utf-8")
    flows = load(home).flows
    assert "rule_set" in left(home)
    assert tally(flows).assumed == sum(row.entry.status == "assumed" for row in rows(flows))


def test_values_are_those_of_the_file() -> None:
    """The value shown of a key of the head is what the file writes, and its place is that line."""
    for flow in shipped().flows:
        lines = Path(flow.file).read_text(encoding="utf-8").splitlines()
        for fact in ("deadline", "online_level", "interconnected", "effective", "clock_policy", "division"):
            if fact in flow.places:
                written = lines[fact_place(flow, fact).line - 1].partition(":")[2].partition("#")[0].strip()
                assert fact_value(flow, fact) == written, (flow.code, fact)
        for step in flow.steps:
            assert f"{step.id}:" in lines[fact_place(flow, f"step.{step.id}").line - 1]


def table(call: Any, *more: object) -> list[list[str]]:
    code, out, _ = call("facts", "--format", "csv", *more)
    assert (code, out[0]) == (0, "\ufeff")
    return list(csv.reader(io.StringIO(out[1:], newline="")))


def test_facts_as_csv(call: Any) -> None:
    """One row for each flow and fact, the two columns to fill in are empty."""
    head, *lines = table(call, "--assumed", "--flows", bundled())
    assert head == [title.vi for title in COLUMNS.values()]
    assert len(lines) == tally(shipped().flows).assumed
    assert all(line[-2:] == ["", ""] for line in lines)


def test_csv_holds_no_formula(call: Any, home: Path) -> None:
    """A title that begins with = is no formula in a spreadsheet, and comes back as it was."""
    file = file_of(home)
    text = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join("title: '=1+1'" if line.startswith("title:") else line for line in text) + "\n", "utf-8")
    head, *lines = table(call, "--flows", home)
    title = next(line for line in lines if line[2] == "title")
    assert title[head.index("giá trị")] == "'=1+1"
    assert not [cell for line in lines for cell in line if cell.startswith(("=", "@", "\t"))]
    fill(home.parent / "bang.csv", [head, *lines], {"title": ("", DECISION)})
    assert call("facts", "--apply", home.parent / "bang.csv")[0] == 0
    assert load(home).find("MAU-01").provenance("title").source == DECISION  # type: ignore[union-attr]


@given(st.text(max_size=6))
def test_cells_come_back(cell: str) -> None:
    """`plain` undoes `harmless`, but for signs that nobody sees, which aren't written."""
    assert plain(harmless(cell)) == shown(cell) or shown(cell).startswith("'")


def test_cells_hide_nothing() -> None:
    """No NUL and no mark that turns the direction of reading; a formula behind such a mark is none; line ends and tabs stay."""
    assert harmless("a\0b\u202ec\u200bd\x1b\ud800\ufffe") == "a\ufffdbcd\ufffd\ufffd\ufffd"
    assert harmless("\u200b=1+1") == "'=1+1"
    assert harmless("Sở\nCông\tThương\xa0") == "Sở\nCông\tThương\xa0"


# --- confirming


def test_confirm_keeps_the_file(call: Any, home: Path) -> None:
    """Only the entries of `facts` change when a fact is confirmed as it stands; others keep their reason."""
    before = file_of(home).read_text(encoding="utf-8")
    code, out, err = call("facts", "MAU-01", "--set", "title", "--set", "field", "--decision", DECISION)
    assert (code, err) == (0, "")
    assert "Đã xác nhận trong flows/mau/mau-01.v1.yaml: title, field" in out
    gone, come = removed_and_added(before, file_of(home).read_text(encoding="utf-8"))
    assert gone == [
        "  - of: [title, field, division, decided_by, online_level, interconnected, deadline, effective, issued_by]"
    ]
    assert come == [
        "  - of: [division, decided_by, online_level, interconnected, deadline, effective, issued_by]",
        "  - of: [title, field]",
        f"    read: {DECISION}",
    ]
    flow = load(home).find("MAU-01")
    assert flow.provenance("title").source == DECISION  # type: ignore[union-attr]
    assert flow.provenance("division").status == "assumed"  # type: ignore[union-attr]
    assert call("check", home)[0] == 0


def test_confirm_again_changes_nothing(call: Any, home: Path) -> None:
    """The same said twice leaves the file alone; a second fact joins the entry of the same decision."""
    words = ("facts", "MAU-01", "--set", "online_level=3", "--decision", DECISION)
    assert call(*words)[0] == 0
    once = file_of(home).read_bytes()
    code, out, _ = call(*words)
    assert (code, "không có gì phải sửa" in out, file_of(home).read_bytes()) == (0, True, once)
    assert call("facts", "MAU-01", "--set", "title", "--decision", f"  {DECISION} ")[0] == 0
    assert "  - of: [online_level, title]\n" in file_of(home).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("fact", "value", "line"),
    [
        ("deadline", "9wd", "deadline: 9wd                     # 10 ngày làm việc = 80 giờ"),
        ("online_level", "3", "online_level: 3"),
        ("fee", "1100000", "fee: 1100000"),
        ("title", "Cấp giấy: bán buôn", 'title: "Cấp giấy: bán buôn"'),
        ("result", "Giấy phép", "result: Giấy phép"),
        ("national_code", "2.001625", "national_code: 2.001625"),
        ("supplement_window", "2wd", "supplement_window: 2wd"),
        ("no_deadline_reason", "không dùng", "no_deadline_reason: không dùng"),
        ("time.phan-cong", "3.5wh", "  phan-cong:         {by: lanh-dao-phong, within: 3.5wh, then: {nham-phong: tiep-nhan}}"),
        ("time.thu-ly", "46wh", "    within: 46wh"),
        ("time.gui-bo-sung", "1wh", "  gui-bo-sung:       {by: mot-cua,        within: 1wh, then: {gui: cho-bo-sung}}"),
    ],
)  # fmt: skip
def test_confirm_with_a_value(many: Path, fact: str, value: str, line: str) -> None:
    """The value is written in its place with its comment, and is read in the decision; nothing else changes."""
    library = load(many)
    flow = library.find("LTHH-13")
    wanted = [Confirmation(fact, value, DECISION)]
    if fact == "deadline":
        wanted.append(Confirmation("time.thu-ly", "46wh", DECISION))
    (done,) = confirm(library, [(flow, wanted)])
    before = Path(flow.file).read_text(encoding="utf-8")
    gone, come = removed_and_added(before.partition("\nfacts:")[0], done.draft.text.partition("\nfacts:")[0])
    if fact == "deadline":
        assert "ngày làm việc = 80 giờ" in dict(done.comments)["deadline"]
        line = next(text for text in come if text.startswith("deadline: 9wd "))
        assert "# 10 ngày làm việc = 80 giờ" in line
    assert line in come
    assert len(come) == len(wanted)
    assert len(gone) == len(wanted) - (fact == "no_deadline_reason")
    drafts.write((done.draft,))
    new = load(many).find("LTHH-13")
    assert fact_value(new, fact) == value
    assert new.provenance(fact).source == DECISION  # type: ignore[union-attr]


def test_a_new_key_stands_in_the_order_of_the_page(many: Path) -> None:
    """A key the file didn't have comes where docs/flow-file.md has it; several at one place keep that order too."""
    library = load(many)
    flow = library.find("ATD-01")
    wanted = [Confirmation("national_code", "1.000001", DECISION), Confirmation("fee", "0", DECISION)]
    (done,) = confirm(library, [(flow, wanted)])
    keys = [line.partition(":")[0] for line in done.draft.text.splitlines() if line[:1].isalpha()]
    assert keys[keys.index("title") + 1] == "national_code"
    assert keys[keys.index("result") + 1] == "fee"


def test_a_list_is_given_item_by_item(call: Any, many: Path) -> None:
    """--set legal_basis=... once for each text."""
    words = [f"--set=legal_basis={law}" for law in ("Luật A 2017", "Nghị định 17/2020/NĐ-CP: sửa đổi")]
    before = (many / "lthh" / "lthh-13.v1.yaml").read_text(encoding="utf-8")
    assert call("facts", "LTHH-13", *words, "--decision", DECISION)[0] == 0
    text = (many / "lthh" / "lthh-13.v1.yaml").read_text(encoding="utf-8")
    assert 'legal_basis:\n  - Luật A 2017\n  - "Nghị định 17/2020/NĐ-CP: sửa đổi"\n' in text
    assert text.count("\n\n") == before.count("\n\n")
    assert load(many).find("LTHH-13").legal_basis == ("Luật A 2017", "Nghị định 17/2020/NĐ-CP: sửa đổi")


def test_a_part_leaves_the_rest_assumed(many: Path) -> None:
    """`time.thu-ly` out of `times`: the others stay assumed, until each of them is read."""
    library = load(many)
    flow = library.find("LTHH-13")
    times = [f"time.{step.id}" for step in flow.steps if step.within]
    (one,) = confirm(library, [(flow, [Confirmation("time.thu-ly", None, DECISION)])])
    assert "  - of: [times]\n    assumed:" in one.draft.text
    assert f"  - of: [time.thu-ly]\n    read: {DECISION}\n" in one.draft.text
    (every,) = confirm(library, [(flow, [Confirmation(name, None, DECISION) for name in times])])
    assert "of: [times]" not in every.draft.text
    drafts.write((every.draft,))
    assert drafts.errors(load(many), {flow.file}) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--set", "titel"), "có phải 'title'?"),
        (("--set", "time.thuly=5wh"), "có phải 'time.thu-ly'?"),
        (("--set", "step.thuly"), "có phải 'step.thu-ly'?"),
        (("--set", "deadline=1.5wd"), "hãy ghi theo giờ: 12wh"),
        (("--set", "deadline=5"), "'deadline': Không hiểu thời hạn"),
        (("--set", "online_level=5"), "cần số nguyên từ 1 đến 4"),
        (("--set", "result="), "'result': cần một giá trị bằng chữ"),
        (("--set", "national_code=abc"), "cần mã như 2.001624"),
        (("--set", "legal_basis="), "ít nhất một mục"),
        (("--set", "status=published"), "'flowiso publish' ghi khi ban hành"),
        (("--set", "code=LTHH-99"), "giữ mãi"),
        (("--set", "steps=x"), "hãy sửa trong tệp"),
        (("--set", "arrow.thu-ly.yeu-cau-bo-sung=x"), "hãy sửa trong tệp"),
        (("--set", "time.tra-ket-qua=1wh"), "không phải dữ kiện nào"),
        (("--set", "fee=1", "--set", "fee=2"), "ghi hai lần"),
        (("--set", "deadline=3wd"), "FLW402"),
        (("--set", "field=hc"), "FLW"),
        (("--set", "division=khong-co"), "FLW"),
        (("--set", "title=Thẩm định,\u0007"), "FLW001"),
    ],
)
def test_what_cannot_be_confirmed(call: Any, many: Path, words: tuple[str, ...], said: str) -> None:
    """R60: the value is held against the schema and the rules before anything is written; the message names the remedy."""
    before = tree(many)
    code, out, err = call("facts", "LTHH-13", *words, "--decision", DECISION)
    assert (code, out) == (2, "")
    assert said in err
    assert tree(many) == before


@pytest.mark.parametrize(
    "words",
    [
        ("LTHH-13", "--set", "title"),
        ("--set", "title", "--decision", "x"),
        ("LTHH-13", "--decision", "x"),
        ("LTHH-13", "--dry-run"),
        ("LTHH-13", "--set", "title", "--decision", "x", "--format", "csv"),
        ("LTHH-13", "--set", "title", "--decision", "x", "--assumed"),
        ("LTHH-13", "--apply", "bang.csv"),
        ("LTHH-13", "--assumed", "--read"),
        ("LTHH-13", "--set", "title", "--decision", " "),
        ("LTHH-99", "--set", "title", "--decision", "x"),
    ],
)  # fmt: skip
def test_calls_that_make_no_sense(call: Any, many: Path, words: tuple[str, ...]) -> None:
    """Exit 2, nothing written, nothing on standard output."""
    before = tree(many)
    code, out, err = call("facts", *words)
    assert (code, out, tree(many)) == (2, "", before)
    assert err.startswith("flowiso: ")


def test_a_title_that_another_flow_has(many: Path) -> None:
    """A new error counts in whichever file `flowiso check` would report it."""
    library = load(many)
    with pytest.raises(FlowFileError) as caught:
        confirm(library, [(library.find("ATD-01"), [Confirmation("title", library.find("LTHH-13").title, DECISION)])])
    assert [(one.code, Path(one.file or "").name) for one in caught.value.findings] == [("FLW112", "lthh-13.v1.yaml")]


def test_old_errors_do_not_hinder(call: Any, home: Path) -> None:
    """A draft that has an error already can be confirmed fact by fact, as long as no error is added."""
    file = file_of(home)
    file.write_text(file.read_text(encoding="utf-8").replace("division: ", "division: khac-"), "utf-8")
    assert call("check", home)[0] == 1
    assert call("facts", "MAU-01", "--set", "title", "--decision", DECISION)[0] == 0


def test_dry_run_shows_the_lines(call: Any, home: Path) -> None:
    """Like diff -u; nothing is written."""
    before = tree(home)
    code, out, _ = call("facts", "MAU-01", "--set", "online_level=3", "--decision", DECISION, "--dry-run")
    assert code == 0
    assert "+online_level: 3\n" in out
    assert f"+    read: {DECISION}" in out
    found = json.loads(
        call("facts", "MAU-01", "--set", "title", "--decision", DECISION, "--dry-run", "--format", "json")[1]
    )
    assert [(row["facts"], row["written"]) for row in found["changed"]] == [(["title"], False)]
    assert found["findings"] == []
    assert tree(home) == before


def test_windows_line_ends_and_comments_stay(home: Path) -> None:
    """A file written in Windows, with comments among its facts."""
    file = file_of(home)
    text = file.read_text(encoding="utf-8").replace(
        "deadline, effective, issued_by]", "deadline, effective, issued_by]  # mẫu"
    )
    file.write_bytes(text.replace("\n", "\r\n").encode())
    library = load(home)
    (done,) = confirm(library, [(library.find("MAU-01"), [Confirmation("title", None, DECISION)])])
    drafts.write((done.draft,))
    new = file.read_bytes()
    assert new.count(b"\n") == new.count(b"\r\n") == text.count("\n") + 2
    assert "deadline, effective, issued_by]  # mẫu\r\n".encode() in new


def test_somebody_else_writes_meanwhile(home: Path) -> None:
    """What another one has just written is not overwritten."""
    library = load(home)
    (done,) = confirm(library, [(library.find("MAU-01"), [Confirmation("title", None, DECISION)])])
    file_of(home).write_bytes(b"# moi\n" + file_of(home).read_bytes())
    with pytest.raises(BadValue, match="vừa có người khác sửa"):
        drafts.write((done.draft,))
    assert file_of(home).read_bytes().startswith(b"# moi\n")


HELD = """
import sys
from pathlib import Path
from flowiso import drafts
place = drafts._place
def slow(made, draft):
    def put(made, path):
        print("between", flush=True)
        sys.stdin.readline()
        rename(made, path)
    rename, drafts.os.replace = drafts.os.replace, put
    place(made, draft)
drafts._place = slow
file = Path(sys.argv[1])
drafts.write((drafts.Draft(file, sys.argv[2], file.read_bytes()),))
"""
"""A writer that waits between comparing and replacing."""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such lock")
def test_no_update_is_lost_between_two_writers(home: Path) -> None:
    """Nobody writes between the comparison and the replacement: the second waits, and is told that the first has written."""
    file = file_of(home)
    draft = drafts.Draft(file, "# hai\n", file.read_bytes())
    with Popen([sys.executable, "-c", HELD, str(file), "# một\n"], stdin=PIPE, stdout=PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "between\n"
        with ThreadPoolExecutor(1) as pool:
            second = pool.submit(drafts.write, (draft,))
            with pytest.raises(TimeoutError):
                second.result(0.3)
            first.communicate("\n")
            with pytest.raises(BadValue, match="vừa có người khác sửa"):
                second.result(10)
    assert file.read_text("utf-8") == "# một\n"
    assert [name for name in tree(home) if "flowiso" in name] == []


def test_no_lock_to_be_had(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a disk that knows no locks, as some network drives, writing works all the same."""
    fcntl = pytest.importorskip("fcntl")

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", refuse)
    file = file_of(home)
    drafts.write((drafts.Draft(file, "# mới\n", file.read_bytes()),))
    assert file.read_text("utf-8") == "# mới\n"


def test_what_a_killed_writer_left_is_swept(call: Any, home: Path) -> None:
    """The next writing removes scratch folders of an hour ago, wherever in the agency; a younger one may be in use."""
    folders = [home / ".flowiso-abc", home / "mau" / ".flowiso-def", home / "mau" / ".flowiso-now"]
    for folder in folders:
        folder.mkdir()
        (folder / "0").write_text("x")
    for folder in folders[:2]:
        os.utime(folder, (0, 0))
    before = call("check", home)[1]
    assert call("facts", "MAU-01", "--set", "title", "--decision", DECISION)[0] == 0
    assert [folder.exists() for folder in folders] == [False, False, True]
    assert call("check", home)[1] == before


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_confirming_any_facts(data: st.DataObject) -> None:
    """Whatever is confirmed of whatever flow: it is read in the decision, and nothing else of the flow is changed."""
    flow = data.draw(st.sampled_from(shipped().flows))
    names = data.draw(st.sets(st.sampled_from(sorted(fact_names(flow) - {"aside"})), min_size=1, max_size=6))
    alone = replace(shipped(), flows=(flow,))
    (done,) = confirm(alone, [(flow, [Confirmation(name, None, DECISION) for name in sorted(names)])])
    new, found = read_flow(done.draft.data, flow.file, shipped().words)
    assert found == []
    assert isinstance(new, Flow)
    assert new._replace(facts=()) == flow._replace(facts=())
    for row in rows([flow]):
        kept = new.provenance(row.fact)
        if row.fact in names:
            assert (kept.status, kept.source) == ("read", DECISION)  # type: ignore[union-attr]
        elif kept is not None:
            assert (kept.status, kept.source) == (row.entry.status, row.entry.source)
        else:
            assert row.fact in ("steps", "times", "arrows")
    before = Path(flow.file).read_text(encoding="utf-8").partition("\nfacts:")[0]
    assert done.draft.text.partition("\nfacts:")[0] == before


# --- the worklist, filled in


def fill(file: Path, lines: list[list[str]], filled: dict[str, tuple[str, str]], delimiter: str = ",") -> None:
    """A worklist with the last two columns filled in for some facts, saved as a spreadsheet does."""
    out = io.StringIO()
    rows_ = [[*line[:-2], *filled.get(line[2], line[-2:])] for line in lines]
    csv.writer(out, delimiter=delimiter).writerows(rows_)
    file.write_bytes(b"\xef\xbb\xbf" + out.getvalue().encode())


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_table_goes_out_and_comes_back(call: Any, many: Path, delimiter: str, lang: str) -> None:
    """Rows of all flows are followed at once, with or without a value; rows nobody filled in say nothing."""
    lines = table(call, "--assumed", "--lang", lang)
    file = many.parent / "bang.csv"
    filled = {
        "online_level": ("3", DECISION),
        "title": ("", DECISION),
        "legal_basis": ("Luật A 2017\r\nLuật B 2019", "Công văn 9/SCT ngày 01/02/2021"),
    }
    fill(file, lines, filled, delimiter)
    code, out, err = call("facts", "--apply", file)
    assert (code, err) == (0, "")
    assert len(out.splitlines()) == 3
    for flow in load(many).flows:
        assert flow.online_level == 3
        assert flow.provenance("online_level").source == DECISION  # type: ignore[union-attr]
        assert flow.provenance("field").status == "assumed"  # type: ignore[union-attr]
    assert load(many).find("ATD-01").legal_basis == ("Luật A 2017", "Luật B 2019")
    assert call("facts", "--apply", file)[1] == "đã xác nhận như vậy rồi, không có gì phải sửa\n"


def test_nothing_filled_in(call: Any, many: Path) -> None:
    """The table as it came out changes nothing, and isn't said to be confirmed."""
    fill(many.parent / "bang.csv", table(call), {})
    before = tree(many)
    code, out, _ = call("facts", "--apply", many.parent / "bang.csv")
    assert (code, tree(many)) == (0, before)
    assert "chưa điền hàng nào" in out
    assert "đã xác nhận" not in out


def test_faults_of_a_table_are_told_with_row_and_column(call: Any, many: Path) -> None:
    """All or nothing: every row is looked at, and none is followed while one is wrong."""
    head, *lines = table(call)
    value, line = head.index("giá trị"), {}
    for number, cells in enumerate(lines, 2):
        if cells[0] == "LTHH-13":
            line[cells[2]] = number, cells
    line["online_level"][1][-2:] = ["9", DECISION]
    line["field"][1][-2:] = ["", DECISION]
    line["division"][1][-2:] = ["qltm", ""]
    line["result"][1][-2:] = ["", DECISION]
    line["result"][1][value] = "Giấy phép cũ"
    lines += [["LTHH-99", "1", "fee", *[""] * 6, "1", DECISION], ["LTHH-13", "1", "fe", *[""] * 6, "1", DECISION]]
    lines.append(line["field"][1])
    fill(many.parent / "bang.csv", [head, *lines], {})
    before = tree(many)
    code, out, err = call("facts", "--apply", many.parent / "bang.csv")
    assert (code, out, tree(many)) == (2, "", before)
    told = {int(text.partition("bang.csv:")[2].partition(":")[0]): text for text in err.splitlines()[1:]}
    said = {
        line["online_level"][0]: "cột 10 'giá trị xác nhận': 'online_level': '9'",
        line["division"][0]: "cột 11 'quyết định xác nhận'",
        line["result"][0]: "cột 5 'giá trị': nay tệp ghi",
        len(lines) - 1: "cột 1 'mã': không có lưu đồ LTHH-99",
        len(lines): "có phải 'fee'?",
        len(lines) + 1: f"đã có ở hàng {line['field'][0]}",
    }
    assert told.keys() == said.keys()
    assert all(words in told[row] and f"hàng {row}," in told[row] for row, words in said.items())


@pytest.mark.parametrize(
    ("fact", "value", "code"),
    [("division", "xyz", "FLW106"), ("deadline", "3wd", "FLW402"), ("title", "Tên,\u0007", "FLW001")],
)
def test_what_the_check_finds_is_told_with_its_row(call: Any, many: Path, fact: str, value: str, code: str) -> None:
    """A value that only the check of the whole flow refuses: row and column, as text and as JSON."""
    head, *lines = table(call)
    row, cells = next((row, cells) for row, cells in enumerate(lines, 2) if (cells[0], cells[2]) == ("LTHH-13", fact))
    cells[-2:] = [value, DECISION]
    other = next(cells for cells in lines if (cells[0], cells[2]) == ("LTHH-13", "online_level"))
    other[-2:] = ["", DECISION]
    fill(many.parent / "bang.csv", [head, *lines], {})
    before = tree(many)
    left_with, out, err = call("facts", "--apply", many.parent / "bang.csv", "--format", "json")
    assert (left_with, tree(many)) == (2, before)
    assert f"bang.csv:{row}: {code} hàng {row}, cột 10 'giá trị xác nhận': " in err
    (found,) = json.loads(out)["findings"]
    assert (found["code"], found["line"], found["column"]) == (code, row, 10)
    assert Path(found["file"]).name == "bang.csv"


def test_what_no_single_row_is_to_blame_for(call: Any, many: Path) -> None:
    """Two times that together are too long: told where the check tells it."""
    head, *lines = table(call)
    for cells in lines:
        if (cells[0], cells[2]) == ("LTHH-13", "times"):
            lines += [[*cells[:2], f"time.{step}", "", old, *cells[5:9], "70wh", DECISION]
                      for step, old in (("thu-ly", ""), ("tham-dinh", ""))]  # fmt: skip
            break
    fill(many.parent / "bang.csv", [head, *lines], {})
    code, _, err = call("facts", "--apply", many.parent / "bang.csv")
    assert (code, "lthh-13.v1.yaml:" in err, "FLW402" in err) == (2, True, True)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "thiếu hoặc trùng cột"),
        ("mã,lần\nLTHH-13,1\n".encode(), "thiếu hoặc trùng cột: dữ kiện"),
        ("mã".encode("utf-16-le"), "không phải UTF-8"),
        (b'a,"b\n', "không phải CSV"),
        (",".join(title.vi for title in [*COLUMNS.values(), COLUMNS["code"]]).encode(), "trùng cột: mã"),
    ],
)
def test_no_worklist(data: bytes, said: str) -> None:
    """A file that is something else is said to be."""
    with pytest.raises(BadValue, match=said):
        read_worklist(data, "bang.csv", shipped())


def test_a_number_that_a_spreadsheet_rewrote() -> None:
    """2.001620 comes back as 2.00162: still the same value; a longer difference isn't."""
    flow = next(flow for flow in shipped().flows if flow.national_code)
    now = flow.national_code or ""
    head = ",".join(title.vi for title in COLUMNS.values())
    for value, sound in ((f"{now}0", True), (f"{now}1", False)):
        line = f"{flow.code},1,national_code,,{value},,,,,,{DECISION}".replace(DECISION, "QĐ 1")
        data = f"{head}\n{line}\n".encode()
        if sound:
            assert len(read_worklist(data, "bang.csv", shipped()).asked) == 1
        else:
            with pytest.raises(FlowFileError):
                read_worklist(data, "bang.csv", shipped())


# --- publishing


def test_a_whole_life(call: Any, home: Path) -> None:
    """R65, R66: assumed, confirmed, published, changed by hand (FLW105), next version, published in its turn."""
    at = ("--decision", ISSUE, "--from", "2026-09-01")
    before = tree(home)
    code, out, _ = call("publish", "MAU-01", *at)
    assert (code, tree(home)) == (1, before)
    for fact in left(home):
        assert f'flowiso facts MAU-01@1 --set {fact} --decision "..."' in out
    assert out.count("FLW108") == len(left(home)) == len(out.splitlines()) - 1

    confirm_all(call, home)
    assert call("publish", "MAU-01", *at, "--dry-run")[0] == 0
    assert not (home / LIST).exists()
    code, out, err = call("publish", "MAU-01", *at)
    assert (code, err) == (0, "")
    assert "Đã ban hành MAU-01 v1" in out
    flow = load(home).find("MAU-01")
    assert (flow.status, flow.effective, flow.issued_by) == ("published", date(2026, 9, 1), ISSUE)
    assert {flow.provenance(fact).source for fact in ON_PUBLISHING} == {ISSUE}  # type: ignore[union-attr]
    assert (home / LIST).read_text() == f"{digest(file_of(home).read_bytes())}  mau/mau-01.v1.yaml\n"
    assert call("check", home) == (0, "1 lưu đồ đã kiểm tra, không có lỗi\n", "")

    frozen = tree(home)
    for words in (("publish", "MAU-01", *at), ("facts", "MAU-01", "--set", "fee=1", "--decision", DECISION)):
        code, _, err = call(*words)
        assert (code, "flowiso new MAU-01 --version --from NGÀY\n" in err, tree(home)) == (2, True, frozen)

    good = file_of(home).read_bytes()
    file_of(home).write_bytes(good.replace(b"online_level: 4", b"online_level: 3"))
    assert "FLW105" in call("check", home)[1]
    draft_again = good.replace(b"status: published", b"status: draft")
    told = []
    for changed in (good.replace(b"online_level: 4", b"online_level: 3"), draft_again):
        file_of(home).write_bytes(changed)
        told += re.findall("hành lần mới: (flowiso .*)", call("check", home)[1])
    file_of(home).write_bytes(good)

    code, _, err = call("new", "MAU-01", "--version", "--from", "2026-11-01")
    assert (code, "effective: {from: 2026-09-01, to: 2026-11-01}" in err) == (2, True)
    file_of(home).write_bytes(good.replace(b"{from: 2026-09-01}", b"{from: 2026-09-01, to: 2026-11-01}"))
    assert len(told) == 2
    for command in told:
        assert call(*shlex.split(command.replace("NGÀY", "2026-11-01"))[1:], "--dry-run")[0] == 0, command
    assert call("new", "MAU-01", "--version", "--from", "2026-11-01")[0] == 0
    assert load(home).find("MAU-01").provenance("status").source == "đặt khi lập tệp này"  # type: ignore[union-attr]
    assert call("facts", "MAU-01", "--set", "online_level=3", "--decision", DECISION)[0] == 0

    code, out, _ = call("publish", "MAU-01", "--decision", "Quyết định 30", "--from", "2026-12-01")
    assert (code, out.count("FLW104")) == (1, 1)
    assert "dùng --from 2026-11-01, hoặc ghi 'effective: {from: 2026-09-01, to: 2026-12-01}' vào" in out
    assert call("publish", "MAU-01", "--decision", "Quyết định 30", "--from", "2026-11-01")[0] == 0
    assert call("check", home) == (0, "2 lưu đồ đã kiểm tra, không có lỗi\n", "")
    assert len((home / LIST).read_text().splitlines()) == 2
    assert load(home).find("MAU-01", date(2026, 10, 31)).online_level == 4


def second(call: Any, folder: Path) -> None:
    """MAU-02 beside MAU-01."""
    words = ("--like", "MAU-01", "--title", "Thủ tục mẫu thứ hai")
    assert call("new", "MAU-02", *words)[0] == 0
    confirm_all(call, folder, "MAU-02")


def test_several_at_once_or_none(call: Any, home: Path) -> None:
    """One decision for two flows: while one isn't ready neither is written."""
    second(call, home)
    before = tree(home)
    code, out, _ = call("publish", "MAU-02", "MAU-01", "--decision", ISSUE, "--from", "01/09/2026")
    assert (code, tree(home)) == (1, before)
    assert "mau-02" not in out
    confirm_all(call, home)
    words = ("publish", "MAU-02", "mau-01", "--decision", ISSUE, "--from", "01/09/2026", "--format", "json")
    found = json.loads(call(*words, "--dry-run")[1])
    assert (found["published"], found["written"], found["findings"]) == ([], [], [])
    texts = {row["path"]: row["text"] for row in found["texts"]}
    assert list(texts) == ["flows/mau/mau-02.v1.yaml", "flows/mau/mau-01.v1.yaml", f"flows/{LIST}"]
    found = json.loads(call(*words)[1])
    assert {path: Path(path).read_text("utf-8") for path in found["written"]} == texts
    assert "texts" not in found
    assert found["published"] == ["MAU-02@1", "MAU-01@1"]
    assert call("check", home)[0] == 0
    assert len((home / LIST).read_text().splitlines()) == 2


def test_the_list_keeps_what_is_in_it(call: Any, home: Path) -> None:
    """Comments stay, and a last line without an end gets one."""
    confirm_all(call, home)
    (home / LIST).write_bytes("# đã ban hành".encode())
    assert call("publish", "MAU-01", "--decision", ISSUE, "--from", "2026-09-01")[0] == 0
    first, line = (home / LIST).read_text("utf-8").splitlines()
    assert (first, line[64:]) == ("# đã ban hành", "  mau/mau-01.v1.yaml")
    assert call("check", home)[0] == 0


@pytest.mark.parametrize("there", [False, True])
def test_when_the_list_cannot_be_written(call: Any, home: Path, monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    """The flow is put back as it was."""
    confirm_all(call, home)
    if there:
        (home / LIST).write_text("#\n")
    before, rename, link = tree(home), os.replace, os.link

    def refuse(how: Any) -> Any:
        def put(made: Path, path: Path) -> None:
            if Path(path).name == LIST:
                raise OSError(28, "full")
            how(made, path)

        return put

    monkeypatch.setattr(os, "replace", refuse(rename))
    monkeypatch.setattr(os, "link", refuse(link))
    code, _, err = call("publish", "MAU-01", "--decision", ISSUE, "--from", "2026-09-01")
    monkeypatch.undo()
    assert (code, "ổ đĩa đã đầy" in err) == (2, True)
    assert tree(home) == before


def test_the_half_state_names_its_remedy(call: Any, home: Path) -> None:
    """Should the machine die between flow and list: the check says which line is missing, and with it all is well."""
    confirm_all(call, home)
    library = load(home)
    release = publish(library, [library.find("MAU-01")], ISSUE, date(2026, 9, 1))
    assert [draft.path.name for draft in release.drafts] == ["mau-01.v1.yaml", LIST]
    drafts.write(release.drafts[:1])
    code, out, _ = call("check", home)
    found = re.search("hãy ghi dòng '([^']*)' vào _published.txt", out)
    assert code == 1
    assert found is not None
    code, _, err = call("publish", "MAU-01", "--decision", ISSUE, "--from", "2026-09-01")
    assert (code, f"hãy ghi dòng '{release.drafts[1].text.strip()}' vào" in err) == (2, True)
    (home / LIST).write_text(found[1] + "\n")
    assert call("check", home)[0] == 0


def test_a_counterexample_is_in_the_way(call: Any, home: Path) -> None:
    """R63: a term that can be missed isn't published, unless the flow names the law that says so (FLW402 silenced)."""
    confirm_all(call, home)
    file, at = file_of(home), ("publish", "MAU-01", "--decision", ISSUE, "--from", "2026-09-01", "--dry-run")
    good = file.read_text(encoding="utf-8")
    term = next(line for line in good.splitlines() if line.startswith("deadline:"))
    late = good.replace(term, "deadline: 9wd")
    file.write_text(late, "utf-8")
    code, out, _ = call(*at)
    assert (code, out.count("FLW402")) == (1, 1)
    file.write_text(late.replace("facts:", "ignore: {FLW402: luật cho phép}\nfacts:", 1), "utf-8")
    assert call(*at)[0] == 0


def test_warnings_of_what_is_frozen_are_told(call: Any, home: Path) -> None:
    """A warning is in nobody's way, but it can't be mended afterwards: `--dry-run` tells it before."""
    confirm_all(call, home)
    file = file_of(home)
    text = file.read_text("utf-8").replace("Nghị định 309/2026/NĐ-CP", "Nghị định 42/2022/NĐ-CP")
    file.write_text(text, "utf-8")
    code, out, err = call("publish", "MAU-01", "--decision", ISSUE, "--from", "2026-12-01", "--dry-run")
    assert (code, "FLW109" in err, "FLW" in out) == (0, True, False)


@pytest.mark.parametrize(
    ("since", "remedy"),
    [
        ("2026-03-01", 'xác nhận bằng: flowiso facts MAU-01@1 --set rule_set=VN-2025 --decision "..."'),
        ("1990-01-01", "hãy chọn --from khác"),
    ],
)
@pytest.mark.parametrize("assumed", [False, True])
def test_the_law_of_another_day_is_in_the_way(call: Any, home: Path, since: str, remedy: str, assumed: bool) -> None:
    """R1: a flow isn't frozen under a rule set that doesn't hold on the day it begins; the remedy is a command that runs."""
    confirm_all(call, home)
    if assumed:
        text = file_of(home).read_text("utf-8")
        file_of(home).write_text(text.replace("read: _laws.yaml;", "assumed: _laws.yaml;"), "utf-8")
    before = tree(home)
    code, out, err = call("publish", "MAU-01", "--decision", ISSUE, "--from", since)
    assert (code, err, tree(home)) == (1, "", before)
    assert out.count("FLW") == out.count("FLW114") == 1
    assert remedy in out
    assert "not published, 1 thing is in the way:\n" in call(
        "publish", "MAU-01", "--decision", ISSUE, "--from", since, "--lang", "en"
    )[1]  # fmt: skip
    if command := re.search(r"(?<=xác nhận bằng: )flowiso .*", out):
        assert call(*shlex.split(command[0])[1:])[0] == 0
        assert call("publish", "MAU-01", "--decision", ISSUE, "--from", since)[0] == 0


def test_a_rule_set_that_is_missing(call: Any, home: Path) -> None:
    """Neither is a flow frozen that names none; the command writes it where it belongs."""
    confirm_all(call, home)
    text = file_of(home).read_text("utf-8").replace("  - of: [rule_set]\n    read: _laws.yaml; khung", "  # khung")
    file_of(home).write_text(re.sub("(?m)^rule_set: .*\n", "", text), "utf-8")
    at = ("publish", "MAU-01", "--decision", ISSUE, "--from", "2026-09-01")
    code, out, _ = call(*at)
    found = re.search(r"(?<=xác nhận bằng: )flowiso .*", out)
    assert (code, out.count("FLW"), "chưa ghi 'rule_set'" in out) == (1, 1, True)
    assert found is not None
    assert call(*shlex.split(found[0])[1:])[0] == 0
    assert call(*at)[0] == 0


def test_a_rule_set_that_has_ended_since_is_not(call: Any, many: Path) -> None:
    """The day that counts is the one the flow begins on: an old flow is published under the law of its time."""
    confirm_all(call, many, "LTHH-13")
    assert call("publish", "LTHH-13", "--decision", ISSUE, "--from", "2020-10-21")[0] == 0


def test_two_first_publishes_at_once(call: Any, home: Path) -> None:
    """The list wasn't there when it was read and is now: the second is told to run again, and its flow is put back."""
    confirm_all(call, home)
    library = load(home)
    release = publish(library, [library.find("MAU-01")], ISSUE, date(2026, 9, 1))
    (home / LIST).write_text("# của người khác\n", "utf-8")
    before = tree(home)
    with pytest.raises(BadValue, match=f"{LIST}' vừa có người khác ghi; hãy chạy lại"):
        drafts.write(release.drafts)
    assert tree(home) == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_published_though_not_printed(call: Any, home: Path) -> None:
    """When only the screen can't be written to, standard error says that it is published, and confirmed."""
    words = [word for fact in left(home) for word in ("--set", fact)]
    for command, said in (
        (["facts", "MAU-01", *words, "--decision", DECISION], "đã ghi xong"),
        (["publish", "MAU-01", "--decision", ISSUE, "--from", "2026-09-01"], "đã ban hành và khóa MAU-01 v1"),
    ):
        with Path("/dev/full").open("w") as full:
            ran = run([sys.executable, "-m", "flowiso", *command], stdout=full, stderr=PIPE, text=True, check=False)
        assert ran.returncode == 2
        assert said in ran.stderr
        assert "ổ đĩa đã đầy" in ran.stderr
        assert "Traceback" not in ran.stderr
    assert load(home).find("MAU-01").status == "published"
    assert call("check", home)[0] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("MAU-01", "--decision", " ", "--from", "2026-09-01"), "--decision"),
        (("MAU-99", "--decision", "x", "--from", "2026-09-01"), "MAU-99"),
        (("MAU-01", "--decision", "x", "--from", "hôm qua"), "hôm qua"),
        (("MAU-01", "--decision", "x"), "--from"),
    ],
)
def test_publish_calls_that_make_no_sense(call: Any, home: Path, words: tuple[str, ...], said: str) -> None:
    """Exit 2, nothing written."""
    before = tree(home)
    code, out, err = call("publish", *words)
    assert (code, out, tree(home)) == (2, "", before)
    assert said in err


def test_the_shipped_flows_are_not_written_to(call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder of one's own nothing is changed, least of all in the package."""
    monkeypatch.chdir(tmp_path)
    for words in (("facts", "LTHH-13", "--set", "title"), ("publish", "LTHH-13", "--from", "2026-01-01")):
        code, _, err = call(*words, "--decision", "x")
        assert (code, "flowiso init" in err) == (2, True)


def test_the_page_says_what_works(call: Any, many: Path) -> None:
    """The commands of docs/facts.md in their order, as they stand: to the first version, and to the one after it."""
    page = (Path(__file__).parent.parent / "docs" / "facts.md").read_text(encoding="utf-8")
    first, _, then = page.partition("## 4.")
    listing, later = (re.findall(r"(?m)^\$ (flowiso .*)$", part) for part in (first, then))
    confirming, applying, publishing = re.findall(r"(?ms)^```sh\n(flowiso .*?)\n```", first)

    def follow(line: str, code: int = 0) -> None:
        assert call(*shlex.split(line, comments=True)[1:])[0] == code, line

    assert (len(listing), len(later)) == (3, 3)
    for line in (*listing, confirming, applying):
        follow(line)
    shutil.copy(bundled() / "lthh" / "lthh-07.v1.yaml", many / "lthh")
    follow(publishing, 1)
    for code in ("LTHH-07", "LTHH-13"):
        confirm_all(call, many, code)
    follow(publishing)
    begins, ends = re.findall(r"(?:--from|to:) ([0-9]{4}-[0-9]{2}-[0-9]{2})", publishing + then)[:2]
    published = many / "lthh" / "lthh-13.v1.yaml"
    period = f"effective: {{from: {begins}, to: {ends}}}"
    assert period in then
    published.write_text(published.read_text("utf-8").replace(f"effective: {{from: {begins}}}", period), "utf-8")
    for line in later:
        follow(line)
    flow = load(many).find("LTHH-13")
    assert (flow.version, flow.status, flow.rule_set, str(flow.deadline)) == (2, "published", "VN-2026", "8wd")
    assert [one.level for one in drafts.faults(load(many), {flow.file})].count("error") == 0
