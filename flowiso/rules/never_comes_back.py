"""From a step at another agency the dossier goes to its end without coming back.

Why this is bad: results are handed out at the unit that received the dossier, on the original appointment (R47); here
the applicant would wait for a paper that lies elsewhere.

Bad:

    steps: {ky-duyet: {then: {trinh-ubnd: ubnd-ky}}}
    aside: {ubnd-ky: {by: lanh-dao-ubnd, within: 8wh, then: {ky: da-cap}}}

Good:

    steps: {ky-duyet: {then: {trinh-ubnd: ubnd-ky}}}
    aside: {ubnd-ky: {by: lanh-dao-ubnd, within: 8wh, then: {ky: tra-ket-qua}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level, Place
from flowiso.text import Text

from .context import Context

CODE = "FLW602"
NAME = "never-comes-back"
LEVEL: Level = "error"
SUMMARY = Text(
    "Hồ sơ ở cơ quan khác đi thẳng đến kết cục, không quay về.",
    "From a step at another agency the dossier goes to its end without coming back.",
)
WHY = (
    "Kết quả được trả tại nơi đã tiếp nhận hồ sơ, theo đúng ngày hẹn ban đầu (R47); ở đây, người nộp chờ một văn bản "
    "nằm ở cơ quan khác."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report the partner's steps that end a dossier, in flows that hand out a result: the step when no way leads back
    from it, else the arrow that doesn't; the applicant may withdraw, and the agency end a wait, wherever the dossier is.
    """
    if not any(step.ready for step in flow.steps):
        return
    ways = context.ways(flow)
    final = {end.id for end in flow.ends if end.kind != "withdrawn"}
    parties = {step.id: role.party for step in flow.steps if (role := context.org.roles.get(step.by))}
    if "partner" not in parties.values():
        return
    at_home = {step.id for step in flow.steps if parties.get(step.id, "agency") == "agency"}
    for step in flow.steps:
        if parties.get(step.id) != "partner":
            continue
        ahead = ways.after(step.id)
        if ({step.id} | ahead) & ways.blind:
            continue
        ending = [arrow for arrow, target in ways.arrows[step.id] if target in final and not arrow.by]
        if ending and not ahead & at_home:
            yield _finding(flow, f"bước '{step.id}'", f"step '{step.id}'", step.place)
            continue
        for arrow in ending:
            vi, en = f"bước '{step.id}' theo '{arrow.action}'", f"step '{step.id}' over '{arrow.action}'"
            yield _finding(flow, vi, en, arrow.place)


def _finding(flow: Flow, vi: str, en: str, place: Place) -> Finding:
    text = Text(
        f"từ {vi} ở cơ quan khác hồ sơ không quay về; hãy thêm mũi tên về bước của cơ quan mình",
        f"from {en} elsewhere the dossier never comes back; add an arrow to a step of the agency",
    )
    return Finding(CODE, NAME, LEVEL, text, flow.file, *place)
