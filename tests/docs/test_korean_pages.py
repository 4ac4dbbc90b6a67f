"""Every page has a Korean one, and the two agree: what readers type, see, look up and follow."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    *(page for page in sorted((ROOT / "docs").glob("*.md")) if not page.name.endswith(".ko.md")),
]

REPLACED = {
    "명세서": "제작 기록",
    "활자": "글자, 또는 편집 가능한 텍스트",
    "차가운 (워커|시작)": "콜드 스타트",
    "각 입구": "명령줄, 파이썬, Cog, RunPod",
    "우리 쪽의 결함": "내부 오류",
    "더 태우": "어둡게 하거나 밝게 하는(번·닷지)",
    "경로 추적": "패스 트레이싱",
    "선형광": "선형 색 공간",
    "밀착 인화": "콘택트 시트",
    "까닭": "이유",
    "십시오": "-하세요",
}
"""Words that made Korean readers stop, and what to write instead."""

FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^(#+) (.*)$", re.MULTILINE)


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def korean(page: Path) -> Path:
    return page.with_suffix(".ko.md")


def prose(page: Path) -> str:
    """The page without its code blocks."""
    return FENCE.sub("", read(page))


def names(text: str) -> list[str]:
    return [" ".join(name.split()) for name in re.findall(r"`([^`]+)`", text)]


def links(page: Path) -> set[str]:
    return set(re.findall(r"\]\(([^)]+)\)", prose(page)))


def sections(page: Path) -> list[str]:
    """The anchors of the page's headings, as GitHub makes them."""
    headings = [heading for _, heading in HEADING.findall(prose(page))]
    return [re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings]


def tables(page: Path) -> list[list[list[str]]]:
    """The cells of each row of each table."""
    blocks = re.findall(r"(?:^\|.*\n)+", prose(page), re.MULTILINE)
    return [[re.split(r"(?<!\\)\|", row)[1:-1] for row in block.splitlines()] for block in blocks]


@pytest.fixture(params=PAGES, ids=[page.stem for page in PAGES])
def page(request: pytest.FixtureRequest) -> Path:
    """An English page."""
    path: Path = request.param
    return path


def test_each_page_links_to_the_other_under_its_heading(page: Path) -> None:
    other = korean(page)
    for path, switch in (
        (page, f"English | [한국어]({other.name})"),
        (other, f"[English]({page.name}) | 한국어"),
    ):
        heading, first = (line for line in read(path).splitlines()[:3] if line)
        assert heading.startswith("# ")
        assert first == switch


def test_both_have_the_same_commands_and_examples(page: Path) -> None:
    assert FENCE.findall(read(korean(page))) == FENCE.findall(read(page))


def test_both_have_the_same_sections(page: Path) -> None:
    ours, theirs = (
        [level for level, _ in HEADING.findall(prose(path))] for path in (korean(page), page)
    )
    assert ours == theirs


def test_both_have_the_same_tables_for_the_same_names(page: Path) -> None:
    ours, theirs = (
        [[(names(row[0]), len(row)) for row in table] for table in tables(path)]
        for path in (korean(page), page)
    )
    assert ours == theirs


def test_each_section_and_row_names_the_same_things_that_a_reader_types(page: Path) -> None:
    for ours, theirs in zip(pieces(korean(page)), pieces(page), strict=True):
        assert set(names(ours)) == set(names(theirs)), ours


def test_both_show_the_same_pictures(page: Path) -> None:
    picture = re.compile(r"!\[[^\]]+\]\(([^)]+)\)")
    assert picture.findall(read(korean(page))) == picture.findall(read(page))


def test_every_figure_of_a_section_or_row_is_in_the_korean_one(page: Path) -> None:
    """Words may stand for figures in English, as two thirds do; so Korean may have more."""
    for ours, theirs in zip(pieces(korean(page)), pieces(page), strict=True):
        assert not figures(theirs) - figures(ours), ours


def pieces(page: Path) -> list[str]:
    """The text of the page's sections, and then the rows of its tables; without links' targets."""
    text = re.sub(r"\]\([^)]+\)", "]", prose(page))
    row = re.compile(r"^\|.*$", re.MULTILINE)
    return [*HEADING.sub("\f", row.sub("", text)).split("\f"), *row.findall(text)]


def figures(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:[.,]\d+)*", text))


def test_korean_links_lead_where_the_english_ones_do_and_to_korean_pages(page: Path) -> None:
    switches = {page.name, korean(page).name}
    expected = {korean_link(page, link) for link in links(page) - switches}
    assert links(korean(page)) - switches == expected


def korean_link(page: Path, link: str) -> str:
    """Where the Korean page links to instead."""
    name, _, section = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if target not in PAGES:
        return link
    name = f"{name.removesuffix('.md')}.ko.md" if name else ""
    if not section:
        return name
    return f"{name}#{sections(korean(target))[sections(target).index(section)]}"


def test_every_file_and_section_that_a_page_links_exists(page: Path) -> None:
    for path in (page, korean(page)):
        for link in links(path):
            name, _, section = link.partition("#")
            target = path.parent / name if name else path
            assert target.exists(), link
            assert not section or section in sections(target), link


def test_no_word_that_made_readers_stop_is_back(page: Path) -> None:
    for word, instead in REPLACED.items():
        found = re.search(word, read(korean(page)))
        assert not found, f"instead of {found}, write {instead}"
