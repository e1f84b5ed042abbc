"""The groups of QĐ 766/QĐ-TTg (23/06/2022), 100 points together, as data; and the points of a mapping of figures (R98)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, NamedTuple

from ..text import Text

Status = Literal["read", "read-2nd", "memory"]
"""Whether it was read in the text itself, read about elsewhere, or is only remembered."""
Told = Literal["scored", "missing", "none_arose", "no_maximum"]
"""Whether an item has points, or why not: a figure is missing, nothing arose, or its maximum isn't known."""

SINCE = date(2022, 6, 23)
_CENT = Decimal("0.01")


class Item(NamedTuple):
    """One line of points: figures added up over figures added up; `target` is in percent, `most` None where it isn't known."""

    id: str
    title: Text
    part: tuple[str, ...]
    whole: tuple[str, ...]
    target: int
    most: int | None
    status: Status


class Group(NamedTuple):
    """A group of items. `status` is that of its maximum, which items that aren't known may fill up."""

    id: str
    title: Text
    most: int
    status: Status
    items: tuple[Item, ...]

    @property
    def complete(self) -> bool:
        """Whether the items' maxima make the group's."""
        return sum(item.most or 0 for item in self.items) == self.most


GROUPS: tuple[Group, ...] = (
    Group(
        "cong-khai",
        Text("Công khai, minh bạch", "Publicity and transparency"),
        *(18, "read-2nd"),
        (
            Item(
                "cong-bo-dung-han",
                Text("thủ tục được công bố đúng hạn", "procedures published in time"),
                ("published_in_time",), ("published",), 100, 4, "read-2nd",
            ),
        ),
    ),
    Group(
        "tien-do",
        Text("Tiến độ, kết quả giải quyết", "Progress and results"),
        *(20, "read-2nd"),
        (
            Item(
                "dung-han",
                Text("hồ sơ đúng hạn trên tổng số tiếp nhận (R93 b)", "in time of all received (R93 b)"),
                ("in_time", "open_in_time"), ("in_time", "late", "open_in_time", "open_overdue"), 100, 20, "read-2nd",
            ),
        ),
    ),
    Group(
        "so-hoa",
        Text("Số hóa hồ sơ", "Digitisation"),
        *(22, "read-2nd"),
        (
            Item(
                "ket-qua-dien-tu",
                Text("hồ sơ cấp kết quả điện tử", "dossiers with an electronic result"),
                ("results_electronic",), ("resolved",), 100, None, "memory",
            ),
            Item(
                "so-hoa-thanh-phan",
                Text("hồ sơ được số hóa thành phần", "dossiers whose components are digitised"),
                ("digitised",), ("received",), 100, None, "memory",
            ),
            Item(
                "tai-su-dung",
                Text("hồ sơ tái sử dụng dữ liệu đã số hóa", "dossiers that use digitised data again"),
                ("reused",), ("received",), 100, None, "memory",
            ),
        ),
    ),
    Group(
        "truc-tuyen",
        Text("Cung cấp dịch vụ trực tuyến", "Online services"),
        *(12, "read-2nd"),
        (
            Item(
                "thu-tuc",
                Text("thủ tục cung cấp trực tuyến", "procedures offered online"),
                ("procedures_online",), ("procedures",), 80, 2, "read-2nd",
            ),
            Item(
                "co-ho-so",
                Text("dịch vụ trực tuyến có phát sinh hồ sơ", "online services with dossiers"),
                ("procedures_online_used",), ("procedures_online",), 100, 4, "read-2nd",
            ),
            Item(
                "ho-so",
                Text("hồ sơ nộp trực tuyến", "dossiers submitted online"),
                ("online",), ("received",), 50, 6, "read-2nd",
            ),
        ),
    ),
    Group(
        "thanh-toan",
        Text("Thanh toán trực tuyến", "Online payment"),
        *(10, "read-2nd"),
        (
            Item(
                "thu-tuc-thanh-toan",
                Text("thủ tục có phí thanh toán được trực tuyến", "procedures with a fee that may be paid online"),
                ("paid_online_procedures",), ("fee_procedures",), 100, None, "memory",
            ),
            Item(
                "ho-so-thanh-toan",
                Text("hồ sơ thanh toán trực tuyến", "dossiers paid online"),
                ("paid_online",), ("paid",), 100, None, "memory",
            ),
        ),
    ),
    Group(
        "hai-long",
        Text("Mức độ hài lòng", "Satisfaction"),
        *(18, "read-2nd"),
        (
            Item(
                "phan-anh-dung-han",
                Text("phản ánh, kiến nghị được trả lời đúng hạn", "complaints answered in time"),
                ("complaints_in_time",), ("complaints",), 100, None, "memory",
            ),
            Item(
                "hai-long-tra-loi",
                Text("hài lòng với việc trả lời phản ánh", "satisfied with the answers"),
                ("answers_satisfied",), ("answers_surveyed",), 100, None, "memory",
            ),
            Item(
                "hai-long-giai-quyet",
                Text("hài lòng trong giải quyết thủ tục", "satisfied with the handling"),
                ("satisfied",), ("surveyed",), 100, 6, "read-2nd",
            ),
        ),
    ),
)  # fmt: skip
"""Maxima and formulas as far as they are known; those of the groups make 100."""


class ItemScore(NamedTuple):
    """What an item comes to: the two figures, None where one is missing, and the points with two decimals."""

    item: Item
    part: int | None
    whole: int | None
    missing: tuple[str, ...]
    points: Decimal | None

    @property
    def told(self) -> Told:
        """Whether it has points, or why not."""
        if self.missing:
            return "missing"
        if not self.whole:
            return "none_arose"
        return "no_maximum" if self.points is None else "scored"


class GroupScore(NamedTuple):
    """What a group comes to: `points` are those of the items that have some, None when none has.

    `whole` says whether they are all there is: every item known, and scored.
    """

    group: Group
    items: tuple[ItemScore, ...]
    points: Decimal | None
    whole: bool


def linear(part: int, whole: int, target: int, most: int) -> Decimal:
    """`most` times how far `part` of `whole` comes towards `target` percent, at most `most`; two decimals, half up."""
    reached = Decimal(most * 100 * part) / Decimal(whole * target)
    return min(Decimal(most), reached).quantize(_CENT, ROUND_HALF_UP)


def score_item(item: Item, figures: Mapping[str, int]) -> ItemScore:
    """The points of an item by a mapping of figures."""
    missing = tuple(name for name in dict.fromkeys((*item.part, *item.whole)) if name not in figures)
    if missing:
        return ItemScore(item, None, None, missing, None)
    part, whole = (sum(figures[name] for name in names) for names in (item.part, item.whole))
    points = linear(part, whole, item.target, item.most) if whole and item.most is not None else None
    return ItemScore(item, part, whole, (), points)


def score_groups(figures: Mapping[str, int], groups: tuple[Group, ...] = GROUPS) -> tuple[GroupScore, ...]:
    """The points of every group by a mapping of figures (ids as in `Item`); what is missing is named, not guessed."""
    return tuple(_score_group(group, figures) for group in groups)


def _score_group(group: Group, figures: Mapping[str, int]) -> GroupScore:
    items = tuple(score_item(item, figures) for item in group.items)
    got = [one.points for one in items if one.points is not None]
    whole = group.complete and len(got) == len(items)
    return GroupScore(group, items, sum(got, Decimal(0)) if got else None, whole)
