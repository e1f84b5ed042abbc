"""No account may hold this step: nobody has its role where it sits.

Why this is bad: the dossier comes to a desk where nobody sits, and the hand-over is refused or goes to the wrong
account (our design, R62, R121).

Bad:

    steps: {duyet-phong: {by: hoi-dong}}

Good:

    steps: {duyet-phong: {by: lanh-dao-phong}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context

CODE = "FLW303"
NAME = "nobody-has-this-role"
LEVEL: Level = "error"
SUMMARY = Text(
    "Không tài khoản nào giữ được bước này: nơi của vai trò không có ai mang vai trò đó.",
    "No account may hold this step: nobody has its role where it sits.",
)
WHY = "Hồ sơ đến bàn không có người; lượt chuyển bị từ chối hoặc đi nhầm tài khoản (quy ước của FlowISO, R62, R121)."


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report each role without accounts once, at the first step it holds."""
    org = context.org
    told: set[str] = set()
    for step in flow.steps:
        role = org.roles.get(step.by)
        if role is None or role.id in told or org.seat(role.id, flow) == flow.division not in org.divisions:
            continue
        told.add(role.id)
        if not any(context.holders(name, flow) for name in (role.id, *role.recorded_by)):
            hint = _elsewhere(role.id, context)
            text = Text(
                f"không ai giữ được bước '{step.id}': chưa tài khoản nào có vai trò '{role.id}' ở đó; hãy thêm{hint.vi}",
                f"nobody may hold step '{step.id}': no account there has the role '{role.id}'; add one{hint.en}",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *step.place)


def _elsewhere(role: str, context: Context) -> Text:
    """Who has the role in another place: perhaps the flow's division is the wrong one."""
    has = [account for account in context.org.accounts.values() if role in account.roles]
    if not has:
        return Text("", "")
    one = min(has, key=lambda account: account.id)
    return Text(
        f"; '{one.id}' có vai trò này nhưng thuộc '{one.division}', có phải 'division' sai?",
        f"; '{one.id}' has it but sits in '{one.division}', is 'division' wrong?",
    )
