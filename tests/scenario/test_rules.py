"""One case per rule: a path, a value that breaks the rule there, and what the report says."""

import math
from pathlib import Path

import pytest

from paysim_engine.scenario.bounds import AGENTS_MAX
from tests.scenario.building import ABSENT, FULL, MINIMAL, RELEASE, changed, load_as_yaml, load_data, problems

ARRIVALS = "agents.1.arrival_config"
BAND = "agents.0.arrival_bands.low"
AMOUNT = f"{ARRIVALS}.amount_distribution"
PRIORITY = f"{ARRIVALS}.priority_distribution"
EVENT = "scenario_events"
UNIFORM = {"type": "Uniform", "min": 1, "max": 5}

RULES: list[tuple[str, object, str]] = [
    # simulation
    ("simulation", ABSENT, "simulation: missing, but required"),
    ("simulation", 5, "simulation: must be a mapping, got 5"),
    ("simulation", None, "simulation: must be a mapping, got null"),
    ("simulation.ticks_per_day", 0, "from 1 to 10^6, got 0"),
    ("simulation.ticks_per_day", 10**12, "from 1 to 10^6"),
    ("simulation.num_days", 0, "from 1 to 100000, got 0"),
    ("simulation.num_days", ABSENT, "simulation.num_days: missing, but required"),
    ("simulation", {"ticks_per_day": 10**6, "num_days": 101, "rng_seed": 1}, "at most 10^8 ticks"),
    ("simulation.rng_seed", -1, "from 0 to 2^64 - 1, got -1"),
    ("simulation.rng_seed", 2**64, "from 0 to 2^64 - 1"),
    ("simulation.rng_seed", ABSENT, "simulation.rng_seed: missing"),
    # spellings of numbers
    ("simulation.num_days", True, "got true. A boolean is not a number"),
    ("simulation.num_days", 1.5, "got 1.5"),
    ("simulation.num_days", "1e6", "YAML reads 1e6 as text: write 1000000"),
    ("simulation.num_days", "1.0", 'got "1.0"'),
    ("simulation.num_days", "1_000", 'got "1_000"'),
    ("simulation.num_days", " 1", 'got " 1"'),
    ("simulation.num_days", "", 'got ""'),
    ("simulation.num_days", None, "got null. Leave the key out"),
    ("eod_rush_threshold", "half", 'got "half"'),
    ("eod_rush_threshold", "nan", 'got "nan"'),
    ("eod_rush_threshold", "inf", 'got "inf"'),
    ("eod_rush_threshold", False, "A boolean is not a number"),
    ("eod_rush_threshold", [0.5], "got [0.5]"),
    # switches
    ("eod_rush_threshold", 1.01, "from 0 to 1, got 1.01"),
    ("eod_rush_threshold", -0.1, "from 0 to 1"),
    ("queue1_ordering", "lifo", 'queue1_ordering: is not a known name, got "lifo". Did you mean "fifo"?'),
    ("queue1_ordering", 5, "queue1_ordering: is not a known name, got 5"),
    ("deferred_crediting", "true", "must be true or false"),
    ("deferred_crediting", 1, "must be true or false, got 1"),
    ("deferred_crediting", None, "must be true or false, got null"),
    ("priority_escalation", None, "must be a mapping"),
    ("priority_escalation.curve", "cubic", "priority_escalation.curve: is not a known name"),
    ("priority_escalation.max_boost", 11, "from 0 to 10, got 11"),
    ("priority_escalation.start_escalating_at_ticks", -1, "got -1"),
    # netting
    ("lsm_config", None, "lsm_config: must be a mapping, got null"),
    ("lsm_config.max_cycle_length", 2, "from 3 to 10, got 2"),
    ("lsm_config.max_cycle_length", 11, "from 3 to 10, got 11"),
    ("lsm_config.max_cycles_per_tick", 0, "from 1 to 100"),
    ("lsm_config.max_cycles_per_tick", 101, "from 1 to 100"),
    ("lsm_config.cycle_search_limit", 0, "cycle_search_limit"),
    # costs
    ("cost_rates", None, "cost_rates: must be a mapping, got null"),
    ("cost_rates.overdraft_bps_per_tick", -0.1, "from 0 to 10^6, got -0.1"),
    ("cost_rates.delay_cost_per_tick_per_cent", 10**7, "from 0 to 10^6"),
    ("cost_rates.collateral_cost_per_tick_bps", None, "got null"),
    ("cost_rates.liquidity_cost_per_tick_bps", -1, "got -1"),
    ("cost_rates.split_friction_cost", -1, "cents from 0 to 10^15, got -1"),
    ("cost_rates.overdue_delay_multiplier", -1, "got -1"),
    ("cost_rates.priority_delay_multipliers", {"urgent_multiplier": -1}, "urgent_multiplier"),
    ("cost_rates.priority_delay_multipliers", {"urgent": 1}, "priority_delay_multipliers.urgent: unknown key"),
    ("cost_rates.deadline_penalty", 5000.0, "cost_rates.deadline_penalty: must be a whole number of cents, {mode"),
    ("cost_rates.deadline_penalty", True, "cost_rates.deadline_penalty: must be a whole number of cents, {mode"),
    ("cost_rates.deadline_penalty", "5000", "cost_rates.deadline_penalty: must be a whole number of cents, {mode"),
    ("cost_rates.deadline_penalty", None, "cost_rates.deadline_penalty: must be a whole number of cents, {mode"),
    ("cost_rates.deadline_penalty", -1, "cents from 0 to 10^15, got -1"),
    ("cost_rates.deadline_penalty", 10**15 + 1, "cents from 0 to 10^15"),
    ("cost_rates.deadline_penalty", {}, "deadline_penalty.mode: missing, but required. One of: fixed, rate"),
    ("cost_rates.deadline_penalty", {"mode": "flat"}, 'deadline_penalty.mode: is not a known mode, got "flat"'),
    ("cost_rates.deadline_penalty", {"mode": "fixed"}, "Fixed mode requires 'amount'"),
    ("cost_rates.deadline_penalty", {"mode": "rate"}, "Rate mode requires 'bps_per_event'"),
    ("cost_rates.deadline_penalty", {"mode": "rate", "bps_per_event": -1}, "bps_per_event: must be a number"),
    ("cost_rates.deadline_penalty", {"mode": "fixed", "amount": 1, "bps_per_event": 1}, "not a key of mode fixed"),
    ("cost_rates.eod_penalty_per_transaction", 5, 'is the older name of "eod_penalty"'),
    ("cost_rates.eod_penalty_per_transaction", None, "must be a whole number of cents"),
    # agents
    ("agents", ABSENT, "agents: missing, but required"),
    ("agents", [], "must list from 1 to 10000 agents; it lists 0"),
    ("agents", {}, "agents: must be a list"),
    ("agents", None, "agents: must be a list, got null"),
    ("agents.1", 5, "agents[1]: must be a mapping, got 5"),
    ("agents.1.id", ABSENT, "agents[1].id: missing, but required"),
    ("agents.1.id", 5, "agents[1].id: must be text, got 5. Quote it"),
    ("agents.1.id", False, "agents[1].id: must be text, got false. Quote it"),
    ("agents.1.id", "  ", "agents[1].id: must not be blank"),
    ("agents.1.id", "", "agents[1].id: must not be blank"),
    ("agents.1.id", "A\x1b[31m", "agents[1].id: must not hold control characters"),
    ("agents.1.id", "x" * 201, "agents[1].id: must have at most 200 characters"),
    ("agents.1.id", "HUB", 'agents[1].id: Duplicate agent IDs found, in agents[0], agents[1], got "HUB"'),
    ("agents.1.opening_balance", ABSENT, "agents[1].opening_balance: missing, but required"),
    ("agents.1.opening_balance", 10**15 + 1, "from -10^15 to 10^15"),
    ("agents.1.opening_balance", -(10**15) - 1, "from -10^15 to 10^15"),
    ("agents.1.unsecured_cap", -1, "cents from 0 to 10^15, got -1"),
    ("agents.1.unsecured_cap", None, "got null"),
    ("agents.1.posted_collateral", -1, "cents from 0 to 10^15"),
    ("agents.1.collateral_haircut", 1.1, "from 0 to 1, got 1.1"),
    ("agents.1.max_collateral_capacity", -1, "cents from 0"),
    ("agents.1.liquidity_pool", -1, "cents from 0"),
    ("agents.1.liquidity_allocation_fraction", 1.1, "from 0 to 1"),
    ("agents.0.limits.multilateral_limit", -1, "cents from 0"),
    (
        "agents.0.limits.bilateral_limits",
        {"MILL": -1},
        "agents[0].limits.bilateral_limits.MILL: must be a whole number",
    ),
    ("agents.0.limits.bilateral_limits", {"MIL": 1}, 'unknown agent: "MIL". Did you mean "MILL"?'),
    ("agents.0.limits.bilateral_limits", {"HUB": 1}, "limit of an agent towards itself"),
    ("agents.0.limits.bilateral_limits", None, "must be a mapping, got null"),
    # arrivals
    ("agents.0.arrival_config", FULL["agents"][1]["arrival_config"], "are mutually exclusive - specify only one"),
    (f"{ARRIVALS}.rate_per_tick", -0.1, "from 0 to 10^6, got -0.1"),
    (f"{ARRIVALS}.rate_per_tick", math.nan, "not valid JSON"),
    (f"{ARRIVALS}.rate_per_tick", ABSENT, "rate_per_tick: missing"),
    (AMOUNT, ABSENT, "amount_distribution: missing"),
    (f"{ARRIVALS}.counterparty_weights", {}, "counterparty_weights cannot be empty"),
    (f"{ARRIVALS}.counterparty_weights", ABSENT, "counterparty_weights: missing"),
    (f"{ARRIVALS}.counterparty_weights", {"HUB": 0, "FARM": 0.0}, "must sum to positive value"),
    (
        f"{ARRIVALS}.counterparty_weights",
        {"MILL": 1, "FARM": 0},
        "no agent but the sender itself has a positive weight",
    ),
    (f"{ARRIVALS}.counterparty_weights", {"HUB": -1, "FARM": 2}, "counterparty_weights.HUB: must be a number"),
    (
        f"{ARRIVALS}.counterparty_weights",
        {"HUBB": 1},
        'agent MILL references unknown counterparty: "HUBB". Did you mean',
    ),
    (f"{ARRIVALS}.counterparty_weights", {"HUB": 10**16}, "from 0 to 10^15"),
    (f"{ARRIVALS}.counterparty_weights", [1], "must be a mapping"),
    (f"{ARRIVALS}.deadline_range", [0, 5], "deadline_range[0]: must be a whole number of ticks from 1"),
    (f"{ARRIVALS}.deadline_range", [5, 4], "deadline range max must be >= min, got [5, 4]"),
    (f"{ARRIVALS}.deadline_range", [5], "must be a list of two numbers, [min, max], got [5]"),
    (f"{ARRIVALS}.deadline_range", [1, 2, 3], "must be a list of two numbers"),
    (f"{ARRIVALS}.deadline_range", 5, "deadline_range: must be a list"),
    (f"{ARRIVALS}.deadline_range", [1, 10**9 + 1], "10^9"),
    (f"{ARRIVALS}.priority", 11, "from 0 to 10, got 11"),
    (f"{ARRIVALS}.divisible", "no", "must be true or false"),
    ("agents.0.arrival_bands", {}, "At least one arrival band must be configured"),
    ("agents.0.arrival_bands.urgent", None, "agents[0].arrival_bands.urgent: must be a mapping, got null"),
    ("agents.0.arrival_bands.high", {}, "agents[0].arrival_bands.high: unknown key"),
    (f"{BAND}.deadline_offset_min", 0, "ticks from 1"),
    (f"{BAND}.deadline_offset_max", 3, "deadline_offset_max: must be at least deadline_offset_min, got 3"),
    (f"{BAND}.counterparty_weights", {"X": 1}, 'agent HUB references unknown counterparty: "X"'),
    (f"{BAND}.counterparty_weights", {"HUB": 1}, "no agent but the sender itself"),
    (f"{BAND}.counterparty_weights", None, "must be a mapping, got null"),
    (f"{BAND}.priority", 5, "priority: unknown key here. It belongs at"),
    # amounts
    (AMOUNT, {}, "amount_distribution.type: missing, but required. One of: Uniform, Normal, LogNormal, Exponential"),
    (AMOUNT, {"type": "LogNorm"}, 'type: is not a known type, got "LogNorm". Did you mean "LogNormal"'),
    (AMOUNT, {"type": "Lognormal"}, 'Did you mean "LogNormal"?'),
    (AMOUNT, {"type": ["Uniform"]}, "amount_distribution.type: is not a known type"),
    (AMOUNT, {"type": "Uniform", "min": 5, "max": 5}, "amount_distribution.max: must be greater than min, got 5"),
    (AMOUNT, {"type": "Uniform", "min": -1, "max": 5}, "min: must be a whole number of cents from 0"),
    (AMOUNT, {"type": "Uniform", "min": 0, "max": 10**16}, "to 10^15"),
    (AMOUNT, {"type": "Normal", "mean": 5.5, "std_dev": 1}, "mean: must be a whole number"),
    (AMOUNT, {"type": "Normal", "mean": 5, "std_dev": 0}, "std_dev: must be a whole number"),
    (AMOUNT, {"type": "LogNormal", "mean": 0, "std_dev": 1}, "mean: must be a number above 0, at most 10^15"),
    (AMOUNT, {"type": "LogNormal", "mean": 500, "std_dev": 0}, "std_dev: must be a number above 0"),
    (AMOUNT, {"type": "Exponential", "lambda": 0}, "lambda: must be a number above 0"),
    (AMOUNT, {"type": "Exponential", "rate": 1}, "amount_distribution.rate: unknown key"),
    (AMOUNT, {"type": "Normal", "mean": 5, "std_dev": 1, "lambda": 1}, "lambda: not a key of type Normal"),
    # priorities
    (PRIORITY, 5, "priority_distribution: must be a mapping, got 5"),
    (PRIORITY, {"type": "Fixed", "value": 11}, "value: must be a whole number from 0 to 10"),
    (PRIORITY, {"type": "Categorical", "values": [1], "weights": [1, 2]}, "must have as many entries as values (1)"),
    (PRIORITY, {"type": "Categorical", "values": [], "weights": []}, "weights: must sum to a positive value"),
    (PRIORITY, {"type": "Categorical", "values": [1, 2], "weights": [0, 0]}, "weights: must sum to a positive value"),
    (PRIORITY, {"type": "Categorical", "values": [1, 2], "weights": [2, -1]}, "weights[1]: must be a number from 0"),
    (PRIORITY, {"type": "Categorical", "values": [11], "weights": [1]}, "values[0]: must be a whole number"),
    (PRIORITY, {"type": "Uniform", "min": 6, "max": 5}, "max: must be at least min"),
    # policies
    ("agents.0.policy", {}, "agents[0].policy.type: missing, but required. One of: Fifo"),
    ("agents.0.policy", None, "agents[0].policy: must be a mapping, got null"),
    ("agents.0.policy", "Fifo", 'agents[0].policy: must be a mapping, got "Fifo"'),
    (
        "agents.0.policy",
        {"type": "fifo"},
        'agents[0].policy.type: is not a known type, got "fifo". Did you mean "Fifo"?',
    ),
    (
        "agents.0.policy",
        {"type": "MockStaggerSplit"},
        "Write an Inline document whose payment tree is one StaggerSplit",
    ),
    ("agents.0.policy", {"type": "Fifo", "urgency_threshold": 5}, "urgency_threshold: not a key of type Fifo"),
    ("agents.0.policy", {"type": "Deadline"}, "urgency_threshold: missing"),
    ("agents.0.policy", {"type": "Deadline", "urgency_threshold": 0}, "ticks from 1"),
    ("agents.0.policy.target_buffer", -1, "cents from 0"),
    ("agents.0.policy.urgency_threshold", 0, "ticks from 1"),
    ("agents.1.policy.max_splits", 1, "from 2 to 10"),
    ("agents.1.policy.max_splits", 11, "from 2 to 10"),
    ("agents.1.policy.min_split_amount", 0, "cents from 1"),
    ("agents.1.policy", {"type": "MockSplitting", "num_splits": 1}, "from 2 to 10"),
    ("agents.1.policy", {"type": "FromJson"}, "json_path: missing"),
    ("agents.1.policy", {"type": "FromJson", "json_path": ""}, "json_path: must not be empty"),
    ("agents.1.policy", {"type": "Inline"}, "decision_trees: missing"),
    ("agents.1.policy", {"type": "Inline", "decision_trees": []}, "decision_trees: must be a mapping"),
    ("agents.1.policy", {"type": "InlineJson", "json_string": 5}, "json_string: must be text"),
    # events
    (EVENT, {}, "scenario_events: must be a list"),
    (f"{EVENT}.0", None, "scenario_events[0]: must be a mapping, got null"),
    (f"{EVENT}.0.type", ABSENT, "scenario_events[0].type: missing, but required"),
    (f"{EVENT}.0.type", "GlobalArrivalRateChanged", 'Did you mean "GlobalArrivalRateChange"?'),
    (f"{EVENT}.0.schedule", ABSENT, "scenario_events[0].schedule: missing"),
    (f"{EVENT}.0.schedule", "OneTime", "scenario_events[0].schedule: must be a mapping"),
    (f"{EVENT}.0.schedule", {"tick": 3}, "scenario_events[0].schedule.type: missing"),
    (f"{EVENT}.0.schedule", {"type": "OneTime", "tick": -1}, "schedule.tick: must be a whole number from 0"),
    (f"{EVENT}.0.schedule", {"type": "Repeating", "start_tick": 0}, "schedule.interval: missing"),
    (f"{EVENT}.0.schedule", {"type": "Repeating", "start_tick": 0, "interval": 0}, "interval: must be a whole number"),
    (f"{EVENT}.0.schedule", {"type": "OneTime", "tick": 0, "interval": 5}, "interval: not a key of type OneTime"),
    (
        f"{EVENT}.0.tick",
        5,
        'scenario_events[0].tick: unknown key here. It belongs at "scenario_events[].schedule.tick"',
    ),
    (f"{EVENT}.0.multiplier", 0, "multiplier: must be a number above 0"),
    (f"{EVENT}.0.multiplier", 10**7, "multiplier: must be a number above 0, at most 10^6"),
    (f"{EVENT}.1.agent", "FARMS", 'Scenario event 1 references unknown agent: "FARMS". Did you mean "FARM"?'),
    (f"{EVENT}.1.multiplier", -1, "multiplier: must be a number above 0"),
    (f"{EVENT}.2.counterparty", "X", "Scenario event 2 references unknown counterparty"),
    (f"{EVENT}.2.counterparty", "MILL", "scenario_events[2].counterparty: must not be the same agent as agent"),
    (f"{EVENT}.2.new_weight", 1.1, "from 0 to 1"),
    (f"{EVENT}.2.auto_balance_others", None, "must be true or false"),
    (f"{EVENT}.3.max_ticks_multiplier", None, "At least one of min_ticks_multiplier or max_ticks_multiplier"),
    (f"{EVENT}.3.min_ticks_multiplier", 0, "min_ticks_multiplier: must be a number above 0"),
    (f"{EVENT}.4.delta", 1.5, "delta: must be a whole number"),
    (f"{EVENT}.4.delta", -(10**15) - 1, "from -10^15 to 10^15"),
    (f"{EVENT}.5.amount", 0, "amount: must be a whole number of cents from 1"),
    (f"{EVENT}.5.amount", 10**15 + 1, "to 10^15"),
    (
        f"{EVENT}.5.from_agent",
        "X",
        'Scenario event 5 references unknown from_agent: "X". Valid agents: HUB, MILL, FARM',
    ),
    (f"{EVENT}.5.to_agent", "X", "Scenario event 5 references unknown to_agent"),
    (f"{EVENT}.5.to_agent", "HUB", "scenario_events[5].to_agent: must not be the same agent as from_agent"),
    (f"{EVENT}.6.amount", -5, "amount: must be a whole number of cents from 1"),
    (f"{EVENT}.6.priority", 5, "priority: not a key of type ScheduledSettlement"),
    (f"{EVENT}.7.priority", 11, "from 0 to 10"),
    (f"{EVENT}.7.deadline", 0, "deadline: must be a whole number of ticks from 1"),
    (f"{EVENT}.7.is_divisible", 0, "must be true or false"),
    # toggles
    (
        "policy_feature_toggles",
        {"include": [], "exclude": []},
        "Cannot specify both 'include' and 'exclude' - choose one",
    ),
    (
        "policy_feature_toggles",
        {"include": ["PaymentActions"]},
        'include[0]: is not a known name, got "PaymentActions". Did',
    ),
    ("policy_feature_toggles", {"include": None}, "include: must be a list"),
    ("cost_feature_toggles", {"include": ["Weekly"]}, "Valid names: PerTick, OneTime, Daily, Modifier"),
    ("cost_feature_toggles", {"only": []}, "cost_feature_toggles.only: unknown key. Valid names: include, exclude"),
    # unknown keys
    ("interest", 1, "interest: unknown key. Valid names: simulation, agents, cost_rates"),
    ("deferred_creditting", True, 'deferred_creditting: unknown key. Did you mean "deferred_crediting"?'),
    ("simulation.priority_mode", True, 'unknown key here. It belongs at the top level: "priority_mode".'),
    ("agents.0.opening_balence", 1, 'agents[0].opening_balence: unknown key. Did you mean "opening_balance"?'),
    ("agents.0.multilateral_limits", 1, "agents[0].multilateral_limits: unknown key. Valid names"),
    ("agents.0.max_cycle_length", 3, 'It belongs at "lsm_config.max_cycle_length".'),
    ("rng_seed", 3, 'rng_seed: unknown key here. It belongs at "simulation.rng_seed".'),
    ("lsm_config.x y", 3, 'lsm_config["x y"]: unknown key'),
]


@pytest.mark.parametrize(("path", "value", "expected"), RULES, ids=lambda value: str(value)[:40])
def test_rule(path: str, value: object, expected: str, tmp_path: Path) -> None:
    report = "\n".join(map(str, problems(lambda: load_data(tmp_path, changed(FULL, path, value)))))
    assert expected in report


ACCEPTED: list[tuple[str, object]] = [
    ("simulation.num_days", "2"),
    ("simulation.num_days", 2.0),
    ("simulation.rng_seed", 0),
    ("simulation.rng_seed", 2**64 - 1),
    ("agents.1.opening_balance", -(10**15)),
    ("agents.1.opening_balance", "-12"),
    ("agents.1.max_collateral_capacity", 0),
    ("agents.1.id.", None),
    (f"{ARRIVALS}.rate_per_tick", "1e-3"),
    (f"{ARRIVALS}.rate_per_tick", 0),
    (f"{ARRIVALS}.counterparty_weights", {"HUB": 1, "FARM": 0}),
    (f"{ARRIVALS}.deadline_range", [3, 3]),
    (AMOUNT, {"type": "Normal", "mean": -5, "std_dev": 1}),
    (PRIORITY, None),
    (PRIORITY, {"type": "Uniform", "min": 4, "max": 4}),
    ("eod_rush_threshold", 1),
    ("queue1_ordering", "priority-deadline"),
    ("cost_rates.deadline_penalty", 0),
    ("cost_rates.priority_delay_multipliers", None),
    ("cost_rates.priority_delay_multipliers", {}),
    ("scenario_events", None),
    ("scenario_events", []),
    ("policy_feature_toggles", None),
    ("cost_feature_toggles", None),
    ("agents.0.arrival_bands", None),
    ("agents.1.arrival_config", None),
    ("agents.0.limits", None),
    ("agents.0.limits", {}),
    ("agents.0.limits.multilateral_limit", None),
    ("agents.0.posted_collateral", None),
    ("agents.0.collateral_haircut", None),
    ("agents.0.max_collateral_capacity", None),
    ("agents.2.liquidity_pool", None),
    ("agents.2.liquidity_allocation_fraction", None),
    ("scenario_events.7.priority", None),
    ("scenario_events.7.priority", 0),
    ("scenario_events.7.deadline", None),
    ("scenario_events.7.is_divisible", None),
    ("scenario_events.3.min_ticks_multiplier", None),
    ("scenario_events.4.delta", 0),
]


@pytest.mark.parametrize(("path", "value"), [case for case in ACCEPTED if case[0] != "agents.1.id."])
def test_accepted(path: str, value: object, tmp_path: Path) -> None:
    assert problems(lambda: load_data(tmp_path, changed(FULL, path, value))) == []
    assert problems(lambda: load_as_yaml(tmp_path, changed(FULL, path, value))) == []


def test_ids_may_be_any_words(tmp_path: Path) -> None:
    data = changed(changed(MINIMAL, "agents.0.id", "Crédit d'Ouest 銀行 🏦"), "agents.1.id", "NO")
    assert load_as_yaml(tmp_path, data).resolved["agents"][0]["id"] == "Crédit d'Ouest 銀行 🏦"


def test_generating_payments_needs_somebody_to_pay(tmp_path: Path) -> None:
    lonely = {**FULL, "agents": [FULL["agents"][2]], "scenario_events": []}
    found = problems(lambda: load_data(tmp_path, lonely))
    assert [problem.path for problem in found] == ["agents[0].arrival_config"]
    assert "no other agent to pay" in found[0].message


def test_number_of_agents_is_bounded(tmp_path: Path) -> None:
    agents = [{"id": str(i), "opening_balance": 0} for i in range(AGENTS_MAX + 1)]
    found = problems(lambda: load_data(tmp_path, {**MINIMAL, "agents": agents}))
    assert "must list from 1 to 10000 agents; it lists 10001" in str(found[0])


@pytest.mark.parametrize(
    ("kind", "amount"),
    [("DirectTransfer", "amount"), ("CustomTransactionArrival", "amount"), ("CollateralAdjustment", "delta")],
)
def test_what_events_move_together_is_bounded(kind: str, amount: str, tmp_path: Path) -> None:
    """Each amount is sound; a thousand of them are the most that may be moved."""
    agents = {"agent": "A"} if kind == "CollateralAdjustment" else {"from_agent": "A", "to_agent": "B"}
    event = {"type": kind, **agents, amount: 10**15}

    def found(ticks: int) -> list[str]:
        schedule = {"type": "Repeating", "start_tick": 1, "interval": 2}
        simulation = {"ticks_per_day": ticks, "num_days": 1, "rng_seed": 1}
        data = {**MINIMAL, "simulation": simulation, "scenario_events": [{**event, "schedule": schedule}]}
        return [str(problem) for problem in problems(lambda: load_data(tmp_path, data))]

    assert found(2001) == []
    assert found(2002) == [
        "line 1: scenario_events: amounts and deltas, each as often as it fires, add up to more than 10^18 cents. Fire "
        "less often, or move less."
    ]


def test_a_sound_scenario_has_no_problem(tmp_path: Path) -> None:
    for data in (FULL, MINIMAL):
        assert problems(lambda data=data: load_data(tmp_path, data)) == []  # type: ignore[misc]
    assert RELEASE["action"] == "Release"
