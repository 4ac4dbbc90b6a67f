"""poster make, through main() and, where a pipe or a terminal matters, as a process."""

import base64
import json
import re
import sys
from pathlib import Path
from typing import Any

import cv2
import pytest

from poster.request import DEFAULTS, SPECS
from tests.support.command_line import RunCli, draw_on_terminal, start_poster

pytestmark = pytest.mark.usefixtures("looks_once")

SMALL = ["--width", "512", "--height", "736", "--seed", "7", "--stage", "cover"]
CALM = ["--title", "ORBIT", "--style", "paper", *SMALL]
"""Has nothing to note: on paper, the photo is not changed for the type."""


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write_request(folder: Path, **fields: Any) -> Path:
    path = folder / "request.json"
    path.write_text(json.dumps(fields), encoding="utf-8")
    return path


def test_a_photo_and_a_title_become_files(run: RunCli, portrait: Path, tmp_path: Path) -> None:
    code, out, err = run("make", portrait, *CALM, "--stage", "both")

    assert (code, err) == (0, "")
    assert out.splitlines()[:3] == ["out/cover.png", "out/envelope.png", "out/poster.json"]
    assert out.splitlines()[3].startswith("512 x 736, studio, seed 7, ")
    assert re.search(r", masthead contrast \d+\.\d:1 \(at least 3\.0\)\n$", out)
    for name in ("cover.png", "envelope.png"):
        image = cv2.imread(str(tmp_path / "out" / name))
        assert image is not None
        assert image.shape == (736, 512, 3)


def test_json_prints_only_the_receipt(run: RunCli, portrait: Path, tmp_path: Path) -> None:
    code, out, err = run("make", portrait, *CALM, "--json", "--out", "here")

    assert (code, err) == (0, "")
    assert json.loads(out) == json.loads((tmp_path / "here" / "poster.json").read_text())
    assert json.loads(out)["files"] == {"cover": "cover.png"}


def test_a_request_file_names_its_image_beside_it_and_flags_override_it(
    run: RunCli, portrait: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "requests"
    folder.mkdir()
    (folder / "photo.jpg").write_bytes(portrait.read_bytes())
    fields = {"title": "ORBIT", "coverlines": ["One | of two"], "seed": 3, "stage": "cover"}
    request = write_request(folder, image="photo.jpg", width=512, height=736, **fields)

    code, out, _ = run("make", "--request", request, "--seed", 9, "--coverline", "Mine", "--json")

    assert code == 0
    receipt = json.loads(out)
    assert receipt["seed"] == 9
    texts = {block["text"].casefold() for block in receipt["blocks"]}
    assert {"orbit", "mine"} <= texts
    assert "one" not in texts


def test_a_request_file_can_contain_its_image_and_a_photo_overrides_it(
    run: RunCli, portrait: Path, tmp_path: Path
) -> None:
    data = base64.b64encode(portrait.read_bytes()).decode()
    image = f"data:image/jpeg;base64,{data}"
    fields = {"title": "ORBIT", "width": 512, "height": 736, "stage": "cover"}
    good = write_request(tmp_path, image=image, **fields)
    assert run("make", "--request", good)[0] == 0

    bad = write_request(tmp_path, image="data:image/jpeg;base64,AAAA", **fields)
    assert run("make", "--request", bad)[0] == 2
    assert run("make", portrait, "--request", bad)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["PHOTO"], "title: is required unless stage is envelope"),
        (["--title", "ORBIT"], "image: is required"),
        (["none.jpg", "--title", "ORBIT"], "image: none.jpg does not exist"),
        (
            ["https://example.com/a.jpg", "--title", "ORBIT"],
            "image: is a URL; download it and name",
        ),
        ([".", "--title", "ORBIT"], "image: . is a folder; name an image file"),
        (["PHOTO", "--title", "x" * 81], "title: has 81 characters"),
        (["PHOTO", "--title", "ORBIT", "--width", "520"], "width: must be 0.5 to 1.0 times"),
        (["PHOTO", "--title", "ORBIT", "--width", "99"], "width: must be between 512 and 4096"),
        (["PHOTO", "--title", "ORBIT", "--stage", "x"], "stage: must be one of both, cover"),
        (["PHOTO", "--title", "ORBIT", "--seed", "x"], "seed: must be a whole number"),
        (["PHOTO", "--title", "ORBIT", "--seed", "1.5"], "seed: must be a whole number"),
        (["PHOTO", "--title", "ORBIT", "--seed", ".0"], "seed: must be a whole number"),
        (["PHOTO", "--guidance-scale", "x"], "guidance_scale: must be a number"),
        (
            ["PHOTO", "--titel", "ORBIT"],
            "unknown flag --titel; did you mean --title? see poster make --help",
        ),
        (["--request", "none.json"], "request: none.json does not exist"),
        (
            ["PHOTO", "--title", "ORBIT", "--out", "file", *SMALL],
            "out: file exists and is not a folder; name another one",
        ),
    ],
)
def test_bad_input_is_one_line_and_exit_2(
    run: RunCli, portrait: Path, tmp_path: Path, arguments: list[str], complaint: str
) -> None:
    (tmp_path / "file").touch()
    given = [str(portrait) if argument == "PHOTO" else argument for argument in arguments]

    code, out, err = run("make", *given)

    assert (code, out) == (2, "")
    assert err.startswith(f"poster: {complaint}")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "{",
            "request: PATH is not valid JSON: line 1, column 2: a name in double quotes is missing",
        ),
        ("[]", "request: PATH must contain a JSON object"),
        (
            '{"title": "A", "title": "B"}',
            "request: PATH is not valid JSON: the name 'title' is given twice",
        ),
        ('{"guidance_scale": NaN}', "request: PATH is not valid JSON: NaN is not a JSON number"),
        ("[" * 100_000, "request: PATH is not valid JSON: it is nested too deeply"),
        ('{"image": 5}', "image: must be a path or a data URI, not the number 5"),
        ('{"image": "request.json", "titel": "x"}', "titel: is not a field of the request; did"),
        ('{"image": "request.json", "title": 5}', "title: must be a string, not the number 5"),
        ('{"image": "http://127.0.0.1/x.jpg", "title": "x"}', "image: is a URL; download it"),
    ],
)
def test_a_bad_request_file_is_one_line_and_exit_2(
    run: RunCli, tmp_path: Path, text: str, complaint: str
) -> None:
    path = tmp_path / "request.json"
    path.write_text(text)

    code, out, err = run("make", "--request", path)

    assert (code, out) == (2, "")
    assert err.startswith(f"poster: {complaint.replace('PATH', str(path))}")
    assert err.count("\n") == 1


def test_a_file_that_is_not_an_image_is_exit_2(run: RunCli, tmp_path: Path) -> None:
    (tmp_path / "notes.jpg").write_text("not pixels")

    code, _, err = run("make", "notes.jpg", "--title", "ORBIT", *SMALL)

    assert code == 2
    assert err.startswith("poster: ")
    assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_the_last_line_has_the_contrast_of_large_and_small_type(
    run: RunCli, portrait: Path
) -> None:
    out = run("make", portrait, "--title", "ORBIT", "--kicker", "The Heat Issue", *SMALL)[1]

    assert re.search(
        r", masthead contrast [\d.]+:1 \(at least 3\.0\), "
        r"small type contrast [\d.]+:1 \(at least 4\.5\)\n$",
        out,
    )


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--title", "🦄"], "title: "),
        (["--title", "ORBIT", "--kicker", "ab"], "kicker: "),
        (["--title", "ORBIT", "--issue", "🦄"], "issue: "),
        (
            ["--title", "ORBIT", "--coverline", "One", "--coverline", "Two | 🦄"],
            "coverlines: line 2, deck: ",
        ),
        (["--title", "ORBIT", "--coverline", "m" * 99], "coverlines: line 1, headline: “mmm"),
    ],
)
def test_text_that_cannot_be_set_names_its_field(
    run: RunCli, portrait: Path, arguments: list[str], complaint: str
) -> None:
    code, out, err = run("make", portrait, *arguments, *SMALL)

    assert (code, out) == (2, "")
    assert err.startswith(f"poster: {complaint}")
    assert err.count("\n") == 1


def test_what_this_machine_cannot_do_is_exit_3(
    run: RunCli, portrait: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTER_MODELS", str(tmp_path))
    monkeypatch.setenv("POSTER_DEVICE", "cpu")

    code, _, err = run("make", portrait, "--title", "ORBIT", "--engine", "flux")

    assert code == 3
    assert err.startswith("poster: engine: flux cannot run here: diffusion_models/")
    assert "is missing; run poster weights download" in err


def test_an_engine_that_the_settings_exclude_is_said_to_be_excluded(
    run: RunCli, portrait: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTER_ENGINE", "studio")

    code, _, err = run("make", portrait, "--title", "ORBIT", "--engine", "flux")

    assert code == 3
    assert err == (
        "poster: engine: flux is not available, because POSTER_ENGINE is studio; set it to flux, "
        "or use engine auto\n"
    )


def test_help_lists_every_field_with_its_bounds_and_default(run: RunCli) -> None:
    code, out, _ = run("make", "--help")

    assert code == 0
    words = " ".join(out.split())
    for name, spec in SPECS.items():
        flag = "--coverline" if name == "coverlines" else f"--{name.replace('_', '-')}"
        assert f"{flag} " in words
        if spec.kind in (int, float):
            assert f"{spec.low} to {spec.high}." in words
        if DEFAULTS[name]:
            assert f"Default: {DEFAULTS[name]}." in words


def test_a_pipe_gets_no_progress_bar(portrait: Path) -> None:
    process = start_poster("make", portrait, *CALM, "--json")
    out, err = process.communicate(timeout=120)

    assert (process.returncode, err) == (0, "")
    assert json.loads(out)["seed"] == 7


def test_a_terminal_gets_a_progress_bar(portrait: Path) -> None:
    code, drawn = draw_on_terminal(
        [sys.executable, "-m", "poster", "make", portrait, "--title", "ORBIT", *SMALL]
    )

    assert code == 0
    assert "laying out the cover" in drawn
    assert "100 %" in drawn


# Replay


def receipt_of(folder: Path) -> dict[str, Any]:
    receipt: dict[str, Any] = json.loads((folder / "poster.json").read_text(encoding="utf-8"))
    return receipt


def pictures_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".json"}


@pytest.mark.parametrize(
    "fields",
    [
        {"coverlines": ["One | of two", "Two"], "kicker": "Nº 3", "language": "es"},
        {"size": "a5", "output_format": "pdf", "title_colour": "Gold", "stage": "cover"},
        {"width": 601, "height": 877, "variants": 2, "style": "paper", "stage": "cover"},
        {"background": "gray", "closure": "rebeccapurple", "glare": 0, "cover_prompt": "unused"},
        {"title": "", "cover_prompt": "no type", "output_format": "webp", "output_quality": 60},
        {"stage": "envelope", "title": "unused", "background": "transparent"},
    ],
)
def test_a_receipt_makes_the_same_poster(
    run: RunCli, portrait: Path, tmp_path: Path, fields: dict[str, Any]
) -> None:
    small = {} if "size" in fields else {"width": 512, "height": 736}
    asked = write_request(tmp_path, **{"title": "ORBIT", **small, **fields})

    assert run("make", portrait, "--request", asked, "--out", "first")[0] == 0
    assert run("make", portrait, "--request", "first/poster.json", "--out", "second")[0] == 0

    assert pictures_of(Path("second")) == pictures_of(Path("first"))
    first, second = receipt_of(Path("first")), receipt_of(Path("second"))
    assert first.pop("timings_ms").keys() == second.pop("timings_ms").keys()
    assert second == first
    assert first["request"]["seed"] == first["seed"]
    assert first["request"]["image"]["file"] == portrait.name


def test_a_receipt_finds_its_photo_beside_it_and_flags_change_one_thing(
    run: RunCli, portrait: Path
) -> None:
    photo = Path("holiday.jpg")
    photo.write_bytes(portrait.read_bytes())
    run("make", photo, "--title", "ORBIT", "--size", "512x736", "--seed", "7", "--out", ".")

    code, _, err = run("make", "--request", "poster.json", "--size", "SQUARE", "--out", "second")

    assert code == 0, err
    first, second = receipt_of(Path()), receipt_of(Path("second"))
    changed = {
        name for name in first["request"] if first["request"][name] != second["request"][name]
    }
    assert changed == {"size"}
    assert (second["width"], second["height"]) == (1080, 1080)


def test_another_photo_or_none_is_an_error_that_says_what_to_do(
    run: RunCli, portrait: Path, tmp_path: Path
) -> None:
    run("make", portrait, "--title", "ORBIT", *SMALL, "--out", "first")
    other = tmp_path / "other.jpg"
    other.write_bytes(portrait.read_bytes() + b"\0")

    code, _, err = run("make", other, "--request", "first/poster.json")
    assert code == 2
    assert "other.jpg is not the photo that first/poster.json was made from" in err

    code, _, err = run("make", "--request", "first/poster.json")
    assert code == 2
    assert "image: is not beside first/poster.json: add the path of the photo" in err
    assert portrait.name in err

    code, _, err = run("make", "--request", write_request(tmp_path, title="T", image={"sha": 1}))
    assert code == 2
    assert "image: must be" in err

    long = {"sha256": "0" * 64, "file": "name" * 900}
    code, _, err = run("make", "--request", write_request(tmp_path, title="T", image=long))
    assert code == 2
    assert "add the path of the photo (namename" in err
    assert len(err) < 300 + len(str(tmp_path))


@pytest.mark.parametrize(
    ("flags", "note"),
    [
        (["--cover-prompt", "a red wall"], "cover_prompt has no effect: studio shows the photo"),
        (
            ["--num-inference-steps", "9", "--speed", "fast"],
            "num_inference_steps, speed have no effect: studio does not use a diffusion model",
        ),
        (
            ["--glare", "0.5", "--closure", "red"],
            "closure, glare have no effect: stage cover makes no envelope",
        ),
        (
            ["--stage", "envelope", "--kicker", "K"],
            "title, kicker have no effect: stage envelope makes no cover",
        ),
        (["--stage", "both", "--envelope-prompt", "x"], "envelope_prompt has no effect: studio"),
        (["--trim-mm", "210x302"], "trim_mm has no effect: it is the size of the pdf's page"),
        (["--output-quality", "9"], "output_quality has no effect: it is for jpg and webp"),
        (["--size", "a4", "--output-format", "pdf"], "dots per inch at 210 x 297 mm and will look"),
    ],
)
def test_what_is_asked_for_and_not_done_is_noted_in_the_receipt_and_on_stderr(
    run: RunCli, portrait: Path, flags: list[str], note: str
) -> None:
    base = ["--size", "512x736"] if "--size" not in flags else []
    stage = ["--stage", "cover"] if "--stage" not in flags else []
    code, _, err = run("make", portrait, "--title", "ORBIT", *base, *stage, *flags)

    assert code == 0
    assert err.startswith("poster: note: ")
    assert note in err
    assert any(note in line for line in receipt_of(Path("out"))["notes"])


def test_a_flag_has_its_american_spelling_too(run: RunCli, portrait: Path) -> None:
    assert run("make", portrait, "--title", "ORBIT", *SMALL, "--title-color", "#f00")[0] == 0
    receipt = receipt_of(Path("out"))
    assert receipt["blocks"][0]["colour"] == "#FF0000"
    assert receipt["request"]["title_colour"] == "#f00"


def test_a_flag_overrides_a_field_of_the_file_in_its_american_spelling(
    run: RunCli, portrait: Path, tmp_path: Path
) -> None:
    request = write_request(tmp_path, title="ORBIT", title_color="blue", size="512x736")
    flags = ["--title-colour", "#f00", "--stage", "cover"]
    assert run("make", portrait, "--request", request, *flags)[0] == 0
    assert receipt_of(Path("out"))["blocks"][0]["colour"] == "#FF0000"


def test_a_folder_that_cannot_be_written_is_reported_before_anything_is_painted(
    run: RunCli, portrait: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(*_: object) -> None:
        raise AssertionError("the work would be lost")

    monkeypatch.setattr("poster.pipeline.Pipeline.make", make)
    Path("file").touch()
    Path("kept").mkdir()
    monkeypatch.setattr("os.access", lambda path, _mode: Path(path).name != "kept")
    for out, trouble in (
        ("file", "file exists and is not a folder"),
        ("file/deep", "file exists and is not a folder"),
        ("kept/new", "kept cannot be written: Permission denied"),
    ):
        code, _, err = run("make", portrait, "--title", "ORBIT", *SMALL, "--out", out)
        assert code == 2
        assert trouble in err
        assert not Path("kept/new").exists()
