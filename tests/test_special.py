"""Every flow is the chart of its own procedure: what its law or practice has of its own is in a step, an arrow or the head."""

from __future__ import annotations

from collections import Counter

import pytest
from catalogue import ROOT, flows, library, rows
from specials import Special, complaints, page, read

from flowiso.text import nfc

SPECIALS = read()
CODES = [row["id"] for row in rows()]


def named(special: Special) -> str:
    return f"{special.code}-{special.carrier}-{special.file}:{special.line}"


@pytest.mark.parametrize("special", SPECIALS, ids=named)
def test_special(special: Special) -> None:
    """What a line says is carried where the line says (R60, R63)."""
    assert complaints(special, flows()[special.code]) == []


@pytest.mark.parametrize("code", CODES)
def test_every_procedure_has_something_of_its_own(code: str) -> None:
    """Each of the 116 procedures has a line."""
    assert code in {special.code for special in SPECIALS}


@pytest.mark.parametrize("code", [row["id"] for row in rows() if row["notes"]])
def test_notes_are_in_the_flow(code: str) -> None:
    """A row of the table with notes has a line that is taken from them."""
    assert any(special.code == code and "procedures.csv notes" in special.source for special in SPECIALS)


def test_lines_are_whole() -> None:
    """Every cell is filled, in NFC, in the table of the procedure's field, and no line stands twice."""
    for special in SPECIALS:
        cells = special[:5]
        assert all(cells), special
        assert all(cell == nfc(cell) == cell.strip() for cell in cells), special
        assert special.file == f"{flows()[special.code].field}.csv", special
    assert [line for line, count in Counter(special[:4] for special in SPECIALS).items() if count > 1] == []


def test_page() -> None:
    """docs/special.md is what `python tests/specials.py` writes; run that to mend this."""
    assert (ROOT / "docs/special.md").read_text(encoding="utf-8") == page(SPECIALS)


def line(carrier: str, expects: str) -> Special:
    return Special("ATTP-01", "thử", carrier, expects, "thử", "attp.csv", 2)


@pytest.mark.parametrize(
    ("carrier", "expects", "wrong"),
    [
        ("step.cho-khac-phuc", "within=60d; clock=stopped; at_limit=du-thao-tu-choi", 0),
        ("step.cho-khac-phuc", "within=30d; clock=run; title~Chờ", 2),
        ("time.cho-khac-phuc", "within=61d", 1),
        ("arrow.kiem-tra-thuc-te.khac-phuc", "to=cho-khac-phuc; kind=repair", 0),
        ("arrow.kiem-tra-thuc-te.khac-phuc", "times=7; refer_to=ATTP-02", 2),
        ("arrow.anywhere.rut-ho-so", "to=da-rut; by=nguoi-nop", 0),
        ("deadline", "=20d", 0),
        ("deadline", "deadline=20wd", 1),
        ("effective", "~2020-10-21", 0),
        ("fee_cases", "~400000", None),
    ],
)
def test_complaints(carrier: str, expects: str, wrong: int | None) -> None:
    """An expectation that isn't met is a complaint; a head key that isn't written can carry nothing."""
    if wrong is None:
        with pytest.raises(ValueError, match="ATTP-01 has no"):
            complaints(line(carrier, expects), flows()["ATTP-01"])
    else:
        assert len(complaints(line(carrier, expects), flows()["ATTP-01"])) == wrong


@pytest.mark.parametrize(
    ("carrier", "expects"),
    [
        ("step.khong-co", "by=mot-cua"),
        ("step.tiep-nhan.by", "by=mot-cua"),
        ("arrow.kiem-tra-thuc-te.khong-co", "to=da-cap"),
        ("arrow.khong-co.khac-phuc", "to=da-cap"),
        ("steps", "by=mot-cua"),
        ("tieu-de", "=20d"),
        ("step.tiep-nhan", "color=red"),
        ("arrow.kiem-tra-thuc-te.khac-phuc", "within=2wh"),
        ("deadline", "fee=20d"),
        ("step.tiep-nhan", "by"),
        ("step.tiep-nhan", "by="),
        ("step.tiep-nhan", "by=mot-cua;within=2wh; "),
    ],
)
def test_slips_are_loud(carrier: str, expects: str) -> None:
    """A carrier, key or expectation that means nothing is an error, never a line that holds by itself."""
    with pytest.raises(ValueError, match=r"has no|is not key=value"):
        complaints(line(carrier, expects), flows()["ATTP-01"])


def test_flows_are_read() -> None:
    """The flows the lines speak of are those of the table and no others."""
    assert sorted(flows()) == sorted(CODES)
    assert library().agency.findings == ()
