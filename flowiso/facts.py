"""The facts of a flow: their names (docs/flow-file.md), titles, places and values, and where each of them comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from .model import FORWARD, Fact, Flow, Place, Step, Transition
from .text import Text

TITLES: Mapping[str, Text] = {
    "code": Text("mã", "code"),
    "kind": Text("loại", "kind"),
    "version": Text("lần ban hành", "version"),
    "status": Text("tình trạng", "status"),
    "title": Text("tên", "title"),
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
    "clock_policy": Text("cách tính khi bổ sung", "what a supplement does to the term"),
    "clock_basis": Text("căn cứ của cách tính khi bổ sung", "basis of what a supplement does to the term"),
    "supplement_window": Text("thời hạn yêu cầu bổ sung", "term to ask for a supplement"),
    "effective": Text("hiệu lực từ", "in force from"),
    "rule_set": Text("khung pháp luật", "rule set"),
    "issued_by": Text("quyết định ban hành", "issuing decision"),
    "result": Text("kết quả", "result"),
    "fee": Text("phí (đồng)", "fee (đồng)"),
    "fee_cases": Text("mức phí khác (đồng)", "other fees (đồng)"),
    "legal_basis": Text("căn cứ pháp lý", "legal basis"),
    "submitted": Text("thành phần hồ sơ", "papers handed in"),
    "one_stop_full": Text("căn cứ để một cửa giải quyết trọn", "basis for the one-stop unit deciding itself"),
    "confidential": Text("có nội dung mật", "confidential"),
    "ignore": Text("quy tắc bỏ qua", "rules ignored"),
    "steps": Text("các bước và người giữ", "steps and holders"),
    "aside": Text("các bước ngoài đường chính", "steps off the main path"),
    "times": Text("thời gian từng bước", "times of the steps"),
    "arrows": Text("các hướng đi", "arrows"),
    "forms": Text("biểu mẫu", "forms"),
    "anywhere": Text("hướng đi từ mọi bước", "arrows from every step"),
    "at-due": Text("khi hết hạn trả", "at the due moment"),
    "ends": Text("các kết cục", "ends"),
}
"""What every screen calls a key of the head, and the wholes that single facts make up."""

WHOLES: Mapping[str, str] = {"step": "steps", "time": "times", "arrow": "arrows"}
"""By how its name begins: what a single fact is a part of."""

OWN = frozenset({"code", "version", "status", "kind", "confidence", "rule_set"})
"""Facts that whoever writes the file sets: there is no source in which they could be read."""

ON_PUBLISHING = ("effective", "issued_by", "status")
"""The facts that `flowiso publish` settles itself: that they are assumed is in nobody's way."""

COLUMNS: Mapping[str, Text] = {
    "code": Text("mã", "code"),
    "version": Text("lần", "version"),
    "fact": Text("dữ kiện", "fact"),
    "title": Text("tên dữ kiện", "fact in words"),
    "value": Text("giá trị", "value"),
    "status": Text("tình trạng", "status"),
    "source": Text("nguồn hoặc lý do", "source or reason"),
    "file": Text("tệp", "file"),
    "line": Text("dòng", "line"),
    "confirmed": Text("giá trị xác nhận", "confirmed value"),
    "decision": Text("quyết định xác nhận", "confirming decision"),
}
"""The columns of the worklist, a row for each fact of each flow; the agency fills in the last two."""

_ALWAYS = frozenset({"times", "arrows", "forms"})
_SINGLES = {"step": Text("bước", "step"), "time": Text("thời gian của bước", "time of step")}


# --- names


def fact_names(flow: Flow) -> set[str]:
    """Every name a fact of this flow may have: the keys its file writes, the wholes, and their parts."""
    heads = {key for key in flow.places if "." not in key and key != "facts"}
    return heads.union(_ALWAYS, *(parts(flow, whole) for whole in WHOLES.values()))


def parts(flow: Flow, whole: str) -> set[str]:
    """The single facts that make up `steps`, `times` or `arrows`; none for another fact."""
    if whole == "steps":
        return {f"step.{step.id}" for step in flow.steps}
    if whole == "times":
        return {f"time.{step.id}" for step in flow.steps if step.within}
    if whole == "arrows":
        implied = going_on(flow)
        return {
            f"arrow.{step.id}.{arrow.action}"
            for step in flow.steps
            for arrow in flow.arrows(step)[step.id in implied :]
        }
    return set()


def going_on(flow: Flow) -> set[str]:
    """The rows of the main path whose first arrow leads to the next row: the file doesn't write it, so it is no fact."""
    main = [step for step in flow.steps if step.main]
    return {step.id for step in main[:-1] if step.arrows and step.arrows[0].action == FORWARD}


def written_arrows(flow: Flow, step: Step) -> tuple[Transition, ...]:
    """The arrows that stand on a row of the file."""
    return (*step.arrows[step.id in going_on(flow) :], *((step.at_limit,) if step.at_limit else ()))


def fact_title(flow: Flow, name: str, lang: str) -> str:
    """A fact's name in words; the name itself when it isn't known."""
    kind, _, rest = name.partition(".")
    step = flow.step(rest.partition(".")[0])
    if step is None:
        return TITLES[name].to(lang) if name in TITLES else name
    if kind in _SINGLES:
        return f"{_SINGLES[kind].to(lang)} “{step.title.to(lang)}”"
    action = rest.partition(".")[2]
    title = next((arrow.title.to(lang) for arrow in flow.arrows(step) if arrow.action == action), action)
    return Text(f"hướng “{title}” ở bước “{step.title.vi}”", f"arrow “{title}” at step “{step.title.en}”").to(lang)


# --- where each comes from


class Tally(NamedTuple):
    """How many facts were read in a source and how many are assumed."""

    read: int
    assumed: int


class Row(NamedTuple):
    """One fact of one flow, with the entry of `facts` that speaks of it."""

    flow: Flow
    fact: str
    entry: Fact

    @property
    def standing(self) -> str:
        """Where this fact comes from: `read`, `assumed`, or `own` for what the file sets itself."""
        return standing(self.entry._replace(of=(self.fact,)))

    @property
    def blocks(self) -> bool:
        """Whether the flow can't be published before this fact is confirmed."""
        return self.entry.status == "assumed" and self.flow.status == "draft" and self.fact not in ON_PUBLISHING


def rows(flows: Iterable[Flow]) -> Iterator[Row]:
    """Every fact of the flows, in the order of their files."""
    return (Row(flow, fact, entry) for flow in flows for entry in flow.facts for fact in entry.of)


def standing(entry: Fact) -> str:
    """What an entry's mark says: `read`, `assumed`, or `own` for what the file sets itself."""
    return "own" if entry.status == "read" and OWN.issuperset(entry.of) else entry.status


def tally(flows: Iterable[Flow]) -> Tally:
    """Count the facts, each name that an entry of `facts` speaks of being one, but for those the file sets itself."""
    found = Counter(row.standing for row in rows(flows))
    return Tally(found["read"], found["assumed"])


# --- place and value


def fact_place(flow: Flow, name: str) -> Place:
    """Where the value of a fact stands in the flow's file."""
    kind, _, rest = name.partition(".")
    step = flow.step(rest.partition(".")[0])
    if step is None:
        return flow.place("steps" if kind in _ALWAYS else name)
    action = rest.partition(".")[2] if kind == "arrow" else ""
    return next((arrow.place for arrow in flow.arrows(step) if arrow.action == action), step.place)


def fact_value(flow: Flow, name: str) -> str:
    """The value of a fact as the flow file writes it, each item of a list on a line of its own; "" when it isn't there."""
    kind, _, rest = name.partition(".")
    step_id, _, action = rest.partition(".")
    step = flow.step(step_id)
    if step is not None:
        arrows = (_arrow(arrow) for arrow in flow.arrows(step) if arrow.action == action)
        return {"step": step.by, "time": str(step.within or "")}.get(kind) or next(arrows, "")
    if kind in _CHART:
        return "\n".join(_CHART[kind](flow))
    if kind == "effective":
        return period(flow.effective, flow.effective_to)
    if kind == "deadline" and flow.deadline is None:
        return "none"
    return _written(getattr(flow, kind.replace("-", "_"), None))


def period(begins: date, ends: date | None) -> str:
    """The value of `effective`."""
    return f"{{from: {begins}, to: {ends}}}" if ends else f"{{from: {begins}}}"


def _written(value: Any) -> str:
    if isinstance(value, Transition):
        return _arrow(value)
    if isinstance(value, tuple):
        return "\n".join(": ".join(map(str, item)) if isinstance(item, tuple) else item for item in value)
    return ("no", "yes")[value] if isinstance(value, bool) else "" if value is None else str(value)


def _arrow(arrow: Transition) -> str:
    return f"{arrow.action} → {arrow.target}"


_CHART: Mapping[str, Callable[[Flow], Iterable[str]]] = {
    "steps": lambda flow: (f"{step.id}: {step.by}" for step in flow.steps),
    "aside": lambda flow: (f"{step.id}: {step.by}" for step in flow.steps if not step.main),
    "times": lambda flow: (f"{step.id}: {step.within}" for step in flow.steps if step.within),
    "arrows": lambda flow: (f"{step.id}: {_arrow(one)}" for step in flow.steps for one in written_arrows(flow, step)),
    "forms": lambda flow: (f"{step.id}: {', '.join(step.forms)}" for step in flow.steps if step.forms),
    "ends": lambda flow: (f"{end.id}: {end.kind}" for end in flow.ends),
    "anywhere": lambda flow: map(_arrow, flow.anywhere),
    "ignore": lambda flow: (f"{entry.code}: {entry.reason}" for entry in flow.ignore),
}
