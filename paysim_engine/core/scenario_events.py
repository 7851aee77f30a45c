"""Scenario events: shocks and payments on a schedule (02 §3 with D7-D9).

Belongs here: when an event fires and what it does, with its record. Does not belong here: checks that a file can fail
(`scenario`).
"""

import json
from typing import Final

from mypy_extensions import i64

from paysim_engine.core.arrivals import Arrivals
from paysim_engine.core.codes import (
    AGENT_RATE_CHANGE,
    COLLATERAL_ADJUSTMENT,
    CUSTOM_ARRIVAL,
    DIRECT_TRANSFER,
    GLOBAL_RATE_CHANGE,
    NONE,
    PENDING,
    SCENARIO,
    SCHEDULED_SETTLEMENT,
    SCHEDULED_SETTLEMENT_EVENT,
    VIA_IMMEDIATE,
    WEIGHT_CHANGE,
)
from paysim_engine.core.config import EventConfig
from paysim_engine.core.errors import SimulationError
from paysim_engine.core.settlement import Settlement
from paysim_engine.core.state import State
from paysim_engine.core.submission import announce, capped_deadline, enter


def payment_id(number: i64) -> str:
    """The id of a payment (D1)."""
    return f"tx_{int(number):08d}"


class ScenarioEvents:
    """The events of a scenario, in the order of the configuration."""

    def __init__(self, state: State, arrivals: Arrivals, settlement: Settlement) -> None:
        self.state: Final = state
        self.arrivals: Final = arrivals
        self.settlement: Final = settlement
        self.events: Final = state.config.events
        self.numbers: Final = state.ledger.numbers
        self.one_time: dict[int, list[int]] = {}
        """Positions of the events that fire once, by tick."""
        self.repeating: dict[int, dict[int, list[int]]] = {}
        """Positions of the others by interval, then by what a tick at which they fire leaves when divided by it."""
        for i, event in enumerate(self.events):
            start = int(event.start)
            if event.repeating:
                interval = int(event.interval)
                self.repeating.setdefault(interval, {}).setdefault(start % interval, []).append(i)
            else:
                self.one_time.setdefault(start, []).append(i)

    def due(self, tick: i64) -> list[int]:
        """Positions of the events that fire at `tick`, in order of the configuration."""
        positions = list(self.one_time.get(int(tick), []))
        for interval, of_rest in self.repeating.items():
            positions += [i for i in of_rest.get(int(tick) % interval, []) if self.events[i].start <= tick]
        positions.sort()
        return positions

    def fire(self) -> None:
        """Step 0.5: execute what is due."""
        for i in self.due(self.state.tick):
            self.execute(self.events[i])

    def execute(self, event: EventConfig) -> None:
        """Execute one event and log its record."""
        kind = event.kind
        if kind == DIRECT_TRANSFER:
            details = self.transfer(event)
        elif kind == CUSTOM_ARRIVAL:
            details = self.submit(event)
        elif kind == SCHEDULED_SETTLEMENT_EVENT:
            details = self.settle(event)
        elif kind == COLLATERAL_ADJUSTMENT:
            details = self.adjust_cap(event)
        elif kind == GLOBAL_RATE_CHANGE:
            applied = self.arrivals.change_all_rates(event.multiplier)
            details = {"multiplier": event.multiplier, "applied": applied}
        elif kind == AGENT_RATE_CHANGE:
            details = self.change_rate(event)
        elif kind == WEIGHT_CHANGE:
            details = self.change_weight(event)
        else:
            details = self.change_windows(event)
        words = json.dumps(details, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        self.state.recorder.scenario_event(kind, self.state.recorder.text(words))

    def transfer(self, event: EventConfig) -> dict[str, object]:
        """Move money without a payment: no liquidity or limit is asked."""
        balance = self.state.ledger.balance
        balance[self.numbers[event.agent]] -= event.amount
        balance[self.numbers[event.other]] += event.amount
        return {"from_agent": event.agent, "to_agent": event.other, "amount": int(event.amount), "applied": True}

    def submit(self, event: EventConfig) -> dict[str, object]:
        """Let a payment arrive."""
        state = self.state
        offset = event.deadline if event.deadline >= 0 else max(state.ticks_per_day // 10, 5)
        wished = state.tick + offset
        row = enter(
            state,
            self.numbers[event.agent],
            self.numbers[event.other],
            event.amount,
            capped_deadline(state, wished),
            event.priority,
            event.divisible,
            SCENARIO,
        )
        return {
            "from_agent": event.agent,
            "to_agent": event.other,
            "amount": int(event.amount),
            "priority": int(event.priority),
            "deadline": int(wished),
            "is_divisible": event.divisible,
            "tx_id": payment_id(state.payments.number[row]),
            "applied": True,
        }

    def settle(self, event: EventConfig) -> dict[str, object]:
        """Settle a payment at once, or not at all (D9)."""
        state = self.state
        ledger = state.ledger
        sender = self.numbers[event.agent]
        receiver = self.numbers[event.other]
        amount = event.amount
        details: dict[str, object] = {"from_agent": event.agent, "to_agent": event.other, "amount": int(amount)}
        reason = ""
        if amount > ledger.available(sender):
            reason = "insufficient_liquidity"
        elif not ledger.within_limits(sender, receiver, amount):
            reason = "limit_exceeded"
        if reason != "":
            details.update({"settled": False, "reason": reason, "applied": False})
            return details
        p = state.payments
        row = p.create(sender, receiver, amount, state.tick, state.tick, 10, SCHEDULED_SETTLEMENT, False, NONE)
        p.place[row] = PENDING
        state.queues.count_waiting(row)
        state.arrived_today[sender] += amount
        announce(state, row, 10)
        state.recorder.immediate_settlement(p.number[row], sender, receiver, amount, ledger.balance[sender])
        self.settlement.pay(row, VIA_IMMEDIATE)
        details.update({"settled": True, "tx_id": payment_id(p.number[row]), "applied": True})
        return details

    def adjust_cap(self, event: EventConfig) -> dict[str, object]:
        """Change the unsecured cap, despite the name of the event (02 §3.4)."""
        ledger = self.state.ledger
        agent = self.numbers[event.agent]
        cap = ledger.unsecured_cap[agent]
        if cap + event.amount < 0:
            raise SimulationError(
                f"tick {int(self.state.tick)}: CollateralAdjustment of agent {event.agent}: the credit limit cannot "
                f"go negative (current: {int(cap)}, delta: {int(event.amount)}). Use a smaller delta."
            )
        ledger.change_cap(agent, event.amount)
        return {"agent": event.agent, "delta": int(event.amount), "applied": True}

    def change_rate(self, event: EventConfig) -> dict[str, object]:
        """Multiply one agent's rates."""
        agent = self.numbers[event.agent]
        stream = self.arrivals.plain_stream(agent)
        old: float | None = None if stream is None else stream.rate
        applied = self.arrivals.change_rate(agent, event.multiplier)
        new: float | None = None if stream is None else stream.rate
        return {
            "agent": event.agent,
            "multiplier": event.multiplier,
            "old_rate": old,
            "new_rate": new,
            "applied": applied,
        }

    def change_weight(self, event: EventConfig) -> dict[str, object]:
        """Set one counterparty weight."""
        applied = self.arrivals.change_weight(
            self.numbers[event.agent], self.numbers[event.other], event.weight, event.balance_others
        )
        return {
            "agent": event.agent,
            "counterparty": event.other,
            "new_weight": event.weight,
            "auto_balance_others": event.balance_others,
            "applied": applied,
        }

    def change_windows(self, event: EventConfig) -> dict[str, object]:
        """Scale all deadline windows."""
        applied = self.arrivals.change_windows(event.min_multiplier, event.max_multiplier)
        return {
            "min_ticks_multiplier": event.min_multiplier if event.min_multiplier >= 0.0 else None,
            "max_ticks_multiplier": event.max_multiplier if event.max_multiplier >= 0.0 else None,
            "applied": applied,
        }
