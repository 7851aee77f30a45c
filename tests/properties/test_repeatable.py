"""The same scenario gives the same run: again, in pieces, from a checkpoint, in another process, in another build."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paysim_engine import is_compiled
from paysim_engine.core.errors import SimulationError
from paysim_engine.simulation import Simulation
from tests.properties.test_invariants import scenarios_with_policies
from tests.support.digests import digest_of, digest_of_seed
from tests.support.effort import examples
from tests.support.runs import config_of, flat, rows_of, start
from tests.support.scenarios import bank, payment, world
from tests.support.streams import alike

Data = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]
SEEDS = 25


def whole(scenario: Data) -> str:
    simulation = start(scenario)
    simulation.run()
    return digest_of(simulation, simulation.recorder.drain())


@given(scenarios_with_policies())
@settings(max_examples=examples(15))
def test_a_second_run_is_the_same(scenario: Data) -> None:
    assert whole(scenario) == whole(scenario)


@given(scenarios_with_policies(), st.integers(0, 30), st.integers(0, 30))
@settings(max_examples=examples(20))
def test_a_run_in_pieces_is_the_same(scenario: Data, first: int, second: int) -> None:
    simulation = start(scenario)
    simulation.run(ticks=first)
    simulation.run(ticks=second)
    simulation.run()
    assert digest_of(simulation, simulation.recorder.drain()) == whole(scenario)


@given(scenarios_with_policies(), st.integers(0, 30), st.integers(0, 30))
@settings(max_examples=examples(30))
def test_a_run_goes_on_from_a_checkpoint(scenario: Data, first: int, second: int) -> None:
    config = config_of(scenario)
    uninterrupted = Simulation(config)
    uninterrupted.run()
    expected = uninterrupted.recorder.drain()

    simulation = Simulation(config)
    recorded = []
    for ticks in (first, second, 10**6):
        simulation.run(ticks=ticks)
        # The numbers of texts are those of the simulation that recorded them, so events are compared in words.
        batches = simulation.recorder.drain()
        recorded.append((flat(batches, simulation), batches))
        if not simulation.finished:
            saved = json.loads(json.dumps(simulation.checkpoint()))
            assert alike(Simulation.restore(config, saved).checkpoint(), simulation.checkpoint())
            simulation = Simulation.restore(config, saved)
    events = [event for piece, _ in recorded for event in piece]
    assert alike(events, flat(expected, uninterrupted))
    for table in ("transactions", "agent_ticks", "queue_snapshots", "rng_states"):
        assert [row for _, piece in recorded for row in rows_of(piece, table)] == rows_of(expected, table)
    assert simulation.summary() == uninterrupted.summary()
    assert alike(simulation.snapshot(), uninterrupted.snapshot())


def in_another_process(mypyc: str | None) -> Any:
    """The digests of the first seeds, by a process with another hash seed, and with or without the compiled engine."""
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": str(ROOT)}
    environment.pop("PAYSIM_MYPYC", None)
    if mypyc is not None:
        environment["PAYSIM_MYPYC"] = mypyc
    command = [sys.executable, "-m", "tests.support.digests", "0", str(SEEDS)]
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return json.loads(answer.stdout)


@pytest.fixture(scope="module")
def digests() -> list[str]:
    return [digest_of_seed(seed) for seed in range(SEEDS)]


def test_another_process_agrees(digests: list[str]) -> None:
    assert in_another_process(os.environ.get("PAYSIM_MYPYC")) == {"compiled": is_compiled(), "digests": digests}


@pytest.mark.skipif(not is_compiled(), reason="the engine under test is interpreted; `make test` compares both builds")
def test_the_interpreted_engine_agrees_with_the_compiled_one(digests: list[str]) -> None:
    assert in_another_process("0") == {"compiled": False, "digests": digests}


def test_a_finished_run_says_that_it_is_over() -> None:
    simulation = start(world([bank("A", 5), bank("B")], [payment("A", "B", 5)], ticks=3))
    simulation.run()
    with pytest.raises(SimulationError, match="over"):
        simulation.step()
    simulation.run()
    assert len(rows_of(simulation.recorder.drain(), "transactions")) == 1
