"""A control plane, a caller and a fault -> what happened to the caller's jobs.

All faults that tests and benchmarks inject into the worker loop. Does not know what a poster is:
the caller supplies the jobs and judges the answers.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tools.control_plane import ControlPlane
from tools.job_ledger import SETTLED, LedgerJob
from tools.loop_callers import Caller
from tools.loop_jobs import LoopJob
from tools.loop_worker import LoopWorker, run_worker

SETTLED_WITHIN_S = 120


@dataclass(frozen=True)
class Tally:
    """What happened to some jobs.

    Args:
        sent: jobs submitted and not cancelled.
        answered: jobs with an answer: a picture or the expected error.
        lost: the others: no worker has them, and the platform would not hand them out again.
        wrong: what was wrong with answers, one line each.
        again: jobs that were handed out more than once.
        seconds: from the first submission to the last answer.
    """

    sent: int
    answered: int
    lost: int
    wrong: tuple[str, ...]
    again: int
    seconds: float


def serve(plane: ControlPlane, caller: Caller, jobs: Iterable[LoopJob]) -> Tally:
    """Submit jobs, wait for their answers and judge each as it comes.

    Args:
        plane: with a worker for this caller.
        caller: judges the answers.
        jobs: the jobs to submit.

    Returns:
        What happened to them.
    """
    started = time.monotonic()
    return settle(plane, caller, [(job, plane.ledger.submit(job.payload)) for job in jobs], started)


def settle(
    plane: ControlPlane, caller: Caller, sent: list[tuple[LoopJob, LedgerJob]], started: float
) -> Tally:
    """Wait for the answers to submitted jobs.

    Args:
        plane: where they were submitted.
        caller: judges the answers.
        sent: each job and its entry in the ledger.
        started: when the first was submitted, in seconds of time.monotonic().

    Returns:
        What happened to them.
    """
    answered, wrong = 0, []
    for asked, job in sent:
        plane.ledger.wait([job], SETTLED, SETTLED_WITHIN_S)
        if not job.answers:
            continue
        answered += 1
        trouble = caller.judge(asked, job.answers)
        trouble = trouble or ("progress after the answer" if job.late_progress else "")
        if trouble:
            wrong.append(f"{job.id}, {asked.kind}: {trouble}")
        # Hundreds of posters would take gigabytes.
        job.answers.clear()
    return Tally(
        sent=len(sent),
        answered=answered,
        lost=len(sent) - answered,
        wrong=tuple(wrong),
        again=sum(job.handed_out > 1 for _, job in sent),
        seconds=time.monotonic() - started,
    )


def refuse(plane: ControlPlane, caller: Caller, times: int) -> Tally:
    """Answer the next results with a 500, a number of times."""
    plane.ledger.refuse_answers(times)
    tally = serve(plane, caller, [caller.quick])
    plane.ledger.refuse_answers(0)
    return tally


def vanish(plane: ControlPlane, caller: Caller, seconds: float) -> Tally:
    """Take the control plane down while a job runs, so it cannot answer; then bring it back."""
    started = time.monotonic()
    asked = [caller.long, caller.quick]
    sent = [(job, plane.ledger.submit(job.payload)) for job in asked]
    plane.ledger.wait([sent[0][1]], ("IN_PROGRESS",), SETTLED_WITHIN_S)
    plane.vanish(seconds)
    return settle(plane, caller, sent, started)


def cancel(plane: ControlPlane, caller: Caller, worker: LoopWorker) -> tuple[float, Tally]:
    """Cancel a running job, then send others.

    Args:
        plane: with this worker only.
        caller: supplies and judges the jobs.
        worker: the worker that runs the job.

    Returns:
        Seconds until the worker stopped the job, and what happened to the others.

    Raises:
        RuntimeError: the job was answered, or was not stopped.
    """
    job = plane.ledger.submit(caller.endless.payload)
    wait_until_at_work(worker, job)
    started = time.monotonic()
    plane.ledger.cancel(job)
    stopped = worker.wait_for_log(f'"requestId": "{job.id}", "message": "Job stopped."', 30)
    seconds = time.monotonic() - started
    if not stopped or job.answers:
        raise RuntimeError(f"{job} was not stopped; {len(job.answers)} answers")
    return seconds, serve(plane, caller, [caller.quick] * 2)


def kill_and_end(plane: ControlPlane, caller: Caller, folder: Path) -> tuple[Tally, Tally, int]:
    """Send SIGKILL to a busy worker, and SIGTERM to the busy worker that replaces it.

    Args:
        plane: without workers.
        caller: supplies and judges the jobs.
        folder: for the workers' logs.

    Returns:
        What happened to the jobs around the SIGKILL, to those around the SIGTERM, and the exit
        status after the SIGTERM.
    """
    started = time.monotonic()
    with run_worker(plane, f"{caller.name}-killed", folder, caller.command) as worker:
        sent = _put_to_work(plane, caller, worker)
        worker.kill()
    with run_worker(plane, f"{caller.name}-ended", folder, caller.command) as worker:
        killed = settle(plane, caller, sent, started)
        started = time.monotonic()
        sent = _put_to_work(plane, caller, worker)
        worker.ask_to_end()
        status = worker.process.wait(SETTLED_WITHIN_S)
    if all(job.status in SETTLED for _, job in sent):
        return killed, settle(plane, caller, sent, started), status
    with run_worker(plane, f"{caller.name}-next", folder, caller.command):
        return killed, settle(plane, caller, sent, started), status


def _put_to_work(
    plane: ControlPlane, caller: Caller, worker: LoopWorker
) -> list[tuple[LoopJob, LedgerJob]]:
    """Submit a job that runs, and one that waits for it, in the worker or in the queue."""
    sent = [(job, plane.ledger.submit(job.payload)) for job in (caller.long, caller.quick)]
    wait_until_at_work(worker, sent[0][1])
    return sent


def wait_until_at_work(worker: LoopWorker, job: LedgerJob) -> None:
    """Wait until its handler was called: a job in progress may still be in the worker's queue.

    Args:
        worker: the worker that has it, or will get it.
        job: the job.

    Raises:
        RuntimeError: it was not started.
    """
    started = f'"requestId": "{job.id}", "message": "Started."'
    if not worker.wait_for_log(started, SETTLED_WITHIN_S):
        raise RuntimeError(f"{job} was not started")
