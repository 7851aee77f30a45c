"""What the tests of materialisation run in a process of its own: the definitions read their scenarios when imported.

Belongs here: driving runs, one after the other, and reporting as JSON what came of each. Does not belong here: any
expectation. The environment says where everything is.
"""

import json
import shutil
from typing import Any
from unittest.mock import patch

import dagster as dg

from paysim_engine.bundle import Bundle
from paysim_pipeline import overview
from paysim_pipeline.bundle_checks import Finding, check_bundle
from paysim_pipeline.definitions import defs
from paysim_pipeline.settings import Settings
from paysim_pipeline.warehouse.connection import reader

SETTINGS = Settings.from_environment()


def build(instance: dg.DagsterInstance, first: str, last: str, ops: dict[str, Any] | None = None) -> dict[str, Any]:
    """One run over a range of partitions, up to the raw tables: what it did, and what the warehouse holds after it."""
    definitions = defs()
    raw = [key for key in definitions.resolve_asset_graph().get_all_asset_keys() if key.path[0] == "raw"]
    tags = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
    result = definitions.resolve_job_def("build_scenarios").execute_in_process(
        instance=instance,
        partition_key=first if first == last else None,
        tags={} if first == last else tags,
        asset_selection=[dg.AssetKey("scenario_file"), dg.AssetKey("simulation_run"), *raw],
        raise_on_error=False,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}, "ops": ops or {}},
    )
    failures = [event.step_failure_data.user_failure_data for event in result.get_step_failure_events()]
    return {
        "success": result.success,
        "failed": [event.step_key for event in result.get_step_failure_events()],
        "messages": [failure.description for failure in failures if failure is not None],
        "checks": {
            f"{check.check_name}:{check.partition}": check.passed for check in result.get_asset_check_evaluations()
        },
        "stored": stored(),
        "bundles": sorted(path.name for path in SETTINGS.bundles.iterdir()) if SETTINGS.bundles.exists() else [],
    }


def stored() -> dict[str, Any]:
    """Scenario -> the run that the warehouse holds of it."""
    if not SETTINGS.database.exists():
        return {}
    with reader(SETTINGS) as connection:
        return {
            run["scenario"]: {
                "id": run["simulation_id"],
                "seed": run["rng_seed"],
                "begun": str(run["started_at"]),
                "events": sum(overview.event_counts(connection, run["simulation_id"]).values()),
            }
            for run in overview.runs(connection)
        }


def latest(instance: dg.DagsterInstance, asset: str, partition: str) -> dict[str, Any]:
    """Data version and metadata of the latest materialisation of a partition."""
    records = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=dg.AssetKey(asset.split("/")), asset_partitions=[partition]), limit=1
    ).records
    event = records[0].asset_materialization
    assert event is not None
    return {
        "version": (event.tags or {}).get("dagster/data_version"),
        "metadata": {name: value.value for name, value in event.metadata.items()},
    }


def a_cent_is_missing(bundle: Bundle) -> dict[str, Finding]:
    """What the checks say, but for one of them."""
    return check_bundle(bundle) | {"money_conserved": Finding(False, "a cent is missing")}


def main() -> None:
    """The whole sequence."""
    report: dict[str, Any] = {}
    obstacle = SETTINGS.bundle("blocked") / "thesis.tex"
    obstacle.parent.mkdir(parents=True)
    obstacle.touch()
    with dg.DagsterInstance.get() as instance:
        report["one fails at first"] = build(instance, "blocked", "sound")
        report["another alone"] = build(instance, "good", "good")
        report["one fails again"] = build(instance, "blocked", "sound")
        shutil.rmtree(obstacle.parent)
        report["healed"] = build(instance, "blocked", "sound")
        report["latest"] = {
            f"{asset}:{name}": latest(instance, asset, name)
            for asset in ("scenario_file", "simulation_run", "raw/payment_events")
            for name in ("blocked", "good", "sound")
        }
        with patch("paysim_pipeline.defs.simulation.check_bundle", a_cent_is_missing):
            report["check fails"] = build(instance, "good", "good")
        report["seed"] = build(instance, "sound", "sound", {"simulation_run": {"config": {"seed": 7, "num_days": 2}}})
        (SETTINGS.scenarios / "good.yaml").write_text("simulation: {ticks_per_day: -1}\n")
        report["file broken"] = build(instance, "good", "good")
    print(json.dumps(report))


if __name__ == "__main__":
    main()
