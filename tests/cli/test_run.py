"""`paysim run`, `list` and `show`: into the warehouse and out again."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from paysim_engine.bundle import read_bundle
from tests.cli.conftest import Outcome, Paysim
from tests.cli.test_simulate import files_no_larger_than


def stored_as(outcome: Outcome) -> str:
    """The id that `run` says it stored the run under."""
    found = re.search(r"stored as (\S+) in ", outcome.out)
    assert found, outcome.out + outcome.err
    return found[1]


def rows(database: Path, table: str = "raw.simulations") -> int:
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(f"select count(*) from {table}").fetchone()
    assert found is not None
    return int(found[0])


# ---- storing


def test_a_run_is_stored(paysim: Paysim, database: Path) -> None:
    outcome = paysim("run", "gridlock")
    assert outcome.code == 0
    assert outcome.err == ""
    assert "payments    9, settled 9 (100.0 %)" in outcome.out
    assert f"in {database}" in outcome.out
    assert f"PAYSIM_DB={database} dbt build --vars '{{scenario_ids: [gridlock]}}'" in outcome.out
    assert rows(database) == 1
    assert sorted(path.name for path in database.parent.iterdir()) == ["paysim.duckdb", "paysim.duckdb.lock"]


def test_the_same_run_again_is_the_same_rows(paysim: Paysim, database: Path) -> None:
    first, second = stored_as(paysim("run", "gridlock")), stored_as(paysim("run", "gridlock"))
    assert first == second
    assert rows(database) == 1


def test_another_seed_takes_the_place_of_the_first(paysim: Paysim, database: Path) -> None:
    first = stored_as(paysim("run", "baseline", "--days", "1"))
    outcome = paysim("run", "baseline", "--days", "1", "--seed", "7")
    assert f"it took the place of {first}" in outcome.out
    assert rows(database) == 1


def test_a_run_with_an_id_is_kept(paysim: Paysim, database: Path) -> None:
    paysim("run", "gridlock")
    assert paysim("run", "gridlock", "--simulation-id", "mine").code == 0
    assert paysim("run", "gridlock", "--seed", "3").code == 0
    assert {run["simulation_id"] for run in paysim("list", "--json").data} >= {"mine"}
    assert rows(database) == 2


def test_an_id_stands_for_one_thing(paysim: Paysim, database: Path) -> None:
    paysim("run", "gridlock", "--simulation-id", "mine")
    outcome = paysim("run", "gridlock", "--seed", "3", "--simulation-id", "mine")
    assert outcome.code == 1
    assert "mine exists with another content (seed" in outcome.err
    assert rows(database) == 1


def test_another_warehouse(paysim: Paysim, database: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.duckdb"
    assert paysim("run", "gridlock", "--db", other, "--quiet").out == ""
    assert not database.exists()
    assert [run["scenario"] for run in paysim("list", "--db", other, "--json").data] == ["gridlock"]


def test_the_bundle_may_be_kept(paysim: Paysim, tmp_path: Path) -> None:
    data = paysim("run", "gridlock", "--bundle", tmp_path / "kept", "--json").data
    manifest = read_bundle(tmp_path / "kept").manifest
    assert data["simulation"]["events_digest"] == manifest.events_digest
    assert data["rows"]["agents"] == 4


# ---- what goes wrong


def test_a_name_that_cannot_be_a_scenarios(paysim: Paysim, database: Path, tmp_path: Path, failing: Path) -> None:
    outcome = paysim("run", failing.rename(tmp_path / "My-Scenario.yaml"))
    assert outcome.code == 1
    assert "Rename the file" in outcome.err
    assert not database.exists()


def test_a_run_that_breaks_off_changes_nothing(paysim: Paysim, database: Path, tmp_path: Path, failing: Path) -> None:
    paysim("run", "gridlock")
    outcome = paysim("run", failing)
    assert outcome.code == 1
    assert "division" in outcome.err.lower()
    assert [run["scenario"] for run in paysim("list", "--json").data] == ["gridlock"]
    assert sorted(path.name for path in database.parent.iterdir()) == ["paysim.duckdb", "paysim.duckdb.lock"]


def test_a_broken_scenario_makes_no_warehouse(paysim: Paysim, database: Path, broken: Path) -> None:
    assert paysim("run", broken).code == 1
    assert not database.parent.exists()


def test_a_warehouse_that_cannot_be_made(paysim: Paysim) -> None:
    outcome = paysim("run", "gridlock", "--db", "/proc/nowhere/paysim.duckdb")
    assert outcome.code == 1
    assert outcome.err.startswith("paysim: /proc/nowhere/paysim.duckdb: ")


def test_a_warehouse_that_is_none(paysim: Paysim, database: Path) -> None:
    database.parent.mkdir()
    database.write_text("my thesis " * 10_000)
    outcome = paysim("run", "gridlock")
    assert outcome.code == 1
    assert str(database) in outcome.err
    assert database.read_text() == "my thesis " * 10_000


@contextmanager
def somebody_else() -> Iterator[None]:
    """The superuser may write everything: be nobody for a while."""
    own = os.geteuid()
    os.seteuid(65534 if own == 0 else own)
    try:
        yield
    finally:
        os.seteuid(own)


def test_a_read_only_warehouse(paysim: Paysim) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "paysim.duckdb"
        paysim("run", "gridlock", "--db", database)
        before = database.read_bytes()
        database.chmod(0o444)
        Path(folder).chmod(0o555)
        with somebody_else():
            outcome = paysim("run", "gridlock", "--seed", "3", "--db", database)
            readable = paysim("list", "--db", database)
        Path(folder).chmod(0o755)
        assert outcome.code == 1
        assert f"{database}: it may not be written" in outcome.err
        assert readable.code == 0
        assert database.read_bytes() == before


def test_a_full_disk(paysim: Paysim, database: Path) -> None:
    paysim("run", "gridlock")
    before = paysim("list", "--json").data
    with files_no_larger_than(10_000):
        outcome = paysim("run", "baseline")
    assert outcome.code == 1
    assert "cannot be written" in outcome.err or "may not grow" in outcome.err
    assert paysim("list", "--json").data == before
    assert sorted(path.name for path in database.parent.iterdir()) == ["paysim.duckdb", "paysim.duckdb.lock"]


def test_somebody_else_has_the_warehouse(paysim: Paysim, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYSIM_LOCK_TIMEOUT", "0.2")
    paysim("run", "gridlock")
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(1, flush=True); input()"
    holder = subprocess.Popen(
        [sys.executable, "-c", hold, str(database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    outcomes = [paysim("run", "gridlock"), paysim("list")]
    holder.communicate(b"\n")
    assert [outcome.code for outcome in outcomes] == [1, 1]
    assert all("another process has it open" in outcome.err for outcome in outcomes)


# ---- looking


def test_no_warehouse_yet(paysim: Paysim, database: Path) -> None:
    for arguments in (["list"], ["show", "gridlock"]):
        outcome = paysim(*arguments)
        assert outcome.code == 1
        assert f"{database}: there is no warehouse" in outcome.err


def test_list(paysim: Paysim) -> None:
    paysim("run", "gridlock")
    paysim("run", "two_period_game", "--simulation-id", "game")
    outcome = paysim("list")
    assert outcome.code == 0
    first, second = [line for line in outcome.out.splitlines() if "completed" in line]
    assert "gridlock" in first
    assert "100.0 %" in first
    assert "two_period_game (kept)" in second
    assert [run["scenario"] for run in paysim("list", "--scenario", "gridlock", "--json").data] == ["gridlock"]
    nothing = paysim("list", "--scenario", "baseline")
    assert (nothing.code, nothing.out) == (0, "")
    assert "no runs of 'baseline'" in nothing.err


def test_list_and_summary_agree(paysim: Paysim) -> None:
    ran = paysim("run", "liquidity_stress", "--json").data
    (listed,) = paysim("list", "--json").data
    assert listed["simulation_id"] == ran["simulation"]["simulation_id"]
    assert listed["total_arrivals"] == ran["metrics"]["total_arrivals"]
    assert listed["total_settlements"] == ran["metrics"]["total_settlements"]
    assert listed["settlement_rate"] == pytest.approx(ran["metrics"]["settlement_rate"])
    assert listed["total_cost_cents"] == ran["costs"]["total_cost"]


def test_show(paysim: Paysim) -> None:
    ran = paysim("run", "liquidity_stress", "--json").data
    shown = paysim("show", "liquidity_stress", "--json").data
    assert shown["models_built"] is False
    assert sum(shown["events"].values()) == ran["metrics"]["total_events"]
    pairs = zip(shown["agents"], ran["agents"], strict=True)
    for stored, agent in pairs:
        for key in ("final_balance", "queue1_size", "queue2_size", "total_cost"):
            assert stored[key] == agent[key], (stored["agent_id"], key)
    assert sum(shown["settled_via"].values()) >= ran["metrics"]["total_settlements"]
    text = paysim("show", "liquidity_stress").out
    assert "not built: run dbt build" in text
    assert all(agent["id"] in text for agent in ran["agents"])


def test_a_run_can_be_named_in_several_ways(paysim: Paysim) -> None:
    simulation_id = stored_as(paysim("run", "gridlock"))
    paysim("run", "gridlock", "--simulation-id", "grid-1")
    paysim("run", "gridlock", "--simulation-id", "grid-2")
    for given in (simulation_id, simulation_id[:9], "gridlock"):
        assert paysim("show", given, "--json").data["simulation"]["simulation_id"] == simulation_id
    assert paysim("show", "grid-2", "--json").data["simulation"]["simulation_id"] == "grid-2"
    ambiguous = paysim("show", "grid-")
    assert ambiguous.code == 1
    assert "(grid-1, grid-2)" in ambiguous.err
    unknown = paysim("show", "grid-3")
    assert unknown.code == 1
    assert 'did you mean "grid-1"?' in unknown.err
