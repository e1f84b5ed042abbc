"""Who a decision means by "Lãnh đạo phòng", "TTHCC" or "Chủ tịch UBND tỉnh": a closed table, and the titles of `_org.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from ..model import Flow
from ..org import OWN, Org
from ..schema import meant, nearest
from ..text import Text
from .grid import key, squeeze

SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "mot-cua": (
        "một cửa", "bộ phận một cửa sở", "bộ phận một cửa của sở", "bpmc", "công chức một cửa", "công chức bộ phận một cửa",
        "cán bộ một cửa", "bộ phận tiếp nhận và trả kết quả", "bộ phận tn&tkq", "bộ phận tn và tkq", "tthcc",
        "trung tâm hành chính công", "trung tâm hành chính công tỉnh", "trung tâm phục vụ hành chính công",
        "trung tâm phục vụ hành chính công tỉnh", "tt pvhcc", "ttpvhcc", "tt phục vụ hành chính công",
        "công chức tiếp nhận hồ sơ", "công chức tthcc", "bộ phận một cửa tại trung tâm phục vụ hành chính công tỉnh",
    ),
    "lanh-dao-phong": (
        "lãnh đạo phòng", "trưởng phòng", "phó trưởng phòng", "phó phòng", "trưởng phòng chuyên môn",
        "phó trưởng phòng chuyên môn", "lãnh đạo phòng phụ trách", "lãnh đạo phòng thụ lý",
    ),
    "chuyen-vien": (
        "chuyên viên", "chuyên viên phòng", "chuyên viên phòng chuyên môn", "cán bộ thụ lý", "công chức thụ lý",
        "chuyên viên được phân công", "công chức phòng chuyên môn", "chuyên viên xử lý", "người thụ lý", "chuyên viên sở",
    ),
    "doan-kiem-tra": (
        "đoàn kiểm tra", "đoàn thẩm định", "đoàn kiểm tra thực tế", "đoàn thẩm định thực tế", "tổ thẩm định", "tổ kiểm tra",
    ),
    "to-sat-hach": ("tổ sát hạch", "tổ huấn luyện", "ban sát hạch", "hội đồng sát hạch", "tổ chấm thi"),
    "lanh-dao-so": (
        "giám đốc", "phó giám đốc", "giám đốc sở", "phó giám đốc sở", "ban giám đốc", "ban giám đốc sở",
        "lãnh đạo sở công thương",
        "lãnh đạo sở phụ trách", "giám đốc sở công thương", "phó giám đốc sở công thương",
    ),
    "van-thu-so": ("văn thư", "bộ phận văn thư", "văn thư sở công thương", "văn thư văn phòng sở", "văn thư cơ quan"),
    "hoi-dong": ("hội đồng thẩm định", "hội đồng tư vấn", "hội đồng ent", "ban giám khảo", "hội đồng bình chọn"),
    "co-quan-y-kien": (
        "cơ quan được hỏi ý kiến", "cơ quan phối hợp", "các sở, ngành", "sở, ngành liên quan", "các đơn vị liên quan",
        "bộ công thương", "các cơ quan liên quan",
    ),
    "chuyen-vien-ubnd": ("chuyên viên vp ubnd tỉnh", "chuyên viên văn phòng ubnd", "chuyên viên ubnd tỉnh"),
    "lanh-dao-vp-ubnd": (
        "lãnh đạo vp ubnd tỉnh", "chánh văn phòng ubnd tỉnh", "phó chánh văn phòng ubnd tỉnh", "lãnh đạo văn phòng ubnd",
    ),
    "lanh-dao-ubnd": (
        "chủ tịch ubnd tỉnh", "phó chủ tịch ubnd tỉnh", "chủ tịch tỉnh", "thường trực ubnd tỉnh",
    ),
    "van-thu-ubnd": ("văn thư ubnd tỉnh", "văn thư vp ubnd tỉnh", "văn thư văn phòng ubnd"),
    "nguoi-nop": (
        "người nộp hồ sơ", "người nộp", "tổ chức, cá nhân", "cá nhân, tổ chức", "doanh nghiệp", "thương nhân", "công dân",
    ),
    "ubnd": ("văn phòng ubnd tỉnh", "vp ubnd tỉnh", "ubnd tỉnh"),
    OWN: ("phòng chuyên môn", "phòng thụ lý", "phòng nghiệp vụ"),
}  # fmt: skip
"""What decisions call a role, a partner, or the flow's own division, besides the titles in `_org.yaml`."""


class Unheld(NamedTuple):
    """A holder that isn't clear: the finding's code and words."""

    code: str
    text: Text


_SPLIT = re.compile(r"[,;/\n+]|\bvà\b|\bhoặc\b|&", re.IGNORECASE)
_WITH_ID = re.compile(r"(.*) ?\[([a-z0-9-]+)\]", re.DOTALL)


class Holders:
    """The wordings of one agency, for the steps of one flow."""

    def __init__(self, org: Org, flow: Flow) -> None:
        self._org, self._division = org, flow.division
        self._titles: dict[str, list[str]] = {}
        for role in org.roles.values():
            self._titles.setdefault(key(role.title.vi), []).append(role.id)
        for by, wordings in SYNONYMS.items():
            seat = flow.division if by == OWN else by
            for wording in wordings if org.role(seat) else ():
                self._titles.setdefault(key(wording), [seat])
        for places in (org.divisions, org.leadership, org.partners):
            for seat, title in places.items():
                self._titles.setdefault(key(title.vi), [seat])

    def words(self, by: str) -> str:
        """A role's title, with its id behind it where the title alone doesn't lead back."""
        role = self._org.role(by)
        title = role.title.vi if role else by
        return title if self._titles.get(key(title)) == [by] else f"{title} [{by}]"

    def read(self, text: str) -> str | Unheld:
        """The role or place that `text` names."""
        found = _WITH_ID.fullmatch(squeeze(text))
        if found and self._org.role(found[2]):
            return found[2]
        whole = self._one(text)
        if isinstance(whole, str) or whole.code != "TAB303":
            return whole
        parts = [part for piece in _SPLIT.split(text) if (part := squeeze(piece))]
        if len(parts) < 2:
            return whole
        read = [self._one(part) for part in parts]
        known = {one for one in read if isinstance(one, str)}
        if len(known) == 1 and all(isinstance(one, str) for one in read):
            return known.pop()
        if not known:
            return whole
        names = ", ".join(parts)
        return Unheld(
            "TAB302",
            Text(
                f"một bước chỉ một người giữ, ô này có nhiều ({names}); hãy tách bước hoặc chọn một",
                f"one step has one holder, this cell has several ({names}); split the step or choose",
            ),
        )

    def _one(self, text: str) -> str | Unheld:
        said = key(text)
        for wording in (said, self._without_division(said)):
            known = self._titles.get(wording, [])
            if len(known) == 1:
                return known[0]
            if known:
                there = ", ".join(known)
                return Unheld(
                    "TAB303",
                    Text(
                        f"“{text}” có thể là {there}; hãy ghi mã trong ngoặc vuông, như [{known[0]}]",
                        f"“{text}” may be {there}; write the id in square brackets, such as [{known[0]}]",
                    ),
                )
        other = next((title for title in self._org.divisions.values() if key(title.vi) in said), None)
        if other is not None:
            own = self._org.divisions.get(self._division, other)
            vi = f"“{squeeze(text)}” thuộc {other.vi}, lưu đồ này của {own.vi}; hãy ghi tên vai trò như trong _org.yaml"
            en = f"“{squeeze(text)}” sits in {other.en}, this flow is {own.en}'s; write a role's title as in _org.yaml"
            return Unheld("TAB303", Text(vi, en))
        guess = nearest(said, self._titles)
        name = self._org.role(self._titles[guess][0]) if guess else None
        hint = meant(name.title.vi if name else None)
        return Unheld(
            "TAB303",
            Text(
                f"không rõ “{squeeze(text)}” là vai trò nào{hint.vi}; hãy ghi tên vai trò như trong _org.yaml",
                f"“{squeeze(text)}” is no known role{hint.en}; write a role's title as in _org.yaml",
            ),
        )

    def _without_division(self, said: str) -> str:
        """Words without the name of the flow's own division behind "phòng"."""
        title = self._org.divisions.get(self._division)
        name = key(title.vi) if title else ""
        short = name.removeprefix("phong ")
        return (
            squeeze(said.replace(name, "phong").replace(f"phong {short}", "phong")) if name and name != said else said
        )
