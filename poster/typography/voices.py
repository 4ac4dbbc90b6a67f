"""A voice, a script and a language -> the faces to try, in order, with tracking and leading.

Does not know which characters a face covers, or how a text is split into runs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from poster.typography.fonts import NOTO_SCRIPTS, SERIFS
from poster.typography.scripts import CJK_SCRIPTS, primary_subtag

ALPHABETS = frozenset({"Latn", "Cyrl", "Grek"})
"""Scripts that share capital forms, and so share a face if one covers them all."""


_LEVEL = ALPHABETS | {"Armn", "Ethi", "Geor", "Hebr"}
"""Scripts without marks far above or below, which can take the leading of Latin."""


@dataclass(frozen=True, slots=True)
class WidthRange:
    """The width range of a cut, so that a fitted text can fill its measure at a given height.

    Args:
        narrow: weight, and width in percent, at the narrow end.
        wide: weight, and width in percent, at the wide end.
    """

    narrow: tuple[int, float]
    wide: tuple[int, float]


@dataclass(frozen=True, slots=True)
class Cut:
    """A face at one weight and width, with its tracking.

    Args:
        family: a key of fonts.FACES.
        weight: 100-900, as in CSS; clamped to the face's range.
        stretch: width in percent of normal; ignored by a face without a width axis.
        tracking: added between characters, in em; in a voice, for display sizes.
        optical: optical size in points; None in a voice, and for a face without that axis.
        width_range: in a voice, the width range for fitted text; None keeps this width.
    """

    family: str
    weight: int
    stretch: float = 100
    tracking: float = 0
    optical: float | None = None
    width_range: WidthRange | None = None

    def drawn(self, share: float) -> Cut:
        """Return the cut at a share of its width range, from 0 (narrowest) to 1 (widest)."""
        if self.width_range is None:
            return self
        (light, narrow), (heavy, wide) = self.width_range.narrow, self.width_range.wide
        weight = round(light + share * (heavy - light))
        return replace(
            self, weight=weight, stretch=narrow + share * (wide - narrow), width_range=None
        )


@dataclass(frozen=True, slots=True)
class Voice:
    """The type style of one role, across scripts.

    Args:
        alphabetic: cuts for Latin, Cyrillic and Greek; the first that covers a text sets all of it.
        noto: weight and width for the scripts of Noto Sans.
        cjk_weight: for Noto Sans CJK.
        cjk_tracking: in em; Hangul and Han have wide square bodies, which look loose at display
            sizes.
        leading: baseline to baseline of Latin and similar scripts, in em.
        cjk_leading: the same for Han, kana and Hangul, which have no descenders to clear.
        tall_leading: the same for scripts with marks far above and below.
        is_serif: whether other scripts use faces with stroke contrast, too.
        noto_width_range: width range for fitted text in the Noto scripts.
    """

    alphabetic: tuple[Cut, ...]
    noto: tuple[int, float]
    cjk_weight: int
    cjk_tracking: float
    leading: float
    cjk_leading: float
    tall_leading: float
    is_serif: bool = False
    noto_width_range: WidthRange | None = None


_TEXT = Voice(
    alphabetic=(Cut("Archivo", 500, tracking=-0.01), Cut("Noto Sans", 500, tracking=-0.01)),
    noto=(500, 100),
    cjk_weight=400,
    cjk_tracking=0,
    leading=1.28,
    cjk_leading=1.42,
    tall_leading=1.36,
)

_BLACK = WidthRange((900, 62.5), (900, 85))
_FLEX = WidthRange((720, 50), (720, 75))
_WIDE = WidthRange((700, 84), (700, 100))

VOICES: dict[str, Voice] = {
    "masthead": Voice(
        alphabetic=(
            Cut("Anton", 400, tracking=-0.01),
            Cut("Oswald", 700, tracking=-0.015),
            Cut("Roboto Flex", 720, 50, tracking=0.005, width_range=_FLEX),
            Cut("Noto Sans", 900, 70, tracking=-0.01, width_range=_BLACK),
        ),
        noto=(900, 70),
        noto_width_range=_BLACK,
        cjk_weight=900,
        cjk_tracking=-0.04,
        leading=0.98,
        cjk_leading=1.02,
        tall_leading=1.1,
    ),
    "headline": Voice(
        alphabetic=(
            Cut("Archivo", 800, stretch=75, tracking=-0.005),
            Cut("Oswald", 600),
            Cut("Roboto Flex", 780, 55),
            Cut("Noto Sans", 800, 70),
        ),
        noto=(800, 80),
        cjk_weight=700,
        cjk_tracking=-0.02,
        leading=1.0,
        cjk_leading=1.22,
        tall_leading=1.16,
    ),
    "deck": _TEXT,
    "small": replace(_TEXT, leading=1.32),
    "stacked": Voice(
        alphabetic=(
            Cut("Anton", 400, tracking=-0.015),
            Cut("Oswald", 700, tracking=-0.02),
            Cut("Roboto Flex", 720, 50, width_range=_FLEX),
            Cut("Noto Sans", 900, 70, tracking=-0.015, width_range=_BLACK),
        ),
        noto=(900, 65),
        noto_width_range=_BLACK,
        cjk_weight=900,
        cjk_tracking=-0.05,
        leading=0.94,
        cjk_leading=1.0,
        tall_leading=0.92,
    ),
    "serif": Voice(
        alphabetic=(
            Cut("Playfair Display", 500, tracking=-0.02),
            Cut("Source Serif 4", 500, tracking=-0.02),
            Cut("Noto Sans", 400),
        ),
        noto=(400, 100),
        cjk_weight=400,
        cjk_tracking=-0.03,
        leading=1.0,
        cjk_leading=1.12,
        tall_leading=1.2,
        is_serif=True,
    ),
    "didone": Voice(
        alphabetic=(
            Cut("Bodoni Moda", 600, tracking=-0.02),
            Cut("Playfair Display", 600, tracking=-0.02),
            Cut("Source Serif 4", 560, tracking=-0.02),
            Cut("Noto Sans", 400),
        ),
        noto=(500, 100),
        cjk_weight=400,
        cjk_tracking=-0.02,
        leading=0.98,
        cjk_leading=1.12,
        tall_leading=1.2,
        is_serif=True,
    ),
    "serif_line": Voice(
        alphabetic=(
            Cut("Playfair Display", 600),
            Cut("Source Serif 4", 600),
            Cut("Noto Sans", 500),
        ),
        noto=(600, 100),
        cjk_weight=700,
        cjk_tracking=0,
        leading=1.1,
        cjk_leading=1.28,
        tall_leading=1.2,
        is_serif=True,
    ),
    "grotesque": Voice(
        alphabetic=(
            Cut("Archivo", 700, tracking=-0.02, width_range=WidthRange((700, 84), (700, 118))),
            Cut("Roboto Flex", 640, 100, -0.01, width_range=WidthRange((640, 80), (640, 120))),
            Cut("Noto Sans", 700, 100, tracking=-0.03, width_range=_WIDE),
        ),
        noto=(700, 100),
        noto_width_range=_WIDE,
        cjk_weight=800,
        cjk_tracking=-0.05,
        leading=0.94,
        cjk_leading=1.06,
        tall_leading=1.1,
    ),
    "grotesque_line": Voice(
        alphabetic=(
            Cut("Archivo", 650, tracking=-0.01),
            Cut("Roboto Flex", 600, 92),
            Cut("Noto Sans", 600),
        ),
        noto=(600, 100),
        cjk_weight=600,
        cjk_tracking=0,
        leading=1.08,
        cjk_leading=1.26,
        tall_leading=1.18,
    ),
}
"""Name -> voice. Weight, tracking and leading were set by eye, on specimen sheets of every voice in
seventeen scripts and languages, at the sizes that the styles use."""

VOICE_NAMES = tuple(VOICES)

_CJK_REGIONS = {"ko": "KR", "ja": "JP", "zh": "SC"}
_CHINESE_REGIONS = {"hant": "TC", "tw": "TC", "mo": "HK", "hk": "HK"}


def cuts_for(voice: str, script: str, language: str) -> tuple[Cut, ...]:
    """List the cuts to try for one script, best first.

    Args:
        voice: one of VOICE_NAMES.
        script: ISO 15924 code.
        language: BCP 47 tag; decides the regional forms of Han and Cyrillic.

    Returns:
        The script's own cuts, then fallbacks for characters that those lack.
    """
    spec = VOICES[voice]
    weight, stretch = spec.noto
    others = Cut("", weight, stretch, width_range=spec.noto_width_range)
    # Characters of no script, such as Arabic digits, may come from any face.
    symbols, noto, *fallbacks = (
        replace(others, family=f"Noto Sans{name}")
        for name in (" Symbols", "", *(f" {name}" for name in NOTO_SCRIPTS.values()))
    )
    cjk = _cjk_cuts(spec, cjk_region(language))
    if script in CJK_SCRIPTS:
        return (*cjk, *spec.alphabetic, symbols, *fallbacks)
    if script in NOTO_SCRIPTS:
        families = [f"Noto Sans {NOTO_SCRIPTS[script]}"]
        if spec.is_serif and script in SERIFS:
            families.insert(0, SERIFS[script])
        own = (replace(others, family=family) for family in families)
        return (*own, noto, *cjk, symbols, *fallbacks)
    alphabetic = spec.alphabetic
    if primary_subtag(language) == "bg":
        # Bulgarian has its own lower-case forms, which only one of these faces has.
        alphabetic = tuple(sorted(alphabetic, key=lambda cut: cut.family != "Source Serif 4"))
    return (*alphabetic, *cjk, symbols, *fallbacks)


def _cjk_cuts(spec: Voice, region: str) -> tuple[Cut, ...]:
    sans = Cut(f"Noto Sans CJK {region}", spec.cjk_weight, tracking=spec.cjk_tracking)
    if not spec.is_serif:
        return (sans,)
    # Hong Kong's forms differ from Taiwan's in a few strokes only.
    serif = replace(sans, family=f"Noto Serif {'TC' if region == 'HK' else region}")
    return (serif, sans)


def cjk_region(language: str) -> str:
    """Choose the national forms of Han.

    Args:
        language: BCP 47 tag.

    Returns:
        KR, JP, SC, TC or HK; SC for any other language.
    """
    primary, *rest = language.lower().split("-")
    regional = [_CHINESE_REGIONS[part] for part in rest if part in _CHINESE_REGIONS]
    if primary == "zh" and regional:
        return "HK" if "HK" in regional else "TC"
    return _CJK_REGIONS.get(primary, "SC")


def leading_for(voice: str, scripts: frozenset[str]) -> float:
    """Find the leading for the scripts of a text.

    Args:
        voice: one of VOICE_NAMES.
        scripts: ISO 15924 codes.

    Returns:
        In em; the maximum that any of the scripts needs.
    """
    spec = VOICES[voice]
    asked = [spec.leading]
    if scripts & CJK_SCRIPTS:
        asked.append(spec.cjk_leading)
    if scripts - CJK_SCRIPTS - _LEVEL:
        asked.append(spec.tall_leading)
    return max(asked)
