"""The ways in which a run gets into a warehouse, and the rows that it has there.

Belongs here: driving each way, and reading the raw tables. Does not belong here: any expectation.
"""

import shutil
from pathlib import Path
from typing import Any

from paysim_engine.bundle import read_bundle
from paysim_engine.scenario import LoadedScenario
from paysim_engine.simulation import Simulation
from paysim_pipeline.cli.main import execute
from paysim_pipeline.resume import continue_run
from paysim_pipeline.settings import Settings
from paysim_pipeline.simulate import ScenarioRun
from paysim_pipeline.warehouse.connection import reader, writer
from paysim_pipeline.warehouse.persistence import WarehousePersistence
from paysim_pipeline.warehouse.reader import stored_runs
from paysim_pipeline.warehouse.schema import RUN_TABLES
from paysim_pipeline.warehouse.writer import load_into
from tests.warehouse.sample import rows_of

TIMES = {"started_at", "completed_at", "duration_seconds", "ticks_per_second"}
"""What differs between two runs of the same."""

Rows = dict[str, list[tuple[Any, ...]]]


def rows_of_run(settings: Settings, simulation_id: str) -> Rows:
    """All rows of a run by raw table, without the times."""
    with reader(settings) as connection:
        found = {table.name: rows_of(connection, table.name, simulation_id) for table in RUN_TABLES}
        (simulations,) = (table for table in RUN_TABLES if table.name == "simulations")
    same = [i for i, column in enumerate(simulations.columns) if column.name not in TIMES]
    found["simulations"] = [tuple(row[i] for i in same) for row in found["simulations"]]
    return found


def only_run(settings: Settings) -> str:
    """The id of the one run in a warehouse."""
    with reader(settings) as connection:
        (run,) = stored_runs(connection)
    return run.simulation_id


def by_command(settings: Settings, scenario: LoadedScenario, days: int) -> str:
    """`paysim run`."""
    command = ["run", str(scenario.path), "--db", str(settings.database), "--days", str(days), "--quiet"]
    assert execute(command) == 0
    return only_run(settings)


def by_assets(settings: Settings, scenario: LoadedScenario, days: int) -> str:
    """What the assets `simulation_run` and `raw_load` call, in their order."""
    directory = settings.bundle(scenario.name)
    ScenarioRun(scenario, num_days=days, bundle=directory).play()
    bundle = read_bundle(directory)
    with writer(settings) as connection:
        return load_into(connection, bundle).simulation_id


def tick_by_tick(
    settings: Settings,
    scenario: LoadedScenario,
    days: int,
    simulation_id: str,
    *,
    with_source: bool,
    write_every: int = 1,
    ticks: int | None = None,
) -> None:
    """The provider, driven by somebody who steps a simulation; after `ticks` ticks the driver is gone."""
    provider = WarehousePersistence(settings, write_every=write_every)
    simulation = Simulation(scenario.engine_config(num_days=days))
    if with_source:
        provider.persist_simulation_start(simulation_id, scenario, source=simulation)
    else:
        provider.persist_simulation_start(simulation_id, scenario, num_days=days)
    whole = days * int(simulation.config.ticks_per_day)
    for tick in range(whole if ticks is None else ticks):
        simulation.step()
        events = simulation.events()
        if not with_source:
            simulation.recorder.drain()
        provider.persist_tick_events(simulation_id, tick, events)
    if ticks is None:
        provider.persist_simulation_complete(simulation_id, simulation.summary())


def resumed(settings: Settings, scenario: LoadedScenario, days: int, simulation_id: str) -> None:
    """A run whose driver was lost in its second day, gone on with from the end of the first."""
    ticks = scenario.scenario.simulation.ticks_per_day
    tick_by_tick(settings, scenario, days, simulation_id, with_source=True, write_every=3, ticks=ticks + 1)
    continue_run(settings, simulation_id, 0)


def copied(settings: Settings, folder: Path) -> Settings:
    """A copy of a warehouse in another folder."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(settings.database, folder / settings.database.name)
    return Settings(
        database=folder / settings.database.name,
        bundles=folder / "bundles",
        scenarios=settings.scenarios,
        published=folder / "published.duckdb",
        lock_timeout=settings.lock_timeout,
    )
