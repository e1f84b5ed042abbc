"""The agency's other files: `_org.yaml`, `_steps.yaml`, `_calendar/` and `_plans/`, read by closed schemas with lines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, get_args

from .calendar import Sessions, SpecialDay
from .errors import BadValue
from .model import Account, ArrowKind, Duty, Party, Place, Role
from .org import Limits, Org
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
    yes_no,
)
from .text import Text
from .words import ActionWord, Form, StepWord, Words
from .yamlfile import Map, Node, Scalar

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

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
    "assumed": Key(text),
}
_LIMITS: Mapping[str, Key] = {"intake": Key(term), "unconfirmed": Key(term), "supplement": Key(term)}
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
_WORDS: Mapping[str, Key] = {name: Key(node) for name in ("steps", "actions", "ends", "forms")}


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
    )


_ANNOUNCED: Mapping[str, Key] = {"on": Key(day, needed=True), "assumed": Key(text)}
_YEAR: Mapping[str, Key] = {
    "year": Key(whole(1900, 2999), needed=True),
    "announced": Key(lambda reading, value: reading.table(value, _ANNOUNCED) or None, needed=True),
    "days": Key(node, needed=True),
}
_DAY: Mapping[str, Key] = {
    "date": Key(day, needed=True),
    "kind": Key(one_of("holiday", "swap_off", "swap_work"), needed=True),
    "name": Key(text, needed=True),
    "statutory": Key(yes_no),
    "announced": Key(day),
    "replaces": Key(day),
    "source": Key(text, needed=True),
    "status": Key(one_of("read", "read-secondary", "derived", "memory"), needed=True),
}


def read_year(reading: Reading, root: Map) -> tuple[int, date, tuple[SpecialDay, ...]] | None:
    """`_calendar/<year>.yaml`: the year, when its holidays were announced, and its special days (R79, R80)."""
    values = reading.table(root, _YEAR)
    announced = values.get("announced", {})
    if "year" not in values or "on" not in announced:
        return None

    def special(reading: Reading, value: Node) -> SpecialDay | None:
        row = reading.table(value, _DAY)
        if not {"date", "kind", "name"} <= row.keys():
            return None
        if row["date"].year != values["year"]:
            reading.source.bad(value, f"ngày không thuộc năm {values['year']}", f"the day is not in {values['year']}")
            return None
        return SpecialDay(
            day=row["date"],
            kind=row["kind"],
            name=row["name"],
            announced=row.get("announced", announced["on"]),
            assumed="announced" not in row and "assumed" in announced,
            statutory=row.get("statutory", False),
            replaces=row.get("replaces"),
        )

    return values["year"], announced["on"], many(special)(reading, values["days"]) or ()


def _session(reading: Reading, value: Node) -> tuple[int, int] | None:
    found = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", value.text) if isinstance(value, Scalar) else None
    if found:
        hour, minute, hour_end, minute_end = map(int, found.groups())
        start, end = 60 * hour + minute, 60 * hour_end + minute_end
        if minute < 60 and minute_end < 60 and start < end <= 24 * 60:
            return start, end
    reading.source.bad(value, "cần một buổi như 07:30-11:30", "a session such as 07:30-11:30 is needed")
    return None


_HOURS: Mapping[str, Key] = {name: Key(many(_session)) for name in WEEKDAYS}
_SESSIONS: Mapping[str, Key] = {
    "since": Key(day, needed=True),
    "weekdays": Key(node, needed=True),
    "opening": Key(node),
    "assumed": Key(text),
}
_SESSION_FILE: Mapping[str, Key] = {"sessions": Key(node, needed=True)}


def read_sessions(reading: Reading, root: Map) -> tuple[Sessions, ...]:
    """`_calendar/_sessions.yaml`: working sessions by date and weekday (R77), opening hours that don't count (R78)."""
    values = reading.table(root, _SESSION_FILE)
    return (many(_sessions)(reading, values["sessions"]) or ()) if "sessions" in values else ()


def _sessions(reading: Reading, value: Node) -> Sessions | None:
    row = reading.table(value, _SESSIONS)
    if "since" not in row:
        return None

    def hours(node: Node | None) -> dict[int, tuple[tuple[int, int], ...]]:
        return {WEEKDAYS.index(name): found for name, found in reading.table(node, _HOURS).items()}

    try:
        return Sessions(row["since"], hours(row.get("weekdays")), hours(row.get("opening")))
    except BadValue as error:
        reading.source.bad(value, error.text.vi, error.text.en)
        return None


_PLAN: Mapping[str, Key] = {
    "plan": Key(text, needed=True),
    "assumed": Key(text),
    "read": Key(text),
    "milestones": Key(node, needed=True),
}


def read_plan(reading: Reading, root: Map) -> tuple[int, dict[str, dict[str, date]]] | None:
    """`_plans/<year>.yaml`: milestones by procedure code; an assumed plan says so in the file."""
    year = root.get("year")
    number = None if year is None else whole(1900, 2999)(reading, year)
    if number is None:
        reading.source.bad(root, "thiếu 'year'", "'year' is missing")
        return None
    plans: dict[str, dict[str, date]] = {}
    for code, value in root.items:
        if code.text != "year":
            milestones = pairs(reading, reading.table(value, _PLAN, f"{code.text}.").get("milestones"))
            read = ((name.text, day(reading, when)) for name, when in milestones)
            plans[code.text] = {name: when for name, when in read if when is not None}
    return number, plans
