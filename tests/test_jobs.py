"""Job inputs of both contracts, valid and invalid."""

import base64
import json
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poster.doors.photo_file import read_photo
from poster.errors import RequestError
from poster.jobs import Contract, Job, asks_for_self_check, parse_job
from poster.request import LIMITS

PHOTO = b"a photo's bytes"
BASE64 = base64.b64encode(PHOTO).decode()
URI = f"data:image/jpeg;base64,{BASE64}"
URL = "https://example.org/photo.jpg"


def never_fetch(source: object) -> NoReturn:
    raise AssertionError(f"asked for {source}")


def read(payload: object, image_dir: Path | None = None) -> Job:
    return parse_job(payload, never_fetch, image_dir)


def refusal(payload: object, image_dir: Path | None = None) -> str:
    with pytest.raises(RequestError) as raised:
        read(payload, image_dir)
    return str(raised.value)


@pytest.mark.parametrize("image", [BASE64, URI, f"data:;base64,{BASE64}"])
def test_the_current_contract_has_the_requests_field_names(image: str) -> None:
    job = read({"image": image, "title": "ORBIT", "coverlines": ["A | b"], "seed": 0, "width": 736})

    assert (job.contract, job.output_stage) == (Contract.CURRENT, "")
    assert job.request.image == PHOTO
    assert job.request.coverlines == ("A | b",)
    page = job.request.page_size
    assert (job.request.seed, page.width, page.height) == (0, 736, 1472)


@pytest.mark.parametrize("name", ["image", "image_url", "images.input_image"])
def test_a_url_is_fetched_once_and_only_after_all_other_checks(name: str) -> None:
    asked: list[object] = []

    def fetch(source: object) -> bytes:
        asked.append(source)
        return PHOTO

    outer, _, inner = name.partition(".")
    payload: dict[str, Any] = {outer: {inner: URL} if inner else URL, "title": "ORBIT"}

    assert parse_job(payload, fetch, None).request.image == PHOTO
    assert asked == [URL]

    with pytest.raises(RequestError, match=r"^height: "):
        parse_job({**payload, "height": 5}, fetch, None)
    assert asked == [URL]


def test_a_failed_fetch_names_the_field_as_the_caller_wrote_it() -> None:
    def fetch(_: object) -> NoReturn:
        raise RequestError("image", "is on a host without a public address")

    with pytest.raises(RequestError, match=r"^image_url: is on a host without") as raised:
        parse_job({"image_url": "HTTP://10.0.0.1/x.jpg"}, fetch, None)
    assert raised.value.field == "image_url"


@pytest.mark.parametrize(
    "image",
    [
        {"image_url": URI},
        {"image_base64": BASE64},
        {"image_base64": URI},
        {"images": {"input_image": BASE64}},
        {"images": {"reference_image": URI, "input_image": None}},
        {"image": URI, "image_base64": BASE64, "image_url": None},
    ],
)
def test_the_older_contract_takes_an_image_in_every_spelling(image: dict[str, Any]) -> None:
    job = read({**image, "steps": 12, "cfg": 3.5, "seed": 0})

    assert job.contract is Contract.OLDER
    assert job.request.image == PHOTO
    assert job.request.title == "TABASCO"
    assert (job.request.num_inference_steps, job.request.guidance_scale) == (12, 3.5)
    assert job.request.seed == 0


def test_an_omitted_seed_stays_open() -> None:
    assert read({"image_base64": BASE64}).request.seed is None
    assert read({"image_base64": BASE64, "seed": None}).request.seed is None


@pytest.mark.parametrize(
    ("asked", "stage", "output_stage"),
    [
        ({}, "both", "final"),
        ({"output_stage": None}, "both", "final"),
        ({"output_stage": "stage1"}, "cover", "stage1"),
        ({"output_stage": "final"}, "both", "final"),
        ({"output_stage": "both"}, "both", "both"),
        ({"stage": "cover"}, "cover", "stage1"),
        ({"stage": "both"}, "both", "both"),
        ({"stage": "envelope"}, "envelope", "final"),
        ({"stage": "envelope", "output_stage": "final"}, "envelope", "final"),
        ({"stage": "cover", "output_stage": "stage1"}, "cover", "stage1"),
    ],
)
def test_older_stages_say_what_is_made_and_what_is_answered(
    asked: dict[str, str], stage: str, output_stage: str
) -> None:
    job = read({"image_base64": BASE64, **asked})

    assert (job.request.stage, job.output_stage) == (stage, output_stage)


@pytest.mark.parametrize(
    ("given", "title", "prompt"),
    [
        ({}, "TABASCO", ""),
        ({"title": "LUNA"}, "LUNA", ""),
        ({"prompt_stage1": "by the sea"}, "", "by the sea"),
        ({"prompt_stage1": " "}, "TABASCO", " "),
        ({"prompt_stage1": "by the sea", "title": "LUNA"}, "LUNA", "by the sea"),
        ({"stage": "envelope"}, "", ""),
    ],
)
def test_an_older_job_without_a_title_prints_tabasco_unless_it_has_a_cover_prompt(
    given: dict[str, str], title: str, prompt: str
) -> None:
    request = read({"image_base64": BASE64, **given}).request

    assert (request.title, request.cover_prompt) == (title, prompt)


def test_fields_of_the_request_can_be_combined_with_older_fields() -> None:
    request = read(
        {
            "image_url": URI,
            "title": "LUNA",
            "coverlines": ["Who goes there?"],
            "prompt_stage2": "in a bag",
            "engine": "studio",
            "output_format": "jpg",
        }
    ).request

    assert request.coverlines == ("Who goes there?",)
    assert (request.envelope_prompt, request.engine, request.output_format) == (
        "in a bag",
        "studio",
        "jpg",
    )


OLDER = {"image_base64": BASE64}


@pytest.mark.parametrize(
    ("payload", "complaint"),
    [
        (None, "input: must be an object with the job's fields, not null"),
        ("poster", "input: must be an object with the job's fields, not the string 'poster'"),
        ([OLDER], "input: must be an object with the job's fields, not a list"),
        ({}, "image: is required: send base64, a data URI or an http or https URL"),
        ({"images": {}}, "image: is required"),
        ({"image": None, "title": "x"}, "image: must be a string, not null"),
        ({"image": 5, "title": "x"}, "image: must be a string, not the number 5"),
        ({"image": BASE64}, "title: is required"),
        ({"image": "", "title": "x"}, "image: is empty"),
        ({"images": [BASE64]}, "images: must be an object, not a list"),
        ({"images": {"mask": BASE64}}, "images: must contain only input_image and reference_image"),
        ({"images": {"input_image": 5}}, "images.input_image: must be a string, not the number 5"),
        ({"image_url": BASE64}, "image_url: must be an http or https URL"),
        ({"image_url": "file:///etc/hostname"}, "image_url: must be an http or https URL"),
        ({"image_base64": URL}, "image_base64: must be base64 or a data URI, not "),
        ({"image": "data:image/jpeg,abc", "title": "x"}, "image: is not a base64 data URI; write"),
        ({**OLDER, "steps": 0}, "steps: must be between 1 and 100, not 0"),
        ({**OLDER, "steps": 20.5}, "steps: must be a whole number, not the number 20.5"),
        ({**OLDER, "cfg": "5"}, "cfg: must be a number, not the string '5'"),
        ({**OLDER, "seed": -1}, "seed: must be between 0 and"),
        ({**OLDER, "width": "512"}, "width: must be a whole number, not the string '512'"),
        ({**OLDER, "prompt_stage1": 5}, "prompt_stage1: must be a string, not the number 5"),
        ({**OLDER, "output_stage": "stage3"}, "output_stage: must be one of stage1, final, both"),
        ({**OLDER, "output_stage": ["final"]}, "output_stage: must be a string, not a list"),
        ({**OLDER, "prompt_stage1": "x", "kicker": "y"}, "title: is required with coverlines"),
        ({**OLDER, "titel": "x"}, "titel: is not a field of the request; did you mean title?"),
        ({**OLDER, "self_check": True}, "self_check: is not a field of the request"),
        ({**OLDER, "x" * 65: 1}, f"{'x' * 65}: is not a field of the request"),
        (
            {**OLDER, "ti\ud83dtle": 1},
            r"ti\ud83dtle: is not a field of the request; did you mean title?",
        ),
        (dict.fromkeys([5]), "5: is not a field of the request"),
        ({**OLDER, "title": "OR\ud83dBIT"}, "title: contains half of a surrogate pair"),
        ({**OLDER, "coverlines": ["\udc00"]}, "coverlines: line 1 contains half of a surrogate"),
        ({**OLDER, "seed": float("nan")}, "seed: must be a whole number, not the number nan"),
        ({**OLDER, "cfg": float("inf")}, "cfg: must be between 0.0 and 20.0, not inf"),
        ({**OLDER, "coverlines": [float("-inf")]}, "coverlines: line 1 must be a string, not the"),
        ({"images": {"input_image": float("nan")}}, "images.input_image: must be a string"),
        ({**OLDER, "cfg": 10**400}, "cfg: must be between 0.0 and 20.0, not a number"),
        ({**OLDER, "title": b"x"}, "title: must be a string, not bytes"),
    ],
)
def test_an_invalid_job_is_refused_and_its_field_named(payload: object, complaint: str) -> None:
    assert refusal(payload).startswith(complaint)


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({"image": BASE64, "image_base64": "QUJD"}, "image_base64"),
        ({"image": URI, "image_url": URL}, "image_url"),
        ({"images": {"input_image": BASE64, "reference_image": "QUJD"}}, "images.reference_image"),
        ({**OLDER, "steps": 4, "num_inference_steps": 5}, "num_inference_steps"),
        ({**OLDER, "cover_prompt": "a", "prompt_stage1": "b"}, "prompt_stage1"),
        ({**OLDER, "stage": "cover", "output_stage": "final"}, "output_stage"),
        ({**OLDER, "stage": "envelope", "output_stage": "both"}, "output_stage"),
    ],
)
def test_two_names_of_one_field_must_agree(payload: object, field: str) -> None:
    told = refusal(payload)

    assert told.startswith(f"{field}: ")
    assert told.endswith("; give only one of them")


def test_two_names_with_equal_values_are_accepted() -> None:
    job = read({**OLDER, "steps": 4, "num_inference_steps": 4, "image": URI})

    assert job.request.num_inference_steps == 4


@pytest.mark.parametrize(
    "text",
    [
        BASE64[:-1],
        f"{BASE64}====",
        BASE64.replace("A", "-") + "_",
        "фото",
        f"{BASE64[:4]}={BASE64[4:]}",
    ],
)
def test_base64_is_read_strictly(text: str) -> None:
    assert refusal({"image_base64": text}).startswith("image_base64: is not valid base64: ")
    prefixed = {"image": f"data:image/png;base64,{text}", "title": "x"}
    assert refusal(prefixed).startswith("image: is not valid base64: ")


@pytest.mark.parametrize(
    "text",
    [
        f"{BASE64}\n",
        f" {BASE64}",
        f"{BASE64[:4]}\r\n{BASE64[4:8]}\n{BASE64[8:]}\n",
        f"data:image/png;base64,{BASE64[:4]}\n{BASE64[4:]}",
        f"DATA:IMAGE/PNG;BASE64,{BASE64}",
        f"Data:image/jpeg;charset=utf-8;Base64,{BASE64}",
        f"\tdata:;base64,{BASE64} ",
    ],
)
@pytest.mark.parametrize("name", ["image", "image_base64"])
def test_base64_is_read_as_encoders_and_shells_write_it(text: str, name: str) -> None:
    job = parse_job({name: text, "title": "x"}, lambda _: b"fetched", None)
    assert job.request.image == base64.b64decode(BASE64)


def test_space_around_an_address_does_not_count() -> None:
    asked: list[str | Path] = []

    def keep(source: str | Path) -> bytes:
        asked.append(source)
        return b"photo"

    parse_job({"image": " https://example.com/a.jpg\n", "title": "x"}, keep, None)
    assert asked == ["https://example.com/a.jpg"]


@pytest.mark.parametrize(
    "value",
    [
        *("s3://bucket/key.jpg", "gs://bucket/key", "ftp://host/a.png", "file:///etc/hostname"),
        *("/runpod-volume/in.jpg", "./photo.png", "../a.webp", "photo.jpeg", "~/photo.heic"),
        *("C:\\photos\\a.jpg", "blob:https://x/1", "my photo.JPG"),
    ],
)
def test_another_address_or_a_path_is_called_what_it_is(value: str) -> None:
    allowed = "must be base64, a data URI or an http or https URL"
    assert refusal({"image": value, "title": "x"}) == f"image: {allowed}, not {value!r}"
    allowed = "must be base64 or a data URI"
    assert refusal({"image_base64": value}) == f"image_base64: {allowed}, not {value!r}"


def test_a_refused_address_is_shown_short_and_without_control_characters() -> None:
    text = refusal({"image": "s3://\x1b[31m" + "x" * 5000, "title": "x"})
    assert len(text) < 160
    assert text.isprintable()


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (
            {"input": {"title": "x", "image": BASE64}},
            "input: is not a field of the request: put its",
        ),
        ({"title": "x", "imageUrl": "https://x/y"}, "did you mean image_url?"),
        ({"title": "x", "img": BASE64}, "img: is not a field of the request"),
        ({"title": "x", "Image": BASE64}, "did you mean image?"),
        ({"title": "x", "image_ur1": BASE64}, "did you mean image_url?"),
        ({"tittle": "x"}, "did you mean title?"),
    ],
)
def test_a_field_that_is_not_known_is_named_before_one_that_is_missing(
    payload: dict[str, Any], message: str
) -> None:
    assert message in refusal(payload)


def test_an_image_that_is_too_large_is_refused_under_the_callers_field_name() -> None:
    text = "A" * ((LIMITS.image_bytes // 3 + 1) * 4)

    assert refusal({"image_base64": text}).startswith(
        "image_base64: is 40.0 MB; the maximum is 40 MB"
    )


def test_image_path_needs_an_allowed_folder() -> None:
    assert refusal({"image_path": "photo.jpg"}).startswith("image_path: is not allowed here: ")


@pytest.mark.parametrize(
    "path",
    [
        "/etc/hostname",
        "../secret.jpg",
        "link/secret.jpg",
        "inner/../../secret.jpg",
        "link_to_file",
        "zero\0byte",
    ],
)
def test_image_path_never_leaves_the_folder(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    (tmp_path / "secret.jpg").write_bytes(PHOTO)
    (folder / "link").symlink_to(tmp_path)
    (folder / "link_to_file").symlink_to(tmp_path / "secret.jpg")

    told = refusal({"image_path": path}, folder)

    assert told == "image_path: must be a file in the folder that POSTER_IMAGE_DIR names"


@pytest.mark.parametrize("path", ["absent.jpg", ".", "x" * 5000, "circle/photo.jpg"])
def test_an_image_path_that_cannot_be_read_is_refused_without_revealing_it(
    tmp_path: Path, path: str
) -> None:
    (tmp_path / "circle").symlink_to(tmp_path / "circle")

    with pytest.raises(RequestError, match=r"^image_path: ") as raised:
        parse_job({"image_path": path}, lambda source: read_photo(Path(source)), tmp_path)

    assert str(tmp_path) not in str(raised.value)


def test_image_path_reads_files_in_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "images"
    (folder / "inner").mkdir(parents=True)
    (tmp_path / "way").symlink_to(folder)
    asked: list[object] = []

    def fetch(source: object) -> bytes:
        asked.append(source)
        return PHOTO

    for path in ("photo.jpg", "inner/../photo.jpg", str(tmp_path / "way" / "photo.jpg")):
        job = parse_job({"image_path": path}, fetch, tmp_path / "way")
        assert job.request.image == PHOTO

    assert asked == [folder.resolve() / "photo.jpg"] * 3


def test_self_check_must_be_true_and_the_only_field() -> None:
    assert asks_for_self_check({"self_check": True})
    for payload in ({}, OLDER, None, "self_check", ["self_check"]):
        assert not asks_for_self_check(payload)
    for wrong in ({"self_check": False}, {"self_check": 1}, {"self_check": True, "title": "x"}):
        with pytest.raises(RequestError, match=r"^self_check: must be true, and the only field$"):
            asks_for_self_check(wrong)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["title", "coverlines", "seed", "steps", "cfg", "images", "stage", "output_stage", "width"]
)


@given(st.dictionaries(NAMES, JSON), st.sampled_from([OLDER, {"image": BASE64, "title": "x"}]))
def test_any_input_is_read_or_refused_with_a_message_that_json_can_represent(
    payload: dict[str, Any], base: dict[str, Any]
) -> None:
    try:
        job = read({**base, **payload})
    except RequestError as error:
        assert len(json.dumps(str(error), ensure_ascii=False).encode()) < 2000
        assert str(error).startswith(f"{error.field}: ")
    else:
        assert job.request.image == PHOTO
