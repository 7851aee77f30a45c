"""The accounts of the participants: balance, credit, collateral, limits, pool liquidity.

Belongs here: what an agent has and may spend, as packed columns indexed by agent number (ascending id), and the
arithmetic of spec 01 §3. Does not belong here: payments and queues, events, decisions.

Money is integer cents. `codes.NONE` (-1) stands for an absent limit or capacity.
"""

import math

from librt.vecs import append, vec
from mypy_extensions import i64

from paysim_engine.core.codes import NONE
from paysim_engine.core.numbers import floor_product


class Ledger:
    """Accounts of all agents. Columns are public; whatever feeds `overdraft_limit` changes through a method."""

    def __init__(self) -> None:
        self.count: i64 = 0
        self.ids: list[str] = []
        self.numbers: dict[str, int] = {}
        """Agent numbers by id."""
        self.balance: vec[i64] = vec[i64]()
        self.unsecured_cap: vec[i64] = vec[i64]()
        self.posted: vec[i64] = vec[i64]()
        self.haircut: vec[float] = vec[float]()
        self.max_capacity: vec[i64] = vec[i64]()
        self.overdraft_limit: vec[i64] = vec[i64]()
        """Cached `allowed_overdraft_limit`; changes only with cap and collateral."""
        self.pool: vec[i64] = vec[i64]()
        self.pool_fraction: vec[float] = vec[float]()
        self.allocated: vec[i64] = vec[i64]()
        self.multilateral_limit: vec[i64] = vec[i64]()
        self.total_outflow: vec[i64] = vec[i64]()
        self.limit_row: vec[i64] = vec[i64]()
        """Start of the agent's row in the bilateral columns, NONE for an agent without bilateral limits."""
        self.bilateral_limit: vec[i64] = vec[i64]()
        self.bilateral_outflow: vec[i64] = vec[i64]()

    def add_agent(
        self,
        agent_id: str,
        balance: i64,
        cap: i64,
        posted: i64,
        haircut: float,
        max_capacity: i64,
        pool: i64,
        fraction: float,
        multilateral_limit: i64,
    ) -> None:
        """Open the account of the next agent (agents come in ascending id order)."""
        self.numbers[agent_id] = len(self.ids)
        self.ids.append(agent_id)
        self.count += 1
        self.balance = append(self.balance, balance)
        self.unsecured_cap = append(self.unsecured_cap, cap)
        self.posted = append(self.posted, posted)
        self.haircut = append(self.haircut, haircut)
        self.max_capacity = append(self.max_capacity, max_capacity)
        self.overdraft_limit = append(self.overdraft_limit, 0)
        self.pool = append(self.pool, pool)
        self.pool_fraction = append(self.pool_fraction, fraction)
        self.allocated = append(self.allocated, 0)
        self.multilateral_limit = append(self.multilateral_limit, multilateral_limit)
        self.total_outflow = append(self.total_outflow, 0)
        self.limit_row = append(self.limit_row, NONE)
        self.refresh_limit(self.count - 1)

    def set_bilateral_limits(self, agent: i64, limits: dict[int, int]) -> None:
        """Give `agent` outflow limits per counterparty number, in cents a day."""
        self.limit_row[agent] = len(self.bilateral_limit)
        for other in range(self.count):
            limit = limits.get(int(other))
            self.bilateral_limit = append(self.bilateral_limit, NONE if limit is None else limit)
            self.bilateral_outflow = append(self.bilateral_outflow, 0)

    # ---- credit and liquidity (01 §3.2) ----

    def collateral_value(self, agent: i64) -> i64:
        """Posted collateral after the haircut, floored."""
        return floor_product(self.posted[agent], max(1.0 - self.haircut[agent], 0.0))

    def refresh_limit(self, agent: i64) -> None:
        """Recompute the allowed overdraft after a change of cap or collateral."""
        self.overdraft_limit[agent] = self.collateral_value(agent) + self.unsecured_cap[agent]

    def available(self, agent: i64) -> i64:
        """Liquidity the agent can pay with: its money and its unused overdraft."""
        balance = self.balance[agent]
        room = self.overdraft_limit[agent]
        # Written out: mypyc makes an object of the value of `a if x else 0`.
        if balance < 0:
            room += balance
            if room > 0:
                return room
            return 0
        if room > 0:
            return balance + room
        return balance

    def credit_used(self, agent: i64) -> i64:
        """The overdraft in use, 0 or more."""
        return max(-self.balance[agent], 0)

    # ---- collateral (01 §3.5, D35, D36) ----

    def capacity(self, agent: i64) -> i64:
        """Most collateral the agent may have posted: configured, else ten times its present cap."""
        own = self.max_capacity[agent]
        if own >= 0:
            return own
        return 10 * self.unsecured_cap[agent]

    def remaining_capacity(self, agent: i64) -> i64:
        """Capacity left; negative if more is posted than it allows."""
        return self.capacity(agent) - self.posted[agent]

    def change_posted(self, agent: i64, delta: i64) -> None:
        """Post (`delta` > 0) or withdraw collateral."""
        self.posted[agent] += delta
        self.refresh_limit(agent)

    def change_cap(self, agent: i64, delta: i64) -> None:
        """Raise or lower the unsecured cap."""
        self.unsecured_cap[agent] += delta
        self.refresh_limit(agent)

    def withdrawable(self, agent: i64) -> i64:
        """Most collateral that can go while the credit in use stays covered (D36)."""
        posted = self.posted[agent]
        keep_share = max(1.0 - self.haircut[agent], 0.0)
        if keep_share <= 0.0:
            return posted
        used = self.credit_used(agent)
        need = used - self.unsecured_cap[agent]
        if need <= 0:
            return posted
        share = float(need) / keep_share
        if share >= float(posted):
            return 0
        stays: i64 = math.ceil(share)
        while floor_product(stays, keep_share) < need:
            stays += 1
        return max(posted - stays, 0)

    # ---- outflow limits (01 §3.4) ----

    def within_bilateral(self, agent: i64, other: i64, amount: i64) -> bool:
        """Whether paying `amount` to `other` keeps the bilateral limit (reaching it is allowed)."""
        row = self.limit_row[agent]
        if row < 0:
            return True
        limit = self.bilateral_limit[row + other]
        return limit < 0 or self.bilateral_outflow[row + other] + amount <= limit

    def within_multilateral(self, agent: i64, amount: i64) -> bool:
        """Whether paying `amount` to anybody keeps the multilateral limit."""
        limit = self.multilateral_limit[agent]
        return limit < 0 or self.total_outflow[agent] + amount <= limit

    def within_limits(self, agent: i64, other: i64, amount: i64) -> bool:
        """Both limits at once."""
        return self.within_multilateral(agent, amount) and self.within_bilateral(agent, other, amount)

    def record_outflow(self, agent: i64, other: i64, amount: i64) -> None:
        """Count a gross outflow against the day's limits."""
        self.total_outflow[agent] += amount
        row = self.limit_row[agent]
        if row >= 0:
            self.bilateral_outflow[row + other] += amount

    def clear_outflows(self) -> None:
        """Begin a new day for the limits."""
        for agent in range(self.count):
            self.total_outflow[agent] = 0
        for i in range(len(self.bilateral_outflow)):
            self.bilateral_outflow[i] = 0
