"""The detail of a picture's backdrop -> more of the same above it, by image quilting.

Places overlapping blocks of the picture and joins them along the seams where they differ least.
Things that stand out from the backdrop, such as a lamp or a flag, are not copied. Does not know the
backdrop's light, nor what the picture shows.

Source: A. Efros, W. Freeman, Image Quilting for Texture Synthesis and Transfer, SIGGRAPH 2001.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from poster.colour import LUMA

GRID = 256
"""Cells across the width, on which blocks are matched and cut: 4 px each on a cover of 1024 px."""

_BLOCKS = (48, 36, 24)
"""Block sides in cells. Large blocks keep leaves and boards whole; small ones fit beside a head."""
_OVERLAP = 0.25
"""Share of a block that overlaps its neighbours. The source uses a sixth, with larger patches."""
_HALO = 0.08
"""Margin around the subject, as a share of the width, where its stray hair and whiskers lie on the
backdrop. Blocks are taken from inside it only if there is nothing else."""
_ENOUGH = 0.03
"""Share of all positions that must be usable for a block size to be chosen."""

_NEAR = 9
"""Side of the window in which local contrast is measured, in cells."""
_TYPICAL = 0.30
"""Quantile of the local contrast that counts as the backdrop's own. The median would be that of the
flag and the rocket beside a portrait; a lower one is the calm between the leaves of a hedge."""
_PARTS = 0.2, 0.5, 0.8
_PART = 0.15
"""Centres and sigma, as shares of the width, of parts that each have their own typical contrast,
such as bark on one side and a dark hollow on the other."""
_OUTLIER = 2.5
_OUTLIER_LEVELS = 1.5
"""A thing stands out if its contrast exceeds _OUTLIER times the typical plus _OUTLIER_LEVELS, in
levels."""
_OUTLIER_SHARE = 0.03
"""Share of a copied block that may stand out."""

_SEAM_REACH = 4.0
"""Cells below the seam over which the weight of the match decays."""
_RIM = 2
"""Cells at the block's own border that no cut crosses."""


@dataclass(frozen=True, slots=True)
class BlockCosts:
    """What a copied block costs beyond its mismatch, in squared 8-bit levels.

    A figure without a stated origin was not measured.

    Args:
        again: cost of a block that was used before, per typical energy of the backdrop.
        far: cost of a block from the bottom of the picture, per the same.
        light: weight of the squared difference in light.
        max_light: maximum difference in light that counts, in levels.
        strange: weight of the square by which a block's contrast exceeds what is usual where it
            goes: a façade at the left is no texture for the sky at the right.
        never: cost of a block that holds the subject or things that stand out from the backdrop.
    """

    again: float = 4.0
    far: float = 0.3
    light: float = 0.5
    max_light: float = 40.0
    strange: float = 20.0
    never: float = 1e6


COSTS = BlockCosts()


@dataclass(frozen=True)
class Backdrop:
    """The backdrop from which blocks are taken, on a grid of cells.

    Args:
        detail: HW3 float32, 8-bit levels.
        block: side of a block, in cells.
        overlap: of neighbouring blocks, in cells.
        light: HW3 float32, mean light of the block at each position.
        contrast: HW float32, mean local contrast of the block at each position, in levels.
        limit: W float32, contrast from which things stand out, around each column.
        cost: HW float32, cost of each position by itself.
        energy: typical energy of the detail, in squared levels.
        typical: W float32, [0, 1]: 1 where nothing stands out from the backdrop at the picture's
            top.
    """

    detail: Floats
    block: int
    overlap: int
    light: Floats
    contrast: Floats
    limit: Floats
    cost: Floats
    energy: float
    typical: Floats

    @cached_property
    def luma(self) -> Floats:
        """HW float32, luma of the detail."""
        return self.detail @ LUMA


def find_backdrop(detail: Floats, taken: Floats, light: Floats) -> Backdrop:
    """Find the parts of a picture that can be copied.

    Args:
        detail: HW3 float32, 8-bit levels around 0: the picture minus its light, from its top down
            to where its backdrop ends.
        taken: hw float32, [0, 1], in cells of `H / h` pixels: 1 where nothing may be copied, such
            as at the subject. Columns beyond the last whole cell are left out.
        light: hw3 float32, 8-bit levels: the picture's light.

    Returns:
        The backdrop.
    """
    height, width = taken.shape
    step = len(detail) // height
    whole = detail[:, : width * step]
    small = np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.float32)
    squares = np.asarray((small**2).mean(-1), np.float32)
    contrast = np.sqrt(np.maximum(cv2.blur(squares, (_NEAR, _NEAR)), 0))
    fall = np.exp(-2 * np.arange(height, dtype=np.float32) / height)[:, None]
    typical = _typical(contrast, (1 - taken) * fall)
    limit = _OUTLIER * typical + _OUTLIER_LEVELS
    outlier = (contrast > limit).astype(np.float32)
    side = 2 * round(_HALO * width) + 1
    halo = np.asarray(cv2.dilate(taken, np.ones((side, side), np.uint8)), np.float32)
    for avoid, wished in product((halo, taken), _BLOCKS):
        block = min(wished, height, width)
        covered, strange = _block_means(avoid, block), _block_means(outlier, block)
        # If no position is quite free, use the freest ones.
        free = covered <= max(0.01, float(covered.min()) + 0.05)
        calm = strange <= max(_OUTLIER_SHARE, float(strange[free].min()) + 0.01)
        usable = free & calm
        if usable.mean() >= _ENOUGH and covered.min() < _OUTLIER_SHARE:
            break
    energy = float((typical**2).mean()) + 0.5
    down = np.arange(len(covered), dtype=np.float32)[:, None] / height
    typical_at_top = cv2.erode(1 - outlier[:2].max(0, keepdims=True), np.ones((1, 5), np.uint8))
    return Backdrop(
        detail=small,
        block=block,
        overlap=max(1, round(_OVERLAP * block)),
        light=_block_means(light, block),
        contrast=_block_means(contrast, block),
        limit=limit,
        cost=np.asarray(COSTS.far * energy * down + COSTS.never * ~usable, np.float32),
        energy=energy,
        typical=np.asarray(cv2.blur(typical_at_top, (5, 1))[0], np.float32),
    )


def quilt_above(
    source: Backdrop, detail: Floats, taken: Floats, above: Floats, rows: int
) -> Floats:
    """Synthesise a backdrop's detail above a picture.

    Args:
        source: backdrop of the picture.
        detail: as given to find_backdrop().
        taken: as given to find_backdrop().
        above: G x w x 3 float32: light of the added rows, in cells; G * step >= rows.
        rows: number of pixel rows to add.

    Returns:
        rows x W x 3 float32; the last row touches the picture. A pure function of the arguments.
    """
    step, width = len(detail) // len(taken), taken.shape[1]
    block, overlap, grown = source.block, source.overlap, len(above)
    canvas = np.concatenate([np.zeros((grown, width, 3), np.float32), source.detail[:overlap]])
    weight = np.zeros(canvas.shape[:2], np.float32)
    fall = np.exp(-np.arange(overlap, dtype=np.float32) / _SEAM_REACH)[:, None]
    weight[grown:] = fall * (1 - taken[:overlap]) * source.typical
    cost = source.cost.copy()
    full = np.zeros((grown * step, detail.shape[1], 3), np.float32)
    for top, left in _places(source, grown, width):
        first = max(0, top)
        place = np.s_[first : top + block, left : left + block]
        middle = above[min((first + top + block) // 2, grown - 1), left + block // 2]
        strange = np.maximum(0, source.contrast - source.limit[left : left + block].mean())
        own_cost = cost + COSTS.strange * strange**2
        y, x = _choose(source, own_cost, canvas[place], weight[place], middle)
        patch = source.detail[y + first - top : y + block, x : x + block]
        shows = _cut(canvas[place] - patch, weight[place] > 0, overlap)
        canvas[place] += shows[..., None] * (patch - canvas[place])
        weight[place] = 1
        third = block // 3
        cost[max(0, y - third) : y + third, max(0, x - third) : x + third] += (
            COSTS.again * source.energy
        )
        # The same in full resolution, without the part that would overlap the picture.
        count = min(top + block, grown) - first
        if count > 0:
            y += first - top
            size = block * step, count * step
            mask = cv2.resize(shows[:count], size, interpolation=cv2.INTER_LINEAR)[..., None]
            piece = full[first * step : (first + count) * step, left * step : (left + block) * step]
            own = detail[y * step : (y + count) * step, x * step : (x + block) * step]
            piece += mask * (own - piece)
    rest = detail.shape[1] - width * step
    if rest:
        full[:, width * step :] = full[:, width * step - rest : width * step][:, ::-1]
    return full[len(full) - rows :]


def _typical(contrast: Floats, weight: Floats) -> Floats:
    """Return the typical local contrast around each column: W float32."""
    width = contrast.shape[1]
    columns = (np.arange(width, dtype=np.float32) + 0.5) / width
    order = np.argsort(contrast, axis=None, kind="stable")
    ranked = []
    for centre in _PARTS:
        near = weight * np.exp(-(((columns - centre) / _PART) ** 2) / 2)
        total = np.cumsum(near.ravel()[order], dtype=np.float64)
        ranked.append(contrast.ravel()[order][np.searchsorted(total, _TYPICAL * total[-1])])
    return np.asarray(np.interp(columns, _PARTS, ranked), np.float32)


def _block_means(values: Floats, block: int) -> Floats:
    """Return the mean of the block that starts at each position."""
    means = cv2.boxFilter(values, cv2.CV_32F, (block, block), anchor=(0, 0))
    return np.asarray(means[: len(values) - block + 1, : values.shape[1] - block + 1], np.float32)


def _places(source: Backdrop, grown: int, width: int) -> list[tuple[int, int]]:
    """Return the (top, left) corners of blocks from the seam upward; the last row may overshoot."""
    block, pace = source.block, source.block - source.overlap
    lefts = [*range(0, width - block, pace), width - block]
    tops = range(grown + source.overlap - block, -pace, -pace)
    return [(top, left) for top in tops for left in lefts]


def _choose(
    source: Backdrop, cost: Floats, canvas: Floats, weight: Floats, light: Floats
) -> tuple[int, int]:
    """Return the position of the block that costs least next to the blocks already placed."""
    block, overlap = source.block, source.overlap
    hidden = block - len(canvas)  # rows that overshoot the top
    luma = canvas @ LUMA
    unlike = np.zeros_like(cost)
    total = 1.0
    for rows, columns in (
        (slice(max(hidden, block - overlap), block), slice(0, block)),
        (slice(hidden, block - overlap), slice(0, overlap)),
    ):
        part = np.ascontiguousarray(weight[rows.start - hidden : rows.stop - hidden, columns])
        if rows.stop <= rows.start or not part.any():
            continue
        seen = np.ascontiguousarray(luma[rows.start - hidden : rows.stop - hidden, columns])
        ends = cost.shape[0] - 1 + rows.stop, cost.shape[1] - 1 + columns.stop
        where = np.ascontiguousarray(source.luma[rows.start : ends[0], columns.start : ends[1]])
        mask = None if part.min() >= 1 else part
        unlike += cv2.matchTemplate(where, seen, cv2.TM_SQDIFF, mask=mask)
        total += float((part**2).sum())
    lit = np.minimum(((source.light - light) ** 2).mean(-1), COSTS.max_light**2)
    y, x = np.unravel_index(np.argmin(cost + unlike / total + COSTS.light * lit), cost.shape)
    return int(y), int(x)


def _cut(difference: Floats, known: NDArray[np.bool_], overlap: int) -> Floats:
    """Return where a new block shows: HW float32, cut along the seams of least difference."""
    squares = np.asarray((difference**2).sum(-1), np.float32)
    shows = np.ones(squares.shape, np.float32)
    # Keep clear of the block's border: there the softened cut would end in a straight line.
    rim = min(_RIM, overlap // 3)
    if known[-overlap:].any():
        path = _cheapest_path(squares[-overlap : len(squares) - rim].T)
        shows[-overlap:] = np.arange(overlap)[:, None] <= path
    if known[: len(known) - overlap, :overlap].any():
        path = rim + _cheapest_path(squares[:, rim:overlap])
        shows[:, :overlap] *= np.arange(overlap) >= path[:, None]
    shows = np.asarray(cv2.blur(shows, (3, 3), borderType=cv2.BORDER_REPLICATE), np.float32)
    return np.where(known, shows, np.float32(1))


def _cheapest_path(squares: Floats) -> NDArray[np.intp]:
    """Return the column, row by row, of the cheapest path from the first row to the last."""
    sums = np.pad(squares, ((0, 0), (1, 1)), constant_values=np.inf)
    for row in range(1, len(sums)):
        above = sums[row - 1]
        sums[row, 1:-1] += np.minimum(np.minimum(above[:-2], above[1:-1]), above[2:])
    path = np.empty(len(sums), np.intp)
    path[-1] = sums[-1].argmin()
    for row in range(len(sums) - 2, -1, -1):
        first = path[row + 1] - 1
        path[row] = first + sums[row, first : first + 3].argmin()
    return path - 1
