"""A cropped photo and a dummy -> a cover with type on it."""
