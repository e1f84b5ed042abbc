"""The chain of hashes through a dossier's log, and the seal over a store (T11). The format is in docs/log.md.

Each line is hashed with the hash before it: SHA-256 of 32 bytes and a JSON array in UTF-8 without spaces. The first stands
on the hash of what never changes of the dossier. So no line can be altered, taken out or put in without a break; that none is cut
off at the end, and no log rewritten from its beginning, shows against a seal that is kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from hashlib import sha256
from json import JSONEncoder
from json.encoder import c_make_encoder  # type: ignore[attr-defined]
from json.encoder import encode_basestring as quoted
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .model import Case, Move


def writer(make: Any = c_make_encoder) -> Callable[[Any], str]:
    """JSON in UTF-8 without spaces, keys sorted; with C's encoder made once, where `encode` makes one for every value.

    A Python without that encoder has None for `make`.
    """
    plain = JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    if make is None:
        return plain.encode
    chunks = make(None, plain.default, quoted, None, ":", ",", True, False, True)
    return lambda value: "".join(chunks(value, 0))


text = writer()
"""A value as the JSON that is hashed."""


def begin(case: Case) -> bytes:
    """The hash that the first line of a log stands on: of [agency, number, code, version, channel]."""
    return sha256(text(tuple(case)).encode()).digest()


def link(previous: bytes, move: Move) -> bytes:
    """The hash of a line: of the hash before it and [seq, at, actor, action, step, holder, note, record].

    The array is put together of its parts, as `text` writes it, at a third of its cost.
    """
    seq, at, actor, action, step, holder, note, record = move
    line = ""
    if seq.__class__ is at.__class__ is int:
        with_it = "null,null"
        try:
            if note is not None or record is not None:
                with_it = f"{'null' if note is None else quoted(note)},{'null' if record is None else text(record)}"
            line = f"[{seq},{at},{_words(actor, action, step, holder)},{with_it}]"
        except TypeError:  # a host's own line, with what is no word in it
            pass
    return sha256(previous + (line or text(move)).encode()).digest()


def hashes(case: Case, log: Iterable[Move]) -> list[bytes]:
    """The hash of each line of a log, its first line first."""
    found, last = [], begin(case)
    for move in log:
        last = link(last, move)
        found.append(last)
    return found


@lru_cache(maxsize=8_192)
def _words(actor: str, action: str, step: str, holder: str) -> str:
    """The words of a line, of which an agency says the same few thousand again and again."""
    return f"{quoted(actor)},{quoted(action)},{quoted(step)},{quoted(holder)}"


def seal(previous: str, tips: Iterable[tuple[str, int, str]]) -> str:
    """The digest of a seal in hexadecimal: of the one before it ("" for the first) and a line "number seq hash" for each tip."""
    lines = "".join(f"{number} {seq} {tip}\n" for number, seq, tip in tips)
    return sha256(f"{previous}\n{lines}".encode()).hexdigest()
