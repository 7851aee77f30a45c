"""Going on with a stored run: the same events as in one piece, and refused where it does not fit.

That a resumed run is stored with the same rows is tested with all other ways (`test_same_rows`).
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from paysim_engine.digest import EventsDigest
from paysim_engine.scenario import LoadedScenario, load_scenario
from paysim_engine.simulation import Simulation
from paysim_pipeline.cli.main import execute
from paysim_pipeline.resume import ResumeError, continue_run, resume
from paysim_pipeline.settings import Settings
from paysim_pipeline.simulate import ScenarioRun
from paysim_pipeline.warehouse.connection import reader, writer
from paysim_pipeline.warehouse.errors import WarehouseBusyError, WarehouseError
from paysim_pipeline.warehouse.reader import stored_runs
from paysim_pipeline.warehouse.writer import load_bundle
from tests.conftest import ROOT
from tests.golden.recorded import SELECTION
from tests.support.scenarios import bank, payment, world
from tests.warehouse import children, ways
from tests.warehouse.sample import settings

LONG = sorted((SELECTION / "fuzz").glob("fz_s*/scenario.yaml"))
POLICIES = ROOT / "tests" / "dbt" / "scenarios" / "policies.yaml"


@pytest.fixture
def warehouse(tmp_path: Path) -> Settings:
    return settings(tmp_path / "db")


@pytest.fixture
def stored(warehouse: Settings) -> str:
    """The run of `policies`, two days, in the warehouse."""
    return ways.by_assets(warehouse, load_scenario(POLICIES), 2)


def digest(simulation: Simulation, events: EventsDigest | None = None) -> EventsDigest:
    """The digest of what a simulation has recorded, on top of an earlier part."""
    events = events or EventsDigest(simulation.agent_ids)
    for batch in simulation.recorder.drain():
        events.update(batch, simulation.recorder.texts)
    return events


@pytest.mark.parametrize("path", LONG, ids=lambda path: path.parent.name)
def test_the_same_events_as_in_one_piece(warehouse: Settings, path: Path) -> None:
    scenario = load_scenario(path)
    days = max(3, scenario.scenario.simulation.num_days)
    run = ways.by_assets(warehouse, scenario, days)
    for day in range(days):
        whole = Simulation(scenario.engine_config(num_days=days))
        whole.run(ticks=(day + 1) * int(whole.config.ticks_per_day))
        first = digest(whole)
        with reader(warehouse) as connection:
            resumed = resume(connection, run, day)
            (stored_digest,) = (one.events_digest for one in stored_runs(connection))
        assert resumed.snapshot() == whole.snapshot()
        resumed.run()
        assert digest(resumed, first).hexdigest() == stored_digest
        whole.run()
        assert resumed.snapshot() == whole.snapshot()
        assert resumed.summary() == whole.summary()


def as_scenario(folder: Path, data: dict[str, Any]) -> LoadedScenario:
    path = folder / "small.json"
    path.write_text(json.dumps(data))
    return load_scenario(path)


def row_of(warehouse: Settings, run: str) -> tuple[Any, ...]:
    with reader(warehouse) as connection:
        (row,) = connection.execute(
            "select num_days, kept, continues, continues_after_day from raw.simulations where simulation_id = ?", [run]
        ).fetchall()
    return row


PAYMENTS = [payment("A", "B", 10, 0, deadline=2), payment("B", "A", 10, 4, deadline=9)]


def test_a_longer_run_is_the_one_that_its_scenario_gives(warehouse: Settings, tmp_path: Path) -> None:
    scenario = as_scenario(tmp_path, world([bank("A", 100), bank("B")], PAYMENTS, ticks=3, days=2))
    first = ways.by_assets(warehouse, scenario, 2)
    before = ways.rows_of_run(warehouse, first)
    # No deadline of day 0 lies at the end of day 1.
    longer = continue_run(warehouse, first, 0, num_days=4).loaded
    assert row_of(warehouse, longer.simulation_id) == (4, True, None, None)
    whole = ways.by_assets(settings(tmp_path / "whole"), scenario, 4)
    assert longer.simulation_id == whole
    rows, wanted = (
        ways.rows_of_run(place, whole) | {"simulations": []} for place in (warehouse, settings(tmp_path / "whole"))
    )
    assert rows == wanted
    assert ways.rows_of_run(warehouse, first) == before


def test_a_longer_run_with_cut_deadlines_says_whose_days_it_has(warehouse: Settings, tmp_path: Path) -> None:
    scenario = as_scenario(tmp_path, world([bank("A", 100), bank("B")], PAYMENTS, ticks=3, days=2))
    first = ways.by_assets(warehouse, scenario, 2)
    # The payment of tick 4 was due in tick 9, which was cut to 6.
    longer = continue_run(warehouse, first, 1, num_days=4).loaded.simulation_id
    assert row_of(warehouse, longer) == (4, True, first, 1)
    assert longer != ways.by_assets(settings(tmp_path / "whole"), scenario, 4)
    assert continue_run(warehouse, longer, 2).loaded.simulation_id == longer
    with reader(warehouse) as connection:
        assert len(stored_runs(connection)) == 2
    # With deadlines that end with their day the end of the run cuts none.
    capped = as_scenario(
        tmp_path, world([bank("A", 100), bank("B")], PAYMENTS, ticks=3, days=2, deadline_cap_at_eod=True)
    )
    run = ways.by_assets(warehouse, capped, 2)
    assert row_of(warehouse, continue_run(warehouse, run, 1, num_days=3).loaded.simulation_id)[2] is None


def test_a_kept_run_stays_what_it_is(warehouse: Settings, tmp_path: Path) -> None:
    bundle = ScenarioRun(load_scenario(POLICIES), bundle=tmp_path / "b").play().bundle
    assert bundle is not None
    load_bundle(bundle, warehouse, simulation_id="mine")
    load_bundle(bundle, warehouse, experiment_run_id="exp", experiment_iteration=2)
    with reader(warehouse) as connection:
        runs = [run.simulation_id for run in stored_runs(connection)]
    for run in runs:
        before = ways.rows_of_run(warehouse, run)
        assert continue_run(warehouse, run, 0).loaded.simulation_id == run
        assert ways.rows_of_run(warehouse, run) == before
    assert len(runs) == 2


# ---- refused


def change(warehouse: Settings, sql: str) -> None:
    with writer(warehouse) as connection:
        connection.execute(sql)


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("update raw.simulations set engine_version = '0.0.9'", r"was made by engine 0\.0\.9, this is "),
        ("update raw.simulations set config_hash = 'x'", "its stored scenario is not the one that was run"),
        ("update raw.simulations set config_json = '{}'", "its stored scenario cannot be used"),
        ("update raw.state_snapshots set state_json = '{}'", "the state at the end of day 0 cannot be used"),
        ("update raw.state_snapshots set state_json = '[1]'", "the state at the end of day 0 cannot be used"),
        ("delete from raw.state_snapshots", "it has no stored days at all; run policies anew"),
        ("delete from raw.cost_events", "events are stored up to tick 7, the state there counts"),
        ("update raw.simulations set events_digest = 'x'", "its second half came out otherwise than it is stored"),
        ("delete from raw.simulations", "there is no such run in the warehouse"),
    ],
)
def test_what_does_not_fit_together(
    warehouse: Settings, stored: str, sql: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change(warehouse, sql)
    before = ways.rows_of_run(warehouse, stored)
    with pytest.raises(ResumeError, match=words):
        continue_run(warehouse, stored, 0)
    assert execute(["resume", stored, "--from-day", "0", "--db", str(warehouse.database)]) == 1
    said = capsys.readouterr()
    assert said.err.startswith("paysim: ")
    assert said.out == ""
    assert ways.rows_of_run(warehouse, stored) == before
    assert [path.name for path in warehouse.database.parent.iterdir() if path.name.startswith(".")] == []


def test_calls_that_make_no_sense(warehouse: Settings, stored: str) -> None:
    with pytest.raises(ResumeError, match="state at the end of day 2 is not stored; the stored days are 0 to 1"):
        continue_run(warehouse, stored, 2)
    with pytest.raises(ResumeError, match=rf'there is no such run in the warehouse; did you mean "{stored}"'):
        continue_run(warehouse, stored[:-1], 0)
    with pytest.raises(ResumeError, match="has 2 days, it cannot be continued to 1: deadlines depend on the end"):
        continue_run(warehouse, stored, 0, num_days=1)
    with pytest.raises(ResumeError, match=r"simulation\.num_days: must be a whole number from 1"):
        continue_run(warehouse, stored, 0, num_days=10**9)
    with pytest.raises(WarehouseError, match="there is no warehouse"):
        continue_run(settings(warehouse.database.parent / "none"), stored, 0)


@pytest.mark.parametrize("read_only", [True, False])
def test_somebody_else_has_it_open(warehouse: Settings, stored: str, read_only: bool) -> None:
    before = ways.rows_of_run(warehouse, stored)
    with (
        children.running(children.hold_open, warehouse.database, read_only),
        pytest.raises(WarehouseBusyError, match="another process has it open"),
    ):
        continue_run(warehouse, stored, 0)
    assert ways.rows_of_run(warehouse, stored) == before


@pytest.mark.parametrize("room", [1_000, 9_000, 100_000])
def test_a_full_disk(warehouse: Settings, stored: str, tmp_path: Path, room: int) -> None:
    """What does not fit is the scenario, the bundle, or the rows."""
    before = ways.rows_of_run(warehouse, stored)
    report = tmp_path / "report"
    folder = warehouse.database.parent
    assert children.run(children.resume_with_little_room, folder, stored, room, report) == 0
    assert re.search("written: File too large|the file may not grow any further", report.read_text())
    assert ways.rows_of_run(warehouse, stored) == before
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []
    continue_run(warehouse, stored, 0)


# ---- the command


def test_the_command(warehouse: Settings, stored: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["resume", stored, "--db", str(warehouse.database), "--from-day"]
    before = ways.rows_of_run(warehouse, stored)
    assert execute([*command, "0"]) == 0
    said = capsys.readouterr().out
    assert f"{stored}: gone on after day 0 to tick 16" in said
    assert f"stored as {stored} in {warehouse.database}" in said
    assert ways.rows_of_run(warehouse, stored) == before
    assert execute([*command, "0", "--days", "3", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["resumed_id"], report["num_days"], report["ticks"]) == (stored, 3, 24)
    assert report["rows"]["state_snapshots"] == 3
    assert report["simulation_id"] != stored
    assert execute([*command, "1", "--days", "3", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
    with reader(warehouse) as connection:
        assert len(stored_runs(connection)) == 3
    assert execute([*command, "-1"]) == 2
    assert execute([*command, "9"]) == 1
    assert "day 9 is not stored" in capsys.readouterr().err
