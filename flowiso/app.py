"""Wires a flows folder, a store and a clock into an Engine: `flowiso.open()`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

from .calendar import Calendar
from .engine import Engine
from .errors import BadValue, FlowFileError, FlowISOError, UnknownFlow
from .library import Library, bundled, load, load_calendar, load_plans, read_calendar
from .machine import Table, compile_flow
from .model import Flow
from .org import Org
from .ports import Store
from .rules import check_library, own_file
from .setting import Setting
from .store import join_store, open_store
from .text import Text
from .worktime import TZ, instant


class Agency:
    """An agency folder ready to work with: flows checked, calendar and plans read, tables compiled when first needed.

    `setting` is what it has otherwise than its folder, see `under`.
    """

    def __init__(self, library: Library, calendar: Calendar, plans: dict[tuple[str, int], dict[str, date]]) -> None:
        self.library = library
        self._calendar = calendar
        self._plans = plans
        self._tables: dict[tuple[str, int, int], Table] = {}
        self.setting = Setting()
        self._settings: dict[str, Agency] = {}

    @classmethod
    def load(cls, folder: Path | str | None = None) -> Agency:
        """Read and check a folder, the shipped flows when none is given.

        Raises FlowFileError with the findings when a file has errors.
        """
        return cls.of(load(Path(folder) if folder is not None else bundled()))

    @classmethod
    def of(cls, library: Library, files: Collection[str] | None = None) -> Agency:
        """The same of a folder that was read; with `files`, what is wrong in the files of other flows is no hindrance."""
        path = library.folder
        calendar, _ = read_calendar(path)
        found = (one for one in check_library(library, calendar) if one.level == "error")
        findings = [one for one in found if files is None or one.file in files or own_file(one.file or "")]
        if findings:
            text = Text(
                f"'{path}' có {len(findings)} lỗi; xem 'flowiso check {path}'",
                f"'{path}' has {len(findings)} errors; see 'flowiso check {path}'",
            )
            raise FlowFileError(text, findings)
        return cls(library, calendar or load_calendar(path), load_plans(path))

    def altered(self, org: Org, flows: Iterable[Flow]) -> Agency:
        """A copy with another organisation and other flows, in the same order; tables are compiled anew."""
        return Agency(self.library.altered(org, tuple(flows)), self._calendar, self._plans)

    def under(self, setting: Setting) -> Agency:
        """A copy with the staff and terms of a setting, the same one each time; this very agency where it has them.

        Raises BadValue for a setting that speaks of what isn't there.
        """
        if setting == self.setting:
            return self
        assert self.setting == Setting(), "settings don't add up"
        key = replace(setting, scenario="").text()
        if key not in self._settings:
            found = self._settings[key] = self.altered(setting.org(self.org), setting.flows(self.flows))
            found.setting = setting
        return self._settings[key]

    def of_store(self, store: Store) -> Agency:
        """The agency as a store's dossiers were handled by it: a simulation may have had other staff and terms than the folder.

        Raises BadValue where it speaks of what the folder doesn't have, StoreError where what it says can't be read.
        """
        return self.under(Setting.read(store.setting))

    @property
    def org(self) -> Org:
        """The agency's organisation."""
        return self.library.org

    @property
    def calendar(self) -> Calendar:
        """The agency's working time, with every announcement there is."""
        return self._calendar

    @property
    def flows(self) -> tuple[Flow, ...]:
        """Every version of every flow, sorted by code and version."""
        return self.library.flows

    def find(self, code: str, on: date) -> Flow:
        """The version of a flow in force on a day; raises UnknownFlow."""
        return self.library.find(code, on)

    def table(self, code: str, version: int, year: int) -> Table:
        """The compiled flow version; `year` of receipt picks the plan of a flow that runs by milestones."""
        found = self._tables.get((code, version, 0)) or self._tables.get((code, version, year))
        if found is None:
            flow = self.library.version(code, version)
            planned = any(step.until for step in flow.steps)
            found = compile_flow(flow, self.org, self._plan(code, year) if planned else None)
            found.sibling = lambda other: self._version(code, other, year)
            self._tables[code, version, year if planned else 0] = found
        return found

    def _version(self, code: str, version: int, year: int) -> Table | None:
        """Another version of a flow for the same dossier; None when there is none."""
        try:
            return self.table(code, version, year)
        except UnknownFlow:
            return None

    def _plan(self, code: str, year: int) -> dict[str, int]:
        milestones = self._plans.get((code, year), {})
        wanted = {step.until for step in self.library.find(code).steps if step.until}
        if milestones and not wanted <= milestones.keys():
            names = ", ".join(sorted(wanted - milestones.keys()))
            raise FlowFileError(
                Text(
                    f"_plans/{year}.yaml: {code} thiếu mốc {names}",
                    f"_plans/{year}.yaml: {code} lacks milestones {names}",
                )
            )
        return {name: instant(self._calendar.closing(day)) for name, day in milestones.items()}


def open(  # noqa: A001 - reads as flowiso.open()
    flows: Path | str | None = None,
    store: str | Store = "memory:",
    *,
    connection: Any = None,
    allow_draft: bool = False,
    on_misroute: Literal["refuse", "record"] = "refuse",
    clock: Callable[[], datetime] = lambda: datetime.now(TZ),
) -> Engine:
    """An engine over the flows in a folder (the shipped ones when None) and a store.

    `store` is an address ("memory:", "sqlite:///mot-cua.db", "postgresql://user@host/database"; made when it is missing) or a
    Store. With `connection`, a host's own of sqlite3 or psycopg 3, the store is the one in that database, and all is written
    in the host's transaction: see `Engine.within`, by which one engine serves many connections. A store that a simulation has
    filled is read by the staff and terms it was simulated with.

    `allow_draft` lets flows receive that still rest on assumed facts. `on_misroute="record"` lets wrong hand-overs through
    to be found in the log, for replaying what another system did. `clock` tells the time when a verb isn't given one.
    Raises FlowFileError when a flow has errors, StoreError when the store can't be opened, BadValue for two stores, or
    one simulated by another folder.
    """
    if connection is not None and store != "memory:":
        raise BadValue(Text("chỉ cho 'store' hoặc 'connection'", "give 'store' or 'connection', not both"))
    agency = Agency.load(flows)
    kept = open_store(store) if isinstance(store, str) else store
    try:
        agency = agency.of_store(kept if connection is None else join_store(connection))
    except FlowISOError:
        if kept is not store:
            kept.close()
        raise
    join = partial(_joined, agency)
    engine = Engine(agency, kept, clock, allow_draft=allow_draft, on_misroute=on_misroute, join=join)
    return engine if connection is None else engine.within(connection)


def _joined(agency: Agency, connection: Any, create: bool) -> Store:
    """The store in a host's connection, for an engine that has this agency. Raises BadValue for a simulation by other terms."""
    store = join_store(connection, create)
    if agency.of_store(store) is not agency:
        raise BadValue(
            Text(
                "kho trong kết nối này là mô phỏng với cán bộ, thời hạn khác; hãy mở bằng flowiso.open(connection=...)",
                "the store in this connection is a simulation by other staff and terms; open it by flowiso.open(connection=...)",
            )
        )
    return store
