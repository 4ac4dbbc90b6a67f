"""A request and a weight set -> a workflow in ComfyUI's API format.

Both stages are as the flux engine runs them, except that the photo is not cropped and no type is
set. Does not know how the engine's own prompts are made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from poster.engines.flux.schedule import TOKEN_SIDE
from poster.errors import RequestError
from poster.plan import derive_seeds
from poster.request import DEFAULTS, PosterRequest
from poster.version import __version__
from poster.weights.manifest import WeightSet

NOTES = "poster"
"""The key of `_meta` that holds what no node can: stage, request and written."""

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
"""An offset in a file, the bytes there, and the extension that ComfyUI expects for such files."""


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow and the images that it loads.

    Args:
        nodes: the workflow in the API format, by id.
        images: the image files, by the names that the workflow uses.
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
        request: the request.
        weight_set: supplies the model files, and steps and guidance if the request has none.
        seed: the request's, or one chosen at random if it has none.
        own_prompts: the engine's prompts for stages without one in the request: cover, envelope.
        cover: a finished cover's file, to paint the envelope around instead of the cover that
            ComfyUI paints.

    Returns:
        The workflow and its images. Importing it returns the same request.

    Raises:
        RequestError: there is a cover, but the request does not have both stages.
    """
    if cover is not None and request.stage != "both":
        trouble = f"needs stage both, since it goes between the stages; stage is {request.stage}"
        raise RequestError("cover", trouble)
    stages = [stage for stage in _NAMES if request.stage in (stage, "both")]
    prompts = {
        "cover": request.cover_prompt or own_prompts.get("cover", ""),
        "envelope": request.envelope_prompt or own_prompts.get("envelope", ""),
    }
    sheet = _Sheet(request, weight_set, _choose_sampling(request, weight_set))
    notes = _take_notes(request, sheet.sampling, prompts, stages, seed)
    seeds = dict(zip(_NAMES, derive_seeds(seed), strict=False))
    picture = sheet.load(request.image, "The photo" if "cover" in stages else "The cover")
    for stage in stages:
        if stage == "envelope" and cover is not None:
            picture = sheet.load(cover, "The finished cover, with its type")
        picture = sheet.paint(stage, picture, prompts[stage], seeds[stage], notes)
    return Workflow(sheet.nodes, sheet.images)


def name_image(data: bytes) -> str:
    """Name an image file by its contents.

    Args:
        data: the file.

    Returns:
        Its sha256 and the extension of its format.
    """
    endings = (end for place, mark, end in _ENDINGS if data[place : place + len(mark)] == mark)
    return f"{hashlib.sha256(data).hexdigest()}.{next(endings, 'png')}"


@dataclass(frozen=True, slots=True)
class _Sampling:
    steps: int
    guidance: float


def _choose_sampling(request: PosterRequest, weight_set: WeightSet) -> _Sampling:
    guidance = request.guidance_scale
    if guidance is None:
        guidance = weight_set.guidance_scale
    # The engine runs distilled weights without guidance, whatever the request says.
    if weight_set.is_distilled:
        guidance = 1.0
    return _Sampling(request.num_inference_steps or weight_set.num_inference_steps, guidance)


def _take_notes(
    request: PosterRequest,
    sampling: _Sampling,
    prompts: Mapping[str, str],
    stages: list[str],
    seed: int,
) -> Json:
    """What is stored with the nodes: the request, and the values in which the nodes differ."""
    fields = {name: getattr(request, name) for name in DEFAULTS}
    written: Json = {
        "seed": seed,
        "num_inference_steps": sampling.steps,
        "guidance_scale": sampling.guidance,
        **_painted_size(request),
        **{f"{stage}_prompt": prompts[stage] for stage in stages},
    }
    return {
        "version": __version__,
        "request": {name: value for name, value in fields.items() if value != DEFAULTS[name]},
        "written": {name: value for name, value in written.items() if value != fields[name]},
    }


def _painted_size(request: PosterRequest) -> dict[str, int]:
    """The size to paint: the request's, rounded up to whole tokens of the model."""
    page = request.page_size
    sides = {"width": page.width, "height": page.height}
    return {name: -(-side // TOKEN_SIDE) * TOKEN_SIDE for name, side in sides.items()}


class _Sheet:
    """Nodes in the order in which they are added, each linked to earlier ones."""

    def __init__(self, request: PosterRequest, weight_set: WeightSet, sampling: _Sampling) -> None:
        self.nodes: Json = {}
        self.images: dict[str, bytes] = {}
        self.sampling = sampling
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
        """Add a node that loads an image file."""
        name = name_image(image)
        self.images[name] = image
        return self._put("LoadImage", title, image=name)

    def paint(
        self, stage: str, picture: list[object], prompt: str, seed: int, notes: Json
    ) -> list[object]:
        """Add the nodes that paint a stage from a picture and save the result."""
        name = _NAMES[stage]
        shown = self._put(
            "ImageScaleToTotalPixels",
            f"{name}: reference, scaled to one megapixel",
            image=picture,
            upscale_method="lanczos",
            megapixels=1.0,
            resolution_steps=1,
        )
        latent = self._put(
            "VAEEncode", f"{name}: reference as a latent", pixels=shown, vae=self._vae
        )
        branches = {
            branch: self._put(
                "ReferenceLatent",
                f"{name}: {title}, with the reference",
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
                cfg=self.sampling.guidance,
            ),
            sampler=self._put("KSamplerSelect", f"{name}: sampler", sampler_name="euler"),
            sigmas=self._put(
                "Flux2Scheduler",
                f"{name}: steps",
                steps=self.sampling.steps,
                **self._measure(name, shown),
            ),
            latent_image=self._put(
                "EmptyFlux2LatentImage",
                f"{name}: size",
                **_painted_size(self._request),
                batch_size=1,
            ),
        )
        image = self._put("VAEDecode", f"{name}: decode", samples=samples, vae=self._vae)
        self._put(
            "SaveImage",
            f"{name}: save",
            {NOTES: {"stage": stage, **notes}},
            images=image,
            filename_prefix=f"poster_{stage}",
        )
        return image

    def _measure(self, name: str, shown: list[object]) -> Json:
        """The size that sets the noise levels: for base weights, the reference's size."""
        if not self._follows_photo:
            return {**_painted_size(self._request)}
        size = self._put("GetImageSize", f"{name}: size of the reference", image=shown)
        return {"width": size, "height": [size[0], 1]}

    def _put(
        self, kind: str, title: str, notes: Json | None = None, /, **inputs: object
    ) -> list[object]:
        """Add a node, and return a link to its first output."""
        id_ = str(len(self.nodes) + 1)
        meta = {"title": title, **(notes or {})}
        self.nodes[id_] = {"class_type": kind, "inputs": inputs, "_meta": meta}
        return [id_, 0]
