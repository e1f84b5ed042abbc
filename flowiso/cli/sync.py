"""`flowiso sync`: dossiers in the national portal's field names, and the list of what others tell otherwise (docs/sync.md)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..model import REAPPOINT
from ..text import Text
from .case import at_option, file_bytes, moment_of, opened, store_option
from .options import command, flows_option, format_option, json_text, lang_of, option
from .output import out_option
from .periods import period_of, period_options
from .printing import unmasked_option, written

if TYPE_CHECKING:
    from ..dossier import Dossier
    from ..engine import Engine
    from ..period import Period
    from ..syncing import Difference


@command(
    "sync",
    text=Text(
        "Hồ sơ của một kỳ theo tên trường và mã trạng thái quốc gia, để gửi lên Cổng dịch vụ công; --reconcile là danh sách đối"
        " soát: chỗ nào nơi khác gửi khác sự thật, --against so với tệp của nơi kia.",
        "The dossiers of a period in the field names and status codes of the national portal; --reconcile lists what others"
        " would send otherwise than it is, --against compares with the other side's file.",
    ),
    example="flowiso sync --store sqlite:///mot-cua.db --year 2021 --reconcile",
)
@store_option
@period_options
@at_option
@option("--reconcile", is_flag=True, text=Text("Danh sách đối soát (R114).", "The reconciliation list (R114)."))
@option(
    "--against", metavar="FILE",
    text=Text("Tệp JSON của nơi kia: danh sách hồ sơ.", "The other side's JSON file: a list of dossiers."),
)  # fmt: skip
@unmasked_option
@out_option
@format_option("json", "text")
@flows_option
def sync(
    store: str,
    at: str | None,
    reconcile: bool,
    against: str | None,
    unmasked: bool,
    output: str | None,
    form: str,
    flows: str | None,
    **given: Any,
) -> None:
    """Write them; exit 0, 1 when --against finds a difference, 2 when it can't be done."""
    from ..syncing import compared, payload, progress, reconciliation

    period = period_of(given)
    with opened(store, flows) as engine:
        calendar = engine.flows.calendar
        dossiers = list(_dossiers(engine, period, moment_of(at)))
        if against is not None:
            records = [payload(one, calendar, {}) for one in dossiers]
            found = list(compared(records, _others(against)))
            written(_list(found, form), output)
            sys.exit(1 if found else 0)
        if reconcile:
            listed = [one for dossier in dossiers for one in reconciliation(dossier, calendar)]
            written(_list(listed, form), output)
            return
        people = {one.number: engine.person(one.number, unmasked=True) if unmasked else {} for one in dossiers}
        records = [
            payload(one, calendar, people[one.number]) | {"TienTrinh": progress(one, calendar)} for one in dossiers
        ]
        simulated = engine.store.kind == "simulated"
    again = sum(any(move.action == REAPPOINT for move in one.moves) for one in dossiers)
    value = {"simulated": simulated, "period": period.title.vi, "reappointed": again, "dossiers": records}
    written(json_text(value) + "\n" if form == "json" else _counted(records, again), output)


def _dossiers(engine: Engine, period: Period, at: datetime | None) -> Iterator[Dossier]:
    """The dossiers that came in during the period, as their logs up to a moment tell them."""
    from ..dossier import Dossier
    from ..worktime import TZ

    for table, life in engine.lives(at or datetime.now(TZ)):
        if period.start <= life.log[0].at <= period.end:
            yield Dossier(life.case, table, life.state, life.log)


def _others(file: str) -> list[dict[str, Any]]:
    from ..errors import BadValue

    try:
        found = json.loads(file_bytes(file))
        rows = found["dossiers"] if isinstance(found, dict) else found
        if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("MaHoSo") for row in rows):
            raise ValueError("MaHoSo")
    except (ValueError, KeyError, RecursionError) as error:
        raise BadValue(
            Text(
                f"'{file}' không phải danh sách hồ sơ JSON, mỗi hồ sơ có 'MaHoSo'",
                f"'{file}' is no JSON list of dossiers that have 'MaHoSo'",
            )
        ) from error
    return rows


def _list(found: Sequence[Difference], form: str) -> str:
    lang = lang_of()
    if form == "json":
        rows = [one._asdict() | {"why": one.why.to(lang)} for one in found]
        return json_text({"differences": rows}) + "\n"
    lines = [f"{one.number}  {one.field}: {one.true or '-'} / {one.other or '-'}  {one.why.to(lang)}" for one in found]
    return "\n".join(lines or [Text("không có chỗ nào khác", "no difference").to(lang)]) + "\n"


def _counted(records: Iterable[dict[str, Any]], again: int) -> str:
    """How many dossiers stand under each code, and how many were re-appointed, whose due date is the new one (R50)."""
    from collections import Counter

    from ..national import STATUSES

    counts = Counter(record["TrangThaiHoSo"] for record in records)
    lines = [f"{code:>2}  {STATUSES[code].to(lang_of())}: {counts[code]}" for code in sorted(counts)]
    if again:
        shown = Text("đã xin lỗi, gửi theo ngày hẹn lại", "re-appointed with an apology, sent with the new date")
        lines.append(f"    {shown.to(lang_of())}: {again}")
    return "\n".join(lines or [Text("không có hồ sơ", "no dossier").to(lang_of())]) + "\n"
