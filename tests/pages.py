"""The examples of the rules' pages: patches on the sound flow and on its agency's own files, as `flowiso.rules` says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple, cast

import yaml

from flowiso.agencyfile import read_org, read_plan
from flowiso.calendar import Calendar, Sessions
from flowiso.calendarfile import read_year
from flowiso.flowfile import digest
from flowiso.lawfile import read_laws
from flowiso.model import Finding
from flowiso.org import Org
from flowiso.published import line, read_published
from flowiso.rules.context import Context
from flowiso.schema import Reading
from flowiso.text import Text
from flowiso.yamlfile import Source, parse

TODAY = date(2022, 6, 1)
HOURS = ((7 * 60 + 30, 11 * 60 + 30), (13 * 60, 17 * 60))
CALENDAR = Calendar(
    {year: date(year, 1, 1) for year in (2021, 2022)}, (), [Sessions(date(2021, 1, 1), dict.fromkeys(range(5), HOURS))]
)


class Example(NamedTuple):
    """Flow files as (name, text), the agency they stand in, and what is wrong in its own files."""

    files: list[tuple[str, str]]
    context: Context
    findings: list[Finding]


def merge(sound: yaml.MappingNode, patch: yaml.MappingNode) -> None:
    """Put the entries of `patch` into `sound`, as `flowiso.rules` describes it."""
    for name in dict.fromkeys(key.value for key, _ in patch.value):
        new = [(key, value) for key, value in patch.value if key.value == name]
        at = next((n for n, (key, _) in enumerate(sound.value) if key.value == name), len(sound.value))
        old = sound.value[at][1] if at < len(sound.value) else None
        value = new[0][1]
        if len(new) == 1 and isinstance(old, yaml.MappingNode) and isinstance(value, yaml.MappingNode):
            merge(old, value)
        elif isinstance(old, yaml.SequenceNode) and name == "facts":
            old.value += value.value
        else:
            sound.value[at : at + 1] = [] if value.value == "" else new


def example(patch: str, sound: str, file: str, context: Context) -> Example:
    """What a patch of a page makes of the sound flow and of the agency in `context`."""
    try:
        change = cast(yaml.MappingNode, yaml.compose(patch, Loader=yaml.BaseLoader))
    except yaml.YAMLError:
        return Example([(file, sound + patch)], context, [])
    parts = {key.value: value for key, value in change.value if key.value == "beside" or key.value.startswith("_")}
    change.value = [(key, value) for key, value in change.value if key.value not in parts]
    flow = _patched(sound, change, file)
    beside = parts.pop("beside").value if "beside" in parts else []
    files = [flow, *(_another(sound, other, number) for number, other in enumerate(beside, 2))]
    context = replace(context, today=TODAY, calendar=CALENDAR)
    findings: list[Finding] = []
    for name, value in parts.items():
        context = _MAKERS[name](_Part(value, flow, context, findings))
    return Example(files, context, findings)


def _serialized(node: yaml.Node) -> str:
    return yaml.serialize(node, allow_unicode=True, width=10_000)


def _patched(sound: str, change: yaml.MappingNode, file: str) -> tuple[str, str]:
    root = cast(yaml.MappingNode, yaml.compose(sound, Loader=yaml.BaseLoader))
    merge(root, change)
    file = next((value.value for key, value in root.value if key.value == "file"), file)
    root.value = [(key, value) for key, value in root.value if key.value != "file"]
    return file, _serialized(root)


def _another(sound: str, change: yaml.MappingNode, number: int) -> tuple[str, str]:
    """The sound flow as flow number `number` of the agency: what tells it apart is its own unless the patch says it."""
    given = {key.value: value.value for key, value in change.value}
    own = {"code": f"DIEN-{number:02}", "version": "1", "title": f"Thủ tục {number}"}
    for name in own.keys() - given.keys():
        change.value.append(
            (yaml.ScalarNode("tag:yaml.org,2002:str", name), yaml.ScalarNode("tag:yaml.org,2002:str", own[name]))
        )
    named = own | given
    return _patched(sound, change, f"flows/dien/{named['code'].lower()}.v{named['version']}.yaml")


class _Part(NamedTuple):
    value: yaml.Node
    flow: tuple[str, str]
    context: Context
    findings: list[Finding]

    def read(self, reader: Any, text: str, file: str) -> Any:
        source = Source(file)
        root = parse(source, text.encode())
        assert root is not None, source.findings
        found = reader(Reading(source), root)
        self.findings.extend(source.findings)
        return found

    @property
    def text(self) -> str:
        return _serialized(self.value)

    def under(self, *keys: str) -> str:
        """The part as YAML under some keys."""
        node = self.value
        for key in reversed(keys):
            node = yaml.MappingNode(
                "tag:yaml.org,2002:map", [(yaml.ScalarNode("tag:yaml.org,2002:str", key), node)], flow_style=False
            )
        return _serialized(node)


def _with_org(part: _Part) -> Context:
    root = cast(yaml.MappingNode, yaml.compose(yaml.dump(_org_as_data(part.context.org)), Loader=yaml.BaseLoader))
    merge(root, cast(yaml.MappingNode, part.value))
    return replace(part.context, org=part.read(read_org, _serialized(root), "flows/_org.yaml"))


def _org_as_data(org: Org) -> dict[str, Any]:
    def titles(of: Mapping[str, Text]) -> dict[str, Any]:
        return {name: {"title": text.vi, "title_en": text.en} for name, text in of.items()}

    return {
        "agency": {"id": org.agency, "name": org.title.vi},
        **{
            name: titles(getattr(org, name))
            for name in ("authorities", "fields", "divisions", "leadership", "partners")
        },
        "roles": {
            role.id: {"title": role.title.vi, "sits": role.sits or "none", "party": role.party}
            | ({"recorded-by": [*role.recorded_by]} if role.recorded_by else {})
            | ({"duty": role.duty} if role.duty else {})
            for role in org.roles.values()
        },
        "accounts": {
            one.id: {"name": one.name, "roles": sorted(one.roles)}
            | ({"division": one.division} if one.division else {})
            for one in org.accounts.values()
        },
    }


def _with_plan(part: _Part) -> Context:
    plans = part.read(read_plan, f"year: 2021\n{part.under('DIEN-01')}", "flows/_plans/2021.yaml")
    return replace(part.context, plans=plans)


def _with_laws(part: _Part) -> Context:
    return replace(part.context, laws=part.read(read_laws, part.under("laws"), "flows/_laws.yaml"))


def _with_rule_sets(part: _Part) -> Context:
    text = f"laws: {{}}\n{part.under('rule_sets')}"
    return replace(part.context, laws=part.read(read_laws, text, "flows/_laws.yaml"))


def _with_published(part: _Part) -> Context:
    this = digest(part.flow[1].encode())
    rows = (line(name.value, {"this": this}.get(sha.value, sha.value)) for name, sha in part.value.value)
    published, findings = read_published("".join(rows).encode(), "flows/_published.txt")
    part.findings.extend(findings)
    return replace(part.context, published=published)


def _with_calendar(part: _Part) -> Context:
    """The calendar itself stays what it was: only what its file says is judged."""
    data = yaml.load(part.text, Loader=yaml.BaseLoader)
    row = {"name": "Nghỉ", "source": "ví dụ", "status": "memory"}
    year = {"year": 2021, "announced": {"on": "2020-12-01"}, "days": [row | day for day in data["days"]]}
    part.read(read_year, yaml.dump(year, allow_unicode=True), "flows/_calendar/2021.yaml")
    return part.context


_MAKERS = {
    "_org": _with_org,
    "_plan": _with_plan,
    "_laws": _with_laws,
    "_rule_sets": _with_rule_sets,
    "_published": _with_published,
    "_calendar": _with_calendar,
}
