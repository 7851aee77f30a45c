"""The engine alone: CPU time of a run with its events recorded in full, drained at each day's end.

Belongs here: runs of one process in one go. Does not belong here: growing runs (`growth`), bundles and the warehouse.
"""

import json
import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.cases import Bench, Case
from benchmarks.figures import Figure
from benchmarks.scenarios import (
    ALL,
    AMPLE,
    BILATERAL,
    DATA,
    POLICIES,
    PRESERVER,
    PRIORITY_AWARE,
    RECORDED,
    TIGHT,
    banks,
    configured,
    written,
)
from benchmarks.unit import cpu_seconds
from paysim_engine.core.config import EngineConfig
from paysim_engine.simulation import Simulation

PER_PAYMENT = "steps per payment"


def play(simulation: Simulation) -> None:
    """Run to the end; what was recorded goes at each day's end."""
    recorder = simulation.recorder

    def forget(_: int) -> None:
        recorder.drain()

    simulation.run(on_day=forget)


def run_seconds(config: EngineConfig, figures: dict[str, Any], runs: int = 1) -> float:
    """CPU seconds of a run, the mean of several in a row; its summary goes into `figures`.

    Building the simulation does not count.
    """
    seconds = 0.0
    for _ in range(runs):
        simulation = Simulation(config)
        seconds += cpu_seconds(partial(play, simulation))
        figures.update(simulation.summary())
    return seconds / runs


def _payments(
    name: str, scenario: Callable[[bool], dict[str, Any]], per_payment: float, per_event: float | None = None
) -> Case:
    """A case judged by the cost of a payment, and of an event if that has a target."""

    def measure(case: Case, bench: Bench) -> list[Figure]:
        config = configured(written(scenario(bench.quick), bench.folder))
        run: dict[str, Any] = {}
        seconds, steps = bench.unit.measure(partial(run_seconds, config, run), bench.times())
        payments, events = run["total_arrivals"], run["events"]
        details = {"seconds": seconds, "payments": payments, "events": events}
        found = [
            Figure(case.name, PER_PAYMENT, steps / payments, per_payment,
                   measured=f"{payments:,} payments in {seconds:.3f} s: {payments / seconds / 1e3:,.0f} k/s",
                   details=details),
        ]  # fmt: skip
        if per_event is not None:
            rate = f"{events:,} events: {events / seconds / 1e6:.2f} M/s"
            found.append(
                Figure(case.name, "steps per event", steps / events, per_event, measured=rate, details=details)
            )
        return found

    return Case(name, measure)


def _reference(name: str, steps: float) -> Case:
    """A scenario of the reference simulator."""

    def measure(case: Case, bench: Bench) -> list[Figure]:
        recorded = RECORDED / name / "scenario.yaml"
        config = configured(recorded if recorded.exists() else DATA / f"{name}.yaml", POLICIES)
        run: dict[str, Any] = {}
        # Short runs in a row, so that a measurement is longer than the grain of the clock.
        row = 1 if bench.quick else max(1, round(0.2 / run_seconds(config, run)))
        seconds, taken = bench.unit.measure(partial(run_seconds, config, run, row), bench.times())
        return [
            Figure(case.name, "k steps", taken / 1e3, steps / 1e3,
                   measured=f"{run['events']:,} events in {seconds * 1e3:.1f} ms",
                   details={"seconds": seconds, "events": run["events"]})
        ]  # fmt: skip

    return Case(name, measure)


def _many_banks(case: Case, bench: Bench) -> list[Figure]:
    """The cost of a payment with 1 000 banks against that with 200, measured in turns."""
    few, many, rate = (20, 100, 0.2) if bench.quick else (200, 1000, 20.0)
    found = []
    for liquidity, balance in (("ample", AMPLE), ("tight", TIGHT)):
        scenarios = [banks(count, rate, balance=balance, lsm=BILATERAL) for count in (few, many)]
        configs = [configured(written(scenario, bench.folder)) for scenario in scenarios]
        ratios: list[float] = []
        run: dict[str, Any] = {}
        seconds, steps = bench.unit.measure(partial(_in_turns, configs, ratios, run), bench.times(5))
        payments = run["total_arrivals"]
        found.append(
            Figure(case.name, "× the cost with 200 banks", statistics.median(ratios), 2,
                   measured=f"{liquidity}: {payments:,} payments in {seconds:.2f} s, {steps / payments:.1f} steps each",
                   details={"seconds": seconds, "payments": payments, "steps_per_payment": steps / payments})
        )  # fmt: skip
    return found


def _in_turns(configs: list[EngineConfig], ratios: list[float], figures: dict[str, Any]) -> float:
    """Run two scenarios one after the other; the ratio of the costs of their payments joins `ratios`.

    Returns:
        CPU seconds of the second, whose summary goes into `figures`.
    """
    costs = []
    for config in configs:
        seconds = run_seconds(config, figures)
        costs.append(seconds / figures["total_arrivals"])
    ratios.append(costs[1] / costs[0])
    return seconds


def _evaluations(case: Case, bench: Bench) -> list[Figure]:
    """The cost of evaluating a payment tree: a run that holds every payment in every tick, less one that need not ask.

    Both record the same events. What remains is the tree against a decision that is fixed (5 ns with its call).
    """
    found = []
    for policy in (PRESERVER, PRIORITY_AWARE):
        document = json.loads((POLICIES / Path(policy["json_path"]).name).read_text(encoding="utf-8"))
        fixed = document | {"payment_tree": {"type": "action", "node_id": "hold", "action": "Hold"}}
        trees = [_waiting(document, bench), _waiting(fixed, bench)]
        evaluations = [_hold(tree)[1] for tree in trees]
        if evaluations[0] != evaluations[1] or not evaluations[0]:
            raise AssertionError(f"{policy['json_path']} does not hold every payment: {evaluations}")
        count = evaluations[0]
        times = 1 if bench.quick else 3 * bench.repeats
        seconds, steps = bench.unit.measure(partial(_difference, *trees), times)
        found.append(
            Figure(case.name, "steps each", steps / count, 2,
                   measured=f"{document['policy_id']}: {count:,} times {seconds / count * 1e9:.0f} ns",
                   details={"seconds": seconds, "evaluations": count})
        )  # fmt: skip
    return found


def _difference(tree: EngineConfig, fixed: EngineConfig) -> float:
    return _hold(tree)[0] - _hold(fixed)[0]


def _waiting(document: dict[str, Any], bench: Bench) -> EngineConfig:
    """Banks without money whose payments are due much later."""
    policy = {"type": "InlineJson", "json_string": json.dumps(document)}
    data = banks(50, 0.1 if bench.quick else 2.0, ticks=1000, balance=0, policy=policy)
    for agent in data["agents"]:
        agent["arrival_config"]["deadline_range"] = [800, 900]
    return configured(written(data, bench.folder))


def _hold(config: EngineConfig) -> tuple[float, int]:
    """CPU seconds of 100 ticks, and the number of payments held in them, tick by tick."""
    simulation = Simulation(config)

    def ticks() -> None:
        for _ in range(100):
            simulation.step()

    seconds = cpu_seconds(ticks)
    return seconds, sum(batch.length for batch in simulation.recorder.drain() if batch.table == "PolicyHold")


def _rate(quick: bool) -> float:
    return 0.5 if quick else 20.0


CASES = (
    _payments("200 banks, Fifo, ample", lambda q: banks(200, _rate(q)), 22, 5.5),
    _payments("200 banks, Fifo, tight", lambda q: banks(200, _rate(q), balance=TIGHT), 36),
    _payments("200 banks, cautious_liquidity_preserver", lambda q: banks(200, _rate(q), policy=PRESERVER), 36),
    _payments("200 banks, target2_priority_aware", lambda q: banks(200, _rate(q), policy=PRIORITY_AWARE), 36),
    Case("policy evaluation", _evaluations),
    _payments("200 banks, all netting, tight", lambda q: banks(200, _rate(q), balance=TIGHT, lsm=ALL), 140),
    _reference("crisis_resolution_10day", 270e3),
    _reference("target2_crisis_25day", 7e6),
    Case("1000 banks, bilateral", _many_banks),
)
