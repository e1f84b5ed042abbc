"""A flow file <-> a `Flow`: the grammar of docs/flow-file.md as a closed schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast, get_args

from .model import (
    FORWARD,
    ArrowKind,
    Clock,
    End,
    EndKind,
    Fact,
    Finding,
    Flow,
    FlowKind,
    Ignore,
    Party,
    Place,
    Step,
    Transition,
)
from .schema import (
    Key,
    Reading,
    day,
    ident,
    many,
    node,
    one_of,
    pairs,
    pattern,
    rule_set_code,
    term,
    text,
    whole,
    whole_term,
    yes_no,
)
from .term import Term
from .text import Text
from .words import ActionWord, Words
from .yamlfile import Map, Node, Scalar, Seq, Source, parse

MAX_ROWS = 500
MAX_ARROWS = 50

_NOTHING: Mapping[str, Any] = {}


def _deadline(reading: Reading, value: Node) -> Term | str | None:
    return "none" if isinstance(value, Scalar) and value.text == "none" else whole_term(reading, value)


PERIOD = {"from": Key(day, needed=True), "to": Key(day)}


def _effective(reading: Reading, value: Node) -> dict[str, Any] | None:
    period = reading.table(value, PERIOD, "effective.")
    if "from" in period and "to" in period and period["to"] <= period["from"]:
        reading.source.bad(
            value,
            "'to' phải sau 'from': đó là ngày đầu tiên không còn hiệu lực",
            "'to' must be after 'from': it is the first day on which the flow no longer holds",
        )
        return None
    return period or None


def _fee_cases(reading: Reading, value: Node) -> tuple[tuple[str, int], ...] | None:
    rows = [(name.text, _FEE(reading, fee)) for name, fee in pairs(reading, value, "fee_cases")]
    return None if any(fee is None for _, fee in rows) else tuple(rows)


_CODE = pattern(r"[A-Z0-9-]{1,40}", "chữ in hoa, số và '-'", "capital letters, digits and '-'")
_FEE = whole(0, 999_999_999)

HEAD: Mapping[str, Key] = {
    "code": Key(_CODE, needed=True),
    "kind": Key(one_of(*get_args(FlowKind))),
    "version": Key(whole(1, 999), needed=True),
    "status": Key(one_of("draft", "published"), needed=True),
    "title": Key(text, needed=True),
    "national_code": Key(pattern(r"\d\.\d{6}", "mã như 2.001624", "a code such as 2.001624")),
    "field": Key(ident, needed=True),
    "division": Key(ident, needed=True),
    "decided_by": Key(ident, needed=True),
    "online_level": Key(whole(1, 4), needed=True),
    "interconnected": Key(yes_no, needed=True),
    "archetype": Key(text),
    "confidence": Key(one_of("high", "medium", "low")),
    "deadline": Key(_deadline, needed=True),
    "no_deadline_reason": Key(text),
    "clock_policy": Key(one_of("restart", "pause", "none"), needed=True),
    "clock_basis": Key(text),
    "supplement_window": Key(whole_term),
    "effective": Key(_effective, needed=True),
    "rule_set": Key(rule_set_code),
    "issued_by": Key(text, needed=True),
    "result": Key(text),
    "fee": Key(_FEE),
    "fee_cases": Key(_fee_cases),
    "legal_basis": Key(many(text)),
    "submitted": Key(many(text)),
    "one_stop_full": Key(text),
    "confidential": Key(yes_no),
    "ignore": Key(node),
    "steps": Key(node, needed=True),
    "aside": Key(node),
    "anywhere": Key(node),
    "at-due": Key(node),
    "ends": Key(node, needed=True),
    "facts": Key(node, needed=True),
}

OF_PROCEDURES = frozenset(
    {"national_code", "online_level", "interconnected", "archetype", "fee", "fee_cases", "one_stop_full"}
)
"""What only a procedure has: an internal process of the quality system may not write these keys."""

INTERNAL: Mapping[str, Key] = {name: key for name, key in HEAD.items() if name not in OF_PROCEDURES}

ROW: Mapping[str, Key] = {
    "by": Key(ident),
    "within": Key(term),
    "clock": Key(one_of(*get_args(Clock))),
    "until": Key(ident),
    "ready": Key(yes_no),
    "charged-to": Key(one_of("partner")),
    "title": Key(text),
    "title_en": Key(text),
    "forms": Key(many(text)),
    "then": Key(node),
    "at-limit": Key(node),
}

ARROW: Mapping[str, Key] = {
    "to": Key(ident, needed=True),
    "title": Key(text),
    "title_en": Key(text),
    "kind": Key(one_of(*get_args(ArrowKind))),
    "by": Key(ident),
    "times": Key(whole(1, 99)),
    "policy": Key(one_of("restart", "pause", "none")),
    "deadline": Key(whole_term),
    "refer-to": Key(_CODE),
    "forms": Key(many(text)),
}

END: Mapping[str, Key] = {
    "kind": Key(one_of(*get_args(EndKind)), needed=True),
    "title": Key(text),
    "title_en": Key(text),
}

FACT: Mapping[str, Key] = {"of": Key(many(text), needed=True), "read": Key(text), "assumed": Key(text)}


def read_flow(data: bytes, file: str, words: Words) -> tuple[Flow | None, list[Finding]]:
    """The flow that `data` holds and all that is wrong with its text; None when there is nothing to check further.

    `file` names the file in findings; `words` supplies the shared titles, kinds and forms.
    """
    source = Source(file)
    root = parse(source, data)
    if root is None:
        return None, source.findings
    flow = _FlowReading(Reading(source), words).flow(root)
    if flow.status == "published":
        flow = flow._replace(digest=digest(data))
    return flow, source.findings


def digest(data: bytes) -> str:
    """The SHA-256 of a file: what a published version is frozen by.

    Line ends are left aside, and so is the end of the period: it is written when the next version comes.
    """
    import re
    from hashlib import sha256

    lines = data.replace(b"\r\n", b"\n")
    endless = re.sub(rb"(?m)^(effective:\s*\{?\s*from:[^\n,}#]*?)\s*,?\s*to:[^\n,}#]*", rb"\1", lines, count=1)
    return sha256(endless).hexdigest()


class _FlowReading:
    """Reads one file; the shared words fill in what its rows leave out."""

    def __init__(self, reading: Reading, words: Words) -> None:
        self.reading = reading
        self.words = words

    def flow(self, root: Map) -> Flow:
        kind = root.get("kind")
        internal = isinstance(kind, Scalar) and kind.text == "internal"
        head = self.reading.table(root, INTERNAL if internal else HEAD)
        steps = self._steps(head.get("steps"), head.get("aside"))
        deadline = head.get("deadline")
        effective: dict[str, Any] = head.get("effective", {})
        ends = self._ends(head.get("ends"), {step.id: step for step in steps})
        anywhere = self._arrows(head.get("anywhere"), "anywhere")
        at_due = self._timer(head.get("at-due"), "at-due")
        facts = self._facts(head.get("facts"))
        return Flow(
            code=head.get("code", ""),
            kind=head.get("kind", "procedure"),
            version=head.get("version", 0),
            status=head.get("status", "draft"),
            title=head.get("title", ""),
            field=head.get("field", ""),
            division=head.get("division", ""),
            decided_by=head.get("decided_by", ""),
            online_level=head.get("online_level", 0),
            interconnected=head.get("interconnected", False),
            deadline=deadline if isinstance(deadline, Term) else None,
            no_deadline_reason=head.get("no_deadline_reason"),
            clock_basis=head.get("clock_basis"),
            one_stop_full=head.get("one_stop_full"),
            confidential=head.get("confidential", False),
            clock_policy=head.get("clock_policy", "restart"),
            effective=effective.get("from"),  # type: ignore[arg-type]  # None only beside a finding
            effective_to=effective.get("to"),
            rule_set=head.get("rule_set"),
            issued_by=head.get("issued_by", ""),
            national_code=head.get("national_code"),
            archetype=head.get("archetype"),
            confidence=head.get("confidence"),
            result=head.get("result"),
            fee=head.get("fee"),
            fee_cases=head.get("fee_cases", ()),
            supplement_window=head.get("supplement_window"),
            legal_basis=head.get("legal_basis", ()),
            submitted=head.get("submitted", ()),
            steps=steps,
            ends=ends,
            anywhere=anywhere,
            at_due=at_due,
            ignore=self._ignore(head.get("ignore")),
            facts=facts,
            file=self.reading.source.file,
            places=_places(root),
            unread=frozenset(self.reading.unread),
        )

    def _steps(self, main: Node | None, aside: Node | None) -> tuple[Step, ...]:
        rows = self._rows(main, "steps")
        nexts = [name.text for name, _ in rows[1:]]
        steps = [self._step(*row, following=then) for row, then in zip(rows, [*nexts, None], strict=False)]
        seen = {step.id: step for step in steps}
        for name, row in self._rows(aside, "aside", needed=False):
            if not self._taken(name, seen):
                steps.append(self._step(name, row, following=None, main=False))
        return tuple(steps)

    def _rows(self, value: Node | None, key: str, needed: bool = True) -> list[tuple[Scalar, Node]]:
        """The entries under a key of the head; too many are cut, none is a finding where some are needed."""
        rows = pairs(self.reading, value, key)
        if value is not None and len(rows) > MAX_ROWS:
            self.reading.source.bad(value, f"quá {MAX_ROWS} dòng; hãy tách ra", f"more than {MAX_ROWS} rows; split it")
            self.reading.unread.add(key)
        if value is not None and needed and not rows and key not in self.reading.unread:
            self.reading.source.bad(value, "cần ít nhất một dòng ở đây", "at least one row is needed here")
            self.reading.unread.add(key)
        return rows[:MAX_ROWS]

    def _taken(self, name: Scalar, steps: Mapping[str, Step]) -> bool:
        """Whether the id names a step already; reported."""
        if name.text in steps:
            line = steps[name.text].place.line
            words = Text(
                f"'{name.text}' đã là một bước (dòng {line}); hãy đặt mã khác",
                f"'{name.text}' is a step already (line {line}); rename it",
            )
            self.reading.source.report("FLW007", "duplicate-key", name, words)
        return name.text in steps

    def _step(self, name: Scalar, row: Node, following: str | None, main: bool = True) -> Step:
        path = f"step.{name.text}."
        values = self.reading.table(row, ROW, path)
        if ident(self.reading, name) is None:
            self.reading.unread.add(f"step.{name.text}")
        word = self.words.steps.get(name.text)
        place = Place(name.line, name.column)
        arrows = self._arrows(values.get("then"), f"{path}then")
        if following is not None:
            arrows = (self._made(FORWARD, following, place), *arrows)
        return Step(
            id=name.text,
            title=_title(values, word.title if word else None, name.text),
            by=values.get("by", ""),
            within=values.get("within"),
            clock=values.get("clock", "run"),
            arrows=arrows,
            place=place,
            main=main,
            ready=values.get("ready", False),
            until=values.get("until"),
            charged_to=cast("Party | None", values.get("charged-to")),
            forms=values.get("forms", word.forms if word else ()),
            at_limit=self._timer(values.get("at-limit"), f"{path}at-limit"),
        )

    def _arrows(self, value: Node | None, path: str) -> tuple[Transition, ...]:
        """The arrows under a key; `path` is that key's, and it is unread when one of them can't be understood."""
        if value is None:
            return ()
        rows = pairs(self.reading, value, path)
        if len(rows) > MAX_ARROWS:
            self.reading.source.bad(value, f"quá {MAX_ARROWS} mũi tên", f"more than {MAX_ARROWS} arrows")
            self.reading.unread.add(path)
        arrows = [self._arrow(name, target, path) for name, target in rows[:MAX_ARROWS]]
        if None in arrows:
            self.reading.unread.add(path)
        return tuple(arrow for arrow in arrows if arrow)

    def _arrow(self, name: Scalar, target: Node, path: str) -> Transition | None:
        if ident(self.reading, name) is None:
            return None
        place = Place(name.line, name.column)
        if isinstance(target, Scalar):
            to = ident(self.reading, target)
            return self._made(name.text, to, place) if to else None
        values = self.reading.table(target, ARROW, f"{path}.{name.text}.")
        return self._made(name.text, values["to"], place, values) if "to" in values else None

    def _made(self, action: str, target: str, place: Place, values: Mapping[str, Any] = _NOTHING) -> Transition:
        """An arrow; what its row leaves out comes from the shared words."""
        word = self.words.actions.get(action) or ActionWord(Text(action, action))
        if not values:
            return Transition(
                action, target, word.kind, word.title, place, word.by, forms=word.forms, misroute=word.misroute
            )
        kind = values.get("kind", word.kind)
        return Transition(
            action,
            target,
            kind=kind,
            title=_title(values, word.title, action),
            place=place,
            by=values.get("by", word.by),
            times=values.get("times"),
            policy=values.get("policy"),
            deadline=values.get("deadline"),
            refer_to=values.get("refer-to"),
            forms=values.get("forms", word.forms),
            misroute=word.misroute and kind == word.kind,
        )

    def _timer(self, value: Node | None, path: str) -> Transition | None:
        if value is None:
            return None
        arrows = self._arrows(value, path)
        if len(arrows) != 1:
            if path not in self.reading.unread:
                self.reading.source.bad(value, "cần đúng một mũi tên ở đây", "exactly one arrow is needed here")
                self.reading.unread.add(path)
            return None
        return arrows[0]._replace(kind="timer")

    def _ends(self, value: Node | None, steps: Mapping[str, Step]) -> tuple[End, ...]:
        rows = self._rows(value, "ends")
        return tuple(self._end(name, kind) for name, kind in rows if not self._taken(name, steps))

    def _end(self, name: Scalar, value: Node) -> End:
        if ident(self.reading, name) is None:
            self.reading.unread.add(f"end.{name.text}")
        if isinstance(value, Scalar):
            values = {"kind": END["kind"].read(self.reading, value)}
        else:
            values = self.reading.table(value, END, f"end.{name.text}.")
        if not values.get("kind"):
            self.reading.unread.add(f"end.{name.text}.kind")
        word = self.words.ends.get(name.text)
        kind = cast("EndKind", values.get("kind") or "granted")
        return End(name.text, kind, _title(values, word, name.text), Place(name.line, name.column))

    def _ignore(self, value: Node | None) -> tuple[Ignore, ...]:
        rows = [(name, text(self.reading, reason)) for name, reason in pairs(self.reading, value, "ignore")]
        return tuple(Ignore(name.text, reason, Place(name.line, name.column)) for name, reason in rows if reason)

    def _facts(self, value: Node | None) -> tuple[Fact, ...]:
        entries = many(self._fact)(self.reading, value) if value is not None else None
        if entries is None:
            self.reading.unread.add("facts")
        return entries or ()

    def _fact(self, reading: Reading, value: Node) -> Fact | None:
        path = f"fact.{value.line}."
        values = reading.table(value, FACT, path)
        if "of" not in values or (reading.unread and reading.unread & {f"{path}read", f"{path}assumed"}):
            return None
        return fact_of(reading, value, values)


def fact_of(reading: Reading, value: Node, values: Mapping[str, Any]) -> Fact | None:
    """A fact of the values of an entry, which says either that it was read or that it is assumed; None with a finding."""
    if ("read" in values) == ("assumed" in values):
        reading.source.bad(
            value,
            "mỗi mục phải có hoặc 'read' (nguồn đã đọc) hoặc 'assumed' (vì sao giả định)",
            "each entry needs either 'read' (the source) or 'assumed' (why it is assumed)",
        )
        return None
    status = "read" if "read" in values else "assumed"
    place = Place(value.line, value.column)
    return Fact(values["of"], status, values[status], place)  # type: ignore[arg-type]


def _places(root: Map) -> dict[str, Place]:
    """Where each key of the head stands, and as `legal_basis.<n>` each legal text."""
    basis = root.get("legal_basis")
    items = enumerate(basis.items if isinstance(basis, Seq) else ())
    heads = {key.text: Place(key.line, key.column) for key, _ in root.items}
    return heads | {f"legal_basis.{number}": Place(item.line, item.column) for number, item in items}


def _title(values: Mapping[str, Any], shared: Text | None, fallback: str) -> Text:
    own = values.get("title")
    if own:
        return Text(own, values.get("title_en") or own)
    return shared or Text(fallback, fallback)
