"""Rows of a run that is still going on, straight into the raw tables.

Belongs here: the statements, each within a transaction of the caller's. Does not belong here: which rows, and when
(`persistence`), or whole bundles (`writer`).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from paysim_engine.bundle_columns import arrow_rows, arrow_schema
from paysim_engine.bundle_format import TABLES, BundleTable
from paysim_engine.record.batch import Batch
from paysim_engine.record.schema import FAMILIES
from paysim_pipeline.simulate import StateSnapshot
from paysim_pipeline.warehouse.schema import RUN_TABLES, SCHEMA, SIMULATIONS
from paysim_pipeline.warehouse.writer import RUNNING

_EVENT_TABLES = frozenset(f"{family}_events" for family in FAMILIES)


def insert_batches(
    connection: duckdb.DuckDBPyConnection,
    simulation_id: str,
    batches: Sequence[Batch],
    texts: list[str],
    *,
    events: bool,
) -> None:
    """Insert recorded rows.

    Args:
        connection: the open warehouse.
        simulation_id: the run.
        batches: the rows; those of other tables than asked for are passed over.
        texts: what text columns point into.
        events: insert the events, or else the rows of all other tables.

    Raises:
        BundleError: a value does not fit its column.
    """
    by_source: dict[str, list[Batch]] = {}
    for batch in batches:
        by_source.setdefault(batch.table, []).append(batch)
    for table in TABLES.values():
        if (table.name in _EVENT_TABLES) == events:
            rows = arrow_rows(table, by_source, texts)
            if rows.num_rows:
                _insert(connection, simulation_id, table, rows)


def insert_rows(
    connection: duckdb.DuckDBPyConnection, simulation_id: str, table: str, rows: list[dict[str, Any]]
) -> None:
    """Insert rows that are given column by column: agents, policies."""
    if rows:
        bundle_table = TABLES[table]
        _insert(connection, simulation_id, bundle_table, pa.Table.from_pylist(rows, schema=arrow_schema(bundle_table)))


def insert_states(connection: duckdb.DuckDBPyConnection, simulation_id: str, states: Sequence[StateSnapshot]) -> None:
    """Insert checkpoints."""
    rows = [{"day": state.day, "tick": state.tick, "state_json": state.state_json} for state in states]
    insert_rows(connection, simulation_id, "state_snapshots", rows)


def _insert(connection: duckdb.DuckDBPyConnection, simulation_id: str, table: BundleTable, rows: Any) -> None:
    names = ", ".join(column.name for column in table.columns)
    connection.register("new_rows", rows)
    try:
        connection.execute(
            f"insert into {SCHEMA}.{table.name} (simulation_id, {names}) select ?, {names} from new_rows",
            [simulation_id],
        )
    finally:
        connection.unregister("new_rows")


def delete_run(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> None:
    """Delete all rows of a run."""
    for table in RUN_TABLES:
        connection.execute(f"delete from {table.qualified} where simulation_id = ?", [simulation_id])


def delete_row(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> None:
    """Delete the run's row in `raw.simulations` alone, to insert another."""
    connection.execute(f"delete from {SIMULATIONS.qualified} where simulation_id = ?", [simulation_id])


def status_of(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> str | None:
    """The status of a run; None if there is no such run."""
    row = connection.execute(
        f"select status from {SIMULATIONS.qualified} where simulation_id = ?", [simulation_id]
    ).fetchone()
    return None if row is None else str(row[0])


def is_writing(connection: duckdb.DuckDBPyConnection, simulation_id: str, started_at: datetime) -> bool:
    """Whether the run is still the unfinished one that was begun at that moment."""
    row = connection.execute(
        f"select 1 from {SIMULATIONS.qualified} where simulation_id = ? and status = ? and started_at = ?",
        [simulation_id, RUNNING, started_at],
    ).fetchone()
    return row is not None


def ordinary_runs(connection: duckdb.DuckDBPyConnection, scenario: str, but: str) -> list[str]:
    """Ids of the scenario's runs that are not kept, but for one."""
    rows = connection.execute(
        f"select simulation_id from {SIMULATIONS.qualified} where scenario = ? and not kept and simulation_id <> ?",
        [scenario, but],
    ).fetchall()
    return [row[0] for row in rows]
