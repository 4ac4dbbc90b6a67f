"""The font packages -> each face's file, character coverage and shaper.

Does not know which face is used for what: voices do.
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
class FontFace:
    """One face of one file.

    Args:
        package: name of the Python package (not the distribution) that contains the file.
        file: path inside the package.
        index: of the face in a font collection.
    """

    package: str
    file: str
    index: int = 0


def _noto(name: str) -> FontFace:
    return FontFace("manimgx_fonts", f"Noto{name}[wght].ttf")


def _wide(subtag: str, name: str) -> FontFace:
    return FontFace(f"pylopdf_fonts_{subtag}", f"Noto{name}-Variable.ttf")


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
"""ISO 15924 code -> Noto's name of the script."""

SERIFS = {
    "Arab": "Noto Naskh Arabic",
    "Deva": "Noto Serif Devanagari",
    "Hebr": "Frank Ruhl Libre",
    "Thai": "Noto Serif Thai",
}
"""ISO 15924 code -> the family with stroke contrast, for scripts that have one here."""

CJK_SERIFS = {"JP": "jp", "KR": "ko", "SC": "zh_cn", "TC": "zh_tw"}
"""Region of Noto Serif -> subtag in its package's name. Each has one weight only, 400."""

FACES = {
    "Anton": FontFace("fontpkg_anton", "files/Anton-Regular.ttf"),
    "Archivo": FontFace("fontpkg_archivo", "files/Archivo[wdth,wght].ttf"),
    "Bodoni Moda": FontFace("fontpkg_bodoni_moda", "files/BodoniModa[opsz,wght].ttf"),
    "Oswald": FontFace("fontpkg_oswald", "files/Oswald[wght].ttf"),
    "Playfair Display": FontFace("fontpkg_playfair_display", "files/PlayfairDisplay[wght].ttf"),
    "Roboto Flex": FontFace(
        "fontpkg_roboto_flex",
        "files/RobotoFlex[GRAD,XOPQ,XTRA,YOPQ,YTAS,YTDE,YTFI,YTLC,YTUC,opsz,slnt,wdth,wght].ttf",
    ),
    "Source Serif 4": FontFace("fontpkg_source_serif_4", "files/SourceSerif4[opsz,wght].ttf"),
    "Noto Sans": FontFace("fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf"),
    "Frank Ruhl Libre": FontFace("fontpkg_frank_ruhl_libre", "files/FrankRuhlLibre[wght].ttf"),
    "Noto Naskh Arabic": _wide("ar", "NaskhArabic"),
    "Noto Serif Devanagari": _wide("hi", "SerifDevanagari"),
    "Noto Serif Thai": _wide("th", "SerifThai"),
    **{
        f"Noto Serif {region}": FontFace(
            f"pylopdf_fonts_{subtag}", f"NotoSerif{region}-Regular.otf"
        )
        for region, subtag in CJK_SERIFS.items()
    },
    "Noto Sans Symbols": _noto("SansSymbols"),
    **{f"Noto Sans {name}": _noto(f"Sans{name}") for name in NOTO_SCRIPTS.values()},
    # These have all weights and a width axis, which the same families above lack.
    "Noto Sans Arabic": _wide("ar", "SansArabic"),
    "Noto Sans Devanagari": _wide("hi", "SansDevanagari"),
    "Noto Sans Hebrew": _wide("he", "SansHebrew"),
    "Noto Sans Thai": _wide("th", "SansThai"),
    **{
        f"Noto Sans CJK {region}": FontFace("manimgx_fonts_cjk", _CJK_FILE, index)
        for index, region in enumerate(("JP", "KR", "SC", "TC", "HK"))
    },
}
"""Family name, as the font itself spells it -> face. All are under the OFL-1.1."""


def face_path(family: str) -> Path:
    """Find the file of a family.

    Args:
        family: a key of FACES.

    Returns:
        Path of a font file or collection.

    Raises:
        AssetError: its package is not installed or incomplete.
    """
    face = FACES[family]
    spec = find_spec(face.package)
    distribution = face.package.replace("_", "-")
    if spec is None or spec.origin is None:
        raise AssetError(f"the font package {distribution} is not installed: install it")
    path = Path(spec.origin).parent / face.file
    if not path.is_file():
        raise AssetError(f"the font package {distribution} lacks {family}: reinstall it")
    return path


def font_folders() -> list[Path]:
    """List the folders that contain the faces.

    Returns:
        Each folder once. If two contain a family of the same name, the one in FACES comes first,
        since Typst keeps the first.

    Raises:
        AssetError: a package is not installed or incomplete.
    """
    folders = dict.fromkeys(face_path(family).parent for family in FACES)
    # This package also has families that other packages have with more axes.
    return sorted(folders, key=lambda folder: folder.name == "manimgx_fonts")


@cache
def shaping_face(family: str) -> hb.Face:
    """Open a family's face for shaping, memory-mapped and cached."""
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
