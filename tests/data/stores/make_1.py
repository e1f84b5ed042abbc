"""How the stores of schema 1 were made, by FlowISO as it was at commit b03ad6f, the last one with that schema.

git clone . /tmp/head && git -C /tmp/head checkout b03ad6f && cd /tmp/head && PYTHONPATH=. python THIS_FILE FOLDER
"""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import flowiso
from flowiso.errors import FlowISOError
from flowiso.worktime import TZ

CODES = ("LTHH-13", "ATTP-01", "DIEN-03", "XTTM-01", "LTHH-17", "TMQT-21")


def walk(engine, draw, begin):
    """One dossier on some way through its flow: also handed back, recalled, reassigned, left to time, unfinished."""
    at, code = begin, draw.choice(CODES)
    if draw.random() < 0.4:
        dossier = engine.submit(code, to="lan.vp", at=at)
        at += timedelta(hours=draw.randint(1, 5))
        with suppress(FlowISOError):
            dossier = engine.receive(dossier, by="lan.vp", at=at)
    else:
        dossier = engine.receive(code, by="lan.vp", channel=draw.choice(("counter", "postal")), at=at)
    for _ in range(draw.randint(3, 40)):
        at += timedelta(minutes=draw.randint(20, 3000))
        with suppress(FlowISOError):
            dossier = step(engine, draw, dossier, at)
        if dossier.ended:
            return


def step(engine, draw, dossier, at):
    """The next thing that somebody does, if it is allowed."""
    holder = dossier.holder
    if draw.random() < 0.15:
        verb = draw.choice(("confirm", "bounce", "recall"))
        by = dossier.moves[-1].actor if verb == "recall" else holder
        return engine.move(dossier, verb, by=by, at=at, note=draw.choice((None, "Giao nhầm, trả lại")))
    actions = engine.actions(dossier, at)
    if not actions:
        return engine.settle(dossier, at)
    staying = [action for action in actions if action.name != "rut-ho-so"]  # else everybody would withdraw
    action = draw.choice(staying or actions)
    to = draw.choice(action.accounts).id if action.accounts else None
    return engine.move(dossier, action.name, by=holder, to=to, at=at, note=draw.choice((None, "Đã xem xét")))


def stamp(path):
    """The database's clock as it would have been: some seconds after each line, or after the one before it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        (trigger,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'moves_UPDATE'").fetchone()
        connection.execute("DROP TRIGGER moves_UPDATE")
        connection.execute(
            "UPDATE moves SET recorded = 2 + (SELECT max(at) FROM moves AS earlier WHERE earlier.agency = moves.agency"
            " AND earlier.dossier = moves.dossier AND earlier.seq <= moves.seq)"
        )
        connection.execute(trigger)
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("VACUUM")


def told(engine):
    """Every dossier as that FlowISO read it: its log and what it came to."""
    return [
        {
            "case": list(case),
            "moves": [list(move) for move in moves],
            "state": seen(engine.dossier(case.number)),
        }
        for case, moves in engine.store.logs(engine.agency)
    ]


def seen(dossier):
    """What a desk would see of it."""
    moments = {name: getattr(dossier, name) for name in ("received", "due", "step_due", "resolved")}
    shown = {name: None if moment is None else moment.isoformat() for name, moment in moments.items()}
    return shown | {"step": dossier.state.row.id, "holder": dossier.holder, "ended": dossier.ended}


def main(folder):
    live = folder / "schema1.sqlite"
    live.unlink(missing_ok=True)
    draw = Random(1)
    engine = flowiso.open(
        store=f"sqlite:///{live}", allow_draft=True, clock=lambda: datetime(2021, 9, 14, 8, tzinfo=TZ)
    )
    for day in range(40):
        walk(engine, draw, datetime(2021, 3, 1, 8, tzinfo=TZ) + timedelta(days=2 * day, minutes=draw.randint(0, 400)))
    (folder / "schema1.json").write_text(
        json.dumps(told(engine), ensure_ascii=False, indent=0) + "\n", encoding="utf-8"
    )
    engine.store.close()
    stamp(live)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
