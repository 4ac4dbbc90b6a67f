from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from poster.engines.flux.assemble import assemble
from poster.engines.flux.quant import FP8, QuantLinear
from poster.errors import WeightsMismatchError


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(16, 32, bias=False)
        self.second = nn.Linear(32, 16)
        self.norm = nn.BatchNorm1d(16)


def tensors_of_small() -> dict[str, Tensor]:
    return {name: torch.rand_like(t.float()).to(t) for name, t in Small().state_dict().items()}


def stored(rows: int, columns: int) -> dict[str, Tensor]:
    return {
        "first.weight": torch.randn(rows, columns).to(FP8),
        "first.weight_scale": torch.tensor(0.3),
        "first.input_scale": torch.tensor(0.7),
    }


def assemble_small(tensors: dict[str, Tensor], **more: object) -> Small:
    with torch.device("meta"):
        model = Small()
    assemble(model, tensors, "small.safetensors", dtype=torch.bfloat16, **more)  # type: ignore[arg-type]
    return model


def refusal(**changes: Tensor | None) -> str:
    tensors = {**tensors_of_small(), **changes}
    with pytest.raises(WeightsMismatchError) as caught:
        assemble_small({name: t for name, t in tensors.items() if t is not None})
    return str(caught.value)


def test_tensors_are_assigned_and_nothing_is_left_without() -> None:
    tensors = tensors_of_small()
    model = assemble_small(tensors)
    held = model.state_dict()
    assert held.keys() == tensors.keys()
    assert not any(tensor.is_meta for tensor in held.values())
    assert torch.equal(held["second.bias"], tensors["second.bias"].bfloat16())
    assert not model.training
    assert not any(parameter.requires_grad for parameter in model.parameters())


def test_integers_are_not_cast() -> None:
    held = assemble_small(tensors_of_small()).state_dict()
    assert held["norm.num_batches_tracked"].dtype == torch.int64


def test_tensors_of_the_right_dtype_are_not_copied() -> None:
    tensors = {
        name: tensor.bfloat16() if tensor.is_floating_point() else tensor
        for name, tensor in tensors_of_small().items()
    }
    model = assemble_small(tensors)
    assert model.first.weight.data_ptr() == tensors["first.weight"].data_ptr()


def test_a_linear_is_quantised_where_its_weights_are() -> None:
    model = assemble_small({**tensors_of_small(), **stored(32, 16)})
    assert isinstance(model.first, QuantLinear)
    assert model.first.weight.dtype == FP8
    assert model.first.weight_scale.item() == pytest.approx(0.3)
    assert model.first.weight_scale.dtype == torch.float32
    assert type(model.second) is nn.Linear


def test_the_mode_reaches_the_linears() -> None:
    model = assemble_small({**tensors_of_small(), **stored(32, 16)}, mode="w8a8")
    assert isinstance(model.first, QuantLinear)
    assert model.first.mode == "w8a8"


def test_missing_tensors_are_named() -> None:
    told = refusal(**{"second.bias": None})
    assert told == (
        "small.safetensors: does not belong to the model that its set declares; download it again, "
        "or choose the set that it belongs to. Tensors missing: second.bias"
    )


def test_superfluous_tensors_are_named() -> None:
    assert refusal(**{"third.weight": torch.ones(1)}).endswith("extra: third.weight")


def test_a_plain_linear_has_no_scales() -> None:
    assert refusal(**{"first.weight_scale": torch.tensor(0.3)}).endswith(
        "extra: first.weight_scale"
    )


def test_another_shape_is_named_with_both() -> None:
    told = refusal(**{"second.bias": torch.ones(17)})
    assert told.endswith("of another shape: second.bias (17,) instead of (16,)")


def test_a_quantised_weight_of_another_shape_is_named_with_its_unpacked_shape() -> None:
    codes = {"first.weight": torch.zeros(32, 16, dtype=torch.uint8)}
    scales = {"first.weight_scale": torch.ones(128, 4).to(FP8)}
    told = refusal(**codes, **scales, **{"first.weight_scale_2": torch.tensor(0.2)})
    assert told.endswith("of another shape: first.weight (32, 32) instead of (32, 16)")


def test_a_stored_weight_without_its_scale_is_missing_it() -> None:
    told = refusal(**{**stored(32, 16), "first.weight_scale": None, "first.input_scale": None})
    assert told.endswith("missing: first.weight_scale")


def test_scales_that_do_not_belong_are_of_another_kind() -> None:
    told = refusal(**{**stored(32, 16), "first.weight_scale": torch.ones(32)})
    assert "of another kind: first: weight_scale is (32,)" in told


def test_a_module_that_cannot_be_quantised_is_of_another_kind() -> None:
    told = refusal(
        **{
            "second.weight": torch.zeros(16, 32).to(FP8),
            "second.weight_scale": torch.tensor(0.3),
        }
    )
    assert "second: is quantised, but is not a Linear without bias" in told


def test_integers_for_a_float_are_of_another_kind() -> None:
    told = refusal(**{"second.weight": torch.zeros(16, 32, dtype=torch.int8)})
    assert told.endswith("of another kind: second.weight of torch.int8")


def test_only_a_few_of_many_names_are_listed() -> None:
    told = refusal(**{f"x{number}": torch.ones(1) for number in range(9)})
    assert told.endswith("extra: x0, x1, x2, x3 and 5 more")
