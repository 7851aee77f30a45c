"""Asking the warehouse: how a question is put, and what is said when it cannot be answered.

Belongs here: running a statement with bound values, and the errors for a run that is not there and for models that are
not built. Does not belong here: any question (`queries`, `reconstruct`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import polars as pl

from paysim_engine.wording import nearest, printable
from paysim_pipeline.warehouse.errors import WarehouseError

Record = dict[str, Any]
"""A row: column -> value."""

Values = Mapping[str, Any]
"""Bound values of a statement: the name after `$` -> value."""

_LISTED = 10
_RENAMED = re.compile(r'Binder Error: Catalog "(.*?)" does not exist')


class UnknownSimulationError(WarehouseError, ValueError):
    """The warehouse has no run of that id; the message says which there are."""


class ModelsNotBuiltError(WarehouseError):
    """The run is there, but dbt has not built what the question reads; the message says how to."""


def frame(connection: duckdb.DuckDBPyConnection, sql: str, values: Values | None = None) -> pl.DataFrame:
    """The answer as a frame.

    Args:
        connection: the open warehouse.
        sql: a statement; what comes from outside stands in it as `$name`.
        values: what the names stand for.

    Raises:
        ModelsNotBuiltError: it reads a model that does not exist.
    """
    with _explained():
        return connection.execute(sql, dict(values or {})).pl()


def records(connection: duckdb.DuckDBPyConnection, sql: str, values: Values | None = None) -> list[Record]:
    """The answer as mappings, in order; see `frame`."""
    with _explained():
        result = connection.execute(sql, dict(values or {}))
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def rows(connection: duckdb.DuckDBPyConnection, sql: str, values: Values | None = None) -> list[tuple[Any, ...]]:
    """The answer as plain rows; see `frame`."""
    with _explained():
        return connection.execute(sql, dict(values or {})).fetchall()


def stored_run(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> Record:
    """What the raw tables say of a run; its models need not be built.

    Returns:
        `simulation_id`, `scenario`, `ticks_per_day`, `num_days`, `started_at`, `completed_at`.

    Raises:
        UnknownSimulationError: there is no such run.
        WarehouseError: the database is no warehouse.
    """
    try:
        found = records(
            connection,
            "select simulation_id, scenario, ticks_per_day, num_days, started_at, completed_at from raw.simulations "
            "where simulation_id = $run",
            {"run": simulation_id},
        )
    except ModelsNotBuiltError as error:
        raise WarehouseError("this database is no warehouse of paysim: it has no table raw.simulations") from error
    if not found:
        raise UnknownSimulationError(_unknown(connection, simulation_id))
    return found[0]


def modelled_run(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> Record:
    """The same of a run whose models dbt has built.

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.
    """
    run = stored_run(connection, simulation_id)
    if not rows(connection, "select 1 from main.simulations where simulation_id = $run", {"run": simulation_id}):
        raise ModelsNotBuiltError(
            f"{simulation_id}: its models are not built; run dbt build in dbt_project "
            f"(--vars '{{scenario_ids: [{run['scenario']}]}}' builds this scenario alone)"
        )
    return run


def has_models(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> bool:
    """Whether dbt has built the models of a run.

    Raises:
        UnknownSimulationError: there is no such run.

    Example:
        >>> has_models(connection, "gridlock")
        True
    """
    try:
        modelled_run(connection, simulation_id)
    except ModelsNotBuiltError:
        return False
    return True


def conditions(clauses: Sequence[str]) -> str:
    """Clauses of a `where`, all of which must hold."""
    return " and ".join(f"({clause})" for clause in clauses) or "true"


def _unknown(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> str:
    known = rows(connection, "select simulation_id, scenario from raw.simulations order by started_at desc, 1")
    of_scenario = [run for run, scenario in known if scenario == simulation_id]
    shown = printable(simulation_id)
    if of_scenario:
        return f"{shown} is a scenario, not a simulation id; its run is {', '.join(of_scenario[:_LISTED])}"
    meant = nearest(simulation_id, [run for run, _ in known])
    if meant:
        return f'{shown}: there is no such run; did you mean "{meant}"?'
    if not known:
        return f"{shown}: there is no such run, nor any other in this warehouse; 'paysim run SCENARIO' stores one"
    listed = ", ".join(f"{run} ({scenario})" for run, scenario in known[:_LISTED])
    more = f" and {len(known) - _LISTED} more ('paysim list' shows them)" if len(known) > _LISTED else ""
    return f"{shown}: there is no such run; there are {listed}{more}"


@contextmanager
def _explained() -> Iterator[None]:
    """What DuckDB says of missing models, in words for the person who asked."""
    try:
        yield
    except duckdb.CatalogException as error:
        first = str(error).splitlines()[0]
        raise ModelsNotBuiltError(f"the models are not built; run dbt build in dbt_project ({first})") from error
    except duckdb.BinderException as error:
        # Views name the file they were built in.
        renamed = _RENAMED.match(str(error))
        if renamed is None:
            raise
        raise ModelsNotBuiltError(
            f"the models were built in a file of the name {renamed[1]}.duckdb; give this file that name again, or run "
            "dbt build in dbt_project with PAYSIM_DB set to it"
        ) from error
