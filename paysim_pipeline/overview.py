"""What there is in the warehouse, in a few figures: the runs, one run, the file, the results of the models.

Belongs here: the questions of `paysim list`, `paysim show`, `paysim db info` and the demo; but for the last they read
raw tables, so that they have an answer before dbt has run. Does not belong here: questions of research, which marts
answer (`warehouse.queries`), or how answers are shown.
"""

from typing import Any

import duckdb

from paysim_engine.record.schema import CODES, EVENT_TYPES, FAMILIES

Record = dict[str, Any]

_RUN_COLUMNS = (
    "simulation_id, scenario, status, kept, rng_seed, num_days, ticks_per_day, num_agents, total_arrivals, "
    "total_settlements, total_cost_cents, engine_version, compiled, duration_seconds, ticks_per_second, started_at, "
    "completed_at, config_file, config_hash, events_digest, error, experiment_run_id, experiment_iteration"
)


def _records(connection: duckdb.DuckDBPyConnection, sql: str, values: list[Any] | None = None) -> list[Record]:
    result = connection.execute(sql, values or [])
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def runs(connection: duckdb.DuckDBPyConnection, scenario: str | None = None) -> list[Record]:
    """All stored runs, by scenario and time; columns of `raw.simulations` and `settlement_rate`.

    Args:
        connection: the open warehouse.
        scenario: only the runs of this scenario.
    """
    return _records(
        connection,
        f"select {_RUN_COLUMNS}, total_settlements / nullif(total_arrivals, 0) as settlement_rate "
        "from raw.simulations where ? is null or scenario = ? order by scenario, started_at, simulation_id",
        [scenario, scenario],
    )


def agents(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> list[Record]:
    """The agents of a run with their accounts at its end, by id; money in cents."""
    return _records(
        connection,
        """
        with last_ticks as (
            select *
            from raw.agent_ticks
            where simulation_id = $1 and tick = (select max(tick) from raw.agent_ticks where simulation_id = $1)
        ),
        costs as (
            select agent_no, sum(total_cost) as total_cost from raw.cost_events where simulation_id = $1 group by 1
        )
        select
            agents.agent_id,
            agents.opening_balance,
            last_ticks.balance as final_balance,
            last_ticks.posted_collateral,
            last_ticks.unsecured_cap,
            last_ticks.queue1_size,
            last_ticks.queue1_value,
            last_ticks.queue2_size,
            last_ticks.queue2_value,
            coalesce(costs.total_cost, 0)::bigint as total_cost
        from raw.agents as agents
        left join last_ticks using (agent_no)
        left join costs using (agent_no)
        where agents.simulation_id = $1
        order by agents.agent_no
        """,
        [simulation_id],
    )


def event_counts(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> dict[str, int]:
    """Event type -> number of events of a run, most frequent first."""
    union = " union all ".join(
        f"select event_type, count(*) from raw.{family}_events where simulation_id = $1 group by 1"
        for family in FAMILIES
    )
    counted = connection.execute(union, [simulation_id]).fetchall()
    counts = {EVENT_TYPES[code].name: number for code, number in counted}
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def settled_via(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> dict[str, int]:
    """Mechanism -> number of payments of a run that settled by it."""
    counted = connection.execute(
        "select settled_via, count(*) from raw.transactions "
        "where simulation_id = $1 and settled_via <> 0 group by 1 order by 1",
        [simulation_id],
    ).fetchall()
    return {CODES["mechanism"][code]: number for code, number in counted}


def contents(connection: duckdb.DuckDBPyConnection) -> Record:
    """What is in the file: the version of its schema, how many runs, the rows of every table.

    Returns:
        `schema_version`; `runs`: `stored`, `scenarios`, `modelled`; `tables`: `schema`, `table`, `rows`, by name. Views
        have no rows of their own and are left out.
    """
    tables = _records(
        connection,
        'select schema_name as "schema", table_name as "table" from duckdb_tables() '
        "where not internal and not temporary and database_name = current_database() "
        "order by schema_name <> 'raw', schema_name, table_name",
    )
    names = {(table["schema"], table["table"]) for table in tables}
    for table in tables:
        # Names out of the catalogue of the database itself, quoted as such.
        qualified = ".".join('"' + table[part].replace('"', '""') + '"' for part in ("schema", "table"))
        table["rows"] = _records(connection, f"select count(*) as number from {qualified}")[0]["number"]
    version, stored, scenarios, modelled = 0, 0, 0, 0
    if ("raw", "schema_migrations") in names:
        version = _records(connection, "select max(version) as number from raw.schema_migrations")[0]["number"] or 0
    if ("raw", "simulations") in names:
        sql = "select count(*) as stored, count(distinct scenario) as scenarios from raw.simulations"
        stored, scenarios = _records(connection, sql)[0].values()
    if ("main", "simulations") in names:
        modelled = _records(connection, "select count(*) as number from main.simulations")[0]["number"]
    runs_in_it = {"stored": stored, "scenarios": scenarios, "modelled": modelled}
    return {"schema_version": version, "runs": runs_in_it, "tables": tables}


def results(connection: duckdb.DuckDBPyConnection) -> list[Record]:
    """What the models say of each scenario's ordinary run, by scenario.

    `mean_delay_ticks` is the mean time from arrival to settlement of the payments that settled; payments that others
    were split into are left out, as in all totals.
    """
    return _records(
        connection,
        """
        with delays as (
            select simulation_id, avg(total_delay_ticks) as mean_delay_ticks
            from main.transactions
            where status = 'settled' and parent_tx_id is null
            group by simulation_id
        )
        select
            runs.simulation_id,
            runs.scenario,
            runs.total_arrivals,
            runs.total_settlements,
            runs.settlement_rate,
            runs.total_cost_cents,
            delays.mean_delay_ticks,
            runs.duration_seconds
        from main.simulations as runs
        left join delays using (simulation_id)
        where not runs.is_kept
        order by runs.scenario
        """,
    )
