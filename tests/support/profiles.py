"""Small ICC profiles with colours that one can compute."""

from __future__ import annotations

import struct
from itertools import product

import numpy as np
from PIL import ImageCms

# Colorants adapted to D50, columns of the matrix to XYZ. Source: the ICC's sRGB and Apple's
# Display P3 profiles.
SRGB = np.array(
    [[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]]
)
DISPLAY_P3 = np.array(
    [[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]]
)


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def matrix_profile(colorants: np.ndarray) -> bytes:
    """The sRGB profile with other colorants."""
    profile = bytearray(srgb_profile())
    for name, colorant in zip((b"rXYZ", b"gXYZ", b"bXYZ"), colorants.T, strict=True):
        (offset,) = struct.unpack_from(">I", profile, profile.index(name, 128) + 4)
        struct.pack_into(">3i", profile, offset + 8, *np.rint(colorant * 65536).astype(int))
    profile[84:100] = bytes(16)  # the profile's own checksum no longer holds
    return bytes(profile)


def with_tag(profile: bytes, name: bytes, body: bytes) -> bytes:
    """A profile with one tag more."""
    (count,) = struct.unpack_from(">I", profile, 128)
    table_end = 132 + 12 * count
    table = b"".join(
        struct.pack(">4sII", tag, place + 12, size)
        for tag, place, size in struct.iter_unpack(">4sII", profile[132:table_end])
    )
    table += struct.pack(">4sII", name, len(profile) + 12, len(body))
    longer = struct.pack(">I", count + 1) + table + profile[table_end:] + body
    return struct.pack(">I", 128 + len(longer)) + profile[4:128] + longer


D50 = (63190, 65536, 54061)


def cmyk_profile(*, darkest: int = 0, paper: tuple[int, int, int] = D50) -> bytes:
    """A press whose cyan prints as a strong red, which plain arithmetic would not give.

    Its black has a lightness of `darkest` in 255, its paper is `paper` in 65536ths of XYZ.
    """

    def lab(inks: tuple[int, ...]) -> bytes:
        cyan, _, _, black = inks
        return bytes((darkest, 128, 128) if black else (128, 200, 180) if cyan else (255, 128, 128))

    straight = bytes(range(256))
    identity = struct.pack(">9i", *(np.eye(3).ravel() * 65536).astype(int))
    grid = b"".join(lab(inks) for inks in product((0, 1), repeat=4))
    table = b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + identity + straight * 4 + grid + straight * 3
    white = b"XYZ " + bytes(4) + struct.pack(">3i", *paper)
    start = 128 + 4 + 3 * 12
    body = struct.pack(">I", 3)
    # One table for both intents; by the second the black point is looked for.
    for tag, place, size in (
        (b"A2B0", start, len(table)),
        (b"A2B1", start, len(table)),
        (b"wtpt", start + len(table), 20),
    ):
        body += struct.pack(">4sII", tag, place, size)
    body += table + white
    header = bytearray(128)
    struct.pack_into(
        ">I4sI4s4s4s", header, 0, 128 + len(body), b"", 0x02400000, b"scnr", b"CMYK", b"Lab "
    )
    header[36:40] = b"acsp"
    struct.pack_into(">3i", header, 68, *D50)
    return bytes(header) + body


def grey_profile(gamma: float) -> bytes:
    """A grey scale whose light is the code to the power of gamma."""
    white = b"XYZ " + bytes(4) + struct.pack(">3i", *D50)
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    start = 128 + 4 + 2 * 12
    body = struct.pack(">I", 2)
    body += struct.pack(">4sII", b"wtpt", start, len(white))
    body += struct.pack(">4sII", b"kTRC", start + len(white), len(curve))
    body += white + curve
    header = bytearray(128)
    struct.pack_into(
        ">I4sI4s4s4s", header, 0, 128 + len(body), b"", 0x02400000, b"mntr", b"GRAY", b"XYZ "
    )
    header[36:40] = b"acsp"
    struct.pack_into(">3i", header, 68, *D50)
    return bytes(header) + body
