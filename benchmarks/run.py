"""Run the benchmarks and print a table: `python -m benchmarks.run [--quick] [--growth] [--only TEXT]`.

Every figure is CPU time of the engine alone (events recorded in full, drained at each day's end), the median of
several runs, and is compared with the unit loop (`paysim_engine.yardstick`) measured before and after in the same
process: machines are shared and their speed drifts.
"""

import argparse
import gc
import json
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import paysim_engine
from benchmarks.cases import CASES, GROWTH_DAYS, growth
from paysim_engine.core.config import EngineConfig
from paysim_engine.scenario import load_scenario
from paysim_engine.simulation import Simulation
from paysim_engine.yardstick import run_loop

LOOP_STEPS = 2_000_000
REFERENCE_POLICIES = Path(__file__).resolve().parent.parent / "tests" / "golden" / "reference" / "policies"


def loop_speed() -> float:
    """Steps per second of the unit loop, the best of three."""
    best = 0.0
    for _ in range(3):
        start = time.process_time()
        run_loop(LOOP_STEPS)
        best = max(best, LOOP_STEPS / (time.process_time() - start))
    return best


def configured(data: dict[str, Any], folder: Path) -> EngineConfig:
    """The scenario as the engine reads it, by way of a file like any other."""
    path = folder / "scenario.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return load_scenario(path, policy_dirs=[REFERENCE_POLICIES]).engine_config()


def measure(config: EngineConfig, repeats: int) -> tuple[float, dict[str, Any]]:
    """Median CPU seconds of a run, and the run's figures."""
    seconds = []
    figures: dict[str, Any] = {}
    for _ in range(repeats):
        simulation = Simulation(config)
        recorder = simulation.recorder
        gc.collect()
        start = time.process_time()
        simulation.run(on_day=lambda _day, recorder=recorder: recorder.drain())
        seconds.append(time.process_time() - start)
        figures = simulation.summary()
    return statistics.median(seconds), figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small scenarios, once: shows that the cases run")
    parser.add_argument("--growth", action="store_true", help="also the growth series up to 10 million payments")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    repeats = 1 if arguments.quick else arguments.repeats
    console = Console(width=120)
    unit = loop_speed()
    mode = "compiled" if paysim_engine.is_compiled() else "interpreted"
    console.print(f"L = {unit / 1e6:.1f} M steps/s, engine {paysim_engine.__version__} {mode}, median of {repeats}")
    table = Table("case", "payments", "events", "seconds", "k payments/s", "M events/s", "steps per payment", "target")
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            if arguments.only in case.name:
                seconds, run = measure(configured(case.scenario(arguments.quick), Path(folder)), repeats)
                steps = seconds * unit / run["total_arrivals"]
                add_row(table, case.name, run, seconds, f"{steps:.1f}", f"≤ {case.loop_steps:g}")
        if arguments.growth and not arguments.quick:
            first = 0.0
            for days in GROWTH_DAYS:
                seconds, run = measure(configured(growth(days), Path(folder)), 3 if days < 1000 else 1)
                per_event = seconds / run["events"]
                first = first or per_event
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                add_row(
                    table, f"growth, {days} days", run, seconds, f"{per_event / first:.2f} × day 1", f"{peak:.0f} MB"
                )
    console.print(table)
    console.print(f"L afterwards = {loop_speed() / 1e6:.1f} M steps/s")


def add_row(table: Table, name: str, run: dict[str, Any], seconds: float, ratio: str, target: str) -> None:
    """One line of the table."""
    payments, events = run["total_arrivals"], run["events"]
    speeds = (f"{payments / seconds / 1e3:.0f}", f"{events / seconds / 1e6:.2f}")
    table.add_row(name, f"{payments:,}", f"{events:,}", f"{seconds:.3f}", *speeds, ratio, target)


if __name__ == "__main__":
    main()
