"""ComfyUI's published workflows, and one like that of the product's original handler."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from poster.comfy.graph import Graph
from poster.comfy.workflow import read_graph

Workflow = dict[str, Any]
LoadTemplate = Callable[[str], Workflow]


@pytest.fixture(scope="session")
def templates() -> dict[str, str]:
    """Every workflow that ComfyUI publishes in the editor's format, by name, as text."""
    folder = resources.files("comfyui_workflow_templates_json") / "templates"
    texts = {
        place.name.removesuffix(".json"): place.read_text(encoding="utf-8")
        for place in folder.iterdir()
        if place.name.endswith(".json") and not place.name.startswith(("index", "fuse_"))
    }
    assert len(texts) > 600
    return texts


@pytest.fixture(scope="session")
def klein(templates: dict[str, str]) -> list[str]:
    """Names of the published workflows of FLUX.2 [klein]."""
    names = sorted(name for name in templates if name.startswith("image_flux2_klein"))
    assert len(names) == 6
    return names


@pytest.fixture(scope="session")
def load(templates: dict[str, str]) -> LoadTemplate:
    """Returns a copy of a published workflow, which tests may change."""
    return lambda name: json.loads(templates[name])


@pytest.fixture
def edit_9b(load: LoadTemplate) -> Workflow:
    """The published image edit with base 9B."""
    return load("image_flux2_klein_image_edit_9b_base")


@pytest.fixture
def seed_workflow() -> Workflow:
    """Two stages in the API format, with ids as in an export of two subgraphs."""
    text = (Path(__file__).parent / "seed_workflow.json").read_text(encoding="utf-8")
    workflow: Workflow = json.loads(text)
    return workflow


@pytest.fixture
def seed_graph(seed_workflow: Workflow) -> Graph:
    return read_graph(seed_workflow)
