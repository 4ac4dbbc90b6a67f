"""Names that are close to published ones, and names that are new."""

import pytest

from poster.runpod.published import find_close

GPUS = ["NVIDIA GeForce RTX 4090", "NVIDIA GeForce RTX 4070 Ti", "NVIDIA A100-SXM4-80GB"]


@pytest.mark.parametrize(
    ("name", "known", "close"),
    [
        ("RTX 4090", GPUS, "NVIDIA GeForce RTX 4090"),
        ("nvidia geforce rtx 4090 ", GPUS, "NVIDIA GeForce RTX 4090"),
        ("NVIDIA Geforce GTX 4090", GPUS, "NVIDIA GeForce RTX 4090"),
        ("A100", GPUS, "NVIDIA A100-SXM4-80GB"),
        ("NVIDIA GeForce RTX 6090", GPUS, ""),  # a new one, not a misspelt old one
        ("NVIDIA GeForce RTX 5070 Ti", GPUS, ""),
        ("AMD Radeon", GPUS, ""),
        ("", GPUS, ""),
        ("-", GPUS, ""),
        ("imgae", ["image", "video"], "image"),
        ("utility", ["image", "video"], ""),
        ("x", [], ""),
    ],
)
def test_a_name_is_close_to_the_one_that_was_probably_meant(
    name: str, known: list[str], close: str
) -> None:
    assert find_close(name, known) == close
