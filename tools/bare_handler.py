"""A job's word -> what a careless handler answers: the SDK's own loop, with nothing of ours in it.

Run as a worker's script. Shows what the loop itself loses, and how long it takes for nothing.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

ANSWERS: dict[str, Any] = {
    "nothing": {},
    "NaN": {"value": float("nan")},
    "an object": {"value": object()},
    "half a character": {"value": "\ud83d"},
    "over the limit": {"value": "x" * 11_000_000},
}


async def handler(job: dict[str, Any]) -> Any:  # noqa: ANN401 - careless is what it is
    """Answer by the job's word; `bytes` makes an answer of that size, `seconds` a wait."""
    asked = job["input"]
    await asyncio.sleep(asked.get("seconds", 0))
    if "bytes" in asked:
        return {"value": "x" * asked["bytes"]}
    return dict(ANSWERS[asked.get("answer", "nothing")])


if __name__ == "__main__":
    os.environ.setdefault("RUNPOD_DEBUG_LEVEL", "INFO")
    import runpod

    runpod.serverless.start({"handler": handler})
