"""Versions in pyproject.toml, locks, cog.yaml and the Dockerfile, compared with each other."""

import re

import pytest

from poster.doctor.drift import check_archs, check_pins
from poster.doctor.file_finding import FileFinding
from poster.doctor.pins import read_pins

TEXTS = {
    "pyproject.toml": """\
[project]
dependencies = [
    "numpy==2.4.6",
    "huggingface_hub==2.4.0",
]

[project.optional-dependencies]
runpod = ["runpod==1.12.0"]
flux = ["torch==2.10.0", "safetensors==0.8.0"]
test = ["pytest==9.2.0"]
""",
    "requirements.txt": "numpy==2.4.6\ntorch==2.10.0\n",
    "requirements/worker.lock": "# made\n"
    + "".join(
        f"{pin} \\\n    --hash=sha256:{'0' * 64} \\\n    --hash=sha256:{'1' * 64}\n    # via x\n"
        for pin in (
            "huggingface-hub==2.4.0 ; python_full_version < '3.15'",
            "idna==3.1",
            "numpy==2.4.6",
            "runpod==1.12.0",
            "safetensors[numpy]==0.8.0",
            "torch==2.10.0",
        )
    ),
    "cog.yaml": 'build:\n  gpu: true\n  cuda: "12.8"\n  python_version: "3.12"\n',
    "Dockerfile.runpod": "ARG BASE=python:3.12.13-slim\nFROM ${BASE}\n"
    "# CUDA 12.4 was too old.\nRUN python -c \"assert torch.version.cuda == '12.8'\"\n",
}
POOLS = ("ADA_24", "ADA_32_PRO")


def check(**changes: tuple[str, str]) -> list[FileFinding]:
    """All findings, with one text replaced in a file for each keyword."""
    texts = dict(TEXTS)
    for stem, (old, new) in changes.items():
        name = next(name for name in texts if name.partition(".")[0] == stem)
        assert old in texts[name]
        texts[name] = texts[name].replace(old, new)
    pins = read_pins(texts)
    return [*check_pins(texts, pins), *check_archs(texts, pins, POOLS, ())]


def seen(**changes: tuple[str, str]) -> list[tuple[str, str, int | None]]:
    return [(found.code, found.location.file, found.location.line) for found in check(**changes)]


def test_versions_that_agree_have_no_findings() -> None:
    assert seen() == []


@pytest.mark.parametrize(
    ("ours", "theirs", "is_same"),
    [
        ("2.5.0", "2.5.0+cu124", True),
        ("2.5", "2.5.0", True),
        ("2.5.0+cu121", "2.5.0+cu124", False),
        ("2.5.0", "2.5.1+cu124", False),
        ("2.5.0", "2.5.0rc1", False),
        ("not-a-version", "2.5.0", False),
    ],
)
def test_a_pin_without_a_build_agrees_with_every_build_of_its_version(
    ours: str, theirs: str, *, is_same: bool
) -> None:
    texts = {
        "pyproject.toml": f'[project]\ndependencies = ["x=={ours}"]\n',
        "Dockerfile": f"FROM python:3.12.13\nRUN pip install x=={theirs}\n",
    }
    assert [f.code for f in check_pins(texts, read_pins(texts))] == ["pins_differ"] * (not is_same)


def test_a_pin_that_depends_on_a_condition_may_be_another_machines() -> None:
    condition = 'if [ "$TARGETPLATFORM" = "linux/arm64" ]; then pip install x==2; fi'
    texts = {
        "pyproject.toml": '[project]\ndependencies = ["x==1"]\n',
        "Dockerfile": f"FROM python:3.12.13\nRUN {condition}\n",
    }
    assert check_pins(texts, read_pins(texts)) == ()


def test_requirements_count_if_the_image_installs_them() -> None:
    texts = {
        "pyproject.toml": '[project]\ndependencies = ["numpy==2.4.6"]\n',
        "worker/requirements.txt": "numpy==2.4.5\n",
        "requirements-dev.txt": "numpy==2.4.4\n",
        "Dockerfile": "FROM python:3.12.13\nRUN pip install -r /requirements.txt\n",
    }
    found = check_pins(texts, read_pins(texts))
    assert [finding.location.file for finding in found] == ["worker/requirements.txt"]


def test_a_pin_that_differs_is_a_finding_on_its_line() -> None:
    texts = {**TEXTS, "requirements.txt": "numpy==2.4.5\ntorch==2.10.0\n"}
    found = check_pins(texts, read_pins(texts))
    assert [(f.code, f.location.file, f.location.line) for f in found] == [
        ("pins_differ", "requirements.txt", 1)
    ]
    assert found[0].trouble == "numpy is 2.4.5, but 2.4.6 in pyproject.toml"
    assert seen(Dockerfile=("RUN", "RUN pip install torch==2.9.1 &&")) == [
        ("pins_differ", "Dockerfile.runpod", 4)
    ]


@pytest.mark.parametrize(
    ("allowed", "version", "is_found"),
    [
        ("numpy>=2.1,<3", "2.4.6", False),
        ("numpy>=2.5,<3", "2.4.6", True),
        ("NumPy~=2.3.0", "2.4.6", True),
        ("numpy==2.4.*", "2.4.6", False),
        ("numpy==2.3.*", "2.4.6", True),
        ("numpy", "2.4.6", False),
    ],
)
def test_a_locked_version_outside_the_allowed_range_is_a_finding(
    allowed: str, version: str, *, is_found: bool
) -> None:
    project = TEXTS["pyproject.toml"].replace("numpy==2.4.6", allowed)
    texts = {**TEXTS, "pyproject.toml": project}
    found = check_pins(texts, read_pins(texts))
    files = ["requirements/worker.lock", "requirements.txt"] if is_found else []
    assert [(f.code, f.location.file) for f in found] == [("pins_differ", file) for file in files]
    assert all(version in f.trouble and "pyproject.toml allows" in f.trouble for f in found)


def test_a_lock_with_a_package_for_several_pythons_agrees_if_one_version_does() -> None:
    lock = TEXTS["requirements/worker.lock"]
    entry = lock[lock.index("numpy==") : lock.index("runpod==")]
    texts = {**TEXTS, "requirements/worker.lock": entry.replace("2.4.6", "2.3.0") + lock}
    assert check_pins(texts, read_pins(texts)) == ()


def test_a_lock_without_a_package_that_a_worker_needs_is_a_finding() -> None:
    lock = TEXTS["requirements/worker.lock"]
    texts = {**TEXTS, "requirements/worker.lock": lock[: lock.index("runpod==")]}
    found = check_pins(texts, read_pins(texts))
    assert {f.trouble.split()[0] for f in found} == {"runpod", "torch", "safetensors"}
    assert {f.code for f in found} == {"lock_incomplete"}


def test_a_requirement_without_a_hash_is_a_finding() -> None:
    lock = TEXTS["requirements/worker.lock"] + "extra==1.0\n"
    texts = {**TEXTS, "requirements/worker.lock": lock}
    found = check_pins(texts, read_pins(texts))
    assert [(f.code, f.location.line) for f in found] == [("lock_unhashed", lock.count("\n"))]


@pytest.mark.parametrize(
    ("changes", "file", "line"),
    [
        ({"cog": ('"12.8"', '"12.4"')}, "cog.yaml", 3),
        ({"Dockerfile": ("'12.8'", "'12.7'")}, "Dockerfile.runpod", 4),
        ({"Dockerfile": ("# CUDA 12.4 was too old.", "ENV CUDA=12.4")}, "Dockerfile.runpod", 3),
        (
            {"Dockerfile": ("python:3.12.13-slim", "nvidia/cuda:12.4.1-runtime-ubuntu22.04")},
            "Dockerfile.runpod",
            1,
        ),
        ({"requirements": ("numpy", "--index-url https://x.example/whl/cu126\nnumpy")}, "", 1),
    ],
)
def test_two_cuda_versions_in_one_deployment_are_a_finding(
    changes: dict[str, tuple[str, str]], file: str, line: int
) -> None:
    found = [place for place in seen(**changes) if place[0] == "cuda_drift"]
    assert found == [("cuda_drift", file or "requirements.txt", line)]


def test_two_pythons_are_a_finding() -> None:
    assert seen(cog=('"3.12"', '"3.11"')) == [("python_drift", "cog.yaml", 4)]


def test_a_cog_yaml_that_cannot_be_read_is_a_finding() -> None:
    assert seen(cog=("build:", "build: [")) == [("not_json", "cog.yaml", 3)]


@pytest.mark.parametrize("version", ["1.9.0", "1.10.0", "1.7.13"])
def test_an_sdk_that_funnels_jobs_to_one_worker_is_a_finding(version: str) -> None:
    found = seen(pyproject=("runpod==1.12.0", f"runpod=={version}"))
    assert ("runpod_old", "pyproject.toml", 8) in found


def test_an_unpinned_torch_is_a_finding_and_no_torch_is_none() -> None:
    ranged = {"pyproject.toml": '[project]\ndependencies = [\n  "torch>=2",\n]\n'}
    found = check_pins(ranged, read_pins(ranged))
    assert [(f.code, f.location.line) for f in found] == [("torch_unpinned", 3)]
    none = {"pyproject.toml": "[project]\ndependencies = []\n"}
    assert check_pins(none, read_pins(none)) == ()


def test_a_torch_that_is_newer_than_the_list_is_noted_with_the_lists_date() -> None:
    new = ("torch==2.10.0", "torch==2.99.0")
    (found,) = [f for f in check(pyproject=new, requirements=new) if f.code == "unlisted"]
    assert (found.location.file, found.location.line) == ("pyproject.toml", 9)
    assert re.search(r"^torch version '2.99.0' is not .* 20\d\d-\d\d-\d\d\)$", found.trouble)


@pytest.mark.parametrize(
    ("archs", "lacking"),
    [
        ("12.0", ["NVIDIA GeForce RTX 4090 (8.9)", "NVIDIA L4 (8.9)"]),
        ("8.9", ["NVIDIA GeForce RTX 5090 (12.0)"]),
        ("9.0;12.0", ["NVIDIA GeForce RTX 4090 (8.9)", "NVIDIA L4 (8.9)"]),
        ("8.6;12.0", []),
        ("8.9;12.0", []),
        ("8.6+PTX", []),
    ],
)
def test_every_gpu_of_the_pools_has_code_in_what_is_compiled(
    archs: str, lacking: list[str]
) -> None:
    env = f'ENV TORCH_CUDA_ARCH_LIST="{archs}"'
    found = check(Dockerfile=("# CUDA 12.4 was too old.", env))
    assert [f.code for f in found] == (["archs_miss_pool"] if lacking else [])
    assert all(gpu in found[-1].trouble for gpu in lacking)


def test_an_arch_list_is_not_mistaken_for_a_cuda_version() -> None:
    env = 'ENV TORCH_CUDA_ARCH_LIST="8.6;12.0"'
    assert seen(Dockerfile=("# CUDA 12.4 was too old.", env)) == []
