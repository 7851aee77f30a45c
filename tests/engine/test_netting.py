"""Netting: the kernel against all selections there are, the algorithms against the rules to the letter (D30-D32)."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support.effort import examples
from tests.support.netting_model import (
    Bank,
    Banks,
    Outcome,
    Payment,
    System,
    elementary_cycles,
    feasible_prefixes,
    kernel,
)
from tests.support.runs import flat, start
from tests.support.scenarios import GROSS, Data, bank, payment, world

NAMES = "ABCDE"


@st.composite
def queues(draw: st.DrawFn, most: int = 9) -> list[Payment]:
    """Payments between up to five banks, in Queue 2 order; numbers follow the order."""
    count = draw(st.integers(2, len(NAMES)))
    pairs = [(a, b) for a in NAMES[:count] for b in NAMES[:count] if a != b]
    entries = draw(st.lists(st.tuples(st.sampled_from(pairs), st.integers(1, 12)), min_size=1, max_size=most))
    return [Payment(number, pair[0], pair[1], amount) for number, (pair, amount) in enumerate(entries)]


@st.composite
def banks(draw: st.DrawFn, *, bilateral: bool, multilateral: bool) -> Banks:
    """Banks that are short of liquidity, some with limits and with outflows already counted against them."""
    made: Banks = {}
    for name in NAMES:
        made[name] = Bank(balance=draw(st.integers(-6, 8)), overdraft=draw(st.sampled_from([0, 0, 5])))
        if bilateral:
            others = draw(st.lists(st.sampled_from([other for other in NAMES if other != name]), unique=True))
            made[name].bilateral = {other: draw(st.integers(0, 20)) for other in others}
        if multilateral and draw(st.booleans()):
            made[name].multilateral = draw(st.integers(0, 30))
    return made


def world_of(made: Banks, queue: Sequence[Payment], **options: Any) -> Data:
    """The same banks as a scenario. A payment to a bank without an account elsewhere is the same for the engine."""
    agents = []
    for name, of_name in made.items():
        agent = bank(name, of_name.balance, unsecured_cap=of_name.overdraft)
        limits: Data = {"bilateral_limits": of_name.bilateral}
        if of_name.multilateral is not None:
            limits["multilateral_limit"] = of_name.multilateral
        agents.append({**agent, "limits": limits})
    events = [payment(p.sender, p.receiver, p.amount, tick) for tick, p in enumerate(queue)]
    return world(agents, events, ticks=len(queue) + 2, algorithm_sequencing=True, **options)


# ---- the model's kernel is the largest feasible selection ----


@given(banks(bilateral=False, multilateral=True), queues())
@settings(max_examples=examples(60))
def test_the_rule_gives_the_one_largest_feasible_selection(made: Banks, queue: list[Payment]) -> None:
    everything = [set(selection) for selection in feasible_prefixes(made, queue)]
    largest = set(kernel(made, queue))
    # It contains every other one, so it is unique, largest in number and in value.
    if largest:
        assert largest in everything
    for selection in everything:
        assert selection <= largest


# ---- the engine follows the rule ----

KINDS = {
    "Queue2LiquidityRelease": "retry",
    "LsmBilateralOffset": "bilateral",
    "LsmCycleSettlement": "cycle",
    "LsmMultilateralSettlement": "multilateral",
}


def numbers(event: dict[str, Any]) -> tuple[int, ...]:
    return tuple(int(tx_id[3:]) for tx_id in event.get("tx_ids") or [event["tx_id"]])


def engine_outcomes(scenario: Data, tick: int) -> tuple[list[Outcome], dict[str, Any], bool]:
    """What settled from Queue 2 in a tick, the state after it, and whether a cycle search stopped at its bound."""
    simulation = start(scenario)
    for _ in range(tick + 1):
        simulation.step()
    events = [event for event in flat(simulation.recorder.drain(), simulation) if event["tick"] == tick]
    outcomes = [(KINDS[event["event_type"]], numbers(event)) for event in events if event["event_type"] in KINDS]
    truncated = any(event["truncated"] for event in events if event["event_type"] == "AlgorithmExecution")
    return outcomes, simulation.snapshot(), truncated


ALGORITHMS = st.fixed_dictionaries(
    {
        "bilateral": st.booleans(),
        "cycles": st.booleans(),
        "multilateral": st.booleans(),
        "longest": st.integers(3, 5),
        "limit": st.sampled_from([10_000, 1, 2, 3]),
        "cap": st.sampled_from([100, 1, 2]),
    }
)


@given(banks(bilateral=True, multilateral=True), queues(most=14), ALGORITHMS)
@settings(max_examples=examples(150))
def test_the_engine_does_what_the_rules_say(made: Banks, queue: list[Payment], chosen: dict[str, Any]) -> None:
    # All payments arrive in tick 0, so that those of one sender queue up together, senders ascending.
    arrived = sorted(queue, key=lambda p: (p.sender, p.number))
    lsm = {
        "enable_bilateral": chosen["bilateral"],
        "enable_cycles": chosen["cycles"],
        "enable_multilateral": chosen["multilateral"],
        "max_cycle_length": chosen["longest"],
        "cycle_search_limit": chosen["limit"],
        "max_cycles_per_tick": chosen["cap"],
    }
    scenario = world_of(made, queue, lsm=lsm)
    for event in scenario["scenario_events"]:
        event["schedule"]["tick"] = 0
    system = System(made, [])
    for p in arrived:
        # The attempt at submission is that of the retry, for one payment.
        sender = made[p.sender]
        system.queue.append(p)
        if p.amount <= sender.available() and not (
            sender.over_bilateral(p.receiver, p.amount) or sender.over_multilateral(p.amount)
        ):
            system.settle("immediate", [p])
    system.outcomes.clear()
    system.resolve(**chosen)
    outcomes, snapshot, truncated = engine_outcomes(scenario, 0)
    assert outcomes == system.outcomes
    assert truncated == system.truncated
    assert snapshot["queue2"] == [f"tx_{p.number:08d}" for p in system.queue]
    assert {name: agent["balance"] for name, agent in snapshot["agents"].items()} == {
        name: of_name.balance for name, of_name in system.banks.items()
    }


@given(st.lists(st.integers(0, 8), min_size=5, max_size=5), queues(most=12))
@settings(max_examples=examples(80))
def test_a_queue_in_any_order_is_netted_by_that_order(balances: list[int], queue: list[Payment]) -> None:
    # The payments queue up one by one without any netting, in whatever order of senders; then all is offered at once
    # to the kernel, which leaves the last of each sender out first.
    made = {name: Bank(balance) for name, balance in zip(NAMES, balances, strict=True)}
    assume(all(p.amount > made[p.sender].balance for p in queue))
    gross = start(world_of(made, queue, lsm=GROSS))
    for _ in queue:
        gross.step()
    netting = start(world_of(made, queue, lsm={**GROSS, "enable_multilateral": True}))
    outcomes: list[Outcome] = []
    # The same scenario but for the algorithm: the queue of the one is what the other finds.
    checkpoint = gross.checkpoint()
    resumed = type(netting).restore(netting.config, checkpoint)
    resumed.step()
    for event in flat(resumed.recorder.drain(), resumed):
        if event["event_type"] in KINDS:
            outcomes.append((KINDS[event["event_type"]], numbers(event)))
    system = System(made, list(queue))
    system.resolve(bilateral=False, cycles=False, multilateral=True, longest=3, limit=1, cap=1)
    assert outcomes == system.outcomes


# ---- cycles ----


@given(queues(most=16))
@settings(max_examples=examples(80))
def test_every_cycle_is_found_in_both_orientations(queue: list[Payment]) -> None:
    # With all amounts equal and no money, each cycle settles if it is found while its payments are there; the number
    # of cycles is told by the bound at which the search says that there are more.
    cycles = len(elementary_cycles({(p.sender, p.receiver) for p in queue}, 5))
    for limit in {max(cycles, 1), max(cycles - 1, 1)}:
        scenario = world_of(
            {name: Bank(0) for name in NAMES},
            queue,
            lsm={"enable_bilateral": False, "max_cycle_length": 5, "cycle_search_limit": limit},
        )
        for event in scenario["scenario_events"]:
            event["schedule"]["tick"] = 0
        # The first search sees all payments; later rounds of the tick see fewer, hence never more cycles.
        _, _, truncated = engine_outcomes(scenario, 0)
        assert truncated == (cycles > limit)


def test_a_search_without_an_end_in_sight_stops_at_its_bound() -> None:
    # Complete graph of 20 banks: far more cycles than anybody can list.
    names = [f"B{i:02d}" for i in range(20)]
    events = [payment(a, b, 7) for a in names for b in names if a != b]
    lsm = {"enable_bilateral": False, "max_cycle_length": 10, "cycle_search_limit": 1000}
    scenario = world([bank(name) for name in names], events, ticks=1, lsm=lsm, algorithm_sequencing=True)
    outcomes, _, truncated = engine_outcomes(scenario, 0)
    assert truncated
    assert {kind for kind, _ in outcomes} == {"cycle"}
    assert len(outcomes) == 10  # as many as a tick allows


HOPELESS = """
from tests.support.runs import finished
from tests.support.scenarios import bank, payment, world

names = [f"B{i:02d}" for i in range(60)]
events = [payment(a, b, 1) for a in names for b in names if a < b]
finished(world([bank(name) for name in names], events, ticks=1, lsm={"max_cycle_length": 10}))
"""


def test_a_search_ends_where_there_is_no_cycle_to_find() -> None:
    # Everybody owes everybody of a larger id: 10**11 paths of ten banks, and no way back from any of them.
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    subprocess.run([sys.executable, "-c", HOPELESS], cwd=root, env=environment, timeout=20, check=True)
