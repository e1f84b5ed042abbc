"""Annexes of the annual report: the nine indices of TT 01/2018 with classes, the groups of QĐ 766 (R96-R98)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Literal, NamedTuple

from ..measures.declared import DECLARABLE, plain
from ..measures.groups import SINCE, GroupScore, ItemScore, score_groups
from ..measures.indices import INDICES, MOST, OF_OFFICER, OF_UNIT, Rule, rule_on
from ..measures.points import UNIT_FIGURES, unit_points
from ..measures.scores import Standing, officer_standing, unit_standing
from ..text import Text, number
from .annual_words import Scribe
from .annual_year import Yearly
from .document import Cell, Column, Section, Table, Words

INDEX_TITLE = Text(
    "Phụ lục 1. Chín chỉ số của Thông tư 01/2018/TT-VPCP", "Annex 1. The nine indices of TT 01/2018/TT-VPCP"
)
GROUP_TITLE = Text("Phụ lục 2. Các nhóm chỉ số của Quyết định 766/QĐ-TTg", "Annex 2. The groups of Decision 766/QĐ-TTg")
_NOBODY = Text("không hồ sơ nào có điểm", "no dossier has points of it")
_ONLINE = 9
"""The index of online services."""

_TOLD: Mapping[str, Text] = {
    **{name: Text(f"{one.vi} (figures.{name})", f"{one.en} (figures.{name})") for name, one in DECLARABLE.items()},
    "satisfied": Text("người hài lòng (satisfaction.satisfied)", "people satisfied (satisfaction.satisfied)"),
    "surveyed": Text("người được hỏi (satisfaction.surveyed)", "people asked (satisfaction.surveyed)"),
    "published_forms": Text("hình thức công khai (publication)", "ways of publication (publication)"),
    "complaints_in_time": Text("thời hạn trả lời phản ánh (answer_within)", "the limit for an answer (answer_within)"),
}
"""What a figure is that only a year's file can tell, with the key under which it is written there."""


def scores(year: Yearly, scribe: Scribe) -> tuple[Section, ...]:
    """The annexes."""
    rule, lang = rule_on(year.day), scribe.lang
    indices = (*_in_force(rule, scribe), *(_indices(year, scribe) if rule else ()))
    return (
        Section(INDEX_TITLE.to(lang), 1, indices),
        Section(GROUP_TITLE.to(lang), 1, tuple(_groups(year, scribe))),
    )


def _in_force(rule: Rule | None, scribe: Scribe) -> Iterator[Words]:
    if rule is None:
        text = Text(
            "Quy định xếp loại theo chín chỉ số không có hiệu lực vào ngày chốt số liệu, nên không xếp loại.",
            "The rule that classes by the nine indices isn't in force on the day of the cut-off, so nothing is classed.",
        )
        yield scribe.say(text)
        return
    text = Text(
        f"Căn cứ {rule.source}. Mỗi chỉ số là điểm trung bình của các hồ sơ có kết quả trong kỳ, hoặc điểm của đơn vị, từ 0 đến"
        f" {MOST}; làm tròn một chữ số. Chỉ số không có số liệu thì bỏ ra, không đoán; xếp loại chỉ ghi khi các chỉ số còn thiếu"
        " không làm thay đổi được.",
        f"By {rule.source}. Each index is the mean over the dossiers resolved in the period, or the points of the unit, from 0 to"
        f" {MOST}, with one decimal. An index without data is left out and never guessed; a class is told only where the missing"
        " indices can't change it.",
    )
    yield Words((text.to(scribe.lang),))


# The nine indices


class _Unit(NamedTuple):
    """Somebody who is classed: under which path his cells stand, and the names before them."""

    path: str
    names: tuple[str, ...]
    standing: Standing | None


def _indices(year: Yearly, scribe: Scribe) -> Iterator[Table]:
    yield _agency(year, scribe)
    lang, divisions = scribe.lang, year.divisions
    units = []
    for division, title in year.org.divisions.items():
        sums, points = year.scores.divisions.get(division, {}), unit_points(divisions[division])
        standing = unit_standing(sums, points, year.day)
        units.append(_Unit(f"division/{division}", (title.to(lang),), standing))
    note = Text(
        "Chỉ số 1, 2, 3, 4, 7: hồ sơ phòng có tham gia; chỉ số 8, 9: thủ tục do phòng chủ trì.",
        "Indices 1, 2, 3, 4, 7: dossiers in which the division took part; 8, 9: procedures that it owns.",
    )
    title = Text("Chỉ số và xếp loại của từng phòng", "Indices and class of each division")
    yield _classed("index-divisions", title, (Text("phòng", "division"),), units, OF_UNIT, note, scribe)
    officers = []
    for account, sums in year.scores.officers.items():
        standing, known = officer_standing(sums, year.day), year.org.accounts.get(account)
        officers.append(_Unit(f"officer/{account}", (account, known.name if known else ""), standing))
    title = Text("Chỉ số và mức hoàn thành của từng cán bộ", "Indices and duty done of each officer")
    heads = Text("tài khoản", "account"), Text("họ tên", "name")
    yield _classed("index-officers", title, heads, officers, OF_OFFICER, Text("", ""), scribe)


def _agency(year: Yearly, scribe: Scribe) -> Table:
    """The agency's nine, each with how many dossiers it rests on and why one is missing; the sum and the class below."""
    sums, points = year.scores.agency, year.unit
    standing = unit_standing(sums, points, year.day)
    assert standing is not None
    rows = []
    for index in INDICES:
        name = f"agency/index_{index.number}"
        dossiers = sums[index.number].dossiers if index.number in sums else None
        counted = Cell("") if dossiers is None else scribe.figure(f"{name}_dossiers", dossiers)
        rows.append(
            (
                Cell(f"{index.number}. {index.title.to(scribe.lang)}"),
                _mean("agency", index.number, standing, scribe),
                counted,
                Cell(_remark(index.number, standing, year).to(scribe.lang)),
            )
        )
    title = Text("Cộng; xếp loại", "Sum; class")
    rows.append(
        (Cell(title.to(scribe.lang)), _total("agency", standing, scribe), Cell(""), _grade("agency", standing, scribe))
    )
    heads = (
        Column(scribe.to(Text("chỉ số", "index")), "<"),
        Column(scribe.to(Text("điểm", "points"))),
        Column(scribe.to(Text("số hồ sơ", "dossiers"))),
        Column(scribe.to(Text("ghi chú", "remark")), "<"),
    )
    title = Text("Chỉ số và xếp loại của cơ quan", "Indices and class of the agency")
    return Table("index-agency", title.to(scribe.lang), heads, tuple(rows), (len(rows) - 1,))


def _remark(number_: int, standing: Standing, year: Yearly) -> Text:
    """Why an index is missing, what no log tells of it, or what it rests on."""
    index = INDICES[number_ - 1]
    if number_ in standing.missing:
        return _lack(number_, year)
    if index.unseen is None:
        return _online(year) if number_ == _ONLINE else Text("", "")
    return Text(f"không thấy được: {index.unseen.vi}", f"not seen: {index.unseen.en}")


def _online(year: Yearly) -> Text:
    """What decides index 9, one dossier that was late above all."""
    names = ("procedures_online", "procedures", "online", "received", "online_late")

    def told(lang: str) -> tuple[str, ...]:
        return tuple(number(year.figures[name].value, lang) for name in names)

    vi, en = told("vi"), told("en")
    return Text(
        f"trực tuyến {vi[0]}/{vi[1]} thủ tục, {vi[2]}/{vi[3]} hồ sơ, trong đó trễ hạn {vi[4]}",
        f"online {en[0]}/{en[1]} procedures, {en[2]}/{en[3]} dossiers, {en[4]} of them late",
    )


def _lack(number_: int, year: Yearly) -> Text:
    """What is missing for an index of the agency."""
    lacking = [name for name in UNIT_FIGURES.get(number_, ()) if name not in year.figures]
    return _lacked(lacking) if lacking else _NOBODY


def _lacked(names: list[str]) -> Text:
    vi, en = ("; ".join(_TOLD[name].to(lang) if name in _TOLD else name for name in names) for lang in ("vi", "en"))
    return Text(f"chưa có số liệu: {vi}", f"no data: {en}")


def _mean(path: str, index: int, standing: Standing, scribe: Scribe) -> Cell:
    name = f"{path}/index_{index}"
    if index in standing.missing:
        return Cell("-", name, None, "missing")
    return scribe.decimal(name, standing.means[index], _basis((index,)))


def _basis(indices: Iterable[int]) -> Literal["computed", "declared"]:
    """Whether what rests on these indices rests on what is declared."""
    return "declared" if any(INDICES[index - 1].basis == "declared" for index in indices) else "computed"


def _total(path: str, standing: Standing, scribe: Scribe) -> Cell:
    name = f"{path}/index_sum"
    if not standing.means:
        return Cell("-", name, None, "missing")
    return scribe.decimal(name, standing.points, _basis(standing.means))


def _grade(path: str, standing: Standing, scribe: Scribe) -> Cell:
    """The class, or between which it lies; nothing of who has no index at all."""
    name, least, most = f"{path}/class", standing.least.title, standing.most.title
    if standing.grade is not None:
        return scribe.words(name, scribe.to(standing.grade.title), _basis(standing.means))
    missing = ", ".join(map(str, standing.missing))
    text = Text(
        f"chưa xếp được: từ {least.vi} đến {most.vi}, thiếu chỉ số {missing}",
        f"can't be told: from {least.en} to {most.en}, lacking {missing}",
    )
    return Cell(scribe.to(text if standing.means else _NONE_AROSE), name, None, "missing")


_NONE_AROSE = Text("không phát sinh", "none arose")


def _classed(
    id: str,  # noqa: A002
    title: Text,
    names: tuple[Text, ...],
    units: list[_Unit],
    indices: tuple[int, ...],
    note: Text,
    scribe: Scribe,
) -> Table:
    rows = []
    for unit in units:
        standing = unit.standing
        assert standing is not None
        means = (_mean(unit.path, index, standing, scribe) for index in indices)
        rows.append(
            (
                *map(Cell, unit.names),
                *means,
                _total(unit.path, standing, scribe),
                _grade(unit.path, standing, scribe),
            )
        )
    heads = (
        *(Column(name.to(scribe.lang), "<") for name in names),
        *(Column(str(index)) for index in indices),
        Column(scribe.to(Text("cộng", "sum"))),
        Column(scribe.to(Text("xếp loại", "class")), "<"),
    )  # fmt: skip
    return Table(id, title.to(scribe.lang), heads, tuple(rows), note=note.to(scribe.lang))


# QĐ 766


def _groups(year: Yearly, scribe: Scribe) -> Iterator[Words | Table]:
    since = f"{SINCE:%d/%m/%Y}"
    if year.day < SINCE:
        text = Text(
            f"Quyết định 766/QĐ-TTg có hiệu lực từ {since}, sau ngày chốt số liệu; bảng này chỉ để tham khảo.",
            f"Decision 766/QĐ-TTg is in force since {since}, after the cut-off; this table is for information.",
        )
        yield scribe.say(text)
    found = score_groups(plain(year.figures))
    rows: list[tuple[Cell, ...]] = []
    totals: list[int] = []
    for group in found:
        totals.append(len(rows))
        rows.append(_group(group, scribe))
        rows += [_item(one, group, year, scribe) for one in group.items]
    known = [group.points for group in found if group.points is not None]
    most = sum(group.group.most for group in found)
    totals.append(len(rows))
    blank = (Cell(""),) * 3
    path, title = "qd766/all", Text("Tổng điểm các mục đã tính được", "Points that could be told, together")
    tail = (scribe.figure(f"{path}/group_most", most), scribe.decimal(f"{path}/group_points", sum(known, Decimal(0))))
    rows.append((Cell(title.to(scribe.lang)), *blank, *tail, Cell("")))
    heads = (
        Column(scribe.to(Text("nhóm, mục", "group, item")), "<"),
        Column(scribe.to(Text("đạt", "in it"))),
        Column(scribe.to(Text("trong số", "of"))),
        Column(scribe.to(Text("chỉ tiêu", "target"))),
        Column(scribe.to(Text("tối đa", "at most"))),
        Column(scribe.to(Text("điểm", "points"))),
        Column(scribe.to(Text("ghi chú", "remark")), "<"),
    )
    note = Text(
        "Điểm = tối đa x tỷ lệ / chỉ tiêu, không vượt tối đa. Thiếu số liệu hoặc chưa biết điểm tối đa thì không cho điểm.",
        "Points = most x ratio / target, at most that. What lacks a figure, or a known maximum, has no points.",
    )
    name = Text("Điểm theo nhóm", "Points by group")
    yield Table("qd766", name.to(scribe.lang), heads, tuple(rows), tuple(totals), note=note.to(scribe.lang))


def _group(score: GroupScore, scribe: Scribe) -> tuple[Cell, ...]:
    path = f"qd766/{score.group.id}"
    points = Cell("-", f"{path}/group_points", None, "missing")
    if score.points is not None:
        points = scribe.decimal(f"{path}/group_points", score.points)
    part = Text("mới tính được một phần", "only in part")
    remark = part if not score.whole and score.points is not None else Text("", "")
    most = scribe.figure(f"{path}/group_most", score.group.most)
    return (Cell(score.group.title.to(scribe.lang)), *(Cell(""),) * 3, most, points, Cell(remark.to(scribe.lang)))


def _item(score: ItemScore, group: GroupScore, year: Yearly, scribe: Scribe) -> tuple[Cell, ...]:
    item, path = score.item, f"qd766/{group.group.id}.{score.item.id}"
    basis = year.basis(*item.part, *item.whole)
    absent = [
        Cell("-", f"{path}/{name}", None, "missing") for name in ("item_part", "item_whole", "item_points", "item_most")
    ]
    part, whole, points, most = absent
    if score.part is not None and score.whole is not None:
        part, whole = (
            scribe.figure(f"{path}/{name}", value, basis)
            for name, value in (("item_part", score.part), ("item_whole", score.whole))
        )
    if score.points is not None:
        points = scribe.decimal(f"{path}/item_points", score.points, basis)
    if item.most is not None:
        most = scribe.figure(f"{path}/item_most", item.most)
    target = Cell(f"{number(item.target, scribe.lang)}%", f"{path}/item_target", item.target, "computed")
    remark = Cell(_why(score).to(scribe.lang))
    return (Cell("\u2003" + item.title.to(scribe.lang)), part, whole, target, most, points, remark)


def _why(score: ItemScore) -> Text:
    """Why an item has no points."""
    if score.told == "missing":
        return _lacked(list(score.missing))
    reasons = {
        "none_arose": _NONE_AROSE,
        "no_maximum": Text("chưa biết điểm tối đa", "its maximum isn't known"),
    }
    return reasons.get(score.told, Text("", ""))


def summary(year: Yearly, scribe: Scribe) -> Iterator[Words]:
    """II.1 l): where the agency stands, in a sentence each."""
    standing = unit_standing(year.scores.agency, year.unit, year.day)
    if standing is not None:
        yield scribe.say(
            Text(
                "Theo chín chỉ số của Thông tư 01/2018/TT-VPCP: {points} điểm, {grade} (Phụ lục 1).",
                "By the nine indices of TT 01/2018/TT-VPCP: {points} points, {grade} (annex 1).",
            ),
            points=_total("agency", standing, scribe),
            grade=_grade("agency", standing, scribe),
        )
    found = score_groups(plain(year.figures))
    most = sum((group.group.most for group in found if group.whole), 0)
    points = sum((group.points for group in found if group.whole and group.points is not None), Decimal(0))
    early = Text(" (chưa có hiệu lực, để tham khảo)", " (not in force yet, for information)")
    when = early if year.day < SINCE else Text("", "")
    yield scribe.say(
        Text(
            f"Theo Quyết định 766/QĐ-TTg{when.vi}: các nhóm tính được trọn vẹn đạt {{points}}/{{most}} điểm (Phụ lục 2).",
            f"By Decision 766/QĐ-TTg{when.en}: the groups that could be told wholly have {{points}}/{{most}} points (annex 2).",
        ),
        points=scribe.decimal("qd766/whole/group_points", points),
        most=scribe.figure("qd766/whole/group_most", most),
    )
