"""The agency as a scenario has it: other people, other leave, other terms. A copy; the agency that was read stays as it is."""

from __future__ import annotations

from ..app import Agency
from ..setting import Setting
from .scenario import Scenario


def setting_of(scenario: Scenario) -> Setting:
    """What a scenario changes of the agency."""
    return Setting(scenario.name, scenario.staff, scenario.deadlines, scenario.terms)


def staffed(agency: Agency, scenario: Scenario) -> Agency:
    """The agency with the scenario's staff and terms; the same one where it changes neither. Raises BadValue, see `Setting`."""
    return agency.under(setting_of(scenario))
