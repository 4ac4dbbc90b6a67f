"""Names for what arrays hold, where a precision is written often; shapes and ranges are told there.

Pixels are spelled out, NDArray[np.uint8].
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
"""What pictures and plates are worked on in."""

Doubles = NDArray[np.float64]
"""What long sums and positions are kept in."""
