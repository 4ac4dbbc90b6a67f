"""What happens to jobs in RunPod's real worker loop, without and with faults.

Prints the ratio of answered to sent jobs first. The shim serves jobs of both contracts and all
stages at 512x736, then invalid jobs, a result over the platform's limit, and the faults of
tools.loop_faults. Then an empty handler goes through the same faults, which shows what the loop
itself loses.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.control_plane import ControlPlane
from tools.loop_callers import Caller, make_bare_caller, make_shim_caller
from tools.loop_faults import Tally, cancel, kill_and_end, refuse, serve, vanish
from tools.loop_jobs import make_broken_jobs, make_jobs, make_large_job
from tools.loop_worker import run_worker

GONE_S = 10.0
COLUMNS = ("ratio", "sent", "answered", "lost", "wrong", "again", "seconds")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only 25 jobs, and fewer faults")
    parser.add_argument("--json", action="store_true", help="print one line of JSON at the end")
    options = parser.parse_args()
    print(f"{'':38}" + "".join(f"{name:>9}" for name in COLUMNS))
    rows = {}
    with tempfile.TemporaryDirectory() as folder, ControlPlane() as plane:
        measured = measure_subset if options.quick else measure_all
        for name, tally in measured(plane, Path(folder)):
            rows[name] = tally
            print_row(name, tally)
    if options.json:
        print(json.dumps({name: asdict(tally) for name, tally in rows.items()}))


def measure_subset(plane: ControlPlane, folder: Path) -> Iterator[tuple[str, Tally]]:
    """Measure the subset that takes less than a minute."""
    caller = make_shim_caller()
    with run_worker(plane, "shim", folder, caller.command) as worker:
        yield "shim: 25 jobs", serve(plane, caller, make_jobs(25))
        yield "shim: broken jobs", serve(plane, caller, make_broken_jobs())
        yield "shim: 3 answers rejected with a 500", refuse(plane, caller, 3)
        seconds, tally = cancel(plane, caller, worker)
        yield f"shim: cancelled in {seconds:.1f} s, then", tally


def measure_all(plane: ControlPlane, folder: Path) -> Iterator[tuple[str, Tally]]:
    """Measure the shim, then the bare handler."""
    caller = make_shim_caller()
    with run_worker(plane, "shim", folder, caller.command):
        yield "shim: 500 jobs", serve(plane, caller, make_jobs(500))
        yield "shim: broken jobs", serve(plane, caller, make_broken_jobs())
        yield "shim: a result over the limit", serve(plane, caller, [make_large_job()])
    yield from measure_faults(plane, caller, folder)
    yield from measure_faults(plane, make_bare_caller(), folder)


def measure_faults(
    plane: ControlPlane, caller: Caller, folder: Path
) -> Iterator[tuple[str, Tally]]:
    """Measure every fault in turn, with several workers."""
    with run_worker(plane, f"{caller.name}-faults", folder, caller.command) as worker:
        for times in (2, 3, 6):
            yield (
                f"{caller.name}: {times} answers rejected with a 500",
                refuse(plane, caller, times),
            )
        yield f"{caller.name}: plane gone for {GONE_S:.0f} s", vanish(plane, caller, GONE_S)
        seconds, tally = cancel(plane, caller, worker)
        yield f"{caller.name}: cancelled in {seconds:.1f} s, then", tally
    killed, ended, status = kill_and_end(plane, caller, folder)
    yield f"{caller.name}: SIGKILL at work, restarted", killed
    yield f"{caller.name}: SIGTERM at work, exit {status}", ended


def print_row(name: str, tally: Tally) -> None:
    """Print a line of the table, and one for each wrong answer."""
    counts = (tally.sent, tally.answered, tally.lost, len(tally.wrong), tally.again)
    cells = "".join(f"{count:>9}" for count in counts)
    print(f"{name:38}{tally.answered / tally.sent:9.3f}{cells}{tally.seconds:9.1f}", flush=True)
    for trouble in tally.wrong:
        print(f"    {trouble}")


if __name__ == "__main__":
    main()
