"""What may be set of the province's sign-on: one YAML file, by a closed schema with lines (docs/http.md, "Sign-on")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from ..errors import FlowFileError
from ..library import contents
from ..model import Finding
from ..schema import Key, Reading, many, one_of, pattern, text, whole
from ..text import Text
from ..webhooks.addresses import target_of
from ..yamlfile import Node, Scalar, Seq, Source, parse
from .keys import SCOPES

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""The signatures a token may have, each with a key that only the issuer has (RFC 7518, 3.1): no `none`, no HMAC."""


ENTRY: Final = "/sign-in"
BACK: Final = "/sign-in/back"
"""Where browsers come back to under the address of the screens: signed out, and signed on."""


class SignInFile(NamedTuple):
    """How the screens are signed in to: as which client of the issuer's, with which secret (a file; None where PKCE is
    enough), at which two addresses; `redirect` is where browsers come back to.

    `acr` are the ways of signing on that are good enough, if any are named; `scope` is what is asked for; `logout` is the
    issuer's `end_session_endpoint`, None where signing out here is no matter of the issuer's.
    """

    client: str
    authorize: str
    token: str
    redirect: str
    secret: Path | None = None
    scope: str = "openid profile"
    acr: tuple[str, ...] = ()
    logout: str | None = None


class SignOnFile(NamedTuple):
    """Whose tokens are taken, and what of them.

    `keys` is the https address of the issuer's JWKS, or a file. `account` is the way to the claim that is the account, member by
    member; `agency` and `granted` that of the agency's id, and of words such as "flowiso:read" without which a scope of `scopes`
    isn't had; None where no claim tells. `life` is the longest a token may be valid, `leeway` how far the clocks may differ,
    both in seconds.
    """

    issuer: str
    audience: str
    algorithms: tuple[str, ...]
    keys: str | Path
    account: tuple[str, ...]
    agency: tuple[str, ...] | None = None
    scopes: tuple[str, ...] = ("read", "act")
    granted: tuple[str, ...] | None = None
    life: int = 15 * 60
    leeway: int = 30
    sign_in: SignInFile | None = None


def _place(reading: Reading, node: Node) -> str | None:
    """An address of the issuer's, or the name of a file."""
    if isinstance(node, Scalar) and "://" not in node.text:
        return _FILE(reading, node)  # type: ignore[no-any-return]
    return _web(reading, node)


def _issuer(reading: Reading, node: Node) -> str | None:
    """The very text of the claim `iss`: an https address (OpenID Connect Core 1.0, 2)."""
    if isinstance(node, Scalar) and re.fullmatch(r"https?://[!-~]{1,1000}", node.text):
        return node.text
    reading.source.bad(
        node,
        "cần địa chỉ của nơi cấp, đúng từng chữ như trong mã, ví dụ https://sso.tinh.gov.vn/realms/can-bo",
        "the issuer's address is needed, letter by letter as in its tokens, such as https://sso.tinh.gov.vn/realms/can-bo",
    )
    return None


_FILE = pattern(r"[^\x00]{1,500}", "địa chỉ hoặc tên tệp", "an address or the name of a file")
_NAME = pattern(r"[!-~]{1,200}", "một tên không dấu cách", "a name without blanks")


def _way(reading: Reading, node: Node) -> tuple[str, ...] | None:
    """A claim by its name, or as a list of the members that lead to it."""
    if isinstance(node, Seq):
        return many(_NAME)(reading, node)
    name = _NAME(reading, node)
    return None if name is None else (name,)


def _some(*words: str) -> Any:
    """A reader of one of the words, or of a list of them."""
    one = one_of(*words)

    def read(reading: Reading, node: Node) -> tuple[str, ...] | None:
        found = many(one)(reading, node) if isinstance(node, Seq) else one(reading, node)
        return (found,) if isinstance(found, str) else found

    return read


def _web(reading: Reading, node: Node) -> str | None:
    """An https address."""
    try:
        if isinstance(node, Scalar) and target_of(node.text):
            return node.text
    except ValueError:
        pass
    reading.source.bad(
        node,
        "cần địa chỉ https://, không có mật khẩu (http:// chỉ cho chính máy này)",
        "an https:// address is needed, without a password (http:// only for this very machine)",
    )
    return None


SIGN_IN: Mapping[str, Key] = {
    "client": Key(_NAME, needed=True),
    "authorize": Key(_web, needed=True),
    "token": Key(_web, needed=True),
    "address": Key(_web, needed=True),
    "secret": Key(_FILE),
    "scope": Key(text),
    "acr": Key(many(_NAME)),
    "logout": Key(_web),
}
"""The keys of signing in; `address` is where browsers open the screens."""


def _sign_in(reading: Reading, node: Node) -> dict[str, Any] | None:
    before = len(reading.source.findings)
    values = reading.table(node, SIGN_IN, "sign-in.")
    return values if len(reading.source.findings) == before else None


HEAD: Mapping[str, Key] = {
    "issuer": Key(_issuer, needed=True),
    "audience": Key(_NAME, needed=True),
    "algorithms": Key(_some(*ALGORITHMS), needed=True),
    "keys": Key(_place, needed=True),
    "account": Key(_way, needed=True),
    "agency": Key(_way),
    "scopes": Key(_some(*SCOPES)),
    "granted": Key(_way),
    "life": Key(whole(1, 60)),
    "leeway": Key(whole(0, 120)),
    "sign-in": Key(_sign_in),
}
"""The keys of the file; `life` in minutes, `leeway` in seconds."""


def read_sign_on(data: bytes, file: str) -> tuple[dict[str, Any], list[Finding]]:
    """What a file says, and all that is wrong with it."""
    source = Source(file)
    root = parse(source, data)
    values = {} if root is None else Reading(source).table(root, HEAD)
    if root is not None and "audience" in values and values.get("sign-in", {}).get("client") == values["audience"]:
        source.bad(
            root.get("audience") or root,
            "audience phải khác client của sign-in: nếu không, ID token cũng mở được cửa HTTP",
            "audience must differ from sign-in's client: otherwise ID tokens open the HTTP door too",
        )
    return values, source.findings


def load_sign_on(file: Path) -> SignOnFile:
    """The settings in a file; the name of a JWKS file is understood from where that file lies.

    Raises FlowFileError with the findings when it has faults, BadValue when it can't be read.
    """
    values, findings = read_sign_on(contents(file), str(file))
    if findings:
        said = Text(
            f"'{file}' có {len(findings)} lỗi; hãy sửa trước", f"'{file}' has {len(findings)} faults; mend them first"
        )
        raise FlowFileError(said, findings)
    if "life" in values:
        values["life"] *= 60
    if "://" not in values["keys"]:
        values["keys"] = file.parent / values["keys"]
    found = values.pop("sign-in", None)
    return SignOnFile(**values, sign_in=None if found is None else _sign_in_of(found, file.parent))


def _sign_in_of(values: dict[str, Any], folder: Path) -> SignInFile:
    if "secret" in values:
        values["secret"] = folder / values["secret"]
    address = values.pop("address").rstrip("/")
    return SignInFile(**values, redirect=address + BACK)
