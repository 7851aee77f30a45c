"""The checks of a bundle pass on a run, and each fails on the fault it is there for."""

import shutil
from pathlib import Path

import duckdb
import pytest

from paysim_engine.bundle import Bundle
from paysim_engine.record.schema import CODES, EVENT_CODE
from paysim_engine.scenario import load_scenario
from paysim_pipeline.bundle_checks import CHECKS, check_bundle
from paysim_pipeline.simulate import ScenarioRun
from tests.conftest import ROOT
from tests.golden.recorded import SELECTION


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A run that ends with payments in its queues."""
    run = ScenarioRun(
        load_scenario(ROOT / "scenarios" / "liquidity_stress.yaml"), bundle=tmp_path_factory.mktemp("run") / "stress"
    )
    bundle = run.play().bundle
    assert bundle is not None
    return bundle


@pytest.fixture
def bundle(recorded: Bundle, tmp_path: Path) -> Bundle:
    """A copy of the run that a test may spoil."""
    shutil.copytree(recorded.directory, tmp_path / "copy")
    return Bundle(tmp_path / "copy", recorded.manifest)


def spoil(bundle: Bundle, table: str, select: str) -> None:
    """Replace a table's file by the rows of `select`, in which `was` is what it held."""
    path = bundle.path(table)
    with duckdb.connect() as connection:
        connection.execute(f"create table was as from read_parquet('{path}')")
        connection.execute(f"copy ({select}) to '{path}' (format parquet)")


def failed(bundle: Bundle) -> set[str]:
    return {name for name, finding in check_bundle(bundle).items() if not finding.passed}


def test_a_run_passes(recorded: Bundle) -> None:
    findings = check_bundle(recorded)
    assert list(findings) == [check.name for check in CHECKS]
    assert failed(recorded) == set()
    assert findings["nothing_lost"].figures["arrived"] == recorded.manifest.totals.arrivals
    assert findings["nothing_lost"].figures["queued"] > 0
    assert findings["money_conserved"].figures["ticks"] == 300


@pytest.mark.parametrize("scenario", sorted(SELECTION.glob("micro/*/scenario.yaml")), ids=lambda path: path.parent.name)
def test_every_rule_of_the_system_passes(scenario: Path, tmp_path: Path) -> None:
    """Splits, staggered children, drops, pools, deferred credit: none of them looks like a fault."""
    bundle = ScenarioRun(load_scenario(scenario), num_days=1, bundle=tmp_path / "run").play().bundle
    assert bundle is not None
    assert failed(bundle) == set()


def test_a_cent_too_much(bundle: Bundle) -> None:
    spoil(bundle, "agent_ticks", "select * replace (balance + (tick = 17 and agent_no = 2)::int as balance) from was")
    assert failed(bundle) == {"money_conserved"}
    finding = check_bundle(bundle)["money_conserved"]
    assert finding.figures == {"wrong_ticks": 1, "first_wrong_tick": 17, "gap_cents": 1}
    assert "after tick 17" in finding.message


def test_liquidity_from_a_pool_is_no_fault(bundle: Bundle) -> None:
    """What is taken from a pool at tick 5 and returned at tick 9 may be there in between, and only then."""
    types = f"{EVENT_CODE['LiquidityAllocation']}, {EVENT_CODE['LiquidityReturn']}"
    spoil(
        bundle,
        "liquidity_events",
        f"select * replace (moved.tick as tick, moved.event_type as event_type, 500 as amount) "
        f"from (select unnest([5, 9]) as tick, unnest([{types}]) as event_type) as moved "
        "left join was on false",
    )
    assert failed(bundle) == {"money_conserved"}
    spoil(
        bundle,
        "agent_ticks",
        "select * replace (balance + if(tick between 5 and 8 and agent_no = 0, 500, 0) as balance) from was",
    )
    assert failed(bundle) == set()


def test_a_payment_without_end(bundle: Bundle) -> None:
    spoil(bundle, "transactions", "from was where tx_no <> 3")
    assert failed(bundle) == {"nothing_lost"}


def test_a_payment_without_arrival(bundle: Bundle) -> None:
    spoil(bundle, "payment_events", f"from was where not (event_type = {EVENT_CODE['Arrival']} and tx_no = 3)")
    assert failed(bundle) == {"nothing_lost"}


def test_a_payment_with_two_ends(bundle: Bundle) -> None:
    spoil(bundle, "transactions", "from was union all from was where tx_no = 3")
    assert failed(bundle) == {"nothing_lost"}


def test_a_payment_that_left_its_queue_unsettled(bundle: Bundle) -> None:
    settled = CODES["status"].index("settled")
    spoil(
        bundle,
        "transactions",
        f"select * replace (if(tx_no = (select min(tx_no) from was where status <> {settled}), {settled}, status) "
        "as status) from was",
    )
    assert failed(bundle) == {"nothing_lost"}


def test_nothing_happened(bundle: Bundle) -> None:
    for entry in bundle.manifest.files.values():
        assert entry.bytes > 0
    quiet = {
        name: type(entry)(0 if name.endswith("_events") else entry.rows, entry.bytes, entry.crc32)
        for name, entry in bundle.manifest.files.items()
    }
    manifest = type(bundle.manifest)(**{**vars(bundle.manifest), "files": quiet})
    assert failed(Bundle(bundle.directory, manifest)) == {"has_events"}
