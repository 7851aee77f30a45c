"""Every query has an example and says what is wrong; totals of runs are those of the engine.

Belongs here: what holds for all of them, and for runs as a whole. Rows are in `test_queries_rows`, events in
`test_queries_events`.
"""

import doctest
import inspect
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from paysim_pipeline.warehouse import queries
from paysim_pipeline.warehouse.errors import WarehouseError
from paysim_pipeline.warehouse.queries import ModelsNotBuiltError, UnknownSimulationError
from paysim_pipeline.warehouse.schema import RUN_TABLES
from tests.support.modelled import RUNS, Played, modelled_warehouse, netted

FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: getattr(queries, name) for name in queries.__all__ if inspect.isfunction(getattr(queries, name))
}
ARGUMENTS: dict[str, Any] = {
    "agent_id": "METRO",
    "tick": 150,
    "day": 1,
    "from_tick": 0,
    "to_tick": 150,
    "wanted": queries.EventFilter(),
    "second": "stress",
}
"""Values for what a function takes besides the connection and its run."""


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    opened = duckdb.connect(str(modelled_warehouse()), read_only=True)
    yield opened
    opened.close()


@pytest.fixture(scope="module", params=sorted(RUNS))
def run_id(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def played(run_id: str) -> Played:
    return Played(run_id)


def call(function: Callable[..., Any], connection: duckdb.DuckDBPyConnection, simulation_id: str) -> Any:
    """A call with arguments that make sense."""
    names = list(inspect.signature(function).parameters.values())[1:]
    if names and names[0].name in ("simulation_id", "first"):
        needed = [ARGUMENTS[name.name] for name in names[1:] if name.default is inspect.Parameter.empty]
        return function(connection, simulation_id, *needed)
    return function(connection)


# ---- every function


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_example_of(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    function = FUNCTIONS[name]
    words = inspect.getdoc(function) or ""
    names = {**vars(queries), "connection": connection, "pl": pl}
    examples = doctest.DocTestParser().get_doctest(words, names, name, None, 0)
    assert examples.examples, f"{name} has no example"
    said: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(examples, out=said.append)
    assert said == []


def with_a_run() -> list[str]:
    return [
        name
        for name, function in FUNCTIONS.items()
        if list(inspect.signature(function).parameters)[1:2] in (["simulation_id"], ["first"])
    ]


@pytest.mark.parametrize("name", with_a_run())
def test_an_unknown_run_is_named_with_those_that_are_there(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    if name == "get_simulation_summary":
        assert call(FUNCTIONS[name], connection, "unheard") is None
        return
    with pytest.raises(
        UnknownSimulationError, match=r"unheard: there is no such run; there are .*gridlock \(gridlock\)"
    ):
        call(FUNCTIONS[name], connection, "unheard")
    with pytest.raises(ValueError, match='did you mean "stress"'):
        call(FUNCTIONS[name], connection, "stresss")
    with pytest.raises(UnknownSimulationError, match="is a scenario, not a simulation id; its run is stress"):
        call(FUNCTIONS[name], connection, "liquidity_stress")


READS_RAW = {
    "has_models",
    "get_simulation_event_summary",
    "get_event_count",
    "clear_simulation_events",
    "reconstruct_state",
    "reconstruct_payments",
}


@pytest.fixture(scope="module")
def unbuilt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The same rows, before dbt has run."""
    opened = duckdb.connect(str(tmp_path_factory.mktemp("unbuilt") / "paysim.duckdb"))
    opened.execute(f"attach '{modelled_warehouse()}' as built (read_only)")
    opened.execute("create schema raw")
    for table in RUN_TABLES:
        opened.execute(f"create table {table.qualified} as from built.{table.qualified}")
    yield opened
    opened.close()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_without_models_the_answer_is_how_to_build_them(unbuilt: duckdb.DuckDBPyConnection, name: str) -> None:
    if name in READS_RAW - {"clear_simulation_events"}:
        assert call(FUNCTIONS[name], unbuilt, "stress") is not None
    elif name != "clear_simulation_events":
        with pytest.raises(ModelsNotBuiltError, match="run dbt build"):
            call(FUNCTIONS[name], unbuilt, "stress")


def test_a_run_that_was_loaded_after_the_build(unbuilt: duckdb.DuckDBPyConnection) -> None:
    unbuilt.execute("create or replace table main.simulations as from built.main.simulations where false")
    with pytest.raises(
        ModelsNotBuiltError, match=r"stress: its models are not built.*scenario_ids: \[liquidity_stress\]"
    ):
        queries.get_transactions(unbuilt, "stress")
    assert queries.has_models(unbuilt, "stress") is False
    unbuilt.execute("drop table main.simulations")


def test_a_database_that_is_no_warehouse() -> None:
    with duckdb.connect() as empty, pytest.raises(WarehouseError, match="no warehouse of paysim"):
        queries.get_event_count(empty, "stress")


def test_a_warehouse_under_another_name(tmp_path: Path) -> None:
    copy = shutil.copy(modelled_warehouse(), tmp_path / "copy.duckdb")
    with (
        duckdb.connect(str(copy), read_only=True) as opened,
        pytest.raises(ModelsNotBuiltError, match=r"built in a file of the name paysim\.duckdb"),
    ):
        queries.balance_path(opened, "stress", "METRO")


HOSTILE = ["'; drop table raw.simulations; --", "' or '1'='1", "$run", "\0", "../../etc/passwd", "💥" * 1000, "%", ""]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_values_are_values(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    """What looks like SQL or a pattern finds nothing and does nothing; the connection could not write anyway."""
    with pytest.raises(UnknownSimulationError):
        queries.get_transactions(connection, text)
    for name in ("get_agent_performance", "get_agent_daily_metrics", "get_daily_cost_trends", "balance_path"):
        assert FUNCTIONS[name](connection, "stress", text).is_empty()
    assert queries.get_transactions(connection, "stress", status=text).is_empty()
    assert queries.list_simulations(connection, status=text).is_empty()
    for filters in ({"agent_id": text}, {"tx_id": text}, {"event_type": text}):
        assert queries.get_simulation_events(connection, "stress", **filters)["total"] == 0  # type: ignore[arg-type]
    for wanted in (queries.EventFilter(party=text), queries.EventFilter(payment=text)):
        assert queries.search_events(connection, "stress", wanted) == ([], 0)
    with pytest.raises(ValueError, match="no order of events"):
        queries.get_simulation_events(connection, "stress", sort=text)


# ---- runs


def test_totals_are_those_of_the_engine(connection: duckdb.DuckDBPyConnection, run_id: str, played: Played) -> None:
    expected: Any = played.simulation.summary()
    summary = queries.get_simulation_summary(connection, run_id)
    totals = queries.get_run_totals(connection, run_id)
    assert summary is not None
    for figures in (summary, totals):
        assert figures["total_arrivals"] == expected["total_arrivals"]
        assert figures["total_settlements"] == expected["total_settlements"]
        assert figures["settlement_rate"] == expected["settlement_rate"]
    assert summary["total_cost_cents"] == totals["total_cost"] == expected["total_cost"]
    assert summary["avg_daily_cost"] == expected["total_cost"] / played.simulation.config.num_days
    parts = [name for name in totals if name.endswith("_cost") and name != "total_cost"]
    assert len(parts) == 6
    assert sum(totals[name] for name in parts) == totals["total_cost"]
    assert totals["lsm_releases"] == sum(len(netted(event)) for event in played.events)
    whole = [payment for payment in played.payments if payment["parent_tx_no"] is None]
    assert totals["value_settled"] == sum(payment["settled_amount"] for payment in whole)
    late = [p for p in whole if p["settlement_tick"] is not None and p["settlement_tick"] > p["deadline_tick"]]
    assert totals["settled_late"] == len(late)


def test_two_runs_side_by_side(connection: duckdb.DuckDBPyConnection) -> None:
    compared = queries.compare_simulations(connection, "stress", "policies")
    one, other = (queries.get_simulation_summary(connection, run) for run in ("stress", "policies"))
    assert one is not None
    assert other is not None
    assert compared["delta"] == {
        "settlement_rate": other["settlement_rate"] - one["settlement_rate"],
        "total_cost": other["total_cost_cents"] - one["total_cost_cents"],
    }
    assert list(compared["sim1"]) == [
        "simulation_id", "total_arrivals", "total_settlements", "total_cost", "settlement_rate",
    ]  # fmt: skip
    agents = queries.compare_agents(connection, "stress", "policies")
    assert agents["agent_id"].to_list() == ["COAST", "HARBOR", "METRO", "PACER", "UNION", "VALLEY", "WORRIER", "ZEN"]
    assert agents["total_cost_1"].sum() == one["total_cost_cents"]
    assert agents["total_cost_2"].sum() == other["total_cost_cents"]
    assert agents["total_cost_delta"].null_count() == agents.height
    days = queries.compare_agent_performance(connection, "stress", "stress", "METRO")
    assert days.select("day", "cost_delta").rows() == [(0, 0), (1, 0), (2, 0)]
