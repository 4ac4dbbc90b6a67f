"""The torch that is installed -> its version, its CUDA, and the architectures it was built for.

Asks no GPU, so that an image can be judged where it is built.
"""

from __future__ import annotations

from dataclasses import dataclass

from poster.errors import UnavailableError


@dataclass(frozen=True, slots=True)
class TorchBuild:
    """How torch was built.

    Args:
        version: such as 2.10.0+cu128.
        cuda: such as 12.8; None of a build for CPUs alone.
        archs: what its kernels were compiled for, such as sm_86 and compute_120.
    """

    version: str
    cuda: str | None
    archs: tuple[str, ...]


def read_torch_build() -> TorchBuild:
    """Describe the torch that is installed; takes two seconds where it was not imported yet.

    Returns:
        Its build.

    Raises:
        UnavailableError: torch is not installed, or cannot be loaded.
    """
    try:
        import torch  # noqa: PLC0415 - only where it is asked about
    except (ImportError, OSError) as error:
        # OSError: a library that it brings cannot be loaded.
        raise UnavailableError(
            "torch cannot be imported: install poster-maker[flux], or set POSTER_ENGINE=studio"
        ) from error
    # get_arch_list() is empty where there is no GPU; this is what it reads where there is one.
    flags = getattr(torch._C, "_cuda_getArchFlags", None)  # noqa: SLF001 - no public way
    archs = (flags() or "") if flags else ""
    return TorchBuild(str(torch.__version__), torch.version.cuda, tuple(archs.split()))
