"""Truth values in a tree: comparisons and their combinations (05 §4.2).

Belongs here: the operators that yield true or false, with their tolerance. Does not belong here: the branches that
follow from them (`payment_tree` and its neighbours).

Both sides of a comparison are always evaluated, the left one first; `and` and `or` stop as soon as they are decided.
"""

# ruff: noqa: D102 -- `holds` means the same in every class; the base class says what.

from paysim_engine.policy.context import Context
from paysim_engine.policy.nodes.values import TOLERANCE, Value


class Condition:
    """Something that holds or does not."""

    def holds(self, c: Context) -> bool:
        """Whether it holds, as things stand.

        Raises:
            PolicyError: it cannot be decided.
        """
        raise NotImplementedError


class Comparison(Condition):
    """Two numbers; the subclass says how they are compared."""

    def __init__(self, left: Value, right: Value) -> None:
        self.left = left
        self.right = right


class Equal(Comparison):
    """`==`, within the tolerance; false for two equal infinities, whose difference is no number."""

    def holds(self, c: Context) -> bool:
        return abs(self.left.value(c) - self.right.value(c)) < TOLERANCE


class Unequal(Comparison):
    """`!=`; like `==` false for two equal infinities, and for NaN."""

    def holds(self, c: Context) -> bool:
        return abs(self.left.value(c) - self.right.value(c)) >= TOLERANCE


class Less(Comparison):
    """`<`, without tolerance."""

    def holds(self, c: Context) -> bool:
        return self.left.value(c) < self.right.value(c)


class LessOrEqual(Comparison):
    """`<=`, equality within the tolerance."""

    def holds(self, c: Context) -> bool:
        left = self.left.value(c)
        right = self.right.value(c)
        return left <= right or abs(left - right) < TOLERANCE


class Greater(Comparison):
    """`>`, without tolerance."""

    def holds(self, c: Context) -> bool:
        return self.left.value(c) > self.right.value(c)


class GreaterOrEqual(Comparison):
    """`>=`, equality within the tolerance."""

    def holds(self, c: Context) -> bool:
        left = self.left.value(c)
        right = self.right.value(c)
        return left >= right or abs(left - right) < TOLERANCE


class All(Condition):
    """`and`; true if there is nothing to hold."""

    def __init__(self, conditions: list[Condition]) -> None:
        self.conditions = conditions

    def holds(self, c: Context) -> bool:
        return all(condition.holds(c) for condition in self.conditions)


class Some(Condition):
    """`or`; false if there is nothing to hold."""

    def __init__(self, conditions: list[Condition]) -> None:
        self.conditions = conditions

    def holds(self, c: Context) -> bool:
        return any(condition.holds(c) for condition in self.conditions)


class Negation(Condition):
    """`not`."""

    def __init__(self, condition: Condition) -> None:
        self.condition = condition

    def holds(self, c: Context) -> bool:
        return not self.condition.holds(c)
