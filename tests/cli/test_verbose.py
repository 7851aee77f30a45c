"""`paysim run --verbose` and `--event-stream`: what is shown, and what the run is stored as."""

import json
from pathlib import Path

import duckdb
import pytest

from paysim_engine.record.schema import EVENT_CODE
from tests.cli.conftest import Paysim
from tests.conftest import ROOT

GOLDEN = ROOT / "tests" / "golden" / "data"


def test_every_command_says_how_it_is_used(paysim: Paysim) -> None:
    for command in ("run", "replay"):
        text = paysim(command, "--help").out
        assert f"paysim {command} " in text
        for option in ("--verbose", "--event-stream", "--filter-event-type", "--filter-agent", "--filter-tx"):
            assert option in text


def test_an_event_as_an_object(paysim: Paysim) -> None:
    outcome = paysim("run", "gridlock", "--event-stream", "--simulation-id", "mine")
    first, *_, last = outcome.out.splitlines()
    assert json.loads(first) == {
        "simulation_id": "mine",
        "tick": 1,
        "day": 0,
        "event_type": "Arrival",
        "event_id": "mine:0",
        "details": {
            "tx_id": "tx_00000000",
            "sender_id": "NORTH",
            "receiver_id": "EAST",
            "amount": 100000,
            "deadline": 9,
            "priority": 5,
            "is_divisible": False,
            "origin": "scenario",
        },
        "tx_id": "tx_00000000",
        "agent_id": "NORTH",
    }
    metadata = json.loads(last)
    assert list(metadata) == [
        "_metadata",
        "replay_complete",
        "simulation_id",
        "from_tick",
        "to_tick",
        "duration_seconds",
        "ticks_per_second",
    ]
    assert (metadata["simulation_id"], metadata["from_tick"], metadata["to_tick"]) == ("mine", 0, 11)


def test_netting_is_about_nobody_in_particular(paysim: Paysim) -> None:
    shown = paysim("run", "gridlock", "--event-stream", "--filter-event-type", "LsmCycleSettlement").out
    for line in shown.splitlines()[:-1]:
        assert not {"tx_id", "agent_id"} & set(json.loads(line))


def test_the_stream_is_the_engines_events(paysim: Paysim, tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    paysim("simulate", "liquidity_stress", "--events", events)
    recorded = [json.loads(line) for line in events.read_text().splitlines()]
    streamed = [json.loads(line) for line in paysim("run", "liquidity_stress", "--event-stream").out.splitlines()[:-1]]
    for flat, shown in zip(recorded, streamed, strict=True):
        fields = {key: value for key, value in flat.items() if key not in ("event_seq", "event_type", "tick")}
        assert shown["details"] == {key: value for key, value in fields.items() if value is not None}
        assert (shown["tick"], shown["event_type"]) == (flat["tick"], flat["event_type"])


def test_more_than_a_thousand_events_of_a_tick(paysim: Paysim, tmp_path: Path) -> None:
    kind = "type: CustomTransactionArrival, schedule: {type: OneTime, tick: 0}"
    event = f"  - {{{kind}, from_agent: A, to_agent: B, amount: 1}}"
    path = tmp_path / "many.yaml"
    path.write_text(
        "simulation: {ticks_per_day: 2, num_days: 1, rng_seed: 1}\n"
        "agents:\n  - {id: A, opening_balance: 5000}\n  - {id: B, opening_balance: 0}\n"
        "scenario_events:\n" + "\n".join([event] * 1200) + "\n"
    )
    shown = paysim("run", path, "--event-stream", "--filter-event-type", "Arrival").out
    assert len(shown.splitlines()) == 1201


def test_a_failing_run_shows_its_whole_ticks(paysim: Paysim, failing: Path) -> None:
    outcome = paysim("run", failing, "--event-stream")
    assert outcome.code == 1
    assert {json.loads(line)["tick"] for line in outcome.out.splitlines()} == {3}
    assert "tick 7" in outcome.err
    outcome = paysim("run", failing, "--verbose")
    assert outcome.code == 1
    assert "tick 3, day 0" in outcome.out
    assert "the whole run" not in outcome.out


@pytest.mark.parametrize("case", ["micro/d20_budget_per_tick", "micro/d36_withdrawals_keep_credit_covered"])
def test_other_scenarios_replay_too(paysim: Paysim, tmp_path: Path, case: str) -> None:
    path = tmp_path / "case.yaml"
    path.write_bytes((GOLDEN / case / "scenario.yaml").read_bytes())
    ran = paysim("run", path, "--verbose")
    assert ran.code == 0
    assert paysim("replay", "case", "--verbose").out == ran.out


def test_an_experiment_is_kept_with_its_run(paysim: Paysim, database: Path) -> None:
    plain = paysim("run", "gridlock", "--json").data["simulation"]["simulation_id"]
    ids = []
    for iteration in ("1", "2"):
        outcome = paysim(
            "run", "gridlock", "--experiment-run-id", "exp-7", "--experiment-iteration", iteration, "--json"
        )
        ids.append(outcome.data["simulation"]["simulation_id"])
    assert len({plain, *ids}) == 3
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(
            "select simulation_id, experiment_run_id, experiment_iteration from raw.simulations "
            "where kept order by experiment_iteration"
        ).fetchall()
    assert rows == [(ids[0], "exp-7", 1), (ids[1], "exp-7", 2)]
    shown = paysim("run", "gridlock", "--experiment-run-id", "exp-7", "--experiment-iteration", "2", "--verbose")
    assert ids[1] in shown.out.splitlines()[0]
    assert paysim("replay", ids[1], "--verbose").out == shown.out


def test_an_iteration_needs_its_experiment(paysim: Paysim, database: Path) -> None:
    outcome = paysim("run", "gridlock", "--experiment-iteration", "1")
    assert outcome.code == 2
    assert "--experiment-run-id" in outcome.err
    outcome = paysim("run", "gridlock", "--experiment-run-id", "")
    assert outcome.code == 2
    assert "--experiment-run-id" in outcome.err
    assert not database.exists()


def test_every_type_of_event_may_be_asked_for(paysim: Paysim) -> None:
    outcome = paysim("run", "gridlock", "--event-stream", "--filter-event-type", ",".join(EVENT_CODE))
    assert len(outcome.out.splitlines()) == 50
