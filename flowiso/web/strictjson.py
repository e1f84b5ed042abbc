"""JSON as it is taken in: UTF-8, no key twice, no NaN, no number without end, not nested without end (RFC 8259, I-JSON)."""

from __future__ import annotations

import json
import math
from typing import Any

from ..text import Text
from .problems import Problem

_DIGITS = 15
"""The most digits of a whole number: beyond, others' doubles can't hold it (RFC 7493, 2.2)."""


def loads(body: bytes, depth: int) -> Any:
    """The value; raises Problem "bad-json"."""
    try:
        value = _DECODER.decode(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _bad(f"không phải UTF-8 ở byte {error.start + 1}", f"no UTF-8 at byte {error.start + 1}") from error
    except json.JSONDecodeError as error:
        place = error.pos + 1
        raise _bad(f"không phải JSON ở ký tự {place}", f"no JSON at character {place}") from error
    except RecursionError as error:
        raise _too_deep(depth) from error
    _check(value, depth, b"\\u" in body)
    return value


def _check(value: Any, depth: int, escaped: bool) -> None:
    """Refuse what nests too deep and, where letters were escaped, half a letter (a lone surrogate)."""
    level = [value]
    for _ in range(depth + 1):
        if escaped:
            _check_letters(level)
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer if isinstance(outer, list) else (*outer, *outer.values()))
        ]
        if not level:
            return
    raise _too_deep(depth)


def _check_letters(level: list[Any]) -> None:
    for one in level:
        if isinstance(one, str) and not one.isascii():
            try:
                one.encode()
            except UnicodeEncodeError as error:
                raise _bad("có nửa ký tự (surrogate)", "it holds half a letter (a lone surrogate)") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _bad("có khóa viết hai lần trong một đối tượng", "an object has a key twice")
    return found


def _no_constant(name: str) -> Any:
    raise _bad(f"'{name}' không phải số JSON", f"'{name}' is no number of JSON")


def _whole(digits: str) -> int:
    if len(digits.lstrip("-")) > _DIGITS:
        raise _bad(f"số nguyên dài quá {_DIGITS} chữ số", f"a whole number of more than {_DIGITS} digits")
    return int(digits)


def _decimal(digits: str) -> float:
    found = float(digits)
    if not math.isfinite(found):
        raise _bad("số quá lớn", "a number without end")
    return int(found) if found.is_integer() and abs(found) < 10**_DIGITS else found  # to JSON Schema 7.0 is an integer


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_no_constant, parse_int=_whole, parse_float=_decimal
)
"""Made once: that takes longer than to read a small body."""


def _too_deep(depth: int) -> Problem:
    return _bad(f"lồng sâu quá {depth} tầng", f"nested more than {depth} deep")


def _bad(vi: str, en: str) -> Problem:
    return Problem("bad-json", Text(f"{vi}; hãy gửi lại JSON đúng", f"{en}; send proper JSON"))
