"""NVIDIA's driver -> whether it offers a GPU; never imports torch, which takes seconds to load.

Does not know which GPU it is, or whether it can run flux.
"""

from __future__ import annotations

import ctypes
import sys

_LIBRARY = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
"""The CUDA driver's library, which is installed with the driver and not with CUDA."""


def has_gpu() -> bool:
    """Ask the driver, as torch does, for the GPUs that this process may use.

    Returns:
        Whether there is one; False also if the driver is missing or fails.
    """
    try:
        driver = ctypes.CDLL(_LIBRARY)
    except OSError:
        return False
    count = ctypes.c_int(0)
    # Both return 0 for success. Source: CUDA Driver API, cuInit and cuDeviceGetCount.
    is_answered = driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0
    return is_answered and count.value > 0
