"""The style that is chosen is the one with least against it, and the receipt says why."""

import dataclasses

from poster.cover.choice import Verdict, tell_choice

GOOD = Verdict("classic", framing=0.1, unrest=0.2, covered=0.0, smaller=0.0, reserve=0.0)


def test_each_fault_costs() -> None:
    for field in ("framing", "unrest", "covered", "smaller", "reserve"):
        worse = dataclasses.replace(GOOD, **{field: getattr(GOOD, field) + 0.5})
        assert worse.cost > GOOD.cost, field


def test_the_reason_names_the_winner_its_figures_and_the_rest_in_order() -> None:
    second = dataclasses.replace(GOOD, style="paper", framing=0.4)
    third = dataclasses.replace(GOOD, style="swiss", framing=0.9)
    told = tell_choice(GOOD, [third, second])
    assert told.startswith("classic suits best (0.21): framing 0.10")
    assert told.index("paper") < told.index("swiss")


def test_alone_it_needs_no_comparison() -> None:
    assert "next" not in tell_choice(GOOD, [])
