"""Everything FlowISO raises. The docstring of an error says what it means; its `text` says what happened, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from .text import Text

if TYPE_CHECKING:
    from .model import Account, Finding


class FlowISOError(Exception):
    """It could not be done."""

    code: ClassVar[str] = "flowiso"

    def __init__(self, text: Text) -> None:
        super().__init__(text.vi)
        self.text = text

    def __str__(self) -> str:
        return self.text.vi


class BadValue(FlowISOError):
    """A value given by the caller can't be understood: a term, a moment, an unknown word."""

    code = "bad-value"


class CalendarUnknown(FlowISOError):
    """The calendar doesn't know this day: no holiday announcement covers its year (R80)."""

    code = "calendar-unknown"


class FlowFileError(FlowISOError):
    """Flow files have faults; `findings` lists them all."""

    code = "flow-file"

    def __init__(self, text: Text, findings: Sequence[Finding] = ()) -> None:
        super().__init__(text)
        self.findings = tuple(findings)


class UnknownFlow(FlowISOError):
    """No flow has this code, or no version of it is in force on this day."""

    code = "unknown-flow"


class UnknownDossier(FlowISOError):
    """The store holds no dossier with this number."""

    code = "unknown-dossier"


class DraftFlow(FlowISOError):
    """The flow still rests on assumed facts; receiving on it needs `allow_draft`."""

    code = "draft-flow"


class NotAllowed(FlowISOError):
    """This move may not be made here; `actions` names those that may."""

    code = "not-allowed"

    def __init__(self, text: Text, actions: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.actions = tuple(actions)


class Misrouted(FlowISOError):
    """The named account may not hold the step (R121); `finding` says why, `fitting` lists the accounts that may."""

    code = "misrouted"

    def __init__(self, text: Text, finding: Finding, fitting: Sequence[Account]) -> None:
        super().__init__(text)
        self.finding = finding
        self.fitting = tuple(fitting)


class Conflict(FlowISOError):
    """Someone else moved the dossier first; read it again."""

    code = "conflict"


class StoreError(FlowISOError):
    """The store can't be used; the driver's own error is the cause."""

    code = "store"
