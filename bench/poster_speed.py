"""How long a poster takes compared with the minimum work: read a photo and write two PNGs.

Prints the ratio first. Cold is a process from start to files; warm is a pipeline that has already
made a poster; server is a warm prediction through Cog's own HTTP server (the cog extra). The floor
of server is a prediction that is rejected at once for its width: only the transfer of the photo and
the reply.
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
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

from poster.pipeline import Pipeline
from poster.request import PosterRequest
from poster.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
PHOTO = ROOT / "examples" / "mountains.jpg"
REQUEST = ROOT / "examples" / "mountains.json"
FLOOR = """
import sys, cv2, numpy as np
photo = cv2.imread(sys.argv[1])
page = cv2.resize(photo, (1024, 1472), interpolation=cv2.INTER_AREA)
for name in ("cover", "envelope"):
    cv2.imwrite(f"{sys.argv[2]}/{name}.png", page, [cv2.IMWRITE_PNG_COMPRESSION, 1])
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer runs")
    parser.add_argument("--json", action="store_true", help="print one line of JSON at the end")
    options = parser.parse_args()
    runs = 3 if options.quick else 9
    with tempfile.TemporaryDirectory() as out:
        figures = {**measure_cold(runs, out), **measure_warm(runs, out), **measure_server(runs)}
    print(f"{'':8}{'ratio':>8}{'poster s':>10}{'floor s':>9}{'peak MB':>9}")
    for kind in ("cold", "warm", "server"):
        poster, floor = figures[f"{kind}_s"], figures[f"{kind}_floor_s"]
        peak = figures.get(f"{kind}_peak_mb")
        print(f"{kind:8}{poster / floor:8.1f}{poster:10.2f}{floor:9.3f}{peak or '-':>9}")
    if options.json:
        print(json.dumps(figures))


def measure_cold(runs: int, out: str) -> dict[str, float]:
    """Time whole processes, from start to files."""
    make = [sys.executable, "-m", "poster", "make", "--request", str(REQUEST), "--out", out]
    floor = [sys.executable, "-c", FLOOR, str(PHOTO), out]
    pairs = [(run_process(make), run_process(floor)) for _ in range(runs)]
    return {
        "cold_s": statistics.median(poster[0] for poster, _ in pairs),
        "cold_floor_s": statistics.median(minimum[0] for _, minimum in pairs),
        "cold_peak_mb": round(max(poster[1] for poster, _ in pairs)),
    }


def run_process(command: list[str]) -> tuple[float, float]:
    """Run a process; return its wall seconds and its peak resident MB."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[:4]} failed with exit code {process.returncode}")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def measure_warm(runs: int, out: str) -> dict[str, float]:
    """Time a pipeline in this process that has been used before."""
    pipeline = Pipeline.open(Settings())
    request = PosterRequest.from_mapping(read_request())

    def make() -> None:
        pipeline.make(request).save(out)

    return {"warm_s": time_median(make, runs), "warm_floor_s": time_floor(runs, out)}


def time_floor(runs: int, out: str) -> float:
    """Time the floor's work in this process."""
    code = compile(FLOOR, "floor", "exec")
    arguments, sys.argv = sys.argv, ["floor", str(PHOTO), out]
    try:
        return time_median(lambda: exec(code, {}), runs)  # noqa: S102 - our own constant
    finally:
        sys.argv = arguments


def time_median(work: Callable[[], object], runs: int) -> float:
    """Return the median wall seconds, after one uncounted run."""
    times = []
    for _ in range(runs + 1):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times[1:])


def measure_server(runs: int) -> dict[str, float]:
    """Time warm predictions over HTTP, and the same photo with a width that is rejected."""
    fields = read_request()
    photo = base64.b64encode(fields.pop("image")).decode()
    body = json.dumps({"input": {**fields, "image": f"data:image/jpeg;base64,{photo}"}}).encode()
    refused = json.dumps(
        {"input": {**fields, "image": f"data:image/jpeg;base64,{photo}", "width": 7}}
    ).encode()
    with serve() as (url, pid):

        def predict(payload: bytes) -> None:
            request = urllib.request.Request(
                f"{url}/predictions", payload, {"Content-Type": "application/json"}
            )
            while True:
                try:
                    urllib.request.urlopen(request, timeout=120).read()
                except urllib.error.HTTPError as error:
                    if error.code == HTTPStatus.UNPROCESSABLE_ENTITY:
                        return
                    # Shortly after an answer, Cog may still report that it is at capacity.
                    if error.code != HTTPStatus.CONFLICT:
                        raise
                else:
                    return

        poster = time_median(lambda: predict(body), runs)
        floor = time_median(lambda: predict(refused), runs)
        peak = round(sum(peak_mb(process) for process in [pid, *children_of(pid)]))
    return {"server_s": poster, "server_floor_s": floor, "server_peak_mb": peak}


@contextmanager
def serve() -> Iterator[tuple[str, int]]:
    """Run Cog's server on a free loopback port until the end of the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PORT": str(port),
        "COG_PREDICT_TYPE_STUB": "predict.py:Predictor",
    }
    subprocess.run([sys.executable, "-m", "poster", "schema"], cwd=ROOT, check=True, stdout=2)
    command = [sys.executable, "-m", "cog.server.http", "--host", "127.0.0.1"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while not is_ready(url):
            if time.monotonic() > deadline:
                raise SystemExit("the server was not ready within 60 s")
            time.sleep(0.1)
        yield url, process.pid
    finally:
        process.terminate()
        process.wait(30)


def is_ready(url: str) -> bool:
    """Whether the server reports READY."""
    try:
        with urllib.request.urlopen(f"{url}/health-check", timeout=5) as reply:
            return bool(json.load(reply)["status"] == "READY")
    except OSError:
        return False


def children_of(pid: int) -> list[int]:
    """Return the ids of all descendants of a process."""
    listed = [path.read_text().split() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    children = [int(child) for of_thread in listed for child in of_thread]
    return [below for child in children for below in [child, *children_of(child)]]


def peak_mb(pid: int) -> float:
    """Return the peak resident memory of a process in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def read_request() -> dict[str, Any]:
    """Return the example's fields with the photo's bytes."""
    return {**json.loads(REQUEST.read_text()), "image": PHOTO.read_bytes()}


if __name__ == "__main__":
    main()
