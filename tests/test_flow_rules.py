"""The rules about one flow on the shipped flows: one planted fault is found, on its line, and honest shapes are left alone."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import networkx as nx
import pytest
from conftest import FLOWS
from hypothesis import given, settings
from hypothesis import strategies as st
from offices import at

import flowiso
from flowiso.errors import Misrouted
from flowiso.flowfile import read_flow
from flowiso.graph import as_graph, shape
from flowiso.library import Library, load
from flowiso.model import Finding, Flow
from flowiso.org import Org
from flowiso.render.flow import as_json, as_text
from flowiso.rules import check_flow, endless_loop, heed, unsigned_result
from flowiso.rules.context import Context
from flowiso.rules.ways import Ways
from flowiso.words import Words

NEW = {
    *("FLW110", "FLW211", "FLW212", "FLW213", "FLW304", "FLW307", "FLW308", "FLW310", "FLW311", "FLW312"),
    *("FLW216", "FLW313", "FLW405", "FLW406", "FLW407", "FLW502", "FLW504", "FLW603", "FLW604"),
}


@pytest.fixture(scope="module")
def library() -> Library:
    """The shipped flows with their agency."""
    return load(FLOWS)


def text_of(code: str) -> str:
    (file,) = FLOWS.glob(f"*/{code.lower()}.v1.yaml")
    return file.read_text(encoding="utf-8")


def found(library: Library, text: str, org: Org | None = None) -> list[Finding]:
    """What the reader and the rules find in a flow's text, in the shipped agency."""
    flow, faults = read_flow(text.encode(), "x.yaml", library.words)
    assert flow is not None
    return heed([flow], [*faults, *check_flow(flow, Context(org or library.org, library.words))])


def changed(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert text.count(old) == 1, (text.count(old), old)
        text = text.replace(old, new)
    return text


BO_SUNG = "then: {da-bo-sung: thu-ly, khong-bo-sung: {to: da-dung, by: mot-cua}}"
NOP_PHI = "then: {da-nop-phi: thu-ly, khong-nop-phi: {to: da-dung, by: mot-cua}}"
PHAT_HANH = re.search(r"(?m)^  phat-hanh:\n(?:    .*\n)+", text_of("LTHH-13"))[0]  # type: ignore[index]

PLANTED = {
    "a state secret": ("LTHH-13", "\nfee: 1200000", "\nfee: 1200000\nconfidential: yes", "confidential:", "FLW110"),
    "sent back by a forward arrow": (
        "LTHH-13",
        "within: 6wh, then: {tra-lai: thu-ly}",
        "within: 6wh, then: {tra-lai: {to: thu-ly, kind: forward}}",
        "kind: forward",
        "FLW211",
    ),
    "a refusal that is reconsidered for ever": (
        "LTHH-07",
        "xem-xet-lai: tong-hop",
        "xem-xet-lai: {to: tong-hop, kind: forward}",
        "kind: forward",
        "FLW211",
    ),
    "the head refuses, the examiner can't": (
        "LTHH-13",
        "      khong-du-dieu-kien: duyet-tu-choi\n  tham-dinh:         {by: lanh-dao-phong, within: 6wh, then: {",
        "  tham-dinh:         {by: lanh-dao-phong, within: 6wh, then: {khong-du-dieu-kien: duyet-tu-choi, ",
        "  thu-ly:",
        "FLW212",
    ),
    "the head asks for papers, the examiner can't": (
        "XTTM-03",
        "    then: {yeu-cau-bo-sung: gui-bo-sung, khong-xac-nhan: duyet-tu-choi}\n  tham-dinh:\n",
        "    then: {khong-xac-nhan: duyet-tu-choi}\n  tham-dinh:\n",
        "  thu-ly:",
        "FLW212",
    ),
    "a supplement that closes the dossier": (
        "LTHH-13",
        BO_SUNG,
        BO_SUNG.replace("da-bo-sung: thu-ly", "da-bo-sung: da-dung"),
        "  cho-bo-sung:",
        "FLW213",
    ),
    "a supplement that is asked for again and again": (
        "LTHH-13",
        BO_SUNG,
        BO_SUNG.replace("da-bo-sung: thu-ly", "da-bo-sung: gui-bo-sung"),
        "  cho-bo-sung:",
        "FLW213",
    ),
    "a payment that leads to the refusal": (
        "LTHH-13",
        NOP_PHI,
        NOP_PHI.replace("da-nop-phi: thu-ly", "da-nop-phi: ky-tu-choi"),
        "  cho-nop-phi:",
        "FLW213",
    ),
    "a supplement whose way never waits": (
        "LTHH-13",
        "yeu-cau-bo-sung: {to: gui-bo-sung, times: 1}",
        "yeu-cau-bo-sung: {to: duyet-tu-choi, times: 1}",
        "yeu-cau-bo-sung: {to: duyet-tu-choi",
        "FLW213",
    ),
    "the examiner signs": (
        "LTHH-13",
        "ky-duyet:          {by: lanh-dao-so,    ",
        "ky-duyet:          {by: chuyen-vien,    ",
        "  ky-duyet:",
        "FLW307",
    ),
    "signed before the inspection only": (
        "LTHH-07",
        "  ky-duyet:          {by: lanh-dao-so,    within: 16wh, then: {tra-lai: tham-dinh}}\n",
        "",
        "  tham-dinh:",
        "FLW307",
    ),
    "the refusal isn't signed": (
        "LTHH-13",
        "  ky-tu-choi:        {by: lanh-dao-so,    ",
        "  ky-tu-choi:        {by: lanh-dao-phong, ",
        "  ky-tu-choi:",
        "FLW307",
    ),
    "no number, no seal": ("LTHH-13", PHAT_HANH, "", "  ky-duyet:", "FLW308"),
    "a division instead of an officer": (
        "LTHH-13",
        "tham-dinh:         {by: lanh-dao-phong, ",
        "tham-dinh:         {by: qltm, ",
        "  tham-dinh:",
        "FLW310",
    ),
    "the clock runs at the applicant's": (
        "LTHH-13",
        "cho-bo-sung:       {by: nguoi-nop,      clock: stopped, ",
        "cho-bo-sung:       {by: nguoi-nop,      ",
        "  cho-bo-sung:",
        "FLW312",
    ),
    "the clock stands at an officer's": (
        "LTHH-13",
        "tham-dinh:         {by: lanh-dao-phong, ",
        "tham-dinh:         {by: lanh-dao-phong, clock: stopped, ",
        "  tham-dinh:",
        "FLW312",
    ),
    "the system holds a step": (
        "LTHH-13",
        "phan-cong:         {by: lanh-dao-phong, ",
        "phan-cong:         {by: he-thong, ",
        "  phan-cong:",
        "FLW312",
    ),
    "an answer that may never come": (
        "TMQT-14",
        re.search(r"(?m)^    at-limit:\n(?:      .*\n)+", text_of("TMQT-14"))[0],  # type: ignore[index]
        "",
        "  cho-y-kien:",
        "FLW405",
    ),
    "a pause without a law": ("LTHH-13", "clock_policy: restart", "clock_policy: pause", "clock_policy:", "FLW406"),
    "no restart without a law": ("LTHH-13", "clock_policy: restart", "clock_policy: none", "clock_policy:", "FLW406"),
    "one supplement that pauses without a law": (
        "LTHH-13",
        "{to: gui-bo-sung, times: 1}",
        "{to: gui-bo-sung, times: 1, policy: pause}",
        "policy: pause",
        "FLW406",
    ),
    "a law for what is the general rule": (
        "LTHH-13",
        "clock_policy: restart",
        "clock_basis: Nghị định ví dụ\nclock_policy: restart",
        "clock_basis:",
        "FLW406",
    ),
    "working days became days": ("TMQT-01", "within: 5wd", "within: 5d", "  cho-y-kien:", "FLW407"),
    "an interconnected flow of one agency": (
        "LTHH-13",
        "interconnected: no",
        "interconnected: yes",
        "interconnected:",
        "FLW603",
    ),
    "lateness charged to others": (
        "LTHH-13",
        "    within: 54wh\n",
        "    within: 54wh\n    charged-to: partner\n",
        "  thu-ly:",
        "FLW604",
    ),
}


@pytest.mark.parametrize(("code", "old", "new", "line", "rule"), list(PLANTED.values()), ids=list(PLANTED))
def test_planted(library: Library, code: str, old: str, new: str, line: str, rule: str) -> None:
    """R43-R49, R55, R62, R64, R68, R140: each fault in a good flow is found by the rule that speaks of it, on its line."""
    text = changed(text_of(code), (old, new))
    mine = [(one.code, one.line) for one in found(library, text) if one.code in NEW]
    (place,) = [number for number, row in enumerate(text.split("\n"), 1) if line in row and not row.startswith("#")][:1]
    assert mine == [(rule, place)]


def test_one_fault_is_one_finding(library: Library) -> None:
    """Habit 6: a missing time isn't asked for where the clock should stand, nor is a lost way reported twice."""
    for title, other in (
        ("a supplement that closes the dossier", "FLW205"),
        ("the clock runs at the applicant's", "FLW403"),
    ):
        code, old, new, _, rule = PLANTED[title]
        codes = [one.code for one in found(library, changed(text_of(code), (old, new)))]
        assert codes.count(rule) == 1
        assert other not in codes


def test_shipped_flows_are_left_alone(library: Library) -> None:
    """Needs the data of flows/: they break none of these rules, with or without a calendar, but those they silence."""
    context = Context(library.org, library.words)
    assert len(library.flows) >= 12
    broken = {(flow.code, one.code) for flow in library.flows for one in check_flow(flow, context)}
    assert broken <= {(flow.code, entry.code) for flow in library.flows for entry in flow.ignore}


def test_a_state_secret_can_not_be_silenced(library: Library) -> None:
    """R68: no reason makes a secret loadable."""
    secret = "\nfee: 1200000\nconfidential: yes\nignore: {FLW110: bí mật nhẹ}"
    named = ("  - of: [confidence]", "  - of: [confidence, confidential]")
    text = changed(text_of("LTHH-13"), ("\nfee: 1200000", secret), named)
    assert {one.code for one in found(library, text)} == {"FLW006", "FLW110"}


def test_examiner_and_signer_are_one_account(library: Library) -> None:
    """R140: found through the accounts, named, and only where the accounts may really hold both steps."""
    both = library.org.accounts["quang.lds"]._replace(roles=frozenset({"lanh-dao-so", "chuyen-vien"}))
    org = library.org._replace(accounts={**library.org.accounts, "quang.lds": both})
    assert found(library, text_of("LTHH-13"), org) == []  # he sits with the directors, examiners sit in the division

    org = org._replace(roles={**org.roles, "chuyen-vien": org.roles["chuyen-vien"]._replace(sits="lanh-dao")})
    text = text_of("LTHH-13")
    (one,) = [one for one in found(library, text, org) if one.code == "FLW304"]
    assert "quang.lds" in one.message.vi
    assert "'thu-ly'" in one.message.vi
    assert text.split("\n")[(one.line or 0) - 1].startswith("  ky-duyet:")

    law = changed(text, ("\nfee:", "\none_stop_full: Nghị định ví dụ\nfee:"))
    assert "FLW304" not in {one.code for one in found(library, law, org)}


def test_signer_and_clerk_are_one_account(library: Library) -> None:
    """R140: nor may who signs give the number."""
    clerk = library.org.accounts["quang.lds"]._replace(roles=frozenset({"lanh-dao-so", "van-thu-so"}))
    org = library.org._replace(accounts={**library.org.accounts, "quang.lds": clerk})
    org = org._replace(roles={**org.roles, "van-thu-so": org.roles["van-thu-so"]._replace(sits="lanh-dao")})
    text = text_of("LTHH-13")
    (one,) = found(library, text, org)
    assert one.code == "FLW304"
    assert "vừa ký ở bước 'ky-duyet' vừa vào số ở bước 'phat-hanh'" in one.message.vi


def both_roles(library: Library, account: str, *roles: str) -> Org:
    """The shipped agency, one of whose accounts has these roles."""
    changed_one = library.org.accounts[account]._replace(roles=frozenset(roles))
    return library.org._replace(accounts={**library.org.accounts, account: changed_one})


def test_examiner_and_reviewer_are_one_account(library: Library) -> None:
    """R140: who may examine and review is named once, at the review behind the examination, not where work is given out."""
    org = both_roles(library, "mai.qltm", "chuyen-vien", "lanh-dao-phong")
    text = text_of("LTHH-13")
    (one,) = found(library, text, org)
    assert (one.code, one.level) == ("FLW313", "warning")
    assert "mai.qltm vừa thẩm định ở bước 'thu-ly' vừa xem xét ở bước 'tham-dinh'" in one.message.vi
    assert text.split("\n")[(one.line or 0) - 1].startswith("  tham-dinh:")

    law = changed(text, ("\nfee:", "\none_stop_full: Nghị định ví dụ\nfee:"))
    assert "FLW313" not in {one.code for one in found(library, law, org)}
    assert found(library, text, both_roles(library, "hung.ktnl", "chuyen-vien", "lanh-dao-phong")) == []  # elsewhere


def test_who_signs_too_is_named_once(library: Library) -> None:
    """Habit 6, R140: an account FLW304 names in a flow isn't named by FLW313 too; another one still is."""
    roles = {**library.org.roles, "lanh-dao-so": library.org.roles["lanh-dao-so"]._replace(sits="own")}
    org = both_roles(library, "mai.qltm", "chuyen-vien", "lanh-dao-phong", "lanh-dao-so")._replace(roles=roles)
    of_these = {"FLW304", "FLW313"}
    assert {one.code for one in found(library, text_of("LTHH-13"), org)} & of_these == {"FLW304"}
    other = org.accounts["hung.qltm"]._replace(roles=frozenset({"chuyen-vien", "lanh-dao-phong"}))
    both = found(library, text_of("LTHH-13"), org._replace(accounts={**org.accounts, "hung.qltm": other}))
    (one,) = [one for one in both if one.code == "FLW313"]
    assert "hung.qltm" in one.message.vi
    assert "mai.qltm" not in one.message.vi


@pytest.mark.parametrize("target", ["tiep-nhan", "ra-soat", "trinh-y-kien", "gui-y-kien", "cho-giai-trinh"])
def test_silence_leads_to_an_end(library: Library, target: str) -> None:
    """R45, R70: whatever step `at-due` leads to, forward or back, that is one finding on its line."""
    text = changed(text_of("QLCT-04"), ("at-due: {het-han: dong-y-im-lang}", f"at-due: {{het-han: {target}}}"))
    (one,) = [one for one in found(library, text) if one.code != "FLW205"]
    assert one.code == "FLW216"
    assert text.split("\n")[(one.line or 0) - 1].startswith("at-due:")


def test_mistyped_silence_is_only_mistyped(library: Library) -> None:
    """Habit 6: a target that isn't there is FLW201, though a step is what was probably meant."""
    text = changed(text_of("QLCT-04"), ("at-due: {het-han: dong-y-im-lang}", "at-due: {het-han: ra-soatt}"))
    assert [one.code for one in found(library, text) if one.code != "FLW205"] == ["FLW201"]


def test_limits_that_run_out_for_ever_are_told_once(library: Library) -> None:
    """R64: two steps that hand a case to each other at once and nowhere else are FLW203; with a way out each is FLW210."""
    one = "  mot: {by: chuyen-vien, within: immediate, then: {%s}, at-limit: {a: {to: hai, title: A}}}\n"
    two = "  hai: {by: chuyen-vien, within: immediate, at-limit: {b: {to: mot, title: B}}}\n"
    asks = (
        "      khong-du-dieu-kien: duyet-tu-choi\n",
        "      khong-du-dieu-kien: duyet-tu-choi\n      c: {to: mot, title: C}\n",
    )
    codes = {"FLW203", "FLW210", "FLW211"}

    def said(out: str) -> list[str]:
        text = changed(text_of("LTHH-13"), asks, ("\naside:", f"\naside:\n{one % out}{two}#"))
        return [finding.code for finding in found(library, text) if finding.code in codes]

    assert said("") == ["FLW203"]
    assert said("chuyen: duyet-tu-choi") == ["FLW210", "FLW210"]


def test_who_has_the_role_elsewhere_is_named(library: Library) -> None:
    """R62, R121: a role nobody has in this division is answered with somebody who has it in another."""
    text = changed(text_of("LTHH-07"), ("division: qltm", "division: khth"))
    (note,) = [one.message.vi for one in found(library, text) if one.code == "FLW303"]
    assert note.endswith("; 'giang.tt' có vai trò này nhưng thuộc 'tt', có phải 'division' sai?")


FEE = "can-nop-phi: {to: gui-thong-bao-phi, times: 1}"
HONEST = {
    "a consultation that comes back, once": (
        (FEE, f"can-hoi-dong: {{to: hop-hoi-dong, times: 1}}\n      {FEE}"),
        ("aside:", "aside:\n  hop-hoi-dong: {by: hoi-dong, within: 4wh, then: {ket-luan: thu-ly}}\n#"),
    ),
    "another law for the clock": (
        ("clock_policy: restart", "clock_basis: Nghị định ví dụ\nclock_policy: pause"),
        ("  - of: [clock_policy]", "  - of: [clock_policy, clock_basis]"),
    ),
    "the counter ends the wait when time is up": (
        ("khong-bo-sung: {to: da-dung, by: mot-cua}}}", "khong-bo-sung: {to: da-dung, by: mot-cua}}, within: 30d}"),
    ),
    "only the time ends the wait": (
        (BO_SUNG + "}", "within: 30d, then: {da-bo-sung: thu-ly}, at-limit: {khong-bo-sung: da-dung}}"),
    ),
    "licence and refusal go one way and part at the counter": (
        ("      khong-du-dieu-kien: duyet-tu-choi\n", ""),
        ("then: {tra: da-cap}", "then: {tra: da-cap, khong-dat: {to: tu-choi, kind: forward, forms: [phieu-tu-choi]}}"),
    ),
}


@pytest.mark.parametrize("changes", list(HONEST.values()), ids=list(HONEST))
def test_honest_shapes(library: Library, changes: tuple[tuple[str, str], ...]) -> None:
    """R44, R45, R55, R64: what the law allows is no finding of these rules."""
    assert [one for one in found(library, changed(text_of("LTHH-13"), *changes)) if one.code in NEW] == []


def test_interconnected_with_another_agency_and_without(library: Library) -> None:
    """R64: a flow marked so has a step at another agency, whoever decides."""
    text = changed(text_of("ATD-01"), ("decided_by: ubnd", "decided_by: so"))
    assert "FLW603" not in [one.code for one in found(library, text)]
    alone = changed(text_of("LTHH-13"), ("interconnected: no", "interconnected: yes"))
    assert "FLW603" in [one.code for one in found(library, alone)]


def test_a_milestone_needs_no_time(library: Library) -> None:
    """R61, FLW403: a step that waits for a day of the plan has that day, and no time beside it."""
    text = changed(text_of("CNDP-01"), ("    until: cham-diem\n", "    until: cham-diem\n    within: 8wh\n"))
    (one,) = [one for one in found(library, text) if one.code == "FLW403"]
    assert "có hạn theo kế hoạch ('until'); hãy bỏ 'within'" in one.message.vi


def test_a_livelock_is_told_once(library: Library) -> None:
    """R64: a circle nobody can leave is FLW203, one that can be left FLW211; never both."""
    sign = "then: {ky: phat-hanh-tu-choi, tra-lai: duyet-tu-choi}"
    review = "then: {chuyen: ky-tu-choi, tra-lai: thu-ly}"
    round_and_round = (sign, "then: {ky: duyet-tu-choi}")
    left = found(library, changed(text_of("LTHH-13"), round_and_round))
    assert [one.code for one in left if one.code in ("FLW203", "FLW211")] == ["FLW211"]
    stuck = found(library, changed(text_of("LTHH-13"), round_and_round, (review, "then: {chuyen: ky-tu-choi}")))
    assert [one.code for one in stuck if one.code in ("FLW203", "FLW211")] == ["FLW203"]


def test_unknown_duty_may_be_a_signer(library: Library) -> None:
    """A role whose duty isn't known is given the benefit of the doubt: FLW307 and FLW212 keep silent."""
    roles = {name: role._replace(duty=None) for name, role in library.org.roles.items()}
    org = library.org._replace(roles=roles)
    unsigned = changed(
        text_of("LTHH-13"), ("ky-duyet:          {by: lanh-dao-so, ", "ky-duyet:          {by: chuyen-vien, ")
    )
    assert [one.code for one in found(library, unsigned, org) if one.code in NEW] == []


def test_untitled_things_are_told_once(library: Library) -> None:
    """An action on several steps needs one title; so do a step and an end."""
    text = text_of("LTHH-13").replace("tra-lai:", "quay-lui:").replace("da-cap", "cap-roi")
    lines = [(one.code, one.message.en) for one in found(library, text) if one.code == "FLW504"]
    assert [message.split("'")[1] for _, message in lines] == ["quay-lui", "cap-roi"]


# ---- a division in the place of a role (R62) ----


@pytest.fixture
def divided(tmp_path: Path) -> Path:
    """The shipped agency with one flow whose examiners are a whole division."""
    shutil.copytree(FLOWS, tmp_path / "flows", ignore=lambda _, names: [n for n in names if n[0] not in "_2"])
    for file in FLOWS.glob("_*"):
        if file.is_dir():
            shutil.copytree(file, tmp_path / "flows" / file.name, dirs_exist_ok=True)
    shutil.rmtree(tmp_path / "flows" / "_plans", ignore_errors=True)
    folder = tmp_path / "flows" / "lthh"
    folder.mkdir(exist_ok=True)
    text = changed(text_of("LTHH-13"), ("  thu-ly:\n    by: chuyen-vien\n", "  thu-ly:\n    by: qltm\n"))
    (folder / "lthh-13.v1.yaml").write_text(text, encoding="utf-8")
    return tmp_path / "flows"


def test_a_division_can_be_shown_and_walked(divided: Path) -> None:
    """R62: only a warning, so the engine runs it: whoever sits in the division may hold the step, nobody else."""
    library = load(divided)
    (flow,) = library.flows
    assert "Phòng Quản lý Thương mại" in as_text(flow, library.org, library.words).replace("\n", " ")
    step = next(step for step in as_json(flow, library.org)["steps"] if step["id"] == "thu-ly")
    assert (step["by"], step["seat"]) == ("qltm", "qltm")
    assert as_graph(flow).nodes["thu-ly"]["by"] == "qltm"
    assert shape(flow)

    engine = flowiso.open(divided, allow_draft=True)
    number = engine.receive("LTHH-13", by="lan.vp", at=at("01/03 08:00")).number
    engine.move(number, "chuyen", by="lan.vp", to="ha.qltm", at=at("01/03 09:00"))
    with pytest.raises(Misrouted) as refused:
        engine.move(number, "chuyen", by="ha.qltm", to="hung.ktnl", at=at("01/03 10:00"))
    assert refused.value.finding.code == "DOS203"
    engine.move(number, "chuyen", by="ha.qltm", to="vinh.qltm", at=at("01/03 10:00"))  # a head, but of the division
    engine.move(number, "chuyen", by="vinh.qltm", to="ha.qltm", at=at("02/03 10:00"))


# ---- the walks of two rules against networkx ----

NAMES = ("mot", "hai", "ba", "bon", "nam")
ROLES = ("chuyen-vien", "lanh-dao-phong", "lanh-dao-so")
HEAD, TAIL = (
    "code: X-1\nversion: 1\nstatus: draft\ntitle: x\nfield: lthh\ndivision: qltm\ndecided_by: so\nonline_level: 4\n"
    "interconnected: no\ndeadline: 90wd\nclock_policy: restart\neffective: {from: 2021-01-01}\nissued_by: x\nsteps:\n",
    "ends: {cap: granted, thoi: stopped}\nfacts: [{of: [code], read: x}]\n",
)

ORG = load(FLOWS, []).org
ARROWS = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.sampled_from((*NAMES, "cap", "thoi")),
        st.sampled_from(("forward", "send-back", "refuse")),
        st.booleans(),
    ),
    max_size=9,
)


def drawn(arrows: list[tuple[str, str, str, bool]], holders: list[str]) -> Flow:
    rows = ""
    for name, by in zip(NAMES, holders, strict=True):
        own = [
            f"a{index}: {{to: {to}, kind: {kind}{', times: 1' if once else ''}}}"
            for index, (start, to, kind, once) in enumerate(arrows)
            if start == name
        ]
        rows += f"  {name}: {{by: {by}, within: 1wh, then: {{{', '.join(own)}}}}}\n"
    flow, faults = read_flow((HEAD + rows + TAIL).encode(), "x.yaml", Words())
    assert flow is not None
    assert faults == []
    return flow


@settings(max_examples=150, deadline=None)
@given(ARROWS)
def test_endless_loops_against_networkx(arrows: list[tuple[str, str, str, bool]]) -> None:
    """R64: a finding exactly when an endless circle with a way out exists; without its arrows none is left."""
    flow = drawn(arrows, ["chuyen-vien"] * 5)
    closing = list(endless_loop.check(flow, Context(ORG, Words())))
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(NAMES)
    whole = as_graph(flow)
    for step in flow.steps:
        out = {step.id, *nx.descendants(whole, step.id)} & {"cap", "thoi"}
        for arrow in step.arrows:
            if arrow.kind != "send-back" and arrow.times is None and out:
                graph.add_edge(step.id, arrow.target, key=arrow.place)
    assert bool(closing) == (not nx.is_directed_acyclic_graph(graph))
    cut = {(one.line, one.column) for one in closing}
    graph.remove_edges_from([(a, b, key) for a, b, key in graph.edges(keys=True) if tuple(key) in cut])
    assert nx.is_directed_acyclic_graph(graph)


@settings(max_examples=150, deadline=None)
@given(ARROWS, st.lists(st.sampled_from(ROLES), min_size=5, max_size=5))
def test_unsigned_results_against_networkx(arrows: list[tuple[str, str, str, bool]], holders: list[str]) -> None:
    """R140: a finding exactly when, without the signing steps, the result is in reach of the first or an examining one."""
    flow = drawn(arrows, holders)
    context = Context(ORG, Words())
    graph = as_graph(flow)
    signing = [name for name, by in zip(NAMES, holders, strict=True) if by == "lanh-dao-so"]
    graph.remove_nodes_from(signing)
    starts = [name for name, by in zip(NAMES, holders, strict=True) if by == "chuyen-vien" or name == NAMES[0]]
    unsigned = any(start in graph and nx.has_path(graph, start, "cap") for start in starts)
    assert [one.code for one in unsigned_result.check(flow, context)] == ["FLW307"] * unsigned
    assert not Ways(flow).blind
