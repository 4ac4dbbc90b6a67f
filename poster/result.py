"""The result: the pictures and the receipt, as pixels or as files.

Does not know how they were made or which door returns them.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from poster.encode import RECEIPT_NAME, encode_image
from poster.geometry import Box, Quad
from poster.whole_files import write_files

_SHOWN_HEIGHT = 640
"""Height in pixels of a poster shown in a notebook; both pictures fit side by side."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block of text on the cover, as it was set.

    Args:
        role: masthead, headline, deck, kicker or folio.
        text: the text, as set.
        script: ISO 15924 code.
        language: BCP 47 tag.
        box: tight bounds of the ink in cover pixels, including ink hidden by the subject.
        envelope_box: the corners of that box in envelope pixels; None without an envelope.
        font: name of the main font.
        size_px: type size in cover pixels per em.
        colour: #RRGGBB.
        contrast: 10th percentile of the WCAG contrast between visible ink and its surroundings, on
            the finished cover.
        hidden: share of the ink behind the subject, [0, 1].
        missing_glyphs: characters without a glyph; always 0, because such text is rejected.
        letter_contrast: contrast of the letter with the lowest contrast.
        letter_hidden: hidden share of the letter that is hidden most, [0, 1].
        glare: mean linear light that the film adds over the box, on a scale where the paper of a
            white cover has 0.9; None without an envelope, or if the engine does not know it.
    """

    role: str
    text: str
    script: str
    language: str
    box: Box
    envelope_box: Quad | None
    font: str
    size_px: float
    colour: str
    contrast: float
    hidden: float
    missing_glyphs: int = 0
    letter_contrast: float = 1.0
    letter_hidden: float = 0.0
    glare: float | None = None

    def as_json(self) -> dict[str, Any]:
        """The block as in the receipt: JSON types, numbers rounded."""
        quad = self.envelope_box
        return {
            "role": self.role,
            "text": self.text,
            "script": self.script,
            "language": self.language,
            "box": list(self.box.edges),
            "envelope_box": quad and [[round(x, 1), round(y, 1)] for x, y in quad],
            "font": self.font,
            "size_px": round(self.size_px, 1),
            "colour": self.colour,
            "contrast": round(self.contrast, 2),
            "hidden": round(self.hidden, 3),
            "missing_glyphs": self.missing_glyphs,
            "letter_contrast": round(self.letter_contrast, 2),
            "letter_hidden": round(self.letter_hidden, 3),
            "glare": self.glare if self.glare is None else round(self.glare, 4),
        }


@dataclass(frozen=True, slots=True)
class LayoutScores:
    """Costs of the type's placement on the picture; lower is better, and 0 is best.

    Args:
        occlusion: mean subject matte under the boxes, [0, 1].
        readability: mean Sobel magnitude of the picture under the boxes, [0, 1].
        overlap: sum of the pairwise IoU of the boxes, divided by their number.
        alignment: mean over boxes of the smallest distance from any edge or centre line to one of
            another box, divided by the cover's side.
    """

    occlusion: float
    readability: float
    overlap: float
    alignment: float

    def as_json(self) -> dict[str, float]:
        """The scores as in the receipt."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class VariantNote:
    """How an additional cover of a request differs from the first.

    Args:
        seed: the cover's seed.
        style: the cover's style.
        style_why: why this style was chosen.
    """

    seed: int
    style: str
    style_why: str


@dataclass(frozen=True, slots=True)
class HeadroomNote:
    """The backdrop that was extended above the photo.

    Args:
        share: of the picture's height, (0, 1).
        score: how much it differs from the photo below it; above 1, it can be told from it.
    """

    share: float
    score: float

    def as_json(self) -> dict[str, float]:
        """Return rounded figures."""
        return {"share": round(self.share, 3), "score": round(self.score, 2)}


@dataclass(frozen=True, slots=True)
class Easing:
    """How far the picture was lightened or darkened for the type, CIEDE2000.

    Args:
        mean: over the whole page.
        largest: of any part of it, eight pixels wide.
    """

    mean: float
    largest: float

    def as_json(self) -> dict[str, float]:
        """Return rounded figures."""
        return {"mean": round(self.mean, 2), "largest": round(self.largest, 1)}


@dataclass(frozen=True, slots=True)
class Receipt:
    """The record of what was made, with which engine, and how well.

    Args:
        engine: studio or flux: the engine of the first stage that was painted.
        seed: the same request and seed give the same poster.
        width: width of both pictures, in pixels.
        height: height of both pictures, in pixels.
        blocks: every block of text on the cover.
        layout: None if no cover was made.
        type_locked: whether the type in the envelope is exactly the type that was set.
        timings_ms: step -> wall time in milliseconds.
        versions: distribution -> version, for everything that can change a pixel.
        engines: painted stage, cover or envelope -> studio or flux.
        weights: stage -> role -> file, for each stage that a diffusion engine painted.
        style: style of the cover; empty if no type was set.
        style_why: why this style was chosen; empty if the cover has no type.
        variants: the additional covers, in order.
        headroom: None if no backdrop was extended above the photo.
        easing: None if the picture was not changed for the type.
        effective_dpi: photo pixels per inch at the trim size, if fewer than 300; otherwise None.
        notes: a sentence for everything that was asked for and not done.
        request: the request with every default resolved, and its image's sha256 and file name;
            `poster make --request` makes the same poster from it.
        envelope_variant: name of the stored envelope that was used; empty without an envelope, or
            if an engine painted it.
    """

    engine: str
    seed: int
    width: int
    height: int
    blocks: tuple[Block, ...]
    layout: LayoutScores | None
    type_locked: bool
    timings_ms: dict[str, int]
    versions: dict[str, str]
    engines: dict[str, str] = field(default_factory=dict)
    weights: dict[str, dict[str, str]] = field(default_factory=dict)
    style: str = ""
    style_why: str = ""
    variants: tuple[VariantNote, ...] = ()
    headroom: HeadroomNote | None = None
    easing: Easing | None = None
    effective_dpi: float | None = None
    envelope_variant: str = ""
    notes: tuple[str, ...] = ()
    request: dict[str, Any] = field(default_factory=dict)

    def as_json(self, files: dict[str, str] | None = None) -> dict[str, Any]:
        """Return the whole receipt.

        Args:
            files: picture -> file name.

        Returns:
            JSON types, in the documented order.
        """
        stable = self.stable_json()
        return {
            **{name: stable[name] for name in ("engine", "seed", "width", "height")},
            **{name: stable[name] for name in ("blocks", "layout", "style", "style_why")},
            **{name: stable[name] for name in ("variants", "headroom", "easing", "effective_dpi")},
            **{name: stable[name] for name in ("envelope_variant", "engines", "type_locked")},
            "notes": stable["notes"],
            "request": self.request,
            "files": files or {},
            "timings_ms": self.timings_ms,
            **{name: stable[name] for name in ("versions", "weights")},
        }

    def stable_json(self) -> dict[str, Any]:
        """Return the receipt for the PNG files: what differs from run to run is left out.

        So is the name of the photo's file, which the caller may not want to publish.
        """
        image = {"sha256": self.request.get("image", {}).get("sha256", "")}
        return {
            "engine": self.engine,
            "seed": self.seed,
            "width": self.width,
            "height": self.height,
            "blocks": [block.as_json() for block in self.blocks],
            "layout": self.layout and self.layout.as_json(),
            "style": self.style,
            "style_why": self.style_why,
            "variants": [asdict(note) for note in self.variants],
            "headroom": self.headroom and self.headroom.as_json(),
            "easing": self.easing and self.easing.as_json(),
            "effective_dpi": self.effective_dpi and round(self.effective_dpi),
            "envelope_variant": self.envelope_variant,
            "engines": self.engines,
            "type_locked": self.type_locked,
            "notes": list(self.notes),
            "request": {**self.request, "image": image},
            "versions": self.versions,
            "weights": self.weights,
        }


@dataclass(frozen=True, slots=True)
class Poster:
    """A finished poster.

    Args:
        cover: HWC uint8, sRGB, [0, 255]; None if only an envelope was requested.
        envelope: HWC uint8, sRGB, [0, 255], with straight alpha if its background is transparent;
            None if only a cover was requested.
        receipt: the record of what was made.
        variants: additional covers of the same request, in the same form as cover.
        contact_sheet: all covers side by side, in the same form; None if there is only one cover.
        layers: name -> HWC uint8, sRGB with alpha, [0, 255]: the cover's separate layers, if a PDF
            was requested.
        pdf: the cover as a PDF; None if it was not requested.
        output_format: the requested format: png, jpg, webp, or pdf for PNG files and a PDF.
        output_quality: the requested quality for jpg and webp, 1-100.
    """

    cover: NDArray[np.uint8] | None
    envelope: NDArray[np.uint8] | None
    receipt: Receipt
    variants: tuple[NDArray[np.uint8], ...] = ()
    contact_sheet: NDArray[np.uint8] | None = None
    layers: dict[str, NDArray[np.uint8]] = field(default_factory=dict)
    pdf: bytes | None = None
    output_format: str = "png"
    output_quality: int = 95

    @property
    def cover_image(self) -> Image.Image | None:
        """The cover as a Pillow image, RGB."""
        return None if self.cover is None else Image.fromarray(self.cover)

    @property
    def envelope_image(self) -> Image.Image | None:
        """The envelope as a Pillow image, RGB, or RGBA if its background is transparent."""
        return None if self.envelope is None else Image.fromarray(self.envelope)

    @property
    def pictures(self) -> dict[str, NDArray[np.uint8]]:
        """All pictures, by the names of their files without the extension."""
        named = {
            "cover": self.cover,
            "envelope": self.envelope,
            **{f"cover_{number}": cover for number, cover in enumerate(self.variants, 2)},
            "contact_sheet": self.contact_sheet,
            **{f"cover_{name}": layer for name, layer in self.layers.items()},
        }
        return {name: picture for name, picture in named.items() if picture is not None}

    def encode(
        self, output_format: str | None = None, output_quality: int | None = None
    ) -> dict[str, bytes]:
        """Encode the pictures and the receipt, in memory.

        Args:
            output_format: png, jpg, webp, or pdf for PNG files and a PDF; None uses the requested
                one.
            output_quality: 1-100, for jpg and webp; None uses the requested one.

        Returns:
            File name -> bytes: the cover, the envelope, any other pictures, the PDF, and
            poster.json, in this order.
        """
        started = perf_counter()
        output_format = output_format or self.output_format
        quality = self.output_quality if output_quality is None else output_quality
        stable = json.dumps(self.receipt.stable_json(), ensure_ascii=False)
        kind = "png" if output_format == "pdf" else output_format
        names = {picture: f"{picture}.{kind}" for picture in self.pictures}
        files = {
            names[picture]: encode_image(image, kind, quality, stable)
            for picture, image in self.pictures.items()
        }
        if self.pdf is not None:
            names["cover_pdf"] = "cover.pdf"
            files["cover.pdf"] = self.pdf
        elapsed_ms = round((perf_counter() - started) * 1000)
        receipt = replace(
            self.receipt, timings_ms={**self.receipt.timings_ms, "encode": elapsed_ms}
        )
        text = json.dumps(receipt.as_json(names), ensure_ascii=False, indent=1)
        files[RECEIPT_NAME] = text.encode() + b"\n"
        return files

    def save(self, folder: str | os.PathLike[str]) -> list[Path]:
        """Write the pictures and the receipt, as `poster make` does.

        Args:
            folder: created if it is missing; existing files with these names are replaced, all of
                them or none.

        Returns:
            The files' paths, the cover first and poster.json last.

        Raises:
            OSError: the files cannot be written.
        """
        return write_files(self.encode(), Path(folder))

    def __repr__(self) -> str:
        """Describe the poster in one line, without the pixel arrays."""
        made = ", ".join(self.pictures)
        receipt = self.receipt
        size = f"{receipt.width} x {receipt.height}"
        return f"<Poster: {made}; {size}, {receipt.engine}, seed {receipt.seed}>"

    def _repr_png_(self) -> bytes:
        """Show the poster in a notebook: cover and envelope side by side, scaled down."""
        shown = [picture for picture in (self.cover, self.envelope) if picture is not None]
        small = [_shrink(picture) for picture in shown]
        return encode_image(np.hstack(small), "png", 0, "{}")


def _shrink(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Scale a picture to the notebook's height, as RGBA."""
    height, width = picture.shape[:2]
    size = round(width * _SHOWN_HEIGHT / height), _SHOWN_HEIGHT
    small = Image.fromarray(picture).convert("RGBA").resize(size, Image.Resampling.LANCZOS)
    return np.asarray(small)
