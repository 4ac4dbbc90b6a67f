"""What doors share: photos in, files out, a request as flags, and what Cog wants declared.

The doors themselves are predict.py, runpod_shim.py and poster.commands.
"""
