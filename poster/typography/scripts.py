"""Text -> its script, language and direction.

Does not know fonts, nor whether a script can be set.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import regex
import uharfbuzz as hb  # type: ignore[import-untyped]  # ships no types

Direction = Literal["ltr", "rtl"]

RTL_SCRIPTS = frozenset(
    {"Adlm", "Arab", "Hebr", "Mand", "Mend", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"}
)
"""Modern right-to-left scripts. Source: Unicode 16, Script and Bidi_Class."""

RTL_LANGUAGES = frozenset(
    {"ar", "arc", "ckb", "dv", "fa", "he", "ks", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"}
)
"""Languages usually written from right to left. Source: CLDR 46, orientation."""

CJK_SCRIPTS = frozenset({"Bopo", "Hang", "Hani", "Hira", "Kana"})
"""Scripts that a CJK font covers together."""

LANGUAGE_OF_SCRIPT = {
    "Arab": "ar",
    "Armn": "hy",
    "Beng": "bn",
    "Bopo": "zh-Hant",
    "Cyrl": "ru",
    "Deva": "hi",
    "Ethi": "am",
    "Geor": "ka",
    "Grek": "el",
    "Gujr": "gu",
    "Guru": "pa",
    "Hang": "ko",
    "Hebr": "he",
    "Jpan": "ja",
    "Khmr": "km",
    "Knda": "kn",
    "Laoo": "lo",
    "Mlym": "ml",
    "Mymr": "my",
    "Orya": "or",
    "Sinh": "si",
    "Taml": "ta",
    "Telu": "te",
    "Thai": "th",
}
"""Script -> its likeliest language, if not English. Source: CLDR 46, likely subtags."""


_TELLING_LETTERS: dict[str, tuple[tuple[str, str], ...]] = {
    "Cyrl": (
        ("uk", "ґєї"),
        ("be", "ў"),
        ("mk", "ѓќѕ"),
        ("sr", "ђћјљњџ"),
        ("kk", "ұқә"),
        ("ky", "ң"),
        ("mn", "өү"),
        ("ru", "ыэё"),
        ("uk", "і"),  # noqa: RUF001  # Ukrainian's own i
    ),
    "Arab": (
        ("ckb", "ێڵڕ"),
        ("ug", "ۈۋ"),
        ("ps", "ټډړږښځڼۍ"),
        ("ur", "ٹڈڑںےہ"),
        ("sd", "ڄٿڀڃڻ"),
        ("fa", "پچژگکی۰۱۲۳۴۵۶۷۸۹"),
    ),
    "Hebr": (("yi", "װױײ"),),
    "Deva": (("mr", "ळ"),),
}
"""Script -> languages with letters that identify them: no language listed before uses them. Source:
CLDR 46, exemplar characters."""

_BULGARIAN = regex.compile(r"ъ(?![еёюя])")
"""A vowel in Bulgarian; in Russian it only occurs between a consonant and one of these letters."""

_CANTONESE = frozenset("佢冇咁咗哋唔啲喺嗰嘅嘢嚟")
"""Characters common in written Cantonese and not used in Mandarin. Source: Unihan, kCantonese and
HKSCS."""


@lru_cache(maxsize=4096)
def script_of(character: str) -> str | None:
    """Look up the script of one character.

    Args:
        character: one code point.

    Returns:
        ISO 15924 code, or None for characters shared by many scripts (digits, punctuation,
        combining marks) and for unassigned ones.
    """
    buffer = hb.Buffer()
    buffer.add_codepoints([ord(character)])
    buffer.guess_segment_properties()
    script: str | None = buffer.script
    return None if script in {None, "Zyyy", "Zinh", "Zzzz"} else script


def dominant_script(text: str) -> str:
    """Find the script of most of a text's letters.

    Args:
        text: any text.

    Returns:
        ISO 15924 code. Kana, alone or with Han, count as Jpan; text without letters is Latn.
    """
    counts = Counter(script for character in text if (script := script_of(character)))
    kana = counts.pop("Hira", 0) + counts.pop("Kana", 0)
    if kana:
        counts["Jpan"] = kana + counts.pop("Hani", 0)
    # In a tie, max() returns the script that comes first in the text.
    return max(counts, key=lambda script: counts[script]) if counts else "Latn"


@lru_cache(maxsize=64)  # layout asks for each text of a cover again in every style
def guess_language(text: str) -> str:
    """Guess the language from the letters alone.

    Latin words are common in titles of any language, so another script decides as soon as a quarter
    of the letters belong to it.

    Args:
        text: any text.

    Returns:
        BCP 47 tag; en for Latin letters, zh-Hant for Han that only traditional Chinese uses, ja
        for Han that only Japanese uses. A short text may not contain a telling letter.
    """
    letters = [character for character in text if script_of(character)]
    others = "".join(letter for letter in letters if script_of(letter) != "Latn")
    script = dominant_script(others if len(others) * 4 >= len(letters) else text)
    if script == "Hani":
        return _language_of_han([letter for letter in letters if script_of(letter) == "Hani"])
    small = text.lower()
    for language, telling in _TELLING_LETTERS.get(script, ()):
        if any(letter in telling for letter in small):
            return language
    if script == "Cyrl" and _BULGARIAN.search(small):
        return "bg"
    return LANGUAGE_OF_SCRIPT.get(script, "en")


def direction(text: str, language: str) -> Direction:
    """Find the base direction of a paragraph.

    Args:
        text: any text.
        language: BCP 47 tag.

    Returns:
        rtl if most letters run from right to left, or if the language does and any letter does: an
        Arabic headline may contain more Latin letters than Arabic ones.
    """
    if dominant_script(text) in RTL_SCRIPTS:
        return "rtl"
    mixed = any(script_of(character) in RTL_SCRIPTS for character in text)
    return "rtl" if mixed and primary_subtag(language) in RTL_LANGUAGES else "ltr"


def primary_subtag(language: str) -> str:
    """Return the language subtag of a BCP 47 tag, in lower case: zh from zh-Hant-HK."""
    return language.partition("-")[0].lower()


def is_ignorable(character: str) -> bool:
    """Whether a character needs no glyph: spaces, joiners, variation selectors, bidi marks."""
    return unicodedata.category(character) == "Zs" or bool(
        regex.match(r"\p{Default_Ignorable_Code_Point}", character)
    )


def _language_of_han(han: Sequence[str]) -> str:
    """Count the characters that only one national character set contains.

    Source: GB/T 2312-1980 (simplified), Big5 (traditional), JIS X 0208 (Japanese).
    """
    if not _CANTONESE.isdisjoint(han):
        return "zh-Hant-HK"
    simplified = traditional = japanese = 0
    for character in han:
        mainland, taiwan = _encodes(character, "gb2312"), _encodes(character, "big5")
        simplified += mainland and not taiwan
        traditional += taiwan and not mainland
        japanese += not mainland and not taiwan and _encodes(character, "shift_jis")
    # Only Japanese mixes both: it shares some simplified forms with the mainland, but not others.
    mixed = japanese or (simplified and traditional)
    if mixed and all(_encodes(character, "shift_jis") for character in han):
        return "ja"
    return "zh-Hant" if traditional > simplified else "zh"


@lru_cache(maxsize=4096)
def _encodes(character: str, codec: str) -> bool:
    try:
        character.encode(codec)
    except UnicodeEncodeError:
        return False
    return True
