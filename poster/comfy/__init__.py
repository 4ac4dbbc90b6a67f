"""A request -> a ComfyUI graph; a graph -> a request; a graph -> what is wrong with it."""
