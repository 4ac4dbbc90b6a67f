"""A job's input, in the current or the older contract -> a Job: the request, and how to answer it.

The older contract has image_url, images, steps, cfg and output_stage (docs/runpod.md). Every field
is checked before an image is fetched. Does not know RunPod or how an image is fetched: the caller
of parse_job supplies that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path

from poster.data_uri import is_data_uri, is_web_url, read_sent_image
from poster.errors import RequestError
from poster.printable import quote
from poster.request import SPECS, PosterRequest, reject_unknown_fields, rename_aliases
from poster.spec import Spec, check_value, describe_value

Fetch = Callable[[str | Path], bytes]
"""Fetches an image: from an http or https URL that has not been checked yet, or from a file in the
allowed folder. Raises RequestError for the field `image`."""

OLDER_TITLE = "TABASCO"
"""The title that the older product printed on every cover."""

_OLDER_FIELDS = {
    "prompt_stage1": "cover_prompt",
    "prompt_stage2": "envelope_prompt",
    "steps": "num_inference_steps",
    "cfg": "guidance_scale",
}
_OLDER_IMAGES = ("image_url", "image_base64", "image_path")
_NESTED_IMAGES = ("input_image", "reference_image")
_OLDER_NAMES = {*_OLDER_FIELDS, *_OLDER_IMAGES, "images", "output_stage"}

_ALL_NAMES = {"image", *SPECS, *_OLDER_NAMES}

_OUTPUT_STAGES = {"stage1": ("cover",), "final": ("both", "envelope"), "both": ("both",)}
"""output_stage of the older contract -> the stages it is compatible with, the default first."""

_OUTPUT_STAGE = Spec("Which pictures to return.", str, choices=tuple(_OUTPUT_STAGES))


class Contract(Enum):
    """The contract that a job is written in, and that its answer must follow."""

    CURRENT = "current"
    OLDER = "older"


@dataclass(frozen=True, slots=True)
class Job:
    """A parsed job.

    Args:
        request: what to make.
        contract: the contract that the job follows.
        output_stage: stage1, final or both in the older contract; empty in the current one.
    """

    request: PosterRequest
    contract: Contract
    output_stage: str = ""


def asks_for_self_check(payload: object) -> bool:
    """Whether a job asks for the worker's self-check instead of a poster.

    Args:
        payload: the job's input.

    Returns:
        True for `{"self_check": true}`.

    Raises:
        RequestError: self_check is not true, or is not the only field.
    """
    if not isinstance(payload, dict) or "self_check" not in payload:
        return False
    if payload["self_check"] is not True or len(payload) > 1:
        raise RequestError("self_check", "must be true, and the only field")
    return True


def parse_job(payload: object, fetch: Fetch, image_dir: Path | None) -> Job:
    """Parse a job's input.

    Args:
        payload: as json.loads returns it; anything else is rejected.
        fetch: fetches an image that is not in the payload itself; called once, after all other
            fields have been checked.
        image_dir: the folder that contains all files image_path may name; None rejects image_path.

    Returns:
        The job.

    Raises:
        RequestError: a field is invalid; the error names it as the caller wrote it.
    """
    if not isinstance(payload, dict):
        trouble = f"must be an object with the job's fields, not {describe_value(payload)}"
        raise RequestError("input", trouble)
    values = rename_aliases(payload)
    if isinstance(values.get("input"), dict):
        raise RequestError("input", "is not a field of the request: put its fields in its place")
    reject_unknown_fields(map(str, values), _ALL_NAMES)
    form = _group_fields(values)
    contract = Contract.OLDER if values.keys() & _OLDER_NAMES else Contract.CURRENT
    output_stage = ""
    if contract is Contract.OLDER:
        output_stage = _agree_on_stage(form, values.get("output_stage"))
        if not _needs_no_default_title(form.fields):
            form.fields["title"] = OLDER_TITLE
    source = _read_sources(form.images, image_dir)
    try:
        # A placeholder, never decoded: all other fields are checked before an image is fetched.
        request = PosterRequest.from_mapping({**form.fields, "image": b"?"})
        image = source if isinstance(source, bytes) else fetch(source)
        return Job(replace(request, image=image), contract, output_stage)
    except RequestError as error:
        raise _respell(error, form) from error


@dataclass(frozen=True, slots=True)
class _Form:
    """A job's fields under the request's names, and the names that the caller used."""

    fields: dict[str, object] = field(default_factory=dict)
    images: dict[str, object] = field(default_factory=dict)
    spelling: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, spelled: str, value: object) -> None:
        other = self.spelling.setdefault(name, spelled)
        if name in self.fields and self.fields[name] != value:
            raise RequestError(spelled, f"conflicts with {other}; give only one of them")
        self.fields[name] = value


def _group_fields(values: Mapping[str, object]) -> _Form:
    """Separate the fields of the request, under its own names, from those that give the image."""
    form = _Form()
    for name, value in values.items():
        # Callers of the older contract send every field of a form, with null for unused ones.
        if name == "output_stage" or (name in _OLDER_NAMES and value is None):
            continue
        if name == "images":
            _open_images(value, form)
        elif name == "image" or name in _OLDER_IMAGES:
            form.images[name] = value
        else:
            form.put(_OLDER_FIELDS.get(name, name), name, value)
    return form


def _open_images(value: object, form: _Form) -> None:
    if not isinstance(value, dict):
        raise RequestError("images", f"must be an object, not {describe_value(value)}")
    for name, image in value.items():
        if name not in _NESTED_IMAGES:
            raise RequestError("images", f"must contain only {' and '.join(_NESTED_IMAGES)}")
        if image is not None:
            form.images[f"images.{name}"] = image


def _agree_on_stage(form: _Form, output_stage: object) -> str:
    """Reconcile stage and output_stage, either of which may be absent, and store the stage.

    Returns:
        The output_stage to answer with.
    """
    check_value("output_stage", output_stage, _OUTPUT_STAGE, None)
    stage = form.fields.get("stage")
    if isinstance(output_stage, str):
        stages = _OUTPUT_STAGES[output_stage]
        if form.fields.setdefault("stage", stages[0]) not in stages:
            raise RequestError("output_stage", "conflicts with stage; give only one of them")
        return output_stage
    if stage is None:
        return "final"
    return {"cover": "stage1", "envelope": "final"}.get(str(stage), "both")


def _needs_no_default_title(fields: Mapping[str, object]) -> bool:
    """Whether a job has a title, has a prompt for a cover, or makes no cover."""
    prompt = fields.get("cover_prompt", "")
    is_painted = not isinstance(prompt, str) or bool(prompt.strip())
    return "title" in fields or is_painted or fields.get("stage") == "envelope"


def _read_sources(images: Mapping[str, object], image_dir: Path | None) -> bytes | str | Path:
    """The image's bytes, URL or path; all fields that give an image must give the same one."""
    if not images:
        raise RequestError("image", "is required: send base64, a data URI or an http or https URL")
    (first, source), *others = [
        (name, _read_source(name, value, image_dir)) for name, value in images.items()
    ]
    for name, other in others:
        if other != source:
            raise RequestError(name, f"is not the same image as {first}; give only one of them")
    return source


def _read_source(name: str, value: object, image_dir: Path | None) -> bytes | str | Path:
    if not isinstance(value, str):
        raise RequestError(name, f"must be a string, not {describe_value(value)}")
    if name == "image_path":
        return _find_file(value, image_dir)
    if name == "image_url" and not (is_web_url(value) or is_data_uri(value)):
        raise RequestError(name, f"must be an http or https URL, not {quote(value)}")
    return read_sent_image(name, value, allows_url=name != "image_base64")


def _find_file(value: str, image_dir: Path | None) -> Path:
    """Resolve a path, following links, and require that it is inside the folder.

    Whether the file exists is checked later. Every path outside gets the same answer, so that
    callers cannot probe what exists there.
    """
    if image_dir is None:
        trouble = "is not allowed here: POSTER_IMAGE_DIR is not set; send image or image_url"
        raise RequestError("image_path", trouble)
    try:
        root = image_dir.resolve()
        path = (root / value).resolve()
        is_inside = path.is_relative_to(root)
    except (OSError, RuntimeError, ValueError):  # too long, a loop of links, a null byte
        is_inside = False
    if not is_inside:
        raise RequestError("image_path", "must be a file in the folder that POSTER_IMAGE_DIR names")
    return path


def _respell(error: RequestError, form: _Form) -> RequestError:
    """The same error under the field name that the caller used."""
    name = form.spelling.get(error.field, error.field)
    if name == "image" and form.images:
        name = next(iter(form.images))
    return RequestError(name, error.trouble)
