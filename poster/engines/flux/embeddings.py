"""Prompts -> embeddings: from memory, from disk, or made in one pass of the text encoder.

Does not know how a prompt is encoded. A caller's own prompt is never written to disk.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from poster.whole_files import write_file

_REMEMBERED = 8
"""How many embeddings stay in memory: a poster's three and some of earlier posters; 12.6 MB each
for 9B."""

_ON_DISK = 64
"""How many stay on disk: 0.8 GB for 9B. The engine's own prompts differ only by where type is
planned, in fewer than a hundred ways."""

_log = logging.getLogger(__name__)

Encode = Callable[[Sequence[str]], torch.Tensor]
"""Prompts -> (prompts, tokens, channels), in one pass of the text encoder."""


class Embeddings:
    """A cache of embeddings by prompt.

    Args:
        folder: where embeddings of default prompts are stored; created when needed. It can be
            read-only.
        identity: identifies the text encoder, the tokenizer and the layers used; embeddings are
            not shared between identities.
    """

    def __init__(self, folder: Path, identity: str) -> None:
        self._folder = folder
        self._identity = identity
        self._remembered: dict[str, torch.Tensor] = {}

    def look_up(
        self, prompts: Sequence[str], kept: Collection[str], encode: Encode
    ) -> tuple[torch.Tensor, ...]:
        """Find or make embeddings.

        Args:
            prompts: what to embed.
            kept: the prompts whose embeddings can be stored on disk.
            encode: called once with all prompts that are not found; not called if all are found.

        Returns:
            One tensor (1, tokens, channels) for each prompt, on the CPU.
        """
        found: dict[str, torch.Tensor] = {}
        missing: list[str] = []
        for prompt in dict.fromkeys(prompts):
            embedding = self._find(prompt, is_kept=prompt in kept)
            if embedding is None:
                missing.append(prompt)
            else:
                found[prompt] = embedding
        if missing:
            made = encode(missing).cpu()
            for index, prompt in enumerate(missing):
                # A copy, because a view of one row would keep the whole tensor in memory.
                found[prompt] = made[index : index + 1].clone()
                if prompt in kept:
                    self._write(prompt, found[prompt])
        self._remember(found)
        return tuple(found[prompt] for prompt in prompts)

    def _find(self, prompt: str, *, is_kept: bool) -> torch.Tensor | None:
        remembered = self._remembered.get(prompt)
        if remembered is not None or not is_kept:
            return remembered
        return _read(self._path(prompt))

    def _remember(self, embeddings: dict[str, torch.Tensor]) -> None:
        for prompt, embedding in embeddings.items():
            self._remembered.pop(prompt, None)
            self._remembered[prompt] = embedding
        for prompt in list(self._remembered)[:-_REMEMBERED]:
            del self._remembered[prompt]

    def _path(self, prompt: str) -> Path:
        key = hashlib.sha256(f"{self._identity}\0{prompt}".encode()).hexdigest()
        return self._folder / f"{key}.safetensors"

    def _write(self, prompt: str, embedding: torch.Tensor) -> None:
        """Write a file atomically; if that fails, only log it."""
        data = save({"embedding": embedding}, {"sha256": _digest(embedding)})
        try:
            write_file(self._path(prompt), data)
            self._prune()
        except OSError as error:
            _log.warning("cannot store embeddings on disk: %s", error)

    def _prune(self) -> None:
        paths = sorted(self._folder.glob("*.safetensors"), key=lambda path: path.stat().st_mtime)
        for path in paths[:-_ON_DISK]:
            path.unlink(missing_ok=True)


def _read(path: Path) -> torch.Tensor | None:
    """Read a file's embedding; None if the file is missing or damaged."""
    try:
        with safe_open(path, "pt") as file:
            embedding: torch.Tensor = file.get_tensor("embedding")
            digest = (file.metadata() or {}).get("sha256")
    except FileNotFoundError:
        return None
    except (OSError, SafetensorError) as error:
        _log.warning("cannot read a stored embedding, encoding the prompt again: %s", error)
        return None
    if digest != _digest(embedding):
        _log.warning("a stored embedding is damaged, encoding the prompt again")
        return None
    with suppress(OSError):
        os.utime(path)  # the least recently used is deleted first
    return embedding


def _digest(embedding: torch.Tensor) -> str:
    values = embedding.contiguous().view(torch.uint8).numpy()
    return hashlib.sha256(f"{tuple(embedding.shape)}".encode() + values.tobytes()).hexdigest()
