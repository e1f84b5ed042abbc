"""What a caller asks of the engine, checked before anything is done: its types, its words, its idempotency key."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import NamedTuple

from . import people
from .errors import BadValue, DraftFlow, NotAllowed
from .model import CHANNELS, CHOICES, DAYS, RECORD, Flow
from .refusals import Said
from .text import Text, nfc

NUMBER = re.compile(r"(?:\d{3}\.\d{2}\.\d{2}\.[A-Y]\d{2}|[A-Y]\d{2}(?:\.[0-9A-Z]+)*)-\d{6}-\d{4,}", re.ASCII)
"""A dossier number of the old or the new structure (R33)."""

OURS = frozenset({"behalf", "told", "forced"})
"""The keys of a record that only the engine writes."""

_TOLD = RECORD.keys() - OURS

LONGEST = 4_000
"""The most characters a text may have."""

_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_LONGEST_KEY = 200


class Ask(NamedTuple):
    """A wish's idempotency key, "" without one, and the digest of what is asked."""

    key: str = ""
    request: str = ""

    @classmethod
    def of(cls, key: str | None, *words: object) -> Ask:
        """The ask of a call; raises BadValue for a key that can't be one."""
        if key is None:
            return cls()
        check_texts({"key": key})
        if not 0 < len(key) <= _LONGEST_KEY:
            raise BadValue(
                Text(f"khóa (key) phải có từ 1 đến {_LONGEST_KEY} ký tự", f"a key has 1 to {_LONGEST_KEY} characters")
            )
        return cls(key, sha256(repr(words).encode()).hexdigest())


def check_texts(needed: Mapping[str, object], others: Mapping[str, object] | None = None) -> None:
    """Refuse what is no text, is endless, or holds characters that nobody sees; of `others`, None passes."""
    for name, value in needed.items():
        _check_text(name, value)
    for name, value in others.items() if others else ():
        if value is not None:
            _check_text(name, value)


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        kind = type(value).__name__
        raise BadValue(Text(f"'{name}' phải là chữ, không phải {kind}", f"'{name}' is a text, not {kind}"))
    if len(value) > LONGEST:
        raise BadValue(Text(f"'{name}' dài quá {LONGEST} ký tự", f"'{name}' is longer than {LONGEST} characters"))
    if not value.isprintable() and _UNSEEN.search(value):
        raise BadValue(Text(f"'{name}' có ký tự không in được", f"'{name}' holds characters that nobody sees"))


def check_opening(number: str | None, channel: str) -> None:
    """Refuse a number of the host's that is not well formed (R31, R33), and a channel there isn't (R10)."""
    check_texts({"channel": channel}, {"number": number})
    if channel not in CHANNELS:
        names = ", ".join(CHANNELS)
        raise BadValue(Text(f"không có kênh '{channel}'; hãy dùng {names}", f"no channel '{channel}'; use {names}"))
    if number is not None and not NUMBER.fullmatch(number):
        good = "H19.17-210914-0001"
        raise BadValue(
            Text(
                f"mã hồ sơ '{number}' không đúng cấu trúc; ví dụ đúng: {good} (R31, R33)",
                f"dossier number '{number}' is not well formed; a good one: {good} (R31, R33)",
            )
        )


def check_absent(**given: object) -> None:
    """Refuse what belongs to a submission where it is only received; raises BadValue."""
    for name, value in given.items():
        if value is not None:
            raise BadValue(
                Text(
                    f"hồ sơ đã nộp nên không ghi thêm '{name}' khi tiếp nhận; hãy ghi khi nộp (submit)",
                    f"it is submitted already, '{name}' isn't given when it is received; give it to `submit`",
                )
            )


def check_live(flow: Flow, *, simulated: bool, allow_draft: bool) -> None:
    """Refuse a real dossier in a store of simulated ones, and on a flow that still rests on assumed facts."""
    if simulated:
        raise NotAllowed(
            Text(
                "kho này chứa dữ liệu mô phỏng nên không nhận hồ sơ thật; hãy mở một kho khác",
                "this store holds a simulation and takes no real dossiers; open another store",
            )
        )
    if flow.status == "draft" and not allow_draft:
        raise DraftFlow(
            Text(
                f"{flow.code} còn dữ kiện giả định (bản thảo); xem 'flowiso show {flow.code}', hoặc mở với allow_draft=True",
                f"{flow.code} rests on assumed facts (draft); see 'flowiso show {flow.code}', or open with allow_draft=True",
            )
        )


def said(note: str | None, record: Mapping[str, str] | None, force: bool) -> Said:
    """What goes with a wish, in NFC. Raises BadValue for a key nobody knows, or one that only the engine writes."""
    check_texts({}, {"note": note})
    told = {key: nfc(value) for key, value in texts("record", record).items()}
    unknown = sorted(told.keys() - _TOLD)
    if unknown:
        names = ", ".join(key for key in RECORD if key not in OURS)
        raise BadValue(
            Text(
                f"không có mục '{unknown[0]}' (record); có: {names}",
                f"no '{unknown[0]}' in a record; there are: {names}",
            )
        )
    for key, value in told.items():
        _check_value(key, value)
    return Said(None if note is None else nfc(note), told or None, bool(force))


def _check_value(key: str, value: str) -> None:
    choices = CHOICES.get(key)
    if choices and value not in choices:
        names = ", ".join(choices)
        raise BadValue(Text(f"'{key}' là một trong: {names}; không phải '{value}'", f"'{key}' is one of {names}"))
    if key in DAYS and not _is_day(value):
        raise BadValue(
            Text(f"'{key}' là một ngày dạng 2021-09-30, không phải '{value}'", f"'{key}' is a day such as 2021-09-30")
        )


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def texts(name: str, given: object) -> Mapping[str, str]:
    """A mapping of texts to texts, an empty one for None; raises BadValue for anything else."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise BadValue(Text(f"'{name}' phải là bảng chữ: chữ", f"'{name}' is a mapping of texts to texts"))
    for key, value in given.items():
        check_texts({f"{name}: {key}": key, f"{name}.{key}": value})
    return given


def people_of(given: Mapping[str, str] | None) -> Mapping[str, str] | None:
    """Personal data in NFC, None without any (R151). Raises BadValue for an unknown field."""
    return people.checked(texts("people", given)) or None


def numbers_of(given: Sequence[str]) -> tuple[str, ...]:
    """Dossier numbers, each once. Raises BadValue for anything else, a single text too."""
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise BadValue(Text("'numbers' phải là danh sách mã hồ sơ", "'numbers' is a list of dossier numbers"))
    for number in given:
        check_texts({"numbers": number})
    return tuple(dict.fromkeys(given))
