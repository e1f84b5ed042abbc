"""Published reports read as they stand: what they get wrong by themselves, and figure by figure against ours (R90, R93, R111)."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flowiso.against import CODES, Ours, Published, check, compare, ours, read_published
from flowiso.against.numbers import number_of, quantities
from flowiso.against.papers import papers
from flowiso.against.prose import clauses
from flowiso.cli import group
from flowiso.errors import BadValue, FlowFileError
from flowiso.render.against import as_json, as_text

DATA = Path(__file__).parent / "data"
DONG_NAI = (DATA / "report_dong_nai_2021.txt").read_bytes()
KHANH_HOA = (DATA / "report_khanh_hoa_2019.txt").read_bytes()
PLANTED = 50

OWN = {
    one.id: one
    for one in (
        ours("procedures", 116), ours("fields", 15), ours("level_3", 23, 116), ours("level_4", 93, 116),
        ours("interconnected", 4, 116), ours("received", 13641), ours("in_time", 13637, 13641), ours("late", 4, 13641),
        ours("online", 13468, 13641), ours("payment", 42, 46), ours("with_dossiers", 46, 116),
        ours("divisions", 6), ours("divisions_applying", 6, 6), ours("divisions_with_objectives", 6, 6),
    )
}  # fmt: skip
"""The published year's figures, as if computed."""


def dong_nai() -> Published:
    return read_published(DONG_NAI, "bao-cao.txt")


def report(*lines: str) -> Published:
    return read_published("\n\n".join(lines).encode(), "bao-cao.txt")


def codes(published: Published) -> list[str]:
    return [one.code for one in check(published)]


@pytest.mark.parametrize(
    ("words", "value", "whole", "percent"),
    [
        ("nhận 13.641 hồ sơ", "13641", None, False),
        ("trễ hạn: 04 hồ sơ", "4", None, False),
        ("đạt 99.97 %", "99.97", None, True),
        ("đạt 0,03%.", "0.03", None, True),
        ("đạt 1.234,5 triệu", "1234.5", None, False),
        ("đã nhận 1.234.567 hồ sơ", "1234567", None, False),
        ("có 42/46 thủ tục", "42", "46", False),
        ("là 13.468 hồ sơ/13.641 hồ sơ", "13468", "13641", False),
        ("là 13.637 trên tổng số 13.641 hồ sơ", "13637", "13641", False),
        ("nhận 2021 hồ sơ", "2021", None, False),
    ],
)
def test_numbers_of_prose(words: str, value: str, whole: str | None, percent: bool) -> None:
    """Thousands dot, both decimal marks, leading zeros, percentages and fractions are read by what stands around them."""
    (one,) = quantities(words)
    assert one.number.value == Decimal(value)
    assert (one.whole and one.whole.value) == (Decimal(whole) if whole else None)
    assert one.percent is percent


@pytest.mark.parametrize(
    "words",
    [
        "Quyết định số 272/QĐ-SCT ngày 21/10/2020", "Nghị định số 61/2018/NĐ-CP", "TCVN ISO 9001:2015", "TCVN ISO 900: 2015",
        "ngày 30 tháng 9 năm 2016", "tháng 10/2021", "kết quả 06 tháng năm 2021", "nhiệm kỳ (2021-2026)", "mức độ 3 và 4 là",
        "1. Kết quả áp dụng", "(lần 02): Chỉnh sửa", "cách mạng công nghệ 4.0 và", "Điện Thoại : 0251.3822216 (phòng)",
        "LH: 02513. 822232 hoặc", "tháng 1, 2 năm 2020", "năm 2021 của Sở", "lúc 15:30 tại", "Số 2 Nguyễn Văn Trị",
    ],
)  # fmt: skip
def test_what_is_no_figure(words: str) -> None:
    """Dates, document numbers, standards, levels, headings and telephones are no figures."""
    assert quantities(words) == ()


def test_wrapped_lines_keep_their_numbers() -> None:
    """A sentence over two lines is read as one, each figure on its line."""
    read = read_published("Tổng số hồ sơ nhận\n13.641 hồ sơ, trong đó\ntrễ hạn 04 hồ sơ.\n".encode(), "x.txt")
    assert [(one.id, one.value, one.line) for one in read.figures] == [("received", 13641, 2), ("late", 4, 3)]


def figures_of(*lines: str) -> list[tuple[str | None, str, int]]:
    """What lines are read as: what is counted, as written, on which line."""
    read = read_published("\n".join(lines).encode(), "x.txt")
    return [(one.id, one.shown, one.line) for one in read.figures]


def test_rows_of_a_table_are_read_as_rows() -> None:
    """Cells apart by tabs: the number of the row is no figure, a row never runs on into the next, percentages are the count's."""
    assert figures_of(
        "STT\tNội dung\tSố lượng\tTỷ lệ",
        "1\tTổng số hồ sơ tiếp nhận\t13.641\t",
        "2.\tHồ sơ giải quyết đúng hạn\t13.637\t99,97%",
        "-\tquá hạn\t4 hồ sơ",
        "\tsố hồ sơ nộp trực tiếp\t173",
        "\ttrực tuyến\t13.468/13.641\thồ sơ\t98,73 %",
        "Hết.",
    ) == [
        ("received", "13.641", 2),
        ("in_time", "13.637", 3),
        ("in_time", "99,97%", 3),
        ("late", "4", 4),
        ("not_online", "173", 5),
        ("online", "13.468/13.641", 6),
        ("online", "98,73 %", 6),
    ]


def test_several_counts_of_a_row_need_the_titles_of_their_columns() -> None:
    """They are known in a total row, under as many titles; a field's, or another year's, are read and not taken for those."""
    head = "Lĩnh vực\tHồ sơ tiếp nhận\tĐúng hạn\tQuá hạn"
    rows = ("Hồ sơ điện tiếp nhận\t20\t20\t0", "Tổng cộng\t140\t138\t2")
    field = [(None, "20", 2), (None, "20", 2), (None, "0", 2)]
    assert figures_of(head, *rows) == [*field, ("received", "140", 3), ("in_time", "138", 3), ("late", "2", 3)]
    assert figures_of(head.rpartition("\t")[0], *rows) == [*field, *((None, one, 3) for one in ("140", "138", "2"))]
    assert figures_of("(1)\t(2)\t(3)", "Quá hạn: 2 hồ sơ") == [("late", "2", 2)]


def test_a_tab_in_prose_is_a_blank() -> None:
    """As word processors put one behind a bullet or a number."""
    assert figures_of("-\tTiếp nhận 10 hồ sơ,", "trong đó\tquá hạn 2 hồ sơ") == [
        ("received", "10", 1),
        ("late", "2", 2),
    ]


LISTED = (
    "Trong năm, Sở đã tiếp nhận 5.210 hồ sơ (trực tuyến 4.900 hồ sơ; trực tiếp 310 hồ sơ), từ kỳ trước chuyển sang 120 hồ sơ."
    " Đã giải quyết 5.200 hồ sơ (trước hạn: 3.000; đúng hạn: 2.190; quá hạn: 10), quá hạn 10/5.200 hồ sơ (0,19%)."
    " Đang giải quyết 130 hồ sơ: trong hạn 128 hồ sơ, quá hạn 2 hồ sơ. Tỷ lệ giải quyết trước và đúng hạn trên tổng số: 99,81%."
    " Có 120 thủ tục, trong đó 40 thủ tục mức độ 3 và 80 thủ tục mức độ 4."
)


def test_lists_of_outcomes_are_of_what_stands_before_them() -> None:
    """Columns 3 to 13 in one paragraph of another wording: every figure is known, nothing is wrong (R90)."""
    read = report(LISTED)
    assert {one.id: str(one.value) for one in read.figures if one.counts} == {
        "received": "5210", "online": "4900", "not_online": "310", "carried_over": "120", "resolved": "5200", "early": "3000",
        "on_time": "2190", "late": "10", "open": "130", "open_in_time": "128", "open_overdue": "2",
        "procedures": "120", "level_3": "40", "level_4": "80",
    }  # fmt: skip
    assert codes(read) == ["REP108"]  # 99,80769 %


ODDITIES = {
    7: ("REP108", 107, "0,02"),
    8: ("REP301", 99, "13.641"),
    10: ("REP106", 97, "91,30%"),
    12: ("REP201", 111, "100%"),
    13: ("REP204", 103, "99.97 %"),
    14: ("REP302", 89, "trước hạn"),
    15: ("REP303", 109, "nhầm tài khoản"),
}


@pytest.mark.parametrize("number", ODDITIES)
def test_oddities_of_the_published_report(number: int) -> None:
    """The oddities are found on their lines by rules that know nothing of this report (domain 8)."""
    code, line, words = ODDITIES[number]
    assert [one for one in check(dong_nai()) if (one.code, one.line) == (code, line) and words in one.message.vi]


def test_the_rest_of_what_is_found_there() -> None:
    """Nothing else is found but what is so: three ratios without their whole, another whole, one number of two papers."""
    known = {(code, line) for code, line, _ in ODDITIES.values()}
    rest = [(one.code, one.line) for one in check(dong_nai()) if (one.code, one.line) not in known]
    assert rest == [
        ("REP202", 21), ("REP402", 65), ("REP403", 65), ("REP401", 69), ("REP203", 97), ("REP202", 103), ("REP202", 107),
    ]  # fmt: skip


def test_the_other_report_has_percentages_without_numbers_only() -> None:
    """ "182 systems in 277 agencies" is no fraction (R103); its four percentages have neither numerator nor denominator."""
    read = read_published(KHANH_HOA, "bao-cao.txt")
    assert [(one.code, one.line) for one in check(read)] == [("REP201", line) for line in (20, 25, 29, 29)]
    assert all(one.fraction is None for one in read.figures)


def test_our_figures_are_reproduced() -> None:
    """Nothing is contradicted by the published figures themselves; 91,3 carries the remark of its decimals."""
    found = compare(dong_nai(), OWN)
    assert [one for one in found if one.verdict == "contradicted"] == []
    assert {one.figure.id for one in found if one.verdict == "reproduced"} == OWN.keys() - {
        "divisions",
        "with_dossiers",
    }
    assert {one.figure.id for one in found if one.verdict == "not_derivable"} == {
        None,
        "internal",
        "trained",
        "satisfied",
    }
    assert [one.remark.vi for one in found if one.figure.shown == "91,3%"] == ["nên ghi 91,30% (R111)"]


def test_our_figures_contradict() -> None:
    """One dossier less received and one more late are told with ours, theirs and the difference, where they stand."""
    own = OWN | {"received": ours("received", 13640), "late": ours("late", 5, 13640)}
    told = [
        (one.figure.line, one.figure.shown, one.ours.vi, one.difference.vi)
        for one in compare(dong_nai(), own)
        if one.difference.vi
    ]
    assert told == [
        (95, "13.468 hồ sơ/13.641", "13.468/13.640", "+1"),
        (99, "13.641", "13.640", "+1"),
        (105, "04", "5", "-1"),
        (107, "0,03%", "0,04%", "-0,01%"),
        (107, "04", "5", "-1"),
    ]


@pytest.mark.parametrize(
    ("words", "own", "verdict"),
    [
        ("0,02%", ours("late", 4, 13641), "contradicted"),  # cut off
        ("0,03%", ours("late", 4, 13641), "reproduced"),
        ("100%", ours("late", 99_999, 100_000), "contradicted"),
        ("0%", ours("late", 1, 100_000), "contradicted"),
        ("0%", ours("late", 0, 100_000), "reproduced"),
        ("trên 90%", ours("late", 91, 100), "reproduced"),
        ("trên 90%", ours("late", 90, 100), "contradicted"),
        ("dưới 5%", ours("late", 5, 100), "contradicted"),
        ("không quá 5%", ours("late", 5, 100), "reproduced"),
        ("91,5%", Ours("late", OWN["late"].title, Decimal("91.5")), "reproduced"),
        ("91,5%", Ours("late", OWN["late"].title, 915), "not_derivable"),
        ("5%", ours("late", 0, 0), "contradicted"),
    ],
)
def test_percentages_against_ours(words: str, own: Ours, verdict: str) -> None:
    """Rounded half up at the decimals given; all and nothing only where it is so; a bound is met or not (R111)."""
    (one,) = compare(report(f"Tỷ lệ hồ sơ trễ hạn: {words}."), {"late": own})
    assert one.verdict == verdict


_SOUND = ("Tổng số hồ sơ nhận: 1.000 hồ sơ.", "Số hồ sơ trả đúng hạn: 970 hồ sơ.", "Số hồ sơ trễ hạn: 10 hồ sơ.")
_OPEN = "Số hồ sơ đang giải quyết: 20 hồ sơ."


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((*_SOUND, _OPEN), []),
        (_SOUND, ["REP101"]),
        ((*_SOUND, _OPEN.replace("20", "21")), ["REP101"]),
        ((*_SOUND, _OPEN, "Từ kỳ trước chuyển sang: 5 hồ sơ."), ["REP101"]),
        ((*_SOUND, _OPEN, "Hồ sơ trễ hạn là 11 hồ sơ."), ["REP102"]),
        (("Có 7/6 phòng có mục tiêu.",), ["REP103"]),
        (("Có 5/6 phòng có mục tiêu, đạt 83,34%.",), ["REP104"]),
        (("Có 5/6 phòng có mục tiêu, đạt 83,33%.",), []),
        (("Có 4/6 phòng có mục tiêu, đạt 66,66%.",), ["REP105"]),
        (("Có 99.999/100.000 hồ sơ trực tuyến, đạt 100%.",), ["REP107", "REP108"]),
        (("Tỷ lệ hồ sơ đúng hạn: 99,97%.", "Tỷ lệ hồ sơ trễ hạn: 0,05%."), ["REP101", "REP201", "REP201"]),
        (("116 thủ tục (trong đó 23/116 thủ tục mức độ 3 và 92/116 thủ tục mức độ 4).",), ["REP101"]),
        (("Nhận 1.234 hồ sơ trực tuyến/2,345 hồ sơ tiếp nhận.",), ["REP204"]),
        (("Quyết định số 5/QĐ-SCT ngày 01/02/2021.", "Quyết định số 5/QĐ-SCT ngày 02/02/2021, 1 người."), ["REP401"]),
        (("Quyết định số 5/QĐ-SCT ngày 01/02/2021.", "Theo quyết định số 5/QĐ-SCT, cử 1 người."), []),
        (("Báo cáo số 5/QĐ-SCT ngày 01/02/2021, 1 người.",), ["REP402"]),
        (("Kế hoạch số 5/KH-SCT ngày 07/02/2021, 1 người.",), ["REP403"]),
        (("Nguyên nhân hồ sơ trễ hạn: do lỗi phần mềm.", "Có 1 người."), ["REP303"]),
        (("Có 4 hồ sơ trễ hạn do lỗi phần mềm.",), []),
        (("- Số hồ sơ giải quyết đúng hạn, trễ hạn:", "+ Số hồ sơ trễ hạn: 4 hồ sơ."), ["REP302"]),
        (("Quý I có 3 hồ sơ trễ hạn.", "Số hồ sơ trễ hạn: 4 hồ sơ."), []),
        (("Quý I có 5/300 hồ sơ trễ hạn, chiếm 1,67%.", "Quý II đạt 98,5%."), ["REP108"]),
        (("Quý I có 5/300 hồ sơ trễ hạn, chiếm 1,76%.",), ["REP104"]),
        (("Phấn đấu đạt trên 95% hồ sơ đúng hạn.", "Có 1 người."), []),
    ],
)  # fmt: skip
def test_each_rule(lines: tuple[str, ...], expected: list[str]) -> None:
    """Each rule speaks of what it is for, and of nothing else (R90, R93, R95, R111)."""
    assert sorted(codes(report(*lines))) == expected


def test_every_rule_is_seen_somewhere() -> None:
    """No code is without a test."""
    text = Path(__file__).read_text(encoding="utf-8")
    assert [code for code in CODES if code not in text] == []


def spots(published: Published) -> Iterator[tuple[int, int, str]]:
    """Line, column and text of every number of a figure that can be contradicted."""
    known = {(one.line, one.shown) for one in published.figures if one.id in OWN and not one.target}
    for paragraph in published.paragraphs:
        for clause in clauses(paragraph):
            for one in quantities(clause.text):
                line = paragraph.line(clause.start + one.start)
                if (line, clause.text[one.start : one.end]) in known:
                    for written in filter(None, (one.number, one.whole)):
                        yield (
                            line,
                            clause.start + written.start - paragraph.starts[paragraph.lines.index(line)],
                            written.text,
                        )


def spoilt(text: str, rng: random.Random) -> str:
    """A number with a digit changed, two exchanged, or one more or less, as slips happen; never the same value."""
    digits = [at for at, mark in enumerate(text) if mark.isdigit()]
    while True:
        marks, at = list(text), rng.choice(digits)
        how = rng.choice(("change", "swap", "drop", "double"))
        if how == "change":
            marks[at] = rng.choice("0123456789")
        elif how == "swap" and at + 1 in digits:
            marks[at : at + 2] = marks[at + 1], marks[at]
        else:
            marks[at : at + 1] = [] if how == "drop" and len(digits) > 1 else [marks[at]] * 2
        new = "".join(marks)
        before, after = number_of(text), number_of(new)
        if before and after and before.value != after.value and re.fullmatch(r"[\d.,]+", new):
            return new


def test_planted_wrong_figures_are_found(capsys: pytest.CaptureFixture[str]) -> None:
    """50 copies of the report, one number changed in each: every one is found, its line named, and more than half by the
    report's own sums and quotients."""
    rng = random.Random(2021)
    sound, places = dong_nai(), list(spots(dong_nai()))
    before = set(check(sound))
    alone = found = 0
    for _ in range(PLANTED):
        line, column, text = rng.choice(places)
        new = spoilt(text, rng)
        rows = DONG_NAI.decode().split("\n")
        start = len(rows[line - 1]) - len(rows[line - 1].lstrip()) + column
        assert rows[line - 1][start : start + len(text)] == text
        rows[line - 1] = rows[line - 1][:start] + new + rows[line - 1][start + len(text) :]
        copy = read_published("\n".join(rows).encode(), "bao-cao.txt")
        wrong = [one for one in check(copy) if one.code.startswith("REP10") and one not in before]
        apart = [one for one in compare(copy, OWN) if one.verdict == "contradicted"]
        told = {one.figure.line for one in apart} | {one.line for one in wrong}
        told |= {
            int(at)
            for one in wrong
            for at in re.findall(r"\d+", "".join(re.findall(r"dòng ([\d, ]+)", one.message.vi)))
        }
        assert line in told, (line, text, new)
        found += 1
        alone += bool(wrong)
    with capsys.disabled():
        print(f" [{found} of {PLANTED} planted wrong figures found, {alone} without our figures]", end="")
    assert alone > PLANTED / 2


def test_documents_and_their_kinds() -> None:
    """A document's kind is the noun before its number, or, before "văn bản số", the one that was named last."""
    told = {one.name: (one.kind, one.day and one.day.isoformat()) for one in papers(dong_nai())}
    assert told["272/QĐ-SCT"] == ("quyết định", "2020-10-21")
    assert told["5227/KH-SCT"] == ("kế hoạch", "2021-09-24")
    assert told["5591/SCT-VP"] == (None, "2021-10-11")
    assert len(told) == 20


YAML = """
# figures of a published report, as written there
received: 13.641
in_time: 13.637, 99.97 %
late: 04, 0,03%
online: 13.468/13.641, 98,73%
payment: 42/46, 91,3%
level_3: 23/116
level_4: 93/116
"""


def test_yaml_of_figures() -> None:
    """The same rules on figures given by id; ours reproduce them."""
    read = read_published(YAML.encode(), "bao-cao.yaml")
    assert {one.verdict for one in compare(read, OWN)} == {"reproduced"}
    assert set(codes(read)) == {"REP106", "REP108", "REP202", "REP203", "REP204", "REP301"}
    assert [one.line for one in read.figures if one.id == "late"] == [5, 5]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.yaml", b"recieved: 5\n", "received"),
        ("a.yaml", b"received: many\n", "13.641"),
        ("a.yaml", b"received: [\n", ""),
    ],
)
def test_faulty_yaml(name: str, data: bytes, words: str) -> None:
    """A fault has its line, and the key that was meant."""
    with pytest.raises(FlowFileError) as raised:
        read_published(data, name)
    assert raised.value.findings
    assert raised.value.findings[0].line
    assert words in raised.value.findings[0].message.vi


@pytest.mark.parametrize("data", [b"", b"\xff\xfeab", "Không có số nào.".encode(), "Năm 2021.".encode()])
def test_what_is_no_report(data: bytes) -> None:
    """What is no UTF-8, or holds no figure, is refused."""
    with pytest.raises(BadValue):
        read_published(data, "bao-cao.txt")


def test_text_and_json_say_the_same() -> None:
    """Every figure and finding stands in both, in both languages."""
    read = dong_nai()
    compared, findings = compare(read, OWN), check(read)
    for lang in ("vi", "en"):
        text, value = as_text("bao-cao.txt", compared, findings, lang), as_json("bao-cao.txt", compared, findings, lang)
        assert len(value["figures"]) == len(read.figures)
        assert all(row["theirs"] in text for row in value["figures"])
        assert all(f"{row['code']} {row['name']}" in text for row in value["findings"])
    assert "26 số liệu: 20 khớp, 0 sai khác, 6 không suy ra được" in as_text("bao-cao.txt", compared, findings)


@pytest.mark.parametrize(
    "words",
    [
        "9" * 40 + "% hồ sơ",
        "Có 7/0 hồ sơ, đạt 3%",
        "Có 999999999999/0,000001 hồ sơ, đạt 0,000001%",
        "1/3 hồ sơ, đạt 33,3333333%",
    ],
)
def test_odd_numbers_are_no_traceback(words: str) -> None:
    """Numbers beyond any report, and nothing as a denominator, are judged or left out."""
    read = report(words, "Có 1 người.")
    assert as_text("x", compare(read, OWN | {"received": ours("received", 0)}), check(read))


def test_hostile_text_is_read_in_no_time() -> None:
    """Long runs of digits, slashes, dots and words that patterns begin with end within seconds."""
    for words in (
        "1" * 50_000,
        "1/" * 20_000,
        "1.1," * 20_000,
        "số " * 20_000,
        "A/tổng số " * 5_000,
        "hồ sơ 1 " * 5_000,
        "1\t" * 20_000,
        "hồ sơ\t1\t2\n" * 5_000,
    ):
        check(read_published(f"Có 1 hồ sơ. {words}".encode(), "x.txt"))
    with pytest.raises(BadValue, match="1 MiB"):
        read_published(b"1 a " * 300_000, "x.txt")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A simulated year."""
    url = f"sqlite:///{tmp_path_factory.mktemp('nam') / 'nam.db'}"
    run("simulate", "--year", "2021", "--dossiers", "60", "--seed", "1", "--store", url)
    return url


def run(*words: str) -> Result:
    return CliRunner().invoke(group, [*words, "--flows", str(DATA.parent.parent / "flows")], catch_exceptions=False)


def test_command_holds_a_published_report_against_the_log(store: str) -> None:
    """Exit 1 with what is contradicted by the log, what the agency declares being marked, in text and JSON."""
    file = str(DATA / "report_dong_nai_2021.txt")
    result = run("report", "--year", "2021", "--store", store, "--against", file, "--format", "json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    rows = {(row["line"], row["theirs"]): row for row in told["figures"]}
    assert (rows[99, "13.641"]["verdict"], rows[99, "13.641"]["ours"]) == ("contradicted", "60")
    assert (rows[63, "6/6"]["verdict"], rows[63, "6/6"]["basis"]) == ("reproduced", "declared")
    assert (rows[91, "23/116"]["verdict"], rows[91, "23/116"]["basis"]) == ("reproduced", "computed")
    assert len(told["findings"]) == len(check(dong_nai()))
    page = (DATA.parent.parent / "docs/against.md").read_text(encoding="utf-8")
    assert [key for key in (*told, *told["figures"][0]) if f"`{key}`" not in page] == []
    assert [code for code, (name, _) in CODES.items() if f"{code} | {name}" not in page] == []
    text = run("report", "--year", "2021", "--store", store, "--against", file, "--lang", "en")
    assert text.exit_code == 1
    assert "26 figures" in text.stdout


def test_command_agrees_with_its_own_figures(store: str, tmp_path: Path) -> None:
    """The log's own figures, written as a report, are reproduced: exit 0. One changed, or those of a quarter: exit 1."""
    counts = json.loads(run("report", "--year", "2021", "--store", store, "--format", "json").stdout)
    names = (
        "received",
        "carried_over",
        "online",
        "resolved",
        "in_time",
        "late",
        "open",
        "open_in_time",
        "open_overdue",
    )
    file = tmp_path / "so-lieu.yaml"
    file.write_text("".join(f"{name}: {counts[name]}\n" for name in names), encoding="utf-8")
    asked = ("report", "--store", store, "--against", str(file))
    assert run(*asked, "--year", "2021").exit_code == 0
    assert run(*asked, "--quarter", "2021-1").exit_code == 1
    file.write_text(file.read_text(encoding="utf-8").replace("late: ", "late: 1"), encoding="utf-8")
    assert run(*asked, "--year", "2021").exit_code == 1


@pytest.mark.parametrize("words", [("--format", "csv"), ("--totals", "a.json")])
def test_command_refuses_what_it_cannot_hold(store: str, words: tuple[str, str]) -> None:
    """A comparison is of one agency, and no table."""
    with pytest.raises(BadValue):
        run("report", "--year", "2021", "--store", store, "--against", str(DATA / "report_dong_nai_2021.txt"), *words)
