"""Going on with a stored run from the end of one of its days.

Belongs here: what is needed for that, whether it fits together, and under which id the result is stored. Does not
belong here: checkpoints (`paysim_engine.core.checkpoint`), playing (`simulate`), loading (`warehouse.writer`).

A resumed run is stored whole, like any other: the rows of the days before are read back, the engine goes on from the
checkpoint, and the bundle of both is loaded. Continued to its own end it is the same run: the same id and rows,
whatever it was before (a crash may have left it unfinished). Continued to a longer end it is another run, kept besides.
Where no deadline was cut at the first one's end (D6), it is the run that its scenario gives in so many days, and has
that run's id; otherwise its first days are peculiar, and it says whose they are (`continues`, `continues_after_day`).
"""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

import paysim_engine
from paysim_engine.bundle_format import RunContext
from paysim_engine.core.config import EngineConfig
from paysim_engine.core.errors import SimulationError
from paysim_engine.record.batch import Batch
from paysim_engine.record.schema import EVENT_CODE
from paysim_engine.scenario import LoadedScenario, ScenarioError
from paysim_engine.simulation import Simulation
from paysim_engine.wording import nearest
from paysim_pipeline.scenario_data import scenario_from
from paysim_pipeline.settings import Settings
from paysim_pipeline.simulate import Beginning, OnTick, RunFigures, ScenarioRun, StateSnapshot
from paysim_pipeline.warehouse.connection import reader, writer
from paysim_pipeline.warehouse.errors import WarehouseError
from paysim_pipeline.warehouse.schema import SIMULATIONS
from paysim_pipeline.warehouse.stored import stored_batches
from paysim_pipeline.warehouse.writer import COMPLETED, LoadResult, derived_id, load_bundle


class ResumeError(WarehouseError):
    """A run cannot be gone on with; nothing was changed. The message says why, and what to do."""


@dataclass(frozen=True)
class Resumed:
    """A run that was continued and stored.

    Attributes:
        resumed_id: the run it was continued from.
        after_day: the last day that was not played again.
        loaded: what was stored.
        figures: the run as a whole; `seconds` is the time of its new part.
    """

    resumed_id: str
    after_day: int
    loaded: LoadResult
    figures: RunFigures


@dataclass(frozen=True)
class _Stored:
    """A stored run and the place in it from where it can go on."""

    row: dict[str, Any]
    scenario: LoadedScenario
    config: EngineConfig
    context: RunContext
    states: list[StateSnapshot]

    @property
    def simulation_id(self) -> str:
        return str(self.row["simulation_id"])

    @property
    def is_longer(self) -> bool:
        return int(self.config.num_days) > int(self.row["num_days"])


def resume(
    connection: duckdb.DuckDBPyConnection, simulation_id: str, day: int, num_days: int | None = None
) -> Simulation:
    """The simulation of a stored run as it was at the end of a day (10 §5).

    What it does from there is what the run did: the same events with the same numbers, to the same final state.

    Args:
        connection: the open warehouse.
        simulation_id: the run.
        day: the last day that is not played again, from 0.
        num_days: the length of the whole run, if it shall go on beyond its end.

    Raises:
        ResumeError: there is no such run or day, another engine made it, or it does not fit together.
    """
    return _restored(_stored(connection, simulation_id, day, num_days))


def continue_run(
    settings: Settings,
    simulation_id: str,
    day: int,
    *,
    num_days: int | None = None,
    on_tick: OnTick | None = None,
) -> Resumed:
    """Go on with a stored run to its end, and store it whole.

    Args:
        settings: where the warehouse is.
        simulation_id: the run.
        day: the last day that is not played again, from 0.
        num_days: the length of the whole run, if it shall go on beyond its end.
        on_tick: called after every tick played.

    Raises:
        ResumeError: there is no such run or day, another engine made it, or it does not fit together.
        SimulationError: the run cannot go on.
        BundleError: the disk is full, say.
        WarehouseError: the warehouse cannot be read or written. Nothing was changed, whatever the error.
    """
    with reader(settings):
        pass
    # A warehouse that cannot be written is better found out before a long run than after it.
    with writer(settings):
        pass
    with tempfile.TemporaryDirectory(prefix=".resume-", dir=settings.database.parent) as scratch:
        with reader(settings) as connection:
            stored = _stored(connection, simulation_id, day, num_days)
            simulation = _restored(stored)
            run = ScenarioRun(
                stored.scenario,
                seed=int(stored.row["rng_seed"]),
                num_days=int(stored.config.num_days),
                bundle=Path(scratch) / "run",
                on_tick=on_tick,
                context=stored.context,
                beginning=Beginning(simulation, _before(connection, stored, simulation), stored.states),
            )
            figures = run.play()
        loaded = _load(settings, stored, figures)
    return Resumed(stored.simulation_id, day, loaded, figures)


def remaining_ticks(
    connection: duckdb.DuckDBPyConnection, simulation_id: str, day: int, num_days: int | None = None
) -> int:
    """How many ticks there are to play after a day.

    Args:
        connection: the open warehouse.
        simulation_id: the run.
        day: the last day that is not played again, from 0.
        num_days: the length of the whole run, if it is not its own.

    Raises:
        ResumeError: there is no such run, or another engine made it.
    """
    row = _row(connection, simulation_id)
    return max(0, ((num_days or int(row["num_days"])) - day - 1) * int(row["ticks_per_day"]))


# ------------------------------------------------------------------------------------------------ what is stored


def _stored(connection: duckdb.DuckDBPyConnection, simulation_id: str, day: int, num_days: int | None) -> _Stored:
    row = _row(connection, simulation_id)
    scenario = _scenario(row)
    states = _states(connection, row, day)
    length = int(row["num_days"]) if num_days is None else num_days
    if length < int(row["num_days"]):
        raise ResumeError(
            f"{simulation_id} has {row['num_days']} days, it cannot be continued to {length}: deadlines depend on the "
            f"end. For a shorter run use 'paysim run {row['scenario']} --days {length}'"
        )
    try:
        config = scenario.engine_config(int(row["rng_seed"]), length)
    except ScenarioError as error:
        raise ResumeError(f"{simulation_id}: {error}") from error
    context = RunContext(
        row["experiment_run_id"],
        row["experiment_iteration"],
        _policies_by(connection, simulation_id),
        # A warehouse that was only read may be of the time before these columns.
        row.get("continues"),
        row.get("continues_after_day"),
    )
    stored = _Stored(row, scenario, config, context, states)
    if stored.is_longer and not config.deadline_cap_at_eod and _cut_deadlines(connection, stored):
        return replace(stored, context=replace(context, continues=simulation_id, continues_after_day=day))
    return stored


def _row(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> dict[str, Any]:
    """The run's row in `raw.simulations`, if this engine can go on with it."""
    found = connection.execute(f"select * from {SIMULATIONS.qualified} where simulation_id = ?", [simulation_id])
    names = [column[0] for column in found.description]
    values = found.fetchone()
    if values is None:
        known = connection.execute(f"select simulation_id from {SIMULATIONS.qualified} order by 1").fetchall()
        meant = nearest(simulation_id, [name for (name,) in known])
        hint = f'did you mean "{meant}"?' if meant else "'paysim list' shows which there are"
        raise ResumeError(f"{simulation_id!r}: there is no such run in the warehouse; {hint}")
    row = dict(zip(names, values, strict=True))
    if row["engine_version"] != paysim_engine.__version__:
        raise ResumeError(
            f"{simulation_id}: was made by engine {row['engine_version']}, this is {paysim_engine.__version__}, which "
            f"cannot go on from its states; run {row['scenario']} anew"
        )
    return row


def _scenario(row: dict[str, Any]) -> LoadedScenario:
    try:
        scenario = scenario_from(json.loads(row["config_json"]), row["scenario"], row["config_file"])
    except ScenarioError as error:
        raise ResumeError(f"{row['simulation_id']}: its stored scenario cannot be used: {error}") from error
    except OSError as error:
        place = tempfile.gettempdir()
        raise ResumeError(f"{place}: a temporary file cannot be written: {error.strerror or error}") from error
    if scenario.fingerprint != row["config_hash"]:
        raise ResumeError(
            f"{row['simulation_id']}: its stored scenario is not the one that was run (the fingerprint differs); run "
            f"{row['scenario']} anew"
        )
    return scenario


def _states(connection: duckdb.DuckDBPyConnection, row: dict[str, Any], day: int) -> list[StateSnapshot]:
    """The checkpoints up to the day; the last one is that day's."""
    simulation_id = row["simulation_id"]
    days = [
        number
        for (number,) in connection.execute(
            "select day from raw.state_snapshots where simulation_id = ? order by day", [simulation_id]
        ).fetchall()
    ]
    if day not in days:
        if days:
            which = f"the stored days are {days[0]} to {days[-1]}"
        else:
            which = f"it has no stored days at all; run {row['scenario']} anew"
        raise ResumeError(f"{simulation_id}: the state at the end of day {day} is not stored; {which}")
    found = connection.execute(
        "select day, tick, state_json from raw.state_snapshots where simulation_id = ? and day <= ? order by day",
        [simulation_id, day],
    ).fetchall()
    return [StateSnapshot(*values) for values in found]


def _policies_by(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> str:
    found = connection.execute(
        "select any_value(created_by) from raw.policy_snapshots where simulation_id = ? and snapshot_tick = 0",
        [simulation_id],
    ).fetchone()
    return str(found[0]) if found and found[0] else "init"


def _cut_deadlines(connection: duckdb.DuckDBPyConnection, stored: _Stored) -> bool:
    """Whether a deadline of the days before lies at the run's end, where a later one would have been cut (D6)."""
    end = int(stored.row["num_days"]) * int(stored.row["ticks_per_day"])
    found = connection.execute(
        "select count(*) from raw.payment_events where simulation_id = $run and event_type = $arrival "
        "and tick <= $last and deadline_tick >= $end",
        {
            "run": stored.simulation_id,
            "arrival": EVENT_CODE["Arrival"],
            "last": stored.states[-1].tick,
            "end": end,
        },
    ).fetchone()
    return found is None or found[0] > 0


# ------------------------------------------------------------------------------------------------ going on


def _restored(stored: _Stored) -> Simulation:
    state = stored.states[-1]
    try:
        checkpoint = json.loads(state.state_json)
        if not isinstance(checkpoint, dict):
            raise ValueError("it is not a checkpoint")
        return Simulation.restore(stored.config, checkpoint)
    except (SimulationError, ValueError) as error:
        raise ResumeError(
            f"{stored.simulation_id}: the state at the end of day {state.day} cannot be used: {error}"
        ) from error


def _before(connection: duckdb.DuckDBPyConnection, stored: _Stored, simulation: Simulation) -> Iterator[list[Batch]]:
    """What the run recorded up to the checkpoint, checked against the checkpoint's number of events."""
    events, wanted = 0, int(simulation.recorder.seq)
    last = stored.states[-1].tick
    for batch in stored_batches(connection, stored.simulation_id, simulation.recorder, last):
        events += batch.length if batch.table in EVENT_CODE else 0
        yield [batch]
    if events != wanted:
        raise ResumeError(
            f"{stored.simulation_id}: {events} events are stored up to tick {last}, the state there counts {wanted}; "
            f"rows are missing. Run {stored.row['scenario']} anew"
        )


def _load(settings: Settings, stored: _Stored, figures: RunFigures) -> LoadResult:
    bundle = figures.bundle
    if bundle is None:
        raise AssertionError("a completed run with a bundle directory has a bundle")
    if stored.is_longer:
        return load_bundle(bundle, settings, replace_scenario=False)
    before = stored.row["events_digest"] if stored.row["status"] == COMPLETED else None
    if before is not None and before != bundle.manifest.events_digest:
        raise ResumeError(
            f"{stored.simulation_id}: its second half came out otherwise than it is stored, so the engine has changed "
            f"since; nothing was stored. Run {stored.row['scenario']} anew"
        )
    own_id = None if derived_id(bundle.manifest) == stored.simulation_id else stored.simulation_id
    return load_bundle(bundle, settings, simulation_id=own_id, replace_scenario=not stored.row["kept"])
