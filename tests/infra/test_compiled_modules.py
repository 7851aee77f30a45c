"""The allow-list of compiled modules: it says what it means, and compiled code meets only compiled code."""

import ast
import os
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, stale_modules


@pytest.fixture
def setup_module() -> dict[str, Any]:
    """The names defined by setup.py, without building anything. Its functions see changes made to this dictionary."""
    names = runpy.run_path(str(ROOT / "setup.py"), run_name="paysim_setup")
    globals_of_functions: dict[str, Any] = names["compiled_sources"].__globals__
    return globals_of_functions


@pytest.fixture
def sources(setup_module: dict[str, Any]) -> list[str]:
    """The modules that are compiled."""
    found: Callable[[], list[str]] = setup_module["compiled_sources"]
    return found()


def test_every_exception_has_a_reason(setup_module: dict[str, Any]) -> None:
    assert all(len(reason.split()) > 3 for reason in setup_module["NOT_COMPILED"].values())


def test_a_pattern_that_matches_nothing_is_an_error(setup_module: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "here.py").touch()
    setup_module["COMPILED"] = ("here.py", "gone/*.py")
    setup_module["NOT_COMPILED"] = {}
    with pytest.raises(SystemExit, match=r"gone/\*\.py"):
        setup_module["compiled_sources"](tmp_path)


def test_an_exception_that_excepts_nothing_is_an_error(setup_module: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "here.py").touch()
    setup_module["COMPILED"] = ("*.py",)
    setup_module["NOT_COMPILED"] = {"gone.py": "it once was there"}
    with pytest.raises(SystemExit, match=r"gone\.py"):
        setup_module["compiled_sources"](tmp_path)


def test_the_switch_is_an_obstacle(setup_module: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYSIM_MYPYC", "0")
    assert setup_module["obstacle"]() == "PAYSIM_MYPYC=0"


def test_a_missing_compiler_is_an_obstacle(setup_module: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PAYSIM_MYPYC", raising=False)
    monkeypatch.setenv("CC", "no-such-compiler -O2")
    assert setup_module["obstacle"]() == "no C compiler found (no-such-compiler)"


def test_compiled_modules_import_only_compiled_ones(sources: list[str]) -> None:
    """A call from compiled into interpreted code loses the types and most of the gain."""
    compiled = {source.removesuffix(".py").replace("/", ".") for source in sources}
    runtime = {"librt", "mypy_extensions"}
    strangers = []
    for source in sources:
        for name in imported_modules(ROOT / source):
            top = name.split(".")[0]
            if top == "paysim_engine":
                known = name in compiled
            else:
                known = top in runtime or top in sys.stdlib_module_names
            if not known:
                strangers.append(f"{source} imports {name}")
    assert strangers == []


def imported_modules(path: Path) -> set[str]:
    """The modules that a source imports when it is imported itself.

    An import inside a function is a door on purpose: `Simulation.events` renders what it has recorded.
    """
    names: set[str] = set()
    tree = ast.parse(path.read_text())
    inner = {
        id(node) for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) for node in ast.walk(f) if node is not f
    }
    for node in ast.walk(tree):
        if id(node) in inner:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            package = ROOT / node.module.replace(".", "/")
            inside = {alias.name for alias in node.names if (package / f"{alias.name}.py").exists()}
            names |= {f"{node.module}.{name}" for name in inside} or {node.module}
    return names


class TestStaleness:
    """The suite refuses an engine older than its sources."""

    @pytest.fixture
    def tree(self, tmp_path: Path) -> Path:
        """A checkout with one compiled module, up to date."""
        (tmp_path / "setup.py").write_text("def compiled_sources(root):\n    return ['engine.py']\n")
        (tmp_path / "engine.py").touch()
        (tmp_path / "engine.cpython-311-x86_64-linux-gnu.so").touch()
        return tmp_path

    def test_fresh(self, tree: Path) -> None:
        assert stale_modules(tree) == []

    def test_source_is_newer(self, tree: Path) -> None:

        later = (tree / "engine.cpython-311-x86_64-linux-gnu.so").stat().st_mtime + 5
        os.utime(tree / "engine.py", (later, later))
        assert stale_modules(tree) == ["engine.py is newer than its compiled module"]

    def test_library_is_missing(self, tree: Path) -> None:
        (tree / "engine.cpython-311-x86_64-linux-gnu.so").unlink()
        assert stale_modules(tree) == ["engine.py has no compiled module"]
