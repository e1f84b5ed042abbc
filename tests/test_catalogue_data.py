"""The 116 flow files say what the table of the procedures says, cell by cell, and of each fact whether it was read."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from catalogue import flows, library, rows

from flowiso.laws import numbers
from flowiso.model import Fact, Flow

Row = dict[str, str]

UNITS = {"working_day": "wd", "calendar_day": "d"}
AUTHORITIES = {"Sở": "so", "UBND tỉnh": "ubnd"}


def fact(flow: Flow, name: str) -> Fact:
    """The entry of `facts` that speaks of `name`."""
    found = flow.provenance(name)
    assert found, f"{flow.file}: no entry speaks of {name}"
    return found


def status(flow: Flow, name: str, source: str) -> None:
    """`read` was read. `memory` is assumed, unless an article was read since."""
    entry = fact(flow, name)
    if source == "memory":
        assert entry.status == "assumed" or re.search(r"Điều \d", entry.source), entry
    else:
        assert (entry.status, source.split(":")[0]) == ("read", "read"), entry


def identity(flow: Flow, row: Row) -> None:
    """`id`: code and file name."""
    assert flow.code == row["id"]
    assert Path(flow.file).parts[-2:] == (flow.field, f"{row['id'].lower()}.v1.yaml")


def national_code(flow: Flow, row: Row) -> None:
    assert (flow.national_code or "") == row["national_code"]


def title(flow: Flow, row: Row) -> None:
    """`name_vi`."""
    assert flow.title == row["name_vi"]


def field_vi(flow: Flow, row: Row) -> None:
    assert library().agency.org.fields[flow.field].vi == row["field_vi"]


def field_en(flow: Flow, row: Row) -> None:
    assert library().agency.org.fields[flow.field].en == row["field_en"]


def division(flow: Flow, row: Row) -> None:
    assert library().agency.org.divisions[flow.division].vi == row["division"]


def deadline(flow: Flow, row: Row) -> None:
    """`statutory_days` and `time_unit`; where there is no term the flow says why (R61)."""
    assert (str(flow.deadline) if flow.deadline else "") == row["statutory_days"] + UNITS.get(row["time_unit"], "")
    assert bool(flow.no_deadline_reason) is (not row["statutory_days"])


def online_level(flow: Flow, row: Row) -> None:
    assert str(flow.online_level) == row["online_level"]


def interconnected(flow: Flow, row: Row) -> None:
    assert flow.interconnected is (row["interconnected"] == "yes")


def decided_by(flow: Flow, row: Row) -> None:
    """`decides_at`; what UBND tỉnh decides is signed there in the flow, and there only."""
    assert flow.decided_by == AUTHORITIES[row["decides_at"]]
    signed = {step.by for step in flow.steps if step.main and step.id in ("ky-duyet", "ubnd-ky")}
    assert signed <= {"lanh-dao-ubnd" if flow.decided_by == "ubnd" else "lanh-dao-so"}
    assert signed or flow.decided_by == "so"


def legal_basis(flow: Flow, row: Row) -> None:
    """The texts in the table's order; "(từ 02/01/2022: X)" is "X (từ 02/01/2022)". Then what amends one of them."""
    texts = re.split(r"; |, (?=Thông tư )", row["legal_basis"])
    wanted = [re.sub(r"\((từ [\d/]+): (.+)\)", r"\2 (\1)", text) for text in texts]
    assert list(flow.legal_basis[: len(wanted)]) == wanted
    laws = library().laws
    amending = {law.name for text in wanted for number in numbers(text) for law in laws.amending(number)}
    assert amending.issuperset(flow.legal_basis[len(wanted) :])


def result(flow: Flow, row: Row) -> None:
    assert flow.result == row["result_vi"]


def fee(flow: Flow, row: Row) -> None:
    """`fee_vnd`, only where it was read; nothing is read as free unless the table says 0."""
    assert ("" if flow.fee is None else str(flow.fee)) == row["fee_vnd"]
    if row["fee_vnd"]:
        assert fact(flow, "fee").status == "read"


def confidence(flow: Flow, row: Row) -> None:
    assert flow.confidence == row["confidence"]


def level_source(flow: Flow, row: Row) -> None:
    status(flow, "online_level", row["level_source"].replace("assumed", "memory"))


def archetype(flow: Flow, row: Row) -> None:
    """`archetype` and `archetype_variant`."""
    assert flow.archetype == "/".join(filter(None, (row["archetype"], row["archetype_variant"])))


def code_from_memory(flow: Flow, row: Row) -> None:
    """A code nobody has read is not written as the national code; the file says that it isn't."""
    if row["code_from_memory"]:
        assert flow.national_code is None
        assert row["code_from_memory"] in fact(flow, "title").source


def name_source(flow: Flow, row: Row) -> None:
    status(flow, "title", row["name_source"])


def deadline_source(flow: Flow, row: Row) -> None:
    status(flow, "deadline", row["deadline_source"])


def supplement_window(flow: Flow, row: Row) -> None:
    """`supplement_window_wd`, only where it was read or remembered."""
    written = str(flow.supplement_window) if flow.supplement_window else ""
    assert written == (f"{row['supplement_window_wd']}wd" if row["supplement_window_wd"] else "")


NAMED = (
    "An Giang", "Bến Tre", "Huế", "Lai Châu", "Lâm Đồng", "Ninh Bình", "Quảng Trị", "Tiền Giang", "Vĩnh Phúc",
    "Đà Nẵng", "Đắk Lắk", "dichvucong.gov.vn", "dichvucong.moit.gov.vn",
)  # fmt: skip
PLACES = dict(zip(NAMED, NAMED, strict=True)) | {
    "HCMC": "Hồ Chí Minh",
    "http://www.caobang": "Cao Bằng",
    "https://dichvucong.dienbien": "Điện Biên",
    "https://dichvucong.gialai": "Gia Lai",
}
"""How the table's sources begin, and what a flow calls them."""
NUMBERED = (r"([\w-]+\.md)", r"(378_2022)", r"(?:ma-thu-tuc=|maThuTuc=|thu-tuc/|DocId=)(\d+)")
"""What names a source by itself: a stored file, or a page's number."""


def trace(source: str) -> str:
    """What of one source of the table must stand in the flow: the stored file, the page's number, or the place."""
    found = next(filter(None, (re.search(pattern, source) for pattern in NUMBERED)), None)
    return found[1] if found else next(said for begins, said in PLACES.items() if source.startswith(begins))


def source(flow: Flow, row: Row) -> None:
    """Each source of the row is named by some fact; a row from memory says that it is."""
    said = "\n".join(entry.source for entry in flow.facts)
    wanted = ["trí nhớ"] if row["source"] == "statute from memory" else map(trace, row["source"].split(" ; "))
    assert [part for part in wanted if part not in said] == []


COLUMNS: dict[str, Callable[[Flow, Row], None]] = {
    "id": identity,
    "national_code": national_code,
    "name_vi": title,
    "field_vi": field_vi,
    "field_en": field_en,
    "division": division,
    "statutory_days": deadline,
    "time_unit": deadline,
    "online_level": online_level,
    "interconnected": interconnected,
    "decides_at": decided_by,
    "legal_basis": legal_basis,
    "result_vi": result,
    "fee_vnd": fee,
    "source": source,
    "confidence": confidence,
    "level_source": level_source,
    "archetype": archetype,
    "archetype_variant": archetype,
    "code_from_memory": code_from_memory,
    "name_source": name_source,
    "deadline_source": deadline_source,
    "supplement_window_wd": supplement_window,
}
"""What shows each column in a flow. `notes` show in the lines of `tests/special/` (test_special.py)."""


def test_every_column_is_looked_at() -> None:
    """No column of the table is left out, and each has its 116 cells."""
    assert set(rows()[0]) - set(COLUMNS) == {"notes"}
    assert len({row["id"] for row in rows()}) == len(rows()) == 116
    assert all(None not in row and None not in row.values() for row in rows())


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("row", rows(), ids=lambda row: row["id"])
def test_cell(row: Row, column: str) -> None:
    """Each cell shows in the flow as the column's function says (R60)."""
    COLUMNS[column](flows()[row["id"]], row)
