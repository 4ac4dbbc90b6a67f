"""Text, a voice and a measure -> exact ink. Knows no photographs, colours or covers."""
