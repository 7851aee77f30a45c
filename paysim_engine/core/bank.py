"""What a bank's own management sets: the release budget of a tick, and state registers that last a day.

Belongs here: budgets (01 §3.7, D18, D20) and registers (01 §3.8, D2, D41). Does not belong here: who decides
(`policy`), or events.
"""

from typing import Final

from librt.vecs import vec
from mypy_extensions import i64

from paysim_engine.core.queues import zeros


class Budget:
    """What one agent may release in this tick; see `Budgets`."""

    def __init__(
        self, remaining: i64, focus: set[str] | None, has_per_counterparty: bool, per_counterparty: i64
    ) -> None:
        self.remaining: i64 = remaining
        self.focus: Final = focus
        self.has_per_counterparty: Final = has_per_counterparty
        self.per_counterparty: i64 = per_counterparty
        self.used: dict[str, int] = {}


class Budgets:
    """Release budgets of all agents, in cents. Without a budget an agent may release anything."""

    def __init__(self, agents: i64) -> None:
        self.of_agent: list[Budget | None] = [None] * int(agents)
        self.any_set = False

    def reset(self) -> None:
        """All agents unlimited: only this tick's decisions count (D20)."""
        if self.any_set:
            self.of_agent = [None] * len(self.of_agent)
            self.any_set = False

    def set(
        self, agent: i64, max_value: i64, focus: list[str] | None, has_per_counterparty: bool, per_counterparty: i64
    ) -> None:
        """Limit the agent to `max_value`, optionally to the banks of `focus` and to so much per counterparty."""
        names = None if focus is None else set(focus)
        self.of_agent[agent] = Budget(max_value, names, has_per_counterparty, per_counterparty)
        self.any_set = True

    def allows(self, agent: i64, other: str, amount: i64) -> bool:
        """Whether `amount` to the bank `other` fits."""
        budget = self.of_agent[agent]
        if budget is None:
            return True
        if amount > budget.remaining:
            return False
        focus = budget.focus
        if focus is not None and other not in focus:
            return False
        return not budget.has_per_counterparty or budget.used.get(other, 0) + amount <= budget.per_counterparty

    def use(self, agent: i64, other: str, amount: i64) -> None:
        """Consume the budget; released is released, whether or not it settles."""
        budget = self.of_agent[agent]
        if budget is not None:
            budget.remaining -= amount
            budget.used[other] = budget.used.get(other, 0) + int(amount)


class Registers:
    """State registers of all agents: doubles under names, gone at the end of each day.

    The names an agent can ever set are known when its policy is compiled; a register's slot is the place of its name
    in that list, ascending, which is also the order of the end-of-day reset (D2).
    """

    def __init__(self, names: list[list[str]]) -> None:
        self.names: Final = names
        starts: list[int] = []
        total = 0
        for of_agent in names:
            starts.append(total)
            total += len(of_agent)
        self.start: vec[i64] = vec[i64]([i64(start) for start in starts])
        self.value: vec[float] = vec[float]([0.0] * total)
        self.is_set: vec[i64] = zeros(total)

    def get(self, agent: i64, slot: i64) -> float:
        """The register's value, 0.0 if it was not set today."""
        return self.value[self.start[agent] + slot]

    def exists(self, agent: i64, slot: i64) -> bool:
        """Whether the register was set today."""
        return self.is_set[self.start[agent] + slot] != 0

    def put(self, agent: i64, slot: i64, value: float) -> None:
        """Set the register."""
        i = self.start[agent] + slot
        self.value[i] = value
        self.is_set[i] = 1

    def clear(self, agent: i64, slot: i64) -> None:
        """Remove the register."""
        i = self.start[agent] + slot
        self.value[i] = 0.0
        self.is_set[i] = 0
