"""The watched figures, against the events of the engine, added up by hand."""

from collections import defaultdict
from pathlib import Path

import duckdb
import pytest

from paysim_engine.bundle import read_bundle
from paysim_engine.record.schema import CODES
from paysim_engine.scenario import load_scenario
from paysim_pipeline.regression.metrics import COSTS, METRICS, NETTING, TOLERANCES, Figure, measure
from paysim_pipeline.repeat_checks import events_of
from paysim_pipeline.simulate import ScenarioRun
from tests.conftest import ROOT

SCENARIOS = {
    "liquidity_stress": ROOT / "scenarios" / "liquidity_stress.yaml",
    "gridlock": ROOT / "scenarios" / "gridlock.yaml",
    "policies": ROOT / "tests" / "dbt" / "scenarios" / "policies.yaml",
}


def measured(path: Path, place: Path) -> tuple[ScenarioRun, dict[str, Figure]]:
    run = ScenarioRun(load_scenario(path), bundle=place)
    figures = run.play()
    with duckdb.connect() as connection:
        return run, measure(read_bundle(place), figures.summary, figures.lsm_settlements, connection)


@pytest.mark.parametrize("name", SCENARIOS)
def test_figures_follow_from_the_payments(name: str, tmp_path: Path) -> None:
    run, found = measured(SCENARIOS[name], tmp_path / "bundle")
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select tx_no, parent_tx_no, sender_no, receiver_no, amount, arrival_tick, settlement_tick, settled_via, "
            f"overdue_since_tick from read_parquet('{tmp_path}/bundle/transactions.parquet')"
        ).fetchall()
        costs = connection.execute(
            f"select {', '.join(COSTS)}, total_cost from read_parquet('{tmp_path}/bundle/cost_events.parquet')"
        ).fetchall()
    parents = {row[1] for row in rows if row[1] is not None}
    originals = [row for row in rows if row[1] is None]
    settled = [row for row in originals if row[6] is not None]
    assert found["payments"] == len(originals)
    assert found["settled_payments"] == len(settled)
    assert found["settlement_rate"] == len(settled) / len(originals)
    assert found["mean_delay_ticks"] == sum(row[6] - row[5] for row in settled) / len(settled)
    assert found["overdue_payments"] == sum(row[8] is not None for row in rows)

    flows = [row for row in rows if row[6] is not None and row[0] not in parents]
    netted = [row for row in flows if CODES["mechanism"][row[7]] in NETTING]
    assert found["settled_value"] == sum(row[4] for row in flows)
    assert found["lsm_settlements"] == len(netted)
    assert found["lsm_share"] == sum(row[4] for row in netted) / sum(row[4] for row in flows)

    net: dict[tuple[int, int], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for row in flows:
        day = row[6] // run.config.ticks_per_day
        net[row[2], day][row[6]] += row[4]
        net[row[3], day][row[6]] -= row[4]
    used = 0
    for steps in net.values():
        debit, peak = 0, 0
        for tick in sorted(steps):
            debit += steps[tick]
            peak = max(peak, debit)
        used += peak
    assert found["liquidity_used"] == used > 0

    for place, cost in enumerate(COSTS):
        assert found[cost] == sum(row[place] for row in costs), cost
    assert found["total_cost"] == sum(row[-1] for row in costs) == run.figures.summary["total_cost"]
    assert found["events"] == events_of(read_bundle(tmp_path / "bundle").manifest)


def test_splits_and_netting_are_among_the_cases(tmp_path: Path) -> None:
    """Otherwise the test above would say little."""
    _, found = measured(SCENARIOS["policies"], tmp_path / "policies")
    assert found["split_friction_cost"] != 0
    _, netting = measured(SCENARIOS["gridlock"], tmp_path / "gridlock")
    assert netting["lsm_settlements"] != 0


def test_a_run_without_payments_has_no_shares(tmp_path: Path) -> None:
    path = tmp_path / "silent.yaml"
    path.write_text(
        "simulation: {ticks_per_day: 4, num_days: 1, rng_seed: 1}\n"
        "agents:\n"
        "  - {id: A, opening_balance: 100, policy: {type: Fifo}}\n"
        "  - {id: B, opening_balance: 100, policy: {type: Fifo}}\n"
    )
    _, found = measured(path, tmp_path / "bundle")
    assert (found["payments"], found["settled_value"], found["liquidity_used"]) == (0, 0, 0)
    assert (found["settlement_rate"], found["lsm_share"], found["mean_delay_ticks"]) == (None, None, None)


def test_every_metric_says_what_it_is() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    assert {metric.unit for metric in METRICS} == set(TOLERANCES)
    assert all(metric.description for metric in METRICS)
    assert [metric.name for metric in METRICS if metric.unit in ("count", "cents") and TOLERANCES[metric.unit]] == []
