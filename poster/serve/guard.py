"""An HTTP request -> an answer of our own, or Cog's, if Cog can be trusted with the request.

Cog never sees an id, a webhook, a field or a body that was not checked. What it serves is passed
on: predictions by POST and PUT, asynchronous ones and event streams, cancellation, its schema. Not
passed on: /shutdown, with which anyone could end the server. Does not know how Cog is kept alive.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from poster.network.deliver import BadWebhookError, check_webhook
from poster.serve.body import BodyReader
from poster.serve.exchange import SHUTTING_DOWN, Answer, Exchange, NoServerError
from poster.serve.prediction import InvalidBodyError, Prediction, check_id, parse_prediction
from poster.serve.relay import Relay
from poster.serve.slot import Job, Slot
from poster.serve.supervisor import Supervisor

ANSWER_WITHIN_S = 120.0
"""For sending an answer, so that callers that do not read leave no posters in memory."""

_RETRY = {"Retry-After": "2"}
_NOT_SERVED = ("docs_url", "shutdown_url")  # the docs by Cog, the shutdown by this guard
_COG_WITHIN_S = 5.0

log = logging.getLogger(__name__)


class Guard:
    """The endpoints of poster serve.

    Args:
        exchange: talks with Cog about jobs.
        supervisor: knows the server.
        slot: Cog's slot.
        max_body: maximum size of a body, in bytes.
        private_webhooks: allow webhooks on hosts that are not on the public internet.
    """

    def __init__(
        self,
        exchange: Exchange,
        supervisor: Supervisor,
        slot: Slot,
        max_body: int,
        *,
        private_webhooks: bool,
    ) -> None:
        self._exchange = exchange
        self._supervisor = supervisor
        self._slot = slot
        self._bodies = BodyReader(max_body)
        self._private_webhooks = private_webhooks
        self._is_draining = False

    def build_app(self) -> Starlette:
        """Build the application that callers reach."""
        app = Starlette(
            routes=[
                Route("/healthz", self._answer_alive),
                Route("/readyz", self._answer_ready),
                Route("/", self._describe),
                Route("/health-check", self._pass_on),
                Route("/openapi.json", self._pass_on),
                Route("/predictions", self._predict, methods=["POST"]),
                # A path, so that ids with an encoded separator reach the check.
                Route("/predictions/{id:path}/cancel", self._cancel, methods=["POST"]),
                Route("/predictions/{id:path}", self._predict, methods=["PUT"]),
            ],
            exception_handlers={
                HTTPException: _answer_error,  # type: ignore[dict-item] # each gets its own kind
                InvalidBodyError: _answer_invalid,  # type: ignore[dict-item]
                ClientDisconnect: _answer_nobody,
            },
        )
        app.router.redirect_slashes = False  # to wherever the header Host says
        return app

    async def drain(self, within_s: float) -> None:
        """Take no more predictions, and finish or cancel the current one.

        Args:
            within_s: maximum time to finish it.
        """
        self._is_draining = True
        await self._exchange.drain(within_s)

    async def _answer_alive(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def _answer_ready(self, _request: Request) -> Response:
        trouble = SHUTTING_DOWN if self._is_draining else self._supervisor.trouble
        if trouble:
            return JSONResponse({"status": "unavailable", "reason": trouble}, 503, _RETRY)
        return JSONResponse({"status": "ready"})

    async def _describe(self, request: Request) -> Response:
        answer = await self._ask_cog(request)
        listed: dict[str, Any] = answer.json()
        return JSONResponse({name: listed[name] for name in listed if name not in _NOT_SERVED})

    async def _pass_on(self, request: Request) -> Response:
        answer = await self._ask_cog(request)
        return Response(answer.content, answer.status_code, media_type="application/json")

    async def _ask_cog(self, request: Request) -> httpx2.Response:
        server = self._supervisor.server
        try:
            if server is not None:
                async with asyncio.timeout(_COG_WITHIN_S):
                    return await server.client.get(request.url.path)
        except (httpx2.HTTPError, TimeoutError):
            log.warning("Cog did not answer %s", request.url.path)
        raise HTTPException(503, self._supervisor.trouble or "Cog does not answer", _RETRY)

    async def _predict(self, request: Request) -> Response:
        given = request.path_params.get("id")
        url_id = "" if given is None else check_id(given, "path", "id")
        prediction = parse_prediction(await self._bodies.read(request), url_id)
        if prediction.webhook:
            await self._check_webhook(prediction)
        if self._is_draining:
            raise HTTPException(503, SHUTTING_DOWN, _RETRY)
        is_taken = self._has_slot(url_id)
        job = Job(prediction, is_detached=_is_async(request) or _is_stream(request))
        if is_taken or not await self._slot.take(job):
            if is_taken or self._has_slot(url_id):
                return JSONResponse({"id": url_id, "status": "processing"}, 202)
            trouble = "busy: one poster is made at a time"
            return JSONResponse({"error": trouble, "status": "failed"}, 409, _RETRY)
        make = self._exchange.make(job, request.method, _headers_for_cog(request))
        try:
            answer = await (make if job.is_detached else _while_connected(request, make))
        except NoServerError as error:
            raise HTTPException(503, str(error), _RETRY) from error
        return _respond(answer)

    def _has_slot(self, url_id: str) -> bool:
        """Whether the prediction with the id of a URL is being made, and not just cancelled."""
        job = self._slot.job
        return bool(job and job.cancelled is None and url_id == job.prediction.id)

    async def _check_webhook(self, prediction: Prediction) -> None:
        try:
            await check_webhook(prediction.webhook, private=self._private_webhooks)
        except BadWebhookError as error:
            raise InvalidBodyError(("body", "webhook"), str(error)) from error

    async def _cancel(self, request: Request) -> Response:
        name = check_id(request.path_params["id"], "path", "id")
        job = self._slot.job
        if job is None or job.prediction.id != name:
            return JSONResponse({}, 404)
        return _respond(await self._exchange.cancel(job))


def build_relay_app(relay: Relay, exchange: Exchange) -> Starlette:
    """Build the application that only Cog reaches.

    Args:
        relay: takes its reports.
        exchange: is told when a job has ended.
    """

    async def take(request: Request) -> Response:
        secret = request.path_params["secret"]
        if not relay.expects(secret):
            return Response(status_code=404)
        job = relay.take(secret, await request.body(), request.headers)
        if job is not None and job.is_detached:
            exchange.end(job)
        return Response(status_code=204)

    return Starlette(routes=[Route("/{secret}", take, methods=["POST"])])


def _is_async(request: Request) -> bool:
    """Whether the caller wants an answer before the poster is done. Source: RFC 7240."""
    return "respond-async" in _list_tokens(request, "prefer")


def _is_stream(request: Request) -> bool:
    return "text/event-stream" in _list_tokens(request, "accept")


def _list_tokens(request: Request, name: str) -> list[str]:
    """List what a header, which may be repeated, asks for, without its parameters."""
    items = ",".join(request.headers.getlist(name)).lower().split(",")
    parts = [[part.strip() for part in item.split(";")] for item in items]
    return [token for token, *parameters in parts if "q=0" not in parameters]


def _headers_for_cog(request: Request) -> dict[str, str]:
    """Tell Cog what the guard has understood, and nothing that it could understand otherwise."""
    headers = {"content-type": "application/json"}
    if _is_async(request):
        headers["prefer"] = "respond-async"
    if _is_stream(request):
        headers["accept"] = "text/event-stream"
    traces = {name: request.headers.get(name, "") for name in ("traceparent", "tracestate")}
    return headers | {name: value for name, value in traces.items() if value.isascii() and value}


async def _while_connected(request: Request, work: Awaitable[Answer]) -> Answer:
    """Await work, and cancel it if the caller leaves.

    Raises:
        ClientDisconnect: the caller has left.
    """
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_wait_until_gone(request.receive))
    try:
        await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientDisconnect
        return await task
    finally:
        for pending in (task, gone):
            pending.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await pending


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class _TimedResponse(StreamingResponse):
    """An answer that is given up if the caller does not read it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            await super().__call__(scope, receive, send)


def _respond(answer: Answer) -> Response:
    headers = dict(answer.headers)
    if isinstance(answer.body, bytes):
        return Response(answer.body, answer.status, headers)
    is_stream = headers.get("content-type", "").startswith("text/event-stream")
    kind = StreamingResponse if is_stream else _TimedResponse
    return kind(answer.body, answer.status, headers)


async def _answer_error(_request: Request, error: HTTPException) -> Response:
    return JSONResponse({"detail": error.detail}, error.status_code, error.headers)


async def _answer_invalid(_request: Request, error: InvalidBodyError) -> Response:
    """Answer in the form that Cog has for what its schema forbids."""
    detail = {"loc": list(error.where), "msg": error.trouble, "type": "value_error"}
    return JSONResponse({"detail": [detail]}, 422)


async def _answer_nobody(_request: Request, _error: Exception) -> Response:
    return Response(status_code=499)  # nobody reads it
