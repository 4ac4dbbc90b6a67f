"""A target of a mapping, and a graph -> what would go wrong when a handler writes there.

Does not know how a mapping is written.
"""

from __future__ import annotations

from collections.abc import Iterator

from poster.comfy.graph import Graph
from poster.comfy.mapping import Target
from poster.comfy.node_finding import NodeFinding, make_node_finding
from poster.comfy.signed_node import expand


def check_target(target: Target, graph: Graph) -> Iterator[NodeFinding]:
    """Check one target.

    Args:
        target: where a handler writes.
        graph: of the workflow.

    Yields:
        What would go wrong.
    """
    node = graph.nodes.get(target.id)
    name = target.input
    if node is None:
        same = [other.id for other in graph.of_kind(target.kind)]
        hint = f"; {target.kind:.60} has {', '.join(same[:5])}" if same else ""
        trouble = f"{target}: there is no node {target.id!r:.60}{hint:.200}"
        yield make_node_finding("id_missing", target.id, name, trouble)
        return
    if node.kind != target.kind:
        trouble = f"{target}: {node} is not a {target.kind:.60}"
        yield make_node_finding("other_class", node.id, name, trouble)
        return
    specs = expand(node)
    spec = specs.get(name)
    if spec is None and (specs or name not in node.inputs):
        takes = ", ".join(specs or node.inputs) or "nothing"
        trouble = f"{target}: {node} has no input {name!r:.60}; it takes {takes:.200}"
        yield make_node_finding("no_such_input", node.id, name, trouble)
    elif link := node.link(name):
        source = graph.nodes.get(link.node)
        trouble = f"{target}: {name} of {node} is fed by {source or f'node {link.node!r:.60}'}"
        yield make_node_finding("link_cut", node.id, name, trouble)
    elif spec and spec.needs_link:
        trouble = f"{target}: {name} of {node} accepts only a link, to {spec.kind}"
        yield make_node_finding("takes_link", node.id, name, trouble)
