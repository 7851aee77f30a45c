"""A running simulation: the tick, step by step, and the run.

Belongs here: the order of steps (03 §2 as changed by 00) and the public way to drive a run. Does not belong here: what
a step does (`core`), where results go (`bundle`).

Example:
    >>> from paysim_engine.scenario import load_scenario
    >>> from paysim_engine.simulation import Simulation
    >>> simulation = Simulation(load_scenario("scenarios/gridlock.yaml").engine_config())
    >>> simulation.run()
    >>> simulation.summary()["total_settlements"]
    9
"""

from collections.abc import Callable
from typing import Final

from mypy_extensions import i64

from paysim_engine.core import days, lateness, sampler
from paysim_engine.core.checkpoint import Parts, load, save
from paysim_engine.core.codes import LIQUIDITY_AVAILABLE, NONE
from paysim_engine.core.collateral import Collateral
from paysim_engine.core.config import EngineConfig
from paysim_engine.core.costs import Costs
from paysim_engine.core.driver import record_algorithms, run_rounds
from paysim_engine.core.errors import SimulationError
from paysim_engine.core.lsm import Lsm
from paysim_engine.core.management import Management
from paysim_engine.core.manual import Manual
from paysim_engine.core.queue1 import Queue1
from paysim_engine.core.rng import Generator
from paysim_engine.core.rtgs import Rtgs
from paysim_engine.core.scenario_events import ScenarioEvents
from paysim_engine.core.settlement import Settlement
from paysim_engine.core.setup import build_arrivals, build_state, by_id
from paysim_engine.core.snapshot import picture
from paysim_engine.policy.context import Context
from paysim_engine.record.batch import Batch


class TickSummary:
    """What one tick did.

    Attributes:
        tick: the tick.
        arrivals: generated payments.
        settlements: payments settled, by any mechanism.
        lsm_settlements: those that liquidity saving settled together.
        cost: costs in cents over all agents, split friction included (D38).
    """

    def __init__(self, tick: int, arrivals: int, settlements: int, lsm_settlements: int, cost: int) -> None:
        self.tick = tick
        self.arrivals = arrivals
        self.settlements = settlements
        self.lsm_settlements = lsm_settlements
        self.cost = cost


class Simulation:
    """One run of one scenario; single-threaded and deterministic.

    Attributes:
        config: the scenario.
        state: accounts, payments and queues as they stand.
        recorder: what happened, by event type; `drain()` it as the run goes, or at its end.
        agent_ids: ids by agent number (ascending).
    """

    def __init__(self, config: EngineConfig) -> None:
        agents = by_id(config)
        policies = [agent.policy for agent in agents]
        self.config: Final = config
        self.agent_ids: list[str] = [agent.id for agent in agents]
        self.state: Final = build_state(config, agents, policies)
        self.recorder: Final = self.state.recorder
        self.rng: Final = Generator(config.rng_seed)
        self.arrivals: Final = build_arrivals(config, agents, self.state, self.rng)
        self.settlement: Final = Settlement(self.state)
        self.costs: Final = Costs(self.state)
        self.lsm: Final = Lsm(self.state, self.settlement)
        self.rtgs: Final = Rtgs(self.state, self.settlement, self.lsm)
        self.collateral: Final = Collateral(self.state)
        self.scenario_events: Final = ScenarioEvents(self.state, self.arrivals, self.settlement)
        context = Context(self.state)
        self.queue1: Final = Queue1(self.state, self.costs, policies, context)
        self.management: Final = Management(self.state, self.collateral, policies, context)
        self.manual: Final = Manual(self.state, self.collateral, self.queue1)
        self.finished = False

    def step(self) -> TickSummary:
        """Play one tick (03 §2).

        Raises:
            SimulationError: the run cannot go on, or is over (`finish`).
        """
        if self.finished:
            raise SimulationError("the run is over: its payments have been recorded. Start a new simulation.")
        state = self.state
        tick = state.tick
        settled_before = self.settlement.settled_count
        self.begin_tick()
        self.scenario_events.fire()
        generated = self.arrivals.generate()
        self.management.run_strategic()
        self.management.run_bank()
        self.collateral.fire_timers()
        self.judge_queues()
        self.rtgs.settle_pending()
        self.rtgs.order_queue2()
        self.rtgs.retry(LIQUIDITY_AVAILABLE)
        saved = run_rounds(state, self.rtgs, self.lsm)
        if self.config.algorithm_sequencing:
            record_algorithms(state, self.rtgs, self.lsm)
        self.management.run_end_of_tick()
        self.settlement.apply_deferred()
        self.costs.accrue()
        last_of_day = state.is_last_tick_of_day()
        if last_of_day:
            days.close_day(state, self.costs)
            sampler.record_queues(state)
            sampler.give_up_finished(state)
        sampler.record_tick(state, self.rng)
        self.advance()
        settled = self.settlement.settled_count - settled_before
        return TickSummary(tick, generated, settled, saved, self.costs.tick_total)

    def begin_tick(self) -> None:
        """Steps 0 to 0.25: new day, pool liquidity, staggered children, lateness."""
        state = self.state
        self.rtgs.begin_tick()
        self.lsm.begin_tick()
        self.costs.tick_total = 0
        if state.tick_in_day() == 0:
            days.begin_day(state, self.costs)
        state.queues.admit_scheduled(state.tick)
        lateness.mark_overdue(state, self.costs)

    def judge_queues(self) -> None:
        """Steps 2 to 2b: escalation, order of Queue 1, policies for both queues."""
        agents: list[i64] = self.queue1.agents_with_work()
        if self.config.escalation:
            lateness.escalate(self.state)
        if self.config.priority_queue1:
            self.queue1.order(agents)
        self.queue1.evaluate(agents)
        self.queue1.evaluate_queue2()

    def advance(self) -> None:
        """Step 9: the clock."""
        self.state.tick += 1
        self.state.queues.tick = self.state.tick
        self.recorder.tick = self.state.tick

    def run(
        self,
        on_tick: Callable[[TickSummary], None] | None = None,
        on_day: Callable[[int], None] | None = None,
        ticks: int = NONE,
    ) -> None:
        """Play to the end of the scenario, or for `ticks` ticks, and record the payments.

        Args:
            on_tick: called after every tick.
            on_day: called after every completed day with its number; a writer may drain the recorder here.
            ticks: how many ticks to play; all that are left if negative.

        Raises:
            SimulationError: the run cannot go on.
        """
        state = self.state
        end = self.config.num_days * self.config.ticks_per_day
        if ticks >= 0:
            end = min(end, state.tick + ticks)
        while state.tick < end:
            summary = self.step()
            if on_tick is not None:
                on_tick(summary)
            if on_day is not None and state.tick_in_day() == 0:
                on_day(int(state.day()) - 1)
        if state.tick >= self.config.num_days * self.config.ticks_per_day:
            self.finish()

    # ---- between ticks ----

    def submit(
        self,
        sender: str,
        receiver: str,
        amount: int,
        deadline: int,
        priority: int = 5,
        divisible: bool = False,
        rtgs_priority: str | None = None,
    ) -> str:
        """Submit a payment; it arrives in the tick about to be played (02 §4).

        Args:
            sender: id of the paying agent.
            receiver: id of the paid agent.
            amount: cents, more than 0.
            deadline: absolute tick, later than the present one; capped as every deadline (D6).
            priority: 0 to 10.
            divisible: recorded, without effect.
            rtgs_priority: "HighlyUrgent", "Urgent" or "Normal" to declare one.

        Returns:
            The payment's id.

        Raises:
            SimulationError: an argument is refused; nothing has changed.
        """
        return self.manual.submit(sender, receiver, amount, deadline, priority, divisible, rtgs_priority)

    def withdraw_payment(self, tx_id: str) -> None:
        """Take a payment out of Queue 2, to the end of its sender's Queue 1 (D15)."""
        self.manual.withdraw_payment(tx_id)

    def resubmit_payment(self, tx_id: str, rtgs_priority: str) -> None:
        """Declare a new RTGS priority; a payment in Queue 2 goes back to Queue 1 (D16)."""
        self.manual.resubmit_payment(tx_id, rtgs_priority)

    def post_collateral(self, agent: str, amount: int) -> int:
        """Post up to `amount` cents of collateral (D35, D39). Returns what was posted."""
        return self.manual.post_collateral(agent, amount)

    def withdraw_collateral(self, agent: str, amount: int) -> int:
        """Withdraw up to `amount` cents of collateral (D36, D39). Returns what was withdrawn."""
        return self.manual.withdraw_collateral(agent, amount)

    # ---- looking, saving, going on ----

    def snapshot(self) -> dict[str, object]:
        """Balances, collateral, queues with order, registers and remaining amounts; see `core.snapshot.picture`."""
        return picture(self.state)

    def events(self) -> list[dict[str, object]]:
        """Everything recorded since the last drain, as flat objects with the names of spec 07, in order."""
        from paysim_engine.record.flat import flat_events

        return list(flat_events(self.recorder.peek(), self.recorder.texts, self.agent_ids))

    def columns(self) -> list[Batch]:
        """Everything recorded since the last drain, as typed columns (`record.schema` says which)."""
        return self.recorder.peek()

    def checkpoint(self) -> dict[str, object]:
        """The whole state as plain JSON data, between two ticks."""
        return save(self.parts())

    def parts(self) -> Parts:
        """What a checkpoint covers."""
        return Parts(self.state, self.rng, self.arrivals, self.settlement, self.costs, self.collateral)

    @staticmethod
    def restore(config: EngineConfig, checkpoint: dict[str, object]) -> "Simulation":
        """A simulation of the same scenario that goes on where the checkpoint was taken.

        Raises:
            SimulationError: the checkpoint is of another version or scenario, or damaged.
        """
        simulation = Simulation(config)
        load(simulation.parts(), checkpoint)
        return simulation

    def finish(self) -> None:
        """Record the payments that are still open as they stand; the run is then over."""
        if not self.finished:
            self.finished = True
            sampler.record_payments(self.state)

    def summary(self) -> dict[str, object]:
        """The run in a few figures: arrivals and settlements of payments without a parent, costs, accounts (04 §8)."""
        state = self.state
        arrivals = int(state.payments.roots)
        settled = int(self.settlement.settled_roots)
        accounts: list[dict[str, object]] = []
        cost = 0
        for agent in range(state.agents):
            cost += self.costs.total[agent]
            accounts.append(
                {
                    "id": self.agent_ids[agent],
                    "balance": int(state.ledger.balance[agent]),
                    "posted_collateral": int(state.ledger.posted[agent]),
                    "queue1_size": int(state.queues.size1[agent]),
                    "queue2_size": int(state.queues.sender_size2[agent]),
                    "total_cost": int(self.costs.total[agent]),
                }
            )
        return {
            "ticks": int(state.tick),
            "events": int(self.recorder.seq),
            "total_arrivals": arrivals,
            "total_settlements": settled,
            "settlement_rate": settled / arrivals if arrivals else 0.0,
            "total_cost": cost,
            "clamped_draws": int(self.arrivals.clamped_draws),
            "agents": accounts,
        }
