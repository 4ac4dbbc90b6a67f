"""A request -> ComfyUI's graph, its graph -> a request, and what is wrong with a graph."""
