"""One scenario, played into its outputs: the way the command line and Dagster run a simulation.

Belongs here: playing a simulation day by day and handing what it recorded to the bundle and to whoever else wants it,
so that memory stays bounded. Does not belong here: what a tick does (`paysim_engine.simulation`), how a bundle is
written (`paysim_engine.bundle`), the database, or anything shown to people.
"""

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from paysim_engine.core.config import EngineConfig
from paysim_engine.record.batch import Batch
from paysim_engine.scenario import LoadedScenario
from paysim_engine.simulation import Simulation, TickSummary
from paysim_pipeline.interruption import Interruption

if TYPE_CHECKING:
    from paysim_engine.bundle import Bundle, BundleWriter
    from paysim_engine.bundle_format import RunContext

OnTick = Callable[[TickSummary], None]


@dataclass
class RunFigures:
    """What is known of a run when it has ended.

    Attributes:
        config: what was run.
        summary: `Simulation.summary()`.
        lsm_settlements: payments that liquidity saving settled together.
        seconds: time from building the simulation to its last output.
        bundle: the complete bundle, if one was asked for.
    """

    config: EngineConfig
    summary: dict[str, Any]
    lsm_settlements: int = 0
    seconds: float = 0.0
    bundle: "Bundle | None" = None

    @property
    def ticks_per_second(self) -> float:
        """Ticks played per second, writing included."""
        return float(self.summary["ticks"]) / self.seconds if self.seconds else 0.0


@dataclass(frozen=True)
class StateSnapshot:
    """A checkpoint taken at the end of a day, enough to go on from there (10 §2).

    Attributes:
        day: the day, from 0.
        tick: its last tick.
        state_json: `Simulation.checkpoint()` in its one spelling: compact, with sorted keys.
    """

    day: int
    tick: int
    state_json: str


def state_snapshot(simulation: Simulation) -> StateSnapshot:
    """The checkpoint of a simulation that has just played the last tick of a day."""
    from paysim_engine.bundle_format import canonical_json

    ticks = int(simulation.state.tick)
    day = ticks // int(simulation.config.ticks_per_day) - 1
    return StateSnapshot(day, ticks - 1, canonical_json(simulation.checkpoint()))


@dataclass(frozen=True)
class Beginning:
    """The part of a run that has been played before, and where it goes on.

    Attributes:
        simulation: restored from the last of `states`.
        batches: what was recorded up to there; texts are those of the simulation's recorder. Read once.
        states: the checkpoints of the days played.
    """

    simulation: Simulation
    batches: Iterable[list[Batch]]
    states: Sequence[StateSnapshot]


class ScenarioRun:
    """A run of a scenario that is pulled along by whoever reads its batches.

    With a bundle, the state at the end of each day goes into it as a checkpoint, finished payments left out: those are
    recorded, and nothing that comes depends on them.

    Args:
        scenario: the loaded scenario.
        seed: a seed other than the scenario's own.
        num_days: a number of days other than the scenario's own.
        ticks: stop after so many ticks, in the middle of the scenario; not together with `bundle`, which holds whole
            runs.
        bundle: directory to write a bundle to.
        on_tick: called after every tick.
        context: what the run is made for (an experiment, say); kept in the bundle.
        beginning: the days that were played before. They go into the bundle too, `batches()` begins after them.

    Raises:
        ValueError: a bundle of a part of a run was asked for.

    Attributes:
        figures: complete once `batches()` has come to its end.
    """

    def __init__(
        self,
        scenario: LoadedScenario,
        *,
        seed: int | None = None,
        num_days: int | None = None,
        ticks: int | None = None,
        bundle: Path | None = None,
        on_tick: OnTick | None = None,
        context: "RunContext | None" = None,
        beginning: Beginning | None = None,
    ) -> None:
        if bundle is not None and ticks is not None:
            raise ValueError("a bundle holds a whole run: leave out the number of ticks, or the bundle")
        self._clock = time.perf_counter()
        self.scenario = scenario
        self.config = scenario.engine_config(seed, num_days)
        self.simulation = beginning.simulation if beginning else Simulation(self.config)
        self.total_ticks = self.config.num_days * self.config.ticks_per_day
        if ticks is not None:
            self.total_ticks = min(self.total_ticks, ticks)
        self.figures = RunFigures(self.config, {})
        self._directory = bundle
        self._on_tick = on_tick
        self._context = context
        self._beginning = beginning

    @property
    def texts(self) -> list[str]:
        """The recorder's texts, which batches refer to."""
        return self.simulation.recorder.texts

    def play(self) -> RunFigures:
        """Run to the end.

        Raises:
            SimulationError: the run cannot go on; there is no bundle.
            BundleError: the bundle cannot be written; there is none, and an earlier one stays.
        """
        for _ in self.batches():
            pass
        return self.figures

    def batches(self) -> Generator[list[Batch], None, None]:
        """Run to the end; yield what each day recorded, and at last the final state of the payments.

        A batch's buffers may be used until the next one is asked for, and longer if they are kept.

        Raises:
            SimulationError: the run cannot go on. What was recorded up to then has been yielded; there is no bundle.
            BundleError: the bundle cannot be written; there is none, and an earlier one stays.
            KeyboardInterrupt: somebody asked to stop; raised after the tick in which that happened.
        """
        with Interruption() as interruption:
            if self._directory is None:
                yield from self._days(interruption)
                self._complete()
            else:
                recorder = self.simulation.recorder
                # Only here: importing pyarrow takes longer than playing a small scenario (80 ms).
                from paysim_engine.bundle import BundleWriter
                from paysim_engine.bundle_format import RunContext

                context = self._context or RunContext()
                with BundleWriter(self._directory, self.scenario, self.config, recorder, context) as writer:
                    self._write_beginning(writer)
                    for batches in self._days(interruption, writer):
                        writer.add(batches)
                        yield batches
                    self._complete()
                    self.figures.bundle = writer.finish(clamped_draws=self.figures.summary["clamped_draws"])
        self.figures.seconds = time.perf_counter() - self._clock

    def _write_beginning(self, writer: "BundleWriter") -> None:
        if self._beginning is not None:
            for state in self._beginning.states:
                writer.add_state(state.day, state.tick, state.state_json)
            for batches in self._beginning.batches:
                writer.add(batches)

    def _days(self, interruption: Interruption, writer: "BundleWriter | None" = None) -> Iterator[list[Batch]]:
        simulation = self.simulation
        try:
            for tick in range(int(simulation.state.tick) + 1, self.total_ticks + 1):
                summary = simulation.step()
                interruption.check()
                self.figures.lsm_settlements += summary.lsm_settlements
                if self._on_tick is not None:
                    self._on_tick(summary)
                if tick % self.config.ticks_per_day == 0:
                    if writer is not None:
                        state = state_snapshot(simulation)
                        writer.add_state(state.day, state.tick, state.state_json)
                    yield simulation.recorder.drain()
        except Exception:
            yield simulation.recorder.drain()
            raise
        simulation.finish()
        yield simulation.recorder.drain()

    def _complete(self) -> None:
        self.figures.summary = cast(dict[str, Any], self.simulation.summary())
