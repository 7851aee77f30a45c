"""The payments of a day, and the standard indicators of it, worked out in plain Python from the engine's own events.

Belongs here: the formulas as they are written in the literature, in exact fractions, one after the other and without
regard for speed. Does not belong here: anything that the models do (the SQL counts in whole numbers and rearranges
sums), so that an error would have to be made twice.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

from paysim_engine.record.flat import flat_events
from paysim_engine.scenario import LoadedScenario
from paysim_engine.simulation import Simulation, TickSummary

MECHANISMS = {
    "RtgsImmediateSettlement": "immediate",
    "Queue2LiquidityRelease": "queue2",
    "LsmBilateralOffset": "bilateral",
    "LsmCycleSettlement": "cycle",
    "LsmMultilateralSettlement": "multilateral",
    "EntryDispositionOffset": "entry_offset",
}
"""Event of settlement -> mechanism."""

Figure = int | Fraction | None
Indicators = dict[str, Figure]


@dataclass
class Payment:
    """A payment over its whole life; ticks are those of the run."""

    sender: str
    receiver: str
    amount: int
    submitted: int
    settled: int | None = None
    mechanism: str | None = None
    is_split: bool = False


@dataclass(frozen=True)
class DayPayment:
    """A payment on one day; ticks are those of the day.

    Attributes:
        v: value in cents.
        s: tick of submission.
        t: tick of settlement; None if unsettled at the close.
        is_carried_over: whether it arrived earlier.
    """

    sender: str
    receiver: str
    v: int
    s: int
    t: int | None
    mechanism: str | None
    is_carried_over: bool


@dataclass
class Run:
    """What an engine did.

    Attributes:
        payments: id -> payment.
        queued: for every tick, owner -> values of its payments in both queues at the end of it.
        costs: agent -> component -> cents.
    """

    agents: list[str]
    ticks_per_day: int
    num_days: int
    payments: dict[str, Payment] = field(default_factory=dict)
    queued: list[dict[str, list[int]]] = field(default_factory=list)
    costs: dict[str, dict[str, int]] = field(default_factory=dict)

    def day(self, number: int) -> "Day":
        """One day of the run."""
        start = number * self.ticks_per_day
        end = start + self.ticks_per_day
        found = []
        for payment in self.payments.values():
            if payment.is_split:
                continue
            settled = payment.settled if payment.settled is not None and start <= payment.settled < end else None
            arrived = start <= payment.submitted < end
            if arrived or (settled is not None and payment.submitted < start):
                found.append(
                    DayPayment(
                        payment.sender,
                        payment.receiver,
                        payment.amount,
                        payment.submitted - start if arrived else 0,
                        None if settled is None else settled - start,
                        None if settled is None else payment.mechanism,
                        not arrived,
                    )
                )
        return Day(self.agents, self.ticks_per_day - 1, found, self.queued[start:end])


def play(scenario: LoadedScenario, seed: int | None = None) -> Run:
    """Run a scenario and take down its payments, queues and costs."""
    simulation = Simulation(scenario.engine_config(seed))
    config = simulation.config
    run = Run([agent.id for agent in config.agents], config.ticks_per_day, config.num_days)
    queues: list[list[str]] = []

    def look(summary: TickSummary) -> None:
        picture: Any = simulation.snapshot()
        waiting = list(picture["queue2"])
        for account in picture["agents"].values():
            waiting += [*account["queue1"], *(child["tx_id"] for child in account["scheduled"])]
        queues.append(waiting)

    simulation.run(on_tick=look)
    for event in flat_events(simulation.recorder.drain(), simulation.recorder.texts, simulation.agent_ids):
        _read(event, run)
    for waiting in queues:
        by_owner: dict[str, list[int]] = defaultdict(list)
        for tx_id in waiting:
            by_owner[run.payments[tx_id].sender].append(run.payments[tx_id].amount)
        run.queued.append(by_owner)
    return run


def _read(event: dict[str, Any], run: Run) -> None:
    kind, payments = event["event_type"], run.payments
    if kind == "Arrival":
        parent = event["parent_tx_id"]
        submitted = event["tick"] if parent is None else payments[parent].submitted
        payments[event["tx_id"]] = Payment(event["sender_id"], event["receiver_id"], event["amount"], submitted)
    elif kind == "PolicySplit":
        payments[event["tx_id"]].is_split = True
    elif kind == "CostAccrual":
        costs = run.costs.setdefault(event["agent_id"], defaultdict(int))
        for component, cents in event["costs"].items():
            costs[component] += cents
    elif kind in MECHANISMS:
        for tx_id in _settled_by(event):
            payments[tx_id].settled = event["tick"]
            payments[tx_id].mechanism = MECHANISMS[kind]


def _settled_by(event: dict[str, Any]) -> list[str]:
    if "incoming_tx_id" in event:
        return [event["incoming_tx_id"], *event["queued_tx_ids"]]
    return list(event["tx_ids"]) if "tx_ids" in event else [event["tx_id"]]


def ratio(above: int | Fraction, below: int | Fraction) -> Fraction | None:
    """A quotient; None where there is nothing to divide by."""
    return Fraction(above) / below if below else None


@dataclass(frozen=True)
class Day:
    """One day, and its indicators (spec of each: the description of its column).

    Attributes:
        last: T, the last tick of the day.
        queued: for every tick, owner -> values of its queued payments.
    """

    agents: list[str]
    last: int
    payments: list[DayPayment]
    queued: list[dict[str, list[int]]]

    def value(self, having: Callable[[DayPayment], bool] = lambda payment: True) -> int:
        """Sum of v over the payments that have a property."""
        return sum(payment.v for payment in self.payments if having(payment))

    def net_debits(self, agent: str, moment: Callable[[DayPayment], int | None]) -> list[int]:
        """N_i(t) for every tick of the day, each payment at its moment."""
        debit, path = 0, []
        for tick in range(self.last + 1):
            for payment in self.payments:
                if moment(payment) == tick:
                    debit += payment.v * ((payment.sender == agent) - (payment.receiver == agent))
            path.append(debit)
        return path

    def delays(self, payments: Iterable[DayPayment]) -> Indicators:
        """Both indicators of delay."""
        chosen = list(payments)
        delay = sum(p.v * ((self.last if p.t is None else p.t) - p.s) for p in chosen)
        return {
            "settlement_delay": ratio(delay, sum(p.v * (self.last - p.s) for p in chosen)),
            "weighted_delay_ticks": ratio(delay, sum(p.v for p in chosen)),
        }

    def average_net_debit(self, agent: str) -> Fraction | None:
        """The average net debit of an agent, early ones counting more."""
        if self.last == 0:
            return None
        path = self.net_debits(agent, lambda p: p.t)

        def weight(tick: int) -> Fraction:
            return Fraction(self.last - tick, self.last)

        steps = (
            max(path[before], 0) * (tick - before) * (weight(tick) + weight(before)) / 2
            for before, tick in pairwise(range(self.last + 1))
        )
        return Fraction(2, self.last) * sum(steps, Fraction(0))

    def agent_indicators(self) -> dict[str, Indicators]:
        """Agent -> its indicators."""
        found: dict[str, Indicators] = {}
        for agent in self.agents:
            own = [p for p in self.payments if p.sender == agent]
            sent = [p.v for p in own if p.t is not None]
            received = [p.v for p in self.payments if p.receiver == agent and p.t is not None]
            path = self.net_debits(agent, lambda p: p.t)
            prompt = self.net_debits(agent, lambda p: p.s)
            queues = [tick.get(agent, []) for tick in self.queued]
            found[agent] = {
                "submitted_value": sum(p.v for p in own),
                "submitted_volume": len(own),
                "sent_value": sum(sent),
                "sent_volume": len(sent),
                "received_value": sum(received),
                "received_volume": len(received),
                "unsettled_value": sum(p.v for p in own if p.t is None),
                "max_net_debit": max(0, *path),
                "max_net_credit": max(0, *(-debit for debit in path)),
                "liquidity_lower_bound": max(0, prompt[-1]),
                "liquidity_upper_bound": max(0, *prompt),
                "avg_net_debit_weighted": self.average_net_debit(agent),
                **self.delays(own),
                "queue_value_max": max(sum(queue) for queue in queues),
                "queue_count_max": max(len(queue) for queue in queues),
                "share_funded_by_receipts": 1 - Fraction(max(0, *path), sum(sent)) if sent else None,
            }
        liquidity = sum(_whole(row["max_net_debit"]) for row in found.values())
        turnover = sum(_whole(row["sent_value"]) for row in found.values())
        for row in found.values():
            provision, usage = (
                ratio(_whole(row["max_net_debit"]), liquidity),
                ratio(_whole(row["sent_value"]), turnover),
            )
            row["provision_minus_usage"] = None if provision is None or usage is None else provision - usage
        return found

    def system_indicators(self) -> Indicators:
        """The indicators of the whole system."""
        agents = self.agent_indicators().values()
        liquidity, lower, upper = (
            sum(_whole(row[column]) for row in agents)
            for column in ("max_net_debit", "liquidity_lower_bound", "liquidity_upper_bound")
        )
        submitted, settled = self.value(), self.value(lambda p: p.t is not None)
        num_settled = sum(p.t is not None for p in self.payments)
        queue_values = [sum(map(sum, tick.values())) for tick in self.queued]
        return {
            "submitted_value": submitted,
            "submitted_volume": len(self.payments),
            "settled_value": settled,
            "settled_volume": num_settled,
            "settlement_rate": ratio(num_settled, len(self.payments)),
            "max_net_debit_total": liquidity,
            "turnover_ratio": ratio(settled, liquidity),
            "liquidity_lower_bound": lower,
            "liquidity_upper_bound": upper,
            "liquidity_usage_ratio": ratio(liquidity - lower, upper - lower),
            **self.delays(self.payments),
            "queue_value_max": max(queue_values),
            "queue_value_avg": Fraction(sum(queue_values), len(queue_values)),
            "queue_count_max": max(sum(map(len, tick.values())) for tick in self.queued),
            "share_ever_queued": ratio(
                self.value(lambda p: p.is_carried_over or p.t is None or p.t > p.s),
                submitted,
            ),
            "unsettled_value": self.value(lambda p: p.t is None),
            "unsettled_value_share": ratio(self.value(lambda p: p.t is None), submitted),
            "unsettled_volume_share": ratio(sum(p.t is None for p in self.payments), len(self.payments)),
            **{f"share_{name}": ratio(self.by_mechanism(name), settled) for name in MECHANISMS.values()},
            "recycling_ratio": None if not settled else 1 - Fraction(liquidity, settled),
            "avg_settlement_tick": ratio(sum(p.v * p.t for p in self.payments if p.t is not None), settled),
            **self.deciles(settled),
            **self.inequality(),
        }

    def by_mechanism(self, name: str) -> int:
        """Value settled by a mechanism."""
        return self.value(lambda p: p.mechanism == name)

    def deciles(self, settled: int) -> Indicators:
        """The first ticks by which 10 %, 20 % ... of the settled value have settled."""
        found: Indicators = {}
        for percent in range(10, 100, 10):
            enough = [
                tick
                for tick in range(self.last + 1)
                if settled
                and self.value(lambda p, t=tick: p.t is not None and p.t <= t) >= Fraction(percent, 100) * settled  # type: ignore[misc]
            ]
            found[f"decile_{percent}"] = enough[0] if enough else None
        first, last = found["decile_10"], found["decile_90"]
        found["interdecile_range"] = None if first is None or last is None else last - first
        return found

    def inequality(self) -> Indicators:
        """How unequally liquidity and payments are spread over the agents."""
        agents = self.agent_indicators().values()
        sent = [_whole(row["sent_value"]) for row in agents]
        debits = [_whole(row["max_net_debit"]) for row in agents]
        averages = [row["avg_net_debit_weighted"] for row in agents if row["avg_net_debit_weighted"] is not None]
        turnover = sum(sent)
        above = [row["provision_minus_usage"] or Fraction(0) for row in agents]
        costs = [
            (Fraction(debit, value), _whole(row["sent_volume"]))
            for debit, value, row in zip(debits, sent, agents, strict=True)
            if value
        ]
        volume = sum(n for _, n in costs)
        mean = ratio(sum((c * n for c, n in costs), Fraction(0)), volume)
        apart = sum((abs(c - d) * n * m for (c, n), (d, m) in combinations(costs, 2)), Fraction(0))
        return {
            "avg_net_debit_weighted": sum(averages, Fraction(0)) if averages else None,
            "provision_vs_usage": sum((max(share, Fraction(0)) for share in above), Fraction(0))
            if sum(debits)
            else None,
            "gini_liquidity_cost": ratio(apart, volume**2 * mean) if mean else None,
            "herfindahl_value_sent": sum(Fraction(v, turnover) ** 2 for v in sent) if turnover else None,
            "gini_value_sent": ratio(sum(abs(v - w) for v, w in combinations(sent, 2)), len(sent) * turnover),
        }


def _whole(figure: Figure) -> int:
    assert isinstance(figure, int)
    return figure
