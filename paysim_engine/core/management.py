"""The bank level: collateral trees and the bank tree, evaluated agent by agent and applied at once (03 §3.2, §3.3)."""

from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i64

from paysim_engine.core.codes import LAYER_END_OF_TICK, LAYER_STRATEGIC, NONE, NULL
from paysim_engine.core.collateral import Collateral
from paysim_engine.core.errors import SimulationError
from paysim_engine.core.state import State
from paysim_engine.policy.context import Context
from paysim_engine.policy.decisions import (
    POST_COLLATERAL,
    WITHDRAW_COLLATERAL,
    BankEffects,
    CollateralDecision,
    PolicyError,
)
from paysim_engine.policy.trees import Policy


class BankActions(BankEffects):
    """What a bank tree may do: set a budget or a register, with the event."""

    def __init__(self, state: State) -> None:
        self.state: Final = state

    def set_budget(
        self, agent: i64, max_value: i64, focus: list[str] | None, has_per_counterparty: bool, per_counterparty: i64
    ) -> None:
        """Set the agent's release budget for this tick (D20)."""
        recorder = self.state.recorder
        self.state.budgets.set(agent, max_value, focus, has_per_counterparty, per_counterparty)
        names: vec[i64] = vec[i64]()
        if focus is not None:
            for name in focus:
                names = append(names, recorder.text(name))
        recorder.budget_set(
            agent, max_value, names, focus is not None, per_counterparty if has_per_counterparty else NULL
        )

    def set_register(self, agent: i64, slot: i64, name: str, value: float, reason: str, path: str) -> None:
        """Set a state register."""
        state = self.state
        recorder = state.recorder
        old = state.registers.get(agent, slot)
        state.registers.put(agent, slot, value)
        recorder.register_set(agent, recorder.text(name), old, value, recorder.text(reason), recorder.text(path))


class Management:
    """Evaluates the trees that concern a bank as a whole."""

    def __init__(self, state: State, collateral: Collateral, policies: list[Policy], context: Context) -> None:
        self.state: Final = state
        self.collateral: Final = collateral
        self.policies: Final = policies
        self.context = context
        self.actions: Final = BankActions(state)
        self.strategic: list[i64] = []
        self.end_of_tick: list[i64] = []
        self.bank: list[i64] = []
        for agent in range(state.agents):
            if policies[agent].has_strategic:
                self.strategic.append(agent)
            if policies[agent].has_end_of_tick:
                self.end_of_tick.append(agent)
            if policies[agent].has_bank:
                self.bank.append(agent)

    def look_at(self, agent: i64) -> Context:
        """The context of a tree without a payment."""
        context = self.context
        context.agent = agent
        context.row = NONE
        return context

    def failure(self, agent: i64, error: PolicyError) -> SimulationError:
        """An error of evaluation with all that helps to find it (D29)."""
        state = self.state
        return SimulationError(
            f"tick {int(state.tick)}: policy {self.policies[agent].policy_id} of agent {state.ledger.ids[agent]}: "
            f"{error}"
        )

    def run_strategic(self) -> None:
        """Step 1.5: strategic collateral."""
        for agent in self.strategic:
            try:
                decision = self.policies[agent].decide_strategic(self.look_at(agent))
            except PolicyError as error:
                raise self.failure(agent, error) from None
            self.move(agent, decision, LAYER_STRATEGIC)

    def run_end_of_tick(self) -> None:
        """Step 5.6: end-of-tick collateral."""
        for agent in self.end_of_tick:
            try:
                decision = self.policies[agent].decide_end_of_tick(self.look_at(agent))
            except PolicyError as error:
                raise self.failure(agent, error) from None
            self.move(agent, decision, LAYER_END_OF_TICK)

    def move(self, agent: i64, decision: CollateralDecision, layer: i64) -> None:
        """Post or withdraw as decided."""
        reason = self.state.recorder.text(decision.reason)
        if decision.kind == POST_COLLATERAL:
            self.collateral.post(agent, decision.amount, reason, layer, decision.withdraw_after)
        elif decision.kind == WITHDRAW_COLLATERAL:
            self.collateral.withdraw(agent, decision.amount, reason, layer)

    def run_bank(self) -> None:
        """Step 1.75: budgets and registers; without a new budget an agent is unlimited (D20)."""
        self.state.budgets.reset()
        for agent in self.bank:
            try:
                self.policies[agent].run_bank(self.look_at(agent), self.actions)
            except PolicyError as error:
                raise self.failure(agent, error) from None
