"""What the tests of the models in Dagster run in a process of its own: whole runs, with one scenario's data spoiled.

Belongs here: driving runs and reporting as JSON what came of each. Does not belong here: any expectation.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import dagster as dg
import duckdb

from paysim_engine.bundle import Bundle
from paysim_pipeline.freshness import Freshness
from paysim_pipeline.report_files import report_file
from paysim_pipeline.warehouse import writer
from tests.pipeline.children import GRAPH, SETTINGS, build

REPORT = "paysim_pipeline.report"


def pretended_report() -> ModuleType:
    """What the asset needs of the report, quick to draw: it says which run it was asked for."""
    module = ModuleType(REPORT)

    def write_report(_connection: duckdb.DuckDBPyConnection, simulation_id: str, target: Path) -> None:
        target.write_text(f"<html>{simulation_id}</html>")

    def metadata_figures(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> dict[str, str]:
        row = connection.execute(
            "select count(*) from main.simulations where simulation_id = ?", [simulation_id]
        ).fetchone()
        return {"runs": f"{row[0] if row else None} run in the marts"}

    vars(module).update(write_report=write_report, metadata_figures=metadata_figures)
    return module


@contextmanager
def a_cent_too_much(name: str) -> Iterator[None]:
    """While in force, one scenario's balances are loaded wrong."""
    load = writer.load_into

    def load_and_spoil(connection: duckdb.DuckDBPyConnection, bundle: Bundle, **options: Any) -> writer.LoadResult:
        result = load(connection, bundle, **options)
        if bundle.manifest.scenario == name:
            sql = (
                "update raw.agent_ticks set balance = balance + 1 where simulation_id = ? and tick = 0 and agent_no = 0"
            )
            connection.execute(sql, [result.simulation_id])
        return result

    with patch("paysim_pipeline.warehouse.writer.load_into", load_and_spoil):
        yield


def latest_of_all(instance: dg.DagsterInstance, partition: str) -> dict[str, dict[str, Any]]:
    """Asset -> metadata of its latest materialisation for a partition, or of all if it has none."""
    found = {}
    for key in instance.all_asset_keys():
        records = instance.fetch_materializations(dg.AssetRecordsFilter(asset_key=key), limit=20).records
        for record in records:
            event = record.asset_materialization
            if event is not None and event.partition in (partition, None):
                found[key.to_user_string()] = {name: value.value for name, value in event.metadata.items()}
                break
    return found


def last_check(instance: dg.DagsterInstance, check: str) -> dict[str, Any]:
    """The latest outcome of a check."""
    (key,) = (key for key in GRAPH.asset_check_keys if key.name == check)
    record = instance.event_log_storage.get_asset_check_execution_history(key, limit=1)[0]
    assert record.event is not None
    evaluation = record.event.get_dagster_event().asset_check_evaluation_data
    return {"passed": evaluation.passed, **{name: value.value for name, value in evaluation.metadata.items()}}


def stale_assets(instance: dg.DagsterInstance, name: str) -> list[str]:
    """The assets that Dagster calls stale or missing for a partition."""
    fresh = Freshness(instance, GRAPH)
    return [
        key.to_user_string()
        for key in sorted(GRAPH.get_all_asset_keys())
        if fresh.is_stale(key, name if GRAPH.get(key).is_partitioned else None)
    ]


def marts(path: Path) -> dict[str, list[str]]:
    """The scenarios that two of the marts hold."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return {
            mart: [
                row[0] for row in connection.execute(f"select distinct scenario from main.{mart} order by 1").fetchall()
            ]
            for mart in ("simulations", "daily_costs")
        }


def reports() -> dict[str, str]:
    """Scenario -> its report."""
    files = {name: report_file(SETTINGS, name) for name in ("alpha", "beta")}
    return {name: path.read_text() for name, path in files.items() if path.exists()}


def main() -> None:
    """The whole sequence."""
    report: dict[str, Any] = {}
    sys.modules[REPORT] = pretended_report()
    with dg.DagsterInstance.get() as instance:
        with a_cent_too_much("beta"):
            report["one fails"] = build(instance, "alpha", "beta", whole=True)
        report["reports"] = reports()
        report["published"] = marts(SETTINGS.published)
        report["check"] = last_check(instance, "balances_follow_from_cash_flows")
        with duckdb.connect(str(SETTINGS.database)) as connection:
            connection.execute(
                "insert into main.daily_costs select * replace ('ghost' as scenario) from main.daily_costs limit 1"
            )
        report["healed"] = build(instance, "beta", "beta", whole=True)
        report["with ghost"] = marts(SETTINGS.database)
        config = {"scenario_models": {"config": {"full_refresh": True}}}
        report["refreshed"] = build(instance, "alpha", "alpha", config, whole=True)
        report["without ghost"] = marts(SETTINGS.database)
        report["latest"] = latest_of_all(instance, "beta")
        report["stale"] = {name: stale_assets(instance, name) for name in ("alpha", "beta")}
        report["reports after"] = reports()
    print(json.dumps(report))


if __name__ == "__main__":
    main()
