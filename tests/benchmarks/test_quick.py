"""Every benchmark runs, in small: what is measured is not judged here."""

import json
from pathlib import Path

import duckdb
import pytest

from benchmarks import run, warehouse
from benchmarks.cases import Bench, Case, cases
from benchmarks.figures import Figure, number
from benchmarks.queries import arguments_for, questions
from benchmarks.scenarios import OFF, banks, everything, written
from benchmarks.unit import Unit
from paysim_engine.scenario import load_scenario
from paysim_engine.yardstick import run_loop

NAMES = {case.name for case in cases()}


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_case_runs(case: Case, tmp_path: Path) -> None:
    found = case.measure(case, Bench(Unit(1000), True, 5, tmp_path))
    assert found
    for figure in found:
        assert figure.case.startswith(case.name)
        # What takes no time has not been measured; a difference of two short runs may come out below.
        assert figure.value is None or figure.value > 0 or case.name == "policy evaluation"
        assert figure.value is not None


def test_the_table_and_what_is_kept(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    kept = tmp_path / "figures.json"
    run.main(["--quick", "--case", "Fifo", "--case", "cautious", "--json", str(kept)])
    shown = capsys.readouterr().out
    assert "L = " in shown
    assert "steps per payment" in shown
    data = json.loads(kept.read_text())
    assert {figure["case"] for figure in data["figures"]} == {n for n in NAMES if "Fifo" in n or "cautious" in n}
    assert data["loop_steps_per_second"] > 0
    assert data["figures"][0]["details"]["payments"] > 1000


def test_all_cases_but_the_long_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert {case.name for case in run.chosen_cases(run.parsed([]))} == NAMES - {"growth"}
    assert {case.name for case in run.chosen_cases(run.parsed(["--growth"]))} == NAMES
    run.main(["--list"])
    assert set(capsys.readouterr().out.splitlines()) == NAMES


@pytest.mark.parametrize("arguments", [["--case", "no such case"], ["--repeats", "0"], ["--days", "0"]])
def test_bad_usage(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as leave:
        run.chosen_cases(run.parsed(arguments))
    assert leave.value.code != 0


# ---- the unit, and figures


def test_the_loop_depends_on_every_step() -> None:
    assert run_loop(1000) == run_loop(1000) != run_loop(999)


def test_a_measurement_is_the_median_in_terms_of_the_loop_beside_it() -> None:
    class Drifting(Unit):
        """A machine that becomes twice as fast with every measurement."""

        def speed(self) -> float:
            self.speeds.append(100.0 * 2 ** len(self.speeds))
            return self.speeds[-1]

    times = iter([0.8, 0.4, 0.2])
    seconds, steps = Drifting().measure(lambda: next(times), 3)
    assert seconds == 0.4
    # Each is as long as 0.8 s at the mean of 100 and 200 steps per second.
    assert steps == pytest.approx(120)


@pytest.mark.parametrize(
    ("figure", "reached"),
    [
        (Figure("case", "s", 2.0, 2.0), True),
        (Figure("case", "s", 2.1, 2.0), False),
        (Figure("case", "x", 1.6, 1.7, at_least=True), False),
        (Figure("case", "x", 1.8, 1.7, at_least=True), True),
        (Figure("case", "x", 1.2, 1.0, tolerance=0.15), False),
        (Figure("case", "x", 0.9, 1.0, tolerance=0.15), True),
        (Figure("case", "x", 0.9), None),
        (Figure("case", "x", None, 1.0), None),
    ],
)
def test_targets(figure: Figure, reached: bool | None) -> None:
    assert figure.reached is reached


@pytest.mark.parametrize(
    ("value", "shown"), [(5, "5"), (5.5, "5.50"), (27.62, "27.6"), (132.9, "133"), (1234.5, "1,234"), (0.456, "0.46")]
)
def test_numbers(value: float, shown: str) -> None:
    assert number(value) == shown


# ---- scenarios


def test_more_days_and_nothing_else() -> None:
    assert banks(100, 1.0, days=10)["agents"] == banks(100, 1.0)["agents"]
    assert banks(100, 1.0)["lsm_config"] == OFF


def test_every_family_of_events_is_loaded(tmp_path: Path) -> None:
    from benchmarks.loading import empty_warehouse, events_of, load, recorded

    bundle = recorded(Bench(Unit(1000), True, 1, tmp_path), 0.5)
    settings = empty_warehouse(tmp_path / "warehouse")
    load(bundle, settings, threads=1)
    events = [table for table in bundle.manifest.files if table.endswith("_events")]
    with duckdb.connect(str(settings.database), read_only=True) as connection:
        rows = {table: connection.execute(f"select count(*) from raw.{table}").fetchall()[0][0] for table in events}
    assert all(rows.values())
    assert sum(rows.values()) == events_of(bundle)


def test_two_hundred_banks_pay_forty_thousand_times_a_day(tmp_path: Path) -> None:
    loaded = load_scenario(written(banks(200, 2.0), tmp_path)).resolved
    rates = [agent["arrival_config"]["rate_per_tick"] for agent in loaded["agents"]]
    assert sum(rates) * loaded["simulation"]["ticks_per_day"] == 40_000
    assert len(everything(200, 2.0)["agents"]) == 200


# ---- the warehouse


def test_the_budgets_of_the_warehouse(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    kept = tmp_path / "figures.json"
    warehouse.main(["--quick", "--days", "1", "--only", "sitting,writes", "--json", str(kept)])
    found = json.loads(kept.read_text())["figures"]
    quantities = {figure["quantity"] for figure in found}
    assert {"s simulate", "s load", "s dbt build", "GB memory at most", "GB file", "ms for 40,000"} <= quantities
    assert all(figure["value"] > 0 for figure in found)
    asked = next(figure for figure in found if figure["measured"].startswith("slowest"))["details"]
    assert set(asked) == set(questions())
    assert "queries" in capsys.readouterr().out


def test_a_query_with_an_unknown_argument_is_not_passed_over() -> None:
    def question(connection: object, colour: str, limit: int = 3) -> None: ...

    assert arguments_for(question, {"colour": "blue", "tick": 1}) == {"colour": "blue"}
    with pytest.raises(LookupError, match="question wants colour"):
        arguments_for(question, {"tick": 1})


def test_a_step_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"no such scenario file"):
        warehouse.run_child(warehouse.paysim("simulate", "nowhere"), tmp_path / "none.duckdb")
