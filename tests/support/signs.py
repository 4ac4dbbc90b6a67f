"""Signs with words in many scripts, drawn on photos."""

from __future__ import annotations

from importlib.resources import files

from PIL import Image, ImageDraw, ImageFont

from poster.geometry import Box

WORDS = {
    "en": ("fontpkg_anton", "files/Anton-Regular.ttf", "OPEN DAILY"),
    "fr": ("fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf", "Café Lumière"),
    "ru": ("fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf", "Аптека"),
    "ko": ("pylopdf_fonts_ko", "NotoSansKR-Regular.otf", "서울식당"),
    "ja": ("pylopdf_fonts_jp", "NotoSerifJP-Regular.otf", "古書店街"),
    "ar": ("pylopdf_fonts_ar", "NotoSansArabic-Variable.ttf", "مقهى النور"),
    "hi": ("pylopdf_fonts_hi", "NotoSansDevanagari-Variable.ttf", "हिन्दी बाज़ार"),
    "th": ("pylopdf_fonts_th", "NotoSansThai-Variable.ttf", "ร้านอาหาร"),
    "he": ("pylopdf_fonts_he", "NotoSansHebrew-Variable.ttf", "בית קפה"),
}
"""Language -> package and file of a font, and what the sign says."""


def draw_sign(
    photo: Image.Image, place: tuple[int, int], size: int, language: str = "en", text: str = ""
) -> Box:
    """Draw a dark sign with white words.

    Args:
        photo: to draw on.
        place: x and y of the words.
        size: pixels per em.
        language: a key of WORDS.
        text: what it says; by default, that language's words.

    Returns:
        The box of the words' ink.
    """
    package, file, words = WORDS[language]
    font = ImageFont.truetype(str(files(package) / file), size)
    draw = ImageDraw.Draw(photo)
    ink = Box(*(round(edge) for edge in draw.textbbox(place, text or words, font=font)))
    draw.rectangle(ink.grown(size // 2, size // 2).edges, fill=(30, 50, 70))
    draw.text(place, text or words, font=font, fill=(245, 240, 230))
    return ink
