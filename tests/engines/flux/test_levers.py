"""Each lever's saving is what its text says."""

import pytest

from poster.engines.flux.levers import DISTILLED, LATE_UNGUIDED, SPEEDS, set_pace


def test_exact_pulls_no_lever_and_takes_the_originals_forwards() -> None:
    assert SPEEDS["exact"] == ()
    assert set_pace(20, 5.0, is_distilled=False, speed="exact").forwards == 40


def test_guidance_that_ends_halfway_saves_what_it_says() -> None:
    pace = set_pace(20, 5.0, is_distilled=False, speed="fast")
    assert (pace.forwards, pace.guided_steps) == (30, 10)
    assert LATE_UNGUIDED.saves.startswith("30 forwards a stage for 40")


def test_distilled_weights_save_what_they_say() -> None:
    pace = set_pace(4, 1.0, is_distilled=True, speed="fast")
    assert pace.forwards == 4
    assert DISTILLED.saves.startswith("4 forwards a stage for 40")


@pytest.mark.parametrize("speed", ["exact", "fast"])
@pytest.mark.parametrize(("guidance", "is_distilled"), [(1.0, False), (0.0, False), (5.0, True)])
def test_without_guidance_a_step_is_one_forward(
    guidance: float, *, is_distilled: bool, speed: str
) -> None:
    pace = set_pace(8, guidance, is_distilled=is_distilled, speed=speed)
    assert (pace.forwards, pace.guided_steps) == (8, 0)


def test_a_single_step_keeps_its_guidance() -> None:
    assert set_pace(1, 5.0, is_distilled=False, speed="fast").forwards == 2


def test_every_lever_says_what_it_changes_saves_and_needs() -> None:
    for lever in SPEEDS["fast"]:
        assert lever.changes
        assert lever.saves
        assert lever.needs
