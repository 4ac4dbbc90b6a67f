"""The memory that the default weight set needs on a GPU, for tests without its 18.6 GB of files."""

from __future__ import annotations

from poster.engines.flux.memory import ModelSize

KLEIN_9B = ModelSize(
    transformer_bytes=9_567_000_000,
    text_encoder_bytes=6_800_000_000,
    vae_bytes=168_000_000,
    channels=4096,
    text_channels=4096,
    text_layers=27,
    largest_linear=150_994_944,
    largest_text_linear=50_331_648,
)
"""The sizes that poster.engines.flux.memory measures for the real files; see its tests."""
