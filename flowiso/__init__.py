"""FlowISO: the workflow engine for the flowcharts of a Vietnamese one-stop agency.

    engine = flowiso.open("flows/", "sqlite:///mot-cua.db")

Names are imported when they are first used, so that `import flowiso` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .app import Agency, open
    from .calendar import Calendar
    from .engine import Action, Dossier, Engine, Store
    from .errors import (
        BadValue,
        CalendarUnknown,
        Conflict,
        DraftFlow,
        FlowFileError,
        FlowISOError,
        Misrouted,
        NotAllowed,
        StoreError,
        UnknownDossier,
        UnknownFlow,
    )
    from .model import Account, Case, Finding, Flow, Move, Step
    from .term import Term
    from .text import Text

_HOME = {
    "app": ("Agency", "open"),
    "calendar": ("Calendar",),
    "engine": ("Action", "Dossier", "Engine", "Store"),
    "errors": (
        "BadValue",
        "CalendarUnknown",
        "Conflict",
        "DraftFlow",
        "FlowFileError",
        "FlowISOError",
        "Misrouted",
        "NotAllowed",
        "StoreError",
        "UnknownDossier",
        "UnknownFlow",
    ),
    "model": ("Account", "Case", "Finding", "Flow", "Move", "Step"),
    "term": ("Term",),
    "text": ("Text",),
}
_MODULE = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "Account",
    "Action",
    "Agency",
    "BadValue",
    "Calendar",
    "CalendarUnknown",
    "Case",
    "Conflict",
    "Dossier",
    "DraftFlow",
    "Engine",
    "Finding",
    "Flow",
    "FlowFileError",
    "FlowISOError",
    "Misrouted",
    "Move",
    "NotAllowed",
    "Step",
    "Store",
    "StoreError",
    "Term",
    "Text",
    "UnknownDossier",
    "UnknownFlow",
    "open",
]


def __getattr__(name: str) -> Any:
    module = _MODULE.get(name)
    if module is None:
        raise AttributeError(f"module 'flowiso' has no attribute '{name}'")
    return getattr(import_module(f".{module}", __name__), name)
