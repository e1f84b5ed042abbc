"""SpiffWorkflow: the flow as BPMN with user tasks, the instance through its serializer into sqlite (WAL, FULL) at every act."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.serializer.workflow import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from contenders import RECEIVE, Act, Contender, Plan

_HEAD = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="flow" id="d">'
_TABLES = """
CREATE TABLE IF NOT EXISTS instances (number TEXT PRIMARY KEY, content TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS audits (id INTEGER PRIMARY KEY, number TEXT NOT NULL, action TEXT NOT NULL, actor TEXT NOT NULL,
    step TEXT NOT NULL, holder TEXT NOT NULL, at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS of ON audits (number);
"""


def bpmn(first: str, arrows: tuple[tuple[str, str, str], ...]) -> str:
    """The flow as a process: a user task for each step, behind it a gateway that looks at the action taken."""
    return "".join(
        [_HEAD, '<process id="flow" isExecutable="true">', *_nodes(first, arrows), "</process></definitions>"]
    )


def _nodes(first: str, arrows: tuple[tuple[str, str, str], ...]) -> Iterator[str]:
    yield f'<startEvent id="start"/><sequenceFlow id="f" sourceRef="start" targetRef="t_{first}"/>'
    steps = dict.fromkeys(source for source, _, _ in arrows)
    for step in steps:
        yield f'<userTask id="t_{step}" name="{step}"/>'
        yield f'<sequenceFlow id="g_{step}_in" sourceRef="t_{step}" targetRef="g_{step}"/>'
        leaving = [(action, target) for source, action, target in arrows if source == step]
        yield f'<exclusiveGateway id="g_{step}" default="f_{step}_{leaving[0][0]}"/>'
        for number, (action, target) in enumerate(leaving):
            asked = f"<conditionExpression>action == '{action}'</conditionExpression>" if number else ""
            ends = f'sourceRef="g_{step}" targetRef="t_{target}"'
            yield f'<sequenceFlow id="f_{step}_{action}" {ends}>{asked}</sequenceFlow>'
    for end in dict.fromkeys(target for _, _, target in arrows if target not in steps):
        yield f'<endEvent id="t_{end}"/>'


class Spiff(Contender):
    """Read, deserialize, run the task, serialize, write."""

    def __init__(self, plan: Plan, place: str) -> None:
        self.plan = plan
        self.file = Path(place) / "spiff.db"
        parser = BpmnParser()
        parser.add_bpmn_xml(etree.parse(io.BytesIO(bpmn(plan.first, plan.arrows).encode())))
        self.spec = parser.get_spec("flow")
        self.serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure())
        self.connection = sqlite3.connect(self.file, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        self.connection.executescript(_TABLES)
        self.fresh = self.size()
        self.fresh = self.size()

    def step(self, act: Act) -> None:
        """One task of one instance."""
        number = self.plan.cases[act.dossier][1]
        self.connection.execute("BEGIN IMMEDIATE")
        if act.action == RECEIVE:
            workflow = BpmnWorkflow(self.spec)
            workflow.data["holder"] = act.by
        else:
            (content,) = self.connection.execute("SELECT content FROM instances WHERE number = ?", (number,)).fetchone()
            workflow = self.serializer.deserialize_json(content)
            (task,) = workflow.get_tasks(state=TaskState.READY, manual=True)
            if workflow.data["holder"] not in (act.by, "nguoi-nop"):
                raise AssertionError(act)
            task.data["action"] = act.action
            task.run()
            workflow.data["holder"] = act.to
        workflow.do_engine_steps()
        step = _at(workflow, act.step)
        self.connection.execute(
            "INSERT OR REPLACE INTO instances VALUES (?, ?)", (number, self.serializer.serialize_json(workflow))
        )
        self.connection.execute(
            "INSERT INTO audits (number, action, actor, step, holder, at) VALUES (?, ?, ?, ?, ?, ?)",
            (number, act.action, act.by, step, act.to, act.at),
        )
        self.connection.execute("COMMIT")

    def found(self, dossier: int) -> list[tuple[Any, ...]]:
        """The lines about it; its instance has to be complete."""
        number = self.plan.cases[dossier][1]
        (content,) = self.connection.execute("SELECT content FROM instances WHERE number = ?", (number,)).fetchone()
        assert self.serializer.deserialize_json(content).is_completed()
        sql = "SELECT action, actor, step, holder, at FROM audits WHERE number = ? ORDER BY id"
        return self.connection.execute(sql, (number,)).fetchall()

    def size(self) -> int:
        """What the file grew by."""
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return self.file.stat().st_size - getattr(self, "fresh", 0)


def _at(workflow: BpmnWorkflow, end: str) -> str:
    """The step it waits at; once it is complete, the end."""
    waiting = workflow.get_tasks(state=TaskState.READY, manual=True)
    if waiting:
        return str(waiting[0].task_spec.name.removeprefix("t_"))
    (task,) = workflow.get_tasks(spec_name=f"t_{end}", state=TaskState.COMPLETED)
    return str(task.task_spec.name.removeprefix("t_"))
