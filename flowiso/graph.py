"""A flow as a networkx graph, and the shape it has: the only module that imports networkx.

Likeness between flows is computed, never inherited (docs/why.md): two flows have one shape when their rows are held by
the same roles and joined by the same kinds of arrows, whatever their words and hours.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable

import networkx as nx

from .model import Flow


def as_graph(flow: Flow) -> nx.MultiDiGraph:
    """Steps and ends as nodes (attributes `by`, `kind`, `clock`, `main`), arrows as edges (attributes `action`, `kind`)."""
    graph = nx.MultiDiGraph(code=flow.code, version=flow.version)
    for step in flow.steps:
        graph.add_node(step.id, by=step.by, kind="ready" if step.ready else "step", clock=step.clock, main=step.main)
    for end in flow.ends:
        graph.add_node(end.id, by="", kind=end.kind, clock="none", main=True)
    for step in flow.steps:
        for arrow in flow.arrows(step):
            graph.add_edge(step.id, arrow.target, action=arrow.action, kind=arrow.kind)
    return graph


def shape(flow: Flow) -> str:
    """A short name for the flow's shape. Compare within one run only: networkx may change its hash between versions."""
    graph = nx.DiGraph()
    full = as_graph(flow)
    for node, data in full.nodes(data=True):
        graph.add_node(node, look=f"{data['by']}/{data['kind']}/{data['clock']}")
    for source, target, data in full.edges(data=True):
        kinds = graph.get_edge_data(source, target, {}).get("look", "")
        graph.add_edge(source, target, look=kinds + data["kind"])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The hashes produced for directed graphs changed")
        return str(nx.weisfeiler_lehman_graph_hash(graph, node_attr="look", edge_attr="look", digest_size=4))


def shapes(flows: Iterable[Flow]) -> list[tuple[str, list[Flow]]]:
    """The flows by shape, the most frequent first."""
    groups: dict[str, list[Flow]] = {}
    for flow in flows:
        groups.setdefault(shape(flow), []).append(flow)
    return sorted(groups.items(), key=lambda group: (-len(group[1]), group[1][0].code))
