"""The columns of the Parquet files of facts: closed, and described here alone.

Every row was told on the day `told` and has the `weight` 1; where it turned out otherwise later, or went on, the same row with
the weight -1 takes it back on that day. What stood when a day ended is the sum of the weights of all rows told up to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from ..text import Text

FORMAT = 1
"""The number of this set of tables and columns; another set gets another number."""

Kind = Literal["string", "int", "day", "date", "bool"]
"""Types: a day is one of Việt Nam's calendar, a date (as in event logs) a moment in epoch seconds."""


class Column(NamedTuple):
    """A column's type and meaning; where it may be empty the meaning says when."""

    kind: Kind
    meaning: Text


_AGENCY = {
    "agency": Column("string", Text("mã cơ quan", "id of the agency")),
    "number": Column("string", Text("số hồ sơ", "number of the dossier")),
    "code": Column("string", Text("mã thủ tục", "code of the procedure")),
}
_LEDGER = {
    "told": Column("day", Text("ngày nhật ký cho biết", "day on which the log told it")),
    "weight": Column("int", Text("1, hoặc -1 khi rút lại", "1, or -1 where it is taken back")),
}

DOSSIERS: Mapping[str, Column] = {
    **_AGENCY,
    "version": Column("int", Text("lần ban hành của lưu đồ", "version of the flow")),
    "field": Column("string", Text("lĩnh vực; trống khi không còn lưu đồ", "field; empty where the flow is gone")),
    "division": Column(
        "string", Text("phòng có thủ tục; trống khi không còn lưu đồ", "division that owns it; empty as above")
    ),
    "channel": Column("string", Text("kênh: counter, online, postal", "channel: counter, online, postal")),
    "handler": Column("string", Text("tài khoản thụ lý (R140)", "account that answers for it (R140)")),
    "received": Column("day", Text("ngày tiếp nhận; trống khi chưa", "day of receipt; empty before")),
    "resolved": Column("day", Text("ngày có kết quả; trống khi chưa", "day of the result; empty before")),
    "due": Column("day", Text("ngày hẹn trả; trống khi không có thời hạn", "due day; empty without a term")),
    "outcome": Column(
        "string",
        Text(
            "đã giải quyết, theo ngày hẹn trả của luật: early, on_time, late, withdrawn, stopped, no_term (R50, R57, R59, R61)",
            "once resolved, by the law's due date: early, on_time, late, withdrawn, stopped, no_term (R50, R57, R59, R61)",
        ),
    ),
    "closed_overdue": Column(
        "bool", Text("rút hoặc dừng khi đã quá hạn (R129)", "withdrawn or stopped overdue (R129)")
    ),
    "clock_stands": Column(
        "bool", Text("đồng hồ đang dừng, không quá hạn", "the clock stands, and it can't be overdue")
    ),
    "appointed": Column(
        "day",
        Text("ngày hẹn lại (R50); trống khi không xin lỗi, hẹn lại", "day it was re-appointed to (R50); empty without"),
    ),
    "cause": Column(
        "string",
        Text("vì sao trễ hoặc đang quá hạn (R95); trống khi không", "why it is late or overdue (R95); empty else"),
    ),
    "refused": Column("day", Text("ngày từ chối tiếp nhận (R91); trống khi không", "day of refusal (R91); empty else")),
    "suspected": Column(
        "day",
        Text(
            "ngày từ đó là giao quá lâu chưa nhận (R122); trống khi không chờ nhận",
            "day from which it is long unconfirmed (R122); empty where nothing waits",
        ),
    ),
    "ended": Column("day", Text("ngày của dòng cuối khi đã kết thúc", "day of its last line once it is over")),
    **_LEDGER,
}
"""A row for each state of a dossier that stood when a day ended."""

STAYS: Mapping[str, Column] = {
    **_AGENCY,
    "step": Column("string", Text("mã bước", "id of the step")),
    "officer": Column("string", Text("tài khoản đã giữ bước", "account that had it")),
    "division": Column("string", Text("phòng của tài khoản; trống khi không rõ", "its division; empty if unknown")),
    "party": Column(
        "string", Text("chậm thì tính cho ai: agency, partner (R95)", "whose lateness: agency, partner (R95)")
    ),
    "since": Column("date", Text("nhận lúc", "had it from")),
    "until": Column("date", Text("xong lúc", "to")),
    "due": Column("date", Text("hạn của bước; trống khi không có", "the step's due moment; empty without one")),
    "minutes": Column(
        "int", Text("số phút làm việc đã giữ, trừ lúc tạm dừng", "working minutes he had it, without pauses")
    ),
    "late": Column("bool", Text("xong sau phút đến hạn (R72, R124)", "finished after its due minute (R72, R124)")),
    "late_minutes": Column(
        "int", Text("số phút làm việc quá hạn, 0 khi không trễ", "working minutes past it, 0 if not late")
    ),
    **_LEDGER,
}
"""A row for each finished stay of a dossier with the account whose work it was (`life.Visit`)."""

MISROUTES: Mapping[str, Column] = {
    **_AGENCY,
    "step": Column("string", Text("mã bước", "id of the step")),
    "officer": Column("string", Text("tài khoản chuyển nhầm", "account that sent it wrong")),
    "division": Column("string", Text("phòng của tài khoản ấy", "its division")),
    "account": Column("string", Text("tài khoản nhận nhầm", "wrong account")),
    "lost_minutes": Column("int", Text("số phút làm việc mất đến ngày ấy", "working minutes it cost up to that day")),
    **_LEDGER,
}
"""A row for each hand-over to a wrong account (R123, R124)."""

RETURNS: Mapping[str, Column] = {
    **_AGENCY,
    "since": Column("day", Text("từ ngày này có kết quả", "from this day on there was a result")),
    "until": Column("day", Text("đến trước ngày này", "to before this day")),
    "late": Column("bool", Text("kết quả ấy đã trễ", "which was late then")),
    **_LEDGER,
}
"""A row for each time for which a result was there that came back later (R129)."""

TABLES: Mapping[str, Mapping[str, Column]] = {
    "dossiers": DOSSIERS,
    "stays": STAYS,
    "misroutes": MISROUTES,
    "returns": RETURNS,
}
"""The tables by name, which is also how the file of each is called."""
