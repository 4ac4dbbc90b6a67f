"""Builders of images, their package sources, and a substitute base image; used by make_image."""
