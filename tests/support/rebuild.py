"""The state of a run rebuilt from its scenario and its events alone, and what must hold on the way (00, D43).

Belongs here: applying one event after the other. Does not belong here: anything of the engine; a rebuilt state that
equals the engine's proves that the events say everything.

What no event says is what the options of the scenario say: in priority mode Queue 2 is sorted in every tick, with
`queue1_ordering: priority_deadline` Queue 1 before the policies judge it, and staggered children join their queue at
the tick that their arrival announced.
"""

import math
from dataclasses import dataclass, field
from typing import Any

from tests.support.streams import alike

Data = dict[str, Any]
Event = dict[str, Any]

DECISIONS = {
    "RtgsSubmission",
    "PolicySubmit",
    "PolicyHold",
    "PolicyDrop",
    "PolicySplit",
    "TransactionReprioritized",
    "RtgsWithdrawal",
    "RtgsResubmission",
}
"""Events of the policies' judgement of the queues; the first one of a tick comes after Queue 1 has been sorted."""

LIKE = {"LsmMultilateralSettlement": "LsmCycleSettlement", "CollateralTimerWithdrawn": "CollateralWithdraw"}
RTGS_ORDER = {"HighlyUrgent": 0, "Urgent": 1, "Normal": 2}


@dataclass
class Payment:
    """What the events have said of a payment."""

    tx_id: str
    sender: str
    receiver: str
    amount: int
    deadline: int
    priority: int
    parent: str | None
    remaining: int
    place: str = "queue1"
    eligible: int | None = None
    overdue: bool = False
    rtgs: tuple[int, int] = (0, 0)


@dataclass
class Account:
    """What the events have said of an agent."""

    balance: int
    cap: int
    posted: int
    haircut: float
    bilateral: dict[str, int]
    multilateral: int | None
    allocated: int = 0
    queue1: list[str] = field(default_factory=list)
    registers: dict[str, float] = field(default_factory=dict)
    paid: dict[str, int] = field(default_factory=dict)
    cost: int = 0

    def overdraft_limit(self) -> int:
        """Most that the agent may owe."""
        return math.floor(float(self.posted) * max(1.0 - self.haircut, 0.0)) + self.cap


class Rebuilt:
    """A run as far as its events tell it."""

    def __init__(self, scenario: Data) -> None:
        self.deferred_crediting: bool = scenario.get("deferred_crediting", False)
        self.priority_mode: bool = scenario.get("priority_mode", False)
        self.sorted_queue1: bool = scenario.get("queue1_ordering", "fifo") == "priority_deadline"
        self.accounts: dict[str, Account] = {}
        for agent in scenario["agents"]:
            limits = agent.get("limits") or {}
            self.accounts[agent["id"]] = Account(
                balance=agent["opening_balance"],
                cap=agent.get("unsecured_cap", 0),
                posted=agent.get("posted_collateral", 0),
                haircut=agent.get("collateral_haircut", 0.02),
                bilateral=limits.get("bilateral_limits", {}),
                multilateral=limits.get("multilateral_limit"),
            )
        self.payments: dict[str, Payment] = {}
        self.queue2: list[str] = []
        self.deferred: dict[str, int] = {}
        self.sources: dict[str, list[str]] = {}
        self.money = sum(account.balance for account in self.accounts.values())
        self.queue1_is_sorted = False
        self.next_seq = 0

    # ---- a tick ----

    def play(self, tick: int, events: list[Event]) -> None:
        """Apply all events of a tick."""
        joining = sorted(p.tx_id for p in self.payments.values() if p.place == "scheduled" and p.eligible == tick)
        for tx_id in joining:
            self.enter_queue1(self.payments[tx_id])
        self.queue1_is_sorted = False
        for event in events:
            assert (event["event_seq"], event["tick"]) == (self.next_seq, tick)
            self.next_seq += 1
            if event["event_type"] in DECISIONS or event.get("origin") == "split":
                self.sort_queue1()
            name = LIKE.get(event["event_type"], event["event_type"])
            getattr(self, f"on_{name}", self.ignore)(event)
        self.sort_queue1()
        if self.priority_mode:
            self.queue2.sort(key=lambda tx_id: self.payments[tx_id].rtgs)
        assert not any(p.place == "pending" for p in self.payments.values())
        assert not any(self.deferred.values())
        assert sum(account.balance for account in self.accounts.values()) == self.money

    def ignore(self, event: Event) -> None:
        """Nothing to rebuild."""

    def sort_queue1(self) -> None:
        """Sort every Queue 1 by priority and deadline, once a tick, if the scenario says so."""
        if self.sorted_queue1 and not self.queue1_is_sorted:
            for account in self.accounts.values():
                account.queue1.sort(key=lambda tx_id: (-self.payments[tx_id].priority, self.payments[tx_id].deadline))
        self.queue1_is_sorted = True

    # ---- places ----

    def enter_queue1(self, payment: Payment) -> None:
        payment.place = "queue1"
        self.accounts[payment.sender].queue1.append(payment.tx_id)

    def leave_queue1(self, payment: Payment, place: str) -> None:
        assert payment.place == "queue1"
        self.accounts[payment.sender].queue1.remove(payment.tx_id)
        payment.place = place

    def leave_queue2(self, payment: Payment, place: str) -> None:
        assert payment.place == "queue2"
        self.queue2.remove(payment.tx_id)
        payment.place = place

    def on_Arrival(self, event: Event) -> None:  # noqa: N802 - named after the event, as all below
        assert event["tx_id"] == f"tx_{len(self.payments):08d}"
        payment = Payment(
            tx_id=event["tx_id"],
            sender=event["sender_id"],
            receiver=event["receiver_id"],
            amount=event["amount"],
            deadline=event["deadline"],
            priority=min(event["priority"], 10),
            parent=event["parent_tx_id"],
            remaining=event["amount"],
            eligible=event["eligible_tick"],
        )
        self.payments[payment.tx_id] = payment
        if payment.parent is not None:
            payment.overdue = self.payments[payment.parent].overdue
        if payment.eligible is not None:
            payment.place = "scheduled"
        elif event["origin"] in ("split", "scheduled_settlement"):
            payment.place = "pending"
        else:
            self.enter_queue1(payment)

    def on_RtgsSubmission(self, event: Event) -> None:  # noqa: N802
        payment = self.payments[event["tx_id"]]
        payment.priority = event["internal_priority"]
        payment.rtgs = (RTGS_ORDER[event["rtgs_priority"]], event["tick"])
        if payment.place == "queue1":
            self.leave_queue1(payment, "pending")
        assert payment.place == "pending"
        assert event["amount"] == payment.remaining

    def on_QueuedRtgs(self, event: Event) -> None:  # noqa: N802
        payment = self.payments[event["tx_id"]]
        assert payment.place == "pending"
        payment.place = "queue2"
        self.queue2.append(payment.tx_id)

    def on_RtgsWithdrawal(self, event: Event) -> None:  # noqa: N802
        payment = self.payments[event["tx_id"]]
        self.leave_queue2(payment, "queue1")
        self.enter_queue1(payment)

    def on_PolicyDrop(self, event: Event) -> None:  # noqa: N802
        self.leave_queue1(self.payments[event["tx_id"]], "dropped")

    def on_PolicySplit(self, event: Event) -> None:  # noqa: N802
        parent = self.payments[event["tx_id"]]
        self.leave_queue1(parent, "split")
        children = [self.payments[tx_id] for tx_id in event["child_ids"]]
        assert sum(child.amount for child in children) == parent.amount
        assert [child.eligible for child in children] == event["eligible_ticks"]
        assert all(child.parent == parent.tx_id for child in children)

    def on_PolicyHold(self, event: Event) -> None:  # noqa: N802
        self.payments[event["tx_id"]].priority = event["priority"]

    def on_TransactionReprioritized(self, event: Event) -> None:  # noqa: N802
        payment = self.payments[event["tx_id"]]
        assert payment.priority == event["old_priority"]
        payment.priority = event["new_priority"]

    def on_PriorityEscalated(self, event: Event) -> None:  # noqa: N802
        payment = self.payments[event["tx_id"]]
        assert payment.place in ("queue1", "queue2")
        assert payment.priority < event["escalated_priority"] <= 10
        payment.priority = event["escalated_priority"]

    def on_TransactionWentOverdue(self, event: Event) -> None:  # noqa: N802
        payment = self.payments[event["tx_id"]]
        assert payment.place in ("queue1", "queue2", "scheduled")
        assert not payment.overdue
        assert event["tick"] > payment.deadline
        payment.overdue = True

    # ---- money ----

    def settle(self, tx_ids: list[str]) -> None:
        """Settle payments together: each balance changes once, by its net."""
        nets: dict[str, int] = {}
        incoming: dict[str, list[str]] = {}
        for tx_id in tx_ids:
            payment = self.payments[tx_id]
            if payment.place == "queue2":
                self.leave_queue2(payment, "settled")
            assert payment.place in ("pending", "settled")
            payment.place = "settled"
            nets[payment.sender] = nets.get(payment.sender, 0) - payment.amount
            nets[payment.receiver] = nets.get(payment.receiver, 0) + payment.amount
            incoming.setdefault(payment.receiver, []).append(tx_id)
            self.record_outflow(payment)
            self.take_off_ancestors(payment)
        for agent, net in nets.items():
            account = self.accounts[agent]
            if net < 0:
                account.balance += net
                assert account.balance >= -account.overdraft_limit(), f"{agent} is beyond its overdraft limit"
            elif self.deferred_crediting and net > 0:
                self.deferred[agent] = self.deferred.get(agent, 0) + net
                self.sources.setdefault(agent, []).extend(incoming[agent])
            else:
                account.balance += net

    def record_outflow(self, payment: Payment) -> None:
        """Outflows are gross, and never above a limit."""
        account = self.accounts[payment.sender]
        account.paid[payment.receiver] = account.paid.get(payment.receiver, 0) + payment.amount
        if payment.receiver in account.bilateral:
            assert account.paid[payment.receiver] <= account.bilateral[payment.receiver]
        if account.multilateral is not None:
            assert sum(account.paid.values()) <= account.multilateral

    def take_off_ancestors(self, payment: Payment) -> None:
        """D23."""
        assert payment.remaining == payment.amount
        payment.remaining = 0
        parent = payment.parent
        while parent is not None:
            ancestor = self.payments[parent]
            ancestor.remaining -= payment.amount
            assert ancestor.remaining >= 0
            parent = ancestor.parent

    def on_RtgsImmediateSettlement(self, event: Event) -> None:  # noqa: N802
        account = self.accounts[event["sender"]]
        assert account.balance == event["sender_balance_before"]
        self.settle([event["tx_id"]])
        assert account.balance == event["sender_balance_after"]

    def on_Queue2LiquidityRelease(self, event: Event) -> None:  # noqa: N802
        self.settle([event["tx_id"]])

    def on_LsmBilateralOffset(self, event: Event) -> None:  # noqa: N802
        assert [self.payments[tx_id].amount for tx_id in event["tx_ids"]] == event["tx_amounts"]
        assert event["amount_a"] + event["amount_b"] == sum(event["tx_amounts"])
        self.settle(event["tx_ids"])

    def on_LsmCycleSettlement(self, event: Event) -> None:  # noqa: N802
        nets: dict[str, int] = {}
        for tx_id in event["tx_ids"]:
            payment = self.payments[tx_id]
            nets[payment.sender] = nets.get(payment.sender, 0) - payment.amount
            nets[payment.receiver] = nets.get(payment.receiver, 0) + payment.amount
        assert nets == dict(zip(event["agents"], event["net_positions"], strict=True))
        assert event["total_value"] == sum(event["tx_amounts"])
        assert event["max_net_outflow"] == max(0, *(-net for net in nets.values()))
        self.settle(event["tx_ids"])

    def on_EntryDispositionOffset(self, event: Event) -> None:  # noqa: N802
        incoming = self.payments[event["incoming_tx_id"]]
        assert incoming.place == "pending"
        assert event["queued_tx_ids"][0] == event["queued_tx_id"]
        queued = sum(self.payments[tx_id].amount for tx_id in event["queued_tx_ids"])
        assert (event["incoming_amount"], event["queued_amount"]) == (incoming.amount, queued)
        assert event["offset_amount"] == min(incoming.amount, queued)
        self.settle([event["incoming_tx_id"], *event["queued_tx_ids"]])

    def on_OverdueTransactionSettled(self, event: Event) -> None:  # noqa: N802
        assert self.payments[event["tx_id"]].overdue

    def on_DeferredCreditApplied(self, event: Event) -> None:  # noqa: N802
        agent = event["agent_id"]
        assert self.deferred.pop(agent) == event["amount"]
        assert self.sources.pop(agent) == event["source_transactions"]
        self.accounts[agent].balance += event["amount"]

    def on_LiquidityAllocation(self, event: Event) -> None:  # noqa: N802
        account = self.accounts[event["agent_id"]]
        assert account.allocated == 0
        account.allocated = event["amount"]
        account.balance += event["amount"]
        self.money += event["amount"]
        assert account.balance == event["balance_after"]

    def on_LiquidityReturn(self, event: Event) -> None:  # noqa: N802
        account = self.accounts[event["agent_id"]]
        assert account.allocated == event["amount"]
        account.allocated = 0
        account.balance -= event["amount"]
        self.money -= event["amount"]
        assert account.balance == event["balance_after"]

    def on_ScenarioEventExecuted(self, event: Event) -> None:  # noqa: N802
        details = event["details"]
        if event["scenario_event_type"] == "direct_transfer":
            self.accounts[details["from_agent"]].balance -= details["amount"]
            self.accounts[details["to_agent"]].balance += details["amount"]
        elif event["scenario_event_type"] == "collateral_adjustment":
            self.accounts[details["agent"]].cap += details["delta"]

    # ---- collateral, registers, days ----

    def move_collateral(self, event: Event, sign: int) -> None:
        account = self.accounts[event["agent_id"]]
        assert (account.posted, account.balance) == (event["posted_before"], event["balance_before"])
        assert 0 < event["amount"] <= event["requested_amount"]
        account.posted += sign * event["amount"]
        assert account.posted == event["posted_after"] == event["new_total"]
        if sign < 0:
            assert account.overdraft_limit() >= -account.balance or account.posted == 0 or account.haircut == 1.0

    def on_CollateralPost(self, event: Event) -> None:  # noqa: N802
        self.move_collateral(event, 1)
        assert event["available_capacity_after"] >= 0

    def on_CollateralWithdraw(self, event: Event) -> None:  # noqa: N802
        self.move_collateral(event, -1)

    def on_StateRegisterSet(self, event: Event) -> None:  # noqa: N802
        registers = self.accounts[event["agent_id"]].registers
        assert alike(registers.get(event["register_key"], 0.0), event["old_value"])
        registers[event["register_key"]] = event["new_value"]
        if event["reason"] == "eod_reset":
            del registers[event["register_key"]]

    def on_CostAccrual(self, event: Event) -> None:  # noqa: N802
        parts = [value for name, value in event["costs"].items() if name != "total"]
        assert event["costs"]["total"] == sum(parts) > 0
        assert min(parts) >= 0
        self.accounts[event["agent_id"]].cost += event["costs"]["total"]

    def on_EndOfDay(self, event: Event) -> None:  # noqa: N802
        waiting = sum(p.place in ("queue1", "queue2", "scheduled") for p in self.payments.values())
        assert event["unsettled_count"] == waiting
        for account in self.accounts.values():
            account.paid.clear()

    # ---- the whole ----

    def snapshot(self, tick: int) -> Data:
        """The state in the form of `Simulation.snapshot`."""
        agents = {
            name: {
                "balance": account.balance,
                "posted_collateral": account.posted,
                "unsecured_cap": account.cap,
                "allocated_liquidity": account.allocated,
                "queue1": list(account.queue1),
                "scheduled": self.scheduled(name),
                "registers": dict(account.registers),
            }
            for name, account in sorted(self.accounts.items())
        }
        remaining = {tx_id: p.remaining for tx_id, p in self.payments.items() if p.remaining and p.place != "dropped"}
        return {"tick": tick, "agents": agents, "queue2": list(self.queue2), "remaining_amounts": remaining}

    def scheduled(self, agent: str) -> list[Data]:
        """An agent's staggered children that have not joined its Queue 1 yet."""
        own = [p for p in self.payments.values() if p.sender == agent and p.place == "scheduled"]
        own.sort(key=lambda p: (p.eligible, p.tx_id))
        return [{"tx_id": p.tx_id, "eligible_tick": p.eligible} for p in own]
