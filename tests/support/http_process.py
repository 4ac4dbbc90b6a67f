"""A server that is a process of its own on loopback -> its answers, its log and its end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WITHIN_S = 120


@dataclass(frozen=True)
class HttpProcess:
    """A running server."""

    process: subprocess.Popen[bytes]
    port: int
    temporary: Path
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def call(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """One request; bytes are sent as they are, and anything else as JSON."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=body if body is None or isinstance(body, bytes) else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **headers},
        )
        try:
            with urllib.request.urlopen(request, timeout=WITHIN_S) as reply:
                return reply.status, json.load(reply)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def predict(self, **inputs: Any) -> dict[str, Any]:
        """The reply to a prediction that is accepted."""
        status, reply = self.call("POST", "/predictions", {"input": inputs})
        assert status == 200, (reply, self.log.read_text())
        return reply

    def wait_for(self, is_ready: Callable[[], bool]) -> None:
        """Wait until the server answers as it should."""
        deadline = time.monotonic() + WITHIN_S
        while time.monotonic() < deadline:
            try:
                if is_ready():
                    return
            except urllib.error.URLError:
                assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        try:
            return self.process.wait(WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


def environment(temporary: Path, **settings: str) -> dict[str, str]:
    """A server's environment, without settings of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if "POSTER_" not in name}
    return {**kept, "TMPDIR": str(temporary), **settings}
