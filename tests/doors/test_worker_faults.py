"""runpod's real worker loop with the shim in it: what callers, networks and machines do to it.

After each fault the next good job is answered, and no file is left.
"""

from __future__ import annotations

import contextlib
import errno
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.internet import NO_PHOTOS, drip
from tests.support.ports import free_port
from tests.support.small_disk import seen_by, small_disk
from tools.control_plane import ControlPlane
from tools.job_ledger import SETTLED
from tools.loop_callers import Caller
from tools.loop_faults import serve, wait_until_at_work
from tools.loop_worker import SHIM, LoopWorker, run_worker

if TYPE_CHECKING:
    from tests.support.internet import Internet

WITHIN_S = 60
PUBLIC_WORKER = (sys.executable, "-m", "tests.support.public_worker")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the worker keeps its temporary files."""
    return tmp_path_factory.mktemp("temporary")


@pytest.fixture(scope="module")
def worker(
    plane: ControlPlane, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LoopWorker]:
    """A worker for which loopback is public, so that the tests can be the internet."""
    logs = tmp_path_factory.mktemp("logs")
    with run_worker(plane, "public", logs, PUBLIC_WORKER, TMPDIR=str(folder)) as worker:
        yield worker


@pytest.fixture
def and_then_a_good_one(
    plane: ControlPlane, caller: Caller, worker: LoopWorker, folder: Path
) -> Iterator[None]:
    """After the test, the worker answers a job as before and has left no file."""
    yield
    assert_good(plane, caller)
    assert list_files(folder) == []
    assert "Task exception was never retrieved" not in worker.read_log()


def assert_good(plane: ControlPlane, caller: Caller) -> None:
    tally = serve(plane, caller, [caller.quick])
    assert tally.wrong == ()
    assert tally.answered == 1


def list_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def ask(plane: ControlPlane, payload: object) -> dict[str, Any]:
    """The only answer to a job."""
    job = plane.ledger.submit(payload)
    assert plane.ledger.wait([job], SETTLED, WITHIN_S), job
    (answer,) = job.answers
    return answer


@pytest.mark.usefixtures("and_then_a_good_one")
@pytest.mark.parametrize("name", NO_PHOTOS)
def test_a_reply_that_is_not_a_photo_is_an_error(
    plane: ControlPlane, internet: Internet, name: str
) -> None:
    internet.pages["/"], message = NO_PHOTOS[name]

    answer = ask(plane, {"image": f"{internet.url}/", "stage": "envelope"})

    assert message in answer["error"]
    assert internet.requests


@pytest.mark.usefixtures("and_then_a_good_one")
def test_a_download_that_drips_is_cancelled(
    plane: ControlPlane, internet: Internet, worker: LoopWorker
) -> None:
    internet.pages["/"] = drip
    job = plane.ledger.submit({"image": f"{internet.url}/", "stage": "envelope"})
    wait_for_request(internet)

    plane.ledger.cancel(job)

    # Uncancelled, it would fail after 30 s.
    assert worker.wait_for_log(f'"requestId": "{job.id}", "message": "Job stopped."', 20)
    assert job.answers == []


def wait_for_request(internet: Internet) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not internet.requests:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.usefixtures("and_then_a_good_one", "worker")
def test_a_job_of_60_megabytes_is_refused(plane: ControlPlane) -> None:
    answer = ask(plane, {"image": "A" * 60_000_000, "stage": "envelope"})

    assert answer["error"] == "image: is 45.0 MB; the maximum is 40 MB"


@pytest.mark.usefixtures("and_then_a_good_one", "worker")
@pytest.mark.parametrize(
    ("field", "trouble"),
    [
        ('"coverlines": ' + "[" * 100_000 + "]" * 100_000, "coverlines: line 1 must be a string"),
        ('"colour": ' + '{"a":' * 5000 + "1" + "}" * 5000, "colour: is not a field"),
        ('"width": ' + "9" * 5000, "width: must be a whole number"),
    ],
    ids=["lists", "objects", "digits"],
)
def test_a_job_that_pythons_parser_refuses_is_answered(
    plane: ControlPlane, field: str, trouble: str
) -> None:
    job = plane.ledger.submit_text(f'{{"image": "QUJD", "title": "ORBIT", {field}}}')

    assert plane.ledger.wait([job], SETTLED, WITHIN_S)
    assert trouble in job.answers[0]["error"]


@pytest.mark.usefixtures("and_then_a_good_one", "worker")
def test_jobs_cancelled_at_any_moment_are_let_go_of(plane: ControlPlane, caller: Caller) -> None:
    for turn in range(25):
        job = plane.ledger.submit(caller.long.payload)
        # From before it is handed out until after it is answered.
        time.sleep(turn % 9 * 0.08)
        plane.ledger.cancel(job)


def test_a_full_disk_stops_no_job(caller: Caller, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    command = (*small_disk(disk, 1_000_000), *SHIM)
    with (
        ControlPlane() as plane,
        run_worker(plane, "full", tmp_path, command, TMPDIR=str(disk)) as worker,
    ):
        filler = seen_by(worker.process.pid, disk) / "filler"
        fill(filler)
        assert_good(plane, caller)
        filler.unlink()
        assert_good(plane, caller)


def fill(path: Path) -> None:
    """Write a file until the disk is full."""
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    with pytest.raises(OSError, match="No space") as raised:
        path.with_name("more").write_bytes(bytes(4096))
    assert raised.value.errno == errno.ENOSPC


def test_without_its_bucket_the_pictures_come_in_the_reply(caller: Caller, tmp_path: Path) -> None:
    bucket = {
        "BUCKET_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}/posters",
        "BUCKET_ACCESS_KEY_ID": "key",
        "BUCKET_SECRET_ACCESS_KEY": "secret",
    }
    with ControlPlane() as plane, run_worker(plane, "bucket", tmp_path, SHIM, **bucket):
        output = ask(plane, caller.quick.payload)["output"]

    assert output["images"]["envelope"].startswith("data:image/png;base64,")
    assert output["delivery"]["kind"] == "inline"
    assert output["delivery"]["note"].startswith("bucket: upload failed (EndpointConnectionError)")


def test_a_job_that_comes_as_the_worker_ends_is_done_or_left_to_another(
    caller: Caller, tmp_path: Path
) -> None:
    with ControlPlane(poll_s=600.0) as plane, run_worker(plane, "ended", tmp_path) as worker:
        first = plane.ledger.submit(caller.long.payload)
        wait_until_at_work(worker, first)
        worker.ask_to_end()
        second = plane.ledger.submit(caller.quick.payload)

        # The SDK alone waits for its last request, and does nothing with the job that this brings.
        assert worker.process.wait(WITHIN_S) == 0

    assert first.status == "COMPLETED"
    assert second.status in {"COMPLETED", "IN_QUEUE"}


def test_an_idle_worker_ends_at_once(tmp_path: Path) -> None:
    with ControlPlane(poll_s=600.0) as plane, run_worker(plane, "idle", tmp_path) as worker:
        worker.ask_to_end()

        assert worker.process.wait(WITHIN_S) == 0


def test_a_job_can_be_cancelled_while_the_worker_waits_for_it_to_end(
    caller: Caller, tmp_path: Path
) -> None:
    with ControlPlane(poll_s=600.0) as plane, run_worker(plane, "asked", tmp_path) as worker:
        job = plane.ledger.submit(caller.endless.payload)
        wait_until_at_work(worker, job)
        worker.ask_to_end()
        time.sleep(0.5)
        plane.ledger.cancel(job)

        assert worker.process.wait(WITHIN_S) == 0

    assert job.answers == []
