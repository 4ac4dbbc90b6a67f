"""FLUX.2 [klein]: a photo and a dummy -> paintings by a diffusion model on one GPU.

The only package of the product that imports torch, diffusers and transformers. Modules that the
doors and the registry reach (open, engine, load, architecture, readahead, memory, pace, prompts,
schedule) leave them out until something is loaded, so that the disk works while they are imported.
"""
