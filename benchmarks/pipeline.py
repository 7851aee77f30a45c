"""What Dagster adds to dbt: `python -m benchmarks.pipeline [--repeats 3] [--scenarios 50] [--json FILE]`.

Belongs here: whole runs of the pipeline, each as a ratio to a bare `dbt build` of the same models measured in the same
run, and where the time of a run of one partition goes. Does not belong here: the engine, the warehouse by itself
(`engine`, `warehouse`). Small scenarios: what is measured is everything around the simulation.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

import paysim_engine
from benchmarks.figures import Figure, circumstances, keep, show
from benchmarks.unit import INTERPRETED_STEPS, LOOP_STEPS, Unit
from benchmarks.warehouse import Child, run_child
from paysim_pipeline.dbt_args import COMPARISON, build_args
from paysim_pipeline.dbt_files import DBT_PROJECT, dbt_program, manifest
from paysim_pipeline.partitions import scenario_files
from paysim_pipeline.settings import PROJECT_ROOT

TARGETS = {"one partition": 1.5, "backfill": 5.0, "make demo again": 2.0}
"""Case -> how many times as long as a bare `dbt build` it may take."""

_MODELS = "group:scenarios or group:simulation or group:raw or group:staging or group:intermediate or group:marts"
_SCENARIO = "gridlock"


class Place:
    """A pipeline of its own in a folder: scenarios, warehouse, Dagster's history.

    Args:
        folder: where.
        scenarios: name of a scenario -> the file that is copied for it.
    """

    def __init__(self, folder: Path, scenarios: dict[str, Path]) -> None:
        self.names = sorted(scenarios)
        self.folder = folder
        self.database = folder / "data" / "paysim.duckdb"
        (folder / "scenarios").mkdir(parents=True)
        (folder / "home").mkdir()
        shutil.copy(PROJECT_ROOT / "dagster_home" / "dagster.yaml", folder / "home")
        for name, source in scenarios.items():
            shutil.copy(source, folder / "scenarios" / f"{name}.yaml")

    def enter(self) -> None:
        """Let all processes that are started from now on work here."""
        os.environ |= {
            "PYTHONPATH": str(PROJECT_ROOT),
            "DAGSTER_HOME": str(self.folder / "home"),
            "PAYSIM_DB": str(self.database),
            "PAYSIM_BUNDLES": str(self.folder / "data" / "bundles"),
            "PAYSIM_SCENARIOS": str(self.folder / "scenarios"),
            "PAYSIM_PUBLISHED": str(self.folder / "data" / "published.duckdb"),
        }

    def through_dagster(self, last: str | None = None) -> Child:
        """Simulate, check, load, build and test through Dagster: the first scenario, or those up to `last`."""
        command: list[str | Path] = [sys.executable, "-W", "ignore", "-m", "dagster", "asset", "materialize"]
        command += ["-m", "paysim_pipeline.definitions", "--select", _MODELS]
        keys = ["--partition", self.names[0]] if last is None else ["--partition-range", f"{self.names[0]}...{last}"]
        return run_child([*command, *keys], self.database, cwd=PROJECT_ROOT)

    def bare_dbt(self) -> Child:
        """`dbt build` of the same models with their tests, called as a user would."""
        places: list[str | Path] = ["--target-path", self.folder / "target", "--log-path", self.folder / "target"]
        command = [dbt_program(), *build_args([], selection=["--exclude", COMPARISON]), *places]
        return run_child(command, self.database, cwd=DBT_PROJECT)

    def demo(self) -> Child:
        """What `make demo` calls."""
        return run_child([sys.executable, "-m", "paysim_pipeline.demo"], self.database, cwd=PROJECT_ROOT)

    def demo_of_changed_scenarios(self) -> Child:
        """The same after every scenario has been given another seed: nothing is up to date."""
        for name in self.names:
            path = self.folder / "scenarios" / f"{name}.yaml"
            text = path.read_text(encoding="utf-8")
            path.write_text(re.sub(r"rng_seed: (\d+)", lambda seed: f"rng_seed: {int(seed[1]) + 1}", text), "utf-8")
        return self.demo()

    def phases(self) -> dict[str, float]:
        """Where the CPU time of a run of one partition goes: name of a phase -> seconds."""
        run_child([sys.executable, "-m", "benchmarks.pipeline", "--phases", self.folder], self.database)
        found: dict[str, float] = json.loads((self.folder / "phases.json").read_text(encoding="utf-8"))
        return found


def measure(repeats: int, scenarios: int, folder: Path) -> tuple[list[Figure], dict[str, float]]:
    """All ratios, and the phases of a run.

    Args:
        repeats: measurements of each; the medians count.
        scenarios: partitions of the backfill.
        folder: where the pipelines are.
    """
    gridlock = PROJECT_ROOT / "scenarios" / f"{_SCENARIO}.yaml"
    many = Place(folder / "many", {f"{_SCENARIO}_{number:03d}": gridlock for number in range(scenarios)})
    one = Place(folder / "one", {_SCENARIO: gridlock})
    library = Place(folder / "library", scenario_files(PROJECT_ROOT / "scenarios"))
    manifest(one.database)
    figures: list[Figure] = []

    def compared(name: str, place: Place, whole: Callable[[], Child], times: int) -> None:
        place.enter()
        whole()
        place.bare_dbt()
        measured = [(place.bare_dbt(), whole()) for _ in range(times)]
        clock = statistics.median(run.seconds / bare.seconds for bare, run in measured)
        cpu = statistics.median(run.cpu / bare.cpu for bare, run in measured)
        bare, run = sorted(measured, key=lambda pair: pair[1].cpu / pair[0].cpu)[len(measured) // 2]
        said = f"{run.seconds:.1f} s against {bare.seconds:.1f} s; CPU {run.cpu:.1f} s against {bare.cpu:.1f} s"
        details = {"seconds": run.seconds, "cpu": run.cpu, "dbt_seconds": bare.seconds, "dbt_cpu": bare.cpu}
        target = TARGETS.get(name)
        figures.append(Figure(name, "× dbt build, clock", clock, target, measured=said, details=details))
        figures.append(Figure(name, "× dbt build, CPU", cpu, target, measured="the same"))

    compared("one partition", one, one.through_dagster, repeats)
    phases = one.phases()
    compared("backfill", many, lambda: many.through_dagster(many.names[-1]), 1)
    compared("make demo again", library, library.demo, repeats)
    compared("make demo, all changed", library, library.demo_of_changed_scenarios, 1)
    return figures, phases


def run_in_phases(folder: Path) -> None:
    """One partition in this process, with the CPU time of each phase written to `phases.json` in the folder."""
    found: dict[str, float] = {}
    last = time.process_time()

    def phase(name: str) -> None:
        nonlocal last
        now = time.process_time()
        found[name] = now - last
        last = now

    import dagster as dg

    phase("import dagster")
    import dagster_dbt  # noqa: F401

    phase("import dagster_dbt")
    from paysim_pipeline.definitions import defs

    definitions = defs()
    job = definitions.resolve_job_def("build_scenarios")
    phase("definitions")
    with dg.DagsterInstance.get() as instance:
        phase("instance")
        graph = definitions.resolve_asset_graph()
        left_out = ("reports", "comparison", "regression")
        keys = [key for key in graph.get_all_asset_keys() if graph.get(key).group_name not in left_out]
        children = os.times()
        result = job.execute_in_process(
            instance=instance,
            partition_key=_SCENARIO,
            asset_selection=keys,
            run_config={"loggers": {"console": {"config": {"log_level": "WARNING"}}}},
        )
        phase("run: events and everything in this process")
        after = os.times()
        found["run: dbt"] = (
            after.children_user + after.children_system - children.children_user - children.children_system
        )
        starts: dict[str, float] = {}
        for entry in instance.all_logs(result.run_id):
            event = entry.dagster_event
            if event is not None and event.step_key is not None:
                if event.event_type is dg.DagsterEventType.STEP_START:
                    starts[event.step_key] = entry.timestamp
                elif event.event_type is dg.DagsterEventType.STEP_SUCCESS:
                    found[f"clock of step {event.step_key}"] = entry.timestamp - starts[event.step_key]
        found["events stored"] = float(len(instance.all_logs(result.run_id)))
    (folder / "phases.json").write_text(json.dumps(found), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print.

    Args:
        arguments: the command line; the process's own by default.
    """
    parser = argparse.ArgumentParser(prog="benchmarks.pipeline", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3, help="measurements of each case (3)")
    parser.add_argument("--scenarios", type=int, default=50, help="partitions of the backfill (50)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to FILE")
    parser.add_argument("--phases", type=Path, metavar="FOLDER", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.phases is not None:
        run_in_phases(given.phases)
        return
    console = Console(width=140)
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        figures, phases = measure(given.repeats, given.scenarios, Path(folder))
    # The ratios need no unit; it stands beside them for comparing the seconds.
    loop = Unit(LOOP_STEPS if paysim_engine.is_compiled() else INTERPRETED_STEPS).speed()
    console.print(", ".join(f"{name} {value}" for name, value in circumstances(loop).items()), highlight=False)
    show(figures, console)
    table = Table("one partition", "")
    for name, amount in phases.items():
        table.add_row(name, f"{amount:.0f}" if name.startswith("events") else f"{amount:.2f} s")
    console.print(table)
    if given.json is not None:
        keep(figures, loop, given.json)


if __name__ == "__main__":
    main()
