"""Two processes against one: `simulate_many`, next to what a pair of bare loops reaches at the same time.

Belongs here: time on the clock, since that is what parallel runs save. Two cores may be one physical core with two
threads; then no program reaches twice the speed, and the loops show what there is to reach. CPU time stands beside it:
where it grows with the second process, the two share a core, and where the clock is far above it, others were at work.
"""

import multiprocessing
import resource
import statistics
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from benchmarks.cases import Bench, Case
from benchmarks.figures import Figure
from benchmarks.scenarios import TIGHT, banks, written
from benchmarks.unit import wall_seconds
from paysim_engine.yardstick import run_loop
from paysim_pipeline.parallel import SimulationJob, simulate_many

TARGET = 1.7
JOBS = 6


@dataclass(frozen=True)
class Taken:
    """What some work took: seconds on the clock, and CPU seconds of the processes that did it."""

    clock: float
    cpu: float


def taken(work: Callable[[], object]) -> Taken:
    """What `work` takes, which leaves none of its processes behind."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    clock = wall_seconds(work)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Taken(clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def scenarios(processes: int, jobs: list[SimulationJob]) -> Taken:
    """All scenarios, from nothing to the last result and the end of the processes."""

    def work() -> None:
        for outcome in simulate_many(jobs, processes=processes):
            if outcome.error is not None:
                raise RuntimeError(outcome.error)

    return taken(work)


def loops(processes: int, steps: int) -> Taken:
    """The bare loop, `JOBS` times, from nothing to the end of the processes."""

    def work() -> None:
        with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
            list(pool.map(run_loop, [steps] * JOBS))

    return taken(work)


def measure(case: Case, bench: Bench) -> list[Figure]:
    """Both, one process and two in turns; the figure is the median of the ratios."""
    steps = 1_000 if bench.quick else 30_000_000
    path = written(banks(20 if bench.quick else 200, 0.5 if bench.quick else 20.0, balance=TIGHT), bench.folder)
    jobs = [SimulationJob(path, bench.folder / f"parallel_{seed}", seed=seed) for seed in range(JOBS)]
    ours, bare = [], []
    for _ in range(bench.times(3)):
        ours.append((scenarios(1, jobs), scenarios(2, jobs)))
        bare.append((loops(1, steps), loops(2, steps)))
    found = []
    for name, pairs, target in (("simulate_many", ours, TARGET), ("bare loops", bare, None)):
        ratio = statistics.median(one.clock / two.clock for one, two in pairs)
        one, two = min(pairs, key=lambda pair: abs(pair[0].clock / pair[1].clock - ratio))
        found.append(
            Figure(case.name, "× one process", ratio, target, at_least=True,
                   measured=f"{name}: {JOBS} by one process in {one.clock:.2f} s (CPU {one.cpu:.2f} s), "
                            f"by two in {two.clock:.2f} s (CPU {two.cpu:.2f} s)",
                   details={"one_process_seconds": one.clock, "two_processes_seconds": two.clock,
                            "one_process_cpu_seconds": one.cpu, "two_processes_cpu_seconds": two.cpu})
        )  # fmt: skip
    return found


CASES = (Case("parallel runs", measure),)
