"""Longer and longer runs: the cost of an event, and memory, must not grow with history.

Belongs here: runs of many equal days, each length in a process of its own, since the peak of memory is the process's.
"""

import multiprocessing
import statistics
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.cases import Bench, Case
from benchmarks.engine import run_seconds
from benchmarks.figures import Figure
from benchmarks.scenarios import banks, configured, written
from benchmarks.unit import Unit

DAYS = (1, 10, 100, 1000)
"""Days of 10 000 payments each."""

ROUNDS = 3
"""How often the series is measured: a slow moment of the machine then touches one round of a length, not its median."""

PEAK_MB = 1500


def scenario(days: int) -> dict[str, Any]:
    """A scenario of `days` days with 10 000 payments a day."""
    return banks(100, 1.0, days=days)


def run(path: Path, repeats: int, loop: int) -> dict[str, float]:
    """Measure a scenario file in this process, which does nothing else.

    Returns:
        Median seconds and steps, payments, events, and the largest memory of the process in MB.
    """
    config = configured(path)
    figures: dict[str, Any] = {}
    seconds, steps = Unit(loop).measure(partial(run_seconds, config, figures), repeats)
    payments, events = figures["total_arrivals"], figures["events"]
    return {"seconds": seconds, "steps": steps, "payments": payments, "events": events, "peak_mb": peak_mb()}


def peak_mb() -> float:
    """The largest memory that this process has had, in MB.

    Not `getrusage`, which begins with what the process had before it became this program.
    """
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def measure(case: Case, bench: Bench) -> list[Figure]:
    """The whole series; a case of its own for each length."""
    rounds: dict[int, list[dict[str, float]]] = {days: [] for days in (DAYS[:2] if bench.quick else DAYS)}
    paths = {days: written(scenario(days), bench.folder, f"growth_{days}") for days in rounds}
    for _ in range(1 if bench.quick else ROUNDS):
        for days, path in paths.items():
            # Short runs are measured more often: a single one is at the mercy of its moment.
            repeats = 1 if bench.quick else {1: 15, 10: 7, 100: 3}.get(days, 1)
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
                rounds[days].append(pool.submit(run, path, repeats, bench.unit.steps).result())
    results = {days: _of_all(found) for days, found in rounds.items()}
    costs = {days: result["steps"] / result["events"] for days, result in results.items()}
    middle = (min(costs.values()) + max(costs.values())) / 2
    found = []
    for days, result in results.items():
        name = f"{case.name}, {days} days"
        nanoseconds = result["seconds"] / result["events"] * 1e9
        measured = f"{result['payments']:,.0f} payments in {result['seconds']:.2f} s: {nanoseconds:.0f} ns per event"
        found += [
            Figure(name, "× the middle cost of an event", costs[days] / middle, 1, tolerance=0.15,
                   measured=measured, details=result | {"steps_per_event": costs[days]}),
            Figure(name, "MB at most", result["peak_mb"], PEAK_MB),
        ]  # fmt: skip
    return found


def _of_all(rounds: list[dict[str, float]]) -> dict[str, float]:
    """The medians of what was measured in each round; of memory the most."""
    medians = {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
    return medians | {"peak_mb": max(each["peak_mb"] for each in rounds)}


CASES = (Case("growth", measure, on_request=True),)
