"""Records of covers <-> tests/baseline/covers.json; two sets of records -> what changed.

Does not make covers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from poster.colour import parse_hex
from tools.baseline.covers import Record
from tools.baseline.photos import ROOT

COVERS = ROOT / "tests" / "baseline" / "covers.json"

_TOLERANCES = {
    "costs": 0.005,
    "window": 2.0,
    "box": 1.0,
    "ink": 2.0,
    "contrast": 0.05,
    "letter_contrast": 0.05,
    "hidden": 0.005,
    "letter_hidden": 0.005,
    "scores": 0.0005,
}
_RELATIVE = 0.002
"""How much a figure may differ without counting as changed: an absolute tolerance (thousandths of
the photo's width for windows, pixels for boxes, 8-bit levels for inks) plus a share of the figure.
With the AVX2 paths of NumPy, OpenCV and OpenBLAS and all of IPP disabled, none changed; the
tolerances leave room for CPUs that could not be tried. Changing a constant by a tenth changes tens
of figures by more.
"""


def read_records() -> dict[str, Record]:
    """Read the accepted records, by photo."""
    records: dict[str, Record] = json.loads(COVERS.read_text(encoding="utf-8"))
    return records


def write_records(records: dict[str, Record]) -> None:
    """Store records as accepted, with a line for each piece of type, so that diffs are readable."""
    COVERS.write_text(_lines(records) + "\n", encoding="utf-8")


def find_changes(before: Mapping[str, Record], now: Mapping[str, Record]) -> dict[str, list[str]]:
    """Find the figures that changed by more than another CPU may change them.

    Args:
        before: accepted records by photo.
        now: current records by photo.

    Returns:
        For each photo whose cover changed, one line per figure: its path and both values.
    """
    changes = {
        name: list(_find_changes(before.get(name), now.get(name))) for name in {**before, **now}
    }
    return {name: lines for name, lines in changes.items() if lines}


def describe(changes: Mapping[str, Sequence[str]]) -> str:
    """Format the changes as a table for people."""
    rows = [f"{name:22} {line}" for name, lines in changes.items() for line in lines]
    return "\n".join([f"{len(changes) or 'no'} covers changed", *rows])


def _find_changes(before: Any, now: Any, path: tuple[str, ...] = ()) -> Iterator[str]:  # noqa: ANN401
    if isinstance(before, dict) and isinstance(now, dict):
        for key in {**before, **now}:
            yield from _find_changes(before.get(key), now.get(key), (*path, key))
    elif not _agree(before, now, path):
        yield f"{' '.join(path) or 'cover'}: {_format(before)} -> {_format(now)}"


def _agree(before: Any, now: Any, path: tuple[str, ...]) -> bool:  # noqa: ANN401
    if before is None or now is None:
        return before is now
    first, second = _numbers(before, path), _numbers(now, path)
    if not first or len(first) != len(second):
        return bool(before == now)
    tolerance = next(_TOLERANCES[name] for name in reversed(path) if name in _TOLERANCES)
    return all(
        abs(a - b) <= tolerance + _RELATIVE * abs(a) for a, b in zip(first, second, strict=True)
    )


def _numbers(value: Any, path: tuple[str, ...]) -> list[float]:  # noqa: ANN401
    if path[-1:] == ("ink",):
        return [float(channel) for channel in parse_hex(value)]
    values = value if isinstance(value, list) else [value]
    return [float(one) for one in values if isinstance(one, (int, float))]


def _format(value: Any) -> str:  # noqa: ANN401
    if value is None:
        return "nothing"
    return "something" if isinstance(value, dict) else str(value)


def _lines(value: Any, indent: str = "") -> str:  # noqa: ANN401
    """Format as JSON, with innermost objects on one line."""
    if not isinstance(value, dict) or not any(isinstance(part, dict) for part in value.values()):
        return json.dumps(value, ensure_ascii=False)
    inner = indent + " "
    rows = (f"{inner}{json.dumps(key)}: {_lines(part, inner)}" for key, part in value.items())
    return "{\n" + ",\n".join(rows) + "\n" + indent + "}"
