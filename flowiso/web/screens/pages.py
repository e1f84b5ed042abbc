"""Templates to HTML: the one place that knows Jinja2. Every word is escaped unless it is `Markup` that a renderer made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ...lights import Light
from ...model import APPLICANT, SYSTEM
from ...org import Org
from ...render.watch import SHAPES
from ...saying import hours
from ...text import Text, day, moment, number
from ...worktime import local

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(template: str, lang: str, values: Mapping[str, Any]) -> str:
    """A page in one language."""
    return _TEMPLATES.get_template(template).render(**_helpers(lang), **values)


def _helpers(lang: str) -> dict[str, Any]:
    """What a template may call: `_` gives a sentence in the page's language, the others write values."""
    return {
        "lang": lang,
        "_": lambda vi, en: Text(vi, en).to(lang),
        "t": lambda text: text.to(lang),
        "native": partial(_native, lang),
        "when": when,
        "on": lambda at: day(_aware(at), lang),
        "hours": lambda seconds: hours(abs(seconds)).to(lang),
        "number": lambda value: number(value, lang),
        "shape": _shape,
    }


def _native(lang: str, words: str) -> str:
    """Words that are Vietnamese whatever the page's language (WCAG 3.1.2)."""
    return words if lang == "vi" else Markup('<span lang="vi">{}</span>').format(words)


def when(at: int | datetime) -> str:
    """A moment as people read it."""
    return moment(_aware(at))


def _aware(at: int | datetime | date | str) -> Any:
    if isinstance(at, str):
        return datetime.fromisoformat(at)
    return local(at) if isinstance(at, int) else at


def _shape(light: Light) -> str:
    return SHAPES[light]


def who(account: str, org: Org, lang: str) -> str:
    """An account as people call it, with its id; the applicant and the system have none."""
    found = org.accounts.get(account)
    if found is None:
        return account
    if account in (APPLICANT, SYSTEM):
        role = org.role(next(iter(found.roles)))
        return role.title.to(lang) if role else found.name
    return f"{found.name} ({account})"
