"""How much longer twelve cover lines of the maximum length take to set than one short line.

Prints the ratio first. Each figure is the CPU time of a cover minus that of the same cover without
words: reading the photo and painting do not count, choosing a style and colours does. The lines are
joined from the titles in bench/titles. If they find no room on the photo, the time until they are
refused counts.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from contextlib import suppress
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.title_sets import TITLE_SETS, TitleSet, read_titles
from poster.errors import TextDoesNotFitError
from poster.graphemes import graphemes
from poster.pipeline import Pipeline
from poster.request import LIMITS, PosterRequest
from poster.settings import Settings

PHOTO = Path(__file__).resolve().parent.parent / "examples" / "dogs.jpg"
HEADLINE = 20
"""Characters of each headline; its deck has the rest."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one run instead of three")
    parser.add_argument("--json", action="store_true", help="print one line of JSON at the end")
    options = parser.parse_args()
    pipeline = Pipeline.open(Settings())
    bare = PosterRequest(
        image=PHOTO.read_bytes(), cover_prompt="no words", stage="cover", engine="studio", seed=7
    )
    one = replace(bare, title="GOOD BOYS", coverlines=("Two at the window | What they wait for",))
    long = [
        replace(bare, title=read_titles(titles)[0].text, coverlines=join_lines(titles))
        for titles in TITLE_SETS
    ]
    time_cpu(pipeline, one)  # the first request is slower
    runs = [
        [time_cpu(pipeline, request) for request in (bare, one, *long)]
        for _ in range(1 if options.quick else 3)
    ]
    empty, short, *times = (statistics.median(figures) for figures in zip(*runs, strict=True))
    figures = {
        titles.name: {"ratio": (seconds - empty) / (short - empty), "seconds": seconds - empty}
        for titles, seconds in zip(TITLE_SETS, times, strict=True)
    }
    print(f"{'':22}{'ratio':>7}{'CPU s':>8}")
    for name, figure in figures.items():
        print(f"{name:22}{figure['ratio']:7.1f}{figure['seconds']:8.2f}")
    if options.json:
        print(json.dumps(figures))


def join_lines(titles: TitleSet) -> tuple[str, ...]:
    """Join titles to as many cover lines as a request allows, each as long as it allows."""
    joint = " " if titles.spaced or titles.name == "Korean" else ""
    letters = cycle(graphemes(joint.join(title.text for title in read_titles(titles)) + joint))
    lines = []
    for _ in range(LIMITS.coverlines):
        headline = "".join(islice(letters, HEADLINE)).strip()
        deck = "".join(islice(letters, LIMITS.coverline_graphemes - HEADLINE - 1)).strip()
        lines.append(f"{headline}|{deck}")
    return tuple(lines)


def time_cpu(pipeline: Pipeline, request: PosterRequest) -> float:
    """Return the CPU seconds that a request takes."""
    started = time.process_time()
    with suppress(TextDoesNotFitError):
        pipeline.make(request)
    return time.process_time() - started


if __name__ == "__main__":
    main()
