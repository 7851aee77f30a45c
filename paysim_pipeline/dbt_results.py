"""What dbt reported, as Dagster and a person understand it.

Belongs here: which models were built for which scenarios, which tests passed, and why something failed. Does not belong
here: running dbt (`dbt_run`), or dagster-dbt, which knows the assets of the models and is slow to import.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import dagster as dg

from paysim_pipeline.dbt_run import DbtCall

Part = tuple[Sequence[str], DbtCall]
"""Scenarios, and the call of dbt that was about them and no others."""

_TOLD = 5


class DbtResults:
    """The results of one or several calls, which were about different scenarios.

    Args:
        parts: the calls.
        models: node id of each model -> its asset.
        tests: node id of each test -> its check, of those that Dagster wants to know.
    """

    def __init__(
        self, parts: Sequence[Part], models: Mapping[str, dg.AssetKey], tests: Mapping[str, dg.AssetCheckSpec]
    ) -> None:
        self._parts = parts
        self._models = models
        self._tests = tests

    def built(self) -> dict[dg.AssetKey, dict[str, float]]:
        """Asset -> scenario -> seconds that its build took, in the order of the models; several may share a build."""
        found: dict[dg.AssetKey, dict[str, float]] = {}
        for names, call in self._parts:
            for node, _ in _nodes(call):
                if node["unique_id"] in self._models and node["node_status"].lower() == "success":
                    seconds = _seconds(node)
                    found.setdefault(self._models[node["unique_id"]], {}).update(dict.fromkeys(names, seconds))
        # A model stands before those that read it in every call, but not every call got as far as the others.
        places = {key: place for place, key in enumerate(self._models.values())}
        return dict(sorted(found.items(), key=lambda item: places[item[0]]))

    def checks(self) -> Iterator[dg.AssetCheckEvaluation | dg.Output[None]]:
        """The outcome of each test, over all scenarios."""
        outcomes: dict[str, list[tuple[Sequence[str], dict[str, Any], dict[str, Any]]]] = {}
        for names, call in self._parts:
            for node, data in _nodes(call):
                if node["unique_id"] in self._tests and node["node_status"].lower() != "skipped":
                    outcomes.setdefault(node["unique_id"], []).append((names, node, data))
        for test, found in outcomes.items():
            spec = self._tests[test]
            failed = [
                (names, data) for names, node, data in found if node["node_status"].lower() not in ("pass", "warn")
            ]
            warned = any(node["node_status"].lower() == "warn" for _, node, _ in found)
            metadata: dict[str, dg.MetadataValue[Any]] = {
                "seconds": dg.MetadataValue.float(round(sum(_seconds(node) for _, node, _ in found), 3)),
                "failed_rows": dg.MetadataValue.int(sum(int(data.get("num_failures") or 0) for _, _, data in found)),
            }
            if failed:
                scenarios = [name for names, _ in failed for name in names if name]
                metadata["failed_scenarios"] = dg.MetadataValue.text(", ".join(scenarios) or "all")
            yield dg.AssetCheckEvaluation(
                asset_key=spec.asset_key,
                check_name=spec.name,
                passed=not failed and not warned,
                metadata=metadata,
                severity=dg.AssetCheckSeverity.ERROR if failed or not warned else dg.AssetCheckSeverity.WARN,
                # The scenarios concerned are taken out of the run; blocking here, it would take the others with it.
                blocking=False,
            )
            yield dg.Output(None, output_name=spec.get_python_identifier())

    def failures(self) -> dict[str, str]:
        """Scenario -> why its models are not built, or not sound."""
        return {name: _why(call) for names, call in self._parts if not call.ok for name in names}


def _nodes(call: DbtCall) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for event in call.results:
        yield event["data"]["node_info"], event["data"]


def _seconds(node: Mapping[str, Any]) -> float:
    begun, ended = node.get("node_started_at"), node.get("node_finished_at")
    if not begun or not ended:
        return 0.0
    return round((datetime.fromisoformat(ended) - datetime.fromisoformat(begun)).total_seconds(), 3)


def _why(call: DbtCall) -> str:
    """The first failures of a call in plain words."""
    told = []
    for node, data in _nodes(call):
        if node["node_status"].lower() == "fail":
            rows = int(data.get("num_failures") or 0)
            told.append(f"the dbt test {node['node_name']} fails for {rows} row{'' if rows == 1 else 's'}")
    told += [" ".join(error.split()) for error in call.errors]
    more = f" (and {len(told) - _TOLD} more)" if len(told) > _TOLD else ""
    return "; ".join(told[:_TOLD]) + more
