"""Code that the doors share: reading photos, writing files, request flags, Cog's declarations.

The doors themselves are predict.py, runpod_shim.py and poster.commands.
"""
