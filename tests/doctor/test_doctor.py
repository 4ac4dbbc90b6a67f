"""poster doctor on a checkout, on the seed's files, and as a command."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from poster.doctor.checkout import read_checkout
from poster.doctor.examine import Probes, Report, ask_hugging_face, examine
from poster.doctor.file_finding import make_file_finding
from poster.doctor.reasons import REASONS
from poster.errors import DownloadError
from poster.runpod.machine import Gpu, Machine
from poster.settings import Settings
from poster.weights.manifest import WeightFile, read_manifest
from tests.support.command_line import RunCli

ROOT = Path(__file__).parents[2]
DEPLOYED = (
    *(".dockerignore", "Dockerfile.runpod", "LICENSE", "README.md", "cog.yaml", "predict.py"),
    *("pyproject.toml", "requirements/worker.lock", "requirements/build.lock", "requirements.txt"),
    *("runpod_shim.py", "poster/__init__.py", "NOTICE.md", "requirements/worker.cdx.json"),
    *(".runpod/Dockerfile", ".runpod/handler.py", ".runpod/hub.json", ".runpod/tests.json"),
)
NO_GPU = Machine(None, (), "nvidia-smi is missing; it comes with the driver")
BLIND = Probes(describe_machine=lambda: NO_GPU, has_token=lambda: False)
STUDIO = Settings(engine="studio")

Write = Callable[[str, str], None]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of this repository's deployed files, which tests may break."""
    folder = tmp_path / "checkout"
    for name in DEPLOYED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture
def run(run: RunCli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> RunCli:
    """Runs poster doctor in a folder."""
    monkeypatch.setenv("POSTER_MODELS", str(tmp_path / "no_models"))
    monkeypatch.setenv("HF_TOKEN", "hf_x")
    monkeypatch.delenv("POSTER_ENGINE", raising=False)

    def run_in(folder: Path, *arguments: object) -> tuple[int, str, str]:
        monkeypatch.chdir(folder)
        return run("doctor", *arguments)

    return run_in


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def codes(report: Report) -> set[str]:
    return {finding.code for finding in report.findings}


@pytest.mark.parametrize(
    ("name", "trouble"), [("none", "does not exist"), ("a", "is not a folder")]
)
def test_a_root_that_is_not_a_folder_is_named(
    run: RunCli, tmp_path: Path, name: str, trouble: str
) -> None:
    (tmp_path / "a").touch()
    root = tmp_path / name
    line = f"poster: root: {root} {trouble}; name the models folder\n"
    assert run(tmp_path, "--root", root) == (2, "", line)


def test_this_repository_has_no_findings() -> None:
    assert examine(ROOT, STUDIO).findings == ()


def test_its_deployed_files_have_no_findings_either(checkout: Path) -> None:
    assert examine(checkout, STUDIO).findings == ()


SEED_HUB = """\
{
  "config": {
    "gpuIds": "ADA_24,ADA_32_PRO",
    "allowedCudaVersions": ["12.8"]
  }
}
"""
SEED_TESTS = """\
{
  "tests": [],
  "config": {
    "gpuTypeId": "ADA_24",
    "allowedCudaVersions": ["12.8"]
  }
}
"""


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    """The two files as the previous product's documentation described them."""
    folder = tmp_path / "seed"
    (folder / ".runpod").mkdir(parents=True)
    (folder / ".runpod" / "hub.json").write_text(SEED_HUB, encoding="utf-8")
    (folder / ".runpod" / "tests.json").write_text(SEED_TESTS, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("code", "file", "line"),
    [
        ("pool_as_gpu_type", ".runpod/tests.json", 4),
        ("tests_empty", ".runpod/tests.json", 2),
        ("test_needs_volume", ".runpod/tests.json", 3),
        ("cuda_list_holes", ".runpod/hub.json", 4),
        ("cuda_list_holes", ".runpod/tests.json", 5),
        ("hub_file_missing", ".runpod/handler.py", None),
        ("hub_file_missing", ".runpod/Dockerfile", None),
        ("hub_field", ".runpod/hub.json", 1),
    ],
)
def test_each_mistake_of_the_seeds_files_is_found(
    code: str, file: str, line: int | None, seed: Path
) -> None:
    found = {
        (found.code, found.location.file, found.location.line)
        for found in examine(seed, STUDIO).findings
    }
    assert (code, file, line) in found


def allow(folder: Path, versions: list[str], pools: str = "ADA_24,ADA_32_PRO") -> None:
    for name in ("hub.json", "tests.json"):
        edit(folder / ".runpod" / name, '["12.8", "12.9", "13.0"]', json.dumps(versions))
    edit(folder / ".runpod" / "hub.json", '"ADA_24,ADA_32_PRO"', f'"{pools}"')


FROM_12_0 = [f"12.{minor}" for minor in range(10)] + ["13.0"]


FROM_12_7 = ["12.7", "12.8", "12.9", "13.0"]
FROM_12_8 = FROM_12_7[1:]
BOTH = "ADA_24,ADA_32_PRO"


@pytest.mark.parametrize(
    ("claim", "pools", "versions", "found"),
    [
        (
            "On the Hub drivers do not support 12.8, and 12.7 is required",
            BOTH,
            ["12.7"],
            {"cuda_below_pools", "cuda_below_image", "cuda_list_holes"},
        ),
        ("On the Hub 12.8 cannot be used", "ADA_24", FROM_12_8, set()),
        ("An endpoint may use 12.7", "ADA_24", FROM_12_7, {"cuda_below_image"}),
        ("An RTX 4090 needs 12.0 or newer", "ADA_24", FROM_12_0, {"cuda_below_image"}),
        ("An RTX 5090 needs 12.8 or newer", BOTH, FROM_12_8, set()),
        (
            "An RTX 5090 needs 12.8 or newer",
            BOTH,
            FROM_12_7,
            {"cuda_below_pools", "cuda_below_image"},
        ),
        ("An RTX 5090 cannot be used on the Hub", "ADA_32_PRO", FROM_12_8, set()),
    ],
)
def test_each_claim_in_the_seeds_cuda_tables_is_checked(
    claim: str, pools: str, versions: list[str], found: set[str], checkout: Path
) -> None:
    allow(checkout, versions, pools)
    assert codes(examine(checkout, STUDIO)) - {"gpu_type_outside_pools"} == found, claim


@pytest.mark.parametrize(
    ("symptom", "code", "words"),
    [
        ("the test waits for ever", "pool_as_gpu_type", "waits forever, without a log"),
        ("the test waits for ever", "unknown_pool", "jobs wait forever, without a log"),
        ("the test waits for ever", "cuda_lists_differ", "can wait forever"),
        ("CUDA error", "driver_old", "Use a host with a newer driver"),
        ("CUDA error: downgrade CUDA", "cuda_below_image", "in the image does not help"),
        ("CUDA error", "archs_miss_pool", "no kernel image is available"),
        ("the build is not triggered: push an empty commit", "no_rebuild", "triggers nothing"),
        ("403 Forbidden for the model", "licence_not_accepted", "Agree and access"),
        ("403 Forbidden for the model", "no_token", "HF_TOKEN"),
        ("the download fails: build again", "licence_not_accepted", "Rebuilding does not help"),
        ("the download fails", "weights_partial", "resumes the download"),
        ("clip/ or text_encoders/", "weights_misplaced", "text_encoders/, never from clip/"),
    ],
)
def test_each_row_of_the_seeds_troubleshooting_is_explained(
    symptom: str, code: str, words: str, run: RunCli, tmp_path: Path
) -> None:
    left, out, err = run(tmp_path, "--explain", code)
    assert (left, err) == (0, ""), symptom
    assert words in re.sub(r"\s+", " ", out)


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        (".runpod/hub.json", '"ADA_24,', '"ADA_48,', "unknown_pool"),
        (".runpod/hub.json", '"gpuCount": 1', '"gpuCount": 2', "gpu_counts_differ"),
        (".runpod/hub.json", '"type": "serverless",', "", "hub_field"),
        (".runpod/hub.json", '"default": "flux"', '"default": "comfy"', "hub_env"),
        (".runpod/hub.json", '"POSTER_ENGINE": "studio"', '"ENGINE": "studio"', "hub_preset"),
        (".runpod/hub.json", '"category": "image",', '"category": "image"', "not_json"),
        (".runpod/tests.json", '"seed": 7', '"seed": -1', "test_refused"),
        (".runpod/tests.json", '"seed": 7', '"sede": 7', "test_refused"),
        (".runpod/tests.json", '"seed": 7', '"seed": NaN', "not_json"),
        (".runpod/tests.json", '"self_check": true', '"self_check": 1', "test_refused"),
        (".runpod/tests.json", "600000", "60000", "test_timeout"),
        (".runpod/tests.json", '"studio"', '"flux"', "test_needs_volume"),
        (".runpod/Dockerfile", "USER poster", "USER root", "dockerfiles_differ"),
        (".runpod/handler.py", "from runpod_shim import", "from stub import", "stub_handler"),
        (".runpod/handler.py", "from runpod_shim import", "from from", "stub_handler"),
        (".dockerignore", "!runpod_shim.py\n", "", "copy_hidden"),
        ("Dockerfile.runpod", "== '12.8'", "== '12.4'", "cuda_drift"),
        ("Dockerfile.runpod", "ARG VERSION", "ARG HF_TOKEN\nARG VERSION", "secret_shipped"),
        ("cog.yaml", '"12.8"', '"12.4"', "cuda_drift"),
        ("cog.yaml", "build:", "build:\n  run:\n    - hf download a/b", "weights_in_image"),
        ("cog.yaml", '"3.12"', '"3.11"', "python_drift"),
        ("requirements.txt", "torch==2.10.0", "torch==2.9.1", "pins_differ"),
        ("requirements/worker.lock", "\nrunpod==", "\nrunpood==", "lock_incomplete"),
        ("Dockerfile.runpod", "USER poster\n", "USER poster\r\n", "crlf"),
    ],
)
def test_each_spoiled_checkout_is_detected(
    name: str, old: str, new: str, code: str, checkout: Path
) -> None:
    text = (checkout / name).read_bytes().decode()
    assert old in text
    (checkout / name).write_bytes(text.replace(old, new).encode())
    found = [found for found in examine(checkout, STUDIO).findings if found.code == code]
    assert found
    assert found[0].location.file in {
        name,
        ".runpod/tests.json",
        "Dockerfile.runpod",
        ".runpod/Dockerfile",
    }


def test_a_file_that_is_missing_is_found(checkout: Path) -> None:
    (checkout / "runpod_shim.py").unlink()
    (checkout / ".runpod" / "tests.json").unlink()
    assert codes(examine(checkout, STUDIO)) == {"copy_missing", "stub_handler", "hub_file_missing"}


def test_the_seeds_own_layout_in_the_root_is_read(checkout: Path) -> None:
    for name in ("hub.json", "tests.json"):
        (checkout / ".runpod" / name).rename(checkout / name)
    edit(checkout / "tests.json", '"NVIDIA GeForce RTX 4090"', '"ADA_24"')
    edit(checkout / "hub.json", '"image"', '"pictures"')
    report = examine(checkout, STUDIO)
    assert [(f.code, f.location.file) for f in report.findings] == [
        ("pool_as_gpu_type", "tests.json")
    ]
    assert ("unlisted", "hub.json") in {(n.code, n.location.file) for n in report.notes}


@pytest.mark.parametrize("engine", ["studio", "auto"])
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_outside_a_checkout_the_doctor_says_that_it_looked_at_nothing(
    engine: str, form: tuple[str, ...], run: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notes.txt").write_text("nothing to deploy", encoding="utf-8")
    monkeypatch.setenv("POSTER_ENGINE", engine)
    code, out, err = run(tmp_path, *form)
    assert (code, out) == (2, "")
    assert err.startswith("poster: the doctor looked at nothing: this folder contains no hub.json")
    assert ("name a models folder with --root" in err) is (engine == "auto")


def test_studio_has_no_models_folder_to_look_at(
    run: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").mkdir()
    monkeypatch.setenv("POSTER_ENGINE", "studio")
    code, _, err = run(tmp_path, "--root", "models")
    assert (code, "POSTER_ENGINE=studio needs no models folder" in err) == (2, True)


def test_a_models_folder_outside_a_checkout_is_examined(run: RunCli, tmp_path: Path) -> None:
    (tmp_path / "models" / "vae").mkdir(parents=True)
    code, out, _ = run(tmp_path, "--root", "models")
    assert code == 1
    assert "this folder: contains no hub.json, tests.json, Dockerfile or cog.yaml" in out
    assert "[weights_missing]" in out


@pytest.mark.parametrize("name", ["Dockerfile", "cog.yaml"])
def test_a_deployment_that_is_not_a_listing_is_examined_without_the_hubs_rules(
    name: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text("", encoding="utf-8")
    report = examine(tmp_path, STUDIO)
    assert report.findings == ()
    assert any("not a listing of RunPod's Hub" in note.trouble for note in report.notes)


def test_another_worker_is_not_judged_by_poster_makers_rules(tmp_path: Path) -> None:
    folder = tmp_path / "other"
    (folder / "src").mkdir(parents=True)
    cuda = {"gpuCount": 1, "allowedCudaVersions": ["12.8", "12.9", "13.0"]}
    content = {
        "hub.json": {
            "title": "Echo",
            "description": "Says it again.",
            "type": "serverless",
            "category": "language",
            "config": {"runsOn": "GPU", "containerDiskInGb": 5, "gpuIds": "ADA_24", **cuda},
        },
        "tests.json": {
            "tests": [{"name": "echo", "input": {"words": "hello"}, "timeout": 5000}],
            "config": {"gpuTypeId": "NVIDIA GeForce RTX 4090", **cuda},
        },
    }
    for name, value in content.items():
        (folder / name).write_text(json.dumps(value), encoding="utf-8")
    (folder / "README.md").write_text("Echo", encoding="utf-8")
    (folder / "src" / "handler.py").write_text("import runpod\n", encoding="utf-8")
    dockerfile = 'FROM python:3.12.13-slim\nCOPY src /src\nCMD ["python", "/src/handler.py"]\n'
    (folder / "Dockerfile").write_text(dockerfile, encoding="utf-8")
    report = examine(folder, STUDIO)
    assert report.findings == ()
    assert "nothing here mentions Poster Maker" in report.notes[0].trouble


def test_missing_needs_of_flux_are_noted_if_flux_is_not_required(tmp_path: Path) -> None:
    settings = Settings(models_dir=tmp_path / "models")
    report = examine(ROOT, settings, None, BLIND)
    assert report.findings == ()
    assert [note.code for note in report.notes] == ["no_gpu", "weights_missing", "no_token"]


def test_missing_needs_of_flux_are_findings_if_flux_is_required(tmp_path: Path) -> None:
    settings = Settings(engine="flux", models_dir=tmp_path / "models")
    report = examine(ROOT, settings, None, BLIND)
    assert [found.code for found in report.findings] == ["no_gpu", "weights_missing", "no_token"]
    assert report.notes == ()


def test_a_driver_that_is_too_old_is_always_a_finding(tmp_path: Path) -> None:
    card = Gpu("NVIDIA GeForce RTX 5090", (12, 0), 2**35, 2**35)
    probes = Probes(describe_machine=lambda: Machine("550.54.15", (card,)), has_token=lambda: True)
    report = examine(ROOT, Settings(models_dir=tmp_path / "models"), None, probes)
    assert codes(report) == {"driver_old"}


def test_a_gpu_that_the_pinned_torch_has_no_code_for_is_a_finding(checkout: Path) -> None:
    card = Gpu("Tesla V100-SXM2-16GB", (7, 0), 2**34, 2**34)
    probes = Probes(describe_machine=lambda: Machine("580.65.06", (card,)), has_token=lambda: True)
    report = examine(checkout, Settings(models_dir=checkout / "models"), None, probes)
    assert codes(report) == {"gpu_uncovered"}


def test_a_manifest_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{", encoding="utf-8")
    settings = Settings(manifest=tmp_path / "manifest.json")
    assert codes(examine(tmp_path, settings, tmp_path, BLIND)) == {"weights_manifest"}


def test_an_existing_models_folder_without_its_files_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "models" / "vae").mkdir(parents=True)
    report = examine(tmp_path, Settings(), tmp_path / "models", BLIND)
    assert codes(report) == {"weights_missing", "no_token"}


def test_online_a_gated_repository_is_a_finding_even_without_a_volume(tmp_path: Path) -> None:
    def ask(file: WeightFile) -> None:
        raise DownloadError(f"{file.file}: Hugging Face does not answer")

    probes = Probes(describe_machine=lambda: NO_GPU, has_token=lambda: True, ask=ask)
    report = examine(tmp_path, Settings(models_dir=tmp_path / "models"), None, probes)
    assert codes(report) == {"download_failed"}


def test_a_repository_that_does_not_answer_is_distinguished_from_one_that_refuses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    gated = read_manifest().choose().of_role("transformer")[0]
    with pytest.raises(DownloadError, match="Hugging Face does not answer"):
        ask_hugging_face(gated)


def test_the_command_prints_findings_by_file_and_exits_1(seed: Path, run: RunCli) -> None:
    code, out, err = run(seed)
    assert (code, err) == (1, "")
    part = out[out.index("\n.runpod/tests.json\n  line") :]
    assert "line 4: gpuTypeId is 'ADA_24', which is a pool id [pool_as_gpu_type]\n" in part
    assert "    Why: gpuTypeId takes one full GPU name." in part
    assert "    Fix: Write one of: NVIDIA GeForce RTX 4090, NVIDIA L4.\n" in part
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) <= 100
    assert re.search(r"\n\d+ findings\n$", out)


def test_the_command_says_so_if_there_are_no_findings(run: RunCli) -> None:
    code, out, err = run(ROOT)
    assert (code, err) == (0, "")
    assert out.startswith("Not checked here:\n")
    assert out.endswith("\nno findings\n")


def test_json_is_one_object_with_every_part_of_a_finding(seed: Path, run: RunCli) -> None:
    code, out, err = run(seed, "--json")
    content = json.loads(out)
    assert (code, err, content["healthy"]) == (1, "", False)
    fields = {"code", "file", "line", "trouble", "why", "fix"}
    assert all(set(found) == fields for found in [*content["findings"], *content["notes"]])
    assert {"pool_as_gpu_type", "tests_empty"} <= {found["code"] for found in content["findings"]}


def test_json_of_a_healthy_checkout(run: RunCli) -> None:
    code, out, _ = run(ROOT, "--json")
    content: dict[str, Any] = json.loads(out)
    assert (code, content["healthy"], content["findings"]) == (0, True, [])
    assert all(note["code"] for note in content["notes"])


def test_explain_lists_every_code(run: RunCli, tmp_path: Path) -> None:
    code, out, _ = run(tmp_path, "--explain")
    assert code == 0
    assert re.findall(r"^\w+$", out, re.MULTILINE) == list(REASONS)
    assert set(json.loads(run(tmp_path, "--explain", "--json")[1])) == set(REASONS)


def test_an_unknown_code_is_bad_input(run: RunCli, tmp_path: Path) -> None:
    code, out, err = run(tmp_path, "--explain", "pool_as_gpu")
    assert (code, out) == (2, "")
    assert err == (
        "poster: explain: unknown finding 'pool_as_gpu'; did you mean pool_as_gpu_type?\n"
    )


def test_every_code_in_the_catalogue_is_used_by_a_check_or_is_about_the_platform() -> None:
    sources = "".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "poster").rglob("*.py")
        if path.name != "reasons.py"
    )
    assert {code for code in REASONS if f'"{code}"' not in sources} == {"no_rebuild"}


@pytest.mark.parametrize("code", REASONS)
def test_every_reason_consists_of_whole_sentences(code: str) -> None:
    found = make_file_finding(code, "file", 1, "trouble")
    assert (found.why[-1], found.fix[-1]) == (".", ".")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"Poster Maker"', '3, "{}": 1'),
        ('"image"', '"{}"'),
        ('"ADA_24,', '"{},ADA_24,'),
        ('"POSTER_ENGINE": "flux"', '"POSTER_ENGINE": "{}"'),
        ('"POSTER_ENGINE": "studio"', '"POSTER_ENGINE": "studio", "{}": 1'),
        ('"string"', '"{}"'),
    ],
)
def test_no_name_makes_a_message_long_or_unprintable(old: str, new: str, checkout: Path) -> None:
    edit(checkout / ".runpod" / "hub.json", old, new.format("\\u001b[31m" + "long" * 200))
    report = examine(checkout, STUDIO)
    found = [*report.findings, *report.notes]
    assert any("long" in finding.trouble for finding in found)
    assert all(len(f.trouble) < 300 and f.trouble.isprintable() for f in found)


def test_ignored_folders_are_not_read(checkout: Path) -> None:
    for name in (".venv/hub.json", ".git/tests.json", "out/Dockerfile", "mine/pyvenv.cfg"):
        (checkout / name).parent.mkdir()
        (checkout / name).write_text("{", encoding="utf-8")
    read = read_checkout(checkout)
    assert set(DEPLOYED) == read.files
    assert "poster/__init__.py" not in read.texts


def test_the_doctor_never_imports_torch(tmp_path: Path) -> None:
    probe = (
        "import sys; from pathlib import Path; from poster.settings import Settings; "
        "from poster.doctor.examine import examine; "
        "examine(Path(), Settings(engine='flux')); "
        "sys.exit(bool({'torch', 'cv2', 'runpod', 'poster.pipeline'} & set(sys.modules)))"
    )
    environment = {"PATH": "/nowhere", "HOME": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", probe], cwd=ROOT, env=environment, check=False, timeout=60
    )
    assert run.returncode == 0
