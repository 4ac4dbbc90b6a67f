"""A list's name and a local copy of its source -> its file in poster/assets/lists.

    python -m tools.lists NAME PATH --taken YYYY-MM-DD [--out DIR]

    gpus, hub_fields   PATH is a checkout of github.com/runpod/docs
    image_owners       PATH is a folder of checkouts, each at OWNER/NAME as on GitHub
    torch_wheels       PATH is a folder with the METADATA files of torch's wheels

Reads local files only. --taken is the date of the copy, which findings and notes show.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from tools.lists.image_owners import read_image_owners
from tools.lists.runpod_docs import SourceError, read_gpus, read_hub_fields
from tools.lists.torch_wheels import read_torch_wheels

LISTS: dict[str, tuple[str, Callable[[Path], dict[str, Any]]]] = {
    "gpus": ("github.com/runpod/docs", read_gpus),
    "hub_fields": ("github.com/runpod/docs, hub/publishing-guide.mdx", read_hub_fields),
    "image_owners": ("the documentation of each project", read_image_owners),
    "torch_wheels": ("the metadata of torch's Linux wheels on PyPI", read_torch_wheels),
}
"""Name -> its source, and what reads a copy of it."""

OUT = Path(__file__).parents[2] / "poster" / "assets" / "lists"


def main(arguments: Sequence[str] | None = None) -> None:
    """Write one list.

    Args:
        arguments: of the command line.
    """
    parser = argparse.ArgumentParser(prog="python -m tools.lists", description=__doc__)
    parser.add_argument("name", choices=LISTS)
    parser.add_argument("path", type=Path, help="local copy of the source")
    parser.add_argument("--taken", type=date.fromisoformat, required=True, help="date of the copy")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args(arguments)
    source, read = LISTS[options.name]
    try:
        content = {"source": source, "taken": options.taken.isoformat(), **read(options.path)}
    except SourceError as error:
        parser.error(str(error))
    path = options.out / f"{options.name}.json"
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(path)


if __name__ == "__main__":
    main()
