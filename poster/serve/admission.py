"""ASGI middleware: requests -> only those that carry the token and come at the allowed rate.

Does not know what is asked for. The probes of an orchestrator are always admitted.
"""

from __future__ import annotations

import hmac
import math
import time
from ipaddress import ip_address

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

PROBES = ("/healthz", "/readyz")


class Token:
    """Admits requests that carry a bearer token. Source: RFC 6750, 2.1.

    Args:
        app: what is asked.
        token: the secret.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with status 401 what is not admitted."""
        app = self._app
        if scope["type"] == "http" and scope["path"] not in PROBES:
            scheme, _, given = Headers(scope=scope).get("authorization", "").partition(" ")
            is_right = hmac.compare_digest(given.encode(), self._token)
            if scheme.lower() != "bearer" or not is_right:
                trouble = "send the header Authorization: Bearer, with the value of POSTER_TOKEN"
                app = JSONResponse({"detail": trouble}, 401, {"WWW-Authenticate": "Bearer"})
        await app(scope, receive, send)


def _read_address(scope: Scope) -> str:
    """Return the client's address; all that X-Forwarded-For makes up share one."""
    client: str = (scope.get("client") or ("",))[0]
    try:
        return str(ip_address(client))
    except ValueError:
        return ""


class Rate:
    """Admits so many requests in a time from each client's address.

    Args:
        app: what is asked.
        number: of requests.
        unit: second, minute, hour or day.
    """

    def __init__(self, app: ASGIApp, number: int, unit: str) -> None:
        self._app = app
        self._rate = parse(f"{number}/{unit}")
        self._shown = f"{number} a {unit}"
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with status 429 what is not admitted."""
        app = self._app
        if scope["type"] == "http" and scope["path"] not in PROBES:
            client = _read_address(scope)
            if not self._limiter.hit(self._rate, client):
                reset = self._limiter.get_window_stats(self._rate, client).reset_time
                wait = max(1, math.ceil(reset - time.time()))
                trouble = f"too many requests; at most {self._shown} are allowed"
                app = JSONResponse({"detail": trouble}, 429, {"Retry-After": str(wait)})
        await app(scope, receive, send)
