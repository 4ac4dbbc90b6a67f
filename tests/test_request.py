"""Every field of a request is checked; the message names the field, its value and the bound."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poster.errors import InputError, RequestError
from poster.request import DEFAULTS, LIMITS, SPECS, PosterRequest

PHOTO = b"some bytes"


def ask(**fields: object) -> PosterRequest:
    return PosterRequest.from_mapping({"image": PHOTO, "title": "TABASCO", **fields})


def test_a_photo_and_a_title_are_enough() -> None:
    request = ask()
    page = request.page_size
    assert (page.width, page.height, page.trim_mm) == (1024, 1472, "210x302")
    assert request.stage == "both"
    assert request.seed is None


def test_a_request_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        ask().title = "OTHER"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"title": ""}, "title: is required unless stage is envelope"),
        ({"title": " \n"}, "title: is required unless stage is envelope"),
        (
            {"title": "", "cover_prompt": "x", "issue": "No. 1"},
            "title: is required with coverlines",
        ),
        ({"colour": "red"}, "colour: is not a field of the request; did you mean title_colour or"),
        (
            {"title_color": "red", "title_colour": "red"},
            "title_colour: is given twice, in two spellings; give only one",
        ),
        ({"title_colr": "red"}, "title_colr: is not a field of the request; did you mean title_c"),
        (
            {"trim_mm": "5x7"},
            "trim_mm: must be width x height in millimetres, such as 210x302, each",
        ),
        ({"title": 7}, "title: must be a string, not the number 7"),
        ({"title": "a" * 81}, "title: has 81 characters; at most 80 are allowed"),
        ({"title": "\u0e01\u0e33" * 201}, "title: has 402 code points; at most 400 are allowed"),
        ({"image": b""}, "image: is empty"),
        ({"image": "photo.jpg"}, "image: must be the photo's bytes, not the string 'photo.jpg'"),
        ({"image": bytes(40_000_001)}, "image: is 40.0 MB; the maximum is 40 MB"),
        ({"coverlines": ["a"] * 13}, "coverlines: has 13 lines; at most 12 are allowed"),
        ({"coverlines": ["a" * 121]}, "coverlines: line 1 has 121 characters; at most 120"),
        ({"coverlines": ["a" + "\u0301" * 600]}, "coverlines: line 1 has 601 code points; at most"),
        ({"coverlines": ["a", " | deck"]}, "coverlines: line 2 has no headline"),
        ({"coverlines": [1]}, "coverlines: line 1 must be a string, not the number 1"),
        (
            {"coverlines": "a line"},
            "coverlines: must be a list of strings, not the string 'a line'",
        ),
        ({"kicker": "a" * 61}, "kicker: has 61 characters; at most 60 are allowed"),
        ({"issue": "a" * 61}, "issue: has 61 characters; at most 60 are allowed"),
        ({"language": "Korean!"}, "language: must be auto or a BCP 47 tag"),
        ({"stage": "final"}, "stage: must be one of both, cover, envelope, not 'final'"),
        ({"title_colour": "rde"}, "title_colour: must be auto, a CSS colour name, #RGB or #RRGGBB"),
        ({"title_colour": "hsl(0,50%,50%)"}, "title_colour: must be auto, a CSS colour name"),
        ({"title_colour": "#FFFFFF80"}, "title_colour: must be auto, a CSS colour name"),
        ({"title_colour": "transparent"}, "title_colour: must be auto, a CSS colour name"),
        ({"seed": -1}, "seed: must be between 0 and 4294967295, not -1"),
        ({"seed": 2**32}, "seed: must be between 0 and 4294967295"),
        (
            {"seed": 10**5000},
            "seed: must be between 0 and 4294967295, not a number with more than 15 digits",
        ),
        ({"guidance_scale": 10**400}, "guidance_scale: must be between 0.0 and 20.0, not a number"),
        ({"seed": True}, "seed: must be a whole number, not true"),
        ({"seed": 1.5}, "seed: must be a whole number, not the number 1.5"),
        ({"seed": float("inf")}, "seed: must be a whole number, not the number inf"),
        ({"seed": 1e300}, "seed: must be between 0 and 4294967295"),
        ({"width": "1024"}, "width: must be a whole number, not the string '1024'"),
        ({"width": 496}, "width: must be between 512 and 4096, not 496"),
        ({"width": 1000.5}, "width: must be a whole number, not the number 1000.5"),
        ({"size": "a4", "width": 1000}, "size: conflicts with width; give either size or width"),
        ({"size": "a4", "height": 1472}, "size: conflicts with height; give either size or"),
        ({"size": "a3"}, "size: must be cover, story, square"),
        ({"size": "1080 x 1350"}, "size: must be cover, story, square"),
        ({"size": "\u0130nstagram"}, "size: must be cover, story, square"),  # lower() makes it two
        ({"size": "400x600"}, "size: must have sides of 512 to 4096 pixels, not 400"),
        ({"size": "4000x5000"}, "size: must have sides of 512 to 4096 pixels, not 5000"),
        ({"size": "1920x1080"}, "size: must be 0.5 to 1.0 times the height, not 1920/1080"),
        ({"width": 1488}, "width: must be 0.5 to 1.0 times the height, not 1488/1472"),
        ({"width": 512, "height": 1040}, "width: must be 0.5 to 1.0 times the height"),
        ({"num_inference_steps": 0}, "num_inference_steps: must be between 1 and 100, not 0"),
        ({"guidance_scale": float("nan")}, "guidance_scale: must be between 0.0 and 20.0, not nan"),
        ({"cover_prompt": "a" * 4001}, "cover_prompt: has 4001 code points; at most 4000"),
        ({"engine": "comfy"}, "engine: must be one of auto, flux, studio, not 'comfy'"),
        ({"output_format": "gif"}, "output_format: must be one of png, jpg, webp"),
        ({"output_quality": 0}, "output_quality: must be between 1 and 100, not 0"),
        (
            {"background": "blu"},
            "background: must be black, white, grey, transparent, a CSS colour",
        ),
        ({"background": "#12345"}, "background: must be black, white, grey, transparent, a CSS"),
        (
            {"background": "transparent", "output_format": "jpg"},
            "background: transparent needs png or webp: jpg has no transparency",
        ),
        ({"closure": "reed"}, "closure: must be auto, a CSS colour name, #RGB or #RRGGBB, such as"),
        ({"glare": 1.5}, "glare: must be between 0.0 and 1.0, not 1.5"),
        ({"glare": -0.1}, "glare: must be between 0.0 and 1.0, not -0.1"),
        ({"glare": float("nan")}, "glare: must be between 0.0 and 1.0, not nan"),
        ({"titel": "X"}, "titel: is not a field of the request; did you mean title?"),
    ],
)
def test_bad_input_names_the_field_the_problem_and_the_bound(
    fields: dict[str, object], message: str
) -> None:
    with pytest.raises(RequestError) as caught:
        ask(**fields)
    assert str(caught.value).startswith(message)
    assert caught.value.field == str(caught.value).split(":", maxsplit=1)[0]


def test_a_request_without_an_image_says_so() -> None:
    with pytest.raises(RequestError, match="image: is required"):
        PosterRequest.from_mapping({"title": "TABASCO"})


def test_an_envelope_needs_no_title() -> None:
    assert ask(title="", stage="envelope").title == ""


def test_a_request_made_directly_takes_the_values_that_the_doors_take() -> None:
    request = PosterRequest(image=PHOTO, title="T", coverlines=["A", "B"], width=1000.0)  # type: ignore[arg-type]
    assert request.coverlines == ("A", "B")
    assert type(request.width) is int
    assert hash(request) == hash(
        PosterRequest(image=PHOTO, title="T", coverlines=("A", "B"), width=1000)
    )


def test_a_whole_number_serves_as_guidance() -> None:
    assert ask(guidance_scale=5).guidance_scale == 5


@pytest.mark.parametrize("output_format", ["png", "webp", "pdf"])
def test_a_transparent_envelope_needs_a_format_with_transparency(output_format: str) -> None:
    assert ask(background="transparent", output_format=output_format)
    # A cover alone has no background.
    assert ask(background="transparent", output_format="jpg", stage="cover")


def test_every_field_but_the_image_has_a_spec_and_a_default() -> None:
    names = [item.name for item in dataclasses.fields(PosterRequest)]
    assert names == ["image", "image_name", *SPECS]
    assert list(DEFAULTS) == list(SPECS)
    assert all(spec.help.endswith(".") for spec in SPECS.values())


ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text())
)


@given(st.sampled_from(sorted(SPECS)), ANYTHING)
def test_any_value_is_either_valid_or_refused_by_name(name: str, value: object) -> None:
    try:
        request = ask(**{name: value})
    except InputError as error:
        assert str(error).startswith(name) or "width" in str(error)
    else:
        page = request.page_size
        assert LIMITS.side_min <= page.width <= LIMITS.side_max
        assert LIMITS.aspect_min <= page.width / page.height <= LIMITS.aspect_max
