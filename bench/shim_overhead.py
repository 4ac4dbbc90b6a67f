"""Time that a job spends outside the engine, beside a handler of nothing in the same worker loop.

Prints the ratio first, and what the shim adds in milliseconds. A job is outside the engine from the
call of its handler until the control plane has read the answer, but for the time in Pipeline.make.
The same job goes to each: to a handler that answers with nothing, to one that answers at once with
as many bytes as the poster has, and to the shim. Of the shim's, read and pack are its own: encoding
is every door's, and sending is the SDK's.

Then jobs wait in line, as many as there are runs: how much longer each takes than Pipeline.make
alone, by how many jobs the worker may hold at once.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.control_plane import ControlPlane
from tools.job_ledger import LedgerJob
from tools.loop_jobs import make_job
from tools.loop_worker import run_worker

SIZES = ((512, 736), (1024, 1472))
WITHIN_S = 120
TIMED = """
import json, os, runpy, sys, time
path, times, held = sys.argv[1:]
import runpod
from poster.poster import Poster
from poster.pipeline import Pipeline

spans = open(times, "a", buffering=1)

def tell(name, started):
    print(json.dumps([name, started, time.monotonic()]), file=spans)

def timed(name, work):
    def run(*arguments):
        started = time.monotonic()
        try:
            return work(*arguments)
        finally:
            tell(name, started)
    return run

Pipeline.make = timed("make", Pipeline.make)
Poster.encode = timed("encode", Poster.encode)
start = runpod.serverless.start

def start_timed(config):
    handler = config["handler"]
    async def handle(job):
        started = time.monotonic()
        reply = await handler(job)
        tell("handler", started)
        return reply
    config["handler"] = handle
    config["concurrency_modifier"] = lambda _: int(held)
    start(config)

runpod.serverless.start = start_timed
sys.argv = [path]
runpy.run_path(path, run_name="__main__")
"""


@dataclass(frozen=True)
class Times:
    """Where one job's time went, in milliseconds.

    Args:
        picked_up: from the control plane's reply to the call of the handler: the SDK's own.
        read: in the handler, until the engine began.
        make: in the engine.
        encode: encoding pictures.
        pack: in the handler after the engine, but for encoding.
        send: from the handler's return until the control plane had read the answer.
        answer_bytes: size of the answer.
    """

    picked_up: float
    read: float
    make: float
    encode: float
    pack: float
    send: float
    answer_bytes: int

    @property
    def outside(self) -> float:
        """In the loop but not in the engine."""
        return self.read + self.encode + self.pack + self.send


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer runs, and the small size alone")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    options = parser.parse_args()
    runs = 5 if options.quick else 40
    figures: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder, ControlPlane() as plane:
        bench = Bench(plane, Path(folder), runs)
        for size in SIZES[:1] if options.quick else SIZES:
            figures |= bench.measure_outside(*size)
        figures |= bench.measure_line((1, 2) if options.quick else (1, 2, 3))
    if options.json:
        print(json.dumps(figures))


@dataclass
class Bench:
    """Workers of one control plane, timed.

    Args:
        plane: serves them.
        folder: for logs and times.
        runs: jobs that count, of each kind.
    """

    plane: ControlPlane
    folder: Path
    runs: int
    _workers: int = 0

    def measure_outside(self, width: int, height: int) -> dict[str, dict[str, float]]:
        """The same job to each handler, one after another."""
        payload = make_job("both", width=width, height=height).payload
        with self.run("runpod_shim.py") as times:
            shim = self.time_each(payload, times)
        with self.run("tools/bare_handler.py") as times:
            empty = self.time_each(payload, times)
            echo = self.time_each({**payload, "bytes": int(shim["answer_bytes"])}, times)
        floor = empty["outside"]
        rows = {
            "empty handler": empty,
            "as many bytes at once": echo,
            "shim": shim,
        }
        names = ("own", "outside", "read", "make", "encode", "pack", "send")
        print(f"{f'{width}x{height}, ms':32}{'ratio':>7}{'added':>8}", end="")
        print("".join(f"{name:>9}" for name in names))
        for name, row in rows.items():
            row |= {
                "ratio": row["outside"] / floor,
                "added": row["outside"] - floor,
                "own": row["read"] + row["pack"],
            }
            print(f"{name:32}{row['ratio']:7.1f}{row['added']:8.1f}", end="")
            print("".join(f"{row[part]:9.1f}" for part in names), flush=True)
        return {f"{name}, {width}x{height}": row for name, row in rows.items()}

    def measure_line(self, holds: tuple[int, ...]) -> dict[str, dict[str, float]]:
        """Jobs that wait in line, by how many the worker may hold."""
        rows = {}
        print(f"{'jobs in line':32}{'ratio':>7}{'dead ms':>8}{'made ms':>9}{'job ms':>9}")
        for held in holds:
            payload = make_job("both").payload
            with self.run("runpod_shim.py", held) as times:
                self.finish([self.plane.ledger.submit(payload)])
                jobs = [self.plane.ledger.submit(payload) for _ in range(self.runs)]
                self.finish(jobs)
                spans = read_spans(times)["make"][1:]
            whole = 1000 * (jobs[-1].answered_at - jobs[0].handed_out_at) / len(jobs)
            made = statistics.fmean(1000 * (end - start) for start, end in spans)
            row = {"ratio": whole / made, "dead": whole - made, "made": made, "job": whole}
            rows[f"in line, {held} held"] = row
            print(f"{f'{held} held at once':32}{row['ratio']:7.2f}{row['dead']:8.0f}", end="")
            print(f"{made:9.0f}{whole:9.0f}", flush=True)
        return rows

    @contextmanager
    def run(self, script: str, held: int = 1) -> Iterator[Path]:
        """A worker with this script; yields the file of its times."""
        self._workers += 1
        name = f"worker-{self._workers}"
        times = self.folder / f"{name}.times"
        command = (sys.executable, "-c", TIMED, script, str(times), str(held))
        # Set here, since the SDK is imported before the script could.
        with run_worker(self.plane, name, self.folder, command, RUNPOD_DEBUG_LEVEL="INFO"):
            yield times

    def time_each(self, payload: object, times: Path) -> dict[str, float]:
        """Medians of where the time goes, of jobs sent one by one; the first does not count."""
        taken = []
        for _ in range(self.runs + 1):
            times.write_bytes(b"")
            job = self.plane.ledger.submit(payload)
            self.finish([job])
            taken.append(read_times(job, read_spans(times)))
        parts = {name: [getattr(each, name) for each in taken[1:]] for name in vars(taken[0])}
        parts["outside"] = [each.outside for each in taken[1:]]
        return {name: statistics.median(values) for name, values in parts.items()}

    def finish(self, jobs: list[LedgerJob]) -> None:
        """Wait until jobs are answered.

        Raises:
            SystemExit: one of them was not, or with an error.
        """
        if not self.plane.ledger.wait(jobs, ("COMPLETED",), WITHIN_S):
            raise SystemExit(f"not answered: {[job for job in jobs if job.status != 'COMPLETED']}")
        for job in jobs:
            job.answers.clear()


def read_spans(times: Path) -> dict[str, list[tuple[float, float]]]:
    """What a worker wrote: name -> its spans, in seconds of time.monotonic()."""
    spans: dict[str, list[tuple[float, float]]] = {"make": [], "encode": [], "handler": []}
    for line in times.read_text().splitlines():
        name, start, end = json.loads(line)
        spans[name].append((start, end))
    return spans


def read_times(job: LedgerJob, spans: dict[str, list[tuple[float, float]]]) -> Times:
    """One job's times, from the clock that all processes share."""
    (begun, ended), *_ = spans["handler"]
    start, end = spans["make"][0] if spans["make"] else (begun, begun)
    encode = sum(till - since for since, till in spans["encode"])
    return Times(
        picked_up=1000 * (begun - job.handed_out_at),
        read=1000 * (start - begun),
        make=1000 * (end - start),
        encode=1000 * encode,
        pack=1000 * (ended - end - encode),
        send=1000 * (job.answered_at - ended),
        answer_bytes=job.answer_bytes,
    )


if __name__ == "__main__":
    main()
