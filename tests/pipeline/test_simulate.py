"""Playing a scenario into its outputs."""

from pathlib import Path
from typing import Any

import pytest

from paysim_engine.bundle_format import BundleError
from paysim_engine.core.errors import SimulationError
from paysim_engine.record.flat import flat_events
from paysim_engine.scenario import LoadedScenario, load_scenario
from paysim_engine.simulation import Simulation
from paysim_pipeline.simulate import ScenarioRun
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def baseline() -> LoadedScenario:
    return load_scenario(ROOT / "scenarios" / "baseline.yaml")


def events(run: ScenarioRun) -> list[dict[str, Any]]:
    return [event for day in run.batches() for event in flat_events(day, run.texts, run.simulation.agent_ids)]


def test_the_same_events_day_by_day_as_at_once(baseline: LoadedScenario) -> None:
    whole = Simulation(baseline.engine_config())
    whole.run()
    assert events(ScenarioRun(baseline)) == whole.events()


def test_a_bundle_changes_nothing(baseline: LoadedScenario, tmp_path: Path) -> None:
    without, with_bundle = ScenarioRun(baseline), ScenarioRun(baseline, bundle=tmp_path / "bundle")
    assert events(with_bundle) == events(without)
    assert with_bundle.figures.summary == without.figures.summary
    bundle = with_bundle.figures.bundle
    assert bundle is not None
    assert bundle.manifest.totals.arrivals == without.figures.summary["total_arrivals"]
    assert bundle.manifest.totals.cost_cents == without.figures.summary["total_cost"]


def test_every_tick_is_reported(baseline: LoadedScenario) -> None:
    ticks: list[int] = []
    run = ScenarioRun(baseline, on_tick=lambda summary: ticks.append(summary.tick))
    run.play()
    assert ticks == list(range(run.total_ticks)) == list(range(300))


def test_overrides(baseline: LoadedScenario) -> None:
    assert ScenarioRun(baseline, num_days=1).play().summary["ticks"] == 100
    assert events(ScenarioRun(baseline, seed=1)) != events(ScenarioRun(baseline))


@pytest.mark.parametrize("ticks", [0, 1, 99, 100, 101])
def test_a_run_cut_short_is_the_beginning_of_the_whole(baseline: LoadedScenario, ticks: int) -> None:
    whole = events(ScenarioRun(baseline))
    run = ScenarioRun(baseline, ticks=ticks)
    assert events(run) == [event for event in whole if event["tick"] < ticks]
    assert run.figures.summary["ticks"] == ticks


def test_a_bundle_holds_whole_runs(baseline: LoadedScenario, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="whole run"):
        ScenarioRun(baseline, ticks=5, bundle=tmp_path / "bundle")


def test_a_run_that_breaks_off_hands_out_what_it_had(baseline: LoadedScenario, tmp_path: Path) -> None:
    def stop(summary: Any) -> None:
        if summary.tick == 149:
            raise SimulationError("tick 149: no more")

    run = ScenarioRun(baseline, on_tick=stop, bundle=tmp_path / "bundle")
    seen: list[dict[str, Any]] = []
    batches = run.batches()
    with pytest.raises(SimulationError, match="no more"):  # noqa: PT012 - the loop is what raises
        for day in batches:
            seen += flat_events(day, run.texts, run.simulation.agent_ids)
    assert seen == [event for event in events(ScenarioRun(baseline)) if event["tick"] < 150]
    assert list(tmp_path.iterdir()) == []
    assert run.figures.bundle is None


def test_an_abandoned_run_leaves_no_bundle(baseline: LoadedScenario, tmp_path: Path) -> None:
    batches = ScenarioRun(baseline, bundle=tmp_path / "bundle").batches()
    next(batches)
    batches.close()
    assert list(tmp_path.iterdir()) == []


def test_something_else_in_the_bundles_place(baseline: LoadedScenario, tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "thesis.tex").touch()
    with pytest.raises(BundleError, match="something else than a bundle"):
        ScenarioRun(baseline, bundle=tmp_path / "bundle").play()
    assert [path.name for path in (tmp_path / "bundle").iterdir()] == ["thesis.tex"]
