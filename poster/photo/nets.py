"""The name of a bundled network -> a cv2.dnn network, its file checked against models.json.

Does not know what the network detects.
"""

from __future__ import annotations

import hashlib
import json
from importlib import resources

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.errors import AssetError

_MULTIPLE = 32
"""Factor by which the networks shrink a picture on the way."""


def load_net(name: str) -> cv2.dnn.Net:
    """Load a network that ships with the package.

    Args:
        name: file name, as in models.json.

    Returns:
        The network, on the CPU.

    Raises:
        AssetError: the file or its record is missing, or the file does not match its record.
    """
    folder = resources.files("poster") / "assets" / "models"
    try:
        record = json.loads((folder / "models.json").read_text(encoding="utf-8"))[name]
        data = (folder / name).read_bytes()
    except (OSError, KeyError, ValueError) as error:
        raise AssetError(f"model {name}: missing; reinstall the package") from error
    if hashlib.sha256(data).hexdigest() != record["sha256"]:
        raise AssetError(f"model {name}: altered or incomplete; reinstall the package")
    return cv2.dnn.readNetFromONNX(np.frombuffer(data, np.uint8))


def shrink_to_grid(image: NDArray[np.uint8], long_side: int) -> NDArray[np.uint8]:
    """Shrink a picture for a network that halves its sides several times.

    Args:
        image: HWC uint8.
        long_side: maximum length of the longer side, in pixels.

    Returns:
        The picture, not enlarged by more than what makes each side a multiple of 32.
    """
    height, width = image.shape[:2]
    shrink = min(1.0, long_side / max(height, width))
    size = tuple(
        max(1, -(-round(side * shrink) // _MULTIPLE)) * _MULTIPLE for side in (width, height)
    )
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
