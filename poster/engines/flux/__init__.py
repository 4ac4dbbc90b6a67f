"""FLUX.2 [klein]: a photo and a dummy -> paintings by a diffusion model on one GPU.

The only package that imports torch, diffusers and transformers. Modules that the doors and the
registry may reach (load, architecture, readahead, memory, prompts, schedule) leave them out until
something is loaded, so that the disk works while they are imported.
"""
