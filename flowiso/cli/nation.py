"""`flowiso nation`: the figures of many agencies over the facts they exported, on DuckDB or on Spark."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import BadValue
from ..text import Text
from .options import command, format_option, lang_of, option, write_json
from .periods import NAMES, period_of, period_options

if TYPE_CHECKING:
    from ..nation.engines import Engine
    from ..nation.files import Export

_BY = ("agency", "field", "procedure", "division", "channel", "handler", "officer")


@command(
    "nation",
    text=Text(
        "Số liệu của nhiều cơ quan từ dữ kiện đã xuất bằng 'flowiso export-figures': biểu II.06a của một kỳ theo cơ quan, lĩnh"
        " vực, thủ tục, phòng, kênh, người thụ lý, hay việc của từng tài khoản; hoặc từng năm (--yearly). Tính bằng DuckDB, hay"
        " bằng Spark khi dữ liệu không vừa một máy.",
        "The figures of many agencies from the facts exported by 'flowiso export-figures': form II.06a of a period by agency,"
        " field, procedure, division, channel, handler, or what each account did; or year by year (--yearly). Reckoned by"
        " DuckDB, or by Spark for data that no machine holds.",
    ),
    example="flowiso nation so-lieu --year 2021 --by field",
)
@click.argument("folder", type=click.Path(file_okay=False))
@period_options
@option(
    "--by", "by", multiple=True, type=click.Choice(_BY),
    text=Text(
        "Theo gì; cho nhiều lần thì chia nhỏ dần (mặc định: agency). officer đứng một mình.",
        "By what; several divide further (default: agency). officer stands alone.",
    ),
)  # fmt: skip
@option(
    "--yearly", type=click.Choice(("verdict", "officer")), default=None,
    text=Text(
        "Thay cho một kỳ: mọi năm, theo lĩnh vực, thủ tục và kết quả; hay theo tài khoản: bước, bước trễ, phút trễ.",
        "Instead of a period: every year, by field, procedure and verdict; or by account: steps, late steps, minutes late.",
    ),
)  # fmt: skip
@option(
    "--engine", type=click.Choice(("duckdb", "spark")), default="duckdb", show_default=True,
    text=Text("Tính bằng gì.", "What reckons."),
)  # fmt: skip
@option(
    "--master", metavar="URL", default=None,
    text=Text(
        "Của Spark: spark://may:7077 (mặc định: các lõi của máy này).", "Spark's: spark://host:7077 (default: this machine)."
    ),
)  # fmt: skip
@format_option("text", "json", "csv")
def nation(
    folder: str, by: tuple[str, ...], yearly: str | None, engine: str, master: str | None, form: str, **given: Any
) -> None:
    """Print the figures; exit 0, or 2 when it can't be done."""
    from ..nation.engines import opened
    from ..nation.files import exports

    if master is not None and engine != "spark":
        raise BadValue(Text("--master chỉ dùng với --engine spark", "--master goes with --engine spark"))
    if "officer" in by and len(by) > 1:
        raise BadValue(Text("--by officer phải đứng một mình", "--by officer stands alone"))
    _check_yearly(yearly, by, given)
    found = exports(Path(folder))
    period = None if yearly else period_of(given)
    with opened(Path(folder), "spark" if engine == "spark" else "duckdb", master) as running:
        if period is None:
            _write_yearly(running, found, yearly, form)
        else:
            _write_period(running, found, period, by, form)


def _check_yearly(yearly: str | None, by: tuple[str, ...], given: dict[str, Any]) -> None:
    if yearly and (by or any(given[name] is not None for name in NAMES if name != "rule")):
        raise BadValue(
            Text(
                "--yearly là của mọi năm, không đi cùng một kỳ hay --by", "--yearly is of all years: no period, no --by"
            )
        )


def _write_yearly(engine: Engine, exports: tuple[Export, ...], yearly: str | None, form: str) -> None:
    from ..nation.answers import yearly_officers, yearly_verdicts

    _write_rows(yearly_officers(engine) if yearly == "officer" else yearly_verdicts(engine), exports, form, None)


def _write_period(engine: Engine, exports: tuple[Export, ...], period: Any, by: tuple[str, ...], form: str) -> None:
    from ..nation.answers import national, officers, until_of
    from ..render.nation import as_csv, as_json, as_text

    if by == ("officer",):
        span = period, until_of(exports, period)
        _write_rows(officers(engine, exports, period), exports, form, span)
        return
    found = national(engine, exports, period, by or ("agency",))
    if form == "json":
        write_json(as_json(found, lang_of()))
    else:
        click.echo(as_csv(found) if form == "csv" else as_text(found, lang_of()), nl=False)


def _write_rows(rows: Any, exports: tuple[Export, ...], form: str, span: Any) -> None:
    from ..render.nation import rows_csv, rows_json, rows_text

    if form == "json":
        write_json(rows_json(rows, exports, lang_of(), span))
    elif form == "csv":
        click.echo(rows_csv(rows, any(export.simulated for export in exports)), nl=False)
    else:
        click.echo(rows_text(rows, exports, lang_of(), span), nl=False)
