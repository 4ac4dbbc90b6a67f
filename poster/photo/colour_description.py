"""What a file says of its colours, apart from an ICC profile -> what that means, and notes on it.

Does not read files or convert pixels.

Source: ITU-T H.273 (code points).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from poster.photo.cicp import (
    D65,
    HLG,
    PQ,
    PRIMARIES,
    SRGB,
    TRANSFERS,
    Chromaticities,
    ColourCode,
    gamma_curve,
    srgb_curve,
)

_BT709, _BT2020, _SRGB_TRANSFER, _UNSPECIFIED = 1, 9, 13, 2

_MIN_AREA = 0.01
"""Primaries whose triangle is smaller than half of this, or has less than this share of one of them
in its white, span next to no colours; sRGB's figures are 0.11 and 0.2."""

USUAL_GAMMA = 1 / 2.2
"""Exponent from light to codes in files without a profile: sRGB is near it."""
_MIN_GAMMA = 0.1
"""Smaller exponents, and greater ones than its inverse, are mistakes: Macs had 1 / 1.8, and linear
light has 1."""

_HDR = "the photo is HDR; parts of it that are brighter than white paper were toned down"


@dataclass(frozen=True, slots=True)
class ColourDescription:
    """What a file says of its colours, apart from an ICC profile.

    Args:
        code: how its numbers stand for colours; None for sRGB, which is also what counts if the
            file says nothing.
        notes: a sentence for whatever in the description was not followed.
        is_unknown: whether nothing of it could be followed, so that another one may be better.
    """

    code: ColourCode | None = None
    notes: tuple[str, ...] = ()
    is_unknown: bool = False


SRGB_COLOURS = ColourDescription()

ADOBE_RGB = ColourDescription(
    ColourCode((*D65, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06), gamma_curve(563 / 256))
)
"""Source: Adobe RGB (1998) Color Image Encoding, 4.3."""


def describe_code_points(primaries: int, transfer: int) -> ColourDescription:
    """Look up code points.

    Args:
        primaries: ColourPrimaries of H.273.
        transfer: TransferCharacteristics of H.273.

    Returns:
        What they mean. Whichever of the two is unspecified is taken to be sRGB's, or BT.2020's for
        the primaries of HDR.
    """
    is_hdr = transfer in (PQ, HLG)
    if primaries == _UNSPECIFIED:
        primaries = _BT2020 if is_hdr else _BT709
    if transfer == _UNSPECIFIED:
        transfer = _SRGB_TRANSFER
    if primaries not in PRIMARIES or transfer not in TRANSFERS:
        note = (
            f"the photo's colours are coded as {primaries}/{transfer} of ITU-T H.273, which is not "
            "supported; they were taken as sRGB and may be off"
        )
        return ColourDescription(notes=(note,), is_unknown=True)
    if PRIMARIES[primaries] == SRGB and TRANSFERS[transfer] is srgb_curve:
        return SRGB_COLOURS
    code = ColourCode(PRIMARIES[primaries], TRANSFERS[transfer], transfer == HLG)
    return ColourDescription(code, (_HDR,) if is_hdr else ())


def describe_gamma(
    gamma: float = USUAL_GAMMA, chromaticities: Chromaticities = SRGB
) -> ColourDescription:
    """Describe colours by PNG's gAMA and cHRM, or by TIFF's tags that say the same.

    Args:
        gamma: the exponent from light to codes.
        chromaticities: of white and the primaries.

    Returns:
        What they mean; nonsense is replaced by sRGB's, and noted.
    """
    notes: tuple[str, ...] = ()
    if not _span_colours(chromaticities):
        chromaticities = SRGB
        notes = ("the photo's primary colours make no sense and were taken as sRGB's",)
    if not _MIN_GAMMA <= gamma <= 1 / _MIN_GAMMA:
        gamma = USUAL_GAMMA
        notes += ("the photo's gamma makes no sense and was taken as sRGB's",)
    is_usual = abs(gamma - USUAL_GAMMA) < 0.01
    if is_usual and np.allclose(chromaticities, SRGB, atol=0.002):
        return ColourDescription(notes=notes)
    code = ColourCode(chromaticities, srgb_curve if is_usual else gamma_curve(1 / gamma))
    return ColourDescription(code, notes)


def _span_colours(chromaticities: Chromaticities) -> bool:
    """Whether white lies well inside the triangle of the primaries."""
    if not np.isfinite(chromaticities).all():
        return False
    white, *corners = zip(chromaticities[::2], chromaticities[1::2], strict=True)
    if min(y for _, y in (white, *corners)) <= 0 or max(chromaticities) > 1:
        return False
    columns = np.array([(x, y, 1) for x, y in corners]).T
    if abs(np.linalg.det(columns)) < _MIN_AREA:
        return False
    return bool(np.linalg.solve(columns, (*white, 1)).min() > _MIN_AREA)
