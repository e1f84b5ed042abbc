"""Personal data stands apart from the log and is masked wherever it is shown (R151, R152)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offices import at, go, office

from flowiso.errors import BadValue, UnknownDossier
from flowiso.people import FIELDS, checked, mask_name, masked

PEOPLE = {
    "owner": "Nguyễn Văn A",
    "submitter": "Trần Thị Bích Hà",
    "id_no": "079123456789",
    "phone": "0901234567",
    "email": "a.nguyen@vidu.vn",
    "address": "1 Lê Lợi, Biên Hòa",
    "subject": "Bán buôn rượu",
}


def test_apart_from_the_log() -> None:
    """R151: neither the lines nor what is printed of them hold it; it is read on its own."""
    engine = office()
    hs = engine.receive("MAU-01", by="lan", people=PEOPLE, at=at("14/09 08:00"))
    hs = go(engine, hs, "14/09 09:00 lan chuyen ha")
    assert not any(value in repr(list(engine.store.logs(engine.agency))) for value in PEOPLE.values())
    assert not any(value in repr(tuple(engine.store.events(engine.agency))) for value in PEOPLE.values())
    assert engine.person(hs.number, unmasked=True) == PEOPLE
    assert engine.person(hs.number) == {
        "owner": "Ng*** V** A",
        "submitter": "Tr*** T** B** Hà",
        "id_no": "***789",
        "phone": "***567",
        "email": "***@vidu.vn",
        "address": "***",
        "subject": "***",
    }
    with pytest.raises(UnknownDossier):
        engine.person("H19.1-210914-0009")


def test_a_dossier_without() -> None:
    """R17: nothing given is nothing kept; so are fields of blanks."""
    engine = office()
    assert engine.person(engine.receive("MAU-01", by="lan", at=at("14/09 08:00")).number) == {}
    hs = engine.submit("MAU-01", to="lan", people={"owner": "  ", "phone": ""}, at=at("14/09 08:00"))
    assert engine.person(hs.number, unmasked=True) == {}


@pytest.mark.parametrize(
    ("name", "shown"),
    [("", "***"), ("A", "A***"), ("Hà", "H***"), ("Nguyễn A", "Ng*** A"), ("  Lê   Văn  Tám ", "Lê*** V** Tám")],
)
def test_names(name: str, shown: str) -> None:
    """R151: family name and middle names masked, a single name too."""
    assert mask_name(name) == shown


@given(st.sampled_from(sorted(FIELDS)), st.text(min_size=1, max_size=40))
def test_nothing_whole_is_shown(field: str, value: str) -> None:
    """R151: of numbers at most three digits, of an address nothing."""
    shown = masked({field: value})[field]
    assert "***" in shown
    if field in ("id_no", "phone"):
        assert shown.removeprefix("***") in ("", value[-3:])
        assert len(value) > 6 or shown == "***"


@pytest.mark.parametrize("people", [{"ten": "A"}, {"owner": "A" * 1001}])
def test_only_known_fields(people: dict[str, str]) -> None:
    """R151, R23: the closed list of form 01, of a decent length."""
    with pytest.raises(BadValue):
        checked(people)


def test_kept_in_one_form() -> None:
    """NFC, without blanks around it."""
    assert checked({"owner": " Nguye\u0302\u0303n A "}) == {"owner": "Nguy\u1ec5n A"}
