"""The time ledger of a dossier: whose each second was between receipt and result, and after that until it was handed over.

The parts sum to the whole, always. It stands on the dossier's `Life`, so visits, misroutes and pauses are told once.
Moments are epoch seconds, lengths of time are seconds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from .astray import Misroute
from .calendar import Calendar
from .duedate import Verdict
from .errors import BadValue
from .life import Life, Visit, stays_at
from .model import CORRECT, Party
from .text import Text, moment
from .worktime import local

Kind = Literal["holder", "partner", "applicant", "system", "misroute", "paused", "result"]
"""What the time went to: the work of an account of the agency or of a partner, waiting for the applicant, the system, a
wrong account until it opened the dossier or that was put right (R124), a pause (R59), or a result not collected (R56).
"""

_KINDS: Mapping[Party, Kind] = {
    "agency": "holder",
    "partner": "partner",
    "applicant": "applicant",
    "system": "system",
}


class Entry(NamedTuple):
    """A stretch of time that is one account's: `account` had the dossier at `step` from `since` to `until`.

    Its minutes are charged to account `charged_to` at `charged_step`: to the holder himself, for a misroute to the sender
    (R124), to nobody ("") while it is paused, a result waits, or it lies in a wrong account and the clock stands. `worked`
    and `closed` are its working seconds and the others, `waited` those of the worked ones before he confirmed the hand-over.
    `due` is the step's due moment; `verdict` is told where the stay at the step ends, and is "late" for an open one past its
    due minute (R72).
    """

    since: int
    until: int
    kind: Kind
    account: str
    step: str
    charged_to: str
    charged_step: str
    worked: int
    closed: int
    waited: int
    due: int | None
    verdict: Verdict | None


class Ledger(NamedTuple):
    """Where the time of a dossier went: `entries` cover `received` to `end` without gap or overlap, in order.

    `end` is the moment the result was available, for an open dossier the one it was looked at. `after` are the entries from
    `end` to `last`: the result waiting until it was handed over, or being corrected (R53). `counted` are the working seconds
    from receipt to end by the calendar alone.
    """

    life: Life
    received: int
    end: int
    last: int
    counted: int
    entries: tuple[Entry, ...]
    after: tuple[Entry, ...]

    @property
    def worked(self) -> int:
        """Working seconds from receipt to end."""
        return sum(entry.worked for entry in self.entries)

    @property
    def closed(self) -> int:
        """Seconds from receipt to end that are no working time."""
        return sum(entry.closed for entry in self.entries)

    @property
    def exact(self) -> bool:
        """Whether the parts sum to the whole."""
        return self.worked == self.counted and self.worked + self.closed == self.end - self.received

    def by_kind(self) -> dict[str, int]:
        """Working seconds by kind, and the rest of the time as "closure": all together the time from receipt to end."""
        return {**self._sums(lambda entry: entry.kind), "closure": self.closed}

    def by_account(self) -> dict[str, int]:
        """Working seconds by the account they are charged to, "" for nobody."""
        return self._sums(lambda entry: entry.charged_to)

    def by_step(self) -> dict[str, int]:
        """Working seconds by the step they are charged to."""
        return self._sums(lambda entry: entry.charged_step)

    def _sums(self, key: Callable[[Entry], str]) -> dict[str, int]:
        found: dict[str, int] = defaultdict(int)
        for entry in self.entries:
            found[key(entry)] += entry.worked
        return dict(found)


def ledger(life: Life, calendar: Calendar, at: int) -> Ledger | None:
    """The ledger of a dossier as it stands at `at`, not before the last line its life was told from.

    None before it is received: until then no minute is counted against anybody but the intake's clock (R13).
    Raises CalendarUnknown when a day isn't known.
    """
    if life.received is None:
        return None
    visits = stays_at(life, calendar, at)
    ends = [*(visit.until for visit in visits), *(wrong.until for wrong in life.misroutes)]
    last = at if life.kind is None else max(filter(None, ends))
    end = last if life.resolved is None else life.resolved
    parts = [_held(life, visit, last) for visit in visits]
    parts += [part for wrong in life.misroutes for part in _astray(life, wrong, last)]
    parts.sort(key=lambda part: part.since)
    called_back = {act.at for act in life.acts if act.action == CORRECT}
    whole = _whole(parts, life.received, called_back)
    entries = [_entry(calendar, piece) for part in whole for piece in _paused(life, part, last)]
    done = sum(entry.until <= end for entry in entries)
    counted = calendar.worked(life.received, end)
    return Ledger(life, life.received, end, last, counted, tuple(entries[:done]), tuple(entries[done:]))


def not_received(number: str, at: int, received: int | None) -> BadValue:
    """What to raise where a dossier has no ledger at `at`; `received` is when it was received later, None where it never was."""
    then = moment(local(at))
    vi = f"hồ sơ {number} đến {then} chưa được tiếp nhận nên chưa có giờ nào để tính"
    en = f"{number} wasn't received by {then}, so there is no time to tell of"
    if received is None:
        return BadValue(Text(f"{vi}; hãy tiếp nhận trước (receive)", f"{en}; receive it first"))
    since = moment(local(received))
    return BadValue(Text(f"{vi}; hãy cho thời điểm từ {since}", f"{en}; give a moment from {since} on"))


class _Part(NamedTuple):
    """An entry in the making; `opened` is when the holder confirmed, `until` if he didn't."""

    since: int
    until: int
    kind: Kind
    account: str
    sender: str
    step: str
    charged_to: str
    charged_step: str
    opened: int
    due: int | None = None
    verdict: Verdict | None = None


def _held(life: Life, visit: Visit, last: int) -> _Part:
    step, holder = visit.step, visit.holder
    until = last if visit.until is None else visit.until
    opened = until if visit.confirmed_at is None else visit.confirmed_at
    told = visit.verdict or ("late" if visit.late(last) else None)
    kind, charged = _KINDS[visit.charged], holder
    if life.row(step, until).ready and life.resolved is not None and visit.since >= life.resolved:
        kind, charged = "result", ""
    return _Part(visit.since, until, kind, holder, visit.sender, step, charged, step, opened, visit.due, told)


def _astray(life: Life, wrong: Misroute, last: int) -> Iterator[_Part]:
    """The time a hand-over went wrong: unopened, kept knowingly by the wrong account, and back until it was put right (R124).

    Where the clock stood nobody lost time: it is the waiting that it would have been. Of what is over nothing empty is told:
    the part before a gap tells whose it was.
    """
    return (part for part in _wrong_parts(life, wrong, last) if part.since < part.until or wrong.until is None)


def _wrong_parts(life: Life, wrong: Misroute, last: int) -> Iterator[_Part]:
    until = last if wrong.until is None else wrong.until
    found = until if wrong.detected_at is None else wrong.detected_at
    opened = found if wrong.opened_at is None else min(wrong.opened_at, found)
    sender, step = wrong.sender, wrong.step
    kind: Kind = "misroute" if wrong.counts else _KINDS[wrong.charged]
    charged = (sender, step if wrong.visit is None else life.visits[wrong.visit].step) if wrong.counts else ("", step)
    yield _Part(wrong.sent_at, opened, kind, wrong.wrong, sender, step, *charged, opened)
    if wrong.counts:
        yield _Part(opened, found, _KINDS[wrong.charged], wrong.wrong, sender, step, wrong.wrong, step, opened)
    else:
        yield _Part(opened, found, kind, wrong.wrong, sender, step, *charged, opened)
    yield _Part(found, until, kind, sender, sender, step, *charged, found)


def _whole(parts: Sequence[_Part], since: int, called_back: Collection[int]) -> Iterator[_Part]:
    """The parts from `since` on without overlap; what the log tells of nobody's work is filled in.

    A misroute gives way to the visit of whoever did the work all the same. A gap is the time a dossier lay with who had
    handed it over and got it back, before it went to the same account again; one that ends when a result was `called_back`
    to be corrected is that of a result that had been handed over.
    """
    before = parts[0]
    for part in parts:
        if part.since > since:
            yield _gap(before, since, part.since, part.since in called_back)
        if part.until > since:
            yield part._replace(since=max(part.since, since))
        since, before = max(part.until, since), part


def _gap(before: _Part, since: int, until: int, done: bool) -> _Part:
    step = before.step
    had = "" if done else before.sender
    kind = "result" if done else before.kind
    return _Part(since, until, kind, had, "", step, "" if kind == "result" else had, step, since)


def _paused(life: Life, part: _Part, last: int) -> Iterator[_Part]:
    """A part cut where a leader had paused the dossier (R59)."""
    since = part.since
    for paused, resumed in life.pauses:
        begin, end = max(paused, since), min(last if resumed is None else resumed, part.until)
        if begin < end:
            if since < begin:
                yield part._replace(since=since, until=begin, verdict=None)
            yield part._replace(
                since=begin, until=end, kind="paused", charged_to="", charged_step=part.step, verdict=None
            )
            since = end
    if since < part.until:
        yield part._replace(since=since)


def _entry(calendar: Calendar, part: _Part) -> Entry:
    since, until, kind, account, _, step, charged_to, charged_step, opened, due, verdict = part
    worked = calendar.worked(since, until)
    waited = calendar.worked(since, min(opened, until)) if opened > since else 0
    closed = until - since - worked
    return Entry(since, until, kind, account, step, charged_to, charged_step, worked, closed, waited, due, verdict)
