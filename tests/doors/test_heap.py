"""Memory that another thread freed returns to the system; measured in a separate process."""

import subprocess
import sys

PROBE = """
import ctypes, threading
from pathlib import Path
from poster.doors.heap import trim_heaps

def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]

def hoard():
    blocks = [libc.malloc(1000) for _ in range(100_000)]
    for block in blocks:
        ctypes.memset(block, 1, 1000)
    for block in blocks[:-1]:  # the last one holds the heap's end
        libc.free(block)

thread = threading.Thread(target=hoard)
thread.start()
thread.join()
before = resident_mb()
trim_heaps()
print(before - resident_mb())
"""


def test_a_trim_returns_memory_that_a_thread_freed() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    assert float(done.stdout) > 50
