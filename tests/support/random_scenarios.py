"""Random scenarios that are valid, small, and short of liquidity, with every option of the engine (06).

Belongs here: which scenarios are tried. Does not belong here: policies (`random_policies`), or what must hold of a run.

Amounts are small, so that equal sums, reached limits and gridlocks are frequent.
"""

from collections.abc import Callable
from typing import Any

from tests.support.draws import Draw

Data = dict[str, Any]
PolicyMaker = Callable[[Draw, list[str]], Data]

NAMES = ["A", "B", "C", "BANK_2", "BANK_10", "a", "Zürich", "d"]
"""Capitals come before small letters and "BANK_10" before "BANK_2": the order of agents is that of the ids."""


def random_scenario(draw: Draw, policy: PolicyMaker | None = None) -> Data:
    """A scenario as a mapping.

    Args:
        draw: source of choices.
        policy: makes the policy of an agent, given the ids of the others; without it all agents release at once.
    """
    names = [NAMES[i] for i in range(draw.integer(2, len(NAMES)))]
    if draw.chance(50):
        names.reverse()
    ticks_per_day = draw.integer(1, 10)
    days = draw.integer(1, 3)
    scale = draw.choice([1, 1, 1, 997, 10**7])
    # With next to no liquidity, few limits and many banks that hold nothing back, most of what settles is netted.
    liquidity = draw.choice([60, 60, 12, 0])
    short = liquidity < 60
    agents = []
    for name in names:
        judges = policy if not short or draw.chance(50) else None
        agents.append(_agent(draw, name, [other for other in names if other != name], scale, liquidity, judges))
    scenario: Data = {
        "simulation": {"ticks_per_day": ticks_per_day, "num_days": days, "rng_seed": draw.integer(0, 2**64 - 1)},
        "agents": agents,
        "lsm_config": _lsm(draw),
        "cost_rates": _costs(draw),
    }
    for option in ("deferred_crediting", "deadline_cap_at_eod", "priority_mode", "entry_disposition_offsetting"):
        scenario[option] = draw.chance(35)
    scenario["algorithm_sequencing"] = draw.chance(70)
    scenario["daily_liquidity_reallocation"] = draw.chance(65)
    scenario["queue1_ordering"] = draw.choice(["fifo", "priority_deadline"])
    scenario["eod_rush_threshold"] = draw.choice([0.8, 0.5, 0.0, 1.0])
    if draw.chance(40):
        scenario["priority_escalation"] = {
            "enabled": True,
            "start_escalating_at_ticks": draw.integer(0, 8),
            "max_boost": draw.integer(0, 10),
        }
    last = ticks_per_day * days
    events = [_event(draw, names, last, scale) for _ in range(draw.integer(0, 30 if short else 14))]
    for _ in range(draw.integer(0, 6) if short else 0):
        events += _circle(draw, names, last, scale)
    scenario["scenario_events"] = events
    _keep_caps(scenario)
    return scenario


def _keep_caps(scenario: Data) -> None:
    """Turn cuts of a credit line that could take it below zero, which would end the run, into raises."""
    left = {agent["id"]: agent.get("unsecured_cap", 0) for agent in scenario["agents"]}
    for event in scenario["scenario_events"]:
        if event["type"] == "CollateralAdjustment" and event["delta"] < 0:
            if event["schedule"]["type"] == "Repeating" or left[event["agent"]] + event["delta"] < 0:
                event["delta"] = -event["delta"]
            else:
                left[event["agent"]] += event["delta"]


def _agent(draw: Draw, name: str, others: list[str], scale: int, liquidity: int, policy: PolicyMaker | None) -> Data:
    agent: Data = {"id": name, "opening_balance": draw.integer(0, liquidity) * scale}
    if draw.chance(30):
        agent["unsecured_cap"] = draw.integer(0, liquidity) * scale
    if draw.chance(25):
        agent["posted_collateral"] = draw.integer(0, liquidity) * scale
    if draw.chance(25):
        agent["collateral_haircut"] = draw.choice([0.0, 0.1, 0.3333, 1.0])
    if draw.chance(25):
        agent["max_collateral_capacity"] = draw.integer(0, 120) * scale
    if draw.chance(30):
        agent["liquidity_pool"] = draw.integer(0, liquidity) * scale + draw.integer(0, 1)
        if draw.chance(70):
            agent["liquidity_allocation_fraction"] = draw.choice([0.5, 0.0, 1.0, 0.3333, 0.07])
    if draw.chance(35 if liquidity == 60 else 12):
        agent["limits"] = _limits(draw, others, scale)
    kind = draw.integer(0, 9)
    if kind < 6:
        agent["arrival_config"] = _plain_arrivals(draw, others, scale)
    elif kind < 8:
        agent["arrival_bands"] = _bands(draw, others, scale)
    if policy is not None:
        agent["policy"] = policy(draw, others)
    return agent


def _limits(draw: Draw, others: list[str], scale: int) -> Data:
    limits: Data = {}
    if draw.chance(70):
        limits["bilateral_limits"] = {other: draw.integer(0, 60) * scale for other in others if draw.chance(50)}
    if draw.chance(60):
        limits["multilateral_limit"] = draw.integer(0, 120) * scale
    return limits


def _amounts(draw: Draw, scale: int) -> Data:
    kind = draw.integer(0, 3)
    if kind == 0:
        low = draw.integer(1, 30) * scale
        return {"type": "Uniform", "min": low, "max": low + draw.integer(1, 30) * scale}
    if kind == 1:
        return {"type": "Normal", "mean": draw.integer(1, 40) * scale, "std_dev": draw.integer(1, 30) * scale}
    if kind == 2:
        mean = float(draw.integer(1, 40) * scale)
        return {"type": "LogNormal", "mean": mean, "std_dev": float(draw.integer(1, 40) * scale)}
    return {"type": "Exponential", "lambda": 1.0 / (draw.integer(1, 40) * scale)}


def _weights(draw: Draw, others: list[str]) -> Data:
    weights = {other: draw.choice([1.0, 0.5, 2.0, 0.0, 0.3333]) for other in others if draw.chance(75)}
    if not any(weight > 0.0 for weight in weights.values()):
        weights[draw.choice(others)] = 1.0
    return weights


def _rate(draw: Draw) -> float:
    return draw.choice([0.5, 1.0, 0.2, 2.0, 0.0, 3.3])


def _plain_arrivals(draw: Draw, others: list[str], scale: int) -> Data:
    shortest = draw.integer(1, 6)
    arrivals: Data = {
        "rate_per_tick": _rate(draw),
        "amount_distribution": _amounts(draw, scale),
        "counterparty_weights": _weights(draw, others),
        "deadline_range": [shortest, shortest + draw.integer(0, 8)],
    }
    kind = draw.integer(0, 3)
    if kind == 0:
        arrivals["priority"] = draw.integer(0, 10)
    elif kind == 1:
        low = draw.integer(0, 10)
        arrivals["priority_distribution"] = {"type": "Uniform", "min": low, "max": draw.integer(low, 10)}
    elif kind == 2:
        values = [draw.integer(0, 10) for _ in range(draw.integer(1, 3))]
        weights = [draw.choice([1.0, 0.0, 0.25]) for _ in values]
        weights[-1] = 0.5
        arrivals["priority_distribution"] = {"type": "Categorical", "values": values, "weights": weights}
    return arrivals


def _bands(draw: Draw, others: list[str], scale: int) -> Data:
    bands: Data = {}
    for name in ("urgent", "normal", "low"):
        if draw.chance(60) or (name == "low" and not bands):
            shortest = draw.integer(1, 6)
            bands[name] = {
                "rate_per_tick": _rate(draw),
                "amount_distribution": _amounts(draw, scale),
                "deadline_offset_min": shortest,
                "deadline_offset_max": shortest + draw.integer(0, 8),
            }
            if draw.chance(60):
                bands[name]["counterparty_weights"] = _weights(draw, others)
    return bands


def _lsm(draw: Draw) -> Data:
    return {
        "enable_bilateral": draw.chance(50),
        "enable_cycles": draw.chance(50),
        "enable_multilateral": draw.chance(40),
        "max_cycle_length": draw.integer(3, 6),
        "max_cycles_per_tick": draw.choice([10, 1, 2, 100]),
        "cycle_search_limit": draw.choice([10000, 1, 2, 5]),
    }


def _penalty(draw: Draw) -> Any:
    kind = draw.integer(0, 2)
    if kind == 0:
        return draw.integer(0, 500)
    if kind == 1:
        return {"mode": "fixed", "amount": draw.integer(0, 500)}
    return {"mode": "rate", "bps_per_event": draw.choice([0.0, 8.2, 1000.0, 333.3])}


def _costs(draw: Draw) -> Data:
    costs: Data = {}
    if draw.chance(70):
        costs["overdraft_bps_per_tick"] = draw.choice([0.0, 0.0005, 5.0, 133.7])
        costs["delay_cost_per_tick_per_cent"] = draw.choice([0.0, 0.01, 0.3, 0.0000004])
        costs["collateral_cost_per_tick_bps"] = draw.choice([0.0, 3.3, 250.0])
        costs["liquidity_cost_per_tick_bps"] = draw.choice([0.0, 15.0, 333.0])
        costs["deadline_penalty"] = _penalty(draw)
        costs[draw.choice(["eod_penalty", "eod_penalty_per_transaction"])] = _penalty(draw)
        costs["split_friction_cost"] = draw.choice([0, 7, 1000])
        costs["overdue_delay_multiplier"] = draw.choice([5.0, 0.0, 1.0005, 2.5])
    if draw.chance(40):
        multipliers = ("urgent_multiplier", "normal_multiplier", "low_multiplier")
        costs["priority_delay_multipliers"] = {
            name: draw.choice([1.0, 0.0, 1.5, 0.3335]) for name in multipliers if draw.chance(60)
        }
    return costs


def _amount(draw: Draw) -> int:
    return draw.choice([10, 10, 20, draw.integer(1, 60)])


def _circle(draw: Draw, names: list[str], last: int, scale: int) -> list[Data]:
    """Payments around a circle of banks, due late: who has no money cannot begin."""
    start = draw.integer(0, len(names) - 1)
    members = [*names[start:], *names[:start]][: draw.integer(2, len(names))]
    if draw.chance(50):
        members.reverse()
    amount, tick = _amount(draw) * scale, draw.integer(0, last - 1)
    return [
        {
            "type": "CustomTransactionArrival",
            "from_agent": member,
            "to_agent": members[(i + 1) % len(members)],
            "amount": amount + (scale if draw.chance(20) else 0),
            "deadline": 12,
            "schedule": {"type": "OneTime", "tick": min(tick + draw.choice([0, 0, 0, 1]), last - 1)},
        }
        for i, member in enumerate(members)
    ]


def _event(draw: Draw, names: list[str], last: int, scale: int) -> Data:
    if draw.chance(75):
        schedule: Data = {"type": "OneTime", "tick": draw.integer(0, last - 1)}
    else:
        schedule = {"type": "Repeating", "start_tick": draw.integer(0, last - 1), "interval": draw.integer(1, 5)}
    event: Data = {"schedule": schedule}
    place = draw.integer(0, len(names) - 1)
    agent = names[place]
    other = names[(place + draw.integer(1, len(names) - 1)) % len(names)]
    kind = draw.integer(0, 12)
    if kind < 5:
        event.update(type="CustomTransactionArrival", from_agent=agent, to_agent=other, amount=_amount(draw) * scale)
        if draw.chance(60):
            event["priority"] = draw.integer(0, 10)
        if draw.chance(70):
            event["deadline"] = draw.integer(1, 12)
        if draw.chance(20):
            event["is_divisible"] = True
    elif kind == 5:
        event.update(type="DirectTransfer", from_agent=agent, to_agent=other, amount=draw.integer(1, 60) * scale)
    elif kind == 6:
        event.update(type="ScheduledSettlement", from_agent=agent, to_agent=other, amount=draw.integer(1, 60) * scale)
    elif kind == 7:
        event.update(type="CollateralAdjustment", agent=agent, delta=draw.integer(-30, 30) * scale)
    elif kind == 8:
        event.update(type="GlobalArrivalRateChange", multiplier=draw.choice([0.5, 1.0, 2.0, 0.3333]))
    elif kind == 9:
        event.update(type="AgentArrivalRateChange", agent=agent, multiplier=draw.choice([0.5, 1.0, 1.3]))
    elif kind < 12:
        event.update(
            type="CounterpartyWeightChange",
            agent=agent,
            counterparty=other,
            new_weight=draw.choice([0.0, 1.0, 0.5, 0.3333]),
            auto_balance_others=draw.chance(50),
        )
    else:
        event["type"] = "DeadlineWindowChange"
        if draw.chance(70):
            event["min_ticks_multiplier"] = draw.choice([0.5, 2.0, 0.05])
        if "min_ticks_multiplier" not in event or draw.chance(60):
            event["max_ticks_multiplier"] = draw.choice([0.5, 1.5, 0.05])
    return event
