"""Arrows in words: "Không đồng ý, trả lại → quay lại bước 3", as FlowISO writes them and as decisions do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from ..model import FORWARD, ArrowKind, ClockPolicy, Transition
from ..schema import ID
from ..term import Term
from ..text import Text
from ..words import Words
from .grid import fold, key, squeeze
from .wording import QUOTED, Days, Unread, pieces, quoted, read_term, term_words, unquoted

KINDS: Mapping[ArrowKind, str] = {
    "forward": "chuyển tiếp",
    "supplement": "bổ sung",
    "send-back": "trả lại",
    "refuse": "từ chối",
    "fee": "nộp phí",
    "repair": "khắc phục",
    "consult": "lấy ý kiến",
    "withdraw": "rút hồ sơ",
    "timer": "hết giờ",
}
POLICIES: Mapping[ClockPolicy, str] = {
    "restart": "thời hạn tính lại từ đầu",
    "pause": "thời hạn tạm dừng",
    "none": "thời hạn vẫn tính",
}
_BY_LIMIT = "hệ thống tự chuyển khi hết thời gian của bước"
_BACK = "quay lại "


class Names(NamedTuple):
    """How a table names things: steps by number, ends by title, forms and roles by title; and back."""

    steps: Mapping[str, str]
    ends: Mapping[str, str]
    forms: Mapping[str, str]
    roles: Mapping[str, str]


class Told(NamedTuple):
    """An arrow as a cell tells it. `target` is ("step", number) or ("end", name); None for what isn't said.

    `action` is None where the cell gives no id; `limit` means that the step's own time sets it off.
    """

    title: str
    target: tuple[str, str]
    action: str | None = None
    back: bool = False
    limit: bool = False
    after: Term | None = None
    kind: ArrowKind | None = None
    by: str | None = None
    times: int | None = None
    policy: ClockPolicy | None = None
    deadline: Term | None = None
    refer_to: str | None = None
    forms: tuple[str, ...] | None = None


# --- as FlowISO writes them


def arrow_words(arrow: Transition, names: Names, words: Words, limit: bool = False) -> str:
    """One arrow on one line, with all that binds it and its id in square brackets."""
    if arrow.target in names.ends:
        target = f"kết thúc {quoted(names.ends[arrow.target])}"
    elif arrow.target in names.steps:
        target = f"{_BACK if arrow.kind == 'send-back' else ''}bước {names.steps[arrow.target]}"
    else:
        target = f"bước {quoted(arrow.target)}"
    known = words.actions.get(arrow.action)
    usual = known.kind if known else "forward"
    notes = (
        _BY_LIMIT if limit else None,
        None if arrow.kind in (usual, "timer") else f"loại {KINDS[arrow.kind]}",
        f"do {quoted(names.roles.get(arrow.by, arrow.by))} thực hiện" if arrow.by else None,
        f"nhiều nhất {arrow.times} lần" if arrow.times else None,
        POLICIES[arrow.policy] if arrow.policy else None,
        f"thời hạn thành {term_words(arrow.deadline)}" if arrow.deadline else None,
        f"theo thủ tục {arrow.refer_to}" if arrow.refer_to else None,
        "kèm " + ", ".join(quoted(names.forms.get(form, form)) for form in arrow.forms) if arrow.forms else None,
    )
    return "; ".join([f"{arrow.title.vi} → {target}", *(note for note in notes if note)]) + f" [{arrow.action}]"


_NOTE = rf"; (?:[^;“]|{QUOTED})*"
_TARGET = rf"(?:(?:{_BACK})?bước (?:[\d.]+|{QUOTED})|kết thúc {QUOTED})"
_OWN = re.compile(rf"(.+?) → ({_TARGET})((?:{_NOTE})*?) \[({ID.pattern})\]")
_BY = re.compile(rf"do ({QUOTED}) thực hiện")
_WITH = re.compile(rf"kèm ({QUOTED}(?:, {QUOTED})*)")


def is_own(line: str) -> bool:
    """Whether a line is written the way `arrow_words` does."""
    return _OWN.fullmatch(line) is not None


def read_own(line: str, names: Names) -> Told | None:
    """An arrow that `arrow_words` wrote, or somebody after its pattern; None where a part of it isn't understood."""
    found = _OWN.fullmatch(line)
    if not found:
        return None
    back, target = found[2].startswith(_BACK), found[2].removeprefix(_BACK)
    what, _, name = target.replace("kết thúc ", "end ", 1).replace("bước ", "step ", 1).partition(" ")
    told = Told(found[1], (what, unquoted(name)), found[4], back=back)
    for note in re.findall(_NOTE, found[3]):
        changed = _noted(told, note[2:], names)
        if changed is None:
            return None
        told = changed
    return told


def _noted(told: Told, note: str, names: Names) -> Told | None:
    """The arrow with one more of its notes; None when the note isn't understood."""
    kinds = {f"loại {words}": kind for kind, words in KINDS.items()}
    policies = {words: policy for policy, words in POLICIES.items()}
    if note == _BY_LIMIT:
        return told._replace(limit=True)
    if note in kinds:
        return told._replace(kind=kinds[note])
    if note in policies:
        return told._replace(policy=policies[note])
    if found := _BY.fullmatch(note):
        by = [role for role, title in names.roles.items() if title == unquoted(found[1])]
        return told._replace(by=by[0]) if len(by) == 1 else None
    if found := re.fullmatch(r"nhiều nhất ([1-9]\d?) lần", note):
        return told._replace(times=int(found[1]))
    if found := re.fullmatch(r"theo thủ tục ([A-Z0-9-]{1,40})", note):
        return told._replace(refer_to=found[1])
    if found := _WITH.fullmatch(note):
        return told._replace(forms=tuple(form_id(unquoted(one), names) for one in re.findall(QUOTED, found[1])))
    term = read_term(note.removeprefix("thời hạn thành "), Days()) if note.startswith("thời hạn thành ") else None
    return told._replace(deadline=term) if isinstance(term, Term) else None


def form_id(name: str, names: Names) -> str:
    """The id of a form's title; a form named in words is its own name."""
    return next((form for form, title in names.forms.items() if title == name), name)


# --- as decisions write them

_SIGNS = re.compile(r"\s*(?:=+>|-+>|⇒|➔|➜|►|→)\s*")
_VERBS = (
    r"(?:thi |-+ ?)?(?:(?:quay|tro) (?:tro )?(?:lai|ve)|quay lai|tra (?:lai|ve)|chuyen (?:tra|lai|tiep|sang|den|toi|ve)"
    r"(?: (?:sang|den|toi|ve))?|chuyen|thuc hien (?:lai|tiep)|thuc hien|lap lai|lai|ve|sang|den|toi|tiep tuc|tiep theo)"
)
_STEP = r"(?:buoc|b)(?: so)? ?0*(?P<number>\d+(?:\.\d+)*)"
_END = r"ket thuc(?P<end>.*)"
_LOOSE = re.compile(
    rf"(?P<cond>.*?)[ ,:]*+(?:(?P<sign>→) ?)?(?P<verb>(?:{_VERBS} ?)*+)(?:{_STEP}|{_END})(?P<tail> ?\([^()]*\))?"
)
_HINT = re.compile(rf"→|(?:{_VERBS}) ?{_STEP}")
_LIMIT = re.compile(r"(?:qua|het) (?:(?:thoi )?(?:han|gian)|(?P<time>\d.*?(?:ngay|gio)(?: lam viec)?))\b.*")
YES = {
    "dat",
    "dong y",
    "du dieu kien",
    "hop le",
    "neu dat",
    "neu dong y",
    "ho so hop le",
    "dat yeu cau",
    "phu hop",
    "nhat tri",
}
NO = {
    "khong dong y",
    "chua dong y",
    "chua dat",
    "khong dat yeu cau",
    "chua dat yeu cau",
    "tra lai",
    "khong nhat tri",
    "khong phu hop",
}


class NotRead(NamedTuple):
    """A clause that looks like an arrow and isn't understood."""

    clause: str


def read_clauses(text: str, days: Days, names: Names) -> list[Told | NotRead | str]:
    """What a cell says, clause by clause: arrows, clauses that should be arrows but aren't clear, and other words."""
    found: list[Told | NotRead | str] = []
    lines = text.split("\n")
    for line in lines:
        own = squeeze(line)
        if is_own(own):
            found.append(read_own(own, names) or NotRead(own))
        else:
            found += (read_clause(piece, days) for piece in pieces(line))
    return found


def read_clause(clause: str, days: Days) -> Told | NotRead | str:
    """One clause of a decision: an arrow, NotRead when it points somewhere unclear, or the words themselves."""
    clause = squeeze(_SIGNS.sub(" → ", clause)).strip(" .-–+*")
    plain = fold(clause)
    found = _LOOSE.fullmatch(plain)
    points = bool(_HINT.search(plain)) or plain.startswith("ket thuc")
    if not found or not (points or (found["verb"] and found["number"]) or not found["cond"]):
        return NotRead(clause) if points else clause
    if plain.count("→") > 1 or re.search(rf"\b{_STEP}", found["cond"]):
        return NotRead(clause)
    cond = clause[: found.end("cond")].strip(" ,:-–→")
    target = (
        ("step", found["number"])
        if found["number"]
        else ("end", unquoted(clause[slice(*found.span("end"))].strip(" :,")))
    )
    told = Told(cond, target, back=_goes_back(found["verb"] or ""))
    return _bound(told, found["tail"] or "", clause, days)


def _goes_back(verb: str) -> bool:
    return bool(re.search(r"\b(?:lai|tra|tro)\b", verb))


def _bound(told: Told, tail: str, clause: str, days: Days) -> Told | NotRead:
    """The arrow with what stands in brackets behind it, and with the time whose end sets it off."""
    said = tail.strip(" ()")
    if found := re.fullmatch(r"(?:toi da|nhieu nhat|khong qua|chi) 0*([1-9]\d?)(?: \([^)]*\))? lan", said):
        told = told._replace(times=int(found[1]))
    elif said in ("he thong", "he thong tu chuyen", "tu dong"):
        told = told._replace(limit=True)
    elif said:
        return NotRead(clause)
    if found := _LIMIT.fullmatch(fold(told.title)):
        after = read_term(told.title[slice(*found.span("time"))], days) if found["time"] else None
        return NotRead(clause) if isinstance(after, Unread) else told._replace(limit=True, after=after)
    return told


def slug(words: str, taken: Mapping[str, object] | frozenset[str] = frozenset()) -> str:
    """An id made of words, at most 40 letters, unlike those taken."""
    plain = re.sub(r"[^a-z0-9]+", "-", fold(words)).strip("-")
    plain = plain if re.match("[a-z]", plain) else f"buoc-{plain}".strip("-")
    if len(plain) > 40:
        plain = plain[:41].rpartition("-")[0] or plain[:40]
    number, one = 2, plain
    while one in taken:
        one, number = f"{plain}-{number}", number + 1
    return one


def action_of(told: Told, words: Words, back: bool) -> tuple[str, Text | None]:
    """The id and title of an arrow that gives none: a known action of these words, or one named after them."""
    said = key(told.title.removeprefix("Nếu ").removeprefix("nếu "))
    known = next((action for action, word in words.actions.items() if key(word.title.vi) == said), None)
    if known and known != FORWARD:
        return known, None
    if back and (said in NO or not said) and "tra-lai" in words.actions:
        return "tra-lai", None
    action = slug(said or ("quay-lai" if back else "chuyen-buoc"))
    return action, None if action in words.actions else Text(told.title, told.title) if told.title else None
