"""The raw schema: the same in the code, in a migrated database, in the bundles' files, and as specified."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from paysim_engine.bundle_columns import PARQUET_TYPES
from paysim_engine.record.schema import EVENT_TYPES, FAMILIES
from paysim_pipeline.warehouse.connection import writer
from paysim_pipeline.warehouse.schema import BUNDLE_TABLES, RAW_TABLES, RUN_TABLES
from tests.warehouse.sample import settings, write_sample


def test_the_migrated_database_is_the_schema_in_code(tmp_path: Path) -> None:
    with writer(settings(tmp_path)) as connection:
        rows = connection.execute(
            "select table_name, column_name, data_type, is_nullable = 'NO' from duckdb_columns() "
            "where schema_name = 'raw' order by table_name, column_index"
        ).fetchall()
    found: dict[str, list[tuple[str, str, bool]]] = {}
    for table, *column in rows:
        found.setdefault(table, []).append((column[0], column[1], column[2]))
    wanted = {table.name: [(c.name, c.type, c.required) for c in table.columns] for table in RAW_TABLES}
    assert found == wanted


def test_a_bundle_has_the_columns_of_the_raw_tables(tmp_path: Path) -> None:
    bundle = write_sample(tmp_path / "b")
    for table in BUNDLE_TABLES:
        file = pq.read_schema(bundle.path(table.name))
        assert [(field.name, str(field.type)) for field in file] == [
            (column.name, PARQUET_TYPES[column.type]) for column in table.columns[1:]
        ], table.name
        assert {field.name for field in file if not field.nullable} == {
            column.name for column in table.columns[1:] if column.required
        }, table.name


def test_every_table_of_a_run_begins_with_its_id() -> None:
    for table in RUN_TABLES:
        assert (table.columns[0].name, table.columns[0].type) == ("simulation_id", "VARCHAR")
        names = [column.name for column in table.columns]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        (
            "simulations",
            "scenario config_file config_json config_hash rng_seed ticks_per_day num_days num_agents engine_version "
            "compiled status error started_at completed_at duration_seconds ticks_per_second total_arrivals "
            "total_settlements total_cost_cents events_digest experiment_run_id experiment_iteration",
        ),
        (
            "agents",
            "agent_id opening_balance unsecured_cap posted_collateral collateral_haircut max_collateral_capacity "
            "liquidity_pool liquidity_allocation_fraction bilateral_limits multilateral_limit policy_hash",
        ),
        ("policy_snapshots", "agent_no snapshot_day snapshot_tick policy_hash policy_json created_by"),
        *((f"{family}_events", "event_seq tick event_type") for family in FAMILIES),
        (
            "transactions",
            "tx_no sender_no receiver_no amount settled_amount priority original_priority rtgs_priority is_divisible "
            "arrival_tick deadline_tick status origin parent_tx_no split_index settlement_tick settled_via "
            "queue1_ticks queue2_ticks overdue_since_tick drop_tick",
        ),
        (
            "agent_ticks",
            "tick agent_no balance posted_collateral unsecured_cap allocated_liquidity queue1_size queue1_value "
            "queue2_size queue2_value",
        ),
        ("queue_snapshots", "tick queue_type agent_no position tx_no"),
        ("state_snapshots", "day tick state_json"),
        ("rng_states", "tick rng_state"),
        ("schema_migrations", "version name checksum applied_at"),
    ],
)
def test_binding_names(table: str, columns: str) -> None:
    """Other people's queries use these; numbers stand for ids where a table is large."""
    found = next(raw for raw in RAW_TABLES if raw.name == table)
    assert set(columns.split()) <= {column.name for column in found.columns}


def test_families_hold_every_event_type_once() -> None:
    assert {event.family for event in EVENT_TYPES} == set(FAMILIES)
    assert len({event.name for event in EVENT_TYPES}) == len(EVENT_TYPES) <= 256
