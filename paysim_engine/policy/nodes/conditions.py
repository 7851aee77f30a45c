"""Truth values in a tree: comparisons and their combinations (05 §4.2).

Belongs here: the operators that yield true or false, with their tolerance. Does not belong here: the branches that
follow from them (`payment_tree` and its neighbours).

Both sides of a comparison are always evaluated, the left one first; `and` and `or` stop as soon as they are decided.
"""

# ruff: noqa: D102 -- `holds` means the same in every class; the base class says what.

from typing import Final

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
        self.left: Final = left
        self.right: Final = right


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


class Always(Condition):
    """`and` without conditions."""

    def holds(self, c: Context) -> bool:
        return True


class Never(Condition):
    """`or` without conditions."""

    def holds(self, c: Context) -> bool:
        return False


class Both(Condition):
    """`and` of two parts. Longer ones are nested: two attributes are read faster than a list of any length."""

    def __init__(self, first: Condition, second: Condition) -> None:
        self.first: Final = first
        self.second: Final = second

    def holds(self, c: Context) -> bool:
        return self.first.holds(c) and self.second.holds(c)


class Either(Condition):
    """`or` of two parts, nested likewise."""

    def __init__(self, first: Condition, second: Condition) -> None:
        self.first: Final = first
        self.second: Final = second

    def holds(self, c: Context) -> bool:
        return self.first.holds(c) or self.second.holds(c)


class Negation(Condition):
    """`not`."""

    def __init__(self, condition: Condition) -> None:
        self.condition: Final = condition

    def holds(self, c: Context) -> bool:
        return not self.condition.holds(c)
