"""Forms are views of the moves that required them: which line issued which paper, with what content (R20, R21)."""

from __future__ import annotations

from datetime import date

import pytest
from test_decision import Dossier, at_examiner
from walks import TOLD, agency

from flowiso.decision import decide
from flowiso.model import APPLICANT, REAPPOINT, STOP
from flowiso.papers import issued
from flowiso.refusals import Said
from flowiso.state import follow


def papers(dossier: Dossier) -> list[tuple[str, int, str, str, int]]:
    """What a dossier of test_decision has issued, without the moments."""
    found = issued(dossier.table, dossier.moves)
    return [(paper.form, paper.seq, paper.by, paper.content, paper.drafted) for paper in found]


def test_a_receipt_issues_form_01() -> None:
    """R11: complete, so received with form 01."""
    assert papers(at_examiner()) == [("giay-tiep-nhan", 0, "lan.vp", "", 0)]


def test_a_supplement_is_drafted_by_the_officer_and_issued_by_the_desk() -> None:
    """R15, R43: form 02 reaches the applicant from the one-stop unit, with the officer's words."""
    found = at_examiner().go("02/03 08:00", "mai.qltm", "yeu-cau-bo-sung", "lan.vp")
    draft = found.moves[-1].seq
    assert len(papers(found)) == 1
    found.go("02/03 09:00", "lan.vp", "gui", APPLICANT)
    assert papers(found)[1:] == [("phieu-bo-sung", found.moves[-1].seq, "lan.vp", TOLD.note, draft)]


def test_a_refusal_on_the_merits_issues_form_03_when_it_is_handed_out() -> None:
    """R48: with the reason, through the one-stop unit."""
    found = at_examiner().go("02/03 08:00", "mai.qltm", "khong-du-dieu-kien", "ha.qltm")
    draft = found.moves[-1].seq
    found.go("02/03 09:00", "ha.qltm", "chuyen", "quang.lds").go("02/03 10:00", "quang.lds", "ky", "hanh.vp")
    found.go("02/03 11:00", "hanh.vp", "chuyen", "lan.vp")
    assert len(papers(found)) == 1
    found.go("03/03 09:00", "lan.vp", "tra")
    assert papers(found)[1:] == [("phieu-tu-choi", found.moves[-1].seq, "lan.vp", TOLD.note, draft)]


@pytest.mark.parametrize("after", ["tra-lai", "rut-ho-so"])
def test_what_was_only_drafted_is_not_issued(after: str) -> None:
    """A refusal sent back, or a dossier withdrawn before it reached the applicant."""
    found = at_examiner().go("02/03 08:00", "mai.qltm", "khong-du-dieu-kien", "ha.qltm")
    if after == "tra-lai":
        found.go("02/03 09:00", "ha.qltm", "tra-lai", "mai.qltm").go("02/03 10:00", "mai.qltm", "chuyen", "ha.qltm")
    else:
        found.go("02/03 09:00", "lan.vp", "rut-ho-so")
    assert [form for form, *_ in papers(found)] == ["giay-tiep-nhan"]


def test_a_refusal_at_intake_issues_its_form_at_once() -> None:
    """R11: form 02 or 03, by the line that refuses."""
    found = Dossier("LTHH-13", "01/03 08:00", submitted=True).go("01/03 09:00", "lan.vp", "khong-tham-quyen")
    assert papers(found) == [("phieu-tu-choi", 1, "lan.vp", TOLD.note, 1)]


@pytest.mark.parametrize(
    ("verb", "record", "form"),
    [(REAPPOINT, {"until": "2021-03-22"}, "phieu-xin-loi"), (STOP, {"ground": "điều 5"}, "thong-bao-dung")],
)
def test_verbs_issue_their_forms(verb: str, record: dict[str, str], form: str) -> None:
    """R49 and R59: form 04, and the notice of stopping."""
    found = at_examiner()
    at = found.moves[-1].at + 3600
    moves = decide(found.state, verb, "ha.qltm", "", at, said=Said("vì quá tải", record))
    found.state = follow(found.calendar, found.state, moves)
    found.moves += moves
    assert papers(found)[-1] == (form, moves[-1].seq, "ha.qltm", "vì quá tải", moves[-1].seq)


@pytest.mark.parametrize(("on", "number"), [(date(2021, 3, 1), None), (date(2025, 9, 15), "Mẫu 05")])
def test_the_forms_of_the_engine_are_in_the_words(on: date, number: str | None) -> None:
    """R20: 05 was the control sheet until 15/09/2025 and is the notice of stopping since."""
    forms = agency().library.words.forms
    assert {"giay-tiep-nhan", "phieu-xin-loi", "thong-bao-dung"} <= forms.keys()
    assert forms["thong-bao-dung"].number(on) == number
