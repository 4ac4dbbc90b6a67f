"""A Dockerfile -> an image, with whatever this machine builds images with; used by make_image."""
