"""Every rule page keeps its word: its Bad example raises its code and nothing else, its Good example is clean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import pytest
from pages import example

import flowiso.rules as rules
from flowiso.flowfile import read_flow
from flowiso.model import Account, Finding, Flow, Role
from flowiso.org import Limits, Org
from flowiso.rules import MOST, PAGES, check_flow, check_set, heed
from flowiso.rules.context import Context
from flowiso.schema import ID
from flowiso.text import Text
from flowiso.words import ActionWord, Form, StepWord, Words

SOUND_FILE = "flows/dien/dien-01.v1.yaml"
SOUND = (Path(rules.__file__).parent / "sound.yaml").read_text(encoding="utf-8")
SECTION = re.compile(r"^(Bad|Good):\n\n((?:    .*\n|\n)+)", re.MULTILINE)


def _role(role_id: str, sits: str, duty: str | None, party: str = "agency", *recorded_by: str) -> Role:
    return Role(role_id, Text(role_id, role_id), sits, party, recorded_by, duty)  # type: ignore[arg-type]


def _named(*ids: str) -> dict[str, Text]:
    return {name: Text(name, name) for name in ids}


ROLES = (
    _role("mot-cua", "vp", "receive"),
    _role("lanh-dao-phong", "own", "review"),
    _role("chuyen-vien", "own", "examine"),
    _role("lanh-dao-tham-dinh", "lanh-dao", "examine"),
    _role("lanh-dao-so", "lanh-dao", "approve"),
    _role("van-thu-so", "vp", "issue"),
    _role("hoi-dong", "hoi-dong", "examine", "partner"),
    _role("co-quan-y-kien", "bo", None, "partner", "chuyen-vien"),
    _role("lanh-dao-ubnd", "ubnd", "approve", "partner"),
    _role("nguoi-nop", "", None, "applicant", "mot-cua"),
    _role("he-thong", "", None, "system"),
)
ORG = Org(
    agency="000.00.19.H19",
    title=Text("Sở", "Department"),
    limits=Limits(),
    authorities=_named("so", "ubnd"),
    fields=_named("dien", "hc"),
    divisions=_named("ktnl", "qltm", "vp"),
    leadership=_named("lanh-dao"),
    partners=_named("ubnd", "bo", "hoi-dong"),
    roles={role.id: role for role in ROLES},
    accounts={
        f"{role.id}.1": Account(f"{role.id}.1", role.id, frozenset({role.id}), role.sits.replace("own", "ktnl"))
        for role in ROLES
        if role.id not in ("hoi-dong", "nguoi-nop", "lanh-dao-tham-dinh")
    }
    | {"quang.lds": Account("quang.lds", "Quang", frozenset({"lanh-dao-tham-dinh", "lanh-dao-so"}), "lanh-dao")},
)
USED = set(ID.findall(SOUND + "".join(page.__doc__ or "" for page in PAGES if page.CODE != "FLW504")))
"""Every id of the sound flow and of the pages' examples: the agency's shared words have a title for each."""

TITLES = {name: Text(f"Tên {name}", f"Title of {name}") for name in USED}
WORDS = Words(
    steps={name: StepWord(title) for name, title in TITLES.items()},
    actions={name: ActionWord(title) for name, title in TITLES.items()}
    | {"khong-du-dieu-kien": ActionWord(Text("Không đủ", "Refuse"), "refuse")},
    ends=TITLES,
    forms={name: Form(name, Text(name, name)) for name in ("phieu-tu-choi", "phieu-bo-sung", "phieu-kiem-soat")},
)


CONTEXT = Context(ORG, WORDS)


def check(*files: tuple[str, str], context: Context = CONTEXT) -> list[Finding]:
    """All findings of some (file, text): the reader's, each flow's, the set's."""
    findings: list[Finding] = []
    flows: list[Flow] = []
    for file, text in files:
        flow, faults = read_flow(text.encode(), file, WORDS)
        findings += faults
        flows += [flow] if flow else []
    for flow in flows:
        findings += check_flow(flow, context)
    return heed(flows, [*findings, *check_set(flows, context)])


def examples() -> Iterator[Any]:
    for page in PAGES:
        for title, patch in SECTION.findall(f"{page.__doc__}\n"):
            yield pytest.param(page, title, re.sub("^    ", "", patch, flags=re.MULTILINE), id=f"{page.CODE}-{title}")


@pytest.mark.parametrize(("page", "title", "patch"), list(examples()))
def test_example(page: rules.Page, title: str, patch: str) -> None:
    """R60-R64: every fault a page describes is found, once, and its cure cures it."""
    made = example(patch, SOUND, SOUND_FILE, CONTEXT)
    found = [*made.findings, *check(*made.files, context=made.context)]
    expected = [(page.CODE, page.NAME, page.LEVEL)] if title == "Bad" else []
    assert [(one.code, one.name, one.level) for one in found] == expected, found
    for one in found:
        assert (one.line or 0) > 0
        assert (one.column or 0) > 0
        assert one.message.vi != one.message.en


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.CODE)
def test_page(page: rules.Page) -> None:
    """Every page says what, why with the rule or report behind it, and shows one Bad and one Good."""
    text = page.__doc__ or ""
    what, why, *_ = text.split("\n\n")
    assert what.endswith(".")
    assert why.startswith("Why this is bad: ")
    assert [title for title, _ in SECTION.findall(f"{text}\n")] == ["Bad", "Good"]
    assert max(len(patch.splitlines()) for _, patch in SECTION.findall(f"{text}\n")) <= 5
    assert re.fullmatch(r"FLW\d{3}", page.CODE)
    assert cast(ModuleType, page).__name__ == f"flowiso.rules.{page.NAME.replace('-', '_')}"


def test_every_rule_is_collected() -> None:
    """Codes and names are unique and sorted, and no module of the folder is forgotten."""
    codes = [page.CODE for page in PAGES]
    assert codes == sorted(set(codes))
    files = {file.stem for file in Path(rules.__file__).parent.glob("*.py")} - {
        "__init__",
        "context",
        "likeness",
        "ways",
    }
    assert files == {page.NAME.replace("-", "_") for page in PAGES}
    assert [rule.CODE for rule in rules.RULES] == sorted(rule.CODE for rule in rules.RULES)


def test_laws_are_named() -> None:
    """The page of every rule about a flow names the domain rule it stands on."""
    for page in PAGES:
        if page.CODE > "FLW100":
            assert re.search(r"\bR\d+", page.__doc__ or ""), page.CODE


MISTAKES = {
    "mistyped target of a used-once step": ("tu-choi: {to: ky-tu-choi,", "tu-choi: {to: ky-tuchoi,", "FLW201"),
    "target like nothing at all": ("tu-choi: {to: ky-tu-choi,", "tu-choi: {to: xyz,", "FLW201"),
    "mistyped end": ("then: {tra: da-cap}", "then: {tra: da-cp}", "FLW201"),
    "target that is no id": ("then: {tra: da-cap}", "then: {tra: Đã cấp}", "FLW004"),
    "action that is no id": ("then: {tra: da-cap}", "then: {Trả: da-cap}", "FLW004"),
    "arrow without target": ("{to: gui-yeu-cau, kind: supplement}", "{kind: supplement}", "FLW003"),
    "mistyped then": ("then: {tra: da-cap}", "thn: {tra: da-cap}", "FLW002"),
    "mistyped aside": ("\naside:", "\nasde:", "FLW002"),
    "mistyped anywhere": ("\nanywhere:", "\nanywere:", "FLW002"),
    "mistyped ends": ("\nends:", "\nend:", "FLW002"),
    "mistyped facts": ("\nfacts:", "\nfact:", "FLW002"),
    "mistyped fact key": ("    assumed: ví dụ", "    asumed: ví dụ", "FLW002"),
    "mistyped kind of end": ("tu-choi: refused,", "tu-choi: refusd,", "FLW004"),
    "mistyped time": ("within: 80wh", "within: 80 wh", "FLW004"),
    "mistyped deadline": ("deadline: 15wd", "deadline: 15", "FLW004"),
    "mistyped head key": ("legal_basis:", "legalbasis:", "FLW002"),
    "unknown head key": ("\nanywhere:", "\nghi-chu: x\nanywhere:", "FLW002"),
    "list for arrows": ("then: {tra: da-cap}", "then: [tra]", "FLW004"),
    "two arrows at the limit": (
        "at-limit: {qua-han: {to: ky-tu-choi, title: Hết hạn bổ sung}}",
        "at-limit: {a: tu-choi, b: tu-choi}",
        "FLW004",
    ),
    "step with a bad id": ("  duyet-phong: {by", "  Duyet-Phong: {by", "FLW004"),
    "row aside with a bad id": ("  ky-tu-choi:  {by", "  Ky-tu-choi:  {by", "FLW004"),
    "end with a bad id": ("da-cap: granted,", "Da-cap: granted,", "FLW004"),
    "end named like a step": ("da-cap: granted,", "da-cap: granted, phat-hanh: granted,", "FLW007"),
    "unknown fact": ("of: [code, version,", "of: [code, version, deadlin,", "FLW107"),
    "missing fact": ("steps, times, arrows", "steps, arrows", "FLW107"),
    "time where none is counted": (
        "clock: none, ready: yes, then: {tra: da-cap}",
        "clock: none, ready: yes, within: 1wh, then: {tra: da-cap}",
        "FLW403",
    ),
    "last row without an arrow": (", then: {tra: da-cap}}", "}", "FLW203"),
    "two steps in a circle": ("{tra: tu-choi}", "{tra: ky-tu-choi}", "FLW203"),
    "unknown role of an arrow": ("kind: withdraw, by: nguoi-nop", "kind: withdraw, by: nguoi-np", "FLW302"),
    "reason without deadline": ("deadline: 15wd", "deadline: none", "FLW401"),
    "unknown authority": ("decided_by: so", "decided_by: bo-ct", "FLW106"),
    "supplement straight from the officer": (
        "      tu-choi: {to: ky-tu-choi,",
        "      can-y-kien: {to: cho-bo-sung, kind: supplement, forms: [phieu-bo-sung]}\n      tu-choi: {to: ky-tu-choi,",
        "FLW306",
    ),
    "no code": ("code: DIEN-01\n", "", "FLW003"),
    "no time counted before the result": ("within: 80wh", "clock: none", "FLW403"),
    "a milestone in a procedure with a term": ("within: 80wh", "until: dong-nhan-ho-so", "FLW403"),
    "a result that waits for the applicant": (
        "clock: none, ready: yes, then: {tra: da-cap}",
        "clock: stopped, ready: yes, then: {tra: da-cap}",
        "FLW312",
    ),
    "a row that several arrows lead to": (
        "  ky-tu-choi:  {by: lanh-dao-so, within: 8wh, then: {ky: dong-dau}}",
        "  ky-tu-choi:  5",
        "FLW004",
    ),
    "ready at the clerk's": ("{by: van-thu-so, within: 4wh}", "{by: van-thu-so, within: 4wh, ready: yes}", "FLW305"),
}


@pytest.mark.parametrize(("old", "new", "code"), list(MISTAKES.values()), ids=list(MISTAKES))
def test_one_fault_is_one_finding(old: str, new: str, code: str) -> None:
    """Habit 6: what the reader reported, the rules don't repeat; what follows from one fault isn't a second one."""
    assert SOUND.count(old) == 1
    found = check((SOUND_FILE, SOUND.replace(old, new)))
    assert [one.code for one in found] == [code], found


BOARD = "  ubnd-ky: {by: lanh-dao-ubnd, within: 4wh, title: Ký, then: {%s}}\n"


@pytest.mark.parametrize(
    ("arrows", "expected"),
    [
        ("ky: tra-ket-qua", []),
        ("ky: da-cap", ["step 'ubnd-ky' elsewhere"]),
        ("ky: da-cap, chuyen: tra-ket-qua", ["step 'ubnd-ky' over 'ky' elsewhere"]),
        ("Ký: da-cap", []),  # FLW004 of the reader
    ],
)
def test_what_never_comes_back(arrows: str, expected: list[str]) -> None:
    """R47: the step when no way leads back from it, else the arrow that doesn't; nothing while an arrow isn't understood."""
    text = SOUND.replace(
        "within: 12wh, then: {tra-lai", "within: 12wh, then: {trinh: {to: ubnd-ky, title: Trình}, tra-lai"
    )
    text = text.replace("\naside:\n", f"\naside:\n{BOARD % arrows}")
    found = [one.message.en for one in check((SOUND_FILE, text)) if one.code == "FLW602"]
    assert [words in told for words, told in zip(expected, found, strict=True)] == [True] * len(expected)


def test_a_request_that_goes_round_for_ever_is_told_once() -> None:
    """Habit 6: FLW203 says it; that the applicant's part isn't taken up again (FLW213) follows from it."""
    text = SOUND.replace("{to: gui-yeu-cau, kind: supplement}", "{to: lap, kind: supplement}")
    loop = "  lap: {by: mot-cua, within: 4wh, title: Lặp, forms: [phieu-bo-sung], then: {gui: lap}}\n"
    found = check((SOUND_FILE, text.replace("\naside:\n", f"\naside:\n{loop}")))
    assert [one.code for one in found] == ["FLW202", "FLW203"]


@pytest.mark.parametrize(("target", "expected"), [("bi-bac", True), ("tu-choi", False)])
def test_a_refusal_by_lapse_of_time_needs_its_letter_too(target: str, expected: bool) -> None:
    """R59: the step it happens at has none to give; an end that is reached in other ways as well has theirs."""
    lapse = f"at-due: {{het-han: {{to: {target}, title: Hết hạn}}}}\nends: {{bi-bac: {{kind: refused, title: Bị bác}}, "
    found = check((SOUND_FILE, SOUND.replace("\nends: {", f"\n{lapse}")))
    assert ("FLW501" in [one.code for one in found]) is expected


def test_calendar_days_are_compared_only_when_hopeless() -> None:
    """R63: 20 calendar days may hold 15 working days; 14 days hold at most 112 working hours."""
    assert check((SOUND_FILE, SOUND.replace("deadline: 15wd", "deadline: 20d"))) == []
    (one,) = check((SOUND_FILE, SOUND.replace("deadline: 15wd", "deadline: 14d")))
    assert one.code == "FLW402"
    assert one.message.vi.startswith("đường chính cần 116wh, thời hạn 14d chỉ chắc chắn có 112wh")


def test_did_you_mean() -> None:
    """A mistyped word is answered with the one that was meant."""
    (one,) = check((SOUND_FILE, SOUND.replace("tu-choi: {to: ky-tu-choi,", "tu-choi: {to: ky-tuchoi,")))
    assert one.message.vi.endswith("; có phải 'ky-tu-choi'?")
    assert one.message.en.endswith("; did you mean 'ky-tu-choi'?")


def test_findings_of_one_flow_are_limited() -> None:
    """A hostile flow doesn't drown the rest: at most MOST findings, quickly."""
    rows = "".join(f"  b{n}: {{by: xx, within: 1wh, then: {{zz{n}: qq{n}, submit: rr{n}}}}}\n" for n in range(400))
    flow, _ = read_flow(SOUND.replace("\nsteps:\n", f"\nsteps:\n{rows}").encode(), SOUND_FILE, WORDS)
    assert flow
    assert len(check_flow(flow, CONTEXT)) == MOST
