"""The agency's other files: `_org.yaml`, `_steps.yaml` and `_plans/`, read by closed schemas with lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, get_args

from .model import Account, ArrowKind, Delegation, Duty, Party, Place, Post, Role
from .org import Limits, Org
from .plans import Milestone, Plan
from .schema import (
    Key,
    Reading,
    day,
    ident,
    many,
    meant,
    nearest,
    node,
    one_of,
    pairs,
    pattern,
    shaped,
    term,
    text,
    whole,
    whole_term,
    yes_no,
)
from .text import Text
from .words import ActionWord, Form, StepWord, Words
from .yamlfile import Map, Node, Scalar, Seq

_account_id = pattern(r"[a-z0-9]+(?:[.-][a-z0-9]+)*", "mã tài khoản như lan.vp", "an account id such as lan.vp")
_TITLE: Mapping[str, Key] = {"title": Key(text, needed=True), "title_en": Key(text)}
_AGENCY: Mapping[str, Key] = {
    "id": Key(
        pattern(
            r"\d{3}\.\d{2}\.\d{2}\.[A-Y]\d{2}|[A-Y]\d{2}(?:\.[0-9A-Z]+)*", "mã định danh (R32)", "an agency id (R32)"
        ),
        needed=True,
    ),
    "name": Key(text, needed=True),
    "name_en": Key(text),
    "superior": Key(text),
    "superior_en": Key(text),
    "town": Key(text),
    "as_of": Key(day),
    "assumed": Key(text),
}
_LIMITS: Mapping[str, Key] = {"intake": Key(term), "unconfirmed": Key(term), "supplement": Key(whole_term)}
_ROLE: Mapping[str, Key] = {
    **_TITLE,
    "sits": Key(ident, needed=True),
    "party": Key(one_of(*get_args(Party)), needed=True),
    "recorded-by": Key(many(ident)),
    "duty": Key(one_of(*get_args(Duty))),
}


@shaped(type="array", minItems=1, items={})
def leave(reading: Reading, value: Node) -> tuple[tuple[date, date], ...] | None:
    """A reader of leave: spells, each its first and its last day."""
    if isinstance(value, Seq) and value.items and all(isinstance(item, Scalar) for item in value.items):
        reading.source.bad(
            value,
            "cần các đợt nghỉ [từ, đến]; một đợt viết là [[từ, đến]]",
            "spells [first, last] are needed; a single one is written [[first, last]]",
        )
        return None
    return many(_spell)(reading, value)


def _spell(reading: Reading, value: Node) -> tuple[date, date] | None:
    days = many(day)(reading, value)
    if days is None:
        return None
    if len(days) == 2 and days[0] <= days[1]:
        return days[0], days[1]
    reading.source.bad(
        value,
        "cần hai ngày [từ, đến], ngày đầu không sau ngày cuối",
        "two dates [first, last] are needed, in this order",
    )
    return None


_POST: Mapping[str, Key] = {
    "roles": Key(many(ident), needed=True),
    "division": Key(ident),
    "since": Key(day),
    "until": Key(day),
}


def _earlier(reading: Reading, value: Node) -> Post | None:
    values = reading.table(value, {**_POST, "until": Key(day, needed=True)}, "earlier.")
    return _post(values) if "until" in values else None


def _post(values: Mapping[str, Any]) -> Post:
    return Post(
        frozenset(values.get("roles", ())), values.get("division", ""), values.get("since"), values.get("until")
    )


_ACCOUNT: Mapping[str, Key] = {
    "name": Key(text, needed=True),
    **_POST,
    "leave": Key(leave),
    "earlier": Key(many(_earlier)),
}
_DELEGATION: Mapping[str, Key] = {
    "of": Key(_account_id, needed=True),
    "to": Key(_account_id, needed=True),
    "since": Key(day, needed=True),
    "until": Key(day, needed=True),
    "paper": Key(text, needed=True),
    "procedures": Key(many(text)),
    "steps": Key(many(ident)),
}


def _delegation(reading: Reading, value: Node) -> Delegation | None:
    values = reading.table(value, _DELEGATION, "delegation.")
    if not values.keys() >= {"of", "to", "since", "until", "paper"}:
        return None
    wrong = _no_power(**{name: values[name] for name in ("of", "to", "since", "until")})
    if wrong:
        key, text = wrong
        reading.source.bad((value.get(key) if isinstance(value, Map) else None) or value, text.vi, text.en)
        return None
    of, to = values.pop("of"), values.pop("to")
    return Delegation(principal=of, delegate=to, **values)


def _no_power(of: str, to: str, since: date, until: date) -> tuple[str, Text] | None:
    """The key and the words for why nobody can act under a delegation; None where somebody can."""
    if of == to:
        return "to", Text(
            f"'{of}' không thể ủy quyền cho chính mình; hãy ghi người làm thay ở 'to' (R127)",
            f"'{of}' can't stand in for himself; name somebody else in 'to' (R127)",
        )
    if since >= until:
        return "until", Text(
            f"'until' là ngày đầu tiên ủy quyền không còn hiệu lực, phải sau 'since' ({since:%d/%m/%Y}) (R127)",
            f"'until' is the first day on which the delegation no longer holds; let it be after 'since' ({since}) (R127)",
        )
    return None


_ORG: Mapping[str, Key] = {
    "agency": Key(lambda reading, value: reading.table(value, _AGENCY, "agency.") or None, needed=True),
    "limits": Key(lambda reading, value: reading.table(value, _LIMITS, "limits.") or None),
    **{name: Key(node, needed=True) for name in ("authorities", "fields", "divisions", "leadership", "partners")},
    "roles": Key(node, needed=True),
    "accounts": Key(node, needed=True),
    "delegations": Key(many(_delegation)),
}


def read_org(reading: Reading, root: Map) -> Org:
    """`_org.yaml`: the agency, its limits, places, roles and accounts."""
    values = reading.table(root, _ORG)
    written = root.get("delegations")
    delegations = written.items if isinstance(written, Seq) else []
    agency: dict[str, Any] = values.get("agency", {})
    name, superior = agency.get("name", ""), agency.get("superior")
    org = Org(
        agency=agency.get("id", ""),
        title=Text(name, agency.get("name_en", name)),
        superior=superior and Text(superior, agency.get("superior_en", superior)),
        town=agency.get("town", ""),
        as_of=agency.get("as_of"),
        limits=Limits(**values.get("limits", {})),
        **{
            key: _titles(reading, values.get(key))
            for key in ("authorities", "fields", "divisions", "leadership", "partners")
        },
        roles={name.text: _role(reading, name.text, value) for name, value in pairs(reading, values.get("roles"))},
        accounts={name.text: _account(reading, name, value) for name, value in pairs(reading, values.get("accounts"))},
        delegations=values.get("delegations", ()),
        places={
            f"{section}.{name.text}": Place(name.line, name.column)
            for section in ("roles", "accounts")
            for name, _ in pairs(reading, values.get(section))
        }
        | dict(_scopes(delegations)),
        file=reading.source.file,
    )
    _check_names(reading, org, values, delegations)
    return org


def _scopes(delegations: Sequence[Node]) -> Iterator[tuple[str, Place]]:
    """Where each procedure and step stands that a delegation names."""
    for number, row in enumerate(delegations):
        for name, value in row.items if isinstance(row, Map) else ():
            for item in value.items if isinstance(value, Seq) else ():
                if isinstance(item, Scalar):
                    yield f"delegations.{number}.{name.text}.{item.text}", Place(item.line, item.column)


def _check_names(reading: Reading, org: Org, values: Mapping[str, Any], delegations: Sequence[Node]) -> None:
    """Report roles and places that nobody declared: whoever bears them would vanish from every list."""
    places = {*org.divisions, *org.leadership, *org.partners}
    for name, value in pairs(reading, values.get("roles")):
        role = org.roles[name.text]
        _check_name(reading, value, "sits", {role.sits}, places | {"own", ""})
        _check_name(reading, value, "recorded-by", set(role.recorded_by), set(org.roles))
    for name, value in pairs(reading, values.get("accounts")):
        account = org.accounts[name.text]
        _check_name(reading, value, "roles", set(account.roles), set(org.roles))
        _check_name(reading, value, "division", {account.division}, places | {""})
        _check_earlier(reading, value, account, org, places)
    if len(delegations) == len(org.delegations):  # else one of them is reported already
        for row, delegation in zip(delegations, org.delegations, strict=True):
            _check_name(reading, row, "of", {delegation.principal}, set(org.accounts))
            _check_name(reading, row, "to", {delegation.delegate}, set(org.accounts))


def _check_earlier(reading: Reading, value: Node, account: Account, org: Org, places: set[str]) -> None:
    """Earlier posts name known roles and places, and each ends before the next begins."""
    posts = account.posts
    for post in posts[:-1]:
        _check_name(reading, value, "earlier", set(post.roles), set(org.roles))
        _check_name(reading, value, "earlier", {post.division}, places | {""})
    if any(after.since is None or (before.until or after.since) > after.since for before, after in pairwise(posts)):
        reading.source.bad(
            (value.get("earlier") if isinstance(value, Map) else None) or value,
            "các vị trí phải nối tiếp nhau: mỗi vị trí sau có 'since' không sớm hơn 'until' của vị trí trước",
            "posts follow each other: each later one has a 'since' not before the 'until' of the one before",
        )


def _check_name(reading: Reading, row: Node, key: str, used: set[str], known: set[str]) -> None:
    for name in sorted(used - known):
        guess = meant(nearest(name, known))
        at = (row.get(key) if isinstance(row, Map) else None) or row
        reading.source.bad(
            at,
            f"'{name}' chưa được khai báo trong tệp này{guess.vi}",
            f"'{name}' is not declared in this file{guess.en}",
        )


def _titles(reading: Reading, value: Node | None) -> dict[str, Text]:
    return {
        name.text: titled(reading.table(row, _TITLE, f"{name.text}."), name.text) for name, row in pairs(reading, value)
    }


def titled(values: Mapping[str, Any], fallback: str) -> Text:
    """The title in both languages; English falls back to Vietnamese, and that to the id."""
    title = values.get("title", fallback)
    return Text(title, values.get("title_en", title))


def _role(reading: Reading, role_id: str, value: Node) -> Role:
    values = reading.table(value, _ROLE, f"role.{role_id}.")
    sits = values.get("sits", "none")
    return Role(
        id=role_id,
        title=titled(values, role_id),
        sits="" if sits == "none" else sits,
        party=values.get("party", "agency"),
        recorded_by=values.get("recorded-by", ()),
        duty=values.get("duty"),
    )


def _account(reading: Reading, name: Scalar, value: Node) -> Account:
    _account_id(reading, name)
    values = reading.table(value, _ACCOUNT, f"account.{name.text}.")
    return Account(
        id=name.text,
        name=values.get("name", name.text),
        roles=frozenset(values.get("roles", ())),
        division=values.get("division", ""),
        since=values.get("since"),
        until=values.get("until"),
        leave=values.get("leave", ()),
        earlier=values.get("earlier", ()),
    )


_STEP_WORD: Mapping[str, Key] = {**_TITLE, "forms": Key(many(text))}
_ACTION_WORD: Mapping[str, Key] = {
    **_STEP_WORD,
    "kind": Key(one_of(*get_args(ArrowKind))),
    "by": Key(ident),
    "misroute": Key(yes_no),
}
_NUMBER: Mapping[str, Key] = {"from": Key(day, needed=True), "number": Key(text, needed=True)}


def _number(reading: Reading, value: Node) -> tuple[date, str] | None:
    values = reading.table(value, _NUMBER)
    return (values["from"], values["number"]) if len(values) == 2 else None


_FORM: Mapping[str, Key] = {**_TITLE, "numbers": Key(many(_number))}
_WORDS: Mapping[str, Key] = {name: Key(node) for name in ("steps", "actions", "ends", "milestones", "forms")}


def read_words(reading: Reading, root: Map) -> Words:
    """`_steps.yaml`: shared titles, kinds and forms."""
    values = reading.table(root, _WORDS)

    def rows(section: str, keys: Mapping[str, Key]) -> list[tuple[str, dict[str, Any]]]:
        return [(name.text, row) for name, row in named(section, keys)]

    def named(section: str, keys: Mapping[str, Key]) -> list[tuple[Scalar, dict[str, Any]]]:
        found = pairs(reading, values.get(section))
        return [(name, reading.table(row, keys, f"{section}.{name.text}.")) for name, row in found]

    return Words(
        steps={key: StepWord(titled(row, key), row.get("forms", ())) for key, row in rows("steps", _STEP_WORD)},
        actions={name.text: _action_word(reading, name, row) for name, row in named("actions", _ACTION_WORD)},
        ends={key: titled(row, key) for key, row in rows("ends", _TITLE)},
        forms={key: Form(key, titled(row, key), row.get("numbers", ())) for key, row in rows("forms", _FORM)},
        milestones={key: titled(row, key) for key, row in rows("milestones", _TITLE)},
    )


def _action_word(reading: Reading, name: Scalar, row: Mapping[str, Any]) -> ActionWord:
    """An action's words; only one that sends back can say that the dossier came to the wrong place."""
    kind, misroute = row.get("kind", "forward"), row.get("misroute", False)
    if misroute and kind != "send-back":
        vi, en = "'misroute' chỉ đi với 'kind: send-back'", "'misroute' goes with 'kind: send-back' only"
        reading.source.bad(name, f"{name.text}: {vi}", f"{name.text}: {en}")
    return ActionWord(titled(row, name.text), kind, row.get("by"), row.get("forms", ()), misroute)


_PLAN: Mapping[str, Key] = {
    "plan": Key(text, needed=True),
    "assumed": Key(text),
    "read": Key(text),
    "milestones": Key(node, needed=True),
}


def read_plan(reading: Reading, root: Map) -> tuple[Plan, ...]:
    """`_plans/<year>.yaml`: the plans of a year; an assumed plan says so in the file."""
    year = root.get("year")
    if year is None:
        reading.source.bad(root, "thiếu 'year'", "'year' is missing")
    number = None if year is None else whole(1900, 2999)(reading, year)
    if number is None:
        return ()
    return tuple(_plan(reading, number, code, value) for code, value in root.items if code.text != "year")


def read_reasons(reading: Reading, root: Map) -> dict[str, str]:
    """`_shapes.yaml`: why many flows share one shape (R67), by the code of any of them."""
    rows = pairs(reading, reading.table(root, {"reasons": Key(node, needed=True)}).get("reasons"), "reasons")
    return {code.text: reason for code, value in rows if (reason := text(reading, value))}


def _plan(reading: Reading, year: int, code: Scalar, value: Node) -> Plan:
    written = pairs(reading, reading.table(value, _PLAN, f"{code.text}.").get("milestones"))
    days = ((name, day(reading, when)) for name, when in written)
    return Plan(
        code=code.text,
        year=year,
        milestones={name.text: Milestone(when, Place(name.line, name.column)) for name, when in days if when},
        file=reading.source.file,
        place=Place(code.line, code.column),
    )
