"""Every benchmark runs, in small: what is measured is not judged here."""

import json

import pytest

from benchmarks.cases import CASES, Case, growth
from benchmarks.run import main, measure
from paysim_engine.yardstick import run_loop
from tests.support.runs import config_of


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_case_has_the_size_it_says(case: Case) -> None:
    full, quick = case.scenario(False), case.scenario(True)
    assert len(full["agents"]) == len(quick["agents"])
    assert json.dumps(full["lsm_config"]) == json.dumps(quick["lsm_config"])


def test_the_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["benchmarks", "--quick", "--only", "200 banks"])
    main()
    shown = capsys.readouterr().out
    assert all(case.name.split(",")[0] in shown for case in CASES if "200 banks" in case.name)
    assert "steps per" in shown


def test_growth_adds_days_and_nothing_else() -> None:
    _, one = measure(config_of(growth(1)), 1)
    assert 9_000 < one["total_arrivals"] < 11_000
    assert growth(10)["agents"] == growth(1)["agents"]


def test_the_loop_depends_on_every_step() -> None:
    assert run_loop(1000) == run_loop(1000) != run_loop(999)
