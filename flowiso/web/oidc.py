"""Bearer tokens of the province's sign-on (OpenID Connect) beside API keys: whose they are, and what he may do with them.

A token is a JWT (RFC 7519) of one issuer, for this very audience, signed by an algorithm that was chosen beforehand with a key of
the issuer's, and short-lived. Whoever holds it acts as his own account and nobody else. Signatures are joserfc's work; which
tokens are taken is said here (RFC 8725). Whatever is wrong with a token, the answer is the same: nobody.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry, deserialize_compact
from joserfc.jwt import JWTClaimsRegistry

from ..engine import Engine
from ..errors import BadValue
from ..model import APPLICANT, SYSTEM
from ..text import Text
from ..worktime import TZ
from .keys import Caller
from .oidcfile import SignOnFile
from .oidckeys import FetchedKeys, FileKeys, Keys
from .problems import Problem
from .strictjson import loads

LONGEST: Final = 8_192
"""The most bytes of a token."""
_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_TYPES: Final = ("", "jwt", "at+jwt", "application/at+jwt")
_KIND: Final = {"R": "RSA", "P": "RSA", "E": "EC"}
_DEPTH: Final = 16
_WORD: Final = "flowiso:"


class _Registry(JWSRegistry):
    max_header_length = LONGEST


def keys_of(settings: SignOnFile) -> FetchedKeys | FileKeys:
    """Where the issuer's keys come from."""
    return FetchedKeys(settings.keys) if isinstance(settings.keys, str) else FileKeys(settings.keys)


class SignOn:
    """Knows callers by the tokens of one issuer, in the agencies of some engines."""

    def __init__(self, settings: SignOnFile, engines: Iterable[Engine], keys: Keys | None = None) -> None:
        """Raises BadValue for several agencies where no claim tells which one is meant."""
        self._settings, self._keys = settings, keys or keys_of(settings)
        self._engines = {engine.agency: engine for engine in engines}
        if settings.agency is None and len(self._engines) != 1:
            raise BadValue(
                Text(
                    "có nhiều cơ quan: hãy cho khóa agency, tên trường trong mã cho biết cơ quan",
                    "there are several agencies: give the key agency, the claim that tells which one",
                )
            )
        self._registry = _Registry(algorithms=settings.algorithms, strict_check_header=False)

    @property
    def issuer(self) -> str:
        """Whose tokens they are."""
        return self._settings.issuer

    def identify(self, token: str, at: datetime) -> Caller | None:
        """Who holds a token; None for nobody. Raises StoreError, Later where the issuer's keys aren't here."""
        claims = self._claims(token, at, self._settings.audience, _TYPES, self._settings.life)
        return None if claims is None else self.caller(claims, at)

    def id_claims(self, token: str, client: str, at: datetime) -> Mapping[str, Any] | None:
        """What an ID token for a client says; None for none that is right. Raises StoreError, Later."""
        return self._claims(token, at, client, _TYPES[:2], None)

    def _claims(
        self, token: str, at: datetime, audience: str, types: Collection[str], life: int | None
    ) -> Mapping[str, Any] | None:
        if len(token) > LONGEST or not _SHAPE.fullmatch(token):
            return None
        try:
            return self._checked(token, int(at.timestamp()), audience, types, life)
        except (JoseError, Problem, ValueError):
            return None

    def _checked(
        self, token: str, now: int, audience: str, types: Collection[str], life: int | None
    ) -> Mapping[str, Any] | None:
        """What a token says, once its signature and dates were found right."""
        head, body, _ = token.split(".")
        header, claims = _object(head), _object(body)
        kid, algorithm = header.get("kid"), header.get("alg")
        plain = "crit" not in header and "b64" not in header and str(header.get("typ", "")).lower() in types
        if not plain or not isinstance(kid, str) or algorithm not in self._settings.algorithms:
            return None
        self._check(claims, now, audience, life)  # before the signature: what is over needs no key
        key = self._keys.find(kid, _KIND[algorithm[0]])
        if key is None:
            return None
        deserialize_compact(token, key, registry=self._registry)
        return claims

    def _check(self, claims: Mapping[str, Any], now: int, audience: str, life: int | None) -> None:
        """Raises JoseError or ValueError for a token that isn't for us, or not for now."""
        settings = self._settings
        JWTClaimsRegistry(
            now,
            settings.leeway,
            iss={"essential": True, "value": settings.issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            iat={"essential": True},
        ).validate(dict(claims))
        if life is not None and claims["exp"] - claims["iat"] > life:
            raise ValueError("its life")

    def caller(self, claims: Mapping[str, Any], at: datetime) -> Caller | None:
        """Who is meant by what a token says; None for nobody of ours."""
        settings = self._settings
        agency = next(iter(self._engines)) if settings.agency is None else _at(claims, settings.agency)
        account = _at(claims, settings.account)
        engine = self._engines.get(agency) if isinstance(agency, str) else None
        if engine is None or not isinstance(account, str) or account in (APPLICANT, SYSTEM):
            return None
        found = Caller(f"oidc:{engine.agency}/{account}", engine.agency, self._scopes(claims), frozenset({account}))
        return found if self.is_open(found, at) else None

    def is_open(self, caller: Caller, at: datetime) -> bool:
        """Whether his account is one of the agency's on that day."""
        held = self._engines[caller.agency].flows.org.accounts.get(caller.only or "")
        return held is not None and held.post(at.astimezone(TZ).date()) is not None

    def _scopes(self, claims: Mapping[str, Any]) -> frozenset[str]:
        settings = self._settings
        if settings.granted is None:
            return frozenset(settings.scopes)
        told = _at(claims, settings.granted)
        words = told.split() if isinstance(told, str) else told if isinstance(told, list) else []
        return frozenset(scope for scope in settings.scopes if _WORD + scope in words)


def _object(part: str) -> dict[str, Any]:
    """A part of a token. Raises Problem, ValueError for what is no JSON object, or names a member twice."""
    found = loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)), _DEPTH)
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def _at(claims: Mapping[str, Any], way: Iterable[str]) -> Any:
    """What stands at the end of a way through claims; None where it leads nowhere."""
    found: Any = claims
    for name in way:
        found = found.get(name) if isinstance(found, dict) else None
    return found
