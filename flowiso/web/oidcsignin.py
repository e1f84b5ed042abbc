"""Signing in to the screens at the province's sign-on: a code with PKCE, state and nonce (OpenID Connect Core 3.1, RFC 9700).

A browser is sent to the issuer and comes back with a code, for which the issuer gives an ID token over a connection of ours. Who
that is becomes a session of the screens like any other; neither code nor token leaves this process again, and none is kept.
"""

from __future__ import annotations

import secrets
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from concurrent.futures import wait
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from hmac import new as hmac
from http import HTTPStatus
from threading import Lock
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from ..errors import BadValue, StoreError, reason
from ..library import contents
from ..text import Text
from ..webhooks.receivers import check_private
from ..webhooks.sending import Unwilling, fetched
from .keys import Caller, Later, Refused
from .oidc import SignOn
from .oidcfile import BACK, ENTRY, SignInFile
from .oidckeys import SECONDS
from .problems import Problem
from .strictjson import loads

WHILE: Final = timedelta(minutes=10)
"""How long somebody may take to sign on at the issuer."""
_MOST: Final = 1_000
_MOST_BYTES: Final = 64 << 10


class _Begun(NamedTuple):
    """A sign-in that isn't finished: the browser it belongs to, what its token must hold, and where it leads."""

    binding: str
    nonce: str
    verifier: str
    back: str
    at: datetime


class SignIn:
    """Sign-ins under way, and the callers that came of them; `exchange` sends a form to an address."""

    def __init__(self, settings: SignInFile, sign_on: SignOn, exchange: Callable[..., bytes] = fetched) -> None:
        """Raises BadValue where the client's secret can't be read."""
        self._settings, self._sign_on, self._exchange = settings, sign_on, exchange
        self._credentials = _credentials(settings)
        self._secret = secrets.token_bytes(32)
        self._lock, self._begun = Lock(), dict[str, _Begun]()
        self._callers: dict[str, Caller] = {}

    def begin(self, back: str, at: datetime) -> tuple[str, str]:
        """Where to send a browser that wants to come `back`, and what it is to be known by then."""
        settings = self._settings
        state, binding, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(4))
        with self._lock:
            self._begun[state] = _Begun(binding, nonce, verifier, back, at)
            if len(self._begun) > _MOST:
                del self._begun[next(iter(self._begun))]
        asked = {
            "response_type": "code",
            "client_id": settings.client,
            "redirect_uri": settings.redirect,
            "scope": settings.scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("="),
            "code_challenge_method": "S256",
            **({"acr_values": " ".join(settings.acr)} if settings.acr else {}),
        }
        return _asking(settings.authorize, asked), binding

    def finish(self, query: Mapping[str, str], binding: str, at: datetime) -> tuple[str, Caller, str]:
        """What a session may go on with (`identify`), whose it is, and where it leads. It waits for the issuer.

        Raises Refused, and StoreError where the issuer can't be asked.
        """
        begun = self._taken(query.get("state", ""), binding, at)
        if not secrets.compare_digest(query.get("iss", self._sign_on.issuer).encode(), self._sign_on.issuer.encode()):
            raise Refused("issuer")  # RFC 9207: the code is another provider's
        if "code" not in query:
            raise Refused("not-signed-on")
        claims = self._claims(self._token(query["code"], begun.verifier), at)
        if claims is None or not self._fits(claims, begun.nonce, at):
            raise Refused("token")
        caller = self._sign_on.caller(claims, at)
        if caller is None or not caller.may("read"):
            raise Refused("account")
        handle = hmac(
            self._secret, repr((caller.agency, caller.id, sorted(caller.scopes))).encode(), sha256
        ).hexdigest()
        self._callers[handle] = caller
        return handle, caller, begun.back

    def identify(self, token: str, at: datetime) -> Caller | None:
        """Who a session is, by what `finish` gave, as long as his account is one."""
        caller = self._callers.get(token)
        return caller if caller is not None and self._sign_on.is_open(caller, at) else None

    def leaving(self, token: str) -> str | None:
        """Where a browser signs out at the issuer too, and comes back from (OpenID Connect RP-Initiated Logout 1.0, 2).

        None for a session that didn't come from there, or where nothing is set. The ID token is kept nowhere and would stand in
        the address, so the client's name goes instead of a hint.
        """
        settings = self._settings
        if settings.logout is None or token not in self._callers:
            return None
        back = settings.redirect.removesuffix(BACK) + ENTRY
        return _asking(settings.logout, {"client_id": settings.client, "post_logout_redirect_uri": back})

    def _taken(self, state: str, binding: str, at: datetime) -> _Begun:
        """The sign-in that a browser comes back from; each once, and by the browser that began it."""
        with self._lock:
            begun = self._begun.get(state)
            if begun is None or not compare_digest(begun.binding.encode(), binding.encode()):
                raise Refused("state")
            del self._begun[state]
        if at - begun.at >= WHILE:
            raise Refused("too-late")
        return begun

    def _token(self, code: str, verifier: str) -> str:
        """The ID token that a code stands for."""
        settings = self._settings
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": settings.redirect,
            "client_id": settings.client,
            "code_verifier": verifier,
        }
        try:
            told = self._exchange(settings.token, SECONDS, _MOST_BYTES, urlencode(form).encode(), self._credentials)
            token = loads(told, 16)["id_token"]
        except OSError as error:
            if isinstance(error, Unwilling) and error.status == HTTPStatus.BAD_REQUEST:
                raise Refused("code") from error  # RFC 6749, 5.2: no grant of ours
            why = reason(error)
            raise StoreError(
                Text(f"nơi đăng nhập '{settings.token}': {why.vi}", f"the sign-on '{settings.token}': {why.en}")
            ) from error
        except (Problem, ValueError, KeyError, TypeError) as error:
            raise Refused("answer") from error
        if not isinstance(token, str):
            raise Refused("answer")
        return token

    def _claims(self, token: str, at: datetime) -> Mapping[str, Any] | None:
        try:
            return self._sign_on.id_claims(token, self._settings.client, at)
        except Later as later:
            wait([later.ready], 2 * SECONDS)
            return self._sign_on.id_claims(token, self._settings.client, at)

    def _fits(self, claims: Mapping[str, Any], nonce: str, at: datetime) -> bool:
        """Whether an ID token is the answer to this very sign-in (OpenID Connect Core, 3.1.3.7)."""
        settings, told = self._settings, claims.get("nonce")
        return (
            claims["aud"] in (settings.client, [settings.client])
            and claims.get("azp", settings.client) == settings.client
            and isinstance(told, str)
            and compare_digest(told.encode("utf-8", "replace"), nonce.encode())
            and at.timestamp() - claims["iat"] <= WHILE.total_seconds()
            and (not settings.acr or claims.get("acr") in settings.acr)
        )


def _asking(address: str, asked: Mapping[str, str]) -> str:
    """An address of the issuer's with what is asked there."""
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"


def _credentials(settings: SignInFile) -> Mapping[str, str]:
    """How we are known to the issuer: by the secret where there is one (RFC 6749, 2.3.1), by PKCE alone where not."""
    if settings.secret is None:
        return {}
    check_private(settings.secret)
    try:
        secret = contents(settings.secret).decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise _no_secret(settings) from error
    if not secret:
        raise _no_secret(settings)
    both = f"{quote(settings.client, safe='')}:{quote(secret, safe='')}"
    return {"Authorization": f"Basic {b64encode(both.encode()).decode()}"}


def _no_secret(settings: SignInFile) -> BadValue:
    return BadValue(
        Text(f"'{settings.secret}' phải chứa bí mật của client", f"'{settings.secret}' must hold the client's secret")
    )
