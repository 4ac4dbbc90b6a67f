"""Who is admitted, and how often."""

import asyncio

import httpx2
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from poster.serve.admission import PROBES, Rate, Token

APP = PlainTextResponse("made")


def ask(app: ASGIApp, path: str, client: str = "192.0.2.1", **headers: str) -> httpx2.Response:
    async def get() -> httpx2.Response:
        transport = httpx2.ASGITransport(app, client=(client, 1))
        async with httpx2.AsyncClient(transport=transport, base_url="http://server") as http:
            return await http.get(path, headers=headers)

    return asyncio.run(get())


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer wrong", "Bearer secret-1 ", "Bearer  secret-1", "Basic secret-1", "é"],
)
def test_a_request_without_the_token_is_refused(header: str) -> None:
    app = Token(APP, "secret-1")
    headers = {"Authorization": header.encode()} if header else {}

    reply = ask(app, "/predictions", **headers)  # type: ignore[arg-type] # bytes, as sent

    assert reply.status_code == 401
    assert reply.headers["WWW-Authenticate"] == "Bearer"
    assert "secret-1" not in reply.text


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_request_with_the_token_passes(scheme: str) -> None:
    reply = ask(Token(APP, "secret-1"), "/predictions", Authorization=f"{scheme} secret-1")

    assert (reply.status_code, reply.text) == (200, "made")


@pytest.mark.parametrize("path", PROBES)
def test_a_probe_needs_no_token_and_counts_for_no_rate(path: str) -> None:
    app = Rate(Token(APP, "secret-1"), 1, "hour")

    assert [ask(app, path).status_code for _ in range(3)] == [200] * 3


def test_each_client_may_send_as_many_requests_as_the_rate_says() -> None:
    app = Rate(APP, 2, "minute")

    assert [ask(app, "/predictions").status_code for _ in range(3)] == [200, 200, 429]
    assert ask(app, "/predictions", client="192.0.2.2").status_code == 200
    refused = ask(app, "/predictions")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.json() == {"detail": "too many requests; at most 2 a minute are allowed"}


def test_addresses_that_are_made_up_share_one_rate() -> None:
    app = Rate(APP, 2, "minute")

    replies = [ask(app, "/predictions", client=f"unknown-{number}") for number in range(3)]

    assert [reply.status_code for reply in replies] == [200, 200, 429]
    assert ask(app, "/predictions", client="2001:db8::1").status_code == 200


def test_a_wrong_token_counts_for_the_rate() -> None:
    app = Rate(Token(APP, "secret-1"), 2, "minute")

    replies = [ask(app, "/predictions", Authorization=f"Bearer {guess}") for guess in range(3)]

    assert [reply.status_code for reply in replies] == [401, 401, 429]
