"""Stories: the shipped ones hold, a wrong expectation is told with its line, faults of a file are findings."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from walks import agency

from flowiso.library import bundled
from flowiso.model import Finding
from flowiso.story import load_stories, run, story_files
from flowiso.storyfile import EXPECT, MAX_STORIES, STORY, Expectation, Story, Wanted, read_stories

HEAD = "story: Thử\nflow: LTHH-13\nreceived: 2021-09-14 08:00 lan.vp\n"
FOLDER = bundled() / "_stories"


@cache
def shipped() -> tuple[Story, ...]:
    """The stories of flows/_stories."""
    stories, faults = load_stories(story_files(FOLDER))
    assert not faults
    return tuple(stories)


def read(text: str) -> tuple[tuple[Story, ...], list[Finding]]:
    return read_stories(text.encode(), "t.yaml")


def one(text: str) -> Story:
    """The single story of a text without faults."""
    (story,), faults = read(text)
    assert not faults
    return story


def misses(text: str) -> list[tuple[int, str]]:
    """Line and Vietnamese sentence of everything that came out otherwise."""
    return [(miss.line, miss.text.vi) for miss in run(one(text), agency()).misses]


# --- the shipped stories


@pytest.mark.parametrize("story", shipped(), ids=lambda story: f"{story.code} {story.title[:40]}")
def test_shipped_story(story: Story) -> None:
    """Every shipped story comes out as told: R43, R48, R57, R70, R72, R75, R83, R91, R120, R121 worked out by hand."""
    assert run(story, agency()).misses == ()


def test_every_archetype_has_a_story() -> None:
    """At least 40 stories; each archetype with its variants is in one, and an internal process."""
    assert len(shipped()) >= 40
    told = {story.code for story in shipped()}
    assert told <= {flow.code for flow in agency().flows}
    assert {flow.archetype for flow in agency().flows if flow.code in told} == {
        flow.archetype for flow in agency().flows
    }


OTHERS = {
    "due": "2021-01-04 17:00",
    "step_due": "2021-01-04 17:00",
    "received": "2021-01-04",
    "resolved": "2021-01-04",
    "step": "khong-co",
    "holder": "khong.co",
    "ended": defaultdict(lambda: "stopped", stopped="granted", yes="no"),
    "verdict": defaultdict(lambda: "stopped", stopped="early"),
    "stopped": {"yes": "no", "no": "yes"},
    "findings": "[DOS106]",
    "path": "[tiep-nhan, khong-co]",
}


def spoilt(wanted: Wanted) -> Wanted:
    """The same line with a value that is wrong in every shipped story."""
    other = OTHERS[wanted.key]
    return wanted._replace(value=other if isinstance(other, str) else other[wanted.value])


def test_each_wrong_expectation_fails_at_its_line() -> None:
    """Every single expectation of every shipped story is looked at: made wrong, it and nothing else is missed."""
    count, keys = 0, set()
    for story in shipped():
        for place, line in enumerate(story.course):
            if not isinstance(line, Expectation):
                continue
            for number, wanted in enumerate(line.wanted):
                wrong = spoilt(wanted)
                changed = line._replace(wanted=(*line.wanted[:number], wrong, *line.wanted[number + 1 :]))
                course = (*story.course[:place], changed, *story.course[place + 1 :])
                (miss,) = run(story._replace(course=course), agency()).misses
                assert (miss.line, miss.key, miss.expected) == (wanted.line, wanted.key, wrong.value)
                assert miss.came is not None
                count, keys = count + 1, keys | {wanted.key}
    assert keys == set(OTHERS)
    assert count > 100


def test_each_refusal_is_looked_at() -> None:
    """A move told as refused must be: with another error code, or taken as allowed, the story fails at that line."""
    refused = [(story, act) for story in shipped() for act in story.course if getattr(act, "refused", None)]
    assert len(refused) >= 10
    for story, act in refused:
        for code in ("calendar-unknown", None):
            course = tuple(line._replace(refused=code) if line is act else line for line in story.course)  # type: ignore[union-attr, call-arg]
            (miss,) = run(story._replace(course=course), agency()).misses
            assert miss.line == act.line


# --- what a story says when it fails


def test_wrong_due_is_explained() -> None:
    """U10: the due date's explanation comes with it, supplements and all, to the line of the wrong key."""
    text = HEAD + "\n".join(
        (
            "moves:",
            "  - 2021-09-14 09:00 lan.vp chuyen ha.qltm",
            "  - 2021-09-14 10:00 ha.qltm chuyen mai.qltm",
            "  - 2021-09-15 09:00 mai.qltm yeu-cau-bo-sung lan.vp",
            "  - 2021-09-15 10:00 lan.vp gui nguoi-nop",
            "  - 2021-09-20 09:00 nguoi-nop da-bo-sung mai.qltm",
            "expect:",
            "  step: thu-ly",
            "  due: 2021-09-28 17:00",
        )
    )
    (miss,) = run(one(text), agency()).misses
    assert (miss.line, miss.expected, miss.came) == (12, "2021-09-28 17:00", "2021-10-04 17:00")
    told = [line.text.vi for line in miss.why]
    assert told[1] == "Yêu cầu 15/09/2021 10:00, nộp lại 20/09/2021 09:00: tính lại từ đầu."
    assert told[-1] == "Đến hạn: Thứ Hai 04/10/2021 17:00."


@pytest.mark.parametrize(
    ("tail", "line", "said"),
    [
        ("moves: [2021-09-14 09:00 lan.vp chuyen hung.ktnl]", 4, "không có vai trò"),
        ("moves: [2021-09-14 09:00 lan.vp bay ha.qltm]", 4, "không có hành động 'bay'"),
        ("moves:\n  - 2021-09-14 09:00 lan.vp chuyen", 5, "hãy chọn người nhận (to, --to): ha.qltm, vinh.qltm"),
        ("moves: [{do: 2021-09-14 09:00 lan.vp chuyen ha.qltm, refused: misrouted}]", 4, "nhưng đã được chấp nhận"),
        ("moves: [{do: 2021-09-14 09:00 lan.vp chuyen mai.qltm, refused: DOS203}]", 4, "nhưng lỗi là misrouted"),
        ("expect: {ended: yes}", 4, "'ended' phải là yes nhưng thực tế là no"),
        ("expect: {at: 2031-01-01 08:00, due: none}", 4, "Chưa biết ngày nghỉ năm 2031"),
    ],
)
def test_what_went_otherwise(tail: str, line: int, said: str) -> None:
    """The engine's own words, at the line of the story."""
    expected = "" if "expect" in tail else "\nexpect: {step: tiep-nhan}"
    (found,) = misses(HEAD + tail + expected)
    assert found[0] == line
    assert said in found[1]


def test_nothing_goes_on_after_a_line_that_could_not_be_done() -> None:
    """One cause, one miss: the lines behind a refused move aren't compared."""
    text = HEAD + "moves: [2021-09-14 09:00 lan.vp bay]\nexpect: {step: thu-ly, holder: x, due: none}"
    assert len(misses(text)) == 1


@pytest.mark.parametrize(
    ("flow", "said"),
    [
        ("LTHH-31", "không có lưu đồ LTHH-31; có phải 'LTHH-17'?"),
        ("LTHH-31@1", "không có lưu đồ LTHH-31; có phải 'LTHH-17'?"),
        ("lthh-13@7", "không có lưu đồ LTHH-13 lần 7; hãy chọn lần đã có (1) hoặc khôi phục tệp lưu đồ của lần 7"),
    ],
)
def test_unknown_flow(flow: str, said: str) -> None:
    """At the line of `flow`, with the one that was meant."""
    assert misses(HEAD.replace("LTHH-13", flow) + "expect: {step: tiep-nhan}") == [(2, said)]


def test_one_version_whatever_the_day() -> None:
    """`@1` or `version: 1` runs a version on a day it isn't in force; without it that is the miss."""
    early = HEAD.replace("2021-09-14", "2019-09-16") + "expect: {due: 2019-09-30 17:00}"
    assert "không lần ban hành nào có hiệu lực" in misses(early)[0][1]
    assert misses(early.replace("LTHH-13", "LTHH-13@1")) == []
    assert misses(early + "\nversion: 1") == []


# --- the file


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("received:", "recieved:", 3, "có phải 'received'?"),
        ("story: Thử\n", "", 1, "thiếu khóa 'story'"),
        ("lan.vp", "lan.vp phone", 3, "cần một trong counter, online, postal"),
        ("2021-09-14 08:00", "2021-09-31 08:00", 3, "cần một dòng như"),
        ("2021-09-14 08:00", "14/09/2021 08:00", 3, "cần một dòng như"),
        ("LTHH-13", "LTHH 13", 2, "không hợp lệ"),
        ("{step: tiep-nhan}", "{stpe: tiep-nhan}", 4, "có phải 'step'?"),
        ("{step: tiep-nhan}", "{due: 28/09/2021}", 4, "cần thời điểm như"),
        ("{step: tiep-nhan}", "{findings: [DOS102, DOS103]}", 4, "DOS103"),
        ("{step: tiep-nhan}", "{findings: none}", 4, "cần một danh sách"),
        ("{step: tiep-nhan}", "{verdict: lat}", 4, "có phải 'late'?"),
        ("{step: tiep-nhan}", "{at: 2021-09-13 08:00, step: tiep-nhan}", 4, "trước dòng trên"),
        ("{step: tiep-nhan}", "tiep-nhan", 4, "cần bảng như"),
        ("expect: {step: tiep-nhan}", "", 1, "chưa ghi kết quả mong đợi"),
        ("expect: {step: tiep-nhan}", "submitted: 2021-09-14 08:00 lan.vp", 1, "cần đúng một trong"),
        ("expect:", "moves: [2021-09-14 09:00 lan.vp]\nexpect:", 4, "cần một dòng như"),
        ("expect:", "moves: [{do: 2021-09-14 09:00 a b, refused: no}]\nexpect:", 4, "cần một trong not-allowed"),
        ("expect:", "moves: [{refused: misrouted}]\nexpect:", 4, "khóa 'refused' không có nghĩa ở đây"),
        ("expect:", "moves: chuyen\nexpect:", 4, "cần một danh sách các lượt chuyển"),
        ("expect:", "\texpect:", 4, "dấu tab"),
    ],
)
def test_faults_of_a_story_file(old: str, new: str, line: int, said: str) -> None:
    """The same care as for flow files: line, what is wrong, what was meant; a faulty story isn't run."""
    text = HEAD + "expect: {step: tiep-nhan}"
    assert text.count(old) == 1
    stories, faults = read(text.replace(old, new))
    assert stories == ()
    assert (faults[0].line, said in faults[0].message.vi) == (line, True), faults


def test_all_faults_in_one_run_and_the_sound_stories_still_run() -> None:
    """A list of stories: every fault of the faulty ones, and the others."""
    text = "- flow: LTHH-13\n  received: x\n  expect: {stp: 1}\n- chữ\n- " + HEAD.replace("\n", "\n  ")
    stories, faults = read(text + "expect: {step: tiep-nhan}\n")
    assert [fault.line for fault in faults] == [1, 2, 3, 4]
    assert [story.title for story in stories] == ["Thử"]


def test_too_many_stories() -> None:
    """A file has its limits."""
    text = "".join("- " + HEAD.replace("\n", "\n  ") + "expect: {step: a}\n" for _ in range(MAX_STORIES + 1))
    _, faults = read(text)
    assert "hãy tách tệp" in faults[-1].message.vi


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_mutation_gives_findings_or_stories(data: st.DataObject) -> None:
    """U9: whatever is written, reading and running it ends in findings and misses, never in anything else."""
    text = data.draw(st.sampled_from([file.read_text(encoding="utf-8") for file in story_files(FOLDER)]))
    words = re.split(r"(\s+)", text)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(words) - 1))
        words[place] = data.draw(st.sampled_from([*words[:60], "", "{", "[", "none", "2021-13-01", "yes", ":", "- "]))
    stories, faults = read("".join(words))
    for story in stories:
        run(story, agency())
    assert stories or faults


def test_the_page_tells_of_every_key() -> None:
    """docs/flow-file.md: its example holds, and every key is explained."""
    page = (Path(__file__).parent.parent / "docs" / "flow-file.md").read_text(encoding="utf-8")
    section = page[page.index("## Stories") : page.index("## The agency's other files")]
    (example,) = re.findall(r"```yaml\n(.*?)```", section, re.DOTALL)
    assert misses(example) == []
    for key in (*STORY, *EXPECT):
        assert f"`{key}`" in section or f"`{key}:" in section, key


# --- the command


def test_command_runs_the_folder(call: Any) -> None:
    """Without a path the folder _stories of the flows: one line for each story and a summary, exit 0."""
    code, out, err = call("story", "--flows", bundled())
    lines = out.splitlines()
    assert (code, err, len(lines)) == (0, "", len(shipped()) + 1)
    assert lines[-1] == f"{len(shipped())} tình huống đã chạy, đều đạt"
    assert all(line.startswith("đạt   ") for line in lines[:-1])


def test_command_tells_what_fails(call: Any, tmp_path: Path) -> None:
    """Exit 1, file and line, the explanation; in JSON the same, in English too."""
    file = tmp_path / "Tình huống một.yaml"
    file.write_text(HEAD + "expect: {due: 2021-09-27}", encoding="utf-8")
    code, out, _ = call("story", file, "--flows", bundled())
    assert code == 1
    assert f"{file}:4: 'due' phải là 2021-09-27 nhưng thực tế là 2021-09-28 17:00" in out
    assert out.splitlines()[-2].strip() == "Đến hạn: Thứ Ba 28/09/2021 17:00."
    assert out.splitlines()[-1] == "1 tình huống đã chạy, 1 sai"
    code, out, _ = call("story", file, "--flows", bundled(), "--format", "json", "--lang", "en")
    told = json.loads(out)
    assert (code, told["stories"], told["failed"], told["findings"]) == (1, 1, 1, [])
    (miss,) = told["results"][0]["misses"]
    assert (miss["line"], miss["key"], miss["expected"], miss["came"]) == (4, "due", "2021-09-27", "2021-09-28 17:00")
    assert miss["explanation"][-1] == "Due: Tuesday 28/09/2021 17:00."


def test_command_with_a_faulty_file(call: Any, tmp_path: Path) -> None:
    """Exit 2: what can't be read wasn't tried; the rest is run all the same."""
    (tmp_path / "a.yaml").write_text(HEAD, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(HEAD + "expect: {step: tiep-nhan}", encoding="utf-8")
    code, out, _ = call("story", tmp_path, "--flows", bundled())
    assert code == 2
    assert out.splitlines()[0].startswith(f"{tmp_path / 'a.yaml'}:1: FLW004 bad-value: ")
    assert out.splitlines()[-1] == "1 tình huống đã chạy, đều đạt; 1 tệp có lỗi viết"


@pytest.mark.parametrize("name", ["nope.yaml", "", "folder.yaml"])
def test_command_without_stories(call: Any, tmp_path: Path, name: str) -> None:
    """Exit 2 and a sentence: nothing there, an empty folder, a folder named like a file."""
    (tmp_path / "folder.yaml").mkdir()
    code, out, err = call("story", tmp_path / name, "--flows", bundled())
    assert (code, out) == (2, "")
    assert err.startswith("flowiso: '") or "không có tệp" in err


def test_flows_with_errors_run_no_story(call: Any, tmp_path: Path) -> None:
    """Exit 2 with the findings of the flows."""
    (tmp_path / "flows" / "_stories").mkdir(parents=True)
    (tmp_path / "flows" / "_org.yaml").write_text("agency: x", encoding="utf-8")
    (tmp_path / "flows" / "_stories" / "a.yaml").write_text(HEAD + "expect: {step: tiep-nhan}", encoding="utf-8")
    code, out, err = call("story", tmp_path / "flows")
    assert (code, out) == (2, "")
    assert "_org.yaml:1: FLW" in err
