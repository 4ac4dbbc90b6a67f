"""Answers as Cog's server does, or fails in the way that a prediction's title names.

DIE ends the process, HANG never answers, STICK does not give its slot back, STREAM answers with an
event stream, DEAF answers nothing any more, SLOW gives its slot back late, and LOSE never reports
the end of an asynchronous prediction. STAND_IN=broken never starts, and STAND_IN=brief ends as soon
as it is ready. Every answer has the headers that came, and the hosts that need no proxy.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

held = threading.Event()
deaf = threading.Event()


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if deaf.is_set():
            time.sleep(3600)
        if os.environ.get("STAND_IN") == "brief":
            threading.Timer(0.1, os._exit, [9]).start()
        self.answer(200, {"status": "BUSY" if held.is_set() else "READY"})

    def do_POST(self) -> None:
        if self.path.endswith("/cancel"):
            self.answer(200, {})
        else:
            self.make()

    def make(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if held.is_set():
            self.answer(409, {"error": "At capacity - all prediction slots busy"})
            return
        title = body["input"]["title"]
        held.set()
        if title == "DIE":
            os._exit(7)
        if title == "HANG":
            time.sleep(3600)
        if title == "DEAF":
            deaf.set()
        if title == "STREAM":
            self.stream()
        elif title == "LOSE":
            self.answer(202, {"id": body["id"], "status": "starting"})
        else:
            headers = {name.lower(): value for name, value in self.headers.items()}
            told = {"headers": headers, "no_proxy": os.environ.get("no_proxy", "")}
            answer = {"id": body["id"], "status": "succeeded", "server": os.getpid(), **told}
            self.answer(200, answer)
        if body.get("webhook") and title != "LOSE":
            report = json.dumps({"id": body["id"], "status": "succeeded"}).encode()
            kind = {"Content-Type": "application/json"}
            urllib.request.urlopen(urllib.request.Request(body["webhook"], report, kind)).close()
        if title == "SLOW":
            time.sleep(0.4)
        if title != "STICK":
            held.clear()

    do_PUT = make  # noqa: N815 - http.server's name

    def stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for word in ("start", "completed"):
            self.wfile.write(f"event: {word}\ndata: {{}}\n\n".encode())
            self.wfile.flush()
            time.sleep(0.2)

    def answer(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Ends with its process."""

    daemon_threads = True


if __name__ == "__main__":
    if os.environ.get("STAND_IN") == "broken":
        sys.exit("the models are missing")
    Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
