"""The examples in the engine's page and docstrings do what they say."""

import ast
import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_page_on_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "engine.md").read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, "docs/engine.md", "exec"), {})


def test_the_docstring_of_a_simulation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    source = ROOT / "paysim_engine" / "simulation.py"
    words = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""  # compiled modules have none
    examples = doctest.DocTestParser().get_doctest(words, {}, "simulation", str(source), 0)
    assert examples.examples
    assert doctest.DocTestRunner().run(examples).failed == 0
