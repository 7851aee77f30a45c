"""Reading the raw tables: which runs there are, and how many rows each has.

Belongs here: what the pipeline itself wants to know after a load. Does not belong here: questions of researchers, which
read marts (`queries`).
"""

from dataclasses import dataclass

import duckdb

from paysim_pipeline.warehouse.schema import RUN_TABLES, SIMULATIONS


@dataclass(frozen=True)
class StoredRun:
    """A run in the warehouse; the fields are columns of `raw.simulations`."""

    simulation_id: str
    scenario: str
    status: str
    kept: bool
    rng_seed: int
    num_days: int
    engine_version: str
    config_hash: str
    events_digest: str | None


def stored_runs(connection: duckdb.DuckDBPyConnection, scenario: str | None = None) -> list[StoredRun]:
    """The runs in the warehouse, by scenario and id.

    Args:
        connection: the open warehouse.
        scenario: only the runs of this scenario.
    """
    columns = ", ".join(StoredRun.__dataclass_fields__)
    rows = connection.execute(
        f"select {columns} from {SIMULATIONS.qualified} where ? is null or scenario = ? "
        "order by scenario, simulation_id",
        [scenario, scenario],
    ).fetchall()
    return [StoredRun(*row) for row in rows]


def row_counts(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> dict[str, int]:
    """Raw table -> number of rows of a run; all 0 for an unknown one."""
    parts = [
        f"select '{table.name}' as name, count(*) as n from {table.qualified} where simulation_id = $run"
        for table in RUN_TABLES
    ]
    return dict(connection.execute(" union all ".join(parts), {"run": simulation_id}).fetchall())
