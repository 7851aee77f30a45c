"""What dbt is asked for, without dbt."""

import json

import pytest

from paysim_pipeline.dbt_args import build_args, scenario_vars


def test_scenarios_become_one_variable() -> None:
    arguments = build_args(["baseline", "gridlock"])
    assert arguments[0] == "build"
    assert json.loads(arguments[arguments.index("--vars") + 1]) == {"scenario_ids": ["baseline", "gridlock"]}


def test_no_scenarios_means_all_of_them() -> None:
    assert scenario_vars([]) == {"scenario_ids": []}


def test_unit_tests_are_left_out() -> None:
    arguments = build_args(["gridlock"])
    assert arguments[arguments.index("--exclude-resource-type") + 1] == "unit_test"


def test_tables_are_built_anew_on_demand_only() -> None:
    assert "--full-refresh" not in build_args(["gridlock"])
    assert "--full-refresh" in build_args(["gridlock"], full_refresh=True)


def test_models_may_be_selected() -> None:
    assert build_args([], selection=["--select", "gridlock+"])[-2:] == ["--select", "gridlock+"]


@pytest.mark.parametrize("name", ["Gridlock", "1st", "a-b", "", "x'; drop table raw.agents; --", "a\nb", "ä"])
def test_names_that_could_be_sql_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not the name of a scenario"):
        build_args(["gridlock", name])
