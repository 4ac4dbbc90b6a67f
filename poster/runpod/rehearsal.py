"""Smoke tests of a loaded deployment: one step of flux, or a small poster from studio.

Writes no file and uses no network. Does not know who asks, nor what happens if it fails.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.cover.layout.dummy import Dummy
from poster.cover.layout.page import Page
from poster.engines.base import Engine
from poster.errors import AssetError, DeviceError, InputError, UnavailableError
from poster.geometry import Box
from poster.paint_settings import PaintSettings
from poster.photo.facts import Photo
from poster.pipeline import Pipeline
from poster.progress import ProgressMonitor
from poster.request import PosterRequest

_STEP_SIDE = 256
"""Side, in pixels, of the picture that one step paints: a sixteenth of a megapixel, which fits on
any GPU that holds the weights."""

_POSTER_SIZE = 512, 736
"""Half the default cover's sides: the narrowest that a request may ask for."""


def rehearse_step(engine: Engine) -> None:
    """Paint a small picture in one step, as a job would.

    Uses the engine's own prompts, so that their embeddings are cached for the first job.

    Args:
        engine: flux.

    Raises:
        DeviceError: it failed, or the result is not a picture.
        MemoryPlanError: the GPU ran out of memory.
    """
    side = _STEP_SIDE
    photo = Photo(_draw_photo(side, side), np.zeros((side, side), np.float32), faces=())
    dummy = Dummy(Page.full_bleed(side, side), Box(0, 0, side, side), areas=())
    settings = PaintSettings(side, side, seed=0, num_inference_steps=1)
    try:
        picture = engine.paint_cover(photo, dummy, settings, ProgressMonitor()).picture
    except RuntimeError as error:
        # An error of torch's own, such as a kernel that was not built for this GPU.
        said = str(error).partition("\n")[0]
        raise DeviceError(
            f"the first step failed: {said}; use another GPU, or a torch built for this one"
        ) from error
    if not picture.std():
        raise DeviceError(
            "the GPU painted one flat colour instead of a picture: run poster weights verify "
            "--full, and if that finds nothing, use another GPU"
        )


def rehearse_poster(pipeline: Pipeline) -> None:
    """Make a small cover and envelope with studio, in memory.

    Args:
        pipeline: what the deployment loaded.

    Raises:
        UnavailableError: studio cannot make it; the message says why.
    """
    width, height = _POSTER_SIZE
    _, photo = cv2.imencode(".png", _draw_photo(width, height)[..., ::-1])
    request = PosterRequest(
        image=photo.tobytes(), title="Poster", engine="studio", seed=0, width=width, height=height
    )
    try:
        poster = pipeline.make(request)
    except (AssetError, InputError) as error:
        raise UnavailableError(f"studio cannot make a poster here: {error}") from error
    for picture in (poster.cover, poster.envelope):
        if picture is None or picture.shape != (height, width, 3) or not picture.std():
            raise UnavailableError("studio made no picture: reinstall poster-maker")


def _draw_photo(width: int, height: int) -> NDArray[np.uint8]:
    """A bright disc on a dark gradient: a subject to find, and a calm background for type.

    HWC uint8, sRGB, [0, 255].
    """
    rows = np.linspace(90, 30, height, dtype=np.float32)[:, None, None] * (0.6, 0.8, 1.2)
    picture = np.ascontiguousarray(np.broadcast_to(rows, (height, width, 3)).astype(np.uint8))
    centre = width // 2, round(0.6 * height)
    cv2.circle(picture, centre, width // 4, (235, 200, 150), -1, cv2.LINE_AA)
    return picture
