from __future__ import annotations

import pytest
import torch
from torch import nn

from phenolens.core.errors import InputError
from phenolens.networks.dino_head import DinoHead, Prototypes

# Of DINO's released full checkpoint of ViT-S (its DINOHead class).
RELEASED = {
    "mlp.0.weight": (2048, 384),
    "mlp.0.bias": (2048,),
    "mlp.2.weight": (2048, 2048),
    "mlp.2.bias": (2048,),
    "mlp.4.weight": (256, 2048),
    "mlp.4.bias": (256,),
    "last_layer.weight_g": (65536, 1),
    "last_layer.weight_v": (65536, 256),
}


def test_names_and_shapes_are_those_of_dino() -> None:
    with torch.device("meta"):
        state = DinoHead(384).state_dict()
    assert {k: tuple(v.shape) for k, v in state.items()} == RELEASED


def test_prototypes_are_torch_own_weight_norm() -> None:
    ours = Prototypes(5, 7).double()
    with torch.no_grad():
        ours.weight_g.uniform_(0.5, 2)
    linear = nn.utils.parametrizations.weight_norm(nn.Linear(5, 7, bias=False).double())
    linear.load_state_dict(
        {
            "parametrizations.weight.original0": ours.weight_g.detach(),
            "parametrizations.weight.original1": ours.weight_v.detach(),
        }
    )
    x = torch.randn(3, 5).double()
    assert torch.allclose(ours(x), linear(x), atol=1e-12)


def test_logits_are_cosines_while_prototypes_have_norm_one() -> None:
    torch.manual_seed(0)
    head = DinoHead(6, 10, hidden=8, bottleneck=4)
    x = torch.randn(3, 6)
    bottleneck = head.mlp(x)
    expected = torch.nn.functional.cosine_similarity(
        bottleneck[:, None], head.last_layer.weight_v[None], dim=-1
    )
    assert torch.allclose(head(x), expected, atol=1e-6)


def test_norm_of_prototypes_learns_unless_held() -> None:
    assert DinoHead(6, 10, hidden=8).last_layer.weight_g.requires_grad
    assert not DinoHead(6, 10, hidden=8, norm_last_layer=True).last_layer.weight_g.requires_grad


@pytest.mark.parametrize("layers", [1, 2, 4])
def test_has_as_many_layers_as_asked(layers: int) -> None:
    head = DinoHead(6, 10, hidden=8, bottleneck=4, layers=layers)
    linear = [part for part in head.mlp if isinstance(part, nn.Linear)]
    assert len(linear) == layers
    assert isinstance(head.mlp[-1], nn.Linear)
    assert head(torch.randn(2, 6)).shape == (2, 10)


def test_refuses_sizes_below_one() -> None:
    with pytest.raises(InputError, match="start at 1"):
        DinoHead(6, 0)
