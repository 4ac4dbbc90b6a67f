"""A photo and a title in; a magazine cover, and that cover in a sealed clear envelope, out."""

__version__ = "0.1.0"
