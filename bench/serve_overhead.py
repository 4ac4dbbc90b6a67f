"""How much longer a poster takes by HTTP than in the engine: through Cog alone and poster serve.

Prints each ratio to the engine, and the milliseconds above it. The same request, with a photo of
2 MB as a data URI, goes in turn to Pipeline.make in this process, to Cog's server and to poster
serve. The bytes alone are the time to write, send, read and answer as many of them in this process:
JSON and base64 both ways over a loopback connection.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from poster.doors.cog_schema import SCHEMA_PATH, format_schema
from poster.pipeline import Pipeline
from poster.request import PosterRequest
from poster.settings import Settings, child_environment

ROOT = Path(__file__).resolve().parents[1]
PHOTO_BYTES = 2_000_000
FIELDS: dict[str, Any] = {"title": "ORBIT", "seed": 7, "width": 512, "height": 736}
COG = (sys.executable, "-m", "cog.server.http", "--host", "127.0.0.1")
SERVE = (sys.executable, "-m", "poster", "serve")
WITHIN_S = 120


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=25, help="counted runs of each (default: 25)")
    options = parser.parse_args()
    photo = make_photo()
    print(f"photo of {len(photo) / 1e6:.2f} MB, {FIELDS['width']}x{FIELDS['height']}, medians")
    print(f"{'stage':12}{'way':16}{'ratio':>7}{'ms above the engine':>22}{'ms':>9}")
    for stage in ("envelope", "cover"):
        measure_stage(stage, photo, options.runs)


def measure_stage(stage: str, photo: bytes, runs: int) -> None:
    """Time one stage in every way, in turn."""
    uri = f"data:image/jpeg;base64,{base64.b64encode(photo).decode()}"
    body = json.dumps({"input": {"image": uri, "stage": stage, **FIELDS}}).encode()
    request = PosterRequest(image=photo, stage=stage, **FIELDS)
    pipeline = Pipeline.open(Settings())
    files = pipeline.make(request).encode()
    with (
        tempfile.TemporaryDirectory() as folder,
        serve_cog(Path(folder)) as cog,
        serve_poster() as poster,
        echo_bytes(files) as echo,
    ):
        ways: dict[str, Callable[[], object]] = {
            "engine": lambda: pipeline.make(request).encode(),
            "bytes alone": lambda: echo(body),
            "Cog": lambda: ask(cog, body),
            "poster serve": lambda: ask(poster, body),
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(runs + 1):
            for name, way in ways.items():
                started = time.perf_counter()
                way()
                times[name].append(1000 * (time.perf_counter() - started))
    medians = {name: statistics.median(taken[1:]) for name, taken in times.items()}
    engine = medians["engine"]
    for name, median in medians.items():
        above = median if name == "bytes alone" else median - engine
        print(f"{stage:12}{name:16}{median / engine:7.2f}{above:22.1f}{median:9.1f}", flush=True)


def make_photo() -> bytes:
    """Make a JPEG of about PHOTO_BYTES: a gradient under grain, whose amount is searched."""
    row, column = np.mgrid[0:1500, 0:2000]
    ground = np.dstack([40 + row / 12, 60 + column / 18, 160 - row / 15])
    grain = np.random.default_rng(16).normal(0, 1, ground.shape)
    low, high = 0.0, 64.0
    for _ in range(12):
        amount = (low + high) / 2
        picture = np.clip(ground + amount * grain, 0, 255).astype(np.uint8)
        data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()
        low, high = (amount, high) if len(data) < PHOTO_BYTES else (low, amount)
    return data


def ask(port: int, body: bytes) -> dict[str, Any]:
    """Make a poster by HTTP, and decode its files as a client does."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/predictions", body, {"Content-Type": "application/json"}
    )
    while True:
        try:
            with urllib.request.urlopen(request, timeout=WITHIN_S) as reply:
                answer: dict[str, Any] = json.load(reply)
        except urllib.error.HTTPError as error:
            if error.code != 409:  # which Cog says for a moment after each poster
                raise
            continue
        if answer["status"] != "succeeded":
            raise SystemExit(answer)
        for uri in answer["output"]:
            base64.b64decode(uri.partition(",")[2])
        return answer


@contextmanager
def echo_bytes(files: dict[str, bytes]) -> Iterator[Callable[[bytes], None]]:
    """Yield a call that costs what the request's and the answer's bytes cost at least."""
    here, there = socket.socketpair()

    def serve() -> None:
        with there.makefile("rwb") as stream:
            while size := stream.readline():
                told = json.loads(stream.read(int(size)))
                base64.b64decode(told["input"]["image"].partition(",")[2])
                encoded = [base64.b64encode(data).decode() for data in files.values()]
                answer = json.dumps({"output": encoded}).encode()
                stream.write(b"%d\n" % len(answer) + answer)
                stream.flush()

    thread = threading.Thread(target=serve)
    thread.start()
    with here.makefile("rwb") as stream:

        def call(body: bytes) -> None:
            stream.write(b"%d\n" % len(body) + body)
            stream.flush()
            answer = json.loads(stream.read(int(stream.readline())))
            for data in answer["output"]:
                base64.b64decode(data)

        yield call
    here.close()
    thread.join()
    there.close()


@contextmanager
def serve_cog(folder: Path) -> Iterator[int]:
    """Run Cog's server alone; yield its port."""
    source = (ROOT / "predict.py").read_text()
    (folder / "predict.py").write_text(source)
    schema = folder / SCHEMA_PATH
    schema.parent.mkdir()
    schema.write_text(format_schema(source))
    port = find_port()
    environment = {"PORT": str(port), "COG_PREDICT_TYPE_STUB": "predict.py:Predictor"}
    with run(COG, folder, environment, f"http://127.0.0.1:{port}/health-check", b'"READY"'):
        yield port


@contextmanager
def serve_poster() -> Iterator[int]:
    """Run poster serve; yield its port."""
    port = find_port()
    command = (*SERVE, "--port", str(port))
    with run(command, ROOT, {}, f"http://127.0.0.1:{port}/readyz", b"ready"):
        yield port


@contextmanager
def run(
    command: tuple[str, ...], folder: Path, changes: dict[str, str], url: str, word: bytes
) -> Iterator[None]:
    """Run a server until its URL answers with a word, and end it at the end."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=child_environment(**changes, PYTHONPATH=str(ROOT)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + WITHIN_S
        while not answers(url, word):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{' '.join(command)} did not start")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(WITHIN_S)


def answers(url: str, word: bytes) -> bool:
    """Whether a URL answers with status 200 and a word."""
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return word in reply.read()
    except OSError:
        return False


def find_port() -> int:
    """Find a port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
