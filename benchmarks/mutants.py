"""A thousand defects planted by seed in good flows: which are found, with the right rule, file and line.

Run: python benchmarks/mutants.py [--count 1000] [--seed 1] [--kind NAME ...] [--number N] [--no-peers]

Beside `flowiso check`: a mere reference-and-reachability check, stock `transitions`, and `bpmnlint` (put into .cache/ by npm;
without npm its column says so). `--kind NAME --number N` plants one defect and shows it. docs/mutants.md says what
the operators do. Leaves with 1 when fewer than 99 % are found, or when a good flow has a finding.
"""

from __future__ import annotations

import argparse
import difflib
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from defects import agency, hidden, peers, plainly
from defects.bases import AGENCIES, Bench, base
from defects.kinds import KINDS, Kind, Mutant, mutants
from defects.plain import complaints

ORDER = [module.__name__ for module in (hidden, agency, plainly)]
GOAL = 0.99
HIDDEN_KINDS = 12


class Verdict(NamedTuple):
    """What was found of one mutant: by us with the right rule and place, what else we said, and by the peers."""

    mutant: Mutant
    found: bool
    extra: Counter[str]
    plain: bool
    machine: bool
    lint: bool = False


def every_kind() -> list[Kind]:
    """What reading a flow doesn't show first, then other files, then slips of the pen."""
    return sorted(KINDS.values(), key=lambda kind: ORDER.index(kind.plant.__module__))


def planted(kinds: Sequence[Kind], seed: int, count: int) -> Iterator[Mutant]:
    """So many mutants, the kinds taking turns; a kind of which there are no more is left out."""
    turns = [mutants(kind, seed) for kind in kinds]
    while turns and count > 0:
        for turn in list(turns):
            mutant = next(turn, None) if count > 0 else None
            if mutant is None:
                turns.remove(turn)
                continue
            count -= 1
            yield mutant


class Hall:
    """The good agencies, each laid out once in a folder."""

    def __init__(self, folder: Path) -> None:
        self.benches = {name: Bench(base(name), folder / name) for name in AGENCIES}

    def false_alarms(self) -> list[str]:
        """What is found in the good flows, by us or by the plain check or `transitions`: nothing may be."""
        found = [f"{name}: {one}" for name, bench in self.benches.items() for one in bench.check({})]
        for name in AGENCIES:
            good = base(name)
            for file in good.flows:
                flow = good.plain(file)
                if any(complaints(flow, set(good.roles))) or peers.machine_complains(flow):
                    found.append(f"{name}: {file} doesn't pass the peers")
        return found

    def judge(self, mutant: Mutant, with_peers: bool) -> Verdict:
        """Check one mutant."""
        found = self.benches[mutant.good.name].check(mutant.fault.changes)
        right = [f for f in found if f[2] in mutant.kind.codes and f[:2] in mutant.fault.places]
        extra = Counter(code for file, line, code, _ in found if (file, line, code) not in {f[:3] for f in right})
        seen = peers.plainly_seen(mutant)
        return Verdict(mutant, bool(right), extra, seen, with_peers and peers.machine_seen(mutant))


def table(verdicts: Sequence[Verdict], linted: bool, with_peers: bool) -> Iterator[str]:
    """Kinds and what was found of each, as Markdown."""
    yield "| kind | planted | flowiso | reference + reachability | transitions | bpmnlint |"
    yield "|---|---:|---:|---:|---:|---:|"
    of_kind: dict[str, list[Verdict]] = {}
    for one in verdicts:
        of_kind.setdefault(one.mutant.kind.name, []).append(one)
    for name, ones in [*of_kind.items(), ("**all**", list(verdicts))]:
        ours, plain, machine, lint = (
            sum(getattr(one, key) for one in ones) for key in ("found", "plain", "machine", "lint")
        )
        shown = [machine if with_peers else "-", lint if linted else "-"]
        yield f"| {name} | {len(ones)} | {ours} | {plain} | {shown[0]} | {shown[1]} |"


def operators() -> Iterator[str]:
    """Every kind, how it is planted and the rules that name it, as Markdown."""
    yield "| kind | what is wrong | what the operator does | rules |"
    yield "|---|---|---|---|"
    for kind in every_kind():
        yield f"| {kind.name} | {kind.text} | {kind.plant.__doc__} | {', '.join(sorted(kind.codes))} |"


def replay(mutant: Mutant, seed: int) -> str:
    """The command that plants this mutant again."""
    return f"python benchmarks/mutants.py --seed {seed} --kind {mutant.kind.name} --number {mutant.number}"


def show(hall: Hall, mutant: Mutant) -> None:
    """What was changed and what is found of it."""
    good = mutant.good.files
    for file, text in mutant.fault.changes.items():
        lines = [(one or "").splitlines(keepends=True) for one in (good.get(file), text)]
        sys.stdout.writelines(difflib.unified_diff(*lines, f"{mutant.good.name}/{file}", file, n=1))
    print(
        f"\n{mutant.kind.name}: {mutant.kind.text}\nexpected {sorted(mutant.kind.codes)} at {sorted(mutant.fault.places)}"
    )
    for file, line, code, message in hall.benches[mutant.good.name].check(mutant.fault.changes):
        print(f"{file}:{line}: {code} {message}")


def run(hall: Hall, kinds: Sequence[Kind], count: int, seed: int, with_peers: bool) -> list[Verdict]:
    """Plant and judge; with peers, bpmnlint sees all of them in one process."""
    verdicts = [hall.judge(mutant, with_peers) for mutant in planted(kinds, seed, count)]
    if with_peers and peers.install():
        seen = peers.linted([one.mutant for one in verdicts])
        return [one._replace(lint=lint) for one, lint in zip(verdicts, seen, strict=True)]
    return verdicts


def report(verdicts: Sequence[Verdict], seed: int, with_peers: bool) -> bool:
    """Print the table, the totals and what was missed; whether the goal is met."""
    linted = with_peers and peers.FOLDER.exists()
    print(*table(verdicts, linted, with_peers), sep="\n")
    if with_peers and not linted:
        print("\nbpmnlint: not run, npm could not put it into .cache/")
    missed = [one.mutant for one in verdicts if not one.found]
    extra = sum((one.extra for one in verdicts), Counter[str]())
    hidden_kinds = {one.mutant.kind.name for one in verdicts} - {one.mutant.kind.name for one in verdicts if one.plain}
    share = 1 - len(missed) / max(1, len(verdicts))
    print(f"\nfound {share:.2%} of {len(verdicts)} (goal >= {GOAL:.0%}) with the right rule, file and line")
    print(f"kinds the plain check never sees: {len(hidden_kinds)} (goal >= {HIDDEN_KINDS})")
    print(f"other findings per mutant: {extra.total() / max(1, len(verdicts)):.2f} {dict(extra.most_common())}")
    for mutant in missed:
        print(f"missed in {mutant.good.name}, {', '.join(mutant.fault.changes)}: {replay(mutant, seed)}")
    return share >= GOAL


def main() -> int:
    """Measure; 0 when the goals are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", action="append", choices=sorted(KINDS), metavar="NAME")
    parser.add_argument("--number", type=int)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--operators", action="store_true", help="only say what the operators do")
    asked = parser.parse_args()
    if asked.operators:
        print(*operators(), sep="\n")
        return 0
    kinds = [KINDS[name] for name in asked.kind] if asked.kind else every_kind()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        hall = Hall(Path(folder))
        if asked.number is not None:
            for mutant in mutants(kinds[0], asked.seed):
                if mutant.number == asked.number:
                    show(hall, mutant)
                    return 0
            return 2
        alarms = hall.false_alarms()
        flows = sum(len(base(name).flows) for name in AGENCIES)
        print(f"{flows} good flows in {len(AGENCIES)} agencies: {len(alarms)} findings", *alarms, "", sep="\n")
        verdicts = run(hall, kinds, asked.count, asked.seed, not asked.no_peers)
        good = report(verdicts, asked.seed, not asked.no_peers)
    print(f"{time.monotonic() - began:.0f} s")
    return 0 if good and not alarms else 1


if __name__ == "__main__":
    sys.exit(main())
