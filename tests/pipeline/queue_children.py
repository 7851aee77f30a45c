"""What the test of the run queue does in a process of its own: it hands runs to Dagster's daemon and waits for them.

Belongs here: launching runs as the UI does, people beside them (a reader, dbt by hand), and reporting as JSON what came
of it all. Does not belong here: any expectation. The environment says where everything is.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import dagster as dg
import duckdb
from dagster._cli.job import _create_run
from dagster._core.workspace.context import WorkspaceProcessContext, WorkspaceRequestContext
from dagster._core.workspace.load_target import ModuleTarget

from paysim_pipeline.dbt_files import DBT_PROJECT, dbt_program
from paysim_pipeline.defs.resources import WRITER_POOL
from paysim_pipeline.partitions import scenario_files
from paysim_pipeline.settings import Settings
from paysim_pipeline.warehouse.connection import writer
from paysim_pipeline.warehouse.publish import publish

SETTINGS = Settings.from_environment()
MODULE = "paysim_pipeline.definitions"
PATIENCE = 1800
"""Seconds; beside other work a run may take a minute, and there may be twenty."""

FINISHED = {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}

READER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
print("open", flush=True)
sys.stdin.readline()
print(connection.execute("select count(*) from raw.simulations").fetchone()[0], flush=True)
"""


@contextmanager
def daemon() -> Iterator[None]:
    """Dagster's daemon, which takes runs from the queue."""
    command = [sys.executable, "-m", "dagster._daemon", "run", "-m", MODULE]
    log = (SETTINGS.database.parent / "daemon.log").open("w")
    process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)
        log.close()


def launch(instance: dg.DagsterInstance, workspace: WorkspaceRequestContext, names: Sequence[str]) -> dict[str, str]:
    """Put a run for each partition into the queue; name -> id of the run."""
    (location,) = workspace.code_locations
    (repository,) = location.get_repositories().values()
    job = repository.get_full_job("build_scenarios")
    runs = {}
    for name in names:
        run = _create_run(instance, location, repository, job, {}, {"dagster/partition": name}, None, None)
        runs[name] = instance.submit_run(run.run_id, workspace).run_id
    return runs


def wait_for(instance: dg.DagsterInstance, runs: dict[str, str]) -> dict[str, str]:
    """Wait for runs to end; name -> status."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = {name: instance.get_run_by_id(run) for name, run in runs.items()}
        statuses = {name: run.status for name, run in found.items() if run is not None}
        if set(statuses.values()) <= FINISHED:
            break
        time.sleep(0.5)
    return {name: status.value for name, status in statuses.items()}


def messages(instance: dg.DagsterInstance, run: str) -> list[str]:
    """The failures of a run in its own words."""
    records = instance.get_records_for_run(run, of_type=dg.DagsterEventType.STEP_FAILURE).records
    found = []
    for record in records:
        data = record.event_log_entry.get_dagster_event().step_failure_data
        if data.user_failure_data is not None and data.user_failure_data.description:
            found.append(data.user_failure_data.description)
    return found


def contents(path: Any) -> dict[str, Any]:
    """Scenario -> what the warehouse holds of it, raw and modelled."""
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute(
            """
            select
                raw.scenario,
                raw.simulation_id,
                raw.events_digest,
                (select count(*) from raw.payment_events as e where e.simulation_id = raw.simulation_id),
                (select count(*) from main.transactions as t where t.simulation_id = raw.simulation_id),
                (select count(*) from main.daily_agent_metrics as m where m.simulation_id = raw.simulation_id)
            from raw.simulations as raw
            order by raw.scenario
            """
        ).fetchall()
    return {name: row for name, *row in rows}


def dbt_by_hand() -> subprocess.Popen[str]:
    """Somebody builds the models in the project's folder, as the README says."""
    return subprocess.Popen(
        [dbt_program(), "--no-use-colors", "build"],
        cwd=DBT_PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def main() -> None:
    """The whole sequence."""
    report: dict[str, Any] = {}
    names = list(scenario_files(SETTINGS.scenarios))
    with writer(SETTINGS):
        pass
    publish(SETTINGS)
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(SETTINGS.published)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == "open\n"
    target = ModuleTarget(module_name=MODULE, attribute=None, working_directory=None, location_name=None)
    with (
        dg.DagsterInstance.get() as instance,
        WorkspaceProcessContext(instance, target) as process,
        daemon(),
    ):
        workspace = process.create_request_context()
        # Among the others one that fails: there is something else where its bundle belongs.
        victim, *others = names
        place = SETTINGS.bundle(victim)
        place.mkdir(parents=True)
        (place / "thesis.tex").touch()
        began = time.monotonic()
        runs = launch(instance, workspace, names)
        # Not before there is something to build from.
        wait_for(instance, {others[0]: runs[others[0]]})
        by_hand = dbt_by_hand()
        report["statuses"] = wait_for(instance, runs)
        report["seconds"] = round(time.monotonic() - began, 1)
        report["messages"] = {name: messages(instance, run) for name, run in runs.items()}
        said = by_hand.communicate()[0]
        report["by hand"] = {"code": by_hand.returncode, "said": said[-1500:]}
        report["contents"] = contents(SETTINGS.database)
        report["published"] = contents(SETTINGS.published)
        report["reader"] = reader.communicate("now\n")[0]

        shutil.rmtree(place)
        report["healed"] = {"statuses": wait_for(instance, launch(instance, workspace, [victim]))}
        report["healed"]["contents"] = contents(SETTINGS.database)
        info = instance.event_log_storage.get_concurrency_info(WRITER_POOL)
        report["slots"] = {
            "limit": info.slot_count,
            "claimed": len(info.claimed_slots),
            "pending": len(info.pending_steps),
        }
    # Not on the standard output, which Dagster's processes share.
    SETTINGS.database.with_name("report.json").write_text(json.dumps(report))


if __name__ == "__main__":
    main()
