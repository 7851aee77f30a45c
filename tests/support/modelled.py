"""A warehouse with a few runs and all models, built once for all tests that ask it questions.

Belongs here: which runs there are, under ids that examples can name. Does not belong here: any question. Nobody may
change it: take a copy of the file.
"""

import os
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from paysim_engine.scenario import load_scenario
from paysim_engine.simulation import Simulation, TickSummary
from paysim_pipeline.dbt_files import DBT_PROJECT, dbt_program
from paysim_pipeline.settings import PROJECT_ROOT, Settings
from paysim_pipeline.simulate import ScenarioRun
from paysim_pipeline.warehouse.writer import load_bundle
from tests.support.runs import Event, Row, flat, rows_of

RUNS = {
    "gridlock": PROJECT_ROOT / "scenarios" / "gridlock.yaml",
    "netting": PROJECT_ROOT / "tests" / "dbt" / "scenarios" / "netting.yaml",
    "policies": PROJECT_ROOT / "tests" / "dbt" / "scenarios" / "policies.yaml",
    "stress": PROJECT_ROOT / "scenarios" / "liquidity_stress.yaml",
}
"""Simulation id -> scenario."""

# Lives as long as the process.
_FOLDER = TemporaryDirectory(prefix="paysim-modelled-")


@cache
def modelled_warehouse() -> Path:
    """The file of the warehouse."""
    folder = Path(_FOLDER.name)
    settings = Settings(
        database=folder / "paysim.duckdb",
        bundles=folder / "bundles",
        scenarios=PROJECT_ROOT / "scenarios",
        published=folder / "published.duckdb",
    )
    for simulation_id, scenario in RUNS.items():
        bundle = ScenarioRun(load_scenario(scenario), bundle=settings.bundle(simulation_id)).play().bundle
        assert bundle is not None
        load_bundle(bundle, settings, simulation_id=simulation_id)
    target = folder / "target"
    environment = {
        **os.environ,
        "PAYSIM_DB": str(settings.database),
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(target / "logs"),
    }
    done = subprocess.run(
        [dbt_program(), "--no-use-colors", "run"],
        cwd=DBT_PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return settings.database


class Played:
    """A run of the warehouse as the engine tells it."""

    def __init__(self, simulation_id: str) -> None:
        self.simulation = Simulation(load_scenario(RUNS[simulation_id]).engine_config())
        self.snapshots: list[Any] = []
        self.simulation.run(on_tick=self.look)
        batches = self.simulation.recorder.drain()
        self.events: list[Event] = flat(batches, self.simulation)
        self.payments: list[Row] = rows_of(batches, "transactions")
        self.ticks: list[Row] = rows_of(batches, "agent_ticks")
        self.ticks_per_day = self.simulation.config.ticks_per_day

    def look(self, _: TickSummary) -> None:
        self.snapshots.append(self.simulation.snapshot())


def netted(event: Event) -> list[str]:
    """The payments that an event says were settled together; none if it says no such thing."""
    if event["event_type"] == "EntryDispositionOffset":
        return [event["incoming_tx_id"], *event["queued_tx_ids"]]
    return list(event["tx_ids"]) if event["event_type"].startswith("Lsm") else []
