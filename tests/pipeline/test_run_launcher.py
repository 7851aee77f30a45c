"""A run whose process is gone is found out, whoever started it, and gives back what it had."""

import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import EmptyWorkspaceTarget
from dagster._daemon.monitoring.run_monitoring import execute_run_monitoring_iteration

from paysim_pipeline.run_launcher import is_alive
from tests.conftest import ROOT

ENDLESS = """
import time
import dagster as dg

@dg.op
def endless():
    print("at work", flush=True)
    time.sleep(600)

@dg.job(executor_def=dg.in_process_executor)
def work():
    endless()

with dg.DagsterInstance.get() as instance:
    work.execute_in_process(instance=instance)
"""


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """An instance with the settings of the checkout."""
    shutil.copy(ROOT / "dagster_home" / "dagster.yaml", tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with dg.DagsterInstance.get() as instance:
        yield instance


@pytest.fixture
def process(instance: dg.DagsterInstance) -> Iterator["subprocess.Popen[str]"]:
    """A process that works at a run and does not end by itself."""
    with subprocess.Popen(
        [sys.executable, "-c", ENDLESS], env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "at work\n"
            yield process
        finally:
            process.kill()


def monitored(instance: dg.DagsterInstance) -> dg.DagsterRun:
    """The only run, after monitoring has looked at it."""
    with WorkspaceProcessContext(instance, EmptyWorkspaceTarget()) as workspace:
        errors = [each for each in execute_run_monitoring_iteration(workspace, logging.getLogger("monitoring")) if each]
    assert errors == []
    (run,) = instance.get_runs()
    return run


def test_a_run_is_left_alone_as_long_as_its_process_is_there(
    instance: dg.DagsterInstance, process: "subprocess.Popen[str]"
) -> None:
    assert process.poll() is None
    assert monitored(instance).status is dg.DagsterRunStatus.STARTED


def test_a_run_whose_process_was_killed_has_failed(
    instance: dg.DagsterInstance, process: "subprocess.Popen[str]"
) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()
    run = monitored(instance)
    assert run.status is dg.DagsterRunStatus.FAILURE
    (failure,) = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE)
    assert failure.dagster_event is not None
    assert f"the process that worked at it ({process.pid}) is gone; run it again" in (
        failure.dagster_event.message or ""
    )


def test_a_run_that_has_only_begun_is_left_alone(instance: dg.DagsterInstance) -> None:
    create_run_for_test(instance, "work", status=dg.DagsterRunStatus.STARTED)
    assert monitored(instance).status is dg.DagsterRunStatus.STARTED


def test_the_number_of_a_process_may_be_anothers() -> None:
    assert is_alive(os.getpid(), time.time())
    if Path("/proc/stat").exists():
        assert not is_alive(os.getpid(), 0.0)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert not is_alive(ended.pid, time.time())
