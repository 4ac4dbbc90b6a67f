"""FLUX.2 [klein]: a photo and a dummy -> pictures painted by a diffusion model on one GPU.

The only package of the product that imports torch, diffusers and transformers. Modules that the
doors and the registry import (open, engine, load, architecture, readahead, memory, sampling,
prompts, schedule) do not import them until weights are loaded, so that disk reads overlap with the
imports.
"""
