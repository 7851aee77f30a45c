"""Context fields about the system as a whole: Queue 2, the clock, the cost rates (05 §6.4, 6.5, 6.6, 6.10).

Belongs here: one class per field, each computed when a tree reaches it. Does not belong here: names, meanings and
units (`policy.fields`).
"""

# ruff: noqa: D102 -- `value` means the same in every class; what a field is, its class says.

import math
from typing import Final

from mypy_extensions import i64

from paysim_engine.core.numbers import resolve_penalty
from paysim_engine.policy.context import Context
from paysim_engine.policy.nodes.values import Value

# ---- the system (05 §6.4) ----


class CurrentTick(Value):
    """The tick."""

    def value(self, c: Context) -> float:
        return float(c.state.tick)


class Queue2Size(Value):
    """Payments in Queue 2, of all agents."""

    def value(self, c: Context) -> float:
        return float(c.queues.size2)


class Queue2Value(Value):
    """Their value."""

    def value(self, c: Context) -> float:
        return float(c.queues.value2)


class TotalAgents(Value):
    """Number of agents."""

    def value(self, c: Context) -> float:
        return float(c.state.agents)


class PressureIndex(Value):
    """How full Queue 2 is for the number of agents, on a logistic scale."""

    def value(self, c: Context) -> float:
        size = c.queues.size2
        if size == 0 or c.state.agents == 0:
            return 0.0
        x = float(size) / float(10 * c.state.agents)
        index = 1.0 / (1.0 + math.exp(-2.0 * x))
        return index if index < 1.0 else 1.0


# ---- time (05 §6.5) ----


def day_progress(c: Context) -> float:
    """Share of the day that has passed when this tick begins."""
    return float(c.state.tick_in_day()) / float(c.state.ticks_per_day)


class TicksPerDay(Value):
    """Ticks of a day."""

    def value(self, c: Context) -> float:
        return float(c.state.ticks_per_day)


class CurrentDay(Value):
    """The day, from 0."""

    def value(self, c: Context) -> float:
        return float(c.state.day())


class TickInDay(Value):
    """The tick within the day, from 0."""

    def value(self, c: Context) -> float:
        return float(c.state.tick_in_day())


class TicksRemaining(Value):
    """Ticks of the day after this one."""

    def value(self, c: Context) -> float:
        return float(c.state.ticks_per_day - c.state.tick_in_day() - 1)


class DayProgress(Value):
    """Share of the day that has passed."""

    def value(self, c: Context) -> float:
        return day_progress(c)


class IsEodRush(Value):
    """Whether the rush at the end of the day has begun."""

    def value(self, c: Context) -> float:
        return 1.0 if day_progress(c) >= c.state.config.eod_rush_threshold else 0.0


# ---- cost rates (05 §6.10) ----


class OverdraftRate(Value):
    """Rate of the overdraft cost."""

    def value(self, c: Context) -> float:
        return c.rates.overdraft_bps


class DelayRate(Value):
    """Rate of the delay cost."""

    def value(self, c: Context) -> float:
        return c.rates.delay_per_cent


class CollateralRate(Value):
    """Rate of the collateral cost."""

    def value(self, c: Context) -> float:
        return c.rates.collateral_bps


class SplitFriction(Value):
    """Cost of one cut."""

    def value(self, c: Context) -> float:
        return float(c.rates.split_friction)


class DeadlinePenaltyOf(Value):
    """The penalty for going overdue, for an amount given by the kind of tree."""

    def __init__(self, amount: i64) -> None:
        self.amount: i64 = amount

    def value(self, c: Context) -> float:
        penalty = c.rates.deadline_penalty
        return float(resolve_penalty(penalty.amount, penalty.rate_micro_bps, self.amount))


class EodPenaltyOf(Value):
    """The end-of-day penalty, for an amount given by the kind of tree."""

    def __init__(self, amount: i64) -> None:
        self.amount: i64 = amount

    def value(self, c: Context) -> float:
        penalty = c.rates.eod_penalty
        return float(resolve_penalty(penalty.amount, penalty.rate_micro_bps, self.amount))


SYSTEM_FIELDS: Final[dict[str, type[Value]]] = {
    "current_tick": CurrentTick,
    "rtgs_queue_size": Queue2Size,
    "queue2_size": Queue2Size,
    "rtgs_queue_value": Queue2Value,
    "total_agents": TotalAgents,
    "system_queue2_pressure_index": PressureIndex,
    "system_ticks_per_day": TicksPerDay,
    "system_current_day": CurrentDay,
    "system_tick_in_day": TickInDay,
    "ticks_remaining_in_day": TicksRemaining,
    "day_progress_fraction": DayProgress,
    "expected_throughput_fraction_by_now": DayProgress,
    "is_eod_rush": IsEodRush,
    "cost_overdraft_bps_per_tick": OverdraftRate,
    "cost_delay_per_tick_per_cent": DelayRate,
    "cost_collateral_bps_per_tick": CollateralRate,
    "cost_split_friction": SplitFriction,
}


def penalty_fields(amount: i64) -> dict[str, Value]:
    """The two penalties in trees without a payment, for a payment of `amount` cents (05 §6.10)."""
    return {"cost_deadline_penalty": DeadlinePenaltyOf(amount), "cost_eod_penalty": EodPenaltyOf(amount)}
