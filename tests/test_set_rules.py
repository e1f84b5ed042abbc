"""The flows of an agency together and its own files: versions, frozen files, laws, copies, plans, people, the calendar."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cases import agency_alone
from click.testing import CliRunner
from test_rules import SOUND, WORDS

from flowiso.cli import group
from flowiso.cli.check import check_paths
from flowiso.errors import BadValue
from flowiso.flowfile import digest, read_flow
from flowiso.laws import Law, Laws, Status, numbers
from flowiso.library import bundled, load, load_calendar, read_calendar
from flowiso.model import Account, Delegation, Finding, Flow, Post, Role, Step
from flowiso.org import Limits, Org
from flowiso.published import line
from flowiso.rules import check_set, everyone_away, expired_legal_basis
from flowiso.rules.context import Context
from flowiso.term import Term
from flowiso.text import Text

SHIPPED = load(bundled())
EMPTY = Context(Org("", Text("", ""), Limits()), WORDS)


def codes(findings: Sequence[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def sound(code: str = "DIEN-01", version: int = 1, **head: str) -> str:
    """The sound flow under another code, version and title, with other lines in its head."""
    text = SOUND.replace("code: DIEN-01", f"code: {code}").replace("version: 1", f"version: {version}")
    text = text.replace("title: Cấp giấy phép", f"title: {code} - Cấp giấy phép", 1)
    for key, value in head.items():
        text = re.sub(rf"(?m)^{key}: .*$", f"{key}: {value}", text)
    return text


@pytest.fixture
def agency(tmp_path: Path) -> Path:
    """The shipped agency's own files, without its plans, rule sets and flows; it speaks of today."""
    return agency_alone(tmp_path / "flows")


def put(agency: Path, text: str, name: str | None = None) -> Path:
    """Write a flow where its code and version want it, or under another name."""
    code, version = re.findall(r"(?m)^(?:code|version): (\S+)", text)
    file = agency / "dien" / (name or f"{code.lower()}.v{version}.yaml")
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def found(*paths: Path, today: date | None = None) -> list[tuple[str, str, int | None]]:
    """Code, file name and line of all that a check of the paths shows."""
    return [(one.code, Path(one.file or "").name, one.line) for one in check_paths(paths, today)[1]]


def line_of(text: str, key: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if line.startswith(key))


def test_a_term_beyond_the_calendar_is_no_fault_of_the_flow(agency: Path) -> None:
    """R80: no due date of 3,000 working days is known yet, so nothing is proved of it and nothing said."""
    put(agency, sound(deadline="3000wd"))
    assert found(agency) == []


# versions (FLW104)

EFFECTIVE = line_of(SOUND, "effective")
VERSION = line_of(SOUND, "version")


@pytest.mark.parametrize(
    ("periods", "expected"),
    [
        ({1: "2021-01-01, to: 2022-01-01", 2: "2022-01-01"}, []),
        ({1: "2021-01-01", 2: "2022-01-01"}, [(1, EFFECTIVE)]),
        ({1: "2021-01-01, to: 2022-01-01", 2: "2022-01-02"}, [(2, EFFECTIVE)]),
        ({1: "2021-01-01, to: 2022-01-01", 2: "2021-12-31"}, [(2, EFFECTIVE)]),
        ({1: "2021-01-01, to: 2022-01-01", 2: "2020-01-01, to: 2021-01-01"}, [(2, EFFECTIVE)]),
        ({1: "2021-01-01", 2: "2021-01-01"}, [(2, EFFECTIVE)]),
        ({1: "2021-01-01, to: 2022-01-01", 3: "2022-01-01"}, [(3, VERSION)]),
        ({1: "2021-01-01, to: 2022-01-01", 3: "2023-01-01"}, [(3, VERSION)]),
        ({1: "2021-01-01, to: 2022-01-01", 2: "2022-01-01, to: 2023-01-01", 3: "2023-01-01"}, []),
        ({1: "2021-01-01", 2: "2022-01-01", 3: "2023-01-01"}, [(1, EFFECTIVE), (2, EFFECTIVE)]),
        ({4: "2021-01-01"}, []),
    ],
)
def test_versions(agency: Path, periods: dict[int, str], expected: list[tuple[int, int]]) -> None:
    """R65: on every day exactly one version is in force; each fault once, in the file and line to mend."""
    for version, period in periods.items():
        put(agency, sound(version=version, effective=f"{{from: {period}}}"))
    assert found(agency) == [("FLW104", f"dien-01.v{version}.yaml", at) for version, at in expected]


def test_the_missing_end_is_named(agency: Path) -> None:
    """The message says what to write."""
    put(agency, sound(effective="{from: 2021-01-01}"))
    put(agency, sound(version=2, effective="{from: 2022-01-01}"))
    (one,) = check_paths([agency])[1]
    assert one.message.vi.endswith("hãy ghi 'to: 2022-01-01'")
    assert one.message.en.endswith("write 'to: 2022-01-01'")


def test_a_version_that_cannot_be_read_is_not_missing(agency: Path) -> None:
    """Habit 6: one fault is one finding; a version whose dates can't be read isn't compared either."""
    put(agency, sound(version=1, effective="{from: 2021-01-01, to: 2022-01-01}"))
    put(agency, sound(version=2, effective="{from: 2022-01-01, to: 2023-01-01}") + "\n]: [")
    put(agency, sound(version=3, effective="{from: 2023-01-01, to: 2024-13-01}"))
    put(agency, sound(version=4, effective="{from: 2024-01-01}"))
    assert sorted({code for code, *_ in found(agency)}) == ["FLW001", "FLW004"]


# one file alone, compared with the others


def test_a_file_is_judged_beside_the_others(agency: Path) -> None:
    """What only the whole folder shows is found at the file that is asked for, and no other is told."""
    old = put(agency, sound(version=1, effective="{from: 2021-01-01, to: 2022-01-01}"))
    new = put(agency, sound(version=2, effective="{from: 2022-02-01}"))
    spoilt = put(agency, sound("DIEN-02", deadline="1wd"))
    assert found(new) == [("FLW104", new.name, EFFECTIVE)]
    assert found(old) == []
    assert codes(check_paths([spoilt])[1]) == ["FLW402"]
    assert check_paths([old, new])[0] == 2


def test_a_draft_on_the_desk_stands_for_its_version(tmp_path: Path) -> None:
    """A copy outside the folder takes the place of the version it is a draft of, also in what is compared."""
    draft = tmp_path / "nhap.yaml"
    shutil.copy(bundled() / "lthh" / "lthh-13.v1.yaml", draft)
    assert found(draft) == []
    draft.write_text(draft.read_text(encoding="utf-8").replace("code: LTHH-13", "code: LTHH-99"), encoding="utf-8")
    assert [code for code, *_ in found(draft)] == ["FLW111"]


# frozen files (FLW105)

PUBLISHED = (
    sound(status="published")
    .replace("ignore:", "ignore:")
    .replace("issued_by:", "ignore: {FLW108: ví dụ}\nissued_by:", 1)
)
STATUS = line_of(PUBLISHED, "status")
NAME = "dien/dien-01.v1.yaml"


def freeze(agency: Path, *lines: str) -> None:
    (agency / "_published.txt").write_text("# các lưu đồ đã khóa\n" + "".join(lines), encoding="utf-8")


SEAL = line(NAME, digest(PUBLISHED.encode()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PUBLISHED, []),
        (PUBLISHED.replace("\n", "\r\n"), []),
        (PUBLISHED.replace("2021-09-13}", "2021-09-13, to: 2022-01-01}"), []),
        (PUBLISHED.replace("2021-09-13}", "2021-09-14}"), [STATUS]),
        (PUBLISHED.replace("within: 80wh", "within: 79wh"), [STATUS]),
        (PUBLISHED + "# thêm một dòng\n", [STATUS]),
        (PUBLISHED.replace("status: published", "status: draft").replace("ignore: {FLW108: ví dụ}\n", ""), [STATUS]),
    ],
)
def test_frozen_file(agency: Path, text: str, expected: list[int]) -> None:
    """R65: a published file stays what it was, but for line ends and the end of its period."""
    file = put(agency, "code: DIEN-01\nversion: 1\n")
    file.write_bytes(text.encode())
    freeze(agency, SEAL)
    assert found(agency) == [("FLW105", file.name, at) for at in expected]


def test_the_list_itself(agency: Path) -> None:
    """Lines that are none, a file listed twice and a listed file that is gone, each in its line of the list."""
    put(agency, PUBLISHED)
    lost = line("dien/dien-02.v1.yaml", "0" * 64)
    freeze(agency, SEAL, "abc  dien/x.yaml\n", SEAL, lost, "\n", "0" * 64 + " ../../etc/passwd\n")
    assert found(agency) == [("FLW105", "_published.txt", at) for at in (3, 4, 5, 7)]


def test_unlisted_unreadable_and_moved(agency: Path) -> None:
    """A published flow must be listed; one that can't be read is there; one that was only moved is FLW102 alone."""
    file = put(agency, PUBLISHED)
    assert found(agency) == [("FLW105", file.name, STATUS)]
    freeze(agency, SEAL)
    file.write_text(PUBLISHED + "]", encoding="utf-8")
    assert [code for code, *_ in found(agency)] == ["FLW001"]
    file.unlink()
    put(agency, PUBLISHED, "dien-1.v1.yaml")
    assert [code for code, *_ in found(agency)] == ["FLW102"]


def test_hostile_list(agency: Path) -> None:
    """A list that is no text gives findings, at most a hundred."""
    (agency / "_published.txt").write_bytes(b"\xff\x00\n" * 10_000)
    put(agency, SOUND)
    assert [code for code, *_ in found(agency)] == ["FLW105"] * 100


# legal texts (FLW109)

TEXTS = Laws(
    (
        Law("Nghị định 1/2010/NĐ-CP", until=date(2020, 1, 1)),
        Law("Nghị định 2/2020/NĐ-CP", since=date(2020, 1, 1), replaces=("Nghị định 1/2010/NĐ-CP",)),
        Law("Nghị định 3/2021/NĐ-CP", since=date(2021, 11, 30), amends=("Nghị định 2/2020/NĐ-CP", "Luật Giá 2012")),
        Law("Nghị định 4/2023/NĐ-CP", since=date(2023, 1, 1), replaces=("Nghị định 3/2021/NĐ-CP",)),
        Law("Thông tư 5/2015/TT-BCT", until=date(2021, 1, 1)),
    )
)


def outdated(
    basis: list[str], today: date | None, since: str = "2021-09-13", texts: Laws = TEXTS
) -> list[tuple[int | None, str]]:
    """Line within `legal_basis` (from 0) and English message of what FLW109 says about a flow."""
    listed = "".join(f"\n  - {entry}" for entry in basis)
    text = sound(effective=f"{{from: {since}}}").replace("\n  - Luật Điện lực số 28/2004/QH11", listed)
    flow, findings = read_flow(text.encode(), "x.yaml", WORDS)
    assert flow
    assert not findings
    first = line_of(text, "legal_basis") + 1
    told = expired_legal_basis.check(flow, replace(EMPTY, laws=texts, today=today))
    return [((one.line or 0) - first, one.message.en) for one in told]


@pytest.mark.parametrize(
    ("basis", "today", "expected"),
    [
        (["Nghị định 1/2010/NĐ-CP"], date(2020, 4, 1), 1),  # judged on the day the flow begins
        (["Nghị định 1/2010/NĐ-CP"], None, 0),
        (["Luật X", "nghị định số 1/2010/nđ-cp (cũ)"], date(2022, 1, 1), 1),
        (["Nghị định 1/2010/N\u00d0-CP"], date(2022, 1, 1), 1),  # Icelandic letter
        (["Nghị định 1/2010/NĐ-CP", "Nghị định 2/2020/NĐ-CP"], date(2022, 2, 28), 0),
        (["Nghị định 2/2020/NĐ-CP"], date(2022, 2, 28), 0),  # three months after 30 November
        (["Nghị định 2/2020/NĐ-CP"], date(2022, 3, 1), 1),
        (["Nghị định 2/2020/NĐ-CP", "Luật Giá 2012 (sửa đổi)"], date(2022, 3, 1), 1),  # one missing text, told once
        (["Nghị định 2/2020/NĐ-CP sửa đổi bởi Nghị định 3/2021/NĐ-CP"], date(2022, 3, 1), 0),
        (["Nghị định 2/2020/NĐ-CP"], date(2024, 1, 1), 0),  # the amending text was replaced itself
        (["Thông tư 5/2015/TT-BCT"], date(2022, 1, 1), 1),
        (["Nghị định 11/2010/NĐ-CP", "Thông tư 1/2010/TT-BCT"], date(2024, 1, 1), 0),
    ],
)
def test_legal_texts(basis: list[str], today: date | None, expected: int) -> None:
    """R66: what ended or was amended more than three months ago must be followed by what came after it."""
    assert len(outdated(basis, today)) == expected, outdated(basis, today)


def test_where_and_what() -> None:
    """The finding stands at the entry and names the text to cite; a flow that has ended isn't asked any more."""
    ((at, text),) = outdated(["Luật X", "Nghị định 1/2010/NĐ-CP"], date(2022, 1, 1))
    assert at == 1
    assert "was replaced by Nghị định 2/2020/NĐ-CP on 2020-01-01" in text
    assert outdated(["Nghị định 1/2010/NĐ-CP"], date(2023, 1, 1), "2020-01-01, to: 2023-01-01") == []


@pytest.mark.parametrize(
    ("status", "said"), [("read", ""), ("read-secondary", " (second-hand)"), ("memory", " (from memory, check it)")]
)
def test_how_surely_a_day_is_known_is_told(status: Status, said: str) -> None:
    """R66: a day that nobody read isn't told as if it had been; the end of a text may be less sure than its beginning."""
    day = date(2020, 1, 1)
    texts = (
        Law("Nghị định 1/2010/NĐ-CP", date(2010, 1, 1), day, status="read", until_status=status),
        Law("Nghị định 7/2020/NĐ-CP", day, amends=("Nghị định 6/2010/NĐ-CP",), status=status),
    )
    basis = ["Nghị định 1/2010/NĐ-CP", "Nghị định 6/2010/NĐ-CP"]
    ended, amended = (text for _, text in outdated(basis, date(2022, 1, 1), texts=Laws(texts)))
    assert f"since 2020-01-01{said};" in ended
    assert f"on 2020-01-01{said};" in amended


def test_the_shipped_register() -> None:
    """R66: the shipped flows cite what their texts were changed by; without Decree 95/2021 petrol is outdated in April 2022."""
    (petrol,) = [flow for flow in SHIPPED.flows if flow.code == "LTHH-07"]
    context = replace(EMPTY, laws=SHIPPED.laws, today=date(2022, 4, 3))
    assert list(expired_legal_basis.check(petrol, context)) == []
    old = petrol._replace(legal_basis=petrol.legal_basis[:-1])
    (one,) = expired_legal_basis.check(old, context)
    assert one.line == petrol.place("legal_basis.0").line
    assert "95/2021/NĐ-CP" in one.message.vi
    assert list(expired_legal_basis.check(old, replace(context, today=date(2022, 4, 2)))) == []


def test_every_law_says_where_it_was_read() -> None:
    """Nothing is in force without a source; numbers match however they are written."""
    assert all(law.source and (law.since or law.until or law.amends) for law in SHIPPED.laws.texts)
    assert numbers("Luật Giá 2012 (sửa đổi)") == numbers("luật  Giá 2012") == ("LUẬT GIÁ 2012",)
    assert numbers("theo Nghị định 08/2018/NĐ-CP ngày 15/01/2018") == ("08/2018/ND-CP",)


@pytest.mark.parametrize(
    ("row", "code", "at"),
    [
        ("{from: 2020-01-01, to: 2020-01-01, status: read, source: x}", "FLW004", 2),
        ("{from: 2020-01-01, status: rad, source: x}", "FLW004", 2),
        ("{from: 2020-01-01, status: read}", "FLW003", 2),
        ("{from: 1/1/2020, status: read, source: x}", "FLW004", 2),
        ("{status: read, source: x, amend: [y]}", "FLW002", 2),
        ("{from: 2020-01-01, to: 2021-01-01, status: read, to_status: red, source: x}", "FLW004", 2),
        ("{from: 2020-01-01, status: read, to_status: memory, source: x}", "FLW004", 2),
        ("{status: read, source: x}\n  Nghị định số 1/2020/NĐ-CP: {status: read, source: x}", "FLW007", 3),
    ],
)
def test_faults_of_the_register(agency: Path, row: str, code: str, at: int) -> None:
    """The register is read by a closed schema; every fault has its line."""
    put(agency, SOUND)
    (agency / "_laws.yaml").write_text(f"laws:\n  Nghị định 1/2020/NĐ-CP: {row}\n", encoding="utf-8")
    assert found(agency) == [(code, "_laws.yaml", at)]


# pointers to other procedures (FLW113)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tra-lai: {to: tham-dinh, kind: send-back}", "tra-lai: {to: tham-dinh, kind: send-back, refer-to: X-1}"),
        (
            "qua-han: {to: ky-tu-choi, title: Hết hạn bổ sung}",
            "qua-han: {to: ky-tu-choi, title: Hết hạn, refer-to: X-1}",
        ),
        ("khong-tham-quyen: {to: khong-nhan,", "khong-tham-quyen: {to: khong-nhan, refer-to: DIEN-01,"),
    ],
)
def test_every_pointer_is_followed(agency: Path, old: str, new: str) -> None:
    """Whichever arrow points to a procedure, a timer's too, it must be there and another one; a pointer to one is fine."""
    assert old in SOUND
    text = SOUND.replace(old, new, 1)
    line = text[: text.index("refer-to")].count("\n") + 1
    file = put(agency, text)
    assert found(agency) == [("FLW113", file.name, line)]
    put(agency, text.replace("refer-to: X-1", "refer-to: DIEN-02").replace("refer-to: DIEN-01", "refer-to: DIEN-02"))
    put(agency, sound("DIEN-02"))
    assert "FLW113" not in [code for code, *_ in found(agency)]


# rule sets (FLW114)


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2018, 6, 20), None), (date(2018, 6, 21), "VN-2018"), (date(2021, 12, 5), "VN-2018"),
        (date(2021, 12, 6), "VN-2021"), (date(2025, 6, 30), "VN-2021"), (date(2025, 7, 1), "VN-2025"),
        (date(2026, 8, 4), "VN-2025"), (date(2026, 8, 5), "VN-2026"), (date(2030, 1, 1), "VN-2026"),
    ],
)  # fmt: skip
def test_rule_set_of_a_day(day: date, code: str | None) -> None:
    """R1: a dossier keeps the slice of the day it was received; the slices are those of domain.md section 2."""
    there = SHIPPED.laws.rule_set(day)
    assert (there.code if there else None) == code


@pytest.mark.parametrize(
    ("rows", "code", "at"),
    [
        ("VN-2018: {from: 2018-06-21, laws: [x], status: read}", "FLW003", 3),
        ("VN-2018: {laws: [x], status: read, source: x}", "FLW003", 3),
        ("VN-2018: {from: 2018-06-21, to: 2018-06-21, laws: [x], status: read, source: x}", "FLW004", 3),
        ("VN2018: {from: 2018-06-21, laws: [x], status: read, source: x}", "FLW004", 3),
        ("VN-2018: {from: 2018-06-21, laws: [], status: read, source: x}", "FLW004", 3),
        (
            "VN-2021: {from: 2021-12-06, laws: [x], status: read, source: x}\n"
            "  VN-2018: {from: 2018-06-21, to: 2022-01-01, laws: [x], status: read, source: x}", "FLW004", 3,
        ),
    ],
)  # fmt: skip
def test_faults_of_the_rule_sets(agency: Path, rows: str, code: str, at: int) -> None:
    """Closed schema; two rule sets never hold on one day, since a dossier keeps one."""
    (agency / "_laws.yaml").write_text(f"laws: {{}}\nrule_sets:\n  {rows}\n", encoding="utf-8")
    assert found(agency) == [(code, "_laws.yaml", at)]


RULE_SET = "VN-2018: {from: 2018-06-21, to: 2022-01-01, laws: [x], status: read, source: x}"
NEXT_SET = "VN-2022: {from: 2022-01-01, laws: [x], status: read, source: x}"


@pytest.mark.parametrize(
    ("named", "day", "words"),
    [
        ("", date(2021, 10, 1), "chưa ghi 'rule_set'; ngày 13/09/2021 áp dụng VN-2018"),
        ("VN-2018", date(2022, 4, 1), None),
        ("VN-2018", date(2022, 4, 2), "khung VN-2018 đã hết từ 01/01/2022"),
        ("VN-2022", date(2021, 10, 1), "khung VN-2022 không áp dụng ngày 13/09/2021"),
        ("VN-2019", date(2021, 10, 1), "_laws.yaml không có khung VN-2019; có phải 'VN-2018'?"),
    ],
)
def test_rule_set_of_a_flow(agency: Path, named: str, day: date, words: str | None) -> None:
    """R1, R66: a flow is drawn under the slice in force when it begins, and is reviewed within three months of its end."""
    (agency / "_laws.yaml").write_text(f"laws: {{}}\nrule_sets:\n  {RULE_SET}\n  {NEXT_SET}\n", encoding="utf-8")
    key, fact = (f"rule_set: {named}\n", "  - {of: [rule_set], read: x}\n") if named else ("", "")
    put(agency, SOUND.replace("issued_by:", f"{key}issued_by:", 1).replace("\nfacts:\n", f"\nfacts:\n{fact}"))
    told = check_paths([agency], day)[1]
    assert [one.code for one in told] == ["FLW114"] * bool(words)
    assert all((words or "") in one.message.vi for one in told)


def test_a_folder_speaks_of_its_own_day(agency: Path) -> None:
    """`as_of` of `_org.yaml` is the day a kept folder is held against, unless another is given."""
    (agency / "_laws.yaml").write_text(f"laws: {{}}\nrule_sets:\n  {RULE_SET}\n  {NEXT_SET}\n", encoding="utf-8")
    org = agency / "_org.yaml"
    org.write_text(
        org.read_text(encoding="utf-8").replace("  name_en:", "  as_of: 2021-12-31\n  name_en:"), encoding="utf-8"
    )
    text = SOUND.replace("issued_by:", "rule_set: VN-2018\nissued_by:", 1)
    put(agency, text.replace("\nfacts:\n", "\nfacts:\n  - {of: [rule_set], read: x}\n"))
    assert check_paths([agency], None, date(2026, 1, 1)) == (1, [])
    assert codes(check_paths([agency], date(2026, 1, 1))[1]) == ["FLW114"]


# copies and odd ones (FLW111, FLW207, FLW112)


def named(flow: Flow, number: int) -> Flow:
    """The flow as another procedure."""
    code = f"{flow.field.upper()}-{number}"
    return flow._replace(
        code=code,
        title=f"{flow.title} {number}",
        national_code=None,
        file=f"{flow.field}/{code.lower()}.v{flow.version}.yaml",
        ignore=(),
    )


def within(flow: Flow, days: int) -> Flow:
    """The flow with another term, its times drawn out alike, as the archetypes are."""
    factor = Decimal(days) / (flow.deadline.amount if flow.deadline else 1)

    def longer(step: Step) -> Step:
        return step._replace(within=Term(step.within.amount * factor, step.within.unit)) if step.within else step

    return flow._replace(deadline=Term(Decimal(days), "wd"), steps=tuple(map(longer, flow.steps)))


def without(flow: Flow, lost: str) -> Flow:
    """The flow without a step; arrows to it go where it went on to."""
    gone = flow.step(lost)
    assert gone
    onward = gone.arrows[0].target

    def mended(step: Step) -> Step:
        arrows = (one._replace(target=onward) if one.target == lost else one for one in step.arrows)
        return step._replace(arrows=tuple(arrows))

    return flow._replace(steps=tuple(mended(step) for step in flow.steps if step.id != lost))


BASE = {(one.file, one.code) for one in check_set(SHIPPED.flows, EMPTY)}


def test_honest_flows_are_clean() -> None:
    """R67: flows of one archetype and one term are alike, and that is no fault; what is odd says why in its file."""
    silenced = {(flow.file, entry.code) for flow in SHIPPED.flows for entry in flow.ignore}
    assert silenced >= BASE


def beside_all(*flows: Flow) -> list[Finding]:
    """What some flows add to the findings of the shipped ones."""
    return [one for one in check_set([*SHIPPED.flows, *flows], EMPTY) if (one.file, one.code) not in BASE]


def by_code(code: str) -> Flow:
    """A shipped flow that points to no other, so that it can stand alone."""
    flow = next(flow for flow in SHIPPED.flows if flow.code == code)
    return flow._replace(
        steps=tuple(
            step._replace(arrows=tuple(one._replace(refer_to=None) for one in step.arrows)) for step in flow.steps
        )
    )


@pytest.mark.parametrize(
    ("code", "lost", "at"),
    [
        ("KDK-11", "phan-cong", "thu-ly"),
        ("KDK-11", "tham-dinh", "ky-duyet"),
        ("KDK-11", "phat-hanh", "tra-ket-qua"),
        ("KDK-11", "ky-tu-choi", "phat-hanh-tu-choi"),
        ("KDK-11", "gui-bo-sung", "cho-bo-sung"),
        ("LTHH-07", "lap-doan", "kiem-tra-thuc-te"),
        ("LTHH-07", "gui-thong-bao-phi", "cho-nop-phi"),
        ("ATD-01", "vp-xem-xet", "ubnd-ky"),
        ("DIEN-09", "trinh-ket-qua", "tham-dinh"),
    ],
)
def test_a_copy_that_lost_a_step(code: str, lost: str, at: str) -> None:
    """R67: the lost step is named, at the row that took its place, and only once, whatever else is like the original."""
    copy = named(without(by_code(code), lost), 999)
    (one,) = beside_all(copy)
    assert (one.code, one.file) == ("FLW111", copy.file)
    assert f"'{lost}'" in one.message.vi
    step = copy.step(at)
    assert step
    assert (one.line, one.column) == step.place


def test_times_tell_a_procedure_from_a_copy() -> None:
    """A flow that does with a step less and gives its time to others isn't a copy; among many alike it is odd (FLW207)."""
    flow = by_code("KDK-11")
    other = without(flow, "tham-dinh")
    steps = tuple(
        step._replace(within=Term(step.within.amount + 4, "wh")) if step.id == "thu-ly" and step.within else step
        for step in other.steps
    )
    other = named(other._replace(steps=steps), 999)
    assert check_set([flow, other], EMPTY) == []
    (one,) = beside_all(other)
    assert (one.code, one.level, one.file) == ("FLW207", "info", other.file)
    assert re.match(r"\d\d lưu đồ đi cùng một đường, lưu đồ này thiếu bước 'tham-dinh'", one.message.vi)
    second = named(other, 998)
    assert beside_all(other, second) == []


def test_one_step_more_is_odd_too() -> None:
    """An extra step of one flow alone is named where it stands; its sisters are no copies that lost it."""
    flow = by_code("KDK-11")
    extra = flow.steps[2]._replace(id="kiem-tra-lai", arrows=flow.steps[2].arrows[:1])
    other = named(within(flow._replace(steps=(*flow.steps[:3], extra, *flow.steps[3:])), 8), 999)
    (one,) = beside_all(other)
    assert (one.code, one.file, one.line) == ("FLW207", other.file, extra.place.line)
    assert "thêm bước 'kiem-tra-lai'" in one.message.vi


def test_an_honest_detour_is_no_lost_step() -> None:
    """NB-02 may keep papers back; a sister without that arrow and row is another procedure, one that lost the row a bad copy."""
    flow, row = by_code("NB-02"), "giu-lai"
    rest = tuple(step for step in flow.steps if step.id != row)
    plain = tuple(step._replace(arrows=tuple(one for one in step.arrows if one.target != row)) for step in rest)
    assert check_set([flow, named(flow._replace(steps=plain), 999)], EMPTY) == []
    assert codes(check_set([flow, named(without(flow, row), 999)], EMPTY)) == ["FLW111"]


def test_a_new_version_may_do_with_a_step_less() -> None:
    """R65: versions of one procedure are no copies of each other, nor are flows that never are in force together."""
    flow, turn = by_code("KDK-11"), date(2030, 1, 1)
    shorter = without(flow, "tham-dinh")._replace(effective=turn)
    newer = shorter._replace(version=flow.version + 1, file=flow.file.replace(".v1.", ".v2."))
    for later in (newer, named(shorter, 999)):
        assert codes(check_set([flow._replace(effective_to=turn), later], EMPTY)) == []


def test_forgotten_head() -> None:
    """A copy under a new code with the old title is found once, at the title; versions of one code are no copies."""
    flow = by_code("LTHH-13")
    copy = flow._replace(code="LTHH-99", file="lthh/lthh-99.v1.yaml")
    (one,) = check_set([flow, copy], EMPTY)
    assert (one.code, one.file, one.line) == ("FLW111", copy.file, flow.place("title").line)
    end = date(2023, 1, 1)
    old, new = flow._replace(effective_to=end), flow._replace(version=2, effective=end, file="lthh/lthh-13.v2.yaml")
    assert check_set([old, new], EMPTY) == []
    later = copy._replace(effective=end)
    assert check_set([old, later], EMPTY) == []  # one followed the other


@pytest.mark.parametrize(("key", "same"), [("national_code", "2.001624"), ("title", "Cấp giấy")])
def test_shared_number_or_title(key: str, same: str) -> None:
    """R60: one number, one name, one procedure."""
    one, two = (named(within(by_code("KDK-11"), days), days)._replace(**{key: same}) for days in (3, 4))
    (found,) = check_set([one, two], EMPTY)
    assert (found.code, found.file) == ("FLW112", two.file)
    assert one.code in found.message.vi
    late = two._replace(effective=date(2030, 1, 1))
    assert check_set([one._replace(effective_to=date(2030, 1, 1)), late], EMPTY) == []


# people (FLW702)

ROLE = Role("ky", Text("Người ký", "Signer"), "own", "agency")


def away(
    *accounts: Account,
    today: date | None = None,
    flows: Sequence[Flow] | None = None,
    lent: tuple[Delegation, ...] = (),
) -> list[Finding]:
    """What FLW702 says when these accounts are the only ones that may hold the main path."""
    org = Org(
        "",
        Text("", ""),
        Limits(),
        divisions={"qltm": Text("Phòng Thương mại", "Trade"), "ktnl": Text("Phòng Kỹ thuật", "Engineering")},
        roles={"ky": ROLE},
        accounts={account.id: account for account in accounts},
        delegations=lent,
        places={f"accounts.{account.id}": (number, 3) for number, account in enumerate(accounts, 1)},  # type: ignore[misc]
        file="_org.yaml",
    )
    context = replace(EMPTY, org=org, calendar=CALENDAR, today=today)
    return list(everyone_away.check(SIGNED if flows is None else flows, context))


CALENDAR = load_calendar(bundled())
SIGNED = [by_code("LTHH-13")._replace(steps=tuple(step._replace(by="ky") for step in by_code("LTHH-13").steps))]


def person(number: int, division: str = "qltm", **dates: object) -> Account:
    return Account(f"p{number}", f"P{number}", frozenset({"ky"}), division, **dates)  # type: ignore[arg-type]


def leave(*days: str) -> tuple[tuple[date, date], ...]:
    """Leave as 2021-07-05/2021-07-09."""
    return tuple((date.fromisoformat(one[:10]), date.fromisoformat(one[11:])) for one in days)


SUMMER = leave("2021-07-05/2021-07-16")


@pytest.mark.parametrize(
    ("accounts", "expected"),
    [
        ([person(1, leave=SUMMER)], [(1, "2021-07-05", "2021-07-16")]),
        ([person(1, leave=SUMMER), person(2)], []),
        ([person(1, leave=SUMMER), person(2, "ktnl")], [(1, "2021-07-05", "2021-07-16")]),
        ([person(1, leave=SUMMER), person(2, leave=leave("2021-07-12/2021-07-20"))], [(2, "2021-07-12", "2021-07-16")]),
        ([person(1, leave=SUMMER), person(2, leave=leave("2021-07-16/2021-07-20"))], [(2, "2021-07-16", "2021-07-16")]),
        ([person(1, leave=SUMMER), person(2, leave=leave("2021-07-17/2021-07-20"))], []),
        ([person(1, leave=leave("2021-07-10/2021-07-11"))], []),  # a weekend
        ([person(1, leave=leave("2021-02-10/2021-02-16"))], []),  # Tết
        ([person(1, until=date(2022, 1, 1))], [(1, "2022-01-01", "")]),
        ([person(1, until=date(2021, 5, 1)), person(2, since=date(2021, 5, 4))], []),  # 1 to 3 May are days off
        ([person(1, until=date(2021, 5, 1)), person(2, since=date(2021, 5, 5))], [(1, "2021-05-01", "2021-05-04")]),
        ([person(1, leave=((date(2021, 7, 5), date.max),))], [(1, "2021-07-05", "")]),
        ([person(1, leave=leave("2031-07-05/2031-07-06"))], []),  # a weekend that the calendar doesn't know yet
        ([person(1, leave=leave("2031-07-05/2031-07-07"))], [(1, "2031-07-05", "2031-07-07")]),
        ([person(1, since=date(2020, 10, 26))], [(1, "2020-10-21", "2020-10-25")]),
        ([person(1, leave=leave("2019-07-05/2019-07-16"))], []),  # before the flow
        (
            [person(1, leave=leave("2021-06-01/2021-06-02", "2021-08-02/2021-08-03"))],
            [(1, "2021-06-01", "2021-06-02"), (1, "2021-08-02", "2021-08-03")],
        ),
        ([], []),  # FLW303
    ],
)
def test_everyone_away(accounts: list[Account], expected: list[tuple[int, str, str]]) -> None:
    """R62: each spell of working days without anybody, once, at the account whose absence closed the gap."""
    told = away(*accounts)
    assert [one.line for one in told] == [number for number, *_ in expected]
    for one, (_, first, last) in zip(told, expected, strict=True):
        assert f" from {first}{f' to {last}' if last else ' on'}, " in one.message.en
        assert one.level == "warning"


@pytest.mark.parametrize(
    ("days", "more", "expected"),
    [
        (("2021-07-05", "2021-07-17"), {}, []),
        (("2021-07-01", "2021-07-15"), {}, [("2021-07-15", "2021-07-16")]),
        (("2021-07-07", "2021-07-17"), {}, [("2021-07-05", "2021-07-06")]),
        (("2021-07-05", "2021-07-17"), {"steps": ("tham-dinh",)}, [("2021-07-05", "2021-07-16")]),
        (("2021-07-05", "2021-07-17"), {"procedures": ("LTHH-13",)}, []),
        (("2021-07-05", "2021-07-17"), {"delegate": "p3"}, [("2021-07-12", "2021-07-14")]),
        (("2021-07-05", "2021-07-17"), {"delegate": "p4"}, [("2021-07-14", "2021-07-16")]),
        (("2021-07-05", "2021-07-17"), {"principal": "p2", "delegate": "p3"}, [("2021-07-05", "2021-07-16")]),
    ],
)
def test_who_stands_in_is_there(days: tuple[str, str], more: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    """R121, R127: for all steps of the role, on the days of the delegation, unless he is on leave or gone himself."""
    others = [person(number, "ktnl") for number in (2, 3, 4)]
    others[1] = others[1]._replace(leave=leave("2021-07-12/2021-07-14"))
    others[2] = others[2]._replace(until=date(2021, 7, 14))
    since, until = map(date.fromisoformat, days)
    given = Delegation("p1", "p2", since, until, "GUQ 1")._replace(**more)
    told = away(person(1, leave=SUMMER), *others, lent=(given,))
    assert [one.line for one in told] == [1] * len(expected)
    for one, (first, last) in zip(told, expected, strict=True):
        assert f" from {first} to {last}, " in one.message.en


def test_between_two_posts_nobody_is_there() -> None:
    """R128: who left and came back wasn't there meanwhile."""
    before = Post(frozenset({"ky"}), "qltm", None, date(2021, 5, 1))
    (one,) = away(person(1, since=date(2021, 6, 1), earlier=(before,)))
    assert " from 2021-05-01 to 2021-05-31, " in one.message.en


def test_who_is_away_is_counted() -> None:
    """The message names role and place, how many flows and steps need them, and what to do; flows are told together."""
    other = SIGNED[0]._replace(code="LTHH-14")
    (one,) = away(person(1, leave=SUMMER), flows=[*SIGNED, other])
    steps = 2 * len(SIGNED[0].steps)
    assert one.message.vi.startswith(
        "không còn ai có vai trò 'Người ký' (Phòng Thương mại) từ 05/07/2021 đến 16/07/2021"
    )
    assert f"2 lưu đồ có {steps} bước cần" in one.message.vi
    assert one.file == "_org.yaml"


def test_days_gone_by_are_not_told() -> None:
    """What was can't be mended: from the day of the check on; and not before a flow begins or after it ended."""
    assert away(person(1, leave=SUMMER), today=date(2021, 7, 17)) == []
    (one,) = away(person(1, leave=SUMMER), today=date(2021, 7, 14))
    assert "from 2021-07-14 to 2021-07-16" in one.message.en
    assert away(person(1, leave=SUMMER), flows=[SIGNED[0]._replace(effective_to=date(2021, 7, 5))]) == []


def test_spells_agree_with_looking_at_every_day() -> None:
    """Only edges are looked at; day by day comes out the same, over 300 agencies drawn by a fixed rule."""
    base = date(2021, 3, 1)
    for seed in range(300):
        accounts = [
            person(
                number,
                leave=tuple(
                    (base + timedelta(a), base + timedelta(a + b))
                    for a, b in [(seed * (7 + number) % 60, seed % 9), (seed * (11 + number) % 90, seed % 5)]
                ),
                until=base + timedelta(40 + seed % 50) if (seed + number) % 3 == 0 else None,
                since=base + timedelta(seed % 20) if (seed + number) % 4 == 0 else None,
            )
            for number in range(1 + seed % 3)
        ]
        spells = everyone_away._spells(accounts, base, base + timedelta(120))
        empty = {first + timedelta(n) for first, end in spells for n in range((end - first).days)}
        days = (base + timedelta(n) for n in range(120))
        assert empty == {day for day in days if not any(everyone_away.present(one, day) for one in accounts)}


# delegations (FLW703)

LENT = """delegations:
  - of: ha.qltm
    to: vinh.qltm
    since: 2021-09-13
    until: 2021-09-25
    paper: GUQ 1
    procedures:
      - LTHH-13
      - CNDP-01
    steps: [phan-cong, khai-mac]
"""


@pytest.fixture
def lending(agency: Path) -> Path:
    """The agency with two procedures; the file of each test says who stands in for whom."""
    for field in ("lthh", "cndp"):
        (agency / field).mkdir()
    for file in ("lthh/lthh-13.v1.yaml", "cndp/cndp-01.v1.yaml"):
        shutil.copy(bundled() / file, agency / file)
    shutil.copytree(bundled() / "_plans", agency / "_plans", dirs_exist_ok=True)
    return agency


@pytest.mark.parametrize(
    ("old", "new", "at", "said"),
    [
        ("khai-mac", "tham-dinh", None, ""),
        ("khai-mac", "phan-cog", "steps", "bước 'phan-cog' nhưng LTHH-13, CNDP-01 không có bước ấy; có phải 'phan-cong'?"),
        ("khai-mac", "cham-diem", None, ""),
        ("      - CNDP-01\n    steps: [phan-cong, khai-mac]", "    steps: [phan-cong, cham-diem]", "steps", "LTHH-13 không có"),
        ("      - CNDP-01\n    steps: [phan-cong, khai-mac]", "      - CNDP-1", "- CNDP-1", "mã ấy; có phải 'CNDP-01'?"),
        ("      - CNDP-01\n    steps: [phan-cong, khai-mac]", "      - X-99", "- X-99", "thủ tục X-99"),
        (LENT[LENT.index("    procedures"):], "    steps: [cham-diem, phan-cong]\n", None, ""),
        (LENT[LENT.index("    procedures"):], "    steps: [khong-co]\n", "steps", "không lưu đồ nào có bước ấy"),
        (LENT[LENT.index("    procedures"):], "", None, ""),
    ],
)  # fmt: skip
def test_delegations(lending: Path, old: str, new: str, at: str | None, said: str) -> None:
    """R127: a code or a step that isn't there lends nothing; found at its own line, once."""
    org = lending / "_org.yaml"
    assert LENT.count(old) == 1
    text = org.read_text(encoding="utf-8") + LENT.replace(old, new)
    org.write_text(text, encoding="utf-8")
    _, findings = check_paths([lending])
    line = None if at is None else line_of(text.replace("      -", "-").replace("    steps", "steps"), at)
    assert [(one.code, one.line) for one in findings] == ([] if at is None else [("FLW703", line)])
    assert all(said in one.message.vi for one in findings)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [(lambda text: text + "]", "FLW001"), (lambda text: text.replace("steps:\n", "steps: 5\nsteps2:\n", 1), "FLW004")],
)
def test_delegations_of_flows_that_cannot_be_read(lending: Path, spoil: Callable[[str], str], code: str) -> None:
    """Habit 6: what a broken flow file may have is not missed."""
    org, flow = lending / "_org.yaml", lending / "cndp" / "cndp-01.v1.yaml"
    org.write_text(org.read_text(encoding="utf-8") + LENT, encoding="utf-8")
    assert [one for one, *_ in found(lending)] == ["FLW703"]
    flow.write_text(spoil(flow.read_text(encoding="utf-8")), encoding="utf-8")
    codes_found = [one for one, *_ in found(lending)]
    assert code in codes_found
    assert "FLW703" not in codes_found
    text = org.read_text(encoding="utf-8")
    org.write_text(text[: text.index("    procedures")] + "    steps: [khai-mac]\n", encoding="utf-8")
    assert "FLW703" not in [one for one, *_ in found(lending)]


# plans (FLW701)

PLAN = (bundled() / "_plans" / "2021.yaml").read_text(encoding="utf-8")


@pytest.fixture
def planned(agency: Path) -> Path:
    """The agency with the one procedure that runs by a plan."""
    shutil.copytree(bundled() / "cndp", agency / "cndp")
    return agency


@pytest.mark.parametrize(
    ("old", "new", "at", "said"),
    [
        ("cham-diem: 2021-07-15", "chm-diem: 2021-07-15", ["chm-diem"], "có phải 'cham-diem'?"),
        ("    cham-diem: 2021-07-15\n", "", ["CNDP-01"], "thiếu mốc 'cham-diem' mà bước 'cham-diem' chờ"),
        (
            "    cham-diem:",
            "    khai-mac: 2021-07-01\n    cham-diem:",
            ["khai-mac"],
            "không bước nào chờ mốc 'khai-mac'",
        ),
        ("CNDP-01:", "CNDP-02:", ["CNDP-02"], "không có lưu đồ CNDP-02; có phải 'CNDP-01'?"),
        ("quyet-dinh: 2021-08-31", "quyet-dinh: 2022-08-31", ["quyet-dinh"], "không thuộc năm 2021"),
        ("quyet-dinh: 2021-08-31", "quyet-dinh: 2021-09-03", ["quyet-dinh"], "rơi vào ngày nghỉ, Thứ Sáu 03/09/2021"),
        ("bo-phieu: 2021-07-30", "bo-phieu: 2021-07-14", ["bo-phieu"], "trước mốc 'cham-diem'"),
        ("bo-phieu: 2021-07-30", "bo-phieu: 2021-07-15", [], ""),
    ],
)
def test_plans(planned: Path, old: str, new: str, at: list[str], said: str) -> None:
    """R61: every milestone is there, on a working day of its year, in the order of the steps; one slip is one finding."""
    assert PLAN.count(old) == 1
    text = PLAN.replace(old, new)
    (planned / "_plans" / "2021.yaml").write_text(text, encoding="utf-8")
    _, findings = check_paths([planned])
    assert [(one.code, one.line) for one in findings] == [
        ("FLW701", line_of(text.replace("    ", ""), key)) for key in at
    ]
    assert all(said in one.message.vi for one in findings)


def test_a_milestone_without_any_plan(planned: Path) -> None:
    """R61: a flow that waits for one is told once, at the first step that does; other years' plans are looked at as they are."""
    (planned / "_plans" / "2021.yaml").write_text("year: 2021\n", encoding="utf-8")
    _, findings = check_paths([planned])
    flow = (planned / "cndp" / "cndp-01.v1.yaml").read_text(encoding="utf-8")
    (one,) = [one for one in findings if one.code == "FLW701"]
    assert (Path(one.file or "").name, one.line) == ("cndp-01.v1.yaml", line_of(flow, "  tiep-nhan:"))
    assert "chưa có kế hoạch năm nào cho CNDP-01" in one.message.vi


def test_milestones_of_a_year_whose_days_off_are_unknown(planned: Path) -> None:
    """R80: whether the day is a working day can't be told yet."""
    (planned / "_plans" / "2021.yaml").write_text(PLAN, encoding="utf-8")
    (planned / "_plans" / "2031.yaml").write_text(PLAN.replace("2021", "2031"), encoding="utf-8")
    assert found(planned) == []


def test_plan_of_a_flow_that_cannot_be_read(planned: Path) -> None:
    """What the reader said of the flow isn't said again of the plan."""
    (planned / "_plans" / "2021.yaml").write_text(PLAN, encoding="utf-8")
    flow = planned / "cndp" / "cndp-01.v1.yaml"
    whole = flow.read_text(encoding="utf-8")
    flow.write_text(whole + "]", encoding="utf-8")
    assert [code for code, *_ in found(planned)] == ["FLW001"]
    flow.write_text(whole.replace("until: cham-diem", "until: Chấm"), encoding="utf-8")
    assert [code for code, *_ in found(planned)] == ["FLW004"]


# the calendar (FLW704)


def shift(old: str, new: str) -> Callable[[Path], None]:
    """Replace in 2021's file."""

    def spoil(folder: Path) -> None:
        text = (folder / "2021.yaml").read_text(encoding="utf-8")
        assert old in text
        (folder / "2021.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")

    return spoil


@pytest.mark.parametrize(
    ("spoil", "file", "said"),
    [
        (shift("date: 2021-02-11", "date: 2021-02-10"), "2021.yaml", "đã có ở dòng"),
        (lambda folder: (folder / "2021.yaml").unlink(), "2022.yaml", "thiếu lịch năm 2021"),
        (lambda folder: shutil.copy(folder / "2021.yaml", folder / "2021 (copy).yaml"), "2021.yaml", "năm 2021 đã có trong"),
        (lambda folder: (folder / "_sessions.yaml").unlink(), "_sessions.yaml", "chưa có giờ làm việc từ"),
        (
            lambda folder: (folder / "_sessions.yaml").write_text(
                "sessions:\n  - since: 2018-01-02\n    weekdays: {mon: [07:30-11:30]}\n"
            ),
            "_sessions.yaml",
            "chưa có giờ làm việc từ",
        ),
        (
            lambda folder: (folder / "2027.yaml").write_text("year: 2027\nannounced: {on: 2026-12-01}\ndays:\n  - {date: 2027-01-02, kind: swap_work, name: x, source: x, status: memory}\n"),  # noqa: E501
            "2027.yaml",
            "không có giờ làm việc",
        ),
    ],
)  # fmt: skip
def test_calendar_files(agency: Path, spoil: Callable[[Path], object], file: str, said: str) -> None:
    """R77-R80: what makes no calendar is told with the line of the row, and no calendar is used."""
    put(agency, SOUND)
    spoil(agency / "_calendar")
    findings = check_paths([agency])[1]
    assert {one.code for one in findings} == {"FLW704"}
    assert Path(findings[0].file or "").name == file
    assert said in findings[0].message.vi
    assert read_calendar(agency)[0] is None


def test_an_agency_may_lack_plans_and_register_but_no_calendar(agency: Path) -> None:
    """R77: a folder with organisation, words and calendar can be checked; without calendar that alone is told, not of a file."""
    file = put(agency, SOUND)
    shutil.rmtree(agency / "_plans")
    (agency / "_laws.yaml").unlink()
    assert found(agency) == []
    (agency / "_calendar" / "_sessions.yaml").unlink()
    assert found(agency) == [("FLW704", "_sessions.yaml", 1)]
    shutil.rmtree(agency / "_calendar")
    assert found(agency) == [("FLW704", "_calendar", 1)]
    assert found(file) == []


def test_the_day_of_the_check(agency: Path) -> None:
    """`--as-of` says on which day the law is looked at; without it, today; what is no day is refused."""
    shutil.copytree(bundled() / "lthh", agency / "lthh")
    flow = agency / "lthh" / "lthh-07.v1.yaml"
    text = flow.read_text(encoding="utf-8")
    flow.write_text(text.replace("  - Nghị định 95/2021/NĐ-CP (từ 02/01/2022)\n", ""), encoding="utf-8")
    now, then, nonsense = (CliRunner().invoke(group, ["check", str(flow), *day]) for day in ((), AS_OF, NO_DAY))
    assert (now.exit_code, then.exit_code) == (1, 0)
    assert f"{flow}:{line_of(text, 'legal_basis') + 1}: FLW109 expired-legal-basis: " in now.output
    assert isinstance(nonsense.exception, BadValue)


AS_OF = ("--as-of", "02/04/2022")
NO_DAY = ("--as-of", "x")


def test_the_line_to_add_is_said(agency: Path) -> None:
    """Who publishes a flow is told the very line that freezes it."""
    put(agency, PUBLISHED)
    (one,) = check_paths([agency])[1]
    (entry,) = re.findall(r"'([0-9a-f]{64}  \S+)'", one.message.en)
    freeze(agency, f"{entry}\n")
    assert found(agency) == []
