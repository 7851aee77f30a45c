"""What a validated scenario becomes before it runs: plain numbers, one class per section.

Belongs here: the shape in which the engine reads its scenario. Does not belong here: defaults, checks and
messages (`scenario`), or anything that changes during a run. The classes are compiled so that the engine reads
their fields without a dictionary; they are filled once, by `scenario.compile`.

Units: money in cents, time in ticks, rates as in the scenario file (06).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mypy_extensions import i64

if TYPE_CHECKING:  # trees read the engine's state, which reads this module
    from paysim_engine.policy.trees import Policy


@dataclass
class AmountConfig:
    """An amount distribution (02 §2.2); `kind` is a code of `core.codes`.

    Uniform: `low`..`high`, both included. Normal: `low` = mean, `high` = standard deviation, integers.
    LogNormal: `mean`, `deviation` of the amount itself. Exponential: `mean` holds the rate lambda.
    """

    kind: i64
    low: i64
    high: i64
    mean: float
    deviation: float


@dataclass
class PriorityConfig:
    """A priority distribution (02 §2.5). Fixed: `low`. Uniform: `low`..`high`. Categorical: `values`, `weights`."""

    kind: i64
    low: i64
    high: i64
    values: list[int]
    weights: list[float]


@dataclass
class ArrivalConfig:
    """One stream of generated payments: a plain configuration or one band.

    `weights` maps agent id to weight; empty means a uniform choice (02 §2.3, D5).
    """

    rate: float
    amount: AmountConfig
    weights: dict[str, float]
    deadline_min: i64
    deadline_max: i64
    priority: PriorityConfig
    divisible: bool


class AgentConfig:
    """One participant. Absent optional amounts are -1 (`codes.NONE`).

    Not a dataclass: mypyc would ask for `Policy` while this module is being imported, before it exists.

    Attributes:
        pool_fraction: the resolved fraction of D34, for day 0 and later days alike.
        bands: in the fixed order urgent, normal, low; absent ones left out.
    """

    def __init__(
        self,
        id: str,
        opening_balance: i64,
        unsecured_cap: i64,
        posted_collateral: i64,
        haircut: float,
        max_collateral_capacity: i64,
        liquidity_pool: i64,
        pool_fraction: float,
        bilateral_limits: dict[str, int],
        multilateral_limit: i64,
        policy: Policy,
        arrivals: ArrivalConfig | None,
        bands: list[ArrivalConfig],
    ) -> None:
        self.id = id
        self.opening_balance: i64 = opening_balance
        self.unsecured_cap: i64 = unsecured_cap
        self.posted_collateral: i64 = posted_collateral
        self.haircut = haircut
        self.max_collateral_capacity: i64 = max_collateral_capacity
        self.liquidity_pool: i64 = liquidity_pool
        self.pool_fraction = pool_fraction
        self.bilateral_limits = bilateral_limits
        self.multilateral_limit: i64 = multilateral_limit
        self.policy = policy
        self.arrivals = arrivals
        self.bands = bands


@dataclass
class EventConfig:
    """A scenario event (02 §3): `kind` is a code of `core.codes`, unused fields keep their defaults."""

    kind: i64
    repeating: bool
    start: i64
    """The tick of a one-time event, the first tick of a repeating one."""
    interval: i64
    agent: str = ""
    """The agent concerned; the sender of a transfer, payment or settlement."""
    other: str = ""
    """The receiver, or the counterparty of a weight change."""
    amount: i64 = 0
    """Amount in cents, or the delta of a collateral adjustment."""
    priority: i64 = 5
    deadline: i64 = -1
    """Ticks after arrival; -1 if not given."""
    divisible: bool = False
    multiplier: float = 1.0
    weight: float = 0.0
    balance_others: bool = False
    min_multiplier: float = -1.0
    """-1 if not given."""
    max_multiplier: float = -1.0


@dataclass
class PenaltyConfig:
    """A penalty (04 §1.1): `rate_micro_bps` is -1 in fixed mode, else trunc(bps * 1e6) and `amount` is unused."""

    amount: i64
    rate_micro_bps: int


@dataclass
class CostConfig:
    """`cost_rates` of the scenario (04 §1)."""

    overdraft_bps: float
    delay_per_cent: float
    collateral_bps: float
    liquidity_bps: float
    deadline_penalty: PenaltyConfig
    eod_penalty: PenaltyConfig
    split_friction: i64
    overdue_multiplier: float
    urgent_multiplier: float = 1.0
    normal_multiplier: float = 1.0
    low_multiplier: float = 1.0


@dataclass
class LsmConfig:
    """`lsm_config` (06 §6, D31)."""

    bilateral: bool
    cycles: bool
    multilateral: bool
    max_cycle_length: i64
    max_cycles_per_tick: i64
    cycle_search_limit: i64


@dataclass
class EngineConfig:
    """A whole scenario, ready to run. `agents` and `events` keep the order of the file."""

    ticks_per_day: i64
    num_days: i64
    rng_seed: int
    agents: list[AgentConfig]
    events: list[EventConfig]
    costs: CostConfig
    lsm: LsmConfig
    deferred_crediting: bool = False
    deadline_cap_at_eod: bool = False
    eod_rush_threshold: float = 0.8
    priority_queue1: bool = False
    """`queue1_ordering: priority_deadline`."""
    priority_mode: bool = False
    algorithm_sequencing: bool = False
    entry_disposition: bool = False
    daily_reallocation: bool = True
    escalation: bool = False
    escalation_start: i64 = 20
    escalation_boost: i64 = 3
