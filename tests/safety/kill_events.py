"""A process that runs commands in forked children and kills them before one of their file events.

    python kill_events.py < JSON

One line of JSON comes in: `command` (arguments of phenolens), `inputs` (a folder), `folder` (a copy
of it, in which the command works), `every` (each so many-th event is killed at). A line of JSON
goes out for the undisturbed command, and one for each kill: how it ended, how the command that was
given again ended, and which files then differ from the undisturbed ones.

An event is the opening of a file for writing, mkdir, rename, remove or rmdir below the folder.
Python announces them to audit hooks; files that C++ writes are announced when they are renamed.
"""

from __future__ import annotations

import contextlib
import csv
import importlib
import io
import json
import os
import shutil
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir")
_TABLES = ("pandas", "scipy.stats", "sklearn.decomposition", "pyarrow.parquet")
_PIXELS = (*_TABLES, "torch", "lightning_fabric", "phenolens.runs.run")
_TIMES = (
    "seconds",
    "images_per_s",
    "memory_mb",
    "waiting",
    "cost",
    "started",
    "finished",
    "process",
)


class Events:
    """Counts the file events of this process below a folder; kills it before one of them."""

    def __init__(self, folder: Path, kill_at: int | None) -> None:
        self.folder, self.kill_at, self.count = str(folder), kill_at, 0

    def __call__(self, event: str, given: tuple[Any, ...]) -> None:
        """Take note of an event."""
        if event == "open":
            path, _, flags = given
            changes = isinstance(flags, int) and bool(flags & _WRITES)
        else:
            path, changes = given[0] if given else None, event in _CHANGES
        if not changes or not isinstance(path, str | bytes | os.PathLike):
            return
        name = os.fsdecode(path)
        if name.startswith(self.folder) or not Path(name).is_absolute():
            if self.count == self.kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            self.count += 1


def call(command: list[str], folder: Path, kill_at: int | None) -> dict[str, Any]:
    """Run a command in a forked child; return its status, events, modules and errors."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        errors, events = io.StringIO(), Events(folder, kill_at)
        status = 1
        try:
            sys.addaudithook(events)
            with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
                sys.argv = ["phenolens", *command]
                importlib.import_module("phenolens.cli").main()
                status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        except BaseException:
            errors.write(traceback.format_exc())
        said = {"events": events.count, "errors": errors.getvalue(), "modules": [*sys.modules]}
        with os.fdopen(writer, "w") as out:
            json.dump(said, out)
        os._exit(status)
    os.close(writer)
    with os.fdopen(reader) as given:
        text = given.read()
    _, ended = os.waitpid(child, 0)
    return {"status": os.waitstatus_to_exitcode(ended), **(json.loads(text) if text else {})}


def contents(folder: Path) -> dict[str, Any]:
    """Return what every file holds, without times: by its path."""
    found: dict[str, Any] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir():
            found[name] = None
        elif path.suffix == ".json":
            found[name] = timeless(json.loads(path.read_text(encoding="utf-8")))
        elif path.name == "log.csv" or path.parent.name == "logs":
            with path.open(newline="") as file:
                found[name] = [timeless(row) for row in csv.DictReader(file)]
        elif path.name == "report.html":  # it shows the times
            found[name] = path.read_text(encoding="utf-8").rstrip().endswith("</html>")
        else:
            found[name] = path.read_bytes()
    return found


def timeless(value: Any) -> Any:
    """Return a value of JSON without times, and without checksums of files that hold some."""
    if isinstance(value, dict):
        return {
            k: timeless(v)
            for k, v in value.items()
            if k not in _TIMES and not k.endswith((".json", "log.csv", "logs/joint.csv"))
        }
    return [timeless(each) for each in value] if isinstance(value, list) else value


def prepare(folder: Path, inputs: Path) -> None:
    """Make the folder hold the inputs alone."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(inputs, folder)
    os.chdir(folder)


def main() -> None:
    """Do what standard input asks."""
    asked = json.loads(sys.stdin.readline())
    sys.modules["umap"] = None  # type: ignore[assignment]  # it takes seconds to compile
    command, folder, inputs = asked["command"], Path(asked["folder"]), Path(asked["inputs"])
    for name in _PIXELS if command[0] in ("run", "embed") else _TABLES:  # seconds, and no event
        importlib.import_module(name)
    prepare(folder, inputs)
    whole = call(command, folder, None)
    expected = contents(folder)
    for name in whole["modules"]:  # loaded once here, not in every child
        if name not in sys.modules and not name.startswith("__"):
            with contextlib.suppress(Exception):
                importlib.import_module(name)
    print(json.dumps({k: whole[k] for k in ("status", "events", "errors")}), flush=True)
    every = asked["every"]
    for number in range(every // 2, whole["events"], every):
        prepare(folder, inputs)
        killed = call(command, folder, number)
        again = call(command, folder, None)
        found = contents(folder)
        differ = [n for n in {**expected, **found} if expected.get(n, "") != found.get(n, "")]
        facts: dict[str, Any] = {"number": number, "killed": killed["status"], "differ": differ}
        print(
            json.dumps({**facts, "status": again["status"], "errors": again["errors"]}), flush=True
        )


if __name__ == "__main__":
    main()
