"""Manifest -> weight files on disk, whole and known; never what is in their tensors."""
