"""A graph -> its stages: what paints each saved picture, found by following links backwards.

Uses node classes and input names, never ids or titles. Does not know requests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from poster.comfy.graph import Graph, Link, Node
from poster.comfy.json_types import WORKFLOW
from poster.errors import RequestError

SAVERS = ("SaveImage", "PreviewImage")
_PASSES_IMAGE = {
    "ImageScale": "image",
    "ImageScaleToTotalPixels": "image",
    "SaveImage": "images",
    "PreviewImage": "images",
}
_PASSES_MODEL = {"FluxKVCache", "LoraLoaderModelOnly"}
_PRIMITIVES = {
    "PrimitiveInt",
    "PrimitiveFloat",
    "PrimitiveBoolean",
    "PrimitiveString",
    "PrimitiveStringMultiline",
}
_WHOLE_SAMPLER = "KSampler"
"""A sampler with its own seed, guidance and schedule."""

_EMPTY_LATENTS = ("EmptyFlux2LatentImage", "EmptyLatentImage", "EmptySD3LatentImage")
_SWITCH = "ComfySwitchNode"
_MAX_SWITCHES = 16
_MAX_STAGES = 8
"""Stages in a row that are followed; a poster has two."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One run of a sampler.

    Args:
        sampler: the node that runs it.
        saver: the node that saves its picture; None for a stage that feeds another.
        reference: the image file of its first reference; empty if that is another stage's picture,
            or there is none.
        before: the stage whose picture is its first reference, if any.
        values: the values in its nodes: prompt, negative_prompt, noise_seed, steps, cfg, width,
            height, sampler_name, scheduler, denoise, unet_name, clip_name and vae_name; computed
            ones are left out.
        unsupported: nodes along the way that a request has no field for.
    """

    sampler: Node
    saver: Node | None
    reference: str = ""
    before: Stage | None = None
    values: dict[str, object] = field(default_factory=dict)
    unsupported: tuple[Node, ...] = ()

    def chain(self) -> tuple[Stage, ...]:
        """The stages from the first to this one."""
        return (*(self.before.chain() if self.before else ()), self)


def trace_stages(graph: Graph) -> tuple[Stage, ...]:
    """Find the stages of a workflow.

    Args:
        graph: of a workflow.

    Returns:
        A stage for each node that saves a sampler's picture, in the file's order; each refers to
        the stage before it.

    Raises:
        RequestError: nothing is saved, or a path leads through an unknown node, to a missing node
            or in a cycle; the message names the node.
    """
    savers = [node for kind in SAVERS for node in graph.of_kind(kind)]
    if not savers:
        trouble = "has no active SaveImage node; add one, or unmute it"
        raise RequestError(WORKFLOW, trouble)
    walk = _Walk(graph)
    painted = (walk.trace(saver, "images", saver, ()) for saver in savers)
    stages = tuple(end for end in painted if isinstance(end, Stage))
    if not stages:
        for saver in savers:
            if saver.link("images") is None:
                raise RequestError(WORKFLOW, f"{saver} has no image; link its input images")
        raise RequestError(WORKFLOW, "saves only pictures that it loads; no node paints one")
    return stages


class _Walk:
    """Follows a graph's links backwards."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def trace(
        self, node: Node, name: str, saver: Node | None, seen: tuple[str, ...]
    ) -> Stage | Node | None:
        """Find where an image comes from: a stage, a node that loads it, or nowhere."""
        unsupported: list[Node] = []
        for source in self._back(node, name):
            if source.kind in _PASSES_IMAGE:
                continue
            if source.kind == "LoadImage":
                return source
            if source.kind == "VAEDecode":
                return self._stage(source, saver, seen, unsupported)
            raise RequestError(WORKFLOW, f"takes an image from {source}, which is not supported")
        return None

    def _stage(
        self, decoder: Node, saver: Node | None, seen: tuple[str, ...], unsupported: list[Node]
    ) -> Stage:
        sampler = self._need(decoder, "samples", "SamplerCustomAdvanced", _WHOLE_SAMPLER)
        if sampler.id in seen:
            raise RequestError(WORKFLOW, f"has a cycle through {sampler}")
        if len(seen) >= _MAX_STAGES:
            raise RequestError(WORKFLOW, f"paints more than {_MAX_STAGES} stages in a row")
        values: dict[str, object] = {}
        guider = self._sampling(sampler, values)
        self._put(values, self._need(sampler, "latent_image", *_EMPTY_LATENTS), "width", "height")
        self._put(values, self._need(decoder, "vae", "VAELoader"), "vae_name")
        unsupported += self._model(guider, values)
        positive = "conditioning"
        if guider.kind != "BasicGuider":
            self._prompt(guider, "negative", "negative_prompt", values, [])
            positive = "positive"
        references = self._prompt(guider, positive, "prompt", values, unsupported)
        unsupported += references[1:]
        end = self._look(references[0], (*seen, sampler.id)) if references else None
        file = self.value(end, "image") if isinstance(end, Node) else None
        return Stage(
            sampler,
            saver,
            reference=file if isinstance(file, str) else "",
            before=end if isinstance(end, Stage) else None,
            values=values,
            unsupported=tuple(unsupported),
        )

    def _sampling(self, sampler: Node, values: dict[str, object]) -> Node:
        """Read how a sampler is set; returns the node with its model and its conditioning."""
        if sampler.kind == _WHOLE_SAMPLER:
            self._put(values, sampler, "seed", as_="noise_seed")
            self._put(values, sampler, "steps", "cfg", "sampler_name", "scheduler", "denoise")
            return sampler
        self._put(values, self._need(sampler, "noise", "RandomNoise"), "noise_seed")
        self._put(values, self._need(sampler, "sampler", "KSamplerSelect"), "sampler_name")
        self._put(values, self._need(sampler, "sigmas", "Flux2Scheduler"), "steps")
        guider = self._need(sampler, "guider", "CFGGuider", "BasicGuider")
        if guider.kind == "CFGGuider":
            self._put(values, guider, "cfg")
        else:
            values["cfg"] = 1.0
        return guider

    def _look(self, reference: Node, seen: tuple[str, ...]) -> Stage | Node | None:
        """The picture behind a ReferenceLatent."""
        if reference.link("latent") is None:
            return None
        return self.trace(self._need(reference, "latent", "VAEEncode"), "pixels", None, seen)

    def _prompt(
        self, guider: Node, name: str, as_: str, values: dict[str, object], unsupported: list[Node]
    ) -> list[Node]:
        """Read a branch of conditioning; returns its references, the first one first."""
        references = []
        for node in self._back(guider, name):
            if node.kind == "CLIPTextEncode":
                self._put(values, node, "text", as_=as_)
                self._put(values, self._need(node, "clip", "CLIPLoader"), "clip_name")
                break
            if node.kind == "ConditioningZeroOut":
                break
            if node.kind == "ReferenceLatent":
                references.append(node)
            elif node.kind == "FluxGuidance":
                unsupported.append(node)
            else:
                trouble = f"takes a prompt from {node}, which is not supported"
                raise RequestError(WORKFLOW, trouble)
        return references[::-1]

    def _model(self, guider: Node, values: dict[str, object]) -> list[Node]:
        unsupported = []
        for node in self._back(guider, "model"):
            if node.kind == "UNETLoader":
                self._put(values, node, "unet_name")
                break
            if node.kind not in _PASSES_MODEL:
                raise RequestError(WORKFLOW, f"takes a model from {node}, which is not supported")
            unsupported.append(node)
        return unsupported

    def _back(self, node: Node, name: str) -> Iterator[Node]:
        """The nodes behind an input, following the input that each of them passes on."""
        seen = {node.id}
        while link := node.link(name):
            node = self._at(node, name, link)
            if node.id in seen:
                raise RequestError(WORKFLOW, f"has a cycle through {node}")
            seen.add(node.id)
            yield node
            name = _PASSES_IMAGE.get(node.kind) or _PASSED_INPUT.get(node.kind, "")
            if not name:
                return

    def _need(self, node: Node, name: str, *kinds: str) -> Node:
        """The node behind an input, which must have one of some classes."""
        link = node.link(name)
        found = self._at(node, name, link) if link else None
        if found is None or found.kind not in kinds:
            what = str(found) if found else "nothing"
            wanted = " or ".join(kinds)
            raise RequestError(WORKFLOW, f"{node}: {name} is fed by {what}; it must be {wanted}")
        return found

    def _at(self, node: Node, name: str, link: Link) -> Node:
        """The node that a link comes from, looking through switches."""
        for _ in range(_MAX_SWITCHES):
            found = self._graph.nodes.get(link.node)
            if found is None:
                missing = f"node {link.node!r:.60}, which does not exist"
                raise RequestError(WORKFLOW, f"{node}: {name} is fed by {missing}")
            if found.kind != _SWITCH:
                return found
            switch = found.inputs.get("switch")
            if isinstance(switch, Link):
                switch = _read_primitive(self._graph.nodes.get(switch.node))
            onward = found.link("on_true" if switch else "on_false")
            if onward is None:
                return found
            link = onward
        raise RequestError(WORKFLOW, f"{node}: {name} is fed by too many switches in a row")

    def _put(self, values: dict[str, object], node: Node, *names: str, as_: str = "") -> None:
        for name in names:
            value = self.value(node, name)
            if value is not None:
                values[as_ or name] = value

    def value(self, node: Node, name: str) -> object:
        """An input's value, its own or that of a primitive behind it; None if it is computed."""
        given = node.inputs.get(name)
        if not isinstance(given, Link):
            return given
        return _read_primitive(self._at(node, name, given))


def _read_primitive(node: Node | None) -> object:
    """A primitive's value; None if the node is not a primitive, or is fed by a link."""
    written = node.inputs.get("value") if node and node.kind in _PRIMITIVES else None
    return None if isinstance(written, Link) else written


_PASSED_INPUT = {
    "ConditioningZeroOut": "conditioning",
    "FluxGuidance": "conditioning",
    "FluxKVCache": "model",
    "LoraLoaderModelOnly": "model",
    "ReferenceLatent": "conditioning",
}
