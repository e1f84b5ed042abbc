"""The server's own log: a JSON object on a line for each request. It never holds personal data, a body, a query or a token."""

from __future__ import annotations

import json
import logging
from datetime import datetime
from traceback import walk_tb
from typing import Any

LOGGER = logging.getLogger("flowiso.web")
"""Where the lines go; a host that mounts the app gives it a handler of its own."""


def tell(event: str, at: datetime, level: int = logging.INFO, **more: Any) -> None:
    """A line."""
    if LOGGER.isEnabledFor(level):
        line = json.dumps({"at": at.isoformat(timespec="milliseconds"), "event": event, **more})
        LOGGER.handle(
            LOGGER.makeRecord(LOGGER.name, level, __file__, 0, line, (), None)
        )  # nobody asks which line of ours


def told_error(error: BaseException) -> dict[str, Any]:
    """What went wrong and where, without the words of the error, in which a person may be named."""
    places = [
        f"{frame.f_code.co_filename}:{line} {frame.f_code.co_name}" for frame, line in walk_tb(error.__traceback__)
    ]
    cause = error.__cause__
    return {
        "error": type(error).__name__,
        "places": places[-_MOST:],
        **({"cause": type(cause).__name__} if cause else {}),
    }


_MOST = 12
