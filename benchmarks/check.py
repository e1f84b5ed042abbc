"""`flowiso check` on the shipped folder against a process that imports click and yaml and only composes the same files.

Run: python benchmarks/check.py [PAIRS]. Whole processes with warm byte code, interleaved; CPU seconds; the median of the
paired ratios counts. The floor of our side, start-up and reading without a rule, is timed beside.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

from flowiso.library import bundled, flow_files
from flowiso.yamlfile import Source, parse

COMPOSE = """
import sys, click, yaml
for file in sys.argv[1:]:
    with open(file, encoding="utf-8") as opened:
        yaml.compose(opened.read(), Loader=yaml.CSafeLoader)
"""
READ = "import sys; from pathlib import Path; import flowiso.cli.check; from flowiso.library import load; load(Path(sys.argv[1]))"
CHECK = "import sys; from flowiso.cli import main; sys.argv = ['flowiso', 'check', *sys.argv[1:]]; sys.exit(main())"
START = "import flowiso.cli.check"


def cpu(*command: str) -> float:
    """CPU seconds, user and system, of a process that must succeed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL, env=env)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def rounds(pairs: int, commands: dict[str, tuple[str, ...]]) -> Iterator[dict[str, float]]:
    """Each command's CPU seconds, once a round; a first round only warms the byte code."""
    for number in range(pairs + 1):
        times = {name: cpu(*command) for name, command in commands.items()}
        if number:
            yield times


def reading(files: list[str], pairs: int) -> float:
    """Our reading of the files' YAML against composing it, in this process: the median of the paired ratios."""
    texts = [Path(file).read_bytes() for file in files]
    return statistics.median(_took(_read, texts) / _took(_compose, texts) for _ in range(pairs))


def _took(work: Callable[[bytes], object], texts: list[bytes]) -> float:
    started = time.process_time()
    for text in texts:
        work(text)
    return time.process_time() - started


def _read(data: bytes) -> None:
    assert parse(Source(""), data) is not None


def _compose(data: bytes) -> None:
    yaml.compose(data, Loader=yaml.CSafeLoader)


def main(pairs: int = 15) -> None:
    """Print the medians and the paired ratios."""
    folder = bundled()
    files = [str(file) for file in flow_files([folder])]
    others = [str(file) for file in folder.rglob("*.yaml") if str(file) not in files]
    commands = {
        "compose the flows": ("-c", COMPOSE, *files),
        "compose every file": ("-c", COMPOSE, *files, *others),
        "flowiso check": ("-c", CHECK, str(folder)),
        "  start-up": ("-c", START),
        "  and reading": ("-c", READ, str(folder)),
    }
    measured = list(rounds(pairs, commands))
    read = reading(files, pairs)
    print(f"{len(files)} flows, {len(others)} other files")
    for name in commands:
        print(f"{name:20} {1000 * statistics.median(times[name] for times in measured):6.0f} ms CPU")
    for floor in ("compose the flows", "compose every file"):
        ratios = sorted(times["flowiso check"] / times[floor] for times in measured)
        print(f"against '{floor}': {statistics.median(ratios):.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f}); goal <= 2")
    print(f"reading alone against composing alone: {read:.2f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
