"""poster weights, through main() and, where it matters, as a process."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from poster.commands.main import build_parser
from poster.settings import Settings
from poster.weights.places import partial_path, record_path
from tests.support.command_line import RunCli, draw_on_terminal

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "weights.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
    for line in block.splitlines()
]

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def run(run: RunCli, tiny: Any, monkeypatch: pytest.MonkeyPatch) -> RunCli:
    """Runs poster weights with the tiny manifest."""
    monkeypatch.setenv("POSTER_MANIFEST", str(tiny.manifest_path))
    monkeypatch.setenv("POSTER_MODELS", str(tiny.root))
    return partial(run, "weights")


@pytest.fixture
def start(hub: Any, tiny: Any, tmp_path: Path) -> Iterator[Start]:
    """Starts processes that use the fake Hub, and ends those still running."""
    processes: list[subprocess.Popen[str]] = []
    environment = {
        **os.environ,
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(tmp_path / "hf_home"),
        "POSTER_MANIFEST": str(tiny.manifest_path),
    }

    def start(command: list[str], folder: Path = tmp_path) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def test_list_shows_each_set_and_its_files(run: RunCli) -> None:
    code, out, err = run("list")

    assert (code, err) == (0, "")
    assert out.startswith("tiny (default): Tiny; 4 steps, guidance 1.0; Apache-2.0\n")
    assert "diffusion_models/transformer.safetensors  262.24 kB" in out
    assert "somebody/tiny@0123456" in out
    assert "unverified" not in out


def test_list_says_unverified_for_unknown_values(
    run: RunCli, tiny: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = tiny.changed(bytes=None, sha256=None, repo=None, licence=None)
    monkeypatch.setenv("POSTER_MANIFEST", str(changed.manifest_path))

    transformer = run("list")[1].splitlines()[2]
    assert transformer.split()[2:] == ["unverified"] * 4
    content = json.loads(run("list", "--json")[1])
    assert content["sets"][0]["files"][0]["unverified"] == ["repo", "bytes", "sha256", "licence"]


def test_the_shipped_manifest_is_listed_by_default(
    run: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("POSTER_MANIFEST")
    content = json.loads(run("list", "--json")[1])
    assert [entry["name"] for entry in content["sets"]] == [
        "klein-base-9b-fp8",
        "klein-9b-fp8",
        "klein-4b-fp8",
    ]
    assert "gated" in run("list")[1]


@pytest.mark.usefixtures("hub")
def test_download_status_and_verify_agree(run: RunCli, tiny: Any) -> None:
    assert run("verify")[0] == 1
    assert run("status")[0] == 1
    code, out, _ = run("status", "--json")
    assert code == 1
    missing = json.loads(out)
    assert missing["ready"] is False
    assert {file["state"] for file in missing["files"]} == {"missing"}

    code, out, err = run("download")
    assert (code, err) == (0, "")
    assert out.startswith("downloaded diffusion_models/transformer.safetensors\n")
    assert out.endswith("tiny: all 5 files are present and verified\n")
    assert json.loads(run("download", "--json")[1]) == {
        "set": "tiny",
        "root": str(tiny.root),
        "fetched": [],
    }

    assert run("verify") == (0, "tiny: all 5 files are verified\n", "")
    assert run("verify", "--full") == (0, "tiny: all 5 files are verified\n", "")
    assert run("status")[0] == 0
    code, out, _ = run("status", "--json")
    assert code == 0
    ready = json.loads(out)
    assert ready["ready"] is True
    assert {file["state"] for file in ready["files"]} == {"verified"}
    assert sum(file["bytes"] for file in ready["files"]) == sum(map(len, tiny.contents.values()))


def test_status_is_a_table_of_role_file_state_and_size(run: RunCli, tiny: Any) -> None:
    tiny.place_all()
    tiny.transformer.path_in(tiny.root).write_bytes(b"cut")

    code, out, _ = run("status")
    lines = out.splitlines()
    assert code == 1
    assert lines[0] == f"tiny in {tiny.root}"
    assert lines[1].split() == ["role", "file", "state", "size"]
    state = r"is truncated: it has only 3 bytes and no header +3 B$"
    assert re.search(rf"transformer +diffusion_models/\S+ +{state}", out, re.MULTILINE)
    assert re.search(r"vae +vae/vae.safetensors +verified +\d+ B$", out, re.MULTILINE)


def test_findings_are_exit_1_with_a_line_each(run: RunCli, tiny: Any) -> None:
    tiny.place_all()
    tiny.transformer.path_in(tiny.root).unlink()

    line = (
        "diffusion_models/transformer.safetensors: is missing; "
        "run poster weights download --set tiny\n"
    )
    assert run("verify") == (1, line, "")
    code, out, _ = run("verify", "--json")
    content = json.loads(out)
    assert (code, content["verified"], len(content["findings"])) == (1, False, 1)
    names = {"role", "file", "code", "trouble", "fix", "fatal"}
    assert set(content["findings"][0]) == names


def test_the_root_option_wins_over_the_deployments(run: RunCli, tiny: Any, tmp_path: Path) -> None:
    tiny.place_all()
    assert run("verify")[0] == 0
    assert run("verify", "--root", tmp_path / "empty")[0] == 1


def test_the_advised_command_keeps_the_root_option(run: RunCli, tiny: Any, tmp_path: Path) -> None:
    tiny.place_all()
    tiny.transformer.path_in(tiny.root).rename(tmp_path / "elsewhere")
    root = tiny.root.rename(tmp_path / "my models")
    advice = f"run poster weights download --set tiny --root '{root}'"

    assert run("verify", "--root", root)[1].endswith(f": is missing; {advice}\n")
    [finding] = json.loads(run("verify", "--root", root, "--json")[1])["findings"]
    assert finding["fix"] == advice


def test_a_models_folder_that_does_not_exist_is_named(run: RunCli, tmp_path: Path) -> None:
    for command in ("verify", "status"):
        out = run(command, "--root", tmp_path / "none")[1]
        assert out.startswith(f"models folder: {tmp_path / 'none'} does not exist\n")


def test_a_file_in_place_of_the_models_folder_is_named(run: RunCli, tmp_path: Path) -> None:
    (tmp_path / "models").write_bytes(b"")
    out = run("status", "--root", tmp_path / "models")[1]
    assert out.startswith(f"models folder: {tmp_path / 'models'} is not a folder\n")


def test_a_download_into_a_file_names_it(run: RunCli, tmp_path: Path) -> None:
    (tmp_path / "models").write_bytes(b"")
    code, _, err = run("download", "--root", tmp_path / "models")
    complaint = f"root: {tmp_path / 'models'} exists and is not a folder; name another one"
    assert (code, err) == (2, f"poster: {complaint}\n")


@pytest.mark.parametrize("command", ["download", "verify", "status"])
def test_a_models_folder_that_cannot_be_looked_at_is_bad_input(
    run: RunCli, tmp_path: Path, command: str
) -> None:
    (tmp_path / "loop").symlink_to("loop")
    for root, reason in (
        (tmp_path / "loop", "Too many levels of symbolic links"),
        (tmp_path / ("x" * 300), "File name too long"),
    ):
        code, out, err = run(command, "--root", root)

        assert (code, out) == (2, "")
        assert err.startswith("poster: root: must be a folder that can be read, not /")
        assert err.endswith(f": {reason}\n")
        assert len(err) < 300


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["verify", "--set", "huge"], 2, "poster: set: must be one of tiny, not 'huge'\n"),
        (
            ["verify", "--sat", "tiny"],
            2,
            "unknown flag --sat; did you mean --set? see poster weights verify --help",
        ),
        ([], 2, "a command is missing; see poster weights --help"),
        (["fetch"], 2, "unknown command 'fetch'; commands: list, download, verify, status; see"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(
    run: RunCli, arguments: list[str], code: int, words: str
) -> None:
    left, out, err = run(*arguments)
    assert (left, out) == (code, "")
    assert words in err
    assert len(err.splitlines()) == 1


def test_an_unusable_manifest_is_exit_3(run: RunCli, tiny: Any) -> None:
    tiny.manifest_path.write_text("{")
    code, _, err = run("list")
    assert code == 3
    assert err.startswith("poster: weights manifest: is not valid JSON")


def test_a_refused_licence_is_one_line_and_exit_3(
    run: RunCli, hub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_x")
    hub.mischief.status, hub.mischief.error_code = 403, "GatedRepo"

    code, out, err = run("download")
    assert (code, out) == (3, "")
    assert len(err.splitlines()) == 1
    assert "accept it on the repository's page" in err


def test_an_interrupt_leaves_only_the_partial_file(start: Start, hub: Any, tiny: Any) -> None:
    hub.pause.clear()
    partial = partial_path(tiny.root, tiny.transformer)
    command = [sys.executable, "-m", "poster", "weights", "download", "--root", str(tiny.root)]
    process = start(command)
    deadline = time.monotonic() + 60
    while not (partial.exists() and partial.stat().st_size):
        assert time.monotonic() < deadline, process.poll()
        time.sleep(0.02)

    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "poster: interrupted\n")
    assert [path for path in tiny.root.rglob("*") if path.is_file()] == [partial]

    kept = partial.stat().st_size
    hub.pause.set()
    out, err = start(command).communicate(timeout=60)
    assert err == ""
    assert f"bytes={kept}-" in hub.ranges()
    assert record_path(tiny.transformer.path_in(tiny.root)).is_file()


def test_on_a_terminal_each_file_has_a_progress_bar(hub: Any, tiny: Any) -> None:
    environment = {"HF_ENDPOINT": hub.url, "POSTER_MANIFEST": str(tiny.manifest_path)}
    poster = [sys.executable, "-m", "poster"]
    command = [*poster, "weights", "download", "--root", str(tiny.root)]

    code, drawn = draw_on_terminal(command, environment)

    assert code == 0
    for name in tiny.contents:
        assert f"{name}: 100%" in drawn


def test_every_command_in_the_guide_does_what_it_says(
    start: Start, tiny: Any, tmp_path: Path
) -> None:
    content = json.loads(tiny.manifest_path.read_text())
    content["sets"]["klein-4b-fp8"] = content["sets"]["tiny"]
    tiny.manifest_path.write_text(json.dumps(content))
    (tmp_path / ".venv").symlink_to(sys.prefix)
    commands = [line for line in COMMANDS if line.startswith(".venv/bin/poster weights ")]
    assert len(commands) == 5

    for command in commands:
        process = start(["/bin/sh", "-c", command])
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, ""), command
        assert "klein-4b-fp8" in out
    assert tiny.transformer.path_in(tmp_path / "models").is_file()


def test_the_guides_poster_with_tiny_weights_is_one_that_can_be_made() -> None:
    # tests/engines makes one; here only the lines are read.
    bake, make = (line for line in COMMANDS if not line.startswith(".venv/bin/poster weights "))
    python, flag, module, folder = shlex.split(bake)
    assert (python, flag) == (".venv/bin/python", "-m")
    assert find_spec(module)
    words = shlex.split(make)
    variables = dict(word.split("=", 1) for word in words[: words.index(".venv/bin/poster")])
    settings = Settings.from_environment(variables)
    assert settings.device == "cpu"
    assert settings.models_dir == Path(folder) / "models"
    assert settings.manifest == Path(folder) / "manifest.json"
    assert build_parser().parse_args(words[words.index(".venv/bin/poster") + 1 :]).run


def test_the_guide_lists_the_shipped_sets(run: RunCli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POSTER_MANIFEST")
    for entry in json.loads(run("list", "--json")[1])["sets"]:
        size = sum(file["bytes"] for file in entry["files"]) / 1e9
        steps = f"{entry['num_inference_steps']}, {entry['guidance_scale']}"
        row = next(line for line in GUIDE.splitlines() if line.startswith(f"| `{entry['name']}`"))
        assert row.split(" | ")[1:2] == [steps]
        assert entry["licence"] in row
        assert row.endswith(f"| {size:.1f} GB |")


def test_importing_the_command_line_imports_no_network_code() -> None:
    probe = (
        "import sys, poster.commands.main, poster.weights.verify; "
        "sys.exit(bool({'huggingface_hub', 'httpx2', 'torch', 'ssl'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", probe], check=False, timeout=60).returncode == 0
