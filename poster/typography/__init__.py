"""Text, a voice and a measure (line width) -> exact ink. Knows nothing of photos or covers."""
