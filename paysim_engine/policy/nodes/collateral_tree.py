"""The nodes of the two collateral trees: branches, posting, withdrawing, holding (05 §7.2).

Belongs here: from a reached action to a decision. Does not belong here: what can really be posted or withdrawn
(`core.collateral`, D35, D36).
"""

# ruff: noqa: D102 -- `decide` means the same in every class; the base class says what.

from typing import Final

from mypy_extensions import i64

from paysim_engine.policy.context import Context
from paysim_engine.policy.decisions import (
    DEFAULT_REASON,
    HOLD_COLLATERAL,
    POST_COLLATERAL,
    WITHDRAW_COLLATERAL,
    CollateralDecision,
)
from paysim_engine.policy.nodes.conditions import Condition
from paysim_engine.policy.nodes.values import Constant, Value, to_cents, to_count


def held() -> CollateralDecision:
    """The decision to leave collateral as it is."""
    return CollateralDecision(HOLD_COLLATERAL, 0, DEFAULT_REASON)


class CollateralNode:
    """A collateral tree, or a branch of one."""

    def decide(self, c: Context) -> CollateralDecision:
        """The decision of the agent in `c.agent`. It may be shared: read it, do not change it.

        Raises:
            PolicyError: a value cannot be computed.
        """
        raise NotImplementedError


class CollateralBranch(CollateralNode):
    """A condition node."""

    def __init__(self, condition: Condition, on_true: CollateralNode, on_false: CollateralNode) -> None:
        self.condition: Final = condition
        self.on_true: Final = on_true
        self.on_false: Final = on_false

    def decide(self, c: Context) -> CollateralDecision:
        if self.condition.holds(c):
            return self.on_true.decide(c)
        return self.on_false.decide(c)


class CollateralHold(CollateralNode):
    """`HoldCollateral`."""

    def __init__(self) -> None:
        self.decision: Final = held()

    def decide(self, c: Context) -> CollateralDecision:
        return self.decision


class Posting(CollateralNode):
    """`PostCollateral`; an amount of zero or less means hold, and then nothing else is evaluated."""

    def __init__(self, amount: Value, reason: str, withdraw_after: Value | None) -> None:
        self.amount: Final = amount
        self.reason: Final = reason
        self.is_timed: Final = withdraw_after is not None
        self.withdraw_after: Final[Value] = Constant(0.0) if withdraw_after is None else withdraw_after
        self.hold: Final = held()

    def decide(self, c: Context) -> CollateralDecision:
        amount = to_cents(self.amount.value(c))
        if amount <= 0:
            return self.hold
        ticks: i64 = -1
        if self.is_timed:
            after = self.withdraw_after.value(c)
            if after > 0.0:
                ticks = to_count(after)
        return CollateralDecision(POST_COLLATERAL, amount, self.reason, ticks)


class Withdrawal(CollateralNode):
    """`WithdrawCollateral`; an amount of zero or less means hold."""

    def __init__(self, amount: Value, reason: str) -> None:
        self.amount: Final = amount
        self.reason: Final = reason
        self.hold: Final = held()

    def decide(self, c: Context) -> CollateralDecision:
        amount = to_cents(self.amount.value(c))
        if amount <= 0:
            return self.hold
        return CollateralDecision(WITHDRAW_COLLATERAL, amount, self.reason)
