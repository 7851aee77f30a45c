"""The nodes of a bank tree: branches, sequences, budgets and state registers (05 §7.3, D29).

Belongs here: calling the effects of the reached actions in order, and the decision path that register events carry.
Does not belong here: what a budget or a register is (`core.bank`), or their events.
"""

# ruff: noqa: D102 -- `run` means the same in every class; the base class says what.

from typing import Final

from mypy_extensions import i64

from paysim_engine.policy.context import Context
from paysim_engine.policy.decisions import BankEffects
from paysim_engine.policy.nodes.conditions import Condition
from paysim_engine.policy.nodes.values import Value, to_cents


class Step:
    """One step on the way from the root to a node, with the step before it.

    A node of a tree is reached in one way only, so its decision path is known before the run. It is kept as linked
    steps and spelled out when it is first needed: written out for every node, the paths of a deep tree would be
    many times its size.
    """

    def __init__(self, text: str, before: "Step | None") -> None:
        self.text: Final = text
        self.before: Final = before

    def path(self) -> str:
        """The whole way, such as `B1(false) → N2(true) → A3` (05 §3)."""
        texts: list[str] = []
        step: Step | None = self
        while step is not None:
            texts.append(step.text)
            step = step.before
        texts.reverse()
        return " → ".join(texts)


class BankNode:
    """A bank tree, or a branch of one."""

    def run(self, c: Context, effects: BankEffects) -> None:
        """Carry out, for the agent in `c.agent`, the actions that are reached.

        Raises:
            PolicyError: a value cannot be computed. What was reached before stays done.
        """
        raise NotImplementedError


class BankBranch(BankNode):
    """A condition node."""

    def __init__(self, condition: Condition, on_true: BankNode, on_false: BankNode) -> None:
        self.condition: Final = condition
        self.on_true: Final = on_true
        self.on_false: Final = on_false

    def run(self, c: Context, effects: BankEffects) -> None:
        if self.condition.holds(c):
            self.on_true.run(c, effects)
        else:
            self.on_false.run(c, effects)


class ActionSequence(BankNode):
    """A sequence node: its children one after the other, each seeing what the earlier ones did."""

    def __init__(self, children: list[BankNode]) -> None:
        self.children: Final = children

    def run(self, c: Context, effects: BankEffects) -> None:
        for child in self.children:
            child.run(c, effects)


class NoAction(BankNode):
    """`NoAction`, and `Hold`, its other name in a bank tree."""

    def run(self, c: Context, effects: BankEffects) -> None:
        return


class ReleaseBudget(BankNode):
    """`SetReleaseBudget`. `focus` is None for no focus list."""

    def __init__(self, max_value: Value, focus: list[str] | None, per_counterparty: Value | None) -> None:
        self.max_value: Final = max_value
        self.focus: Final = focus
        self.per_counterparty: Final = per_counterparty

    def run(self, c: Context, effects: BankEffects) -> None:
        max_value = to_cents(self.max_value.value(c))
        limit = self.per_counterparty
        if limit is None:
            effects.set_budget(c.agent, max_value, self.focus, False, 0)
        else:
            effects.set_budget(c.agent, max_value, self.focus, True, to_cents(limit.value(c)))


class RegisterChange(BankNode):
    """`SetState`, or `AddState` if `adds`."""

    def __init__(self, name: str, slot: i64, number: Value, adds: bool, reason: str, way: Step) -> None:
        self.name: Final = name
        self.slot: i64 = slot
        self.number: Final = number
        self.adds: Final = adds
        self.reason: Final = reason
        self.way: Final = way
        self.path = ""

    def run(self, c: Context, effects: BankEffects) -> None:
        number = self.number.value(c)
        if self.adds:
            number = c.registers.get(c.agent, self.slot) + number
        if not self.path:
            self.path = self.way.path()
        effects.set_register(c.agent, self.slot, self.name, number, self.reason, self.path)
