"""Where and how precisely a network computes: the one place that chooses."""

from __future__ import annotations

from typing import Any, Literal

import torch

from phenolens.core.errors import InputError
from phenolens.training.settings import Precision

Accelerator = Literal["auto", "cpu", "cuda", "mps"]


def device_of(accelerator: Accelerator) -> torch.device:
    """Return the device to compute on; `auto`: CUDA where it is, else Apple's GPU, else the CPU.

    Raises:
        InputError: This machine has no such device.
    """
    available = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if accelerator == "auto":
        return torch.device(next(name for name, usable in available.items() if usable))
    if not available[accelerator]:
        usable = [name for name, usable in available.items() if usable]
        raise InputError(
            f"this machine has no {accelerator} device",
            where="accelerator",
            fix=f"use one of {', '.join(usable)}",
        )
    return torch.device(accelerator)


def precision_of(precision: Precision, device: torch.device) -> Literal["float32", "bf16"]:
    """Return the precision to train in; `auto`: bf16 where the device has it, else float32."""
    if precision != "auto":
        return precision
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported() else "float32"
    if device.type != "cpu":
        return "float32"
    # Before torch 2.7 there is no such function.
    features: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return "bf16" if features.get("avx512_bf16") or features.get("amx_bf16") else "float32"


def autocast(precision: Precision, device: torch.device) -> torch.autocast:
    """Return the context for the forward pass: bf16 or float32."""
    half = precision_of(precision, device) == "bf16"
    return torch.autocast(device.type, torch.bfloat16, enabled=half)


def describe(device: torch.device) -> str:
    """Return the name of the device."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    count = torch.get_num_threads()
    return f"{device.type}, {count} thread{'s' * (count != 1)}"
