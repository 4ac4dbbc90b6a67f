"""Settings and a weight file -> paths on this machine; does not know what is in the files."""

from __future__ import annotations

from pathlib import Path

from poster.weights.manifest import WeightFile

VOLUME = Path("/runpod-volume/models")
"""This project's folder on a network volume, where RunPod mounts it on serverless workers."""

FORMER_FOLDERS = {"text_encoders": "clip", "diffusion_models": "unet"}
"""Folder -> its name in older ComfyUI layouts, which volumes filled by hand may still use."""


def default_root(models_dir: Path | None = None) -> Path:
    """The models folder to use if none is named.

    Args:
        models_dir: the deployment's choice, Settings.models_dir.

    Returns:
        models_dir; otherwise the volume if it is mounted, otherwise a folder in the user's cache;
        the volume's path again if the user has no home.
    """
    if models_dir is not None:
        return models_dir
    if VOLUME.is_dir():
        return VOLUME
    try:
        return Path.home() / ".cache" / "poster-maker" / "models"
    except RuntimeError:  # no HOME, and a user id without an account, as some containers have
        return VOLUME


def partial_path(root: Path, file: WeightFile) -> Path:
    """Where a file is stored while it is being downloaded.

    The name contains the file's hash or revision, so that a different version is never resumed.

    Args:
        root: the models folder.
        file: the file.

    Returns:
        A path inside root/.partial, on the same volume as its final path.
    """
    identity = file.sha256 or file.revision or "unknown"
    return root / ".partial" / f"{file.folder}-{identity[:16]}-{file.file}"


def record_path(path: Path) -> Path:
    """The path of a verified file's record.

    Args:
        path: the file.

    Returns:
        The file's path with .verified.json appended.
    """
    return path.with_name(f"{path.name}.verified.json")


def former_path(root: Path, file: WeightFile) -> Path | None:
    """Where an older layout would store the file.

    Args:
        root: the models folder.
        file: the file.

    Returns:
        Its path there; None if no older layout used a different folder for it.
    """
    former = FORMER_FOLDERS.get(file.folder)
    return root / former / file.file if former else None
