"""Floats and Doubles: short names for NumPy array types, for modules that use them often.

Does not know shapes or ranges: docstrings give them where an array is used.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
"""The type in which pictures and plates are processed."""

Doubles = NDArray[np.float64]
"""The type for long sums and for positions."""
