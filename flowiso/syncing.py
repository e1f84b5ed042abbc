"""Dossiers in the field names of the national public service portal, and what others would have sent instead (R114). Pure.

The true state, date, person and number are sent and never overwritten. What the log doesn't know is left out, not invented.
Field names and codes: docs/sync.md, read off a provincial system's payload, not off a published standard.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from .calendar import Calendar
from .control import called
from .dossier import Dossier
from .model import CONFIRM, REMARKS, Move
from .national import Status, has_result, status
from .org import Org
from .state import State, walk
from .stats import CHANNEL_TITLES
from .text import Text
from .worktime import local

PERSONAL: Mapping[str, str] = {
    "ChuHoSo": "owner",
    "SoGiayToChuHoSo": "id_no",
    "SoDienThoai": "phone",
    "Email": "email",
    "TrichYeuHoSo": "subject",
}
"""The fields of the payload that are personal data, each with the field it is kept under."""

DESK = "Cán bộ một cửa"
"""Whom that system names in the place of the officer (R114)."""

_SENT_AS_DONE = (5, 6, 8)
_Walk = list[tuple[State | None, Move, State]]


class Difference(NamedTuple):
    """One line of the reconciliation list: what is `true`, what another system has or would send, and `why`."""

    number: str
    field: str
    true: str | int | None
    other: str | int | None
    why: Text


def payload(dossier: Dossier, calendar: Calendar, people: Mapping[str, str]) -> dict[str, Any]:
    """A dossier's record for the portal: dates are yyyyMMddHHmmss in Việt Nam's time, fields without a value are left out."""
    log, org = list(walk(dossier.table, calendar, dossier.moves)), dossier.table.org
    flow, case, state = dossier.flow, dossier.case, dossier.state
    field = org.fields.get(flow.field)
    found = {
        "MaHoSo": case.number,
        "MaTTHC": flow.national_code,
        "TenTTHC": flow.title,
        "MaLinhVuc": flow.field,
        "TenLinhVuc": field.vi if field else None,
        "KenhThucHien": CHANNEL_TITLES[case.channel].vi,
        **{name: people.get(kept) for name, kept in PERSONAL.items()},
        "NgayNopHoSo": _date(dossier.moves[0].at),
        "NgayTiepNhan": _date(state.received),
        "NgayHenTra": _date(state.due_current),
        "NgayKetThucXuLy": _date(state.resolved if has_result(state) or state.ended else None),
        "NgayTra": _date(_since(log, 10)),
        "NgayTuChoi": _date(_since(log, 3)),
        "TrangThaiHoSo": status(state),
        "DonViXuLy": _seat(org, flow.division),
        "NoiNopHoSo": org.title.vi,
        "DanhSachHoSoBoSung": list(_supplements(log)) or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def progress(dossier: Dossier, calendar: Calendar) -> list[dict[str, Any]]:
    """What was done with a dossier, a record for each line but mere confirmations and remarks: by whom, and within which time.

    The person is who did it, never the desk; what he wrote stays in the store (R151).
    """
    log = walk(dossier.table, calendar, dossier.moves)
    return [
        _done(dossier, before, move, after)
        for before, move, after in log
        if move.action != CONFIRM and move.action not in REMARKS
    ]


def _done(dossier: Dossier, before: State | None, move: Move, after: State) -> dict[str, Any]:
    org, account = dossier.table.org, dossier.table.org.accounts.get(move.actor)
    post = org.post(move.actor, local(move.at).date())
    duty = next((role.title.vi for name, role in org.roles.items() if post and name in post.roles), None)
    found = {
        "MaHoSo": dossier.number,
        "NguoiXuLy": account.name if account else move.actor,
        "ChucDanh": duty,
        "ThoiDiemXuLy": _date(move.at),
        "PhongBanXuLy": _seat(org, post.division) if post else None,
        "NoiDungXuLy": f"{called(before.row if before else None, move).vi}: {after.row.title.vi}",
        "TrangThai": status(after),
        "NgayBatDau": _date(before.since if before else move.at),
        "NgayKetThucTheoQuyDinh": _date(before.step_due if before else None),
    }
    return {name: value for name, value in found.items() if value is not None}


def reconciliation(dossier: Dossier, calendar: Calendar) -> Iterator[Difference]:
    """What a provincial system that is known to send otherwise would tell of this dossier (R114), and why."""
    number, state, now = dossier.number, dossier.state, status(dossier.state)
    if not _has_prefix(number, dossier.case.agency):
        yield Difference(number, "MaHoSo", number, None, _NUMBER)
    if dossier.flow.national_code is None:
        yield Difference(number, "MaTTHC", None, None, _NO_CODE)
    since = _sent_as_done(dossier, calendar, now)
    if since is None:
        return
    why = _WAITS if now in _SENT_AS_DONE else _NO_DUE
    yield Difference(number, "TrangThaiHoSo", now, 9, why)
    ended = state.resolved if has_result(state) or state.ended else None
    if _date(ended) != _date(since):
        yield Difference(number, "NgayKetThucXuLy", _date(ended), _date(since), why)
    account = dossier.table.org.accounts.get(state.holder)
    yield Difference(number, "NguoiXuLy", account.name if account else state.holder or None, DESK, why)


def compared(records: Iterable[Mapping[str, Any]], others: Iterable[Mapping[str, Any]]) -> Iterator[Difference]:
    """Where another system's records of the same dossiers tell otherwise, by number and field; dossiers that only one has."""
    listed = [(str(one.get("MaHoSo", "")), one) for one in others]
    theirs, counted = dict(listed), Counter(number for number, _ in listed)
    for number in sorted(number for number, count in counted.items() if count > 1):
        yield Difference(number, "MaHoSo", 1, counted[number], _TWICE)
    for ours in records:
        number = ours["MaHoSo"]
        known = theirs.pop(number, None)
        if known is None:
            yield Difference(number, "MaHoSo", number, None, _MISSING)
            continue
        for field in sorted(_COMPARED & (ours.keys() | known.keys())):
            if _plain(ours.get(field)) != _plain(known.get(field)):
                yield Difference(number, field, ours.get(field), _plain(known.get(field)), _DIFFERS)
    for number in sorted(theirs):
        yield Difference(number, "MaHoSo", None, number, _UNKNOWN)


_COMPARED = {
    *(
        "MaTTHC",
        "NgayNopHoSo",
        "NgayTiepNhan",
        "NgayHenTra",
        "NgayKetThucXuLy",
        "NgayTra",
        "NgayTuChoi",
        "TrangThaiHoSo",
    ),
}
"""What is compared: no personal data."""
_WAITS = Text(
    "hồ sơ chưa xong; nơi khác gửi mã 5, 6, 8 thành 9 (đã xong) từ ngày yêu cầu",
    "not done; others send codes 5, 6 and 8 as 9 (done), dated at the request",
)
_NO_DUE = Text(
    "hồ sơ không có ngày hẹn trả; nơi khác gửi ngay thành 9 (đã xong)",
    "without an appointment date; others send it as 9 (done) at once",
)
_NUMBER = Text(
    "mã số không mang mã của tỉnh; nơi khác tự đặt mã mới, không tra lại được",
    "the number has not the province's prefix; others invent one, which nobody can look up",
)
_NO_CODE = Text(
    "lưu đồ chưa ghi mã thủ tục quốc gia; hãy ghi 'national_code'",
    "the flow doesn't tell its national code; write 'national_code'",
)
_MISSING = Text("nơi kia không có hồ sơ này", "the other side doesn't have it")
_TWICE = Text("nơi kia có nhiều bản ghi cùng mã này", "the other side has several records of this number")
_UNKNOWN = Text("kho này không có hồ sơ ấy trong kỳ", "this store has no such dossier in the period")
_DIFFERS = Text("hai bên ghi khác nhau", "the two sides differ")


def _sent_as_done(dossier: Dossier, calendar: Calendar, now: Status) -> int | None:
    """Since when that system would call it done though it isn't; None where it would tell the truth."""
    if now in _SENT_AS_DONE:
        return _since(list(walk(dossier.table, calendar, dossier.moves)), now)
    state = dossier.state
    return state.received if now in (2, 4) and state.due is None else None


def _has_prefix(number: str, agency: str) -> bool:
    """Whether a number begins with a code of the agency's province: the part of its id that is a letter and two digits (R32)."""
    province = next((part for part in agency.split(".") if len(part) == 3 and not part.isdecimal()), agency)
    return province in number.partition("-")[0].split(".")


def _since(log: _Walk, code: Status) -> int | None:
    """When it came to be under a code for the last time; None if it never was, or isn't any more."""
    found: int | None = None
    for before, move, after in log:
        if status(after) != code:
            found = None
        elif before is None or status(before) != code:
            found = move.at
    return found


def _supplements(log: _Walk) -> Iterator[dict[str, Any]]:
    """Each supplement: when it was asked for, when it came, and the due moment before and after."""
    asked: dict[str, Any] = {}
    for before, move, after in log:
        was, now = status(before) if before else None, status(after)
        if now == 5 != was:
            asked = {"NgayBoSung": _date(move.at), "NgayHenTraTruoc": _date(before.due_current if before else None)}
        elif was == 5 != now and asked:
            came = (
                {} if after.ended else {"NgayTiepNhanBoSung": _date(move.at), "NgayHenTraMoi": _date(after.due_current)}
            )
            yield _told(asked | came)
            asked = {}
    if asked:
        yield _told(asked)


def _told(found: Mapping[str, Any]) -> dict[str, Any]:
    names = ("NgayBoSung", "NgayTiepNhanBoSung", "NgayHenTraTruoc", "NgayHenTraMoi")
    return {name: found[name] for name in names if found.get(name) is not None}


def _seat(org: Org, seat: str) -> str | None:
    title = org.seat_title(seat) if seat else None
    return title.vi if title else None


def _date(at: int | None) -> str | None:
    return None if at is None else f"{local(at):%Y%m%d%H%M%S}"


def _plain(value: Any) -> str | None:
    """A value of either side in one form: numbers and texts alike; nothing where there is none."""
    return None if value in (None, "") else str(value)
