"""A host and a port -> Cog's HTTP server at work, in a folder of its own with a fresh schema.

Does not know what it answers: predict.py does.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from poster.doors.cog_schema import SCHEMA_PATH, write_schema
from poster.doors.scripts import find_script
from poster.settings import child_environment

_PREDICTOR = "predict.py"
_END_WITHIN_S = 30


def serve(host: str, port: int) -> int:
    """Serve predictions until the process is told to end; Cog must be installed.

    Args:
        host: to listen on.
        port: to listen on.

    Returns:
        Its exit code; 0 where it was told to end.

    Raises:
        AssetError: predict.py did not come with the package.
    """
    source = find_script(_PREDICTOR).read_text(encoding="utf-8")
    with TemporaryDirectory(prefix="poster_serve_") as name:
        folder = Path(name)
        (folder / _PREDICTOR).write_text(source, encoding="utf-8")
        schema = folder / SCHEMA_PATH
        schema.parent.mkdir()
        schema.write_text(write_schema(source), encoding="utf-8")
        server = subprocess.Popen(  # noqa: S603 - this interpreter, and a host for it
            [sys.executable, "-m", "cog.server.http", "--host", host],
            cwd=folder,
            env=child_environment(PORT=str(port), COG_PREDICT_TYPE_STUB="predict.py:Predictor"),
        )
        return _wait(server)


def _wait(server: subprocess.Popen[bytes]) -> int:
    """Until the server ends; SIGTERM is passed on, and Ctrl-C reaches it without us."""
    told_to_end = False

    def pass_on(_number: int, _frame: object) -> None:
        nonlocal told_to_end
        told_to_end = True
        server.terminate()

    before = signal.signal(signal.SIGTERM, pass_on)
    try:
        code = server.wait()
    except KeyboardInterrupt:
        server.wait(_END_WITHIN_S)
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
        if server.poll() is None:
            server.kill()
            server.wait()
    return 0 if told_to_end else code
