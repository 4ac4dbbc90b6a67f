"""Parts of the plate baker: the scene's measures, its shapes and its studio."""
