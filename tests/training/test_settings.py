"""Settings that fit together, and those that do not."""

from __future__ import annotations

import math
from typing import Any

import pytest

from phenolens.core.errors import InputError
from phenolens.training.settings import Training


@pytest.mark.parametrize("name", ["epochs", "batch_size"])
def test_counts_start_at_one(name: str) -> None:
    with pytest.raises(InputError, match=f"{name}: must be from 1 to 1000000, got 0"):
        Training(**{name: 0})  # type: ignore[arg-type]
    assert getattr(Training(**{"warmup_epochs": 1.0, name: 1}), name) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"warmup_epochs": 5.0, "epochs": 4},
            r"warmup_epochs: must be at most epochs \(4\), got 5",
        ),
        ({"momentum": 1.0}, r"momentum: must be at least 0 and below 1, got 1.0"),
        ({"factor": 0.0, "schedule": "steps", "milestones": (0.5,)}, "factor: must be above 0"),
        ({"trust": math.nan}, "trust: must be above 0"),
        ({"lr": -1.0}, "lr: must be at least 0, got -1.0"),
        ({"lr": math.inf}, "lr: must be at least 0, got inf"),
        ({"final_lr": -1.0}, "final_lr: must be at least 0"),
        ({"warmup_epochs": math.nan}, "warmup_epochs: must be at least 0, got nan"),
        ({"weight_decay": math.nan}, "weight_decay: must be at least 0"),
        ({"final_weight_decay": -1.0}, "final_weight_decay: must be at least 0"),
        ({"clip": -1.0}, "clip: must be at least 0"),
        ({"trust": -1.0}, "trust: must be above 0"),
        ({"milestones": (0.5,)}, "schedule 'cosine' and milestones .* do not fit together"),
        ({"schedule": "steps"}, "schedule 'steps' and milestones .* do not fit together"),
        ({"schedule": "steps", "milestones": (0.8, 0.6)}, "rising shares of the training"),
        ({"schedule": "steps", "milestones": (0.5, 0.5)}, "rising shares of the training"),
        ({"schedule": "steps", "milestones": (60.0,)}, "rising shares of the training"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Training(**settings)


def test_defaults_are_those_of_dino() -> None:
    training = Training()
    assert (training.optimizer, training.schedule) == ("adamw", "cosine")
    assert (training.weight_decay, training.final_weight_decay, training.clip) == (0.04, 0.4, 3.0)
