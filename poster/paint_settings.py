"""How an engine paints one stage: size, seed, prompts, and the appearance of the envelope.

Does not know the request or the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from poster.geometry import Box

if TYPE_CHECKING:  # it imports NumPy, which would slow down the command line's --help
    from poster.colour import Colour


@dataclass(frozen=True, slots=True)
class PaintSettings:
    """How to paint one stage.

    Args:
        width: width of the picture to return, in pixels.
        height: height of the picture to return, in pixels.
        seed: seed of every random choice in this stage.
        prompt: replaces the engine's own prompt; empty keeps it.
        num_inference_steps: denoising steps; None uses the weight set's default.
        guidance_scale: guidance; None uses the weight set's default.
        speed: exact, or fast for an engine that has a faster mode.
        next_prompt: replaces the engine's own prompt in the next stage, so that both prompts can
            be encoded in one pass.
    """

    width: int
    height: int
    seed: int
    prompt: str = ""
    num_inference_steps: int | None = None
    guidance_scale: float | None = None
    speed: str = "exact"
    next_prompt: str = ""


@dataclass(frozen=True, slots=True)
class ClearArea:
    """Something on a cover that a highlight should not hide.

    Args:
        box: in the cover's pixels.
        detail: size in pixels of the finest thing in it that must stay recognisable, such as a
            letter or an eye.
    """

    box: Box
    detail: float


@dataclass(frozen=True, slots=True)
class EnvelopeAppearance:
    """The appearance of the envelope, and the areas that its highlights should avoid.

    Args:
        background: colour behind the envelope, sRGB; None is transparent.
        closure: colour of buttons and cord, sRGB; None uses the engine's own.
        glare: strength of the film's highlights, [0, 1].
        keep_clear: faces, lettering and type, in the cover's pixels.
    """

    background: Colour | None = (0, 0, 0)
    closure: Colour | None = None
    glare: float = 1.0
    keep_clear: tuple[ClearArea, ...] = ()
