"""What is up to date, and why something is not.

Belongs here: asking Dagster what is stale, and looking whether the warehouse still holds what Dagster knows of: anybody
can remove a file or a table, or run a scenario with another seed, without Dagster learning of it. Does not belong here:
building anything.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import dagster as dg
import duckdb
from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph
from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleCauseCategory, StaleStatus
from dagster._core.definitions.events import AssetKeyPartitionKey
from dagster._core.loader import LoadingContext
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus

from paysim_engine.scenario import LoadedScenario
from paysim_pipeline.report_files import report_file
from paysim_pipeline.settings import Settings

ROWS: Final = "dagster/partition_row_count"
"""Name of the metadata that says how many rows an asset holds of a partition."""

_FILE, _RUN = dg.AssetKey("scenario_file"), dg.AssetKey("simulation_run")


class _Queries(LoadingContext):
    """What Dagster keeps for the time of one question."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self._instance = instance
        self._loaders: dict[Any, Any] = {}

    @property
    def instance(self) -> dg.DagsterInstance:
        return self._instance

    @property
    def loaders(self) -> dict[Any, Any]:
        return self._loaders


class Freshness:
    """What Dagster knows at one moment; after a run a new one is needed.

    Args:
        instance: whose history counts.
        graph: the assets.

    Attributes:
        scenario_keys: what there is of each scenario, from its file on: the first of them that is stale is the cause.
    """

    def __init__(self, instance: dg.DagsterInstance, graph: BaseAssetGraph[Any]) -> None:
        self._instance, self._graph = instance, graph
        self._resolver = CachingStaleStatusResolver(instance, graph, _Queries(instance))
        self.scenario_keys = [key for key in graph.toposorted_asset_keys if graph.get(key).is_partitioned]

    def is_stale(self, key: dg.AssetKey, partition: str | None = None) -> bool:
        """Whether Dagster shows an asset, or a partition of it, as stale or missing."""
        return self._resolver.get_status(key, partition) is not StaleStatus.FRESH

    def why_stale(self, key: dg.AssetKey, partition: str | None = None) -> str | None:
        """Why an asset is stale or missing, in a few words; None if it is neither."""
        status = self._resolver.get_status(key, partition)
        if status is StaleStatus.FRESH:
            return None
        if status is StaleStatus.MISSING:
            return "it has not been built yet" if key == _FILE else f"{key.to_user_string()} has not been built"
        cause = self._resolver.get_stale_causes(key, partition)[0]
        if key == _RUN and cause.category is StaleCauseCategory.CODE:
            return "the engine has changed"
        if cause.dependency is not None and cause.dependency.asset_key == _FILE:
            return "the scenario has changed"
        return f"{key.to_user_string()} {cause.reason}"

    def why_not(self, scenario: LoadedScenario) -> str | None:
        """Why something of a scenario must be built again, as far as Dagster knows; None if nothing must.

        Args:
            scenario: as its file is now, which Dagster may not have seen.
        """
        for key in self.scenario_keys:
            if why := self.why_stale(key, scenario.name):
                return why
            if key == _FILE:
                version = self._resolver.get_current_data_version(key, scenario.name)
                if version.value != scenario.fingerprint:
                    return "the scenario has changed"
        return self._failed_check(scenario.name)

    def rows(self, name: str) -> dict[str, int]:
        """Qualified name of each table -> the rows of a scenario that it held when it was built."""
        found = {}
        for key in self.scenario_keys:
            event = self._resolver._get_latest_data_version_event(key=AssetKeyPartitionKey(key, name))
            if event is not None and ROWS in event.metadata:
                found[".".join(key.path)] = int(str(event.metadata[ROWS].value))
        return found

    def _failed_check(self, name: str) -> str | None:
        keys = sorted(key for key in self._graph.asset_check_keys if key.asset_key in self.scenario_keys)
        latest = self._instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
        for key, record in sorted(latest.items()):
            if record.status is not AssetCheckExecutionRecordStatus.FAILED or record.event is None:
                continue
            evaluation = record.event.get_dagster_event().asset_check_evaluation_data
            scenarios = evaluation.metadata.get("failed_scenarios")
            if evaluation.partition == name or (scenarios and name in str(scenarios.value).split(", ")):
                return f"the check {key.name} failed"
        return None


def out_of_date(
    freshness: Freshness, settings: Settings, scenarios: Sequence[LoadedScenario], run_ids: Mapping[str, str]
) -> dict[str, str]:
    """The scenarios of which something must be built again, each with the reason, in their order.

    Args:
        freshness: what Dagster knows.
        settings: where warehouse and reports are.
        scenarios: as their files are now.
        run_ids: name of a scenario -> id of the run that the warehouse should hold of it.

    Raises:
        WarehouseError: the warehouse cannot be read.
    """
    from paysim_pipeline.warehouse.connection import reader

    if not settings.database.exists():
        return {scenario.name: f"{settings.database} does not exist" for scenario in scenarios}
    found: dict[str, str] = {}
    with reader(settings) as connection:
        gone = missing_tables(connection, [key for key in freshness.scenario_keys if len(key.path) > 1])
        for scenario in scenarios:
            name = scenario.name
            why = freshness.why_not(scenario)
            if why is None:
                why = f"{gone[0]} is gone" if gone else _lost(connection, name, run_ids[name], freshness.rows(name))
            if why is None and not report_file(settings, name).exists():
                why = f"{report_file(settings, name)} is gone"
            if why is not None:
                found[name] = why
    return found


def missing_tables(connection: duckdb.DuckDBPyConnection, keys: Iterable[dg.AssetKey]) -> list[str]:
    """The tables and views of some assets that the warehouse lacks, by qualified name."""
    sql = "select table_schema || '.' || table_name from information_schema.tables"
    there = {row[0] for row in connection.execute(sql).fetchall()}
    return [name for name in (".".join(key.path) for key in keys) if name not in there]


def _lost(connection: duckdb.DuckDBPyConnection, name: str, run_id: str, rows: Mapping[str, int]) -> str | None:
    """What the warehouse has lost of a scenario, or holds instead."""
    for table, kept in (("raw.simulations", "kept"), ("main.simulations", "is_kept")):
        sql = f"select simulation_id from {table} where scenario = ? and not {kept}"
        held = [row[0] for row in connection.execute(sql, [name]).fetchall()]
        if held != [run_id]:
            return f"{table} holds another run of it" if held else f"{table} holds no run of it"
    for table, expected in rows.items():
        # Marts may hold kept runs as well, which are counted with the scenario, and have been when it was built.
        which, value = ("simulation_id", run_id) if table.startswith("raw.") else ("scenario", name)
        count = connection.execute(f"select count(*) from {table} where {which} = ?", [value]).fetchone()
        if count is None or count[0] < expected:
            return f"{table} has lost rows of it"
    return None
