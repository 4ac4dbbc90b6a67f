"""A voice, a script and a language -> the faces to try, in order, and how to space them.

Does not know what a face covers or how a text is cut up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from poster.typography.fonts import NOTO_SCRIPTS
from poster.typography.scripts import CJK_SCRIPTS

ALPHABETS = frozenset({"Latn", "Cyrl", "Grek"})
"""Scripts that share capitals, and so a face wherever one covers them together."""


_LEVEL = ALPHABETS | {"Armn", "Ethi", "Geor", "Hebr"}
"""Scripts without marks far above or below, which lines can be set as close as Latin ones."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A face at one weight and width, and its tracking.

    Args:
        family: a key of fonts.FACES.
        weight: 100-900, as CSS counts.
        stretch: width in percent of normal.
        tracking: added between characters, in em.
    """

    family: str
    weight: int
    stretch: float = 100
    tracking: float = 0


@dataclass(frozen=True, slots=True)
class Voice:
    """How one role of type speaks.

    Args:
        alphabetic: cuts for Latin, Cyrillic and Greek; the first that covers a text sets all of it.
        noto_weight: for the scripts that Noto Sans has; its axis ends at 700.
        cjk_weight: for Noto Sans CJK.
        cjk_tracking: in em; Hangul and Han sit in wide squares that gape at display sizes.
        leading: baseline to baseline of Latin lines and their like, in em.
        cjk_leading: the same for Han, kana and Hangul, which have no descenders to clear.
        tall_leading: the same for scripts with marks far above and below.
    """

    alphabetic: tuple[Cut, ...]
    noto_weight: int
    cjk_weight: int
    cjk_tracking: float
    leading: float
    cjk_leading: float
    tall_leading: float


_TEXT = Voice(
    alphabetic=(Cut("Archivo", 500), Cut("Noto Sans", 500)),
    noto_weight=500,
    cjk_weight=500,
    cjk_tracking=0,
    leading=1.28,
    cjk_leading=1.42,
    tall_leading=1.55,
)

VOICES: dict[str, Voice] = {
    "masthead": Voice(
        alphabetic=(
            Cut("Anton", 400, tracking=-0.01),
            Cut("Oswald", 700, tracking=-0.015),
            Cut("Noto Sans", 700, tracking=-0.02),
        ),
        noto_weight=700,
        cjk_weight=900,
        cjk_tracking=-0.04,
        leading=0.98,
        cjk_leading=1.02,
        tall_leading=1.25,
    ),
    "headline": Voice(
        alphabetic=(
            Cut("Archivo", 800, stretch=75, tracking=-0.005),
            Cut("Oswald", 600),
            Cut("Noto Sans", 700, tracking=-0.005),
        ),
        noto_weight=700,
        cjk_weight=700,
        cjk_tracking=-0.02,
        leading=1.0,
        cjk_leading=1.22,
        tall_leading=1.35,
    ),
    "deck": _TEXT,
    "small": replace(_TEXT, leading=1.32),
    "stacked": Voice(
        alphabetic=(
            Cut("Anton", 400, tracking=-0.015),
            Cut("Oswald", 700, tracking=-0.02),
            Cut("Noto Sans", 700, tracking=-0.025),
        ),
        noto_weight=700,
        cjk_weight=900,
        cjk_tracking=-0.05,
        leading=0.94,
        cjk_leading=1.0,
        tall_leading=1.2,
    ),
    "serif": Voice(
        alphabetic=(Cut("Playfair Display", 500, tracking=-0.02), Cut("Noto Sans", 300)),
        noto_weight=300,
        cjk_weight=300,
        cjk_tracking=-0.03,
        leading=1.0,
        cjk_leading=1.12,
        tall_leading=1.3,
    ),
    "didone": Voice(
        alphabetic=(Cut("Bodoni Moda", 600, tracking=-0.02), Cut("Noto Sans", 300)),
        noto_weight=300,
        cjk_weight=200,
        cjk_tracking=-0.02,
        leading=0.98,
        cjk_leading=1.12,
        tall_leading=1.3,
    ),
    "serif_line": Voice(
        alphabetic=(Cut("Playfair Display", 600), Cut("Noto Sans", 500)),
        noto_weight=500,
        cjk_weight=500,
        cjk_tracking=0,
        leading=1.1,
        cjk_leading=1.28,
        tall_leading=1.4,
    ),
    "grotesque": Voice(
        alphabetic=(Cut("Archivo", 700, tracking=-0.045), Cut("Noto Sans", 700, tracking=-0.03)),
        noto_weight=700,
        cjk_weight=800,
        cjk_tracking=-0.05,
        leading=0.94,
        cjk_leading=1.06,
        tall_leading=1.25,
    ),
    "grotesque_line": Voice(
        alphabetic=(Cut("Archivo", 650, tracking=-0.01), Cut("Noto Sans", 600)),
        noto_weight=600,
        cjk_weight=600,
        cjk_tracking=0,
        leading=1.08,
        cjk_leading=1.26,
        tall_leading=1.38,
    ),
}
"""What type may be set in. Tracking and leading were set by eye on specimen sheets."""

VOICE_NAMES = tuple(VOICES)

_CJK_REGIONS = {"ko": "KR", "ja": "JP", "zh": "SC"}
_CHINESE_REGIONS = {"hant": "TC", "tw": "TC", "mo": "HK", "hk": "HK"}


def cuts_for(voice: str, script: str, language: str) -> tuple[Cut, ...]:
    """List the cuts to try for one script, best first.

    Args:
        voice: one of VOICE_NAMES.
        script: ISO 15924 code.
        language: BCP 47 tag; decides between the regional forms of Han.

    Returns:
        The script's own cuts, then those that may lend a sign the script's face lacks.
    """
    tone = VOICES[voice]
    noto = Cut("Noto Sans", tone.noto_weight)
    symbols = Cut("Noto Sans Symbols", tone.noto_weight)
    cjk = Cut(f"Noto Sans CJK {cjk_region(language)}", tone.cjk_weight, tracking=tone.cjk_tracking)
    # Signs that belong to no script, such as Arabic digits, may stand alone: any face may lend.
    lenders = tuple(Cut(f"Noto Sans {name}", tone.noto_weight) for name in NOTO_SCRIPTS.values())
    if script in CJK_SCRIPTS:
        return (cjk, *tone.alphabetic, symbols, *lenders)
    if script in NOTO_SCRIPTS:
        own = Cut(f"Noto Sans {NOTO_SCRIPTS[script]}", tone.noto_weight)
        return (own, noto, cjk, symbols, *lenders)
    return (*tone.alphabetic, cjk, symbols, *lenders)


def cjk_region(language: str) -> str:
    """Choose the national forms of Han.

    Args:
        language: BCP 47 tag.

    Returns:
        KR, JP, SC, TC or HK; SC for languages that are none of theirs.
    """
    primary, *rest = language.lower().split("-")
    regional = [_CHINESE_REGIONS[part] for part in rest if part in _CHINESE_REGIONS]
    if primary == "zh" and regional:
        return "HK" if "HK" in regional else "TC"
    return _CJK_REGIONS.get(primary, "SC")


def leading_for(voice: str, scripts: frozenset[str]) -> float:
    """Find the distance of baselines that suits the scripts of a text.

    Args:
        voice: one of VOICE_NAMES.
        scripts: ISO 15924 codes.

    Returns:
        In em; the most that any of the scripts asks for.
    """
    tone = VOICES[voice]
    asked = [tone.leading]
    if scripts & CJK_SCRIPTS:
        asked.append(tone.cjk_leading)
    if scripts - CJK_SCRIPTS - _LEVEL:
        asked.append(tone.tall_leading)
    return max(asked)
