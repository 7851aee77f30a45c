"""The provider: what is stored when, what is refused, and what a crash leaves. Equal rows: `test_same_rows`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from paysim_engine.bundle_format import RunContext
from paysim_engine.scenario import LoadedScenario, ScenarioError, load_scenario
from paysim_engine.simulation import Simulation
from paysim_pipeline.settings import Settings
from paysim_pipeline.simulate import ScenarioRun
from paysim_pipeline.warehouse.connection import reader, writer
from paysim_pipeline.warehouse.errors import WarehouseBusyError
from paysim_pipeline.warehouse.persistence import (
    PersistenceError,
    SimulationPersistenceProvider,
    WarehousePersistence,
)
from paysim_pipeline.warehouse.reader import row_counts
from paysim_pipeline.warehouse.writer import load_bundle
from tests.support.scenarios import bank, payment, world
from tests.warehouse import children, ways
from tests.warehouse.sample import settings

# Nothing happens in tick 1; tick 2 ends the first of two days.
WORLD = world(
    [bank("A", 1000), bank("B", 100)],
    [payment("A", "B", 60, 0), payment("A", "B", 70, 2), payment("B", "A", 20, 4)],
    ticks=3,
    days=2,
)
Event = dict[str, Any]


@pytest.fixture
def warehouse(tmp_path: Path) -> Settings:
    return settings(tmp_path / "db")


@pytest.fixture
def scenario(tmp_path: Path) -> LoadedScenario:
    path = tmp_path / "small.json"
    path.write_text(json.dumps(WORLD))
    return load_scenario(path)


@pytest.fixture
def source(scenario: LoadedScenario) -> Simulation:
    return Simulation(scenario.engine_config())


def begun(warehouse: Settings, scenario: LoadedScenario, source: Simulation, run: str = "run") -> WarehousePersistence:
    provider = WarehousePersistence(warehouse)
    provider.persist_simulation_start(run, scenario, source=source)
    return provider


def play(provider: WarehousePersistence, source: Simulation, ticks: int, run: str = "run") -> None:
    """Step and hand over."""
    for _ in range(ticks):
        tick = int(source.state.tick)
        source.step()
        provider.persist_tick_events(run, tick, source.events())


def one_row(warehouse: Settings, run: str = "run") -> dict[str, Any]:
    """The run's row in `raw.simulations`."""
    with reader(warehouse) as connection:
        found = connection.execute("select * from raw.simulations where simulation_id = ?", [run])
        (row,) = found.fetchall()
        return dict(zip([column[0] for column in found.description], row, strict=True))


def counts(warehouse: Settings, run: str = "run") -> dict[str, int]:
    """The tables of a run that have rows."""
    with reader(warehouse) as connection:
        return {table: rows for table, rows in row_counts(connection, run).items() if rows}


# ---- what is stored when


def test_it_is_a_provider(warehouse: Settings) -> None:
    assert isinstance(WarehousePersistence(warehouse), SimulationPersistenceProvider)
    assert not isinstance(warehouse, SimulationPersistenceProvider)


def test_what_is_handed_over_is_stored_when_the_call_returns(
    warehouse: Settings, scenario: LoadedScenario, source: Simulation
) -> None:
    provider = begun(warehouse, scenario, source)
    assert counts(warehouse) == {"simulations": 1, "agents": 2, "policy_snapshots": 2}
    row = one_row(warehouse)
    assert (row["status"], row["scenario"], row["kept"], row["num_days"]) == ("running", "small", True, 2)
    results = ("completed_at", "duration_seconds", "total_arrivals", "total_cost_cents", "events_digest")
    assert [row[name] for name in results] == [None] * 5
    play(provider, source, 1)
    first = counts(warehouse)
    assert (first["payment_events"], first["agent_ticks"], first["rng_states"]) == (3, 2, 1)
    assert "state_snapshots" not in first
    play(provider, source, 2)
    assert (counts(warehouse)["rng_states"], counts(warehouse)["state_snapshots"]) == (3, 1)
    play(provider, source, 3)
    assert one_row(warehouse)["status"] == "running"
    provider.persist_simulation_complete("run", {"duration_seconds": 2.0})
    row = one_row(warehouse)
    assert (row["status"], row["total_arrivals"], row["total_settlements"]) == ("completed", 3, 3)
    assert (row["duration_seconds"], row["ticks_per_second"]) == (2.0, 3.0)
    assert row["started_at"] <= row["completed_at"]


def test_an_empty_tick_is_a_no_op(warehouse: Settings, scenario: LoadedScenario, source: Simulation) -> None:
    provider = begun(warehouse, scenario, source)
    play(provider, source, 1)
    before = warehouse.database.stat().st_mtime_ns
    source.step()
    assert source.events() == []
    provider.persist_tick_events("run", 1, [])
    assert warehouse.database.stat().st_mtime_ns == before
    source.step()
    provider.persist_tick_events("run", 2, source.events())
    # Its accounts and its generator state came with the next tick.
    assert (counts(warehouse)["rng_states"], counts(warehouse)["agent_ticks"]) == (3, 6)


def test_several_ticks_at_once(warehouse: Settings, scenario: LoadedScenario, source: Simulation) -> None:
    provider = WarehousePersistence(warehouse, write_every=100)
    provider.persist_simulation_start("run", scenario, source=source)
    play(provider, source, 2)
    assert "payment_events" not in counts(warehouse)
    play(provider, source, 1)
    assert counts(warehouse)["rng_states"] == 3, "the last tick of a day is written"
    with pytest.raises(ValueError, match="write_every is 0"):
        WarehousePersistence(warehouse, write_every=0)


def test_a_scenario_as_data(warehouse: Settings, source: Simulation) -> None:
    provider = WarehousePersistence(warehouse)
    provider.persist_simulation_start("run", WORLD, source=source, scenario="grid")
    play(provider, source, 6)
    provider.persist_simulation_complete("run", source.summary())
    assert (one_row(warehouse)["scenario"], one_row(warehouse)["config_file"]) == ("grid", "")
    with pytest.raises(ScenarioError, match="scenario experiment"):
        provider.persist_simulation_start("other", {"agents": []})


def test_the_experiment_is_stored(warehouse: Settings, scenario: LoadedScenario, source: Simulation) -> None:
    provider = WarehousePersistence(warehouse)
    provider.persist_simulation_start("run", scenario, "exp-1", 7, source=source, policies_by="llm")
    row = one_row(warehouse)
    assert (row["experiment_run_id"], row["experiment_iteration"], row["kept"]) == ("exp-1", 7, True)
    with reader(warehouse) as connection:
        made = connection.execute("select distinct created_by from raw.policy_snapshots").fetchall()
    assert made == [("llm",)]


def test_the_experiment_of_a_bundle_is_part_of_its_id(
    warehouse: Settings, scenario: LoadedScenario, tmp_path: Path
) -> None:
    ids = set()
    bundle = None
    for iteration in (None, 0, 1):
        context = None if iteration is None else RunContext("exp", iteration, "manual")
        bundle = ScenarioRun(scenario, bundle=tmp_path / "b", context=context).play().bundle
        assert bundle is not None
        loaded = load_bundle(bundle, warehouse)
        assert loaded.kept == (iteration is not None)
        ids.add(loaded.simulation_id)
        row = one_row(warehouse, loaded.simulation_id)
        assert (row["experiment_run_id"], row["experiment_iteration"]) == (context and "exp", iteration)
    assert len(ids) == 3
    assert bundle is not None
    with pytest.raises(ValueError, match="is iteration 1 of experiment 'exp', not 2 of 'exp'"):
        load_bundle(bundle, warehouse, experiment_run_id="exp", experiment_iteration=2)


def test_a_context_that_makes_no_sense() -> None:
    for arguments, words in (((None, 1), "needs the id"), (("e", 1, "me"), "policies are made by"), (("",), "empty")):
        with pytest.raises(ValueError, match=words):
            RunContext(*arguments)


def test_the_ordinary_run_takes_its_place_when_it_is_complete(
    warehouse: Settings, scenario: LoadedScenario, tmp_path: Path
) -> None:
    first = ways.by_assets(warehouse, scenario, 1)
    second = ways.by_assets(settings(tmp_path / "other"), scenario, 2)
    source = Simulation(scenario.engine_config())
    provider = begun(warehouse, scenario, source, second)
    play(provider, source, 6, second)
    assert one_row(warehouse, first)["status"] == "completed"
    assert one_row(warehouse, second)["kept"] is False
    provider.persist_simulation_complete(second, {})
    assert counts(warehouse, first) == {}
    assert one_row(warehouse, second)["status"] == "completed"


# ---- ids and crashes


def test_a_duplicate_id_is_an_error(warehouse: Settings, scenario: LoadedScenario, source: Simulation) -> None:
    provider = begun(warehouse, scenario, source)
    with pytest.raises(PersistenceError, match="id run is in use"):
        provider.persist_simulation_start("run", scenario)
    play(provider, source, 6)
    provider.persist_simulation_complete("run", {})
    before = ways.rows_of_run(warehouse, "run")
    with pytest.raises(PersistenceError, match=r"id run exists already \(completed\); choose another"):
        provider.persist_simulation_start("run", scenario)
    assert ways.rows_of_run(warehouse, "run") == before
    for unfit in ("", "../run", "a'b", "a b"):
        with pytest.raises(ValueError, match="is not a simulation id"):
            provider.persist_simulation_start(unfit, scenario)


def test_what_a_crash_left_is_cleaned_up(warehouse: Settings, scenario: LoadedScenario, source: Simulation) -> None:
    lost = begun(warehouse, scenario, source)
    play(lost, source, 3)
    assert counts(warehouse)["rng_states"] == 3
    again = Simulation(scenario.engine_config())
    provider = begun(warehouse, scenario, again)
    assert counts(warehouse) == {"simulations": 1, "agents": 2, "policy_snapshots": 2}
    # The first was not dead after all: it learns that its rows are gone, and spoils nothing.
    with pytest.raises(PersistenceError, match="another process has begun a run of this id"):
        play(lost, source, 2)
    play(provider, again, 6)
    provider.persist_simulation_complete("run", {})
    with pytest.raises(PersistenceError, match="its unfinished rows are gone"):
        lost.persist_simulation_complete("run", {"error": "lost"})
    assert one_row(warehouse)["status"] == "completed"
    assert counts(warehouse)["rng_states"] == 6


def test_a_warehouse_that_is_busy(warehouse: Settings, scenario: LoadedScenario, source: Simulation) -> None:
    provider = begun(warehouse, scenario, source)
    with (
        children.running(children.hold_open, warehouse.database, True),
        pytest.raises(WarehouseBusyError, match="another process has it open"),
    ):
        play(provider, source, 1)
    play(provider, source, 5)
    provider.persist_simulation_complete("run", {})
    assert counts(warehouse)["rng_states"] == 6
    assert counts(warehouse)["payment_events"] == 9


# ---- what is refused


def altered(**changes: Any) -> Callable[[list[Event]], list[Event]]:
    return lambda events: [{**events[0], **changes}, *events[1:]]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (altered(amount=61), r"'amount': 61.* instead of .*'amount': 60"),
        (altered(tick=1), "event 0 of tick 1 was handed over where event 0 of tick 0 is expected"),
        (altered(event_seq=1), "event 1 of tick 0 was handed over where event 0"),
        (altered(sender_id="C"), "unknown agent 'C'"),
        (altered(event_type="Arrived"), "unknown event type 'Arrived'"),
        (altered(sender_id="A'; drop table raw.agents; --"), "unknown agent"),
        (lambda events: events[:-1], "nothing instead of .*RtgsImmediateSettlement"),
        (lambda events: [*events, {**events[-1], "event_seq": 5}], "instead of nothing"),
    ],
)
@pytest.mark.parametrize("with_source", [True, False])
def test_events_that_are_not_those_of_the_simulation(
    warehouse: Settings,
    scenario: LoadedScenario,
    source: Simulation,
    spoil: Callable[[list[Event]], list[Event]],
    words: str,
    with_source: bool,
) -> None:
    provider = WarehousePersistence(warehouse)
    provider.persist_simulation_start("run", scenario, source=source if with_source else None)
    source.step()
    events = source.events()
    with pytest.raises(PersistenceError, match=words):
        provider.persist_tick_events("run", 0, spoil(events))
    with pytest.raises(PersistenceError, match="cannot go on since an earlier tick was refused"):
        provider.persist_tick_events("run", 0, events)
    assert counts(warehouse) == {"simulations": 1, "agents": 2, "policy_snapshots": 2}


def test_ticks_that_are_not_the_next_one(warehouse: Settings, scenario: LoadedScenario, source: Simulation) -> None:
    provider = begun(warehouse, scenario, source)
    source.step()
    events = source.events()
    with pytest.raises(PersistenceError, match="tick 1 was handed over, but the source has played 1 ticks"):
        provider.persist_tick_events("run", 1, events)
    provider = begun(warehouse, scenario, fresh := Simulation(scenario.engine_config()))
    play(provider, fresh, 3)
    with pytest.raises(PersistenceError, match="tick 0 was handed over, 3 or later is expected"):
        provider.persist_tick_events("run", 0, events)
    play(provider, fresh, 3)
    with pytest.raises(PersistenceError, match=r"tick 6 was handed over, no more is expected \(the run has 6 ticks\)"):
        provider.persist_tick_events("run", 6, events)
    with pytest.raises(PersistenceError, match="'unknown': no run of this id has been started"):
        provider.persist_tick_events("unknown", 0, events)


def test_a_run_that_is_changed_from_outside_needs_its_source(
    warehouse: Settings, scenario: LoadedScenario, tmp_path: Path
) -> None:
    for with_source in (True, False):
        source = Simulation(scenario.engine_config())
        provider = WarehousePersistence(warehouse)
        run = f"run-{with_source}"
        provider.persist_simulation_start(run, scenario, source=source if with_source else None)
        source.submit("B", "A", 5, 6)
        source.step()
        if with_source:
            provider.persist_tick_events(run, 0, source.events())
            play(provider, source, 5, run)
            provider.persist_simulation_complete(run, source.summary())
            assert one_row(warehouse, run)["total_arrivals"] == 4
        else:
            with pytest.raises(PersistenceError, match=r"changed from outside .* hand it over \(source\)"):
                provider.persist_tick_events(run, 0, source.events())


def test_sources_that_do_not_fit(warehouse: Settings, scenario: LoadedScenario, source: Simulation) -> None:
    provider = WarehousePersistence(warehouse)
    source.step()
    with pytest.raises(PersistenceError, match="the source has played 1 ticks; begin the run before any"):
        provider.persist_simulation_start("run", scenario, source=source)
    other = world([bank("A"), bank("C")], [], ticks=3, days=2)
    with pytest.raises(PersistenceError, match="the source is the simulation of another scenario"):
        provider.persist_simulation_start("run", other, source=Simulation(scenario.engine_config()))
    with writer(warehouse):
        pass
    assert counts(warehouse) == {}


def test_the_end_must_be_the_end(warehouse: Settings, scenario: LoadedScenario, source: Simulation) -> None:
    provider = begun(warehouse, scenario, source)
    play(provider, source, 5)
    with pytest.raises(PersistenceError, match="has played 5 ticks of 6; play and hand over the rest"):
        provider.persist_simulation_complete("run", {})
    play(provider, source, 1)
    with pytest.raises(PersistenceError, match="the metrics say total_cost 1, but 0 was counted in the events"):
        provider.persist_simulation_complete("run", {"total_cost": 1})
    provider.persist_simulation_complete("run", source.summary() | {"note": "of the driver's own"})
    assert one_row(warehouse)["status"] == "completed"
    with pytest.raises(PersistenceError, match="no run of this id has been started"):
        provider.persist_simulation_complete("run", {})


def test_ticks_that_are_left_out_must_have_been_empty(warehouse: Settings, scenario: LoadedScenario) -> None:
    provider = WarehousePersistence(warehouse)
    provider.persist_simulation_start("run", scenario)
    with pytest.raises(PersistenceError, match=r"nothing instead of .*Arrival"):
        provider.persist_simulation_complete("run", {})


def test_a_run_that_was_stopped(warehouse: Settings, scenario: LoadedScenario, source: Simulation) -> None:
    ordinary = ways.by_assets(warehouse, scenario, 1)
    provider = begun(warehouse, scenario, source)
    play(provider, source, 3)
    provider.persist_simulation_complete("run", {"error": "division by zero in policy p"})
    row = one_row(warehouse)
    assert (row["status"], row["error"]) == ("failed", "division by zero in policy p")
    assert counts(warehouse)["rng_states"] == 3
    assert one_row(warehouse, ordinary)["status"] == "completed"
