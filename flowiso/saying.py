"""Words that findings and notices about dossiers share: lengths of time, and what they are about."""

from __future__ import annotations

from .life import Life
from .model import DOSSIER_CODES, Finding, Level
from .text import Text, number


def about(life: Life, code: str, level: Level, holder: str | None, at: int | None, text: Text) -> Finding:
    """A finding about a dossier."""
    return Finding(code, DOSSIER_CODES[code], level, text, dossier=life.case.number, holder=holder or None, at=at)


def hours(seconds: int) -> Text:
    """A length of working time: 2 giờ 05 phút; what isn't nothing is never called that."""
    if 0 < seconds < 60:
        return Text("chưa đến 1 phút", "less than a minute")
    whole, minutes = divmod(seconds // 60, 60)
    vi, en = f"{number(whole)} giờ", f"{number(whole, 'en')} h"
    if minutes and whole:
        return Text(f"{vi} {minutes:02d} phút", f"{en} {minutes:02d} min")
    return Text(f"{minutes} phút", f"{minutes} min") if not whole else Text(vi, en)
