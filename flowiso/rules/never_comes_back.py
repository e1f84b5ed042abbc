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

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context
from .ways import Ways

CODE = "FLW602"
NAME = "never-comes-back"
LEVEL: Level = "error"


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report the partner's steps that end a dossier which never returns, in flows that hand out a result."""
    if not any(step.ready for step in flow.steps):
        return
    ways = Ways(flow)
    ends = {end.id for end in flow.ends}
    parties = {step.id: role.party for step in flow.steps if (role := context.org.roles.get(step.by))}
    at_home = {step.id for step in flow.steps if parties.get(step.id, "agency") == "agency"}
    for step in flow.steps:
        ahead = ways.after(step.id)
        lost = parties.get(step.id) == "partner" and not (ahead & at_home or ({step.id} | ahead) & ways.blind)
        if lost and ways.leads[step.id] & ends:
            text = Text(
                f"từ bước '{step.id}' ở cơ quan khác hồ sơ không quay về; hãy thêm mũi tên về bước của cơ quan mình",
                f"from step '{step.id}' elsewhere the dossier never comes back; add an arrow to a step of the agency",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *step.place)
