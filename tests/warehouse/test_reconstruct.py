"""The state at any tick, rebuilt from the warehouse's events, is the engine's own."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from paysim_engine import is_compiled
from paysim_engine.record.schema import CODES, EVENT_CODE
from paysim_engine.scenario import load_scenario
from paysim_engine.simulation import Simulation, TickSummary
from paysim_pipeline.settings import Settings
from paysim_pipeline.simulate import ScenarioRun
from paysim_pipeline.warehouse.connection import writer
from paysim_pipeline.warehouse.queries import UnknownSimulationError, reconstruct_payments, reconstruct_state
from paysim_pipeline.warehouse.schema import RUN_TABLES
from paysim_pipeline.warehouse.writer import load_into
from tests.conftest import ROOT
from tests.golden.recorded import SELECTION, Case, cases_under, complete_set
from tests.support.streams import alike

SELECTED = cases_under(SELECTION)
COMPLETE = complete_set()
# The longest runs are many times as long as all others together; the compiled engine plays them.
OTHERS = [
    case
    for case in ([] if COMPLETE is None else cases_under(COMPLETE))
    if str(case) not in {str(selected) for selected in SELECTED} and (case.has_events or is_compiled())
]
TICKS_PER_CASE = 4
EVERY_TICK = ROOT / "tests" / "dbt" / "scenarios"
"""Short scenarios with all features."""


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """One for all cases: opening a file costs as much as rebuilding a state."""
    folder = tmp_path_factory.mktemp("reconstruct")
    settings = Settings(folder / "paysim.duckdb", folder / "bundles", folder, folder / "published.duckdb")
    with writer(settings) as connection:
        yield connection


class Stored:
    """A scenario played into the warehouse, with the engine's own pictures of some of its ticks."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        scenario: Path,
        folder: Path,
        simulation_id: str,
        ticks: int = TICKS_PER_CASE,
    ) -> None:
        self.simulation_id = simulation_id
        self.snapshots: dict[int, Any] = {}
        run = ScenarioRun(load_scenario(scenario), bundle=folder / "bundle", on_tick=self.look)
        self.simulation: Simulation = run.simulation
        self.last = run.total_ticks - 1
        chosen = random.Random(simulation_id).sample(range(run.total_ticks), min(ticks, run.total_ticks))
        self.wanted = {*chosen, self.last}
        bundle = run.play().bundle
        assert bundle is not None
        load_into(connection, bundle, simulation_id=self.simulation_id)
        shutil.rmtree(folder / "bundle")

    def look(self, summary: TickSummary) -> None:
        if summary.tick in self.wanted:
            self.snapshots[summary.tick] = self.simulation.snapshot()


def check(connection: duckdb.DuckDBPyConnection, stored: Stored) -> None:
    assert len(stored.snapshots) == len(stored.wanted)
    for tick, snapshot in stored.snapshots.items():
        rebuilt = reconstruct_state(connection, stored.simulation_id, tick)
        assert alike(rebuilt, snapshot), (tick, differences(rebuilt, snapshot))
    payments = reconstruct_payments(connection, stored.simulation_id, stored.last)
    final = connection.execute(
        "select printf('tx_%08d', tx_no), amount - settled_amount, status, overdue_since_tick from raw.transactions "
        "where simulation_id = ? order by tx_no",
        [stored.simulation_id],
    ).fetchall()
    state = reconstruct_state(connection, stored.simulation_id, stored.last, with_statuses=True)
    assert state["statuses"] == {tx_id: CODES["status"][status] for tx_id, _, status, _ in final}
    columns = ("tx_id", "remaining_amount", "status", "overdue_since_tick")
    assert payments.select(columns).rows() == [
        (tx_id, remaining, CODES["status"][status], since) for tx_id, remaining, status, since in final
    ]


def named(case: Case) -> str:
    """The id of a case's run."""
    return str(case).replace("/", "-")


def differences(rebuilt: Any, snapshot: Any) -> list[str]:
    """Where two pictures differ."""
    parts = [name for name in snapshot if name != "agents" and rebuilt[name] != snapshot[name]]
    for agent, account in snapshot["agents"].items():
        parts += [f"{agent}.{name}" for name in account if rebuilt["agents"][agent][name] != account[name]]
    return parts


@pytest.mark.parametrize("case", SELECTED, ids=str)
def test_the_state_is_the_engines(warehouse: duckdb.DuckDBPyConnection, case: Case, tmp_path: Path) -> None:
    check(warehouse, Stored(warehouse, case.scenario, tmp_path, named(case)))


@pytest.mark.parametrize("scenario", sorted(EVERY_TICK.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_state_is_the_engines_at_every_tick(
    warehouse: duckdb.DuckDBPyConnection, scenario: Path, tmp_path: Path
) -> None:
    check(warehouse, Stored(warehouse, scenario, tmp_path, f"every-tick-{scenario.stem}", ticks=10**6))


ABSENT = pytest.param(None, id="complete_set", marks=pytest.mark.skip(reason="the complete set is not at hand"))


@pytest.mark.parametrize("case", OTHERS or [ABSENT], ids=str)
def test_the_state_of_every_other_case_is_the_engines(
    warehouse: duckdb.DuckDBPyConnection, case: Case, tmp_path: Path
) -> None:
    check(warehouse, Stored(warehouse, case.scenario, tmp_path, named(case)))


MOVING = {
    "Arrival": "payment",
    "RtgsImmediateSettlement": "payment",
    "Queue2LiquidityRelease": "payment",
    "QueuedRtgs": "payment",
    "CollateralPost": "liquidity",
    "CollateralWithdraw": "liquidity",
    "StateRegisterSet": "liquidity",
    "LiquidityAllocation": "liquidity",
    "PolicySplit": "policy",
    "PolicyDrop": "policy",
    "RtgsWithdrawal": "policy",
    "LsmBilateralOffset": "netting",
    "LsmCycleSettlement": "netting",
    "LsmMultilateralSettlement": "netting",
    "EntryDispositionOffset": "netting",
}
"""Types of events that change the state -> family."""


def test_every_event_counts(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Without its events of one type the rebuilt state is another: it comes from nowhere else."""
    unseen = set(MOVING)
    for case in SELECTED:
        here = sorted(unseen & case.final()["counts"]["events_by_type"].keys())
        if not here:
            continue
        stored = Stored(warehouse, case.scenario, tmp_path, "robbed")
        for name in here:
            table = f"raw.{MOVING[name]}_events"
            values = [stored.simulation_id, EVENT_CODE[name]]
            where = "where simulation_id = ? and event_type = ?"
            warehouse.execute(f"create or replace temp table robbed as select * from {table} {where}", values)
            warehouse.execute(f"delete from {table} {where}", values)
            states = [reconstruct_state(warehouse, stored.simulation_id, tick) for tick in stored.snapshots]
            if not all(map(alike, states, stored.snapshots.values())):
                unseen.discard(name)
            warehouse.execute(f"insert into {table} select * from robbed")
        for raw in RUN_TABLES:
            warehouse.execute(f"delete from {raw.qualified} where simulation_id = ?", [stored.simulation_id])
    assert unseen == set()


def test_a_tick_that_is_not_there(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    stored = Stored(warehouse, SELECTED[0].scenario, tmp_path, "short")
    for tick in (-1, stored.last + 1):
        with pytest.raises(ValueError, match=f"has the ticks 0 to {stored.last}, not {tick}"):
            reconstruct_state(warehouse, stored.simulation_id, tick)
        with pytest.raises(ValueError, match=f"not {tick}"):
            reconstruct_payments(warehouse, stored.simulation_id, tick)


def test_a_run_that_is_not_there(warehouse: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(UnknownSimulationError, match="unheard: there is no such run"):
        reconstruct_state(warehouse, "unheard", 0)
