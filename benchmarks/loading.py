"""Loading a bundle of a million events into the warehouse, from opening the file to closing it.

Belongs here: the load as the pipeline does it. Does not belong here: the budgets of a day, or queries (`warehouse`).
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from benchmarks.cases import Bench, Case
from benchmarks.figures import Figure
from benchmarks.scenarios import POLICIES, everything, written
from benchmarks.unit import cpu_seconds, wall_seconds
from paysim_engine.bundle import Bundle, read_bundle
from paysim_engine.scenario import load_scenario
from paysim_pipeline.settings import Settings
from paysim_pipeline.simulate import ScenarioRun
from paysim_pipeline.warehouse.connection import writer
from paysim_pipeline.warehouse.writer import load_into


def recorded(bench: Bench, rate: float) -> Bundle:
    """A bundle with rows in every table."""
    scenario = load_scenario(written(everything(200, rate), bench.folder), policy_dirs=[POLICIES])
    ScenarioRun(scenario, bundle=bench.folder / "bundle").play()
    return read_bundle(bench.folder / "bundle")


def events_of(bundle: Bundle) -> int:
    """Events of a run, all families together."""
    return sum(entry.rows for table, entry in bundle.manifest.files.items() if table.endswith("_events"))


def empty_warehouse(folder: Path) -> Settings:
    """A new warehouse with its tables and nothing in them."""
    shutil.rmtree(folder, ignore_errors=True)
    settings = Settings(folder / "paysim.duckdb", folder / "bundles", folder, folder / "published.duckdb")
    with writer(settings):
        pass
    return settings


def load(bundle: Bundle, settings: Settings, threads: int | None) -> None:
    """Load the bundle, on so many threads or on as many as the pipeline finds fit."""
    with writer(settings) as connection:
        if threads is not None:
            connection.execute(f"set threads = {threads}")
        load_into(connection, bundle)


def measure(case: Case, bench: Bench) -> list[Figure]:
    """CPU time on one thread, and time on the clock with as many threads as the pipeline uses."""
    bundle = recorded(bench, 0.5 if bench.quick else 11.5)
    events = events_of(bundle)
    found = []
    for how, threads, clock, target in (
        ("one thread", 1, cpu_seconds, 37),
        ("as the pipeline does it, on the clock", None, wall_seconds, None),
    ):

        def run(threads: int | None = threads, clock: Callable[[Callable[[], object]], float] = clock) -> float:
            settings = empty_warehouse(bench.folder / "warehouse")
            return clock(lambda: load(bundle, settings, threads))

        seconds, steps = bench.unit.measure(run, bench.times())
        found.append(
            Figure(case.name, "steps per event", steps / events, target,
                   measured=f"{how}: {events:,} events in {seconds:.2f} s, {events / seconds / 1e3:,.0f} k/s",
                   details={"seconds": seconds, "events": events})
        )  # fmt: skip
    return found


CASES = (Case("load of a bundle", measure),)
