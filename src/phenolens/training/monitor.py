"""What one watches during a training: loss, effective rank, speed, time left; also as a table."""

from __future__ import annotations

import csv
import math
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self

import torch
from jaxtyping import Float
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor

from phenolens.core.files import written
from phenolens.core.peak_memory import peak_process_mb
from phenolens.core.views import Views
from phenolens.training.effective_rank import effective_rank
from phenolens.training.verdict import UNTRAINED

KEPT = 512  # the most recent embeddings, on which the effective rank is measured


@dataclass(frozen=True, slots=True)
class Place:
    """Where a training keeps its state, and how far this session goes.

    Attributes:
        checkpoint: File to resume from.
        log: CSV of the figures.
        identity: Hash of all settings that shape the result; other checkpoints are refused.
        title: Shown next to the progress bar.
        stop_after: Steps that this session may take, for a budget; all when None.
    """

    checkpoint: Path
    log: Path
    identity: str
    title: str = "train"
    stop_after: int | None = None


class Monitor:
    """Collects a training's figures, draws the progress bar, keeps the CSV log.

    Attributes:
        best: The best state so far, as `Watcher` remembers it: part of `state`.

    Args:
        place: Where the log is.
        step: Step at which training starts or resumes.
        steps: Steps in all.
        collapsed_loss: Value of the loss when all embeddings are the same, shown next to it.
        process: Which process this is; only the first (0) draws and writes.
        before: What `state` returned at this step, where the training resumes.
    """

    def __init__(
        self,
        place: Place,
        step: int,
        steps: int,
        collapsed_loss: float | None,
        process: int = 0,
        before: Mapping[str, Any] | None = None,
    ) -> None:
        shown, title = process == 0, place.title
        self._path, self._steps, self._shown = place.log, steps, shown
        before = before or {}
        self._rows: list[dict[str, Any]] = list(before.get("rows", ()))
        self._before = float(before.get("seconds", 0.0))
        self._embeddings: deque[Tensor] = deque(before.get("embeddings", ()))
        self.best: dict[str, Any] = dict(before.get("best", {}))
        self._waited, self._found = 0.0, ""
        self._unseen: dict[int, Mapping[str, Tensor]] = {}
        self._tenth = -1
        self._images, self._since, self._began = 0, time.perf_counter(), time.perf_counter()
        self._collapsed = f" (collapsed {collapsed_loss:.2f})" if collapsed_loss else ""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total} {task.fields[figures]}"),
            TimeRemainingColumn(),
        )
        tty = sys.stderr.isatty()
        self._bar = Progress(*columns, disable=not (shown and tty), transient=True)
        self._plain = shown and not tty
        self._task = self._bar.add_task(title, total=steps, completed=step, figures="")
        self._title = title

    def __enter__(self) -> Self:
        self.flush()  # the log as it was at the checkpoint, whatever the file holds
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    @property
    def seconds(self) -> float:
        """Seconds of training so far, including those before a resume."""
        return self._before + time.perf_counter() - self._began

    def see(
        self, step: int, terms: Mapping[str, Tensor], embedding: Float[Tensor, "n d"], images: int
    ) -> None:
        """Take note of a step: its loss terms, embeddings and number of images; move the bar."""
        self._bar.update(self._task, completed=step + 1)
        self._images += images
        self._unseen[step] = {name: term.detach() for name, term in terms.items()}
        self._embeddings.append(embedding.detach())  # stays on its device: no wait
        while sum(map(len, self._embeddings)) - len(self._embeddings[0]) >= KEPT:
            self._embeddings.popleft()

    def look(self) -> dict[str, float]:
        """Return the last step's loss terms; check those of all steps since the last look.

        Looking at a loss waits for the device, so it is done now and then.

        Raises:
            FloatingPointError: One of them is not finite; says the step and the terms.
        """
        figures: dict[str, float] = {}
        for step, terms in self._unseen.items():
            figures = {name: float(value) for name, value in terms.items()}
            if not all(map(math.isfinite, figures.values())):
                raise FloatingPointError(
                    f"the loss is not finite at step {step}: {figures}; lower the lr"
                )
        self._unseen.clear()
        return figures

    def waits(self, views: Iterable[Views]) -> Iterator[Views]:
        """Yield these views, and count the seconds in which they were waited for."""
        iterator = iter(views)
        while True:
            began = time.perf_counter()
            one = next(iterator, None)
            self._waited += time.perf_counter() - began
            if one is None:
                return
            yield one

    def before(self, figures: Mapping[str, float]) -> None:
        """Append the line of the encoder before its first step, if it was measured."""
        if figures:
            self._rows.append({"step": UNTRAINED, "epoch": 0, **_figures(figures)})

    def log(
        self,
        step: int,
        epoch: int,
        lr: float,
        terms: Mapping[str, float],
        figures: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        """Append one line: step, epoch, loss, its terms, learning rate, speed, effective rank.

        Args:
            step: The step that was done.
            epoch: Its epoch.
            lr: The learning rate.
            terms: Of the loss.
            figures: What a look at the encoder found, if there was one.
        """
        now = time.perf_counter()
        passed = max(1e-9, now - self._since)
        speed, waiting = self._images / passed, min(1.0, self._waited / passed)
        self._images, self._since, self._waited = 0, now, 0.0
        row: dict[str, Any] = {
            "step": step,
            "epoch": epoch,
            "loss": f"{sum(terms.values()):.6f}",
            "lr": f"{lr:.3e}",
            "images_per_s": f"{speed:.1f}",
            "rank": f"{self.effective_rank():.2f}",
            "seconds": f"{self.seconds:.1f}",
            "memory_mb": f"{peak_memory_mb():.0f}",
            "waiting": f"{waiting:.2f}",
            **{f"loss_{name}": f"{value:.6f}" for name, value in terms.items()},
            **_figures(figures),
        }
        self._rows.append(row)
        if figures:
            found = {"replicates": figures["replicates"], "batch": figures["batch_knn"]}
            known = (f" {name} {v:.3f}" for name, v in found.items() if math.isfinite(v))
            self._found = "".join(known)
        shown = f"loss {row['loss'][:6]}{self._collapsed} rank {row['rank']}{self._found} "
        shown += f"{speed:.0f} img/s"
        self._bar.update(self._task, figures=shown)
        tenth = (step + 1) * 10 // self._steps
        if self._plain and tenth > self._tenth:
            self._tenth = tenth
            sys.stderr.write(f"{self._title} {step + 1}/{self._steps} {shown}\n")

    def state(self) -> dict[str, Any]:
        """Return what a resume needs for the same log: lines, seconds, recent embeddings."""
        embeddings = [each.cpu().clone() for each in self._embeddings]
        state = {"rows": self._rows, "seconds": self.seconds, "embeddings": embeddings}
        return {**state, "best": self.best} if self.best else state

    def effective_rank(self) -> float:
        """Return the effective rank of the most recent embeddings; NaN before the first."""
        if not self._embeddings:
            return float("nan")
        recent = [each.cpu() for each in self._embeddings]
        return float(effective_rank(torch.cat(recent).double()))

    def flush(self) -> None:
        """Check the losses, then write the log.

        Raises:
            FloatingPointError: As `look`; a checkpoint with such weights would be of no use.
        """
        self.look()
        if not (self._shown and self._rows):
            return
        with written(self._path) as partial, partial.open("w", newline="") as file:
            names = dict.fromkeys([*self._rows[-1], *(k for row in self._rows for k in row)])
            writer = csv.DictWriter(file, fieldnames=list(names), restval="")
            writer.writeheader()
            writer.writerows(self._rows)


def _figures(figures: Mapping[str, float]) -> dict[str, str]:
    return {name: f"{value:.6f}" for name, value in figures.items()}


def peak_memory_mb() -> float:
    """Return the peak memory in MB: the accelerator's where one is used, else the process's."""
    if torch.cuda.is_available() and torch.cuda.max_memory_allocated():
        return torch.cuda.max_memory_allocated() / 1e6
    return peak_process_mb()
