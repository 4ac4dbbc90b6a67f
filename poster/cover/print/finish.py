"""A PDF from Typst -> the same with bleed box and creator, and text copied as it is displayed.

Does not know where anything is on the page.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    ContentStream,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    PdfObject,
    TextStringObject,
)

from poster.errors import AssetError

CREATOR = "Poster Maker"

Operation = tuple[Any, bytes]
"""Operands and operator."""

_CODE = 2
"""Bytes per glyph. Source: ISO 32000-2, 9.7.5.2, Identity-H."""

_MIN_KERN = 1e-3
"""Kerns below this, in thousandths of an em, are rounding errors."""

_MARKS = {b"BDC": 1, b"BMC": 1, b"EMC": -1}
"""Operators that begin and end marked content. Source: ISO 32000-2, 14.6."""


def finish_pdf(pdf: bytes, texts: Sequence[str | None]) -> bytes:
    """Add what Typst leaves out.

    In scripts whose glyphs do not map one to one to letters (marks, conjuncts, Arabic dots), Typst
    gives each cluster a replacement text, and a cluster drawn in several pieces is copied twice.
    Such lines get one replacement text for the whole line instead.
    Source: ISO 32000-2, 14.9.4, replacement text.

    Args:
        pdf: one tagged page, each line a paragraph.
        texts: replacement text of each line, in order; None leaves a line to its glyphs.

    Returns:
        The PDF; same input, same bytes.

    Raises:
        AssetError: the number of paragraphs differs from the number of lines.
    """
    writer = PdfWriter(clone_from=io.BytesIO(pdf))
    writer.pdf_header = "%PDF-1.7"
    [page] = writer.pages
    page.bleedbox = page.mediabox
    typst_name = writer.metadata and writer.metadata.creator
    writer.add_metadata({"/Creator": CREATOR, "/Producer": typst_name or "Typst"})
    content = ContentStream(page["/Contents"].get_object(), writer)
    operations = content.operations
    if texts:
        replacements = _texts_by_mark(_paragraphs(writer, len(texts)), texts)
        resources: Any = page["/Resources"]
        replaced = list(_replace_texts(operations, replacements))
        operations = list(round_widths(resources["/Font"], replaced))
    content.operations = operations
    page.replace_contents(content)
    page.compress_content_streams()
    finished = io.BytesIO()
    writer.write(finished)
    return finished.getvalue()


def _paragraphs(writer: PdfWriter, count: int) -> list[tuple[DictionaryObject, list[int]]]:
    """Return the leaves of the structure tree, in reading order, and their marked-content IDs."""
    leaves = []

    def walk(element: PdfObject) -> None:
        node = element.get_object()
        inner = node.get("/K") if isinstance(node, DictionaryObject) else None
        if not isinstance(node, DictionaryObject) or not isinstance(inner, ArrayObject):
            return
        marks = [int(kid) for kid in inner if isinstance(kid, NumberObject)]
        if marks:
            leaves.append((node, marks))
        for kid in inner:
            walk(kid)

    walk(writer.root_object["/StructTreeRoot"])
    if len(leaves) != count:
        raise AssetError(f"the PDF template produced {len(leaves)} paragraphs for {count} lines")
    return leaves


def _texts_by_mark(
    paragraphs: Sequence[tuple[DictionaryObject, list[int]]], texts: Sequence[str | None]
) -> dict[int, tuple[int, str]]:
    """Map each mark to its line's first mark and text; each line keeps only its first mark."""
    replacements = {}
    for (paragraph, marks), text in zip(paragraphs, texts, strict=True):
        if text is not None:
            replacements.update(dict.fromkeys(marks, (marks[0], text)))
            paragraph[NameObject("/K")] = ArrayObject([NumberObject(marks[0])])
    return replacements


def _replace_texts(
    operations: Sequence[Operation], replacements: Mapping[int, tuple[int, str]]
) -> Iterator[Operation]:
    """Merge the marked content of each line with a replacement text into one sequence."""
    chunks_by_line = groupby(_chunks(operations), key=lambda chunk: _line_of(chunk, replacements))
    for line, group in chunks_by_line:
        chunks = list(group)
        inside = [operation for chunk in chunks for operation in chunk]
        if line is None:
            yield from inside
            continue
        first, text = line
        properties = DictionaryObject(chunks[0][0][0][1])
        properties[NameObject("/MCID")] = NumberObject(first)
        properties[NameObject("/ActualText")] = TextStringObject(text)
        yield [NameObject("/Span"), properties], b"BDC"
        yield from (operation for operation in inside if operation[1] not in _MARKS)
        yield [], b"EMC"


def _line_of(
    chunk: Sequence[Operation], replacements: Mapping[int, tuple[int, str]]
) -> tuple[int, str] | None:
    operands, operator = chunk[0]
    return replacements.get(operands[1].get("/MCID", -1)) if operator == b"BDC" else None


def _chunks(operations: Sequence[Operation]) -> Iterator[list[Operation]]:
    """Yield each outermost sequence of marked content, and each operation outside of them."""
    chunk: list[Operation] = []
    depth = 0
    for operation in operations:
        chunk.append(operation)
        depth += _MARKS.get(operation[1], 0)
        if depth == 0:
            yield chunk
            chunk = []


def round_widths(
    fonts: Mapping[str, PdfObject], operations: Sequence[Operation]
) -> Iterator[Operation]:
    """Round the glyph widths of fonts, and compensate with kerns where they are used.

    Args:
        fonts: the page's composite fonts, by name; their widths are rounded in place.
        operations: of the page; text is shown by Tj and TJ only.

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
            yield [ArrayObject(_compensate(parts, current))], b"TJ"
        else:
            yield operands, operator


def _round_font(font: PdfObject) -> dict[int, float]:
    """Round one font's widths; return glyph -> gain. Source: ISO 32000-2, 9.7.4.3."""
    composite: Any = font.get_object()
    descendant = composite["/DescendantFonts"][0].get_object()
    widths = [float(number) for number in descendant["/W"]]
    gained = {}
    for first, last, width in zip(widths[::3], widths[1::3], widths[2::3], strict=True):
        for glyph in range(int(first), int(last) + 1):
            gained[glyph] = round(width) - width
    descendant[NameObject("/W")] = ArrayObject(NumberObject(round(number)) for number in widths)
    return gained


def _compensate(parts: Sequence[Any], gained: Mapping[int, float]) -> Iterator[Any]:
    """Yield the strings and kerns of one TJ, merging all kerns between two glyphs into one."""
    kern = 0.0
    for part in parts:
        if isinstance(part, (int, float, FloatObject)):
            kern += float(part)
            continue
        codes = part.original_bytes
        for start in range(0, len(codes), _CODE):
            if abs(kern) > _MIN_KERN:
                yield FloatObject(round(kern, 4))
                kern = 0.0
            code = codes[start : start + _CODE]
            yield ByteStringObject(code)
            kern += gained.get(int.from_bytes(code), 0.0)
    if abs(kern) > _MIN_KERN:
        yield FloatObject(round(kern, 4))
