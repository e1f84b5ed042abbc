"""An event log as XES (IEEE 1849-2016), written dossier by dossier; plain, or as gzip."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from html import escape

from ..worktime import local
from .events import CASE, EVENT, About, Kind, Trace, Value

_EXTENSIONS = (
    ("Concept", "concept"),
    ("Lifecycle", "lifecycle"),
    ("Organizational", "org"),
    ("Time", "time"),
)
_SITE = "http://www.xes-standard.org/"
_SOMETIMES = frozenset({"due", "verdict", "org:role", "org:group", "holder"})
"""Attributes that not every case or event has; only the others may be declared global, and classify."""

_DEFAULTS: Mapping[Kind, Value] = {"string": "UNKNOWN", "int": 0, "date": 0}
"""What the standard wants declared beside a global attribute; it stands for nothing, since the attribute is always there."""

_GZIP = 16 + zlib.MAX_WBITS


def as_xes(traces: Iterable[Trace], about: About) -> Iterator[bytes]:
    """The log: extensions, global attributes, classifiers, whose log it is, then the cases."""
    yield "".join(_head(about)).encode()
    for trace in traces:
        yield "".join(_trace(trace)).encode()
    yield b"</log>\n"


def as_xes_gz(traces: Iterable[Trace], about: About) -> Iterator[bytes]:
    """The same as gzip, without name and time in its header: the same log gives the same bytes."""
    packer = zlib.compressobj(wbits=_GZIP)
    for part in as_xes(traces, about):
        yield packer.compress(part)
    yield packer.flush()


def _head(about: About) -> Iterator[str]:
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="1849.2016" xes.features="" xmlns="{_SITE}">\n'
    for name, prefix in _EXTENSIONS:
        yield f'<extension name="{name}" prefix="{prefix}" uri="{_SITE}{prefix}.xesext"/>\n'
    for scope, names in (("trace", CASE), ("event", EVENT)):
        always = {name: kind for name, kind in names.items() if name not in _SOMETIMES}
        yield f'<global scope="{scope}">{_attributes(always, map(_DEFAULTS.__getitem__, always.values()))}</global>\n'
    yield '<classifier name="Activity" keys="concept:name"/>\n'
    yield '<classifier name="Activity and transition" keys="concept:name lifecycle:transition"/>\n'
    yield '<classifier name="Title" keys="title"/>\n'
    told = {"concept:name": about.agency, "lifecycle:model": "standard", "title": about.title.to(about.lang)}
    yield _attributes(dict.fromkeys(told, "string"), told.values())
    yield f'<boolean key="simulated" value="{str(about.simulated).lower()}"/>\n'


def _trace(trace: Trace) -> Iterator[str]:
    yield f"<trace>{_attributes(CASE, trace[:-1])}\n"
    for event in trace.events:
        yield f"<event>{_attributes(EVENT, event)}</event>\n"
    yield "</trace>\n"


def _attributes(names: Mapping[str, Kind], values: Iterable[Value]) -> str:
    """The attributes that have a value."""
    pairs = zip(names.items(), values, strict=True)
    return "".join(
        f'<{kind} key="{name}" value="{_told(kind, value)}"/>' for (name, kind), value in pairs if value is not None
    )


def _told(kind: Kind, value: Value) -> str:
    return local(int(value or 0)).isoformat() if kind == "date" else escape(str(value))
