"""The field, the division or the deciding authority is not in `_org.yaml`.

Why this is bad: the procedure shows up in no one's catalogue and no one's figures, and it is unclear who decides
(R60).

Bad:

    division: ktnll

Good:

    division: ktnl
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.schema import meant, nearest
from flowiso.text import Text

from .context import Context

CODE = "FLW106"
NAME = "unknown-field-or-division"
LEVEL: Level = "error"
SUMMARY = Text(
    "Lĩnh vực, phòng hoặc cơ quan quyết định không có trong `_org.yaml`.",
    "The field, the division or the deciding authority is not in `_org.yaml`.",
)
WHY = "Thủ tục sẽ không có trong danh mục và số liệu của ai, và không rõ cơ quan nào quyết định (R60)."


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report ids of the head that the organisation doesn't know."""
    org = context.org
    heads = (
        ("field", flow.field, org.fields, Text("lĩnh vực", "field")),
        ("division", flow.division, org.divisions, Text("phòng", "division")),
        ("decided_by", flow.decided_by, org.authorities, Text("cơ quan quyết định", "authority")),
    )
    for key, value, known, kind in heads:
        if value and known and value not in known:
            hint = meant(nearest(value, known))
            text = Text(
                f"'{value}' không phải {kind.vi} nào trong _org.yaml{hint.vi}",
                f"'{value}' is no {kind.en} in _org.yaml{hint.en}",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *flow.place(key))
