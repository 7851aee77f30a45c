"""The incremental strategy `replace_scenarios`, on the real models: what goes, what stays, and what is refused."""

from pathlib import Path

from tests.dbt.projects import Built, Row, dbt, load, rows, settings_in, warehouse


def queued(database: Path) -> dict[str, int]:
    """Scenario -> rows in the mart of Queue 2."""
    with warehouse(database) as connection:
        found = rows(connection, "select scenario, count(*)::integer as n from rtgs_queue_snapshots group by all")
    return {row["scenario"]: row["n"] for row in found}


def runs(database: Path) -> list[Row]:
    """Scenario and id of the runs in the mart."""
    with warehouse(database) as connection:
        return rows(connection, "select scenario, simulation_id from simulations order by all")


def test_scenarios_are_replaced_by_name(built: Built, tmp_path: Path) -> None:
    database, target = built.copy(tmp_path), tmp_path / "target"
    before = queued(database)
    assert set(before) == {"netting", "deferred", "policies"}
    with warehouse(database, read_only=False) as connection:
        # In the marts the scenario has a run that is no longer there, and no payment of any run is queued any more.
        connection.execute("update raw.simulations set simulation_id = 'earlier' where scenario = 'netting'")
        connection.execute("update simulations set simulation_id = 'earlier' where scenario = 'netting'")
        connection.execute("update simulations set total_arrivals = -1 where scenario = 'policies'")
    load(settings_in(tmp_path), "netting")
    with warehouse(database, read_only=False) as connection:
        connection.execute("delete from raw.queue_snapshots")

    # The scenario's rows go although it has no new ones; other scenarios keep theirs, even where they would change.
    models = ["--select", "simulations", "rtgs_queue_snapshots"]
    named = dbt(database, target, "run", *models, scenarios=["netting"])
    assert named.ok, named.output
    assert queued(database) == {name: n for name, n in before.items() if name != "netting"}
    assert runs(database) == runs(built.database)
    with warehouse(database) as connection:
        kept = rows(connection, "select scenario from simulations where total_arrivals = -1")
    assert kept == [{"scenario": "policies"}]

    # No names: all scenarios, for deleting and selecting alike.
    everything = dbt(database, target, "run", *models)
    assert everything.ok, everything.output
    assert queued(database) == {}
    assert runs(database) == runs(built.database)

    # A full refresh of one scenario would lose the others: it is one of all.
    refreshed = dbt(database, target, "run", "--full-refresh", "--select", "simulations", scenarios=["netting"])
    assert refreshed.ok, refreshed.output
    assert runs(database) == runs(built.database)


def test_what_is_no_scenario_name_is_refused(built: Built, tmp_path: Path) -> None:
    database = built.copy(tmp_path)
    refused = dbt(database, tmp_path / "target", "run", "--select", "simulations", scenarios=["x') or ('a' = 'a"])
    assert not refused.ok
    assert "is no scenario name" in refused.output
    assert runs(database) == runs(built.database)
