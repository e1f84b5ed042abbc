"""FlowISO in a script: python examples/plain.py [STORE]"""

from __future__ import annotations

import sys

import flowiso


def main(store: str, **options: object) -> None:
    """Receive a dossier at the desk, and hand it to the first account that may have it."""
    with flowiso.open(store=store, allow_draft=True, **options) as engine:
        dossier = engine.receive("LTHH-13", by="lan.vp", people={"owner": "Nguyễn Văn A"})
        print(dossier.number, "- hẹn trả", f"{dossier.due:%d/%m/%Y %H:%M}")

        action = engine.actions(dossier)[0]
        dossier = engine.move(dossier, action.name, by="lan.vp", to=action.accounts[0].id)
        print(dossier.step.title, "-", dossier.holder)

        for finding in engine.watch(due_within="8wh"):
            print(finding.code, finding.message)


if __name__ == "__main__":
    main(sys.argv[1] if sys.argv[1:] else "sqlite:///mot-cua.db")
