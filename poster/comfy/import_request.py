"""A workflow's graph -> the request nearest to it, and what a request cannot express.

An exported workflow is imported as the original request, plus the changes made since. Reads no
pixels: the image is a file name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from poster.comfy.export import NOTES
from poster.comfy.graph import Graph
from poster.comfy.json_types import WORKFLOW
from poster.comfy.trace import Stage, trace_stages
from poster.errors import RequestError
from poster.page_size import DEFAULT_HEIGHT, DEFAULT_WIDTH
from poster.plan import derive_seeds
from poster.request import DEFAULTS, MAX_SEED, SPECS, PosterRequest, change_fields
from poster.spec import check_value
from poster.weights.manifest import Manifest, WeightSet

_MADE = {"cover": ("cover",), "envelope": ("envelope",), "both": ("cover", "envelope")}
_STAGES = {stages: name for name, stages in _MADE.items()}
_ANNOTATION = re.compile(r" \[(input|output|temp)\]$")
"""An image name's folder suffix. Source: ComfyUI 0.33.0, folder_paths.annotated_filepath."""

_ROLES = {"unet_name": "transformer", "clip_name": "text_encoder", "vae_name": "vae"}


@dataclass(frozen=True, slots=True)
class ImportedRequest:
    """What a workflow asks for.

    Args:
        fields: the request as JSON, for `poster make --request`; image is a file name.
        notes: what a request cannot express, one line each.
    """

    fields: Mapping[str, object]
    notes: tuple[str, ...]


def import_request(graph: Graph, manifest: Manifest) -> ImportedRequest:
    """Read a workflow as a request.

    Args:
        graph: of a workflow with one or two stages.
        manifest: where to look up its model files.

    Returns:
        The request, with only the fields that differ from their defaults.

    Raises:
        RequestError: the graph cannot be followed, paints more than two stages in a row, or has
            values that a request does not allow.
    """
    found = trace_stages(graph)
    export = _find_export(found)
    stages = _name_stages(found)
    reader = _Reader(stages, export)
    fields: dict[str, object] = change_fields(export.request, reader.read_fields())
    if not export.is_export:
        # Only a diffusion engine uses prompts.
        fields["engine"] = "flux"
        fields |= reader.match_weights(manifest)
    fields["stage"] = _STAGES[tuple(stages)]
    fields = {
        name: fields[name]
        for name in ("image", *SPECS)
        if name in fields and (name == "image" or fields[name] != DEFAULTS[name])
    }
    if "cover" in stages and not (fields.get("cover_prompt") or fields.get("title")):
        told = (note for note in reader.notes if note.startswith("cover_prompt: "))
        advice = next(told, "write one in the CLIPTextEncode that leads to its SaveImage")
        raise RequestError(WORKFLOW, f"has no prompt for the cover; {advice}")
    # A placeholder for the image, whose bytes are not read here.
    PosterRequest.from_mapping({**fields, "image": b"?"})
    return ImportedRequest(
        fields, tuple(dict.fromkeys([*_note_others(found, stages), *reader.notes]))
    )


@dataclass(frozen=True, slots=True)
class _Export:
    """What an export stored with the nodes; empty in a workflow from elsewhere.

    Args:
        is_export: whether the workflow was exported by Poster Maker.
        request: the request's fields.
        written: values of the nodes that differed from the request.
    """

    is_export: bool
    request: Mapping[str, object]
    written: Mapping[str, object]

    def value(self, name: str) -> object:
        """A field's value in the nodes when the workflow was exported."""
        return self.written.get(name, self.request.get(name, DEFAULTS[name]))


def _notes_of(stage: Stage) -> Mapping[str, object]:
    notes = stage.saver.notes.get(NOTES) if stage.saver else None
    return notes if isinstance(notes, dict) else {}


def _find_export(found: tuple[Stage, ...]) -> _Export:
    notes: Mapping[str, object] = next(filter(None, map(_notes_of, found)), {})
    request, written = (notes.get(name, {}) for name in ("request", "written"))
    if not isinstance(request, dict) or not isinstance(written, dict):
        raise RequestError(WORKFLOW, f"SaveImage: _meta.{NOTES} was not written by an export")
    fields = {name: value for name, value in request.items() if name in SPECS}
    return _Export(bool(notes), fields, written)


def _name_stages(found: tuple[Stage, ...]) -> dict[str, Stage]:
    """Find out which stage is the cover and which the envelope, in this order."""
    tagged: dict[str, Stage] = {}
    for stage in found:
        tag = _notes_of(stage).get("stage")
        if isinstance(tag, str) and tag in ("cover", "envelope"):
            if tag in tagged:
                raise RequestError(WORKFLOW, f"has two SaveImage nodes for the {tag}")
            tagged[tag] = stage
    if tagged:
        return {name: tagged[name] for name in ("cover", "envelope") if name in tagged}
    chain = max((stage.chain() for stage in found), key=len)
    names = _MADE["both"]
    if len(chain) > len(names):
        raise RequestError(WORKFLOW, f"paints {len(chain)} stages in a row; a poster has two")
    return dict(zip(names, chain, strict=False))


def _note_others(found: tuple[Stage, ...], stages: Mapping[str, Stage]) -> Iterator[str]:
    known = {one.sampler.id for stage in stages.values() for one in stage.chain()}
    for stage in found:
        if stage.sampler.id not in known:
            yield f"{stage.saver} saves another picture, which is left out"


class _Reader:
    """Reads the nodes of the stages, and collects notes."""

    def __init__(self, stages: Mapping[str, Stage], export: _Export) -> None:
        self.notes: list[str] = []
        self._stages = stages
        self._first = next(iter(stages.values()))
        self._export = export

    def read_fields(self) -> dict[str, object]:
        """The fields whose values in the nodes differ from the export's."""
        fields: dict[str, object] = {}
        if image := self._read_image():
            fields["image"] = image
        for name, stage in self._stages.items():
            self._take(fields, f"{name}_prompt", stage.values.get("prompt"))
            self._note_unsupported(stage)
        self._take(fields, "num_inference_steps", self._agree("steps"))
        self._take(fields, "guidance_scale", self._agree("cfg"))
        self._take_size(fields)
        self._take_seed(fields)
        return fields

    def _take(self, fields: dict[str, object], name: str, value: object) -> None:
        """Take a value that was changed, if a request allows it."""
        if value is None or value == self._export.value(name):
            return
        try:
            check_value(name, value, SPECS[name], DEFAULTS[name])
        except RequestError as error:
            self.notes.append(f"{error}; left out")
        else:
            fields[name] = value

    def _agree(self, name: str) -> object:
        """The first stage's value; a request has one for both."""
        values = [stage.values.get(name) for stage in self._stages.values()]
        if any(value != values[0] for value in values):
            cover, envelope = (
                "computed" if value is None else f"{value!r:.40}" for value in values
            )
            self.notes.append(
                f"{name} is {cover} for the cover and {envelope} for the envelope; a request has "
                "only one, so the cover's is used"
            )
        return values[0]

    def _take_size(self, fields: dict[str, object]) -> None:
        size = {name: self._agree(name) for name in ("width", "height")}
        if None in size.values():
            default = f"{DEFAULT_WIDTH} x {DEFAULT_HEIGHT}"
            self.notes.append(f"the size depends on the photo; the default of {default} is used")
            return
        try:
            PosterRequest.from_mapping({**size, "image": b"?", "title": "?"})
        except RequestError as error:
            shown = " x ".join(f"{side!r:.20}" for side in size.values())
            self.notes.append(f"the size {shown} is left out: {error}")
        else:
            before = {
                "width": self._export.value("width") or DEFAULT_WIDTH,
                "height": self._export.value("height") or DEFAULT_HEIGHT,
            }
            changed = {name: side for name, side in size.items() if side != before[name]}
            if changed:
                # A named size gave both sides.
                fields |= size if "size" in self._export.request else changed

    def _take_seed(self, fields: dict[str, object]) -> None:
        found = {name: stage.values.get("noise_seed") for name, stage in self._stages.items()}
        seed = self._export.value("seed")
        derived: Mapping[str, int] = {}
        if isinstance(seed, int) and 0 <= seed <= MAX_SEED:
            derived = dict(zip(_MADE["both"], derive_seeds(seed), strict=False))
        changed = [one for name, one in found.items() if one != derived.get(name)]
        # Without a numeric seed, the poster's is chosen at random.
        if not changed or not isinstance(changed[0], int) or isinstance(changed[0], bool):
            return
        fields["seed"] = changed[0] % (MAX_SEED + 1)
        seeds = ", ".join(f"{one!r:.40}" for one in found.values())
        self.notes.append(
            f"noise_seed {seeds} becomes the seed {fields['seed']}; each stage's seed is derived "
            f"from it, so the noise differs"
        )

    def _read_image(self) -> str:
        name = _ANNOTATION.sub("", self._first.reference).replace("\\", "/")
        if not name:
            self.notes.append("loads no photo; pass one to poster make")
            return ""
        if ":" in name or name.startswith("/") or ".." in PurePosixPath(name).parts:
            self.notes.append(f"loads {name!r:.60}, which is outside the input folder; left out")
            return ""
        return name

    def _note_unsupported(self, stage: Stage) -> None:
        values = stage.values
        if values.get("negative_prompt"):
            self.notes.append("a negative prompt is left out: a request has no field for it")
        if values.get("sampler_name", "euler") != "euler":
            self.notes.append(f"the sampler {values['sampler_name']!r:.60} becomes euler")
        if scheduler := values.get("scheduler"):
            self.notes.append(f"the scheduler {scheduler!r:.60} becomes Flux2Scheduler's")
        if values.get("denoise", 1) != 1:
            self.notes.append(f"denoise {values['denoise']!r:.40} becomes 1")
        no_field = "is left out: a request has no field for it"
        self.notes += [f"{node} {no_field}" for node in stage.unsupported]

    def match_weights(self, manifest: Manifest) -> dict[str, object]:
        """The fields that depend on the model files."""
        default = manifest.choose()
        fields: dict[str, object] = {}
        for key, role in _ROLES.items():
            name = self._first.values.get(key)
            if not isinstance(name, str):
                continue
            file = PurePosixPath(name.replace("\\", "/")).name
            sets = [one for one in manifest.sets.values() if _has(one, role, file)]
            if not sets:
                self.notes.append(f"{name!r:.80} ({role}) is not in the weights manifest")
            elif role == "transformer" and default not in sets:
                self.notes.append(
                    f"{file} belongs to the set {sets[0].name}; the deployment uses {default.name}"
                )
                if sets[0].is_distilled and sets[0].architecture == default.architecture:
                    # flux uses this set for speed=fast, if it is on the volume.
                    fields["speed"] = "fast"
        return fields


def _has(weight_set: WeightSet, role: str, file: str) -> bool:
    return any(one.file == file for one in weight_set.of_role(role))
