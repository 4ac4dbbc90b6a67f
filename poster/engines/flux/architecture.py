"""The name of a model -> the shapes of its three networks.

Plain data for the configurations of diffusers and transformers; reads no file and imports neither.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from poster.errors import WeightsMismatchError

_LAYER = re.compile(r"model\.layers\.(\d+)\.")


@dataclass(frozen=True)
class Architecture:
    """The networks that a weight set's files belong to.

    Args:
        name: name, as in the manifest.
        transformer: arguments of diffusers' Flux2Transformer2DModel.
        text_encoder: arguments of transformers' Qwen3Config, for all layers in the file.
        vae: arguments of diffusers' AutoencoderKLFlux2.
        text_layers: layers whose concatenated outputs are a prompt's embedding.
    """

    name: str
    transformer: Mapping[str, Any]
    text_encoder: Mapping[str, Any]
    vae: Mapping[str, Any]
    text_layers: tuple[int, ...] = (9, 18, 27)

    @property
    def text_depth(self) -> int:
        """Number of text encoder layers that are used; later ones do not affect an embedding."""
        return max(self.text_layers)

    def reads_text_tensor(self, name: str) -> bool:
        """Whether a tensor of the text encoder's file is used.

        Args:
            name: the tensor's name, as in the file.

        Returns:
            False for layers after text_depth, and for the final norm and head; True for everything
            else, including unknown names.
        """
        if name.startswith(("model.norm.", "lm_head.")):
            return False
        layer = _LAYER.match(name)
        past = range(self.text_depth, self.text_encoder["num_hidden_layers"])
        return not (layer and int(layer[1]) in past)


def _klein(
    name: str, blocks: tuple[int, int], heads: int, text: tuple[int, int], *, tied: bool
) -> Architecture:
    hidden, intermediate = text
    return Architecture(
        name=name,
        transformer={
            "patch_size": 1,
            "in_channels": 128,
            "num_layers": blocks[0],
            "num_single_layers": blocks[1],
            "attention_head_dim": 128,
            "num_attention_heads": heads,
            "joint_attention_dim": 3 * hidden,
            "mlp_ratio": 3.0,
            "axes_dims_rope": (32, 32, 32, 32),
            "rope_theta": 2000,
            "guidance_embeds": False,
        },
        text_encoder={
            "vocab_size": 151936,
            "hidden_size": hidden,
            "intermediate_size": intermediate,
            "num_hidden_layers": 36,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "head_dim": 128,
            "rms_norm_eps": 1e-6,
            "max_position_embeddings": 40960,
            "rope_parameters": {"rope_type": "default", "rope_theta": 1_000_000.0},
            "tie_word_embeddings": tied,
        },
        vae={},
    )


KLEIN_9B = _klein("klein-9b", (8, 24), 32, (4096, 12288), tied=False)
KLEIN_4B = _klein("klein-4b", (5, 20), 24, (2560, 9728), tied=True)
"""Source: config.json of transformer and text_encoder in black-forest-labs' FLUX.2-klein-9B and
-4B, and of Qwen3-8B and -4B; the VAE has AutoencoderKLFlux2's defaults. Parameters counted on the
meta device: 9,078,581,248 and 3,875,544,576."""

ARCHITECTURES = {architecture.name: architecture for architecture in (KLEIN_9B, KLEIN_4B)}


def find_architecture(name: str, declared: Mapping[str, Mapping[str, Any]]) -> Architecture:
    """Find an architecture by its name.

    Args:
        name: the name that a weight set declares.
        declared: name -> fields of the architectures in a manifest; these cannot redefine ours.

    Returns:
        The architecture.

    Raises:
        WeightsMismatchError: there is no architecture of that name.
    """
    if name in ARCHITECTURES:
        return ARCHITECTURES[name]
    if name in declared:
        fields = declared[name]
        return Architecture(name=name, **{**fields, "text_layers": tuple(fields["text_layers"])})
    raise WeightsMismatchError(
        f"architecture {name}: is unknown; use one of {', '.join((*ARCHITECTURES, *declared))}, "
        "or declare its shapes in the manifest under architectures"
    )
