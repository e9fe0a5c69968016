"""Whatever is typed or whatever the machine lacks: one line, an exit status, no traceback."""

from __future__ import annotations

import errno
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType

import numpy as np
import pandas as pd
import pytest

from phenolens.core.extras import EXTRAS
from phenolens.core.profiles import Profiles

Call = Callable[..., tuple[int, str, str]]
LIMIT = 20  # seconds for one command

# One per line; `T` is a table of wells. Every one of them ends with status 2.
NONSENSE = r"""
run
profile T
nothing
--plugin '' list
--plugin os list
--plugin 'x y' list
list ''
list nothing
list --markdown
cache --cache file
cache clear --older-than x
cache clear --stage x
score ''
score .
score /
score /dev/null
score absent.csv
score empty.csv
score header.csv
score noise.csv
score utf16.csv
score noise.parquet
score noise.h5ad
score noise.npz
score noise.npy
score loop.csv
score folder
score '['
score T --join ''
score T --join folder
score T --join noise.csv
score T --column =
score T --column batch=
score T --column batch=nope
score T --where 1
score T --where '('
score T --where 'nope == 1'
score T --where 'compound == "nothing"'
score T --batch-of-plate '('
score T --batch-of-plate .
score T --metric ''
score T --metric =
score T --metric nsc=
score T --metric =nsc
score T --metric NSC
score T --metric os:environ
score T --metric os:path
score T --metric nsc --set ''
score T --metric nsc --set =
score T --metric nsc --set nsc=3
score T --metric nsc --set nsc=
score T --metric nsc --set nsc.permutations
score T --metric nsc --set nsc.permutations=-1
score T --metric nsc --set nsc.permutations=999999999999
score T --metric nsc --set nsc.permutations={x=1}
score T --metric nsc --set nsc.permutations=[]
score T --metric nsc --set nsc.permutations=nan
score T --metric nsc --set nsc.permutations=true
score T --metric nsc --set nsc.seed=-1
score T --metric nsc --set nsc.same=3
score T --metric nsc --set nsc.x.y=1
score T --metric replicate_retrieval --set replicate_retrieval.null_size=0
score T --metric replicate_retrieval --set replicate_retrieval.null_size=-1
score T --steps ,
score T --steps '('
score T --steps 'sphere)'
score T --steps 'sphere(x=1)'
score T --steps 'sphere(1)'
score T --steps 'sphere(regularization=)'
score T --steps 'sphere(regularization=nan)'
score T --steps 'sphere(regularization=inf)'
score T --steps 'sphere(regularization=-1)'
score T --steps 'standardize(by=plate)'
score T --steps 'standardize(by=[nope])'
score T --steps 'standardize(ddof=99)'
score T --steps 'pca(components=0)'
score T --steps 'pca(components=true)'
score T --steps 'harmony(iterations=0)'
score T --steps 'select_features(blocklist=absent)'
score T --steps tvn
score T --steps os:getcwd
score T --steps os:environ
score T --steps math:pi
score T --steps absent.toml
score T --steps noise.toml
score T --steps deep.toml
profile / --out x.csv
profile T --out folder
profile T --out file/x.csv
profile T --out x.xyz
profile T --out /proc/x.csv
profile T --chain folder --out x.csv
profile T --save-chain file --steps standardize --out x.csv
profile T --stream --out x.csv
audit T --seed -1
audit T --seed x
audit T --same nothing
tune T --seed -1
tune T --mixing nan
tune T --mixing 2
tune T --out .
tune T --out ''
tune T --out /
tune T --out folder
tune T --space folder
tune T --space deep.toml
report absent
report file
report ''
check '' folder
check nothing folder
check os:environ folder
check synthetic . --set size=1
check synthetic . --set size=999999999
check synthetic . --set batch_strength=nan
check synthetic . --set batch_strength=inf
check synthetic . --set batch_strength={}
check image_folder folder
check image_folder folder --set 'pattern=('
embed absent synthetic .
embed absent synthetic . --machine threads=0
run ''
run folder
run absent
run noise.toml
run deep.toml
run quickstart --out R --set training.epochs={x=1}
run quickstart --out R --set training.epochs=0
run quickstart --out R --set training.lr=nan
run quickstart --out R --set training.lr=-1
run quickstart --out R --set training.warmup_epochs=99
run quickstart --out R --set training.batch_size=999999999999
run quickstart --out R --set training.batch_size=99999
run quickstart --out R --set screen.batch_strength=nan
run quickstart --out R --set screen.sites=1000 --set screen.replicates=1000
run quickstart --out R --set views.crops.global_size=0
run quickstart --out R --set views.crops.global_size=-8
run quickstart --out R --set views.crops.global_size=8
run quickstart --out R --set views.pairs.same=[nope]
run quickstart --out R --set embedding.tiles.size=0
run quickstart --out R --set embedding.tiles.size=9999
run quickstart --out R --set encoder.widths=[1000000000]
run quickstart --out R --set method.out=-1
run quickstart --out R --set method.momentum=2
run quickstart --out R --set pixels.0.factor=0
run quickstart --out R --set seed=-1
run quickstart --out R --set name=../x
run quickstart --out R --set metrics=3
run quickstart --out R --set views=3
run quickstart --out R --set weights=absent
run quickstart --out R --machine threads=0
run quickstart --out R --machine threads=999999999
run quickstart --out R --machine accelerator=tpu
run quickstart --out R --machine accelerator=mps
run quickstart --out file/run
run quickstart --out R --cache file
"""


@pytest.fixture
def odd(tmp_path: Path, wells: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder of odd files; `T` there is a table of wells."""
    monkeypatch.chdir(tmp_path)
    noise = bytes(range(256)) * 4
    for name in ("noise.csv", "noise.parquet", "noise.h5ad", "noise.npz", "noise.npy"):
        Path(name).write_bytes(noise)
    Path("noise.toml").write_bytes(noise)
    Path("deep.toml").write_text("a = " + "[" * 20_000)
    Path("empty.csv").touch()
    Path("utf16.csv").write_bytes("a,b\n1,2\n".encode("utf-16"))
    Path("header.csv").write_text("Metadata_Plate,Metadata_Well,Cells_f\n")
    Path("loop.csv").symlink_to("loop.csv")
    Path("folder").mkdir()
    Path("folder/thesis.txt").write_text("kept")
    Path("file").write_text("kept")
    Path("T.csv").write_bytes(wells.read_bytes())
    return tmp_path


def _too_long(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise TimeoutError(f"longer than {LIMIT} s")


def test_nonsense_is_one_line_and_status_2(call: Call, odd: Path) -> None:
    wrong = []
    kept = {name: (odd / name).read_bytes() for name in ("T.csv", "file", "folder/thesis.txt")}
    signal.signal(signal.SIGALRM, _too_long)
    for line in NONSENSE.strip().splitlines():
        arguments = ["T.csv" if word == "T" else word for word in shlex.split(line)]
        signal.alarm(LIMIT)
        status, out, err = call(*arguments)
        signal.alarm(0)
        usage = err.startswith("Usage:")
        lines = [text for text in err.splitlines() if text.startswith("error: ")]
        if status != 2 or not (usage or len(lines) == 1) or "Traceback" in out + err:
            wrong.append(f"{line}: status {status}: {err[-300:]}")
    assert not wrong
    assert kept == {name: (odd / name).read_bytes() for name in kept}
    assert not list(odd.glob("R/*.html"))
    assert not (odd / "runs").exists()


def test_a_large_k_costs_nothing(call: Call, odd: Path) -> None:
    assert odd.is_dir()
    change = "knn_accuracy.k=100000"
    status, out, _ = call("score", "T.csv", "--metric", "knn_accuracy", "--set", change)
    assert status == 0
    assert "knn_accuracy" in out


def test_a_table_of_controls_alone_is_audited(call: Call, odd: Path) -> None:
    table = pd.read_csv(odd / "T.csv")
    for change in ({"Metadata_Compound": "DMSO"}, {"Metadata_control": True}):
        table.assign(**change).to_csv("controls.csv", index=False)
        status, _, err = call("audit", "controls.csv")
        assert status in (0, 2)
        assert "Traceback" not in err


def test_a_pattern_may_be_quoted_with_its_backslashes(call: Call, odd: Path) -> None:
    assert odd.is_dir()
    Path("images").mkdir()
    Path("images/B02.tif").write_bytes(b"no image")
    bare = r"pattern=(?P<well>[A-P]\d\d)\.tif"
    quoted = r'pattern="(?P<well>[A-P]\d\d)\.tif"'
    answers = [call("check", "image_folder", "images", "--set", text) for text in (bare, quoted)]
    assert answers[0] == answers[1]
    assert "B02.tif" in answers[0][1]


def _fails(error: Exception) -> Callable[..., object]:
    def failing(*_: object, **__: object) -> object:
        raise error

    return failing


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "o.csv"), 2, "o.csv: no space left on"),
        (OSError(errno.EROFS, "Read-only file system", "o.csv"), 2, "o.csv: cannot be read or"),
        (PermissionError(errno.EACCES, "Permission denied", "o.csv"), 2, "change its rights"),
        (MemoryError("Unable to allocate 18.6 GiB for an array"), 2, "allocate 18.6 GiB"),
        (RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos"), 2, "no space"),
        (ModuleNotFoundError("No module named 'torch'", name="torch"), 2, "phenolens[train]"),
        (EOFError("No data left in file"), 2, "a file is empty or cut short"),
        (FloatingPointError("the loss is not finite"), 1, "the loss is not finite"),
        (KeyError("ours"), 1, "phenolens itself failed (KeyError: 'ours')"),
        (RecursionError("maximum recursion depth exceeded"), 1, "please report it"),
    ],
)
def test_what_the_machine_lacks_is_one_line(
    call: Call,
    odd: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    status: int,
    words: str,
) -> None:
    assert odd.is_dir()
    monkeypatch.setattr("phenolens.core.profile_table.ProfileTable.load", _fails(error))
    ended, out, err = call("score", "T.csv")
    assert (ended, out) == (status, "")
    assert err.startswith("error: ")
    assert words in err
    assert len(err.splitlines()) == 1


def test_a_fault_of_ours_is_saved_and_shown_when_asked_for(
    call: Call, odd: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(odd))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("phenolens.core.profile_table.ProfileTable.load", _fails(KeyError("x")))
    status, _, err = call("score", "T.csv")
    (saved,) = odd.glob("phenolens-error-*.txt")
    assert status == 1
    assert str(saved) in err
    assert "phenolens score T.csv" in saved.read_text()
    assert "Traceback" in saved.read_text()
    for arguments in (["score", "T.csv", "--debug"], ["--debug", "score", "T.csv"]):
        assert "Traceback" in call(*arguments)[2]
    monkeypatch.setenv("PHENOLENS_DEBUG", "1")
    assert "Traceback" in call("score", "T.csv")[2]


def test_a_name_with_line_breaks_and_codes_of_a_terminal_stays_one_line(call: Call) -> None:
    _, _, err = call("score", "a\nb\x1b[31m.csv")
    assert len(err.splitlines()) == 1
    assert "\x1b[31m.csv" not in err


def test_a_full_output_and_a_closed_pipe_end_without_a_trace() -> None:
    code = "from phenolens.cli import main; main()"
    for shell in ("> /dev/full", "| head -c 1"):
        if shell.endswith("full") and not Path("/dev/full").exists():
            continue
        command = f"{shlex.quote(sys.executable)} -c {shlex.quote(code)} list {shell}"
        done = subprocess.run(
            ["bash", "-c", command], capture_output=True, text=True, check=False, env=os.environ
        )
        assert "Traceback" not in done.stderr
        assert "Exception ignored" not in done.stderr
        if shell.endswith("full"):
            assert done.returncode == 2
            assert done.stderr.startswith("error: no space left on the disk")


@pytest.mark.parametrize("name", ["o.parquet", "o.csv", "o.csv.gz", "o.h5ad", "o.zarr"])
def test_a_disk_that_fills_up_while_a_table_is_written(call: Call, odd: Path, name: str) -> None:
    resource = pytest.importorskip("resource")
    many = Profiles.load("T.csv")
    many = replace(many, features=np.random.default_rng(0).random((len(many), 3000)), names=())
    many.save("many.parquet")
    before = sorted(path.name for path in odd.iterdir())
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))  # bytes of one file
    try:
        status, _, err = call("profile", "many.parquet", "--out", name)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert status == 2
    needed = r": [\d.]+ MB are needed" if name.endswith("h5ad") else ""  # it is asked for at once
    words = (
        rf"error: \S*{name}: files here may not be so large{needed}; raise the limit \(ulimit -f\)"
    )
    assert re.match(words, err), err
    assert err.count("\n") == 1
    assert sorted(path.name for path in odd.iterdir()) == before


BLOCKED = """
import sys
from importlib.abc import MetaPathFinder
class Absent(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Absent())
from phenolens.cli import main
for line in {lines!r}:
    sys.argv = ["phenolens", *line]
    try:
        main()
    except SystemExit as ended:
        print(ended.code, flush=True)
"""
NEED_AN_EXTRA = (
    ("run", "quickstart"),
    ("embed", "x", "synthetic", "."),
    ("check", "bbbc021", "."),
    ("check", "image_folder", ".", "--set", "pattern=(?P<well>A1)"),
)


def test_the_table_half_alone_names_the_extra(tmp_path: Path) -> None:
    """As `pip install phenolens` gives it; and the doctor works there."""
    names = tuple(module for modules in EXTRAS.values() for module in modules)
    lines = (*NEED_AN_EXTRA, ("check", "synthetic", "."), ("doctor",))
    code = BLOCKED.format(names=names, lines=lines)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    fix = "which is not installed; pip install 'phenolens[train]'"
    assert [line.endswith(fix) for line in done.stderr.splitlines()] == [True] * 4, done.stderr
    assert [line for line in done.stdout.splitlines() if line.isdigit()] == ["2"] * 4 + ["0", "0"]
    assert "all is well" in done.stdout
