"""`PAYSIM_MYPYC=0` takes the sources where compiled modules lie beside them, and `is_compiled` tells which it is."""

import os
import shutil
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package's front door with one core module, compiled as far as names go."""
    core = tmp_path / "paysim_engine" / "core"
    core.mkdir(parents=True)
    shutil.copy(ROOT / "paysim_engine" / "__init__.py", core.parent)
    (core / "__init__.py").touch()
    (core / "codes.py").write_text("ORIGIN = 'source'\n")
    (core / f"codes{EXTENSION_SUFFIXES[0]}").write_bytes(b"not a library")
    return tmp_path


def python(folder: Path, code: str, switch: str | None) -> subprocess.CompletedProcess[str]:
    """Run `code` in `folder` with the switch set to a value or not at all."""
    variables = {name: value for name, value in os.environ.items() if name not in ("PAYSIM_MYPYC", "PYTHONPATH")}
    if switch is not None:
        variables["PAYSIM_MYPYC"] = switch
    command = [sys.executable, "-S", "-c", code]
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


IS_COMPILED = "import paysim_engine; print(paysim_engine.is_compiled())"


@pytest.mark.parametrize(("switch", "answer"), [(None, "True"), ("1", "True"), ("0", "False")])
def test_is_compiled_tells_what_is_imported(package: Path, switch: str | None, answer: str) -> None:
    assert python(package, IS_COMPILED, switch).stdout.strip() == answer


def test_without_libraries_the_engine_is_interpreted(package: Path) -> None:
    (package / "paysim_engine" / "core" / f"codes{EXTENSION_SUFFIXES[0]}").unlink()
    assert python(package, IS_COMPILED, None).stdout.strip() == "False"


def test_the_switch_imports_the_source(package: Path) -> None:
    result = python(package, "from paysim_engine.core import codes; print(codes.ORIGIN, codes.__file__)", "0")
    assert result.stdout.split() == ["source", str(package / "paysim_engine" / "core" / "codes.py")]


def test_without_the_switch_the_library_is_imported(package: Path) -> None:
    result = python(package, "from paysim_engine.core import codes", None)
    assert "ImportError" in result.stderr
    assert result.returncode == 1


@pytest.mark.parametrize("package_name", ["paysim_engine", "paysim_pipeline"])
def test_importing_a_package_imports_nothing_else(package_name: str) -> None:
    """The command line starts with these; what they pulled in, every command would pay for."""
    code = (
        f"import sys; before = set(sys.modules); import {package_name}\n"
        "new = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        f"print(sorted(new - set(sys.stdlib_module_names) - {{{package_name!r}}}))"
    )
    assert python(ROOT, code, None).stdout.strip() == "[]"
