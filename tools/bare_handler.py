"""A job -> the answer of a careless handler, in the SDK's own loop with none of our code.

Run as a worker's script. Shows which jobs the loop itself loses, and how much time it takes.
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


async def handler(job: dict[str, Any]) -> Any:  # noqa: ANN401 - careless on purpose
    """Return the answer that the job names; `bytes` sets an answer's size, `seconds` a delay."""
    asked = job["input"]
    await asyncio.sleep(asked.get("seconds", 0))
    if "bytes" in asked:
        return {"value": "x" * asked["bytes"]}
    return dict(ANSWERS[asked.get("answer", "nothing")])


if __name__ == "__main__":
    os.environ.setdefault("RUNPOD_DEBUG_LEVEL", "INFO")
    import runpod

    runpod.serverless.start({"handler": handler})
