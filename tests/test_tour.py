"""The transition tour: every arrow of every shipped flow is lived through the real engine, and what can't be is named."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from flowiso import decision, stats
from flowiso.app import Agency
from flowiso.dossier import Dossier
from flowiso.engine import Engine
from flowiso.flowfile import read_flow
from flowiso.library import Library, bundled, load, load_calendar, load_plans
from flowiso.model import SUBMIT, SYSTEM, VERBS, Flow
from flowiso.refusals import Said
from flowiso.simulate.tour import Toured, tour
from flowiso.simulate.ways import way
from flowiso.state import advance, begin, ripe
from flowiso.store import open_store
from flowiso.worktime import local

LIBRARY = load(bundled())
Call = Callable[..., tuple[int, str, str]]


@cache
def agency() -> Agency:
    """The shipped agency."""
    return Agency(LIBRARY, load_calendar(bundled()), load_plans(bundled()))


@cache
def toured() -> dict[str, Toured]:
    """Every shipped flow on tour, by code and version."""
    return {name(one.flow): one for one in tour(agency(), LIBRARY.flows)}


def name(flow: Flow) -> str:
    """Its code and version."""
    return f"{flow.code}@{flow.version}"


def arrows(flow: Flow) -> set[tuple[str, str]]:
    """Every arrow as the file has it: one from anywhere, and the due moment's, at each step they leave."""
    return {(step.id, arrow.action) for step in flow.steps for arrow in flow.arrows(step)}


def lived(flow: Flow, dossier: Dossier) -> Iterator[tuple[str, str]]:
    """The arrows that a log shows, read without state or table."""
    at = flow.steps[0].id
    for move in dossier.moves:
        if move.action not in VERBS:
            yield at, move.action
        at = move.step


EVERY = pytest.mark.parametrize("code", [name(flow) for flow in LIBRARY.flows])


@EVERY
def test_every_arrow_of_every_flow_is_taken(code: str) -> None:
    """Transition coverage 100 %: the arrows in the logs are the arrows in the file, none missing and none besides."""
    found = toured()[code]
    assert found.missed == ()
    counted = Counter(arrow for dossier in found.dossiers for arrow in lived(found.flow, dossier))
    assert counted.keys() == arrows(found.flow)
    assert found.taken == counted
    assert found.arrows == len(counted)


@EVERY
def test_every_move_is_what_the_engine_allows(code: str) -> None:
    """I2, I3, I8: each log replays strictly through `decide`, in time order, without a gap, to an end of the flow."""
    found = toured()[code]
    for dossier in found.dossiers:
        state = begin(dossier.table, agency().calendar, dossier.moves[0])
        for move in dossier.moves[1:]:
            assert (move.seq, move.at >= state.at) == (state.seq + 1, True)
            if move.actor == SYSTEM:
                timer = ripe(state, move.at + 86_400)
                assert timer is not None
                assert decision.system_move(state, timer, move.holder) == move
            else:
                said = Said(move.note, move.record)
                again = decision.decide(state, move.action, move.actor, move.holder, move.at, said=said)
                assert again[-1]._replace(seq=0) == move._replace(seq=0)
            state = advance(agency().calendar, state, move)
        assert (state.ended, state) == (True, dossier.state)


def test_coverage_is_printed(call: Call) -> None:
    """Must show 4: one line a flow and the sum, 100 %, with exit 0."""
    code, out, err = call("tour", "--flows", bundled())
    *lines, total = out.splitlines()
    assert (code, len(lines)) == (0, len(LIBRARY.flows))
    assert total.startswith(f"{len(LIBRARY.flows)} lưu đồ: ")
    assert total.endswith("; độ phủ 100,00%")
    assert err == ""


def test_same_files_same_tour() -> None:
    """A tour is a function of the files."""
    flows = LIBRARY.flows[:3]
    first, again = (list(tour(agency(), flows)) for _ in range(2))
    assert [[dossier.moves for dossier in one.dossiers] for one in first] == [
        [dossier.moves for dossier in one.dossiers] for one in again
    ]


def test_refusals_at_intake_are_submissions() -> None:
    """R11, R48: what is not accepted was only submitted; everything else was received first."""
    found = toured()["LTHH-13@1"]
    for dossier in found.dossiers:
        refused = dossier.state.row.kind == "refused-intake"
        assert (dossier.moves[0].action == SUBMIT, dossier.received is None) == (refused, refused)


def test_figures_of_a_tour_keep_their_identities() -> None:
    """R90: whatever was lived, the columns of the report add up; internal processes are in none of them."""
    store = open_store("memory:", "simulated")
    store.create_many((dossier.case, dossier.moves) for one in toured().values() for dossier in one.dossiers)
    moments = [move.at for one in toured().values() for dossier in one.dossiers for move in dossier.moves]
    years = range(local(min(moments)).year, local(max(moments)).year + 1)
    reports = [Engine(agency(), store).stats(year) for year in years]
    assert [stats.identities(report) for report in reports] == [()] * len(years)
    internal = {flow.code for flow in LIBRARY.flows if flow.kind == "internal"}
    assert not any(internal & report.by_procedure.keys() for report in reports)
    accepted = [d for one in toured().values() for d in one.dossiers if d.received and one.flow.kind == "procedure"]
    assert sum(report.received for report in reports) == len(accepted)


# --- flows made for the purpose

SMALL = """code: THU-01
version: 1
status: draft
title: Thử
field: dien
division: ktnl
decided_by: so
online_level: 4
interconnected: no
deadline: {deadline}
clock_policy: restart
effective: {{from: 2021-01-01}}
issued_by: QĐ 1
legal_basis: [Luật 1]
steps:
  tiep-nhan: {{by: mot-cua, within: 2wh}}
  thu-ly:    {{by: chuyen-vien, within: 4wh, then: {{{examine}}}}}
  ky-duyet:  {{by: {signer}, within: 4wh, then: {{tra-lai: {{to: thu-ly, kind: send-back}}}}}}
  tra:       {{by: mot-cua, clock: none, ready: yes, then: {{xong: da-cap}}}}
aside:
  cho:       {{by: co-quan-y-kien, within: 24wh, charged-to: partner, then: {{tra-loi: thu-ly}}, at-limit: {{het-cho: {after}}}}}
  sau:       {{by: chuyen-vien, within: 1wh, then: {{ve: ky-duyet, bo: da-dung}}}}
anywhere: {{rut-ho-so: da-rut}}
{due}
ends: {{da-cap: granted, da-rut: withdrawn, da-dung: stopped, im-lang: silence}}
facts: [{{of: [steps], read: x}}]
"""


def small(
    examine: str = "hoi: cho", signer: str = "lanh-dao-so", after: str = "sau", deadline: str = "20wd", due: str = ""
) -> Toured:
    """A flow of four rows and a wait, taken on tour in the shipped agency."""
    text = SMALL.format(examine=examine, signer=signer, after=after, deadline=deadline, due=due)
    flow, findings = read_flow(text.encode(), "thu-01.v1.yaml", LIBRARY.words)
    assert flow is not None, findings
    assert not findings
    library = Library(LIBRARY.agency, (flow,), (), 1, {("THU-01", 1): flow})
    (found,) = tour(Agency(library, agency().calendar, {}), [flow])
    return found


def missed(found: Toured) -> dict[tuple[str, str], str]:
    """The arrows not taken, and why."""
    return {(one.step.id, one.arrow.action): one.why.en for one in found.missed}


def test_small_flow() -> None:
    """The sample itself is toured whole, in as many dossiers as it has arrows to ends."""
    found = small()
    assert missed(found) == {}
    assert len(found.dossiers) == sum(found.flow.end(arrow.target) is not None for step in found.flow.steps
                                      for arrow in found.flow.arrows(step))  # fmt: skip


SILENCE = "at-due: {im-lang: im-lang}"


def test_silence_where_a_limit_would_forestall_it() -> None:
    """The wait of 24 hours is over long before 20 days: to live the silence there, the dossier lingers before it."""
    found = small(due=SILENCE)
    assert missed(found) == {}
    assert found.taken["cho", "het-cho"]
    silent = [d for d in found.dossiers if d.moves[-1].action == "im-lang" and d.moves[-2].step == "cho"]
    assert len(silent) == 1
    assert silent[0].moves[-1].at == silent[0].state.due


def test_limit_that_never_comes_before_the_due_moment() -> None:
    """A wait of 24 hours in a term of two days: the silence always comes first, and nothing behind the limit is reached."""
    found = small(due=SILENCE, deadline="2wd")
    behind = {("cho", "het-cho"), *(arrow for arrow in arrows(found.flow) if arrow[0] == "sau")}
    assert missed(found) == dict.fromkeys(behind, "something else always comes before 'het-cho'")
    assert found.taken["cho", "im-lang"]


def test_silence_without_a_term() -> None:
    """Nothing is ever due."""
    found = small(due=SILENCE, deadline="none")
    assert set(missed(found).values()) == {"there is no term here that could run out"}
    assert {action for _, action in missed(found)} == {"im-lang"}


def test_limited_arrows() -> None:
    """`times`: what may be asked twice is asked, never a third time; what could only follow a second asking is out of reach."""
    twice = small("hoi: {to: cho, times: 2}")
    assert missed(twice) == {}
    for dossier in twice.dossiers:
        assert Counter(lived(twice.flow, dossier))["thu-ly", "hoi"] <= 2
    once = small("hoi: {to: cho, times: 1}")
    assert missed(once) == {}


def test_a_limited_arrow_that_is_needed_again() -> None:
    """A row reached by one limited arrow only has more ways on than a dossier can take: others take them."""
    found = small("hoi: {to: cho, times: 1}, hoi-lai: {to: cho, times: 1}", after="thu-ly")
    assert missed(found) == {("sau", "ve"): NOWAY, ("sau", "bo"): NOWAY, ("sau", "rut-ho-so"): NOWAY}
    assert {"hoi", "hoi-lai"} <= {action for _, action in found.taken}


NOWAY = "no way from the receipt leads to it within the limits on how often arrows are taken"


def test_step_that_nobody_may_hold() -> None:
    """The engine's own refusal is the reason; what lies behind it is out of reach for the same one."""
    found = small(signer="hoi-dong-la")
    assert {step for step, _ in missed(found)} >= {"ky-duyet", "tra"}
    assert ("thu-ly", "chuyen") in missed(found)
    assert ("thu-ly", "hoi") in found.taken


def test_timers_are_the_last_resort() -> None:
    """A way by somebody's arrows is preferred to waiting until time runs out, however many they are."""
    rows = small().dossiers[0].table.rows
    direct = way(rows["cho"], (), {("ky-duyet", "chuyen")})
    assert [leg.key for leg in direct] == [("cho", "tra-loi"), ("thu-ly", "chuyen"), ("ky-duyet", "chuyen")]
    only = way(rows["cho"], (), {("sau", "bo")})
    assert [leg.key for leg in only] == [("cho", "het-cho"), ("sau", "bo")]
    assert way(rows["cho"], (), {("sau", "bo")}, shut={("cho", "het-cho")}) == ()
    assert way(rows["tra"], (), {("thu-ly", "hoi")}) == ()


# --- the command


def test_selection_and_json(call: Call) -> None:
    """Codes choose, each once, by version too; JSON has the coverage and every dossier's number."""
    code, out, _ = call("tour", "LTHH-13", "qlct-04@1", "LTHH-13", "--flows", bundled(), "--format", "json")
    found = json.loads(out)
    assert (code, found["flows"], [one["flow"] for one in found["results"]]) == (0, 2, ["LTHH-13", "QLCT-04"])
    assert found["taken"] == found["arrows"] == sum(len(arrows(LIBRARY.find(one))) for one in ("LTHH-13", "QLCT-04"))
    assert found["dossiers"] == len({number for one in found["results"] for number in one["dossiers"]})
    assert all(one["missed"] == [] for one in found["results"])


def test_what_cannot_be_taken_is_told(call: Call, tmp_path: Path) -> None:
    """Exit 1, file and reason: a flow that runs by a yearly plan, where there is no plan."""
    folder = tmp_path / "flows"
    shutil.copytree(bundled(), folder, ignore=lambda at, names: [n for n in names if n in ("_plans", "_stories")])
    code, out, _ = call("tour", "CNDP-01", "--flows", folder, "--lang", "en")
    head, why, total = out.splitlines()
    count = len(arrows(LIBRARY.find("CNDP-01")))
    assert (code, head) == (1, f"CNDP-01 v1     0 of {count} arrows, 0 dossiers, 0 moves")
    assert why.startswith(f"  {folder / 'cndp' / 'cndp-01.v1.yaml'}:1: no dossier can come in: on no day")
    assert total.endswith("coverage 0.00%")
    code, out, _ = call("tour", "CNDP-01", "--flows", folder, "--format", "json")
    rows = json.loads(out)["results"][0]["missed"]
    assert (code, len(rows)) == (1, count)
    assert {"step", "action", "line", "reason"} == rows[0].keys()


@pytest.mark.parametrize("fault", ["division: khong-co", "online_level: [", "deadline: 1wd"])
def test_a_fault_elsewhere_is_no_hindrance(call: Call, tmp_path: Path, fault: str) -> None:
    """Flows that are named are driven whatever is wrong in another file; not when it is in theirs or in the agency's own."""
    folder = tmp_path / "flows"
    shutil.copytree(bundled(), folder, ignore=shutil.ignore_patterns("*.v1.yaml", "_stories", "_plans"))
    for name in ("lthh-07", "lthh-13"):
        shutil.copy(bundled() / "lthh" / f"{name}.v1.yaml", folder / "lthh")
    bad = folder / "lthh" / "lthh-07.v1.yaml"
    text = bad.read_text(encoding="utf-8")
    key = fault.partition(":")[0]
    bad.write_text(
        "".join(f"{fault}\n" if line.startswith(f"{key}:") else line for line in text.splitlines(True)), "utf-8"
    )
    assert call("tour", "LTHH-13", "--flows", folder)[0] == 0
    for codes in ((), ("LTHH-07",)):
        code, out, err = call("tour", *codes, "--flows", folder)
        assert (code, out, "lthh-07.v1.yaml" in err) == (2, "", True)
    (folder / "_steps.yaml").write_text("forms: [\n", "utf-8")
    code, _, err = call("tour", "LTHH-13", "--flows", folder)
    assert (code, "_steps.yaml" in err) == (2, True)


def test_one_arrow_that_cannot_be_taken(call: Call, tmp_path: Path) -> None:
    """The arrow is named with its line: here nobody of those who may sign is there any more."""
    folder = tmp_path / "flows"
    only = ("lthh", "_calendar", "_org.yaml", "_steps.yaml", "_laws.yaml")
    shutil.copytree(
        bundled(), folder, ignore=lambda at, names: [n for n in names if at == str(bundled()) and n not in only]
    )
    org = folder / "_org.yaml"
    text = org.read_text(encoding="utf-8")
    for line in text.splitlines():
        if "roles: [lanh-dao-so]" in line:
            gone = line.partition(", leave")[0].removesuffix("}") + ", until: 2019-01-01}"
            text = text.replace(line, gone)
    org.write_text(text, encoding="utf-8")
    code, out, _ = call("tour", "LTHH-13", "--flows", folder, "--lang", "en")
    flow = load(folder).find("LTHH-13")
    step = flow.step("tham-dinh")
    assert step is not None
    place = f"{flow.file}:{step.arrows[0].place.line}: can't take 'Pass on' from step '{step.title.en}': "
    assert code == 1
    assert any(line.strip().startswith(place) for line in out.splitlines()), out


def test_store(call: Call, tmp_path: Path) -> None:
    """The dossiers lived can be looked at; the store is marked simulated, and must be new."""
    url = f"sqlite:///{tmp_path / 'thu.db'}"
    assert call("tour", "LTHH-13", "--flows", bundled(), "--store", url)[0] == 0
    kept = open_store(url)
    assert kept.kind == "simulated"
    logs = [moves for _, moves in kept.logs(agency().org.agency)]
    kept.close()
    assert sorted(map(len, logs)) == sorted(len(dossier.moves) for dossier in toured()["LTHH-13@1"].dossiers)
    code, _, err = call("tour", "LTHH-13", "--flows", bundled(), "--store", url)
    assert code == 2
    assert "đã có hồ sơ" in err


@pytest.mark.parametrize(
    ("args", "said"),
    [(["KHONG-99"], "không có lưu đồ"), (["LTHH-13@7"], "lần 7"), (["LTHH-13@x"], "sau @ là lần ban hành")],
)
def test_unknown_codes(call: Call, args: list[str], said: str) -> None:
    """Exit 2, and nothing is driven."""
    code, out, err = call("tour", *args, "--flows", bundled())
    assert (code, out) == (2, "")
    assert said in err


def test_nothing_to_drive(call: Call, tmp_path: Path) -> None:
    """A folder without flows is no clean tour."""
    shutil.copytree(bundled(), tmp_path / "flows", ignore=lambda at, names: [n for n in names if n[0] not in "_2"])
    shutil.rmtree(tmp_path / "flows" / "_plans")
    code, out, err = call("tour", "--flows", tmp_path / "flows")
    assert (code, out) == (2, "")
    assert "không có lưu đồ nào" in err
