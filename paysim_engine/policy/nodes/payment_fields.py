"""Context fields about the payment that a payment tree looks at (05 §6.1, and its costs of 05 §6.10).

Belongs here: one class per field, each computed when a tree reaches it. Does not belong here: fields that exist
without a payment (`bank_fields`, `system_fields`), the payment's receiver (`counterparty_fields`), names, meanings
and units (`policy.fields`).
"""

# ruff: noqa: D102 -- `value` means the same in every class; what a field is, its class says.

from typing import Final

from paysim_engine.core.codes import NO_RTGS_PRIORITY
from paysim_engine.core.numbers import resolve_penalty
from paysim_engine.policy.context import Context
from paysim_engine.policy.nodes.values import Value


class Amount(Value):
    """Original amount."""

    def value(self, c: Context) -> float:
        return float(c.payments.amount[c.row])


class RemainingAmount(Value):
    """What is not settled yet."""

    def value(self, c: Context) -> float:
        return float(c.payments.remaining[c.row])


class SettledAmount(Value):
    """What is settled already."""

    def value(self, c: Context) -> float:
        return float(c.payments.amount[c.row] - c.payments.remaining[c.row])


class ArrivalTick(Value):
    """Tick of arrival; of a child its parent's."""

    def value(self, c: Context) -> float:
        return float(c.payments.arrival[c.row])


class DeadlineTick(Value):
    """Last tick at which the payment is in time."""

    def value(self, c: Context) -> float:
        return float(c.payments.deadline[c.row])


class Priority(Value):
    """Present priority, after escalation and overrides."""

    def value(self, c: Context) -> float:
        return float(c.payments.priority[c.row])


class IsSplit(Value):
    """Whether the payment is a child of a split."""

    def value(self, c: Context) -> float:
        return 1.0 if c.payments.parent[c.row] >= 0 else 0.0


class IsPastDeadline(Value):
    """Whether the deadline has passed."""

    def value(self, c: Context) -> float:
        return 1.0 if c.state.tick > c.payments.deadline[c.row] else 0.0


class IsOverdue(Value):
    """Whether the payment has been marked overdue."""

    def value(self, c: Context) -> float:
        return 1.0 if c.payments.overdue_since[c.row] >= 0 else 0.0


class IsInQueue2(Value):
    """Whether the payment has been released and not withdrawn since."""

    def value(self, c: Context) -> float:
        return 1.0 if c.payments.rtgs_priority[c.row] != NO_RTGS_PRIORITY else 0.0


class OverdueDuration(Value):
    """Ticks since the payment became overdue."""

    def value(self, c: Context) -> float:
        since = c.payments.overdue_since[c.row]
        return float(c.state.tick - since) if 0 <= since < c.state.tick else 0.0


class TicksToDeadline(Value):
    """Ticks left; negative once the deadline has passed."""

    def value(self, c: Context) -> float:
        return float(c.payments.deadline[c.row] - c.state.tick)


class QueueAge(Value):
    """Ticks since arrival."""

    def value(self, c: Context) -> float:
        age = c.state.tick - c.payments.arrival[c.row]
        return float(age) if age > 0 else 0.0


class DelayCostOfOneTick(Value):
    """What one more tick of waiting costs, before multipliers and rounding."""

    def value(self, c: Context) -> float:
        return float(c.payments.remaining[c.row]) * c.rates.delay_per_cent


class OverdraftCostOfOneTick(Value):
    """What an overdraft of the remaining amount costs for one tick."""

    def value(self, c: Context) -> float:
        return (c.rates.overdraft_bps / 10000.0) * float(c.payments.remaining[c.row])


class DeadlinePenalty(Value):
    """The penalty for going overdue."""

    def value(self, c: Context) -> float:
        penalty = c.rates.deadline_penalty
        return float(resolve_penalty(penalty.amount, penalty.rate_micro_bps, c.payments.amount[c.row]))


class EodPenalty(Value):
    """The penalty for being unsettled and late at the end of a day."""

    def value(self, c: Context) -> float:
        penalty = c.rates.eod_penalty
        return float(resolve_penalty(penalty.amount, penalty.rate_micro_bps, c.payments.remaining[c.row]))


PAYMENT_FIELDS: Final[dict[str, type[Value]]] = {
    "amount": Amount,
    "remaining_amount": RemainingAmount,
    "settled_amount": SettledAmount,
    "arrival_tick": ArrivalTick,
    "deadline_tick": DeadlineTick,
    "priority": Priority,
    "is_split": IsSplit,
    "is_past_deadline": IsPastDeadline,
    "is_overdue": IsOverdue,
    "is_in_queue2": IsInQueue2,
    "overdue_duration": OverdueDuration,
    "ticks_to_deadline": TicksToDeadline,
    "queue_age": QueueAge,
    "time_in_queue": QueueAge,
    "cost_delay_this_tx_one_tick": DelayCostOfOneTick,
    "cost_overdraft_this_amount_one_tick": OverdraftCostOfOneTick,
    "cost_deadline_penalty": DeadlinePenalty,
    "cost_eod_penalty": EodPenalty,
}
"""The two penalties are fields of every tree; without a payment they are those of `system_fields`."""
