"""bench/photos -> the cover planned for each, compared with the accepted baseline.

The constants that decide how covers look are tuned, and no rule can check them. So their results on
55 photos are stored in tests/baseline/covers.json, and a test fails if any of them changes.
"""
