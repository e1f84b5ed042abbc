"""What a caller asks of the engine, checked before anything is done: its types, its words, its idempotency key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple, NoReturn, TypeGuard
from unicodedata import bidirectional, category

from . import people
from .errors import BadValue, DraftFlow, NotAllowed
from .model import CHANNELS, CHOICES, DAYS, RECORD, Flow
from .refusals import SILENT, Said
from .text import Text, nfc
from .worktime import instant

NUMBER = re.compile(r"(?:\d{3}\.\d{2}\.\d{2}\.[A-Y]\d{2}|[A-Y]\d{2}(?:\.[0-9A-Z]+)*)-\d{6}-\d{4,}", re.ASCII)
"""A dossier number of the old or the new structure (R33)."""

OURS = frozenset({"behalf", "told", "forced"})
"""The keys of a record that only the engine writes."""

TOLD = frozenset(RECORD.keys() - OURS)
"""The keys of a record that a caller may give."""

LONGEST = 4_000
"""The most characters a text may have."""

YEARS = range(1900, 3000)
"""The years a moment or a report may be of."""

_SHAPELESS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Letters and marks that leave no trace, such as variation selectors; Unicode doesn't count them among the controls."""

_BREAKS = "\n\r\t"
_TURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
"""The bidirectional classes of the controls that turn words round: what is read is not what is written."""

_LONGEST_KEY = 200
_MOST_LETTERS = 1_000_000


class Ask(NamedTuple):
    """A wish's idempotency key, "" without one, and the digest of what is asked.

    Of personal data (`people`) the digest holds the fields' names alone: a phone number is guessed from its hash (R151).
    """

    key: str = ""
    request: str = ""
    people: Mapping[str, str] = {}

    @classmethod
    def of(cls, key: str | None, *words: object, people: Mapping[str, str] | None = None) -> Ask:
        """The ask of a call; raises BadValue for a key that can't be one."""
        if key is None:
            return KEYLESS
        check_texts({"key": key})
        if not 0 < len(key) <= _LONGEST_KEY:
            _refuse(
                f"khóa (key) phải có từ 1 đến {_LONGEST_KEY} ký tự; hãy đặt lại",
                f"a key has 1 to {_LONGEST_KEY} characters; give another",
            )
        return cls(key, sha256(repr(words).encode()).hexdigest(), people or {})

    def is_about(self, people: Mapping[str, str]) -> bool:
        """Whether it may be about the people kept of a dossier: what both tell of is the same."""
        return all(people.get(field, value) == value for field, value in self.people.items())


KEYLESS = Ask()
"""A wish without an idempotency key."""


def _refuse(vi: str, en: str) -> NoReturn:
    raise BadValue(Text(vi, en))


def are_plain(*words: object) -> bool:
    """Whether these are surely what `check_texts` lets pass, as accounts and numbers mostly are: texts, in ASCII, not long."""
    try:
        whole = "".join(words)  # type: ignore[arg-type]
    except TypeError:
        return False
    return len(whole) <= LONGEST and whole.isascii() and whole.isprintable()


def check_texts(needed: Mapping[str, object], others: Mapping[str, object] | None = None) -> None:
    """Refuse as an account, number or key what is no text, is endless, or holds a character that nobody sees.

    Of `others`, None passes.
    """
    for name, value in needed.items():
        _check_id(name, value)
    for name, value in others.items() if others else ():
        if value is not None:
            _check_id(name, value)


def _check_id(name: str, value: object) -> None:
    text = _text(name, value)
    if not (text.isascii() and text.isprintable()):
        _check_seen(name, text, prose=False)


def check_prose(name: str, value: object) -> None:
    """Refuse as words for people what is no text, is endless, or holds controls other than line breaks and tabs.

    What joins or parts letters unseen may stand in words; what turns them round may not.
    """
    text = _text(name, value)
    if not text.isprintable():
        _check_seen(name, text, prose=True)


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        kind = type(value).__name__
        _refuse(
            f"'{name}' phải là chữ, không phải {kind}; hãy cho một str", f"'{name}' is a text, not {kind}; give a str"
        )
    if len(value) > LONGEST:
        _refuse(
            f"'{name}' dài quá {LONGEST} ký tự; hãy rút gọn",
            f"'{name}' is longer than {LONGEST} characters; make it shorter",
        )
    return value


def _check_seen(name: str, text: str, prose: bool) -> None:
    for place, mark in enumerate(text, 1):
        if _is_hidden_control(mark) if prose else not _is_plain(mark):
            code = f"U+{ord(mark):04X}"
            _refuse(
                f"'{name}' có ký tự không nhìn thấy, {code}, ở vị trí {place}; hãy gõ lại không có nó",
                f"'{name}' holds a character that nobody sees, {code}, at position {place}; type it without",
            )


def _is_plain(mark: str) -> bool:
    return mark.isprintable() and not _SHAPELESS.match(mark)


def _is_hidden_control(mark: str) -> bool:
    if mark.isprintable() or mark in _BREAKS or category(mark) == "Zs":
        return False
    return category(mark) != "Cf" or bidirectional(mark) in _TURNING


def _kept(text: str) -> str:
    """Words in NFC, "" when there is nothing in them to see."""
    return nfc(text) if any(_is_plain(mark) and not mark.isspace() for mark in text) else ""


def check_opening(number: str | None, channel: str) -> None:
    """Refuse a number of the host's that is not well formed (R31, R33), and a channel there isn't (R10)."""
    check_texts({"channel": channel}, {"number": number})
    if channel not in CHANNELS:
        names = ", ".join(CHANNELS)
        _refuse(f"không có kênh '{channel}'; hãy dùng {names}", f"no channel '{channel}'; use {names}")
    if number is not None and not NUMBER.fullmatch(number):
        good = "H19.17-210914-0001"
        _refuse(
            f"mã hồ sơ '{number}' không đúng cấu trúc; ví dụ đúng: {good}",
            f"dossier number '{number}' is not well formed; a good one: {good}",
        )


def check_absent(**given: object) -> None:
    """Refuse what belongs to a submission where it is only received; raises BadValue."""
    for name, value in given.items():
        if value is not None:
            _refuse(
                f"hồ sơ đã nộp nên không ghi thêm '{name}' khi tiếp nhận; hãy ghi khi nộp (submit)",
                f"it is submitted already, '{name}' isn't given when it is received; give it to `submit`",
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
                f"{flow.code} còn dữ kiện giả định (bản thảo); xem 'flowiso show {flow.code}',"
                " hoặc mở với allow_draft=True (--allow-draft)",
                f"{flow.code} rests on assumed facts (draft); see 'flowiso show {flow.code}',"
                " or open with allow_draft=True (--allow-draft)",
            )
        )


def said(note: str | None, record: Mapping[str, str] | None, force: bool) -> Said:
    """What goes with a wish, in NFC, words that nobody sees being none.

    Raises BadValue for a key nobody knows, or one that only the engine writes.
    """
    if note is not None:
        check_prose("note", note)
        note = _kept(note)
    if record is None:
        return SILENT if note is None and not force else Said(note, None, bool(force))
    told = {key: _kept(value) for key, value in texts("record", record).items()}
    unknown = sorted(told.keys() - TOLD)
    if unknown:
        names = ", ".join(key for key in RECORD if key not in OURS)
        _refuse(
            f"không có mục '{unknown[0]}' (record); hãy dùng: {names}",
            f"no '{unknown[0]}' in a record; there are: {names}",
        )
    for key, value in told.items():
        _check_value(key, value)
    return Said(note, told or None, bool(force))


def _check_value(key: str, value: str) -> None:
    choices = CHOICES.get(key)
    if choices and value not in choices:
        names = ", ".join(choices)
        _refuse(f"'{key}' là một trong: {names}; không phải '{value}'", f"'{key}' is one of {names}")
    if key in DAYS and not _is_day(value):
        _refuse(f"'{key}' là một ngày dạng 2021-09-30, không phải '{value}'", f"'{key}' is a day such as 2021-09-30")


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def texts(name: str, given: object) -> Mapping[str, str]:
    """A mapping of texts to words, an empty one for None; raises BadValue for anything else."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        kind = type(given).__name__
        _refuse(
            f"'{name}' phải là bảng chữ: chữ, không phải {kind}; hãy cho một dict",
            f"'{name}' is a mapping of texts to texts, not {kind}; give a dict",
        )
    for key, value in given.items():
        check_texts({f"{name}: {key}": key})
        check_prose(f"{name}.{key}", value)
    return given


def people_of(given: Mapping[str, str] | None) -> Mapping[str, str] | None:
    """Personal data in NFC, None without any (R151). Raises BadValue for an unknown field."""
    return people.checked({field: _kept(value) for field, value in texts("people", given).items()}) or None


def numbers_of(given: Sequence[str]) -> tuple[str, ...]:
    """Dossier numbers, each once. Raises BadValue for anything else, a single text too."""
    if isinstance(given, str) or not isinstance(given, Sequence):
        _refuse(
            "'numbers' phải là danh sách mã hồ sơ; hãy cho một list",
            "'numbers' is a list of dossier numbers; give a list",
        )
    for number in given:
        check_texts({"numbers": number})
    return tuple(dict.fromkeys(given))


def moment_of(at: object) -> int:
    """An aware datetime of `YEARS` in epoch seconds; raises BadValue for anything else."""
    if not isinstance(at, datetime) or at.utcoffset() is None:
        _refuse(
            "thời điểm phải là datetime có múi giờ; hãy cho tzinfo=flowiso.TZ",
            "a moment is a datetime with a time zone; give tzinfo=flowiso.TZ",
        )
    if at.year not in YEARS:
        _refuse(
            f"thời điểm {at} ngoài các năm {YEARS[0]} đến {YEARS[-1]}; hãy xem lại năm",
            f"the moment {at} is not of the years {YEARS[0]} to {YEARS[-1]}; check the year",
        )
    return instant(at)


def year_of(year: object) -> int:
    """A year of `YEARS`; raises BadValue for anything else, the text of one too."""
    if not _is_whole(year, YEARS):
        _refuse(
            f"năm (year) phải là số nguyên từ {YEARS[0]} đến {YEARS[-1]}; ví dụ đúng: 2021",
            f"a year is a whole number from {YEARS[0]} to {YEARS[-1]}; a good one: 2021",
        )
    return year


def limit_of(limit: object) -> int:
    """How many letters are wanted at most; raises BadValue for what is no number above 0."""
    if not _is_whole(limit, range(1, _MOST_LETTERS + 1)):
        _refuse(
            f"'limit' phải là số nguyên từ 1 đến {_MOST_LETTERS}; ví dụ đúng: 100",
            f"'limit' is a whole number from 1 to {_MOST_LETTERS}; a good one: 100",
        )
    return limit


def _is_whole(value: object, wanted: range) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value in wanted


def span_of(within: object) -> str | timedelta:
    """A working time as a term's text or a timedelta; raises BadValue for anything else, and for one before now."""
    if not isinstance(within, str | timedelta) or (isinstance(within, timedelta) and within < timedelta(0)):
        _refuse(
            "'due_within' phải là giờ hoặc ngày làm việc; ví dụ đúng: '8wh', '1wd', timedelta(hours=8)",
            "'due_within' is a working time; good ones: '8wh', '1wd', timedelta(hours=8)",
        )
    return within


def ids_of(letters: object) -> list[int]:
    """The ids of letters of the outbox; raises BadValue for anything else."""
    found = [getattr(letter, "id", None) for letter in letters] if isinstance(letters, Iterable) else [None]
    if not all(isinstance(one, int) for one in found):
        _refuse(
            "'letters' phải là các thư mà outbox() đã trả; hãy cho [thư]",
            "'letters' are letters that outbox() gave; give [letter]",
        )
    return [one for one in found if one is not None]
