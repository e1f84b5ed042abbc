"""`flowiso check` on 116 flow files against a process that imports click and yaml and only composes the same files.

Run: python benchmarks/check.py [PAIRS]. The shipped flows are copied under new codes until there are 116, the agency's
own files beside them. Whole processes with warm byte code, interleaved; CPU seconds; the median of the paired ratios
counts. The floor of our side, start-up and reading without a rule, is timed beside.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

import yaml

from flowiso.library import bundled
from flowiso.yamlfile import Source, parse

FLOWS = 116
COMPOSE = """
import sys, click, yaml
for file in sys.argv[1:]:
    with open(file, encoding="utf-8") as opened:
        yaml.compose(opened.read(), Loader=yaml.CSafeLoader)
"""
READ = "import sys; from pathlib import Path; import flowiso.cli.check; from flowiso.library import load; load(Path(sys.argv[1]))"
CHECK = "import sys; from flowiso.cli import main; sys.argv = ['flowiso', 'check', *sys.argv[1:]]; sys.exit(main())"
START = "import flowiso.cli.check"


def copies(folder: Path) -> list[Path]:
    """Fill the folder with an agency of 116 flows; each copy has its own code, name, place and title."""
    for file in bundled().glob("_*"):
        (shutil.copytree if file.is_dir() else shutil.copy)(file, folder / file.name)
    originals = sorted(file for file in bundled().rglob("*.v*.yaml") if "/_" not in str(file))
    made = [_copy(file, number, folder) for number, file in zip(range(FLOWS), cycle(originals), strict=False)]
    for file in (folder / "_plans").glob("2*.yaml"):
        head, code, plan = file.read_text(encoding="utf-8").partition("\nCNDP-01:")
        planned = [copy.name.partition(".")[0].upper() for copy in made if copy.name.startswith("cndp-")]
        file.write_text(head + "".join(f"\n{name}:{plan}" for name in planned if code), encoding="utf-8")
    return made


def _copy(file: Path, number: int, folder: Path) -> Path:
    code = file.name.partition(".")[0].upper()
    text = file.read_text(encoding="utf-8")
    if number >= 12:
        new = f"{code.partition('-')[0]}-{100 + number}"
        text = text.replace(f"code: {code}\n", f"code: {new}\n", 1).replace("\ntitle: ", f"\ntitle: Bản {number} - ", 1)
        text = re.sub(r"(?m)^national_code: .*", f"national_code: 9.{number:06}", text)
        code = new
    copy = folder / file.parent.name / f"{code.lower()}.{file.name.partition('.')[2]}"
    copy.parent.mkdir(exist_ok=True)
    copy.write_text(text, encoding="utf-8")
    return copy


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
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        files = [str(file) for file in copies(folder)]
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
    for name in commands:
        print(f"{name:20} {1000 * statistics.median(times[name] for times in measured):6.0f} ms CPU")
    for floor in ("compose the flows", "compose every file"):
        ratios = sorted(times["flowiso check"] / times[floor] for times in measured)
        print(f"against '{floor}': {statistics.median(ratios):.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f}); goal <= 2")
    print(f"reading alone against composing alone: {read:.2f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
