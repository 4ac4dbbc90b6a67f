"""A node of a graph -> what its class declares for it.

Knows nothing of a node from another version of ComfyUI than the table's.
"""

from __future__ import annotations

from poster.comfy.graph import Node
from poster.comfy.nodes import InputSpec, Signature, find_signature


def sign(node: Node) -> Signature | None:
    """Find the signature of a node.

    Args:
        node: of a graph.

    Returns:
        Its class's; None if the table does not have the class, or has it from another version.
    """
    return None if node.is_other_version else find_signature(node.kind)


def expand(node: Node) -> dict[str, InputSpec]:
    """List the inputs of a node, with those that its values bring.

    Args:
        node: of a graph.

    Returns:
        Its inputs by name; empty if its signature is not known.
    """
    signature = sign(node)
    return signature.expand(node.inputs) if signature else {}
