"""Diff: nothing between a flow and itself, and of one edit exactly that edit, in words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from walks import agency

from flowiso.diff import diff
from flowiso.flowfile import read_flow
from flowiso.library import bundled
from flowiso.model import FORWARD, Fact, Flow, Place, Step, Transition
from flowiso.term import Term
from flowiso.text import Text

FLOWS = agency().flows
HERE = Place(1, 1)
Edited = tuple[Flow, set[str]]


def whats(old: Flow, new: Flow) -> set[str]:
    """The facts that differ, but for the sum that follows from them."""
    return {change.what for change in diff(old, new)} - {"total"}


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.code)
def test_nothing_between_a_flow_and_itself(flow: Flow) -> None:
    """Whether it is the same value or the same file read twice."""
    again, _ = read_flow(Path(flow.file).read_bytes(), "elsewhere.yaml", agency().library.words)
    assert again is not None
    assert diff(flow, flow) == diff(flow, again) == ()


# --- single edits


def with_step(flow: Flow, step: Step) -> Flow:
    return flow._replace(steps=tuple(step if one.id == step.id else one for one in flow.steps))


def chained(flow: Flow, main: list[Step]) -> Flow:
    """The flow with this main path, each row leading to the next as the reader makes it."""
    linked = []
    for step, following in zip(main, [*main[1:], None], strict=True):
        written = tuple(arrow for arrow in step.arrows if arrow.action != FORWARD)
        onward = (Transition(FORWARD, following.id, "forward", Text("Chuyển", "Pass"), HERE),) if following else ()
        linked.append(step._replace(arrows=(*onward, *written), main=True))
    return flow._replace(steps=(*linked, *(step for step in flow.steps if not step.main)))


OTHER: dict[str, Any] = {
    "code": "KHAC-01",
    "kind": "khac",
    "rule_set": "VN-2099",
    "fee_cases": (("hộ kinh doanh", 77),),
    "version": 77,
    "status": "published",
    "title": "Tên khác",
    "field": "khac",
    "division": "khac",
    "decided_by": "khac",
    "online_level": 2,
    "interconnected": None,
    "deadline": Term(Decimal(99), "wd"),
    "clock_policy": "khac",
    "effective": date(2026, 1, 2),
    "effective_to": date(2026, 12, 31),
    "issued_by": "Quyết định khác",
    "no_deadline_reason": "Lý do khác",
    "clock_basis": "Luật khác",
    "one_stop_full": "Luật khác",
    "confidential": True,
    "national_code": "9.999999",
    "archetype": "khac",
    "confidence": "khac",
    "result": "Giấy khác",
    "fee": 1,
    "supplement_window": Term(Decimal(9), "wd"),
}
LISTS = ("legal_basis", "submitted")
NOT_COMPARED = {"file", "places", "unread", "digest"}
ELSEWHERE = {"steps", "ends", "anywhere", "at_due", "facts", "ignore"}


def test_no_field_of_a_flow_is_forgotten() -> None:
    """Each field of a flow is in the edits below, or known to say nothing about the flowchart."""
    assert {*Flow._fields} == {*OTHER, *LISTS, *NOT_COMPARED, *ELSEWHERE}


def edit_head(flow: Flow, draw: Callable[..., Any]) -> Edited:
    name = draw(st.sampled_from(sorted(OTHER)))
    value = not flow.interconnected if name == "interconnected" else OTHER[name]
    return flow._replace(**{name: value}), {name}


def edit_list(flow: Flow, draw: Callable[..., Any]) -> Edited:
    name = draw(st.sampled_from(LISTS))
    return flow._replace(**{name: (*getattr(flow, name), "Một văn bản khác")}), {name}


def edit_row(flow: Flow, draw: Callable[..., Any]) -> Edited:
    step = draw(st.sampled_from(flow.steps))
    changes: dict[str, tuple[Any, str]] = {
        "title": (Text("Tên khác", "Another title"), "step"),
        "by": ("vai-tro-khac", "step"),
        "within": (Term(Decimal(77), "wh"), "time"),
        "clock": ("stopped" if step.clock != "stopped" else "run", "step"),
        "until": ("moc-khac", "step"),
        "ready": (not step.ready, "step"),
        "charged_to": ("system", "step"),
        "forms": ((*step.forms, "Giấy khác"), "forms"),
    }
    name = draw(st.sampled_from(sorted(changes)))
    value, kind = changes[name]
    return with_step(flow, step._replace(**{name: value})), {f"{kind}.{step.id}"}


def edit_arrow(flow: Flow, draw: Callable[..., Any]) -> Edited:
    steps = [step for step in flow.steps if any(arrow.action != FORWARD for arrow in step.arrows)]
    step = draw(st.sampled_from(steps))
    arrow = draw(st.sampled_from([arrow for arrow in step.arrows if arrow.action != FORWARD]))
    changes = {
        "target": "buoc-khac",
        "title": Text("Tên khác", "Another title"),
        "kind": "timer",
        "by": "vai-tro-khac",
        "times": 77,
        "deadline": Term(Decimal(77), "wd"),
        "policy": "none",
        "refer_to": "KHAC-02",
        "forms": ("Giấy khác",),
        "misroute": not arrow.misroute,
    }
    assert {*changes, "action", "place"} == {*Transition._fields}
    what = draw(st.sampled_from([*sorted(changes), "gone"]))
    new = () if what == "gone" else (arrow._replace(**{what: changes[what]}),)
    arrows = tuple(one for old in step.arrows for one in (new if old is arrow else (old,)))
    return with_step(flow, step._replace(arrows=arrows)), {f"arrow.{step.id}.{arrow.action}"}


def edit_added_arrow(flow: Flow, draw: Callable[..., Any]) -> Edited:
    step = draw(st.sampled_from(flow.steps))
    arrow = Transition("mui-ten-moi", flow.steps[0].id, "send-back", Text("Mới", "New"), HERE)
    where = draw(st.sampled_from(["row", "at-limit", "anywhere"]))
    if where == "anywhere":
        return flow._replace(anywhere=(*flow.anywhere, arrow)), {"anywhere.mui-ten-moi"}
    if where == "at-limit" and step.at_limit is None:
        return with_step(flow, step._replace(at_limit=arrow)), {f"arrow.{step.id}.mui-ten-moi"}
    return with_step(flow, step._replace(arrows=(*step.arrows, arrow))), {f"arrow.{step.id}.mui-ten-moi"}


def edit_at_due(flow: Flow, draw: Callable[..., Any]) -> Edited:
    arrow = Transition("het-gio", flow.ends[0].id, "timer", Text("Hết giờ", "Time is up"), HERE)
    old = {f"at-due.{flow.at_due.action}"} if flow.at_due else set()
    return flow._replace(at_due=arrow), {"at-due.het-gio", *old}


def edit_added_step(flow: Flow, draw: Callable[..., Any]) -> Edited:
    new = Step(
        "buoc-moi", Text("Bước mới", "New step"), "vai-tro-moi", Term(Decimal(1), "wh"), "run", (), HERE, main=False
    )
    if draw(st.booleans()):
        return flow._replace(steps=(*flow.steps, new)), {"step.buoc-moi"}
    main = [step for step in flow.steps if step.main]
    place = draw(st.integers(1, len(main) - 1))
    return chained(flow, [*main[:place], new, *main[place:]]), {"step.buoc-moi"}


def edit_lost_step(flow: Flow, draw: Callable[..., Any]) -> Edited:
    main = [step for step in flow.steps if step.main]
    place = draw(st.integers(1, len(main) - 2))
    return chained(flow, main[:place] + main[place + 1 :]), {f"step.{main[place].id}"}


def edit_order(flow: Flow, draw: Callable[..., Any]) -> Edited:
    main = [step for step in flow.steps if step.main]
    if len(main) < 4:
        return edit_head(flow, draw)
    place = draw(st.integers(1, len(main) - 3))
    main[place], main[place + 1] = main[place + 1], main[place]
    return chained(flow, main), {"steps"}


def edit_end(flow: Flow, draw: Callable[..., Any]) -> Edited:
    end = draw(st.sampled_from(flow.ends))
    what = draw(st.sampled_from(["kind", "title", "gone"]))
    changed = {"kind": "recorded" if end.kind != "recorded" else "granted", "title": Text("Tên khác", "Another")}
    new = () if what == "gone" else (end._replace(**{what: changed[what]}),)
    return flow._replace(ends=tuple(one for old in flow.ends for one in (new if old is end else (old,)))), {
        f"end.{end.id}"
    }


def edit_fact(flow: Flow, draw: Callable[..., Any]) -> Edited:
    fact = draw(st.sampled_from(flow.facts))
    turned = "read" if fact.status == "assumed" else "assumed"
    new = draw(st.sampled_from([fact._replace(status=turned), fact._replace(source="một nguồn khác")]))
    facts = tuple(new if one is fact else one for one in flow.facts)
    return flow._replace(facts=facts), {f"facts.{', '.join(fact.of)}"}


EDITS = (
    edit_head, edit_list, edit_row, edit_arrow, edit_added_arrow, edit_at_due, edit_added_step, edit_lost_step,
    edit_order, edit_end, edit_fact,
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_one_edit_is_named_and_nothing_else(data: st.DataObject) -> None:
    """Whatever single thing is changed in whichever shipped flow, the diff names it alone, in both directions."""
    flow = data.draw(st.sampled_from(FLOWS), label="flow")
    edit = data.draw(st.sampled_from(EDITS), label="edit")
    edited, expected = edit(flow, data.draw)
    assert whats(flow, edited) == expected
    assert whats(edited, flow) == expected
    for change in diff(flow, edited):
        assert change.text.vi
        assert change.before != change.after


@pytest.mark.no_cover
@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.code)
def test_a_renamed_step_stays_the_same_step(flow: Flow) -> None:
    """Another id everywhere it stands, arrows and provenance too, is a new id (and title), and no other change."""
    text = Path(flow.file).read_text(encoding="utf-8")
    for step in flow.steps[1:]:
        again = re.sub(rf"(?<![\w-]){step.id}(?![\w-])(?=[:,}}\]. \n])", "ten-khac", text)
        new, findings = read_flow(again.encode(), flow.file, agency().library.words)
        assert new is not None
        assert not findings
        changes = diff(flow, new)
        told = {change.what for change in changes} - {"forms.ten-khac"}  # the shared words had some for the old id
        if step.until == step.id:
            told -= {f"step.{other.id}" for other in flow.steps if other.until == step.id}  # a milestone of that name
        assert told == {"step.ten-khac"}, changes
        assert changes[0].text.vi.endswith(f"đổi mã '{step.id}' → 'ten-khac'")


def test_renamed_end() -> None:
    """The only end of its kind under another id."""
    flow = agency().find("LTHH-13", date(2021, 9, 14))
    text = Path(flow.file).read_text(encoding="utf-8").replace("da-rut", "da-lay-ve")
    new, _ = read_flow(text.encode(), flow.file, agency().library.words)
    assert new is not None
    assert whats(flow, new) == {"end.da-lay-ve"}


def test_a_step_in_the_place_of_another_of_another_role_is_a_new_one() -> None:
    """Who holds it tells the two apart, though it has the same title and neighbours."""
    flow = agency().find("LTHH-13", date(2021, 9, 14))
    old = flow.step("tham-dinh")
    assert old is not None
    text = Path(flow.file).read_text(encoding="utf-8")
    text = re.sub(r"(?<![\w-])tham-dinh(?![\w-])", "tham-tra", text)
    new, _ = read_flow(text.encode(), flow.file, agency().library.words)
    assert new is not None
    renamed = new.step("tham-tra")
    assert renamed is not None
    assert whats(flow, with_step(new, renamed._replace(title=old.title))) >= {"step.tham-tra"}
    assert whats(flow, with_step(new, renamed._replace(title=old.title, by="khac"))) >= {
        "step.tham-dinh",
        "step.tham-tra",
    }


# --- in words


def test_edits_in_words() -> None:
    """What only an edit of the value shows: an English title, an order, the place of a row, provenance come and gone."""
    flow = agency().find("LTHH-13", date(2021, 9, 14))
    row, fact = flow.steps[2], Fact(("fee",), "read", "Luật", HERE)
    for old, new, vi, en in (
        (
            with_step(flow, row._replace(title=Text("Thẩm tra", "Verify"))),
            with_step(flow, row._replace(title=Text("Thẩm tra", "Examine"))),
            "bước 'Thẩm tra' (thu-ly): tên: 'Verify' → 'Examine'",
            "step 'Examine' (thu-ly): title: 'Verify' → 'Examine'",
        ),
        (
            flow._replace(legal_basis=("Luật 1", "Luật 2")),
            flow._replace(legal_basis=("Luật 2", "Luật 1")),
            "căn cứ pháp lý: đổi thứ tự: Luật 2; Luật 1",
            "legal basis: other order: Luật 2; Luật 1",
        ),
        (
            with_step(flow, flow.steps[-1]._replace(main=False)),
            with_step(flow, flow.steps[-1]._replace(main=True)),
            "chuyển vào đường chính",
            "moved to the main path",
        ),
        (
            with_step(flow, flow.steps[-1]._replace(main=True)),
            with_step(flow, flow.steps[-1]._replace(main=False)),
            "chuyển ra ngoài đường chính",
            "moved aside",
        ),
        (
            flow._replace(facts=(fact,)),
            flow._replace(facts=()),
            "nguồn của fee: không còn ghi",
            "provenance of fee: no longer given",
        ),
        (
            flow._replace(facts=()),
            flow._replace(facts=(fact,)),
            "nguồn của fee: đã đọc (Luật)",
            "provenance of fee: read (Luật)",
        ),
    ):
        told = diff(old, new)
        assert any(vi in change.text.vi for change in told), told
        assert any(en in change.text.en for change in told), told


@pytest.mark.parametrize(
    ("old", "new", "vi", "en"),
    [
        (
            "deadline: 10wd",
            "deadline: 12wd",
            "thời hạn: 10 ngày làm việc → 12 ngày làm việc",
            "deadline: 10 working days → 12 working days",
        ),
        (
            "within: 54wh",
            "within: 50.5wh",
            "tổng thời gian đường chính: 78 → 74,5 giờ làm việc",
            "time of the main path: 78 → 74.5 working hours",
        ),
        (
            "by: van-thu-so\n",
            "by: mot-cua\n",
            "(phat-hanh): vai trò: 'van-thu-so' → 'mot-cua'",
            "(phat-hanh): role: 'van-thu-so' → 'mot-cua'",
        ),
        (
            "{tra-lai: tham-dinh}",
            "{tra-lai: thu-ly}",
            "(tra-lai) dẫn tới: 'tham-dinh' → 'thu-ly'",
            "(tra-lai) leads to: 'tham-dinh' → 'thu-ly'",
        ),
        (
            "{to: gui-bo-sung, times: 1}",
            "gui-bo-sung",
            "số lần nhiều nhất: 1 → không ghi",
            "times at most: 1 → not given",
        ),
        (
            "anywhere: {rut-ho-so: da-rut}",
            "anywhere: {}",
            "từ mọi bước: mũi tên 'Người nộp rút hồ sơ' (rut-ho-so) → 'da-rut': bỏ",
            "'da-rut': taken out",
        ),
        ("fee: 1200000", "fee: 600000", "phí (đồng): 1.200.000 → 600.000", "fee (đồng): 1,200,000 → 600,000"),
        (
            "  - Nghị định 17/2020/NĐ-CP\n",
            "",
            "căn cứ pháp lý: bỏ 'Nghị định 17/2020/NĐ-CP'",
            "legal basis: 'Nghị định 17/2020/NĐ-CP' taken out",
        ),
        (
            "    assumed: như các giờ khác của tệp này",
            "    read: NĐ 105",
            "nguồn của time.phat-hanh: giả định → đã đọc (NĐ 105)",
            "provenance of time.phat-hanh: assumed → read (NĐ 105)",
        ),
    ],
)
def test_in_words(old: str, new: str, vi: str, en: str) -> None:
    """The sentence a quality officer reads, in Vietnamese and in English."""
    flow = agency().find("LTHH-13", date(2021, 9, 14))
    text = Path(flow.file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    edited, _ = read_flow(text.replace(old, new).encode(), flow.file, agency().library.words)
    assert edited is not None
    told = diff(flow, edited)
    assert any(vi in change.text.vi for change in told), told
    assert any(en in change.text.en for change in told), told


def test_one_sentence_for_facts_of_one_source() -> None:
    """Facts whose provenance changed alike are named together."""
    flow = FLOWS[0]
    facts = (Fact(("title", "deadline"), "read", "Luật", HERE),)
    (told,) = diff(flow._replace(facts=facts), flow._replace(facts=(facts[0]._replace(source="Nghị định"),)))
    assert told.text.vi == "nguồn của title, deadline: vẫn đã đọc, ghi lại là: Nghị định"


# --- the command


@pytest.fixture
def second(tmp_path: Path) -> Path:
    """LTHH-13 with another deadline, in a file with blanks and accents in its name."""
    text = (bundled() / "lthh" / "lthh-13.v1.yaml").read_text(encoding="utf-8")
    file = tmp_path / "bản thứ hai.yaml"
    file.write_text(text.replace("deadline: 10wd", "deadline: 11wd"), encoding="utf-8")
    return file


def test_command(call: Any, second: Path) -> None:
    """Exit 0 without, 1 with differences; codes in any case, with versions, files; text and JSON."""
    shipped = bundled() / "lthh" / "lthh-13.v1.yaml"
    flows = ("--flows", bundled())
    assert call("diff", "lthh-13@1", shipped, *flows) == (0, "LTHH-13 v1: không khác gì\n", "")
    code, out, _ = call("diff", "LTHH-13", second, *flows)
    head, line, count = out.splitlines()
    assert (code, head, count) == (1, "LTHH-13 v1 → LTHH-13 v1", "1 chỗ khác")
    assert line == "  - thời hạn: 10 ngày làm việc → 11 ngày làm việc"
    code, out, _ = call("diff", "LTHH-13", second, *flows, "--format", "json", "--lang", "en")
    told = json.loads(out)
    assert (code, told["to"]["file"]) == (1, str(second))
    assert told["changes"] == [
        {
            "what": "deadline",
            "message": "deadline: 10 working days → 11 working days",
            "before": "10wd",
            "after": "11wd",
        }
    ]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["LTHH-13"], "LTHH-13 chỉ có lần 1"),
        (["LTHH-13@1"], "so 'LTHH-13@1' với gì?"),
        (["LTHH-31", "LTHH-13"], "có phải 'LTHH-17'?"),
        (["LTHH-13", "lthh-13@2"], "không có lưu đồ LTHH-13 lần 2; hãy chọn lần đã có (1)"),
        (["LTHH-13", "LTHH-13@hai"], "LTHH-13@2"),
        (["LTHH-13", "nope.yaml"], "không mở được 'nope.yaml'"),
        (["LTHH-13", "/tmp/"], "không phải là tệp thường"),
        (["LTHH-13", "tab.yaml"], "dấu tab"),
        ([], "thiếu 'MÃ|TỆP'"),
    ],
)
def test_what_cannot_be_compared(
    call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: list[str], said: str
) -> None:
    """Exit 2, nothing on standard output, and what to do about it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tab.yaml").write_text("code: A\n\ttitle: B\n", encoding="utf-8")
    code, out, err = call("diff", *args, "--flows", bundled())
    assert (code, out) == (2, "")
    assert said in err
