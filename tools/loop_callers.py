"""Callers that send jobs through the worker loop: one for posters, and one for an empty handler.

Does not know what happens to their jobs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tools.loop_jobs import Judge, LoopJob, make_job
from tools.loop_worker import SHIM

Verdict = Callable[[LoopJob, list[dict[str, Any]]], str]


@dataclass(frozen=True)
class Caller:
    """What to send, and how to judge the answers.

    Args:
        name: distinguishes its workers from another caller's.
        quick: a job that takes as little time as possible.
        long: a job that takes a second or more, so that things can happen meanwhile.
        endless: a job that takes longer than its cancellation may.
        judge: job and answers -> what is wrong with them; empty if nothing is.
        command: starts the worker that serves them.
    """

    name: str
    quick: LoopJob
    long: LoopJob
    endless: LoopJob
    judge: Verdict
    command: tuple[str, ...]


def make_shim_caller() -> Caller:
    """Return a caller for posters from the RunPod door."""
    endless = make_job("both", width=2400, height=3456)
    return Caller(
        name="shim",
        quick=make_job("envelope"),
        long=make_job("older both", width=1024, height=1472),
        endless=replace(endless, payload={**endless.payload, "variants": 8}),
        judge=Judge().judge,
        command=SHIM,
    )


def make_bare_caller() -> Caller:
    """Return a caller for tools.bare_handler: what is lost here, the SDK's loop itself loses."""

    def judge(_: LoopJob, answers: list[dict[str, Any]]) -> str:
        return "" if len(answers) == 1 and "error" not in answers[0] else f"answers: {answers}"

    return Caller(
        name="bare",
        quick=LoopJob("nothing", {}),
        long=LoopJob("nothing, slowly", {"seconds": 1.5}),
        endless=LoopJob("nothing, for long", {"seconds": 60}),
        judge=judge,
        command=(sys.executable, "-m", "tools.bare_handler"),
    )
