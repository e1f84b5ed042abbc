"""`flowiso report`: the figures of a period, computed from the log; of one agency or of several together."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import repeat
from typing import Any, NamedTuple

import click

from ..app import Agency
from ..engine import Engine
from ..errors import BadValue
from ..period import Period
from ..ports import Store
from ..stats import Report, cut_off, identities
from ..text import Text
from ..totals import Span, Totals
from ..worktime import TZ, instant
from .case import file_bytes, moment_of
from .options import command, option
from .output import check_writable, out_option
from .periods import NAMES, period_of, period_options
from .printing import font_option, form_of, form_option
from .reporting import FORMS, Target, write_annual, write_drilled, write_figures, write_totals
from .sourced import check_come, sourced


@command(
    "report",
    text=Text(
        "Số liệu một kỳ (năm, quý, 6 và 9 tháng, tháng, tuần, từ ngày đến ngày), tính từ nhật ký như lúc hết kỳ hoặc lúc"
        " --as-of: biểu II.06a, đúng hạn, trễ hạn và vì sao, theo lĩnh vực, thủ tục, phòng, kênh và cán bộ; một cơ quan"
        " hay nhiều cơ quan cộng lại.",
        "The figures of a period (year, quarter, 6 and 9 months, month, week, from day to day), computed from the log as it"
        " stood at its end or at --as-of: form II.06a, in time, late and why, by field, procedure, division, channel and"
        " officer; of one agency, or of several added up.",
    ),
    example="flowiso report --year 2021 --store sqlite:///mot-cua.db",
)
@period_options
@option(
    "--as-of",
    metavar="TIME",
    text=Text(
        "Chốt số liệu lúc này nếu kỳ chưa hết: 2021-09-14 08:30 (mặc định: cuối kỳ; kỳ chưa hết thì bây giờ).",
        "The cut-off where the period isn't over by then: 2021-09-14 08:30 (default: its end, or now before that).",
    ),
)
@option(
    "--store",
    "stores",
    multiple=True,
    text=Text(
        "Kho hồ sơ: sqlite:///mot-cua.db; nhiều cơ quan thì cho nhiều lần.",
        "The store: sqlite:///mot-cua.db; once for each of several agencies.",
    ),
)
@option(
    "--totals",
    "files",
    metavar="FILE",
    multiple=True,
    text=Text(
        "Cộng thêm số liệu cơ quan khác đã ghi bằng --format json.",
        "Add another agency's figures, written before with --format json.",
    ),
)
@option(
    "--against",
    metavar="FILE",
    default=None,
    text=Text(
        "Đối chiếu báo cáo đã công bố (văn bản thuần, hoặc tệp YAML các số liệu) với số liệu của một cơ quan (docs/against.md).",
        "Hold a published report (plain text, or a YAML file of figures) against one agency's figures (docs/against.md).",
    ),
)
@option(
    "--drill",
    "cell",
    metavar="CELL",
    default=None,
    text=Text(
        "Liệt kê các hồ sơ làm nên một ô số liệu: agency/late, field/xttm/late, officer/lan.vp/late_steps, cause/overload.",
        "List the dossiers behind a figure: agency/late, field/xttm/late, officer/lan.vp/late_steps, cause/overload.",
    ),
)
@option(
    "--iso",
    is_flag=True,
    text=Text(
        "Báo cáo năm về hệ thống quản lý chất lượng, đủ các mục, cùng điều cơ quan khai trong _reports/<năm>.yaml.",
        "The year's report on the quality management system, every section, with what _reports/<year>.yaml declares.",
    ),
)
@option(
    "--kept",
    is_flag=True,
    text=Text(
        "Trả lời ngay từ số tổng giữ sẵn (flowiso keep): kết quả theo lĩnh vực, thủ tục; lượt xử lý theo cán bộ.",
        "Answer at once from kept totals (flowiso keep): results by field and procedure, steps by officer.",
    ),
)
@option(
    "--recount",
    is_flag=True,
    text=Text(
        "Tính lại mọi số tổng giữ sẵn từ nhật ký và đối chiếu, không cần kỳ; khác thì mã thoát 1.",
        "Work out all kept totals from the logs and compare, of no period; exit 1 where they differ.",
    ),
)
@out_option
@form_option("text", *FORMS)
@font_option
@option(
    "--flows",
    "folders",
    type=click.Path(file_okay=False),
    multiple=True,
    text=Text(
        "Thư mục lưu đồ (mặc định: ./flows, không có thì cơ quan đang đứng trong, rồi đến bản đi kèm FlowISO); nhiều cơ quan"
        " thì mỗi cơ quan một thư mục, theo thứ tự các kho.",
        "Folder of flows (default: ./flows, else the agency one stands in, else the one shipped with FlowISO); of several"
        " agencies one each, in the order of the stores.",
    ),
)
def report(
    as_of: str | None,
    stores: tuple[str, ...],
    files: tuple[str, ...],
    against: str | None,
    cell: str | None,
    iso: bool,
    kept: bool,
    recount: bool,
    output: str | None,
    form: str | None,
    font: str | None,
    folders: tuple[str, ...],
    **given: Any,
) -> None:
    """Print the figures; exit 0, 1 for a published report that isn't right, or 2 when it can't be done."""
    gc.disable()  # lives are read one after the other and make hardly a cycle: looking for some took a tenth of the time
    at, now = moment_of(as_of), datetime.now(TZ)
    asked = list(_asked(stores, folders))
    _check_sources(asked, files)
    _check_moment(asked, as_of)
    target = Target(form_of(form, output, *FORMS), output, font)
    check_writable(output)
    flags = {"--iso": iso, "--kept": kept, "--recount": recount}
    one = _alone({"--against": against, "--drill": cell} | {name: flag or None for name, flag in flags.items()})
    if recount:
        _check_one(asked, files, "--recount")
        _check_no_period(given, as_of)
        _recount(*asked[0], target)
        return
    period = period_of(given)
    if one:
        _check_one(asked, files, one[0])
        with _source(*asked[0], at, now) as source:
            _ALONE[one[0]](source, period, target, one[1])
        return
    reports = []
    for url, folder in asked:
        with _source(url, folder, at, now) as source:
            reports.append(source.report(period))
    if len(reports) == 1 and not files:
        write_figures(reports[0], target)
        return
    told = [Totals.of_json(_json(file), file) for file in files]
    write_totals(_together([*map(Totals.of, reports), *told], period), reports, target)


def write_report(agency: Agency, store: Store, year: int, form: str, also: Mapping[str, Any] | None = None) -> None:
    """Print the year's figures from a store as "text", "json" or "csv", in JSON with what is told `also`; the identities of the
    form are asserted (R90)."""
    write_figures(_checked(Engine(agency, store).stats(year)), Target(form), also)


def _checked(found: Report) -> Report:
    faults = identities(found)
    assert not faults, faults
    return found


def _asked(stores: Sequence[str], folders: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    """Each agency's store and folder: as many folders as stores, or several folders over one store, or none for one store."""
    if not stores:
        return iter(())
    if len(stores) == 1:
        return zip(repeat(stores[0]), folders or (None,), strict=False)
    if len(stores) != len(folders):
        raise BadValue(
            Text(
                f"có {len(stores)} kho mà {len(folders)} thư mục lưu đồ; hãy cho mỗi kho một --flows, theo cùng thứ tự",
                f"{len(stores)} stores but {len(folders)} folders of flows; give a --flows for each, in the same order",
            )
        )
    return zip(stores, folders, strict=True)


def _check_sources(asked: Sequence[object], files: Sequence[str]) -> None:
    if not asked and not files:
        raise BadValue(Text("hãy cho --store hoặc --totals", "give --store or --totals"))


def _check_moment(asked: Sequence[object], as_of: str | None) -> None:
    if as_of is not None and not asked:
        raise BadValue(
            Text(
                "số liệu cộng bằng --totals đã chốt khi lập; muốn chốt lúc khác thì lập lại từng cơ quan với --as-of",
                "what --totals adds up was cut off when it was made; for another moment make each agency's anew with --as-of",
            )
        )


def _check_no_period(given: Mapping[str, Any], as_of: str | None) -> None:
    if as_of is not None or any(given[name] not in (None, "calendar") for name in NAMES):
        raise BadValue(
            Text(
                "--recount đối chiếu số tổng của mọi kỳ, đến lúc này; hãy bỏ kỳ và --as-of",
                "--recount compares the totals of all periods, as they are now; leave out the period and --as-of",
            )
        )


def _check_one(asked: Sequence[object], files: Sequence[str], name: str) -> None:
    if len(asked) != 1 or files:
        raise BadValue(
            Text(
                f"{name} cần đúng một --store của một cơ quan (không quá một --flows), không --totals",
                f"{name} is of one --store and one agency (one --flows at most), without --totals",
            )
        )


def _alone(asked: Mapping[str, Any]) -> tuple[str, Any] | None:
    """The one thing asked that is of one store, with its value."""
    given = [(name, value) for name, value in asked.items() if value is not None]
    if len(given) > 1:
        names = ", ".join(name for name, _ in given)
        raise BadValue(Text(f"hãy cho một trong {names}", f"give one of {names}"))
    return given[0] if given else None


def _hold(source: _Source, period: Period, target: Target, file: str) -> None:
    from .against import write_against

    if target.form not in ("text", "json"):
        raise BadValue(Text("--against chỉ có text và json", "--against writes text or json"))
    if not write_against(source.report(period).by_law, source.agency, file, target):
        click.get_current_context().exit(1)


def _drill(source: _Source, period: Period, target: Target, cell: str) -> None:
    engine, at = source.engine, source.at
    span = Span(period, cut_off(period, None if at is None else instant(at)))
    simulated = engine.store.kind == "simulated"
    write_drilled(cell, engine.drill(cell, period, at), engine.flows.org, span, target, simulated)


def _iso(source: _Source, period: Period, target: Target, _: bool) -> None:
    from ..declaredfile import load_year
    from ..reports.annual import year_of

    if not 364 <= (period.last - period.first).days <= 365:
        raise BadValue(Text("--iso là báo cáo của một năm; hãy cho --year", "--iso is of a year; give --year"))
    agency = source.agency
    declared = load_year(agency.library.folder, period.last.year, agency.org.divisions.keys())
    write_annual(year_of(source.engine, period, declared, source.at), target)


def _kept(source: _Source, period: Period, target: Target, _: bool) -> None:
    from .kept import write_kept

    write_kept(source.engine, period, source.at, target)


def _recount(url: str, folder: str | None, target: Target) -> None:
    from .kept import write_recount

    with sourced(url, folder, read_only=True) as opened:
        if not write_recount(Engine(*opened), target):
            click.get_current_context().exit(1)


class _Source(NamedTuple):
    """Of what an agency's figures are told, and the moment by which they are cut, None for the period's end."""

    agency: Agency
    engine: Engine
    at: datetime | None

    def report(self, period: Period) -> Report:
        """The figures of a period, its identities held (R90)."""
        return _checked(self.engine.stats(period, self.at))


@contextmanager
def _source(url: str, folder: str | None, at: datetime | None, now: datetime) -> Iterator[_Source]:
    """One agency's store as of `at`, else as of `now`: what hasn't come yet only a simulation can tell."""
    with sourced(url, folder, read_only=True) as (agency, opened):
        check_come(opened, at)
        last = None if opened.kind == "simulated" else now
        yield _Source(agency, Engine(agency, opened), at or last)


_ALONE: Mapping[str, Callable[[_Source, Period, Target, Any], None]] = {
    "--against": _hold,
    "--drill": _drill,
    "--iso": _iso,
    "--kept": _kept,
}
"""What is asked of one store alone, by its option."""


def _json(file: str) -> Any:
    try:
        return json.loads(file_bytes(file))
    except (ValueError, RecursionError) as error:
        made = "flowiso report --format json"
        raise BadValue(
            Text(
                f"'{file}' không phải JSON; hãy cho tệp mà '{made}' ghi ra",
                f"'{file}' isn't JSON; give a file that '{made}' wrote",
            )
        ) from error


def _together(parts: Sequence[Totals], period: Period) -> Totals:
    """The parts merged, no agency twice: its dossiers would count double. Raises BadValue."""
    names = [name for part in parts for name in part.agencies]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadValue(
            Text(
                f"cơ quan '{twice[0]}' có hai lần nên hồ sơ bị đếm đôi; hãy bỏ một kho hoặc một tệp",
                f"the agency '{twice[0]}' is there twice and its dossiers would count double; leave one out",
            )
        )
    found = Totals.all(parts)
    if found.span is not None and found.span.period != period:
        told, asked = _days(found.span.period), _days(period)
        raise BadValue(
            Text(f"số liệu là của {told.vi}, không phải {asked.vi}", f"the figures are of {told.en}, not of {asked.en}")
        )
    return found


def _days(period: Period) -> Text:
    """A period and its days: years have other ones under another rule."""
    title, days = period.title, f"{period.first:%d/%m/%Y} - {period.last:%d/%m/%Y}"
    return Text(f"{title.vi} ({days})", f"{title.en} ({days})")
