"""Write torchvision_golden.json: names, shapes and outputs of torchvision's ResNets.

    pip install torchvision==0.28.0
    python tests/encoders/golden/make_torchvision_golden.py

Weights follow a rule, so that they need not be stored.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

SIZE = 32


def by_rule(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return float64 weights by name alone: variances positive, the rest small."""
    made = {}
    for name, value in state.items():
        if not value.is_floating_point():
            made[name] = value
            continue
        start = int(hashlib.sha256(name.encode()).hexdigest()[:6], 16)
        wave = torch.sin(start + torch.arange(value.numel(), dtype=torch.float64))
        scale = 1.0 if value.ndim == 1 else (2.0 / value[0].numel()) ** 0.5
        wave = (
            1 + 0.5 * wave if name.endswith(("running_var", "weight")) and value.ndim == 1 else wave
        )
        made[name] = (wave * scale).reshape(value.shape)
    return made


def images() -> Tensor:
    """Return two images (2, 3, 32, 32), float64."""
    values = torch.arange(2 * 3 * SIZE * SIZE, dtype=torch.float64)
    return torch.sin(values * 0.37).reshape(2, 3, SIZE, SIZE)


def names_of(state: dict[str, Tensor]) -> str:
    """Return a SHA-256 of names and shapes without the classifier."""
    listed = sorted((k, tuple(v.shape)) for k, v in state.items() if not k.startswith("fc."))
    return hashlib.sha256(repr(listed).encode()).hexdigest()


def main() -> None:
    """Write the file."""
    library: Any = torch.library
    library = library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):  # torchvision for CUDA does not register them with CPU torch
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    from torchvision import models

    golden: dict[str, Any] = {}
    for depth in (18, 34, 50, 101):
        net: nn.Module = getattr(models, f"resnet{depth}")(weights=None)
        net = net.double().eval()
        net.load_state_dict(by_rule(net.state_dict()))
        net.fc = nn.Identity()
        with torch.inference_mode():
            out = net(images())
        golden[str(depth)] = {
            "names": names_of(net.state_dict()),
            "output": [[round(v, 9) for v in row[:16]] for row in out.tolist()],
            "norm": out.norm().item(),
        }
    path = Path(__file__).with_name("torchvision_golden.json")
    path.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
