"""bench/photos -> what the planner makes of each, beside what was last accepted.

The figures that decide how covers look are tuned, and no rule says what is right: so their outcome
on 55 photos is kept in tests/baseline/covers.json, and a test fails when any of it moves.
"""
