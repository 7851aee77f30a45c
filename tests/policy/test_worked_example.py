"""Every figure of the worked example of 05 §10, with the corrections of D28."""

import pytest

from paysim_engine.core.config import PenaltyConfig
from tests.policy.worlds import World, bank_value, collateral_value, computed, field, literal, payment_value

BANK = {
    "allowed_overdraft_limit": 99,
    "available_liquidity": 49,
    "balance": -50,
    "collateral_utilization": 0.0825,
    "credit_headroom": 20,
    "credit_used": 50,
    "effective_liquidity": 49,  # D28; the reference counts the overdraft twice
    "excess_collateral": 33,
    "headroom": -11,
    "liquidity_pressure": 1.0,
    "my_throughput_fraction_today": 0.5,
    "throughput_gap": 0.25,
    "outgoing_queue_size": 1,
    "overdraft_headroom": 49,
    "overdraft_utilization": 50 / 99,
    "queue1_liquidity_gap": 11,
    "queue1_total_value": 60,
    "queue2_count_for_agent": 1,
    "queue2_nearest_deadline": 3,
    "ticks_to_nearest_queue2_deadline": 1,
    "queue2_size": 1,
    "rtgs_queue_value": 90,
    "remaining_collateral_capacity": 367,
    "required_collateral_for_usage": 0,
    "system_queue2_pressure_index": 0.52497918747894,
    "day_progress_fraction": 0.25,
    "ticks_remaining_in_day": 5,
    "cost_deadline_penalty": 0,
    "cost_eod_penalty": 0,
}


@pytest.fixture
def world() -> World:
    """A at tick 2: 150 of 240 released have settled, 90 wait in Queue 2, 60 in Queue 1."""
    world = World(
        deadline_penalty=PenaltyConfig(amount=0, rate_micro_bps=25_000_000_000),
        eod_penalty=PenaltyConfig(amount=0, rate_micro_bps=333_300_000),
        opening_balance=-50,
        unsecured_cap=70,
        posted_collateral=33,
        haircut=0.1,
        max_collateral_capacity=400,
    )
    world.released(amount=90, deadline=3)
    world.state.arrived_today[0] = 300
    world.state.settled_today[0] = 150
    world.at(2)
    world.payment(amount=60, priority=7, deadline=11)
    return world


@pytest.mark.parametrize("name", BANK)
def test_the_bank_context_has_the_published_values(world: World, name: str) -> None:
    assert bank_value(field(name), world) == pytest.approx(BANK[name], abs=1e-12)


def test_the_payment_context_has_the_published_values(world: World) -> None:
    row = 1
    assert payment_value(field("ticks_to_deadline"), world, row) == 9
    assert payment_value(field("queue_age"), world, row) == 0
    assert payment_value(field("cost_deadline_penalty"), world, row) == 150
    assert payment_value(field("cost_eod_penalty"), world, row) == 1
    in_millionths = computed("*", left=field("overdraft_utilization"), right=literal(1e6))
    assert payment_value(in_millionths, world, row) == int(50 / 99 * 1e6)


def test_collateral_trees_see_a_placeholder_of_one_cent(world: World) -> None:
    assert collateral_value(field("cost_deadline_penalty"), world) == 2
    assert collateral_value(field("cost_eod_penalty"), world) == 0
