"""A run of the engine on its way into the warehouse: totals, digest and rows are the run's own."""

from pathlib import Path

import pytest

from paysim_engine.bundle import Bundle, BundleWriter, read_bundle
from paysim_engine.digest import EventsDigest
from paysim_engine.record.flat import flat_events
from paysim_engine.scenario import load_scenario
from paysim_engine.simulation import Simulation
from paysim_pipeline.settings import PROJECT_ROOT
from paysim_pipeline.warehouse.connection import reader
from paysim_pipeline.warehouse.from_flat import FlatReader
from paysim_pipeline.warehouse.writer import load_bundle
from tests.warehouse.sample import settings

SCENARIOS = ["gridlock", "liquidity_stress", "two_period_game"]


def write(directory: Path, name: str, *, daily: bool = True) -> tuple[Bundle, Simulation]:
    scenario = load_scenario(PROJECT_ROOT / "scenarios" / f"{name}.yaml")
    config = scenario.engine_config()
    simulation = Simulation(config)
    with BundleWriter(directory, scenario, config, simulation.recorder) as writer:
        simulation.run(on_day=writer.drain if daily else None)
        return writer.finish(), simulation


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_bundle_tells_the_run(tmp_path: Path, name: str) -> None:
    bundle, simulation = write(tmp_path / name, name)
    assert read_bundle(tmp_path / name) == bundle
    summary, totals = simulation.summary(), bundle.manifest.totals
    assert (totals.arrivals, totals.settlements, totals.cost_cents) == (
        summary["total_arrivals"],
        summary["total_settlements"],
        summary["total_cost"],
    )
    events = sum(entry.rows for table, entry in bundle.manifest.files.items() if table.endswith("_events"))
    assert events == summary["events"] != 0
    assert bundle.manifest.files["rng_states"].rows == summary["ticks"]


def test_drained_daily_or_at_the_end(tmp_path: Path) -> None:
    daily, _ = write(tmp_path / "daily", "liquidity_stress")
    once, _ = write(tmp_path / "once", "liquidity_stress", daily=False)
    assert daily.manifest.events_digest == once.manifest.events_digest
    assert daily.manifest.totals == once.manifest.totals


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_flat_events_have_the_digest_of_the_run(tmp_path: Path, name: str) -> None:
    bundle, _ = write(tmp_path / name, name)
    simulation = Simulation(load_scenario(PROJECT_ROOT / "scenarios" / f"{name}.yaml").engine_config())
    simulation.run()
    flat = FlatReader(simulation.agent_ids)
    flat.read(flat_events(simulation.recorder.drain(), simulation.recorder.texts, simulation.agent_ids))
    digest = EventsDigest(flat.agent_ids)
    for batch in flat.recorder.drain():
        digest.update(batch, flat.recorder.texts)
    assert digest.hexdigest() == bundle.manifest.events_digest


def test_the_warehouse_has_the_run(tmp_path: Path) -> None:
    bundle, simulation = write(tmp_path / "b", "gridlock")
    result = load_bundle(bundle, settings(tmp_path))
    assert result.rows == {"simulations": 1, **{name: entry.rows for name, entry in bundle.manifest.files.items()}}
    with reader(settings(tmp_path)) as connection:
        agents = connection.execute("select agent_id from raw.agents order by agent_no").fetchall()
        assert [agent for (agent,) in agents] == simulation.agent_ids
        closing = connection.execute(
            "select balance from raw.agent_ticks qualify tick = max(tick) over () order by agent_no"
        ).fetchall()
        assert [balance for (balance,) in closing] == [
            simulation.state.ledger.balance[number] for number in range(len(simulation.agent_ids))
        ]
