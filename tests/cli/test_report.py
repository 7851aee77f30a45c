"""`paysim report`: where the file goes, and what is said when there is none."""

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Paysim
from tests.support.modelled import modelled_warehouse


@pytest.fixture
def modelled(database: Path) -> Path:
    """The default warehouse of commands holds the runs of `tests.support.modelled`; no test may change it."""
    database.parent.mkdir(parents=True)
    os.link(modelled_warehouse(), database)
    return database


def test_without_a_warehouse(paysim: Paysim, database: Path) -> None:
    outcome = paysim("report", "gridlock")
    assert outcome.code == 1
    assert f"{database}: there is no warehouse" in outcome.err


def test_before_dbt_has_run(paysim: Paysim, database: Path) -> None:
    paysim("run", "gridlock")
    outcome = paysim("report", "gridlock")
    assert outcome.code == 1
    assert "run dbt build in dbt_project" in outcome.err
    assert not (database.parent / "reports").exists()


def test_files(paysim: Paysim, modelled: Path, tmp_path: Path) -> None:
    outcome = paysim("report", "gridlock")
    assert outcome.code == 0, outcome.err
    assert Path(outcome.out.strip()) == modelled.parent / "reports" / "gridlock.html"
    assert "<h1>gridlock</h1>" in Path(outcome.out.strip()).read_text(encoding="utf-8")
    target = tmp_path / "both.html"
    outcome = paysim("report", "gridlock", "stress", "--output", str(target))
    assert outcome.code == 0, outcome.err
    assert "<h1>gridlock · stress</h1>" in target.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["stess"], 1, 'did you mean "stress"'),
        (["stress", "stress"], 2, "these are all the run stress"),
        (["stress", "--output", "."], 1, "this is a folder"),
        ([], 2, ""),
    ],
)
def test_mistakes(paysim: Paysim, modelled: Path, arguments: list[str], code: int, message: str) -> None:
    outcome = paysim("report", *arguments)
    assert outcome.code == code
    assert message in outcome.err
    assert not (modelled.parent / "reports").exists()
