"""The style that is chosen is the one with least against it, and the receipt says why."""

import dataclasses

from poster.cover.choice import Verdict, tell_choice

GOOD = Verdict("classic", framing=0.1, unrest=0.2, covered=0.0, smaller=0.0, reserve=0.0)


def test_each_fault_costs() -> None:
    for field in ("framing", "unrest", "covered", "smaller", "reserve"):
        worse = dataclasses.replace(GOOD, **{field: getattr(GOOD, field) + 0.5})
        assert worse.cost > GOOD.cost, field


def test_the_reason_has_the_figures_of_all_and_what_the_chosen_one_is_made_of() -> None:
    second = dataclasses.replace(GOOD, style="paper", framing=0.4)
    told = tell_choice(GOOD, [GOOD, second])
    assert told.startswith("classic at 0.21 of classic 0.21, paper 0.51 (least is best): ")
    assert "framing 0.10" in told
