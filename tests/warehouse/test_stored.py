"""Stored rows read back as batches: every type of event, every optional value, every other table, up to any tick."""

import pytest

from paysim_engine.digest import EventsDigest
from paysim_engine.record.flat import flat_events
from paysim_engine.record.recorder import Recorder
from paysim_engine.record.schema import EVENT_CODE, RECORDS
from paysim_pipeline.settings import Settings
from paysim_pipeline.warehouse import stored
from paysim_pipeline.warehouse.connection import reader
from paysim_pipeline.warehouse.stored import stored_batches
from paysim_pipeline.warehouse.writer import load_bundle
from tests.support.runs import rows_of
from tests.warehouse.sample import AGENTS, recorder, settings, write_sample


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, str, str]:
    """The sample run in a warehouse beside another: where, its id, its digest."""
    place = tmp_path_factory.mktemp("stored")
    load_bundle(write_sample(place / "other", "other", seed=3), settings(place))
    bundle = write_sample(place / "b")
    return settings(place), load_bundle(bundle, settings(place)).simulation_id, bundle.manifest.events_digest


@pytest.mark.parametrize("rows", [7, 100_000])
def test_a_whole_run(loaded: tuple[Settings, str, str], monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr(stored, "_ROWS", rows)
    warehouse, run, digest = loaded
    target, original = Recorder(), recorder()
    target.text("a text that was there before")
    with reader(warehouse) as connection:
        batches = list(stored_batches(connection, run, target))
    found = EventsDigest(sorted(AGENTS))
    for batch in batches:
        found.update(batch, target.texts)
    assert found.hexdigest() == digest
    before = original.drain()
    assert list(flat_events(batches, target.texts, sorted(AGENTS))) == list(
        flat_events(before, original.texts, sorted(AGENTS))
    )
    for record in RECORDS:
        assert rows_of(batches, record.name) == rows_of(before, record.name), record.name


def test_up_to_a_tick(loaded: tuple[Settings, str, str]) -> None:
    warehouse, run, _ = loaded
    with reader(warehouse) as connection:
        batches = list(stored_batches(connection, run, target := Recorder(), 4))
    original = recorder()
    whole, agents = original.drain(), sorted(AGENTS)
    wanted = [event for event in flat_events(whole, original.texts, agents) if event["tick"] <= 4]
    assert list(flat_events(batches, target.texts, agents)) == wanted
    assert {batch.table for batch in batches} >= EVENT_CODE.keys()
    for name in ("agent_ticks", "queue_snapshots", "rng_states"):
        assert rows_of(batches, name) == [row for row in rows_of(whole, name) if row["tick"] <= 4]
    payments = rows_of(whole, "transactions")
    ends = {
        row["tx_no"]: row["settlement_tick"] if row["settlement_tick"] is not None else row["drop_tick"]
        for row in payments
    }
    final = [row for row in payments if ends[row["tx_no"]] is not None and ends[row["tx_no"]] <= 4]
    assert rows_of(batches, "transactions") == final
    assert 0 < len(final) < len(payments)


def test_an_unknown_run_has_nothing(loaded: tuple[Settings, str, str]) -> None:
    with reader(loaded[0]) as connection:
        assert list(stored_batches(connection, "x' or '1'='1", Recorder())) == []
