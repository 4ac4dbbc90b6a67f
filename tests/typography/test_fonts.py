from __future__ import annotations

import subprocess
import sys

import pytest

from poster.errors import AssetError
from poster.typography import fonts
from poster.typography.fonts import FACES, FontFace, covered, face_path, shaping_face


@pytest.mark.parametrize("family", FACES)
def test_every_font_has_the_family_name_that_we_use(family: str) -> None:
    names = shaping_face(family)
    # Name 1 is the family, name 16 that of a font with many styles. Source: OpenType, name.
    own = {names.get_name(1), names.get_name(16)}
    assert any(name and name.startswith(family) for name in own)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(fonts.FACES, "Anton", FontFace("fontpkg_absent", "files/Absent.ttf"))
    with pytest.raises(AssetError, match="fontpkg-absent"):
        face_path("Anton")


def test_a_missing_file_is_named_by_package_and_family(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(fonts.FACES, "Anton", FontFace("fontpkg_anton", "files/Absent.ttf"))
    with pytest.raises(AssetError, match="fontpkg-anton lacks Anton"):
        face_path("Anton")


def test_anton_has_vietnamese_and_no_cyrillic() -> None:
    assert set(map(ord, "ĐƯỜNG PHỐ ộ")) <= covered("Anton")
    assert ord("Ж") not in covered("Anton")


def test_importing_the_typesetter_opens_no_font() -> None:
    program = (
        "import sys\n"
        "opened = []\n"
        "sys.addaudithook(lambda event, args: opened.append(str(args[0]))"
        " if event == 'open' else None)\n"
        "import poster.typography.typeset\n"
        "assert not [name for name in opened if name.endswith(('.ttf', '.ttc', '.otf', '.typ'))]\n"
        "from poster.typography import fonts\n"
        "assert fonts.shaping_face.cache_info().currsize == 0\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
