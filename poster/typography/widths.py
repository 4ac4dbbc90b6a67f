"""The text operations of a PDF page -> the same in fonts whose widths are whole numbers.

PDFium cuts the fraction of every width off, and by the end of a long line that is a tenth of a
millimetre; what rounding changes is given back beside each glyph, so that none moves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    FloatObject,
    NameObject,
    NumberObject,
    PdfObject,
)

Operation = tuple[Any, bytes]
"""Operands and operator."""

_CODE = 2
"""Bytes to the glyph. Source: ISO 32000-2, 9.7.5.2, Identity-H."""


_LEAST = 1e-3
"""Kerns below this, in thousandths of an em, are rounding of floats."""


def round_widths(
    fonts: Mapping[str, PdfObject], operations: Sequence[Operation]
) -> Iterator[Operation]:
    """Round the widths of fonts, and make up for it where they are used.

    Args:
        fonts: of the page, composite ones, by name; their widths are rounded in place.
        operations: of the page; text is shown by Tj and TJ alone.

    Yields:
        The operations.
    """
    gained = {name: _round_font(font) for name, font in fonts.items()}
    current: Mapping[int, float] = {}
    for operands, operator in operations:
        if operator == b"Tf":
            current = gained[operands[0]]
        if operator in {b"Tj", b"TJ"}:
            parts = operands[0] if operator == b"TJ" else operands
            yield [ArrayObject(_made_up(parts, current))], b"TJ"
        else:
            yield operands, operator


def _round_font(font: PdfObject) -> dict[int, float]:
    """Round one font; glyph -> what it gained. Source: ISO 32000-2, 9.7.4.3: first, last, width."""
    composite: Any = font.get_object()
    descendant = composite["/DescendantFonts"][0].get_object()
    widths = [float(number) for number in descendant["/W"]]
    gained = {}
    for first, last, width in zip(widths[::3], widths[1::3], widths[2::3], strict=True):
        for glyph in range(int(first), int(last) + 1):
            gained[glyph] = round(width) - width
    descendant[NameObject("/W")] = ArrayObject(NumberObject(round(number)) for number in widths)
    return gained


def _made_up(parts: Sequence[Any], gained: Mapping[int, float]) -> Iterator[Any]:
    """Strings and kerns of one TJ, with one kern between any two glyphs."""
    kern = 0.0
    for part in parts:
        if isinstance(part, (int, float, FloatObject)):
            kern += float(part)
            continue
        codes = part.original_bytes
        for start in range(0, len(codes), _CODE):
            if abs(kern) > _LEAST:
                yield FloatObject(round(kern, 4))
                kern = 0.0
            code = codes[start : start + _CODE]
            yield ByteStringObject(code)
            kern += gained.get(int.from_bytes(code), 0.0)
    if abs(kern) > _LEAST:
        yield FloatObject(round(kern, 4))
