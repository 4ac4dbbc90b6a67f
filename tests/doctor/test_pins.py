"""What the files of a checkout pin, and the CUDA that its image needs."""

import pytest

from poster.doctor.pins import ImageCuda, read_image_cuda, read_pins

TEXTS = {
    "pyproject.toml": '[project]\ndependencies = ["torch==2.10.0"]\n',
    "requirements/worker.lock": f"torch==2.10.0 \\\n    --hash=sha256:{'0' * 64}\n",
}


def test_the_image_has_the_cuda_of_its_torch() -> None:
    assert image_cuda(TEXTS) == ImageCuda((12, 8), "torch")
    assert image_cuda({}) is None


def image_cuda(texts: dict[str, str]) -> ImageCuda | None:
    return read_image_cuda(texts, read_pins(texts))


INDEX = "https://download.example/whl/cu124"


@pytest.mark.parametrize(
    ("base", "install", "need"),
    [
        ("python:3.12.13-slim", "torch==2.5.0+cu124", ImageCuda((12, 4), "torch")),
        ("python:3.12.13-slim", f"torch==2.4.1 --index-url {INDEX}", ImageCuda((12, 4), "torch")),
        ("python:3.12.13-slim", "torch==2.4.1", ImageCuda((12, 1), "torch")),
        ("nvidia/cuda:12.1.0-base", f"torch --index-url {INDEX}", ImageCuda((12, 4), "torch")),
        ("python:3.12.13-slim", "'torch==${TORCH}'", ImageCuda((12, 6), "torch")),
        ("python:3.12.13-slim", "torch==2.4.1+cpu", None),
        ("python:3.12.13-slim", "torch", None),
        ("nvidia/cuda:12.6.3-base", "torch", ImageCuda((12, 6), "the base image")),
        ("nvidia/cuda:12.6.3-base", "torch==2.5.0", ImageCuda((12, 6), "the base image")),
        ("nvidia/cuda:11.8.0-base", "torch==2.5.0", ImageCuda((12, 4), "torch")),
        ("pytorch/pytorch:2.7.1-cuda12.8-cudnn9", "x==1", ImageCuda((12, 8), "torch")),
        ("runpod/pytorch:1.0.2-cu1281-torch280", "x==1", ImageCuda((12, 8), "torch")),
        ("pytorch/pytorch:2.13.0-cuda12.6", "torch==2.13.0", ImageCuda((12, 6), "torch")),
        ("pytorch/pytorch:2.7.1-cuda12.8", "torch==2.9.1+cu130", ImageCuda((13, 0), "torch")),
        ("runpod/base:0.6.3-cuda11.8.0", "x==1", ImageCuda((11, 8), "the base image")),
    ],
)
@pytest.mark.parametrize("file", ["Dockerfile", ".runpod/Dockerfile", "Dockerfile.runpod"])
def test_an_image_needs_the_cuda_of_its_torch_or_its_base(
    file: str, base: str, install: str, need: ImageCuda | None
) -> None:
    text = f"ARG TORCH=2.7.0\nFROM {base}\n# pip install torch==2.8.0\nRUN pip install {install}\n"
    assert image_cuda({file: text}) == need


def test_the_hub_builds_the_dockerfile_in_its_folder_before_the_one_in_the_root() -> None:
    old, new = (f"FROM python:3.12.13\nRUN pip install torch=={v}\n" for v in ("2.4.1", "2.8.0"))
    assert image_cuda({"Dockerfile": old, ".runpod/Dockerfile": new}) == ImageCuda((12, 8), "torch")


def test_an_exact_pin_counts_before_the_lock_and_a_range_does_not() -> None:
    exact, ranged = TEXTS, dict(TEXTS)
    ranged["pyproject.toml"] = TEXTS["pyproject.toml"].replace("torch==2.10.0", "torch~=2.10.0")
    assert read_pins(exact)["torch"][0].file == "pyproject.toml"
    assert read_pins(ranged)["torch"][0].file == "requirements/worker.lock"
    assert image_cuda(ranged) == ImageCuda((12, 8), "torch")
