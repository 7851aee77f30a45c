"""A program for the tests: changes the engine in one place, then compares a scenario with its baseline.

Run with `PAYSIM_MYPYC=0`, since only the interpreted engine can be changed, and with a scenarios folder that holds one
scenario, which is then played in this process. Prints JSON: what the command line and what Dagster made of it.
"""

import io
import json
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, Final

import dagster as dg

from paysim_engine.core.costs import Costs
from paysim_engine.record.recorder import Recorder
from paysim_pipeline.cli.main import execute


def unchanged() -> None:
    """Leave the engine as it is."""


def doubled_delay_cost() -> None:
    """Change a cost formula: waiting costs twice as much."""
    formula = Costs.delay_cost
    Costs.delay_cost = lambda self, agent: 2 * formula(self, agent)  # type: ignore[method-assign]


def misattributed_submissions() -> None:
    """Change what is recorded and nothing else: every submission is said to be the first agent's."""
    record = Recorder.policy_submit
    Recorder.policy_submit = lambda self, agent_no, tx_no: record(self, 0, tx_no)  # type: ignore[method-assign]


CHANGES: Final[dict[str, Callable[[], None]]] = {
    change.__name__: change for change in (unchanged, doubled_delay_cost, misattributed_submissions)
}


def on_command_line() -> dict[str, Any]:
    """What `paysim baseline check` says."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = execute(["baseline", "check"])
    return {"code": code, "out": out.getvalue(), "err": err.getvalue()}


def in_dagster() -> dict[str, Any]:
    """What the asset `regression` says."""
    from paysim_pipeline.defs.automation import failed_runs
    from paysim_pipeline.defs.regression import regression, regression_runs
    from paysim_pipeline.defs.resources import defs as resources

    definitions = dg.Definitions.merge(dg.Definitions(assets=[regression], jobs=[regression_runs]), resources)
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with dg.DagsterInstance.ephemeral() as instance:
        result = definitions.resolve_job_def("regression_runs").execute_in_process(
            instance=instance, raise_on_error=False, run_config=quiet
        )
        checks = {
            check.check_name: {
                "passed": check.passed,
                "severity": check.severity.value,
                "description": check.description,
                "metadata": {
                    key: value.value
                    for key, value in check.metadata.items()
                    if not isinstance(value, dg.TableMetadataValue)
                },
                "table": [
                    dict(record.data)
                    for value in check.metadata.values()
                    if isinstance(value, dg.TableMetadataValue)
                    for record in value.records
                ],
            }
            for check in result.get_asset_check_evaluations()
        }
        told = None
        if not result.success:
            run = instance.get_run_by_id(result.run_id)
            assert run is not None
            context = dg.build_run_status_sensor_context(
                sensor_name="failed_runs",
                dagster_event=result.get_run_failure_event(),
                dagster_instance=instance,
                dagster_run=run,
            ).for_run_failure()
            failed_runs(context)
            told = [
                entry.message
                for entry in instance.all_logs(result.run_id)
                if entry.dagster_event is not None and entry.dagster_event.event_type_value == "ENGINE_EVENT"
            ][-1]
        return {
            "success": result.success,
            "materialised": len(result.get_asset_materialization_events()),
            "checks": checks,
            "told": told,
        }


if __name__ == "__main__":
    CHANGES[sys.argv[1]]()
    print(json.dumps({"cli": on_command_line(), "dagster": in_dagster()}))
