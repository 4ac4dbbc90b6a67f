"""weights_manifest.json -> weight sets: the files of each model, and what each file must be.

Does not know whether a file exists, nor what is in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib import resources
from pathlib import Path
from types import NoneType
from typing import Any

from poster.errors import RequestError, WeightsError
from poster.small_file import read_small_file
from poster.strict_json import NotJsonError, parse_json

_MAX_BYTES = 10_000_000
"""Limit for a manifest; the package's own has 10 kB."""

ROLES = ("transformer", "text_encoder", "vae", "tokenizer")
PLAIN_FORMATS = ("json", "text")
"""Formats that are not safetensors."""

ARCHITECTURE_FIELDS = ["transformer", "text_encoder", "vae", "text_layers"]

_KINDS: dict[str, tuple[type, ...]] = {
    "role": (str,),
    "repo": (str, NoneType),
    "revision": (str, NoneType),
    "path": (str, NoneType),
    "file": (str,),
    "folder": (str,),
    "bytes": (int, NoneType),
    "sha256": (str, NoneType),
    "format": (str,),
    "licence": (str, NoneType),
    "gated": (bool, NoneType),
    "verified_by": (str, NoneType),
    "title": (str,),
    "num_inference_steps": (int,),
    "guidance_scale": (float, int),
    "is_distilled": (bool,),
    "architecture": (str,),
    "files": (list,),
    "transformer": (dict,),
    "text_encoder": (dict,),
    "vae": (dict,),
    "text_layers": (list,),
}
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class WeightFile:
    """One file, its source and its destination. None means that a value is not known.

    Args:
        role: one of ROLES.
        repo: owner and name on the Hugging Face Hub.
        revision: a commit there, 40 hexadecimal digits.
        path: path inside the repository.
        file: name on the volume.
        folder: folder below the models folder.
        bytes: size.
        sha256: 64 hexadecimal digits.
        format: json, text, or one of the schema's kinds of safetensors.
        licence: its licence's name.
        gated: whether an account must accept the licence first.
        verified_by: the source that bytes and sha256 were checked against.
    """

    role: str
    repo: str | None
    revision: str | None
    path: str | None
    file: str
    folder: str
    bytes: int | None
    sha256: str | None
    format: str
    licence: str | None
    gated: bool | None
    verified_by: str | None

    def path_in(self, root: Path) -> Path:
        """The file's path in a models folder.

        Args:
            root: the models folder.

        Returns:
            root/folder/file.
        """
        return root / self.folder / self.file

    @property
    def label(self) -> str:
        """Folder and name, for messages."""
        return f"{self.folder}/{self.file}"

    @property
    def is_safetensors(self) -> bool:
        """Whether the file has a safetensors header."""
        return self.format not in PLAIN_FORMATS

    @property
    def unverified(self) -> tuple[str, ...]:
        """Names of the fields whose values are not known."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name) is None)


@dataclass(frozen=True)
class WeightSet:
    """The files of one model, and its default settings.

    Args:
        name: the name that --set takes.
        title: the name to show.
        licence: the strictest of its files' licences.
        num_inference_steps: steps, if the request does not set them.
        guidance_scale: guidance, if the request does not set it.
        is_distilled: whether it runs without classifier-free guidance.
        architecture: klein-9b, klein-4b, or one that the manifest defines.
        files: a transformer, a text encoder, a VAE and the tokenizer's files.
    """

    name: str
    title: str
    licence: str
    num_inference_steps: int
    guidance_scale: float
    is_distilled: bool
    architecture: str
    files: tuple[WeightFile, ...]

    def of_role(self, role: str) -> tuple[WeightFile, ...]:
        """Its files of one role.

        Args:
            role: one of ROLES.

        Returns:
            One file; several for the tokenizer.
        """
        return tuple(file for file in self.files if file.role == role)


@dataclass(frozen=True)
class Manifest:
    """All weight sets.

    Args:
        default: name of the set to use if none is named.
        sets: name -> set.
        architectures: name -> shapes, for architectures that the engine does not know.
    """

    default: str
    sets: dict[str, WeightSet]
    architectures: dict[str, dict[str, Any]]

    def choose(self, name: str | None = None) -> WeightSet:
        """Choose a set.

        Args:
            name: its name; None takes the default.

        Returns:
            The set.

        Raises:
            RequestError: there is no such set; the message lists the names.
        """
        chosen = self.sets.get(name or self.default)
        if chosen is None:
            raise RequestError("set", f"must be one of {', '.join(self.sets)}, not {name!r:.60}")
        return chosen


def read_manifest(path: Path | None = None) -> Manifest:
    """Read a manifest, as manifest.schema.json in this folder defines it.

    Args:
        path: a manifest file; None takes the one that ships with the package.

    Returns:
        The manifest.

    Raises:
        WeightsError: it cannot be read or is not valid; the message names the entry.
    """
    own = resources.files("poster.weights") / "weights_manifest.json"
    try:
        content = parse_json(read_small_file(path, _MAX_BYTES) if path else own.read_bytes())
    except OSError as error:
        name = "the file that POSTER_MANIFEST names" if path else "the package's file"
        raise WeightsError(f"weights manifest: {name} cannot be read: {error.strerror}") from error
    except NotJsonError as error:
        raise WeightsError(f"weights manifest: is not valid JSON: {error}") from error
    parts = content if isinstance(content, dict) else {}
    if not all(isinstance(parts.get(name), dict) for name in ("sets", "files")):
        raise WeightsError("weights manifest: must be an object with sets and files")
    files = {key: _read_file(key, entry) for key, entry in parts["files"].items()}
    sets = {name: _read_set(name, entry, files) for name, entry in parts["sets"].items()}
    architectures = parts.get("architectures", {})
    if not isinstance(architectures, dict):
        raise WeightsError("weights manifest: architectures must be an object")
    for name, entry in architectures.items():
        _check_fields(f"weights manifest: architecture {name}", entry, ARCHITECTURE_FIELDS)
    default = parts.get("default")
    if not isinstance(default, str) or default not in sets:
        raise WeightsError("weights manifest: default must name one of its sets")
    return Manifest(default=default, sets=sets, architectures=architectures)


def _read_file(key: str, entry: object) -> WeightFile:
    where = f"weights manifest: file {key}"
    values = _check_fields(where, entry, [field.name for field in fields(WeightFile)])
    if values["role"] not in ROLES:
        raise WeightsError(f"{where}: role must be one of {', '.join(ROLES)}")
    for name in ("file", "folder"):
        # A manifest may come from anywhere, and must not put files outside the models folder.
        if not _PLAIN_NAME.fullmatch(values[name]):
            raise WeightsError(f"{where}: {name} must be a plain name without / in it")
    if values["sha256"] is not None and not _SHA256.fullmatch(values["sha256"]):
        raise WeightsError(f"{where}: sha256 must be 64 hexadecimal digits or null")
    if values["bytes"] is not None and values["bytes"] < 1:
        raise WeightsError(f"{where}: bytes must be 1 or more, or null")
    return WeightFile(**values)


def _read_set(name: str, entry: object, files: Mapping[str, WeightFile]) -> WeightSet:
    where = f"weights manifest: set {name}"
    names = [field.name for field in fields(WeightSet) if field.name != "name"]
    values = _check_fields(where, entry, names)
    unknown = [key for key in values["files"] if not isinstance(key, str) or key not in files]
    if unknown:
        raise WeightsError(f"{where}: files names {unknown[0]!r:.60}, which is not in the manifest")
    chosen = tuple(files[key] for key in values["files"])
    for role in ROLES:
        count = sum(file.role == role for file in chosen)
        if count == 0 or (count > 1 and role != "tokenizer"):
            raise WeightsError(f"{where}: must have one {role}, but has {count}")
    if values["num_inference_steps"] < 1:
        raise WeightsError(f"{where}: num_inference_steps must be 1 or more")
    values["guidance_scale"] = float(values["guidance_scale"])
    return WeightSet(**{**values, "name": name, "files": chosen})


def _check_fields(where: str, entry: object, names: list[str]) -> dict[str, Any]:
    """An entry's fields, after checking that each is present, known and of the right type."""
    if not isinstance(entry, dict) or set(entry) != set(names):
        raise WeightsError(f"{where}: must be an object of exactly {', '.join(names)}")
    for name in names:
        # Not isinstance: to it, True is an int.
        if type(entry[name]) not in _KINDS[name]:
            kinds = " or ".join(kind.__name__.replace("NoneType", "null") for kind in _KINDS[name])
            raise WeightsError(f"{where}: {name} must be {kinds}")
    return dict(entry)
