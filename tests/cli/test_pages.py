"""The pages for people at the command line, walked from the first line to the last."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support.modelled import modelled_warehouse
from tests.support.pages import Command, difference, run, steps, write

NOT_OURS = ("make ", "source ", "git ")
"""Beginnings of commands that set up the checkout or belong to git."""

ELSEWHERE = ("dbt build  ", "dbt test  ", "dbt build --select lsm_effectiveness+", "dbt source freshness", "dbt docs")
"""Beginnings of commands that `tests.dbt.test_commands` runs."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the scenarios and policies of this checkout, which a reader may change."""
    folder = tmp_path / "checkout"
    shutil.copytree(ROOT / "scenarios", folder / "scenarios")
    return folder


def surroundings(folder: Path) -> dict[str, str]:
    """The environment of a reader in a checkout of his own."""
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": "utf-8",
        "PAYSIM_DB": str(folder / "data" / "paysim.duckdb"),
        "PAYSIM_BUNDLES": str(folder / "data" / "bundles"),
        "PAYSIM_PUBLISHED": str(folder / "data" / "published" / "paysim.duckdb"),
        "PAYSIM_SCENARIOS": str(folder / "scenarios"),
    }


def walk(page: str, folder: Path, instead: tuple[str, str] = ("", "")) -> list[str]:
    """Do what the page says; where it is wrong.

    Args:
        page: its name in the folder of the documentation.
        folder: where its reader begins.
        instead: what a command says, and what is run in its place.
    """
    wrong = []
    environment = surroundings(folder)
    for step in steps(ROOT / "docs" / page):
        if not isinstance(step, Command):
            write(step, folder)
        elif step.line.startswith("cd "):
            folder /= step.line.removeprefix("cd ")
        elif not step.line.startswith(NOT_OURS + ELSEWHERE):
            line = step.line.replace(*instead) if instead[0] else step.line
            what = difference(step.printed, run(line, folder, environment))
            wrong += [f"$ {step.line}\n{what}"] if what else []
    return wrong


@pytest.fixture
def modelled(checkout: Path) -> Path:
    """The same with the models, and a warehouse in which a few runs have been modelled."""
    shutil.copytree(ROOT / "dbt_project", checkout / "dbt_project", ignore=shutil.ignore_patterns("target", "logs"))
    (checkout / "data").mkdir()
    shutil.copyfile(modelled_warehouse(), checkout / "data" / "paysim.duckdb")
    return checkout


def test_with_the_command_line(modelled: Path) -> None:
    # The tests of the models take twice as long as the models, and have tests of their own.
    assert walk("with-the-command-line.md", modelled, instead=("dbt build", "dbt run")) == []
    assert (modelled / "more-liquidity.html").stat().st_size > 100_000


def test_with_dbt(modelled: Path) -> None:
    assert walk("with-dbt.md", modelled) == []
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "with-dbt.md").read_text("utf-8"), re.DOTALL)
    done = subprocess.run([sys.executable, "-c", program], cwd=modelled, capture_output=True, text=True, check=True)
    assert "│ liquidity_stress ┆ METRO    ┆ 21       │" in done.stdout


def test_writing_a_scenario(checkout: Path) -> None:
    assert walk("writing-scenarios.md", checkout) == []
    assert {"my_day", "my_reserve"} <= {path.stem for path in (checkout / "scenarios").glob("*.yaml")}


def test_regression(checkout: Path) -> None:
    assert walk("regression.md", checkout) == []


def test_a_page_that_is_wrong_is_found_out() -> None:
    printed = "one\ntwo\n\nthree\n"
    assert difference(["one", "…"], printed) == ""
    assert difference(["…", "th…e"], printed) == ""
    assert difference(["one", "three"], printed)
    assert difference(["…", "four", "…"], printed)
    assert difference(["one"], printed)
    assert difference([], printed) == ""
