"""Manifest -> complete, verified weight files on disk; does not know what tensors mean."""
