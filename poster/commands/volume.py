"""poster volume prepare: a folder -> a volume that an endpoint can serve from, and its settings.

Does not know how files are downloaded or verified, nor what serves them; prints what others find.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from poster.commands.arguments import (
    add_commands,
    add_json,
    add_root,
    add_set,
    root_option,
    writing,
)
from poster.commands.console import FINDINGS, complain, print_json, print_line, print_table
from poster.commands.weights import fetch, print_fetched
from poster.settings import Settings
from poster.weights.manifest import WeightSet, read_manifest
from poster.weights.places import former_path, record_path
from poster.weights.verify import WeightFinding, verify_set

if TYPE_CHECKING:
    from poster.runpod.endpoint import EndpointNeeds

EMBEDDINGS = "embeddings"
"""Where the engine caches its text encoder's output for its own prompts."""

FOLDERS = ("diffusion_models", "text_encoders", "vae", "tokenizer", EMBEDDINGS)
"""Folders of a volume. The first three have ComfyUI's names."""


def add_volume(parser: argparse.ArgumentParser) -> None:
    """Add the volume commands.

    Args:
        parser: of `poster volume`; its result carries the command as `run`.
    """
    text = (
        "create a network volume's folders, download and verify a weight set, and print the "
        "endpoint's settings"
    )
    command = add_commands(parser)("prepare", _prepare, text)
    add_root(command, "the models folder; on a Pod with the volume, /workspace/models")
    add_set(command)
    command.add_argument(
        "--move",
        action="store_true",
        help="move files found in clip/ or unet/ to the current folders",
    )
    add_json(command)


def _prepare(options: argparse.Namespace, settings: Settings) -> int:
    # It imports numpy, which other commands should not wait for.
    from poster.runpod.endpoint import find_needs, worker_place  # noqa: PLC0415

    manifest = read_manifest(settings.manifest)
    weight_set = manifest.choose(options.set)
    root: Path = options.root
    with writing("root"):
        create_folders(root)
        moved = move_misplaced(root, weight_set) if options.move else []
    misplaced = [found for found in verify_set(root, weight_set) if found.code == "misplaced"]
    if misplaced:
        return _print_findings(options, weight_set, misplaced, ", or run this again with --move")
    if worker_place(root) is None:
        complain(f"warning: {root} is not on a network volume, so no worker will see it")
    names = fetch(root, weight_set)
    findings = list(verify_set(root, weight_set, options=root_option(options)))
    if findings:
        return _print_findings(options, weight_set, findings)
    needs = find_needs(root, weight_set, manifest)
    if options.json:
        result = {"moved": moved, "fetched": names, "findings": [], "endpoint": asdict(needs)}
        print_json({"set": weight_set.name, "root": str(root), **result})
        return 0
    for name in moved:
        print_line(f"moved {name}")
    print_fetched(weight_set, names)
    _print_needs(needs)
    return 0


def create_folders(root: Path) -> None:
    """Create a volume's folders, if they do not exist.

    Args:
        root: the models folder; created too.

    Raises:
        OSError: it cannot be written.
    """
    for folder in FOLDERS:
        path = root / folder
        if not path.is_dir():
            path.mkdir(parents=True)
            if folder == EMBEDDINGS:
                # As for /tmp: the worker's user differs from that of the Pod that fills the volume.
                path.chmod(0o1777)


def move_misplaced(root: Path, weight_set: WeightSet) -> list[str]:
    """Move a set's files from the folders of older layouts, such as clip/, into place.

    Args:
        root: the models folder.
        weight_set: the set. If a file is already in place, its copy in the old folder stays.

    Returns:
        Folder and name of each file that was moved.

    Raises:
        OSError: the volume cannot be written.
    """
    moved = []
    for file in weight_set.files:
        path, former = file.path_in(root), former_path(root, file)
        if former and former.is_file() and not path.exists():
            former.rename(path)
            if record_path(former).is_file():
                record_path(former).replace(record_path(path))
            moved.append(file.label)
    return moved


def _print_findings(
    options: argparse.Namespace,
    weight_set: WeightSet,
    findings: list[WeightFinding],
    alternative: str = "",
) -> int:
    if options.json:
        entries = [finding.as_json() for finding in findings]
        print_json({"set": weight_set.name, "root": str(options.root), "findings": entries})
    else:
        for finding in findings:
            print_line(f"{finding}{alternative}")
    return FINDINGS


def _print_needs(needs: EndpointNeeds) -> None:
    print_line("")
    print_line("the endpoint needs:")
    rows = [
        (
            "network volume",
            f"the prepared volume, {needs.volume_gb} GB or more, mounted at /runpod-volume",
        )
    ]
    rows += list(needs.environment.items())
    if needs.gpu_bytes and needs.offloaded_bytes:
        whole, offloaded = needs.gpu_bytes / 1e9, needs.offloaded_bytes / 1e9
        rows += [
            ("GPU memory", f"{whole:.1f} GB free; {offloaded:.1f} GB also works, but is slower"),
            ("gpuIds", ",".join(needs.pools)),
        ]
    rows += [
        ("allowedCudaVersions", ", ".join(needs.cuda_versions)),
        ("licence", f"{needs.licence}; it applies to whoever runs the endpoint"),
    ]
    print_table(rows)
    for note in needs.notes:
        print_line(f"note: {note}")
