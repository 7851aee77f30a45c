"""Differences, tolerances, and the sentences about them."""

from dataclasses import replace
from typing import Any

import pytest

from paysim_pipeline.regression.baseline import Baseline
from paysim_pipeline.regression.comparing import Comparison, compare
from paysim_pipeline.regression.measuring import Measured
from paysim_pipeline.regression.metrics import METRICS, Figure

FIGURES: dict[str, Figure] = {metric.name: 0.5 if metric.unit in ("share", "ticks") else 1000 for metric in METRICS}
MEASURED = Measured("calm", "f" * 64, 7, 3, "1.0", "d" * 64, FIGURES)


def compared(
    changes: dict[str, Figure] | None = None, tolerances: dict[str, int | float] | None = None, **facts: Any
) -> Comparison:
    """A run against its baseline, with some figures and facts of the run changed."""
    before = replace(MEASURED.baseline(), tolerances=tolerances or {})
    return compare(before, replace(MEASURED, metrics=FIGURES | (changes or {}), **facts))


def drifted(comparison: Comparison) -> list[str]:
    return [difference.metric for difference in comparison.drifted]


def test_the_same_passes() -> None:
    comparison = compared()
    assert comparison.passed
    assert comparison.problems() == []
    assert [difference.metric for difference in comparison.differences] == [metric.name for metric in METRICS]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_every_metric_is_watched(metric: Any) -> None:
    old = FIGURES[metric.name]
    assert old is not None
    comparison = compared({metric.name: old + 1})
    assert drifted(comparison) == [metric.name]
    assert not comparison.passed
    (problem,) = comparison.problems()
    assert problem.startswith(f"calm: {metric.name} was ")


def test_one_cent_is_drift() -> None:
    comparison = compared({"total_cost": 999})
    assert comparison.metric_words() == "calm: total_cost was 1,000 and is 999 (-1 cents); tolerance 0"


def test_a_tolerance_is_the_last_value_that_passes() -> None:
    tolerances: dict[str, int | float] = {"total_cost": 10, "lsm_share": 0.1}
    assert compared({"total_cost": 1010, "lsm_share": 0.6}, tolerances).passed
    assert compared({"total_cost": 990, "lsm_share": 0.4}, tolerances).passed
    assert drifted(compared({"total_cost": 1011, "lsm_share": 0.6}, tolerances)) == ["total_cost"]
    assert drifted(compared({"total_cost": 989, "lsm_share": 0.4}, tolerances)) == ["total_cost"]
    assert drifted(compared({"lsm_share": 0.61}, tolerances)) == ["lsm_share"]


def test_fractions_are_compared_as_they_are_written() -> None:
    """In binary 0.3 - 0.2 is less than 0.1, and 0.8 - 0.7 more."""
    for old, new in ((0.2, 0.3), (0.7, 0.8), (0.8, 0.7)):
        before = replace(MEASURED.baseline(), metrics=FIGURES | {"lsm_share": old}, tolerances={"lsm_share": 0.1})
        assert compare(before, replace(MEASURED, metrics=FIGURES | {"lsm_share": new})).passed


def test_shares_have_a_little_tolerance_of_their_own() -> None:
    assert compared({"lsm_share": 0.5 + 1e-12}).passed
    assert drifted(compared({"lsm_share": 0.5 + 1e-8})) == ["lsm_share"]


def test_a_figure_that_is_no_longer_there_is_drift() -> None:
    comparison = compared({"mean_delay_ticks": None})
    assert drifted(comparison) == ["mean_delay_ticks"]
    assert comparison.metric_words() == "calm: mean_delay_ticks was 0.5 and is –; tolerance 1e-09"


def test_no_figure_twice_is_the_same() -> None:
    none: dict[str, Figure] = {"mean_delay_ticks": None}
    before = replace(MEASURED.baseline(), metrics=FIGURES | none)
    assert compare(before, replace(MEASURED, metrics=FIGURES | none)).passed


def test_a_metric_that_the_baseline_lacks_is_not_passed_over() -> None:
    kept = {name: figure for name, figure in FIGURES.items() if name != "lsm_share"}
    comparison = compare(replace(MEASURED.baseline(), metrics=kept), MEASURED)
    assert comparison.metric_words() == "calm: lsm_share is not in the baseline (now 0.5)"
    assert not comparison.passed


def test_a_metric_that_the_baseline_lacks_counts_without_a_value_too() -> None:
    kept = {name: figure for name, figure in FIGURES.items() if name != "lsm_share"}
    none: dict[str, Figure] = {"lsm_share": None}
    comparison = compare(replace(MEASURED.baseline(), metrics=kept), replace(MEASURED, metrics=FIGURES | none))
    assert drifted(comparison) == ["lsm_share"]


def test_a_metric_that_is_no_longer_measured_is_not_passed_over() -> None:
    comparison = compare(replace(MEASURED.baseline(), metrics=FIGURES | {"grace": 3}), MEASURED)
    assert comparison.metric_words() == "calm: grace is in the baseline (3), but is no longer measured"
    assert not comparison.passed


def test_other_events_with_the_same_metrics() -> None:
    comparison = compared(events_digest="e" * 64)
    assert drifted(comparison) == []
    assert comparison.problems() == [
        "calm: events differ though all metrics agree (digest dddddddddddd then, eeeeeeeeeeee now)"
    ]


def test_another_engine_is_named_where_events_differ() -> None:
    assert compared(engine_version="2.0").passed
    words = compared(events_digest="e" * 64, engine_version="2.0").event_words()
    assert words.endswith("; engine 1.0 then, 2.0 now)")


def test_events_that_differ_with_metrics_say_so() -> None:
    words = compared({"total_cost": 1}, events_digest="e" * 64).event_words()
    assert words.startswith("calm: events differ, and so do metrics ")


@pytest.mark.parametrize("facts", [{"fingerprint": "0" * 64}, {"seed": 8}, {"num_days": 4}])
def test_a_changed_scenario_says_so(facts: dict[str, Any]) -> None:
    comparison = compared(**facts)
    assert not comparison.passed
    (problem,) = comparison.problems()
    assert problem.startswith("calm: the scenario changed since its baseline was accepted ")
    assert problem.endswith("'paysim baseline accept calm'")


def test_accepting_keeps_tolerances() -> None:
    before: Baseline = replace(MEASURED.baseline(), tolerances={"total_cost": 5})
    after = replace(MEASURED, metrics=FIGURES | {"total_cost": 2000}).baseline(before)
    assert after.tolerances == {"total_cost": 5}
    assert after.metrics["total_cost"] == 2000
