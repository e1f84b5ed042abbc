"""The files of a migration, as JSON: the plan that somebody looks over, and how to take back what it moved."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from textwrap import shorten
from typing import Any, NoReturn, TypeVar, cast, get_args

from .errors import BadValue
from .migrating import Back
from .migration import Landing, Plan, Verdict
from .text import Text
from .worktime import instant, local

T = TypeVar("T")

PLAN = "flowiso-migration-plan/1"
ROLLBACK = "flowiso-migration-rollback/1"
_VERDICTS = get_args(Verdict)


def plan_json(plan: Plan, lang: str = "vi") -> dict[str, Any]:
    """A plan for its file: moments in ISO 8601, lengths in working minutes."""
    return {
        "format": PLAN,
        "agency": plan.agency,
        "code": plan.code,
        "to": plan.to,
        "at": local(plan.at).isoformat(),
        "map": dict(plan.names),
        "counts": plan.counts,
        "dossiers": [_landing_json(one, lang) for one in plan.landings],
    }


def _landing_json(one: Landing, lang: str) -> dict[str, Any]:
    moments = {name: _iso(getattr(one, name)) for name in ("due", "due_after", "step_due", "step_due_after")}
    minutes = {f"{name}_minutes": _minutes(getattr(one, name)) for name in ("left", "need_before", "need")}
    said = {"reason": one.reason.to(lang), "remedy": one.remedy.to(lang)}
    plain = ("number", "seq", "line", "version", "step", "to", "holder", "verdict", "renamed")
    return {**{name: getattr(one, name) for name in plain}, **moments, **minutes, **said}


def _iso(at: int | None) -> str | None:
    return None if at is None else local(at).isoformat()


def _minutes(seconds: int | None) -> int | None:
    return None if seconds is None else seconds // 60


def rollback_json(plan: Plan, entries: Iterable[Back]) -> dict[str, Any]:
    """What takes a plan back, for its file: the same bytes for the same plan."""
    return {
        "format": ROLLBACK,
        "agency": plan.agency,
        "code": plan.code,
        "to": plan.to,
        "dossiers": [one._asdict() for one in entries],
    }


def read_plan(data: bytes, file: str) -> Plan:
    """The plan in a file, as far as carrying it out needs it. Raises BadValue for what is no plan."""
    return _read(data, file, PLAN, _plan)


def read_rollback(data: bytes, file: str) -> tuple[str, str, int, tuple[Back, ...]]:
    """The agency, procedure and version of a rollback file, and its entries. Raises BadValue for what is none."""
    return _read(data, file, ROLLBACK, _rollback)


def _read(data: bytes, file: str, form: str, make: Callable[[_Entry], T]) -> T:
    try:
        root = _Entry(_a(dict, json.loads(data)))
        if root.text("format") != form:
            raise ValueError(repr(root.text("format")))
        return make(root)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        _refuse(file, form, error)


def _refuse(file: str, form: str, error: Exception) -> NoReturn:
    made = "flowiso migrate --plan -o" if form == PLAN else "flowiso migrate --apply"
    why = _why(error)
    raise BadValue(
        Text(
            f"'{file}' không phải tệp '{form}' do '{made}' ghi ra: {why.vi}; hãy chọn đúng tệp ấy",
            f"'{file}' is no '{form}' file as '{made}' writes it: {why.en}; choose the file that it wrote",
        )
    ) from error


def _why(error: Exception) -> Text:
    if isinstance(error, json.JSONDecodeError):
        vi, en = f"dòng {error.lineno} cột {error.colno}", f"line {error.lineno} column {error.colno}"
        return Text(f"không đọc được JSON ở {vi}", f"no JSON at {en}")
    if isinstance(error, KeyError):
        return Text(f"thiếu mục {error}", f"it has no entry {error}")
    if isinstance(error, UnicodeDecodeError | RecursionError):
        return Text("không đọc được JSON", "it is no JSON")
    value = shorten(str(error), 60)
    return Text(f"có giá trị lạ {value}", f"it holds {value}")


def _plan(root: _Entry) -> Plan:
    return Plan(
        root.text("agency"),
        root.text("code"),
        root.number("to"),
        instant(datetime.fromisoformat(root.text("at"))),
        {name: _a(str, now) for name, now in root.table("map").items()},
        tuple(_landing(entry) for entry in root.rows("dossiers")),
        {},
    )


def _landing(entry: _Entry) -> Landing:
    verdict = entry.text("verdict")
    if verdict not in _VERDICTS:
        raise ValueError(f"verdict: {verdict}")
    due = entry.maybe("due_after", str)
    return Landing(
        number=entry.text("number"),
        seq=entry.number("seq"),
        line=entry.number("line"),
        version=entry.number("version"),
        step=entry.text("step"),
        to=entry.maybe("to", str),
        holder=entry.text("holder"),
        verdict=cast("Verdict", verdict),
        due=None,
        due_after=None if due is None else instant(datetime.fromisoformat(due)),
        step_due=None,
        step_due_after=None,
        left=None,
        need_before=None,
        need=None,
        reason=Text(entry.text("reason"), entry.text("reason")),
        remedy=Text(entry.text("remedy"), entry.text("remedy")),
        renamed=entry.text("renamed"),
    )


def _rollback(root: _Entry) -> tuple[str, str, int, tuple[Back, ...]]:
    entries = tuple(
        Back(
            one.text("number"),
            one.number("line"),
            one.number("version"),
            one.text("step"),
            one.text("to"),
            one.text("renamed"),
        )
        for one in root.rows("dossiers")
    )
    return root.text("agency"), root.text("code"), root.number("to"), entries


def _a(kind: type[T], value: object) -> T:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(f"{value!r}")
    return value


class _Entry:
    """An object of the file, read key by key; KeyError, TypeError or ValueError where it isn't as it must be."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def text(self, key: str) -> str:
        return _a(str, self._values[key])

    def number(self, key: str) -> int:
        return _a(int, self._values[key])

    def maybe(self, key: str, kind: type[T]) -> T | None:
        return None if self._values[key] is None else _a(kind, self._values[key])

    def table(self, key: str) -> Mapping[str, Any]:
        return _a(dict, self._values[key])

    def rows(self, key: str) -> list[_Entry]:
        return [_Entry(_a(dict, entry)) for entry in _a(list, self._values[key])]
