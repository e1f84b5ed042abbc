"""The 16 internal processes of the quality system: sound, each of its own shape, lived through, and counted nowhere."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import cache
from itertools import combinations, pairwise

import pytest

from flowiso.app import Agency
from flowiso.dossier import Dossier
from flowiso.engine import Engine
from flowiso.flowfile import OF_PROCEDURES, read_flow
from flowiso.library import bundled, load, load_calendar, load_plans
from flowiso.model import Finding, Flow, Step, Transition
from flowiso.proof import prove, windows_of
from flowiso.render.flow import as_text
from flowiso.render.page import as_html
from flowiso.render.sheet import sheet
from flowiso.rules import check_flow
from flowiso.rules.context import Context
from flowiso.simulate.arrivals import arrivals
from flowiso.simulate.scenario import Arrivals, Scenario
from flowiso.store import open_store
from flowiso.term import Term
from flowiso.worktime import TZ

LIBRARY = load(bundled())
FLOWS = {flow.code: flow for flow in LIBRARY.flows if flow.kind == "internal"}
EVERY = pytest.mark.parametrize("code", FLOWS)
NAMES = (
    *("tài liệu", "hồ sơ", "rủi ro", "đánh giá nội bộ", "xem xét của lãnh đạo", "khắc phục", "hài lòng", "khiếu nại"),
    *("tiếp công dân", "văn bản đến", "văn bản đi", "đào tạo", "mua sắm", "thanh tra", "trả kết quả", "kế hoạch"),
)
Way = tuple[tuple[Step, Transition], ...]


@cache
def agency() -> Agency:
    """The shipped agency."""
    return Agency(LIBRARY, load_calendar(bundled()), load_plans(bundled()))


@cache
def context() -> Context:
    """What the rules are given by `flowiso check` at the end of 2021."""
    return Context(LIBRARY.org, LIBRARY.words, agency().calendar, LIBRARY.laws, LIBRARY.published, date(2021, 12, 31))


def codes(flow: Flow) -> set[str]:
    """What the rules find in a flow."""
    return {finding.code for finding in check_flow(flow, context())}


# --- sixteen, and sound


def test_there_are_sixteen() -> None:
    """Domain section 8, line 4: 16 internal processes beside 116 flowcharts, by the names in the order of the list."""
    assert [*FLOWS] == [f"NB-{number:02}" for number in range(1, 17)]
    assert all(name in flow.title.casefold() for name, flow in zip(NAMES, FLOWS.values(), strict=True))
    assert {flow.field for flow in FLOWS.values()} == {"noi-bo"}
    assert {flow.division for flow in FLOWS.values()} == {"vp", "khth", "tt"}


@EVERY
def test_check_finds_nothing(code: str) -> None:
    """No finding of any rule that binds it, none of the reader's, and nothing silenced."""
    flow = FLOWS[code]
    assert check_flow(flow, context()) == []
    assert [finding for finding in LIBRARY.findings if finding.file == flow.file] == []
    assert flow.ignore == ()
    assert OF_PROCEDURES.isdisjoint(flow.places)


@EVERY
def test_deadline_is_kept_or_there_is_none(code: str) -> None:
    """R61, R63: every way keeps the term whenever the work comes in, or the file says why there is no term."""
    flow = FLOWS[code]
    assert (flow.deadline is None) is bool(flow.no_deadline_reason) is (code in ("NB-03", "NB-15"))
    if flow.deadline:
        proof = prove(flow, LIBRARY.org, windows_of(agency().calendar))
        assert proof.worst
        assert proof.holds


def test_each_has_its_own_shape() -> None:
    """No process is a copy of another: neither the order of its holders nor more than one of its steps is another's."""
    ways = [tuple(step.by for step in flow.steps if step.main) for flow in FLOWS.values()]
    assert len(set(ways)) == 16
    for one, other in combinations(FLOWS.values(), 2):
        assert len({step.id for step in one.steps} & {step.id for step in other.steps}) <= 1, (one.code, other.code)


@EVERY
def test_what_nobody_published_is_assumed(code: str) -> None:
    """The list of the 16 was not published: name, place, holders and times are assumptions, each with its reason."""
    flow = FLOWS[code]
    for fact in ("title", "field", "division", "decided_by", "effective", "issued_by", "steps", "arrows"):
        entry = flow.provenance(fact)
        assert entry
        assert (entry.status, len(entry.source) > 40) == ("assumed", True), fact
    assert flow.status == "draft"


def test_nobody_audits_his_own_division() -> None:
    """ISO 9001 9.2.2, domain section 10: auditors head no division, and what they find is confirmed by its head."""
    holders = {role: agency().org.holders(role, FLOWS["NB-04"]) for role in ("doan-danh-gia", "don-vi")}
    assert holders["doan-danh-gia"].keys().isdisjoint(holders["don-vi"])
    assert {account.division for account in holders["don-vi"].values()} == {*agency().org.divisions}


# --- the law's own terms


@pytest.mark.parametrize(
    ("code", "place", "term"),
    [
        ("NB-02", "", "365d"),
        ("NB-02", "ket-thuc-ho-so.ho-so-xay-dung", "90d"),
        ("NB-02", "duyet-giu-lai.dong-y-giu-lai", "1095d"),
        ("NB-08", "", "40d"),
        ("NB-08", "de-xuat-thu-ly.la-to-cao", "37d"),
        ("NB-08", "ky-keo-dai.chuyen", "55d"),
        ("NB-08", "ky-gia-han-mot.chuyen", "67d"),
        ("NB-08", "ky-gia-han-hai.chuyen", "97d"),
        ("NB-09", "", "10wd"),
        ("NB-10", "", "1wd"),
        ("NB-14", "", "75d"),
        ("NB-14", "ky-gia-han-thanh-tra.chuyen", "90d"),
    ],
)
def test_terms_set_by_law(code: str, place: str, term: str) -> None:
    """Nghị định 30/2020 đ.23, 30, 31; Luật Khiếu nại đ.27, 28; Luật Tố cáo đ.30; Luật Tiếp công dân đ.28; Luật Thanh tra đ.45."""
    flow = FLOWS[code]
    step, _, action = place.partition(".")
    arrows = {(row.id, arrow.action): arrow.deadline for row in flow.steps for arrow in row.arrows}
    assert (arrows[step, action] if place else flow.deadline) == Term.parse(term)


@pytest.mark.parametrize(("code", "last", "term"), [("NB-08", "ky-thu-ly", "10d"), ("NB-10", "chuyen-giao", "1wd")])
def test_first_steps_keep_their_own_term(code: str, last: str, term: str) -> None:
    """A complaint is accepted in 10 days even before Tết; a paper is handed on by the end of the next working day."""
    steps = [step for step in FLOWS[code].steps if step.main]
    first = steps[: 1 + next(number for number, step in enumerate(steps) if step.id == last)]
    hours = sum(float(step.within.amount) for step in first if step.within)
    assert hours * 3600 <= windows_of(agency().calendar).lean(Term.parse(term)).slack


def test_an_action_that_did_not_work_is_done_again() -> None:
    """R130: from the check of effectiveness back to the cause, at most twice, and three of a kind go to the leaders."""
    check = FLOWS["NB-06"].step("kiem-tra-hieu-luc")
    assert check
    again, systemic = (arrow for arrow in check.arrows if arrow.action in ("khong-hieu-luc", "loi-he-thong"))
    assert (again.target, again.kind, again.times) == ("tim-nguyen-nhan", "send-back", 2)
    assert systemic.target == "bao-lanh-dao"


# --- lived through


def way_to(flow: Flow, end: str) -> Way:
    """The shortest way from the first step to an end, seen in the file alone."""
    steps = {step.id: step for step in flow.steps}
    ways: dict[str, Way] = {flow.steps[0].id: ()}
    ahead = deque(ways)
    while ahead:
        step = steps[ahead.popleft()]
        for arrow in flow.arrows(step):
            if arrow.target not in ways:
                ways[arrow.target] = (*ways[step.id], (step, arrow))
                ahead += [arrow.target] if arrow.target in steps else []
    return ways[end]


def live(engine: Engine, flow: Flow, way: Way, at: datetime) -> Dossier:
    """Take a case along a way: whoever holds it acts, time acts where the arrow is its own."""
    desk = next(iter(engine.flows.org.holders(flow.steps[0].by, flow)))
    refused = flow.end(way[-1][1].target)
    assert refused
    begin = (
        engine.submit(flow.code, to=desk, at=at)
        if refused.kind == "refused-intake"
        else engine.receive(flow.code, by=desk, at=at)
    )
    dossier = begin
    for step, arrow in way:
        assert dossier.step == step
        if arrow.kind == "timer":
            assert dossier.step_due
            at = dossier.step_due + timedelta(seconds=1)
            dossier = engine.settle(dossier, at=at)
            continue
        at += timedelta(minutes=1)
        found = {action.name: action.accounts for action in engine.actions(dossier, at=at)} if dossier.received else {}
        receivers = found.get(arrow.action, ())
        by = next(iter(engine.flows.org.holders(arrow.by, flow))) if arrow.by else dossier.holder
        to = receivers[0].id if receivers else None
        dossier = engine.move(dossier, arrow.action, by=by, to=to, at=at, note="lý do")
    return dossier


@pytest.mark.parametrize(("code", "end"), [(flow.code, end.id) for flow in FLOWS.values() for end in flow.ends])
def test_every_end_is_reached_through_the_engine(code: str, end: str) -> None:
    """From receipt to each end: the engine follows the file, the log replays, and nothing is open any more."""
    flow = FLOWS[code]
    engine = Engine(agency(), open_store("memory:", "live"), allow_draft=True)
    way = way_to(flow, end)
    dossier = live(engine, flow, way, datetime(2021, 9, 14, 8, tzinfo=TZ))
    ended = flow.end(end)
    assert (dossier.step, dossier.holder, dossier.ended) == (ended, "", True)
    assert engine.dossier(dossier.number).state == dossier.state
    assert [step.id for step, _ in way] == [one for one in path(dossier) if flow.step(one)]
    assert engine.watch(at=datetime(2026, 1, 5, 8, tzinfo=TZ)) == ()


def path(dossier: Dossier) -> Iterator[str]:
    """The rows it went through, without the lines that stay where they are."""
    rows = [move.step for move in dossier.moves]
    yield rows[0]
    yield from (there for here, there in pairwise(rows) if here != there)


# --- counted nowhere


def test_no_catalogue_counts_them(call: Callable[..., tuple[int, str, str]]) -> None:
    """They stand beside the procedures, under a key of their own."""
    import json

    status, out, _ = call("catalogue", "--format", "json")
    found = json.loads(out)
    assert (status, found["procedures"], found["fields"], found["internal"]) == (0, 116, 15, 16)
    assert "noi-bo" not in found["by_field"]
    assert not any(code in str(found["by_field"]) for code in FLOWS)


def test_no_report_counts_them() -> None:
    """One of each was lived to its end, and the year's report knows of nothing but the procedure's dossier."""
    engine = Engine(agency(), open_store("memory:", "live"), allow_draft=True)
    for flow in FLOWS.values():
        dossier = live(engine, flow, way_to(flow, flow.ends[0].id), datetime(2021, 9, 14, 8, tzinfo=TZ))
        assert dossier.received
    engine.receive("LTHH-13", by="lan.vp", at=datetime(2021, 9, 14, 8, tzinfo=TZ))
    report = engine.stats(2021)
    assert (report.received, report.resolved, [*report.by_procedure]) == (1, 0, ["LTHH-13"])
    assert "noi-bo" not in report.by_field
    assert (report.catalogue.total, report.catalogue.fields) == (116, 15)
    assert {*report.by_officer}.isdisjoint({"thoa.vp", "nhan.tt", "uyen.tt", "nhung.khth"})


def test_no_applicant_of_a_simulated_year_asks_for_one() -> None:
    """2022, when all 16 are in force, each procedure as likely as another: not one arrival is theirs."""
    found = arrivals(agency(), Scenario(year=2022, arrivals=Arrivals(dossiers=3000, tail=0.0)), 1)
    arrived = {arrival.table.flow.code for arrival in found}
    assert arrived.isdisjoint(FLOWS)
    assert len(arrived) > 100


# --- what binds them, and what doesn't


def read(code: str, change: Callable[[str], str]) -> list[Finding]:
    """What the reader finds in a shipped file that was changed."""
    file = LIBRARY.find(code).file
    with open(file, encoding="utf-8") as opened:
        text = opened.read()
    assert change(text) != text
    return read_flow(change(text).encode(), file, LIBRARY.words)[1]


WRITTEN = {
    "national_code": "2.000207",
    "online_level": "4",
    "interconnected": "no",
    "archetype": "reissue",
    "fee": "1200000",
    "fee_cases": "{hộ kinh doanh: 400000}",
    "one_stop_full": "Luật",
}


@pytest.mark.parametrize("key", sorted(OF_PROCEDURES))
def test_what_only_a_procedure_has_is_unknown(key: str) -> None:
    """FLW002: online level, fee and the like mean nothing in an internal process."""
    found = read("NB-06", lambda text: text.replace("\nstatus:", f"\n{key}: {WRITTEN[key]}\nstatus:"))
    assert [(finding.code, key in finding.message.vi) for finding in found] == [("FLW002", True)]


def test_a_procedure_must_say_its_level() -> None:
    """FLW003: a procedure without online level, and an internal process that forgot to say what it is."""
    without = read("KDK-11", lambda text: re.sub(r"\nonline_level: .*", "", text))
    assert [finding.code for finding in without] == ["FLW003"]
    forgot = read("NB-06", lambda text: text.replace("kind: internal\n", ""))
    keys = sorted(re.findall(r"'([a-z_]+)'", " ".join(f.message.vi for f in forgot if f.code == "FLW003")))
    assert {"interconnected", "online_level"} <= {*keys}


@pytest.mark.parametrize(
    ("code", "broken"),
    [
        ("NB-06", {"FLW114", "FLW305"}),
        ("NB-08", {"FLW114", "FLW212", "FLW305", "FLW501"}),
        ("NB-01", {"FLW114", "FLW305"}),
        ("NB-15", set()),
    ],
)
def test_the_law_of_procedures_does_not_bind_them(code: str, broken: set[str]) -> None:
    """Read as procedures they would break rules of desk and supplement; the one-stop desk's own process keeps them even so."""
    assert codes(FLOWS[code]) == set()
    assert codes(FLOWS[code]._replace(kind="procedure")) == broken


@EVERY
def test_the_other_rules_bind_them(code: str) -> None:
    """FLW103, FLW107, FLW201, FLW301: without basis, provenance, holder or target an internal process is faulty too."""
    flow = FLOWS[code]
    first, *rest = flow.steps
    assert "FLW103" in codes(flow._replace(legal_basis=()))
    assert "FLW107" in codes(flow._replace(facts=flow.facts[3:]))
    assert "FLW301" in codes(flow._replace(steps=(first._replace(by=""), *rest)))
    lost = first.arrows[0]._replace(target="khong-co-buoc-nay")
    assert "FLW201" in codes(flow._replace(steps=(first._replace(arrows=(lost, *first.arrows[1:])), *rest)))


# --- how they look


@pytest.mark.parametrize("code", ["NB-03", "NB-06", "NB-08", "NB-15"])
@pytest.mark.parametrize("make", [as_text, as_html, sheet], ids=["text", "html", "svg"])
def test_pictures_say_what_they_are(code: str, make: Callable[..., str]) -> None:
    """Marked as internal process, without level, fee and dossier handed in; a procedure's picture says what it is too."""
    shown = make(FLOWS[code], LIBRARY.org, LIBRARY.words, "vi")
    assert "quy trình nội bộ" in shown.casefold()
    for word in ("mức độ trực tuyến", "Nộp hồ sơ<", "có kết quả tại Một cửa", "THỦ TỤC HÀNH CHÍNH"):
        assert word not in shown
    procedure = make(LIBRARY.find("KDK-11"), LIBRARY.org, LIBRARY.words, "vi")
    assert "quy trình nội bộ" not in procedure.casefold()


def test_sheet_of_a_process_begins_plainly() -> None:
    """The sheet's head and first sign: no applicant hands in a dossier, and no supplement moves a term."""
    process, procedure = (sheet(LIBRARY.find(code), LIBRARY.org, LIBRARY.words, "vi") for code in ("NB-06", "KDK-11"))
    said = "Cách tính khi bổ sung:"
    assert [word in process for word in ("Bắt đầu", "LƯU ĐỒ QUY TRÌNH NỘI BỘ", said)] == [True, True, False]
    assert [word in procedure for word in ("Nộp", "GIẢI QUYẾT THỦ TỤC HÀNH CHÍNH", said)] == [True] * 3
