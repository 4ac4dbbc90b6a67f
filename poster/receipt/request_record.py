"""A request and what was chosen for it -> its record in the receipt, which makes the same poster.

Does not know what the engines paint.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from poster.engines.base import Engine
from poster.request import SPECS, PosterRequest


def record_request(
    request: PosterRequest, seed: int, engines: Mapping[str, Engine]
) -> dict[str, Any]:
    """Record a request with every default resolved.

    Args:
        request: the request.
        seed: the seed that was used.
        engines: painted stage, cover or envelope -> the engine that paints it, in order.

    Returns:
        Field name -> value, JSON types; the image is its sha256, and its file's name if that is
        known. A request with these fields and that image makes the same poster on the same
        versions.
    """
    page = request.page_size
    is_printed = request.output_format == "pdf"
    fields = {name: getattr(request, name) for name in SPECS}
    for engine in engines.values():
        for name, value in engine.sampling_defaults(request.speed).items():
            fields[name] = value if fields[name] is None else fields[name]
    resolved = {
        "coverlines": list(request.coverlines),
        "seed": seed,
        # A size by name stays one: it gives the paper, too.
        "width": page.width if request.size is None else None,
        "height": page.height if request.size is None else None,
        "trim_mm": page.trim_mm if is_printed else request.trim_mm,
        "engine": next(iter(engines.values())).name,
    }
    image = {"sha256": hashlib.sha256(request.image).hexdigest()}
    if request.image_name:
        image["file"] = request.image_name
    return {"image": image, **fields, **resolved}
