"""runpod_shim.py as the processes that its users start, and its calls of the SDK."""

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import runpod_shim
from poster.errors import DeviceError
from poster.progress import ProgressMonitor
from poster.request import PosterRequest
from poster.result import Poster
from poster.runpod.worker import INTERNAL, Worker
from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]


def start(*arguments: str, script: str = "runpod_shim.py", **changes: str) -> Any:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("POSTER_", "RUNPOD_", "BUCKET_"))
    }
    return subprocess.Popen(
        [sys.executable, script, *arguments],
        cwd=ROOT,
        env={**kept, "POSTER_ENGINE": "studio", **changes},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(*arguments: str, **options: str) -> tuple[int, str, str]:
    with start(*arguments, **options) as process:
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err


def test_test_input_makes_a_poster() -> None:
    fields = {"image_path": "grace_hopper.jpg", "title": "ORBIT", "width": 512, "height": 736}
    payload = json.dumps({"input": {**fields, "output_stage": "stage1"}})

    code, out, err = run("--test_input", payload, POSTER_IMAGE_DIR="examples")

    assert code == 0, err
    assert "Job result: {'output': {'image': 'iVBORw0KGgo" in out
    assert "'delivery': {'kind': 'inline', 'format': 'png', 'quality': None, 'note': ''}" in out


def test_the_hubs_handler_is_the_shim() -> None:
    payload = json.dumps({"input": {"self_check": True}})

    code, out, err = run("--test_input", payload, script=".runpod/handler.py")

    assert code == 0, err
    assert "'self_check': {'ok': True, 'engine': 'studio', 'checks': {'engine': 'ok'}" in out
    assert "'runpod': '1.12.0'" in out


def test_test_input_fails_where_the_job_does_and_shows_no_traceback() -> None:
    code, out, err = run("--test_input", json.dumps({"input": {"title": "ORBIT"}}))

    assert code == 1
    assert "failed with error: image: is required" in out
    assert "Traceback" not in out
    assert "poster.engines.registry: the default engine is studio" in err


def test_a_worker_that_cannot_start_reports_the_reason_however_it_is_started(
    tmp_path: Path,
) -> None:
    payload = json.dumps({"input": {"self_check": True}})
    changes = {"POSTER_ENGINE": "flux", "POSTER_DEVICE": "cpu", "POSTER_MODELS": str(tmp_path)}

    code, out, _ = run("--test_input", payload, **changes)

    assert code == 1
    assert "Fitness check failed: volume | WeightsMissingError: the models folder is empty" in out
    assert "Started." not in out


def test_a_bad_setting_is_also_reported() -> None:
    code, out, _ = run("--rp_serve_api", BUCKET_ENDPOINT_URL="https://s3.example.org")

    assert code == 1
    assert "Fitness check failed: setup | SettingsError: BUCKET_ACCESS_KEY_ID and BUCKET_SEC" in out


@contextmanager
def serve() -> Iterator[str]:
    port = free_port()
    process = start("--rp_serve_api", "--rp_api_host", "127.0.0.1", "--rp_api_port", str(port))
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=60)


def post(url: str, payload: object) -> Any:
    request = urllib.request.Request(
        url, json.dumps(payload).encode(), {"Content-Type": "application/json"}
    )
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return json.load(reply)
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_the_local_api_answers_jobs_and_refuses_wrong_ones(portrait_uri: str) -> None:
    fields = {"image": portrait_uri, "title": "ORBIT", "width": 512, "height": 736, "seed": 7}
    with serve() as url:
        made = post(f"{url}/runsync", {"input": {**fields, "stage": "cover"}})
        refused = post(f"{url}/runsync", {"input": {**fields, "width": 1600}})

    assert made["status"] == "COMPLETED"
    assert made["output"]["images"]["cover"].startswith("data:image/png;base64,")
    assert made["output"]["receipt"]["seed"] == 7
    assert refused["status"] == "FAILED"
    assert refused["error"].startswith("width: must be 0.5 to 1.0 times the height")


PROBE = "import json, sys, runpod_shim; print(json.dumps(sorted(sys.modules)))"


def test_importing_the_door_loads_nothing_heavy() -> None:
    probe = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROBE],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    loaded = set(json.loads(probe.stdout))
    absent = {"torch", "runpod", "cog", "numpy", "cv2", "httpx2", "poster.pipeline", "aiohttp"}
    assert "runpod_shim" in loaded
    assert not absent & loaded


def check_well() -> None:
    pass


def check_ill() -> None:
    raise DeviceError("no NVIDIA GPU was found")


def test_every_check_is_reported_by_its_name() -> None:
    checks = list(runpod_shim._name_checks({"driver": check_ill, "volume": check_well}))

    assert [check.__name__ for check in checks] == ["driver", "volume"]
    checks[1]()
    with pytest.raises(DeviceError):
        checks[0]()


class FakeSdk:
    """The SDK's serverless module, which passes its loop's configuration to the test."""

    def __init__(self) -> None:
        self.config: dict[str, Any] = {}
        self.checks: list[str] = []

    def register_fitness_check(self, check: Callable[[], None]) -> None:
        self.checks.append(check.__name__)

    def progress_update(self, *_: object) -> None:
        raise AssertionError("nobody is to be told")

    def start(self, config: dict[str, Any]) -> None:
        self.config = config


def start_fake_loop(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> FakeSdk:
    sdk = FakeSdk()
    monkeypatch.setitem(sys.modules, "runpod", SimpleNamespace(serverless=sdk))
    monkeypatch.setattr(runpod_shim, "open_worker", lambda: worker)
    for name in ("RUNPOD_DEBUG_LEVEL", "RUNPOD_WEBHOOK_POST_OUTPUT"):
        # Set first, so that whatever main() sets is gone after the test.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    runpod_shim.main()
    return sdk


def lose_gpu(_: PosterRequest, __: ProgressMonitor) -> Poster:
    raise RuntimeError("CUDA error: an illegal memory access was encountered")


def never_fetch(url: str, _: ProgressMonitor) -> bytes:
    raise AssertionError(f"asked for {url}")


def make_worker(engine: str, **checks: Callable[[], None]) -> Worker:
    return Worker(make=lose_gpu, checks=checks, engine=engine, fetch=never_fetch)


def test_the_loop_takes_no_more_jobs_once_the_gpu_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sdk = start_fake_loop(make_worker("flux"), monkeypatch)
    assert "refresh_worker" not in sdk.config

    reply = asyncio.run(
        sdk.config["handler"]({"id": "1", "input": {"image": "QUJD", "title": "ORBIT"}})
    )

    assert reply == {"error": INTERNAL, "refresh_worker": True}
    # What the SDK looks at when it has sent the answer: it then ends the loop.
    assert sdk.config["refresh_worker"] is True


@pytest.mark.parametrize(("engine", "jobs"), [("studio", 2), ("flux", 1)])
def test_jobs_are_taken_early_only_if_they_are_short(
    monkeypatch: pytest.MonkeyPatch, engine: str, jobs: int
) -> None:
    sdk = start_fake_loop(make_worker(engine, denoise=check_well), monkeypatch)

    assert sdk.config["concurrency_modifier"](1) == jobs
    assert sdk.checks == ["denoise"]
    assert os.environ["RUNPOD_DEBUG_LEVEL"] == "INFO"
