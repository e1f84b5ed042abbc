"""T10: agencies behind one door, over one store, and random pairs of a key of one and a dossier of another.

Whatever is asked, and whatever is wanted of it, the answer is byte by byte the one about a number that nobody has, in the headers
too, and nothing is written. Where both have a dossier of the same number, each sees its own.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from doors import CODE, Door, engine_of
from size import Size, Sizes

from flowiso.store import open_store

TITLE = "agencies that never see each other"
PAIRS = Sizes(1_500, 20_000, 100_000)
AGENCIES, DOSSIERS = 8, 6
SHARED = "H19-210914-0001"
"""A number that a dossier of every agency has."""
MOVES = ("lan chuyen ha", "ha chuyen an")
NOWHERE = "7777"
"""The last part of the numbers that nobody has."""
READS = ("", "/log", "/ledger", "/people", "/people?unmasked=true", "?unmasked=true", "?at=2021-09-14T09:00:00Z")
READS += ("/check?action=chuyen&to=ha", "/log?x=1")
ACTIONS = ("confirm", "chuyen", "reassign", "bounce", "recall", "complain", "rate", "pause", "khong-co")


class Asked(NamedTuple):
    """A request about a dossier: everything but whose key it goes with."""

    method: str
    path: str
    body: Any = None
    lang: str = "vi"

    def about(self, number: str, other: str) -> Asked:
        """The same about another number."""
        body = json.loads(json.dumps(self.body).replace(number, other))
        return self._replace(path=self.path.replace(number, other), body=body)


def run(size: Size, seed: int) -> str:
    """So many pairs, each asked twice: about the dossier, and about none."""
    random, pairs, counts = Random(seed), PAIRS.at(size), Counter[str]()
    store = open_store("memory:")
    engines = [engine_of(store, f"H19.{count}") for count in range(1, AGENCIES + 1)]
    with tempfile.TemporaryDirectory() as folder, Door(Path(folder), *engines).opened() as door:
        names = [engine.agency for engine in engines]
        tokens = {name: door.key(agency=name) for name in names}
        numbers = {name: _fill(door, tokens[name], name) for name in names}
        before = _stored(door)
        for _ in range(pairs):
            ours, theirs = random.sample(names, 2)
            counts[_tried(door, random, tokens[ours], theirs, random.choice(numbers[theirs]))] += 1
        for name in names:
            own = door("GET", f"/v1/dossiers/{SHARED}", token=tokens[name], params={"unmasked": True}).json()
            assert own["people"] == {"owner": f"Người của {name}"}
        assert _stored(door) == before, "something was written"
    told = ", ".join(f"{count} {code}" for code, count in counts.most_common())
    return f"{pairs} pairs of {AGENCIES} agencies, each answered as for a number nobody has ({told}); 0 seen, 0 written"


def _fill(door: Door, token: str, agency: str) -> list[str]:
    """Dossiers of an agency, some on their way; the numbers that nobody else has."""
    people, made = {"owner": f"Người của {agency}"}, []
    for count in range(DOSSIERS):
        number = {} if count else {"number": SHARED}
        body = {"procedure": CODE, "by": "lan", "people": people, **number}
        found = door("POST", "/v1/dossiers", token=token, json=body).json()["number"]
        for line in MOVES[: count % 3]:
            by, action, to = line.split()
            moved = door(
                "POST", f"/v1/dossiers/{found}/moves", token=token, json={"action": action, "by": by, "to": to}
            )
            assert moved.status_code == 200, moved.text
        made.append(found)
    return made[1:]


def _stored(door: Door) -> list[Any]:
    store = door.engine.store
    return [(engine.agency, list(store.logs(engine.agency))) for engine in door.engines]


def _tried(door: Door, random: Random, token: str, theirs: str, number: str) -> str:
    """The code that a stranger's request about a dossier is answered with, bulk answers by their item."""
    asked = _drawn(random, number)
    nobody = f"{theirs}-210914-{NOWHERE}"
    found, none = (
        _answer(door, token, one, about) for one, about in ((asked, number), (asked.about(number, nobody), nobody))
    )
    assert found == none, (asked, found, none)
    status, _, body = found
    told = json.loads(body)
    code = told["items"][0]["problem"]["code"] if status == 200 else told["code"]
    assert code == "unknown-dossier" or status in (400, 422), (asked, found)
    return str(code)


def _drawn(random: Random, number: str) -> Asked:
    """A request about a dossier, with what a stranger may know: its number."""
    path, lang = f"/v1/dossiers/{number}", random.choice(("vi", "en"))
    by, to = random.choice(("lan", "ha", "an", "quang", "nguoi-nop")), random.choice(("lan", "ha", "an", "chi"))
    move = {"action": random.choice(ACTIONS), "by": by, "note": "x"} | random.choice(({}, {"to": to}, {"after": 0}))
    key = {"key": f"k{random.random()}"} if random.random() < 0.3 else {}
    kinds = (
        Asked("GET", path + random.choice(READS), None, lang),
        Asked("POST", f"{path}/moves", move, lang),
        Asked("POST", "/v1/moves", {"moves": [move | key | {"number": number}]}, lang),
        Asked(
            "POST", "/v1/hand-overs", {"account": "lan", "by": by, "to": "thao", "note": "x", "numbers": [number]}, lang
        ),
        Asked("PUT", f"{path}/people", {"owner": "Ai đó"}, lang),
    )
    return random.choices(kinds, (50, 25, 10, 5, 10))[0]


def _answer(door: Door, token: str, asked: Asked, number: str) -> tuple[int, list[tuple[str, str]], str]:
    """Status, headers and body, with the number taken out of it and the id of the request left out."""
    more = {} if asked.body is None else {"json": asked.body}
    said = {"Accept-Language": asked.lang, "X-Request-Id": "a"}
    found = door(asked.method, asked.path, token=token, headers=said, **more)
    return found.status_code, sorted(found.headers.items()), found.text.replace(number, "#")
