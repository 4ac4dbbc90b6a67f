"""What the receipt says of the versions: all that can change a pixel, and nothing else."""

from importlib.metadata import version

from poster import __version__
from poster.receipt import read_versions
from poster.typography.fonts import FACES


def test_the_versions_are_of_what_decodes_measures_shapes_and_draws() -> None:
    told = read_versions()
    assert told["poster"] == __version__
    for name in ("pillow", "pi-heif", "numpy", "opencv-contrib-python-headless", "uharfbuzz"):
        assert told[name] == version(name)
    assert {"typst", "regex", "budoux", "coloraide"} <= set(told)


def test_every_face_has_the_version_of_its_package() -> None:
    told = read_versions()
    assert {told[face.package.replace("_", "-")] for face in FACES.values()} == {
        version(face.package) for face in FACES.values()
    }


def test_what_no_engine_painted_with_is_not_named() -> None:
    assert "torch" not in read_versions()
    assert read_versions("torch")["torch"] == version("torch")
