"""A chain chosen by replicates: for the result, and for each baseline its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from phenolens.auto.choice import Choice
from phenolens.auto.facts import Facts
from phenolens.auto.judging import WELLS, profiling, without_a_search
from phenolens.chains.chain import build_steps, profile
from phenolens.chains.scoring import read_metrics
from phenolens.chains.settings import plain
from phenolens.core.each_model import each_model
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.progress import Say, silent
from phenolens.core.registry import find
from phenolens.core.run_folder import RunFolder
from phenolens.core.score import Score
from phenolens.runs.baselines import embeddings_of, measured_table, models_of
from phenolens.statistics.paired import paired_difference
from phenolens.tune.tune import GIVEN, tune
from phenolens.tune.tuned import Tuned

Table = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A chain on wells.

    Attributes:
        steps: As plain tables.
        choice: What it is, and why.
        nested: Replicate mAP of compounds that had no part in the choice, with its interval; None
            where no chain was chosen by replicates.
    """

    steps: list[Table]
    choice: Choice
    nested: tuple[float, float, float] | None = None


def choose(embeddings: Profiles, facts: Facts, seed: int, say: Say = silent) -> Chosen:
    """Return the chain under which replicates find each other best, or one that needs none."""
    if not facts.has_replicates:
        return Chosen(*without_a_search(facts))
    wells = profile(embeddings, build_steps([WELLS]))
    try:
        found = tune(wells, seed=seed, say=say)
    except InputError as error:
        steps, choice = without_a_search(facts)
        why = f"replicates could not be used: {error.what}"
        return Chosen(steps, Choice(choice.name, choice.value, why))
    nested = found.nested.value, found.nested.low, found.nested.high
    given = {name: score.value for name, score in found.untuned.items()}
    others = ", ".join(f"{name} {value:.2f}" for name, value in given.items())
    why = (
        f"best of {len(found.trials)} by {found.criterion}: {nested[0]:.2f} of compounds that had "
    )
    why += f"no part in the choice ({others}){_gained(found)}; mechanisms were not looked at"
    return Chosen(list(plain(found.chain)), Choice("chain", found.name, why), nested)


def _gained(found: Tuned) -> str:
    """Return whether the chain is better than none, in words; empty where that is not known."""
    gap = found.gains.get(GIVEN)
    if not found.chain or gap is None:
        return ""
    words = "a gain over" if gap["low"] > 0 else "no gain over"
    words = "worse than" if gap["high"] < 0 else words
    figures = f"{gap['value']:+.2f}, {gap['low']:+.2f} to {gap['high']:+.2f}"
    return f"; {words} the features as given ({figures}, treatment by treatment)"


def choose_of_run(
    folder: RunFolder, settings: Mapping[str, Any], facts: Facts, seed: int
) -> Chosen:
    """Return the chain of a run, as `choose`, from its embeddings.

    Where features that were not learned are side by side with those of a network, the replicates
    of these alone choose: a network that was trained with the treatments finds its own whatever
    the chain is. All then go through that chain, each by itself.

    Args:
        folder: Of the run.
        settings: Of its recipe.
        facts: Of the screen.
        seed: Of the search.
    """
    joined = settings.get("joined", ())
    if not joined:
        return choose(embeddings_of(folder, settings), facts, seed)
    title = str(find("baselines", joined[0], "joined").title)
    chosen = choose(measured_table(folder, joined[0]), facts, seed)
    why = f"by {title} alone, and for all that is side by side: {chosen.choice.reason}"
    whole = each_model(build_steps([WELLS, *chosen.steps]), models_of(folder, settings))
    try:
        profile(embeddings_of(folder, settings), whole)
    except InputError as error:
        steps, choice = without_a_search(facts)
        why = f"{chosen.choice.value} does not fit what was learned: {error.what}"
        return Chosen(steps, replace(choice, reason=why))
    return replace(chosen, choice=replace(chosen.choice, reason=why))


def baseline_scores(
    baselines: Mapping[str, Profiles],
    facts: Facts,
    metrics: Table,
    seed: int,
    say: Say = silent,
    *,
    unit: bool = False,
) -> dict[str, tuple[str, dict[str, Score]]]:
    """Return the scores of each baseline under the chain that was chosen for it: by its title.

    The chain of the result suits the result; a baseline is not judged by it alone.

    Args:
        baselines: Embeddings by title.
        facts: Of the screen.
        metrics: Tables of the recipe.
        seed: Of the search.
        say: Called with one line per chain.
        unit: Whether wells have length 1, as those of the result, where they have several features.
    """
    found = {}
    for title, embeddings in baselines.items():
        say(f"choosing the chain of the baseline {title}")
        chosen = choose(embeddings, facts, seed)
        wells = profile(embeddings, build_steps([WELLS, *chosen.steps]))
        several = len(wells.names) > 1  # of one feature a length leaves the sign
        tables = profiling(facts, chosen.steps, unit=unit and several)
        made, stages = read_metrics(metrics, tables, "metrics")
        steps = build_steps(tables)
        scores = {}
        for name, metric in made.items():
            try:
                scores[name] = metric(profile(embeddings, steps[: stages[name]]))
            except InputError as error:
                say(f"{title}: {name} could not be computed: {error}")
        found[title] = chosen.choice.value, scores
    return found


def ahead(result: Score, baseline: Score, seed: int) -> dict[str, float] | None:
    """Return by how much a result exceeds a baseline; None where their rows cannot be matched."""
    try:
        return asdict(paired_difference(result, baseline, seed=seed))
    except InputError:
        return None
