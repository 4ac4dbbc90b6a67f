"""A request's speed, guidance and weights -> how many forward passes of the transformer to run.

Forward passes take almost all of a poster's time. Does not know the two other ways to be faster:
another weight set (chosen by the engine) and compiled blocks (used by the painter).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SamplingPlan:
    """How a stage is run.

    Args:
        steps: denoising steps.
        guidance: guidance scale; 1 or less turns guidance off.
        guided_steps: number of steps, counted from the first, that also run an unconditional
            forward pass.
    """

    steps: int
    guidance: float
    guided_steps: int

    @property
    def forward_passes(self) -> int:
        """Number of forward passes of the transformer in one stage."""
        return self.steps + self.guided_steps


def plan_sampling(steps: int, guidance: float, *, is_distilled: bool, speed: str) -> SamplingPlan:
    """Choose how a stage is run.

    Args:
        steps: denoising steps.
        guidance: guidance scale.
        is_distilled: whether the weights run without guidance, whatever its scale.
        speed: exact or fast; with fast, guidance ends halfway, when shapes are settled, which can
            reduce contrast and detail.

    Returns:
        The plan. Distilled weights, and guidance of 1 or less, take one forward pass per step.
    """
    guided = 0 if is_distilled or guidance <= 1 else steps
    if speed == "fast":
        guided = (guided + 1) // 2
    return SamplingPlan(steps=steps, guidance=1.0 if guided == 0 else guidance, guided_steps=guided)
