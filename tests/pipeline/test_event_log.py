"""The event log with kept connections is the log that Dagster keeps, only quicker."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from paysim_pipeline.event_log import KeptConnectionsEventLog

OURS = "\nevent_log_storage:\n  module: paysim_pipeline.event_log\n  class: KeptConnectionsEventLog\n  config: {}\n"
PARTITIONS = dg.StaticPartitionsDefinition(["a", "b"])


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
