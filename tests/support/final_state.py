"""The state in which a run ended, in the form of the recorded cases (`final.json`).

Belongs here: putting a finished simulation into that form. Does not belong here: comparing it.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from paysim_engine.record.batch import Batch
from paysim_engine.record.schema import EVENT_TYPES
from paysim_engine.simulation import Simulation
from tests.support.runs import Row, items, rows_of

EVENTS = frozenset(event.name for event in EVENT_TYPES)


def final_state(simulation: Simulation, batches: Sequence[Batch]) -> dict[str, Any]:
    """Accounts, queues with order, what is left of split payments, the generator, and how much of everything.

    Args:
        simulation: a finished run.
        batches: everything it recorded.
    """
    snapshot: dict[str, Any] = simulation.snapshot()
    fields = ("balance", "posted_collateral", "unsecured_cap", "queue1", "scheduled")
    agents = {name: {field: agent[field] for field in fields} for name, agent in snapshot["agents"].items()}
    payments = rows_of(batches, "transactions")
    payments.sort(key=lambda row: int(row["tx_no"]))
    parents = {row["parent_tx_no"] for row in payments} - {None}
    return {
        "agents": agents,
        "queue2": snapshot["queue2"],
        "split_payments": [_split(row) for row in payments if row["tx_no"] in parents],
        "rng_state": rows_of(batches, "rng_states")[-1]["rng_state"] % 2**64,
        "counts": {
            **count_events(batches),
            "payments": len(payments),
            "settled": sum(row["status"] == "settled" and row["tx_no"] not in parents for row in payments),
            "dropped": sum(row["status"] == "dropped" for row in payments),
            "split": len(parents),
            "queue1": sum(len(agent["queue1"]) for agent in agents.values()),
            "scheduled": sum(len(agent["scheduled"]) for agent in agents.values()),
            "queue2": len(snapshot["queue2"]),
        },
    }


def _split(row: Row) -> dict[str, Any]:
    return {
        "tx_id": f"tx_{row['tx_no']:08d}",
        "remaining_amount": row["amount"] - row["settled_amount"],
        "settled_tick": row["settlement_tick"],
    }


def count_events(batches: Sequence[Batch]) -> dict[str, Any]:
    """How many events, and how many of each type."""
    of_type: Counter[str] = Counter()
    for batch in batches:
        if batch.table in EVENTS and batch.length:
            of_type[batch.table] += batch.length
    return {"events": of_type.total(), "events_by_type": dict(of_type)}


def events_by_day(batches: Sequence[Batch], ticks_per_day: int, days: int) -> list[dict[str, int]]:
    """For each day the number of events of each type."""
    counts: list[Counter[str]] = [Counter() for _ in range(days)]
    for batch in batches:
        if batch.table in EVENTS:
            for tick, times in Counter(items(batch, "tick")).items():
                counts[tick // ticks_per_day][batch.table] += times
    return [dict(count) for count in counts]
