"""`paysim replay`: what `paysim run` showed, from the warehouse; and what it refuses."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.cli.conftest import Outcome, Paysim
from tests.conftest import ROOT

COMMAND = [sys.executable, "-m", "paysim_pipeline.cli"]
LIBRARY = sorted(path.stem for path in (ROOT / "scenarios").glob("*.yaml"))

FILTERS = {
    "types": ["--filter-event-type", "Arrival,EndOfDay", "--filter-event-type", "LsmBilateralOffset"],
    "payment": ["--filter-tx", "tx_00000002"],
    "range": ["--filter-tick-range", "1-3"],
    "from": ["--filter-tick-range", "2-"],
    "up to": ["--filter-tick-range", "-1"],
    "one": ["--filter-tick-range", "1"],
}


@pytest.fixture
def gridlock(paysim: Paysim) -> Outcome:
    """The stored run of a small scenario; what `run --verbose` printed."""
    return paysim("run", "gridlock", "--verbose")


def parted(outcome: Outcome) -> tuple[list[str], dict[str, Any]]:
    """The events of a stream, and its last line without times."""
    *events, last = outcome.out.splitlines()
    metadata = json.loads(last)
    assert metadata.pop("duration_seconds") > 0
    assert metadata.pop("ticks_per_second") > 0
    return events, metadata


# ---- the same bytes


@pytest.mark.parametrize("scenario", LIBRARY)
def test_run_and_replay_print_the_same(paysim: Paysim, scenario: str) -> None:
    ran = paysim("run", scenario, "--verbose")
    replayed = paysim("replay", scenario, "--verbose")
    assert (ran.code, replayed.code) == (0, 0)
    assert replayed.out == ran.out
    assert ran.out.startswith(f"{scenario}: ")
    streamed, again = paysim("run", scenario, "--event-stream"), paysim("replay", scenario, "--event-stream")
    assert parted(again) == parted(streamed)
    events, metadata = parted(streamed)
    assert metadata["replay_complete"] is True
    assert [json.loads(line)["event_id"].rpartition(":")[2] for line in events] == [str(i) for i in range(len(events))]


@pytest.mark.parametrize("name", FILTERS)
def test_filters_print_the_same(paysim: Paysim, name: str) -> None:
    chosen = FILTERS[name]
    ran = paysim("run", "gridlock", "--verbose", *chosen)
    assert ran.code == 0
    assert paysim("replay", "gridlock", "--verbose", *chosen).out == ran.out
    streamed = paysim("run", "gridlock", "--event-stream", *chosen)
    events, _ = parted(paysim("replay", "gridlock", "--event-stream", *chosen))
    assert events == parted(streamed)[0]
    assert 0 < len(events) < 49


def test_a_filter_of_an_agent(paysim: Paysim) -> None:
    ran = paysim("run", "gridlock", "--verbose", "--filter-agent", "NORTH")
    assert paysim("replay", "gridlock", "--verbose", "--filter-agent", "NORTH").out == ran.out
    events, _ = parted(paysim("replay", "gridlock", "--event-stream", "--filter-agent", "NORTH"))
    assert all("NORTH" in line for line in events)
    assert len(events) > 5


def test_the_bytes_are_utf_8_whatever_the_locale(gridlock: Outcome, database: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PAYSIM_DB": str(database)}
    done = subprocess.run(
        [*COMMAND, "replay", "gridlock", "--verbose"], env=environment, cwd=ROOT, capture_output=True, check=True
    )
    assert done.stdout.decode("utf-8") == gridlock.out


def test_a_part_of_a_run(paysim: Paysim, gridlock: Outcome) -> None:
    part = paysim("replay", "gridlock", "--verbose", "--from-tick", "4", "--to-tick", "6")
    filtered = paysim("run", "gridlock", "--verbose", "--filter-tick-range", "4-6")
    assert part.out == filtered.out
    assert set(part.out.splitlines()) < set(gridlock.out.splitlines())
    events, metadata = parted(paysim("replay", "gridlock", "--event-stream", "--from-tick", "4", "--to-tick", "6"))
    assert {json.loads(line)["tick"] for line in events} == {4, 6}
    assert (metadata["from_tick"], metadata["to_tick"]) == (4, 6)


def test_an_empty_part_is_no_error(paysim: Paysim, gridlock: Outcome) -> None:
    outcome = paysim("replay", "gridlock", "--verbose", "--from-tick", "7", "--to-tick", "9")
    assert (outcome.code, len(outcome.out.splitlines())) == (0, 2)
    outcome = paysim("replay", "gridlock", "--event-stream", "--filter-tx", "tx_99999999")
    assert (outcome.code, len(outcome.out.splitlines())) == (0, 1)


# ---- summaries


def test_the_summary_is_that_of_the_run(paysim: Paysim) -> None:
    ran, replayed = (
        paysim("run", "liquidity_stress", "--json").data,
        paysim("replay", "liquidity_stress", "--json").data,
    )
    clamped = ran["metrics"].pop("clamped_draws")
    assert clamped == 0
    for part in ("metrics", "costs", "agents"):
        assert replayed[part] == ran[part]
    facts = replayed["simulation"]
    assert (facts["replay_range"], facts["ticks_replayed"]) == ("full", 300)
    for fact in ("scenario", "seed", "ticks_executed", "simulation_id", "database", "fingerprint", "events_digest"):
        assert facts[fact] == ran["simulation"][fact]
    part = paysim("replay", "liquidity_stress", "--from-tick", "10", "--to-tick", "19", "--json").data["simulation"]
    assert (part["replay_range"], part["ticks_replayed"]) == ("10-19", 10)
    ran_lines = paysim("run", "liquidity_stress").out.splitlines()
    assert paysim("replay", "liquidity_stress").out.splitlines()[1:10] == ran_lines[1:10]


def test_what_is_no_result_goes_to_standard_error(paysim: Paysim, gridlock: Outcome) -> None:
    assert "stored as" not in gridlock.out
    assert "stored as" in gridlock.err
    assert "replayed" in paysim("replay", "gridlock", "--verbose").err
    assert paysim("replay", "gridlock", "--verbose", "--quiet").err == ""
    assert paysim("run", "gridlock", "--event-stream", "--quiet").err == ""


def test_replay_changes_nothing(paysim: Paysim, gridlock: Outcome, database: Path) -> None:
    before = database.read_bytes()
    paysim("replay", "gridlock", "--verbose")
    paysim("replay", "gridlock")
    assert database.read_bytes() == before


# ---- what is refused


def test_an_unknown_run(paysim: Paysim, gridlock: Outcome) -> None:
    outcome = paysim("replay", "gridlok", "--verbose")
    assert (outcome.code, outcome.out) == (1, "")
    assert 'did you mean "gridlock"?' in outcome.err


def test_no_warehouse(paysim: Paysim) -> None:
    outcome = paysim("replay", "gridlock")
    assert outcome.code == 1
    assert "there is no warehouse" in outcome.err


@pytest.mark.parametrize(
    "ticks",
    [
        ["--from-tick", "12"],
        ["--to-tick", "12"],
        ["--from-tick", "-1"],
        ["--from-tick", "5", "--to-tick", "4"],
    ],
)
def test_ticks_that_the_run_has_not(paysim: Paysim, gridlock: Outcome, ticks: list[str]) -> None:
    outcome = paysim("replay", "gridlock", "--verbose", *ticks)
    assert (outcome.code, outcome.out) == (2, "")
    assert "has the ticks 0 to 11" in outcome.err
    assert " ".join(ticks) in outcome.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--filter-agent", "NORTH"], "needs --verbose or --event-stream"),
        (["--filter-event-type", "Arrival"], "needs --verbose or --event-stream"),
        (["--filter-tx", "tx_00000000"], "needs --verbose or --event-stream"),
        (["--filter-tick-range", "1-2"], "needs --verbose or --event-stream"),
        (["--verbose", "--event-stream"], "choose one"),
        (["--verbose", "--json"], "choose one"),
        (["--event-stream", "--json"], "choose one"),
        (["--verbose", "--filter-event-type", "Arival"], 'Did you mean "Arrival"?'),
        (["--verbose", "--filter-agent", "NORTG"], 'Did you mean "NORTH"?'),
        (["--verbose", "--filter-tx", "7"], "not the id of a payment"),
        (["--verbose", "--filter-tick-range", "a-b"], "not a range of ticks"),
        (["--verbose", "--filter-tick-range", "-"], "not a range of ticks"),
        (["--verbose", "--filter-tick-range", "9-3"], "write 3-9"),
    ],
)
def test_options_that_make_no_sense(paysim: Paysim, gridlock: Outcome, options: list[str], said: str) -> None:
    for command in (["replay", "gridlock"], ["run", "gridlock"]):
        outcome = paysim(*command, *options)
        assert (outcome.code, outcome.out) == (2, "")
        assert said in outcome.err


def test_former_names_of_event_types(paysim: Paysim, gridlock: Outcome) -> None:
    for former, now in (("Settlement", "RtgsImmediateSettlement"), ("RtgsQueue2Settle", "Queue2LiquidityRelease")):
        old = paysim("replay", "gridlock", "--event-stream", "--filter-event-type", former)
        new = paysim("replay", "gridlock", "--event-stream", "--filter-event-type", now)
        assert parted(old) == parted(new)


def test_a_run_of_which_nothing_is_stored(paysim: Paysim, gridlock: Outcome, database: Path) -> None:
    with duckdb.connect(str(database)) as connection:
        connection.execute("delete from raw.agent_ticks")
    outcome = paysim("replay", "gridlock", "--verbose")
    assert outcome.code == 1
    assert "none of its ticks are stored" in outcome.err


# ---- pipes, terminals, Ctrl-C


@pytest.mark.parametrize(("command", "mode"), [("run", "--verbose"), ("replay", "--event-stream")])
def test_a_reader_that_goes_away(paysim: Paysim, database: Path, command: str, mode: str) -> None:
    paysim("run", "baseline")
    with subprocess.Popen(
        [*COMMAND, command, "baseline", mode, "--quiet"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read().decode()
    assert "Traceback" not in errors
    assert "Broken" not in errors
    assert process.returncode == 0
    assert [run["scenario"] for run in paysim("list", "--json").data] == ["baseline"]


def test_a_terminal_gets_colours_and_no_bar(gridlock: Outcome, database: Path) -> None:
    controller, terminal = pty.openpty()
    environment = {**os.environ, "PAYSIM_DB": str(database), "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen(
        [*COMMAND, "run", "gridlock", "--verbose"], stdout=terminal, stderr=terminal, env=environment, cwd=ROOT
    ) as process:
        os.close(terminal)
        output = b""
        while True:
            try:
                output += os.read(controller, 65536)
            except OSError:
                break
    os.close(controller)
    assert process.returncode == 0
    text = output.decode()
    assert "\x1b[1mgridlock: 1 day" in text
    assert "0:00:0" not in text


@pytest.mark.parametrize("command", ["run", "replay"])
def test_ctrl_c(paysim: Paysim, database: Path, tmp_path: Path, command: str) -> None:
    long = tmp_path / "long.yaml"
    text = (ROOT / "scenarios" / "baseline.yaml").read_text()
    long.write_text(text.replace("num_days: 3", "num_days: 6"))
    assert "num_days: 6" in long.read_text()
    if command == "replay":
        paysim("run", long)
    given = [str(long)] if command == "run" else ["long"]
    with subprocess.Popen(
        [*COMMAND, command, *given, "--event-stream"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        # It has begun, and it cannot end: nobody reads what it writes.
        assert process.stdout.readline()
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read().decode().splitlines()
        errors = process.stderr.read().decode()
    assert process.returncode == 130
    assert errors.strip() == "paysim: interrupted"
    assert "_metadata" not in rest[-1]
    stored = paysim("list", "--json").data if command == "replay" else []
    assert len(stored) == (1 if command == "replay" else 0)
