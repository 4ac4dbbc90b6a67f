"""Jobs as callers submit them and workers answer them -> what became of each.

The state of a control plane stood in for: who has which job, which worker lives, what was answered.
Knows no HTTP (tools.control_plane does), neither posters nor what a right answer is.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NoReturn

ANSWER_LIMIT = 10_000_000
"""Bytes of an answer to /run; /runsync allows twice as many, and a worker is not told which it
serves. Source: RunPod's documentation of its endpoint operations."""

SETTLED = ("COMPLETED", "FAILED", "CANCELLED", "LOST")

PINGS_TO_LOSE = 3
"""So often a worker must leave out a job that it was given: one ping may be under way already."""


@dataclass(eq=False)
class LedgerJob:
    """One job and all that the control plane saw of it.

    Args:
        id: as the worker is told.
        body: the JSON object that hands it out.
        status: the platform's word (IN_QUEUE, IN_PROGRESS, COMPLETED, FAILED, CANCELLED), or LOST:
            the worker lives, has not answered, and no longer names the job as one of its own.
        worker: who has it or had it last.
        handed_out: how often.
        handed_out_at: when last, in seconds of time.monotonic().
        answered_at: when the answer had been read, in the same clock.
        answers: every answer that was accepted, errors among them; one at most is right.
        progress: every report of progress.
        late_progress: reports that came when the job was no longer in progress.
        refused: answers turned away with a 500.
        broken: answers turned away with a 400, by what was wrong with them.
        answer_bytes: size of the last answer.
        pings_without: pings in a row of its worker that did not name it.
    """

    id: str
    body: bytes = field(repr=False)
    status: str = "IN_QUEUE"
    worker: str = ""
    handed_out: int = 0
    handed_out_at: float = 0.0
    answered_at: float = 0.0
    answers: list[dict[str, Any]] = field(default_factory=list, repr=False)
    progress: list[Any] = field(default_factory=list, repr=False)
    late_progress: int = 0
    refused: int = 0
    broken: list[str] = field(default_factory=list)
    answer_bytes: int = 0
    pings_without: int = 0


class Ledger:
    """Every job, from its submission to its answer. All methods may be called from any thread.

    Args:
        dead_after_s: a worker that has not pinged for so long is dead, and its jobs are handed
            out again, as the platform does.
    """

    def __init__(self, dead_after_s: float) -> None:
        self._dead_after_s = dead_after_s
        self._changed = threading.Condition()
        self._jobs: dict[str, LedgerJob] = {}
        self._queue: deque[LedgerJob] = deque()
        self._stops: dict[str, list[str]] = {}
        self._pinged_at: dict[str, float] = {}
        self._unfit: dict[str, str] = {}
        self._takers: set[str] = set()
        self._refusals = 0

    def submit(self, payload: object) -> LedgerJob:
        """Queue a job.

        Args:
            payload: its input: anything that json.dumps takes, NaN among it.

        Returns:
            The job, which changes as it goes on.
        """
        with self._changed:
            ident = f"job-{len(self._jobs)}"
            job = LedgerJob(ident, json.dumps({"id": ident, "input": payload}).encode())
            self._jobs[ident] = job
            self._queue.append(job)
            self._changed.notify_all()
            return job

    def cancel(self, job: LedgerJob) -> None:
        """Do what a caller's cancel does: the job is over, and its worker is told to stop it."""
        with self._changed:
            if job.status == "IN_PROGRESS":
                self._stops.setdefault(job.worker, []).append(job.id)
            elif job in self._queue:
                self._queue.remove(job)
            job.status = "CANCELLED"
            self._changed.notify_all()

    def refuse_answers(self, times: int) -> None:
        """Turn the next answers away with a 500; reports of progress are let in."""
        with self._changed:
            self._refusals = times

    def wait(self, jobs: Iterable[LedgerJob], statuses: tuple[str, ...], timeout_s: float) -> bool:
        """Wait until each job has one of these statuses.

        Returns:
            Whether they came to it in time.
        """
        jobs = list(jobs)
        return self._wait_for(lambda: all(job.status in statuses for job in jobs), timeout_s)

    def wait_for_taker(self, worker: str, timeout_s: float) -> bool:
        """Wait until a worker asks for its first job, or says that it is not fit to.

        Returns:
            Whether it asked for a job.
        """
        self._wait_for(lambda: worker in self._takers or worker in self._unfit, timeout_s)
        return worker in self._takers

    def unfitness(self, worker: str) -> str:
        """Check and reason by which a worker said that it is not fit to serve; or nothing."""
        return self._unfit.get(worker, "")

    def hand_out(
        self, worker: str, count: int, poll_s: float, is_open: Callable[[], bool]
    ) -> list[LedgerJob]:
        """Wait for jobs and give them to a worker.

        Args:
            worker: who asks.
            count: how many jobs it takes at most.
            poll_s: how long it waits.
            is_open: whether the worker can still be answered.

        Returns:
            The jobs; none when the time is up.
        """
        with self._changed:
            self._takers.add(worker)
            self._changed.notify_all()
            self._wait_for(lambda: bool(self._queue) or not is_open(), poll_s)
            if not is_open():
                return []
            jobs = [self._queue.popleft() for _ in range(min(count, len(self._queue)))]
            for job in jobs:
                job.status, job.worker, job.pings_without = "IN_PROGRESS", worker, 0
                job.handed_out += 1
                job.handed_out_at = time.monotonic()
            return jobs

    def take_back(self, jobs: list[LedgerJob]) -> None:
        """Queue jobs again, before all others: the worker that had them is not there."""
        with self._changed:
            for job in reversed(jobs):
                job.status = "IN_QUEUE"
                self._queue.appendleft(job)
            self._changed.notify_all()

    def stops_for(self, worker: str, poll_s: float, is_open: Callable[[], bool]) -> list[str]:
        """Wait for ids of jobs that a worker shall stop; none when the time is up."""
        with self._changed:
            self._wait_for(lambda: bool(self._stops.get(worker)) or not is_open(), poll_s)
            return self._stops.pop(worker, []) if is_open() else []

    def hear_ping(self, worker: str, held: list[str]) -> None:
        """A worker lives, and names the jobs that it holds."""
        with self._changed:
            self._pinged_at[worker] = time.monotonic()
            for job in self._jobs.values():
                if job.worker == worker and job.status == "IN_PROGRESS":
                    job.pings_without = 0 if job.id in held else job.pings_without + 1
                    if job.pings_without == PINGS_TO_LOSE:
                        job.status = "LOST"
            self._changed.notify_all()

    def hear_unfit(self, worker: str, why: str) -> None:
        """A worker says that it is not fit to serve."""
        with self._changed:
            self._unfit[worker] = why
            self._changed.notify_all()

    def forgive_silence(self, seconds: float) -> None:
        """Let workers not ping for so long from now: there is nobody to be pinged."""
        with self._changed:
            for worker in self._pinged_at:
                self._pinged_at[worker] = time.monotonic() + seconds

    def accept(self, ident: str, body: bytes) -> int:
        """Take an answer or a report of progress that has just been read.

        Returns:
            The HTTP status to reply with.
        """
        read_at = time.monotonic()
        with self._changed:
            job = self._jobs.get(ident)
            if job is None:
                return 404
            try:
                answer = _read_answer(body)
            except ValueError as error:
                job.broken.append(str(error))
                return 400
            if answer.get("status") == "IN_PROGRESS":
                job.progress.append(answer.get("output"))
                job.late_progress += job.status != "IN_PROGRESS"
                return 200
            if self._refusals:
                self._refusals -= 1
                job.refused += 1
                return 500
            job.answers.append(answer)
            job.answer_bytes = len(body)
            job.answered_at = read_at
            if job.status == "IN_QUEUE":
                self._queue.remove(job)  # its worker was thought dead
            if job.status != "CANCELLED":
                job.status = "FAILED" if "error" in answer else "COMPLETED"
            self._changed.notify_all()
            return 200

    def _wait_for(self, is_so: Callable[[], bool], timeout_s: float) -> bool:
        """Wait, and meanwhile notice who has died."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while not is_so():
                if time.monotonic() > deadline:
                    return False
                self._changed.wait(0.1)
                self._mourn()
            return True

    def _mourn(self) -> None:
        silent_since = time.monotonic() - self._dead_after_s
        dead = {worker for worker, at in self._pinged_at.items() if at < silent_since}
        if dead:
            held = [job for job in self._jobs.values() if job.worker in dead]
            self.take_back([job for job in held if job.status == "IN_PROGRESS"])


def _read_answer(body: bytes) -> dict[str, Any]:
    if len(body) > ANSWER_LIMIT:
        raise ValueError(f"has {len(body)} bytes")
    answer = json.loads(body, parse_constant=_refuse_constant)
    if not isinstance(answer, dict):
        raise ValueError("is no object")  # noqa: TRY004 - whatever is wrong with a body
    return answer


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"holds {name}, which is not JSON")
