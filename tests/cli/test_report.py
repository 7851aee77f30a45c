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
        (
            ["stress", "--output", "/proc/no/report.html"],
            1,
            "/proc/no/report.html: the report cannot be written: No such",
        ),
        ([], 2, ""),
    ],
)
def test_mistakes(paysim: Paysim, modelled: Path, arguments: list[str], code: int, message: str) -> None:
    outcome = paysim("report", *arguments)
    assert outcome.code == code
    assert message in outcome.err
    assert not (modelled.parent / "reports").exists()


def test_what_is_no_file_is_not_replaced_by_one(paysim: Paysim, modelled: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    outcome = paysim("report", "gridlock", "--output", pipe)
    assert outcome.code == 1
    assert f"{pipe}: this is a device or a pipe" in outcome.err
    assert pipe.is_fifo()


def test_json_and_quiet(paysim: Paysim, modelled: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    told = paysim("report", "gridlock", "stress", "--output", target, "--json")
    assert told.data == {"file": str(target), "runs": ["gridlock", "stress"]}
    target.unlink()
    assert paysim("report", "gridlock", "--output", target, "--quiet").out == ""
    assert target.is_file()


def test_the_name_of_a_comparison_of_many_fits_into_a_folder(
    paysim: Paysim, modelled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("paysim_pipeline.cli.reporting._NAME_MAX", len("gridlock-stress"))
    names = {
        tuple(runs): Path(paysim("report", *runs).out.strip()).name
        for runs in (["gridlock", "stress"], ["gridlock", "netting", "stress"], ["gridlock", "policies", "stress"])
    }
    assert names.pop(("gridlock", "stress")) == "gridlock-stress.html"
    assert all(name.startswith("comparison-of-3-runs-") for name in names.values())
    assert len(set(names.values())) == 2
