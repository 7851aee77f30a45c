"""The state of a simulation as plain data, for people and tests.

Belongs here: a readable picture between two ticks. Does not belong here: what is needed to go on (`checkpoint`).
"""

from librt.vecs import vec
from mypy_extensions import i64

from paysim_engine.core.codes import DROPPED
from paysim_engine.core.scenario_events import payment_id
from paysim_engine.core.state import State


def picture(state: State) -> dict[str, object]:
    """Accounts, queues with order, registers, and what is left of open payments.

    Returns:
        `tick` (the next one to play); `agents`: id -> balance, posted_collateral, unsecured_cap, allocated_liquidity in
        cents, queue1 (ids in order), scheduled (staggered children with `eligible_tick`), registers; `queue2` (ids in
        order); `remaining_amounts`: cents left of every open payment, split ones included.
    """
    p = state.payments
    queues = state.queues
    scheduled: dict[int, list[dict[str, object]]] = {}
    for row in queues.scheduled_rows():
        entry: dict[str, object] = {"tx_id": payment_id(p.number[row]), "eligible_tick": int(p.eligible[row])}
        scheduled.setdefault(int(p.sender[row]), []).append(entry)
    agents: dict[str, object] = {}
    ledger = state.ledger
    for agent in range(state.agents):
        agents[ledger.ids[agent]] = {
            "balance": int(ledger.balance[agent]),
            "posted_collateral": int(ledger.posted[agent]),
            "unsecured_cap": int(ledger.unsecured_cap[agent]),
            "allocated_liquidity": int(ledger.allocated[agent]),
            "queue1": ids(state, queues.rows1(agent)),
            "scheduled": scheduled.get(int(agent), []),
            "registers": registers(state, agent),
        }
    remaining: dict[str, int] = {}
    for row in range(p.count):
        if p.remaining[row] > 0 and p.place[row] != DROPPED:
            remaining[payment_id(p.number[row])] = int(p.remaining[row])
    return {
        "tick": int(state.tick),
        "agents": agents,
        "queue2": ids(state, queues.rows2()),
        "remaining_amounts": remaining,
    }


def ids(state: State, rows: vec[i64]) -> list[str]:
    """Ids of payments."""
    return [payment_id(state.payments.number[row]) for row in rows]


def registers(state: State, agent: i64) -> dict[str, float]:
    """The registers an agent has set today, by name."""
    of_agent: dict[str, float] = {}
    names = state.registers.names[agent]
    for slot in range(len(names)):
        if state.registers.exists(agent, slot):
            of_agent[names[slot]] = state.registers.get(agent, slot)
    return of_agent
