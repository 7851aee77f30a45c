"""What waiting, overdrafts, collateral, lateness and splitting cost (04).

Belongs here: the six components, accrued per agent and tick, exactly rounded; the end-of-day penalty. Does not belong
here: when a payment becomes late (`lateness`), or anything in floating point.

All amounts are cents; rates become whole numbers once, at the start (04 §2), and products are exact.
"""

from typing import Final

from librt.vecs import vec
from mypy_extensions import i64

from paysim_engine.core.numbers import half_up, resolve_penalty, rounded_rate
from paysim_engine.core.queues import zeros
from paysim_engine.core.state import State

MILLIONTH_BPS: Final = 10_000_000_000
THOUSANDTH_BPS: Final = 10_000_000


def multiplier(x: float) -> int:
    """A delay multiplier in thousandths (04 §2.4); an unusable one counts as 1."""
    return rounded_rate(x, 1000.0) if x >= 0.0 and x != float("inf") else 1000


class Costs:
    """Cost rates and the sums of the day and the run.

    Attributes:
        total: per agent, all costs of the run so far.
        tick_total: costs of this tick over all agents.
        day_*: per agent, the components of the current day (04 §5.1).
    """

    def __init__(self, state: State) -> None:
        self.state: Final = state
        rates = state.rates
        agents = state.agents
        self.overdraft_rate: Final = rounded_rate(rates.overdraft_bps, 1000.0)
        self.collateral_rate: Final = rounded_rate(rates.collateral_bps, 1_000_000.0)
        self.liquidity_rate: Final = rounded_rate(rates.liquidity_bps, 1_000_000.0)
        self.delay_rate: Final = rounded_rate(rates.delay_per_cent, 1_000_000.0)
        over = multiplier(rates.overdue_multiplier)
        bands = [multiplier(m) for m in (rates.urgent_multiplier, rates.normal_multiplier, rates.low_multiplier)]
        self.delay_factors: list[int] = [1000 * m // 1000 for m in bands] + [over * m // 1000 for m in bands]
        """Thousandths per cent waiting: in time urgent, normal, low, then overdue the same."""
        self.deadline_penalties: vec[i64] = zeros(agents)
        """Penalties of the payments that became overdue at the start of this tick, due in this tick's accrual."""
        self.day_overdraft: vec[i64] = zeros(agents)
        self.day_delay: vec[i64] = zeros(agents)
        self.day_collateral: vec[i64] = zeros(agents)
        self.day_penalty: vec[i64] = zeros(agents)
        self.day_friction: vec[i64] = zeros(agents)
        self.day_opportunity: vec[i64] = zeros(agents)
        self.total: vec[i64] = zeros(agents)
        self.tick_total: i64 = 0

    def begin_day(self) -> None:
        """Start the day's sums anew."""
        for agent in range(self.state.agents):
            self.day_overdraft[agent] = 0
            self.day_delay[agent] = 0
            self.day_collateral[agent] = 0
            self.day_penalty[agent] = 0
            self.day_friction[agent] = 0
            self.day_opportunity[agent] = 0

    def add_deadline_penalty(self, agent: i64, penalty: i64) -> None:
        """Charge a missed deadline with this tick's accrual (D11)."""
        self.deadline_penalties[agent] += penalty

    def delay_cost(self, agent: i64) -> int:
        """Cost of everything the agent has waiting in either queue; one rounding per agent and tick (04 §2.4)."""
        queues = self.state.queues
        if self.delay_rate == 0 or queues.size1[agent] + queues.sender_size2[agent] == 0:
            return 0
        waiting = queues.waiting
        start = agent * 6
        weighted = 0
        for i in range(6):
            value = waiting[start + i]
            if value != 0:
                weighted += int(value) * self.delay_factors[i]
        return half_up(weighted * self.delay_rate, 1_000_000_000) if weighted else 0

    def accrue(self) -> None:
        """Step 6: charge every agent and log what is more than nothing (04 §4)."""
        ledger = self.state.ledger
        for agent in range(self.state.agents):
            balance = ledger.balance[agent]
            overdraft = 0
            if balance < 0 and self.overdraft_rate:
                overdraft = half_up(-int(balance) * self.overdraft_rate, THOUSANDTH_BPS)
            posted = ledger.posted[agent]
            collateral = 0
            if posted > 0 and self.collateral_rate:
                collateral = half_up(int(posted) * self.collateral_rate, MILLIONTH_BPS)
            allocated = ledger.allocated[agent]
            opportunity = 0
            if allocated > 0 and self.liquidity_rate:
                opportunity = half_up(int(allocated) * self.liquidity_rate, MILLIONTH_BPS)
            penalty = self.deadline_penalties[agent]
            if penalty != 0:
                self.deadline_penalties[agent] = 0
            self.charge(agent, overdraft, self.delay_cost(agent), collateral, penalty, 0, opportunity)

    def charge(
        self, agent: i64, overdraft: i64, delay: i64, collateral: i64, penalty: i64, friction: i64, opportunity: i64
    ) -> None:
        """Book the components and emit `CostAccrual` if there is anything to book."""
        total = overdraft + delay + collateral + penalty + friction + opportunity
        if total <= 0:
            return
        self.day_overdraft[agent] += overdraft
        self.day_delay[agent] += delay
        self.day_collateral[agent] += collateral
        self.day_penalty[agent] += penalty
        self.day_friction[agent] += friction
        self.day_opportunity[agent] += opportunity
        self.total[agent] += total
        self.tick_total += total
        self.state.recorder.cost_accrual(agent, overdraft, delay, collateral, penalty, friction, opportunity, total)

    def charge_friction(self, agent: i64, cuts: i64) -> None:
        """Charge a split for its cuts, at once (04 §2.6)."""
        cost = int(self.state.rates.split_friction) * int(cuts)
        self.charge(agent, 0, 0, 0, 0, cost, 0)

    def end_of_day_penalties(self) -> i64:
        """Charge every payment still waiting past its deadline (D14). Returns the sum over all agents."""
        state = self.state
        p = state.payments
        rates = state.rates.eod_penalty
        tick = state.tick
        penalties = zeros(state.agents)
        queues = state.queues
        for row in queues.waiting_rows():
            if p.deadline[row] < tick:
                penalties[p.sender[row]] += resolve_penalty(rates.amount, rates.rate_micro_bps, p.amount[row])
        for row in queues.scheduled_rows():
            if p.deadline[row] < tick:
                penalties[p.sender[row]] += resolve_penalty(rates.amount, rates.rate_micro_bps, p.amount[row])
        total: i64 = 0
        for agent in range(state.agents):
            penalty = penalties[agent]
            total += penalty
            self.charge(agent, 0, 0, 0, penalty, 0, 0)
        return total
