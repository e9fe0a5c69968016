"""Write timm_golden.json: parameter names and outputs of timm's and DINO's vision transformers.

Run in an environment of its own with `timm==1.0.31 torch==2.13.0 torchvision==0.28.0`, with the
folder of a clone of github.com/facebookresearch/dino as the only argument. All in float64.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

MODELS = (
    "vit_tiny_patch16_224",
    "vit_small_patch16_224",
    "vit_small_patch8_224",
    "vit_base_patch16_224",
    "vit_small_patch14_dinov2",
)
SIZES = {"square": (224, 224), "local": (96, 96), "wide": (64, 160)}


def by_rule(names: list[str], shapes: dict[str, tuple[int, ...]]) -> dict[str, Tensor]:
    """Return weights by a rule that needs no generator: a sine of each tensor's running index."""
    weights = {}
    for i, name in enumerate(sorted(names)):
        count = torch.Size(shapes[name]).numel()
        wave = torch.sin(torch.arange(count, dtype=torch.float64) * 0.37 + i)
        centre = 1.0 if "norm" in name and name.endswith("weight") else 0.0
        weights[name] = (centre + 0.1 * wave).reshape(shapes[name])
    return weights


def image(height: int, width: int, channels: int = 3) -> Tensor:
    """Return one image by rule."""
    count = channels * height * width
    wave = torch.cos(torch.arange(count, dtype=torch.float64) * 0.011)
    return wave.reshape(1, channels, height, width)


def fill(model: Any) -> Any:
    """Return the model in float64 with weights by rule."""
    shapes = {k: tuple(v.shape) for k, v in model.state_dict().items()}
    model.double().load_state_dict(by_rule(list(shapes), shapes))
    return model.eval()


def names(timm: Any, name: str) -> dict[str, object]:
    """Return the shapes by name, the blocks folded into one (they are all alike)."""
    with torch.device("meta"):
        state = timm.create_model(name, num_classes=0).state_dict()
    folded: dict[str, list[int]] = {}
    depth = 1 + max(int(k.split(".")[1]) for k in state if k.startswith("blocks."))
    for key, value in state.items():
        parts = key.split(".")
        if parts[0] == "blocks":
            parts[1] = "*"
        shape = folded.setdefault(".".join(parts), list(value.shape))
        if shape != list(value.shape):
            raise ValueError(f"{key} differs between blocks")
    return {"depth": depth, "shapes": folded}


def outputs(model: nn.Module) -> dict[str, list[float]]:
    """Return the model's output on the image of each size."""
    with torch.no_grad():
        return {k: [round(x, 9) for x in model(image(*s))[0].tolist()] for k, s in SIZES.items()}


def register_missing_operators() -> None:
    """Let a torchvision built for CUDA be imported beside a torch without it."""
    make: Any = torch.library.Library
    library = make("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    globals()["_library"] = library  # must outlive this call


def main(dino_folder: str) -> None:
    """Write the file."""
    register_missing_operators()
    import timm
    from timm.models.vision_transformer import VisionTransformer

    sys.path.insert(0, dino_folder)
    import vision_transformer as dino  # type: ignore[import-not-found]

    tiny = {"patch_size": 16, "embed_dim": 192, "depth": 2, "num_heads": 3, "num_classes": 0}
    plain = fill(VisionTransformer(img_size=224, dynamic_img_size=True, **tiny))
    scaled = fill(VisionTransformer(img_size=224, dynamic_img_size=True, init_values=1.0, **tiny))
    norm = partial(nn.LayerNorm, eps=1e-6)
    released = fill(dino.VisionTransformer(qkv_bias=True, norm_layer=norm, **tiny))
    with torch.no_grad():
        attention = released.get_last_selfattention(image(96, 96))[0, :, 0, 1:]
    golden = {
        "timm": timm.__version__,
        "torch": torch.__version__,
        "names": {name: names(timm, name) for name in MODELS},
        "timm_outputs": outputs(plain),
        "timm_scaled_outputs": {"square": outputs(scaled)["square"]},
        "dino_outputs": outputs(released),
        "dino_attention_local": [[round(x, 9) for x in row] for row in attention.tolist()],
    }
    path = Path(__file__).with_name("timm_golden.json")
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
