"""Where a flow's facts come from, as a person reads it: each fact by its name in words, and how many are read or assumed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..model import Flow
from ..text import Text

_TITLES = {
    "code": Text("mã", "code"),
    "version": Text("lần ban hành", "version"),
    "status": Text("tình trạng", "status"),
    "title": Text("tên thủ tục", "title"),
    "national_code": Text("mã quốc gia", "national code"),
    "field": Text("lĩnh vực", "field"),
    "division": Text("phòng", "division"),
    "decided_by": Text("cơ quan quyết định", "deciding authority"),
    "online_level": Text("mức độ trực tuyến", "online level"),
    "interconnected": Text("liên thông", "interconnected"),
    "archetype": Text("dạng lưu đồ", "archetype"),
    "confidence": Text("độ tin cậy", "confidence"),
    "deadline": Text("thời hạn", "deadline"),
    "no_deadline_reason": Text("vì sao không có thời hạn", "why there is no term"),
    "clock_policy": Text("cách tính khi bổ sung", "what a supplement does to the clock"),
    "supplement_window": Text("hạn yêu cầu bổ sung", "term to ask for a supplement"),
    "effective": Text("hiệu lực", "validity"),
    "issued_by": Text("quyết định ban hành", "issuing decision"),
    "result": Text("kết quả", "result"),
    "fee": Text("phí", "fee"),
    "legal_basis": Text("căn cứ pháp lý", "legal basis"),
    "submitted": Text("thành phần hồ sơ", "papers handed in"),
    "steps": Text("các bước và người giữ", "steps and holders"),
    "times": Text("thời gian từng bước", "times of the steps"),
    "arrows": Text("các hướng đi", "arrows"),
    "forms": Text("biểu mẫu", "forms"),
    "anywhere": Text("hướng đi từ mọi bước", "arrows from every step"),
    "at_due": Text("khi hết hạn trả", "at the due moment"),
    "ends": Text("các kết cục", "ends"),
}
_SINGLE = {"step": Text("bước", "step"), "time": Text("thời gian của bước", "time of step")}


class Tally(NamedTuple):
    """How many facts were read in a source and how many are assumed."""

    read: int
    assumed: int


def tally(flows: Iterable[Flow]) -> Tally:
    """Count the facts, each name that an entry of `facts` speaks of being one."""
    entries = [entry for flow in flows for entry in flow.facts]
    read, assumed = (
        sum(len(entry.of) for entry in entries if entry.status == status) for status in ("read", "assumed")
    )
    return Tally(read, assumed)


def fact_title(flow: Flow, name: str, lang: str) -> str:
    """A fact's name (docs/flow-file.md) in words; the name itself when it isn't known."""
    kind, _, rest = name.partition(".")
    step = flow.step(rest.partition(".")[0])
    if step is None:
        known = _TITLES.get(name.replace("-", "_"))
        return known.to(lang) if known else name
    if kind in _SINGLE:
        return f"{_SINGLE[kind].to(lang)} “{step.title.to(lang)}”"
    action = rest.partition(".")[2]
    title = next((arrow.title.to(lang) for arrow in flow.arrows(step) if arrow.action == action), action)
    return Text(f"hướng “{title}” ở bước “{step.title.vi}”", f"arrow “{title}” at step “{step.title.en}”").to(lang)
