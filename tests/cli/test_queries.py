"""`paysim compare`, `costs`, `events` and `db`: answers as tables and as JSON, and what goes wrong."""

import os
import shutil
from pathlib import Path

import duckdb
import pytest

from paysim_pipeline.warehouse import queries
from tests.cli.conftest import Paysim
from tests.support.modelled import modelled_warehouse

COMMANDS = [
    ["compare"], ["costs"], ["events"], ["db", "info"], ["db", "migrate"], ["db", "publish"],
]  # fmt: skip


@pytest.fixture
def modelled(database: Path) -> Path:
    """The default warehouse of commands holds the runs of `tests.support.modelled`; no test may change it."""
    database.parent.mkdir(parents=True)
    os.link(modelled_warehouse(), database)
    return database


@pytest.fixture
def connection(modelled: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(modelled), read_only=True)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_without_a_warehouse(paysim: Paysim, database: Path, command: list[str]) -> None:
    runs = {"compare": ["gridlock", "stress"], "costs": ["gridlock"], "events": ["gridlock"]}.get(command[0], [])
    outcome = paysim(*command, *runs)
    assert outcome.code == 1
    assert f"{database}: there is no warehouse" in outcome.err
    assert not database.exists()


@pytest.mark.parametrize(
    "command", [["compare", "gridlock", "gridlock"], ["costs", "gridlock"], ["events", "gridlock"]]
)
def test_before_dbt_has_run(paysim: Paysim, command: list[str]) -> None:
    paysim("run", "gridlock")
    outcome = paysim(*command)
    assert outcome.code == 1
    assert "run dbt build in dbt_project" in outcome.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["compare", "gridlock"],
        ["costs"],
        ["events"],
        ["events", "gridlock", "--limit", "0"],
        ["events", "gridlock", "--offset", "-1"],
        ["events", "gridlock", "--sort", "sideways"],
        ["events", "gridlock", "--from-tick", "5", "--to-tick", "4"],
        ["events", "gridlock", "--type", "Arival"],
        ["events", "gridlock", "--type", ","],
        ["events", "gridlock", "--tick", "first"],
        ["events", "gridlock", "--tick", "-1"],
        ["events", "gridlock", "--day", "-1"],
        ["events", "gridlock", "--tx", "tx_1"],
        ["db"],
        ["db", "explode"],
    ],
    ids=" ".join,
)
def test_bad_usage(paysim: Paysim, database: Path, arguments: list[str]) -> None:
    outcome = paysim(*arguments)
    assert outcome.code == 2
    assert outcome.err or "Usage" in outcome.out
    assert not database.exists()


# ---- compare


def test_compare(paysim: Paysim, connection: duckdb.DuckDBPyConnection) -> None:
    data = paysim("compare", "gri", "liquidity_stress", "--json").data
    assert data["sim1"]["simulation_id"] == "gridlock"
    totals = queries.get_run_totals(connection, "stress")
    assert {name: data["sim2"][name] for name in totals} == totals
    assert data["delta"]["total_cost"] == totals["total_cost"]
    assert data["agents"] == queries.compare_agents(connection, "gridlock", "stress").to_dicts()
    text = paysim("compare", "gridlock", "stress").out
    assert "A: gridlock (gridlock)" in text
    assert "-8.2 points" in text
    assert "+3,322.62" in text
    assert all(agent["agent_id"] in text for agent in data["agents"])


def test_compare_a_run_with_itself(paysim: Paysim, modelled: Path) -> None:
    data = paysim("compare", "stress", "stress", "--json").data
    assert set(data["delta"].values()) == {0}
    assert {agent["total_cost_delta"] for agent in data["agents"]} == {0}


def test_compare_with_what_is_not_there(paysim: Paysim, modelled: Path) -> None:
    outcome = paysim("compare", "stress", "gridlok")
    assert outcome.code == 1
    assert "gridlok: there is no such run" in outcome.err
    assert 'did you mean "gridlock"?' in outcome.err


# ---- costs


def test_costs(paysim: Paysim, connection: duckdb.DuckDBPyConnection) -> None:
    data = paysim("costs", "stress", "--json").data
    breakdown = queries.get_cost_breakdown_by_agent(connection, "stress")
    assert [(row["agent_id"], row["total_cost"]) for row in data["agents"]] == breakdown.select(
        "agent_id", "total_cost"
    ).rows()
    assert [row["day"] for row in data["days"]] == [0, 1, 2]
    assert sum(row["total_cost"] for row in data["days"]) == breakdown["total_cost"].sum()
    text = paysim("costs", "stress").out
    assert "stress: liquidity_stress, total cost 3,322.62" in text
    assert "2,168.15" in text
    assert "Nothing was charged as collateral cost, cost of splitting" in text


def test_costs_of_one_bank(paysim: Paysim, connection: duckdb.DuckDBPyConnection) -> None:
    data = paysim("costs", "stress", "--agent", "METRO", "--json").data
    trend = queries.get_daily_cost_trends(connection, "stress", "METRO")
    assert [row["total_cost"] for row in data["days"]] == trend["total_cost"].to_list()
    outcome = paysim("costs", "stress", "--agent", "METRA")
    assert outcome.code == 1
    assert 'METRA: stress has no such bank; did you mean "METRO"?' in outcome.err


# ---- events


def test_events(paysim: Paysim, connection: duckdb.DuckDBPyConnection) -> None:
    data = paysim("events", "gridlock", "--json").data
    assert data["total"] == len(data["events"]) == queries.get_event_count(connection, "gridlock")
    assert data["events"] == queries.get_simulation_events(connection, "gridlock", limit=1000)["events"]
    outcome = paysim("events", "gridlock", "--limit", "3", "--offset", "1")
    lines = [line.split() for line in outcome.out.splitlines() if "─" not in line and line.strip()]
    assert [line[0] for line in lines] == ["event", "1", "2", "3"]
    assert "events 2 to 4 of 49" in outcome.err


def test_filters_of_events(paysim: Paysim, modelled: Path) -> None:
    def found(*arguments: str) -> list[tuple[int, str]]:
        data = paysim("events", "gridlock", *arguments, "--json").data
        return [(event["tick"], event["event_type"]) for event in data["events"]]

    every = found()
    assert found("--tick", "4") == [event for event in every if event[0] == 4] != []
    assert found("--from-tick", "2", "--to-tick", "6") == [event for event in every if 2 <= event[0] <= 6]
    assert found("--sort", "tick_desc") == every[::-1]
    assert found("--day", "1") == []
    kinds = ("Arrival", "EndOfDay", "LsmCycleSettlement")
    assert found("--type", "Arrival,EndOfDay", "--type", "LsmCycleSettlement") == [e for e in every if e[1] in kinds]
    assert found("--type", "Settlement") == [e for e in every if e[1] == "RtgsImmediateSettlement"]
    assert (1, "LsmCycleSettlement") in found("--tx", "tx_00000000")
    assert (6, "LsmCycleSettlement") in found("--agent", "EAST", "--type", "LsmCycleSettlement")
    assert (6, "LsmCycleSettlement") not in found("--agent", "NORTH", "--type", "LsmCycleSettlement")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--agent", "NORHT"], 'NORHT: gridlock has no such bank; did you mean "NORTH"?'),
        (["--agent", "x' or '1'='1"], "gridlock has no such bank"),
        (["--tx", "tx_00000099"], "tx_00000099: gridlock has no such payment"),
    ],
)
def test_names_that_are_not_there(paysim: Paysim, modelled: Path, arguments: list[str], said: str) -> None:
    outcome = paysim("events", "gridlock", *arguments)
    assert (outcome.code, outcome.out) == (1, "")
    assert said in outcome.err


def test_numbers_beyond_what_the_database_counts(paysim: Paysim, modelled: Path) -> None:
    huge = str(10**30)
    assert paysim("events", "gridlock", "--limit", huge, "--json").data["total"] == 49
    assert "all before --offset" in paysim("events", "gridlock", "--offset", huge).err
    for option in ("--tick", "--from-tick", "--day"):
        assert paysim("events", "gridlock", option, huge).err == "no events fit\n"


def test_quiet(paysim: Paysim, database: Path) -> None:
    paysim("run", "gridlock", "--quiet")
    for command in ("migrate", "publish"):
        assert paysim("db", command, "--quiet").out == ""


def test_no_events_fit(paysim: Paysim, modelled: Path) -> None:
    outcome = paysim("events", "gridlock", "--tick", "0")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "no events fit\n")


# ---- show


def test_show_tells_more_of_a_run_with_models(paysim: Paysim, connection: duckdb.DuckDBPyConnection) -> None:
    data = paysim("show", "stress", "--json").data
    assert data["models_built"] is True
    assert data["totals"] == queries.get_run_totals(connection, "stress")
    assert "94 payments settled by netting" in paysim("show", "stress").out


# ---- db


def test_db_info(paysim: Paysim, connection: duckdb.DuckDBPyConnection, modelled: Path) -> None:
    data = paysim("db", "info", "--json").data
    assert data["database"]["path"] == str(modelled)
    assert data["database"]["bytes"] == modelled.stat().st_size
    assert data["schema_version"] == data["known_version"]
    assert data["runs"] == {"stored": 4, "scenarios": 4, "modelled": 4}
    counts = {(table["schema"], table["table"]): table["rows"] for table in data["tables"]}
    assert counts["raw", "transactions"] == counts["main", "transactions"]
    found = connection.execute("select count(*) from raw.payment_events").fetchone()
    assert found == (counts["raw", "payment_events"],)
    text = paysim("db", "info").out
    assert "(up to date)" in text
    assert "4 of 4 scenarios, 4 with models" in text


def test_db_migrate(paysim: Paysim, database: Path) -> None:
    paysim("run", "gridlock")
    assert "the schema is up to date" in paysim("db", "migrate").out
    with duckdb.connect(str(database)) as opened:
        last = opened.execute("select max(version) from raw.schema_migrations").fetchone()
        assert last is not None
        opened.execute("delete from raw.schema_migrations")
        opened.execute("drop schema raw cascade")
    outcome = paysim("db", "migrate", "--json")
    assert [step["version"] for step in outcome.data["applied"]] == list(range(1, last[0] + 1))
    assert paysim("db", "info", "--json").data["schema_version"] == last[0]


def test_db_migrate_refuses_a_changed_migration(paysim: Paysim, database: Path) -> None:
    paysim("run", "gridlock")
    with duckdb.connect(str(database)) as opened:
        opened.execute("update raw.schema_migrations set checksum = 'x' where version = 1")
    outcome = paysim("db", "migrate")
    assert outcome.code == 1
    assert "its file has been changed since" in outcome.err


def test_db_publish(paysim: Paysim, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published = tmp_path / "published" / "paysim.duckdb"
    monkeypatch.setenv("PAYSIM_PUBLISHED", str(published))
    database.parent.mkdir(parents=True)
    shutil.copy(modelled_warehouse(), database)
    outcome = paysim("db", "publish", "--json")
    assert outcome.code == 0
    assert outcome.data["path"] == str(published)
    with duckdb.connect(str(published), read_only=True) as copy:
        assert queries.get_run_totals(copy, "gridlock")["total_settlements"] == 9
        assert queries.balance_path(copy, "gridlock", "EAST").height == 12
    assert paysim("db", "info", "--json").data["published"]["bytes"] == published.stat().st_size
