"""One job at a time through a worker: errors, cancellation, progress, self-checks."""

import asyncio
import gc
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pytest

from poster.errors import DeviceError, RequestError, UnavailableError
from poster.progress import ProgressMonitor
from poster.request import PosterRequest
from poster.result import Poster, Receipt
from poster.runpod import worker as worker_module
from poster.runpod.worker import INTERNAL, Progress, Worker

PICTURE = np.zeros((96, 64, 3), np.uint8)
POSTER = Poster(PICTURE, PICTURE, Receipt("studio", 7, 64, 96, (), None, True, {}, {}))
INPUT = {"image": "QUJD", "title": "ORBIT"}

Make = Callable[[PosterRequest, ProgressMonitor], Poster]


def make_at_once(_: PosterRequest, __: ProgressMonitor) -> Poster:
    return POSTER


def fail_to_fetch(url: str, _: ProgressMonitor) -> bytes:
    raise RequestError("image", f"cannot be fetched: {url}")


def make_worker(make: Make = make_at_once, **parts: Any) -> Worker:
    return Worker(
        **{"make": make, "checks": {}, "engine": "studio", "fetch": fail_to_fetch, **parts}
    )


def ask(worker: Worker, payload: object, ident: str = "job-1") -> dict[str, Any]:
    return asyncio.run(worker.answer({"id": ident, "input": payload}, lambda *_: None))


def raise_in_make(error: Exception) -> Make:
    def make(_: PosterRequest, __: ProgressMonitor) -> Poster:
        raise error

    return make


def test_a_job_is_answered_with_pictures_receipt_and_delivery() -> None:
    reply = ask(make_worker(), INPUT)

    assert list(reply["images"]) == ["cover", "envelope"]
    assert reply["receipt"]["seed"] == 7
    assert reply["delivery"]["kind"] == "inline"


def test_each_job_has_its_own_folder_in_the_bucket() -> None:
    names = []

    def put(name: str, _data: bytes, _media_type: str) -> str:
        names.append(name)
        return f"https://bucket.example/{name}"

    ask(make_worker(put=put), INPUT, "../a/ü-u1")

    assert names == ["..-a-ü-u1/cover.png", "..-a-ü-u1/envelope.png"]


def test_a_callers_mistake_is_a_string_and_one_line_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    reply = ask(make_worker(), {**INPUT, "width": 5})

    assert reply == {"error": "width: must be between 512 and 4096, not 5"}
    [record] = caplog.records
    assert record.getMessage().endswith(" failed: width: must be between 512 and 4096, not 5")
    assert "Traceback" not in caplog.text

    with caplog.at_level(logging.DEBUG, "poster.runpod.worker"):
        ask(make_worker(), {**INPUT, "width": 5})
    assert "Traceback" in caplog.text


def test_an_error_of_this_machine_is_logged_in_full(caplog: pytest.LogCaptureFixture) -> None:
    reply = ask(make_worker(raise_in_make(UnavailableError("no GPU"))), INPUT)

    assert reply == {"error": "no GPU"}
    assert "Traceback" in caplog.text


def test_an_error_is_valid_json_text() -> None:
    error = UnavailableError("half a character: \ud83d, " + "x" * 10_000)

    (message,) = ask(make_worker(raise_in_make(error)), INPUT).values()

    assert message.startswith("half a character: \\ud83d, ")
    assert len(message.encode()) < 3000


def test_an_internal_error_is_answered_in_general_and_logged_in_full(
    caplog: pytest.LogCaptureFixture,
) -> None:
    reply = ask(make_worker(raise_in_make(KeyError("/etc/secret"))), INPUT)

    assert reply == {"error": INTERNAL}
    assert "KeyError: '/etc/secret'" in caplog.text


LOST = RuntimeError("CUDA error: an illegal memory access was encountered")


def wrap(error: Exception) -> Exception:
    wrapped = DeviceError("the GPU failed")
    wrapped.__cause__ = error
    return wrapped


@pytest.mark.parametrize(
    ("error", "message", "flags"),
    [
        (LOST, INTERNAL, ["refresh_worker"]),
        (wrap(LOST), "the GPU failed", ["refresh_worker"]),
        (RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"), INTERNAL, ["refresh_worker"]),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), INTERNAL, []),
        (ValueError("CUDA error: no such setting"), INTERNAL, []),
        (DeviceError("the GPU is not there"), "the GPU is not there", []),
    ],
)
def test_a_worker_asks_to_be_replaced_when_its_process_has_lost_the_gpu(
    error: Exception, message: str, flags: list[str]
) -> None:
    reply = ask(make_worker(raise_in_make(error)), INPUT)

    assert reply == {"error": message, **dict.fromkeys(flags, True)}


def check_well() -> None:
    pass


def check_ill() -> None:
    raise DeviceError("no NVIDIA GPU was found")


def check_broken() -> None:
    raise KeyError("/etc/secret")


def test_a_self_check_reports_every_check_and_the_versions() -> None:
    reply = ask(
        make_worker(checks={"driver": check_well}, versions={"poster": "1"}), {"self_check": True}
    )

    result = reply["self_check"]
    assert list(reply) == ["self_check"]
    assert (result["ok"], result["engine"], result["checks"]) == (True, "studio", {"driver": "ok"})
    assert result["versions"] == {"poster": "1"}


def test_a_failed_self_check_is_an_error_so_that_a_hub_test_fails() -> None:
    checks = {"driver": check_ill, "volume": check_well, "engine": check_broken}

    reply = ask(make_worker(checks=checks), {"self_check": True})

    assert reply["error"] == (
        f"self-check failed: driver: no NVIDIA GPU was found; engine: {INTERNAL}"
    )
    assert reply["self_check"]["ok"] is False
    assert reply["self_check"]["checks"]["volume"] == "ok"


def test_a_self_check_with_a_photo_is_refused() -> None:
    reply = ask(make_worker(), {**INPUT, "self_check": True})

    assert reply == {"error": "self_check: must be true, and the only field"}


class Painter:
    """Paints until it is cancelled or released, and counts how many paint at once."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.painting = 0
        self.most = 0
        self.started = threading.Event()
        self.over = threading.Event()
        self.let_go = threading.Event()

    def make(self, _request: PosterRequest, monitor: ProgressMonitor) -> Poster:
        with self.lock:
            self.painting += 1
            self.most = max(self.most, self.painting)
        self.started.set()
        try:
            for _turn in range(6000):  # one minute, so that a failure does not hang
                if self.let_go.wait(0.01):
                    break
                monitor.report(0.5, "cover")
            time.sleep(0.05)
            return POSTER
        finally:
            with self.lock:
                self.painting -= 1
            self.over.set()


async def wait_for(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, 60)


def job(ident: str) -> dict[str, Any]:
    return {"id": ident, "input": INPUT}


def test_a_cancelled_job_ends_before_the_next_begins_and_nothing_keeps_painting(
    caplog: pytest.LogCaptureFixture,
) -> None:
    painter = Painter()
    worker = make_worker(painter.make)

    async def play() -> None:
        task = asyncio.create_task(worker.answer(job("1"), lambda *_: None))
        await wait_for(painter.started)
        task.cancel()
        await asyncio.sleep(0)
        # A second cancel must not release the thread either.
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert painter.over.is_set()
        painter.let_go.set()
        assert "images" in await worker.answer(job("2"), lambda *_: None)

    asyncio.run(asyncio.wait_for(play(), 60))
    assert painter.most == 1
    gc.collect()
    assert not caplog.records


class Turn(asyncio.Lock):
    """A lock that signals when a number of tasks have asked for it."""

    def __init__(self, asking: int) -> None:
        super().__init__()
        self.left = asking
        self.all_asked = asyncio.Event()

    async def acquire(self) -> Literal[True]:
        self.left -= 1
        if self.left == 0:
            self.all_asked.set()
        return await super().acquire()


def test_jobs_are_painted_one_at_a_time_and_one_that_waits_can_be_cancelled() -> None:
    painter = Painter()
    turn = Turn(3)
    worker = make_worker(painter.make, _turn=turn)

    async def play() -> list[dict[str, Any]]:
        first = worker.answer(job("1"), lambda *_: None)
        answers = [asyncio.create_task(first)]
        await wait_for(painter.started)
        for ident in "23":
            waiting = worker.answer(job(ident), lambda *_: None)
            answers.append(asyncio.create_task(waiting))
        await turn.all_asked.wait()
        answers[1].cancel()
        with pytest.raises(asyncio.CancelledError):
            await answers[1]
        assert not painter.over.is_set()
        painter.let_go.set()
        return [await answers[0], await answers[2]]

    assert all("images" in answer for answer in asyncio.run(asyncio.wait_for(play(), 60)))
    assert painter.most == 1


def test_a_cancelled_fetch_is_stopped() -> None:
    started = threading.Event()

    def fetch(_url: str, monitor: ProgressMonitor) -> bytes:
        started.set()
        for _turn in range(6000):  # as above
            monitor.report(0.0, "fetch")
            time.sleep(0.01)
        return b"photo"

    worker = make_worker(fetch=fetch)

    async def play() -> None:
        payload = {"image": "https://example.org/x.jpg", "title": "ORBIT"}
        task = asyncio.create_task(worker.answer({"id": "1", "input": payload}, lambda *_: None))
        await wait_for(started)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(play())


def test_a_photo_is_fetched_while_another_job_paints() -> None:
    painter = Painter()
    fetched = threading.Event()

    def fetch(_: str, __: ProgressMonitor) -> bytes:
        fetched.set()
        return b"photo"

    worker = make_worker(painter.make, fetch=fetch)

    async def play() -> None:
        first = asyncio.create_task(worker.answer(job("1"), lambda *_: None))
        await wait_for(painter.started)
        payload = {"image_url": "https://example.org/x.jpg"}
        second = asyncio.create_task(worker.answer({"id": "2", "input": payload}, lambda *_: None))
        await wait_for(fetched)
        assert not painter.over.is_set()
        painter.let_go.set()
        assert "images" in await first
        assert "image" in await second

    asyncio.run(asyncio.wait_for(play(), 60))


class Clock:
    """A clock that advances only on request."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(worker_module, "time", clock)
    return clock


def test_progress_is_sent_at_intervals_and_the_answer_waits_after_it(clock: Clock) -> None:
    sent: list[dict[str, Any]] = []
    progress = Progress(sent.append)

    for second in range(8):
        progress(second / 10, "cover")
        clock.now_s += 1

    assert [report["progress"] for report in sent] == [0.2, 0.4, 0.6]
    assert sent[0] == {"progress": 0.2, "label": "cover"}
    clock.now_s -= 1.75
    assert progress.seconds_until_reply() == 0.75
    clock.now_s += 5
    assert progress.seconds_until_reply() == 0.0
    progress(1.0, "done")
    assert len(sent) == 3


def test_a_short_job_sends_no_progress_and_does_not_wait(clock: Clock) -> None:
    sent: list[dict[str, Any]] = []
    progress = Progress(sent.append)

    clock.now_s += 60
    progress(0.0, "decode")
    clock.now_s += 1.9
    progress(0.9, "envelope")

    assert sent == []
    assert progress.seconds_until_reply() == 0.0


def test_an_error_also_waits_after_a_report(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[object] = []

    async def sleep(seconds: float) -> None:
        done.append(seconds)

    def make(_: PosterRequest, monitor: ProgressMonitor) -> Poster:
        monitor.report(0.0, "decode")
        clock.now_s += 2.5
        monitor.report(0.5, "cover")
        clock.now_s += 0.25
        raise UnavailableError("no GPU")

    monkeypatch.setattr(asyncio, "sleep", sleep)
    answer = make_worker(make).answer(job("1"), lambda _, report: done.append(report))

    assert asyncio.run(answer) == {"error": "no GPU"}
    assert done == [{"progress": 0.5, "label": "cover"}, 0.75]
