"""An earlier version beside this one, in one run: what its posters measure, or how long it takes.

    python bench/before.py COMMIT [BENCH] [--quick] [--json]

BENCH is `pictures`, or a bench that measures its own version. For pictures both versions make the
same posters of bench/photos by `poster make`, and today's code measures what they wrote, so that a
changed measure is no change of the pictures. The pairs that differ are drawn side by side. Another
bench runs as it was at each commit, by turns, and takes twice what it takes alone; its figures of
the same name are compared. The earlier version is checked out for the time of the run, and gets
what it pinned; --quick counts without what pip may take for that.
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
    by_turns,
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
"""What can be compared, and the extras that it needs."""

ROUNDS = 3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("commit", metavar="COMMIT", help="what git takes for one, such as HEAD~3")
    parser.add_argument("bench", nargs="?", choices=BENCHES, default=PICTURES, metavar="BENCH",
                        help=f"{', '.join(BENCHES)}; {PICTURES} if left out")  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="four small pictures, or one round")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--photo", metavar="NAME", action="append", help="these alone; repeats")
    parser.add_argument("--out", metavar="DIR", type=Path, default=ROOT / "out" / "before",
                        help="where pictures are left (default: out/before)")  # fmt: skip
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
    """The table, with what differs before it."""
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
    """Run each version's own bench, by turns.

    Args:
        versions: that are measured.
        bench: name of a file in both versions' bench, without .py.
        arguments: for it.
        rounds: how often each runs; medians are compared.

    Returns:
        Figures that both have, by path: before, now, and the ratio now over before; and the paths
        of those that one of them lacks.
    """
    found: dict[str, list[dict[str, float]]] = {which: [] for which in versions}
    for number in range(rounds):
        for which, version in by_turns(versions, number):
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
    """The figures of one run."""
    done = version.run([f"bench/{bench}.py", "--json", *arguments])
    if done.returncode:
        raise SystemExit(f"{bench} failed in {version.folder}: {last_line(done)}")
    return dict(flatten(json.loads(done.stdout.splitlines()[-1])))


def flatten(told: object, path: str = "") -> Iterator[tuple[str, float]]:
    """Every number in a bench's JSON, by the keys that lead to it."""
    if isinstance(told, dict):
        for key, value in told.items():
            yield from flatten(value, f"{path} {key}".strip())
    elif isinstance(told, (int, float)) and not isinstance(told, bool):
        yield path, told


def print_figures(figures: Mapping[str, Any]) -> None:
    """The table."""
    print(f"{'now/before':>10}{'now':>14}{'before':>14}")
    for name, row in figures["figures"].items():
        ratio = "-" if row["ratio"] is None else f"{row['ratio']:.3f}"
        print(f"{ratio:>10}{row['now']:14.4f}{row['before']:14.4f}  {name}")
    if figures["lacking"]:
        print(f"only one version has: {', '.join(figures['lacking'])}")


if __name__ == "__main__":
    main()
