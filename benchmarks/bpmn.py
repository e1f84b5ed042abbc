"""A flow as BPMN 2.0 XML, only to compare what a BPMN linter sees of it: nothing of it comes back.

A lane per role, a task per row, an exclusive gateway behind a row with several arrows and before one that several lead to,
an event sub-process for what may happen anywhere, a boundary timer for a limit. What BPMN has no word for, times, clocks,
papers, stays outside.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import quoteattr

from defects.plain import Arrow, Plain

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"'
    ' xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI"'
    ' id="definitions" targetNamespace="urn:flowiso">'
)


def as_bpmn(flow: Plain) -> str:
    """The whole document, with simple drawing data for every element."""
    return "\n".join([_HEAD, *_process(flow), *_diagram(flow), "</definitions>"])


def _split(flow: Plain, step: str) -> list[Arrow]:
    """The arrows that somebody chooses among behind a task; a timer leaves at the task's edge."""
    return [arrow for arrow in flow.leaving(step) if arrow.kind != "timer"]


def _joined(flow: Plain) -> list[str]:
    """Where several arrows come together: a gateway of its own stands before it, as the linter wants."""
    comes = [next(iter(flow.steps), ""), *(arrow.target for arrow in flow.arrows)]
    return [name for name in (*flow.steps, *flow.ends) if comes.count(name) > 1]


def _into(flow: Plain, target: str) -> str:
    return f"j_{target}" if target in _joined(flow) else f"t_{target}"


def _nodes(flow: Plain) -> Iterator[tuple[str, str, str, float, float, str]]:
    """Element, id, name, width, height and what stands inside it."""
    yield "startEvent", "start", "Nộp hồ sơ", 36, 36, ""
    for step in flow.steps:
        yield "task", f"t_{step}", step, 100, 80, ""
        if len(_split(flow, step)) > 1:
            yield "exclusiveGateway", f"g_{step}", f"{step}?", 50, 50, ""
        for arrow in flow.leaving(step):
            if arrow.kind == "timer":
                yield "boundaryEvent", f"b_{step}", arrow.action, 36, 36, "<timerEventDefinition/>"
    for joined in _joined(flow):
        yield "exclusiveGateway", f"j_{joined}", "", 50, 50, ""
    elsewhere = {*flow.anywhere.values(), *flow.at_due.values()} - {arrow.target for arrow in flow.arrows}
    for end in flow.ends:
        if end not in elsewhere:
            yield "endEvent", f"t_{end}", end, 36, 36, ""


def _edges(flow: Plain) -> Iterator[tuple[str, str, str, str]]:
    """Id, name, source and target of every sequence flow."""
    yield "f_start", "", "start", _into(flow, next(iter(flow.steps), ""))
    for step in flow.steps:
        chosen = _split(flow, step)
        source = f"g_{step}" if len(chosen) > 1 else f"t_{step}"
        if len(chosen) > 1:
            yield f"f_{step}_", "", f"t_{step}", source
        for arrow in flow.leaving(step):
            start = f"b_{step}" if arrow.kind == "timer" else source
            name = arrow.action if start.startswith("g_") else ""
            yield f"f_{step}_{arrow.action}", name, start, _into(flow, arrow.target)
    for joined in _joined(flow):
        yield f"f_{joined}", "", f"j_{joined}", f"t_{joined}"


def _process(flow: Plain) -> Iterator[str]:
    yield '<collaboration id="pool"><participant id="agency" name="agency" processRef="process"/></collaboration>'
    yield '<process id="process"><laneSet id="lanes">'
    by = {step: str(row.get("by", "")) for step, row in flow.steps.items()}
    for lane in sorted(set(by.values())):
        inside = "".join(f"<flowNodeRef>t_{step}</flowNodeRef>" for step in by if by[step] == lane)
        yield f"<lane id={quoteattr('l_' + lane)} name={quoteattr(lane)}>{inside}</lane>"
    yield "</laneSet>"
    edges = list(_edges(flow))
    for element, name, shown, _, _, inside in _nodes(flow):
        flows = "".join(_flows(name, edges))
        to = f' attachedToRef="t_{name[2:]}"' if element == "boundaryEvent" else ""
        yield f"<{element} id={quoteattr(name)} name={quoteattr(shown)}{to}>{flows}{inside}</{element}>"
    for name, shown, source, target in edges:
        ends = f"sourceRef={quoteattr(source)} targetRef={quoteattr(target)}"
        yield f"<sequenceFlow id={quoteattr(name)} name={quoteattr(shown)} {ends}/>"
    for action, end, event in _anytime(flow):
        yield f'<subProcess id="s_{action}" name="{action}" triggeredByEvent="true">'
        one = [(f"s_{action}_f", "", f"s_{action}_start", f"s_{action}_end")]
        opens, closes = ("".join(_flows(name, one)) for name in one[0][2:])
        yield f'<startEvent id="s_{action}_start" name="{action}">{opens}<{event}/></startEvent>'
        yield f'<endEvent id="s_{action}_end" name="{end}">{closes}</endEvent>'
        yield f'<sequenceFlow id="s_{action}_f" sourceRef="s_{action}_start" targetRef="s_{action}_end"/></subProcess>'
    yield "</process>"


def _flows(name: str, edges: list[tuple[str, str, str, str]]) -> Iterator[str]:
    """What a node says itself of the sequence flows that come and go."""
    yield from (f"<incoming>{edge}</incoming>" for edge, _, _, target in edges if target == name)
    yield from (f"<outgoing>{edge}</outgoing>" for edge, _, source, _ in edges if source == name)


def _anytime(flow: Plain) -> Iterator[tuple[str, str, str]]:
    for action, end in flow.anywhere.items():
        yield action, end, "messageEventDefinition"
    for action, end in flow.at_due.items():
        yield action, end, "timerEventDefinition"


def _diagram(flow: Plain) -> Iterator[str]:
    """Shapes one below the other, lanes beside them, so that nothing lies on anything else."""
    yield '<bpmndi:BPMNDiagram id="diagram"><bpmndi:BPMNPlane id="plane" bpmnElement="pool">'
    nodes, anytime = list(_nodes(flow)), list(_anytime(flow))
    places: dict[str, float] = {}
    for row, (_, name, _, width, height, _) in enumerate(nodes):
        places[name] = 200.0 * row
        yield _shape(name, 100, 200 * row, width, height)
    lanes = sorted({f"l_{row.get('by', '')}" for row in flow.steps.values()})
    for name in ["agency", *lanes]:
        yield _shape(name, 0, -100, 2000, 200 * (len(nodes) + 2))
    for number, (action, _, _) in enumerate(anytime):
        yield _shape(f"s_{action}", 600, 400 * number, 400, 200)
        yield _shape(f"s_{action}_start", 650, 400 * number + 50, 36, 36)
        yield _shape(f"s_{action}_end", 850, 400 * number + 50, 36, 36)
    for name, _, source, target in _edges(flow):
        yield _edge(name, places.get(source, 0), places.get(target, 0))
    for action, _, _ in anytime:
        yield _edge(f"s_{action}_f", 0, 0)
    yield "</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"


def _shape(name: str, x: float, y: float, width: float, height: float) -> str:
    bounds = f'<dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}"/>'
    return f"<bpmndi:BPMNShape id={quoteattr('d_' + name)} bpmnElement={quoteattr(name)}>{bounds}</bpmndi:BPMNShape>"


def _edge(name: str, source: float, target: float) -> str:
    points = f'<di:waypoint x="150" y="{source + 80}"/><di:waypoint x="150" y="{target}"/>'
    return f"<bpmndi:BPMNEdge id={quoteattr('d_' + name)} bpmnElement={quoteattr(name)}>{points}</bpmndi:BPMNEdge>"
