"""Highlights go where neither faces nor type are, and the seed chooses among what is as good."""

from dataclasses import replace
from typing import Any

import pytest

from poster.envelope.choice import choose_variant, of_nearest_format
from poster.envelope.stock import Stock
from poster.geometry import Box

W, H = 1024, 1472
HEAD, FOOT = Box(100, 60, 900, 260), Box(100, 1200, 900, 1400)


def names_chosen(stock: Stock, *boxes: Box, width: int = W, height: int = H) -> set[str]:
    return {choose_variant(stock.variants, boxes, width, height, seed).name for seed in range(8)}


def test_the_envelope_whose_highlight_is_elsewhere_is_chosen(stock: Stock) -> None:
    assert names_chosen(stock, HEAD) == {"low"}
    assert names_chosen(stock, FOOT) == {"high"}


def test_the_seed_chooses_among_what_is_as_calm(stock: Stock) -> None:
    middle = Box(300, 650, 700, 800)
    assert names_chosen(stock, middle) == {"low", "high"}
    for seed in range(8):
        first, again = (choose_variant(stock.variants, (middle,), W, H, seed) for _ in range(2))
        assert first is again


def test_one_line_is_not_given_up_for_many(stock: Stock) -> None:
    many = [Box(100, 1180 + 20 * n, 200, 1190 + 20 * n) for n in range(8)]
    # The highlight low lies in the middle, beside these lines; the one high lies on the other.
    assert names_chosen(stock, *many, Box(462, 120, 562, 180)) == {"low"}


def test_an_empty_cover_is_judged_as_a_whole(stock: Stock) -> None:
    assert names_chosen(stock) == {"low", "high"}


def test_no_cord_lies_over_type_where_another_envelope_has_none(
    make_stock: Any, drawing: Any, tmp_path: Any
) -> None:
    stock = make_stock(
        tmp_path,
        drawing("corded", glow=(0.5, 0.9), has_cord=True),
        drawing("bright", glow=(0.5, 0.35)),
    )
    masthead = Box(60, 40, 960, 300)
    assert names_chosen(stock, masthead) == {"bright"}
    assert names_chosen(stock, FOOT) == {"bright"}
    assert names_chosen(stock, Box(60, 400, 960, 560)) == {"corded"}


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (1024, 1472, "classic"),
        (512, 1024, "classic"),
        (1024, 1024, "square"),
        (960, 1120, "square"),
    ],
)
def test_the_format_that_is_stretched_least_is_taken(
    stock: Stock, width: int, height: int, expected: str
) -> None:
    formats = {variant.format for variant in of_nearest_format(stock.variants, width / height)}
    assert formats == {expected}
    chosen = choose_variant(stock.variants, (), width, height, 3)
    assert chosen.format == expected


def test_a_box_beyond_the_cover_harms_nothing(stock: Stock) -> None:
    assert choose_variant(stock.variants, (Box(1040, 1500, 1060, 1520),), W, H, 0)


def test_a_brighter_variant_of_the_same_shape_loses(stock: Stock) -> None:
    low = stock.variants[0]
    brighter = replace(low, name="brighter", glare_map=low.glare_map * 2)
    assert choose_variant((brighter, low), (FOOT,), W, H, 0).name == "low"
    assert choose_variant((low, brighter), (FOOT,), W, H, 1).name == "low"
