"""Floats and Doubles: short names of NumPy's array types, for modules that write them often.

Knows no shapes and ranges: docstrings tell them where an array is used.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
"""What pictures and plates are worked on in."""

Doubles = NDArray[np.float64]
"""What long sums and positions are kept in."""
