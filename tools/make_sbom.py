"""requirements/worker.lock -> worker.cdx.json: what the worker's image installs, as CycloneDX.

    python -m tools.make_sbom

Lists every Python package that the image installs (Linux x86-64, Python 3.12), with its version and
licence; the hashes are in the lock. Does not know the base image's Debian packages.
"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from poster.version import __version__
from tools.licences import licence_of
from tools.make_lock import find_installed, lock_path

ROOT = Path(__file__).parents[1]
SBOM = ROOT / "requirements" / "worker.cdx.json"
NAME = "poster-maker"
IMAGE = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.12.13",
    "python_version": "3.12",
    "sys_platform": "linux",
}
"""The image's environment, for evaluating markers. Source: Dockerfile.runpod's base."""


def describe(name: str, version: str) -> Component:
    """Describe one package in CycloneDX.

    Args:
        name: its normalised name.
        version: its exact version.

    Returns:
        The component; without a licence if the package is not installed here, where it is read.
    """
    try:
        licence = licence_of(distribution(name))
    except PackageNotFoundError:
        licence = ""
    purl = PackageURL("pypi", None, name, version)
    return Component(
        type=ComponentType.LIBRARY,
        name=name,
        version=version,
        purl=purl,
        bom_ref=str(purl),
        licenses=[LicenseFactory().make_from_string(licence)] if licence else [],
    )


def make_sbom() -> str:
    """Make the whole document; the same lock always gives the same text.

    Returns:
        JSON in CycloneDX 1.6.
    """
    packages = find_installed(lock_path("worker"), IMAGE)
    components = [describe(name, version) for name, version in packages.items()]
    image = Component(type=ComponentType.CONTAINER, name=NAME, version=__version__, bom_ref=NAME)
    bom = Bom(components=components)
    bom.metadata.component = image
    bom.register_dependency(image, components)
    # A fixed date and a derived id, so that a rebuild gives the same bytes.
    bom.metadata.timestamp = datetime(2026, 1, 1, tzinfo=UTC)
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([__version__, packages]))
    return JsonV1Dot6(bom).output_as_string(indent=1) + "\n"


def main() -> None:
    """Write worker.cdx.json."""
    SBOM.write_text(make_sbom(), encoding="utf-8")
    print(SBOM.relative_to(ROOT))


if __name__ == "__main__":
    main()
