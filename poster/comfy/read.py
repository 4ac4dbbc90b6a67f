"""A workflow's graph -> the request that paints the same, and what of it a request cannot say.

A workflow that was exported here comes back as the request that it was, with what an artist has
changed since. Knows no pixels: the image is the name of a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from poster.comfy.export import NOTES
from poster.comfy.form import WORKFLOW
from poster.comfy.graph import Graph
from poster.comfy.trace import Stage, trace_stages
from poster.errors import RequestError
from poster.plan import derive_seeds
from poster.request import DEFAULTS, MAX_SEED, SPECS, PosterRequest
from poster.spec import check_value
from poster.weights.manifest import Manifest, WeightSet

_MADE = {"cover": ("cover",), "envelope": ("envelope",), "both": ("cover", "envelope")}
_STAGES = {stages: name for name, stages in _MADE.items()}
_ANNOTATION = re.compile(r" \[(input|output|temp)\]$")
"""Of an image's folder. Source: ComfyUI 0.33.0, folder_paths.annotated_filepath."""

_ROLES = {"unet_name": "transformer", "clip_name": "text_encoder", "vae_name": "vae"}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a workflow asks for.

    Args:
        fields: the request as JSON, `poster make --request`'s; image is a file's name.
        notes: what the workflow says and a request cannot, one line each.
    """

    fields: Mapping[str, object]
    notes: tuple[str, ...]


def read_request(graph: Graph, manifest: Manifest) -> Reading:
    """Read a workflow as a request.

    Args:
        graph: of a workflow with one stage or two.
        manifest: the weights that its files are looked up in.

    Returns:
        The request. It names only what it does not have by default.

    Raises:
        RequestError: the graph cannot be followed, paints more than two stages in a row, or asks
            for what a request refuses.
    """
    found = trace_stages(graph)
    told = _find_told(found)
    stages = _name_stages(found)
    reader = _Reader(stages, told)
    fields: dict[str, object] = {**told.request, **reader.read_fields()}
    if not told.is_export:
        # Only a diffusion engine paints by prompts.
        fields["engine"] = "flux"
        fields |= reader.match_weights(manifest)
    fields["stage"] = _STAGES[tuple(stages)]
    fields = {
        name: fields[name]
        for name in ("image", *SPECS)
        if name in fields and (name == "image" or fields[name] != DEFAULTS[name])
    }
    # Any bytes stand for the image, which nobody reads here.
    PosterRequest.from_mapping({**fields, "image": b"?"})
    return Reading(fields, tuple(dict.fromkeys([*_tell_others(found, stages), *reader.notes])))


@dataclass(frozen=True, slots=True)
class _Told:
    """What an export wrote beside the nodes; empty in a workflow from elsewhere.

    Args:
        is_export: whether there is any of it.
        request: the request's fields.
        written: what nodes held where the request said otherwise, or nothing.
    """

    is_export: bool
    request: Mapping[str, object]
    written: Mapping[str, object]

    def value(self, name: str) -> object:
        """What the nodes held when the workflow was exported."""
        return self.written.get(name, self.request.get(name, DEFAULTS[name]))


def _notes_of(stage: Stage) -> Mapping[str, object]:
    notes = stage.saver.notes.get(NOTES) if stage.saver else None
    return notes if isinstance(notes, dict) else {}


def _find_told(found: tuple[Stage, ...]) -> _Told:
    notes: Mapping[str, object] = next(filter(None, map(_notes_of, found)), {})
    request, written = (notes.get(name, {}) for name in ("request", "written"))
    if not isinstance(request, dict) or not isinstance(written, dict):
        raise RequestError(WORKFLOW, f"SaveImage: _meta.{NOTES} is not as an export writes it")
    fields = {name: value for name, value in request.items() if name in SPECS}
    return _Told(bool(notes), fields, written)


def _name_stages(found: tuple[Stage, ...]) -> dict[str, Stage]:
    """Say which stage is the cover and which the envelope, in this order."""
    tagged: dict[str, Stage] = {}
    for stage in found:
        tag = _notes_of(stage).get("stage")
        if isinstance(tag, str) and tag in ("cover", "envelope"):
            if tag in tagged:
                raise RequestError(WORKFLOW, f"has two SaveImage nodes that both save the {tag}")
            tagged[tag] = stage
    if tagged:
        return {name: tagged[name] for name in ("cover", "envelope") if name in tagged}
    line = max((stage.line() for stage in found), key=len)
    names = _MADE["both"]
    if len(line) > len(names):
        raise RequestError(WORKFLOW, f"paints {len(line)} stages in a row; a poster has two")
    return dict(zip(names, line, strict=False))


def _tell_others(found: tuple[Stage, ...], stages: Mapping[str, Stage]) -> Iterator[str]:
    known = {one.sampler.id for stage in stages.values() for one in stage.line()}
    for stage in found:
        if stage.sampler.id not in known:
            yield f"{stage.saver} saves another picture, which is left out"


class _Reader:
    """Reads the nodes of stages, and keeps notes."""

    def __init__(self, stages: Mapping[str, Stage], told: _Told) -> None:
        self.notes: list[str] = []
        self._stages = stages
        self._first = next(iter(stages.values()))
        self._told = told

    def read_fields(self) -> dict[str, object]:
        """The fields that nodes say otherwise than the export did."""
        fields: dict[str, object] = {}
        if image := self._read_image():
            fields["image"] = image
        for name, stage in self._stages.items():
            self._take(fields, f"{name}_prompt", stage.values.get("prompt"))
            self._tell_unsayable(stage)
        self._take(fields, "num_inference_steps", self._agree("steps"))
        self._take(fields, "guidance_scale", self._agree("cfg"))
        self._take_size(fields)
        self._take_seed(fields)
        return fields

    def _take(self, fields: dict[str, object], name: str, value: object) -> None:
        """Take a value that was changed, if a request may hold it."""
        if value is None or value == self._told.value(name):
            return
        try:
            check_value(name, value, SPECS[name], DEFAULTS[name])
        except RequestError as error:
            self.notes.append(f"{error}; left out")
        else:
            fields[name] = value

    def _agree(self, name: str) -> object:
        """What the first stage says; a request says it once for both."""
        values = [stage.values.get(name) for stage in self._stages.values()]
        if any(value != values[0] for value in values):
            cover, envelope = (
                "computed" if value is None else f"{value!r:.40}" for value in values
            )
            self.notes.append(
                f"{name} is {cover} for the cover and {envelope} for the envelope; a poster has "
                f"one, and {cover} is taken"
            )
        return values[0]

    def _take_size(self, fields: dict[str, object]) -> None:
        size = {name: self._agree(name) for name in ("width", "height")}
        if None in size.values():
            usual = f"{DEFAULTS['width']} x {DEFAULTS['height']}"
            self.notes.append(f"the size goes by the photo's; a poster has {usual} by default")
            return
        try:
            PosterRequest.from_mapping({**size, "image": b"?", "title": "?"})
        except RequestError as error:
            self.notes.append(f"{error}; the size is left out")
        else:
            for name, side in size.items():
                self._take(fields, name, side)

    def _take_seed(self, fields: dict[str, object]) -> None:
        found = {name: stage.values.get("noise_seed") for name, stage in self._stages.items()}
        seed = self._told.value("seed")
        derived: Mapping[str, int] = {}
        if isinstance(seed, int) and 0 <= seed <= MAX_SEED:
            derived = dict(zip(_MADE["both"], derive_seeds(seed), strict=False))
        changed = [one for name, one in found.items() if one != derived.get(name)]
        # A seed that is computed, or no number, leaves the poster's to be drawn.
        if not changed or not isinstance(changed[0], int) or isinstance(changed[0], bool):
            return
        fields["seed"] = changed[0] % (MAX_SEED + 1)
        told = ", ".join(f"{one!r:.40}" for one in found.values())
        self.notes.append(
            f"noise_seed {told} becomes the seed {fields['seed']}, from which a poster draws one "
            f"for each stage: the noise differs"
        )

    def _read_image(self) -> str:
        name = _ANNOTATION.sub("", self._first.reference).replace("\\", "/")
        if not name:
            self.notes.append("loads no photo; name one to poster make")
            return ""
        if ":" in name or name.startswith("/") or ".." in PurePosixPath(name).parts:
            self.notes.append(f"loads {name!r:.60}, which is no file of its input folder; left out")
            return ""
        return name

    def _tell_unsayable(self, stage: Stage) -> None:
        values = stage.values
        if values.get("negative_prompt"):
            self.notes.append("a negative prompt is left out: a poster has none")
        if values.get("sampler_name", "euler") != "euler":
            self.notes.append(f"the sampler {values['sampler_name']!r:.60} becomes euler")
        self.notes += [f"{node} is left out: a poster has no word for it" for node in stage.passed]

    def match_weights(self, manifest: Manifest) -> dict[str, object]:
        """What of the request goes by the weights' files."""
        default = manifest.choose()
        fields: dict[str, object] = {}
        for name, role in _ROLES.items():
            told = self._first.values.get(name)
            if not isinstance(told, str):
                continue
            file = PurePosixPath(told.replace("\\", "/")).name
            sets = [one for one in manifest.sets.values() if _has(one, role, file)]
            if not sets:
                self.notes.append(f"{told!r:.80} ({role}) is no file of the weights manifest")
            elif role == "transformer" and default not in sets:
                self.notes.append(
                    f"{file} is of the set {sets[0].name}; the deployment's is {default.name}"
                )
                if sets[0].is_distilled and sets[0].architecture == default.architecture:
                    # What flux paints with for speed=fast, where it is on the volume.
                    fields["speed"] = "fast"
        return fields


def _has(weight_set: WeightSet, role: str, file: str) -> bool:
    return any(one.file == file for one in weight_set.of_role(role))
