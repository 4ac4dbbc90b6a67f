"""Clean plates are exactly 0 where empty, without an edge where noise ends."""

import numpy as np
import pytest

from poster.colour import srgb_from_linear
from tools.bake.separate import (
    DUST,
    FLAT,
    Guide,
    denoise,
    flattened,
    mean_glare,
    smooth,
    without_dust,
)


def test_a_background_within_noise_of_one_is_one() -> None:
    noise = np.random.default_rng(1).uniform(-FLAT[0], FLAT[0], (32, 32)).astype(np.float32)
    assert (flattened(1 + noise) == 1).all()


def test_a_shadow_is_left_as_it_is() -> None:
    share = np.array([[0.0, 0.3, 0.9, 1 - FLAT[1], 1.0]], np.float32)
    np.testing.assert_allclose(flattened(share), share, atol=1e-6)


@pytest.mark.parametrize("level", [1.0, 0.5])
def test_a_soft_shadow_shows_no_contour_where_it_ends(level: float) -> None:
    share = np.linspace(0.97, 1.03, 2000, dtype=np.float32)[None]
    seen = srgb_from_linear(np.minimum(flattened(share) * np.float32(level), 1)) * 255
    assert abs(np.diff(seen)).max() < 0.1
    assert (np.diff(flattened(share)) >= 0).all()


def test_noise_near_zero_is_removed_and_light_stays() -> None:
    plate = np.array([[0.0, DUST[0], DUST[1], 0.5]], np.float32)
    np.testing.assert_allclose(without_dust(plate), [[0, 0, DUST[1], 0.5]], atol=1e-7)


def test_calm_is_the_glare_over_the_covers_middle() -> None:
    glare = np.ones((120, 90), np.float32)
    quad = [(0.0, 0.0), (90.0, 0.0), (90.0, 120.0), (0.0, 120.0)]
    glare[20:100, 15:75] = 0.25
    assert mean_glare(glare, quad) == pytest.approx(0.25)


def test_a_bare_tables_light_is_smoothed_without_a_bend_at_the_border() -> None:
    y, x = np.mgrid[-1:1:240j, -1:1:160j]
    light = (1 + 0.3 * x - 0.2 * y - 0.15 * x * y**2).astype(np.float32)
    noisy = light + 0.1 * np.random.default_rng(2).standard_normal(light.shape).astype(np.float32)
    assert abs(smooth(light) - light).max() < 1e-3
    assert abs(smooth(noisy) - light).max() < 0.04


def test_details_in_the_guide_are_kept_where_noise_hides_them() -> None:
    y, x = np.mgrid[:128, :128].astype(np.float32)
    ribs = 0.3 + 0.1 * np.sin((x + y) * 1.2)
    noisy = ribs * np.random.default_rng(3).exponential(1.0, ribs.shape)
    level = np.zeros((*ribs.shape, 3), np.float32)
    level[..., 2] = 1
    told = Guide(np.repeat(ribs[..., None], 3, axis=2).astype(np.float32), level)
    untold = Guide(np.full_like(level, 0.3), level)
    off, blind = (
        float(np.sqrt(np.mean((denoise(noisy.astype(np.float32), guide) - ribs) ** 2)))
        for guide in (told, untold)
    )
    assert off < 0.5 * blind
