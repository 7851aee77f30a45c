"""The incremental strategy `replace_scenarios`, on three of the marts: what goes, what stays, and what is refused."""

import shutil
from pathlib import Path

import pytest

from paysim_pipeline.dbt_files import DBT_PROJECT
from tests.dbt.projects import Built, Row, dbt, load, part_of_the_project, rows, settings_in, warehouse


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    marts = ["simulations", "agents", "transactions"]
    folder = part_of_the_project(tmp_path_factory.mktemp("project"), [*(f"stg_{mart}" for mart in marts), *marts])
    test = "tests/singular/scenario_ids_name_stored_scenarios.sql"
    (folder / test).parent.mkdir()
    shutil.copy(DBT_PROJECT / test, folder / test)
    return folder


def runs(database: Path) -> list[Row]:
    """The runs in the mart."""
    with warehouse(database) as connection:
        return rows(connection, "select scenario, simulation_id, total_arrivals from simulations order by all")


def scenarios_in(database: Path, mart: str) -> list[str]:
    """The scenarios that have rows in a mart."""
    with warehouse(database) as connection:
        return [row["scenario"] for row in rows(connection, f"select distinct scenario from {mart} order by all")]


def test_scenarios_are_replaced_by_name(built: Built, project: Path, tmp_path: Path) -> None:
    database, target = built.copy(tmp_path), tmp_path / "target"
    with warehouse(database, read_only=False) as connection:
        # In the marts one scenario has a run that is no longer there, and another has figures that are not its own.
        connection.execute("update raw.simulations set simulation_id = 'earlier' where scenario = 'netting'")
        connection.execute("update simulations set simulation_id = 'earlier' where scenario = 'netting'")
        connection.execute("update simulations set total_arrivals = -1 where scenario = 'policies'")
    load(settings_in(tmp_path), "netting")
    with warehouse(database, read_only=False) as connection:
        connection.execute("delete from raw.agents")
        connection.execute("drop table transactions")

    # The rows of the named scenario go although it has no new ones. The others keep theirs, even where those would
    # change.
    named = dbt(database, target, "run", scenarios=["netting"], project=project)
    assert named.ok, named.output
    assert scenarios_in(database, "agents") == ["deferred", "policies"]
    changed = [run for run in runs(database) if run not in runs(built.database)]
    assert [(run["scenario"], run["total_arrivals"]) for run in changed] == [("policies", -1)]
    # A mart that is built for the first time, as in a full refresh, has all scenarios, or it would lack the others.
    assert scenarios_in(database, "transactions") == ["deferred", "netting", "policies"]

    # No names: all scenarios, for deleting and selecting alike.
    everything = dbt(database, target, "run", project=project)
    assert everything.ok, everything.output
    assert scenarios_in(database, "agents") == []
    assert runs(database) == runs(built.database)


def test_what_is_no_scenario_name_is_refused(built: Built, project: Path, tmp_path: Path) -> None:
    database = built.copy(tmp_path)
    refused = dbt(database, tmp_path / "target", "run", scenarios=["x') or ('a' = 'a"], project=project)
    assert not refused.ok
    assert "is no scenario name" in refused.output
    assert runs(database) == runs(built.database)


def test_a_name_that_no_stored_scenario_has_is_pointed_out(built: Built, project: Path, tmp_path: Path) -> None:
    database, target = built.copy(tmp_path), tmp_path / "target"

    def found(scenarios: list[str]) -> tuple[str, int]:
        run = dbt(database, target, "test", "--select", "test_type:singular", scenarios=scenarios, project=project)
        assert run.ok, run.output
        (result,) = run.results.values()
        return result["status"], result["failures"]

    assert found(["netting", "policies"]) == ("pass", 0)
    assert found(["netting", "policeis"]) == ("warn", 1)
