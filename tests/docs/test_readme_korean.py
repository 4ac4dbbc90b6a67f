"""README.ko.md keeps up with README.md: the same commands, fields, defaults and pictures."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENGLISH = (ROOT / "README.md").read_text(encoding="utf-8")
KOREAN = (ROOT / "README.ko.md").read_text(encoding="utf-8")


def test_both_have_the_same_commands() -> None:
    commands = re.compile(r"```sh\n.*?```", re.DOTALL)
    assert commands.findall(KOREAN) == commands.findall(ENGLISH)


def test_both_have_the_same_sections_and_fields() -> None:
    sections, fields = (re.compile(text, re.MULTILINE) for text in (r"^##+ ", r"^\| `[^|]*` \|"))
    assert len(sections.findall(KOREAN)) == len(sections.findall(ENGLISH))
    assert fields.findall(KOREAN) == fields.findall(ENGLISH)


def test_both_name_the_same_things_that_a_reader_types() -> None:
    def names(text: str) -> set[str]:
        return set(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)))

    assert names(KOREAN) == names(ENGLISH)


def test_both_show_the_same_pictures() -> None:
    pictures = re.compile(r"!\[[^\]]+\]\(([^)]+)\)")
    assert pictures.findall(KOREAN) == pictures.findall(ENGLISH)


def test_every_file_that_it_links_exists() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", KOREAN):
        assert (ROOT / target).exists(), target
