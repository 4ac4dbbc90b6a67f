"""What a deployment loaded -> proof that it paints: one step of flux, or studio's small poster.

Nothing is written and nothing fetched. Does not know who asks, nor what is done when it fails.
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
from poster.paint import PaintSettings, Watch
from poster.photo.facts import Photo
from poster.pipeline import Pipeline
from poster.request import PosterRequest

_STEP_SIDE = 256
"""Pixels on a side of the picture that one step paints: a sixteenth of a megapixel, for which any
card that holds the weights has room."""

_POSTER_SIZE = 512, 736
"""Half the usual cover's sides: the narrowest that a request may ask for."""


def rehearse_step(engine: Engine) -> None:
    """Paint a small picture in one step, as a job would.

    Prompts are the engine's own, so that what the first job needs of them is kept already.

    Args:
        engine: flux.

    Raises:
        DeviceError: it failed, or what was painted is no picture.
        MemoryPlanError: memory ran out.
    """
    side = _STEP_SIDE
    photo = Photo(_draw_photo(side, side), np.zeros((side, side), np.float32), faces=())
    dummy = Dummy(Page.full_bleed(side, side), Box(0, 0, side, side), slots=())
    settings = PaintSettings(side, side, seed=0, num_inference_steps=1)
    try:
        picture = engine.paint_cover(photo, dummy, settings, Watch()).picture
    except RuntimeError as error:
        # torch's own, such as one for a kernel that was not built for this GPU.
        said = str(error).partition("\n")[0]
        raise DeviceError(
            f"the first step failed: {said}; take another GPU, or a torch built for this one"
        ) from error
    if not picture.std():
        raise DeviceError(
            "the GPU painted one flat colour in place of a picture: run poster weights verify "
            "--full, and if that is clean, take another GPU"
        )


def rehearse_poster(pipeline: Pipeline) -> None:
    """Make a small cover and envelope with studio, in memory.

    Args:
        pipeline: what the deployment loaded.

    Raises:
        UnavailableError: it cannot, and why.
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
            raise UnavailableError("studio made no picture: install poster-maker again")


def _draw_photo(width: int, height: int) -> NDArray[np.uint8]:
    """A bright disc on a dusk: something to find, and calm ground for type.

    HWC uint8, sRGB, [0, 255].
    """
    rows = np.linspace(90, 30, height, dtype=np.float32)[:, None, None] * (0.6, 0.8, 1.2)
    picture = np.ascontiguousarray(np.broadcast_to(rows, (height, width, 3)).astype(np.uint8))
    centre = width // 2, round(0.6 * height)
    cv2.circle(picture, centre, width // 4, (235, 200, 150), -1, cv2.LINE_AA)
    return picture
