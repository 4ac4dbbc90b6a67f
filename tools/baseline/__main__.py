"""Shows which benchmark covers changed since the baseline was last accepted, and accepts them.

    python -m tools.baseline                 list what changed; show before and after side by side
    python -m tools.baseline --accept        accept the current covers as the new baseline
    python -m tools.baseline --look-again    rerun the networks on the photos; store the results
    python -m tools.baseline --draw FOLDER NAME ...    draw covers without comparing them

"Before" is drawn by the commit that last accepted the baseline, with the packages it pins.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.baseline.covers import Record, Studio
from tools.baseline.page import write_page
from tools.baseline.photos import ROOT, read_names, store_looks
from tools.baseline.record import COVERS, describe, find_changes, read_records, write_records
from tools.earlier import check_out

PAGE = ROOT / "out" / "baseline.html"
Pictures = dict[str, NDArray[np.uint8]]


def main() -> int:
    """Run the command.

    Returns:
        0 if nothing changed or the changes were accepted; otherwise 1.
    """
    parser = argparse.ArgumentParser(
        prog="python -m tools.baseline",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--accept", action="store_true", help="accept the current covers")
    action.add_argument("--look-again", action="store_true", help="rerun the networks")
    action.add_argument("--draw", type=Path, metavar="FOLDER", help="draw covers into a folder")
    parser.add_argument("names", nargs="*", metavar="NAME", help="photos to draw (default: all)")
    options = parser.parse_args()
    if options.look_again:
        store_looks()
        return 0
    if options.draw:
        _draw(options.draw, options.names or read_names())
        return 0
    pictures, records = _make_all()
    changes = find_changes(read_records() if COVERS.exists() else {}, records)
    print(describe(changes))
    if options.accept:
        write_records(records)
        print(f"accepted {len(records)} covers: commit {COVERS.relative_to(ROOT)}")
        return 0
    if not changes:
        return 0
    write_page(PAGE, changes, _draw_before(list(changes)), pictures)
    print(f"compare the covers in {PAGE.relative_to(ROOT)}")
    print("to accept the changes, run python -m tools.baseline --accept")
    return 1


def _make_all() -> tuple[Pictures, dict[str, Record]]:
    studio, pictures, records = Studio(), {}, {}
    for name in read_names():
        pictures[name], records[name] = studio.make(name)
    return pictures, records


def _draw(folder: Path, names: Sequence[str]) -> None:
    studio = Studio()
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        picture, _ = studio.make(name)
        cv2.imwrite(str(folder / f"{name}.png"), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))


def _draw_before(names: Sequence[str]) -> Pictures:
    """Covers as drawn by the commit that last accepted the baseline."""
    log = ["git", "-C", str(ROOT), "log", "-1", "--format=%H", "--", str(COVERS)]
    commit = subprocess.run(log, check=True, capture_output=True, text=True).stdout.strip()
    if not commit:
        print("no commit has accepted a baseline yet: nothing to compare with", file=sys.stderr)
        return {}
    with check_out(commit) as version, tempfile.TemporaryDirectory() as folder:
        drawn = version.run(["-m", "tools.baseline", "--draw", folder, *names])
        if drawn.returncode:
            raise SystemExit(f"commit {commit[:12]} cannot draw its covers:\n{drawn.stderr}")
        return {path.stem: _read(path) for path in Path(folder).iterdir()}


def _read(path: Path) -> NDArray[np.uint8]:
    stored = cv2.imread(str(path))
    return np.asarray(cv2.cvtColor(np.asarray(stored), cv2.COLOR_BGR2RGB), np.uint8)


if __name__ == "__main__":
    sys.exit(main())
