"""Stored results of runs with random payments: arrivals and deferred crediting bit for bit (spec 08 §§4, 6)."""

from typing import Any

import pytest

from tests.engine.published import stochastic
from tests.support.runs import Data, Event, finished, flat, of_type, rows_of

PENALTIES = (50_000, 100_000)


def twelve_periods(fraction: float) -> Data:
    return stochastic(2, 12, 83, (3, 8), fraction, PENALTIES)


def total_costs(events: list[Event]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for event in of_type(events, "CostAccrual"):
        totals[event["agent_id"]] = totals.get(event["agent_id"], 0) + event["costs"]["total"]
    return totals


def play(scenario: Data) -> tuple[list[Event], dict[str, list[int]]]:
    """The events of a run, and each bank's balance after each tick."""
    simulation = finished(scenario)
    batches = simulation.recorder.drain()
    balances: dict[str, list[int]] = {name: [] for name in simulation.agent_ids}
    for row in rows_of(batches, "agent_ticks"):
        balances[simulation.agent_ids[row["agent_no"]]].append(row["balance"])
    return flat(batches, simulation), balances


WITHOUT_DELAY = {
    0.50: 49_800,
    0.35: 34_860,
    0.30: 29_880,
    0.25: 24_900,
    0.20: 19_920,
    0.15: 14_940,
    0.14: 13_944,
    0.13: 12_948,
    0.12: 11_952,
    0.11: 10_956,
    0.09: 8_964,
    0.075: 7_476,
}


@pytest.mark.parametrize(("fraction", "cost"), WITHOUT_DELAY.items())
def test_twelve_periods_when_nothing_is_delayed(fraction: float, cost: int) -> None:
    # What does not depend on the draws: the price of the liquidity alone.
    scenario = twelve_periods(fraction)
    for agent in scenario["agents"]:
        del agent["arrival_config"]
    assert total_costs(play(scenario)[0]) == {"BANK_A": cost, "BANK_B": cost}


SEED_42 = {
    1.0: (99_600, 99_600),
    0.5: (49_800, 49_800),
    0.3: (29_880, 29_880),
    0.2: (19_920, 19_920),
    0.15: (14_940, 14_940),
    0.10: (9_960, 9_960),
    0.08: (7_968, 7_968),
    0.06: (5_976, 11_201),
    0.05: (7_975, 15_342),
    0.04: (10_983, 33_639),
    0.02: (436_018, 356_060),
    0.0: (2_836_912, 2_995_591),
}


@pytest.mark.parametrize(("fraction", "expected"), SEED_42.items())
def test_twelve_periods_with_seed_42(fraction: float, expected: tuple[int, int]) -> None:
    events, _ = play(twelve_periods(fraction))
    assert total_costs(events) == {"BANK_A": expected[0], "BANK_B": expected[1]}


def test_payments_of_seed_42() -> None:
    arrivals = of_type(play(twelve_periods(0.5))[0], "Arrival")
    amounts: dict[str, list[int]] = {"BANK_A": [], "BANK_B": []}
    for arrival in arrivals:
        amounts[arrival["sender_id"]].append(arrival["amount"])
    assert {name: (len(of_bank), sum(of_bank)) for name, of_bank in amounts.items()} == {
        "BANK_A": (25, 223_188),
        "BANK_B": (28, 279_462),
    }
    everything = amounts["BANK_A"] + amounts["BANK_B"]
    assert (min(everything), max(everything)) == (3_509, 31_680)


# ---- stored baselines (08 §6) ----

TWELVE = [502341, 545641, 527778, 523601, 510106, 493321, 475421, 464464, 478108, 504592, 511323, 56274]
TWELVE_B = [1_000_000 - balance for balance in TWELVE[:-1]] + [-56274]

BASELINES: dict[str, dict[str, Any]] = {
    "2b_3t": {
        "scenario": stochastic(2, 3, 333, (1, 3), 0.5, PENALTIES),
        "payments": [10, 11],
        "cost": 49_950,
        "balances": [[502341, 545641, 27778], [497659, 454359, -27778]],
    },
    "castro_exp2": {
        "scenario": stochastic(2, 12, 83, (3, 8), 0.5, PENALTIES),
        "payments": [25, 28],
        "cost": 49_800,
        "balances": [TWELVE, TWELVE_B],
    },
    "2b_stress": {
        "scenario": stochastic(2, 12, 83, (3, 8), 0.5, (250_000, 500_000)),
        "payments": [25, 28],
        "cost": 49_800,
        "balances": [TWELVE, TWELVE_B],
    },
    "3b_6t": {
        "scenario": stochastic(3, 6, 83, (3, 8), 0.5, PENALTIES),
        "payments": [17, 14, 12],
        "cost": 24_900,
        "balances": [
            [480358, 476517, 485824, 483599, 477088, -30719],
            [491240, 515553, 519258, 521483, 539383, 53027],
            [528402, 507930, 494918, 494918, 483529, -22308],
        ],
    },
    "4b_8t": {
        "scenario": stochastic(4, 8, 83, (3, 8), 0.5, PENALTIES),
        "payments": [22, 16, 12, 16],
        "cost": 33_200,
        "balances": [
            [483867, 453756, 445171, 438660, 450168, 448058, 441399, -76252],
            [520718, 536721, 531195, 523820, 495200, 513491, 502441, 29709],
            [522649, 512817, 507907, 522225, 552593, 579253, 602698, 69974],
            [472766, 496706, 515727, 515295, 502039, 459198, 453462, -23431],
        ],
    },
}


@pytest.mark.parametrize("name", BASELINES)
def test_baseline(name: str) -> None:
    baseline = BASELINES[name]
    events, balances = play(baseline["scenario"])
    assert list(balances.values()) == baseline["balances"]
    senders = [event["sender_id"] for event in of_type(events, "Arrival")]
    assert [senders.count(bank) for bank in balances] == baseline["payments"]
    assert set(total_costs(events).values()) == {baseline["cost"]}
    assert of_type(events, "EndOfDay")[0]["unsettled_count"] == 0
