"""Scenarios at the limits of what is allowed: amounts, names, trees. They run, and nothing overflows."""

import pytest

from paysim_engine.scenario import ScenarioError
from tests.support.runs import config_of, events_of, finished, of_type
from tests.support.scenarios import Data, bank, payment, policy, transfer, world

MOST = 10**15
"""Largest configured amount in cents (D40)."""


def test_amounts_at_the_limit() -> None:
    rates = {
        "overdraft_bps_per_tick": 10.0,
        "delay_cost_per_tick_per_cent": 0.01,
        "collateral_cost_per_tick_bps": 10.0,
        "liquidity_cost_per_tick_bps": 10.0,
        "deadline_penalty": {"mode": "rate", "bps_per_event": 1000.0},
        "eod_penalty": {"mode": "rate", "bps_per_event": 1000.0},
    }
    rich = {"unsecured_cap": MOST, "posted_collateral": MOST, "max_collateral_capacity": MOST, "liquidity_pool": MOST}
    events = [payment("A", "B", MOST, deadline=1) for _ in range(6)] + [transfer("B", "A", MOST, 3)]
    simulation = finished(world([bank("A", MOST, **rich), bank("B", -MOST, **rich)], events, ticks=6, costs=rates))
    snapshot = simulation.snapshot()
    balances = [account["balance"] for account in snapshot["agents"].values()]  # type: ignore[attr-defined]  # plain data
    assert sum(balances) == 0
    assert all(abs(balance) < 2**62 for balance in balances)
    assert 0 < int(str(simulation.summary()["total_cost"])) < 2**62


@pytest.mark.parametrize("key", ["opening_balance", "unsecured_cap", "posted_collateral", "liquidity_pool"])
def test_more_than_the_limit_is_refused(key: str) -> None:
    agents = [bank("A", **{"balance": 0, **({"balance": MOST + 1} if key == "opening_balance" else {})}), bank("B")]
    if key != "opening_balance":
        agents[0][key] = MOST + 1
    with pytest.raises(ScenarioError, match=rf"agents\[0\]\.{key}"):
        config_of(world(agents, []))


def test_names_of_any_script_keep_their_order() -> None:
    names = ["Ωmega", "zürich-1", "銀行", "🏦", "a b", "Z", "a\u0301", "\u00e1", "null", "1e6"]
    agents = [bank(name, 10) for name in names]
    events = [payment(name, names[0] if name != names[0] else names[1], 1) for name in names]
    settled = of_type(events_of(world(agents, events)), "RtgsImmediateSettlement")
    assert [event["sender"] for event in settled] == sorted(names)


def balanced(depth: int) -> Data:
    """A full tree of conditions that ends in releases."""
    if depth == 0:
        return {"type": "action", "action": "Release"}
    condition = {"op": "<", "left": {"field": "amount"}, "right": {"value": depth}}
    return {
        "type": "condition",
        "condition": condition,
        "on_true": balanced(depth - 1),
        "on_false": balanced(depth - 1),
    }


def test_a_policy_of_sixteen_thousand_nodes() -> None:
    agents = [bank("A", 10, policy=policy(payment_tree=balanced(13))), bank("B")]
    events = events_of(world(agents, [payment("A", "B", 4), payment("A", "B", 5)]))
    assert len(of_type(events, "PolicySubmit")) == 2


def test_a_policy_deeper_than_a_hundred_levels_is_refused() -> None:
    tree: Data = {"type": "action", "action": "Release"}
    condition = {"op": "<", "left": {"field": "amount"}, "right": {"value": 1}}
    for _ in range(101):
        leaf = {"type": "action", "action": "Hold"}
        tree = {"type": "condition", "condition": condition, "on_true": tree, "on_false": leaf}
    with pytest.raises(ScenarioError, match="101 nodes deep"):
        config_of(world([bank("A", policy=policy(payment_tree=tree)), bank("B")], []))


def test_a_split_into_very_many_children() -> None:
    split = {"type": "action", "action": "Split", "parameters": {"num_splits": {"value": 20_000}}}
    agents = [bank("A", 10**6, policy=policy(payment_tree=split)), bank("B")]
    simulation = finished(world(agents, [payment("A", "B", 10**6)], ticks=2))
    assert simulation.snapshot()["agents"]["B"]["balance"] == 10**6  # type: ignore[index]  # plain data
