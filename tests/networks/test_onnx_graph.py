"""What a network of somebody else gives is checked, and it may not run for ever."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.networks import onnx_graph
from phenolens.networks.onnx_graph import OnnxGraph

Run = Callable[[np.ndarray, Any], Any]


@pytest.fixture
def graph(monkeypatch: pytest.MonkeyPatch) -> Callable[..., OnnxGraph]:
    """Return what makes the graph of a stand-in for onnxruntime, from what a call gives."""

    def of(run: Run, inputs: tuple[Any, ...] = (SimpleNamespace(name="x", shape=[]),)) -> OnnxGraph:
        session = SimpleNamespace(
            get_inputs=lambda: list(inputs),
            get_outputs=lambda: [SimpleNamespace(name="y")],
            run=lambda names, given, options: [run(given["x"], options) for _ in names],
        )
        module = ModuleType("onnxruntime")
        module.InferenceSession = lambda *_, **__: session  # type: ignore[attr-defined]
        module.SessionOptions = SimpleNamespace  # type: ignore[attr-defined]
        module.RunOptions = lambda: SimpleNamespace(terminate=False)  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "onnxruntime", module)
        return OnnxGraph(b"")

    return of


@pytest.mark.parametrize(
    ("made", "what"),
    [
        (lambda *_: np.float32(1.0), "no array of numbers"),
        (lambda x, _: np.ones(len(x)), r"float64 of shape \(4,\)"),
        (lambda *_: np.ones((1, 3)), r"of shape \(1, 3\) for 4 images"),
        (lambda x, _: np.ones((len(x), 0)), r"of shape \(4, 0\)"),
        (lambda x, _: np.full((len(x), 2), "a"), "no array of numbers"),
        (lambda x, _: [x], "no array of numbers"),
    ],
)
def test_an_output_that_is_no_row_per_image(
    graph: Callable[..., OnnxGraph], made: Run, what: str
) -> None:
    with pytest.raises(InputError, match=f"the output 'y' gives .*{what}.*; name another output"):
        graph(made).run(torch.zeros(4, 3, 8, 8))


def test_whole_numbers_and_maps_are_taken(graph: Callable[..., OnnxGraph]) -> None:
    made = graph(lambda *_: np.arange(4 * 2 * 3 * 3).reshape(4, 2, 3, 3).astype(np.uint64))
    found = made.run(torch.zeros(4, 3, 8, 8))
    assert found.dtype == torch.float32
    assert found[0].tolist() == [4.0, 13.0]


def test_other_numbers_of_inputs(graph: Callable[..., OnnxGraph]) -> None:
    for inputs in ((), (SimpleNamespace(name="x", shape=[1]),) * 2):
        with pytest.raises(InputError, match="one input is needed"):
            graph(lambda x, _: x, inputs)


def test_a_network_that_does_not_end_is_stopped(
    graph: Callable[..., OnnxGraph], monkeypatch: pytest.MonkeyPatch
) -> None:
    def for_ever(_: np.ndarray, options: Any) -> np.ndarray:
        while not options.terminate:
            time.sleep(0.01)
        raise RuntimeError("Exiting due to terminate flag being set to true.")

    monkeypatch.setattr(onnx_graph, "_MOST_SECONDS", 0.05)
    monkeypatch.setattr(onnx_graph, "_EACH", 0.01)
    with pytest.raises(InputError, match="the network takes more than 0 s"):
        graph(for_ever).run(torch.zeros(1, 3, 8, 8))


def test_an_answer_that_depends_on_chance_or_on_the_batch(graph: Callable[..., OnnxGraph]) -> None:
    rng = np.random.default_rng(0)
    for made in (
        lambda x, _: x.mean((2, 3)) - x.mean((0, 2, 3)),
        lambda x, _: rng.normal(size=(len(x), 4)),
    ):
        with pytest.raises(InputError, match="depends on chance, or on the other images"):
            graph(made).refuse_unsteady(8)
    graph(lambda x, _: x.mean((2, 3))).refuse_unsteady(8)


def test_a_batch_of_a_fixed_size_is_filled_up(graph: Callable[..., OnnxGraph]) -> None:
    given = (SimpleNamespace(name="x", shape=[4, 3, 8, 8]),)
    sizes = []

    def mean(x: np.ndarray, _: Any) -> np.ndarray:
        sizes.append(len(x))
        return x.mean((2, 3))

    images = torch.rand(6, 3, 8, 8)
    found = graph(mean, given).run(images)
    assert sizes == [4, 4]
    torch.testing.assert_close(found, images.mean((2, 3)))
