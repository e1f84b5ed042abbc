"""Fuzz of every reader of YAML, of the rules on whatever flow comes out, and of the quick way against the parser.

Run: python tests/fuzz/reader.py [--seconds 30] [--seed 1]; guided by coverage where `atheris` is installed, otherwise
by the seed alone. A failure prints one line that replays it: python tests/fuzz/reader.py FILE. The first byte of an
input chooses the reader, the rest is the file.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

try:
    import atheris
except ImportError:
    atheris = None

if atheris is not None and __name__ == "__main__":
    with atheris.instrument_imports(include=["flowiso"]):
        import flowiso.library
        import flowiso.rules
        import flowiso.storyfile
        import flowiso.yamlparser  # noqa: F401

from mutate import mutated

from flowiso.agencyfile import read_org, read_plan, read_words
from flowiso.calendarfile import read_sessions, read_year
from flowiso.flowfile import read_flow
from flowiso.lawfile import read_laws
from flowiso.library import bundled, load_agency, load_calendar
from flowiso.model import Finding
from flowiso.rules import check_flow
from flowiso.rules.context import Context
from flowiso.schema import Reading
from flowiso.storyfile import read_stories
from flowiso.text import nfc
from flowiso.yamlfile import MAX_FINDINGS, Map, Source, clean, parse
from flowiso.yamlparser import built
from flowiso.yamlquick import quick

SECONDS = 1.0 if atheris is None else 3.0
"""CPU seconds a reader may take with its rules; counting coverage makes them up to three times as slow."""
FILE = "f.yaml"

AGENCY = load_agency(bundled())
CALENDAR = load_calendar(bundled())


def _flow(data: bytes) -> list[Finding]:
    flow, findings = read_flow(data, FILE, AGENCY.words)
    assert flow is not None or findings, "neither a flow nor a finding"
    assert len(findings) <= MAX_FINDINGS
    if flow is None:
        return findings
    return findings + check_flow(flow, Context(AGENCY.org, AGENCY.words, CALENDAR, AGENCY.laws))


def _stories(data: bytes) -> list[Finding]:
    return read_stories(data, FILE)[1]


def _own(read: Callable[[Reading, Map], Any]) -> Callable[[bytes], list[Finding]]:
    def findings(data: bytes) -> list[Finding]:
        source = Source(FILE)
        root = parse(source, data)
        assert root is not None or source.findings, "neither a mapping nor a finding"
        if root is not None:
            read(Reading(source), root)
        assert len(source.findings) <= MAX_FINDINGS
        return source.findings

    return findings


READERS = {
    "[a-z]*/*.v*.yaml": _flow,
    "_org.yaml": _own(read_org),
    "_steps.yaml": _own(read_words),
    "_laws.yaml": _own(read_laws),
    "_calendar/2*.yaml": _own(read_year),
    "_calendar/_sessions.yaml": _own(read_sessions),
    "_plans/*.yaml": _own(read_plan),
    "_stories/*.yaml": _stories,
}
"""What reads the files of a pattern in the agency's folder."""


def corpus() -> list[bytes]:
    """The shipped files, each behind the number of its reader."""
    patterns = enumerate(READERS)
    return [
        bytes([number]) + file.read_bytes() for number, pattern in patterns for file in sorted(bundled().glob(pattern))
    ]


def check(data: bytes) -> None:
    """Raise when a reader raises, takes too long, or says something it must not say."""
    check_quick(data[1:])
    read = list(READERS.values())[data[0] % len(READERS)] if data else _flow
    started = time.process_time()
    findings = read(data[1:])
    took = time.process_time() - started
    assert took <= SECONDS, f"took {took:.1f} s"
    lines = data.count(b"\n") + data.count(b"\r") + 1
    for finding in findings:
        check_finding(finding, lines)


def check_quick(data: bytes) -> None:
    """Raise unless the quick way gives what the parser gives, to the last column, or nothing at all."""
    text = data.decode("utf-8", "replace")
    if not clean(text) or (found := quick(text)) is None:
        return
    source = Source(FILE)
    assert repr(built(source, text, True)) == repr(found), "the quick way reads something else"
    assert source.findings == []


def check_finding(finding: Finding, lines: int) -> None:
    """Raise unless the finding has file, line and column, and one printable sentence in each language."""
    assert finding.file == FILE, finding
    assert finding.line is not None, finding
    assert 1 <= finding.line <= lines, finding
    assert (finding.column or 0) >= 1, finding
    for sentence in finding.message:
        assert sentence.strip(), finding
        assert sentence.isprintable(), finding
        assert sentence == nfc(sentence), finding


def check_or_tell(data: bytes) -> None:
    """Check one input; on failure keep it, say how to replay it, and leave with 1."""
    try:
        check(data)
    except Exception:
        traceback.print_exc()
        kept = Path(tempfile.gettempdir()) / f"fuzz-{sha256(data).hexdigest()[:12]}"
        kept.write_bytes(data)
        print(f"replay: python tests/fuzz/reader.py {kept}", file=sys.stderr, flush=True)
        os._exit(1)


def by_seed(seed: int, seconds: float) -> None:
    """Mutants of the shipped files until the time is over."""
    files = corpus()
    ends = time.monotonic() + seconds
    runs = 0
    while time.monotonic() < ends:
        rng = Random(f"{seed}/{runs}")
        check_or_tell(mutant(files, rng.choice(files), rng))
        runs += 1
    print(f"{runs} runs in {seconds:.0f} s by seed {seed}, nothing found")


def mutant(files: list[bytes], data: bytes, rng: Random) -> bytes:
    """A changed input; now and then it goes to a reader it was not written for."""
    kind = rng.randrange(len(READERS)) if rng.random() < 0.05 or not data else data[0]
    return bytes([kind]) + mutated([file[1:] for file in files], data[1:], rng)


def by_coverage(seed: int, seconds: float) -> None:
    """The same, but inputs that reach new code are changed further."""
    files = corpus()
    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(files):
            (Path(folder) / str(number)).write_bytes(data)

        def change(data: bytes, max_size: int, seed: int) -> bytes:
            rng = Random(seed)
            return bytes(atheris.Mutate(data, max_size)) if rng.random() < 0.2 else mutant(files, data, rng)[:max_size]

        limits = [
            f"-max_total_time={seconds:.0f}",
            f"-seed={seed}",
            "-max_len=40000",
            "-rss_limit_mb=1000",
            "-timeout=20",
        ]
        atheris.Setup(
            [sys.argv[0], *limits, "-verbosity=0", "-print_final_stats=1", folder], check_or_tell, custom_mutator=change
        )
        atheris.Fuzz()


def main() -> None:
    """Replay the files named, or fuzz."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    for file in asked.files:
        check(file.read_bytes())
    if not asked.files:
        fuzz = by_seed if atheris is None else by_coverage
        fuzz(asked.seed, asked.seconds)


if __name__ == "__main__":
    main()
