"""A request's speed, guidance and weights -> how many forwards of the transformer a stage takes.

They are nearly all the time that a poster takes. Does not know the two other ways to be quicker:
which set of weights paints (the engine's), and that blocks are compiled (the painter's).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """How a stage is run.

    Args:
        steps: denoising steps.
        guidance: guidance scale; it is off at 1 and below.
        guided_steps: steps, from the first on, that run a second, unconditional forward.
    """

    steps: int
    guidance: float
    guided_steps: int

    @property
    def forwards(self) -> int:
        """Of the transformer, for one stage."""
        return self.steps + self.guided_steps


def set_pace(steps: int, guidance: float, *, is_distilled: bool, speed: str) -> Pace:
    """Say how a stage is run.

    Args:
        steps: denoising steps.
        guidance: guidance scale.
        is_distilled: whether the weights run without guidance, whatever its scale.
        speed: exact, or fast, where guidance ends halfway, when shapes stand: contrast and detail
            may come out milder.

    Returns:
        The pace. Distilled weights, and guidance of 1 or less, take one forward a step.
    """
    guided = 0 if is_distilled or guidance <= 1 else steps
    if speed == "fast":
        guided = (guided + 1) // 2
    return Pace(steps=steps, guidance=1.0 if guided == 0 else guidance, guided_steps=guided)
