"""Covers that changed, before and now -> one HTML file that shows them side by side."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

_STYLE = """body { font: 15px/1.4 sans-serif; margin: 2em; background: #e4e6e7; color: #222 }
section { margin-bottom: 3em } figure { display: inline-block; margin: 0 1em 0 0 }
img { display: block; width: 384px } ul { columns: 2; font-family: monospace; max-width: 1100px }"""


def write_page(
    path: Path,
    changes: Mapping[str, Sequence[str]],
    before: Mapping[str, NDArray[np.uint8]],
    now: Mapping[str, NDArray[np.uint8]],
) -> None:
    """Write the page, with embedded pictures, so that it can be sent to someone.

    Args:
        path: of the HTML file.
        changes: descriptions of the changes, by photo.
        before: the accepted covers, HWC uint8, sRGB; those that could not be drawn are missing.
        now: the current covers, likewise.
    """
    sections = "\n".join(
        _section(name, lines, before.get(name), now[name]) for name, lines in changes.items()
    )
    html = (
        f'<!doctype html>\n<meta charset="utf-8">\n<title>Covers that changed</title>\n'
        f"<style>{_STYLE}</style>\n<h1>{len(changes)} covers changed</h1>\n{sections}\n"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(html, encoding="utf-8")


def _section(
    name: str, lines: Sequence[str], before: NDArray[np.uint8] | None, now: NDArray[np.uint8]
) -> str:
    figures = _figure(before, "before") + _figure(now, "now")
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<section><h2>{escape(name)}</h2>{figures}<ul>{items}</ul></section>"


def _figure(picture: NDArray[np.uint8] | None, caption: str) -> str:
    if picture is None:
        return f"<figure>{caption}: nothing to show</figure>"
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    _, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 92])
    data = b64encode(jpeg.tobytes()).decode()
    return f'<figure>{caption}<img alt="{caption}" src="data:image/jpeg;base64,{data}"></figure>'
