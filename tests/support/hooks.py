"""A webhook on loopback that keeps what it is sent, or refuses it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


class Hooks:
    """A web server on loopback; `refused` answers that many messages with status 503."""

    def __init__(self) -> None:
        received: list[dict[str, Any]] = []
        self.refused = 0
        hooks = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if hooks.refused:
                    hooks.refused -= 1
                    self.send_response(503)
                else:
                    received.append(message)
                    self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.received = received
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait_for(self, *statuses: str) -> dict[str, Any]:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            for message in list(self.received):
                if message["status"] in statuses:
                    return message
            time.sleep(0.02)
        raise AssertionError([message["status"] for message in self.received])


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    hooks = Hooks()
    yield hooks
    hooks.server.shutdown()
    hooks.server.server_close()
