"""How many forwards a stage takes, by speed, guidance and weights."""

import pytest

from poster.engines.flux.pace import set_pace


def test_exact_takes_the_originals_forwards() -> None:
    pace = set_pace(20, 5.0, is_distilled=False, speed="exact")
    assert (pace.forwards, pace.guided_steps, pace.guidance) == (40, 20, 5.0)


def test_fast_ends_guidance_halfway() -> None:
    pace = set_pace(20, 5.0, is_distilled=False, speed="fast")
    assert (pace.forwards, pace.guided_steps, pace.guidance) == (30, 10, 5.0)


@pytest.mark.parametrize("speed", ["exact", "fast"])
@pytest.mark.parametrize(("guidance", "is_distilled"), [(1.0, False), (0.0, False), (5.0, True)])
def test_without_guidance_a_step_is_one_forward(
    guidance: float, *, is_distilled: bool, speed: str
) -> None:
    pace = set_pace(8, guidance, is_distilled=is_distilled, speed=speed)
    assert (pace.forwards, pace.guided_steps, pace.guidance) == (8, 0, 1.0)


def test_a_single_step_keeps_its_guidance() -> None:
    assert set_pace(1, 5.0, is_distilled=False, speed="fast").forwards == 2
