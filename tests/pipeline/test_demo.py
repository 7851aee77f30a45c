"""The demo: its ranges of partitions, a run of it, a second one, and what makes it build something again."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from dagster._core.test_utils import create_run_for_test
from filelock import FileLock

from paysim_pipeline.defs.resources import WRITER_POOL
from paysim_pipeline.demo import stretches
from tests.conftest import ROOT
from tests.pipeline.test_materialise import environment, variables_of

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


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three files, one of them broken, and what is left of a demo that was killed while it had the warehouse."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "scenarios").mkdir()
    for source, name in (("gridlock", "alpha"), ("two_period_game", "beta")):
        shutil.copy(ROOT / "scenarios" / f"{source}.yaml", folder / "scenarios" / f"{name}.yaml")
    (folder / "scenarios" / "zeta.yaml").write_text("simulation: {ticks_per_day: -1}\n")
    environment(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(folder / "dagster_home"))
        with dg.DagsterInstance.get() as instance:
            dead = create_run_for_test(
                instance, "build_scenarios", tags={"paysim/demo": "true"}, status=dg.DagsterRunStatus.STARTED
            )
            instance.event_log_storage.set_concurrency_slots(WRITER_POOL, 1)
            assert instance.event_log_storage.claim_concurrency_slot(WRITER_POOL, dead.run_id, "raw_load").is_claimed
    return folder


def demo(place: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "paysim_pipeline.demo"],
        cwd=ROOT,
        env=variables_of(place),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def first(place: Path) -> "subprocess.CompletedProcess[str]":
    return demo(place)


@pytest.fixture(scope="module")
def second(place: Path, first: "subprocess.CompletedProcess[str]") -> "subprocess.CompletedProcess[str]":
    assert first.returncode == 1
    return demo(place)


def runs_of(place: Path) -> list[tuple[str, str]]:
    """Job and status of each run, the first one first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(place / "dagster_home"))
        with dg.DagsterInstance.get() as instance:
            return [(run.job_name, run.status.value) for run in reversed(instance.get_runs())]


def test_what_is_sound_is_built_and_what_is_not_is_named(place: Path, first: Any) -> None:
    assert first.returncode == 1
    for name in ("alpha", "beta"):
        assert f"  {name}: to be built, since " in first.stdout
    assert "2 scenarios built, 0 up to date already" in first.stdout
    rows = {line.split()[0]: line.split()[1:] for line in first.stdout.splitlines() if " % " in line}
    assert list(rows) == ["alpha", "beta"], first.stderr
    assert rows["alpha"][:4] == ["9", "9", "100.0", "%"]
    assert "zeta.yaml: " in first.stderr
    assert "simulation.ticks_per_day" in first.stderr


def test_results_are_where_it_says(place: Path, first: Any) -> None:
    database, published = place / "data" / "paysim.duckdb", place / "data" / "published.duckdb"
    assert f"The warehouse is {database}; people read the copy {published}." in first.stdout
    for path in (database, published):
        with duckdb.connect(str(path), read_only=True) as warehouse:
            for table in ("simulations", "daily_costs"):
                found = warehouse.execute(f"select distinct scenario from main.{table} order by 1").fetchall()
                assert found == [("alpha",), ("beta",)]
            assert warehouse.execute("select count(*) from main.simulation_comparison").fetchone() is not None
    for name in ("alpha", "beta"):
        report = place / "data" / "reports" / f"{name}.html"
        assert os.path.relpath(report, ROOT) in first.stdout
        assert name in report.read_text()


def test_what_a_killed_demo_left_is_cleared_away(place: Path, first: Any) -> None:
    assert first.returncode == 1
    assert runs_of(place)[:3] == [
        ("build_scenarios", "FAILURE"),
        ("build_scenarios", "SUCCESS"),
        ("publish_results", "SUCCESS"),
    ]


def test_what_is_up_to_date_is_not_built_again(place: Path, first: Any, second: Any) -> None:
    assert "  alpha: up to date\n  beta: up to date\n" in second.stdout
    assert "0 scenarios built, 2 up to date already" in second.stdout
    assert len(runs_of(place)) == 3
    # The results are shown all the same.
    rows = [[line for line in done.stdout.splitlines() if " % " in line] for done in (first, second)]
    assert rows[0] == rows[1]
    assert "zeta.yaml: " in second.stderr


@pytest.fixture(scope="module")
def harms(place: Path, second: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    """What `fresh_children.main` found: harm -> what must be built, and why."""
    assert second.returncode == 1
    child = subprocess.run(
        [sys.executable, "-m", "tests.pipeline.fresh_children"],
        cwd=ROOT,
        env=variables_of(place),
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr[-3000:]
    found: dict[str, Any] = json.loads(child.stdout.splitlines()[-1])
    return found


def test_a_scenario_is_built_again_if_it_means_something_else(harms: dict[str, Any]) -> None:
    assert harms["nothing"] == {}
    assert harms["a remark"] == {}
    assert harms["another scenario"] == {"alpha": "the scenario has changed"}


def test_what_was_removed_behind_dagsters_back_is_missed(place: Path, harms: dict[str, Any]) -> None:
    both = ("alpha", "beta")
    assert harms["no report"] == {"beta": f"{place / 'data' / 'reports' / 'beta.html'} is gone"}
    assert harms["no warehouse"] == dict.fromkeys(both, f"{place / 'data' / 'paysim.duckdb'} does not exist")
    assert harms["a view is dropped"] == dict.fromkeys(both, "staging.stg_agents is gone")
    assert harms["a table is dropped"] == dict.fromkeys(both, "main.daily_costs is gone")
    assert harms["rows are deleted"] == {"alpha": "main.daily_costs has lost rows of it"}
    assert harms["raw rows are deleted"] == {"beta": "raw.agent_ticks has lost rows of it"}
    assert harms["another seed was run"] == {"beta": "raw.simulations holds another run of it"}
    assert harms["no run is left"] == {"alpha": "main.simulations holds no run of it"}


def test_what_failed_a_check_is_built_again(harms: dict[str, Any]) -> None:
    assert harms["a check failed"] == {"beta": "the check balances_follow_from_cash_flows failed"}


def test_the_copy_is_published_again_if_it_or_a_comparison_is_gone(harms: dict[str, Any]) -> None:
    assert harms["publish nothing"] is False
    assert harms["publish no copy"] is True
    assert harms["publish no comparison"] is True


def test_two_demos_at_once_are_one_too_many(tmp_path: Path) -> None:
    environment(tmp_path)
    (tmp_path / "scenarios").mkdir()
    with FileLock(tmp_path / "dagster_home" / "demo.lock"):
        done = demo(tmp_path)
    assert done.returncode == 1
    assert "another demo is under way" in done.stderr
    assert "Traceback" not in done.stderr
