"""A finished cover in; that cover sealed in a clear envelope, out."""
