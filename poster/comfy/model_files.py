"""A node -> the model files that it loads, and what is wrong with where they are.

Does not know graphs, nor what is in a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from poster.comfy.acceptance import is_placeholder, names_file
from poster.comfy.graph import Node
from poster.comfy.node_finding import NodeFinding, make_node_finding
from poster.comfy.nodes import INPUT_FOLDER
from poster.comfy.signed_node import expand
from poster.weights.places import FORMER_FOLDERS

_FOLDERS = {*FORMER_FOLDERS, *FORMER_FOLDERS.values(), "vae", "loras"}
_SHIPPED = {"", INPUT_FOLDER, "configs"}
"""Folders without models; ComfyUI brings the files in configs itself."""


@dataclass(frozen=True, slots=True)
class WantedFile:
    """A model file that a workflow loads.

    Args:
        node: id of the node that loads it.
        folder: below the models folder.
        name: in that folder.
    """

    node: str
    folder: str
    name: str


def list_files(node: Node) -> Iterator[WantedFile]:
    """List the model files that a node loads.

    Args:
        node: of a graph.

    Yields:
        A file for each input that names one.
    """
    for name, spec in expand(node).items():
        given = node.inputs.get(name)
        is_file = given not in (spec.choices or ()) and not is_placeholder(given)
        if spec.folder not in _SHIPPED and names_file(given) and is_file:
            yield WantedFile(node.id, spec.folder, given.replace("\\", "/"))


def check_place(file: WantedFile, root: Path) -> NodeFinding | None:
    """Check a file's folder and name.

    Args:
        file: that a node loads.
        root: the models folder.

    Returns:
        What is wrong; None if nothing is.
    """
    parts = PurePosixPath(file.name).parts
    outside = file.name.startswith("/") or ".." in parts or "\0" in file.name
    if outside or (len(parts) > 1 and parts[0] in _FOLDERS):
        trouble = f"loads {file.name!r:.80}, " + (
            f"which is not in {file.folder}/" if outside else "but its name must not have a folder"
        )
        return make_node_finding(
            "folder_in_name", file.node, "", f"node {file.node!r:.60} {trouble}"
        )
    former = FORMER_FOLDERS.get(file.folder)
    is_former = former and _is_file(root / former / file.name)
    if is_former and not _is_file(root / file.folder / file.name):
        trouble = f"{file.folder}/{file.name:.80} is missing; the file is in {former}/"
        return make_node_finding("former_folder", file.node, "", trouble)
    return None


def is_there(file: WantedFile, root: Path) -> bool:
    """Whether a file is in its folder.

    Args:
        file: that a node loads.
        root: the models folder.
    """
    return _is_file(root / file.folder / file.name)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that the file system does not accept
        return False
