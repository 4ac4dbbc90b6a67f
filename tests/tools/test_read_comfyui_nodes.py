"""A small source tree with both of ComfyUI's schemas becomes a table, without being run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tools.read_comfyui_nodes import format_table, read_table

NODES = """
import os
import folder_paths
import samplers.names
from choices import METHODS as WAYS

raise_if_run = os.environ["THE SOURCE IS NOT RUN"]
EXTRAS = ["nodes_new.py", "nodes_grown.py"]
LIMIT = 2 ** 14


class Loader:
    @classmethod
    def INPUT_TYPES(s):
        return {"required": {
            "name": (["None"] + folder_paths.get_filename_list("unet"), {"tooltip": "No text."}),
            "way": (WAYS, ),
        }}
    RETURN_TYPES = ("MODEL",)


class Sampler:
    @classmethod
    def INPUT_TYPES(s):
        inputs = {"model": ("MODEL",), "seed": ("INT", {"default": 0, "min": 0, "max": LIMIT})}
        for number in range(2):
            inputs["layer_{}".format(number)] = ("FLOAT", {"min": -1.0, "max": float("inf")})
        return {"required": inputs, "optional": {
            "sampler": (samplers.names.Names.ALL, ),
            "forced": ("STRING", {"forceInput": True}),
            "size": ("INT", {"max": s.measure(3)}),
        }, "hidden": {"prompt": "PROMPT"}}

    @staticmethod
    def measure(number):
        return number if number > 2 else 2

    @classmethod
    def VALIDATE_INPUTS(s, size, input_types):
        return True

    RETURN_TYPES = ("LATENT", "LATENT")
    RETURN_NAMES = ("output", "denoised")
    OUTPUT_NODE = True


class Child(Sampler):
    pass


class Mystery:
    RETURN_TYPES = ask_the_machine()


NODE_CLASS_MAPPINGS = {"Loader": Loader, "Sampler": Sampler, "Mystery": Mystery}
for one in [Child]:
    NODE_CLASS_MAPPINGS[one.__name__ if False else "Child"] = one
"""

IO = """
from enum import Enum

class Input:
    def __init__(self, id, display_name=None, optional=False, tooltip=None): ...

class WidgetInput(Input):
    def __init__(self, id, display_name=None, optional=False, tooltip=None, default=None,
                 force_input=None): ...

class Output:
    def __init__(self, id=None, display_name=None): ...

class Base:
    class Input(Input): ...
    class Output(Output): ...

@comfytype(io_type="IMAGE")
class Image(Base): ...

@comfytype(io_type="INT")
class Int(Base):
    class Input(WidgetInput):
        def __init__(self, id, display_name=None, optional=False, default=None, min=None, max=None,
                     force_input=None): ...

@comfytype(io_type="COLOR")
class Color(Base):
    class Input(WidgetInput): ...

@comfytype(io_type="COMBO")
class Combo(Base):
    class Input(WidgetInput):
        def __init__(self, id, options=None, optional=False, default=None): ...

@comfytype(io_type="COMFY_MULTITYPED_V3")
class MultiType:
    class Input(Input):
        def __init__(self, id, types, optional=False): ...

@comfytype(io_type="COMFY_AUTOGROW_V3")
class Autogrow(Base):
    class TemplatePrefix:
        def __init__(self, input, prefix, min=1, max=10): ...
    class Input(Input):
        def __init__(self, id, template, optional=False): ...

@comfytype(io_type="COMFY_DYNAMICCOMBO_V3")
class DynamicCombo(Base):
    class Option:
        def __init__(self, key, inputs): ...
    class Input(Input):
        def __init__(self, id, options, optional=False): ...

def Custom(io_type):
    @comfytype(io_type=io_type)
    class CustomType(Base): ...
    return CustomType

class Schema:
    node_id: str
    display_name: str = None
    inputs: list = field(default_factory=list)
    outputs: list = field(default_factory=list)
    is_output_node: bool = False

class ComfyNode:
    @classmethod
    def validate_inputs(cls, **kwargs): ...
"""

NEW = """
from enum import Enum
from typing_extensions import override
import comfy_io as io

class Speed(str, Enum):
    slow = "Slow"
    fast = "Fast"

def sizes(least):
    return [io.Int.Input("width", default=64, min=least), io.Int.Input("height", force_input=True)]

class Paint(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        template = io.Autogrow.TemplatePrefix(io.Image.Input("image"), prefix="image", min=1, max=3)
        return io.Schema(
            node_id="PaintNode",
            display_name="Paint",
            inputs=[
                io.Combo.Input("speed", options=[one.value for one in Speed]),
                io.Combo.Input("pace", options=Speed, default=Speed.fast, optional=True),
                io.Autogrow.Input("images", template=template),
                io.DynamicCombo.Input("mode", options=[
                    io.DynamicCombo.Option("plain", []),
                    io.DynamicCombo.Option("sized", sizes(least=16)),
                ]),
                io.Color.Input("ink"),
                io.MultiType.Input("mask", [io.Image, io.Custom("OUTLINE")], optional=True),
                io.MultiType.Input(io.Int.Input("count", min=1), [io.Custom("NUMBER")]),
            ],
            outputs=[io.Image.Output(), io.Custom("OUTLINE").Output("outline")],
            is_output_node=True,
        )

class Draw(Paint):
    @classmethod
    def define_schema(cls):
        schema = super().define_schema()
        schema.node_id = "DrawNode"
        schema.inputs = schema.inputs[:1] + [*sizes(8)]
        return schema

class Extension:
    @override
    async def get_node_list(self):
        return [Paint, Draw]

async def comfy_entrypoint():
    return Extension()
"""

REPLACEMENTS = """
async def register():
    await api.register(io.NodeReplace(new_node_id="PaintNode", old_node_id="OldPaint"))
    await api.register(io.NodeReplace(new_node_id="PaintNode", old_node_id="Loader"))
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = tmp_path_factory.mktemp("tree")
    files = {
        "nodes.py": NODES,
        "comfyui_version.py": '__version__ = "7.8.9"\n',
        "choices.py": 'METHODS = ["a", "b"]\nif True:\n    METHODS = METHODS + ["c"]\n',
        "samplers/names.py": 'class Names:\n    ALL = list({"euler": 1, "heun": 2})\n',
        "comfy_io.py": IO,
        "comfy_extras/nodes_new.py": NEW,
        "comfy_extras/nodes_replacements.py": REPLACEMENTS,
        "comfy_extras/nodes_left_out.py": "NODE_CLASS_MAPPINGS = {'LeftOut': None}\n",
        "comfy_api_nodes/nodes_service.py": "NODE_CLASS_MAPPINGS = {}\n",
    }
    for name, text in files.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tree


@pytest.fixture(scope="module")
def table(root: Path) -> dict[str, Any]:
    read, _ = read_table(root, "c0ffee", "2030-01-02")
    loaded: dict[str, Any] = json.loads(format_table(read))
    return loaded


def test_the_table_says_what_it_was_read_from(table: dict[str, Any]) -> None:
    assert (table["version"], table["commit"], table["date"]) == ("7.8.9", "c0ffee", "2030-01-02")
    assert table["source"].startswith("https://")
    assert table["replaced"] == {"OldPaint": "PaintNode"}


def test_every_class_that_is_registered_is_in_it(table: dict[str, Any]) -> None:
    assert list(table["nodes"]) == [
        "Child",
        "DrawNode",
        "Loader",
        "Mystery",
        "PaintNode",
        "Sampler",
    ]


def test_what_the_source_does_not_determine_is_reported(root: Path) -> None:
    _, gaps = read_table(root, "c0ffee", "2030-01-02")
    assert gaps == [
        "Mystery: INPUT_TYPES or RETURN_TYPES cannot be read; known by its name only",
        "comfy_extras.nodes_grown: there is no such file",
    ]


def test_the_older_schema_is_read(table: dict[str, Any]) -> None:
    assert table["nodes"]["Loader"] == {
        "lists": True,
        "outputs": ["MODEL"],
        "inputs": {
            "name": {"kind": "FILE", "folder": "diffusion_models", "choices": ["None"]},
            "way": {"kind": "COMBO", "choices": ["a", "b", "c"], "default": "a"},
        },
    }
    sampler = {
        "lists": True,
        "outputs": ["LATENT", "LATENT"],
        "names": ["output", "denoised"],
        "ends": True,
        "links": True,
        "inputs": {
            "model": {"kind": "MODEL"},
            "seed": {"kind": "INT", "default": 0, "low": 0, "high": 16384, "control": True},
            "layer_0": {"kind": "FLOAT", "low": -1.0},
            "layer_1": {"kind": "FLOAT", "low": -1.0},
            "sampler": {
                "kind": "COMBO",
                "choices": ["euler", "heun"],
                "default": "euler",
                "optional": True,
            },
            "forced": {"kind": "STRING", "widget": False, "optional": True},
            # The class checks the bounds itself.
            "size": {"kind": "INT", "optional": True},
        },
    }
    assert table["nodes"]["Sampler"] == sampler
    assert table["nodes"]["Child"] == sampler
    assert table["nodes"]["Mystery"] == {}


def test_the_v3_schema_is_read(table: dict[str, Any]) -> None:
    speed = {"kind": "COMBO", "choices": ["Slow", "Fast"], "default": "Slow"}
    height = {"kind": "INT", "widget": False}
    assert table["nodes"]["PaintNode"] == {
        "outputs": ["IMAGE", "OUTLINE"],
        "names": ["IMAGE", "outline"],
        "ends": True,
        "inputs": {
            "speed": speed,
            "pace": {**speed, "default": "Fast", "optional": True},
            "images": {
                "kind": "AUTOGROW",
                "names": ["image0", "image1", "image2"],
                "required": 1,
                "each": {"kind": "IMAGE"},
            },
            "mode": {
                "kind": "DYNAMIC_COMBO",
                "options": {
                    "plain": {},
                    "sized": {"width": {"kind": "INT", "default": 64, "low": 16}, "height": height},
                },
            },
            "ink": {"kind": "COLOR", "widget": True},
            "mask": {"kind": "IMAGE,OUTLINE", "optional": True},
            "count": {"kind": "INT,NUMBER", "low": 1, "widget": True},
        },
    }
    assert table["nodes"]["DrawNode"]["inputs"] == {
        "speed": speed,
        "width": {"kind": "INT", "default": 64, "low": 8},
        "height": height,
    }


def test_no_text_is_taken_and_each_class_has_its_line(root: Path) -> None:
    read, _ = read_table(root, "c0ffee", "2030-01-02")
    text = format_table(read)
    assert "No text." not in text
    assert "tooltip" not in text
    assert sum(line.startswith('"') for line in text.splitlines()) == len(read.nodes)


def run_tool(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.read_comfyui_nodes", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_tool_writes_the_table_and_prints_the_gaps(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "nodes.json"
    ran = run_tool(root, "--commit", "c0ffee", "--date", "2030-01-02", "--out", out)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.endswith("6 classes of ComfyUI 7.8.9\n")
    assert "Mystery: INPUT_TYPES or RETURN_TYPES cannot be read" in ran.stdout
    assert json.loads(out.read_text())["commit"] == "c0ffee"


def test_a_checkouts_commit_is_read_from_git(root: Path, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(root, checkout)
    git = ["git", "-C", str(checkout), "-c", "user.name=n", "-c", "user.email=e"]
    dated = {**os.environ, "GIT_COMMITTER_DATE": "2031-05-06T07:08:09Z"}
    for step in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *step], check=True, env=dated)
    ran = run_tool(checkout, "--out", tmp_path / "nodes.json")
    assert ran.returncode == 0, ran.stderr
    table = json.loads((tmp_path / "nodes.json").read_text())
    assert (len(table["commit"]), table["date"]) == (40, "2031-05-06")


def test_a_folder_that_is_no_checkout_is_refused(root: Path, tmp_path: Path) -> None:
    assert "it has no nodes.py" in run_tool(tmp_path).stderr
    ran = run_tool(root, "--out", tmp_path / "nodes.json")
    assert "give --commit and --date" in ran.stderr
    assert (ran.returncode, list(tmp_path.iterdir())) == (2, [])
