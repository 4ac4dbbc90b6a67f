"""A request and the weights that paint it -> a workflow in ComfyUI's API format.

Both stages as the flux engine runs them, but that a photo is shown whole and no type is set. Does
not know how a request's own prompts come about.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from poster.errors import RequestError
from poster.plan import derive_seeds
from poster.request import DEFAULTS, PosterRequest
from poster.version import __version__
from poster.weights.manifest import WeightSet

NOTES = "poster"
"""The key of `_meta` that holds what no node says: stage, request and written."""

Json = dict[str, object]

_NAMES = {"cover": "Cover", "envelope": "Envelope"}
_ENDINGS = (
    (0, b"\xff\xd8\xff", "jpg"),
    (0, b"\x89PNG", "png"),
    (8, b"WEBP", "webp"),
    (0, b"GIF8", "gif"),
    (0, b"II*\0", "tiff"),
    (0, b"MM\0*", "tiff"),
    (8, b"avif", "avif"),
    (4, b"ftyp", "heic"),
)
"""Where in a file, what stands there, and the ending that ComfyUI knows such files by."""


@dataclass(frozen=True, slots=True)
class Workflow:
    """What ComfyUI is given.

    Args:
        nodes: the workflow in the API format, by id.
        images: the files that it loads, by the names that it loads them by.
    """

    nodes: Json
    images: Mapping[str, bytes] = field(repr=False)


def export_workflow(
    request: PosterRequest,
    weight_set: WeightSet,
    *,
    seed: int,
    own_prompts: Mapping[str, str],
    cover: bytes | None = None,
) -> Workflow:
    """Write a request as a workflow.

    Args:
        request: what is asked for.
        weight_set: whose files are loaded, and whose steps and guidance hold where the request
            names none.
        seed: the request's own, or what was drawn for one that has none.
        own_prompts: what to paint where the request does not say so, by stage: cover, envelope.
        cover: a finished cover's file, that the envelope is painted round in place of the cover
            that ComfyUI paints.

    Returns:
        The workflow and its images. Read again, it is the same request.

    Raises:
        RequestError: there is a cover, and nothing to put it between.
    """
    if cover is not None and request.stage != "both":
        trouble = f"stands between the stages, and stage {request.stage} has only one"
        raise RequestError("cover", trouble)
    stages = [stage for stage in _NAMES if request.stage in (stage, "both")]
    prompts = {
        "cover": request.cover_prompt or own_prompts.get("cover", ""),
        "envelope": request.envelope_prompt or own_prompts.get("envelope", ""),
    }
    sheet = _Sheet(request, weight_set, _choose_pace(request, weight_set))
    notes = _take_notes(request, sheet.pace, prompts, stages, seed)
    seeds = dict(zip(_NAMES, derive_seeds(seed), strict=False))
    picture = sheet.load(request.image, "The photo" if "cover" in stages else "The cover")
    for stage in stages:
        if stage == "envelope" and cover is not None:
            picture = sheet.load(cover, "The finished cover, with its type")
        picture = sheet.paint(stage, picture, prompts[stage], seeds[stage], notes)
    return Workflow(sheet.nodes, sheet.images)


def name_image(data: bytes) -> str:
    """Name an image file by what it holds.

    Args:
        data: the file.

    Returns:
        Its sha256 and the ending of its format.
    """
    endings = (end for place, mark, end in _ENDINGS if data[place : place + len(mark)] == mark)
    return f"{hashlib.sha256(data).hexdigest()}.{next(endings, 'png')}"


@dataclass(frozen=True, slots=True)
class _Pace:
    steps: int
    guidance: float


def _choose_pace(request: PosterRequest, weight_set: WeightSet) -> _Pace:
    guidance = request.guidance_scale
    if guidance is None:
        guidance = weight_set.guidance_scale
    # The engine runs distilled weights without guidance, whatever a request says.
    if weight_set.is_distilled:
        guidance = 1.0
    return _Pace(request.num_inference_steps or weight_set.num_inference_steps, guidance)


def _take_notes(
    request: PosterRequest, pace: _Pace, prompts: Mapping[str, str], stages: list[str], seed: int
) -> Json:
    """What travels beside the nodes: the request, and where they say otherwise than it does."""
    told = {name: getattr(request, name) for name in DEFAULTS}
    written: Json = {
        "seed": seed,
        "num_inference_steps": pace.steps,
        "guidance_scale": pace.guidance,
        **{f"{stage}_prompt": prompts[stage] for stage in stages},
    }
    return {
        "version": __version__,
        "request": {name: value for name, value in told.items() if value != DEFAULTS[name]},
        "written": {name: value for name, value in written.items() if value != told[name]},
    }


class _Sheet:
    """Nodes as they are put down, each linked to those before it."""

    def __init__(self, request: PosterRequest, weight_set: WeightSet, pace: _Pace) -> None:
        self.nodes: Json = {}
        self.images: dict[str, bytes] = {}
        self.pace = pace
        self._request = request
        self._follows_photo = not weight_set.is_distilled
        file = {one.role: one.file for one in weight_set.files}
        self._model = self._put(
            "UNETLoader", weight_set.title, unet_name=file["transformer"], weight_dtype="default"
        )
        self._clip = self._put(
            "CLIPLoader",
            "Text encoder",
            clip_name=file["text_encoder"],
            type="flux2",
            device="default",
        )
        self._vae = self._put("VAELoader", "VAE", vae_name=file["vae"])

    def load(self, image: bytes, title: str) -> list[object]:
        """Load an image file."""
        name = name_image(image)
        self.images[name] = image
        return self._put("LoadImage", title, image=name)

    def paint(
        self, stage: str, picture: list[object], prompt: str, seed: int, notes: Json
    ) -> list[object]:
        """Paint a stage from a picture, and save what it paints."""
        name = _NAMES[stage]
        width, height = self._request.width, self._request.height
        shown = self._put(
            "ImageScaleToTotalPixels",
            f"{name}: what the model is shown, at one megapixel",
            image=picture,
            upscale_method="lanczos",
            megapixels=1.0,
            resolution_steps=1,
        )
        latent = self._put(
            "VAEEncode", f"{name}: the same as a latent", pixels=shown, vae=self._vae
        )
        branches = {
            branch: self._put(
                "ReferenceLatent",
                f"{name}: {title}, with what the model is shown",
                conditioning=self._put(
                    "CLIPTextEncode", f"{name}: {title}", text=text, clip=self._clip
                ),
                latent=latent,
            )
            for branch, title, text in (
                ("positive", "prompt", prompt),
                ("negative", "negative prompt", ""),
            )
        }
        samples = self._put(
            "SamplerCustomAdvanced",
            f"{name}: paint",
            noise=self._put("RandomNoise", f"{name}: seed", noise_seed=seed),
            guider=self._put(
                "CFGGuider",
                f"{name}: guidance",
                model=self._model,
                **branches,
                cfg=self.pace.guidance,
            ),
            sampler=self._put("KSamplerSelect", f"{name}: sampler", sampler_name="euler"),
            sigmas=self._put(
                "Flux2Scheduler",
                f"{name}: steps",
                steps=self.pace.steps,
                **self._measure(name, shown),
            ),
            latent_image=self._put(
                "EmptyFlux2LatentImage", f"{name}: size", width=width, height=height, batch_size=1
            ),
        )
        image = self._put("VAEDecode", f"{name}: as a picture", samples=samples, vae=self._vae)
        self._put(
            "SaveImage",
            f"{name}: save",
            {NOTES: {"stage": stage, **notes}},
            images=image,
            filename_prefix=f"poster_{stage}",
        )
        return image

    def _measure(self, name: str, shown: list[object]) -> Json:
        """The size that noise levels go by: base weights take that of what they are shown."""
        if not self._follows_photo:
            return {"width": self._request.width, "height": self._request.height}
        size = self._put("GetImageSize", f"{name}: size of what the model is shown", image=shown)
        return {"width": size, "height": [size[0], 1]}

    def _put(
        self, kind: str, title: str, notes: Json | None = None, /, **inputs: object
    ) -> list[object]:
        """Put a node down, and link to its first output."""
        id_ = str(len(self.nodes) + 1)
        meta = {"title": title, **(notes or {})}
        self.nodes[id_] = {"class_type": kind, "inputs": inputs, "_meta": meta}
        return [id_, 0]
