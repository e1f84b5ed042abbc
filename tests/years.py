"""Simulated years made by hand, to be shown: small, and every figure known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pictures import shipped

from flowiso.model import LateCause
from flowiso.outcome import Desk, Late, Outcome, Step
from flowiso.render.scene import Result, Scene
from flowiso.text import Text

LIBRARY = shipped()
EVIL = """</title><script>alert("x")</script> & 'thật'"""


class Because(NamedTuple):
    """Where a number of a scenario comes from."""

    path: str
    basis: str
    why: Text
    value: str
    title: Text
    part: str = ""


MONTHS, RATE = Text("trọng số của tháng", "weights of months"), Text("tỷ lệ chuyển nhầm", "share misrouted")
GROUNDS = (
    Because(
        "arrivals.dossiers", "read", Text("báo cáo năm 2021", "the report of 2021"), "13641", Text("hồ sơ", "dossiers")
    ),
    Because("arrivals.months.1", "assumed", Text("chưa đo", "not measured"), "1.2", MONTHS, "1"),
    Because("arrivals.months.2", "assumed", Text("chưa đo", "not measured"), "0.6", MONTHS, "2"),
    Because(
        "misrouting.rate", "calibrated", Text("để gần số đã công bố", "to come near what was published"), "0.3%", RATE
    ),
)
SCENE = Scene(LIBRARY.org, LIBRARY.flows, "nam-thu", Text("năm thử", "a trial year"), 2021, GROUNDS, 4)
CAUSES: tuple[LateCause, ...] = ("misrouted_account", "officer_fault", "misrouted_account", "coordination_delay")
LTHH, TMQT = "LTHH-13", "TMQT-21"


def year(seed: int, late: int = 4, busy: int = 50, evil: bool = False) -> Outcome:
    """A year with so many late dossiers, one in four of them open, and its busiest officer busy for so many percent."""
    accounts = ("ha.qltm", "mai.qltm", "lan.vp")
    lates = tuple(
        Late(
            EVIL if evil else f"000.00.19.H19-210901-{serial:04d}",
            *(LTHH, CAUSES[serial % 4], accounts[serial % 3] if serial % 4 < 3 else ""),
            *(CAUSES[serial % 4] == "misrouted_account", serial % 2 == 0, serial % 4 == 1),
        )
        for serial in range(late)
    )
    steps = {
        (LTHH, "tiep-nhan"): Step(100, 0, 100 * 600, 100 * 900),
        (LTHH, "tham-dinh"): Step(98, late, 98 * 36_000, 98 * 5_400),
        (TMQT, LIBRARY.find(TMQT).steps[0].id): Step(2, 0, 2 * 720_000, 2 * 60),
        ("XX-99", "buoc-la"): Step(500, 0, 500 * 720_000, 0),
    }
    desks = {
        name: Desk(100 + seed, late, (busy - 10 * place) * 10_000, 1_000_000) for place, name in enumerate(accounts)
    }
    queue = tuple(10 + seed + day % 7 for day in range(365))
    return Outcome(
        *(seed, 13_641, 13_468, 13_600, 41, 130, 46, 40 + seed, 2_000, late - late // 4, late // 4),
        *(lates, steps, desks, queue),
    )


def result(lates: Sequence[int] = (2, 3, 4, 7), name: str = "nam-thu", **more: int) -> Result:
    """Years with so many late dossiers each, of the seeds from 1."""
    scene = SCENE._replace(name=name, title=SCENE.title if name == "nam-thu" else Text(f"thử {name}", f"try {name}"))
    return Result.of(scene, [year(seed, late, **more) for seed, late in enumerate(lates, 1)])


ONE = result((3,))
MANY = result()
OTHERS = (
    result((0, 1, 2, 5), "it-nham"),
    result((2, 3, 4, 7), "nhu-cu", busy=95),
    result((52, 44, 61, 40), "thieu-nguoi"),
)
