"""A proof as a person reads it: certificate or counterexample, then what still fits; and the same as JSON values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..calendar import Calendar
from ..explanation import Due
from ..margins import Margin, Verdict
from ..model import Flow
from ..proof import Case, Proof, Proven, shown_hours
from ..stretches import Gate, Stretch
from ..text import Text, moment, number
from ..timetable import Stay, timetable
from ..worktime import local


def as_text(verdict: Verdict, calendar: Calendar, lang: str, every_way: bool) -> Iterator[str]:
    """The verdict in lines; `every_way` lists each way with its slack."""
    flow, proof = verdict.flow, verdict.proof
    term = flow.deadline.shown(lang) if flow.deadline else Text("không có thời hạn", "no term").to(lang)
    if proof is None or proof.worst is None or verdict.margin is None:
        why = verdict.why or Text("không có gì để chứng minh", "nothing to prove")
        yield f"{flow.code} v{flow.version}  {term}: {why.to(lang)}"
        return
    kept = Text("KỊP HẠN", "KEEPS THE DEADLINE") if proof.holds else Text("KHÔNG KỊP HẠN", "CAN MISS THE DEADLINE")
    ways = len(proof.ways)
    yield f"{flow.code} v{flow.version}  {term}: {kept.to(lang)}" + Text(f", {ways} đường", f", {ways} ways").to(lang)
    if proof.holds:
        yield "  " + _tightest(proof.worst, lang)
    else:
        yield from (f"  {line}" for line in _counterexample(flow, proof, proof.worst, calendar, lang))
    yield from (f"  {line}" for line in _margin(flow, verdict.margin, lang))
    if every_way:
        for way in sorted(proof.ways, key=_slack):
            yield f"    {_slack_shown(way, lang):>28}  {_path(way.stretch, lang)}"


def _slack(way: Proven) -> int:
    return way.case.slack if way.case else 1 << 60


def _slack_shown(way: Proven, lang: str) -> str:
    if way.case is None:
        return Text("tự kịp", "by itself").to(lang)
    if way.case.slack < 0:
        return Text("thiếu ", "lacks ").to(lang) + _hours(-way.case.slack, lang)
    return Text("còn dư ", "spare ").to(lang) + _hours(way.case.slack, lang)


def _hours(seconds: int, lang: str) -> str:
    """Working time as a person reads it: 6 giờ làm việc, 1.5 working hours."""
    hours = number(shown_hours(seconds), lang)
    return f"{hours} " + Text("giờ làm việc", "working hour" if hours == "1" else "working hours").to(lang)


def _tightest(way: Proven, lang: str) -> str:
    label = Text("căng nhất", "tightest").to(lang)
    return f"{label}: {_slack_shown(way, lang)}, {_path(way.stretch, lang)}"


_OPENS = {"receipt": Text("từ khi nhận", "from the receipt"), "hand-in": Text("từ khi nộp bổ sung", "from the hand-in")}
_CLOSES = {
    "result": Text("kết quả", "result"),
    "asked": Text("dừng chờ người nộp", "stop for the applicant"),
    "silence": Text("im lặng là đồng ý", "silence"),
}


def _path(stretch: Stretch, lang: str) -> str:
    """A way in words: where it opens, its steps, where it closes; the arrows that are no plain step on are named."""
    words = [_OPENS[stretch.opens].to(lang)]
    for hop in stretch.hops:
        plain = hop.arrow.kind == "forward" and hop.arrow.action == "chuyen"
        words.append(hop.step.id if plain else f"{hop.step.id} ({hop.arrow.action})")
    return " → ".join([*words, _CLOSES[stretch.closes].to(lang)])


def _counterexample(flow: Flow, proof: Proof, way: Proven, calendar: Calendar, lang: str) -> Iterator[str]:
    assert way.gate is not None
    assert way.case is not None
    gate, case = way.gate, way.case
    yield Text("phản ví dụ", "counterexample").to(lang) + f": {_path(way.stretch, lang)}"
    stays = timetable(flow, way.stretch, gate, case, calendar, proof.allowance)
    for stay in stays:
        yield f"  {_span(stay)}  {stay.hop.step.title.to(lang)} ({stay.hop.step.id})"
    due = due_of(flow, gate, case, stays, calendar)
    yield _gate_shown(gate, stays[-1].ends, lang)
    yield from (line.text.to(lang) for line in due.explanation)
    minutes = number(-case.slack // 60, lang)
    yield Text(
        f"thiếu {minutes} phút làm việc ({_hours(-case.slack, 'vi')})",
        f"{minutes} working minutes missing ({_hours(-case.slack, 'en')})",
    ).to(lang)


def _span(stay: Stay) -> str:
    return f"{moment(local(stay.begins))} - {moment(local(stay.ends))}"


def _gate_shown(gate: Gate, at: int, lang: str) -> str:
    shown = moment(local(at))
    words = {
        "result": Text(f"có kết quả {shown}", f"result ready {shown}"),
        "asked": Text(f"dừng chờ người nộp {shown}", f"stopped for the applicant {shown}"),
        "taken": Text(f"tới chỗ đổi thời hạn {shown}", f"the term changes {shown}"),
    }
    return words[gate.kind].to(lang)


def due_of(flow: Flow, gate: Gate, case: Case, stays: list[Stay], calendar: Calendar) -> Due:
    """The due date of a gate with its explanation, the pauses of the timetable being in it."""
    waits = [(local(stay.begins), local(stay.ends)) for stay in stays if stay.hop.step.clock == "stopped"]
    return calendar.due(local(case.at), gate.term, waits[: len(gate.stops)], "pause")


def _margin(flow: Flow, margin: Margin, lang: str) -> Iterator[str]:
    if margin.wait is not None:
        wait = number(margin.wait, lang)
        yield Text(
            f"mỗi lần giao nhận còn chờ được {wait} phút làm việc", f"every hand-over may wait {wait} working minutes"
        ).to(lang)
    if margin.send_backs is not None:
        yield _send_backs(margin.send_backs).to(lang)
    for hop, left in margin.notices:
        hours = _hours(max(0, left), lang)
        yield Text(
            f"'{hop.arrow.action}' của {hop.step.id}: còn {hours} để phát hiện thiếu giấy tờ (R43)",
            f"'{hop.arrow.action}' of {hop.step.id}: {hours} left to find what is missing (R43)",
        ).to(lang)
    if margin.apology is not None:
        yield _apology(margin.apology, lang)


def _send_backs(count: int) -> Text:
    if count == 0:
        return Text("không kịp thêm lần trả lại nào", "no send-back still fits")
    plural = "send-back still fits" if count == 1 else "send-backs still fit"
    return Text(f"còn kịp thêm {count} lần trả lại", f"{count} {plural}")


def _apology(seconds: int, lang: str) -> str:
    if seconds < 0:
        return Text(
            "có ngày nhận không còn ngày nào để xin lỗi, hẹn lại (R49)",
            "for some receipts no day is left to apologise and re-appoint (R49)",
        ).to(lang)
    hours = _hours(seconds, lang)
    return Text(
        f"xin lỗi, hẹn lại muộn nhất sau {hours} kể từ khi nhận (R49)",
        f"an apology must be sent at the latest {hours} after the receipt (R49)",
    ).to(lang)


def as_json(verdict: Verdict, calendar: Calendar, lang: str) -> dict[str, Any]:
    """The verdict as JSON values; times are working minutes, moments ISO 8601."""
    flow, proof, margin = verdict.flow, verdict.proof, verdict.margin
    found: dict[str, Any] = {
        "code": flow.code,
        "version": flow.version,
        "deadline": str(flow.deadline) if flow.deadline else None,
        "proved": None if proof is None or proof.worst is None else proof.holds,
        "why": verdict.why.to(lang) if verdict.why else None,
    }
    if proof is None or margin is None:
        return {**found, "ways": [], "margin": None}
    return {
        **found,
        "ways": [_way_json(flow, proof, way, calendar) for way in proof.ways],
        "margin": {
            "wait": margin.wait,
            "send_backs": margin.send_backs,
            "notices": [
                {"step": hop.step.id, "action": hop.arrow.action, "left": left // 60} for hop, left in margin.notices
            ],
            "apology": None if margin.apology is None else margin.apology // 60,
        },
    }


def _way_json(flow: Flow, proof: Proof, way: Proven, calendar: Calendar) -> dict[str, Any]:
    found: dict[str, Any] = {
        "opens": way.stretch.opens,
        "closes": way.stretch.closes,
        "hops": [{"step": hop.step.id, "action": hop.arrow.action} for hop in way.stretch.hops],
        "slack": way.case.slack // 60 if way.case else None,
    }
    if way.gate is None or way.case is None:
        return found
    found |= {"gate": way.gate.kind, "term": str(way.gate.term), "work": -(-way.gate.work // 60)}
    if way.case.slack < 0:
        stays = timetable(flow, way.stretch, way.gate, way.case, calendar, proof.allowance)
        found["counterexample"] = {
            "received": local(way.case.at).isoformat(),
            "due": due_of(flow, way.gate, way.case, stays, calendar).at.isoformat(),
            "stays": [
                {"step": stay.hop.step.id, "from": local(stay.begins).isoformat(), "to": local(stay.ends).isoformat()}
                for stay in stays
            ],
        }
    return found
