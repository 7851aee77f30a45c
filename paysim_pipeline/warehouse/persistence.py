"""Storing a run tick by tick, by whoever drives it: an experiment, a notebook, another program.

Belongs here: the provider's interface (10 §2) and its one implementation. Does not belong here: whole runs at once
(`writer`), SQL (`live_rows`), playing.

The events handed over are what is stored of them. Events do not say everything, though: accounts and queues at the end
of a tick, generator states, checkpoints and the final state of the payments come from the simulation itself. The
driver hands it over at the start (`source`), or the provider plays the scenario beside the driver: it is deterministic,
so this is the same simulation, at the price of playing it twice. Either way the events are compared, tick by tick, with
those of the simulation; a run whose rows contradict each other cannot be stored.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol, runtime_checkable

from paysim_engine.bundle_format import Manifest, RunContext, Totals, agent_rows, policy_rows
from paysim_engine.scenario import LoadedScenario
from paysim_engine.simulation import Simulation
from paysim_pipeline.identity import check_simulation_id
from paysim_pipeline.scenario_data import scenario_from
from paysim_pipeline.settings import Settings
from paysim_pipeline.warehouse import live_rows
from paysim_pipeline.warehouse.connection import writer
from paysim_pipeline.warehouse.live_run import Event, LiveRun, PersistenceError
from paysim_pipeline.warehouse.transaction import transaction
from paysim_pipeline.warehouse.writer import COMPLETED, FAILED, RUNNING, derived_id, insert_row, simulation_row

__all__ = ["Event", "PersistenceError", "ScenarioConfig", "SimulationPersistenceProvider", "WarehousePersistence"]

ScenarioConfig = LoadedScenario | Mapping[str, Any]
"""A loaded scenario, or the sections of a scenario file with the policies inline."""


@runtime_checkable
class SimulationPersistenceProvider(Protocol):
    """Somewhere to store a run while it goes on (10 §2)."""

    def persist_simulation_start(
        self,
        simulation_id: str,
        config: ScenarioConfig,
        experiment_run_id: str | None = None,
        experiment_iteration: int | None = None,
    ) -> None:
        """Begin a run. An id that exists is an error; what a crash left of it is cleaned up."""

    def persist_tick_events(self, simulation_id: str, tick: int, events: Sequence[Event]) -> None:
        """Store the events of a tick, ticks ascending. A tick without events is a no-op."""

    def persist_simulation_complete(self, simulation_id: str, metrics: Mapping[str, Any]) -> None:
        """End a run."""


class WarehousePersistence:
    """The provider that writes the warehouse: the same rows as `paysim run` and Dagster write (10 §2).

    A run whose id is the one that follows from its inputs takes the place of its scenario's ordinary run when it is
    complete; with any other id, or an experiment, it is kept beside the others (10 §1).

    Between its calls it has no lock and no open file. What has been handed over is in the warehouse when the call
    returns, unless `write_every` says otherwise; a checkpoint goes with the last tick of each day, so that an
    interrupted run can be gone on with (`paysim_pipeline.resume`). Calls from several threads need a lock of their own.

    Args:
        settings: where the warehouse is.
        write_every: how many ticks are written together. Opening and closing the warehouse takes some 80 ms of
            processor time, so a long run gains by the length of a day, say. A day's last tick is always written.
    """

    def __init__(self, settings: Settings, *, write_every: int = 1) -> None:
        if write_every < 1:
            raise ValueError(f"write_every is {write_every}; it must be 1 or more")
        self.settings = settings
        self.write_every = write_every
        self._runs: dict[str, LiveRun] = {}

    def persist_simulation_start(
        self,
        simulation_id: str,
        config: ScenarioConfig,
        experiment_run_id: str | None = None,
        experiment_iteration: int | None = None,
        *,
        source: Simulation | None = None,
        seed: int | None = None,
        num_days: int | None = None,
        scenario: str = "experiment",
        policies_by: str = "init",
    ) -> None:
        """Begin a run: its row with status `running`, its agents and their policies.

        Args:
            simulation_id: its id.
            config: the scenario.
            experiment_run_id: the experiment that the run is part of.
            experiment_iteration: the number of the run within it.
            source: the simulation that is driven, before its first tick. The provider drains its recorder after each
                tick: hand over `source.events()` after each `source.step()`. Without it the provider plays the scenario
                itself, which works as long as nobody submits payments or moves collateral from outside.
            seed: a seed other than the scenario's own; the source's if there is one.
            num_days: a number of days other than the scenario's own; the source's if there is one.
            scenario: the scenario's name, if `config` is a mapping, which has none.
            policies_by: who made the policies: `init` (the scenario file), `manual` or `llm`.

        Raises:
            PersistenceError: the id exists, or the source is not the scenario's, or has been played already.
            ScenarioError: the scenario is not sound.
            ValueError: the id or the experiment is not fit to be one.
            WarehouseError: nothing was changed; see the message.
        """
        check_simulation_id(simulation_id)
        if simulation_id in self._runs:
            raise PersistenceError(f"the simulation id {simulation_id} is in use: its run has not been completed")
        context = RunContext(experiment_run_id, experiment_iteration, policies_by)
        loaded = config if isinstance(config, LoadedScenario) else scenario_from(config, scenario)
        if source is not None:
            seed, num_days = int(source.config.rng_seed), int(source.config.num_days)
        engine_config = loaded.engine_config(seed, num_days)
        run = LiveRun(simulation_id, loaded, engine_config, context, source)
        agents = agent_rows(engine_config, loaded.resolved)
        with writer(self.settings) as connection, transaction(connection):
            status = live_rows.status_of(connection, simulation_id)
            if status is not None and status != RUNNING:
                raise PersistenceError(
                    f"the simulation id {simulation_id} exists already ({status}); choose another id"
                )
            live_rows.delete_run(connection, simulation_id)
            insert_row(connection, _started_row(run))
            live_rows.insert_rows(connection, simulation_id, "agents", agents)
            policies = policy_rows(agents, loaded.resolved, policies_by)
            live_rows.insert_rows(connection, simulation_id, "policy_snapshots", policies)
        self._runs[simulation_id] = run

    def persist_tick_events(self, simulation_id: str, tick: int, events: Sequence[Event]) -> None:
        """Store a tick: its events, and what the simulation alone knows of it and of empty ticks before.

        Args:
            simulation_id: the run.
            tick: the tick, later than those handed over before; ticks without events may be left out.
            events: all its events in order, in the flat form.

        Raises:
            PersistenceError: the run is not begun or has been taken by another process, the tick is not the next one,
                or the events are not those of the simulation. The run cannot go on then; the next start of its id
                cleans up.
            WarehouseError: it could not be written now (somebody else writes, say). The tick has been taken over, and
                is written with the next call.
        """
        run = self._run(simulation_id)
        if not events:
            return
        run.take(tick, events)
        if run.ticks_unwritten >= self.write_every or run.is_at_end_of_day:
            with writer(self.settings) as connection, transaction(connection):
                run.write(connection)
            run.forget_written()

    def persist_simulation_complete(self, simulation_id: str, metrics: Mapping[str, Any]) -> None:
        """End a run: the final state of its payments, its totals, its digest; status `completed`, or `failed`.

        Args:
            simulation_id: the run.
            metrics: what the driver knows of it. `error` (a text) says that it was stopped, and by what: the run is
                stored as failed, without the payments that were still open. `duration_seconds` is stored.
                `total_arrivals`, `total_settlements` and `total_cost` (as in `Simulation.summary()`) are compared with
                what was counted. Anything else is for the driver's own use.

        Raises:
            PersistenceError: the run is not begun, not at its end, or its metrics are not those of its events.
            WarehouseError: it could not be written; the call may be made again.
        """
        run = self._run(simulation_id)
        error = metrics.get("error")
        if error is None:
            run.complete()
            _check_metrics(simulation_id, metrics, run.counted.totals())
        seconds = metrics.get("duration_seconds")
        manifest = run.manifest(
            COMPLETED if error is None else FAILED,
            None if error is None else str(error),
            None if seconds is None else float(seconds),
        )
        row = simulation_row(manifest, simulation_id, _is_kept(manifest, simulation_id))
        with writer(self.settings) as connection, transaction(connection):
            run.write(connection)
            if not row["kept"] and error is None:
                for other in live_rows.ordinary_runs(connection, run.scenario.name, simulation_id):
                    live_rows.delete_run(connection, other)
            live_rows.delete_row(connection, simulation_id)
            insert_row(connection, row)
        del self._runs[simulation_id]

    def _run(self, simulation_id: str) -> LiveRun:
        run = self._runs.get(simulation_id)
        if run is None:
            raise PersistenceError(f"{simulation_id!r}: no run of this id has been started (persist_simulation_start)")
        return run


def _is_kept(manifest: Manifest, simulation_id: str) -> bool:
    """Whether a run of that id stays when its scenario is run again: not if it is the scenario's ordinary one."""
    return manifest.context.experiment_run_id is not None or simulation_id != derived_id(manifest)


def _started_row(run: LiveRun) -> dict[str, Any]:
    """The row of a run that has only been begun: what it came to is not known."""
    manifest = run.manifest(RUNNING)
    row = simulation_row(manifest, run.simulation_id, _is_kept(manifest, run.simulation_id))
    return {name: None if name in _RESULTS else value for name, value in row.items()}


_RESULTS: Final = frozenset(
    {
        "completed_at",
        "duration_seconds",
        "ticks_per_second",
        "total_arrivals",
        "total_settlements",
        "total_cost_cents",
        "events_digest",
    }
)
"""Columns of `raw.simulations` that are empty while a run is going on."""


def _check_metrics(simulation_id: str, metrics: Mapping[str, Any], totals: Totals) -> None:
    counted = {
        "total_arrivals": totals.arrivals,
        "total_settlements": totals.settlements,
        "total_cost": totals.cost_cents,
    }
    for name, number in counted.items():
        if metrics.get(name, number) != number:
            raise PersistenceError(
                f"{simulation_id}: the metrics say {name} {metrics[name]!r}, but {number} was counted in the events"
            )
