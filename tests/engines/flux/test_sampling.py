"""How many forward passes a stage takes, by speed, guidance and weights."""

import pytest

from poster.engines.flux.sampling import plan_sampling


def test_exact_takes_the_originals_forward_passes() -> None:
    sampling = plan_sampling(20, 5.0, is_distilled=False, speed="exact")
    assert (sampling.forward_passes, sampling.guided_steps, sampling.guidance) == (40, 20, 5.0)


def test_fast_ends_guidance_halfway() -> None:
    sampling = plan_sampling(20, 5.0, is_distilled=False, speed="fast")
    assert (sampling.forward_passes, sampling.guided_steps, sampling.guidance) == (30, 10, 5.0)


@pytest.mark.parametrize("speed", ["exact", "fast"])
@pytest.mark.parametrize(("guidance", "is_distilled"), [(1.0, False), (0.0, False), (5.0, True)])
def test_without_guidance_a_step_is_one_forward_pass(
    guidance: float, *, is_distilled: bool, speed: str
) -> None:
    sampling = plan_sampling(8, guidance, is_distilled=is_distilled, speed=speed)
    assert (sampling.forward_passes, sampling.guided_steps, sampling.guidance) == (8, 0, 1.0)


def test_a_single_step_keeps_its_guidance() -> None:
    assert plan_sampling(1, 5.0, is_distilled=False, speed="fast").forward_passes == 2
