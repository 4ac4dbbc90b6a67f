"""A text without spaces -> the ends of its phrases, so that lines need not break inside one.

Japanese and Chinese may legally break almost anywhere, but read badly if they do; phrases end where
a reader would pause. Does not know which breaks are legal.
"""

from __future__ import annotations

from functools import cache
from itertools import accumulate

from budoux import (
    Parser,
    load_default_japanese_parser,
    load_default_simplified_chinese_parser,
    load_default_traditional_chinese_parser,
)

from poster.typography.scripts import primary_subtag
from poster.typography.voices import cjk_region

_MODELS = {
    "JP": load_default_japanese_parser,
    "SC": load_default_simplified_chinese_parser,
    "TC": load_default_traditional_chinese_parser,
    "HK": load_default_traditional_chinese_parser,
}


def phrase_ends(text: str, language: str) -> frozenset[int]:
    """Find where phrases end. Source: the models that ship with BudouX.

    Args:
        text: any text.
        language: BCP 47 tag.

    Returns:
        Indices of the code points after each phrase, including the end of the text; empty for
        languages with spaces between words.
    """
    if primary_subtag(language) not in {"ja", "zh"} or not text:
        return frozenset()
    return frozenset(accumulate(map(len, _parser(cjk_region(language)).parse(text))))


@cache
def _parser(region: str) -> Parser:
    return _MODELS[region]()
