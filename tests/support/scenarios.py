"""Small scenarios as mappings, with as few words as possible.

Belongs here: building blocks. Costs are 0 and nothing is random unless a test says so.
"""

from typing import Any

Data = dict[str, Any]

FREE: Data = {
    "overdraft_bps_per_tick": 0.0,
    "delay_cost_per_tick_per_cent": 0.0,
    "collateral_cost_per_tick_bps": 0.0,
    "deadline_penalty": 0,
    "eod_penalty": 0,
    "split_friction_cost": 0,
}
"""Cost rates of nothing."""

GROSS: Data = {"enable_bilateral": False, "enable_cycles": False}
"""Liquidity saving switched off."""


def at(tick: int) -> Data:
    """The schedule of something that happens once."""
    return {"type": "OneTime", "tick": tick}


def payment(sender: str, receiver: str, amount: int, tick: int = 0, **more: Any) -> Data:
    """A payment that arrives at a given tick."""
    kind = {"type": "CustomTransactionArrival", "from_agent": sender, "to_agent": receiver}
    return {**kind, "amount": amount, "schedule": at(tick), **more}


def transfer(sender: str, receiver: str, amount: int, tick: int) -> Data:
    """Money that moves without a payment."""
    kind = {"type": "DirectTransfer", "from_agent": sender, "to_agent": receiver}
    return {**kind, "amount": amount, "schedule": at(tick)}


def bank(name: str, balance: int = 0, **more: Any) -> Data:
    """An agent."""
    return {"id": name, "opening_balance": balance, **more}


def world(banks: list[Data], events: list[Data], *, ticks: int = 20, days: int = 1, **options: Any) -> Data:
    """A scenario. `costs` replaces single entries of the free cost rates, `lsm` of the defaults of `lsm_config`."""
    costs = {**FREE, **options.pop("costs", {})}
    return {
        "simulation": {"ticks_per_day": ticks, "num_days": days, "rng_seed": options.pop("seed", 1)},
        "agents": banks,
        "scenario_events": events,
        "cost_rates": costs,
        "lsm_config": options.pop("lsm", {}),
        **options,
    }


def tree(action: str, **parameters: Any) -> Data:
    """A tree of one action."""
    return {"type": "action", "action": action, "parameters": {k: {"value": v} for k, v in parameters.items()}}


def when(left: str, op: str, right: float, yes: Data, no: Data) -> Data:
    """A condition that compares a field with a number."""
    condition = {"op": op, "left": {"field": left}, "right": {"value": right}}
    return {"type": "condition", "condition": condition, "on_true": yes, "on_false": no}


def policy(payment_tree: Data, **trees: Data) -> Data:
    """An agent's policy with the given trees."""
    document = {"version": "1.0", "policy_id": "test", "payment_tree": payment_tree, **trees}
    return {"type": "Inline", "decision_trees": document}
