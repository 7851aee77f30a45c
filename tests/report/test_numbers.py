"""Every figure of a report equals what the rows of the warehouse come to; a planted fault shows in its figure."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from paysim_pipeline.report import data, write_report
from tests.report.pages import Page, read
from tests.report.shown import shown
from tests.report.truth import Warehouse, expected
from tests.support.modelled import RUNS, modelled_warehouse


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the warehouse, so that faults can be planted."""
    copy = tmp_path_factory.mktemp("warehouse") / modelled_warehouse().name
    shutil.copy(modelled_warehouse(), copy)
    with duckdb.connect(str(copy)) as opened:
        yield opened


def _page(connection: duckdb.DuckDBPyConnection, run: str, folder: Path) -> Page:
    write_report(connection, run, folder / "report.html")
    return read((folder / "report.html").read_text(encoding="utf-8"))


def _differing(page: Page, warehouse: Warehouse) -> set[str]:
    """Names of the figures in which a page and the warehouse do not agree."""
    true = expected(warehouse)
    drawn = shown(page, true)
    return {name for name in true.keys() | drawn.keys() if true.get(name) != drawn.get(name)}


@pytest.mark.parametrize("run", RUNS)
def test_every_figure(connection: duckdb.DuckDBPyConnection, tmp_path: Path, run: str) -> None:
    assert _differing(_page(connection, run, tmp_path), Warehouse(connection, run)) == set()


@pytest.mark.parametrize("run", ["stress", "policies"])
def test_every_figure_of_a_long_run_of_many_banks(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: str
) -> None:
    # What is many is set lower, instead of a run that is large.
    for name, limit in {"BANKS_DRAWN": 1, "COST_BANKS": 1, "STRETCHES": 13, "LARGEST_CYCLES": 4}.items():
        monkeypatch.setattr(data, name, limit)
    page = _page(connection, run, tmp_path)
    warehouse = Warehouse(connection, run)
    assert warehouse.stretch > 1
    assert _differing(page, warehouse) == set()
    assert "balances-2" in page.specs
    assert "Drawn are the 1 of" in page.captions["balances-1"]
    assert f"Each point stands for {warehouse.stretch} ticks" in page.captions["queues-1"]


FAULTS = {
    "main.simulations set total_cost_cents = total_cost_cents + 1": {"facts"},
    "main.simulations set events_digest = 'x'": {"facts"},
    "main.transactions set settled_amount = settled_amount + 1 where settled_via = 'queue2'": {
        "facts", "settled: courses", "settled: table", "throughput: settled",
    },
    "main.transactions set amount = amount + 1 where arrival_tick = 250": {
        "facts", "throughput: arrived", "throughput: settled", "delays: classes",
    },
    "main.transactions set total_delay_ticks = 0 where total_delay_ticks = 1": {"delays: classes"},
    "raw.agent_ticks set balance = balance - 1 where tick = 120": {"balances: lines"},
    "raw.agent_ticks set unsecured_cap = 0 where tick > 290": {"balances: limits"},
    "raw.agent_ticks set queue2_value = queue2_value * 2 where tick = 200": {"queues: value 2"},
    "raw.agent_ticks set queue1_size = 3 where tick = 7": {"queues: payments 1"},
    "raw.agent_ticks set posted_collateral = 100 where tick > 250": {"collateral: lines", "balances: limits"},
    "main.daily_agent_metrics set value_received = 1 where day = 1": {"balances: banks"},
    "main.daily_costs set delay_cost = delay_cost + 1 where day = 2": {
        "costs: by bank", "costs: by day", "costs: map", "costs: table",
    },
    "main.lsm_cycles set settled_value = settled_value + 1, liquidity_saved = liquidity_saved - 1": {
        "facts", "netting: days", "netting: largest", "netting: points", "netting: table",
    },
    "main.payment_system_indicators set gini_value_sent = 0.5 where day = 0": {"indicators"},
}  # fmt: skip


@pytest.fixture(scope="module")
def whole(connection: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """A page made before any fault."""
    return _page(connection, "stress", tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_shows(connection: duckdb.DuckDBPyConnection, whole: Page, fault: str) -> None:
    connection.begin()
    try:
        connection.execute(f"update {fault}")
        assert FAULTS[fault] <= _differing(whole, Warehouse(connection, "stress"))
    finally:
        connection.rollback()
