"""Every benchmark that ends in minutes, one after the other: `make bench`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# Trainings of an hour and more, what makes a table of them, and what needs a folder: by name.
LONG = (
    *("brightfield", "grids", "importance_maps", "keep", "large_table"),
    *("plain_nuclei", "preparation", "real_cells", "real_cells_table", "real_curves", "vendors"),
)


def main() -> None:
    """Run the other scripts of this folder."""
    here = Path(__file__).resolve()
    for script in sorted(here.parent.glob("*.py")):
        if script == here:
            continue
        if script.stem in LONG:
            print(f"\n## {script.stem}: left out, start it by name", flush=True)
            continue
        print(f"\n## {script.stem}\n", flush=True)
        subprocess.run([sys.executable, str(script)], check=True)


if __name__ == "__main__":
    main()
