"""The flux engine through the doors, on tiny weights in the real formats and the real loader."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import save_file

from poster.commands.main import main
from poster.errors import UnavailableError, WeightsMissingError
from poster.pipeline import Pipeline
from poster.settings import Settings

if TYPE_CHECKING:
    from tools.tiny_weights import TinyWeights

pytestmark = pytest.mark.usefixtures("looks_once")

EXAMPLES = Path(__file__).parents[2] / "examples"
SMALL: dict[str, Any] = {"width": 512, "height": 512, "num_inference_steps": 1, "seed": 7}


def enter(tiny_weights: TinyWeights, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a deployment whose volume has the tiny set."""
    monkeypatch.setenv("POSTER_MODELS", str(tiny_weights.root))
    monkeypatch.setenv("POSTER_MANIFEST", str(tiny_weights.manifest_path))
    monkeypatch.setenv("POSTER_DEVICE", "cpu")


@pytest.fixture
def tiny(tiny_weights: TinyWeights, monkeypatch: pytest.MonkeyPatch) -> TinyWeights:
    enter(tiny_weights, monkeypatch)
    return tiny_weights


@pytest.fixture(scope="module")
def made(tiny_weights: TinyWeights, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both stages from the command line: ten seconds of work, shared by several tests."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as monkeypatch:
        enter(tiny_weights, monkeypatch)
        make(folder)
    return folder


def flags(**fields: object) -> list[str]:
    return [
        text
        for name, value in fields.items()
        for text in (f"--{name.replace('_', '-')}", str(value))
    ]


def make(folder: Path, *more: str, **fields: object) -> dict[str, Any]:
    photo = str(EXAMPLES / "astronaut.jpg")
    asked = flags(**{"title": "TABASCO", "engine": "flux", **SMALL, **fields})
    assert main(["make", photo, *asked, "--out", str(folder), *more]) == 0
    receipt: dict[str, Any] = json.loads((folder / "poster.json").read_text())
    return receipt


def test_a_receipt_makes_the_same_poster(made: Path, tiny: TinyWeights, tmp_path: Path) -> None:  # noqa: ARG001 - sets the environment
    photo, receipt = str(EXAMPLES / "astronaut.jpg"), str(made / "poster.json")
    assert main(["make", photo, "--request", receipt, "--out", str(tmp_path)]) == 0
    for name in ("cover.png", "envelope.png"):
        assert (tmp_path / name).read_bytes() == (made / name).read_bytes()
    asked = json.loads((tmp_path / "poster.json").read_text())["request"]
    assert (asked["engine"], asked["envelope_engine"]) == ("flux", "auto")
    assert isinstance(asked["guidance_scale"], float)


def test_the_command_line_makes_both_stages(made: Path, tiny_weights: TinyWeights) -> None:
    receipt = json.loads((made / "poster.json").read_text())
    assert receipt["engine"] == "flux"
    assert receipt["type_locked"] is False
    assert receipt["blocks"][0]["text"] == "TABASCO"
    assert receipt["blocks"][0]["envelope_box"] is None
    assert receipt["engines"] == {"cover": "flux", "envelope": "flux"}
    assert receipt["weights"]["cover"] == receipt["weights"]["envelope"]
    files = receipt["weights"]["cover"]
    assert set(files) == {"transformer", "text_encoder", "vae", "tokenizer"}
    assert files["transformer"] == tiny_weights.files.transformer.name
    assert receipt["versions"]["torch"] == version("torch")
    for name in ("cover.png", "envelope.png"):
        assert (made / name).stat().st_size > 1000


LOOK: dict[str, object] = {"background": "white", "closure": "#C8102E", "glare": 0.5}


@pytest.mark.usefixtures("tiny")
def test_the_studio_envelope_keeps_the_type_of_a_flux_cover_and_supports_any_look(
    tmp_path: Path,
) -> None:
    receipt = make(tmp_path, envelope_engine="studio", **LOOK)
    assert receipt["engine"] == "flux"
    assert receipt["engines"] == {"cover": "flux", "envelope": "studio"}
    assert set(receipt["weights"]) == {"cover"}
    assert receipt["type_locked"] is True
    assert receipt["blocks"][0]["envelope_box"] is not None
    assert receipt["envelope_variant"]


@pytest.mark.usefixtures("tiny")
def test_the_receipt_names_who_painted_the_envelope_of_a_studio_cover(tmp_path: Path) -> None:
    receipt = make(tmp_path, engine="studio", envelope_engine="flux")
    assert receipt["engine"] == "studio"
    assert receipt["engines"] == {"cover": "studio", "envelope": "flux"}
    assert set(receipt["weights"]) == {"envelope"}
    assert receipt["type_locked"] is False
    assert {"torch", "diffusers", "transformers"} <= set(receipt["versions"])


@pytest.mark.usefixtures("tiny")
def test_the_look_of_an_envelope_that_is_not_made_is_ignored(tmp_path: Path) -> None:
    assert make(tmp_path, stage="cover", **LOOK)["envelope_variant"] == ""


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize(("name", "value"), LOOK.items())
def test_an_envelope_that_flux_paints_supports_no_look(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, value: object
) -> None:
    asked = flags(title="TABASCO", engine="flux", **SMALL, **{name: value})
    photo = str(EXAMPLES / "astronaut.jpg")
    assert main(["make", photo, *asked, "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"poster: {name}: is not available with flux, which paints its own envelope; "
        "set envelope_engine=studio\n"
    )


def test_cogs_server_makes_the_same_pixels(
    made: Path, tiny: TinyWeights, start_cog_server: Any, portrait_uri: str, tmp_path: Path
) -> None:
    server = start_cog_server(
        tmp_path,
        POSTER_ENGINE="flux",
        POSTER_DEVICE="cpu",
        POSTER_MODELS=str(tiny.root),
        POSTER_MANIFEST=str(tiny.manifest_path),
    )
    reply = server.predict(image=portrait_uri, title="TABASCO", **SMALL)
    assert reply["status"] == "succeeded", reply
    cover, envelope, receipt = (base64.b64decode(uri.partition(",")[2]) for uri in reply["output"])
    assert cover == (made / "cover.png").read_bytes()
    assert envelope == (made / "envelope.png").read_bytes()
    assert json.loads(receipt)["engine"] == "flux"


@pytest.mark.usefixtures("tiny")
def test_auto_uses_flux_if_it_can_run_and_logs_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    pipeline = Pipeline.open(Settings.from_environment())
    assert pipeline.engines.get("auto").name == "flux"
    assert pipeline.engines.get("studio").name == "studio"
    assert "the default engine is flux" in caplog.text


def test_auto_uses_studio_without_weights_and_logs_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    pipeline = Pipeline.open(Settings(models_dir=tmp_path))
    assert pipeline.engines.get("auto").name == "studio"
    assert "flux cannot run here: " in caplog.text
    assert "the default engine is studio" in caplog.text


def test_a_deployment_of_flux_refuses_to_start_without_weights(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissingError, match="poster weights download"):
        Pipeline.open(Settings(engine="flux", device="cpu", models_dir=tmp_path))


def reason(settings: Settings) -> str:
    """Why flux is not available to a request."""
    try:
        Pipeline.open(settings).engines.get("flux")
    except UnavailableError as error:
        return str(error)
    return ""


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poster.engines.flux.open.has_gpu", lambda: False)
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)


NO_GPU = "no NVIDIA GPU with driver 570 or newer was found"
ADVICE = "run flux on a machine that has all it needs"


@pytest.mark.usefixtures("no_gpu")
@pytest.mark.parametrize(
    ("engine", "start", "advice"),
    [
        ("auto", "engine: flux cannot run here: ", "use engine studio"),
        ("flux", "", "set POSTER_ENGINE=studio and use engine studio"),
    ],
)
def test_without_gpu_and_weights_both_are_named_and_the_advice_works(
    tmp_path: Path, engine: str, start: str, advice: str
) -> None:
    assert reason(Settings(engine=engine, models_dir=tmp_path)) == (
        f"{start}{NO_GPU}, and its weights are missing (see poster weights status): {ADVICE}, or "
        f"{advice}"
    )
    followed = Settings(engine="studio" if engine == "flux" else engine, models_dir=tmp_path)
    assert Pipeline.open(followed).engines.get("studio").name == "studio"


@pytest.mark.usefixtures("no_gpu")
def test_everything_that_a_machine_lacks_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poster.engines.flux.open.find_spec", lambda _: None)
    told = reason(Settings(engine="flux", models_dir=tmp_path / "none"))
    assert told.startswith(
        f"{NO_GPU}, and torch and diffusers are not installed, and its models folder does not exist"
    )


def test_with_a_gpu_the_packages_come_before_the_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poster.engines.flux.open.has_gpu", lambda: True)
    settings = Settings(engine="flux", models_dir=tmp_path)
    assert reason(settings).startswith("diffusion_models/")
    monkeypatch.setattr("poster.engines.flux.open.find_spec", lambda _: None)
    assert reason(settings) == (
        "flux needs torch and diffusers: install the wheel with the [flux] extra, or run make test "
        "in a checkout"
    )


@pytest.mark.usefixtures("tiny", "no_gpu")
def test_damaged_weights_are_named_next_to_a_missing_gpu(
    tiny_weights: TinyWeights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(tiny_weights.root, tmp_path, dirs_exist_ok=True)
    for file in tmp_path.rglob("*.safetensors"):
        file.write_bytes(file.read_bytes()[:-100])
    monkeypatch.setenv("POSTER_MODELS", str(tmp_path))
    monkeypatch.setenv("POSTER_DEVICE", "auto")
    told = reason(Settings.from_environment())
    assert f"{NO_GPU}, and its weights are not usable (see poster weights status)" in told


def test_a_missing_models_folder_is_named_instead_of_each_of_its_files(tmp_path: Path) -> None:
    settings = Settings(engine="flux", device="cpu", models_dir=tmp_path / "none")
    told = reason(settings)
    assert told.startswith("models folder: does not exist; set POSTER_MODELS to the right one, or ")
    assert "\n" not in told
    assert str(tmp_path) not in told


def test_what_is_missing_is_found_without_torch(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from poster.errors import UnavailableError\n"
        "from poster.pipeline import Pipeline\n"
        "from poster.settings import Settings\n"
        "try:\n"
        "    Pipeline.open(Settings(engine='flux', models_dir=Path(sys.argv[1])))\n"
        "except UnavailableError:\n"
        "    sys.exit('torch was imported' if 'torch' in sys.modules else 0)\n"
        "sys.exit('nothing is missing')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_deployment_of_studio_refuses_flux(tmp_path: Path) -> None:
    pipeline = Pipeline.open(Settings(engine="studio", models_dir=tmp_path))
    with pytest.raises(
        UnavailableError, match="flux is not available, because POSTER_ENGINE is studio"
    ):
        pipeline.engines.get("flux")


@pytest.mark.usefixtures("tiny")
def test_a_missing_gpu_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTER_DEVICE", "cuda")
    monkeypatch.setenv("POSTER_ENGINE", "flux")
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert main(["make", str(EXAMPLES / "astronaut.jpg"), "--title", "T"]) == 3
    assert capsys.readouterr().err == (
        f"poster: {NO_GPU}: {ADVICE}, or set POSTER_ENGINE=studio and use engine studio\n"
    )


@pytest.mark.usefixtures("tiny")
def test_a_gpu_that_is_too_small_is_reported_with_both_figures(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTER_DEVICE", "cuda")
    monkeypatch.setenv("POSTER_ENGINE", "flux")
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.mem_get_info", lambda _: (1_500_000_000, 2_000_000_000))
    assert main(["make", str(EXAMPLES / "astronaut.jpg"), "--title", "T"]) == 3
    told = capsys.readouterr().err
    assert "1024 x 1472 needs 1.9 GB" in told
    assert "1.5 GB is available" in told


def test_a_4b_file_declared_as_9b_is_reported_with_both_names(
    tiny: TinyWeights,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutil.copytree(tiny.root, tmp_path / "models")
    told = json.loads(tiny.manifest_path.read_text())
    told["sets"] = {"klein-tiny": {**told["sets"]["klein-tiny"], "architecture": "klein-9b"}}
    told["files"]["transformer"].update(bytes=None, sha256=None)
    (tmp_path / "manifest.json").write_text(json.dumps(told))
    transformer = tmp_path / "models" / tiny.files.transformer.relative_to(tiny.root)
    save_file({"img_in.weight": torch.zeros(3072, 128)}, transformer)
    monkeypatch.setenv("POSTER_MANIFEST", str(tmp_path / "manifest.json"))
    monkeypatch.setenv("POSTER_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("POSTER_ENGINE", "flux")
    assert main(["make", str(EXAMPLES / "astronaut.jpg"), "--title", "T"]) == 3
    assert "belongs to klein-4b, but the set is for klein-9b" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("remove", "is missing"),
        ("truncate", "truncated"),
        ("alter", "sha256"),
    ],
)
def test_damaged_weights_are_named(
    tiny: TinyWeights,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    harm: str,
    said: str,
) -> None:
    shutil.copytree(tiny.root, tmp_path, dirs_exist_ok=True)
    victim = tmp_path / tiny.files.text_encoder.relative_to(tiny.root)
    data = bytearray(victim.read_bytes())
    if harm == "remove":
        victim.unlink()
    elif harm == "truncate":
        victim.write_bytes(data[:-100])
    else:
        data[-100] ^= 1
        victim.write_bytes(data)
    monkeypatch.setenv("POSTER_MODELS", str(tmp_path))
    monkeypatch.setenv("POSTER_ENGINE", "flux")
    assert main(["make", str(EXAMPLES / "astronaut.jpg"), "--title", "T"]) == 3
    error = capsys.readouterr().err
    assert said in error
    assert victim.name in error
