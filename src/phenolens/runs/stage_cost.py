"""What the stages of a run took, wherever they were made, and which of them were found."""

from __future__ import annotations

from typing import Any

from phenolens.runs.job import Job
from phenolens.runs.record import read_record

_OF_BASELINES = ("baseline ", "score baseline_scores/")


def stage_cost(job: Job) -> dict[str, Any]:
    """Return what the stages of a run took together, and which were there already.

    The time of a run says little where it found its stages: the run that made them has it. Stages
    of baselines do not count.

    Args:
        job: A run of which every stage is in its folder.

    Returns:
        `stages_seconds`: the time that each stage took the process that made it, added. `found`:
        the names of the stages that this process did not make, in the order of a run.
    """
    record = read_record(job.folder).stages
    slots = [slot for slot in record if slot in job.slots and not slot.startswith(_OF_BASELINES)]
    found = [slot.split()[0] for slot in slots if record[slot]["key"] not in job.cache.made]
    seconds = sum(float(record[slot]["seconds"]) for slot in slots)
    return {"stages_seconds": round(seconds, 1), "found": list(dict.fromkeys(found))}
