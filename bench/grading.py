"""Makes covers from requests as customers write them, to be graded by eye; and counts the grades.

    python bench/grading.py make SET [--commit COMMIT] [--each N] [--photo NAME]
    python bench/grading.py faults FOLDER [FOLDER ...]
    python bench/grading.py table

SET is a set of photos of bench/grading/requests.json. `tuning` may be looked at while the code
changes; the other two are kept unseen, each for one round of grading. Every photo gets N requests,
about what it shows and in N languages. out/grading/ then has a page to look at, with each cover at
full size, as wide as a phone and in its envelope. Grades are written by hand, with reasons, into
bench/grading/grades.json; docs/grading.md has the rubric.
"""

from __future__ import annotations

import argparse
import html
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.picture_pairs import PHOTOS, make_poster  # noqa: E402  # found by the line above
from poster.cover.ink.compose import floor_of  # noqa: E402
from tools.earlier import check_out, current  # noqa: E402

FOLDER = ROOT / "bench" / "grading"
OUT = ROOT / "out" / "grading"
GRADES = "ABC"
PHONE = 390
"""Width of a phone in CSS pixels."""


@dataclass(frozen=True)
class Wanted:
    """A page to make.

    Args:
        name: of the page: the photo's, and the language.
        photo: its file.
        kind: what the photo shows.
        fields: of the request, without the photo.
    """

    name: str
    photo: Path
    kind: str
    fields: dict[str, Any]


def main() -> None:
    """Make pages, or print the table of grades."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    requests = json.loads((FOLDER / "requests.json").read_text(encoding="utf-8"))
    make = commands.add_parser("make", help="make the pages of a set")
    make.add_argument("set", choices=requests["photos"])
    make.add_argument("--commit", help="an earlier version of the code (default: as it is)")
    make.add_argument("--each", type=int, default=4, metavar="N", help="pages a photo (default: 4)")
    make.add_argument("--photo", metavar="NAME", help="only this photo")
    make.set_defaults(
        run=lambda options: make_pages(
            [
                page
                for page in plan_pages(requests, options.set, options.each)
                if options.photo in (None, page.photo.stem)
            ],
            options.set,
            options.commit,
        )
    )
    faults = commands.add_parser("faults", help="count the faults that receipts show")
    faults.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="out/grading/...")
    faults.set_defaults(run=lambda options: print(format_faults(options.folders)))
    table = commands.add_parser("table", help="count the grades")
    table.set_defaults(run=lambda _: print(format_table(read_grades())))
    options = parser.parse_args()
    options.run(options)


def plan_pages(requests: Mapping[str, Any], chosen: str, each: int) -> list[Wanted]:
    """Plan the pages of a set.

    Args:
        requests: requests.json.
        chosen: name of the set.
        each: requests for each photo; the texts about its kind take turns.

    Returns:
        The pages, photo by photo.
    """
    photos = json.loads((PHOTOS / "photos.json").read_text(encoding="utf-8"))
    kinds = {photo["name"]: photo["kind"] for photo in photos}
    texts: dict[str, list[dict[str, Any]]] = {}
    for text in requests["texts"]:
        texts.setdefault(text["about"], []).append(text)
    used: Counter[str] = Counter()
    pages: list[Wanted] = []
    for name in requests["photos"][chosen]:
        about = requests["about"][kinds[name]]
        for _ in range(each):
            text = texts[about][used[about] % len(texts[about])]
            used[about] += 1
            page = f"{name}-{text['language'].lower().replace(', ', '-')}"
            words = {key: text[key] for key in ("title", "kicker", "issue", "coverlines")}
            fields = {**words, "engine": "studio", "seed": len(pages) + 1}
            pages.append(Wanted(page, PHOTOS / f"{name}.jpg", kinds[name], fields))
    return pages


def make_pages(pages: Sequence[Wanted], chosen: str, commit: str | None) -> None:
    """Make pages, and an HTML page that shows them."""
    out = OUT / f"{chosen}-{commit or 'now'}"
    with check_out(commit) if commit else nullcontext(current()) as version:
        for number, page in enumerate(pages, 1):
            seconds, trouble = make_poster(version, page.photo, page.fields, out / page.name)
            print(f"{number} of {len(pages)}: {page.name}: {trouble or f'{seconds:.1f} s'}")
    (out / "index.html").write_text("".join(_draw_index(pages, out)), encoding="utf-8")
    print(f"look at {out.relative_to(ROOT) / 'index.html'}")


def _draw_index(pages: Sequence[Wanted], out: Path) -> Iterator[str]:
    yield "<!doctype html><meta charset=utf-8><title>Covers to grade</title>"
    yield "<style>body{font:16px sans-serif;margin:2rem}article{margin-bottom:6rem}"
    yield "img{vertical-align:top;margin-right:1rem}</style>"
    for page in pages:
        receipt = out / page.name / "poster.json"
        yield f"<article><h2>{page.name}</h2><p>{html.escape(page.fields['title'])}"
        if not receipt.is_file():
            yield " was refused</p></article>"
            continue
        style = json.loads(receipt.read_text(encoding="utf-8"))["style"]
        yield f": {page.kind}, {style}</p>"
        for picture, width in (("cover", ""), ("cover", f" width={PHONE}"), ("envelope", "")):
            yield f"<img src='{page.name}/{picture}.png' alt=''{width} loading=lazy>"
        yield "</article>"


def format_faults(folders: Sequence[Path]) -> str:
    """Count the faults that can be told from a receipt.

    Args:
        folders: of pages, each made by one version.

    Returns:
        Lines of a table: for each fault the number of pages with it, by folder.
    """
    counts = []
    for folder in folders:
        receipts = [json.loads(path.read_text("utf-8")) for path in folder.glob("*/poster.json")]
        found = Counter(fault for one in receipts for fault in find_faults(one["blocks"]))
        counts.append({"pages": len(receipts), **{fault: found[fault] for fault in FAULTS}})
    rows = ["".join(f"{folder.name:>20}" for folder in folders).rjust(20 * len(folders) + 40)]
    rows += [
        f"{name:40}" + "".join(f"{count[name]:20}" for count in counts)
        for name in ("pages", *FAULTS)
    ]
    return "\n".join(rows)


FAULTS = (
    "lines in two inks",
    "lead not the largest line",
    "lead not the highest line",
    "kicker or issue glued to a line",
    "a deck below 20 px",
    "type below its contrast floor",
)

_GLUED = 24
"""Distance in pixels up to which a small line is read as part of a headline."""


def find_faults(blocks: Sequence[Mapping[str, Any]]) -> set[str]:
    """Find the faults of one cover of 1024 pixels.

    Args:
        blocks: of its receipt.

    Returns:
        Some of FAULTS.
    """
    roles: dict[str, list[Mapping[str, Any]]] = {}
    for block in blocks:
        roles.setdefault(block["role"], []).append(block)
    headlines, decks = roles.get("headline", []), roles.get("deck", [])
    small = roles.get("kicker", []) + roles.get("folio", [])
    # A script that looks smaller is set larger.
    same = [one for one in headlines if one["script"] == headlines[0]["script"]]
    checks = (
        len({one["colour"] for one in (*headlines, *decks)}) > 1,
        any(one["size_px"] >= same[0]["size_px"] for one in same[1:]),
        any(one["box"][1] < headlines[0]["box"][1] - 8 for one in headlines[1:]),
        any(_is_glued(one, other) for one in small for other in headlines),
        any(one["size_px"] < 20 for one in decks),
        any(one["contrast"] < floor_of(one["role"]) for one in blocks),
    )
    return {fault for fault, is_found in zip(FAULTS, checks, strict=True) if is_found}


def _is_glued(small: Mapping[str, Any], headline: Mapping[str, Any]) -> bool:
    left, top, right, bottom = small["box"]
    x0, y0, x1, y1 = headline["box"]
    apart = max(y0 - bottom, top - y1)
    return bool(left < x1 and right > x0 and 0 <= apart <= _GLUED)


def read_grades() -> list[dict[str, str]]:
    """Read the grades, and check their form.

    Returns:
        For each page its commit, set, name, kind, style, grade, and reason.

    Raises:
        SystemExit: a grade is not A, B or C, or has no reason.
    """
    grades: list[dict[str, str]] = json.loads((FOLDER / "grades.json").read_text(encoding="utf-8"))
    for page in grades:
        if page["grade"] not in GRADES or not (page["grade"] == "A" or page["why"]):
            raise SystemExit(f"{page['page']}: a grade is A, B or C, and all but A have a reason")
    return grades


def format_table(grades: Sequence[Mapping[str, str]]) -> str:
    """Count grades by commit, and within it by the photo's kind and by style.

    Args:
        grades: as read_grades() returns them.

    Returns:
        Lines of a table: A, B and C, and the share of A.
    """
    rows = [f"{'':32}{'A':>4}{'B':>4}{'C':>4}{'A, %':>7}"]
    for commit in dict.fromkeys(page["commit"] for page in grades):
        of_commit = [page for page in grades if page["commit"] == commit]
        rows.append(_format_row(f"{commit} ({of_commit[0]['set']})", of_commit))
        for key in ("kind", "style"):
            rows += [
                _format_row(f"  {value}", [page for page in of_commit if page[key] == value])
                for value in sorted({page[key] for page in of_commit})
            ]
    return "\n".join(rows)


def _format_row(name: str, grades: Sequence[Mapping[str, str]]) -> str:
    counts = Counter(page["grade"] for page in grades)
    share = 100 * counts["A"] / len(grades)
    return f"{name:32}" + "".join(f"{counts[grade]:4}" for grade in GRADES) + f"{share:7.0f}"


if __name__ == "__main__":
    main()
