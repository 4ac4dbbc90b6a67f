"""A ComfyUI source tree -> poster/comfy/nodes.json: what its own node classes declare.

    python -m tools.read_comfyui_nodes PATH [--commit COMMIT --date DATE]

PATH is a checkout of ComfyUI, or a copy of its files with their commit and its date. Reads the
source without running it: nodes.py, and the files of comfy_extras and comfy_api_nodes that it loads
by default. Only names, types, bounds and choices are taken. Prints what could not be determined
from the source.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.comfyui.declarations import Declaration, UnreadableError, read_declaration, read_schema
from tools.comfyui.evaluate import Evaluator, Native
from tools.comfyui.values import UNKNOWN, Class, Files, Module

TABLE = Path(__file__).parents[1] / "poster" / "comfy" / "nodes.json"
SOURCE = "https://github.com/comfyanonymous/ComfyUI"
_LEGACY_FOLDERS = {"unet": "diffusion_models", "clip": "text_encoders"}
"""Source: ComfyUI 0.33.0, folder_paths.map_legacy."""


def _list_files(_: Evaluator, arguments: list[object], named: dict[str, object]) -> object:
    folder = [*arguments, *named.values()][0]
    return Files(_LEGACY_FOLDERS.get(folder, folder)) if isinstance(folder, str) else UNKNOWN


def _input_folder(_: Evaluator, _arguments: list[object], _named: dict[str, object]) -> object:
    return Files("input")


def _same_files(_: Evaluator, arguments: list[object], _named: dict[str, object]) -> object:
    first = arguments[0] if arguments else UNKNOWN
    return Files(first.folder, list(first.others)) if isinstance(first, Files) else UNKNOWN


NATIVES: dict[str, Native] = {
    "folder_paths.get_filename_list": _list_files,
    "folder_paths.get_input_directory": _input_folder,
    "folder_paths.get_input_subfolders": _input_folder,
    "folder_paths.filter_files_content_types": _same_files,
    **dict.fromkeys(("os.listdir", "os.scandir", "os.path.join", "pathlib.Path"), _same_files),
}
"""What depends on the disk, answered by the folder that is listed."""


@dataclass(frozen=True)
class Table:
    """What poster/comfy/nodes.json has.

    Args:
        head: the source, its version, commit and date, and the names that ComfyUI replaces.
        nodes: what each class declares, by name.
    """

    head: dict[str, object]
    nodes: dict[str, object]


def read_table(root: Path, commit: str, date: str) -> tuple[Table, list[str]]:
    """Read a source tree.

    Args:
        root: a checkout of ComfyUI.
        commit: its commit.
        date: the commit's date, as YYYY-MM-DD.

    Returns:
        The table, and a line for each thing that the source alone does not determine.
    """
    evaluator = Evaluator(root, NATIVES)
    nodes: dict[str, object] = {}
    gaps: list[str] = []
    for name, node in _find_classes(root, evaluator, gaps):
        try:
            declaration = read_declaration(evaluator, node)
        except UnreadableError as error:
            gaps.append(f"{name}: {error} cannot be read; known by its name only")
            declaration = Declaration({})
        nodes[name] = declaration.entry
        gaps += [f"{name}.{gap}: not determined by the source" for gap in declaration.gaps]
    head: dict[str, object] = {
        "source": SOURCE,
        "version": _read_version(root),
        "commit": commit,
        "date": date,
        "replaced": _read_replacements(root, nodes),
    }
    return Table(head, dict(sorted(nodes.items()))), gaps


def format_table(table: Table) -> str:
    """Write a table as JSON, one class a line, so that a new version's changes can be read.

    Args:
        table: from read_table.

    Returns:
        The file's text.
    """
    lines = [f"{_dump(name)}:{_dump(entry)}" for name, entry in table.nodes.items()]
    body = ",\n".join(lines)
    return f'{_dump(table.head)[:-1]},"nodes":{{\n{body}\n}}}}\n'


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _find_classes(root: Path, evaluator: Evaluator, gaps: list[str]) -> Iterator[tuple[str, Class]]:
    """Every class that ComfyUI registers by default, by the name it registers."""
    for name in _list_modules(root):
        module = evaluator.open_module(name)
        if not isinstance(module, Module):
            gaps.append(f"{name}: there is no such file")
            continue
        mapping = module.scope.names.get("NODE_CLASS_MAPPINGS")
        if isinstance(mapping, dict):
            found = {str(key): node for key, node in mapping.items()}
        else:
            found = _list_extension(evaluator, module, gaps)
        for key, node in found.items():
            if isinstance(node, Class):
                yield key, node
            else:
                gaps.append(f"{name}: the class of {key} cannot be read")


def _list_modules(root: Path) -> list[str]:
    """The modules that nodes.py loads. Source: init_extra_nodes there."""
    tree = ast.parse((root / "nodes.py").read_bytes())
    literals = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    extras = [
        f"comfy_extras.{one.removesuffix('.py')}"
        for one in dict.fromkeys(literals)
        if isinstance(one, str) and re.fullmatch(r"nodes_\w+\.py", one)
    ]
    services = sorted(path.stem for path in (root / "comfy_api_nodes").glob("nodes_*.py"))
    return ["nodes", *extras, *(f"comfy_api_nodes.{one}" for one in services)]


def _list_extension(evaluator: Evaluator, module: Module, gaps: list[str]) -> dict[str, object]:
    extension = evaluator.call(module.scope.names.get("comfy_entrypoint", UNKNOWN))
    listed = evaluator.call(evaluator.get(extension, "get_node_list"))
    if not isinstance(listed, list):
        gaps.append(f"{module.name}: the list of its classes cannot be read")
        return {}
    found: dict[str, object] = {}
    for node in listed:
        if not isinstance(node, Class):
            gaps.append(f"{module.name}: a class in its list cannot be read")
            continue
        try:
            name = read_schema(evaluator, node).values.get("node_id")
        except UnreadableError:
            name = None
        found[name if isinstance(name, str) else node.name] = node
    return found


def _read_version(root: Path) -> str:
    text = (root / "comfyui_version.py").read_text(encoding="utf-8")
    found = re.search(r'__version__ = "([\w.]+)"', text)
    return found[1] if found else "unknown"


def _read_replacements(root: Path, nodes: dict[str, object]) -> dict[str, str]:
    """Old names that ComfyUI itself replaces, where no class has them any more."""
    path = root / "comfy_extras" / "nodes_replacements.py"
    found: dict[str, str] = {}
    for node in ast.walk(ast.parse(path.read_bytes())) if path.is_file() else ():
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("NodeReplace"):
            named = {one.arg: one.value for one in node.keywords}
            old, new = (named.get(f"{age}_node_id") for age in ("old", "new"))
            if isinstance(old, ast.Constant) and isinstance(new, ast.Constant):
                found[str(old.value)] = str(new.value)
    return {old: new for old, new in found.items() if old not in nodes and new in nodes}


def read_commit(root: Path) -> tuple[str, str]:
    """Read which commit a checkout is at.

    Args:
        root: a checkout.

    Returns:
        The commit, and its date as YYYY-MM-DD; both empty if it is not a checkout.
    """
    # A copy may lie inside another checkout, whose commit is not its own.
    if not (root / ".git").exists():
        return "", ""
    command = ["git", "-C", str(root), "log", "-1", "--format=%H %cs"]
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    commit, _, date = ran.stdout.strip().partition(" ")
    return commit, date


def main() -> None:
    """Read the tree named on the command line, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("root", metavar="PATH", type=Path, help="a checkout of ComfyUI")
    parser.add_argument("--commit", help="of a copy without git: its commit")
    parser.add_argument("--date", help="of a copy without git: the commit's date, as YYYY-MM-DD")
    parser.add_argument("--out", type=Path, default=TABLE, help="file to write")
    options = parser.parse_args()
    if not (options.root / "nodes.py").is_file():
        parser.error(f"{options.root} is not a checkout of ComfyUI: it has no nodes.py")
    commit, date = options.commit, options.date
    if not (commit and date):
        commit, date = read_commit(options.root)
    if not (commit and date):
        parser.error(f"git finds no commit in {options.root}: give --commit and --date")
    table, gaps = read_table(options.root, commit, date)
    options.out.write_text(format_table(table), encoding="utf-8")
    for line in gaps:
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{len(table.nodes)} classes of ComfyUI {table.head['version']}\n")


if __name__ == "__main__":
    main()
