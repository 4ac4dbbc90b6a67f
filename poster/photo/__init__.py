"""Bytes of a photo -> pixels, and what is found in them: subject, faces and colours.

Does not know requests or covers.
"""
