"""A cover's layers and a trim size -> a PDF with live type, for a designer or a printer.

Each line is where it is on the raster cover, to a hundredth of a millimetre. There is no grain, as
in the layers. Sets the width of the bleed and fills it. Does not know how the picture was painted.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.colour import floats_from_pixels, format_hex, pixels_from_floats
from poster.cover.ink.foreground import decontaminate_edges
from poster.cover.ink.layers import Layers
from poster.cover.layout.dummy import Slot
from poster.cover.print.resolution import PrintPicture
from poster.geometry import POINTS_PER_MM, TrimSize
from poster.typography.scripts import CJK_SCRIPTS
from poster.typography.typst_compiler import TypstCompiler, runs_data, subtags
from poster.typography.voices import ALPHABETS

BLEED_MM = 3.0
"""Bleed on each side, as magazine printers require."""

_JPEG_QUALITY = 95

_LETTER_BY_LETTER = ALPHABETS | CJK_SCRIPTS | {"Armn", "Ethi", "Geor", "Hebr"}
"""Scripts whose glyphs map one to one to letters, so that any part of a line can be copied."""


def build_pdf(
    layers: Layers,
    trim: TrimSize,
    compiler: TypstCompiler,
    *,
    title: str,
    language: str = "en",
    picture: PrintPicture | None = None,
) -> bytes:
    """Build a PDF page of a cover at its trim size, with bleed.

    The picture is mirrored across the trim edge to fill the bleed; paper simply continues.

    Args:
        layers: of the cover.
        trim: the page after cutting; if its aspect differs from the cover's, the cover extends
            evenly beyond it.
        compiler: sets the type.
        title: of the document.
        language: of the document, a BCP 47 tag.
        picture: a finer rendering of the layers' picture; None uses the layers' own.

    Returns:
        A PDF of one page: the picture, the masthead, the subject where it is in front of the
        masthead, and the lines. All type is live and embedded. Same input, same bytes.

    Raises:
        AssetError: a font or template is missing or damaged.
    """
    pixels, subject = layers.picture, layers.subject
    if picture is not None:
        pixels, subject = picture.pixels, picture.subject
        for adjustment in layers.adjustments:
            pixels = adjustment.over(pixels)
    sheet = _Sheet.of(trim, layers)
    items = [sheet.picture(pixels)]
    items += [sheet.text(slot, format_hex(colour)) for slot, colour in layers.masthead]
    if layers.is_behind:
        for slot, _ in layers.masthead:
            items += sheet.cut_out(pixels, subject, slot)
    items += [sheet.text(slot, format_hex(colour)) for slot, colour in layers.lines]
    lang, region = subtags(language)
    page = {
        "title": title,
        "lang": lang,
        "region": region,
        "width": trim.width_mm * POINTS_PER_MM,
        "height": trim.height_mm * POINTS_PER_MM,
        "bleed": BLEED_MM * POINTS_PER_MM,
        "items": items,
    }
    slots = [slot for slot, _ in (*layers.masthead, *layers.lines)]
    texts = [text for slot in slots for text in _replacement_texts(slot)]
    # Imported late: it takes half a second, which other formats need not spend.
    from poster.cover.print.finish import finish_pdf  # noqa: PLC0415

    return finish_pdf(compiler.print_page(page), texts)


@dataclass(frozen=True)
class _Sheet:
    """Maps a cover's pixels to the page.

    Args:
        width: of the cover, in pixels.
        scale: points per cover pixel.
        left: of the cover, in points from the trim's left edge; 0 or less.
        top: of the cover, in points from the trim's top edge; 0 or less.
    """

    width: int
    scale: float
    left: float
    top: float

    @classmethod
    def of(cls, trim: TrimSize, layers: Layers) -> _Sheet:
        """Centre a cover on a trim size."""
        scale_mm = trim.mm_per_px(layers.width, layers.height)
        left = (trim.width_mm - layers.width * scale_mm) / 2
        top = (trim.height_mm - layers.height * scale_mm) / 2
        k = POINTS_PER_MM
        return cls(layers.width, scale_mm * k, left * k, top * k)

    def text(self, slot: Slot, colour: str) -> dict[str, object]:
        """Describe a slot's type for page.typ."""
        block = slot.type
        lang, region = subtags(block.language)
        return {
            "size": block.size_px * self.scale,
            "colour": colour,
            "lang": lang,
            "region": region,
            "rtl": block.direction == "rtl",
            "lines": [
                {
                    "x": self.left + (slot.x + x) * self.scale,
                    "y": self.top + (slot.y + y) * self.scale,
                    "runs": runs_data(runs, block.direction),
                }
                for runs, (x, y) in zip(block.runs, block.starts, strict=True)
            ],
        }

    def picture(self, pixels: NDArray[np.uint8]) -> dict[str, object]:
        """Place the picture, mirrored into the bleed, as a JPEG."""
        point_per_px = self.scale * self.width / pixels.shape[1]
        bleed = int(np.ceil(BLEED_MM * POINTS_PER_MM / point_per_px))
        sides = (bleed,) * 4
        whole = cv2.copyMakeBorder(pixels, *sides, cv2.BORDER_REFLECT)
        bgr = cv2.cvtColor(whole, cv2.COLOR_RGB2BGR)
        parameters = [
            *(cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY),
            *(cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444),
        ]
        _, jpeg = cv2.imencode(".jpg", bgr, parameters)
        return self._place(jpeg.tobytes(), "jpeg", whole.shape, (-bleed, -bleed), point_per_px)

    def cut_out(
        self, pixels: NDArray[np.uint8], subject: NDArray[np.float32], over: Slot
    ) -> list[dict[str, object]]:
        """Place the part of the subject that overlaps a slot; return nothing if none does."""
        finer = pixels.shape[1] / self.width
        x0, y0 = (int(edge * finer) for edge in (over.box.x0, over.box.y0))
        x1, y1 = (int(np.ceil(edge * finer)) for edge in (over.box.x1, over.box.y1))
        subject = subject[y0:y1, x0:x1]
        ink = np.asarray(cv2.resize(over.type.ink, subject.shape[::-1]), np.uint8)
        seen = decontaminate_edges(
            pixels[y0:y1, x0:x1], subject, floats_from_pixels(ink), pixels.shape[1]
        )
        alpha = pixels_from_floats(subject)
        rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
        if not rows.size:
            return []
        met = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        x0, y0 = x0 + int(columns[0]), y0 + int(rows[0])
        alpha = alpha[met]
        bgra = cv2.cvtColor(np.ascontiguousarray(seen[met]), cv2.COLOR_RGB2BGRA)
        bgra[..., 3] = alpha
        bgra[alpha == 0] = 0
        _, png = cv2.imencode(".png", bgra)
        return [self._place(png.tobytes(), "png", alpha.shape, (x0, y0), self.scale / finer)]

    def _place(
        self,
        data: bytes,
        kind: str,
        shape: tuple[int, ...],
        corner: tuple[int, int],
        point_per_px: float,
    ) -> dict[str, object]:
        height, width = shape[:2]
        # Typst takes files or text, and there is no file; it embeds an SVG's images unchanged.
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
            f'<image width="{width}" height="{height}" '
            f'href="data:image/{kind};base64,{b64encode(data).decode()}"/></svg>'
        )
        return {
            "svg": svg,
            "x": self.left + corner[0] * point_per_px,
            "y": self.top + corner[1] * point_per_px,
            "width": width * point_per_px,
            "height": height * point_per_px,
        }


def _replacement_texts(slot: Slot) -> list[str | None]:
    """Return the text of each line whose glyphs alone cannot be copied, and None for the others."""
    return [
        None if {run.script for run in runs} <= _LETTER_BY_LETTER else text
        for runs, text in zip(slot.type.runs, slot.type.lines, strict=True)
    ]
