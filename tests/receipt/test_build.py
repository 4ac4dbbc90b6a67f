"""The receipt lists the versions of everything that can change a pixel, and nothing else."""

from importlib.metadata import version

from poster import __version__
from poster.receipt.build import collect_versions
from poster.typography.fonts import FACES


def test_versions_are_those_of_all_distributions_that_can_change_a_pixel() -> None:
    told = collect_versions()
    assert told["poster"] == __version__
    for name in ("pillow", "pi-heif", "numpy", "opencv-contrib-python-headless", "uharfbuzz"):
        assert told[name] == version(name)
    assert {"typst", "regex", "budoux", "coloraide"} <= set(told)


def test_every_font_has_the_version_of_its_package() -> None:
    told = collect_versions()
    assert {told[face.package.replace("_", "-")] for face in FACES.values()} == {
        version(face.package) for face in FACES.values()
    }


def test_versions_of_unused_engines_are_not_listed() -> None:
    assert "torch" not in collect_versions()
    assert collect_versions("torch")["torch"] == version("torch")
