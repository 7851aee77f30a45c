"""dbt builds everything from real runs, and the project says what its house rules ask for."""

import json
import re
from typing import Any

import pytest

from paysim_engine.record.flat import flat_events
from paysim_engine.record.schema import FAMILIES, RECORDS, family_columns
from paysim_engine.scenario import load_scenario
from paysim_engine.simulation import Simulation
from paysim_pipeline.dbt_files import DBT_PROJECT
from paysim_pipeline.settings import Settings
from paysim_pipeline.warehouse.schema import RUN_TABLES
from tests.dbt.projects import SCENARIOS, Built, rows, warehouse

MARTS = {
    "simulations", "agents", "transactions", "policy_snapshots", "simulation_events", "daily_agent_metrics",
    "agent_queue_snapshots", "rtgs_queue_snapshots", "queue_contents", "agent_state_registers", "budget_operations",
    "collateral_events", "lsm_cycles", "lsm_cycle_transactions", "lsm_effectiveness", "daily_costs",
    "cost_breakdown_by_agent", "agent_indicators", "payment_system_indicators", "agent_comparison",
    "simulation_comparison",
}  # fmt: skip
VIEWS = {"simulation_events", "queue_contents"}
OF_SEVERAL_RUNS = {"agent_comparison", "simulation_comparison"}
"""Built anew from all runs; no scenario has a part of its own in them."""


def models(built: Built, folder: str = "") -> dict[str, Any]:
    return {
        node["name"]: node
        for node in built.run.nodes.values()
        if node["resource_type"] == "model" and node["path"].startswith(folder)
    }


def test_everything_is_built_and_every_test_passes(built: Built) -> None:
    assert built.run.ok, built.run.output
    # There is nothing to do for an exposure: it says who reads the models.
    statuses = {node.split(".")[0]: set[str]() for node in built.run.results}
    for node, result in built.run.results.items():
        statuses[node.split(".")[0]].add(result["status"])
    assert statuses == {"model": {"success"}, "test": {"pass"}, "unit_test": {"pass"}, "exposure": {"no-op"}}
    kinds = [unique_id.split(".")[0] for unique_id in built.run.results]
    assert kinds.count("model") == len(models(built))
    assert kinds.count("unit_test") >= 2
    assert kinds.count("test") > kinds.count("model")


def test_the_marts_stand_where_they_can_be_asked_for_by_name(built: Built) -> None:
    with warehouse(built.database) as connection:
        found = rows(
            connection,
            "select table_name, table_type from information_schema.tables where table_schema = 'main' order by all",
        )
        schemas = {row["schema_name"] for row in rows(connection, "select distinct schema_name from duckdb_tables()")}
        connection.execute("select * from daily_agent_metrics limit 1")
    assert {row["table_name"] for row in found} == MARTS == set(models(built, "marts"))
    assert {row["table_name"] for row in found if row["table_type"] == "VIEW"} == VIEWS
    assert schemas == {"raw", "main", "intermediate"}


def test_every_model_has_a_grain_a_key_and_described_columns(built: Built) -> None:
    tests = [node for node in built.run.nodes.values() if node["resource_type"] == "test"]
    keyed = {
        node["attached_node"] for node in tests if (node.get("test_metadata") or {}).get("name") == "unique_combination"
    }
    with warehouse(built.database) as connection:
        for name, model in models(built).items():
            assert model["description"].startswith("One row per "), name
            assert model["unique_id"] in keyed, f"{name} has no test of its key"
            columns = [
                row["column_name"]
                for row in rows(
                    connection,
                    "select column_name from duckdb_columns() where schema_name = ? and table_name = ? "
                    "order by column_index",
                    [model["schema"], name],
                )
            ]
            assert columns == list(model["columns"]), name
            undescribed = [column for column, entry in model["columns"].items() if not entry["description"]]
            assert not undescribed, (name, undescribed)
            if name not in OF_SEVERAL_RUNS | {"int_comparison_pairs"}:
                assert columns[0] == "simulation_id" or name in ("simulation_events", "stg_events"), name
                assert "scenario" in columns, name


def test_marts_have_contracts_and_what_is_stored_is_replaced_by_scenario(built: Built) -> None:
    for name, model in models(built, "marts").items():
        assert model["config"]["contract"]["enforced"] is True, name
    stored = {
        name: model
        for name, model in models(built).items()
        if model["config"]["materialized"] in ("incremental", "table")
    }
    assert set(stored) >= MARTS - VIEWS
    for name in set(stored) - OF_SEVERAL_RUNS:
        assert stored[name]["config"]["incremental_strategy"] == "replace_scenarios", name
        assert stored[name]["config"]["on_schema_change"] == "fail", name
        # What is replaced by scenario selects by scenario too, or other scenarios' rows would double.
        assert "is_to_build(" in stored[name]["raw_code"], name


def test_no_mart_reads_a_raw_table_and_each_table_is_staged(built: Built) -> None:
    staged = set()
    for name, model in models(built).items():
        read = {parent.split(".")[-1] for parent in model["depends_on"]["nodes"] if parent.startswith("source.")}
        if name.startswith("stg_"):
            staged |= {table for table in read if name == f"stg_{table}"}
        else:
            assert not read, name
    sources = {node["name"]: node for node in built.run.nodes.values() if node["resource_type"] == "source"}
    assert staged == set(sources) == {table.name for table in RUN_TABLES}
    for table in RUN_TABLES:
        assert list(sources[table.name]["columns"]) == [column.name for column in table.columns], table.name


def shown(column: str, kind: str) -> str:
    """The name under which staging shows a stored column."""
    if column == "first_child_tx_no":
        return "child_ids"
    if kind in ("tx", "agent"):
        return column.removesuffix("_no") + "_id"
    return column.removesuffix("_nos") + "_ids" if kind in ("tx_list", "agent_list") else column


def test_staging_shows_every_recorded_column(built: Built) -> None:
    staging = models(built, "staging")
    recorded = {f"stg_{family}_events": family_columns(family) for family in FAMILIES}
    recorded |= {f"stg_{record.name}": {f.column: f.kind for f in record.stored} for record in RECORDS}
    for name, columns in recorded.items():
        expected = {shown(column, kind) for column, kind in columns.items()}
        assert expected <= set(staging[name]["columns"]), name


@pytest.mark.parametrize("scenario", ["netting", "deferred", "policies"])
def test_the_details_of_an_event_are_its_flat_form(built: Built, scenario: str) -> None:
    simulation = Simulation(load_scenario(SCENARIOS / f"{scenario}.yaml").engine_config())
    simulation.run()
    flat = list(flat_events(simulation.recorder.drain(), simulation.recorder.texts, simulation.agent_ids))
    with warehouse(built.database) as connection:
        stored = rows(connection, "select * from simulation_events where scenario = ? order by event_seq", [scenario])
        events = rows(connection, "select event_seq, event_type from staging.stg_events where scenario = ?", [scenario])
    assert len(stored) == len(flat) > 100
    for event, row in zip(flat, stored, strict=True):
        head = {name: event.pop(name) for name in ("event_seq", "tick", "event_type")}
        assert head == {name: row[name] for name in head}
        assert json.loads(row["details"]) == {name: value for name, value in event.items() if value is not None}
        assert row["event_id"] == f"{row['simulation_id']}:{row['event_seq']}"
        assert row["tx_id"] == event.get("tx_id")
        netted = row["event_type"].startswith(("Lsm", "EntryDisposition"))
        agent = event.get("agent_id") or event.get("sender_id") or event.get("sender")
        assert row["agent_id"] == (None if netted else agent)
    assert [(row["event_seq"], row["event_type"]) for row in events] == [
        (row["event_seq"], row["event_type"]) for row in stored
    ]


def test_without_any_setting_dbt_opens_the_pipelines_warehouse() -> None:
    profile = (DBT_PROJECT / "profiles.yml").read_text(encoding="utf-8")
    found = re.search(r"env_var\('PAYSIM_DB', '([^']+)'\)", profile)
    assert found is not None
    assert (DBT_PROJECT / found[1]).resolve() == Settings.from_environment({}).database
