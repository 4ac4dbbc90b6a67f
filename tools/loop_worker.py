"""A control plane and a script -> a worker process for that plane, ended as the platform ends one.

Does not know what the script's handler does.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.control_plane import ControlPlane

ROOT = Path(__file__).resolve().parent.parent
SHIM = (sys.executable, "runpod_shim.py")
READY_WITHIN_S = 120
_FOREIGN = ("POSTER_", "RUNPOD_", "BUCKET_")


@dataclass(frozen=True)
class LoopWorker:
    """One worker process and its log."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def read_log(self) -> str:
        """Everything that it has printed."""
        return self.log.read_text(errors="replace")

    def wait_for_log(self, text: str, timeout_s: float) -> bool:
        """Wait until it has printed a text.

        Returns:
            Whether it did in time.
        """
        deadline = time.monotonic() + timeout_s
        while text not in self.read_log():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    def ask_to_end(self) -> None:
        """Send SIGTERM, as the platform does before it removes a container."""
        self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it and its heartbeat process at once, as when a container is removed."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def run_worker(
    plane: ControlPlane,
    name: str,
    folder: Path,
    command: tuple[str, ...] = SHIM,
    **environment: str,
) -> Iterator[LoopWorker]:
    """Start a worker and wait until it asks for its first job; kill it at the end of the block.

    Args:
        plane: the control plane that it serves.
        name: unique on this plane.
        folder: where its log is stored.
        command: starts it, in the repository's root.
        **environment: variables in addition to the plane's.

    Yields:
        The worker.

    Raises:
        RuntimeError: it did not ask for a job; the message includes its log.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith(_FOREIGN)}
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**kept, "POSTER_ENGINE": "studio", **plane.environment(name), **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Its own process group: its heartbeat is a child process, which must not outlive it.
            start_new_session=True,
        )
    worker = LoopWorker(name, process, log)
    try:
        if not plane.ledger.wait_for_taker(name, READY_WITHIN_S):
            raise RuntimeError(f"{name} did not ask for a job\n{worker.read_log()}")
        yield worker
    finally:
        if process.poll() is None:
            worker.kill()
