"""What a tree can decide, and what can go wrong while it does (05 §7, §8).

Belongs here: the plain records that pass from an evaluated tree to the engine. Does not belong here: how a decision
comes about (`nodes`, `trees`), or what it does to payments and collateral (`core`).

Money is integer cents, times are ticks; -1 stands for an absent tick, priority or time.
"""

from typing import Final

from mypy_extensions import i64

# What becomes of a payment.
RELEASE: Final[i64] = 0
SPLIT: Final[i64] = 1
STAGGER: Final[i64] = 2
HOLD: Final[i64] = 3
DROP: Final[i64] = 4
REPRIORITIZE: Final[i64] = 5
WITHDRAW: Final[i64] = 6
RESUBMIT: Final[i64] = 7

# What becomes of collateral.
HOLD_COLLATERAL: Final[i64] = 0
POST_COLLATERAL: Final[i64] = 1
WITHDRAW_COLLATERAL: Final[i64] = 2

DEFAULT_REASON: Final = "policy_decision"
"""Reason of a decision for which the policy gives none (D25)."""

DEFAULT_DROP_REASON: Final = "policy_drop"
"""The same for a dropped payment (D22)."""

DEFAULT_REGISTER_REASON: Final = "policy_action"
"""The same for a change of a state register (05 §7.3)."""


class PolicyError(Exception):
    """A tree that cannot be evaluated in the present state, such as a division by zero (05 §8).

    Attributes:
        tree: the tree, by its key in the document.
        node: the id of the node whose condition or parameter failed.
        message: what failed.
    """

    def __init__(self, tree: str, node: str, message: str) -> None:
        super().__init__(f"{tree}, node {node}: {message}")
        self.tree = tree
        self.node = node
        self.message = message


class PaymentDecision:
    """What a payment tree decides about one payment. Only the attributes of its `kind` mean anything.

    Attributes:
        kind: one of RELEASE … RESUBMIT.
        reason: HOLD, DROP: the policy's own words (D25).
        priority_override: RELEASE: priority that the payment gets first, -1 for none.
        target_tick: RELEASE: first tick at which it is released, -1 for at once.
        num_splits: SPLIT, STAGGER: number of children, at least 2.
        first_now: STAGGER: how many of them are submitted at once, at most `num_splits`.
        gap: STAGGER: ticks between the others (D17).
        boost: STAGGER: added to the children's priority, 0 to 255.
        new_priority: REPRIORITIZE: 0 to 10 (capped, D25).
        rtgs_priority: RESUBMIT: a code of `core.codes`.
    """

    def __init__(self, kind: i64, reason: str = DEFAULT_REASON) -> None:
        self.kind: i64 = kind
        self.reason = reason
        self.priority_override: i64 = -1
        self.target_tick: i64 = -1
        self.num_splits: i64 = 0
        self.first_now: i64 = 0
        self.gap: i64 = 0
        self.boost: i64 = 0
        self.new_priority: i64 = -1
        self.rtgs_priority: i64 = -1


class CollateralDecision:
    """What a collateral tree decides.

    Attributes:
        kind: HOLD_COLLATERAL, POST_COLLATERAL or WITHDRAW_COLLATERAL.
        amount: cents asked for, positive unless held; what is possible is the engine's matter (D35, D36).
        reason: the policy's own words.
        withdraw_after: POST_COLLATERAL: ticks after which it is taken back, -1 for never.
    """

    def __init__(self, kind: i64, amount: i64, reason: str, withdraw_after: i64 = -1) -> None:
        self.kind: i64 = kind
        self.amount: i64 = amount
        self.reason = reason
        self.withdraw_after: i64 = withdraw_after


class BankEffects:
    """What a bank tree does to the world, as the engine carries it out; the base class does nothing.

    A bank tree calls these for each action it reaches, in order and at once, so that the next node of a sequence
    sees what was done.
    """

    def set_budget(
        self, agent: i64, max_value: i64, focus: list[str] | None, has_per_counterparty: bool, per_counterparty: i64
    ) -> None:
        """Limit what `agent` may release in this tick.

        Args:
            agent: number of the agent.
            max_value: cents in total; zero or less blocks every release.
            focus: agent ids it may pay, None for all.
            has_per_counterparty: whether there is a limit for each counterparty.
            per_counterparty: that limit in cents.
        """

    def set_register(self, agent: i64, slot: i64, name: str, value: float, reason: str, path: str) -> None:
        """Set a state register.

        Args:
            agent: number of the agent.
            slot: place of `name` in the policy's `register_names`.
            name: key of the register.
            value: its new value.
            reason: the policy's own words.
            path: the nodes that led here (05 §3).
        """
