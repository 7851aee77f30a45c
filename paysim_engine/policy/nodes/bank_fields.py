"""Context fields about the agent itself: liquidity, its queues, throughput, collateral (05 §6.2, 6.3, 6.6, 6.7, 6.9).

Belongs here: one class per field, each computed when a tree reaches it. Does not belong here: the rules of credit and
collateral (`core.ledger`), names, meanings and units (`policy.fields`).
"""

# ruff: noqa: D102 -- `value` means the same in every class; what a field is, its class says.

from typing import Final

from mypy_extensions import i64

from paysim_engine.core.ledger import Ledger
from paysim_engine.core.numbers import WHOLE, saturate
from paysim_engine.policy.context import Context
from paysim_engine.policy.nodes.values import INFINITY, Value

NO_DEADLINE: Final = 18446744073709551615.0
"""`queue2_nearest_deadline` of an agent with nothing in Queue 2."""

# ---- liquidity (05 §6.2) ----


class Balance(Value):
    """Balance, negative in overdraft."""

    def value(self, c: Context) -> float:
        return float(c.ledger.balance[c.agent])


class UnsecuredCap(Value):
    """Unsecured overdraft cap."""

    def value(self, c: Context) -> float:
        return float(c.ledger.unsecured_cap[c.agent])


class CreditUsed(Value):
    """Overdraft in use."""

    def value(self, c: Context) -> float:
        return float(c.ledger.credit_used(c.agent))


class IsUsingCredit(Value):
    """Whether the agent is in overdraft."""

    def value(self, c: Context) -> float:
        return 1.0 if c.ledger.balance[c.agent] < 0 else 0.0


class CreditHeadroom(Value):
    """Unsecured cap less the overdraft in use."""

    def value(self, c: Context) -> float:
        return float(c.ledger.unsecured_cap[c.agent] - c.ledger.credit_used(c.agent))


class AvailableLiquidity(Value):
    """What the agent can pay with."""

    def value(self, c: Context) -> float:
        return float(c.ledger.available(c.agent))


class LiquidityPressure(Value):
    """Share of the agent's means that is not money in its account."""

    def value(self, c: Context) -> float:
        balance = c.ledger.balance[c.agent]
        total = balance + c.ledger.unsecured_cap[c.agent] + c.ledger.posted[c.agent]
        if total == 0:
            return 1.0
        money: i64 = balance if balance > 0 else 0
        return 1.0 - float(money) / float(total)


class Zero(Value):
    """A field of the language that nothing in a scenario can set."""

    def value(self, c: Context) -> float:
        return 0.0


class One(Value):
    """A field of the language that always holds."""

    def value(self, c: Context) -> float:
        return 1.0


# ---- Queue 1 (05 §6.3) ----


class Queue1Size(Value):
    """Payments in the agent's Queue 1."""

    def value(self, c: Context) -> float:
        return float(c.queues.size1[c.agent])


class Queue1Value(Value):
    """Their value."""

    def value(self, c: Context) -> float:
        return float(c.queues.value1[c.agent])


class Queue1Gap(Value):
    """What is missing to pay all of them."""

    def value(self, c: Context) -> float:
        gap = c.queues.value1[c.agent] - c.ledger.available(c.agent)
        return float(gap) if gap > 0 else 0.0


class Headroom(Value):
    """What would be left after paying all of them."""

    def value(self, c: Context) -> float:
        return float(c.ledger.available(c.agent) - c.queues.value1[c.agent])


# ---- Queue 2, the agent's own part (05 §6.9) ----


class Queue2Count(Value):
    """The agent's payments in Queue 2."""

    def value(self, c: Context) -> float:
        return float(c.queues.sender_size2[c.agent])


class Queue2NearestDeadline(Value):
    """The earliest deadline among them."""

    def value(self, c: Context) -> float:
        if c.queues.sender_size2[c.agent] == 0:
            return NO_DEADLINE
        c.queue2.look(c.agent)
        return float(c.queue2.nearest_deadline())


class TicksToQueue2Deadline(Value):
    """Ticks until then, at least 0."""

    def value(self, c: Context) -> float:
        if c.queues.sender_size2[c.agent] == 0:
            return INFINITY
        c.queue2.look(c.agent)
        ticks = c.queue2.nearest_deadline() - c.state.tick
        return float(ticks) if ticks > 0 else 0.0


# ---- throughput (05 §6.6, D28) ----


def throughput(c: Context) -> float:
    """Share of the value that arrived today that has settled; 0 if nothing arrived."""
    arrived = c.state.arrived_today[c.agent]
    return float(c.state.settled_today[c.agent]) / float(arrived) if arrived > 0 else 0.0


class Throughput(Value):
    """Share of today's own payments that has settled, by value."""

    def value(self, c: Context) -> float:
        return throughput(c)


class ThroughputGap(Value):
    """That share less the share of the day that has passed."""

    def value(self, c: Context) -> float:
        return throughput(c) - float(c.state.tick_in_day()) / float(c.state.ticks_per_day)


# ---- collateral (05 §6.7) ----


def required_collateral(ledger: Ledger, agent: i64) -> i64:
    """Collateral that covers the overdraft beyond the unsecured cap, rounded up."""
    keep = 1.0 - ledger.haircut[agent]
    uncovered = ledger.credit_used(agent) - ledger.unsecured_cap[agent]
    if keep <= 0.0 or uncovered <= 0:
        return 0
    exact = float(uncovered) / keep
    whole = saturate(exact)
    return whole + 1 if float(whole) < exact < WHOLE else whole


class PostedCollateral(Value):
    """Collateral posted."""

    def value(self, c: Context) -> float:
        return float(c.ledger.posted[c.agent])


class CollateralCapacity(Value):
    """Most collateral the agent may have posted."""

    def value(self, c: Context) -> float:
        return float(c.ledger.capacity(c.agent))


class RemainingCapacity(Value):
    """What it may still post."""

    def value(self, c: Context) -> float:
        return float(c.ledger.remaining_capacity(c.agent))


class CollateralUtilization(Value):
    """Posted collateral as a share of the capacity."""

    def value(self, c: Context) -> float:
        capacity = c.ledger.capacity(c.agent)
        return float(c.ledger.posted[c.agent]) / float(capacity) if capacity > 0 else 0.0


class Haircut(Value):
    """Discount on posted collateral."""

    def value(self, c: Context) -> float:
        return c.ledger.haircut[c.agent]


class OverdraftLimit(Value):
    """Largest overdraft: collateral after the haircut, and the unsecured cap."""

    def value(self, c: Context) -> float:
        return float(c.ledger.overdraft_limit[c.agent])


class OverdraftHeadroom(Value):
    """What of it is not in use."""

    def value(self, c: Context) -> float:
        return float(c.ledger.overdraft_limit[c.agent] - c.ledger.credit_used(c.agent))


class OverdraftUtilization(Value):
    """What of it is in use, as a share."""

    def value(self, c: Context) -> float:
        limit = c.ledger.overdraft_limit[c.agent]
        return float(c.ledger.credit_used(c.agent)) / float(limit) if limit > 0 else 0.0


class RequiredCollateral(Value):
    """Collateral that the overdraft in use needs."""

    def value(self, c: Context) -> float:
        return float(required_collateral(c.ledger, c.agent))


class ExcessCollateral(Value):
    """Posted collateral beyond that."""

    def value(self, c: Context) -> float:
        excess = c.ledger.posted[c.agent] - required_collateral(c.ledger, c.agent)
        return float(excess) if excess > 0 else 0.0


BANK_FIELDS: Final[dict[str, type[Value]]] = {
    "balance": Balance,
    "credit_limit": UnsecuredCap,
    "unsecured_cap": UnsecuredCap,
    "credit_used": CreditUsed,
    "is_using_credit": IsUsingCredit,
    "credit_headroom": CreditHeadroom,
    "effective_liquidity": AvailableLiquidity,
    "available_liquidity": AvailableLiquidity,
    "liquidity_pressure": LiquidityPressure,
    "liquidity_buffer": Zero,
    "is_overdraft_capped": One,
    "incoming_expected_count": Zero,
    "outgoing_queue_size": Queue1Size,
    "queue1_total_value": Queue1Value,
    "queue1_liquidity_gap": Queue1Gap,
    "headroom": Headroom,
    "queue2_count_for_agent": Queue2Count,
    "queue2_nearest_deadline": Queue2NearestDeadline,
    "ticks_to_nearest_queue2_deadline": TicksToQueue2Deadline,
    "my_throughput_fraction_today": Throughput,
    "throughput_gap": ThroughputGap,
    "posted_collateral": PostedCollateral,
    "max_collateral_capacity": CollateralCapacity,
    "remaining_collateral_capacity": RemainingCapacity,
    "collateral_utilization": CollateralUtilization,
    "collateral_haircut": Haircut,
    "allowed_overdraft_limit": OverdraftLimit,
    "overdraft_headroom": OverdraftHeadroom,
    "overdraft_utilization": OverdraftUtilization,
    "required_collateral_for_usage": RequiredCollateral,
    "excess_collateral": ExcessCollateral,
}
