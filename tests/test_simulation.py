"""What is shown of simulated years, as text, table and page: figures with their intervals, and what is assumed."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from xml.etree.ElementTree import Element, fromstring

import pytest
from years import EVIL, GROUNDS, LTHH, MANY, MONTHS, ONE, OTHERS, SCENE, TMQT, Because, result, year

from flowiso.causes import TITLES as CAUSES
from flowiso.render.charts import (
    NARROW,
    SIZE,
    WIDE,
    Axes,
    Bin,
    Row,
    Scale,
    bars,
    beyond,
    binned,
    curve,
    histogram,
    intervals,
    ticks,
)
from flowiso.render.grounds import BASES, gathered, reasons, shown, worded
from flowiso.render.scene import (
    TITLES,
    Result,
    differences,
    interval,
    runs_told,
    signed,
    told,
)
from flowiso.render.simulation import Size, as_text, size_text, whatif_text
from flowiso.render.simulation_csv import COLUMNS, as_csv, whatif_csv
from flowiso.render.simulation_page import as_html
from flowiso.render.widths import width
from flowiso.render.yeartables import longest_waits
from flowiso.spread import FIGURES, paired, spread
from flowiso.text import Text

LANGS = ("vi", "en")
VIETNAMESE = re.compile("[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)


def squeezed(text: str) -> str:
    """Text with single blanks."""
    return " ".join(text.split())


class TestFigures:
    """How figures are written."""

    @pytest.mark.parametrize(
        ("values", "vi", "en"),
        [
            ((4,), "4", "4"),
            ((13641, 13641), "13.641 ± 0", "13,641 ± 0"),
            ((1, 2), "1,50 ± 6,35", "1.50 ± 6.35"),
            ((3, 5), "4,00 ± 12,71", "4.00 ± 12.71"),
            ((Decimal("0.0301"), Decimal("0.0299")), "0,030 ± 0,001", "0.030 ± 0.001"),
            ((Decimal("0.0004"),), "0,0004", "0.0004"),
        ],
    )
    def test_mean_and_interval_have_the_same_decimals(self, values: tuple[int, ...], vi: str, en: str) -> None:
        """R111: half up to two decimals, more where rounding would make nothing of what is not nothing."""
        found = spread(values)
        assert (interval(found, "vi"), interval(found, "en")) == (vi, en)

    def test_differences_have_their_sign(self) -> None:
        assert signed(paired([1, 1], [3, 3]), "vi") == "+2 ± 0"
        assert signed(paired([3, 3], [1, 1]), "vi") == "−2 ± 0"
        assert signed(paired([1, 1], [1, 1]), "vi") == "0 ± 0"

    def test_every_figure_has_its_title(self) -> None:
        """What `spread` counts is shown, nothing else."""
        assert set(TITLES) == set(FIGURES)

    def test_years_are_told(self) -> None:
        assert runs_told(ONE.summary, "en") == "1 simulated year, seed 1"
        assert runs_told(MANY.summary, "vi") == "4 lần mô phỏng cả năm, hạt giống 1-4"
        gap = Result.of(SCENE, [year(1), year(3)])
        assert runs_told(gap.summary, "en") == "2 simulated years, seeds 1, 3"

    def test_only_years_of_the_same_seed_are_compared(self) -> None:
        """A run that was stopped may lack a year that the other has."""
        other = Result.of(SCENE, [year(2, 5), year(4, 9), year(9, 100)])
        late = differences(MANY, other)["late"]
        assert (late.runs, late.mean) == (2, 2)

    def test_parts_of_one_number_with_one_ground_are_one_line(self) -> None:
        found = [shown(parts, SCENE.org) for parts in gathered(GROUNDS)]
        assert [(one.key, *one.value) for one in found] == [
            ("arrivals.dossiers", "13.641", "13,641"),
            ("arrivals.months", "tháng 1: 1,2; tháng 2: 0,6", "month 1: 1.2; month 2: 0.6"),
            ("misrouting.rate", "0,3%", "0.3%"),
        ]
        assert found[1].title == MONTHS
        apart = [GROUNDS[1], GROUNDS[2]._replace(basis="read")]
        assert list(gathered(apart)) == [[one] for one in apart]

    @pytest.mark.parametrize(
        ("value", "vi", "en"),
        [
            ("12wh", "12 giờ làm việc", "12 working hours"),
            ("25min", "25 phút làm việc", "25 working minutes"),
            ("3wd", "3 ngày làm việc", "3 working days"),
            ("98.73%", "98,73%", "98.73%"),
            ("never", "không nhắc lại", "never"),
            ("[[2021-07-05, 2021-07-09]]", "05/07/2021 - 09/07/2021", "05/07/2021 - 09/07/2021"),
            ("[ha.qltm, ai.do]", "Ngô Thị Hà (ha.qltm), ai.do", "Ngô Thị Hà (ha.qltm), ai.do"),
            ("[]", "không", "none"),
            (
                "[{role: chuyen-vien, division: qltm, count: 2}, {count: 1, role: van-thu-so}]",
                "Chuyên viên thụ lý (Phòng Quản lý Thương mại): 2, Văn thư Sở: 1",
                "Case officer (Trade Management Division): 2, Records clerk: 1",
            ),
        ],
    )
    def test_values_are_in_the_words_of_who_reads(self, value: str, vi: str, en: str) -> None:
        """Of the file's own notation nothing is left that an officer wouldn't write."""
        assert (worded(value, SCENE.org, "vi"), worded(value, SCENE.org, "en")) == (vi, en)

    @pytest.mark.parametrize(
        ("path", "part", "vi"),
        [
            ("work.effort.mot-cua", "mot-cua", "Bộ phận Một cửa"),
            ("work.pace.ha.qltm", "ha.qltm", "Ngô Thị Hà (ha.qltm)"),
            ("arrivals.weekdays.mon", "mon", "Thứ Hai"),
            ("arrows.supplement", "supplement", "yêu cầu bổ sung"),
            ("deadlines.XTTM-01", "XTTM-01", "XTTM-01"),
        ],
    )
    def test_parts_have_their_names(self, path: str, part: str, vi: str) -> None:
        ground = Because(path, "assumed", Text("", ""), "2", Text("x", "x"), part)
        assert shown([ground], SCENE.org).value.vi.endswith(": 2")
        assert shown([ground], SCENE.org).value.vi.removesuffix(": 2") == vi
        assert shown([ground], SCENE.org).key == path.removesuffix(f".{part}")

    def test_a_reason_is_told_once(self) -> None:
        """However many numbers rest on it, wherever they stand."""
        again = GROUNDS[0]._replace(path="arrivals.online", value="98.73%")
        found = [(one.why.en, [number.key for number in one.numbers]) for one in reasons((*GROUNDS, again), SCENE.org)]
        assert found[0] == ("the report of 2021", ["arrivals.dossiers", "arrivals.online"])
        assert len(found) == 3
        page = as_html(MANY._replace(scene=SCENE._replace(grounds=(*GROUNDS, again))))
        assert page.count("báo cáo năm 2021") == 1
        assert '<td rowspan="2">báo cáo năm 2021</td>' in page


class TestText:
    """`as_text`, `whatif_text` and `size_text`."""

    def test_many_years(self) -> None:
        text = squeezed(as_text(MANY))
        for line in (
            "mô phỏng năm 2021, nam-thu: năm thử DỮ LIỆU MÔ PHỎNG - không phải hồ sơ thật 4 lần mô phỏng cả năm, hạt giống 1-4",
            "Hồ sơ trễ hạn 4,00 ± 3,44 2 3 7 2 7",
            "Số đã công bố: 4 hồ sơ trễ hạn, nằm trong khoảng p10-p90 của mô phỏng (2-7)",
            "chuyển nhầm tài khoản 2,25 ± 2,00",
            "(ha.qltm) 50 ± 0 102,50 ± 2,05",
            "trung bình ± khoảng tin cậy 95% p10 trung vị p90 ít nhất nhiều nhất",
            "đọc được: báo cáo năm 2021 hồ sơ 13.641 giả định: chưa đo trọng số của tháng tháng 1: 1,2; tháng 2: 0,6",
            "hiệu chỉnh: để gần số đã công bố tỷ lệ chuyển nhầm 0,3%",
        ):
            assert line in text, line
        assert "Hồ sơ trễ hạn (" not in text

    def test_one_year_names_its_late_dossiers(self) -> None:
        """No interval where there is one year; why each dossier is late, and whose time it was."""
        text = squeezed(as_text(ONE))
        assert "±" not in text
        assert "Hồ sơ trễ hạn 3 tỷ lệ trễ hạn (% của tiếp nhận) 0,02" in text
        head = "hồ sơ thủ tục vì sao thời gian của ai ghi chú"
        assert f"Hồ sơ trễ hạn (3 trong 3) {head} 000.00.19.H19-210901-0000 LTHH-13 chuyển nhầm tài khoản" in text
        assert "chuyển nhầm, lãnh đạo đã được cảnh báo" in text
        assert "(mai.qltm) từng bị để quên" in text
        assert "Số đã công bố: 4 hồ sơ trễ hạn Vì sao" in text

    def test_late_dossiers_stand_in_the_order_of_their_numbers(self) -> None:
        """A simulation knows them by the serials of their luck, which tell a reader nothing."""
        backwards = Result.of(SCENE, [ONE.outcomes[0]._replace(lates=ONE.outcomes[0].lates[::-1])])
        for form in (as_text, as_html):
            assert form(backwards) == form(ONE)

    def test_nothing_late(self) -> None:
        none = result((0,))
        assert "Vì sao trễ hạn (số hồ sơ một năm) không có" in squeezed(as_text(none))
        assert "Hồ sơ trễ hạn (0 trong 0) không có" in squeezed(as_text(none))

    def test_published_may_lie_outside(self) -> None:
        assert "nằm ngoài khoảng p10-p90 của mô phỏng (10-20)" in as_text(result((10, 20)))
        assert "công bố:" not in as_text(MANY._replace(scene=SCENE._replace(published=None)))

    def test_a_partial_result_says_so(self) -> None:
        partial = Result.of(SCENE, MANY.outcomes, 100)
        assert "bị dừng khi mới xong 4 trong 100 năm" in as_text(partial)
        assert "stopped when 4 of 100 years were done" in as_html(partial, (), "en")
        assert "bị dừng" not in as_text(MANY)

    def test_a_scenario_that_lacks_a_year_makes_the_comparison_partial(self) -> None:
        """Though the base has all of them: stopped in the last round, it is the last scenarios that lack it."""
        base, other = Result.of(SCENE, MANY.outcomes, 4), Result.of(SCENE, MANY.outcomes[:3], 4)
        assert "bị dừng khi mới xong 3 trong 4 năm" in whatif_text(base, [other])
        assert "bị dừng khi mới xong 3 trong 4 năm" in as_html(base, [other])
        assert {row["partial"] for row in rows(whatif_csv(base, [other]))} == {"True"}

    def test_steps_that_wait_longest(self) -> None:
        """Of the agency's own, with at least ten visits a year, which is said; in working hours."""
        assert list(longest_waits(MANY)) == [(LTHH, "tham-dinh"), (LTHH, "tiep-nhan")]
        assert re.search(r"LTHH-13: .* 10 ± 0 +1,50 ± 0,00 +98 ± 0", as_text(MANY))
        rare = MANY.outcomes[0]._replace(
            steps={key: one for key, one in MANY.outcomes[0].steps.items() if key[0] == TMQT}
        )
        seldom = Result.of(SCENE, [rare])
        assert [code for code, _ in longest_waits(seldom)] == [TMQT]
        for form in (as_text, as_html):
            assert " trong các bước có từ 10 lượt một năm" in form(MANY)
            assert "từ 10 lượt" not in form(seldom)

    def test_whatif(self) -> None:
        """Paired differences, how much narrower they are, and what differs for certain."""
        text = squeezed(whatif_text(MANY, OTHERS))
        assert "nam-thu (gốc) 4,00 ± 3,44" in text
        assert "it-nham −2 ± 0" in text
        assert "nhu-cu 0 ± 0 0 ± 0 +45 ± 0 ± 3,74 -" in text
        assert "thieu-nguoi +45,25 ±" in text
        assert "khác rõ" in text
        assert "hai cột cuối là của hiệu số hồ sơ trễ" in text

    def test_whatif_tells_which_numbers_are_others(self) -> None:
        """Those alone, with the base's value and their ground."""
        ours = (assumed("misrouting.rate", "0.08%"), assumed("work.dwell", "22%"))
        theirs = (assumed("misrouting.rate", "0%"), assumed("work.dwell", "22%"), assumed("arrows.fee", "5%", "fee"))
        base = MANY._replace(scene=SCENE._replace(grounds=ours))
        other = OTHERS[0]._replace(scene=OTHERS[0].scene._replace(grounds=theirs))
        text = squeezed(whatif_text(base, [other]))
        row, page = '<th scope="row">Số</th><td>{}</td><td>{}</td>', as_html(base, [other])
        assert row.format("0,08%", "0%") + '<td rowspan="2">' in page
        assert row.format("-", "chờ nộp phí: 5%") + "</tr>" in page
        assert page.count('<td rowspan="2">thử</td></tr>') == 2  # once here, and once in the base's own table
        numbers = "giả định: thử số (misrouting.rate) 0,08% → 0% số (arrows) - → chờ nộp phí: 5% hiệu, ghép cặp"
        assert numbers in text

    def test_size(self) -> None:
        share = MANY.summary.late_share
        tried = [Size(5, share, True, Decimal("0.06")), Size(3, share, False)]
        text = squeezed(size_text(MANY, tried, "Chuyên viên", "0.1"))
        assert "Chuyên viên: cần ít nhất 5 người để tỷ lệ trễ hạn dưới 0,1%" in text
        assert text.index(" 3 0,03 ± 0,03 - chưa đủ") < text.index(" 5 0,03 ± 0,03 0,06 đủ")
        assert "x: 5 người là đủ để tỷ lệ trễ hạn dưới 0,1%; chưa thử ít hơn" in size_text(MANY, tried[:1], "x", "0.1")
        assert "tried up to 3, the share late is not below 0.1%" in size_text(MANY, tried[1:], "", "0.1", "en")

    @pytest.mark.parametrize("lang", LANGS)
    def test_everything_is_said_in_the_language(self, lang: str) -> None:
        """Nothing is left in Vietnamese but names; nothing stays untranslated either."""
        parts = [as_text(MANY, lang), as_text(ONE, lang), whatif_text(MANY, OTHERS, lang)]
        text = "\n".join([*parts, size_text(MANY, [Size(5, MANY.summary.late, True)], "x", "1", lang)])
        names = [SCENE.org.title.to(lang), *(one.name for one in SCENE.org.accounts.values())]
        for name in names:
            text = text.replace(name, "")
        assert bool(VIETNAMESE.search(text)) == (lang == "vi")


def assumed(path: str, value: str, part: str = "") -> Because:
    """A number that is assumed."""
    return Because(path, "assumed", Text("thử", "tried"), value, Text("số", "number"), part)


def rows(text: str) -> list[dict[str, str]]:
    """A CSV as its lines."""
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


class TestTables:
    """`as_csv` and `whatif_csv`."""

    def test_every_figure_is_a_line(self) -> None:
        """What the summary has stands in the table, with the same digits as in JSON."""
        found = {(row["part"], row["name"], row["figure"]): row for row in rows(as_csv(MANY))}
        plain = MANY.summary.to_json()
        for name in FIGURES:
            row = found["year", name, name]
            assert {key: row[key] for key in COLUMNS[4:-2]} == {key: str(value) for key, value in plain[name].items()}
        assert {name for part, name, _ in found if part == "cause"} == set(CAUSES)
        assert found["officer", "ha.qltm", "utilisation"]["mean"] == "50.00"
        assert found["step", f"{LTHH}/tham-dinh", "waited"]["mean"] == "600.00"
        assert found["queue", "2021-01-02", "waiting"]["mean"] == "13.50"
        assert len([key for key in found if key[0] == "queue"]) == 365

    def test_one_year_has_no_interval(self) -> None:
        late = next(row for row in rows(as_csv(ONE)) if row["name"] == "late")
        assert (late["mean"], late["half"], late["runs"]) == ("3.00", "", "1")

    def test_differences(self) -> None:
        found = {(row["scenario"], row["figure"]): row for row in rows(whatif_csv(MANY, OTHERS, "en"))}
        assert len(found) == len(OTHERS) * len(FIGURES)
        late = found["it-nham", "late"]
        assert (late["mean"], late["half"], late["certain"], late["name"]) == ("-2.00", "0.00", "True", "Late dossiers")

    @pytest.mark.parametrize("asked", [4, 100])
    def test_every_line_says_whether_it_is_of_all_years(self, asked: int) -> None:
        """Docs/simulate.md: a table that Ctrl-C cut short doesn't pass for the whole, nor does a line taken out of it."""
        some = Result.of(SCENE, MANY.outcomes, asked)
        others = [Result.of(other.scene, other.outcomes, asked) for other in OTHERS]
        for text in (as_csv(some), whatif_csv(some, others)):
            assert {(row["asked"], row["partial"]) for row in rows(text)} == {(str(asked), str(asked == 100))}

    def test_no_cell_is_a_formula(self) -> None:
        """A spreadsheet that opens it runs nothing; a negative number stays one."""
        evil = [other._replace(scene=other.scene._replace(name="=1+1", title=Text("@x", "@x"))) for other in OTHERS]
        for row in rows(whatif_csv(MANY, evil)):
            assert (row["scenario"], row["title"]) == ("'=1+1", "'@x")
            assert not row["mean"].startswith("'")


class TestCharts:
    """Drawings: what stands where."""

    @pytest.mark.parametrize(
        ("least", "most", "about", "expected"),
        [
            ("0", "8", 5, "0 2 4 6 8"),
            ("0", "9", 5, "0 2 4 6 8 10"),
            ("0", "0", 5, "0 0.2 0.4 0.6 0.8 1"),
            ("-3.2", "1", 6, "-4 -3 -2 -1 0 1"),
            ("0", "0.03", 4, "0 0.01 0.02 0.03"),
            ("0", "101.6", 5, "0 50 100 150"),
            ("-200", "0", 4, "-200 -150 -100 -50 0"),
        ],
    )
    def test_ticks_are_round_and_hold_everything(self, least: str, most: str, about: int, expected: str) -> None:
        found = ticks(Decimal(least), Decimal(most), about)
        assert list(found) == [Decimal(one) for one in expected.split()]

    def test_whole_things_have_whole_ticks(self) -> None:
        assert list(ticks(Decimal(0), Decimal(1), 5, whole=True)) == [0, 1]

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ((2, 3, 4, 4), [(0, 0, 0), (1, 1, 0), (2, 2, 1), (3, 3, 1), (4, 4, 2)]),
            ((0,), [(0, 0, 1)]),
            ((100, 104), [(100, 100, 1), (101, 101, 0), (102, 102, 0), (103, 103, 0), (104, 104, 1)]),
            ((0, 99), None),
            ((1000, 5000, 9999), None),
        ],
    )
    def test_bins(self, values: tuple[int, ...], expected: list[tuple[int, int, int]] | None) -> None:
        """Every year is in one bin, all bins are as wide, and there are not too many."""
        found = binned(values)
        assert expected is None or found == tuple(Bin(*one) for one in expected)
        assert sum(one.years for one in found) == len(values)
        assert len(found) <= 26
        assert len({one.last - one.first for one in found}) == 1
        assert found[0].first <= min(values) <= max(values) <= found[-1].last

    def test_bars_and_intervals_are_to_scale(self) -> None:
        """A bar ends at its value, its whisker at the ends of its interval."""
        one = Row("một", Decimal(5), Decimal(4), Decimal(6), "5 ± 1")
        two = Row("hai", Decimal(10), Decimal(10), Decimal(10), "10")
        svg = drawing(bars([one, two], "cái", "vi"), WIDE)
        lengths = [float(bar.attrib["width"]) for bar in svg.iter("rect")]
        assert lengths[1] == pytest.approx(2 * lengths[0], abs=0.02)
        whisker = [line for line in svg.iter("line") if line.attrib["stroke-width"] == "1.5" and flat(line)]
        unit = lengths[0] / 5
        assert [float(line.attrib["x2"]) - float(line.attrib["x1"]) for line in whisker] == [
            pytest.approx(2 * unit, abs=0.02)
        ]

    def test_points_lie_left_of_zero_when_less(self) -> None:
        less = Row("ít", Decimal(-5), Decimal(-6), Decimal(-4), "−5 ± 1")
        more = Row("nhiều", Decimal(2), Decimal(1), Decimal(3), "+2 ± 1")
        svg = drawing(intervals([less, more], "hiệu", "vi"), WIDE)
        points = [float(one.attrib["cx"]) for one in svg.iter("circle")]
        zero = next(
            float(line.attrib["x1"])
            for line in svg.iter("line")
            if line.attrib["stroke"] == "#1a1a1a" and not flat(line)
        )
        assert points[0] < zero < points[1]
        assert (zero - points[0]) / (points[1] - zero) == pytest.approx(2.5, abs=0.01)

    def test_one_huge_difference_leaves_the_others_room(self) -> None:
        """It ends in an arrow at the frame; the figure beside it tells how far it goes."""
        sizes = {"một": (3, 1), "hai": (-4, 2), "lớn": (1400, 40), "ba": (5, 1), "bốn": (0, 90)}
        rows = [
            Row(name, Decimal(at), Decimal(at - half), Decimal(at + half), name) for name, (at, half) in sizes.items()
        ]
        assert [row.name for row in beyond(rows)] == ["lớn", "bốn"]
        svg = drawing(intervals(rows, "hiệu", "vi"), WIDE)
        assert "1.000" not in texts(svg)
        points = [float(one.attrib["cx"]) for one in svg.iter("circle")]
        assert len(points) == 4
        assert points[0] - points[1] > 100
        heads = [[float(at.split(",")[0]) for at in one.attrib["points"].split()] for one in svg.iter("polyline")]
        arrows = [(back, tip) for back, tip, _ in heads if back != tip]
        assert sorted(tip - back for back, tip in arrows) == [-6, 6, 6]
        assert max(tip for _, tip in arrows) == max(tip for _, tip, _ in heads)
        drawn = [one.attrib for one in svg.iter("line") if one.attrib["stroke"] == "#1a1a1a"]
        zero, *spans = (sorted((float(one["x1"]), float(one["x2"]))) for one in drawn)
        assert sum(left <= zero[0] <= right for left, right in spans) == 1  # only what holds 0 is drawn across it
        assert beyond(rows[:3:2]) == ()

    def test_the_published_figure_is_marked_in_its_bin(self) -> None:
        axes = Axes("năm", "hồ sơ", "vi")
        svg = drawing(histogram(binned((2, 3, 4, 4)), axes, (4, "đã công bố: 4")), WIDE)
        bar = list(svg.iter("rect"))[-1]
        left, wide = float(bar.attrib["x"]), float(bar.attrib["width"])
        (line,) = svg.iter("polyline")
        x = float(line.attrib["points"].split(",")[0])
        assert x == pytest.approx(left + wide / 2, abs=0.1)
        assert "đã công bố: 4" in texts(svg)
        beyond = drawing(histogram(binned((2, 3)), axes, (30, "đã công bố: 30")), NARROW)
        assert all(
            0 <= float(one.split(",")[0]) <= NARROW
            for line in beyond.iter("polyline")
            for one in line.attrib["points"].split()
        )

    def test_a_single_year_has_no_band(self) -> None:
        days = [Decimal(day % 9) for day in range(365)]
        axes = Axes("hồ sơ", "tháng", "vi")
        alone = drawing(curve(days, days, [(0, "1")], axes, ("năm", "p90")), WIDE)
        assert not list(alone.iter("polygon"))
        assert "p90" not in texts(alone)
        band = drawing(curve(days, [one + 3 for one in days], [(0, "1")], axes, ("năm", "p90")), WIDE)
        assert len(list(band.iter("polygon"))) == 1
        assert "p90" in texts(band)

    def test_scale(self) -> None:
        scale = Scale((Decimal(0), Decimal(10)), 100, 300)
        assert (scale(0), scale(5), scale(10)) == (100, 200, 300)


def drawing(draw: object, wide: float) -> Element:
    """What is drawn at a width, as XML."""
    _, content = draw(wide)  # type: ignore[operator]
    return fromstring(f"<svg>{content}</svg>")


def flat(line: Element) -> bool:
    """Whether a line lies."""
    return line.attrib["y1"] == line.attrib["y2"]


def texts(svg: Element) -> str:
    """All words of a drawing."""
    return " ".join(svg.itertext())


class TestPage:
    """`as_html`, without a browser; with one: test_browser.py."""

    @pytest.mark.parametrize("lang", LANGS)
    def test_it_needs_nothing_else(self, lang: str) -> None:
        """Nothing is fetched and nothing is run; the same years give the same bytes."""
        page = as_html(MANY, OTHERS, lang)
        assert page == as_html(MANY, OTHERS, lang)
        assert "default-src &#x27;none&#x27;; style-src &#x27;unsafe-inline&#x27;; base-uri" in page
        assert not re.search(r"<script|<link|<img|\bsrc=|url\(|@import|https?:", page)

    @pytest.mark.parametrize(
        ("shown", "others", "names"),
        [
            (MANY, OTHERS, ["whatif-late", "per-year", "causes", "queue", "longest", "utilisation"]),
            (MANY, (), ["per-year", "causes", "queue", "longest", "utilisation"]),
            (ONE, (), ["causes", "queue", "longest", "utilisation"]),
            (result((0,)), (), ["queue", "longest", "utilisation"]),
        ],
    )
    def test_every_chart_has_title_gist_axis_and_table(
        self, shown: Result, others: tuple[Result, ...], names: list[str]
    ) -> None:
        """Each is drawn for wide and narrow screens, named and described, with its figures as a table beside it (WCAG 1.1.1)."""
        page = as_html(shown, others)
        found = figures(page)
        assert list(found) == names
        for name, (svgs, rest) in found.items():
            assert [svg.attrib["viewBox"].split()[2] for svg in svgs] == ["860", "328"], name
            for svg in svgs:
                title, described = svg.attrib["aria-labelledby"].split()
                assert (svg.attrib["role"], title[-2:], described[-2:]) == ("img", "-t", "-d")
                assert all(
                    " ".join(part.itertext()) for part in (svg.find("title"), svg.find("desc")) if part is not None
                )
            assert "<details><summary>Số liệu của biểu đồ</summary>" in rest
            assert rest.count("<tr>") > 1
        ids = re.findall(r'\bid="([^"]+)"', page)
        assert len(ids) == len(set(ids))

    @pytest.mark.parametrize("lang", LANGS)
    def test_words_stay_inside_their_drawing(self, lang: str) -> None:
        """By the widths of the widest of the fonts, no word is cut off at an edge."""
        longest = MANY._replace(scene=SCENE._replace(published=1_234_567))
        for page in (as_html(MANY, OTHERS, lang), as_html(longest, (), lang)):
            for name, (svgs, _) in figures(page).items():
                for svg in svgs:
                    for left, right, words in spans(svg):
                        assert -0.01 <= left <= right <= float(svg.attrib["viewBox"].split()[2]) + 0.01, (name, words)

    def test_what_the_arrow_of_a_huge_difference_means_is_said(self) -> None:
        found = re.search(r"<p>(Mũi tên: [^<]* ra xa ngoài khung hình, [^<]*)</p>", as_html(MANY, OTHERS))
        assert found
        assert "thieu-nguoi: +45,25 ± " in found[1]
        assert "Mũi tên" not in as_html(MANY, OTHERS[:2])

    def test_hostile_words_stay_words(self) -> None:
        """Whatever a scenario or a dossier is called, it can't become markup."""
        scene = SCENE._replace(
            title=Text(EVIL, EVIL), name=EVIL, grounds=(GROUNDS[0]._replace(value=EVIL, why=Text(EVIL, EVIL)),)
        )
        shown = Result.of(scene, [year(1, evil=True)])
        other = Result.of(scene, [year(1, 9)])
        assert "<script" not in as_html(shown, (other,))

    def test_figures_are_those_of_the_text(self) -> None:
        """The cards and tables say what the text says."""
        page = as_html(MANY, OTHERS)
        assert (
            '<dt>Hồ sơ trễ hạn</dt><dd class="value">4,00</dd><dd class="more">± 3,44</dd><dd class="more">p10-p90: 2-7</dd>'
            in page
        )
        assert "Số đã công bố: 4 hồ sơ trễ hạn, nằm trong khoảng p10-p90 của mô phỏng (2-7)" in page
        assert ">−2 ± 0<" in page
        assert '<th scope="row">Trọng số của tháng</th><td>tháng 1: 1,2; tháng 2: 0,6</td>' in page
        for basis in BASES.values():
            assert f"</span> {basis.vi}</span>" in page
        assert "Từng hồ sơ trễ hạn" in as_html(ONE)
        assert "Mọi số là mặc định" in as_html(ONE._replace(scene=SCENE._replace(grounds=())))

    def test_a_reader_is_told_what_the_figures_are(self) -> None:
        """What ± and p10-p90 mean, and which parts of a comparison are of the base alone."""
        spread, base = "± khoảng tin cậy 95% của trung bình", "mọi mục còn lại là của kịch bản gốc"
        for page, known in (
            (as_html(ONE), (False, False)),
            (as_html(MANY), (True, False)),
            (as_html(MANY, OTHERS), (True, True)),
        ):
            assert (spread in page, base in page) == known
        assert "hai cột cuối là của hiệu số hồ sơ trễ" in as_html(MANY, OTHERS)

    def test_a_single_year_has_no_percentile(self) -> None:
        """Nothing is told twice: of one year the 90th percentile of a day is the day's own figure."""
        assert "p90" not in as_html(ONE)
        assert "p90 cao nhất" in as_html(MANY)

    def test_english_is_complete(self) -> None:
        page = as_html(MANY, OTHERS, "en") + as_html(ONE, (), "en")
        for account in SCENE.org.accounts.values():
            page = page.replace(account.name, "")
        page = page.replace(SCENE.org.title.en, "")
        assert (found := VIETNAMESE.search(page)) is None, page[found.start() - 80 : found.end() + 80]


def figures(page: str) -> dict[str, tuple[list[Element], str]]:
    """The charts of a page by name: their drawings, and what stands below them."""
    found = re.findall(r'<figure id="([^"]+)">(.*?)</figure>', page, re.DOTALL)
    return {
        name: (
            [fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", inside, re.DOTALL)],
            inside.rpartition("</svg>")[2],
        )
        for name, inside in found
    }


def spans(svg: Element) -> list[tuple[float, float, str]]:
    """Where each line of words begins and ends."""
    found = []
    for text in svg.iter("text"):
        for span in text.iter("tspan"):
            x, words = float(span.attrib["x"]), span.text or ""
            long = width(words, SIZE, text.get("font-weight") == "bold")
            left = x - long * {"start": 0.0, "middle": 0.5, "end": 1.0}[text.get("text-anchor", "start")]
            found.append((left, left + long, words))
    return found


def test_told() -> None:
    assert [told(Decimal(one), "vi") for one in ("4", "4.00", "4.005", "1234.5")] == ["4", "4", "4,01", "1.234,50"]
