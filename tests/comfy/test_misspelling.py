"""A mistyped name is recognised; a name that somebody else chose is not."""

from __future__ import annotations

import pytest

from poster.comfy.misspelling import find_intended
from poster.comfy.nodes import read_table


@pytest.mark.parametrize(
    ("name", "intended"),
    [
        ("KSamplr", "KSampler"),
        ("KSamplre", "KSampler"),
        ("KSamplerr", "KSampler"),
        ("KSampller", "KSampler"),
        ("ksampler", "KSampler"),
        ("Load_Image", "LoadImage"),
        ("VAEDecoed", "VAEDecode"),
    ],
)
def test_a_typing_error_is_recognised(name: str, intended: str) -> None:
    assert find_intended(name, read_table().declared) == intended


@pytest.mark.parametrize(
    "name",
    [
        *("UnetLoaderGGUF", "ImageResize+", "KSampler2", "EmptySD4LatentImage", "JN_KSampler"),
        *("SaveImages", "LoadImageFromUrl", "MyKSampler", "SetNode", "Label (rgthree)", "apt", ""),
        *("TextEncodeMistImageEdit", "케이샘플러"),
    ],
)
def test_a_name_with_its_own_part_digit_or_sign_is_another_name(name: str) -> None:
    assert find_intended(name, read_table().declared) == ""


def test_capitals_and_separators_count_less_than_a_letter() -> None:
    assert find_intended("load_image", ["LoadImage", "LoadImages"]) == "LoadImage"


def test_a_choice_is_recognised_like_a_class() -> None:
    assert find_intended("eulr", ["heun", "euler"]) == "euler"
    assert find_intended("flux3", ["flux2"]) == ""
