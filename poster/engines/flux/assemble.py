"""A model on the meta device and a file's tensors -> the model with them, or what does not match.

Assigns without copying: the tensors stay in the file's mapping until they are moved. Recognises
quantised Linears by their dtype; does not know which model it is or how its file names tensors.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from poster.engines.flux.quant import Mode, QuantLinear, is_quantised, stored_shape
from poster.errors import WeightsDamagedError, WeightsMismatchError

SCALES = ("weight_scale", "weight_scale_2", "input_scale")
NAMED = 4
"""How many names of each kind a message lists; a wrong file has hundreds."""


def read_tensors(path: Path, keep: Callable[[str], bool] = lambda _: True) -> dict[str, Tensor]:
    """Map a file's tensors.

    Args:
        path: a safetensors file.
        keep: whether a tensor of this name is needed.

    Returns:
        Name -> tensor in the mapping; bytes are read only when used. Quantisation notes are left
        out, because the dtypes give the same information.

    Raises:
        WeightsDamagedError: it is not a complete safetensors file.
    """
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            names = [name for name in file.keys() if keep(name)]  # noqa: SIM118 - not a mapping
            return {
                name: file.get_tensor(name) for name in names if not name.endswith(".comfy_quant")
            }
    except (SafetensorError, OSError) as error:
        raise WeightsDamagedError(
            f"{path.name}: is not a complete safetensors file; download it again"
        ) from error


def assemble(
    model: nn.Module,
    tensors: dict[str, Tensor],
    file: str,
    *,
    dtype: torch.dtype,
    mode: Mode = "weight_only",
) -> None:
    """Assign a model its weights; the tensors must match the model exactly.

    Args:
        model: a model on the meta device; Linears with quantised weights are replaced. Afterwards
            it is in inference mode without gradients.
        tensors: tensor by the model's own name.
        file: the file's name, for messages.
        dtype: dtype of everything that is not quantised; integers are unchanged.
        mode: how quantised Linears multiply.

    Raises:
        WeightsMismatchError: tensors are missing or superfluous, or have another shape or kind.
    """
    wanted = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    stored = {
        name.removesuffix(".weight")
        for name, tensor in tensors.items()
        if name.endswith(".weight") and is_quantised(tensor)
    }
    scales = {f"{stem}.{scale}" for stem in stored for scale in SCALES} & tensors.keys()
    troubles = {
        "missing": [name for name in wanted if name not in tensors],
        "extra": [name for name in tensors if name not in wanted and name not in scales],
        "of another shape": [
            f"{name} {_shape(tensors[name])} instead of {shape}"
            for name, shape in wanted.items()
            if name in tensors and _shape(tensors[name]) != shape
        ],
        "of another kind": [
            f"{name} of {tensors[name].dtype}"
            for name, blank in model.state_dict().items()
            if name in tensors
            and name.removesuffix(".weight") not in stored
            and tensors[name].is_floating_point() != blank.is_floating_point()
        ],
    }
    for stem in sorted(stored):
        parts = {scale: tensors.get(f"{stem}.{scale}") for scale in SCALES}
        weight, scale = tensors[f"{stem}.weight"], parts.pop("weight_scale")
        if scale is None:
            troubles["missing"].append(f"{stem}.weight_scale")
        elif f"{stem}.weight" in wanted:
            try:
                linear = QuantLinear(weight, scale, **parts, mode=mode)
                _replace(model, stem, linear)
            except (ValueError, TypeError) as error:
                troubles["of another kind"].append(f"{stem}: {error}")
    if any(troubles.values()):
        raise WeightsMismatchError(
            f"{file}: does not belong to the model that its set declares; download it again, or "
            f"choose the set that it belongs to. Tensors {_describe(troubles)}"
        )
    model.load_state_dict(
        {
            name: tensor if name in scales or is_quantised(tensor) else _cast(tensor, dtype)
            for name, tensor in tensors.items()
        },
        assign=True,
    )
    model.eval().requires_grad_(requires_grad=False)


def _shape(tensor: Tensor) -> tuple[int, ...]:
    is_matrix = is_quantised(tensor) and tensor.ndim == 2
    return stored_shape(tensor) if is_matrix else tuple(tensor.shape)


def _cast(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    return tensor.to(dtype) if tensor.is_floating_point() else tensor


def _replace(model: nn.Module, stem: str, linear: QuantLinear) -> None:
    plain = model.get_submodule(stem)
    if not isinstance(plain, nn.Linear) or "bias" in plain.state_dict():
        raise TypeError("is quantised, but is not a Linear without bias")
    parent, _, leaf = stem.rpartition(".")
    setattr(model.get_submodule(parent), leaf, linear)


def _describe(troubles: dict[str, list[str]]) -> str:
    return "; ".join(f"{kind}: {_list(names)}" for kind, names in troubles.items() if names)


def _list(names: list[str]) -> str:
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {rest} more" if rest > 0 else "")
