"""What `flowiso report --kept` and `--recount` print: the answers of kept totals, and whether they are those of the logs."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ..engine import Engine
from ..errors import BadValue, StoreError
from ..period import Period
from ..render.kept import as_csv, as_text, recount_json, recount_text
from ..text import Text
from .options import json_text, lang_of
from .printing import written

if TYPE_CHECKING:
    from .reporting import Target


def write_kept(engine: Engine, period: Period, at: datetime | None, target: Target) -> None:
    """Both questions of a period. Raises BadValue for another format, StoreError where no totals are kept."""
    _check_form(target, "text", "json", "csv")
    found = engine.kept(period, at)
    if found is None:
        raise _not_kept(engine.agency)
    lang = lang_of()
    if target.form == "json":
        written(json_text(found.to_json(lang)), target.output)
    else:
        written(as_csv(found, lang) if target.form == "csv" else as_text(found, lang), target.output)


def write_recount(engine: Engine, target: Target) -> bool:
    """Every difference between kept totals and logs; whether there is none. Raises as `write_kept`."""
    _check_form(target, "text", "json")
    found = engine.recount()
    if found is None:
        raise _not_kept(engine.agency)
    said = json_text(recount_json(found, engine.agency)) if target.form == "json" else recount_text(found, lang_of())
    written(said, target.output)
    return not found


def _check_form(target: Target, *forms: str) -> None:
    if target.form not in forms:
        raise BadValue(
            Text(
                f"số tổng giữ sẵn chỉ in ra {', '.join(forms)}; định dạng khác thì bỏ --kept",
                f"kept totals are printed as {', '.join(forms)} only; for another format leave --kept out",
            )
        )


def _not_kept(agency: str) -> StoreError:
    return StoreError(
        Text(
            f"kho không giữ số tổng của {agency}: hãy chạy flowiso keep --store ... trước, hoặc bỏ --kept",
            f"the store keeps no totals of {agency}: run flowiso keep --store ... first, or leave --kept out",
        )
    )
