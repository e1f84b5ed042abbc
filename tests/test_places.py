"""Which agency a path belongs to: each is judged by its own, wherever one stands, and no command takes another's."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from flowiso import library
from flowiso.errors import BadValue
from flowiso.library import Place, agencies, agency_folder, bundled, flow_files, flows_of
from flowiso.scaffold import init


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A folder with two agencies, `a` and `b`, each with the sample flow under its own field."""
    for name in ("a", "b"):
        init(tmp_path / "two" / name, f"Sở {name}", "H19", example=True)
        for file in ("_org.yaml", "mau/mau-01.v1.yaml"):
            path = tmp_path / "two" / name / file
            text = path.read_text(encoding="utf-8").replace("  mau: {title: Lĩnh", f"  {name}{name}: {{title: Lĩnh")
            path.write_text(text.replace("field: mau", f"field: {name}{name}"), encoding="utf-8")
        (tmp_path / "two" / name / "mau").rename(tmp_path / "two" / name / (2 * name))
    return tmp_path / "two"


def flow(folder: Path) -> Path:
    return folder / (2 * folder.name) / "mau-01.v1.yaml"


# --- the mechanism


def test_nearest_agency(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the path, above it, above where one stands, and named as one named the path."""
    assert agency_folder(flow(two / "a")) == two / "a"
    assert agency_folder(two) is None
    monkeypatch.chdir(two / "a" / "aa")
    assert agency_folder(Path("mau-01.v1.yaml")) == agency_folder(Path()) == two / "a"
    assert agency_folder(Path("../../b/bb")) == two / "b"
    monkeypatch.chdir(two)
    assert agency_folder(Path("a/aa")) == Path("a")


def test_paths_by_agency(two: Path) -> None:
    """A folder of agencies, a part of one, one of its own files, a file; each agency and each file once."""
    a, b = two / "a", two / "b"
    assert agencies([two]) == [Place(a, (flow(a),), True, True), Place(b, (flow(b),), True, True)]
    assert agencies([a / "aa"]) == [Place(a, (flow(a),), own=True)]
    assert agencies([a / "_org.yaml"]) == agencies([a / "_calendar"]) == [Place(a, (), own=True)]
    assert agencies([flow(a), flow(b)]) == [Place(a, (flow(a),)), Place(b, (flow(b),))]
    assert agencies([flow(a), a, a / ".." / "a" / "aa"]) == [Place(a, (flow(a),), True, True)]


def test_an_agency_without_flows_is_there(two: Path) -> None:
    """Its own files can be asked for before its first flow is written."""
    flow(two / "a").unlink()
    assert agencies([two])[0] == Place(two / "a", (), True, True)


def test_an_agency_inside_another_has_its_own_flows(two: Path) -> None:
    """The outer one is not judged with them."""
    shutil.move(two / "b", two / "a" / "b")
    assert flows_of(two / "a") == (flow(two / "a"),)
    assert [place.agency for place in agencies([two])] == [two / "a", two / "a" / "b"]


def test_hidden_and_own_files_are_no_flows(two: Path) -> None:
    """What begins with `_` or `.` is not looked into: a version archive, a draft being written."""
    for name in (".git/x.yaml", "aa/.nhap.yaml", "_cu/x.yaml", "aa/_x.yml"):
        (two / "a" / name).parent.mkdir(exist_ok=True)
        (two / "a" / name).touch()
    (two / "a" / "aa" / "B.YML").touch()
    assert flow_files([two / "a"]) == [two / "a" / "aa" / "B.YML", flow(two / "a")]


def test_linked_folders_are_looked_into(two: Path, tmp_path: Path) -> None:
    """A field's folder that is a link holds flows like any other; one that leads back to where one is isn't walked twice."""
    a = two / "a"
    (a / "aa").rename(tmp_path / "kept")
    (a / "aa").symlink_to(tmp_path / "kept")
    (a / "back").symlink_to(a)
    assert flow_files([a]) == [flow(a)]
    assert agencies([a]) == [Place(a, (flow(a),), True, True)]


@pytest.mark.parametrize(
    ("path", "said"),
    [("nope", "không có tệp hay thư mục"), ("empty", "không có tệp lưu đồ"), (".", "x.yaml' không thuộc cơ quan nào")],
)
def test_no_agency(two: Path, monkeypatch: pytest.MonkeyPatch, path: str, said: str) -> None:
    """BadValue with what is missing; also where other files of the folder do have an agency."""
    monkeypatch.chdir(two)
    Path("empty").mkdir()
    Path("x.yaml").touch()
    with pytest.raises(BadValue, match=said):
        agencies([Path(path)])


def test_a_tree_without_agencies_is_not_searched_for_ever(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many entries outside any agency, and no more; inside an agency there is no limit."""
    monkeypatch.setattr(library, "MOST_STRANGE", 5)
    for number in range(10):
        (two / "a" / "aa" / f"{number}.txt").touch()
    assert len(agencies([two])) == len(agencies([two / "a" / "aa"])) + 1 == 2
    for number in range(10):
        (two / f"{number}.txt").touch()
    with pytest.raises(BadValue, match="quá nhiều thứ ngoài thư mục cơ quan"):
        agencies([two])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_a_folder_that_cannot_be_listed(two: Path) -> None:
    """Nothing is called clean that wasn't seen."""
    (two / "a" / "aa").chmod(0)
    with pytest.raises(BadValue, match="không xem được thư mục"):
        agencies([two])
    (two / "a" / "aa").chmod(0o755)


# --- the commands


def test_each_flow_is_judged_by_its_own_agency(call: Any, two: Path) -> None:
    """R77: fields, register, calendar and accounts of one agency say nothing about another's flow."""
    assert call("check", two) == (0, "2 lưu đồ đã kiểm tra, không có lỗi\n", "")
    assert call("check", flow(two / "a"), flow(two / "b"))[0] == 0
    code, out, _ = call("prove", two)
    assert code == 0
    assert [line for line in out.splitlines() if line.startswith((f"{two}/a: 1/1", f"{two}/b: 1/1"))] != []
    assert call("story", two)[:2] == (0, call("story", two / "a", two / "b")[1])


def test_proofs_use_the_agency_s_own_calendar(call: Any, two: Path) -> None:
    """R77: without its calendar nothing of an agency is proved, by path as by `--flows`, nor called clean."""
    shutil.rmtree(two / "a" / "_calendar")
    for words in ((two / "a",), (flow(two / "a"),), ("--flows", two / "a"), (two,)):
        code, out, err = call("prove", *words)
        assert (code, out) == (2, "")
        assert "a/_calendar:1: FLW704 thiếu lịch làm việc" in err
    code, out, _ = call("check", two)
    assert (code, out.count("FLW704")) == (1, 1)
    assert call("check", two / "b")[0] == 0
    assert call("due", "--received", "2021-02-05", "--term", "5wd", "--flows", two / "a")[0] == 2


@pytest.mark.parametrize("command", ["check", "prove", "story"])
def test_a_folder_of_no_agency_is_refused(call: Any, two: Path, command: str) -> None:
    """Exit 2 and one line that says what is missing; the shipped agency judges no folder it doesn't own."""
    (two / "b" / "_org.yaml").unlink()
    for path in (two / "b", two):
        code, out, err = call(command, path)
        assert (code, out, len(err.splitlines())) == (2, "", 1)
        assert "không thuộc cơ quan nào" in err


@pytest.mark.parametrize("command", ["check", "prove", "show"])
def test_a_draft_on_the_desk(call: Any, two: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    """A file of no agency, named itself, is judged by the one that is worked with from here, and that is said."""
    draft = two / "nhap.yaml"
    shutil.copy(flow(two / "a"), draft)
    monkeypatch.chdir(two / "a" / "aa")
    code, out, err = call(command, draft)
    assert (code, err) == (0, f"'{draft}' không nằm trong thư mục cơ quan nào; xét theo cơ quan ở '{two / 'a'}'\n")
    assert "1 lưu đồ" in out or "MAU-01 v1" in out or "1/1 lưu đồ" in out


@pytest.mark.parametrize("command", ["check", "prove", "story", "catalogue", "shapes", "book"])
def test_inside_an_agency_it_is_the_agency_that_is_meant(
    call: Any, two: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Standing in an agency's folder, or below it, a command without a path means this agency and no other."""
    monkeypatch.chdir(two / "a" / "aa")
    code, out, err = call(command)
    assert (code, err) == (0, "")
    assert "LTHH-13" not in out
    assert "MAU-01" in out or "1 lưu đồ đã kiểm tra" in out
    assert call("show", "MAU-01")[0] == 0


@pytest.mark.parametrize("command", ["check", "catalogue", "shapes", "story"])
def test_the_shipped_flows_are_never_meant_silently(
    call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Where there is no agency, the flows that came with FlowISO are used, and that is said on stderr alone."""
    monkeypatch.chdir(tmp_path)
    code, out, err = call(command)
    assert (code, err) == (0, f"dùng bản đi kèm FlowISO: {bundled()}\n")
    assert out


def test_check_reads_the_stories(call: Any, two: Path) -> None:
    """A story with a fault that `story` can't run is no clean agency; one flow file alone is none of that."""
    story = two / "a" / "_stories" / "w.yaml"
    story.write_text("story: x\nflow: MAU-01\nreceived: hôm qua\n", encoding="utf-8")
    code, told, _ = call("story", story)
    assert code == 2
    for path in (two / "a", story, two):
        code, out, _ = call("check", path)
        assert code == 1
        assert out.splitlines()[0] == told.splitlines()[0]
        assert out.startswith(f"{story}:3: FLW004 bad-value: ")
    assert call("check", flow(two / "a"))[0] == 0
    story.unlink()
    story.mkdir()
    assert f"{story}:1: FLW001" in call("check", two / "a")[1]


def test_a_flow_file_is_no_story(call: Any, two: Path) -> None:
    """One line a file, not one for each key."""
    code, out, _ = call("story", two / "a" / "aa")
    assert code == 2
    assert f"{flow(two / 'a')}:" in out.splitlines()[0]
    assert out.splitlines()[0].endswith("FLW004 bad-value: đây là tệp lưu đồ, không phải tình huống")
    assert len(out.splitlines()) == 2


@pytest.mark.parametrize("name", ["mau-01", "MAU-01@1", "aa/mau-01.v1.yaml", "./aa/mau-01.v1.yaml"])
def test_one_flow_by_code_version_or_file(call: Any, two: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """`show` and `diff` take all three."""
    monkeypatch.chdir(two / "a")
    code, out, err = call("show", name)
    assert (code, err) == (0, "")
    assert out.startswith("MAU-01 v1 ")
    assert call("diff", name, "MAU-01") == (0, "MAU-01 v1: không khác gì\n", "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["MAU-01@2"], "không có lưu đồ MAU-01 lần 2; hãy chọn lần đã có (1)"),
        (["MAU-01@x"], "sau @ là lần ban hành, ví dụ MAU-01@2"),
        (["MAU-01@1", "--on", "2026-02-01"], "--on không đi cùng 'MAU-01@1'"),
        (["aa/nope.yaml"], "không mở được 'aa/nope.yaml': không có tệp hay thư mục này"),
    ],
)
def test_no_such_flow(call: Any, two: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str) -> None:
    """Exit 2 and what there is."""
    monkeypatch.chdir(two / "a")
    code, out, err = call("show", *words)
    assert (code, out) == (2, "")
    assert said in err


def test_given_flows_judge_whatever_is_named(call: Any, two: Path) -> None:
    """`--flows` names the agency; it is not overruled by the place of a file."""
    assert call("prove", flow(two / "a"), "--flows", two / "b")[0] == 0
    code, _, err = call("show", flow(two / "a"), "--flows", two)
    assert (code, "_org.yaml" in err) == (2, True)
