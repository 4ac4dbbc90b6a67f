"""The worker as RunPod's Hub looks for it: runpod_shim, one folder up."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from runpod_shim import handler, main

__all__ = ["handler", "main"]

if __name__ == "__main__":
    main()
