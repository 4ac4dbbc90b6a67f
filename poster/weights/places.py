"""Settings and a weight file -> where things lie on this machine; never what is in them."""

from __future__ import annotations

from pathlib import Path

from poster.weights.manifest import WeightFile

VOLUME = Path("/runpod-volume/models")
"""Where RunPod mounts a network volume on serverless workers, and this project's folder on it."""

FORMER_FOLDERS = {"text_encoders": "clip", "diffusion_models": "unet"}
"""Folder -> its name in older ComfyUI layouts, as volumes filled by hand still have it."""


def default_root(models_dir: Path | None = None) -> Path:
    """The folder of models to use where none is named.

    Args:
        models_dir: the deployment's choice, Settings.models_dir.

    Returns:
        models_dir, else the volume where it is mounted, else a folder in the user's cache.
    """
    if models_dir is not None:
        return models_dir
    return VOLUME if VOLUME.is_dir() else Path.home() / ".cache" / "poster-maker" / "models"


def partial_place(root: Path, file: WeightFile) -> Path:
    """Where a file is gathered while it lands.

    The name holds what the file will be, so that no other edition of it is resumed from.

    Args:
        root: the folder of models.
        file: the file.

    Returns:
        A path inside root/.partial, on the same volume as its final place.
    """
    identity = file.sha256 or file.revision or "unknown"
    return root / ".partial" / f"{file.folder}-{identity[:16]}-{file.file}"


def record_place(path: Path) -> Path:
    """Where the record of a verified file lies.

    Args:
        path: the file.

    Returns:
        The path beside it that ends in .verified.json.
    """
    return path.with_name(f"{path.name}.verified.json")


def former_place(root: Path, file: WeightFile) -> Path | None:
    """Where an older layout would have the file.

    Args:
        root: the folder of models.
        file: the file.

    Returns:
        Its path there, or None where no layout had another folder for it.
    """
    former = FORMER_FOLDERS.get(file.folder)
    return root / former / file.file if former else None
