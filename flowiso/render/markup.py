"""HTML that can't be broken by the words in it: every text is escaped, because only `tag` makes markup."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from pathlib import Path

_VOID = frozenset({"meta", "input", "br"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def tag(name: str, /, *inside: str, **attributes: str | bool | None) -> Markup:
    """An element. Text inside is escaped, `Markup` is kept; of attributes None and False are left out, True stands alone.

    An attribute's name is written with `_` for `-`, and with a `_` behind where it is a word of Python: `class_`.
    """
    given = "".join(_attribute(key, value) for key, value in attributes.items() if value not in (None, False))
    return Markup(f"<{name}{given}>" if name in _VOID else f"<{name}{given}>{join(*inside)}</{name}>")


def join(*parts: str) -> Markup:
    """Parts one after the other, texts escaped."""
    return Markup("".join(part if isinstance(part, Markup) else escape(part) for part in parts))


def _attribute(key: str, value: str | bool | None) -> str:
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'


def page(title: str, lang: str, *body: str, script: str = "", style: str = "") -> str:
    """A whole HTML document that asks the network for nothing; its policy lets no other script than `script` run.

    `style` follows the style sheet that all pages have.
    """
    allowed = f"script-src 'sha256-{_digest(script)}'; " if script else ""
    policy = f"default-src 'none'; style-src 'unsafe-inline'; {allowed}base-uri 'none'; form-action 'none'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Markup(asset("page.css") + style)),
    )
    scripts = [tag("script", Markup(script))] if script else []
    return f"<!DOCTYPE html>\n{tag('html', head, tag('body', *body, *scripts), lang=lang)}\n"


def asset(name: str) -> str:
    """A file that lies beside this module."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
