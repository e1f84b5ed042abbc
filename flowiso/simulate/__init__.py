"""The simulator: arrivals, officers and routing errors with a seed and a false clock, over the engine's own decisions."""

from .scenario import Scenario
from .visits import Log
from .year import Progress, Run, Year, simulate

__all__ = ["Log", "Progress", "Run", "Scenario", "Year", "simulate"]
