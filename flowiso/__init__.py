"""FlowISO: the workflow engine for the flowcharts of a Vietnamese one-stop agency.

    with flowiso.open("flows/", "sqlite:///mot-cua.db") as engine:
        dossier = engine.receive("LTHH-13", by="lan.vp")

Names are imported when they are first used, so that `import flowiso` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .app import Agency, open
    from .calendar import Calendar
    from .dossier import Action, Dossier
    from .engine import Engine, Handover
    from .envelopes import Letter
    from .errors import (
        BadValue,
        CalendarUnknown,
        Conflict,
        DraftFlow,
        FlowFileError,
        FlowISOError,
        Incomplete,
        KeyReused,
        Misrouted,
        NotAllowed,
        StoreError,
        UnknownDossier,
        UnknownFlow,
    )
    from .ledger import Ledger
    from .model import Account, Case, Finding, Flow, Move, Step
    from .ports import Notice, Store
    from .stats import Report
    from .term import Term
    from .text import Text
    from .worktime import TZ

_HOME = {
    "app": ("Agency", "open"),
    "calendar": ("Calendar",),
    "dossier": ("Action", "Dossier"),
    "engine": ("Engine", "Handover"),
    "envelopes": ("Letter",),
    "errors": (
        "BadValue",
        "CalendarUnknown",
        "Conflict",
        "DraftFlow",
        "FlowFileError",
        "FlowISOError",
        "Incomplete",
        "KeyReused",
        "Misrouted",
        "NotAllowed",
        "StoreError",
        "UnknownDossier",
        "UnknownFlow",
    ),
    "ledger": ("Ledger",),
    "model": ("Account", "Case", "Finding", "Flow", "Move", "Step"),
    "ports": ("Notice", "Store"),
    "stats": ("Report",),
    "term": ("Term",),
    "text": ("Text",),
    "worktime": ("TZ",),
}
_MODULE = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "TZ",
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
    "Handover",
    "Incomplete",
    "KeyReused",
    "Ledger",
    "Letter",
    "Misrouted",
    "Move",
    "NotAllowed",
    "Notice",
    "Report",
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
