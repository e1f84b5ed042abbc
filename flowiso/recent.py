"""The dossiers an engine moved last, so that the next move of one needn't read its log again."""

from __future__ import annotations

from contextlib import suppress
from threading import Lock

from .dossier import Dossier


class Recent:
    """A bounded memory of dossiers by number; threads may share it.

    What is remembered may be out of date. That does no harm where lines are appended only to the very line that stands
    last in the store: a decision on something old is refused there, forgotten, and made again on what is read.
    """

    __slots__ = ("_known", "_lock", "_most")

    def __init__(self, most: int) -> None:
        self._known: dict[str, Dossier] = {}
        self._lock = Lock()
        self._most = most

    def take(self, number: str) -> Dossier | None:
        """The dossier as it was left, forgotten by this; None when it isn't remembered."""
        return self._known.pop(number, None)

    def keep(self, dossier: Dossier) -> None:
        """Remember a dossier as it was just written."""
        known = self._known
        known[dossier.case.number] = dossier
        if len(known) > self._most:
            with self._lock, suppress(KeyError, RuntimeError):  # others take and keep meanwhile
                del known[next(iter(known))]
