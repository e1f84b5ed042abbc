"""The flow has so many ways that nobody can prove its deadline.

Why this is bad: that the deadline can be kept must hold on every way (our design, R63); a flow with more than two
thousand of them can't be read by a person either.

Bad:

    steps: {tham-dinh: {then: {a: {to: tham-dinh, times: 9}, b: {to: tham-dinh, times: 9}}}}

Good:

    steps: {tham-dinh: {then: {a: {to: tham-dinh, kind: send-back, times: 9}}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.proof import Unprovable
from flowiso.text import Text

from .context import Context

CODE = "FLW410"
NAME = "too-many-ways"
LEVEL: Level = "error"
SUMMARY = Text(
    "Lưu đồ có quá nhiều đường đi, không chứng minh được là kịp hạn.",
    "The flow has so many ways that nobody can prove its deadline.",
)
WHY = (
    "Phải kịp hạn trên mọi đường đi (quy ước của FlowISO, R63); lưu đồ có hơn hai nghìn đường đi thì người cũng không "
    "đọc nổi."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report a flow whose ways can't be walked to the end."""
    proof = context.proof(flow)
    if isinstance(proof, Unprovable) and proof.many:
        text = Text(
            "lưu đồ có hơn 2.000 đường đi nên không chứng minh được là kịp hạn; hãy bớt mũi tên hoặc giảm 'times'",
            "the flow has more than 2,000 ways, so its deadline can't be proved; take out arrows or lower 'times'",
        )
        yield Finding(CODE, NAME, LEVEL, text, flow.file, *flow.place("steps"))
