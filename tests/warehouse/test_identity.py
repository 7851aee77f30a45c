"""Ids of runs: equal inputs give equal ids, any other input another one."""

import pytest

from paysim_pipeline.identity import check_simulation_id, simulation_id

INPUTS = ("baseline", "ab" * 32, 42, 3, "0.1.0")


def test_ids_stay_what_they_are() -> None:
    assert simulation_id(*INPUTS) == "sim-d18ab926f5c00e75"


def test_every_input_counts() -> None:
    other = [
        ("baselin", "ab" * 32, 42, 3, "0.1.0"),
        ("baseline", "ac" * 32, 42, 3, "0.1.0"),
        ("baseline", "ab" * 32, 43, 3, "0.1.0"),
        ("baseline", "ab" * 32, 42, 4, "0.1.0"),
        ("baseline", "ab" * 32, 42, 3, "0.1.1"),
    ]
    ids = {simulation_id(*INPUTS), *(simulation_id(*inputs) for inputs in other)}
    ids |= {simulation_id(*INPUTS, experiment_run_id=run) for run in ("exp", "exp2")}
    ids |= {simulation_id(*INPUTS, experiment_run_id="exp", experiment_iteration=i) for i in (0, 1)}
    ids |= {simulation_id(*INPUTS, continues=run, continues_after_day=day) for run in ("a", "b") for day in (0, 1)}
    assert len(ids) == 14


def test_parts_do_not_run_together() -> None:
    assert simulation_id("a", "bc", 1, 1, "1") != simulation_id("ab", "c", 1, 1, "1")
    assert simulation_id("a", "b", 1, 11, "1") != simulation_id("a", "b", 11, 1, "1")


@pytest.mark.parametrize("given", ["x", "sim-0123456789abcdef", "My.run_2", "0" * 128])
def test_an_id_of_ones_own(given: str) -> None:
    assert check_simulation_id(given) == given


@pytest.mark.parametrize("given", ["", "-x", ".x", "a b", "a/b", "a'; drop table x", "0" * 129, "a\n", "ü"])
def test_what_is_not_fit_to_be_an_id(given: str) -> None:
    with pytest.raises(ValueError, match="is not a simulation id"):
        check_simulation_id(given)
