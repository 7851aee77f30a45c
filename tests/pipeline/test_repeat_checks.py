"""Which runs are played twice, and what is said if the second is another."""

from dataclasses import replace
from pathlib import Path

import pytest

from paysim_engine.bundle import Bundle, read_bundle
from paysim_engine.bundle_format import FileEntry
from paysim_pipeline import repeat_checks
from paysim_pipeline.parallel import SimulationJob, SimulationOutcome, simulate_many
from tests.conftest import ROOT

GRIDLOCK = ROOT / "scenarios" / "gridlock.yaml"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    place = tmp_path_factory.mktemp("run") / "gridlock"
    (outcome,) = simulate_many([SimulationJob(GRIDLOCK, place)])
    assert outcome.error is None
    return read_bundle(place)


def large(bundle: Bundle, fingerprint: str) -> Bundle:
    """The same with more events than are always played twice."""
    files = bundle.manifest.files | {"payment_events": FileEntry(repeat_checks.SMALL + 1, 1, 1)}
    return Bundle(bundle.directory, replace(bundle.manifest, files=files, fingerprint=fingerprint))


def test_a_second_run_is_the_same(bundle: Bundle) -> None:
    (second,) = simulate_many([SimulationJob(GRIDLOCK)])
    finding = repeat_checks.compare(bundle, second)
    assert finding.passed
    assert finding.figures == {"events": repeat_checks.events_of(bundle.manifest)}


def test_another_run_is_noticed(bundle: Bundle) -> None:
    (second,) = simulate_many([SimulationJob(ROOT / "scenarios" / "two_period_game.yaml")])
    finding = repeat_checks.compare(bundle, second)
    assert not finding.passed
    assert bundle.manifest.events_digest in finding.message


def test_a_second_run_that_fails_is_noticed(bundle: Bundle) -> None:
    job = SimulationJob(Path("gone.yaml"))
    finding = repeat_checks.compare(bundle, SimulationOutcome(job, "gone.yaml: not found", None))
    assert not finding.passed
    assert "gone.yaml: not found" in finding.message


def test_small_runs_always_and_large_ones_by_their_fingerprint(bundle: Bundle) -> None:
    assert repeat_checks.is_sampled(bundle.manifest)
    chosen = [repeat_checks.is_sampled(large(bundle, f"{number:08x}").manifest) for number in range(100)]
    assert sum(chosen) == 10
    finding = repeat_checks.not_sampled(large(bundle, "0" * 64))
    assert finding.passed
    assert "not played twice" in finding.message
