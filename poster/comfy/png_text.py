"""A PNG file -> the texts that ComfyUI stored in it, by their keywords.

Reads no pixels, and checks no checksums. Does not know what the texts say.

Source: PNG (Third Edition), 11.3.3, textual information; ComfyUI's SaveImage.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from poster.comfy.json_file import MAX_BYTES
from poster.comfy.json_types import WORKFLOW
from poster.errors import RequestError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEYWORDS = ("prompt", "workflow")


def read_png_texts(data: bytes) -> dict[str, str]:
    """Read the texts from a PNG file.

    Args:
        data: the file, beginning with SIGNATURE.

    Returns:
        JSON by keyword: prompt for the API format, workflow for the editor's.

    Raises:
        RequestError: it has neither.
    """
    texts: dict[str, str] = {}
    for kind, chunk in _read_chunks(data):
        keyword, _, rest = chunk.partition(b"\0")
        name = keyword.decode("latin-1")
        text = _read_text(kind, rest)
        if name in _KEYWORDS and text is not None:
            texts.setdefault(name, text)
    if not texts:
        trouble = "is a picture in which ComfyUI has stored no workflow; save the workflow itself"
        raise RequestError(WORKFLOW, trouble)
    return texts


def _read_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4])
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += length + 12


def _read_text(kind: bytes, rest: bytes) -> str | None:
    """The text of a chunk after its keyword; None if the chunk has none that can be read."""
    if kind == b"tEXt":
        return rest.decode("latin-1")
    if kind == b"zTXt":
        return _decode(_inflate(rest[1:]), "latin-1")
    if kind != b"iTXt" or len(rest) < 2:
        return None
    _, _, after_language = rest[2:].partition(b"\0")
    _, _, text = after_language.partition(b"\0")
    return _decode(_inflate(text) if rest[0] else text, "utf-8")


def _inflate(packed: bytes) -> bytes | None:
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(packed, MAX_BYTES)
    except zlib.error:
        return None
    return text if unpacker.eof else None


def _decode(text: bytes | None, encoding: str) -> str | None:
    try:
        return None if text is None else text.decode(encoding)
    except UnicodeDecodeError:
        return None
