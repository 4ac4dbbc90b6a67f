"""How much time a job spends outside the engine, compared with an empty handler in the same loop.

Prints the ratio first, and the milliseconds that the shim adds. The time outside the engine is from
the call of the handler until the control plane has read the answer, without Pipeline.make. The same
job goes to three handlers: one that returns nothing, one that returns at once as many bytes as the
poster has, and the shim. Of the shim's time, only read and pack are its own: every door encodes,
and the SDK sends.

Then, with as many queued jobs as there are runs, measures how much longer each job takes than
Pipeline.make alone, for different numbers of jobs that the worker holds at once.
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
from poster.result import Poster
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
    """The parts of one job's time, in milliseconds.

    Args:
        picked_up: from the control plane's reply to the call of the handler: the SDK's own time.
        read: in the handler, until the engine started.
        make: in the engine.
        encode: encoding pictures.
        pack: in the handler after the engine, without encoding.
        send: from the handler's return until the control plane had read the answer.
        answer_bytes: size of the answer in bytes.
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
        """Time in the loop but not in the engine."""
        return self.read + self.encode + self.pack + self.send


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer runs, and only the small size")
    parser.add_argument("--json", action="store_true", help="print one line of JSON at the end")
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
    """Runs and times the workers of one control plane.

    Args:
        plane: the control plane.
        folder: folder for logs and times.
        runs: number of counted jobs of each kind.
    """

    plane: ControlPlane
    folder: Path
    runs: int
    _workers: int = 0

    def measure_outside(self, width: int, height: int) -> dict[str, dict[str, float]]:
        """Send the same job to each handler, one after another."""
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
        """Time queued jobs, for each number of jobs that the worker holds at once."""
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
        """Run a worker with this script; yield the file of its times."""
        self._workers += 1
        name = f"worker-{self._workers}"
        times = self.folder / f"{name}.times"
        command = (sys.executable, "-c", TIMED, script, str(times), str(held))
        # Set here, because the SDK is imported before the script could set it.
        with run_worker(self.plane, name, self.folder, command, RUNPOD_DEBUG_LEVEL="INFO"):
            yield times

    def time_each(self, payload: object, times: Path) -> dict[str, float]:
        """Send jobs one by one, and return each part's median time, without the first job."""
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
            SystemExit: a job was not answered, or its answer is an error.
        """
        if not self.plane.ledger.wait(jobs, ("COMPLETED",), WITHIN_S):
            raise SystemExit(f"not answered: {[job for job in jobs if job.status != 'COMPLETED']}")
        for job in jobs:
            job.answers.clear()


def read_spans(times: Path) -> dict[str, list[tuple[float, float]]]:
    """Read what a worker wrote: name -> its spans, in seconds of time.monotonic()."""
    spans: dict[str, list[tuple[float, float]]] = {"make": [], "encode": [], "handler": []}
    for line in times.read_text().splitlines():
        name, start, end = json.loads(line)
        spans[name].append((start, end))
    return spans


def read_times(job: LedgerJob, spans: dict[str, list[tuple[float, float]]]) -> Times:
    """Compute one job's times, from the clock that all processes share."""
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
