"""This machine's own configuration -> where an image build on it fetches packages from.

None of it is written into the repository or into a layer. Independent of builder and Dockerfile.
"""

from __future__ import annotations

import configparser
import io
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
"""Debian's path of the certificates; Dockerfile.runpod mounts the machine's there for the build."""

NETWORK_KEYS = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout")


def build_secrets(folder: Path) -> dict[str, Path]:
    """Collect the optional build secrets of Dockerfile.runpod that this machine needs.

    Args:
        folder: where files may be written; the caller removes it after the build.

    Returns:
        Secret id -> file: pip.conf with pip's network settings, and the certificates that pip or
        OpenSSL is configured to trust; empty if nothing is configured.
    """
    listing = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], check=True, capture_output=True, text=True
    )
    settings = _pip_settings(listing.stdout)
    certificates = Path(settings.get("cert") or os.environ.get("SSL_CERT_FILE") or "none")
    network = {key: settings[key] for key in NETWORK_KEYS if settings.get(key)}
    secrets = {}
    if certificates.is_file():
        secrets["ca-certificates.crt"] = certificates
        network["cert"] = CERTIFICATES
    if network:
        secrets["pip.conf"] = folder / "pip.conf"
        secrets["pip.conf"].write_text(_pip_conf(network), encoding="utf-8")
    return secrets


def debian_mirror() -> str:
    """Find where this machine's apt fetches Debian from.

    Returns:
        The URL of an archive, for debootstrap.

    Raises:
        SystemExit: apt is not installed, or has no source for this release's main component.
    """
    codename = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    command = ["apt-get", "indextargets", "--format", "$(SITE) $(RELEASE) $(COMPONENT)"]
    try:
        listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        listing = ""
    for line in listing.splitlines():
        site, _, of = line.partition(" ")
        if of == f"{codename} main":
            return site
    raise SystemExit("apt has no Debian archive among its sources; a substitute base needs one")


def _pip_settings(listing: str) -> Mapping[str, str]:
    """Parse `pip config list`: section.name='value' per line, those of the environment first."""
    settings: dict[str, str] = {}
    for line in listing.splitlines():
        section_and_name, _, value = line.partition("=")
        name = section_and_name.rpartition(".")[2]
        (text,) = shlex.split(value) or [""]
        # This machine's folders are not in the container.
        text = " ".join(word for word in text.split() if not word.startswith("file:"))
        settings.setdefault(name, text)
    return settings


def _pip_conf(settings: Mapping[str, str]) -> str:
    parser = configparser.RawConfigParser()
    parser["global"] = dict(settings)
    text = io.StringIO()
    parser.write(text)
    return text.getvalue()
