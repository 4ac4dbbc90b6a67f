"""What the doors (predict.py, runpod_shim.py, commands) share: photos in, files out, a request as
flags, and what Cog wants declared.
"""
