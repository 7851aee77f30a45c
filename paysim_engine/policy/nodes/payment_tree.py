"""The nodes of a payment tree: branches, and what may become of a payment (05 §7.1).

Belongs here: from a reached action to a decision. Does not belong here: what the engine then does (`core.queue1`,
`core.splits`).
"""

# ruff: noqa: D102 -- `decide` means the same in every class; the base class says what.

from typing import Final

from mypy_extensions import i64

from paysim_engine.policy.context import Context
from paysim_engine.policy.decisions import (
    RELEASE,
    REPRIORITIZE,
    SPLIT,
    STAGGER,
    PaymentDecision,
    PolicyError,
)
from paysim_engine.policy.nodes.conditions import Condition
from paysim_engine.policy.nodes.values import Value, to_count, to_priority


class PaymentNode:
    """A payment tree, or a branch of one."""

    def decide(self, c: Context) -> PaymentDecision:
        """The decision for the payment in `c.row`. It may be shared: read it, do not change it.

        Raises:
            PolicyError: a value cannot be computed, or an action's parameter makes no sense.
        """
        raise NotImplementedError


class PaymentBranch(PaymentNode):
    """A condition node."""

    def __init__(self, condition: Condition, on_true: PaymentNode, on_false: PaymentNode) -> None:
        self.condition: Final = condition
        self.on_true: Final = on_true
        self.on_false: Final = on_false

    def decide(self, c: Context) -> PaymentDecision:
        if self.condition.holds(c):
            return self.on_true.decide(c)
        return self.on_false.decide(c)


class FixedDecision(PaymentNode):
    """An action whose parameters are literals, or that has none: its decision is made once."""

    def __init__(self, decision: PaymentDecision) -> None:
        self.decision: Final = decision

    def decide(self, c: Context) -> PaymentDecision:
        return self.decision


class TimedRelease(PaymentNode):
    """`Release` with a computed `timed_for_tick`."""

    def __init__(self, priority_override: i64, tick: Value) -> None:
        self.priority_override: i64 = priority_override
        self.tick: Final = tick

    def decide(self, c: Context) -> PaymentDecision:
        decision = PaymentDecision(RELEASE)
        decision.priority_override = self.priority_override
        decision.target_tick = to_count(self.tick.value(c))
        return decision


class Split(PaymentNode):
    """`Split` and `PaceAndRelease`."""

    def __init__(self, num_splits: Value, tree: str, node: str) -> None:
        self.num_splits: Final = num_splits
        self.tree: Final = tree
        self.node: Final = node

    def decide(self, c: Context) -> PaymentDecision:
        count = to_count(self.num_splits.value(c))
        if count < 2:
            raise PolicyError(self.tree, self.node, f"num_splits must be at least 2, and is {int(count)}")
        decision = PaymentDecision(SPLIT)
        decision.num_splits = count
        return decision


class StaggeredSplit(PaymentNode):
    """`StaggerSplit`."""

    def __init__(self, num_splits: Value, first_now: Value, gap: Value, boost: Value, tree: str, node: str) -> None:
        self.num_splits: Final = num_splits
        self.first_now: Final = first_now
        self.gap: Final = gap
        self.boost: Final = boost
        self.tree: Final = tree
        self.node: Final = node

    def decide(self, c: Context) -> PaymentDecision:
        decision = PaymentDecision(STAGGER)
        decision.num_splits = to_count(self.num_splits.value(c))
        decision.first_now = to_count(self.first_now.value(c))
        decision.gap = to_count(self.gap.value(c))
        decision.boost = to_priority(self.boost.value(c))
        if decision.num_splits < 2:
            raise PolicyError(self.tree, self.node, f"num_splits must be at least 2, and is {int(decision.num_splits)}")
        if decision.first_now > decision.num_splits:
            raise PolicyError(
                self.tree,
                self.node,
                f"stagger_first_now ({int(decision.first_now)}) cannot exceed num_splits ({int(decision.num_splits)})",
            )
        return decision


class Reprioritization(PaymentNode):
    """`Reprioritize`."""

    def __init__(self, new_priority: Value) -> None:
        self.new_priority: Final = new_priority

    def decide(self, c: Context) -> PaymentDecision:
        priority = to_priority(self.new_priority.value(c))
        decision = PaymentDecision(REPRIORITIZE)
        decision.new_priority = priority if priority < 10 else 10
        return decision
