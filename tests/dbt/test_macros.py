"""Generated macros say what the catalogue of events says, and what the marts compute is what the rules say."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from paysim_pipeline.settings import PROJECT_ROOT

GENERATOR = PROJECT_ROOT / "tools" / "generate_codes_macro.py"


@pytest.fixture
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_codes_macro", GENERATOR)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_committed_macros_are_the_generated_ones(generator: ModuleType) -> None:
    for path, text in generator.generated().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is stale: run tools/{GENERATOR.name}"


def test_the_check_tells_a_stale_file(tmp_path: Path) -> None:
    check = "import runpy, sys; from pathlib import Path; sys.argv = ['x', '--check']\n"
    check += f"module = runpy.run_path({str(GENERATOR)!r}); scope = module['generated'].__globals__\n"
    check += f"scope['MACROS'] = Path({str(tmp_path)!r}); sys.exit(scope['main']())"
    stale = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=False)
    assert stale.returncode == 1
    assert "codes.sql" in stale.stdout
    fresh = subprocess.run([sys.executable, str(GENERATOR), "--check"], capture_output=True, text=True, check=False)
    assert (fresh.returncode, fresh.stdout) == (0, "")
