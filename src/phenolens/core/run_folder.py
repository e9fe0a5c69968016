"""RunFolder: the path of every file in the folder of a run, written once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from phenolens.core.names import file_name


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where each file of a run is. It reads and writes nothing.

    The folder is complete on its own: no file in it points anywhere else, and a name that cannot be
    the name of a file is refused (`InputError`).

    Attributes:
        root: The folder.

    Example:
        >>> RunFolder(Path("runs/demo")).score("nsc").as_posix()
        'runs/demo/scores/nsc.parquet'
    """

    root: Path

    @property
    def recipe(self) -> Path:
        """The resolved recipe, as TOML."""
        return self.root / "recipe.toml"

    @property
    def results(self) -> Path:
        """Every score with its baselines, cost and notes; it exists once the run is finished."""
        return self.root / "results.json"

    @property
    def provenance(self) -> Path:
        """Versions, platform, times, the data and the key of every stage."""
        return self.root / "provenance.json"

    @property
    def profiles(self) -> Path:
        """The profiles that the last step returns."""
        return self.root / "profiles.parquet"

    @property
    def report(self) -> Path:
        """The page that a person opens."""
        return self.root / "report.html"

    @property
    def answer(self) -> Path:
        """What `phenolens auto` chose and why, and what can be believed; absent elsewhere."""
        return self.root / "answer.json"

    @property
    def examples(self) -> Path:
        """A few images of every treatment: `images` uint8 (image, channel, height, width)."""
        return self.root / "examples.npz"

    @property
    def example_meta(self) -> Path:
        """Metadata of the examples, one row per image."""
        return self.root / "examples.parquet"

    @property
    def scores(self) -> Path:
        """Folder of the scores' rows."""
        return self.root / "scores"

    @property
    def logs(self) -> Path:
        """Folder of the training logs."""
        return self.root / "logs"

    @property
    def models(self) -> Path:
        """Folder of the trained models."""
        return self.root / "models"

    @property
    def embeddings(self) -> Path:
        """Folder of the models' embeddings."""
        return self.root / "embeddings"

    @property
    def baselines(self) -> Path:
        """Folder of the baselines' embeddings."""
        return self.root / "baselines"

    @property
    def baseline_scores(self) -> Path:
        """Folder of the rows of the baselines' scores."""
        return self.root / "baseline_scores"

    @property
    def explanations(self) -> Path:
        """Folder of what the models looked at."""
        return self.root / "explanations"

    @property
    def stages(self) -> Path:
        """What the run was given (data, weights, code), and the key of each stage in the folder."""
        return self.root / "stages.json"

    @property
    def names(self) -> frozenset[str]:
        """Names of all files and folders that a run writes directly into its folder."""
        files = (self.recipe, self.stages, self.results, self.provenance, self.report, self.answer)
        tables = (self.profiles, self.examples, self.example_meta)
        folders = (self.scores, self.logs, self.models, self.embeddings, self.baselines)
        more = (self.baseline_scores, self.explanations)
        return frozenset(path.name for path in (*files, *tables, *folders, *more))

    def score(self, name: str) -> Path:
        """One score's rows, as a parquet table."""
        return self.scores / f"{file_name(name)}.parquet"

    def log(self, name: str) -> Path:
        """One model's training log, as CSV."""
        return self.logs / f"{file_name(name)}.csv"

    def log_facts(self, name: str) -> Path:
        """What a reader of the log needs: `collapsed_loss`, `dim`."""
        return self.logs / f"{file_name(name)}.json"

    def model(self, name: str) -> Path:
        """Folder of one model: `config.json` and `model.safetensors`."""
        return self.models / file_name(name)

    def embedding(self, name: str) -> Path:
        """One model's embeddings, one row per tile."""
        return self.embeddings / f"{file_name(name)}.parquet"

    def baseline(self, name: str) -> Path:
        """Folder of one baseline's embeddings, one table per model."""
        return self.baselines / file_name(name)

    def baseline_score(self, baseline: str, name: str) -> Path:
        """The rows of one baseline's score, as a parquet table."""
        return self.baseline_scores / file_name(baseline) / f"{file_name(name)}.parquet"

    def explanation(self, name: str, model: str) -> Path:
        """Folder of one explanation of one model: tables, pictures and facts."""
        return self.explanations / file_name(name) / file_name(model)

    def score_names(self) -> Sequence[str]:
        """Names of the scores whose rows are there, sorted."""
        return sorted(path.stem for path in self.scores.glob("*.parquet"))

    def log_names(self) -> Sequence[str]:
        """Names of the models whose log is there, sorted."""
        return sorted(path.stem for path in self.logs.glob("*.csv"))
