"""`paysim simulate`."""

import gzip
import json
import os
import pty
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from paysim_engine.bundle import read_bundle
from paysim_engine.record.schema import EVENT_TYPES
from paysim_engine.scenario import load_scenario
from paysim_engine.simulation import Simulation
from tests.cli.conftest import Paysim
from tests.conftest import ROOT

COMMAND = [sys.executable, "-m", "paysim_pipeline.cli"]


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def recorded() -> list[dict[str, Any]]:
    """The events of the baseline scenario, straight from the engine."""
    simulation = Simulation(load_scenario(ROOT / "scenarios" / "baseline.yaml").engine_config())
    simulation.run()
    return json.loads(json.dumps(simulation.events()))  # type: ignore[no-any-return]


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """A stand-in for a full disk: no file of this process may grow beyond `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)


# ---- results


def test_summary(paysim: Paysim) -> None:
    outcome = paysim("simulate", "gridlock")
    assert outcome.code == 0
    assert outcome.err == ""
    assert "gridlock: 12 ticks" in outcome.out
    assert "payments    9, settled 9 (100.0 %)" in outcome.out
    assert all(agent in outcome.out for agent in ("EAST", "NORTH", "SOUTH", "WEST"))


def test_json(paysim: Paysim) -> None:
    data = paysim("simulate", "gridlock", "--json").data
    simulation = Simulation(load_scenario(ROOT / "scenarios" / "gridlock.yaml").engine_config())
    simulation.run()
    summary = simulation.summary()
    assert data["simulation"]["ticks_executed"] == 12
    assert data["simulation"]["scenario"] == "gridlock"
    assert data["metrics"]["total_events"] == summary["events"]
    assert data["metrics"]["total_arrivals"] == summary["total_arrivals"]
    assert data["costs"]["total_cost"] == summary["total_cost"]
    agents = summary["agents"]
    assert isinstance(agents, list)
    assert [agent["final_balance"] for agent in data["agents"]] == [agent["balance"] for agent in agents]


def test_overrides(paysim: Paysim) -> None:
    data = paysim("simulate", "baseline", "--seed", "7", "--days", "1", "--json").data["simulation"]
    assert (data["seed"], data["num_days"], data["ticks_executed"]) == (7, 1, 100)
    assert paysim("simulate", "baseline", "--ticks", "30", "--json").data["simulation"]["ticks_executed"] == 30


def test_quiet(paysim: Paysim) -> None:
    outcome = paysim("simulate", "gridlock", "--quiet")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


def test_a_file_given_by_path(paysim: Paysim) -> None:
    assert paysim("simulate", ROOT / "scenarios" / "gridlock.yaml").code == 0


# ---- events


def test_events_as_lines(paysim: Paysim, tmp_path: Path, recorded: list[dict[str, Any]]) -> None:
    outcome = paysim("simulate", "baseline", "--events", tmp_path / "events.jsonl")
    assert outcome.code == 0
    assert lines((tmp_path / "events.jsonl").read_text()) == recorded
    assert os.listdir(tmp_path) == ["events.jsonl"]


def test_events_compressed(paysim: Paysim, tmp_path: Path, recorded: list[dict[str, Any]]) -> None:
    paysim("simulate", "baseline", "--events", tmp_path / "events.jsonl.gz")
    assert lines(gzip.decompress((tmp_path / "events.jsonl.gz").read_bytes()).decode()) == recorded


def test_events_to_standard_output(capfdbinary: pytest.CaptureFixture[bytes], recorded: list[dict[str, Any]]) -> None:
    from paysim_pipeline.cli.main import execute

    assert execute(["simulate", str(ROOT / "scenarios" / "baseline.yaml"), "--events", "-"]) == 0
    captured = capfdbinary.readouterr()
    assert lines(captured.out.decode()) == recorded
    assert b"300 ticks" in captured.err


def test_events_in_parquet(paysim: Paysim, tmp_path: Path, recorded: list[dict[str, Any]]) -> None:
    paysim("simulate", "baseline", "--events", tmp_path / "events.parquet")
    table = pq.read_table(tmp_path / "events.parquet")
    assert table.num_rows == len(recorded)
    for row, event in zip(table.to_pylist(), recorded, strict=True):
        if "details" in event:
            row["details"] = json.loads(row["details"])
        assert {name: row[name] for name in event} == event
        assert all(value is None for name, value in row.items() if name not in event)


def test_parquet_has_a_column_for_every_field(paysim: Paysim, tmp_path: Path) -> None:
    paysim("simulate", "two_period_game", "--events", tmp_path / "events.parquet")
    columns = set(pq.read_schema(tmp_path / "events.parquet").names)
    own = {"CostAccrual": {"agent_id"}}
    for event in EVENT_TYPES:
        assert own.get(event.name, {field.name for field in event.fields if not field.hidden}) <= columns


def test_a_bundle_beside_the_events(paysim: Paysim, tmp_path: Path, recorded: list[dict[str, Any]]) -> None:
    outcome = paysim("simulate", "baseline", "--bundle", tmp_path / "run", "--events", tmp_path / "events.jsonl")
    assert outcome.code == 0
    assert len(lines((tmp_path / "events.jsonl").read_text())) == len(recorded)
    bundle = read_bundle(tmp_path / "run")
    assert bundle.manifest.totals.arrivals == sum(
        event["event_type"] == "Arrival" and event["parent_tx_id"] is None for event in recorded
    )


# ---- what goes wrong


def test_a_broken_scenario(paysim: Paysim, broken: Path, tmp_path: Path) -> None:
    outcome = paysim("simulate", broken, "--events", tmp_path / "events.jsonl")
    assert outcome.code == 1
    assert "broken.yaml: 3 problems" in outcome.err
    assert not (tmp_path / "events.jsonl").exists()


def test_no_folder_for_the_events(paysim: Paysim, tmp_path: Path) -> None:
    outcome = paysim("simulate", "gridlock", "--events", tmp_path / "nowhere" / "events.jsonl")
    assert outcome.code == 1
    assert f"there is no folder {tmp_path}/nowhere" in outcome.err


@pytest.mark.parametrize("name", ["events.jsonl", "events.jsonl.gz", "events.parquet"])
def test_a_full_disk_leaves_the_earlier_file(paysim: Paysim, tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    target.write_text("earlier")
    with files_no_larger_than(10_000):
        outcome = paysim("simulate", "baseline", "--events", target)
    assert outcome.code == 1
    assert f"{target}: the events cannot be written: File too large" in outcome.err
    assert target.read_text() == "earlier"
    assert os.listdir(tmp_path) == [name]


def test_a_full_disk_leaves_no_bundle(paysim: Paysim, tmp_path: Path) -> None:
    with files_no_larger_than(10_000):
        outcome = paysim("simulate", "baseline", "--bundle", tmp_path / "run")
    assert outcome.code == 1
    assert "the bundle cannot be written" in outcome.err
    assert os.listdir(tmp_path) == []


def test_a_run_that_breaks_off_leaves_its_whole_ticks(paysim: Paysim, tmp_path: Path, failing: Path) -> None:
    for name in ("events.jsonl", "events.parquet"):
        outcome = paysim("simulate", failing, "--events", tmp_path / name)
        assert outcome.code == 1
        assert "division" in outcome.err.lower()
        assert f"{name} holds the" in outcome.err
        assert "up to tick 6" in outcome.err
    events = lines((tmp_path / "events.jsonl").read_text())
    assert {event["tick"] for event in events if event["event_type"] == "Arrival"} == {3}
    assert max(event["tick"] for event in events) <= 6
    assert pq.read_table(tmp_path / "events.parquet").num_rows == len(events)


def test_a_run_that_breaks_off_leaves_no_bundle(paysim: Paysim, tmp_path: Path, failing: Path) -> None:
    outcome = paysim("simulate", failing, "--bundle", tmp_path / "run")
    assert outcome.code == 1
    assert "division" in outcome.err.lower()
    assert not (tmp_path / "run").exists()


def test_a_reader_that_leaves_early(database: Path) -> None:
    program = subprocess.Popen(
        [*COMMAND, "simulate", "baseline", "--events", "-"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    assert program.stderr is not None
    program.stdout.readline()
    program.stdout.close()
    # As in a replay: `head` has what it wants.
    assert program.wait() == 0
    assert program.stderr.read() == ""


def test_an_interrupted_run_leaves_nothing(database: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    program = subprocess.Popen(
        [*COMMAND, "simulate", "baseline", "--days", "5000", "--events", target / "e.jsonl", "--bundle", target / "b"],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 20
    while len(os.listdir(target)) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(os.listdir(target)) == 2, "the run had begun to write both"
    program.send_signal(signal.SIGINT)
    try:
        _, err = program.communicate(timeout=60)
    finally:
        program.kill()  # whatever happens, nothing runs on behind the suite
    assert program.returncode == 130
    assert err.splitlines()[-1] == "paysim: interrupted"
    assert os.listdir(target) == []


# ---- progress


@pytest.mark.parametrize("quiet", [False, True])
def test_progress_is_shown_on_a_terminal_only(database: Path, quiet: bool) -> None:
    """Errors and progress go to a terminal, results into a pipe."""
    screen, terminal = pty.openpty()
    command = [*COMMAND, "simulate", "baseline", "--json", *(["--quiet"] if quiet else [])]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=terminal, check=True)
    os.close(terminal)
    shown = b""
    try:
        while part := os.read(screen, 65536):
            shown += part
    except OSError:  # the other side of the terminal is closed
        pass
    os.close(screen)
    assert json.loads(done.stdout)["simulation"]["ticks_executed"] == 300
    assert (b"baseline" in shown) is not quiet
