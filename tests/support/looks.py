"""The networks' looks at photos, remembered: half the time of a small poster goes into them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from poster.photo.faces import FaceNet
from poster.photo.lettering import LetteringNet
from poster.photo.subject import SubjectNet

Look = Callable[[Any, NDArray[np.uint8]], Any]


@pytest.fixture
def looks_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No picture is shown to the same network twice in this process.

    For tests that make many posters of few photos and ask about what comes after the looking. Not
    for those about the networks, nor for those that a look which differs from time to time fails.
    """
    monkeypatch.setattr(SubjectNet, "matte", _remembered(SubjectNet.matte))
    monkeypatch.setattr(FaceNet, "find", _remembered(FaceNet.find))
    monkeypatch.setattr(LetteringNet, "find", _remembered(LetteringNet.find))


@cache
def _remembered(look: Look) -> Look:
    seen: dict[tuple[tuple[int, ...], bytes], Any] = {}

    def remembered(net: object, image: NDArray[np.uint8]) -> Any:
        key = image.shape, sha256(image.tobytes()).digest()
        if key not in seen:
            found = look(net, image)
            if isinstance(found, np.ndarray):
                found.flags.writeable = False
            seen[key] = found
        return seen[key]

    return remembered
