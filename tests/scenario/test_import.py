"""Importing the package costs nothing that only loading needs."""

import subprocess
import sys

from tests.conftest import ROOT


def loaded_modules(code: str) -> set[str]:
    script = f"import sys; {code}; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(result.stdout.split())


def test_importing_is_light() -> None:
    modules = loaded_modules("from paysim_engine.scenario import load_scenario, ScenarioError")
    assert modules.isdisjoint({"pydantic", "pydantic_core", "yaml", "paysim_engine.core.config"})


def test_the_loaded_class_is_there_when_asked_for() -> None:
    assert "pydantic" in loaded_modules("from paysim_engine.scenario import LoadedScenario")


def test_other_names_are_not() -> None:
    import pytest

    import paysim_engine.scenario

    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = paysim_engine.scenario.nonsense
