"""From validated sections to the plain numbers that the engine reads (`core.config`).

Belongs here: the translation and nothing else; every default, check and message lies before it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from paysim_engine.core import codes
from paysim_engine.core.config import (
    AgentConfig,
    AmountConfig,
    ArrivalConfig,
    CostConfig,
    EngineConfig,
    EventConfig,
    LsmConfig,
    PenaltyConfig,
    PriorityConfig,
)
from paysim_engine.policy.trees import Policy
from paysim_engine.scenario.policy_documents import AgentPolicy, compiled
from paysim_engine.scenario.sections.agents import Agent, Limits
from paysim_engine.scenario.sections.arrivals import Arrivals, Band
from paysim_engine.scenario.sections.costs import Costs, DelayMultipliers, FixedPenalty, RatePenalty
from paysim_engine.scenario.sections.distributions import (
    AmountDistribution,
    CategoricalPriority,
    FixedPriority,
    LogNormalAmount,
    NormalAmount,
    PriorityDistribution,
    UniformAmount,
    UniformPriority,
)
from paysim_engine.scenario.sections.events import (
    AgentArrivalRateChange,
    AnyEvent,
    CollateralAdjustment,
    CounterpartyWeightChange,
    CustomTransactionArrival,
    DeadlineWindowChange,
    DirectTransfer,
    GlobalArrivalRateChange,
    Repeating,
    ScheduledSettlement,
)
from paysim_engine.scenario.sections.lsm import Lsm
from paysim_engine.scenario.sections.scenario import Scenario

_BAND_PRIORITIES = {"urgent": (8, 10), "normal": (4, 7), "low": (0, 3)}
"""Lowest and highest priority of each band (02 §2.7)."""

_DEFAULT_PRIORITY = 5


def engine_config(scenario: Scenario, policies: Mapping[int, AgentPolicy], *, seed: int, num_days: int) -> EngineConfig:
    """The whole scenario, ready to run.

    Args:
        scenario: The validated scenario.
        policies: The policy of each agent, by position in the list.
        seed: Seed of the generator.
        num_days: Length of the run in days.
    """
    policy_of = compiled(policy.document for policy in policies.values())
    escalation = scenario.priority_escalation
    return EngineConfig(
        ticks_per_day=scenario.simulation.ticks_per_day,
        num_days=num_days,
        rng_seed=seed,
        agents=[_agent(agent, policies[i], policy_of) for i, agent in enumerate(scenario.agents)],
        events=[_event(event) for event in scenario.scenario_events or ()],
        costs=_costs(scenario.cost_rates),
        lsm=_lsm(scenario.lsm_config),
        deferred_crediting=scenario.deferred_crediting,
        deadline_cap_at_eod=scenario.deadline_cap_at_eod,
        eod_rush_threshold=scenario.eod_rush_threshold,
        priority_queue1=scenario.queue1_ordering == "priority_deadline",
        priority_mode=scenario.priority_mode,
        algorithm_sequencing=scenario.algorithm_sequencing,
        entry_disposition=scenario.entry_disposition_offsetting,
        daily_reallocation=scenario.daily_liquidity_reallocation,
        escalation=escalation.enabled,
        escalation_start=escalation.start_escalating_at_ticks,
        escalation_boost=escalation.max_boost,
    )


def _or_none(value: int | None) -> int:
    return codes.NONE if value is None else value


def _agent(agent: Agent, policy: AgentPolicy, policy_of: Callable[[dict[str, Any]], Policy]) -> AgentConfig:
    limits = agent.limits or Limits()
    return AgentConfig(
        id=agent.id,
        opening_balance=agent.opening_balance,
        unsecured_cap=agent.unsecured_cap,
        posted_collateral=agent.posted_collateral,
        haircut=agent.collateral_haircut,
        max_collateral_capacity=_or_none(agent.max_collateral_capacity),
        liquidity_pool=_or_none(agent.liquidity_pool),
        pool_fraction=_pool_fraction(agent, policy),
        bilateral_limits=dict(limits.bilateral_limits),
        multilateral_limit=_or_none(limits.multilateral_limit),
        policy=policy_of(policy.document),
        arrivals=None if agent.arrival_config is None else _arrivals(agent.arrival_config),
        bands=[] if agent.arrival_bands is None else [_band(name, band) for name, band in agent.arrival_bands.given],
    )


def _pool_fraction(agent: Agent, policy: AgentPolicy) -> float:
    """The policy's own fraction goes before the agent's, which goes before the whole pool (D34)."""
    for fraction in (policy.fraction, agent.liquidity_allocation_fraction):
        if fraction is not None:
            return fraction
    return 1.0


def _arrivals(arrivals: Arrivals) -> ArrivalConfig:
    shortest, longest = arrivals.deadline_range
    return ArrivalConfig(
        rate=arrivals.rate_per_tick,
        amount=_amount(arrivals.amount_distribution),
        weights=dict(arrivals.counterparty_weights),
        deadline_min=shortest,
        deadline_max=longest,
        priority=_priority(arrivals.priority_distribution or FixedPriority(type="Fixed", value=arrivals.priority)),
        divisible=arrivals.divisible,
    )


def _band(name: str, band: Band) -> ArrivalConfig:
    low, high = _BAND_PRIORITIES[name]
    return ArrivalConfig(
        rate=band.rate_per_tick,
        amount=_amount(band.amount_distribution),
        weights=dict(band.counterparty_weights),
        deadline_min=band.deadline_offset_min,
        deadline_max=band.deadline_offset_max,
        priority=_priority(UniformPriority(type="Uniform", min=low, max=high)),
        divisible=band.divisible,
    )


def _amount(amount: AmountDistribution) -> AmountConfig:
    if isinstance(amount, UniformAmount):
        return AmountConfig(codes.UNIFORM, amount.min, amount.max, 0.0, 0.0)
    if isinstance(amount, NormalAmount):
        return AmountConfig(codes.NORMAL_AMOUNT, amount.mean, amount.std_dev, 0.0, 0.0)
    if isinstance(amount, LogNormalAmount):
        return AmountConfig(codes.LOG_NORMAL, 0, 0, amount.mean, amount.std_dev)
    return AmountConfig(codes.EXPONENTIAL, 0, 0, amount.rate, 0.0)


def _priority(priority: PriorityDistribution) -> PriorityConfig:
    if isinstance(priority, FixedPriority):
        return PriorityConfig(codes.PRIORITY_FIXED, priority.value, priority.value, [], [])
    if isinstance(priority, CategoricalPriority):
        return PriorityConfig(codes.PRIORITY_CATEGORICAL, 0, 0, list(priority.values), list(priority.weights))
    return PriorityConfig(codes.PRIORITY_UNIFORM, priority.min, priority.max, [], [])


def _event(event: AnyEvent) -> EventConfig:
    schedule = event.schedule
    repeating = isinstance(schedule, Repeating)
    config = EventConfig(0, repeating, schedule.first, schedule.interval if isinstance(schedule, Repeating) else 0)
    if isinstance(event, DirectTransfer | CustomTransactionArrival | ScheduledSettlement):
        config.agent, config.other, config.amount = event.from_agent, event.to_agent, event.amount
    if isinstance(event, DirectTransfer):
        config.kind = codes.DIRECT_TRANSFER
    elif isinstance(event, CustomTransactionArrival):
        config.kind = codes.CUSTOM_ARRIVAL
        config.priority = _DEFAULT_PRIORITY if event.priority is None else event.priority
        config.deadline = _or_none(event.deadline)
        config.divisible = bool(event.is_divisible)
    elif isinstance(event, ScheduledSettlement):
        config.kind = codes.SCHEDULED_SETTLEMENT_EVENT
    elif isinstance(event, CollateralAdjustment):
        config.kind, config.agent, config.amount = codes.COLLATERAL_ADJUSTMENT, event.agent, event.delta
    elif isinstance(event, GlobalArrivalRateChange):
        config.kind, config.multiplier = codes.GLOBAL_RATE_CHANGE, event.multiplier
    elif isinstance(event, AgentArrivalRateChange):
        config.kind, config.agent, config.multiplier = codes.AGENT_RATE_CHANGE, event.agent, event.multiplier
    elif isinstance(event, CounterpartyWeightChange):
        config.kind, config.agent, config.other = codes.WEIGHT_CHANGE, event.agent, event.counterparty
        config.weight, config.balance_others = event.new_weight, event.auto_balance_others
    elif isinstance(event, DeadlineWindowChange):
        config.kind = codes.WINDOW_CHANGE
        config.min_multiplier = -1.0 if event.min_ticks_multiplier is None else event.min_ticks_multiplier
        config.max_multiplier = -1.0 if event.max_ticks_multiplier is None else event.max_ticks_multiplier
    return config


def _penalty(penalty: FixedPenalty | RatePenalty) -> PenaltyConfig:
    if isinstance(penalty, FixedPenalty):
        return PenaltyConfig(penalty.amount, -1)
    # Truncated, not rounded: 8.2 basis points are 8199999 millionths (04 §1.1).
    return PenaltyConfig(0, int(penalty.bps_per_event * 1_000_000.0))


def _costs(costs: Costs) -> CostConfig:
    multipliers = costs.priority_delay_multipliers or DelayMultipliers()
    return CostConfig(
        overdraft_bps=costs.overdraft_bps_per_tick,
        delay_per_cent=costs.delay_cost_per_tick_per_cent,
        collateral_bps=costs.collateral_cost_per_tick_bps,
        liquidity_bps=costs.liquidity_cost_per_tick_bps,
        deadline_penalty=_penalty(costs.deadline_penalty),
        eod_penalty=_penalty(costs.end_of_day),
        split_friction=costs.split_friction_cost,
        overdue_multiplier=costs.overdue_delay_multiplier,
        urgent_multiplier=multipliers.urgent_multiplier,
        normal_multiplier=multipliers.normal_multiplier,
        low_multiplier=multipliers.low_multiplier,
    )


def _lsm(lsm: Lsm) -> LsmConfig:
    return LsmConfig(
        bilateral=lsm.enable_bilateral,
        cycles=lsm.enable_cycles,
        multilateral=lsm.enable_multilateral,
        max_cycle_length=lsm.max_cycle_length,
        max_cycles_per_tick=lsm.max_cycles_per_tick,
        cycle_search_limit=lsm.cycle_search_limit,
    )
