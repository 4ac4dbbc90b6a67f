"""poster comfy: a request -> ComfyUI's graph, its graph -> a request, and what is wrong with it."""
