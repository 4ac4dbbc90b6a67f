"""A colour as a caller writes it -> red, green and blue. Loads quickly: no NumPy."""

from __future__ import annotations

import re


def parse_colour(text: str) -> tuple[int, int, int]:
    """Parse a colour as a caller writes it.

    Args:
        text: a CSS colour name, with or without spaces, #RGB or #RRGGBB; in any case.

    Returns:
        Red, green and blue, sRGB, [0, 255].

    Raises:
        ValueError: it is none of these.
    """
    # Takes 20 ms to import, and `poster --help` needs no colour.
    from PIL import ImageColor  # noqa: PLC0415

    # Pillow also parses hsl(), rgb() and colours with alpha.
    if not re.fullmatch(r"#[0-9A-Fa-f]{3}|#[0-9A-Fa-f]{6}|[A-Za-z][A-Za-z _-]{1,20}[A-Za-z]", text):
        raise ValueError(f"not a colour: {text!r:.40}")
    # People write "hot pink".
    red, green, blue = ImageColor.getrgb(re.sub("[ _-]", "", text))[:3]
    return red, green, blue
