"""A worker's HTTP requests on loopback -> the ledger's jobs: a fake of RunPod's control plane.

Answers the real worker of runpod 1.12.0 as the platform does, and can simulate an outage. Does not
track what happens to a job: tools.job_ledger does.

Source: runpod 1.12.0, serverless/modules: rp_job, rp_http, rp_ping (requests and replies).
"""

from __future__ import annotations

import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tools.job_ledger import Ledger, LedgerJob


class ControlPlane:
    """Serves a ledger's jobs to workers; a context manager that listens while inside.

    Args:
        poll_s: how long a request for a job, or for jobs to stop, is held open.
        dead_after_s: a worker that has not pinged for this long is dead; pings come every second.
    """

    def __init__(self, poll_s: float = 1.0, dead_after_s: float = 6.0) -> None:
        self.ledger = Ledger(dead_after_s)
        self.poll_s = poll_s
        self._server: _Server | None = None
        self._port = 0

    def __enter__(self) -> Self:
        self._listen()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._hang_up()

    def environment(self, worker: str) -> dict[str, str]:
        """The variables by which a worker finds this control plane.

        Args:
            worker: its name, the platform's pod id.

        Returns:
            name -> value. The SDK's own system checks are off, since they access the internet.
        """
        base = f"http://127.0.0.1:{self._port}"
        return {
            # The SDK appends "&name=value" to each URL: the platform's also have a query.
            "RUNPOD_WEBHOOK_GET_JOB": f"{base}/job-take/$ID?gpu=SIM",
            "RUNPOD_WEBHOOK_POST_OUTPUT": f"{base}/job-done/$RUNPOD_POD_ID/$ID?gpu=SIM",
            "RUNPOD_WEBHOOK_POST_STREAM": f"{base}/job-stream/$RUNPOD_POD_ID/$ID?gpu=SIM",
            "RUNPOD_WEBHOOK_PING": f"{base}/ping/$RUNPOD_POD_ID?gpu=SIM",
            "RUNPOD_POD_ID": worker,
            "RUNPOD_ENDPOINT_ID": "loopback",
            "RUNPOD_AI_API_KEY": "loopback",
            "RUNPOD_PING_INTERVAL": "1000",
            "RUNPOD_SKIP_AUTO_SYSTEM_CHECKS": "true",
            "RUNPOD_SKIP_GPU_CHECK": "true",
        }

    def vanish(self, seconds: float) -> None:
        """Drop every connection and refuse new ones for a while; jobs are kept."""
        self.ledger.forgive_silence(seconds)
        self._hang_up()
        time.sleep(seconds)
        self._listen()

    def _listen(self) -> None:
        self._server = _Server(self, self._port)
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def _hang_up(self) -> None:
        server, self._server = self._server, None
        if server:
            server.is_open = False
            server.shutdown()
            server.server_close()
            server.cut_connections()


class _Server(ThreadingHTTPServer):
    """Listens on one port and knows its open connections, so that it can cut them."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, plane: ControlPlane, port: int) -> None:
        self.ledger = plane.ledger
        self.poll_s = plane.poll_s
        self.is_open = True
        self._connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Requests)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._connections.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 - as the base class has it
        self._connections.discard(request)
        super().shutdown_request(request)

    def cut_connections(self) -> None:
        """Drop all connections, as a machine that goes down does."""
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the worker closed it first

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as above
        """Ignore errors: a worker that disappears during a request is part of these tests."""


class _Requests(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Otherwise the second of two small writes waits up to 40 ms for an acknowledgement.
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        """A worker asks for jobs, asks for jobs to stop, or pings."""
        url = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        _, verb, worker = url.path.split("/")
        ledger = self.server.ledger
        if verb in {"job-take", "job-take-batch"}:
            self._hand_out(worker, query.get("batch_size"))
        elif verb == "job-stop":
            stops = ledger.stops_for(worker, self.server.poll_s, lambda: self.server.is_open)
            self._reply(200, json.dumps({"jobsToStop": stops}).encode())
        elif verb == "ping":
            if query.get("status") == "unhealthy":
                ledger.hear_unfit(worker, f"{query['check']}: {query['reason']}")
            else:
                ledger.hear_ping(worker, query.get("job_id", "").split(","))
            self._reply(200)
        else:
            self._reply(404)

    def do_POST(self) -> None:
        """A worker sends an answer or a progress report."""
        _, verb, _, ident = urlsplit(self.path).path.split("/")
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._reply(self.server.ledger.accept(ident, body) if verb == "job-done" else 404)

    def _hand_out(self, worker: str, batch_size: str | None) -> None:
        ledger, server = self.server.ledger, self.server
        jobs: list[LedgerJob] = ledger.hand_out(
            worker, int(batch_size or 1), server.poll_s, lambda: server.is_open
        )
        bodies = [job.body for job in jobs]
        try:
            if not bodies:
                self._reply(204)
            else:
                self._reply(200, b"[" + b",".join(bodies) + b"]" if batch_size else bodies[0])
        except OSError:
            ledger.take_back(jobs)
            raise

    def _reply(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:  # noqa: ANN401 - as the base class has it
        """Log nothing."""
