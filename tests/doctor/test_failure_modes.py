"""The sixteen ways in which the previous product failed, each prevented by a test of its own.

Each door has its own full tests elsewhere; these prove that no old failure comes back.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from poster.doctor.checkout import Checkout, read_checkout
from poster.doctor.examine import examine_checkout
from poster.doctor.file_finding import FileFinding
from poster.doctor.readiness import check_gate, check_weights
from poster.errors import LicenceError, RequestError, UnavailableError, WeightsError
from poster.jobs import parse_job
from poster.network.fetch import fetch_image
from poster.progress import ProgressMonitor
from poster.request import PosterRequest
from poster.result import Poster
from poster.runpod.worker import Worker
from poster.weights.manifest import WeightFile, read_manifest
from poster.weights.places import partial_path
from poster.weights.verify import require_set

if TYPE_CHECKING:
    from tools.tiny_weights import TinyWeights

ROOT = Path(__file__).parents[2]
HUB, TESTS = ".runpod/hub.json", ".runpod/tests.json"
IMAGE = "Dockerfile.runpod"
PHOTO = b"\xff\xd8\xff any bytes: nobody decodes them here"
PHOTO_TEXT = base64.b64encode(PHOTO).decode()
OURS = read_checkout(ROOT)


def spoil(name: str, old: str, new: str) -> list[FileFinding]:
    """The doctor's findings after one text in this repository's files is replaced."""
    assert old in OURS.texts[name]
    texts = {**OURS.texts, name: OURS.texts[name].replace(old, new, 1)}
    return list(examine_checkout(Checkout(texts, OURS.files)))


def codes(findings: list[FileFinding], name: str) -> set[str]:
    return {finding.code for finding in findings if finding.location.file == name}


def build_with(step: str) -> set[str]:
    """Codes of the doctor's findings after one build step is added to the image."""
    return codes(spoil(IMAGE, "WORKDIR /app\n", f"WORKDIR /app\n{step}\n"), IMAGE)


def read(**payload: object) -> PosterRequest:
    def fetch_nothing(_: str | Path) -> bytes:
        raise AssertionError("nothing here is to be fetched")

    return parse_job(payload, fetch_nothing, None).request


@pytest.fixture
def models(tiny_weights: TinyWeights, tmp_path: Path) -> Path:
    """A complete models folder that the test may change."""
    return Path(shutil.copytree(tiny_weights.root, tmp_path / "models"))


def test_nothing_of_it_is_left_in_this_repository() -> None:
    assert list(examine_checkout(OURS)) == []


def test_1_a_pool_id_as_gpu_type_and_an_invented_pool_do_not_wait_forever() -> None:
    found = spoil(TESTS, '"NVIDIA GeForce RTX 4090"', '"ADA_24"')
    assert codes(found, TESTS) == {"pool_as_gpu_type"}
    assert codes(spoil(HUB, '"ADA_24,ADA_32_PRO"', '"ADA_24,BLACKWELL_24"'), HUB) == {
        "unknown_pool"
    }


@pytest.mark.parametrize("cuda", ["12.4", "12.7", "13.0"])
def test_2_cuda_does_not_flip_from_file_to_file(cuda: str) -> None:
    assert codes(spoil("cog.yaml", '"12.8"', f'"{cuda}"'), "cog.yaml") == {"cuda_drift"}
    assert "cuda_drift" in codes(spoil(IMAGE, "== '12.8'", f"== '{cuda}'"), IMAGE)
    listed = '"allowedCudaVersions": ["12.8", "12.9", "13.0"]'
    found = spoil(TESTS, listed, f'"allowedCudaVersions": ["{cuda}"]')
    assert "cuda_lists_differ" in codes(found, TESTS)


@pytest.mark.parametrize(
    ("archs", "gpu"), [("12.0", "NVIDIA GeForce RTX 4090"), ("8.9", "NVIDIA GeForce RTX 5090")]
)
def test_3_an_arch_list_leaves_no_gpu_of_the_pools_without_code(archs: str, gpu: str) -> None:
    found = spoil(IMAGE, "WORKDIR /app\n", f'ENV TORCH_CUDA_ARCH_LIST="{archs}"\n')
    (missed,) = [finding for finding in found if finding.code == "archs_miss_pool"]
    assert gpu in missed.trouble


def test_4_an_unquoted_requirement_does_not_become_a_redirect() -> None:
    assert "shell_redirect" in build_with("RUN pip install huggingface_hub>=2")


def test_5_nothing_is_cloned_at_head_and_one_persons_base_is_noted() -> None:
    clone = "RUN git clone https://github.com/comfyanonymous/ComfyUI"
    assert build_with(clone) == {"unpinned_clone"}
    base = "ARG BASE=blendx/xicon-poster-maker-base:klein-9b-fp8"
    found = spoil(IMAGE, "ARG BASE=python:3.12.13-slim-bookworm", base)
    assert codes(found, IMAGE) == {"unlisted"}


def test_6_a_text_encoder_in_clip_gets_a_finding_that_says_where_it_belongs(
    models: Path, tiny_weights: TinyWeights
) -> None:
    manifest = read_manifest(tiny_weights.manifest_path)
    file = manifest.choose().of_role("text_encoder")[0]
    (models / "clip").mkdir()
    file.path_in(models).rename(models / "clip" / file.file)
    found = [f for f in check_weights(models, manifest) if f.code == "weights_misplaced"]
    assert [finding.fix for finding in found] == ["Move it from clip/ to text_encoders/."]


def test_7_a_partial_download_is_never_used_as_a_file(
    models: Path, tiny_weights: TinyWeights
) -> None:
    weight_set = read_manifest(tiny_weights.manifest_path).choose()
    file = weight_set.of_role("transformer")[0]
    place, whole = file.path_in(models), file.path_in(models).read_bytes()
    place.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(WeightsError, match="truncated"):
        require_set(models, weight_set)
    place.unlink()
    partial = partial_path(models, file)
    partial.parent.mkdir(exist_ok=True)
    partial.write_bytes(whole[:100])
    with pytest.raises(WeightsError, match="only 100 of"):
        require_set(models, weight_set)


def test_8_a_gated_403_says_which_licence_and_no_token_is_built_in() -> None:
    gated = read_manifest().choose().of_role("transformer")[0]

    def refuse(file: WeightFile) -> None:
        raise LicenceError(f"{file.file}: the licence of {file.repo} is not accepted")

    (found,) = check_gate([gated], has_token=True, ask=refuse)
    assert (found.code, str(gated.repo) in found.trouble) == ("licence_not_accepted", True)
    assert "Agree and access" in found.fix
    assert build_with("ARG HF_TOKEN") == {"secret_shipped"}


def test_9_a_worker_that_cannot_work_says_why_and_ends(tmp_path: Path) -> None:
    unset = {name: value for name, value in os.environ.items() if "RUNPOD_" not in name}
    environment = {
        **unset,
        "POSTER_ENGINE": "flux",
        "POSTER_DEVICE": "cpu",
        "POSTER_MODELS": str(tmp_path / "models"),
        "RUNPOD_SKIP_AUTO_SYSTEM_CHECKS": "true",
        "RUNPOD_SKIP_GPU_CHECK": "true",
    }
    worker = subprocess.run(
        [sys.executable, ROOT / "runpod_shim.py", "--test_input", '{"input": {}}'],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert worker.returncode == 1
    assert "attach one to the endpoint" in worker.stdout + worker.stderr


def test_10_there_is_one_process_and_none_to_wait_for() -> None:
    assert OURS.texts[IMAGE].rstrip().endswith('CMD ["python", "runpod_shim.py"]')
    two = 'CMD ["sh", "-c", "python server.py & python handler.py"]'
    found = spoil(IMAGE, 'CMD ["python", "runpod_shim.py"]', two)
    assert codes(found, IMAGE) == {"shell_entry"}


def test_11_an_engines_error_is_never_completed_without_a_picture() -> None:
    def make(_: PosterRequest, __: ProgressMonitor) -> Poster:
        raise UnavailableError("flux: the picture has no numbers in it")

    worker = Worker(make=make, checks={}, engine="flux", fetch=lambda *_: PHOTO)
    job = {"id": "job-1", "input": {"image": PHOTO_TEXT, "title": "ORBIT"}}
    reply = asyncio.run(worker.answer(job, lambda *_: None))
    assert reply == {"error": "flux: the picture has no numbers in it"}


def never_connect(address: str, port: int, _: float | None) -> Any:
    raise AssertionError(f"{address}:{port} was connected to")


def test_12_a_job_reads_no_file_and_no_private_address(tmp_path: Path) -> None:
    (tmp_path / "allowed").mkdir()
    (tmp_path / "secret.jpg").write_bytes(PHOTO)
    (tmp_path / "allowed" / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    for path in ("/etc/passwd", "../secret.jpg", "link.jpg"):
        for folder in (None, tmp_path / "allowed"):
            with pytest.raises(RequestError, match="image_path"):
                parse_job({"image_path": path}, lambda _: PHOTO, folder)
    for host in ("127.0.0.1", "169.254.169.254", "10.0.0.1", "[::1]", "localhost"):
        with pytest.raises(RequestError, match="image"):
            fetch_image(f"http://{host}/a.jpg", connect=never_connect)


def test_13_a_data_uri_and_bare_base64_are_the_same_and_lax_base64_is_refused() -> None:
    uri = f"data:image/jpeg;base64,{PHOTO_TEXT}"
    wrapped = f"{PHOTO_TEXT[:8]}\n{PHOTO_TEXT[8:]}"
    assert read(image_base64=uri).image == read(image_base64=PHOTO_TEXT).image == PHOTO
    assert read(image_base64=wrapped).image == PHOTO
    for lax in (
        PHOTO_TEXT.rstrip("=") + "*",
        "QUJ",
        "QUJD==",
    ):
        with pytest.raises(RequestError, match="image_base64: is not valid base64"):
            read(image_base64=lax)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("width", 511), ("width", 1e9), ("width", "1024"), ("height", [736]), ("steps", 0)),
        *(("cfg", float("nan")), ("cfg", float("inf")), ("cfg", True), ("seed", -1)),
        *(("seed", 2**32), ("seed", "7"), ("output_stage", "stage3"), ("prompt_stage1", 5)),
    ],
)
def test_14_every_field_has_a_kind_and_a_range(name: str, value: object) -> None:
    with pytest.raises(RequestError, match=name):
        read(image_base64=PHOTO_TEXT, **{name: value})


def test_14_seed_0_is_a_seed_and_a_missing_seed_is_chosen_at_random() -> None:
    assert read(image_base64=PHOTO_TEXT, seed=0).seed == 0
    assert read(image_base64=PHOTO_TEXT).seed is None


def test_15_tests_are_not_emptied() -> None:
    content: dict[str, Any] = json.loads(OURS.texts[TESTS])
    self_check, poster, *_ = (test["input"] for test in content["tests"])
    assert (self_check, poster["stage"]) == ({"self_check": True}, "both")
    texts = {**OURS.texts, TESTS: json.dumps({**content, "tests": []})}
    found = list(examine_checkout(Checkout(texts, OURS.files)))
    assert codes(found, TESTS) == {"tests_empty"}


STUB = """\
import runpod

def handler(job):
    return {"status": "ok"}

runpod.serverless.start({"handler": handler})
"""


def test_16_no_stub_is_shipped_for_the_handler() -> None:
    name = ".runpod/handler.py"
    texts = {**OURS.texts, name: STUB}
    assert codes(list(examine_checkout(Checkout(texts, OURS.files))), name) == {"stub_handler"}
    worker = subprocess.run(
        [sys.executable, "-c", f"import runpy; print(runpy.run_path({name!r})['main'].__module__)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert worker.stdout == "runpod_shim\n"
