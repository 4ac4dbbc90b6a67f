"""Jobs that callers submit and workers answer -> what happened to each.

The state of a fake control plane: which worker has which job, which workers are alive, and all
answers. Does not know HTTP (tools.control_plane does), posters, or what a correct answer is.
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
"""Bytes of an answer to /run; /runsync allows twice as many, but a worker does not know which one
it serves. Source: RunPod's documentation of its endpoint operations."""

SETTLED = ("COMPLETED", "FAILED", "CANCELLED", "LOST")

PINGS_TO_LOSE = 3
"""A job is lost after this many pings without it: one ping may already be under way."""


@dataclass(eq=False)
class LedgerJob:
    """One job and everything that the control plane saw of it.

    Args:
        id: the job's id, as sent to the worker.
        body: the JSON object sent to the worker.
        status: the platform's status (IN_QUEUE, IN_PROGRESS, COMPLETED, FAILED, CANCELLED), or
            LOST: the worker is alive, has not answered, and no longer lists the job as its own.
        worker: the worker that has it, or had it last.
        handed_out: how many times it was handed out.
        handed_out_at: the last time, in seconds of time.monotonic().
        answered_at: when the answer had been read, on the same clock.
        answers: every accepted answer, including errors; there must be at most one.
        progress: every progress report.
        late_progress: number of reports that arrived when the job was no longer in progress.
        refused: number of answers rejected with a 500.
        broken: what was wrong with each answer rejected with a 400.
        answer_bytes: size of the last answer.
        pings_without: consecutive pings from its worker that did not list it.
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
    """Every job, from submission to answer. All methods may be called from any thread.

    Args:
        dead_after_s: a worker that has not pinged for this long is dead, and its jobs are handed
            out again, as on the platform.
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
            payload: its input: anything that json.dumps accepts, including NaN.

        Returns:
            The job, which is updated as it proceeds.
        """
        return self.submit_text(json.dumps(payload))

    def submit_text(self, payload: str) -> LedgerJob:
        """Queue a job whose input is this JSON, as it is.

        Returns:
            The job, which is updated as it proceeds.
        """
        with self._changed:
            ident = f"job-{len(self._jobs)}"
            job = LedgerJob(ident, f'{{"id": "{ident}", "input": {payload}}}'.encode())
            self._jobs[ident] = job
            self._queue.append(job)
            self._changed.notify_all()
            return job

    def cancel(self, job: LedgerJob) -> None:
        """Cancel a job, as a caller does: the job is over, and its worker is told to stop it."""
        with self._changed:
            if job.status == "IN_PROGRESS":
                self._stops.setdefault(job.worker, []).append(job.id)
            elif job in self._queue:
                self._queue.remove(job)
            job.status = "CANCELLED"
            self._changed.notify_all()

    def refuse_answers(self, times: int) -> None:
        """Reject the next answers with a 500; progress reports are accepted."""
        with self._changed:
            self._refusals = times

    def wait(self, jobs: Iterable[LedgerJob], statuses: tuple[str, ...], timeout_s: float) -> bool:
        """Wait until each job has one of these statuses.

        Returns:
            Whether all did in time.
        """
        jobs = list(jobs)
        return self._wait_for(lambda: all(job.status in statuses for job in jobs), timeout_s)

    def wait_for_taker(self, worker: str, timeout_s: float) -> bool:
        """Wait until a worker asks for its first job, or reports that it is unhealthy.

        Returns:
            Whether it asked for a job.
        """
        self._wait_for(lambda: worker in self._takers or worker in self._unfit, timeout_s)
        return worker in self._takers

    def unfitness(self, worker: str) -> str:
        """The check and reason that an unhealthy worker reported; empty if it did not."""
        return self._unfit.get(worker, "")

    def hand_out(
        self, worker: str, count: int, poll_s: float, is_open: Callable[[], bool]
    ) -> list[LedgerJob]:
        """Wait for jobs and give them to a worker.

        Args:
            worker: the worker that asks.
            count: the maximum number of jobs.
            poll_s: how long to wait.
            is_open: whether the worker can still be answered.

        Returns:
            The jobs; empty when the time is up.
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
        """Put jobs back at the head of the queue: the worker that had them is gone."""
        with self._changed:
            for job in reversed(jobs):
                job.status = "IN_QUEUE"
                self._queue.appendleft(job)
            self._changed.notify_all()

    def stops_for(self, worker: str, poll_s: float, is_open: Callable[[], bool]) -> list[str]:
        """Wait for ids of jobs that a worker must stop; returns none when the time is up."""
        with self._changed:
            self._wait_for(lambda: bool(self._stops.get(worker)) or not is_open(), poll_s)
            return self._stops.pop(worker, []) if is_open() else []

    def hear_ping(self, worker: str, held: list[str]) -> None:
        """Record that a worker is alive and which jobs it holds."""
        with self._changed:
            self._pinged_at[worker] = time.monotonic()
            for job in self._jobs.values():
                if job.worker == worker and job.status == "IN_PROGRESS":
                    job.pings_without = 0 if job.id in held else job.pings_without + 1
                    if job.pings_without == PINGS_TO_LOSE:
                        job.status = "LOST"
            self._changed.notify_all()

    def hear_unfit(self, worker: str, why: str) -> None:
        """Record that a worker reported itself unhealthy."""
        with self._changed:
            self._unfit[worker] = why
            self._changed.notify_all()

    def forgive_silence(self, seconds: float) -> None:
        """Allow workers not to ping for this long: the control plane is down."""
        with self._changed:
            for worker in self._pinged_at:
                self._pinged_at[worker] = time.monotonic() + seconds

    def accept(self, ident: str, body: bytes) -> int:
        """Accept an answer or a progress report that has just been read.

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
                self._queue.remove(job)  # its worker was considered dead
            if job.status != "CANCELLED":
                job.status = "FAILED" if "error" in answer else "COMPLETED"
            self._changed.notify_all()
            return 200

    def _wait_for(self, is_so: Callable[[], bool], timeout_s: float) -> bool:
        """Wait, and meanwhile detect dead workers."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while not is_so():
                if time.monotonic() > deadline:
                    return False
                self._changed.wait(0.1)
                self._requeue_jobs_of_dead_workers()
            return True

    def _requeue_jobs_of_dead_workers(self) -> None:
        silent_since = time.monotonic() - self._dead_after_s
        dead = {worker for worker, at in self._pinged_at.items() if at < silent_since}
        if dead:
            held = [job for job in self._jobs.values() if job.worker in dead]
            self.take_back([job for job in held if job.status == "IN_PROGRESS"])


def _read_answer(body: bytes) -> dict[str, Any]:
    if len(body) > ANSWER_LIMIT:
        raise ValueError(f"has {len(body)} bytes")
    answer = json.loads(body, parse_constant=_reject_constant)
    if not isinstance(answer, dict):
        raise ValueError("is not an object")  # noqa: TRY004 - any invalid body
    return answer


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"contains {name}, which is not JSON")
