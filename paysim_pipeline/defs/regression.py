"""The scenarios of this checkout compared with their baselines.

Belongs here: the asset `regression` with its checks, and its job. Does not belong here: playing, measuring and
comparing (`paysim_pipeline.regression`), or when it happens (`defs.automation`). No pool: the warehouse is not opened.

The asset has no partitions: one run plays all scenarios side by side, and each has checks of its own, which the UI
lists by name. It depends on no other asset, since it plays the scenario files as they are.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import dagster as dg

from paysim_pipeline.defs.resources import Places
from paysim_pipeline.defs.simulation import OWNERS, check_engine
from paysim_pipeline.partitions import SCENARIO_NAME
from paysim_pipeline.regression.baseline import baseline_names
from paysim_pipeline.settings import Settings

if TYPE_CHECKING:
    from paysim_pipeline.regression.comparing import Comparison

KINDS: Final = {
    "same_scenario": "is the one that was accepted",
    "same_metrics": "has the metrics that were accepted, within their tolerances",
    "same_events": "has the events that were accepted",
}
"""Kind of check -> what it says of a scenario."""

REGRESSION: Final = dg.AssetKey("regression")

NAMES: Final = [name for name in baseline_names(Settings.from_environment().scenarios) if SCENARIO_NAME.fullmatch(name)]
"""The scenarios with a baseline; a new one appears when the definitions are reloaded."""


@dg.asset(
    key=REGRESSION,
    group_name="regression",
    owners=OWNERS,
    kinds={"python", "json"},
    check_specs=[
        dg.AssetCheckSpec(f"{name}_{kind}", asset=REGRESSION, description=f"The scenario {name} {says}.")
        for name in NAMES
        for kind, says in KINDS.items()
    ],
)
def regression(
    context: dg.AssetExecutionContext, places: Places
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """What the scenarios give now, beside what was accepted in `scenarios/baselines`.

    A run in which anything is not as it was accepted fails, after all scenarios have been compared.
    """
    from paysim_pipeline.partitions import scenario_files
    from paysim_pipeline.regression.baseline import Baseline, BaselineError, baseline_file, read_baseline
    from paysim_pipeline.regression.comparing import compare
    from paysim_pipeline.regression.measuring import measure_scenarios

    check_engine()
    folder = places.settings().scenarios
    files = scenario_files(folder)
    baselines: dict[str, Baseline] = {}
    unusable: dict[str, str] = {}
    for name in NAMES:
        if name not in files:
            unusable[name] = f"{name}: {folder / name}.yaml is gone; remove {baseline_file(folder, name)} too"
            continue
        try:
            baselines[name] = read_baseline(baseline_file(folder, name))
        except BaselineError as error:
            unusable[name] = str(error)
    measured, failures = measure_scenarios({name: files[name] for name in baselines})
    unusable |= failures
    comparisons = {name: compare(baselines[name], found) for name, found in measured.items()}
    problems = list(unusable.values())
    for comparison in comparisons.values():
        problems += comparison.problems()
    yield dg.MaterializeResult(
        metadata={
            "scenarios": len(NAMES),
            "as_accepted": sum(comparison.passed for comparison in comparisons.values()),
            "problems": dg.MetadataValue.md("\n".join(f"* {problem}" for problem in problems) or "none"),
        }
    )
    for name in NAMES:
        for kind in KINDS:
            if name in unusable:
                yield _result(name, kind, False, unusable[name], {})
            else:
                yield _compared(name, kind, comparisons[name])
    for problem in problems:
        context.log.error(problem)
    if problems:
        raise dg.Failure("\n".join(problems), allow_retries=False)


def _compared(name: str, kind: str, comparison: "Comparison") -> dg.AssetCheckResult:
    old, new = comparison.baseline, comparison.measured
    if kind == "same_scenario":
        metadata = {"old": old.fingerprint, "new": new.fingerprint}
        return _result(name, kind, not comparison.scenario_changed, comparison.scenario_words(), metadata)
    if kind == "same_events":
        metadata = {
            "old": old.events_digest,
            "new": new.events_digest,
            "old_engine": old.engine_version,
            "new_engine": new.engine_version,
        }
        return _result(name, kind, not comparison.events_differ, comparison.event_words(), metadata)
    return _result(name, kind, not comparison.drifted, comparison.metric_words(), _figures(comparison))


def _figures(comparison: "Comparison") -> dict[str, Any]:
    """All metrics as a table: old, new, difference and tolerance of each."""
    columns = ["metric", "unit", "old", "new", "difference", "tolerance"]
    table = dg.MetadataValue.table(
        records=[
            dg.TableRecord(
                {
                    "metric": each.metric,
                    "unit": each.unit,
                    "old": _exact(each.old),
                    "new": _exact(each.new),
                    "difference": _exact(each.difference),
                    "tolerance": _exact(each.tolerance),
                    "drifted": each.drifted,
                }
            )
            for each in comparison.differences
        ],
        schema=dg.TableSchema([*(dg.TableColumn(name) for name in columns), dg.TableColumn("drifted", "bool")]),
    )
    return {"metrics": table}


def _exact(figure: float | None) -> str:
    # A table of the UI rounds numbers, and large ones of it are doubles.
    return "" if figure is None else str(figure)


def _result(name: str, kind: str, passed: bool, words: str, metadata: dict[str, Any]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=REGRESSION,
        check_name=f"{name}_{kind}",
        passed=passed,
        severity=dg.AssetCheckSeverity.ERROR,
        description=words,
        metadata=metadata,
    )


regression_runs = dg.define_asset_job(
    "regression_runs",
    selection=dg.AssetSelection.assets(REGRESSION),
    description="Play every scenario that has a baseline, and compare digest and metrics with it.",
)
