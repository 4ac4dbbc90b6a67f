"""ComfyUI's source tree -> what its node classes declare, read without running any of it."""
