"""Pixels and coding-independent code points -> sRGB, HDR tone-mapped to white at 203 nits.

Code points say which primaries and transfer function a picture has, without an ICC profile: PNG
(cICP), AVIF and HEIF (nclx) carry them. Does not read files.

Source: ITU-T H.273 (code points), ITU-R BT.2100 (PQ and HLG), BT.2408 (203 nits).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

WHITE_NITS = 203.0
"""Luminance of diffuse white in HDR pictures. Source: ITU-R BT.2408, table 1."""

_HLG_PEAK_NITS = 1000.0
"""Display for which HLG's system gamma is 1.2. Source: ITU-R BT.2100, table 5."""

_KNEE = 0.75
"""Light, as a share of white, up to which tone mapping changes nothing if highlights are brighter
than white; beyond it they are compressed."""

_BAND = 256
"""Rows converted at a time: floats of a whole photo of 50 megapixels would take 600 MB."""

_SAMPLE = 4
"""Every which row and column is looked at for the brightness of highlights."""

D65 = (0.3127, 0.3290)
Chromaticities = tuple[float, ...]
"""x and y of white, red, green and blue, as in PNG's cHRM."""

PRIMARIES: dict[int, Chromaticities] = {
    1: (*D65, 0.640, 0.330, 0.300, 0.600, 0.150, 0.060),  # BT.709, sRGB
    4: (0.310, 0.316, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),  # BT.470 M
    5: (*D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),  # BT.470 BG, PAL
    6: (*D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),  # BT.601, NTSC
    7: (*D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),  # SMPTE 240M
    8: (0.310, 0.316, 0.681, 0.319, 0.243, 0.692, 0.145, 0.049),  # film
    9: (*D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),  # BT.2020
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # DCI P3
    12: (*D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # Display P3
    22: (*D65, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),  # EBU 3213
}
SRGB = PRIMARIES[1]


def gamma_curve(exponent: float) -> Callable[[Floats], Floats]:
    """Exponent -> the function from codes in [0, 1] to light that has it."""
    return lambda code: code**exponent


def srgb_curve(code: Floats) -> Floats:
    """Codes in [0, 1] -> light. Source: IEC 61966-2-1."""
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def _pq(code: Floats) -> Floats:
    m1, m2 = 2610 / 16384, 2523 / 4096 * 128
    c1, c2, c3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
    power = code ** (1 / m2)
    return 10_000 / WHITE_NITS * (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1)


def _logarithmic(decades: float) -> Callable[[Floats], Floats]:
    return lambda code: np.where(code > 0, 10 ** (decades * (code - 1)), 0)


def _dcdm(code: Floats) -> Floats:
    return 52.37 / 48 * code**2.6


def _hlg(code: Floats) -> Floats:
    a = 0.17883277
    b, c = 1 - 4 * a, 0.5 - a * np.log(4 * a)
    return np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)


PQ, HLG = 16, 18
TRANSFERS: dict[int, Callable[[Floats], Floats]] = {
    4: gamma_curve(2.2),
    5: gamma_curve(2.8),
    8: gamma_curve(1.0),
    9: _logarithmic(2.0),
    10: _logarithmic(2.5),
    13: srgb_curve,
    PQ: _pq,
    17: _dcdm,
    HLG: _hlg,
    # Cameras and browsers show these as sRGB: their curve is a camera's, not a display's.
    **dict.fromkeys((1, 6, 7, 11, 12, 14, 15), srgb_curve),
}
"""Transfer -> from codes in [0, 1] to light, of which 1 is white."""


@dataclass(frozen=True, slots=True)
class ColourCode:
    """How a picture's numbers stand for colours.

    Args:
        chromaticities: of its primaries and white.
        decode: codes in [0, 1] -> light, float64; 1 is white, HDR goes beyond.
        is_hlg: whether that light is the scene's, as HLG has it, and not a display's.
    """

    chromaticities: Chromaticities
    decode: Callable[[Floats], Floats]
    is_hlg: bool = False

    def to_srgb(self, pixels: npt.NDArray[np.unsignedinteger]) -> npt.NDArray[np.uint8]:
        """Convert pixels.

        Args:
            pixels: HWC, uint8 or uint16, full range.

        Returns:
            HWC uint8, sRGB, [0, 255], tone-mapped if anything is brighter than white; hues of
            colours that sRGB lacks are kept by clipping each channel.
        """
        full = np.iinfo(pixels.dtype).max
        table = self.decode(np.arange(full + 1) / full).astype(np.float32)
        matrix = matrix_to_srgb(self.chromaticities).astype(np.float32)
        # A few pixels of noise or sparkle may be brighter, and clip.
        sample = self._light(table[pixels[::_SAMPLE, ::_SAMPLE]])
        peak = float(np.percentile(sample.max(axis=-1), 99.9))
        bands = (pixels[start : start + _BAND] for start in range(0, len(pixels), _BAND))
        return np.concatenate([self._shown(table[band], peak, matrix) for band in bands])

    def _shown(
        self, light: npt.NDArray[np.float32], peak: float, matrix: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.uint8]:
        light = compress(self._light(light), peak)
        return encode_srgb(np.asarray(cv2.transform(light, matrix), np.float32))

    def _light(self, light: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Display light of a band, of which 1 is white."""
        if not self.is_hlg:
            return light
        # The system gamma of BT.2100, table 5: 1.2 by the luminance in BT.2020's primaries.
        luminance = light @ np.array((0.2627, 0.6780, 0.0593), np.float32)
        gain = np.float32(_HLG_PEAK_NITS / WHITE_NITS) * luminance ** np.float32(0.2)
        return light * gain[..., None]


def compress(light: npt.NDArray[np.float32], peak: float) -> npt.NDArray[np.float32]:
    """Compress highlights into what a print has.

    Args:
        light: HWC, 1 is white.
        peak: the greatest value in the whole picture.

    Returns:
        The same where nothing is brighter than white. Else the brightest channel of each pixel is
        kept up to _KNEE and rolls off from there to 1 at the peak, with a continuous slope; the
        other channels follow, so that hues stay.
    """
    if peak <= 1:
        return light
    brightest = light.max(axis=-1)
    room, reach = 1 - _KNEE, peak - _KNEE
    over = np.maximum(brightest - _KNEE, 0)
    # A hyperbola with slope 1 at the knee, through (peak, 1).
    rolled = over / (1 + over * (1 / room - 1 / reach))
    shown = np.where(brightest > _KNEE, _KNEE + rolled, brightest)
    gain = shown / np.maximum(brightest, 1e-6)
    return np.asarray(light * gain[..., None], np.float32)


def encode_srgb(light: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Encode linear light.

    Args:
        light: any shape; clipped to [0, 1].

    Returns:
        uint8, [0, 255]. Source: IEC 61966-2-1.
    """
    clipped = np.clip(light, 0, 1)
    coded = np.where(clipped <= 0.0031308, 12.92 * clipped, 1.055 * clipped ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(255 * coded), np.uint8)


def matrix_to_srgb(chromaticities: Chromaticities) -> Floats:
    """Compute the matrix from light in some primaries to light in sRGB's.

    Args:
        chromaticities: of the primaries and white.

    Returns:
        3 x 3; white goes to white (von Kries in Bradford's cones).
    """
    to_xyz = _adapted(chromaticities) @ _to_xyz(chromaticities)
    return np.asarray(np.linalg.solve(_to_xyz(SRGB), to_xyz), np.float64)


def _to_xyz(chromaticities: Chromaticities) -> Floats:
    white, *primaries = (
        np.array((x / y, 1.0, (1 - x - y) / y))
        for x, y in zip(chromaticities[::2], chromaticities[1::2], strict=True)
    )
    columns = np.stack(primaries, axis=-1)
    return columns * np.linalg.solve(columns, white)


def _adapted(chromaticities: Chromaticities) -> Floats:
    bradford = np.array(
        ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
    )
    here, there = (
        bradford @ (x / y, 1.0, (1 - x - y) / y) for x, y in (chromaticities[:2], SRGB[:2])
    )
    return np.linalg.solve(bradford, np.diag(there / here) @ bradford)
