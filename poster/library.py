"""The Python API: a photo in any common form, and a request's fields -> a Poster.

Does not know how a poster is made: poster.pipeline does.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from poster.doors.photo_file import locate_photo, read_photo
from poster.errors import Cancelled, RequestError, UnreadablePhotoError
from poster.pipeline import Pipeline
from poster.progress import ProgressMonitor
from poster.request import LIMITS, SPECS, PosterRequest, change_fields
from poster.result import Poster
from poster.settings import Settings
from poster.spec import describe_value

Picture = str | os.PathLike[str] | bytes | bytearray | BinaryIO | Image.Image | NDArray[np.uint8]
"""A path, a data URI, the bytes of an image file, a file opened in binary mode, a Pillow image, or
an array: HW, HW3 or HW4 uint8, sRGB, [0, 255]."""

_POLL_S = 0.05
"""How often a waiting thread checks whether it was cancelled."""

_STORED_AS = {"CMYK": "TIFF", "LAB": "TIFF", "YCbCr": "TIFF"}
"""Pillow modes that PNG does not support -> a format that does."""
_IN_PNG = {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"}


class Maker:
    """Loads models, fonts and engine once and makes any number of posters.

    Safe to use from several threads: posters are made one at a time, each using all cores, while
    the other threads wait. To make several at once, start several processes.

    Args:
        settings: engine and weights; None reads the POSTER_ variables.

    Raises:
        SettingsError: a variable has an invalid value.
        UnavailableError: this machine cannot run the engine.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self._pipeline: Pipeline | None = Pipeline.open(settings or Settings.from_environment())
        self._turn = Lock()

    def __enter__(self) -> Self:
        """Return itself, for a with statement that closes it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def make(
        self,
        image: Picture | PosterRequest,
        *,
        progress: Callable[[float, str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        **fields: Any,  # noqa: ANN401 - PosterRequest checks each
    ) -> Poster:
        """Make a poster.

        Args:
            image: the photo, or for stage="envelope" the finished cover; or a whole request.
            progress: called in this thread with a fraction in [0, 1] and a label.
            cancelled: called between steps, and while this thread waits for others; returns True
                to stop. For example, the is_set of a threading.Event.
            **fields: fields of PosterRequest; with a whole request, the ones to change.

        Returns:
            The poster; its files are byte for byte those of `poster make`.

        Raises:
            InputError: the image, a field or the text is invalid.
            UnavailableError: this machine cannot do what was asked.
            Cancelled: the caller cancelled.
            ValueError: the maker is closed.
        """
        for name, given in (("progress", progress), ("cancelled", cancelled)):
            if given is not None and not callable(given):
                raise RequestError(name, f"must be a function, not {describe_value(given)}")
        monitor = ProgressMonitor()
        monitor = replace(
            monitor,
            on_progress=progress or monitor.on_progress,
            cancelled=cancelled or monitor.cancelled,
        )
        request = _read_request(image, fields)
        with self._my_turn(monitor):
            if self._pipeline is None:
                raise ValueError("this Maker is closed")
            return self._pipeline.make(request, monitor)

    def close(self) -> None:
        """Release everything loaded, GPU memory too, after the current poster is finished."""
        with self._turn:
            if self._pipeline is not None:
                self._pipeline.engines.close()
            self._pipeline = None

    @contextmanager
    def _my_turn(self, monitor: ProgressMonitor) -> Iterator[None]:
        while not self._turn.acquire(timeout=_POLL_S):
            if monitor.cancelled():
                raise Cancelled("cancelled by the caller")
        try:
            yield
        finally:
            self._turn.release()


def make(
    image: Picture | PosterRequest,
    *,
    progress: Callable[[float, str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    **fields: Any,  # noqa: ANN401 - PosterRequest checks each
) -> Poster:
    """Make a poster with a Maker that stays loaded for the next call.

    Args:
        image: the photo, or for stage="envelope" the finished cover; or a whole request.
        progress: called in this thread with a fraction in [0, 1] and a label.
        cancelled: called between steps, and while this thread waits for others; returns True to
            stop. For example, the is_set of a threading.Event.
        **fields: fields of PosterRequest; with a whole request, the ones to change.

    Returns:
        The poster; its files are byte for byte those of `poster make`.

    Raises:
        InputError: the image, a field or the text is invalid.
        SettingsError: a POSTER_ variable has an invalid value.
        UnavailableError: this machine cannot do what was asked.
        Cancelled: the caller cancelled.
    """
    maker = _open(Settings.from_environment())
    return maker.make(image, progress=progress, cancelled=cancelled, **fields)


@lru_cache(maxsize=1)
def _open(settings: Settings) -> Maker:
    return Maker(settings)


def _read_request(image: Picture | PosterRequest, fields: dict[str, Any]) -> PosterRequest:
    if isinstance(image, PosterRequest):
        held = {name: getattr(image, name) for name in ("image", *SPECS)}
        request = PosterRequest.from_mapping(change_fields(held, fields))
        return replace(request, image_name="" if "image" in fields else image.image_name)
    request = PosterRequest.from_mapping({"image": read_picture(image), **fields})
    name = Path(image).name if isinstance(image, str | os.PathLike) else ""
    return replace(request, image_name=name)


def read_picture(picture: Picture) -> bytes:
    """Read a photo in any form that Picture lists.

    Args:
        picture: see Picture. Arrays and Pillow images are encoded losslessly; a Pillow image keeps
            its colour profile and orientation.

    Returns:
        The bytes of an image file.

    Raises:
        RequestError: it has an unsupported type, does not exist, or is too large.
        UnreadablePhotoError: Pillow cannot load or encode its image.
    """
    if isinstance(picture, bytes | bytearray):
        return bytes(picture)
    if isinstance(picture, Image.Image):
        return _encode_losslessly(picture)
    if isinstance(picture, np.ndarray):
        return _encode_losslessly(_image_of(picture))
    if isinstance(picture, str):
        photo = locate_photo(picture)
        return photo if isinstance(photo, bytes) else read_photo(photo, picture)
    if isinstance(picture, os.PathLike):
        return read_photo(Path(picture), os.fspath(picture))
    read = getattr(picture, "read", None)
    if read is None:
        raise RequestError(
            "image",
            "must be a path, bytes, an open file, a Pillow image or an array, "
            f"not {type(picture).__name__}",
        )
    data = read(LIMITS.image_bytes + 1)
    if not isinstance(data, bytes):
        raise RequestError("image", "is a file opened in text mode; open it with mode 'rb'")
    return data


def _image_of(array: NDArray[Any]) -> Image.Image:
    if array.dtype != np.uint8:
        raise RequestError(
            "image", f"is an array of {array.dtype}; convert it to uint8 (sRGB, 0 to 255)"
        )
    if (
        not array.size
        or array.ndim not in {2, 3}
        or (array.ndim == 3 and array.shape[2] not in (3, 4))
    ):
        raise RequestError(
            "image", f"is an array of shape {array.shape}; it must be height x width x 3 (RGB)"
        )
    return Image.fromarray(np.ascontiguousarray(array))


def _encode_losslessly(image: Image.Image) -> bytes:
    """Encode a Pillow image losslessly."""
    file = io.BytesIO()
    try:
        if image.mode not in _IN_PNG and image.mode not in _STORED_AS:
            image = image.convert("RGB")
        image.save(file, _STORED_AS.get(image.mode, "PNG"), exif=image.getexif(), compress_level=1)
    except (OSError, ValueError) as error:
        raise UnreadablePhotoError("image: Pillow cannot read it; pass another image") from error
    data = file.getvalue()
    if len(data) > LIMITS.image_bytes:
        raise RequestError(
            "image",
            f"takes {len(data) / 1e6:.0f} MB when encoded losslessly; the maximum is "
            f"{LIMITS.image_bytes / 1e6:.0f} MB: pass the original file, or a smaller image",
        )
    return data
