"""Both schedules equal those of the programs that they come from."""

import math

import numpy as np
import pytest
from diffusers import FlowMatchEulerDiscreteScheduler
from diffusers.pipelines.flux2.pipeline_flux2_klein import compute_empirical_mu
from hypothesis import given
from hypothesis import strategies as st

from poster.engines.flux.schedule import empirical_mu, latent_sigmas, reference_sigmas

SIZES = [(1024, 1472), (512, 512), (1024, 1024), (768, 1536), (4096, 4096)]


def plain_scheduler() -> FlowMatchEulerDiscreteScheduler:
    return FlowMatchEulerDiscreteScheduler(shift=1.0, use_dynamic_shifting=False)


@given(tokens=st.integers(64, 70_000), steps=st.integers(1, 200))
def test_mu_is_that_of_diffusers(tokens: int, steps: int) -> None:
    assert empirical_mu(tokens, steps) == pytest.approx(
        compute_empirical_mu(image_seq_len=tokens, num_steps=steps), abs=1e-9
    )


@pytest.mark.parametrize("steps", [1, 4, 20, 50])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_latents_schedule_is_the_one_that_diffusers_would_take(
    width: int, height: int, steps: int
) -> None:
    tokens = (width // 16) * (height // 16)
    theirs = FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, shift=1.0)
    theirs.set_timesteps(
        sigmas=np.linspace(1.0, 1 / steps, steps), mu=compute_empirical_mu(tokens, steps)
    )
    ours = plain_scheduler()
    ours.set_timesteps(sigmas=latent_sigmas(steps, width, height).tolist(), mu=1.0)
    assert np.abs(ours.sigmas.numpy() - theirs.sigmas.numpy()).max() < 1e-6
    assert np.abs(ours.timesteps.numpy() - theirs.timesteps.numpy()).max() < 1e-3


def comfy_sigmas(steps: int, width: int, height: int) -> list[float]:
    """ComfyUI's Flux2Scheduler node, step by step."""
    mu = compute_empirical_mu(round(width * height / (16 * 16)), steps)
    times = [1 - index / steps for index in range(steps)]
    return [math.exp(mu) / (math.exp(mu) + (1 / time - 1) ** 1.0) for time in times]


@pytest.mark.parametrize("steps", [4, 20, 50])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_references_schedule_is_that_of_the_original_workflow(
    width: int, height: int, steps: int
) -> None:
    scale = math.sqrt(1024 * 1024 / (width * height))
    theirs = comfy_sigmas(steps, round(width * scale), round(height * scale))
    assert np.abs(reference_sigmas(steps, width, height) - theirs).max() < 1e-6


def test_the_schedules_differ_by_known_figures() -> None:
    assert empirical_mu(64 * 92, 20) == pytest.approx(1.453, abs=5e-4)
    assert empirical_mu(4096, 20) == pytest.approx(2.198, abs=5e-4)
    assert latent_sigmas(20, 1024, 1472)[10] == pytest.approx(0.81, abs=5e-3)
    assert reference_sigmas(20, 1024, 1472)[10] == pytest.approx(0.90, abs=5e-3)


@given(
    steps=st.integers(1, 100),
    width=st.integers(32, 256).map(lambda cells: cells * 16),
    height=st.integers(32, 256).map(lambda cells: cells * 16),
)
def test_noise_falls_from_one_at_every_step(steps: int, width: int, height: int) -> None:
    for schedule in (latent_sigmas, reference_sigmas):
        sigmas = schedule(steps, width, height)
        assert sigmas.shape == (steps,)
        assert sigmas[0] == 1
        assert (np.diff(sigmas) < 0).all()
        assert sigmas[-1] > 0
