"""What was understood of a run, in words: one line per fact, for the terminal and the page."""

from __future__ import annotations

from phenolens.core.counts import count_of
from phenolens.core.errors import one_line
from phenolens.curves.series import Times
from phenolens.curves.understood import Understood

_MOST = 12  # drugs, doses or names that are written out


def words_of(run: Understood) -> list[tuple[str, str]]:
    """Return what was understood of a run: (fact, words), without its notes."""
    per = _range(*run.replicates)
    facts = [
        ("read as", f"{run.format}; {len(run.files)} {_plural('table', len(run.files))}"),
        ("measured", ", ".join(f"{name}{_missing(n)}" for name, n in run.variables.items())),
        ("conditions", f"{run.conditions}, {count_of(run.curves, 'curve')}, {per} per condition"),
        ("drugs", _some([f"{drug}{_doses(of, run.unit)}" for drug, of in run.drugs.items()], "; ")),
        ("controls", _some(list(run.controls)) or "none"),
        ("cell lines", _some(list(run.cell_lines))),
        ("plates", _some(list(run.plates)) if run.plates != (run.run,) else ""),
        ("wells", _wells(run)),
        ("batches", _some(list(run.batches))),
        ("also", _some([f"{name} ({_count(n)})" for name, n in run.further.items()])),
        ("times", _times(run.times)),
        ("time column", "; ".join(run.clock)),
        ("columns", _some([f"{ours} from '{own}'" for ours, own in run.named.items()])),
        ("not used", _some([f"'{name}'" for name in run.unused])),
        ("left out", f"{count_of(run.left_out, 'row')}, by the condition" if run.left_out else ""),
    ]
    return [(fact, one_line(text)) for fact, text in facts if text]


def _times(times: Times) -> str:
    """Return first, last and spacing, and what is odd, if anything is."""
    text = f"{times.count}, {times.first:g} to {times.last:g} h"
    if times.spacing == times.spacing:
        text += f", {'usually ' if times.uneven else ''}every {times.spacing:.4g} h"
    odd = {
        "uneven": times.uneven,
        f"{times.missing} missing in all curves": times.missing,
        f"{times.gaps} missing in some": times.gaps,
        f"{times.doubled} doubled": times.doubled,
        f"{times.out_of_order} out of order": times.out_of_order,
    }
    return ", ".join([text, *(what for what, there in odd.items() if there)])


def _doses(doses: tuple[str, ...], unit: str) -> str:
    if not doses:
        return ""
    some = _some(list(doses))
    return f" ({some} {unit})" if all(map(_is_number, doses)) else f" ({some})"


def _is_number(text: str) -> bool:
    return text[:1].isdigit() and " " not in text


def _wells(run: Understood) -> str:
    images = f", up to {run.sites} images at one time" if run.sites > 1 else ""
    return f"{run.wells}{images}" if run.wells else ""


def _missing(count: int) -> str:
    return f" ({count} {_plural('value', count)} missing)" if count else ""


def _count(count: int) -> str:
    return f"{count} {_plural('value', count)}"


def _range(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"


def _some(names: list[str], sign: str = ", ") -> str:
    more = f"{sign}... ({len(names)} in all)" if len(names) > _MOST else ""
    return sign.join(names[:_MOST]) + more
