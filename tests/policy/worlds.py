"""Small worlds for policies to look at, built by hand from the core classes.

Belongs here: a state, payments in it, and asking a policy about them. Does not belong here: any expectation.
"""

from typing import Any

from mypy_extensions import i64

from paysim_engine.core.bank import Registers
from paysim_engine.core.codes import NORMAL, SCENARIO
from paysim_engine.core.config import AgentConfig, CostConfig, EngineConfig, LsmConfig, PenaltyConfig
from paysim_engine.core.management import BankActions
from paysim_engine.core.setup import build_ledger
from paysim_engine.core.state import State
from paysim_engine.policy import compile_policy
from paysim_engine.policy.context import Context
from paysim_engine.policy.trees import Policy
from paysim_engine.record.flat import flat_events
from paysim_engine.record.recorder import Recorder

Node = dict[str, Any]

RELEASE: Node = {"type": "action", "action": "Release"}


def document(**keys: Any) -> dict[str, Any]:
    """A policy document with a head."""
    return {"version": "1.0", "policy_id": "p", **keys}


def field(name: str) -> Node:
    return {"field": name}


def literal(value: Any) -> Node:
    return {"value": value}


def setting(number: Node, key: str = "x") -> Node:
    """A bank action that writes a number into a register."""
    return {"type": "action", "action": "SetState", "parameters": {"key": literal(key), "value": number}}


def computed(op: str, **operands: Any) -> Node:
    return {"compute": {"op": op, **operands}}


class World:
    """A state with a few agents; `policy` belongs to the first of them."""

    def __init__(
        self,
        policy: Policy | dict[str, Any] | None = None,
        agents: str = "AB",
        *,
        ticks_per_day: int = 8,
        deadline_penalty: PenaltyConfig | None = None,
        eod_penalty: PenaltyConfig | None = None,
        **account: Any,
    ) -> None:
        if policy is None:
            policy = document(payment_tree=RELEASE)
        self.policy = compile_policy(policy) if isinstance(policy, dict) else policy
        costs = CostConfig(
            overdraft_bps=0.8,
            delay_per_cent=0.0001,
            collateral_bps=0.0002,
            liquidity_bps=0.0,
            deadline_penalty=deadline_penalty or PenaltyConfig(amount=5000, rate_micro_bps=-1),
            eod_penalty=eod_penalty or PenaltyConfig(amount=1000, rate_micro_bps=-1),
            split_friction=1000,
            overdue_multiplier=5.0,
        )
        configs = [self.agent(name, account if name == agents[0] else {}) for name in agents]
        config = EngineConfig(
            ticks_per_day=ticks_per_day,
            num_days=10,
            rng_seed=1,
            agents=configs,
            events=[],
            costs=costs,
            lsm=LsmConfig(False, False, False, 3, 1, 1),
            eod_rush_threshold=0.8,
        )
        names = [self.policy.register_names if name == agents[0] else [] for name in agents]
        self.state = State(config, build_ledger(configs), Registers(names), Recorder())
        self.context = Context(self.state)
        self.context.agent = 0

    def agent(self, name: str, account: dict[str, Any]) -> AgentConfig:
        values: dict[str, Any] = {
            "opening_balance": 0,
            "unsecured_cap": 0,
            "posted_collateral": 0,
            "haircut": 0.0,
            "max_collateral_capacity": -1,
            "liquidity_pool": 0,
            "pool_fraction": 1.0,
            "bilateral_limits": {},
            "multilateral_limit": -1,
        }
        return AgentConfig(id=name, **{**values, **account}, policy=self.policy, arrivals=None, bands=[])

    def at(self, tick: int) -> "World":
        """The same world at another tick."""
        self.state.tick = tick
        self.state.queues.tick = tick
        self.state.recorder.tick = tick
        return self

    def payment(
        self,
        sender: int = 0,
        receiver: int = 1,
        amount: int = 100,
        deadline: int = 5,
        priority: int = 5,
        parent: int = -1,
    ) -> int:
        """A payment of this tick in the sender's Queue 1."""
        state = self.state
        row = state.payments.create(sender, receiver, amount, state.tick, deadline, priority, SCENARIO, False, parent)
        state.queues.join_queue1(row)
        return int(row)

    def released(self, **payment: Any) -> int:
        """A payment in Queue 2."""
        row = self.payment(**payment)
        self.state.queues.leave_queue1(row)
        self.state.payments.rtgs_priority[row] = NORMAL
        self.state.queues.join_queue2(row)
        return row

    def look(self, row: int) -> Context:
        """The context of a payment of the first agent; -1 for none."""
        position: i64 = row
        self.context.row = position
        return self.context

    def run_bank(self) -> list[dict[str, Any]]:
        """The events of running the bank tree once."""
        self.policy.run_bank(self.look(-1), BankActions(self.state))
        recorder = self.state.recorder
        return list(flat_events(recorder.drain(), recorder.texts, self.state.ledger.ids))

    def register(self, name: str = "x") -> float:
        """The present value of a register of the first agent."""
        return self.state.registers.get(0, self.policy.register_names.index(name))


def bank_value(number: Node, world: World | None = None, **keys: Any) -> float:
    """What a value of a bank tree yields; `world` gives the state, its own policy apart."""
    policy = compile_policy(document(bank_tree=setting(number), payment_tree=RELEASE, **keys))
    if world is None:
        world = World(policy)
    else:
        world.policy = policy
        world.state.registers = Registers([policy.register_names, *([[]] * (int(world.state.agents) - 1))])
        world.context = Context(world.state)
        world.context.agent = 0
    world.run_bank()
    return world.register()


def payment_value(number: Node, world: World, row: int, **keys: Any) -> int:
    """What a value of a payment tree yields, as a tick (truncated, at least 0)."""
    release = {"type": "action", "action": "Release", "parameters": {"timed_for_tick": number}}
    policy = compile_policy(document(payment_tree=release, **keys))
    return int(policy.decide_payment(world.look(row)).target_tick)


def collateral_value(number: Node, world: World, **keys: Any) -> int:
    """What a value of a collateral tree yields, as an amount; 0 if it is not positive."""
    post = {"type": "action", "action": "PostCollateral", "parameters": {"amount": number}}
    policy = compile_policy(document(strategic_collateral_tree=post, **keys))
    return int(policy.decide_strategic(world.look(-1)).amount)
