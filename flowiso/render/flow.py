"""A flowchart as a table a person reads, and as JSON values: rows, arrows, ends, and where every fact comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..facts import TITLES, standing
from ..model import FORWARD, EndKind, Flow, Step, Transition
from ..org import Org
from ..text import Text, number
from ..words import Words

AT_DUE = Text("Khi hết hạn trả, từ mọi bước đang tính giờ", "At the due moment, wherever the clock runs")
ANYWHERE = Text("Từ mọi bước khi chưa có kết quả", "From every step while there is no result")
INTERNAL = Text("quy trình nội bộ", "internal process")
MARKS = {
    "read": Text("đã đọc", "read"),
    "assumed": Text("GIẢ ĐỊNH", "ASSUMED"),
    "own": Text("đặt trong tệp", "set in the file"),
}


def as_text(flow: Flow, org: Org, words: Words, lang: str = "vi") -> str:
    """The flowchart as plain lines: head, numbered main path, steps aside, ends, provenance."""
    lines = [*_head(flow, org, lang), "", *_rows(flow, org, words, lang), "", *_ends(flow, lang), ""]
    return "\n".join([*lines, *_facts(flow, lang)])


def name(flow: Flow, lang: str) -> str:
    """Code and version, and that it is a draft where it is one: what a picture is headed with wherever it goes."""
    draft = Text(" (bản thảo)", " (draft)").to(lang) if flow.status == "draft" else ""
    return f"{flow.code} v{flow.version}{draft}"


def _head(flow: Flow, org: Org, lang: str) -> Iterator[str]:
    yield f"{flow.code} v{flow.version}  {flow.title}"
    for label, value, fact in head_facts(flow, org, lang):
        yield f"  {label}: {value}{_mark(flow, fact, lang)}"


def head_facts(flow: Flow, org: Org, lang: str) -> Iterator[tuple[str, str, str]]:
    """What the head says, without the title: label, value and fact name, as far as there is a value."""
    draft = Text("bản thảo: còn dữ kiện giả định", "draft: rests on assumed facts")
    status = draft if flow.status == "draft" else Text("đã ban hành", "published")
    term = flow.deadline.shown(lang) if flow.deadline else Text("không có thời hạn", "no term").to(lang)
    said = (
        ("kind", INTERNAL.to(lang) if flow.kind == "internal" else None),
        ("status", status.to(lang)),
        ("deadline", term),
        ("no_deadline_reason", flow.no_deadline_reason),
        ("clock_policy", _supplement(flow, lang)),
        ("effective", f"{flow.effective:%d/%m/%Y}"),
        ("issued_by", flow.issued_by),
        ("field", _name(org.fields.get(flow.field), flow.field, lang)),
        ("division", _name(org.divisions.get(flow.division), flow.division, lang)),
        ("decided_by", _name(org.authorities.get(flow.decided_by), "", lang)),
        ("national_code", flow.national_code),
        ("online_level", str(flow.online_level or "")),
        ("result", flow.result),
        ("fee", None if flow.fee is None else number(flow.fee, lang)),
        ("fee_cases", _fee_cases(flow, lang)),
        ("submitted", "; ".join(flow.submitted)),
        ("legal_basis", "; ".join(flow.legal_basis)),
        ("rule_set", flow.rule_set),
    )
    for fact, value in said:
        if value:
            yield TITLES[fact].to(lang), value, fact


def _supplement(flow: Flow, lang: str) -> str | None:
    """What a supplement does to the term; nothing to say of an internal process that asks for none."""
    return None if (flow.kind, flow.clock_policy) == ("internal", "none") else _POLICIES[flow.clock_policy].to(lang)


def _fee_cases(flow: Flow, lang: str) -> str:
    return "; ".join(f"{case}: {number(fee, lang)}" for case, fee in flow.fee_cases)


_POLICIES = {
    "restart": Text("tính lại thời hạn từ đầu", "the term begins afresh"),
    "pause": Text("tạm dừng, phần chờ được cộng vào", "the clock stands meanwhile"),
    "none": Text("không đổi thời hạn", "the term goes on"),
}


def _name(title: Text | None, fallback: str, lang: str) -> str:
    return title.to(lang) if title else fallback


def _mark(flow: Flow, fact: str, lang: str) -> str:
    entry = flow.provenance(fact)
    return f"  [{MARKS[standing(entry)].to(lang)}]" if entry else ""


def _rows(flow: Flow, org: Org, words: Words, lang: str) -> Iterator[str]:
    width = max(len(step.title.to(lang)) for step in flow.steps)
    wide = max(len(time_allowed(step, words, lang)) for step in flow.steps)
    for index, step in enumerate(flow.steps, 1):
        place = f"{index:>2}" if step.main else " ·"
        forms = ", ".join(form_title(words, form, lang) for form in step.forms)
        time = time_allowed(step, words, lang)
        yield f"{place}  {step.title.to(lang):<{width}}  {time:<{wide}}  {holder(flow, org, step, lang)}".rstrip()
        if forms:
            yield f"      {Text('biểu mẫu', 'forms').to(lang)}: {forms}"
        for arrow in flow.arrows(step):
            if arrow not in (*flow.anywhere, flow.at_due) and not (step.main and arrow.action == FORWARD):
                yield f"      ↳ {_arrow(flow, arrow, lang)}"
    if flow.at_due:
        yield AT_DUE.to(lang)
        yield f"      ↳ {_arrow(flow, flow.at_due, lang)}"
    if flow.anywhere:
        yield ANYWHERE.to(lang)
    for arrow in flow.anywhere:
        yield f"      ↳ {_arrow(flow, arrow, lang)}"


def _arrow(flow: Flow, arrow: Transition, lang: str) -> str:
    return f"{arrow.title.to(lang)} ({arrow.action}) → {target_title(flow, arrow, lang)}{limits(arrow, lang)}"


def time_allowed(step: Step, words: Words, lang: str) -> str:
    """The time a step is given, in words, and whether the clock stands meanwhile; a milestone by its title."""
    if step.until:
        title = words.milestones.get(step.until, Text(step.until, step.until))
        return Text(f"mốc {title.vi}", f"milestone: {title.en}").to(lang)
    if step.within is None:
        return Text("không tính giờ", "not counted").to(lang) if step.clock != "stopped" else _stopped(lang)
    return step.within.shown(lang) + (f", {_stopped(lang)}" if step.clock == "stopped" else "")


def _stopped(lang: str) -> str:
    return Text("đồng hồ dừng", "clock stopped").to(lang)


def holder(flow: Flow, org: Org, step: Step, lang: str) -> str:
    """Who holds a step: the role and where it sits."""
    role = org.role(step.by)
    if role is None:
        return step.by
    seat = org.seat_title(org.seat(role.id, flow))
    return role.title.to(lang) + (f", {seat.to(lang)}" if seat and seat.to(lang) != role.title.to(lang) else "")


def form_title(words: Words, form: str, lang: str) -> str:
    """A form by its name; one named in words is its own name."""
    known = words.forms.get(form)
    return known.title.to(lang) if known else form


def target_title(flow: Flow, arrow: Transition, lang: str) -> str:
    """Where an arrow leads, in words."""
    target = flow.step(arrow.target) or flow.end(arrow.target)
    return target.title.to(lang) if target else arrow.target


def limits(arrow: Transition, lang: str) -> str:
    """What binds an arrow, in brackets; "" when nothing does."""
    notes = []
    if arrow.kind == "timer":
        notes.append(Text("hệ thống tự chuyển khi hết hạn", "by the system when time runs out").to(lang))
    if arrow.times is not None:
        notes.append(
            Text(f"nhiều nhất {arrow.times} lần", "at most " + _TIMES.get(arrow.times, f"{arrow.times} times")).to(lang)
        )
    if arrow.policy is not None:
        notes.append(_POLICIES[arrow.policy].to(lang))
    if arrow.deadline is not None:
        notes.append(Text("thời hạn thành", "the term becomes").to(lang) + f" {arrow.deadline.shown(lang)}")
    if arrow.refer_to is not None:
        notes.append(Text("thủ tục", "procedure").to(lang) + f" {arrow.refer_to}")
    return f"  ({'; '.join(notes)})" if notes else ""


def _ends(flow: Flow, lang: str) -> Iterator[str]:
    yield Text("Kết cục", "Ends").to(lang)
    for end in flow.ends:
        yield f"  {end.title.to(lang)} ({end.id}): {END_KINDS[end.kind].to(lang)}"


_TIMES = {1: "once", 2: "twice"}
END_KINDS: Mapping[EndKind, Text] = {
    "granted": Text("được giải quyết", "granted"),
    "refused": Text("từ chối giải quyết, vẫn là kết quả", "refused on the merits, still a result"),
    "refused-intake": Text("không tiếp nhận, ngoài thống kê", "not accepted, outside the statistics"),
    "withdrawn": Text("người nộp rút", "withdrawn"),
    "stopped": Text("dừng hẳn", "finally stopped"),
    "silence": Text("im lặng là đồng ý", "silence is consent"),
    "recorded": Text("ghi nhận, không có giấy trả", "noted, no paper is given"),
}


def _facts(flow: Flow, lang: str) -> Iterator[str]:
    yield Text("Nguồn của từng dữ kiện", "Where each fact comes from").to(lang)
    for fact in flow.facts:
        yield f"  [{MARKS[standing(fact)].to(lang)}] {', '.join(fact.of)}: {fact.source}"


def as_json(flow: Flow, org: Org, lang: str = "vi") -> dict[str, Any]:
    """The flowchart as JSON values; titles are in `lang`."""
    return {
        "code": flow.code,
        "kind": flow.kind,
        "version": flow.version,
        "status": flow.status,
        "title": flow.title,
        "national_code": flow.national_code,
        "field": flow.field,
        "division": flow.division,
        "decided_by": flow.decided_by,
        "online_level": flow.online_level or None,
        "interconnected": flow.interconnected,
        "archetype": flow.archetype,
        "confidence": flow.confidence,
        "deadline": str(flow.deadline) if flow.deadline else None,
        "no_deadline_reason": flow.no_deadline_reason,
        "clock_policy": flow.clock_policy,
        "supplement_window": str(flow.supplement_window) if flow.supplement_window else None,
        "effective_from": flow.effective.isoformat(),
        "effective_to": flow.effective_to.isoformat() if flow.effective_to else None,
        "rule_set": flow.rule_set,
        "issued_by": flow.issued_by,
        "result": flow.result,
        "fee": flow.fee,
        "fee_cases": [{"case": case, "fee": fee} for case, fee in flow.fee_cases],
        "legal_basis": list(flow.legal_basis),
        "submitted": list(flow.submitted),
        "steps": [_step_json(flow, org, step, lang) for step in flow.steps],
        "ends": [{"id": end.id, "kind": end.kind, "title": end.title.to(lang)} for end in flow.ends],
        "facts": [{"of": list(fact.of), "status": fact.status, "source": fact.source} for fact in flow.facts],
        "file": flow.file,
    }


def _step_json(flow: Flow, org: Org, step: Step, lang: str) -> dict[str, Any]:
    return {
        "id": step.id,
        "title": step.title.to(lang),
        "by": step.by,
        "seat": org.seat(step.by, flow) if org.role(step.by) else None,
        "within": str(step.within) if step.within else None,
        "until": step.until,
        "clock": step.clock,
        "ready": step.ready,
        "main": step.main,
        "charged_to": step.charged_to,
        "forms": list(step.forms),
        "arrows": [_arrow_json(arrow, lang) for arrow in flow.arrows(step)],
    }


def _arrow_json(arrow: Transition, lang: str) -> dict[str, Any]:
    return {
        "action": arrow.action,
        "to": arrow.target,
        "kind": arrow.kind,
        "title": arrow.title.to(lang),
        "by": arrow.by,
        "times": arrow.times,
        "policy": arrow.policy,
        "deadline": str(arrow.deadline) if arrow.deadline else None,
        "refer_to": arrow.refer_to,
        "forms": list(arrow.forms),
    }
