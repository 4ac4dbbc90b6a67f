"""The installed torch -> its version, its CUDA version, and the architectures it was built for.

Does not query a GPU, so that an image can be checked on the machine that builds it.
"""

from __future__ import annotations

from dataclasses import dataclass

from poster.errors import UnavailableError


@dataclass(frozen=True, slots=True)
class TorchBuild:
    """How torch was built.

    Args:
        version: such as 2.10.0+cu128.
        cuda: such as 12.8; None for a CPU-only build.
        archs: architectures that its kernels were compiled for, such as sm_86 and compute_120.
    """

    version: str
    cuda: str | None
    archs: tuple[str, ...]


def read_torch_build() -> TorchBuild:
    """Describe the installed torch; takes two seconds if it is not imported yet.

    Returns:
        Its build.

    Raises:
        UnavailableError: torch is not installed or cannot be loaded.
    """
    try:
        import torch  # noqa: PLC0415 - imported only when needed
    except (ImportError, OSError) as error:
        # OSError: one of its bundled libraries cannot be loaded.
        raise UnavailableError(
            "torch cannot be imported: install the wheel with the [flux] extra, or run make test "
            "in a checkout; without it, set POSTER_ENGINE=studio and use engine studio"
        ) from error
    # get_arch_list() is empty without a GPU; with one, it reads these flags.
    flags = getattr(torch._C, "_cuda_getArchFlags", None)  # noqa: SLF001 - no public way
    archs = (flags() or "") if flags else ""
    return TorchBuild(str(torch.__version__), torch.version.cuda, tuple(archs.split()))
