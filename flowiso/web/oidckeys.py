"""The public keys of a sign-on's issuer: a JWKS (RFC 7517) out of a file, or fetched and remembered for a while."""

from __future__ import annotations

import logging
import os
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from threading import Lock, Thread
from time import monotonic
from typing import Any, Final, Protocol, TypeAlias

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from ..errors import StoreError, reason
from ..text import Text
from ..webhooks.sending import fetched
from ..worktime import TZ
from .keys import Later
from .logs import tell
from .problems import Problem
from .strictjson import loads

PublicKey: TypeAlias = RSAKey | ECKey
KeySet: TypeAlias = Mapping[tuple[str, str], PublicKey]
"""Keys by their id and type ("RSA", "EC")."""

MOST_BYTES, SECONDS = 256 << 10, 5.0
"""How large a JWKS may be, and how long fetching it may take, all in all."""
PAUSE, FRESH, LAST = 30.0, 600.0, 3_600.0
"""In seconds: between two fetches; until keys are fetched anew; and until they are no longer believed when that fails."""
_MOST_KEYS: Final = 100
_WAITING: Final = 64
_BITS: Final = (2_048, 8_192)
_KINDS: Final[Mapping[str, type[RSAKey] | type[ECKey]]] = {"RSA": RSAKey, "EC": ECKey}


class Keys(Protocol):
    """Where keys come from."""

    def find(self, kid: str, kind: str) -> PublicKey | None:
        """The key of an id and a type; None without one. Raises StoreError when it can't be told, Later when it can soon."""
        ...


def read_set(data: bytes) -> KeySet:
    """The keys of a JWKS that signatures may be held against. Raises ValueError where there is none.

    Left out are keys without an id, of other types (so that no secret and no public key can pass for each other), for other uses,
    and RSA keys below 2,048 or above 8,192 bits (RFC 7518, 3.3).
    """
    try:
        listed = loads(data, 8)["keys"]
    except (Problem, KeyError, TypeError) as error:
        raise ValueError("no JWKS") from error
    found: dict[tuple[str, str], PublicKey] = {}
    for one in listed[:_MOST_KEYS] if isinstance(listed, list) else ():
        key = _key(one) if isinstance(one, dict) else None
        if key is not None:
            found.setdefault((str(one["kid"]), str(one["kty"])), key)
    if not found:
        raise ValueError("no key")
    return found


def _key(one: Mapping[str, Any]) -> PublicKey | None:
    kind = _KINDS.get(str(one.get("kty")))
    if kind is None or not isinstance(one.get("kid"), str) or one.get("use", "sig") != "sig":
        return None
    try:
        if kind is RSAKey and not _BITS[0] <= _length(one["n"]) <= _BITS[1]:
            return None
        public = {name: value for name, value in one.items() if name in _PUBLIC}
        return kind.import_key(public)
    except (JoseError, ValueError, KeyError, TypeError, AttributeError):
        return None


_PUBLIC: Final = frozenset({"kty", "kid", "use", "key_ops", "alg", "n", "e", "crv", "x", "y"})


def _length(number: str) -> int:
    """The bits of a number in base64url."""
    return int.from_bytes(urlsafe_b64decode(number + "=" * (-len(number) % 4)), "big").bit_length()


class FileKeys:
    """Keys in a file, read again when it has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int, int] | None = None
        self._keys: KeySet = {}

    def find(self, kid: str, kind: str) -> PublicKey | None:
        """The key of an id and a type."""
        return self.all().get((kid, kind))

    def all(self) -> KeySet:
        """Every key. Raises StoreError."""
        try:
            found = os.stat(self._path)
            stamp = found.st_mtime_ns, found.st_size, found.st_ino
            if stamp != self._stamp:
                self._keys = read_set(self._path.read_bytes())
                self._stamp = stamp
        except OSError as error:
            raise _away(str(self._path), reason(error)) from error
        except ValueError as error:
            raise _away(str(self._path), _NONE) from error
        return self._keys


class FetchedKeys:
    """Keys at an address: fetched in a thread of its own, never twice within `PAUSE`, whoever asks for whatever id."""

    def __init__(
        self, url: str, fetch: Callable[[str, float, int], bytes] = fetched, ticks: Callable[[], float] = monotonic
    ):
        """`fetch` gets what is at an address within seconds and bytes; `ticks` counts seconds."""
        self._url, self._fetch, self._ticks = url, fetch, ticks
        self._lock = Lock()
        self._keys: KeySet = {}
        self._since = self._tried = -LAST
        self._coming: Future[None] | None = None
        self._asked = 0

    def find(self, kid: str, kind: str) -> PublicKey | None:
        """The key of an id and a type."""
        with self._lock:
            age = self._ticks() - self._since
            key = self._keys.get((kid, kind)) if age < LAST else None
            if key is not None and age < FRESH:
                return key
            coming = self._begun()
            if key is None and coming is not None:
                raise self._later(coming)
        if key is None and age >= LAST:
            raise _away(self._url, _NONE)
        return key

    def all(self) -> KeySet:
        """Every key, fetched now. Raises StoreError."""
        try:
            return read_set(self._fetch(self._url, SECONDS, MOST_BYTES))
        except OSError as error:
            raise _away(self._url, reason(error)) from error
        except ValueError as error:
            raise _away(self._url, _NONE) from error

    def _begun(self) -> Future[None] | None:
        """The fetch that is under way, begun now where that may be; None where it may not."""
        if self._coming is None and self._ticks() - self._tried >= PAUSE:
            self._tried, self._asked = self._ticks(), 0
            coming = self._coming = Future()
            coming.set_running_or_notify_cancel()
            Thread(target=self._arrive, args=(coming,), name="flowiso-jwks", daemon=True).start()
        return self._coming

    def _arrive(self, coming: Future[None]) -> None:
        try:
            found = self.all()
            with self._lock:
                self._keys, self._since = found, self._ticks()
        except StoreError as error:
            tell("sign-on-keys", datetime.now(TZ), logging.WARNING, failed=error.text.en)
        finally:
            with self._lock:
                self._coming = None
            coming.set_result(None)

    def _later(self, coming: Future[None]) -> StoreError:
        """That somebody has to wait, or to come back where too many do."""
        self._asked += 1
        return Later(_SOON, coming) if self._asked <= _WAITING else StoreError(_SOON)


_NONE = Text("không có khóa nào dùng được trong đó", "there is no key in it that can be used")
_SOON = Text("đang lấy khóa của nơi cấp; hãy thử lại", "the issuer's keys are being fetched; try again")


def _away(where: str, why: Text) -> StoreError:
    return StoreError(
        Text(f"không lấy được khóa của nơi cấp tại '{where}': {why.vi}", f"the issuer's keys at '{where}': {why.en}")
    )
