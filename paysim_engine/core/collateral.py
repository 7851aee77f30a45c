"""Posting and withdrawing collateral, by whatever path, with one record per movement (01 §3.5 with D35-D37).

Belongs here: clamping to capacity and to what covers the credit in use, timers, the events. Does not belong here: who
decides (`policy`).
"""

from typing import Final

from mypy_extensions import i64

from paysim_engine.core.codes import LAYER_TIMER, NONE, NULL
from paysim_engine.core.state import State


class Timer:
    """An automatic withdrawal to come."""

    def __init__(self, agent: i64, amount: i64, reason: i64, posted_at: i64) -> None:
        self.agent: i64 = agent
        self.amount: i64 = amount
        self.reason: i64 = reason
        self.posted_at: i64 = posted_at


class Collateral:
    """Collateral movements of one run, and the timers by the tick at which they fire."""

    def __init__(self, state: State) -> None:
        self.state: Final = state
        self.timers: dict[int, list[Timer]] = {}

    def post(self, agent: i64, requested: i64, reason: i64, layer: i64, withdraw_after: i64) -> None:
        """Post up to what the capacity leaves (D35).

        Args:
            agent: who posts.
            requested: cents asked for, more than 0.
            reason: number of the reason's text.
            layer: a layer of `codes`.
            withdraw_after: ticks until automatic withdrawal of what was posted, NONE for never.
        """
        state = self.state
        ledger = state.ledger
        amount = min(requested, ledger.remaining_capacity(agent))
        if amount <= 0:
            return
        before = ledger.posted[agent]
        ledger.change_posted(agent, amount)
        due = NULL
        if withdraw_after != NONE:
            due = state.tick + withdraw_after
            self.timers.setdefault(int(due), []).append(Timer(agent, amount, reason, state.tick))
        state.recorder.collateral_post(
            agent,
            amount,
            requested,
            reason,
            layer,
            ledger.balance[agent],
            before,
            before + amount,
            ledger.remaining_capacity(agent),
            due,
        )

    def withdraw(self, agent: i64, requested: i64, reason: i64, layer: i64) -> None:
        """Withdraw up to what may go while the credit in use stays covered (D36)."""
        state = self.state
        ledger = state.ledger
        amount = min(requested, ledger.withdrawable(agent))
        if amount <= 0:
            return
        before = ledger.posted[agent]
        ledger.change_posted(agent, -amount)
        state.recorder.collateral_withdraw(
            agent,
            amount,
            requested,
            reason,
            layer,
            ledger.balance[agent],
            before,
            before - amount,
            ledger.remaining_capacity(agent),
        )

    def fire_timers(self) -> None:
        """Step 1.8: withdraw what is due at this tick, agents ascending, each agent's in order of scheduling."""
        state = self.state
        due = self.timers.pop(int(state.tick), None)
        if due is None:
            return
        ledger = state.ledger
        recorder = state.recorder
        order: list[tuple[i64, i64]] = []
        for i, timer in enumerate(due):
            order.append((timer.agent, i))
        order.sort()
        for agent, i in order:
            timer = due[i]
            amount = min(timer.amount, ledger.withdrawable(agent))
            if amount <= 0:
                recorder.timer_blocked(agent, timer.amount, recorder.text("no_headroom"), timer.reason, timer.posted_at)
                continue
            before = ledger.posted[agent]
            ledger.change_posted(agent, -amount)
            recorder.timer_withdrawn(
                agent,
                amount,
                timer.amount,
                timer.reason,
                timer.posted_at,
                LAYER_TIMER,
                ledger.balance[agent],
                before,
                before - amount,
                ledger.remaining_capacity(agent),
            )
