"""A code, a node and what was seen there -> a finding, as the catalogue of faults words it.

Does not know how anything is found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from poster.finding import Finding, Reason, find_by


@dataclass(frozen=True, slots=True)
class NodePlace:
    """Where in a workflow, or in what a mapping onto it names, something was found.

    Args:
        node: id of the node; empty where it is about the whole.
        input: of the node; empty where it is about the whole node.
    """

    node: str
    input: str


NodeFinding = Finding[NodePlace]


def find(code: str, node: str, name: str, trouble: str) -> NodeFinding:
    """Make a finding.

    Args:
        code: a key of REASONS.
        node: id of the node that it is about.
        name: of its input.
        trouble: what was seen.

    Returns:
        The finding.
    """
    return find_by(REASONS, code, NodePlace(node, name), trouble)


REASONS: Mapping[str, Reason] = MappingProxyType(
    {
        "id_missing": Reason(
            "The handler fails on its first job, or writes into nothing and paints the example.",
            "Take the id from the workflow; it changes when a node is put down anew.",
        ),
        "other_class": Reason(
            "The handler writes into another node than it means, and the job is painted without "
            "what the caller asked for.",
            "Take the id of the node of that class, or correct the class.",
        ),
        "no_such_input": Reason(
            "ComfyUI ignores inputs that a class does not have: the value is lost without a word.",
            "Name an input of the class as its declaration spells it.",
        ),
        "link_cut": Reason(
            "A value written there replaces the link: whatever stands behind it no longer counts.",
            "Write to the node that the link comes from, or replace the link on purpose.",
        ),
        "takes_link": Reason(
            "Only a link brings what this input takes; a value makes the node fail.",
            "Write to a node that makes such a value, or link one.",
        ),
        "unknown_class": Reason(
            "It is not in the table of ComfyUI's own nodes that this check knows. A custom node "
            "that is not installed stops the whole workflow.",
            "Install the custom node on every worker, or use one of ComfyUI's own.",
        ),
        "missing_input": Reason(
            "ComfyUI refuses to run a node without an input that it requires.",
            "Link the input, or write a value.",
        ),
        "dangling_link": Reason(
            "ComfyUI fails on a link from a node that is not there.",
            "Link the input to a node of the workflow, and export it again.",
        ),
        "no_such_output": Reason(
            "ComfyUI fails on a link from an output that the node does not have.",
            "Outputs are counted from 0: link one that there is.",
        ),
        "type_mismatch": Reason(
            "ComfyUI refuses a link between two types.",
            "Link an output of the type that the input takes.",
        ),
        "bad_value": Reason(
            "ComfyUI refuses the value, or the node fails on it.",
            "Write a value within the bounds of the class's declaration.",
        ),
        "cycle": Reason(
            "ComfyUI refuses a workflow whose nodes wait for each other.",
            "Cut one of the links.",
        ),
        "no_output": Reason(
            "ComfyUI refuses a workflow that keeps nothing.",
            "End it in a SaveImage that is neither muted nor bypassed.",
        ),
        "former_folder": Reason(
            "Workers that map only today's folders do not see it, nor does the flux engine; older "
            "layouts had clip/ for text_encoders/ and unet/ for diffusion_models/.",
            "Move the file to the folder that is named first.",
        ),
        "folder_in_name": Reason(
            "ComfyUI looks names up inside the folder of their kind, and finds no such file there.",
            "Write the file's name without the folder.",
        ),
    }
)
"""Code -> why it matters and how to fix it."""
