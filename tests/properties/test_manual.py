"""Operations between ticks break nothing, whatever is asked for and when (02 §4, 03 §9.4 with D39)."""

import contextlib
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from paysim_engine.core.config import EngineConfig
from paysim_engine.core.errors import SimulationError
from paysim_engine.simulation import Simulation
from tests.properties.test_invariants import scenarios_with_policies, walk
from tests.support.effort import examples
from tests.support.runs import config_of, flat, of_type
from tests.support.streams import alike

OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["submit", "withdraw", "resubmit", "post", "take", "step"]),
        st.integers(0, 40),
        st.integers(-1, 60),
    ),
    max_size=25,
)

RTGS = ["HighlyUrgent", "Urgent", "Normal"]


def operate(simulation: Simulation, kind: str, pick: int, number: int) -> None:
    """Ask for an operation on some agent or payment; it may be refused."""
    ids = simulation.agent_ids
    agent = ids[pick % len(ids)]
    tx_id = f"tx_{pick:08d}"
    if kind == "submit":
        tick = int(simulation.state.tick)
        simulation.submit(
            agent, ids[(pick + 1) % len(ids)], number, deadline=tick + number % 9, rtgs_priority=RTGS[pick % 3]
        )
    elif kind == "withdraw":
        simulation.withdraw_payment(tx_id)
    elif kind == "resubmit":
        simulation.resubmit_payment(tx_id, RTGS[number % 3])
    elif kind == "post":
        simulation.post_collateral(agent, number)
    elif kind == "take":
        simulation.withdraw_collateral(agent, number)


def carry_out(simulation: Simulation, kind: str, pick: int, number: int) -> None:
    """Play a tick if there is one left, or ask for an operation."""
    config = simulation.config
    if kind != "step":
        with contextlib.suppress(SimulationError):
            operate(simulation, kind, pick, number)
    elif simulation.state.tick < config.num_days * config.ticks_per_day:
        simulation.step()


def money(simulation: Simulation) -> int:
    """All balances, without what the pools have lent."""
    snapshot: Any = simulation.snapshot()
    return sum(agent["balance"] - agent["allocated_liquidity"] for agent in snapshot["agents"].values())


@given(scenarios_with_policies(), OPERATIONS)
@settings(max_examples=examples(40))
def test_operations_between_ticks_break_nothing(
    scenario: dict[str, Any], operations: list[tuple[str, int, int]]
) -> None:
    simulation = Simulation(config_of(scenario))
    before = money(simulation)
    for operation in operations:
        carry_out(simulation, *operation)
        walk(simulation)
        # Pool liquidity that is kept over night (without reallocation) stays allocated, so this holds at any time.
        assert money(simulation) == before
    simulation.run()
    walk(simulation)
    assert money(simulation) == before
    events = flat(simulation.recorder.drain(), simulation)
    assert [event["event_seq"] for event in events] == list(range(len(events)))
    ticks = [event["tick"] for event in events]
    assert ticks == sorted(ticks)
    submitted = [event for event in of_type(events, "Arrival") if event["origin"] == "submitted"]
    assert all(event["deadline"] >= event["tick"] for event in submitted)


def operated(config: EngineConfig, operations: list[tuple[str, int, int]], *, saved: bool) -> Any:
    """The events of a run with operations and where it ends; `saved`: from a checkpoint after each operation."""
    simulation = Simulation(config)
    events: list[Any] = []
    for operation in operations:
        carry_out(simulation, *operation)
        if saved:
            events += flat(simulation.recorder.drain(), simulation)
            simulation = Simulation.restore(config, json.loads(json.dumps(simulation.checkpoint())))
    simulation.run()
    events += flat(simulation.recorder.drain(), simulation)
    return [events, simulation.snapshot(), simulation.summary()]


@given(scenarios_with_policies(), OPERATIONS)
@settings(max_examples=examples(30))
def test_operations_and_checkpoints_get_along(scenario: dict[str, Any], operations: list[tuple[str, int, int]]) -> None:
    config = config_of(scenario)
    assert alike(operated(config, operations, saved=True), operated(config, operations, saved=False))
