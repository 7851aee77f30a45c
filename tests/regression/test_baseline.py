"""The files of baselines."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from paysim_pipeline.regression.baseline import Baseline, BaselineError, read_baseline, write_baseline

CALM = Baseline(
    scenario="calm",
    fingerprint="f" * 64,
    seed=7,
    num_days=3,
    engine_version="1.0",
    events_digest="d" * 64,
    metrics={"total_cost": 12, "lsm_share": 0.1, "mean_delay_ticks": None},
    tolerances={"total_cost": 2},
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "baselines" / "calm.json"
    write_baseline(path, CALM)
    assert read_baseline(path) == CALM
    assert list(path.parent.iterdir()) == [path]


def test_the_text_is_made_for_git(tmp_path: Path) -> None:
    text = CALM.text()
    assert text.endswith("}\n")
    assert not text.endswith("\n\n")
    assert '\n    "lsm_share": 0.1,\n    "mean_delay_ticks": null,\n    "total_cost": 12\n' in text
    assert list(json.loads(text)) == sorted(json.loads(text))
    other = replace(CALM, metrics=dict(reversed(list(CALM.metrics.items()))))
    assert other.text() == text
    changed = replace(CALM, metrics={**CALM.metrics, "total_cost": 13}).text()
    assert sum(old != new for old, new in zip(text.splitlines(), changed.splitlines(), strict=True)) == 1


def test_a_tolerance_of_its_own_or_that_of_the_unit() -> None:
    assert CALM.tolerance("total_cost") == 2
    assert CALM.tolerance("payments") == 0
    assert CALM.tolerance("lsm_share") == 1e-9
    assert CALM.tolerance("of_old") == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"baseline_format": 2}, "baseline_format is 2 and not 1"),
        ({"scenario": "storm"}, "scenario is 'storm', but the file is named after another"),
        ({"seed": "seven"}, "seed is 'seven' and not a whole number"),
        ({"num_days": True}, "num_days is True and not a whole number"),
        ({"fingerprint": None}, "fingerprint is None and not a text"),
        ({"metrics": [1]}, "metrics is [1] and not an object"),
        ({"metrics": {"total_cost": "12"}}, "metrics.total_cost is '12' and not a number or null"),
        ({"tolerances": {"total_cost": -1}}, "tolerances.total_cost is -1 and not a number, 0 or more"),
        ({"tolerances": {"total_cost": None}}, "tolerances.total_cost is None and not a number, 0 or more"),
        ({"tolerances": {"total_costs": 1}}, "tolerances.total_costs: there is no such metric; there are "),
    ],
)
def test_a_file_that_makes_no_sense(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    path = tmp_path / "calm.json"
    path.write_text(json.dumps(json.loads(CALM.text()) | change))
    with pytest.raises(BaselineError) as refused:
        read_baseline(path)
    assert str(refused.value).startswith(f"{path}: {said}")


@pytest.mark.parametrize("text", ["", "<<<<<<< HEAD\n{}", "[]", "\xff", '{"metrics": {"total_cost": NaN}}'])
def test_a_file_that_is_no_baseline(tmp_path: Path, text: str) -> None:
    path = tmp_path / "calm.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(BaselineError, match="'paysim baseline accept calm'"):
        read_baseline(path)


def test_not_a_number_is_no_figure(tmp_path: Path) -> None:
    path = tmp_path / "calm.json"
    path.write_text(CALM.text().replace('"total_cost": 12', '"total_cost": NaN'))
    with pytest.raises(BaselineError, match=r"metrics\.total_cost is nan"):
        read_baseline(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BaselineError, match="No such file or directory; make it with 'paysim baseline accept calm'"):
        read_baseline(tmp_path / "calm.json")
