"""Compares an earlier commit with the working tree: their posters, or how long a bench takes.

    python bench/before.py COMMIT [BENCH] [--quick] [--json]

BENCH is `pictures`, or the name of a bench that measures its own version. For pictures, both
versions make the same posters of bench/photos with `poster make`. Both are measured with the
current code, so that a change in how something is measured does not show up as a change in the
pictures. Pairs that differ are drawn side by side. Any other bench runs at both commits,
alternately, and so takes twice as long as on its own; figures with the same name are compared. The
earlier commit is checked out temporarily, with its pinned packages installed; the time limit of
--quick does not include that installation.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.picture_pairs import (  # noqa: E402  # found by the line above
    Versions,
    alternating,
    compare_pictures,
    plan_posters,
)
from bench.picture_scores import MEASURES  # noqa: E402
from tools.earlier import Version, check_out, current, find_commit, last_line  # noqa: E402

PICTURES = "pictures"
BENCHES: dict[str, tuple[str, ...]] = {
    PICTURES: (),
    "poster_speed": ("cog",),
    "envelope_speed": (),
    "shim_overhead": ("cog", "runpod"),
    "cold_start": ("flux",),
    "compute": ("flux",),
}
"""What can be compared -> the extras that it needs."""

ROUNDS = 3


def main() -> None:
    """Compare, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("commit", metavar="COMMIT", help="any name of a commit, such as HEAD~3")
    parser.add_argument("bench", nargs="?", choices=BENCHES, default=PICTURES, metavar="BENCH",
                        help=f"{', '.join(BENCHES)} (default: {PICTURES})")  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="four small pictures, or one round")
    parser.add_argument("--json", action="store_true", help="print one line of JSON at the end")
    parser.add_argument(
        "--photo", metavar="NAME", action="append", help="only this photo; can be repeated"
    )
    parser.add_argument("--out", metavar="DIR", type=Path, default=ROOT / "out" / "before",
                        help="folder for the pictures (default: out/before)")  # fmt: skip
    options = parser.parse_args()
    commit = find_commit(options.commit)
    with check_out(commit, BENCHES[options.bench]) as earlier:
        versions = {"before": earlier, "now": current()}
        if options.bench == PICTURES:
            wanted = list(plan_posters(options.photo, is_quick=options.quick))
            figures = compare_pictures(versions, wanted, options.out)
            print_pictures(figures)
        else:
            rounds = 1 if options.quick else ROUNDS
            arguments = ["--quick"] if options.quick else []
            figures = compare_figures(versions, options.bench, arguments, rounds)
            print_figures(figures)
    if options.json:
        print(json.dumps({"commit": commit, "bench": options.bench, **figures}))


def print_pictures(figures: Mapping[str, Any]) -> None:
    """Print how many pictures differ, then the table of means."""
    for picture, names in figures["differ"].items():
        shown = f", in pairs_{picture}.jpg" if names else ""
        print(f"{picture}s that differ: {len(names)} of {figures['posters']}{shown}")
    print(f"{'mean of a poster':26}{'before':>10}{'now':>10}{'change':>10}{'n':>5}  better")
    for name, row in figures["means"].items():
        cells = f"{row['before']:10.4f}{row['now']:10.4f}{row['change']:+10.4f}{row['n']:5}"
        print(f"{name:26}{cells}  {row['better']}")
    for name in MEASURES:
        if name not in figures["means"]:
            print(f"{name}: not measured (no reader is installed for these titles)")
    for which, troubles in figures["refused"].items():
        for name, trouble in troubles.items():
            print(f"not made {which}: {name}: {trouble}")


def compare_figures(
    versions: Versions, bench: str, arguments: Sequence[str], rounds: int
) -> dict[str, Any]:
    """Run each version's own bench, alternately.

    Args:
        versions: the versions to measure.
        bench: name of a file in bench/ of both versions, without .py.
        arguments: the bench's arguments.
        rounds: how often each runs; medians are compared.

    Returns:
        `figures`: path -> before, now, and the ratio now / before, for figures that both have;
        `lacking`: the paths of figures that only one has.
    """
    found: dict[str, list[dict[str, float]]] = {which: [] for which in versions}
    for number in range(rounds):
        for which, version in alternating(versions, number):
            print(f"{number + 1} of {rounds}: {which}", file=sys.stderr)
            found[which].append(run_bench(version, bench, arguments))
    before, now = (
        {name: statistics.median(run[name] for run in runs) for name in runs[0]}
        for runs in found.values()
    )
    return {
        "figures": {
            name: {
                "ratio": now[name] / before[name] if before[name] else None,
                "now": now[name],
                "before": before[name],
            }
            for name in before
            if name in now
        },
        "lacking": sorted(before.keys() ^ now.keys()),
    }


def run_bench(version: Version, bench: str, arguments: Sequence[str]) -> dict[str, float]:
    """Run a bench once, and return its figures by path."""
    done = version.run([f"bench/{bench}.py", "--json", *arguments])
    if done.returncode:
        raise SystemExit(f"{bench} failed in {version.folder}: {last_line(done)}")
    return dict(flatten(json.loads(done.stdout.splitlines()[-1])))


def flatten(value: object, path: str = "") -> Iterator[tuple[str, float]]:
    """Yield every number in a bench's JSON, with the path of keys that leads to it."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from flatten(part, f"{path} {key}".strip())
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield path, value


def print_figures(figures: Mapping[str, Any]) -> None:
    """Print the table."""
    print(f"{'now/before':>10}{'now':>14}{'before':>14}")
    for name, row in figures["figures"].items():
        ratio = "-" if row["ratio"] is None else f"{row['ratio']:.3f}"
        print(f"{ratio:>10}{row['now']:14.4f}{row['before']:14.4f}  {name}")
    if figures["lacking"]:
        print(f"in one version only: {', '.join(figures['lacking'])}")


if __name__ == "__main__":
    main()
