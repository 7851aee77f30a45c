"""Published numbers of the two- and three-period games and of the liquidity-delay trade-off, to the cent (08 §§1-3, 5).

Those that can be computed by hand are compared over the whole grid. The chain under test is the whole one: scenario
file, engine, costs.
"""

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paysim_engine.core.config import EngineConfig
from paysim_engine.simulation import Simulation
from tests.engine.published import POOL, liquidity_delay_tradeoff, three_periods, two_periods
from tests.support.runs import Data, config_of, events_of, of_type
from tests.support.scenarios import payment

GRID = [i * 0.05 for i in range(21)]
"""{0, 0.05, …, 1}, as in Castro et al. (2025)."""


def costs(scenario: Data) -> dict[str, int]:
    """What each bank pays in the whole run, from the events."""
    total = {agent["id"]: 0 for agent in scenario["agents"]}
    for event in of_type(events_of(scenario), "CostAccrual"):
        total[event["agent_id"]] += event["costs"]["total"]
    return total


def costs_at(config: EngineConfig, a: float, b: float) -> tuple[int, int]:
    """The same for one pair of shares, without reading the file again for every pair."""
    config.agents[0].pool_fraction = a
    config.agents[1].pool_fraction = b
    simulation = Simulation(config)
    simulation.run()
    return int(simulation.costs.total[0]), int(simulation.costs.total[1])


def liquidity(amount: int, bps: int, ticks: int) -> int:
    """The price of bringing in `amount`, rounded half up in every tick."""
    return ticks * math.floor(Fraction(amount * bps, 10_000) + Fraction(1, 2))


def best(values: dict[int, int]) -> list[int]:
    """The keys with the smallest value."""
    least = min(values.values())
    return [key for key, value in values.items() if value == least]


def equilibria(table: dict[tuple[int, int], tuple[int, int]]) -> list[tuple[int, int]]:
    """The pure Nash equilibria of a game on the grid, as pairs of steps."""
    steps = range(21)
    answers_of_a = {j: best({i: table[i, j][0] for i in steps}) for j in steps}
    answers_of_b = {i: best({j: table[i, j][1] for j in steps}) for i in steps}
    return [(i, j) for i, j in table if i in answers_of_a[j] and j in answers_of_b[i]]


# ---- the theory (08 §1) ----

Demand = tuple[int, int]


def theory(demand_a: Demand, demand_b: Demand) -> dict[tuple[int, int], tuple[int, int]]:
    """Costs by pairs of steps of 5 % of the collateral; demands in the same steps, money in thousandths of a step.

    Unit costs of initial liquidity, delay and borrowing: 0.1, 0.2, 0.4.
    """

    def cost(own: int, demand: Demand, other: int, demand_of_other: Demand) -> int:
        received = min(other, demand_of_other[0])
        unpaid = max(demand[0] - own, 0)
        short = max(demand[0] + demand[1] - received - own, 0)
        return 100 * own + 200 * unpaid + 400 * short

    return {
        (i, j): (cost(i, demand_a, j, demand_b), cost(j, demand_b, i, demand_a)) for i in range(21) for j in range(21)
    }


def test_theory_has_one_equilibrium_and_its_best_responses() -> None:
    game = theory((0, 3), (3, 1))
    assert equilibria(game) == [(0, 4)]  # 0 and 0.20
    assert game[0, 4] == (0, 400)  # 0 and 0.02, in steps of 0.05
    for step in range(21):
        assert best({j: game[step, j][1] for j in range(21)}) == [4]
        assert best({i: game[i, step][0] for i in range(21)}) == [3 - min(step, 3)]


def test_theory_of_the_symmetric_game() -> None:
    game = theory((4, 4), (4, 4))
    assert (4, 4) in equilibria(game)
    assert game[4, 4] == (400, 400)


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 500), st.integers(0, 9)), min_size=1, max_size=15))
@settings(max_examples=25)
def test_with_ample_free_liquidity_nothing_is_delayed(demands: list[tuple[bool, int, int]]) -> None:
    payments = [payment(*(("A", "B") if forth else ("B", "A")), amount, tick) for forth, amount, tick in demands]
    enough = sum(amount for _, amount, _ in demands)
    scenario = {
        "simulation": {"ticks_per_day": 10, "num_days": 1, "rng_seed": 1},
        "cost_rates": {"delay_cost_per_tick_per_cent": 1.0},
        "agents": [{"id": name, "opening_balance": enough} for name in "AB"],
        "scenario_events": payments,
    }
    assert costs(scenario) == {"A": 0, "B": 0}


# ---- two periods (08 §2) ----

TWO_PERIOD_ROWS = [
    (0.50, 0.50, 5_000, 5_000),
    (0.20, 0.30, 2_000, 3_000),
    (0.10, 0.20, 1_000, 2_000),
    (0.05, 0.18, 500, 2_800),
    (0.0, 0.20, 0, 2_000),
    (0.001, 0.17, 10, 2_700),
    (0.0, 0.18, 0, 2_800),
    (0.01, 0.17, 100, 2_700),
    (0.0, 0.179, 0, 2_790),
    (0.0, 0.175, 0, 2_750),
    (0.0, 0.17, 0, 2_700),
    (0.02, 0.0, 3_200, 7_000),
    (0.018, 0.03, 3_180, 7_300),
    # Printed with rounded shares.
    (0.01, 0.1795, 100, 2_796),
    (0.0, 0.1798, 0, 2_798),
    (0.0198, 0.15, 198, 2_500),
    (0.0188, 0.15, 188, 2_500),
    (0.0174, 0.0, 3_174, 7_000),
    (0.0178, 0.10, 3_178, 7_000),
    (0.0176, 0.0, 3_176, 7_000),
    (0.0178, 0.0, 3_178, 7_000),
]


def two_period_costs(a: float, b: float) -> tuple[int, int]:
    """The closed form."""
    own_a, own_b = math.floor(POOL * a), math.floor(POOL * b)
    delay_a = 0 if own_b >= 15_000 or own_a >= 15_000 else 3_000
    delay_b = 0 if own_b >= 20_000 else 1_000 if own_b >= 15_000 else 6_000 if own_b >= 5_000 else 7_000
    return liquidity(own_a, 500, 2) + delay_a, liquidity(own_b, 500, 2) + delay_b


@pytest.mark.parametrize(("a", "b", "cost_a", "cost_b"), TWO_PERIOD_ROWS)
def test_two_periods_as_printed(a: float, b: float, cost_a: int, cost_b: int) -> None:
    assert costs(two_periods(a, b)) == {"BANK_A": cost_a, "BANK_B": cost_b}
    assert two_period_costs(a, b) == (cost_a, cost_b)


def test_two_periods_without_a_share_bring_in_the_whole_pool() -> None:
    assert costs(two_periods(None, None)) == {"BANK_A": 10_000, "BANK_B": 10_000}


def test_two_periods_with_a_bank_that_waits_for_the_second() -> None:
    scenario = two_periods(0.0, 0.165)
    scenario["agents"][1]["policy"] = {
        "type": "Inline",
        "decision_trees": {
            "version": "1.0",
            "policy_id": "wait_for_the_second_period",
            "payment_tree": {
                "type": "condition",
                "node_id": "first_period",
                "condition": {"op": "<", "left": {"field": "system_tick_in_day"}, "right": {"value": 1}},
                "on_true": {"type": "action", "node_id": "wait", "action": "Hold"},
                "on_false": {"type": "action", "node_id": "pay", "action": "Release"},
            },
        },
    }
    assert costs(scenario) == {"BANK_A": 3_000, "BANK_B": 5_650}


def test_two_periods_never_charge_a_penalty() -> None:
    # A capped deadline is the last tick itself, and a payment is late only after its deadline.
    for event in of_type(events_of(two_periods(0.0, 0.0)), "CostAccrual"):
        assert event["costs"]["penalty_cost"] == 0


@given(st.integers(0, 10_000), st.integers(0, 10_000))
@settings(max_examples=60)
def test_two_periods_closed_form(a: int, b: int) -> None:
    assert costs_at(TWO, a / 10_000, b / 10_000) == two_period_costs(a / 10_000, b / 10_000)


TWO = config_of(two_periods(0.0, 0.0))
THREE = config_of(three_periods(0.0, 0.0))


def grid(config: EngineConfig) -> dict[tuple[int, int], tuple[int, int]]:
    """All 441 pairs, played by the engine."""
    return {(i, j): costs_at(config, GRID[i], GRID[j]) for i in range(21) for j in range(21)}


def test_two_periods_on_the_grid() -> None:
    game = grid(TWO)
    assert game == {(i, j): two_period_costs(GRID[i], GRID[j]) for i, j in game}
    assert equilibria(game) == equilibria(theory((0, 3), (3, 1))) == [(0, 4)]
    assert game[0, 4] == (0, 2_000)
    assert [pair for pair in game if sum(game[pair]) <= 2_000] == [(0, 4)]
    for step in range(21):
        assert best({j: game[step, j][1] for j in range(21)}) == [4]
        # Where theory says 0.15 - b, because here payments cannot be divided.
        assert best({i: game[i, step][0] for i in range(21)}) == ([0] if step >= 3 else [3])


# ---- three periods (08 §3) ----

THREE_PERIOD_ROWS = [
    (0.50, 0.50, 4_995, 4_995),
    (0.30, 0.40, 2_997, 3_996),
    (0.01, 0.30, 12_099, 6_997),
    (0.009, 0.29, 12_090, 6_898),
    (0.01, 0.32, 12_099, 7_198),
    (0.20, 0.40, 1_998, 3_996),
    (0.05, 0.30, 12_501, 6_997),
    (0.04, 0.28, 12_399, 6_796),
    (0.045, 0.295, 12_450, 6_946),
    (0.048, 0.299, 12_480, 6_988),
    (0.049, 0.29, 12_489, 6_898),
    (0.20, 0.20, 1_998, 1_998),
    (0.10, 0.01, 20_999, 20_099),
    (0.09, 0.005, 20_900, 20_051),
    (0.10, 0.009, 20_999, 20_090),
    (0.08, 0.01, 20_798, 20_099),
    # Printed with rounded shares.
    (0.0096, 0.30, 12_096, 6_997),
    (0.099, 0.0095, 20_990, 20_096),
    (0.0997, 0.0095, 20_996, 20_096),
]


def three_period_costs(a: float, b: float) -> tuple[int, int]:
    """The closed form."""

    def cost(own: int, other: int) -> int:
        if own >= 20_000:
            delay = 0 if other >= 20_000 or own >= 40_000 else 4_000
        elif other < 20_000:
            delay = 20_000
        else:
            delay = 8_000 if other >= 40_000 else 12_000
        return liquidity(own, 333, 3) + delay

    own_a, own_b = math.floor(POOL * a), math.floor(POOL * b)
    return cost(own_a, own_b), cost(own_b, own_a)


@pytest.mark.parametrize(("a", "b", "cost_a", "cost_b"), THREE_PERIOD_ROWS)
def test_three_periods_as_printed(a: float, b: float, cost_a: int, cost_b: int) -> None:
    assert costs(three_periods(a, b)) == {"BANK_A": cost_a, "BANK_B": cost_b}
    assert three_period_costs(a, b) == (cost_a, cost_b)


@given(st.integers(0, 10_000), st.integers(0, 10_000))
@settings(max_examples=60)
def test_three_periods_closed_form(a: int, b: int) -> None:
    assert costs_at(THREE, a / 10_000, b / 10_000) == three_period_costs(a / 10_000, b / 10_000)


def test_three_periods_on_the_grid() -> None:
    game = grid(THREE)
    assert game == {(i, j): three_period_costs(GRID[i], GRID[j]) for i, j in game}
    assert equilibria(game) == [(4, 4)]
    assert game[4, 4] == (1_998, 1_998)
    assert [pair for pair in game if sum(game[pair]) <= 2 * 1_998] == [(4, 4)]
    # The best answer to 0.30 is 0.20, at 19.98 instead of the 120.99 of a share of 0.01.
    assert best({i: game[i, 6][0] for i in range(21)}) == [4]
    assert game[4, 6][0] == 1_998


# ---- liquidity and delay (08 §5) ----

TRADE_OFF = {
    0.0: 15_000,
    0.1: 19_500,
    0.2: 24_000,
    0.25: 26_250,
    0.3: 28_500,
    0.4: 33_000,
    0.5: 22_500,
    0.6: 27_000,
    0.75: 33_750,
    1.0: 45_000,
}


@pytest.mark.parametrize(("fraction", "cost"), TRADE_OFF.items())
def test_liquidity_delay_trade_off(fraction: float, cost: int) -> None:
    assert costs(liquidity_delay_tradeoff(fraction)) == {"FOCAL_BANK": cost, "COUNTERPARTY": 0}


def test_half_the_pool_settles_everything_on_arrival_and_none_leaves_the_urgent_payment() -> None:
    half = events_of(liquidity_delay_tradeoff(0.5))
    assert [event["tick"] for event in of_type(half, "RtgsImmediateSettlement")] == [0, 0, 1, 2]
    assert {e["costs"]["total"] for e in of_type(half, "CostAccrual")} == {7_500}
    nothing = events_of(liquidity_delay_tradeoff(0.0))
    assert len(of_type(nothing, "RtgsImmediateSettlement")) == 3
    assert of_type(nothing, "EndOfDay")[0]["unsettled_count"] == 1


@given(st.integers(0, 100_000))
@settings(max_examples=40)
def test_liquidity_delay_closed_form(share: int) -> None:
    fraction = share / 100_000
    brought_in = math.floor(1_000_000 * fraction)
    expected = liquidity(brought_in, 150, 3) + (15_000 if brought_in < 500_000 else 0)
    # The agents are numbered by id: the focal bank is the second.
    TRADE.agents[0].pool_fraction = fraction
    simulation = Simulation(TRADE)
    simulation.run()
    assert [int(total) for total in simulation.costs.total] == [0, expected]


TRADE = config_of(liquidity_delay_tradeoff(0.0))
