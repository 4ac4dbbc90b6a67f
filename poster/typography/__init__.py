"""Text, a voice and a measure (line width) -> exact ink. Knows no photos, colours or covers."""
