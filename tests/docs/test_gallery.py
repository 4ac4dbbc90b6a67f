"""The gallery shows what its requests say, and only photos that may be shown."""

import re
from pathlib import Path

import pytest

from poster.cover.layout.styles import STYLES
from poster.envelope.design_library import DesignLibrary
from tools.make_gallery import GALLERY, read_pages, read_records, write_page

COVERS, ENVELOPES = read_records()
PAGES = {
    language: (GALLERY.parent / words["file"]).read_text(encoding="utf-8")
    for language, words in read_pages().items()
}


@pytest.mark.parametrize("language", PAGES)
def test_each_page_is_what_its_records_make(language: str) -> None:
    assert write_page(language, COVERS, ENVELOPES) == PAGES[language]


def test_every_style_is_shown_in_several_scripts_and_kinds_of_photo() -> None:
    for style in STYLES:
        own = [record for record in COVERS if record["request"]["style"] == style]
        assert len({record["request"]["language"] for record in own}) >= 4
        assert len({record["shows"]["en"] for record in own}) >= 3


def test_every_envelope_in_stock_is_shown_and_every_way_to_have_one() -> None:
    assert {one.get("variant") for one in ENVELOPES} >= {
        one.name for one in DesignLibrary.open().designs
    }
    told = [one["request"] for one in ENVELOPES]
    for name in ("background", "closure", "glare"):
        assert any(name in request for request in told)
    assert any(request["stage"] == "envelope" for request in told)


def test_what_may_not_be_shown_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "covers.json").write_text('[{"name": "a", "photo": "wall_clock", "request": {}}]')
    (tmp_path / "envelopes.json").write_text("[]")
    monkeypatch.setattr("tools.make_gallery.GALLERY", tmp_path)
    with pytest.raises(SystemExit, match="does not allow a cover"):
        read_records()


@pytest.mark.parametrize("language", PAGES)
def test_every_picture_of_a_page_is_there(language: str) -> None:
    pictures = re.findall(r"\]\((gallery/[^)]+\.jpg)\)", PAGES[language])
    assert len(pictures) == len(COVERS) + len(ENVELOPES)
    for picture in pictures:
        assert (GALLERY.parent / picture).stat().st_size > 10_000
