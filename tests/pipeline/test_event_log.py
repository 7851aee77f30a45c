"""The event log with kept connections is the log that Dagster keeps, only quicker."""

import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.events import DagsterEventType
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

from paysim_pipeline.event_log import KeptConnectionsEventLog

OURS = "\nevent_log_storage:\n  module: paysim_pipeline.event_log\n  class: KeptConnectionsEventLog\n  config: {}\n"
PARTITIONS = dg.StaticPartitionsDefinition(["a", "b"])
POOL = "pool"


@dg.asset(partitions_def=PARTITIONS)
def something(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(metadata={"key": context.partition_key})


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def ours(home: Path) -> Iterator[dg.DagsterInstance]:
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n" + OURS)
    with dg.DagsterInstance.get() as instance:
        yield instance


def run(instance: dg.DagsterInstance, partition: str) -> str:
    result = dg.materialize([something], instance=instance, partition_key=partition)
    assert result.success
    return result.run_id


def seen(instance: dg.DagsterInstance) -> dict[str, object]:
    """What an instance knows of the asset, and of the events of each run."""
    records = instance.fetch_materializations(something.key, limit=100).records
    return {
        "partitions": sorted(str(record.partition_key) for record in records),
        "events": {run.run_id: len(instance.all_logs(run.run_id)) for run in instance.get_runs()},
    }


def test_it_is_the_one_in_use(ours: dg.DagsterInstance) -> None:
    assert isinstance(ours.event_log_storage, KeptConnectionsEventLog)


def test_events_are_kept(ours: dg.DagsterInstance) -> None:
    first, second = run(ours, "a"), run(ours, "b")
    known = seen(ours)
    assert known["partitions"] == ["a", "b"]
    assert known["events"] == {first: len(ours.all_logs(first)), second: len(ours.all_logs(second))}
    assert len(ours.all_logs(first)) > 5


def test_dagsters_own_log_reads_ours_and_the_other_way_round(home: Path) -> None:
    plain = "telemetry: {enabled: false}\n"
    known = []
    for settings, partition in ((plain + OURS, "a"), (plain, "b"), (plain + OURS, None), (plain, None)):
        (home / "dagster.yaml").write_text(settings)
        with dg.DagsterInstance.get() as instance:
            if partition is not None:
                run(instance, partition)
            known.append(seen(instance))
    assert known[1]["partitions"] == ["a", "b"]
    assert known[1] == known[2] == known[3]


def test_files_do_not_stay_open_without_end(ours: dg.DagsterInstance) -> None:
    runs = [run(ours, "a") for _ in range(10)]
    log = ours.event_log_storage
    assert isinstance(log, KeptConnectionsEventLog)
    for run_id in runs:
        assert ours.all_logs(run_id)
    assert len(log.open_files) <= 8


def test_without_a_home_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    with pytest.raises(ValueError, match="DAGSTER_HOME"):
        KeptConnectionsEventLog.from_config_value(None, {})


def test_the_reason_given_is_still_there() -> None:
    """The day Dagster keeps its connections itself, this class can go."""
    import inspect

    from dagster._core.storage.event_log.sqlite import sqlite_event_log

    assert "poolclass=NullPool" in inspect.getsource(sqlite_event_log.SqliteEventLogStorage._connect)


# ---- batches


@dg.multi_asset(
    specs=[
        dg.AssetSpec("one", partitions_def=PARTITIONS, code_version="1"),
        dg.AssetSpec("two", deps=["one"], partitions_def=PARTITIONS, code_version="1"),
    ],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def several(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
    for key in ("one", "two"):
        for name in context.partition_keys:
            context.add_asset_metadata({"name": name}, asset_key=key, partition_key=name)
        yield dg.MaterializeResult(asset_key=key)


def known_of_range(instance: dg.DagsterInstance) -> dict[str, object]:
    """What an instance knows after a run over both partitions, without what differs from run to run."""
    tags = {"dagster/asset_partition_range_start": "a", "dagster/asset_partition_range_end": "b"}
    result = dg.materialize([several], instance=instance, tags=tags)
    assert result.success
    known: dict[str, object] = {"events": [entry.dagster_event_type for entry in instance.all_logs(result.run_id)]}
    for name in ("one", "two"):
        key = dg.AssetKey(name)
        records = instance.fetch_materializations(key, limit=10).records
        events = [record.asset_materialization for record in records]
        known[name] = [
            (event.partition, event.metadata["name"].value, sorted(event.tags or {})) for event in events if event
        ]
        # Newest first, and that one is the asset's latest.
        entry = instance.get_asset_records([key])[0].asset_entry
        assert entry.last_materialization_record is not None
        assert entry.last_materialization_record.storage_id == records[0].storage_id
        assert entry.last_run_id == result.run_id
        known[f"versions of {name}"] = instance.event_log_storage.get_latest_tags_by_partition(
            key, DagsterEventType.ASSET_MATERIALIZATION, ["dagster/data_version"]
        )
    return known


def test_a_batch_stores_what_single_events_store(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = []
    for place, settings in (("plain", ""), ("ours", OURS)):
        folder = home / place
        folder.mkdir()
        monkeypatch.setenv("DAGSTER_HOME", str(folder))
        monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "500" if settings else "0")
        (folder / "dagster.yaml").write_text("telemetry: {enabled: false}\n" + settings)
        with dg.DagsterInstance.get() as instance:
            known.append(known_of_range(instance))
    assert known[0] == known[1]


def test_events_come_in_batches(ours: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    stored: list[int] = []
    store = KeptConnectionsEventLog.store_event_batch

    def store_and_count(log: KeptConnectionsEventLog, events: list[dg.EventLogEntry]) -> None:
        stored.append(len(events))
        store(log, events)

    monkeypatch.setattr(KeptConnectionsEventLog, "store_event_batch", store_and_count)
    known_of_range(ours)
    # What is planned, and each of the two assets.
    assert stored == [4, 2, 2]


def test_the_schema_is_looked_at_once(ours: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    look = SqliteEventLogStorage.has_table

    def look_and_count(log: SqliteEventLogStorage, table: str) -> bool:
        looked.append(table)
        return look(log, table)

    monkeypatch.setattr(SqliteEventLogStorage, "has_table", look_and_count)
    run(ours, "a")
    run(ours, "b")
    assert len(looked) == len(set(looked)) > 0


# ---- waiting for a slot of a pool


def test_who_watches_a_run_sees_its_events_at_once(home: Path, ours: dg.DagsterInstance) -> None:
    """The page of a run in the UI watches; its process, which keeps its connection too, writes."""
    run_id = run(ours, "a")
    last = ours.get_records_for_run(run_id).cursor
    came: queue.Queue[str] = queue.Queue()
    ours.watch_event_logs(run_id, last, lambda entry, _: came.put(entry.message))
    with dg.DagsterInstance.from_config(str(home)) as theirs:
        watched = theirs.get_run_by_id(run_id)
        for number in range(3):
            theirs.report_engine_event(f"event {number}", watched)
            assert came.get(timeout=20) == f"event {number}"


def test_waiting_for_a_slot_is_patient_and_ends_with_it(ours: dg.DagsterInstance) -> None:
    log = ours.event_log_storage
    log.set_concurrency_slots(POOL, 1)
    assert log.claim_concurrency_slot(POOL, "first", "step").is_claimed
    began, effort = time.monotonic(), time.thread_time()
    status = log.claim_concurrency_slot(POOL, "second", "step")
    assert not status.is_claimed
    assert time.monotonic() - began >= 0.9
    assert time.thread_time() - effort < 0.5
    threading.Timer(0.3, log.free_concurrency_slot_for_step, ["first", "step"]).start()
    began = time.monotonic()
    assert log.claim_concurrency_slot(POOL, "second", "step").is_claimed
    assert time.monotonic() - began >= 0.2


def test_the_reason_for_patience_is_still_there() -> None:
    """The day Dagster sleeps while it waits for a slot, the waiting here can go."""
    import inspect

    from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext

    assert "min([0, *" in inspect.getsource(InstanceConcurrencyContext.interval_to_next_pending_claim_check)
