"""Bytes of a photo -> pixels, and what can be seen in them: subject, faces, colour.

Knows neither requests nor covers.
"""
