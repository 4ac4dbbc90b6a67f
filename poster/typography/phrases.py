"""A text -> where its phrases end, so that lines need not break inside one.

Japanese and Chinese may legally break almost anywhere, but read badly if they do; phrases end where
a reader would pause. In languages with spaces, articles, prepositions, conjunctions and negations
cling to the next word. Does not know which breaks are legal.
"""

# ruff: noqa: RUF001  # letters and signs that look like Latin ones are meant

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


_CLINGING = {
    "en": "a an the to of and or for in on at by with from into not no how your our my its be is &",
    "de": "der die das den dem des ein eine einen und oder für im am zu zum zur von mit auf",
    "nl": "de het een en of van voor met naar niet in op",
    "fr": "le la les un une du des et ou à au aux dans sur pour par sans qui que ne en",
    "es": "el la los las un una y o de del al con por para sin en se",
    "it": "il lo la gli le un una i e o di da della del nel con per non che",
    "pt": "o a os as um uma e do da dos das no na nos nas em com por para sem não",
    "ro": "un o și cu din pe la în de",
    "pl": "w z na po od do dla i o u za nie",
    "cs": "v ve k ke s se z ze na po od do i a o u za pro při ne",
    "tr": "ve bir en",
    "vi": "của và ở cho những các trong không",
    "ru": "в во на с со к о об у и а но не по из за от до для без",
    "uk": "в у на з із до та і й а не по за від для без як що",
    "el": "ο η το οι τα του της των τον την στο στη στην στον στις στα και με για από σε να δεν",
    "ar": "في من على إلى عن مع لا ما دون بين",
    "fa": "در از به با و که",
    "he": "של על את לא שלא אל עם כל בין או אין",
    "hi": "और न बिना",
}
"""Language -> words after which a line should not end."""

_CLING = frozenset(word for words in _CLINGING.values() for word in words.split())
"""One set of them, since a text seldom says its language; a word that does not cling in another
language costs a little evenness there."""

_LEAN = frozenset(("का", "की", "के", "को", "से", "में", "पर", "ने", "तक"))
"""Hindi's words that belong to the one before them, so that a line should not begin with them."""

_LEANING = frozenset("的了着过们吗呢吧之")
"""The same of characters in Chinese."""

_MARKS = "“”„«»‹›\"'‘’¿¡([{"


def splits_phrase(before: str, after: str) -> bool:
    """Whether a line that ends at a space would leave a word that clings to its neighbour.

    Args:
        before: the text up to the space.
        after: the text from there on.

    Returns:
        True if the last word before it, or the first one after it, does not stand by itself.
    """
    last, first = before.rsplit(maxsplit=1)[-1:], after.split(maxsplit=1)[:1]
    clings = bool(last) and last[0].lstrip(_MARKS).casefold() in _CLING
    return clings or (bool(first) and first[0] in _LEAN)


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
    ends = accumulate(map(len, _parser(cjk_region(language)).parse(text)))
    return frozenset(end + (text[end : end + 1] in _LEANING) for end in ends)


@cache
def _parser(region: str) -> Parser:
    return _MODELS[region]()
