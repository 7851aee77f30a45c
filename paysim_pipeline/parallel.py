"""Many scenarios at once: one process per scenario at a time, as many processes as there are cores.

Belongs here: handing scenarios to processes and collecting what came of them, whatever happens to a process. Does not
belong here: playing a scenario (`paysim_pipeline.simulate`), loading bundles into the warehouse (one writer, one after
the other), or anything shown to people.

Only paths, numbers and texts cross between processes, never objects of the engine. Processes are spawned, not forked:
a fork would copy locks that other threads of a Dagster run hold, and a fork server would keep the environment and the
code of its first use. Spawning costs the imports once per process (0.4 s, all processes side by side), since a process
takes one scenario after the other. `concurrent.futures` is not used: when one of its processes dies, all waiting work
fails with it, and a process at work cannot be ended.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, Final, cast

from paysim_pipeline.job_sizes import ticks_and_payments

_SPAWN: Final[SpawnContext] = multiprocessing.get_context("spawn")

_GRACE: Final = 10.0
"""Seconds that an interrupted process has for the tick it is in and for removing its unfinished bundle."""


@dataclass(frozen=True)
class SimulationJob:
    """A scenario to simulate.

    Attributes:
        path: the scenario's file.
        bundle: directory to write a bundle to; without one only the figures are kept.
        seed: a seed other than the scenario's own.
        num_days: a number of days other than the scenario's own.
        policy_dirs: more folders in which the scenario's policy files are looked up.
    """

    path: Path
    bundle: Path | None = None
    seed: int | None = None
    num_days: int | None = None
    policy_dirs: tuple[Path, ...] = ()


@dataclass(frozen=True)
class RunDigest:
    """What is known of a completed run, in values that cross between processes.

    Attributes:
        scenario: the scenario's name.
        fingerprint: SHA-256 of the resolved scenario.
        seed, num_days, ticks_per_day: as run.
        engine_version: version of the engine.
        compiled: whether the engine was compiled; makes no difference to results.
        events_digest: SHA-256 of the events (`paysim_engine.digest`).
        summary: `Simulation.summary()`: ticks, events, arrivals, settlements, costs in cents, final accounts.
        lsm_settlements: payments that liquidity saving settled together.
        seconds: time from building the simulation to its last output; differs from run to run.
        bundle: the complete bundle, if one was asked for.
    """

    scenario: str
    fingerprint: str
    seed: int
    num_days: int
    ticks_per_day: int
    engine_version: str
    compiled: bool
    events_digest: str
    summary: dict[str, Any]
    lsm_settlements: int
    seconds: float
    bundle: Path | None

    @property
    def ticks_per_second(self) -> float:
        """Ticks played per second, writing included."""
        return float(self.summary["ticks"]) / self.seconds if self.seconds else 0.0


@dataclass(frozen=True)
class SimulationOutcome:
    """What came of a job.

    Attributes:
        job: the job.
        error: why there is no result, in words that name the file; None if all went well.
        figures: the result; None after an error.
    """

    job: SimulationJob
    error: str | None
    figures: RunDigest | None


def usable_cores() -> int:
    """Cores that this process may use, which can be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def simulate_many(
    jobs: Sequence[SimulationJob],
    *,
    processes: int | None = None,
    on_done: Callable[[SimulationOutcome], None] | None = None,
) -> list[SimulationOutcome]:
    """Simulate scenarios in parallel processes.

    A scenario that fails, or whose process dies, stops no other. The results depend on nothing but the jobs. Several
    processes begin with the scenarios that seem to take longest. Whatever ends the call early (Ctrl-C, an error in
    `on_done`) ends the processes too: each after the tick it is in, without its bundle; bundles that were complete
    stay. If the calling process is killed, they end themselves.

    Args:
        jobs: what to simulate.
        processes: how many at a time; by default as many as there are usable cores.
        on_done: called in the calling thread with each outcome as it comes.

    Returns:
        The outcomes in the order of the jobs.

    Raises:
        ValueError: `processes` is not positive, or two jobs would write the same bundle.
    """
    if processes is not None and processes < 1:
        raise ValueError(f"processes is {processes}; at least one is needed")
    _check_bundles(jobs)
    outcomes: dict[int, SimulationOutcome] = {}
    count = min(processes or usable_cores(), len(jobs))
    waiting = iter([(position, jobs[position]) for position in _order(jobs, count)])
    workers = [_Worker(f"paysim-simulation-{number}") for number in range(1, count + 1)]
    try:
        for worker in workers:
            worker.give(*next(waiting))
        while busy := {worker.connection: worker for worker in workers if worker.job is not None}:
            for ready in wait(list(busy)):
                worker = busy[cast(Connection, ready)]
                position, outcome = worker.take()
                outcomes[position] = outcome
                # The next job before the report: `on_done` may take its time.
                if (following := next(waiting, None)) is not None:
                    worker.give(*following)
                if on_done is not None:
                    on_done(outcome)
    finally:
        _end(workers)
    return [outcomes[position] for position in range(len(jobs))]


def _order(jobs: Sequence[SimulationJob], processes: int) -> Sequence[int]:
    """The places of the jobs in the order in which they are begun.

    The longest first: a long one begun last would leave the other processes without work. Where nothing is gained, the
    order is that of the jobs.
    """
    if processes == 1 or processes >= len(jobs):
        return range(len(jobs))
    files = {(job.path, job.num_days) for job in jobs}
    sizes = {file: ticks_and_payments(*file) for file in files}
    return sorted(range(len(jobs)), key=lambda position: -sizes[jobs[position].path, jobs[position].num_days])


def _check_bundles(jobs: Sequence[SimulationJob]) -> None:
    places: dict[Path, Path] = {}
    for job in jobs:
        if job.bundle is not None:
            place = job.bundle.resolve()
            if place in places:
                raise ValueError(f"{job.bundle}: both {places[place]} and {job.path} would write this bundle")
            places[place] = job.path


# ------------------------------------------------------------------------------------------------ the calling process


class _Worker:
    """A process that takes one job after the other, and a new process after it has died.

    Attributes:
        job: the job that it is at; None if it has nothing to do.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.job: SimulationJob | None = None
        self.position = 0
        self.process: SpawnProcess | None = None
        self.connection: Connection

    def give(self, position: int, job: SimulationJob) -> None:
        """Begin a job; `position` is its place among all jobs."""
        if self.process is None:
            self.connection, theirs = _SPAWN.Pipe()
            self.process = _SPAWN.Process(target=_serve, args=(theirs,), name=self.name, daemon=True)
            with theirs, _undisturbed():
                self.process.start()
        self.position, self.job = position, job
        # A process that has just died cannot take the job; `take` finds that out.
        with suppress(BrokenPipeError, ConnectionResetError):
            self.connection.send(job)

    def take(self) -> tuple[int, SimulationOutcome]:
        """What came of the job, and the job's place; waits for it."""
        if self.job is None or self.process is None:
            raise AssertionError("there is no job to wait for")
        job, self.job = self.job, None
        try:
            return self.position, cast(SimulationOutcome, self.connection.recv())
        except (EOFError, OSError):
            self.process.join()
            error = f"{job.path}: {_cause(self.process.exitcode)}"
            self.connection.close()
            self.process = None
            return self.position, SimulationOutcome(job, error, None)


def _cause(exit_code: int | None) -> str:
    """Why a process is gone, and what to do."""
    if exit_code is not None and exit_code < 0:
        name = signal.Signals(-exit_code).name
        return f"the process that simulated it was ended by {name}; if memory ran out, simulate fewer at a time"
    return f"the process that simulated it ended with exit code {exit_code}; simulate it alone to see why"


def _end(workers: Sequence[_Worker]) -> None:
    """End all processes: those without a job at once, the others after their tick, or after the time of grace."""
    processes = []
    for worker in workers:
        if worker.process is not None:
            worker.connection.close()
            if worker.job is not None:
                worker.process.terminate()
            processes.append(worker.process)
    deadline = time.monotonic() + _GRACE
    try:
        for process in processes:
            process.join(max(0.0, deadline - time.monotonic()))
    finally:
        for process in processes:
            if process.is_alive():
                process.kill()
            process.join()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """The circumstances in which a process is started.

    It would import the caller's main module, which costs seconds if that is Dagster's and has side effects if it is
    somebody's script; so there is none to be seen. And it is started with SIGINT blocked, so that Ctrl-C, which a
    terminal sends to all processes, reaches only the calling one, which then tells the others.
    """
    # This unblocks SIGINT when it starts its process, so it must be running before.
    resource_tracker.ensure_running()
    main = sys.modules["__main__"]
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# ------------------------------------------------------------------------------------------------ the other processes


def _serve(jobs: Connection) -> None:
    """Take jobs and return outcomes until there are no more."""
    signal.signal(signal.SIGTERM, _interrupt)
    threading.Thread(target=_follow_parent, daemon=True).start()
    try:
        while True:
            jobs.send(simulate_here(jobs.recv()))
    except (EOFError, OSError):
        # All bundles are complete. The interpreter would take every object apart now, 0.1 s for which the caller waits.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
    except KeyboardInterrupt:
        raise SystemExit(128 + signal.SIGINT) from None


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Do what Ctrl-C would do: a run stops after its tick, and anything else at once."""
    handler = signal.getsignal(signal.SIGINT)
    if callable(handler):
        handler(signal.SIGINT, frame)


def _follow_parent() -> None:
    """End this process when the one that started it is gone."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_GRACE)
        os._exit(1)


def simulate_here(job: SimulationJob) -> SimulationOutcome:
    """Simulate one scenario in this process, as one of `simulate_many` does: a failure is an outcome, no exception."""
    from paysim_engine.scenario import ScenarioError
    from paysim_pipeline.cli.errors import message_of

    try:
        return SimulationOutcome(job, None, _played(job))
    except ScenarioError as error:
        return SimulationOutcome(job, str(error), None)
    except Exception as error:
        return SimulationOutcome(job, f"{job.path}: {message_of(error)}", None)


def _played(job: SimulationJob) -> RunDigest:
    import paysim_engine
    from paysim_engine.digest import EventsDigest
    from paysim_engine.scenario import load_scenario
    from paysim_pipeline.simulate import ScenarioRun

    loaded = load_scenario(job.path, policy_dirs=job.policy_dirs)
    run = ScenarioRun(loaded, seed=job.seed, num_days=job.num_days, bundle=job.bundle)
    # The writer of a bundle makes the digest anyway.
    digest = EventsDigest(run.simulation.agent_ids)
    for batches in run.batches():
        for batch in batches if job.bundle is None else ():
            digest.update(batch, run.texts)
    figures, config = run.figures, run.config
    written = figures.bundle
    return RunDigest(
        scenario=loaded.name,
        fingerprint=loaded.fingerprint,
        seed=config.rng_seed,
        num_days=int(config.num_days),
        ticks_per_day=int(config.ticks_per_day),
        engine_version=paysim_engine.__version__,
        compiled=paysim_engine.is_compiled(),
        events_digest=digest.hexdigest() if written is None else written.manifest.events_digest,
        summary=figures.summary,
        lsm_settlements=figures.lsm_settlements,
        seconds=figures.seconds,
        bundle=None if written is None else written.directory,
    )
