"""A header -> the model that the file belongs to, by the width of one tensor.

Checks just enough to distinguish a 4B file from a 9B one; the loader checks every shape.
"""

from __future__ import annotations

from poster.weights.header import SafetensorsHeader

WIDTHS = {
    ("transformer", "img_in.weight"): {4096: "klein-9b", 3072: "klein-4b"},
    ("text_encoder", "model.norm.weight"): {4096: "klein-9b", 2560: "klein-4b"},
}
"""(role, tensor) -> size of its first dimension -> architecture.

Source: diffusers' Flux2Transformer2DModel (heads x dim: 32 x 128 and 24 x 128) and transformers'
Qwen3Config (hidden_size of 8B and 4B).
"""


def detect_architecture(role: str, header: SafetensorsHeader) -> str | None:
    """Find which model a file belongs to.

    Args:
        role: the file's role in a weight set.
        header: the file's header.

    Returns:
        klein-9b or klein-4b; None if the width matches neither, as in tests, or is not known.
    """
    for (its_role, name), architectures in WIDTHS.items():
        tensor = header.tensors.get(name)
        if its_role == role and tensor and tensor.shape:
            return architectures.get(tensor.shape[0])
    return None
