"""The committed Dagster instance: one writer at a time, nobody called home."""

import shutil
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.instance.config import PoolGranularity
from dagster._utils.tags import TagConcurrencyLimitsCounter

from tests.conftest import ROOT


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dg.DagsterInstance:
    """An instance with the settings of the checkout and nothing else of it."""
    shutil.copy(ROOT / "dagster_home" / "dagster.yaml", tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    return dg.DagsterInstance.get()


def test_settings(instance: dg.DagsterInstance) -> None:
    concurrency = instance.get_concurrency_config()
    assert concurrency.pool_config.default_pool_limit == 1
    assert concurrency.pool_config.pool_granularity is PoolGranularity.OP
    assert concurrency.run_queue_config is not None
    assert concurrency.run_queue_config.max_concurrent_runs == 2
    assert not instance.telemetry_enabled
    assert not instance.nux_enabled


def test_two_runs_of_one_scenario_wait_for_each_other(instance: dg.DagsterInstance) -> None:
    queue = instance.get_concurrency_config().run_queue_config
    assert queue is not None
    runs = [dg.DagsterRun("build_scenarios", tags={"dagster/partition": name}) for name in ("a", "b")]
    counter = TagConcurrencyLimitsCounter(queue.tag_concurrency_limits, runs[:1])
    assert [counter.is_blocked(run) for run in runs] == [True, False]
