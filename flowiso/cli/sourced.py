"""Reading a store that a simulation may have filled: by the terms and staff of the scenario it was run by, where those are asked
for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import NamedTuple

from ..app import Agency
from ..errors import BadValue
from ..ports import Store
from ..store import open_store
from ..text import Text, moment
from ..worktime import TZ
from .options import flows_folder, option

scenario_option = option(
    "--scenario",
    metavar="NAME|FILE",
    default=None,
    text=Text(
        "Của kho mô phỏng: kịch bản đã chạy, nếu nó đổi thời hạn hay cán bộ.",
        "Of a simulated store: the scenario it was run by, where that changes terms or staff.",
    ),
)


class Opened(NamedTuple):
    """An agency and the store of its dossiers."""

    agency: Agency
    store: Store


@contextmanager
def read_only(url: str, folder: str | None, scenario: str | None, form: str) -> Iterator[Opened]:
    """The agency of a folder and a store, to read; with the scenario's terms and staff where one is named.

    Raises BadValue for a scenario of a store of real dossiers: it would give them due dates that the law doesn't. A faulty one is
    told in the `form` of the command, and the exit code is 1.
    """
    agency = Agency.load(flows_folder(folder))
    if scenario is not None:
        from ..simulate.staffing import staffed
        from .replicating import scenario_of

        agency = staffed(agency, scenario_of(agency, scenario, form))
    with closing(open_store(url, create=False, read_only=True)) as opened:
        if scenario is not None and opened.kind != "simulated":
            raise BadValue(
                Text(
                    "kho này giữ hồ sơ thật, không mô phỏng theo kịch bản nào; hãy bỏ --scenario",
                    "this store holds real dossiers, which no scenario has made; leave --scenario out",
                )
            )
        yield Opened(agency, opened)


def check_come(store: Store, at: datetime | None) -> None:
    """Refuse, as BadValue, to tell how real dossiers stand at a moment that hasn't come (R92): only a simulation knows."""
    if at is not None and store.kind != "simulated" and at > datetime.now(TZ):
        raise BadValue(
            Text(
                f"lúc {moment(at)} chưa tới nên chưa biết số liệu lúc ấy; hãy chọn thời điểm đã qua, hoặc bỏ --as-of",
                f"{moment(at)} hasn't come, so its figures can't be known; choose a moment that is past, or leave --as-of out",
            )
        )
