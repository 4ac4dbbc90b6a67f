"""The packages that carry the faces -> where each face lies, what it covers, how it shapes.

Does not know which face is chosen for what: voices do.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import uharfbuzz as hb  # type: ignore[import-untyped]  # ships no types

from poster.errors import AssetError

_CJK_FILE = "NotoSansCJK-VF.otf.ttc"


@dataclass(frozen=True, slots=True)
class Face:
    """One face of one file.

    Args:
        package: name of the Python package (not the distribution) that carries the file.
        file: path inside the package.
        index: which face of a collection.
    """

    package: str
    file: str
    index: int = 0


def _noto(name: str) -> Face:
    return Face("manimgx_fonts", f"Noto{name}[wght].ttf")


NOTO_SCRIPTS = {
    "Arab": "Arabic",
    "Armn": "Armenian",
    "Beng": "Bengali",
    "Deva": "Devanagari",
    "Ethi": "Ethiopic",
    "Geor": "Georgian",
    "Gujr": "Gujarati",
    "Guru": "Gurmukhi",
    "Hebr": "Hebrew",
    "Khmr": "Khmer",
    "Knda": "Kannada",
    "Laoo": "Lao",
    "Mlym": "Malayalam",
    "Mymr": "Myanmar",
    "Orya": "Oriya",
    "Sinh": "Sinhala",
    "Taml": "Tamil",
    "Telu": "Telugu",
    "Thai": "Thai",
}
"""ISO 15924 code -> what Noto calls the script."""

FACES = {
    "Anton": Face("fontpkg_anton", "files/Anton-Regular.ttf"),
    "Archivo": Face("fontpkg_archivo", "files/Archivo[wdth,wght].ttf"),
    "Bodoni Moda": Face("fontpkg_bodoni_moda", "files/BodoniModa[opsz,wght].ttf"),
    "Oswald": Face("fontpkg_oswald", "files/Oswald[wght].ttf"),
    "Playfair Display": Face("fontpkg_playfair_display", "files/PlayfairDisplay[wght].ttf"),
    "Noto Sans": _noto("Sans"),
    "Noto Sans Symbols": _noto("SansSymbols"),
    **{f"Noto Sans {name}": _noto(f"Sans{name}") for name in NOTO_SCRIPTS.values()},
    **{
        f"Noto Sans CJK {region}": Face("manimgx_fonts_cjk", _CJK_FILE, index)
        for index, region in enumerate(("JP", "KR", "SC", "TC", "HK"))
    },
}
"""Family name, as the face itself spells it -> face. All are under the OFL-1.1."""


def face_path(family: str) -> Path:
    """Find the file of a family.

    Args:
        family: a key of FACES.

    Returns:
        Path of a font file or collection.

    Raises:
        AssetError: the package that carries it is not installed or not whole.
    """
    face = FACES[family]
    spec = find_spec(face.package)
    distribution = face.package.replace("_", "-")
    if spec is None or spec.origin is None:
        raise AssetError(f"the font package {distribution} is missing: install it")
    path = Path(spec.origin).parent / face.file
    if not path.is_file():
        raise AssetError(f"the font package {distribution} lacks {family}: install it again")
    return path


def font_folders() -> list[Path]:
    """List the folders that hold the faces.

    Returns:
        Each folder once, in the order of FACES.

    Raises:
        AssetError: a package is not installed or not whole.
    """
    return list(dict.fromkeys(face_path(family).parent for family in FACES))


@cache
def shaping_face(family: str) -> hb.Face:
    """Open a family's face for shaping; kept open, mapped from its file."""
    blob = hb.Blob.from_file_path(face_path(family))
    return hb.Face(blob, FACES[family].index)


@cache
def covered(family: str) -> frozenset[int]:
    """Read the code points that a family's face maps to glyphs.

    Args:
        family: a key of FACES.

    Returns:
        Unicode code points.
    """
    return frozenset(shaping_face(family).unicodes)
