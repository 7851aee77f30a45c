"""The sensor of changed scenario files, the schedule, and words about failed runs."""

import json
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.sensor_definition import SensorExecutionData
from dagster._core.test_utils import create_run_for_test
from dagster._grpc.server import DagsterApiServer
from dagster._utils import get_run_crash_explanation

from paysim_engine.scenario import load_scenario
from paysim_pipeline.definitions import defs
from paysim_pipeline.defs.resources import Places
from paysim_pipeline.run_failures import failure_words, scenarios_of
from paysim_pipeline.scenario_changes import Findings, find_changes

KNOWN = ["gridlock", "liquidity_stress"]


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    return defs()


def sensor(definitions: dg.Definitions, name: str) -> dg.SensorDefinition:
    found = definitions.resolve_sensor_def(name)
    assert isinstance(found, dg.SensorDefinition)
    return found


def tick(definitions: dg.Definitions, cursor: str | None) -> SensorExecutionData:
    """One evaluation, as Dagster's daemon makes it: partitions are checked too."""
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(
            instance=instance, cursor=cursor, definitions=definitions, resources={"places": Places()}
        )
        return sensor(definitions, "changed_scenarios").evaluate_tick(context)


def keys(data: SensorExecutionData) -> dict[str | None, str | None]:
    return {request.partition_key: request.run_key for request in data.run_requests or ()}


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_what_starts_runs_is_off(definitions: dg.Definitions) -> None:
    nightly = definitions.resolve_schedule_def("nightly_regression")
    assert nightly.default_status is dg.DefaultScheduleStatus.STOPPED
    assert nightly.job_name == "regression_runs"
    changed = sensor(definitions, "changed_scenarios")
    assert changed.default_status is dg.DefaultSensorStatus.STOPPED
    assert changed.job_name == "build_scenarios"
    assert sensor(definitions, "failed_runs").default_status is dg.DefaultSensorStatus.RUNNING


def test_a_sensor_sees_new_changed_and_spoiled_files(folder: Path, definitions: dg.Definitions) -> None:
    prints = {name: load_scenario(folder / f"{name}.yaml").fingerprint for name in KNOWN}
    first = tick(definitions, None)
    assert keys(first) == {name: f"{name}:{prints[name]}" for name in KNOWN}

    second = tick(definitions, first.cursor)
    assert (keys(second), second.skip_message) == ({}, "no scenario has changed")

    edit(folder / "liquidity_stress.yaml", "rng_seed: 2026", "rng_seed: 2027")
    (folder / "gridlock.yaml").write_text("simulation: {ticks_per_day: 0}\n")
    third = tick(definitions, second.cursor)
    changed = load_scenario(folder / "liquidity_stress.yaml").fingerprint
    assert keys(third) == {"liquidity_stress": f"liquidity_stress:{changed}"}

    fourth = tick(definitions, third.cursor)
    assert keys(fourth) == {}
    assert str(folder / "gridlock.yaml") in (fourth.skip_message or "")
    assert "ticks_per_day" in (fourth.skip_message or "")


def test_a_comment_is_no_change_and_a_policy_file_is(folder: Path) -> None:
    path = folder / "gridlock.yaml"
    policy = "policy: {type: FromJson, json_path: policies/mine.json}"
    edit(path, "{id: NORTH, opening_balance: 10000}", f"{{id: NORTH, opening_balance: 10000, {policy}}}")
    document = json.loads((folder / "policies" / "just_in_time.json").read_text())
    (folder / "policies" / "mine.json").write_text(json.dumps(document))
    seen = find_changes(folder, None, KNOWN)
    assert [change.name for change in seen.changes] == KNOWN
    path.write_text("# A remark.\n" + path.read_text())
    assert find_changes(folder, seen.cursor, KNOWN).changes == []
    (folder / "policies" / "mine.json").write_text(json.dumps(document | {"policy_id": "another"}))
    assert [change.name for change in find_changes(folder, seen.cursor, KNOWN).changes] == ["gridlock"]


def test_a_change_taken_back_is_a_change(folder: Path) -> None:
    path = folder / "liquidity_stress.yaml"
    before = path.read_text()
    first = find_changes(folder, None, KNOWN)
    edit(path, "rng_seed: 2026", "rng_seed: 2027")
    second = find_changes(folder, first.cursor, KNOWN)
    path.write_text(before)
    third = find_changes(folder, second.cursor, KNOWN)
    (change,) = third.changes
    assert change.run_key == f"liquidity_stress:{change.fingerprint}:2"
    keys_seen = [each.run_key for found in (first, second, third) for each in found.changes]
    assert len(set(keys_seen)) == len(keys_seen) == 4


def test_what_was_played_as_it_is_need_not_be_built_when_seen_for_the_first_time(folder: Path) -> None:
    played = {name: load_scenario(folder / f"{name}.yaml").fingerprint for name in KNOWN}
    first = find_changes(folder, None, KNOWN, (played | {"gridlock": "another"}).get)
    assert [change.name for change in first.changes] == ["gridlock"]
    edit(folder / "liquidity_stress.yaml", "rng_seed: 2026", "rng_seed: 2027")
    second = find_changes(folder, first.cursor, KNOWN, played.get)
    assert [change.name for change in second.changes] == ["liquidity_stress"]
    # While its run is under way, the one before is what was played last.
    edit(folder / "liquidity_stress.yaml", "rng_seed: 2027", "rng_seed: 2026")
    third = find_changes(folder, second.cursor, KNOWN, played.get)
    assert [change.name for change in third.changes] == ["liquidity_stress"]


def test_a_file_put_right_again_is_no_change(folder: Path) -> None:
    path = folder / "gridlock.yaml"
    before = path.read_text()
    first = find_changes(folder, None, KNOWN)
    path.write_text("{")
    second = find_changes(folder, first.cursor, KNOWN)
    assert second.changes == []
    assert str(path) in second.problems[0]
    path.write_text(before)
    assert find_changes(folder, second.cursor, KNOWN) == Findings([], [], first.cursor)


def test_a_file_that_dagster_does_not_know_yet(folder: Path, definitions: dg.Definitions) -> None:
    first = tick(definitions, None)
    (folder / "gridlock.yaml").rename(folder / "newcomer.yaml")
    second = tick(definitions, first.cursor)
    assert keys(second) == {}
    assert "newcomer.yaml: this file is new; reload the definitions" in (second.skip_message or "")
    third = find_changes(folder, second.cursor, ["newcomer", *KNOWN])
    assert [change.name for change in third.changes] == ["newcomer"]


def test_a_misnamed_file_is_mentioned(folder: Path) -> None:
    (folder / "gridlock.yaml").rename(folder / "Grid-Lock.yaml")
    (problem,) = find_changes(folder, None, KNOWN).problems
    assert problem.startswith(f"{folder / 'Grid-Lock.yaml'}: the name of a scenario file is lower-case letters")


@pytest.mark.parametrize("cursor", ["", "nonsense", "[]", '{"current": 1}', '{"current": {}, "times": {"a": 3}}'])
def test_a_cursor_that_makes_no_sense_is_none(folder: Path, cursor: str) -> None:
    assert find_changes(folder, cursor, KNOWN) == find_changes(folder, None, KNOWN)


# ---- failed runs


def test_the_scenario_of_a_run() -> None:
    first, last = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
    assert scenarios_of({"dagster/partition": "gridlock"}) == "scenario gridlock"
    assert scenarios_of({first: "a", last: "c"}) == "scenarios a to c"
    assert scenarios_of({first: "a", last: "a"}) == "scenario a"
    assert scenarios_of({}) == "all scenarios"


def told(definitions: dg.Definitions, instance: dg.DagsterInstance, result: dg.ExecuteInProcessResult) -> str:
    """What the hook adds to the log of a failed run."""
    run = instance.get_run_by_id(result.run_id)
    assert run is not None
    sensor(definitions, "failed_runs")(
        dg.build_run_status_sensor_context(
            sensor_name="failed_runs",
            dagster_event=result.get_run_failure_event(),
            dagster_instance=instance,
            dagster_run=run,
        ).for_run_failure()
    )
    added = instance.all_logs(result.run_id)[-1]
    assert added.dagster_event is not None
    assert added.dagster_event.event_type_value == "ENGINE_EVENT"
    return added.message or added.dagster_event.message or ""


# What the assets of that job warn of is not what this test is about.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_failed_partition_is_named_with_its_first_error(folder: Path, definitions: dg.Definitions) -> None:
    (folder / "gridlock.yaml").write_text("simulation: {ticks_per_day: 0}\n")
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with dg.DagsterInstance.ephemeral() as instance:
        result = definitions.resolve_job_def("build_scenarios").execute_in_process(
            instance=instance, partition_key="gridlock", raise_on_error=False, run_config=quiet
        )
        assert not result.success
        words = told(definitions, instance, result)
    assert words.startswith("build_scenarios failed for scenario gridlock: scenario_file: ")
    assert str(folder / "gridlock.yaml") in words
    assert "Traceback" not in words


def test_an_unexpected_error_is_told_by_its_cause(definitions: dg.Definitions) -> None:
    @dg.op
    def stumble() -> None:
        raise OSError("the disk is full")

    @dg.job
    def walk() -> None:
        stumble()

    with dg.DagsterInstance.ephemeral() as instance:
        result = walk.execute_in_process(instance=instance, raise_on_error=False)
        words = told(definitions, instance, result)
    assert words == "walk failed for all scenarios: stumble: OSError: the disk is full"


def test_a_killed_run_is_told_in_the_words_of_dagster() -> None:
    run = dg.DagsterRun("build_scenarios", tags={"dagster/partition": "gridlock"})
    assert failure_words(run, [], "it was killed") == "build_scenarios failed for scenario gridlock: it was killed"
    assert "may have been killed" in failure_words(run, [], None)


def test_of_a_process_that_died_it_is_told_how(definitions: dg.Definitions) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run = create_run_for_test(instance, "build_scenarios", tags={"dagster/partition": "gridlock"})
        # As Dagster's server does it.
        words = get_run_crash_explanation(prefix=f"Run execution process for {run.run_id}", exit_code=-9)
        instance.report_engine_event("Started process for run.", run)
        instance.report_engine_event(words, run, cls=DagsterApiServer)
        failure = instance.report_run_failed(run)
        sensor(definitions, "failed_runs")(
            dg.build_run_status_sensor_context(
                sensor_name="failed_runs", dagster_event=failure, dagster_instance=instance, dagster_run=run
            ).for_run_failure()
        )
        added = instance.all_logs(run.run_id)[-1].dagster_event
    assert added is not None
    assert added.message == f"build_scenarios failed for scenario gridlock: {words}"
    assert "SIGKILL" in words
