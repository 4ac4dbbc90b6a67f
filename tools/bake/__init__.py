"""Parts of the plate baker: the scene's dimensions, shapes, materials and lights."""
