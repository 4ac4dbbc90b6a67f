"""What comes out: the pictures and the receipt.

Knows neither files nor formats: encode writes them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poster.geometry import Box, Quad


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of type on the cover, as it was set.

    Args:
        role: masthead, headline, deck, kicker or folio.
        text: as set.
        script: ISO 15924 code.
        language: BCP 47 tag.
        box: tight ink in cover pixels, before the subject covers any of it.
        envelope_box: where that box lies in envelope pixels; None without an envelope.
        font: name of the main face.
        size_px: type size in cover pixels per em.
        colour: #RRGGBB.
        contrast: 10th percentile of the WCAG ratio of visible ink to what surrounds it, on the
            finished cover.
        hidden: share of the ink behind the subject, [0, 1].
        missing_glyphs: characters without a glyph; text with any is refused, so 0.
        letter_contrast: the same of the letter that stands out least.
        letter_hidden: share of the ink of the letter that loses most behind the subject, [0, 1].
        glare: mean linear radiance that the film adds over the box, where the paper of a white
            cover has 0.9; None without an envelope, or where its engine does not know.
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
        """The receipt's form: JSON types, figures rounded."""
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
    """How well the type sits on the picture; 0 is best in each.

    Args:
        occlusion: mean subject matte under the boxes, [0, 1].
        readability: mean Sobel magnitude of the picture under the boxes, [0, 1].
        overlap: sum of the pairwise IoU of the boxes over their number.
        alignment: mean over boxes of the least distance of any edge or centre line to another
            box's, over the cover's side.
    """

    occlusion: float
    readability: float
    overlap: float
    alignment: float

    def as_json(self) -> dict[str, float]:
        """The receipt's form."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class VariantNote:
    """What sets a further cover of a request apart.

    Args:
        seed: of what was painted and of the grain.
        style: of the cover.
        style_why: why it was chosen.
    """

    seed: int
    style: str
    style_why: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was made, by whom and how well.

    Args:
        engine: studio or flux: of the first stage that was painted.
        seed: same request and seed, same poster.
        width: of both pictures, in pixels.
        height: of both pictures, in pixels.
        blocks: every piece of type on the cover.
        layout: None where no cover was set.
        type_locked: whether the type in the envelope is exactly the type that was set.
        timings_ms: stage -> wall time in milliseconds.
        versions: distribution -> version, of all that can change a pixel.
        engines: stage that was painted, cover or envelope -> studio or flux.
        weights: stage -> role -> file, for each stage that a diffusion engine painted.
        style: of the cover; empty where no type was set.
        style_why: why it was chosen, where the request left it open.
        variants: of the further covers, in their order.
        effective_dpi: photo pixels to the inch at the trim size, where they are fewer than 300;
            None where they are enough.
        envelope_variant: which of the stored envelopes it is; empty without an envelope, or where
            an engine painted it.
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
    effective_dpi: float | None = None
    envelope_variant: str = ""

    def as_json(self, files: dict[str, str] | None = None) -> dict[str, Any]:
        """The whole receipt.

        Args:
            files: stage -> file name, as a door wrote them.

        Returns:
            JSON types, in the order of the design.
        """
        lasting = self.lasting_json()
        return {
            **{name: lasting[name] for name in ("engine", "seed", "width", "height")},
            **{name: lasting[name] for name in ("blocks", "layout", "style", "style_why")},
            **{name: lasting[name] for name in ("variants", "effective_dpi")},
            **{name: lasting[name] for name in ("envelope_variant", "engines", "type_locked")},
            "files": files or {},
            "timings_ms": self.timings_ms,
            **{name: lasting[name] for name in ("versions", "weights")},
        }

    def lasting_json(self) -> dict[str, Any]:
        """The receipt without what differs from run to run: it goes into the pictures."""
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
            "effective_dpi": self.effective_dpi and round(self.effective_dpi),
            "envelope_variant": self.envelope_variant,
            "engines": self.engines,
            "type_locked": self.type_locked,
            "versions": self.versions,
            "weights": self.weights,
        }


@dataclass(frozen=True, slots=True)
class Poster:
    """A finished poster.

    Args:
        cover: HWC uint8, sRGB, [0, 255]; None where only an envelope was asked for.
        envelope: HWC uint8, sRGB, [0, 255], with straight alpha where its background is
            transparent; None where only a cover was asked for.
        receipt: what was made.
        variants: further covers of the same request, as cover.
        contact_sheet: all covers beside one another, as cover; None where there is but one.
        layers: name -> HWC uint8, sRGB and alpha, [0, 255]: the cover taken apart, where it is to
            be printed.
        pdf: the cover as a PDF; None where it is not to be printed.
    """

    cover: NDArray[np.uint8] | None
    envelope: NDArray[np.uint8] | None
    receipt: Receipt
    variants: tuple[NDArray[np.uint8], ...] = ()
    contact_sheet: NDArray[np.uint8] | None = None
    layers: dict[str, NDArray[np.uint8]] = field(default_factory=dict)
    pdf: bytes | None = None

    @property
    def pictures(self) -> dict[str, NDArray[np.uint8]]:
        """Every picture that there is, by the name that its file gets."""
        named = {
            "cover": self.cover,
            "envelope": self.envelope,
            **{f"cover_{number}": cover for number, cover in enumerate(self.variants, 2)},
            "contact_sheet": self.contact_sheet,
            **{f"cover_{name}": layer for name, layer in self.layers.items()},
        }
        return {name: picture for name, picture in named.items() if picture is not None}
