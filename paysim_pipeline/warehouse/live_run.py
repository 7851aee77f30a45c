"""A run on its way into the warehouse, as far as it has come.

Belongs here: what of it has been handed over and not yet written, and whether events and simulation agree. Does not
belong here: the provider's calls (`persistence`), SQL (`live_rows`).
"""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import duckdb

import paysim_engine
from paysim_engine.bundle_columns import Counted
from paysim_engine.bundle_format import BUNDLE_FORMAT, Manifest, RunContext
from paysim_engine.core.config import EngineConfig
from paysim_engine.core.errors import SimulationError
from paysim_engine.digest import EventsDigest
from paysim_engine.record.batch import Batch
from paysim_engine.record.flat import flat_events
from paysim_engine.scenario import LoadedScenario
from paysim_engine.simulation import Simulation
from paysim_pipeline.simulate import StateSnapshot, state_snapshot
from paysim_pipeline.warehouse import live_rows
from paysim_pipeline.warehouse.errors import WarehouseError
from paysim_pipeline.warehouse.from_flat import FlatEventError, FlatReader

Event = Mapping[str, Any]
"""An event in its flat form (07 §1.1), as `Simulation.events()` gives it."""


class PersistenceError(WarehouseError):
    """A run cannot be stored as it is handed over; the message names the run, what is wrong and what to do."""


class LiveRun:
    """A run that is handed over tick by tick.

    Args:
        simulation_id: its id.
        scenario: what is run.
        config: the same for the engine, with the seed and the number of days of the run.
        context: what it is run for.
        source: the simulation that the driver plays; if there is none, the run plays one of its own.

    Attributes:
        counted: totals of what has been taken over.
        next_tick: the first tick that has not been taken over.
        ticks_unwritten: ticks taken over since the last writing.

    Raises:
        PersistenceError: the source is another scenario's, or has been played already.
    """

    def __init__(
        self,
        simulation_id: str,
        scenario: LoadedScenario,
        config: EngineConfig,
        context: RunContext,
        source: Simulation | None,
    ) -> None:
        self.simulation_id = simulation_id
        self.scenario = scenario
        self.config = config
        self.context = context
        self.simulation = source or Simulation(config)
        self.plays_itself = source is None
        self.started_at = datetime.now(UTC)
        self.counted = Counted()
        self.next_tick = 0
        self.ticks_unwritten = 0
        self._clock = time.perf_counter()
        self._reader = FlatReader(self.simulation.agent_ids)
        self._next_seq = 0
        self._given = EventsDigest(self.simulation.agent_ids)
        self._own = EventsDigest(self.simulation.agent_ids)
        self._events: list[Batch] = []
        self._records: list[Batch] = []
        self._states: list[StateSnapshot] = []
        self._broken = ""
        self._check_source()

    def _check_source(self) -> None:
        mine, theirs = self.config, self.simulation.config
        if sorted(agent.id for agent in mine.agents) != self.simulation.agent_ids or (
            mine.ticks_per_day != theirs.ticks_per_day
        ):
            raise PersistenceError(f"{self.simulation_id}: the source is the simulation of another scenario")
        if self._ticks_played > 0:
            raise PersistenceError(
                f"{self.simulation_id}: the source has played {self._ticks_played} ticks; begin the run before any"
            )

    @property
    def _ticks_played(self) -> int:
        return int(self.simulation.state.tick)

    @property
    def is_at_end_of_day(self) -> bool:
        """Whether the tick taken over last was the last one of its day."""
        return self.next_tick % int(self.config.ticks_per_day) == 0

    @property
    def total_ticks(self) -> int:
        """Ticks of the whole run."""
        return int(self.config.num_days) * int(self.config.ticks_per_day)

    def take(self, tick: int, events: Sequence[Event]) -> None:
        """Take over a tick and the empty ones before it.

        Raises:
            PersistenceError: it is not the next one, or the events are not those of the simulation.
        """
        self._check_whole()
        if not self.next_tick <= tick < self.total_ticks:
            expected = f"{self.next_tick} or later" if self.next_tick < self.total_ticks else "no more"
            raise PersistenceError(
                f"{self.simulation_id}: tick {tick} was handed over, {expected} is expected (the run has "
                f"{self.total_ticks} ticks)"
            )
        try:
            self._play_to(tick + 1)
            self._read(tick, events)
            self._collect(events)
        except PersistenceError as error:
            self._broken = str(error)
            raise
        self.ticks_unwritten += tick + 1 - self.next_tick
        self.next_tick = tick + 1

    def complete(self) -> None:
        """Take over the end: empty ticks that were left out, and the final state of the payments.

        Raises:
            PersistenceError: ticks with events are missing.
        """
        self._check_whole()
        if self.plays_itself:
            self._play_to(self.total_ticks)
        elif self._ticks_played < self.total_ticks:
            raise PersistenceError(
                f"{self.simulation_id}: has played {self._ticks_played} ticks of {self.total_ticks}; play and hand "
                "over the rest, or say in the metrics what stopped it (error)"
            )
        self.simulation.finish()
        self._collect([])
        self.next_tick = self.total_ticks

    def write(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Insert what has been taken over and not been written; the caller's transaction.

        Raises:
            PersistenceError: the run is not in the warehouse any more, or another process has begun it anew.
        """
        if not live_rows.is_writing(connection, self.simulation_id, self.started_at.replace(tzinfo=None)):
            raise PersistenceError(
                f"{self.simulation_id}: its unfinished rows are gone, or another process has begun a run of this id; "
                "begin it again under another id"
            )
        own_texts, given_texts = self.simulation.recorder.texts, self._reader.recorder.texts
        live_rows.insert_batches(connection, self.simulation_id, self._events, given_texts, events=True)
        live_rows.insert_batches(connection, self.simulation_id, self._records, own_texts, events=False)
        live_rows.insert_states(connection, self.simulation_id, self._states)

    def forget_written(self) -> None:
        """What `write` has inserted is in the warehouse."""
        self._events, self._records, self._states = [], [], []
        self.ticks_unwritten = 0

    def manifest(self, status: str, error: str | None = None, seconds: float | None = None) -> Manifest:
        """What the run is and came to, as a bundle would say it.

        Args:
            status: `running`, `completed` or `failed`.
            error: what stopped a failed run.
            seconds: how long it took; since the start, if it is not given.
        """
        seconds = time.perf_counter() - self._clock if seconds is None else seconds
        return Manifest(
            format=BUNDLE_FORMAT,
            engine_version=paysim_engine.__version__,
            compiled=paysim_engine.is_compiled(),
            scenario=self.scenario.name,
            config_file=self.scenario.path.name,
            config=self.scenario.resolved,
            fingerprint=self.scenario.fingerprint,
            seed=int(self.config.rng_seed),
            ticks_per_day=int(self.config.ticks_per_day),
            num_days=int(self.config.num_days),
            num_agents=len(self.config.agents),
            status=status,
            error=error,
            events_digest=self._given.hexdigest(),
            totals=self.counted.totals(),
            context=self.context,
            files={},
            started_at=self.started_at.isoformat(),
            completed_at=datetime.now(UTC).isoformat(),
            duration_seconds=seconds,
            ticks_per_second=self.counted.ticks / seconds if seconds > 0 else 0.0,
        )

    # ---- taking over ----

    def _check_whole(self) -> None:
        if self._broken:
            raise PersistenceError(f"the run cannot go on since an earlier tick was refused: {self._broken}")

    def _play_to(self, ticks: int) -> None:
        """Have the simulation at the end of tick `ticks - 1`, with a checkpoint of every day that ended there."""
        simulation = self.simulation
        if not self.plays_itself:
            if self._ticks_played != ticks:
                raise PersistenceError(
                    f"{self.simulation_id}: tick {ticks - 1} was handed over, but the source has played "
                    f"{self._ticks_played} ticks; hand over each tick after its step"
                )
            self._keep_state()
            return
        try:
            while self._ticks_played < ticks:
                simulation.step()
                self._keep_state()
        except SimulationError as error:
            raise PersistenceError(
                f"{self.simulation_id}: the scenario itself cannot go on: {error}. If it was changed from outside on "
                "the way, hand the simulation over (source)"
            ) from error

    def _keep_state(self) -> None:
        if self._ticks_played % int(self.config.ticks_per_day) == 0:
            self._states.append(state_snapshot(self.simulation))

    def _read(self, tick: int, events: Sequence[Event]) -> None:
        for event in events:
            if (event.get("event_seq"), event.get("tick")) != (self._next_seq, tick):
                raise PersistenceError(
                    f"{self.simulation_id}: event {event.get('event_seq')} of tick {event.get('tick')} was handed over "
                    f"where event {self._next_seq} of tick {tick} is expected"
                )
            self._next_seq += 1
        try:
            self._reader.read(events)
        except FlatEventError as error:
            raise PersistenceError(f"{self.simulation_id}: {error}") from error

    def _collect(self, events: Sequence[Event]) -> None:
        """Drain both sides, and see that they tell of the same events."""
        given = self._reader.recorder.drain()
        own = self.simulation.recorder.drain()
        for batch in given:
            self._given.update(batch, self._reader.recorder.texts)
        for batch in own:
            self._own.update(batch, self.simulation.recorder.texts)
            self.counted.add(batch)
        if self._given.hexdigest() != self._own.hexdigest():
            mine = list(flat_events(own, self.simulation.recorder.texts, self.simulation.agent_ids))
            raise PersistenceError(f"{self.simulation_id}: {_difference(events, mine, self.plays_itself)}")
        self._events += given
        self._records += own


def _difference(given: Sequence[Event], own: Sequence[Event], plays_itself: bool) -> str:
    """The first event in which the two differ, in words."""
    # By their spelling: values that are not numbers are equal to nothing, themselves included.
    pairs = zip(given, own, strict=False)
    first = next((i for i, (a, b) in enumerate(pairs) if _spelling(a) != _spelling(b)), min(len(given), len(own)))
    theirs = _spelling(given[first]) if first < len(given) else "nothing"
    mine = _spelling(own[first]) if first < len(own) else "nothing"
    hint = " If it was changed from outside on the way, hand it over (source)." if plays_itself else ""
    return f"the events handed over are not those of the simulation: {theirs} instead of {mine}.{hint}"


def _spelling(event: Event) -> str:
    return repr(dict(sorted(event.items())))
