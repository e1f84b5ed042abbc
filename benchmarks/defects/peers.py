"""What other tools see of a planted defect, each told all it can be told of a flow: a plain check of our own, stock
`transitions`, and `bpmnlint` where npm is there."""

from __future__ import annotations

import json
import subprocess
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml
from bpmn import as_bpmn
from transitions import Machine

from .bases import ORG
from .kinds import Mutant
from .plain import Plain, complaints
from .plain import read as read_plain
from .text import doc

VERSION = "11.15.0"
FOLDER = Path(__file__).parents[2] / ".cache" / f"bpmnlint-{VERSION}"
_SCRIPT = """
const Linter = require('bpmnlint').Linter || require('bpmnlint'), NodeResolver = require('bpmnlint/lib/resolver/node-resolver');
const { readFileSync } = require('fs');
async function lint(BpmnModdle, xml) {
  let root, warnings;
  try { ({ rootElement: root, warnings } = await new BpmnModdle().fromXML(xml)); }
  catch (error) { return ['unreadable']; }
  const linter = new Linter({ config: { extends: 'bpmnlint:recommended' }, resolver: new NodeResolver() });
  const found = await linter.lint(root);
  return [...warnings.map(w => 'import ' + w.message),
          ...Object.entries(found).flatMap(([rule, reports]) => reports.map(report => rule + ' ' + report.id))];
}
import('bpmn-moddle').then(async ({ default: moddle, BpmnModdle }) => {
  const files = JSON.parse(readFileSync(0, 'utf8')), out = [];
  for (const xml of files) out.push(await lint(moddle || BpmnModdle, xml));
  console.log(JSON.stringify(out));
});
"""


def flows(mutant: Mutant) -> Iterator[tuple[Plain | None, Plain]]:
    """The flows a mutant changes, as plain values (None: no YAML reader takes it), each with the good flow it was."""
    for file, text in mutant.fault.changes.items():
        if file.startswith("_") or text is None:
            continue
        good = mutant.good.plain(file if file in mutant.good.files else mutant.fault.copied or "")
        try:
            yield read_plain(doc(text), mutant.good.kinds), good
        except yaml.YAMLError:
            yield None, good


def plainly_seen(mutant: Mutant) -> bool:
    """Whether a mere reference-and-reachability check finds fault with what was changed."""
    org = mutant.fault.changes.get(ORG) or mutant.good.files[ORG]
    roles = set(doc(org).data("roles"))
    asked = [flow for flow, _ in flows(mutant)]
    if ORG in mutant.fault.changes:
        asked += [mutant.good.plain(file) for file in mutant.good.flows]
    return any(flow is None or any(complaints(flow, roles)) for flow in asked)


def machine_complains(flow: Plain) -> bool:
    """Whether `transitions` says anything by itself while the flow is built as its documentation shows."""
    rows = [{"trigger": a.action, "source": a.step, "dest": a.target} for a in flow.arrows]
    rows += [{"trigger": action, "source": list(flow.steps), "dest": end} for action, end in flow.anywhere.items()]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            Machine(
                model=None,
                states=[*flow.steps, *flow.ends],
                transitions=rows,
                initial=next(iter(flow.steps)),
                auto_transitions=False,
            )
        except Exception:
            return True
    return False


def machine_seen(mutant: Mutant) -> bool:
    """Whether stock `transitions` refuses the changed flow, or the flow can't be read for it."""
    return any(flow is None or machine_complains(flow) for flow, _ in flows(mutant))


def install() -> bool:
    """Put bpmnlint into a folder that git doesn't see, whole or not at all; False when npm can't."""
    if FOLDER.exists():
        return True
    FOLDER.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER.parent) as half:
        words = ["npm", "install", "--no-audit", "--no-fund", "--prefix", half, f"bpmnlint@{VERSION}", "bpmn-moddle@10"]
        try:
            subprocess.run(words, capture_output=True, timeout=120, check=True)
        except (subprocess.SubprocessError, OSError):
            return False
        done = Path(half) / "done"
        done.mkdir()
        (Path(half) / "node_modules").rename(done / "node_modules")
        done.rename(FOLDER)
    return True


def lint(documents: Sequence[str]) -> dict[str, set[str]]:
    """What bpmnlint's recommended rules report of each document, all in one process, with a new Linter for each."""
    asked = list(dict.fromkeys(documents))
    run = subprocess.run(
        ["node", "-e", _SCRIPT], input=json.dumps(asked), capture_output=True, text=True, check=True, cwd=FOLDER
    )
    return {xml: set(reports) for xml, reports in zip(asked, json.loads(run.stdout), strict=True)}


def linted(mutants: Sequence[Mutant]) -> list[bool]:
    """For each mutant, whether bpmnlint reports anything of it that it doesn't report of the good flow as well."""
    pairs = [[(flow and as_bpmn(flow), as_bpmn(good)) for flow, good in flows(mutant)] for mutant in mutants]
    reports = lint([xml for both in pairs for pair in both for xml in pair if xml])
    return [any(xml is None or reports[xml] - reports[good] for xml, good in both) for both in pairs]
