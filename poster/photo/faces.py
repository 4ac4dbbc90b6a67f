"""A photo -> boxes of the faces in it, the largest first.

Does not know who they are or where the eyes and mouths are.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.geometry import Box
from poster.photo.nets import load_net, shrink_to_grid

_OUTPUTS = ("537", "538", "539", "540")
"""Heat map, log sizes (height, width) and centre offsets (y, x), each on a grid of 4 pixels; the
last output, landmarks, is unused.
Source: CenterFace, arXiv:1911.03599, section 3."""
_STRIDE = 4

_LONG_SIDE = 640
"""A head-and-shoulders face then has 60 px or more; the net was trained on 800 px scenes."""


@dataclass(frozen=True, slots=True)
class FaceCriteria:
    """Which of the network's detections count as faces for type to avoid; no value is measured.

    Args:
        min_score: minimum confidence of the network, [0, 1].
        min_share: minimum width of a face, divided by the long side; smaller faces are a crowd.
        max_overlap: intersection over union above which two detections are the same face.
    """

    min_score: float = 0.5
    min_share: float = 0.02
    max_overlap: float = 0.3


CRITERIA = FaceCriteria()


@dataclass(frozen=True, slots=True)
class Face:
    """A face found in a photo.

    Args:
        box: from forehead to chin, inside the image, in pixels.
        score: the network's confidence, [0, 1].
    """

    box: Box
    score: float


class FaceNet:
    """Finds faces with CenterFace.

    Raises:
        AssetError: the model's file is missing or altered.
    """

    def __init__(self) -> None:
        self._net = load_net("centerface.onnx")

    def find(self, image: NDArray[np.uint8]) -> tuple[Face, ...]:
        """Find the faces in a photo.

        Args:
            image: HWC uint8, sRGB, [0, 255].

        Returns:
            Faces, the largest first.
        """
        height, width = image.shape[:2]
        small = shrink_to_grid(image, _LONG_SIDE)
        grid_height, grid_width = small.shape[:2]
        self._net.setInput(cv2.dnn.blobFromImage(small))
        heat, sizes, offsets, _ = (output[0] for output in self._net.forward(_OUTPUTS))
        rows, columns = np.nonzero(heat[0] >= CRITERIA.min_score)
        scores = heat[0, rows, columns]
        tall, wide = np.exp(sizes[:, rows, columns]) * _STRIDE
        middle_y = (rows + offsets[0, rows, columns] + 0.5) * _STRIDE
        middle_x = (columns + offsets[1, rows, columns] + 0.5) * _STRIDE
        boxes = np.stack([middle_x - wide / 2, middle_y - tall / 2, wide, tall], axis=1)
        kept = cv2.dnn.NMSBoxes(
            boxes.tolist(), scores.tolist(), CRITERIA.min_score, CRITERIA.max_overlap
        )
        scale = np.array([width / grid_width, height / grid_height] * 2)
        whole = Box(0, 0, width, height)
        faces = []
        for index in kept:
            x, y, w, h = boxes[index] * scale
            box = Box(round(x), round(y), round(x + w), round(y + h)).intersection(whole)
            if w >= CRITERIA.min_share * max(width, height) and box.area:
                faces.append(Face(box, min(1.0, float(scores[index]))))
        return tuple(sorted(faces, key=lambda face: (-face.box.area, face.box.x0, face.box.y0)))
