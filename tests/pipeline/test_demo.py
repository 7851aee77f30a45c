"""The demo: its ranges of partitions, and one run of it."""

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from paysim_pipeline.demo import stretches
from tests.conftest import ROOT
from tests.pipeline.test_materialise import environment

KEYS = ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (["a", "b", "c", "d", "e"], [("a", "e")]),
        (["b", "c"], [("b", "c")]),
        (["a", "c", "d"], [("a", "a"), ("c", "d")]),
        (["e"], [("e", "e")]),
        (["a", "c", "e"], [("a", "a"), ("c", "c"), ("e", "e")]),
        ([], []),
    ],
)
def test_wanted_partitions_become_ranges(wanted: list[str], expected: list[tuple[str, str]]) -> None:
    assert stretches(wanted, KEYS) == expected


def test_ranges_hold_what_is_wanted_and_nothing_else() -> None:
    for mask in range(2 ** len(KEYS)):
        wanted = [key for place, key in enumerate(KEYS) if mask >> place & 1]
        covered = [key for first, last in stretches(wanted, KEYS) for key in KEYS if first <= key <= last]
        assert covered == wanted


def test_the_demo_builds_what_is_sound_and_names_what_is_not(tmp_path: Path) -> None:
    """Three files, one of them broken: a run of the other two."""
    variables = environment(tmp_path)
    folder = tmp_path / "scenarios"
    folder.mkdir()
    for source, name in (("gridlock", "alpha"), ("two_period_game", "beta")):
        shutil.copy(ROOT / "scenarios" / f"{source}.yaml", folder / f"{name}.yaml")
    (folder / "zeta.yaml").write_text("simulation: {ticks_per_day: -1}\n")
    variables["PAYSIM_SCENARIOS"] = str(folder)
    done = subprocess.run(
        [sys.executable, "-m", "paysim_pipeline.demo"],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Building 2 scenarios through Dagster (alpha, beta)" in done.stdout
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines() if " % " in line}
    assert list(rows) == ["alpha", "beta"], done.stderr
    assert rows["alpha"][:4] == ["9", "9", "100.0", "%"]
    assert f"The warehouse is {variables['PAYSIM_DB']}" in done.stdout
    assert "zeta.yaml: " in done.stderr
    assert "simulation.ticks_per_day" in done.stderr
    with duckdb.connect(variables["PAYSIM_DB"], read_only=True) as warehouse:
        found = warehouse.execute("select scenario from main.simulations order by scenario").fetchall()
    assert found == [("alpha",), ("beta",)]
    assert (Path(variables["DAGSTER_HOME"]) / "history" / "runs" / "index.db").exists()
