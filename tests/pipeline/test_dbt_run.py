"""Calling dbt: finding out which scenarios fail, and never leaving a process behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pytest

from paysim_pipeline.dbt_run import DbtCall, in_parts, run_dbt
from paysim_pipeline.settings import Settings
from paysim_pipeline.warehouse.connection import writer
from tests.conftest import ROOT

NAMES = [f"s{number:02d}" for number in range(50)]


def tried(names: Sequence[str], bad: set[str]) -> tuple[dict[str, bool], list[int]]:
    """Which names end up in a successful call, and how many names each call was about."""
    calls: list[int] = []

    def call(part: Sequence[str]) -> DbtCall:
        calls.append(len(part))
        return DbtCall(list(part), ok=not bad & set(part))

    parts = in_parts(names, call)
    assert [name for part, _ in parts for name in part] == list(names)
    return {name: outcome.ok for part, outcome in parts for name in part}, calls


def test_what_succeeds_takes_one_call() -> None:
    found, calls = tried(NAMES, set())
    assert all(found.values())
    assert calls == [50]


@pytest.mark.parametrize("bad", [{"s00"}, {"s17"}, {"s49"}, {"s03", "s41"}, {"s10", "s11"}])
def test_those_that_fail_are_found_and_the_others_built(bad: set[str]) -> None:
    found, calls = tried(NAMES, bad)
    assert {name for name, ok in found.items() if not ok} == bad
    assert len(calls) <= 1 + 12 * len(bad)


def test_if_everything_fails_it_gives_up_in_time() -> None:
    found, calls = tried(NAMES, set(NAMES))
    assert not any(found.values())
    assert len(calls) <= 60


def test_a_single_one_is_tried_once() -> None:
    assert tried(["only"], {"only"}) == ({"only": False}, [1])


# ---- the process


def test_dbt_says_what_is_wrong(tmp_path: Path) -> None:
    database = tmp_path / "paysim.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema raw")
    outcome = run_dbt(["build", "--select", "stg_agents"], database, tmp_path)
    assert not outcome.ok
    assert "model stg_agents" in outcome.errors[0]
    assert "Table with name agents does not exist" in outcome.errors[0]


def test_dbt_says_that_there_is_no_warehouse(tmp_path: Path) -> None:
    outcome = run_dbt(["build", "--select", "stg_agents"], tmp_path / "paysim.duckdb", tmp_path)
    assert not outcome.ok
    assert "there is no warehouse; run a scenario first" in outcome.errors[0]


def test_the_warehouse_may_have_any_name(tmp_path: Path) -> None:
    """Its name is that of the database in every query; the project is parsed once for each."""
    database = tmp_path / "my-warehouse.duckdb"
    with writer(Settings(database, tmp_path, tmp_path, tmp_path / "published.duckdb")):
        pass
    outcome = run_dbt(["run", "--select", "+stg_agents"], database, tmp_path)
    assert outcome.ok, outcome.errors
    with duckdb.connect(str(database), read_only=True) as connection:
        assert connection.execute("select count(*) from staging.stg_agents").fetchone() == (0,)


def test_wrong_usage_is_told(tmp_path: Path) -> None:
    outcome = run_dbt(["build", "--no-such-option"], tmp_path / "paysim.duckdb", tmp_path)
    assert not outcome.ok
    assert any("no-such-option" in error for error in outcome.errors)


CALLER = """
import sys
from pathlib import Path
from paysim_pipeline.dbt_run import run_dbt

folder = Path(sys.argv[1])
arguments = ["show", "--inline", "select count(*) from range(100000000000) as a(i) where hash(i) = 1"]
try:
    run_dbt(arguments, folder / "paysim.duckdb", folder)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def children_of(process: int) -> list[int]:
    text = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(number) for number in text.split()]


def runs(process: int) -> bool:
    """Whether a process is there and not merely waiting to be buried."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def caller(tmp_path: Path) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """A process that waits for a query of hours, and the process of dbt."""
    process = subprocess.Popen(
        [sys.executable, "-c", CALLER, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (tmp_path / "paysim.duckdb").exists():
        time.sleep(0.05)
    time.sleep(1)
    # The parser of the project, if there was one, has ended by now.
    (child,) = children_of(process.pid)
    yield process, child
    # Its dbt ends with it.
    process.kill()
    process.wait()


def test_interrupted_it_ends_dbt(caller: tuple["subprocess.Popen[str]", int]) -> None:
    process, child = caller
    process.send_signal(signal.SIGINT)
    output = process.communicate(timeout=60)[0]
    assert "interrupted" in output.splitlines()
    assert not runs(child)


def test_killed_it_leaves_no_dbt_behind(caller: tuple["subprocess.Popen[str]", int]) -> None:
    process, child = caller
    assert runs(child)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 60
    while runs(child) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not runs(child)
