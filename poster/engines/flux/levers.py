"""A request's speed -> the levers that it pulls, what each changes, and what it saves.

Counts forwards of the transformer, which are nearly all the time; knows no model.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lever:
    """One way to be quicker.

    Args:
        name: of the lever.
        changes: what it does to the picture.
        saves: what it does to the work.
        needs: what must be there for it to be pulled.
    """

    name: str
    changes: str
    saves: str
    needs: str


DISTILLED = Lever(
    name="distilled",
    changes="another model paints: step-distilled weights, another picture for the same seed",
    saves="4 forwards a stage for 40: 8 a poster for 80",
    needs="the distilled set's transformer on the volume",
)
LATE_UNGUIDED = Lever(
    name="late_unguided",
    changes="guidance ends halfway, when shapes stand: contrast and detail may come out milder",
    saves="30 forwards a stage for 40: 60 a poster for 80",
    needs="base weights with guidance above 1, and no distilled set",
)
REGIONAL_COMPILE = Lever(
    name="regional_compile",
    changes="rounding in the last bits, since kernels are fused",
    saves="no forwards; each is quicker, after a minute of compiling in a worker's first poster",
    needs="a GPU",
)

SPEEDS: dict[str, tuple[Lever, ...]] = {
    "exact": (),
    "fast": (DISTILLED, LATE_UNGUIDED, REGIONAL_COMPILE),
}
"""Speed -> levers, each pulled where what it needs is there."""


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
        speed: exact or fast.

    Returns:
        The pace. Distilled weights, and guidance of 1 or less, take one forward a step.
    """
    guided = 0 if is_distilled or guidance <= 1 else steps
    if LATE_UNGUIDED in SPEEDS[speed]:
        guided = (guided + 1) // 2
    return Pace(steps=steps, guidance=1.0 if guided == 0 else guidance, guided_steps=guided)
