"""Scenarios of all kinds in one warehouse: every test of the project passes, and both queues are the engine's.

The scenarios are those of the library, some recorded cases and those of the tests. All cases that are at hand are built
by `python -m tests.dbt.everything`; here are those that between them have every way into, out of and through a queue.
"""

from typing import Any

import pytest

from paysim_engine.scenario import load_scenario
from paysim_engine.simulation import Simulation, TickSummary
from tests.dbt.everything import Named, library, load_all, recorded
from tests.dbt.projects import SCENARIOS, Built, dbt, settings_in, warehouse

RECORDED = """
    fuzz/fz_s26 fuzz/lsm_s08_bcm5 fuzz/pfz1058 fuzz/pfz1118 fuzz/pfz1156 library/target2_lsm_features_test
    library/test_priority_escalation micro/d09_scheduled_settlement micro/d17_staggered_split micro/d22_drop
    micro/d23_settlement_reaches_all_ancestors micro/r_limits policies/mock_splitting_on
    policies/sophisticated_adaptive_bank_on
""".split()

Place = tuple[int, str, str, int, str]
"""Tick, queue, its agent (none for Queue 2), position, payment."""


def scenarios() -> list[Named]:
    """The scenarios that are built here."""
    names = {case.replace("/", "_") for case in RECORDED}
    chosen = [named for named in recorded() if named.name in names]
    assert len(chosen) == len(names)
    own = [Named(path.stem, path) for path in sorted(SCENARIOS.glob("*.yaml"))]
    return [*own, *chosen, *library()]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> tuple[Built, list[Named]]:
    folder = tmp_path_factory.mktemp("many")
    settings = settings_in(folder)
    loaded = list(load_all(settings, scenarios()))
    target = folder / "target"
    run = dbt(settings.database, target, "build", "--exclude-resource-type", "unit_test")
    return Built(settings.database, target, run), loaded


def places_of_the_engine(named: Named) -> list[Place]:
    """Both queues at the end of every tick; children that wait for their turn stand after Queue 1."""
    simulation = Simulation(load_scenario(named.path).engine_config())
    places: list[Place] = []

    def look(summary: TickSummary) -> None:
        snapshot: Any = simulation.snapshot()
        for agent, account in snapshot["agents"].items():
            waiting = sorted(account["scheduled"], key=lambda child: (child["eligible_tick"], child["tx_id"]))
            queue = account["queue1"] + [child["tx_id"] for child in waiting]
            places.extend((summary.tick, "queue1", agent, place, tx_id) for place, tx_id in enumerate(queue))
        places.extend((summary.tick, "queue2", "", place, tx_id) for place, tx_id in enumerate(snapshot["queue2"]))

    simulation.run(on_tick=look)
    return places


def test_every_test_passes_on_scenarios_of_all_kinds(many: tuple[Built, list[Named]]) -> None:
    built, loaded = many
    assert built.run.ok, built.run.output
    with warehouse(built.database) as connection:
        found = connection.execute("select count(distinct scenario) from simulations").fetchone()
    assert found == (len(loaded),)
    assert len(loaded) > len(RECORDED)


def test_queue_contents_are_the_engines_at_every_tick(many: tuple[Built, list[Named]]) -> None:
    built, loaded = many
    compared = 0
    with warehouse(built.database) as connection:
        for named in loaded:
            contents = connection.execute(
                "select tick, queue_type, case queue_type when 'queue1' then agent_id else '' end, position, tx_id "
                "from queue_contents where scenario = ?",
                [named.name],
            ).fetchall()
            assert sorted(contents) == sorted(places_of_the_engine(named)), named.name
            compared += len(contents)
        strangers = connection.execute(
            "select count(*) from queue_contents as places join transactions as payments using (simulation_id, tx_id) "
            "where places.agent_id <> payments.sender_id"
        ).fetchone()
    assert strangers == (0,)
    assert compared > 5000


def test_the_scenarios_have_every_way_through_a_queue(many: tuple[Built, list[Named]]) -> None:
    built, _ = many
    with warehouse(built.database) as connection:
        ways = connection.execute(
            "select distinct queue_type, entered_by, left_by from intermediate.int_queue_episodes"
        ).fetchall()
        sortings = connection.execute(
            "select distinct queue1_ordering, is_priority_mode from staging.stg_simulations"
        ).fetchall()
    assert {(queue, entered) for queue, entered, _ in ways} == {
        ("queue1", "Arrival"),
        ("queue1", "RtgsWithdrawal"),
        ("queue2", "QueuedRtgs"),
    }
    assert {(queue, left) for queue, _, left in ways if left} == {
        ("queue1", "RtgsSubmission"),
        ("queue1", "PolicyDrop"),
        ("queue1", "PolicySplit"),
        ("queue2", "Queue2LiquidityRelease"),
        ("queue2", "LsmBilateralOffset"),
        ("queue2", "LsmCycleSettlement"),
        ("queue2", "LsmMultilateralSettlement"),
        ("queue2", "EntryDispositionOffset"),
        ("queue2", "RtgsWithdrawal"),
    }
    assert {ordering for ordering, _ in sortings} == {"fifo", "priority_deadline"}
    assert {in_priority_mode for _, in_priority_mode in sortings} == {True, False}
