"""From a configuration to a state that can run (01 §6).

Belongs here: numbering the agents by ascending id and filling the first columns. Does not belong here: checks.
"""

from mypy_extensions import i64

from paysim_engine.core.arrivals import Arrivals
from paysim_engine.core.bank import Registers
from paysim_engine.core.config import AgentConfig, EngineConfig
from paysim_engine.core.ledger import Ledger
from paysim_engine.core.numbers import saturate
from paysim_engine.core.payments import EXPECTED_MOST
from paysim_engine.core.rng import Generator
from paysim_engine.core.state import State
from paysim_engine.policy.trees import Policy
from paysim_engine.record.recorder import Recorder


def by_id(config: EngineConfig) -> list[AgentConfig]:
    """The agents in ascending id order: an agent's place in it is its number."""
    of_id: dict[str, AgentConfig] = {}
    for agent in config.agents:
        of_id[agent.id] = agent
    return [of_id[agent_id] for agent_id in sorted(of_id)]


def build_ledger(agents: list[AgentConfig]) -> Ledger:
    """Accounts with their opening balances; pool liquidity comes at tick 0 (D34)."""
    ledger = Ledger()
    for agent in agents:
        ledger.add_agent(
            agent.id,
            agent.opening_balance,
            agent.unsecured_cap,
            agent.posted_collateral,
            agent.haircut,
            agent.max_collateral_capacity,
            agent.liquidity_pool,
            agent.pool_fraction,
            agent.multilateral_limit,
        )
    for i, agent in enumerate(agents):
        if len(agent.bilateral_limits) > 0:
            limits: dict[int, int] = {}
            for other, limit in agent.bilateral_limits.items():
                limits[ledger.numbers[other]] = limit
            number: i64 = i
            ledger.set_bilateral_limits(number, limits)
    return ledger


def build_state(config: EngineConfig, agents: list[AgentConfig], policies: list[Policy]) -> State:
    """The state before tick 0."""
    registers = Registers([policy.register_names for policy in policies])
    return State(config, build_ledger(agents), registers, Recorder())


def build_arrivals(config: EngineConfig, agents: list[AgentConfig], state: State, rng: Generator) -> Arrivals:
    """The streams of generated payments."""
    arrivals = Arrivals(state, rng)
    arrivals.set_order([state.ledger.numbers[agent.id] for agent in config.agents])
    for i, agent in enumerate(agents):
        number: i64 = i
        for band in agent.bands:
            arrivals.add_stream(number, band, True)
        if agent.arrivals is not None:
            arrivals.add_stream(number, agent.arrivals, False)
    in_a_day = sum([stream.rate for stream in arrivals.streams]) * float(state.ticks_per_day)
    state.payments.expect(min(max(saturate(in_a_day), 0), EXPECTED_MOST))
    return arrivals
