"""A code, a node and what was found there -> a finding, with the catalogue's reason and fix.

Does not know how anything was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from poster.finding import Finding, Reason, make_finding


@dataclass(frozen=True, slots=True)
class NodeLocation:
    """Where in a workflow, or in a mapping onto it, something was found.

    Args:
        node: the node's id; empty for the whole workflow.
        input: the input's name; empty for the whole node.
    """

    node: str
    input: str


NodeFinding = Finding[NodeLocation]


def make_node_finding(code: str, node: str, name: str, trouble: str) -> NodeFinding:
    """Make a finding.

    Args:
        code: a key of REASONS.
        node: the node's id; empty for the whole workflow.
        name: the input's name; empty for the whole node.
        trouble: what is wrong there.

    Returns:
        The finding.
    """
    return make_finding(REASONS, code, NodeLocation(node, name), trouble)


def make_node_note(code: str, node: str, name: str, trouble: str) -> NodeFinding:
    """Make a note: of something that may be right, or could not be checked.

    Args:
        code: a key of NOTE_REASONS.
        node: the node's id.
        name: the input's name; empty for the whole node.
        trouble: what is worth knowing there.

    Returns:
        The note.
    """
    return make_finding(NOTE_REASONS, code, NodeLocation(node, name), trouble)


REASONS: Mapping[str, Reason] = MappingProxyType(
    {
        "id_missing": Reason(
            "The handler fails on its first job, or its value is lost and the workflow runs with "
            "the value saved in it.",
            "Copy the id from the current workflow: deleting a node and adding it again changes "
            "its id.",
        ),
        "other_class": Reason(
            "The handler writes to the wrong node, so the job is painted without what the caller "
            "asked for.",
            "Use the id of a node of that class, or correct the class.",
        ),
        "no_such_input": Reason(
            "ComfyUI ignores inputs that a class does not have: the value is silently lost.",
            "Use the name of an input in the class's declaration.",
        ),
        "link_cut": Reason(
            "A value written there replaces the link: the nodes that feed it no longer have any "
            "effect.",
            "Write to the node that the link comes from, or remove the link in the workflow.",
        ),
        "takes_link": Reason(
            "This input accepts only a link; a value makes the node fail.",
            "Write to the node that the link comes from, or link a node of the right type.",
        ),
        "misspelt_class": Reason(
            "ComfyUI refuses the whole workflow if it does not have a node's class.",
            "Correct the class. If a custom node really has this name, install it on every worker.",
        ),
        "missing_input": Reason(
            "ComfyUI refuses to run a node without a required input.",
            "Link the input, or write a value.",
        ),
        "dangling_link": Reason(
            "ComfyUI fails on a link from a node that does not exist.",
            "In ComfyUI, link the input to an existing node, and save the workflow again.",
        ),
        "no_such_output": Reason(
            "ComfyUI fails on a link from an output that the node does not have.",
            "Link an output that exists; outputs are counted from 0.",
        ),
        "type_mismatch": Reason(
            "ComfyUI refuses a link between two different types.",
            "Link an output of the input's type.",
        ),
        "bad_value": Reason(
            "ComfyUI refuses the value, or the node fails on it.",
            "Write a value that the class's declaration allows.",
        ),
        "cycle": Reason(
            "ComfyUI refuses a workflow whose nodes wait for each other.",
            "Remove one of the links.",
        ),
        "no_output": Reason(
            "ComfyUI refuses a workflow without an output.",
            "End the workflow in a node that saves or previews something, such as SaveImage, and "
            "that is neither muted nor bypassed.",
        ),
        "former_folder": Reason(
            "The flux engine cannot find the file, and neither can a ComfyUI that searches only "
            "the current folders. Older layouts used clip/ for text_encoders/ and unet/ for "
            "diffusion_models/.",
            "Move the file to the folder that the finding names first.",
        ),
        "folder_in_name": Reason(
            "ComfyUI looks for the name inside the folder for its kind of model, and does not find "
            "it there.",
            "Write the file's name without the folder.",
        ),
    }
)
"""Code -> why it matters and how to fix it."""

NOTE_REASONS: Mapping[str, Reason] = MappingProxyType(
    {
        "unknown_class": Reason(
            "The class may be from a custom node or from another version of ComfyUI. A worker that "
            "does not have it refuses the whole workflow.",
            "Make sure that every worker has the class.",
        ),
        "unknown_choice": Reason(
            "The value may be from another version of ComfyUI. A version that does not have it "
            "refuses the workflow.",
            "Make sure that every worker's ComfyUI offers the value.",
        ),
        "other_version": Reason(
            "The class differs between versions of ComfyUI, so the node was not checked.",
            "Make sure that every worker has the version that saved the workflow.",
        ),
        "group_node": Reason(
            "The editor replaces a group node by the nodes in it when it exports the workflow.",
            "Export the workflow for the API, or convert the group to a subgraph.",
        ),
        "unseen_links": Reason(
            "The editor adds such links only when it runs or exports the workflow.",
            "Export the workflow for the API.",
        ),
        "skipped_output": Reason(
            "ComfyUI skips an output that lacks a link, and runs the others.",
            "Link it, or remove it.",
        ),
        "placeholder": Reason(
            "It looks like a placeholder. ComfyUI refuses it, unless a program replaces it first.",
            "Make sure that your handler replaces it in every job.",
        ),
        "cast_value": Reason(
            "ComfyUI casts the value to the input's type without a warning.",
            "Write the value that you mean.",
        ),
    }
)
"""Code -> why a note may matter and what to do about it; a workflow with notes alone passes."""
