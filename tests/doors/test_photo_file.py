import os
from pathlib import Path

import pytest

from poster.doors.photo_file import is_url, read_photo
from poster.errors import RequestError
from poster.request import LIMITS


def test_a_photo_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"pixels")

    assert read_photo(path) == b"pixels"


def test_a_photo_over_the_bound_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    with path.open("wb") as file:
        file.truncate(LIMITS.image_bytes + 1)

    with pytest.raises(RequestError, match=r"image: is 40\.0 MB; the maximum is 40 MB"):
        read_photo(path)


def test_a_missing_photo_is_refused_without_its_path(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="image: the file does not exist") as raised:
        read_photo(tmp_path / "none.jpg")

    assert str(tmp_path) not in str(raised.value)


def test_a_caller_who_gave_the_path_is_shown_it(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"^image: photos/none\.jpg does not exist$"):
        read_photo(tmp_path / "none.jpg", "photos/none.jpg")


@pytest.mark.parametrize("kind", ["folder", "pipe", "device"])
def test_anything_but_a_regular_file_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path = Path("/dev/zero")

    with pytest.raises(RequestError, match=f"image: the file is a .*{kind}"):
        read_photo(path)


@pytest.mark.parametrize("text", ["https://a.example/x.jpg", "HTTP://x", "https:/x", "s3://b/x"])
def test_a_url_is_recognised(text: str) -> None:
    assert is_url(text)


@pytest.mark.parametrize("text", ["photo.jpg", "C:/photo.jpg", "/a/b:c/d.jpg", "a:b.jpg", ""])
def test_a_path_is_not_a_url(text: str) -> None:
    assert not is_url(text)
