"""API keys: who calls, for which agency, as which accounts, and what he may do. Kept in a file, hashed.

A key's secret is 256 random bits, so that one SHA-256 is enough: there is nothing to guess, and a slow hash (scrypt) would
only let anybody keep the server busy by sending nonsense. The file is no part of the store: who may write SQL there gives
himself no key, a copy of the store carries none, and a key is revoked while the database is away.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import date, datetime
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, get_args

from ..errors import BadValue, StoreError, reason
from ..model import SYSTEM
from ..text import Text, nfc
from ..worktime import TZ
from .turn import Once

Scope = Literal["read", "act", "people", "admin"]
"""What a key may do: ask about dossiers and figures; take verbs; see and change personal data unmasked; see to the server."""

SCOPES: tuple[Scope, ...] = get_args(Scope)
ANYONE = "*"
"""Among a key's accounts: every account of the agency but the system's own."""

_PREFIX = "flowiso"


class Key(NamedTuple):
    """A key as it is kept: `digest` is the SHA-256 of the whole token. Valid from `since` on, before `until`, until `revoked`."""

    id: str
    name: str
    agency: str
    scopes: tuple[Scope, ...]
    accounts: tuple[str, ...]
    since: date
    until: date | None
    revoked: datetime | None
    digest: str

    def holds(self, at: datetime) -> bool:
        """Whether it is valid at a moment."""
        on = at.astimezone(TZ).date()
        return self.revoked is None and self.since <= on and (self.until is None or on < self.until)


class Caller(NamedTuple):
    """Who calls: the id of his key, his agency, what he may do, and the accounts he may act as."""

    id: str
    agency: str
    scopes: frozenset[str]
    accounts: frozenset[str]

    def may(self, scope: str) -> bool:
        """Whether the caller has a scope."""
        return scope in self.scopes

    def acts_as(self, account: str) -> bool:
        """Whether the caller may act as an account; as the system nobody may."""
        return account != SYSTEM and (account in self.accounts or ANYONE in self.accounts)

    @property
    def only(self) -> str | None:
        """The one account he acts as, None when there are none or several."""
        return next(iter(self.accounts)) if len(self.accounts) == 1 and ANYONE not in self.accounts else None


class Identify(Protocol):
    """Knows callers by the token of `Authorization: Bearer`; a file of keys is one, an OpenID provider (`oidc`) another."""

    def identify(self, token: str, at: datetime) -> Caller | None:
        """Who that is; None for nobody. It waits for nothing. Raises StoreError when it can't be told, Later when it can soon."""
        ...


class Later(StoreError):
    """Who a token's holder is can be told once something is here that has been sent for; `ready` is done then, come what may."""

    def __init__(self, text: Text, ready: Future[None]) -> None:
        super().__init__(text)
        self.ready = ready


class Refused(Exception):
    """Nobody is signed in; `why` is a word for the server's log."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Either:
    """API keys and tokens of the sign-on at one door: a key is known by its beginning."""

    def __init__(self, keys: Identify, sign_on: Identify) -> None:
        self._keys, self._sign_on = keys, sign_on

    def identify(self, token: str, at: datetime) -> Caller | None:
        """Who holds a key or a token."""
        return (self._keys if token.startswith(f"{_PREFIX}_") else self._sign_on).identify(token, at)


class KeyFile:
    """The keys in a file, read again when it has changed: what is revoked there is refused at the next request."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._stamp: tuple[int, int, int] | None = None
        self._keys: Mapping[str, Key] = {}
        self._callers: Mapping[str, Caller] = {}
        self._once = Once(self._known)

    def identify(self, token: str, at: datetime) -> Caller | None:
        """Who holds a token."""
        self._once.told()
        key = self._keys.get(_id_of(token))
        if key is None or not compare_digest(key.digest, _digest(token)) or not key.holds(at):
            return None
        return self._callers[key.id]

    def listed(self) -> tuple[Key, ...]:
        """Every key, in the order they were made. Raises StoreError when the file can't be read."""
        return tuple(self._known().values())

    def _known(self) -> Mapping[str, Key]:
        try:
            found = os.stat(self.path)
            stamp = found.st_mtime_ns, found.st_size, found.st_ino
            if stamp != self._stamp:
                self._keys = {key.id: key for key in _read(self.path.read_bytes())}
                self._callers = {key.id: _caller(key) for key in self._keys.values()}
                self._stamp = stamp
        except OSError as error:
            raise _unreadable(self.path, reason(error)) from error
        except (ValueError, KeyError, TypeError) as error:
            raise _unreadable(self.path, Text("nội dung không đúng dạng", "it is no file of keys")) from error
        return self._keys

    def add(
        self,
        name: str,
        agency: str,
        scopes: Iterable[Scope],
        accounts: Iterable[str],
        at: datetime,
        until: date | None = None,
    ) -> tuple[Key, str]:
        """A new key and its token, which is kept nowhere. Raises BadValue, StoreError."""
        token = new_token()
        return self.enter(mark_of(token), name, agency, scopes, accounts, at, until), token

    def enter(
        self,
        mark: str,
        name: str,
        agency: str,
        scopes: Iterable[Scope],
        accounts: Iterable[str],
        at: datetime,
        until: date | None = None,
    ) -> Key:
        """A key whose token is made and known by its holder alone, by the token's `mark_of`. Raises BadValue, StoreError."""
        wanted = tuple(scope for scope in SCOPES if scope in set(scopes))
        acting = tuple(dict.fromkeys(accounts))
        since = at.astimezone(TZ).date()
        _check(name, wanted, acting, since, until)
        name_of, digest = _marked(mark)
        key = Key(name_of, nfc(name.strip()), agency, wanted, acting, since, until, None, digest)
        self._change(lambda kept: [*kept, _other(key, kept)])
        return key

    def revoke(self, key_id: str, at: datetime) -> Key:
        """Revoke a key for good; one that is revoked already stays as it is. Raises BadValue for one that isn't there."""
        if key_id not in self._known():
            raise BadValue(
                Text(
                    f"không có khóa '{key_id}'; xem 'flowiso key list'",
                    f"there is no key '{key_id}'; see 'flowiso key list'",
                )
            )
        when = at.astimezone(TZ).replace(microsecond=0)
        self._change(
            lambda kept: [key._replace(revoked=key.revoked or when) if key.id == key_id else key for key in kept]
        )
        return self._known()[key_id]

    def _change(self, change: Callable[[Sequence[Key]], Sequence[Key]]) -> None:
        """Write the file anew; the half-written one is the lock that keeps a second writer out."""
        half = self.path.with_name(f".{self.path.name}.new")
        try:
            opened = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise _unwritable(half, error) from error
        try:
            with os.fdopen(opened, "wb") as file:
                file.write(_written(change(self.listed() if self.path.exists() else ())))
                file.flush()
                os.fsync(file.fileno())
            os.replace(half, self.path)
        except BaseException as error:  # once it is in its place, a half-written one is the next writer's
            with suppress(OSError):
                half.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise _unwritable(self.path, error) from error
            raise


def _caller(key: Key) -> Caller:
    return Caller(key.id, key.agency, frozenset(key.scopes), frozenset(key.accounts))


def _check(name: str, scopes: Sequence[Scope], accounts: Sequence[str], since: date, until: date | None) -> None:
    if not name.strip() or not name.isprintable() or len(name) > 200:
        raise BadValue(
            Text(
                "khóa cần một tên, tối đa 200 ký tự: phần mềm nào dùng", "a key needs a name of at most 200 characters"
            )
        )
    if not scopes:
        raise BadValue(Text(f"khóa cần quyền: {', '.join(SCOPES)}", f"a key needs a scope: {', '.join(SCOPES)}"))
    if "act" in scopes and not accounts:
        raise BadValue(
            Text(
                "khóa có quyền act cần tài khoản: --as lan.vp, hoặc --as '*' cho mọi tài khoản",
                "a key that may act needs accounts: --as lan.vp, or --as '*' for every account",
            )
        )
    if until is not None and until <= since:
        raise BadValue(
            Text(
                f"ngày hết hạn {until:%d/%m/%Y} đã qua; hãy cho một ngày sau hôm nay",
                f"the key would end on {until}, which is over; give a day after today",
            )
        )


def new_token() -> str:
    """A token of 256 random bits that no file knows yet."""
    return f"{_PREFIX}_{secrets.token_hex(6)}_{secrets.token_urlsafe(32)}"


def mark_of(token: str) -> str:
    """What may be told of a token, so that it can be entered: its id and its SHA-256."""
    return f"{_id_of(token)}:{_digest(token)}"


def _marked(mark: str) -> tuple[str, str]:
    found = re.fullmatch("([0-9a-f]{12}):([0-9a-f]{64})", mark.strip())
    if found is None:
        raise BadValue(
            Text(
                "dấu của khóa không đúng dạng; hãy lấy nguyên dòng mà 'flowiso key make' in ra",
                "that is no key's mark; take the whole line that 'flowiso key make' prints",
            )
        )
    return found[1], found[2]


def _other(key: Key, kept: Sequence[Key]) -> Key:
    """The key, unless one of its id is there: whoever enters a mark may take nobody's place."""
    if any(one.id == key.id for one in kept):
        raise BadValue(Text(f"khóa '{key.id}' đã có; hãy tạo khóa khác", f"the key '{key.id}' is there; make another"))
    return key


def _id_of(token: str) -> str:
    parts = token.split("_", 2)
    return parts[1] if len(parts) == 3 and parts[0] == _PREFIX else ""


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _read(content: bytes) -> Iterable[Key]:
    for row in json.loads(content)["keys"]:
        yield Key(
            str(row["id"]),
            str(row["name"]),
            str(row["agency"]),
            tuple(scope for scope in SCOPES if scope in row["scopes"]),
            tuple(map(str, row["accounts"])),
            date.fromisoformat(row["since"]),
            date.fromisoformat(row["until"]) if row["until"] else None,
            datetime.fromisoformat(row["revoked"]) if row["revoked"] else None,
            str(row["digest"]),
        )


def as_json(key: Key) -> dict[str, Any]:
    """A key as plain values, without its digest."""
    return {
        "id": key.id,
        "name": key.name,
        "agency": key.agency,
        "scopes": list(key.scopes),
        "accounts": list(key.accounts),
        "since": key.since.isoformat(),
        "until": key.until.isoformat() if key.until else None,
        "revoked": key.revoked.isoformat() if key.revoked else None,
    }


def _written(keys: Iterable[Key]) -> bytes:
    rows = [as_json(key) | {"digest": key.digest} for key in keys]
    return (json.dumps({"keys": rows}, ensure_ascii=False, indent=2) + "\n").encode()


def _unreadable(path: Path, why: Text) -> StoreError:
    return StoreError(
        Text(f"không đọc được tệp khóa '{path}': {why.vi}", f"can't read the file of keys '{path}': {why.en}")
    )


def _unwritable(path: Path, error: OSError) -> StoreError:
    if isinstance(error, FileExistsError):
        return StoreError(
            Text(
                f"'{path}' đang có: một lệnh khác đang ghi; nếu không, hãy xóa tệp ấy",
                f"'{path}' is there: another command is writing; if none is, remove that file",
            )
        )
    why = reason(error)
    return StoreError(Text(f"không ghi được '{path}': {why.vi}", f"can't write '{path}': {why.en}"))
