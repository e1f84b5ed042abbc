"""Two files hold the same version of the same procedure.

Why this is bad: a dossier keeps the version it was received on for life (our design, after R65); with two files under
one number nobody can say which flowchart a dossier followed.

Bad:

    beside: [{code: DIEN-01, file: flows/sao-luu/dien/dien-01.v1.yaml}]

Good:

    beside: [{code: DIEN-02}]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context
from .wrong_place import in_place

CODE = "FLW101"
NAME = "duplicate-code"
LEVEL: Level = "error"
SUMMARY = Text(
    "Hai tệp cùng giữ một lần ban hành của một thủ tục.",
    "Two files hold the same version of the same procedure.",
)
WHY = (
    "Hồ sơ theo một lần ban hành từ khi tiếp nhận đến khi kết thúc (quy ước của FlowISO, theo R65); hai tệp cùng một "
    "số lần ban hành thì không ai biết hồ sơ đã đi theo lưu đồ nào."
)


def check(flows: Iterable[Flow], context: Context) -> Iterator[Finding]:
    """Every flow whose code and version another file holds already, rather a misplaced copy than the original."""
    first: dict[tuple[str, int], Flow] = {}
    for flow in sorted(flows, key=lambda flow: (not in_place(flow), flow.file)):
        if not flow.code or not flow.version:
            continue
        other = first.setdefault((flow.code, flow.version), flow)
        if other.file != flow.file:
            text = Text(
                f"{flow.code} lần {flow.version} đã có trong {other.file}; hãy đặt mã hoặc version khác",
                f"{flow.code} version {flow.version} is in {other.file} already; give it another code or version",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *flow.place("code"))
