"""What an engine receives besides pictures: paint settings, and where to report progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from poster.errors import Cancelled
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
class EnvelopeLook:
    """The look of the envelope, and the areas that its highlights should avoid.

    Args:
        background: colour behind the envelope, sRGB; None is transparent.
        closure: colour of buttons and cord, sRGB; None uses the engine's own.
        glare: strength of the film's highlights, [0, 1].
        keep_clear: faces and type, boxes in the cover's pixels.
    """

    background: Colour | None = (0, 0, 0)
    closure: Colour | None = None
    glare: float = 1.0
    keep_clear: tuple[Box, ...] = ()


def _ignore_progress(fraction: float, label: str) -> None:
    """Receive progress and do nothing."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Watch:
    """Passes on progress, and checks whether the caller has cancelled.

    Args:
        report: called with a fraction in [0, 1] and a label.
        cancelled: returns True to stop.
        start: overall fraction at which this part of the work begins.
        end: overall fraction at which this part of the work ends.
    """

    report: Callable[[float, str], None] = _ignore_progress
    cancelled: Callable[[], bool] = _never
    start: float = 0.0
    end: float = 1.0

    def progress(self, fraction: float, label: str) -> None:
        """Report the progress of this part.

        Args:
            fraction: completed fraction of this part, in [0, 1].
            label: the current step, in a few words.

        Raises:
            Cancelled: the caller cancelled.
        """
        if self.cancelled():
            raise Cancelled("cancelled by the caller")
        self.report(self.start + (self.end - self.start) * fraction, label)

    def part(self, start: float, end: float) -> Watch:
        """Return a watch for the work between two fractions of this one."""
        span = self.end - self.start
        return Watch(
            self.report, self.cancelled, self.start + span * start, self.start + span * end
        )
