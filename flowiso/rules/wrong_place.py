"""The file is not named `<field>/<code>.v<version>.yaml` in lower case.

Why this is bad: people find a procedure by its file name; a copy whose head was forgotten looks like another procedure
(our design, after R65).

Bad:

    code: DIEN-02

Good:

    code: DIEN-02
    file: flows/dien/dien-02.v1.yaml
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.published import listed
from flowiso.text import Text

from .context import Context

CODE = "FLW102"
NAME = "wrong-place"
LEVEL: Level = "error"
SUMMARY = Text(
    "Tên tệp không phải `<field>/<code>.v<version>.yaml` viết thường.",
    "The file is not named `<field>/<code>.v<version>.yaml` in lower case.",
)
WHY = (
    "Mọi người tìm thủ tục theo tên tệp; bản sao chưa sửa phần đầu thì trông như một thủ tục khác (quy ước của "
    "FlowISO, theo R65)."
)


def check(flows: Iterable[Flow], context: Context) -> Iterator[Finding]:
    """Every flow that stands in another file than its code, version and field say."""
    for flow in flows:
        known = flow.field in context.org.fields  # else FLW106
        if flow.code and flow.version and known and not in_place(flow):
            wanted = _wanted(flow)
            text = Text(
                f"tệp này phải là {wanted}; hãy đổi tên tệp, hoặc sửa code, version, field",
                f"this file must be {wanted}; rename it, or correct code, version, field",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *flow.place("code"))


def in_place(flow: Flow) -> bool:
    """Whether folder and name of the file are right; of a bare name only the name is asked."""
    actual, wanted = listed(flow.file), _wanted(flow)
    return actual in (wanted, wanted.rpartition("/")[2])


def _wanted(flow: Flow) -> str:
    return f"{flow.field}/{flow.code.lower()}.v{flow.version}.yaml"
