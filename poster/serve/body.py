"""A request's body -> its bytes, bounded in size, in time, and together with all others.

Does not know what the body says.
"""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request

RECEIVE_WITHIN_S = 60.0
"""For a whole body: 64 MB at 9 Mbit/s."""

_AT_ONCE = 4
"""Bodies of the maximum size that may be in memory at once; many more of the usual size are."""

_DISCARDED = 4
"""How much of a body that is too large is read and thrown away, in maximum sizes. Clients that send
all of it before they read an answer would otherwise see only a broken connection."""


class BodyReader:
    """Reads bodies; to be used in one event loop.

    Args:
        max_bytes: maximum size of one body.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._held = 0

    async def read(self, request: Request) -> bytes:
        """Read the body of a request.

        Args:
            request: whose body has not been read.

        Returns:
            The body.

        Raises:
            HTTPException: it is compressed, too large or too slow, or too many others come in.
            ClientDisconnect: the client has left.
        """
        # Otherwise some kilobytes could become gigabytes.
        if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise HTTPException(415, "send the body without Content-Encoding")
        body = bytearray()
        received = 0
        is_too_large = _declares_more(request, self._max_bytes)
        try:
            async with asyncio.timeout(RECEIVE_WITHIN_S):
                async for chunk in request.stream():
                    received += len(chunk)
                    is_too_large = is_too_large or received > self._max_bytes
                    if received > _DISCARDED * self._max_bytes:
                        break
                    if not is_too_large:
                        self._hold(len(chunk))
                        body += chunk
        except TimeoutError:
            trouble = f"the body did not arrive within {RECEIVE_WITHIN_S:g} s"
            raise HTTPException(408, trouble) from None
        finally:
            self._held -= len(body)
        if is_too_large:
            size = f"{self._max_bytes / 1e6:g} MB"
            raise HTTPException(
                413, f"the body is larger than {size}; send a smaller image, or its URL"
            )
        return bytes(body)

    def _hold(self, size: int) -> None:
        if self._held + size > _AT_ONCE * self._max_bytes:
            raise HTTPException(503, "too many uploads at once", {"Retry-After": "5"})
        self._held += size


def _declares_more(request: Request, max_bytes: int) -> bool:
    declared = request.headers.get("content-length", "")
    return declared.isdecimal() and int(declared) > max_bytes
