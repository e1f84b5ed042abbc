"""The agency's other files: `_org.yaml`, `_steps.yaml` and `_plans/`, read by closed schemas with lines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, get_args

from .model import Account, ArrowKind, Duty, Party, Place, Role
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
    term,
    text,
    whole,
    whole_term,
)
from .text import Text
from .words import ActionWord, Form, StepWord, Words
from .yamlfile import Map, Node, Scalar

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


def _spell(reading: Reading, value: Node) -> tuple[date, date] | None:
    days = many(day)(reading, value)
    if days is None:
        return None
    if len(days) == 2 and days[0] <= days[1]:
        return days[0], days[1]
    reading.source.bad(value, "cần hai ngày [từ, đến]", "two dates [first, last] are needed")
    return None


_ACCOUNT: Mapping[str, Key] = {
    "name": Key(text, needed=True),
    "roles": Key(many(ident), needed=True),
    "division": Key(ident),
    "since": Key(day),
    "until": Key(day),
    "leave": Key(many(_spell)),
}
_ORG: Mapping[str, Key] = {
    "agency": Key(lambda reading, value: reading.table(value, _AGENCY, "agency.") or None, needed=True),
    "limits": Key(lambda reading, value: reading.table(value, _LIMITS, "limits.") or None),
    **{name: Key(node, needed=True) for name in ("authorities", "fields", "divisions", "leadership", "partners")},
    "roles": Key(node, needed=True),
    "accounts": Key(node, needed=True),
}


def read_org(reading: Reading, root: Map) -> Org:
    """`_org.yaml`: the agency, its limits, places, roles and accounts."""
    values = reading.table(root, _ORG)
    agency: dict[str, Any] = values.get("agency", {})
    name = agency.get("name", "")
    org = Org(
        agency=agency.get("id", ""),
        title=Text(name, agency.get("name_en", name)),
        as_of=agency.get("as_of"),
        limits=Limits(**values.get("limits", {})),
        **{
            key: _titles(reading, values.get(key))
            for key in ("authorities", "fields", "divisions", "leadership", "partners")
        },
        roles={name.text: _role(reading, name.text, value) for name, value in pairs(reading, values.get("roles"))},
        accounts={name.text: _account(reading, name, value) for name, value in pairs(reading, values.get("accounts"))},
        places={
            f"{section}.{name.text}": Place(name.line, name.column)
            for section in ("roles", "accounts")
            for name, _ in pairs(reading, values.get(section))
        },
        file=reading.source.file,
    )
    _check_names(reading, org, values)
    return org


def _check_names(reading: Reading, org: Org, values: Mapping[str, Any]) -> None:
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
    )


_STEP_WORD: Mapping[str, Key] = {**_TITLE, "forms": Key(many(text))}
_ACTION_WORD: Mapping[str, Key] = {**_STEP_WORD, "kind": Key(one_of(*get_args(ArrowKind))), "by": Key(ident)}
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
        found = pairs(reading, values.get(section))
        return [(name.text, reading.table(row, keys, f"{section}.{name.text}.")) for name, row in found]

    return Words(
        steps={key: StepWord(titled(row, key), row.get("forms", ())) for key, row in rows("steps", _STEP_WORD)},
        actions={
            key: ActionWord(titled(row, key), row.get("kind", "forward"), row.get("by"), row.get("forms", ()))
            for key, row in rows("actions", _ACTION_WORD)
        },
        ends={key: titled(row, key) for key, row in rows("ends", _TITLE)},
        forms={key: Form(key, titled(row, key), row.get("numbers", ())) for key, row in rows("forms", _FORM)},
        milestones={key: titled(row, key) for key, row in rows("milestones", _TITLE)},
    )


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
