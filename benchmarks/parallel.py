"""Two processes against one: `simulate_many`, next to what a pair of bare loops reaches at the same time.

Belongs here: time on the clock, since that is what parallel runs save. Two cores may be one physical core with two
threads; then no program reaches twice the speed, and the loops show what there is to reach. Where other work keeps the
cores busy, the clock says little; so the time that the processes were ready and had no core is known too, and each
ratio is shown with it and without. CPU time stands beside it: where it grows with the second process, the two are in
each other's way.
"""

import multiprocessing
import os
import resource
import statistics
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cases import Bench, Case
from benchmarks.figures import Figure
from benchmarks.scenarios import TIGHT, banks, written
from benchmarks.unit import wall_seconds
from paysim_engine.scenario import load_scenario
from paysim_engine.yardstick import run_loop
from paysim_pipeline.parallel import SimulationJob, SimulationOutcome, simulate_many
from paysim_pipeline.simulate import ScenarioRun

TARGET = 1.7
JOBS = 6


class Waiting:
    """How long processes were ready to run and had no core, read while they are there.

    Attributes:
        seconds: number of a process -> its seconds so far.
    """

    def __init__(self) -> None:
        self.seconds: dict[int, float] = {}

    def read(self) -> None:
        """Look at all processes that this one has started."""
        for process in multiprocessing.active_children():
            # One that has ended keeps what was read last.
            if process.pid is not None:
                self.seconds[process.pid] = max(waited(process.pid), self.seconds.get(process.pid, 0.0))

    @property
    def of_each(self) -> float:
        """What a process waited in the mean: if they share their work, it would have been done so much earlier."""
        return statistics.mean(self.seconds.values()) if self.seconds else 0.0


def waited(process: int) -> float:
    """Seconds that a process has waited for a core so far; 0 if it is gone, or where only Linux would say."""
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text().split()[1]) / 1e9
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


@dataclass(frozen=True)
class Taken:
    """What some work took.

    Attributes:
        processes: how many shared it.
        clock: seconds on the clock.
        cpu: CPU seconds of the caller and of its processes.
        waited: seconds that the caller waited for a core, and its processes in the mean.
    """

    processes: int
    clock: float
    cpu: float
    waited: float

    @property
    def working(self) -> float:
        """Seconds on the clock without those in which there was no core.

        Caller and processes may have waited at the same time, so this is no less than what the cores were used for.
        """
        return max(self.clock - self.waited, self.cpu / self.processes)


def taken(work: Callable[[Waiting], object], processes: int = 1) -> Taken:
    """What `work` takes, which leaves none of its processes behind."""
    waiting, own, cpu = Waiting(), waited(os.getpid()), _cpu()
    clock = wall_seconds(lambda: work(waiting))
    # The caller's waiting counts as well: until it has a core again, no process is begun or has its next job.
    return Taken(processes, clock, _cpu() - cpu, waiting.of_each + waited(os.getpid()) - own)


def _cpu() -> float:
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in usage)


def scenarios(processes: int, jobs: list[SimulationJob]) -> Taken:
    """All scenarios, from nothing to the last result and the end of the processes."""

    def work(waiting: Waiting) -> None:
        def done(outcome: SimulationOutcome) -> None:
            if outcome.error is not None:
                raise RuntimeError(outcome.error)
            waiting.read()

        simulate_many(jobs, processes=processes, on_done=done)

    return taken(work, processes)


def here(jobs: list[SimulationJob]) -> Taken:
    """All scenarios in this process, which has imported everything."""

    def work(_: Waiting) -> None:
        for job in jobs:
            ScenarioRun(load_scenario(job.path), seed=job.seed, bundle=job.bundle).play()

    return taken(work)


def loops(processes: int, steps: int) -> Taken:
    """The bare loop, `JOBS` times, from nothing to the end of the processes."""

    def work(waiting: Waiting) -> None:
        with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
            for _ in pool.map(run_loop, [steps] * JOBS):
                waiting.read()

    return taken(work, processes)


Pair = tuple[Taken, Taken]


def compared(case: str, what: str, quantity: str, pairs: list[Pair], target: float | None = None) -> list[Figure]:
    """The first of each pair against the second, on the clock and while they had cores: medians of the ratios.

    Args:
        case: name of the case.
        what: what is compared, with places for the seconds of both.
        quantity: what the ratio is.
        pairs: what both took, measured in turns.
        target: the ratio to reach.
    """
    found = []
    for how, seconds in (("on the clock", _clock), ("while there was a core", _working)):
        ratio = statistics.median(seconds(one) / seconds(two) for one, two in pairs)
        one, two = min(pairs, key=lambda pair: abs(seconds(pair[0]) / seconds(pair[1]) - ratio))
        words = (f"{seconds(taken):.2f} s (CPU {taken.cpu:.2f} s)" for taken in (one, two))
        found.append(
            Figure(case, quantity, ratio, target, at_least=True, measured=f"{what.format(*words)}, {how}",
                   details={"seconds": seconds(one), "other_seconds": seconds(two), "cpu_seconds": one.cpu,
                            "other_cpu_seconds": two.cpu, "waited": one.waited, "other_waited": two.waited})
        )  # fmt: skip
    return found


def _clock(work: Taken) -> float:
    return work.clock


def _working(work: Taken) -> float:
    return work.working


def measure(case: Case, bench: Bench) -> list[Figure]:
    """Both, one process and two in turns; and what it costs to have a process at all."""
    steps = 1_000 if bench.quick else 30_000_000
    path = written(banks(20 if bench.quick else 200, 0.5 if bench.quick else 20.0, balance=TIGHT), bench.folder)
    jobs = [SimulationJob(path, bench.folder / f"parallel_{seed}", seed=seed) for seed in range(JOBS)]
    ours: list[Pair] = []
    bare: list[Pair] = []
    own: list[Pair] = []
    for _ in range(bench.times(3)):
        one = scenarios(1, jobs)
        ours.append((one, scenarios(2, jobs)))
        bare.append((loops(1, steps), loops(2, steps)))
        own.append((one, here(jobs)))
    scaling = "× one process"
    return [
        *compared(case.name, f"{JOBS} scenarios by one process in {{}}, by two in {{}}", scaling, ours, TARGET),
        *compared(case.name, f"{JOBS} bare loops by one process in {{}}, by two in {{}}", scaling, bare),
        *compared(case.name, f"{JOBS} scenarios by one process in {{}}, by the caller in {{}}", "× the caller", own),
    ]


CASES = (Case("parallel runs", measure),)
