"""Collateral moves from four sides: the two trees of a policy, timers, and by hand between ticks. All are recorded."""

from collections import defaultdict
from pathlib import Path

from paysim_engine.scenario import load_scenario
from paysim_engine.simulation import TickSummary
from paysim_pipeline.simulate import ScenarioRun
from paysim_pipeline.warehouse.writer import load_bundle
from tests.dbt.projects import SCENARIOS, dbt, part_of_the_project, rows, settings_in, warehouse

BY_HAND = {2: ("post", 700), 5: ("withdraw", 400), 9: ("post", 10**9)}
"""Tick after which -> what PACER is told to do. Of the last one as much is done as the capacity allows."""

MODELS = ["stg_simulations", "stg_liquidity_events", "stg_collateral_movements", "collateral_events"]


def test_movements_of_all_four_origins_chain(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    moved: dict[int, int] = {}

    def by_hand(summary: TickSummary) -> None:
        if summary.tick in BY_HAND:
            action, amount = BY_HAND[summary.tick]
            move = run.simulation.post_collateral if action == "post" else run.simulation.withdraw_collateral
            moved[summary.tick + 1] = move("PACER", amount)

    scenario = load_scenario(SCENARIOS / "policies.yaml")
    run = ScenarioRun(scenario, bundle=tmp_path / "bundle", on_tick=by_hand)
    bundle = run.play().bundle
    assert bundle is not None
    load_bundle(bundle, settings)
    project = part_of_the_project(tmp_path / "project", MODELS)
    built = dbt(settings.database, tmp_path / "target", "build", project=project)
    assert built.ok, built.output

    with warehouse(settings.database) as connection:
        events = rows(connection, "select * from collateral_events order by event_seq")
        ticks = rows(
            connection,
            "select tick, agent_id, ticks.posted_collateral from raw.agent_ticks as ticks "
            "join raw.agents using (agent_no) order by all",
        )
    assert {event["layer"] for event in events} == {"strategic", "end_of_tick", "timer", "manual"}
    manual = [event for event in events if event["layer"] == "manual"]
    # What is asked for between ticks counts to the tick that is about to run.
    assert {event["tick"]: event["amount"] for event in manual} == moved
    assert [event["action"] for event in manual] == [action for action, _ in BY_HAND.values()]
    assert [event["requested_amount"] for event in manual] == [amount for _, amount in BY_HAND.values()]
    assert moved[10] < 10**9
    timers = {event["timer_posted_at_tick"] for event in events if event["layer"] == "timer"}
    assert timers <= {event["tick"] for event in events if event["layer"] == "strategic" and event["action"] == "post"}

    posted: dict[str, int] = defaultdict(int)
    after: dict[tuple[int, str], int] = {}
    for event in events:
        agent = event["agent_id"]
        assert event["posted_collateral_before"] == posted[agent]
        posted[agent] += event["amount"] if event["action"] == "post" else -event["amount"]
        assert event["posted_collateral_after"] == posted[agent]
        assert event["available_capacity_after"] == 4000 - posted[agent]
        assert (event["timer_posted_at_tick"] is not None) == (event["layer"] == "timer")
        after[event["tick"], agent] = posted[agent]
    posted.clear()
    for tick in ticks:
        posted[tick["agent_id"]] = after.get((tick["tick"], tick["agent_id"]), posted[tick["agent_id"]])
        assert tick["posted_collateral"] == posted[tick["agent_id"]]
