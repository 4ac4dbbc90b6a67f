"""What an engine is told beside the pictures: how to paint, and whom to tell how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from poster.errors import Cancelled
from poster.geometry import Box

if TYPE_CHECKING:  # NumPy comes with it, and the command line's --help shall not wait
    from poster.colour import Colour


@dataclass(frozen=True, slots=True)
class PaintSettings:
    """How to paint one stage.

    Args:
        width: of the picture to return, in pixels.
        height: of the picture to return, in pixels.
        seed: of every random draw in this stage.
        prompt: replaces the engine's own prompt; empty keeps it.
        num_inference_steps: denoising steps; None leaves it to the weights.
        guidance_scale: guidance; None leaves it to the weights.
        speed: exact, or fast for an engine that has a quicker way.
        next_prompt: replaces the engine's own prompt in the stage to come, so that both can be
            encoded in one pass.
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
    """What the envelope is like, and what its highlights shall leave alone.

    Args:
        background: what it lies on, sRGB; None is transparent.
        closure: colour of buttons and cord, sRGB; None leaves it to the engine.
        glare: share of the film's highlights, [0, 1].
        keep_clear: faces and type, boxes in the cover's pixels.
    """

    background: Colour | None = (0, 0, 0)
    closure: Colour | None = None
    glare: float = 1.0
    keep_clear: tuple[Box, ...] = ()


def _tell_nobody(fraction: float, label: str) -> None:
    """Take a report and do nothing."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Watch:
    """Listens to progress and knows whether the caller has cancelled.

    Args:
        report: called with a fraction in [0, 1] and a label.
        cancelled: says whether to stop.
        start: fraction at which this part of the work begins.
        end: fraction at which this part of the work ends.
    """

    report: Callable[[float, str], None] = _tell_nobody
    cancelled: Callable[[], bool] = _never
    start: float = 0.0
    end: float = 1.0

    def progress(self, fraction: float, label: str) -> None:
        """Report how far this part is.

        Args:
            fraction: of this part, in [0, 1].
            label: what is being done, in a few words.

        Raises:
            Cancelled: the caller does not want the result any more.
        """
        if self.cancelled():
            raise Cancelled("cancelled by the caller")
        self.report(self.start + (self.end - self.start) * fraction, label)

    def part(self, start: float, end: float) -> Watch:
        """A watch for the work between two fractions of this one."""
        span = self.end - self.start
        return Watch(
            self.report, self.cancelled, self.start + span * start, self.start + span * end
        )
