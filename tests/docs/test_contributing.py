"""CONTRIBUTING and SECURITY are true: links lead somewhere, and recipes leave nothing out."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from poster.comfy.json_file import MAX_BYTES, MAX_DEPTH
from poster.cover.layout.styles import STYLES
from poster.network.bucket import LINK_VALID_S
from poster.network.fetch import REDIRECTS_MAX, TIMEOUTS
from poster.photo import effort
from poster.request import LIMITS
from tests.support.command_line import output_of

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECURITY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
SECTIONS = {
    part.partition("\n")[0]: part for part in re.split(r"^## ", GUIDE, flags=re.MULTILINE)[1:]
}
BLOCKS = re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
QUOTED = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", GUIDE, flags=re.DOTALL))
COMMANDS = [
    *(line for block in BLOCKS for line in block.splitlines()),
    *(text for text in QUOTED if re.match(r"(STORE_GOLDENS=1 )?\S*python |make |\S*poster ", text)),
]
MADE = {"out", ".cog"}
"""Folders that commands write and git ignores."""

WRITTEN = {
    "poster/assets/plates": "tools.bake_plates",
    "docs/gallery.md": "tools.make_gallery",
    "docs/gallery.ko.md": "tools.make_gallery",
    "tests/baseline/covers.json": "tools.baseline",
    "requirements": "make locks",
    "requirements.txt": "make locks",
}
"""A file or folder -> the command that writes it, which a recipe may name in its place."""

FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))


@cache
def texts() -> dict[str, str]:
    """Every text file of the repository, by its path."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = {}
    for name in listed.stdout.splitlines():
        data = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b"\0"
        if b"\0" not in data:
            found[name] = data.decode("utf-8", "replace")
    return found


def told_in(section: str, name: str) -> bool:
    """Whether a section names a file, or the command that writes it."""
    paths = [name, *(str(folder) for folder in Path(name).parents)]
    commands = [WRITTEN[path] for path in paths if path in WRITTEN]
    return any(each in SECTIONS[section] for each in (f"({name})", *commands))


def untold(section: str, *patterns: str) -> list[str]:
    """Files outside the tests that hold every one of the patterns and that a section leaves out."""
    return [
        name
        for name, text in texts().items()
        if all(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)
        and (not name.startswith("tests/") or name in WRITTEN)
        and not told_in(section, name)
        and name not in {"CONTRIBUTING.md", "SECURITY.md"}
        # Grades and the requests for them are of the styles and scripts that there were.
        and "grading" not in name
    ]


def test_it_can_be_read_at_once() -> None:
    assert len(GUIDE.splitlines()) < 220


@pytest.mark.parametrize("page", [GUIDE, SECURITY], ids=["CONTRIBUTING", "SECURITY"])
def test_every_link_leads_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page):
        if target.startswith("#"):
            heading = target[1:].replace("-", " ")
            assert heading in {name.lower() for name in SECTIONS}, target
        elif not target.startswith("https://"):
            assert (ROOT / target).exists(), target


@pytest.mark.parametrize("page", [GUIDE, SECURITY], ids=["CONTRIBUTING", "SECURITY"])
def test_every_path_that_is_named_exists(page: str) -> None:
    for name in re.findall(r"`([\w.]+(?:/[\w.]+)*/?(?:\.\w+)?)`", page):
        if ("/" in name or name.endswith((".py", ".md", ".toml"))) and (
            name.partition("/")[0] not in MADE
        ):
            places = ROOT, ROOT / "poster" / "engines"
            assert any((place / name).exists() for place in places), name


def test_names_in_the_recipes_are_in_the_files_beside_them() -> None:
    for title, section in SECTIONS.items():
        linked = re.findall(r"\]\(([\w./]+\.\w+)\)", section)
        held = "\n".join(texts()[name] for name in linked if name in texts())
        for name in re.findall(r"`(_?[A-Z]+(?:_[A-Z]+)+|[A-Z]{5,}|__\w+__)`", section):
            assert re.search(rf"\b{name}\b", held), (title, name)


def test_every_folder_of_the_package_is_described() -> None:
    folders = {path.parent.name for path in (ROOT / "poster").glob("*/__init__.py")}
    described = set(re.findall(r"\(poster/(\w+)\)", SECTIONS["Where things are"]))
    assert described == folders


@pytest.mark.parametrize(
    "word",
    ["door", "engine", "stage", "plan", "slot", "block", "masthead", "deck", "folio", "plate",
     "design", "look", "style", "voice"],
)  # fmt: skip
def test_house_words_are_explained(word: str) -> None:
    rows = re.findall(r"^\| ([a-z, ]+) \|", SECTIONS["Where things are"], re.MULTILINE)
    assert word in {each for row in rows for each in row.split(", ")}


def test_a_style_is_added_where_the_others_are() -> None:
    assert untold("Add a style", *(rf"\b{name}\b" for name in STYLES)) == []


def test_a_font_is_added_where_one_with_every_axis_is() -> None:
    assert untold("Add a font", r"bodoni[ _-]moda") == []


def test_an_envelope_is_added_where_another_is() -> None:
    assert untold("Add an envelope", r"\bloft\b") == []


def test_a_script_is_added_where_others_are() -> None:
    for script in ("Geor", "Thai", "Deva", "Hebr", "Arab"):
        assert untold("Add a script", rf'"{script}"') == []
    assert untold("Add a script", r'"ka"', r"tesseract|TitleSet") == []


def test_a_field_is_added_where_another_is() -> None:
    # What only passes the closure on is not where a field is declared, documented or planned.
    declared = ["poster/request.py", "predict.py", "poster/plan.py", "README.md", "README.ko.md"]
    for name in (*declared, "tests/contract/test_doors_agree.py"):
        assert "closure" in texts()[name]
        assert told_in("Add a request field", name), name


def test_every_target_of_make_that_is_named_exists() -> None:
    listed = output_of("make help", ROOT)
    for target in re.findall(r"`make (\w+)`", GUIDE + SECURITY):
        assert f"make {target}" in listed


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the schema's commands need, with this environment."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copy(ROOT / "predict.py", folder)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


@pytest.mark.parametrize("command", dict.fromkeys(COMMANDS))
def test_a_command_runs_or_is_one_that_would(command: str, checkout: Path) -> None:
    if command.startswith("make "):
        output_of(command.replace("make", "make --dry-run", 1), ROOT)
    elif "poster schema" in command:
        output_of(command, checkout)
        assert (checkout / "predict.py").read_text() == (ROOT / "predict.py").read_text()
    elif "-m pytest" in command:
        line = command.replace(".venv/bin/python", sys.executable).replace("NAME", "strips")
        assert "collected" in output_of(f"{line} --collect-only", ROOT)
    elif module := re.search(r"-m (tools\.\w+)", command):
        assert find_spec(module[1])
        for flag in re.findall(r" (--[a-z-]+)", command):
            assert flag in output_of(f"{sys.executable} -m {module[1]} --help", ROOT)
    elif script := re.search(r"bench/\w+\.py", command):
        assert "COMMIT" in output_of(f"{sys.executable} {script[0]} --help", ROOT)
    else:
        assert command == "pre-commit install"


def test_bounds_in_security_are_those_of_the_code() -> None:
    megabytes, megapixels = LIMITS.image_bytes / 1e6, LIMITS.image_pixels / 1e6
    assert (
        f"{megabytes:.0f} MB, {megapixels:.0f} megapixels and {LIMITS.image_long_side}" in SECURITY
    )
    most = round(effort._MAX_PASSED_PIXELS / LIMITS.image_pixels)
    assert f"more than {effort._MAX_PASSES} passes over its channels, or {most} over" in SECURITY
    assert f"there may be {REDIRECTS_MAX}" in SECURITY
    assert f"within {TIMEOUTS.total_s:.0f} s, {TIMEOUTS.silence_s:.0f} s of which" in SECURITY
    assert f"at most {MAX_BYTES / 1e6:.0f} MB and {MAX_DEPTH} levels" in SECURITY
    assert f"for {LINK_VALID_S / 86400:.0f} days" in SECURITY


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_a_form_is_one_that_github_takes(form: Path) -> None:
    # Source: GitHub's syntax for issue forms.
    told = yaml.safe_load(form.read_text(encoding="utf-8"))
    if form.stem == "config":
        assert set(told) <= {"blank_issues_enabled", "contact_links"}
        return
    assert set(told) <= {"name", "description", "title", "labels", "body"}
    ids = [part["id"] for part in told["body"] if part["type"] != "markdown"]
    assert len(set(ids)) == len(ids)
    for part in told["body"]:
        assert part["type"] in {"markdown", "textarea", "input", "dropdown", "checkboxes"}
        assert part["attributes"].get("label") or part["type"] == "markdown"


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("bug", ["poster.json", "poster doctor --json", "poster --version", "request as JSON"]),
        ("picture", ["poster.json", "poster --version", "licence", "expected"]),
    ],
)
def test_a_form_asks_for_what_an_answer_needs(name: str, asked: list[str]) -> None:
    text = (ROOT / ".github" / "ISSUE_TEMPLATE" / f"{name}.yml").read_text(encoding="utf-8")
    assert [each for each in asked if each not in text] == []
