"""An agency and the store of its dossiers, as every command opens them."""

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
from .options import flows_folder


class Opened(NamedTuple):
    """An agency and the store of its dossiers."""

    agency: Agency
    store: Store


@contextmanager
def sourced(url: str, folder: str | None, *, create: bool = False, read_only: bool = False) -> Iterator[Opened]:
    """The agency of a folder and a store, made if need be with `create`. Raises FlowFileError, StoreError.

    Where a simulation with other staff or terms has filled the store, the agency has these; BadValue where the folder isn't the
    one that was simulated.
    """
    agency = Agency.load(flows_folder(folder))
    with closing(open_store(url, create=create, read_only=read_only)) as opened:
        yield Opened(agency.of_store(opened), opened)


def check_come(store: Store, at: datetime | None) -> None:
    """Refuse, as BadValue, to tell how real dossiers stand at a moment that hasn't come (R92): only a simulation knows."""
    if at is not None and store.kind != "simulated" and at > datetime.now(TZ):
        raise BadValue(
            Text(
                f"lúc {moment(at)} chưa tới nên chưa biết số liệu lúc ấy; hãy chọn thời điểm đã qua, hoặc bỏ --as-of",
                f"{moment(at)} hasn't come, so its figures can't be known; choose a moment that is past, or leave --as-of out",
            )
        )
