"""Writing runs into the raw tables.

Belongs here: loading a bundle, in one transaction that replaces what its scenario had before. Does not belong here:
opening the file (`connection`), checking a bundle (`paysim_engine.bundle`), or anything derived from raw rows (dbt).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import duckdb

from paysim_engine.bundle import Bundle
from paysim_engine.bundle_format import Manifest, RunContext, canonical_json
from paysim_pipeline.identity import check_simulation_id
from paysim_pipeline.identity import simulation_id as default_id
from paysim_pipeline.settings import Settings
from paysim_pipeline.warehouse.connection import writer
from paysim_pipeline.warehouse.errors import WarehouseError
from paysim_pipeline.warehouse.schema import BUNDLE_TABLES, RUN_TABLES, SIMULATIONS
from paysim_pipeline.warehouse.transaction import transaction

_ROWS_PER_THREAD = 1_000_000
"""Rows of a run's largest table for which one thread is enough."""

RUNNING, COMPLETED, FAILED = "running", "completed", "failed"


@dataclass(frozen=True)
class LoadResult:
    """What a load did.

    Attributes:
        simulation_id: the id under which the run is stored.
        kept: whether it stays when its scenario is written again.
        rows: raw table -> rows written.
        replaced: ids of the runs whose rows went.
    """

    simulation_id: str
    kept: bool
    rows: dict[str, int]
    replaced: tuple[str, ...]


def load_bundle(
    bundle: Bundle,
    settings: Settings,
    *,
    simulation_id: str | None = None,
    replace_scenario: bool = True,
    experiment_run_id: str | None = None,
    experiment_iteration: int | None = None,
    on_step: Callable[[str], None] | None = None,
) -> LoadResult:
    """Load a bundle into the warehouse, all tables in one transaction (10 §1).

    The rows that the scenario had before go, but for kept runs. A run is kept beside the others if it has an explicit
    id or an experiment, or if `replace_scenario` is false. Loading the same run again writes the same rows again.

    Args:
        bundle: a checked bundle (`read_bundle`).
        settings: where the warehouse is.
        simulation_id: an id of one's own; by default it follows from the inputs of the run.
        replace_scenario: whether the run takes the place of the scenario's earlier one.
        experiment_run_id: the experiment that the run is part of; by default the one that its bundle names.
        experiment_iteration: the number of the run within it.
        on_step: called with the name of each step before it begins.

    Raises:
        WarehouseError: nothing was changed; see the message.
        ValueError: the given id is not fit to be one, an iteration is given without its experiment, or the bundle is
            part of another experiment.
    """
    with writer(settings) as connection:
        return load_into(
            connection,
            bundle,
            simulation_id=simulation_id,
            replace_scenario=replace_scenario,
            experiment_run_id=experiment_run_id,
            experiment_iteration=experiment_iteration,
            on_step=on_step,
        )


def load_into(
    connection: duckdb.DuckDBPyConnection,
    bundle: Bundle,
    *,
    simulation_id: str | None = None,
    replace_scenario: bool = True,
    experiment_run_id: str | None = None,
    experiment_iteration: int | None = None,
    on_step: Callable[[str], None] | None = None,
) -> LoadResult:
    """Load a bundle through an open connection (`connection.writer`); see `load_bundle`."""
    step = on_step or (lambda _: None)
    manifest = bundle.manifest
    manifest = replace(manifest, context=_context(manifest.context, experiment_run_id, experiment_iteration))
    own_id = check_simulation_id(simulation_id) if simulation_id is not None else None
    run_id = own_id or derived_id(manifest)
    kept = own_id is not None or manifest.context.experiment_run_id is not None or not replace_scenario
    with _fitting_threads(connection, bundle), transaction(connection):
        step("check")
        kept_before = _check_same_run(connection, run_id, manifest, kept)
        replaced = _replaced_runs(connection, run_id, None if kept else manifest.scenario)
        for table in RUN_TABLES if replaced else ():
            step(f"delete {table.name}")
            marks = ", ".join("?" * len(replaced))
            connection.execute(f"delete from {table.qualified} where simulation_id in ({marks})", replaced)
        rows = {}
        for table in BUNDLE_TABLES:
            step(f"insert {table.name}")
            rows[table.name] = _insert_file(connection, bundle, table.name, run_id)
        step(f"insert {SIMULATIONS.name}")
        insert_row(connection, simulation_row(manifest, run_id, kept or kept_before))
        rows[SIMULATIONS.name] = 1
        step("commit")
    step("done")
    return LoadResult(run_id, kept or kept_before, rows, tuple(replaced))


@contextmanager
def _fitting_threads(connection: duckdb.DuckDBPyConnection, bundle: Bundle) -> Iterator[None]:
    """Let the database use as many threads as a load of this size is faster with.

    With a second one the same rows take more CPU time and, where cores are shared, longer. On two cores, 40 000
    payments: 0.29 CPU seconds with two threads, 0.23 with one; a million events: 1.0 and 0.78.
    """
    most = connection.execute("select current_setting('threads')").fetchall()[0][0]
    rows = max(entry.rows for entry in bundle.manifest.files.values())
    connection.execute(f"set threads = {min(most, 1 + rows // _ROWS_PER_THREAD)}")
    try:
        yield
    finally:
        # After some failures (a full disk) the database refuses everything, and their message is the one that counts.
        with suppress(duckdb.Error):
            connection.execute(f"set threads = {most}")


def derived_id(manifest: Manifest) -> str:
    """The id that follows from the inputs of a run (10 §1)."""
    return default_id(
        manifest.scenario,
        manifest.fingerprint,
        manifest.seed,
        manifest.num_days,
        manifest.engine_version,
        experiment_run_id=manifest.context.experiment_run_id,
        experiment_iteration=manifest.context.experiment_iteration,
        continues=manifest.context.continues,
        continues_after_day=manifest.context.continues_after_day,
    )


def _context(own: RunContext, experiment_run_id: str | None, experiment_iteration: int | None) -> RunContext:
    """The context of a bundle with what the caller says of the experiment."""
    if experiment_run_id is None and experiment_iteration is None:
        return own
    given = replace(own, experiment_run_id=experiment_run_id, experiment_iteration=experiment_iteration)
    if own.experiment_run_id is not None and own != given:
        raise ValueError(
            f"the bundle is iteration {own.experiment_iteration} of experiment {own.experiment_run_id!r}, not "
            f"{experiment_iteration} of {experiment_run_id!r}"
        )
    return given


def insert_row(connection: duckdb.DuckDBPyConnection, values: dict[str, Any]) -> None:
    """Insert one row into `raw.simulations`; columns that are not given are null."""
    columns = [column.name for column in SIMULATIONS.columns if column.name in values]
    marks = ", ".join("?" * len(columns))
    names = ", ".join(columns)
    connection.execute(
        f"insert into {SIMULATIONS.qualified} ({names}) values ({marks})", [values[name] for name in columns]
    )


def _check_same_run(connection: duckdb.DuckDBPyConnection, run_id: str, manifest: Manifest, kept: bool) -> bool:
    """Refuse an id that stands for something else; say whether the run of that id is a kept one.

    What a crashed writer left (`running`) is no run and never stands in the way. A scenario's ordinary run may differ
    from the one before although their ids are equal: the engine's code may have changed within a version.
    """
    row = connection.execute(
        "select scenario, config_hash, rng_seed, num_days, engine_version, events_digest, kept, status "
        f"from {SIMULATIONS.qualified} where simulation_id = ?",
        [run_id],
    ).fetchone()
    if row is None or row[-1] == RUNNING:
        return False
    content = (
        manifest.scenario,
        manifest.fingerprint,
        manifest.seed,
        manifest.num_days,
        manifest.engine_version,
        manifest.events_digest,
    )
    if (kept or row[6]) and row[:6] != content:
        names = ("scenario", "scenario's content", "seed", "number of days", "engine version", "events")
        different = ", ".join(name for name, old, new in zip(names, row, content, strict=False) if old != new)
        raise WarehouseError(
            f"the simulation id {run_id} exists with another content ({different}); choose another id, or load it "
            "without one"
        )
    return bool(row[6])


def _replaced_runs(connection: duckdb.DuckDBPyConnection, run_id: str, scenario: str | None) -> list[str]:
    """Ids of the runs whose rows go: the run's own, and the scenario's if it is replaced."""
    rows = connection.execute(
        f"select simulation_id from {SIMULATIONS.qualified} "
        "where simulation_id = ? or (scenario = ? and not kept) order by simulation_id",
        [run_id, scenario],
    ).fetchall()
    return [row[0] for row in rows]


def _insert_file(connection: duckdb.DuckDBPyConnection, bundle: Bundle, table: str, run_id: str) -> int:
    """Insert a Parquet file of the bundle under the run's id; return the number of rows."""
    raw = next(raw for raw in BUNDLE_TABLES if raw.name == table)
    names = ", ".join(column.name for column in raw.columns)
    values = ", ".join(column.name for column in raw.columns[1:])
    path = bundle.path(table)
    result = connection.execute(
        f"insert into {raw.qualified} ({names}) select ?, {values} from read_parquet(?)", [run_id, _literal(str(path))]
    ).fetchone()
    rows = int(result[0]) if result else 0
    expected = bundle.manifest.files[table].rows
    if rows != expected:
        raise WarehouseError(
            f"{path}: {rows} rows were read, the manifest says {expected}; simulate the scenario again"
        )
    return rows


def _literal(path: str) -> str:
    """A path in which the characters of file patterns stand for themselves."""
    return "".join(f"[{character}]" if character in "*?[" else character for character in path)


def simulation_row(manifest: Manifest, run_id: str, kept: bool) -> dict[str, Any]:
    """The row of a run in `raw.simulations`, by column."""
    return {
        "simulation_id": run_id,
        "scenario": manifest.scenario,
        "config_file": manifest.config_file,
        "config_json": canonical_json(manifest.config),
        "config_hash": manifest.fingerprint,
        "rng_seed": manifest.seed,
        "ticks_per_day": manifest.ticks_per_day,
        "num_days": manifest.num_days,
        "num_agents": manifest.num_agents,
        "engine_version": manifest.engine_version,
        "compiled": manifest.compiled,
        "status": manifest.status,
        "error": manifest.error,
        "started_at": _utc(manifest.started_at),
        "completed_at": _utc(manifest.completed_at),
        "duration_seconds": manifest.duration_seconds,
        "ticks_per_second": manifest.ticks_per_second,
        "total_arrivals": manifest.totals.arrivals,
        "total_settlements": manifest.totals.settlements,
        "total_cost_cents": manifest.totals.cost_cents,
        "events_digest": manifest.events_digest,
        "experiment_run_id": manifest.context.experiment_run_id,
        "experiment_iteration": manifest.context.experiment_iteration,
        "kept": kept,
        "continues": manifest.context.continues,
        "continues_after_day": manifest.context.continues_after_day,
    }


def _utc(text: str) -> datetime:
    """A moment as the database keeps it: in UTC, without a zone."""
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
