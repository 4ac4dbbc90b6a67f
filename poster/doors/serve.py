"""A host and a port -> a running Cog HTTP server, in its own folder with a new schema.

Does not know how predictions are answered: predict.py does.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from poster.doors.cog_schema import SCHEMA_PATH, format_schema
from poster.doors.scripts import find_script
from poster.settings import child_environment

_PREDICTOR = "predict.py"
_END_WITHIN_S = 30


def serve(host: str, port: int) -> int:
    """Serve predictions until the process is terminated; Cog must be installed.

    Args:
        host: address to listen on.
        port: port to listen on.

    Returns:
        The server's exit code; 0 if this process was terminated by SIGTERM.

    Raises:
        AssetError: predict.py is missing from the package.
    """
    source = find_script(_PREDICTOR).read_text(encoding="utf-8")
    with TemporaryDirectory(prefix="poster_serve_") as name:
        folder = Path(name)
        (folder / _PREDICTOR).write_text(source, encoding="utf-8")
        schema = folder / SCHEMA_PATH
        schema.parent.mkdir()
        schema.write_text(format_schema(source), encoding="utf-8")
        server = subprocess.Popen(  # noqa: S603 - this interpreter, and a host for it
            [sys.executable, "-m", "cog.server.http", "--host", host],
            cwd=folder,
            env=child_environment(PORT=str(port), COG_PREDICT_TYPE_STUB="predict.py:Predictor"),
        )
        return _wait(server)


def _wait(server: subprocess.Popen[bytes]) -> int:
    """Wait for the server to end. SIGTERM is forwarded; Ctrl-C reaches the server directly."""
    terminated = False

    def forward(_number: int, _frame: object) -> None:
        nonlocal terminated
        terminated = True
        server.terminate()

    before = signal.signal(signal.SIGTERM, forward)
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
    return 0 if terminated else code
