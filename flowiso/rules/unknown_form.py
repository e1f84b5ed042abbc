"""A form is written as an id that the form table in `_steps.yaml` doesn't hold.

Why this is bad: the printed number of a form changes with the law and comes from the table (R20); an id that isn't
there prints nothing.

Bad:

    steps: {tham-dinh: {forms: [phieu-kiem-sat]}}

Good:

    steps: {tham-dinh: {forms: [phieu-kiem-soat, Biên bản thẩm định]}}
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from flowiso.model import Finding, Flow, Level, Place, Step, Transition
from flowiso.schema import meant, nearest
from flowiso.text import Text

from .context import Context

CODE = "FLW503"
NAME = "unknown-form"
LEVEL: Level = "error"
SUMMARY = Text(
    "Một biểu mẫu ghi bằng mã không có trong bảng biểu mẫu của `_steps.yaml`.",
    "A form is written as an id that the form table in `_steps.yaml` doesn't hold.",
)
WHY = (
    "Số biểu mẫu in ra thay đổi theo quy định và lấy từ bảng biểu mẫu (R20); mã không có trong bảng thì không in được "
    "gì."
)


_ID = re.compile(r"[a-z0-9]+(?:-+[a-z0-9]+)+")


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report form ids that aren't in the table; silent while there is no table."""
    known = context.words.forms
    told: set[tuple[Place, str]] = set()
    for form, place in _named(flow, context.ways(flow).written) if known else ():
        if form not in known and _ID.fullmatch(form) and (place, form) not in told:
            told.add((place, form))
            hint = meant(nearest(form, known))
            text = Text(
                f"'{form}' không có trong bảng biểu mẫu của _steps.yaml{hint.vi}",
                f"'{form}' is not in the form table of _steps.yaml{hint.en}",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *place)


def _named(flow: Flow, arrows: Iterable[Transition]) -> Iterator[tuple[str, Place]]:
    things: Iterable[Step | Transition] = (*flow.steps, *arrows)
    for thing in things:
        for form in thing.forms:
            yield form, thing.place
