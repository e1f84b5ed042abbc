"""The keys of a scenario file, how each is written, and the codes of what may be wrong with one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from ..agencyfile import leave
from ..schema import Key, Reader, Reading, ident, many, node, one_of, pattern, text, whole, whole_term
from ..text import Text
from ..yamlfile import Map, Node, Scalar, Seq, brief

if TYPE_CHECKING:
    from .scenario import Basis

CODES: Mapping[str, str] = {
    "SCN001": "unknown-base",
    "SCN002": "circular-base",
    "SCN003": "unknown-number",
    "SCN101": "unknown-procedure",
    "SCN102": "unknown-step",
    "SCN103": "unknown-role",
    "SCN104": "unknown-account",
    "SCN105": "unknown-division",
    "SCN106": "unknown-arrow",
    "SCN201": "not-a-share",
    "SCN202": "shares-over-one",
    "SCN203": "no-weight",
    "SCN204": "no-effort",
    "SCN205": "active-mismatch",
    "SCN206": "dwell-too-long",
    "SCN207": "deadline-twice",
    "SCN301": "year-unknown",
    "SCN302": "nothing-in-force",
    "SCN303": "no-officer",
    "SCN304": "next-year-unknown",
    "SCN401": "published-mismatch",
}
"""The codes of findings about scenarios, with their names; what is wrong with the text alone has those of flow files."""

NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
"""The name of a scenario: that of its file."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = tuple(map(str, range(1, 13)))
ALL, NEVER = "all", "never"
BASES: tuple[Basis, ...] = ("read", "calibrated", "assumed")


class Each(NamedTuple):
    """A mapping whose keys are names of the agency's: (name, value) in the order of the file."""

    entries: tuple[tuple[Scalar, Any, Node], ...]


class Fact(NamedTuple):
    """Where numbers come from, as written: `of` are paths or their beginnings."""

    of: tuple[Scalar, ...]
    basis: Basis
    why: Text


def report(reading: Reading, code: str, value: Node, vi: str, en: str) -> None:
    """Add a finding with a code of this module."""
    reading.source.report(code, CODES[code], value, Text(vi, en))


def _written(value: Node) -> str:
    return value.text if isinstance(value, Scalar) else ""


def _decimal(words: str) -> Decimal | None:
    """A number as people write it, `0.003` or `0.3%`, at most nine digits before and after the point; else None."""
    found = re.fullmatch(r"(-?[0-9]{1,9}(?:\.[0-9]{1,9})?)(%?)", words)
    return found and Decimal(found[1]) / (100 if found[2] else 1)


def _unclear(reading: Reading, value: Node, vi: str, en: str) -> None:
    shown = f"'{brief(_written(value))}'" if isinstance(value, Scalar) and value.text else ""
    reading.source.bad(
        value,
        f"{shown or 'giá trị này'} không hợp lệ: cần {vi}",
        f"{shown or 'this value'} is not valid: {en} is needed",
    )


def share(reading: Reading, value: Node) -> float | None:
    """A share of one: `0.3%` or `0.003`."""
    found = _decimal(_written(value))
    if found is None:
        _unclear(reading, value, "một tỷ lệ như 0.3% hoặc 0.003", "a share such as 0.3% or 0.003")
        return None
    if not 0 <= found <= 1:
        shown = _written(value)
        report(
            reading,
            "SCN201",
            value,
            f"tỷ lệ {shown} phải từ 0 đến 1, tức là từ 0% đến 100%",
            f"the share {shown} has to be from 0 to 1, that is from 0% to 100%",
        )
        return None
    return float(found)


def number(low: float, high: float, code: str | None = None) -> Reader:
    """A reader of numbers, or percentages, from `low` to `high`; of those above `low` when what is zero has a `code`."""

    def read(reading: Reading, value: Node) -> float | None:
        found = _decimal(_written(value))
        if found is not None and low <= float(found) <= high and (found or code is None):
            return float(found)
        if found is not None and found <= 0 and code is not None:
            _nothing(reading, value, code)
        else:
            _unclear(reading, value, f"một số từ {low:g} đến {high:g}", f"a number from {low:g} to {high:g}")
        return None

    return read


def _nothing(reading: Reading, value: Node, code: str) -> None:
    report(
        reading,
        code,
        value,
        f"'{brief(_written(value))}': phải lớn hơn 0, không ai làm việc mà không tốn công",
        f"'{brief(_written(value))}': must be more than 0, nobody works in no time",
    )


def _amount(unit: str, high: int, vi: str, en: str, code: str | None = None) -> Reader:
    """A reader of numbers that are written with their unit, from 0 to `high`; above 0 when there is a `code` for 0."""

    def read(reading: Reading, value: Node) -> float | None:
        words = _written(value)
        found = _decimal(words.removesuffix(unit)) if words.endswith(unit) and "%" not in words else None
        if found is None or not 0 <= found <= high:
            _unclear(reading, value, f"{vi}, nhiều nhất {high}{unit}", f"{en}, at most {high}{unit}")
            return None
        if not found and code is not None:
            _nothing(reading, value, code)
            return None
        return float(found)

    return read


hours = _amount("wh", 10_000, "số giờ làm việc như 12wh", "working hours such as 12wh")
minutes = _amount("min", 100_000, "số phút làm việc như 25min", "working minutes such as 25min", "SCN204")


def _either(word: str, read_one: Reader) -> Reader:
    """A reader that takes a word, or what another takes."""

    def read(reading: Reading, value: Node) -> Any:
        return word if _written(value) == word else read_one(reading, value)

    return read


def each(read_one: Reader) -> Reader:
    """A reader of mappings from names to values."""

    def read(reading: Reading, value: Node) -> Each | None:
        if not isinstance(value, Map):
            reading.no_table(value, "", "{...: ...}")
            return None
        found = [(name, read_one(reading, written), written) for name, written in value.items]
        return Each(tuple(entry for entry in found if entry[1] is not None))

    return read


def of(names: tuple[str, ...], read_one: Reader) -> Reader:
    """A reader of mappings from some of these names to values."""
    keys = {name: Key(read_one) for name in names}

    def read(reading: Reading, value: Node) -> Each | None:
        values = reading.table(value, keys)
        items = value.items if isinstance(value, Map) else []
        return Each(tuple((name, values[name.text], written) for name, written in items if name.text in values))

    return read


account = pattern(r"[a-z0-9]+(?:[.-][a-z0-9]+)*", "mã tài khoản như lan.vp", "an account id such as lan.vp")
_weight = number(0, 1_000)
_spread = number(0, 3)
_MORE: Mapping[str, Key] = {
    "role": Key(ident, needed=True),
    "division": Key(ident),
    "count": Key(whole(1, 1_000), needed=True),
}


def _more(reading: Reading, value: Node) -> dict[str, Any] | None:
    values = reading.table(value, _MORE)
    return values if {"role", "count"} <= values.keys() else None


def _none_or_many(read_one: Reader) -> Reader:
    """A reader of lists that may be empty: a variant takes back what its base says."""

    def read(reading: Reading, value: Node) -> Any:
        return () if isinstance(value, Seq) and not value.items else many(read_one)(reading, value)

    return read


class Number(NamedTuple):
    """A key of a scenario: how its value is read, and what it is called where the value is shown."""

    read: Reader
    title: Text


SECTIONS: Mapping[str, Mapping[str, Number]] = {
    "arrivals": {
        "dossiers": Number(whole(1, 10_000_000), Text("hồ sơ được tiếp nhận", "dossiers accepted")),
        "active": Number(_either(ALL, whole(1, 10_000)), Text("thủ tục có hồ sơ", "procedures with dossiers")),
        "shares": Number(each(share), Text("phần hồ sơ của thủ tục", "shares of procedures")),
        "tail": Number(
            number(0, 20), Text("độ dốc theo thứ hạng của các thủ tục khác", "fall by rank of the other procedures")
        ),
        "weekdays": Number(of(WEEKDAYS, _weight), Text("trọng số của ngày trong tuần", "weights of weekdays")),
        "months": Number(of(MONTHS, _weight), Text("trọng số của tháng", "weights of months")),
        "online": Number(share, Text("tỷ lệ nộp trực tuyến", "share submitted online")),
        "postal": Number(
            share, Text("tỷ lệ qua bưu chính, của số không trực tuyến", "share by post, of what isn't online")
        ),
        "refused": Number(
            share, Text("tỷ lệ không tiếp nhận, ngoài số tiếp nhận", "share refused, on top of those accepted")
        ),
    },
    "work": {
        "queue": Number(one_of("arrival", "due"), Text("thứ tự làm hồ sơ chờ", "order of work")),
        "dwell": Number(
            share, Text("để hồ sơ chờ, phần thời gian của bước (trung vị)", "left to lie, of a step's time")
        ),
        "dwell_most": Number(share, Text("để hồ sơ chờ nhiều nhất", "left to lie at most")),
        "dwell_sigma": Number(_spread, Text("độ phân tán của việc để chờ", "spread of the time left to lie")),
        "untimed": Number(hours, Text("để chờ ở bước không định thời gian (trung vị)", "left to lie at other steps")),
        "effort": Number(each(minutes), Text("công xử lý một lượt (trung vị)", "effort of a visit (median)")),
        "effort_other": Number(minutes, Text("công xử lý mọi lượt khác (trung vị)", "effort of other visits (median)")),
        "effort_sigma": Number(_spread, Text("độ phân tán của công xử lý", "spread of the effort")),
        "pace": Number(
            each(number(0, 100, "SCN204")), Text("nhân công xử lý của từng người với", "effort of accounts times")
        ),
        "forgotten": Number(share, Text("tỷ lệ lượt bị để quên", "share of visits forgotten")),
        "recalled": Number(
            hours, Text("việc để quên được nhớ ra sau (trung bình)", "what was forgotten is recalled after")
        ),
    },
    "outside": {
        "partner": Number(
            number(0, 10),
            Text("cơ quan ngoài dùng, phần thời gian của bước (trung vị)", "partners take, of a step's time"),
        ),
        "partner_sigma": Number(_spread, Text("độ phân tán của cơ quan ngoài", "spread of partners")),
        "partner_slow": Number(
            share, Text("tỷ lệ lượt cơ quan ngoài làm rất chậm", "share of partners' visits far slower")
        ),
        "slow_times": Number(
            number(0, 100), Text("cơ quan ngoài rất chậm thì lâu gấp", "far slower is so many times as long")
        ),
        "applicant": Number(hours, Text("người nộp bổ sung sau (trung vị)", "applicants take (median)")),
        "applicant_sigma": Number(_spread, Text("độ phân tán của người nộp", "spread of applicants")),
    },
    "misrouting": {
        "rate": Number(share, Text("tỷ lệ lượt chuyển nhầm tài khoản", "share of hand-overs to a wrong account")),
        "lawful": Number(
            share, Text("phần lượt nhầm sang người cũng được giữ bước", "share of these to one who may hold it")
        ),
        "noticed": Number(
            hours, Text("người nhận nhầm phát hiện sau (trung bình)", "noticed by the wrong account after (mean)")
        ),
    },
    "supervision": {
        "reacts": Number(share, Text("tỷ lệ cảnh báo được lãnh đạo xử lý", "share of warnings a head acts upon")),
        "within": Number(
            hours, Text("lãnh đạo xử lý cảnh báo sau (trung bình)", "a warning is acted upon after (mean)")
        ),
        "warned_before": Number(hours, Text("cảnh báo trước hạn của bước", "warned before a step is due")),
        "repeated": Number(_either(NEVER, hours), Text("nhắc lại cảnh báo sau", "warned again after")),
    },
    "staff": {
        "missing": Number(_none_or_many(account), Text("cán bộ vắng cả năm", "officers not there")),
        "more": Number(_none_or_many(_more), Text("cán bộ thêm", "officers more")),
        "leave": Number(each(leave), Text("nghỉ thêm", "further leave")),
    },
    "exact": {
        "received": Number(whole(1, 10_000_000), Text("công bố: hồ sơ tiếp nhận", "published: dossiers received")),
        "online": Number(whole(0, 10_000_000), Text("công bố: hồ sơ trực tuyến", "published: dossiers online")),
        "late": Number(whole(0, 10_000_000), Text("công bố: hồ sơ trễ hạn", "published: dossiers late")),
        "with_dossiers": Number(
            whole(1, 10_000), Text("công bố: thủ tục có hồ sơ", "published: procedures with dossiers")
        ),
    },
}
"""What each part of a scenario may say; the keys are the fields of `Scenario`."""

PUBLISHED = "exact"
"""The part that says what was published of the year itself: all of it or nothing, and never of a variant of that year."""

ALONE: Mapping[str, Number] = {
    "year": Number(whole(1900, 2999), Text("năm mô phỏng", "year simulated")),
    "arrows": Number(each(share), Text("tỷ lệ lượt đi theo mũi tên", "shares of visits that leave by an arrow")),
    "deadlines": Number(each(whole_term), Text("thời hạn đặt thêm cho thủ tục", "terms given to procedures")),
    "terms": Number(number(0.01, 10), Text("nhân mọi thời hạn với", "all terms multiplied by")),
}
"""The numbers that stand in no part."""

TITLES: Mapping[str, Text] = {
    **{name: one.title for name, one in ALONE.items()},
    **{f"{part}.{name}": one.title for part, numbers in SECTIONS.items() for name, one in numbers.items()},
}
"""What each number of a scenario is called, by its path."""


def _keys(numbers: Mapping[str, Number]) -> Mapping[str, Key]:
    return {name: Key(one.read) for name, one in numbers.items()}


def _section(name: str) -> Reader:
    keys = {key: Key(one.read, name == PUBLISHED) for key, one in SECTIONS[name].items()}

    def read(reading: Reading, value: Node) -> dict[str, Any]:
        return reading.table(value, keys, f"{name}.")

    return read


_FACT: Mapping[str, Key] = {"of": Key(node, needed=True), **dict.fromkeys(BASES, Key(text)), "en": Key(text)}


def _fact(reading: Reading, value: Node) -> Fact | None:
    values = reading.table(value, _FACT, "facts.")
    given = [basis for basis in BASES if basis in values]
    if "of" not in values:
        return None
    if len(given) != 1:
        reading.source.bad(
            value,
            "cần đúng một trong 'read' (đọc ở đâu), 'calibrated' (chỉnh theo số nào), 'assumed' (vì sao giả định)",
            "give one of 'read' (in what source), 'calibrated' (on what figure), 'assumed' (why)",
        )
        return None
    vi = values[given[0]]
    of = values["of"]
    if many(text)(reading, of) is None:
        return None
    names = tuple(one for one in of.items if isinstance(one, Scalar))
    return Fact(names, given[0], Text(vi, values.get("en", vi)))


def _facts(reading: Reading, value: Node) -> tuple[Fact, ...] | None:
    return many(_fact)(reading, value)


_name = pattern(NAME.pattern, "tên kịch bản như dong-nai-2021", "the name of a scenario such as dong-nai-2021")

HEAD: Mapping[str, Key] = {
    "base": Key(_name),
    "title": Key(text, needed=True),
    "title_en": Key(text),
    **_keys(ALONE),
    **{name: Key(_section(name)) for name in SECTIONS},
    "facts": Key(_facts),
}

PATHS: tuple[str, ...] = (*SECTIONS, *TITLES)
"""What a fact may be about, but for the names below a mapping."""


def entries(values: Any, name: Scalar, value: Node) -> list[tuple[tuple[str, ...], Any, Scalar, Node]]:
    """What was read at a key as (path below it, value, the name, the node), a mapping as an entry for each of its keys."""
    if isinstance(values, Each):
        return [((key.text,), found, key, written) for key, found, written in values.entries]
    if not isinstance(values, dict):
        return [((), values, name, value)]
    items = value.items if isinstance(value, Map) else []
    return [
        ((key.text, *path), found, place, node)
        for key, written in items
        if key.text in values
        for path, found, place, node in entries(values[key.text], key, written)
    ]


def as_written(value: Node) -> str:
    """A value as the file has it, on one line."""
    if isinstance(value, Scalar):
        return value.text
    if isinstance(value, Seq):
        return f"[{', '.join(map(as_written, value.items))}]"
    return f"{{{', '.join(f'{name.text}: {as_written(one)}' for name, one in value.items)}}}"
