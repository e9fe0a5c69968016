"""The catalogue is the folders' listing, read without importing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from phenolens.core import registry
from phenolens.core.errors import InputError
from phenolens.core.registry import ROOMS, build, catalogue, extend, find
from phenolens.core.step_record import step_record


@pytest.fixture
def rooms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty package, in which a test writes files."""
    for room in ROOMS:
        (tmp_path / room).mkdir()
    monkeypatch.setattr(registry, "_packages", {"phenolens": tmp_path})
    catalogue.cache_clear()
    yield tmp_path
    catalogue.cache_clear()


def test_a_file_that_defines_a_class_of_its_name_is_listed(rooms: Path) -> None:
    (rooms / "metrics/two_words.py").write_text(
        'import nowhere\nclass TwoWords:\n    """Summarize it.\n\n    More."""\n'
    )
    (rooms / "metrics/base.py").write_text("class Metric: pass\n")
    (rooms / "metrics/upper.py").write_text("class UPPER:\n    pass\n")
    listed = catalogue("metrics")
    assert list(listed) == ["two_words", "upper"]
    assert listed["two_words"].class_name == "TwoWords"
    assert listed["two_words"].summary == "Summarize it."
    assert listed["upper"].summary == ""


def test_the_listing_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        catalogue("metrics")["mine"] = None  # type: ignore[index]


def test_reading_it_imports_nothing() -> None:
    code = (
        "import sys\n"
        "from phenolens.core.registry import ROOMS, catalogue\n"
        "assert all(catalogue(room) for room in ROOMS), 'a room is empty'\n"
        "assert 'torch' not in sys.modules\n"
        "print(*[m for m in sys.modules if m.startswith('phenolens.m')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def test_a_class_is_found_by_name() -> None:
    found = find("metrics", "nsc")
    assert found.__name__.lower() == "nsc"
    assert found.__module__ == "phenolens.metrics.nsc"


def test_an_unknown_name_gets_its_nearest() -> None:
    with pytest.raises(InputError) as error:
        find("metrics", "ncs", "metrics.a.metric")
    assert error.value.where == "metrics.a.metric"
    assert error.value.fix.startswith("did you mean 'nsc'?")


@pytest.mark.parametrize("name", ["phenolens.core.pairs:PairRule", "os:system", ":X", "a:b:c"])
def test_a_name_never_chooses_what_is_imported(name: str) -> None:
    with pytest.raises(InputError) as error:
        find("metrics", name, "metrics.a")
    assert str(error.value).startswith(f"metrics.a: '{name}' is not a name of the catalogue; ")
    assert "--plugin PACKAGE" in error.value.fix


def test_build_needs_the_naming_key() -> None:
    with pytest.raises(InputError, match=r'profiling: needs step = "\.\.\."; allowed: '):
        build("profiling", {"epsilon": 1.0}, "profiling")
    with pytest.raises(InputError, match=r'profiling: needs step = "\.\.\."'):
        build("profiling", {"step": 3}, "profiling")


def test_build_makes_what_the_table_says() -> None:
    made = build("metrics", {"metric": "nsc"}, "metrics.nsc")
    assert type(made).__name__.lower() == "nsc"
    with pytest.raises(InputError, match=r"metrics\.nsc\.no_such: unknown key"):
        build("metrics", {"metric": "nsc", "no_such": 1}, "metrics.nsc")


# Packages of your own ---------------------------------------------------------------------------

STEP = """
import sys
sys.modules["imported_by_a_user"] = sys
from dataclasses import dataclass

@dataclass(frozen=True, kw_only=True)
class AddOne:
    \"\"\"Add one to every feature.\"\"\"

    times: int = 1

    def __call__(self, profiles):
        return profiles.after(self, features=profiles.features + self.times)
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An importable package `plug` with one step, not yet in the catalogue."""
    folder = tmp_path / "plug"
    (folder / "profiling").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "profiling" / "add_one.py").write_text(STEP)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "_packages", dict(registry._packages))
    catalogue.cache_clear()
    yield folder
    catalogue.cache_clear()
    names = [name for name in sys.modules if name.split(".")[0] in ("plug", "imported_by_a_user")]
    for name in names:
        del sys.modules[name]


@pytest.mark.usefixtures("package")
def test_a_package_adds_its_entries() -> None:
    assert "add_one" not in catalogue("profiling")
    before = list(catalogue("profiling"))
    extend("plug")
    entry = catalogue("profiling")["add_one"]
    assert (entry.summary, entry.class_name, entry.package) == (
        "Add one to every feature.",
        "AddOne",
        "plug",
    )
    assert list(catalogue("profiling")) == sorted([*before, "add_one"])
    step = build("profiling", {"step": "add_one", "times": 2}, "profiling[0]")
    assert (type(step).__module__, step.times) == ("plug.profiling.add_one", 2)
    with pytest.raises(
        InputError, match=r"profiling\[0\]\.time: unknown key; did you mean 'times'"
    ):
        build("profiling", {"step": "add_one", "time": 2}, "profiling[0]")
    extend("plug")  # a second time changes nothing
    assert list(catalogue("profiling")) == sorted([*before, "add_one"])


@pytest.mark.usefixtures("package")
def test_a_package_is_imported_when_an_entry_is_used() -> None:
    extend("plug")
    assert catalogue("profiling")["add_one"].summary
    assert "imported_by_a_user" not in sys.modules
    find("profiling", "add_one")
    assert "imported_by_a_user" in sys.modules


def test_a_name_that_is_taken_is_refused(package: Path) -> None:
    (package / "metrics").mkdir()
    (package / "metrics" / "nsc.py").write_text("class Nsc: pass\n")
    with pytest.raises(InputError) as error:
        extend("plug")
    assert str(error.value) == (
        "plug: 'nsc' in metrics is already defined by phenolens; rename the file and its class"
    )
    assert "add_one" not in catalogue("profiling"), "nothing of a refused package is added"


def test_two_packages_cannot_share_a_name(package: Path) -> None:
    other = package.parent / "other_plug" / "profiling"
    other.mkdir(parents=True)
    (other / "add_one.py").write_text("class AddOne: pass\n")
    extend("plug")
    with pytest.raises(InputError, match="'add_one' in profiling is already defined by plug"):
        extend("other_plug")


@pytest.mark.parametrize("name", ["no_such_package", "no_such.package", "json.decoder"])
def test_an_unknown_package_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=f"^{name}: no such package"):
        extend(name)


def test_a_package_without_a_room_is_refused(package: Path) -> None:
    (package / "profiling").rename(package / "steps")
    with pytest.raises(
        InputError, match=r"contains no folder of the catalogue; expected .* metrics"
    ):
        extend("plug")


def test_a_file_that_is_not_python_is_named(package: Path) -> None:
    (package / "profiling" / "add_one.py").write_text("class AddOne(:\n")
    with pytest.raises(InputError, match=r"add_one\.py: is not valid Python"):
        extend("plug")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
    ],
)
def test_a_file_that_raises_at_import_is_named_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, message: str
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    name = f"raises_{len(code)}"
    (tmp_path / name / "metrics").mkdir(parents=True)
    (tmp_path / name / "__init__.py").touch()
    (tmp_path / name / "metrics" / "broken.py").write_text(f"\n{code}\nclass Broken:\n    pass\n")
    monkeypatch.setattr(registry, "_packages", dict(registry._packages))
    extend(name)
    with pytest.raises(InputError) as raised:
        find("metrics", "broken")
    catalogue.cache_clear()
    assert message in str(raised.value)
    assert "broken.py, line 2)" in str(raised.value)


def test_a_package_that_cannot_be_looked_for_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "raises_at_once").mkdir()
    (tmp_path / "raises_at_once" / "__init__.py").write_text("1 / 0")
    for name in ("raises_at_once.inner", ".."):
        with pytest.raises(InputError, match="cannot be imported"):
            extend(name)


@pytest.mark.parametrize(
    ("room", "code"),
    [
        ("metrics", "class Odd: pass"),
        ("profiling", "class Odd:\n    def __call__(self, profiles): return profiles"),
        ("pixels", "from dataclasses import dataclass\n@dataclass\nclass Odd: pass"),
        ("sections", "class Odd: pass"),
        ("encoders", "from torch import nn\nclass Odd(nn.Module): pass"),
        ("methods", "class Odd: pass\nOdd = print"),
    ],
)
def test_a_class_of_another_kind_is_refused(package: Path, room: str, code: str) -> None:
    (package / room).mkdir(exist_ok=True)
    (package / room / "odd.py").write_text(code)
    extend("plug")
    with pytest.raises(
        InputError, match=rf"plug\.{room}\.odd:Odd: ('Odd' )?is not (one of|a class)"
    ):
        find(room, "odd")


# Classes of installed packages --------------------------------------------------------------------


@pytest.fixture
def install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str, str], None]]:
    """Installs a package: writes its entry points, and lets the catalogue read them again."""
    monkeypatch.setattr(registry, "_packages", dict(registry._packages))
    monkeypatch.setattr(registry, "_classes", dict(registry._classes))
    monkeypatch.syspath_prepend(tmp_path)

    def installed(entry_points: str, code: str = STEP) -> None:
        (tmp_path / "steps_of_mine.py").write_text(code)
        info = tmp_path / "mine-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(entry_points)
        registry._add_installed.cache_clear()
        catalogue.cache_clear()

    yield installed
    monkeypatch.undo()
    registry._add_installed.cache_clear()
    catalogue.cache_clear()
    for name in ("steps_of_mine", "imported_by_a_user"):
        sys.modules.pop(name, None)


def test_an_installed_class_is_an_entry(install: Callable[[str, str], None]) -> None:
    install("[phenolens.profiling]\nadd_one = steps_of_mine:AddOne\n", STEP)
    entry = catalogue("profiling")["add_one"]
    assert (entry.summary, entry.package) == ("Add one to every feature.", "steps_of_mine")
    assert "steps_of_mine" not in sys.modules
    step = build("profiling", {"step": "add_one", "times": 3}, "profiling[0]")
    assert step.times == 3
    assert step_record(step) == {"step": "add_one", "parameters": {"times": 3}}


@pytest.mark.parametrize(
    ("entry_points", "message"),
    [
        (
            "[phenolens.profiling]\nplus = steps_of_mine:AddOne",
            "entry point 'plus': phenolens.prof",
        ),
        ("[phenolens.profiling]\nadd_one = steps_of_mine", "write class_name = "),
        ("[phenolens.profiling]\nadd_one = steps_of_mine:AddOne.x", "write class_name = "),
        ("[phenolens.metrics]\nnsc = steps_of_mine:Nsc", "'nsc' in metrics is already defined"),
        (
            "[phenolens.plugins]\nmine = no_such_package_",
            "entry point 'mine': no_such_package_: no",
        ),
    ],
)
def test_a_wrong_entry_point_is_named(
    install: Callable[[str, str], None], entry_points: str, message: str
) -> None:
    install(entry_points, STEP)
    with pytest.raises(InputError, match=message):
        catalogue("profiling")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("AddOne = 3", "steps_of_mine:AddOne: is not a class, but int"),
        ("class AddOne: pass", "'AddOne' is not one of the profiling"),
        ("", "is not a class, but NoneType"),
    ],
)
def test_an_installed_class_that_is_not_one_is_refused(
    install: Callable[[str, str], None], code: str, message: str
) -> None:
    install("[phenolens.profiling]\nadd_one = steps_of_mine:AddOne\n", code)
    with pytest.raises(InputError, match=message):
        find("profiling", "add_one")


def test_a_package_in_several_folders_is_found_by_the_one_with_rooms(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (package / "__init__.py").unlink()
    (tmp_path / "first" / "plug" / "other").mkdir(parents=True)
    monkeypatch.syspath_prepend(tmp_path / "first")
    extend("plug")
    assert catalogue("profiling")["add_one"].package == "plug"
