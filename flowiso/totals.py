"""The figures of several agencies together: what their reports of one period add up to, in any order (R90, R103).

`Totals.merged` is associative and commutative, and `Totals()` changes nothing, so parts may be merged as they come in, in
any tree. How many agencies there are is no number of quality systems: one system may cover many (R103), and no rate of
coverage follows from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import reduce
from typing import Any, NamedTuple, NoReturn, TypeVar

from .errors import BadValue
from .figures import Counts, Group, faults_of, faults_of_lines, summed
from .model import CHANNELS, LateCause
from .period import Period
from .stats import CAUSES, CHANNEL_TITLES, Report, faults_of_causes, span_json
from .text import Text, moment
from .worktime import instant, local

_NOTHING = Counts()
_SHOWN = 60
_T = TypeVar("_T")


class Span(NamedTuple):
    """Of which period figures are, and the moment (an instant) as of which."""

    period: Period
    cut_off: int


class Share(NamedTuple):
    """What one agency adds: whose it is, its line of the form, the same by channel, and why its late dossiers were late."""

    title: Text
    simulated: bool
    counts: Counts
    by_channel: Mapping[str, Counts]
    late_by_cause: Mapping[LateCause, int]

    def plus(self, other: Share) -> Share:
        """Both added up; of two titles the one that is first in order."""
        return Share(
            min(self.title, other.title),
            self.simulated or other.simulated,
            summed((self.counts, other.counts)),
            _by_channel((self, other)),
            _by_cause((self, other)),
        )

    @property
    def channels(self) -> dict[str, Group]:
        """The lines by channel under their titles."""
        return {key: Group(CHANNEL_TITLES[key], self.by_channel.get(key, _NOTHING)) for key in CHANNELS}

    def to_json(self, lang: str) -> dict[str, Any]:
        """The share as a part of a report's JSON."""
        channels = {key: group.to_json(lang) for key, group in self.channels.items()}
        return {**self.counts.to_json(), "late_by_cause": dict(self.late_by_cause), "by_channel": channels}


@dataclass(frozen=True, slots=True)
class Totals:
    """The shares of agencies, by their ids, all of the same `span`; without any agency they are of none."""

    span: Span | None = None
    agencies: Mapping[str, Share] = field(default_factory=dict)

    @classmethod
    def of(cls, report: Report) -> Totals:
        """The totals of one agency."""
        channels = {key: group.counts for key, group in report.by_channel.items()}
        share = Share(report.agency_title, report.simulated, report.counts, channels, report.late_by_cause)
        return cls(Span(report.period, report.until), {report.agency: share})

    @classmethod
    def all(cls, parts: Iterable[Totals]) -> Totals:
        """All of them merged."""
        return reduce(cls.merged, parts, cls())

    def merged(self, other: Totals) -> Totals:
        """Both together; an agency that is in both adds up. Raises BadValue for different periods or cut-offs."""
        if self.span is None or other.span is None:
            return other if self.span is None else self
        if self.span != other.span:
            _refuse_spans(self.span, other.span)
        shares = dict(self.agencies)
        for key, share in other.agencies.items():
            shares[key] = shares[key].plus(share) if key in shares else share
        return Totals(self.span, shares)

    @property
    def whole(self) -> Share:
        """All agencies as one."""
        shares = self.agencies.values()
        simulated = any(share.simulated for share in shares)
        counts = summed(share.counts for share in shares)
        return Share(_ALL, simulated, counts, _by_channel(shares), _by_cause(shares))

    def to_json(self, lang: str = "vi") -> dict[str, Any]:
        """The whole and every agency as JSON values, agencies by their ids; `of_json` reads them again."""
        if self.span is None:
            raise ValueError("no agency")
        agencies = {
            key: {"title": share.title.to(lang), "simulated": share.simulated, **share.to_json(lang)}
            for key, share in sorted(self.agencies.items())
        }
        whole, span = self.whole, span_json(*self.span, lang)
        return {**span, "simulated": whole.simulated, **whole.to_json(lang), "agencies": agencies}

    @classmethod
    def of_json(cls, told: Any, file: str) -> Totals:
        """What `flowiso report --format json` printed of one agency or of several.

        Raises BadValue, which names `file`, for anything else, for figures that break an identity of the form (R90), and for
        sums and rates that don't follow from the figures.
        """
        try:
            period = Period(date.fromisoformat(told["from"]), date.fromisoformat(told["to"]))
            span = Span(period, instant(datetime.fromisoformat(told["cut_off"])))
            several = told["agencies"] if "agencies" in told else {_of_kind(told, "agency", str): told}
            found = cls(span, {key: _share(one) for key, one in several.items()})
        except (KeyError, TypeError, ValueError, AttributeError, BadValue) as error:
            why = _why(error)
            raise BadValue(
                Text(
                    f"'{file}' không phải số liệu mà 'flowiso report --format json' ghi ra ({why.vi})",
                    f"'{file}' isn't what 'flowiso report --format json' writes ({why.en})",
                )
            ) from error
        if broken := identities(found) or tuple(_edited(told, several, found)):
            raise BadValue(
                Text(
                    f"'{file}': số liệu không khớp nhau, có thể đã sửa tay: {broken[0]} (R90)",
                    f"'{file}': the figures contradict each other, perhaps edited by hand: {broken[0]} (R90)",
                )
            )
        return found


_ALL = Text("Tất cả cơ quan", "All agencies")


def identities(totals: Totals) -> tuple[str, ...]:
    """What doesn't hold of the form's identities on any agency's line, nor on the whole's (R90); () when all is well."""
    named = [*totals.agencies.items(), ("", totals.whole)]
    return tuple(f"{key}: {fault}" for key, share in named for fault in _faults(share))


def _faults(share: Share) -> Iterator[str]:
    yield from faults_of(share.counts)
    yield from faults_of_lines("by_channel", share.by_channel.items(), share.counts)
    yield from faults_of_causes(share.counts, share.late_by_cause)


def _by_channel(shares: Iterable[Share]) -> dict[str, Counts]:
    found = list(shares)
    return {key: summed(share.by_channel.get(key, _NOTHING) for share in found) for key in CHANNELS}


def _by_cause(shares: Iterable[Share]) -> dict[LateCause, int]:
    found = list(shares)
    return {cause: sum(share.late_by_cause.get(cause, 0) for share in found) for cause in CAUSES}


def _share(told: Mapping[str, Any]) -> Share:
    title = _of_kind(told, "title", str)
    channels: dict[str, Counts] = {key: _counts(told["by_channel"][key]) for key in CHANNELS}
    causes = {cause: _of_kind(told["late_by_cause"], cause, int) for cause in CAUSES}
    return Share(Text(title, title), _of_kind(told, "simulated", bool), _counts(told), channels, causes)


def _counts(told: Mapping[str, Any]) -> Counts:
    return Counts(**{name: _of_kind(told, name, int) for name in Counts._fields})


def _of_kind(told: Mapping[str, Any], name: str, kind: type[_T]) -> _T:
    value = told[name]
    if type(value) is not kind:
        shown = json.dumps(value, ensure_ascii=False)[:_SHOWN]
        raise BadValue(Text(f"'{name}' không thể là {shown}", f"'{name}' can't be {shown}"))
    return value


def _edited(told: Mapping[str, Any], several: Mapping[str, Any], found: Totals) -> Iterator[str]:
    """The sums and rates of a file that don't follow from its figures."""
    for key, one in several.items():
        share = found.agencies[key]
        yield from _unlike(f"{key}:", one, share.counts)
        for channel, counts in share.by_channel.items():
            yield from _unlike(f"{key}: by_channel/{channel}", one["by_channel"][channel], counts)
    yield from _unlike("", told, found.whole.counts)


def _unlike(where: str, told: Mapping[str, Any], counts: Counts) -> Iterator[str]:
    for name, value in counts.to_json().items():
        if name in told and told[name] != value:
            shown = (json.dumps(one, ensure_ascii=False)[:_SHOWN] for one in (told[name], value))
            yield f"{where} {name} {' != '.join(shown)}".strip()


def _why(error: Exception) -> Text:
    if isinstance(error, BadValue):
        return error.text
    if isinstance(error, KeyError):
        return Text(f"thiếu '{error.args[0]}'", f"'{error.args[0]}' is missing")
    return Text("giá trị không đúng dạng", "values of another kind")


def _refuse_spans(one: Span, other: Span) -> NoReturn:
    def told(lang: str) -> str:
        return " ≠ ".join(f"{span.period.title.to(lang)}, {moment(local(span.cut_off))}" for span in (one, other))

    raise BadValue(
        Text(
            f"không cộng được số liệu khác kỳ hoặc khác lúc chốt: {told('vi')}; hãy lập lại với cùng kỳ và --as-of",
            f"figures of different periods or cut-offs don't add up: {told('en')}; make them again of the same",
        )
    )
