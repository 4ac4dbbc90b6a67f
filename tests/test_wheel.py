"""The built wheel, without a checkout: a poster in four lines, one over HTTP, and a RunPod job."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.support.ports import free_port

ROOT = Path(__file__).parent.parent
WITHIN_S = 120
SMALL: dict[str, Any] = {"title": "ORBIT", "width": 512, "height": 736, "stage": "cover", "seed": 7}
FOUR_LINES = """
import poster
made = poster.make("photo.jpg", title="TABASCO", coverlines=["Hot | Orange"], seed=7)
made.save("out")
print(made.receipt.blocks[0].text, poster.__file__)
"""


@dataclass(frozen=True)
class Installed:
    """Put the wheel's files in a folder that is imported first, and work in another folder.

    The packages that it needs are this environment's; its own are not looked at.
    """

    site: Path
    folder: Path

    def start(self, *arguments: str, **changes: str) -> subprocess.Popen[str]:
        environment = {**os.environ, "PYTHONPATH": str(self.site), "POSTER_ENGINE": "studio"}
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=environment | changes,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str) -> str:
        process = self.start(*arguments)
        told, _ = process.communicate(timeout=WITHIN_S)
        assert process.returncode == 0, told
        return told


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build it from the files that the image's build copies, to show that they are enough."""
    source, folder = (tmp_path_factory.mktemp(name) for name in ("source", "dist"))
    dockerfile = (ROOT / "Dockerfile.runpod").read_text()
    for name in " ".join(re.findall(r"^COPY (.+) /source\S*$", dockerfile, re.MULTILINE)).split():
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, source / name, ignore=ignored)
        else:
            shutil.copy2(ROOT / name, source)
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run(
        [*build, "--directory", str(folder)], cwd=source, check=True, capture_output=True
    )
    [path] = folder.iterdir()
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    site, folder = (tmp_path_factory.mktemp(name) for name in ("site", "elsewhere"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    (folder / "photo.jpg").write_bytes((ROOT / "examples" / "astronaut.jpg").read_bytes())
    return Installed(site, folder)


def test_it_contains_only_the_package_and_the_doors_scripts(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        [entry] = [name for name in names if name.endswith("entry_points.txt")]
        assert "poster = poster.__main__:run" in archive.read(entry).decode()
        for script in ("predict.py", "runpod_shim.py"):
            assert archive.read(f"poster/scripts/{script}") == (ROOT / script).read_bytes()
    assert "poster/py.typed" in names
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"poster"}


def test_four_lines_make_a_poster(installed: Installed) -> None:
    told = installed.run("-c", FOUR_LINES).split()
    assert told[0] == "TABASCO"
    assert Path(told[1]).is_relative_to(installed.site)
    made = installed.folder / "out"
    assert sorted(path.name for path in made.iterdir()) == [
        "cover.png",
        "envelope.png",
        "poster.json",
    ]


def ask(url: str, body: object = None) -> dict[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=WITHIN_S) as reply:
        answer: dict[str, Any] = json.load(reply)
        return answer


def is_ready(url: str) -> bool:
    try:
        return bool(ask(f"{url}/health-check")["status"] == "READY")
    except urllib.error.URLError:
        return False


def test_poster_serve_serves_predictions_and_leaves_nothing_behind(
    installed: Installed, portrait_uri: str, tmp_path: Path
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    server = installed.start("-m", "poster", "serve", "--port", str(port), TMPDIR=str(tmp_path))
    try:
        deadline = time.monotonic() + WITHIN_S
        while not is_ready(url):
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        reply = ask(f"{url}/predictions", {"input": {"image": portrait_uri, **SMALL}})
        assert reply["status"] == "succeeded"
        assert len(reply["output"]) == 2
        # The schema is there: what it refuses never reaches the predictor.
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask(f"{url}/predictions", {"input": {"image": portrait_uri, "width": 8192}})
        refused.value.close()
        assert refused.value.code == 422
    finally:
        server.send_signal(signal.SIGTERM)
        told, _ = server.communicate(timeout=WITHIN_S)
    assert server.returncode == 0
    assert f"starting {url}/predictions; press Ctrl-C to stop\n" in told
    assert list(tmp_path.iterdir()) == []


def test_poster_worker_answers_a_job_with_the_sdks_own_arguments(installed: Installed) -> None:
    # A photo that fits into an argument.
    photo = np.full((736, 512, 3), 90, np.uint8)
    photo[400:600, 100:400] = 200
    _, jpeg = cv2.imencode(".jpg", photo)
    image = base64.b64encode(jpeg.tobytes()).decode()
    job = json.dumps({"input": {"image": image, **SMALL}})
    told = installed.run("-m", "poster", "worker", "--test_input", job)
    # The SDK prints the beginning and the end of an answer; the receipt's request is near its end.
    assert "'title': 'ORBIT'" in told
