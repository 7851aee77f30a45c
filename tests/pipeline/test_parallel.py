"""Scenarios in parallel processes: the same results in the same order, whatever happens to a process."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from paysim_engine.bundle import read_bundle
from paysim_engine.scenario import load_scenario
from paysim_engine.simulation import Simulation
from paysim_pipeline import parallel
from paysim_pipeline.job_sizes import ticks_and_payments
from paysim_pipeline.parallel import SimulationJob, SimulationOutcome, simulate_many
from paysim_pipeline.simulate import ScenarioRun
from tests.conftest import ROOT

GRIDLOCK = ROOT / "scenarios" / "gridlock.yaml"
BASELINE = ROOT / "scenarios" / "baseline.yaml"
FOREVER = 100_000
"""Days of a run that is still going on when a test ends it."""

ENDLESS = """
import multiprocessing, os, sys
from pathlib import Path
from paysim_pipeline.parallel import SimulationJob, simulate_many

folder, long, short = map(Path, sys.argv[1:])

def report(outcome):
    print(*(process.pid for process in multiprocessing.active_children()), flush=True)

jobs = [SimulationJob(long, folder / "endless", num_days=%d), SimulationJob(short, folder / "short")]
try:
    simulate_many(jobs, processes=2, on_done=report)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def wait_until(reached: Callable[[], bool], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while not reached() and time.monotonic() < deadline:
        time.sleep(0.02)
    return reached()


def runs(process: int) -> bool:
    """Whether the process is there and not merely waiting to be buried."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


# ---- results


def test_results_are_those_of_the_engine_in_the_order_of_the_jobs(tmp_path: Path) -> None:
    jobs = [
        SimulationJob(BASELINE, tmp_path / "baseline"),
        SimulationJob(GRIDLOCK),
        SimulationJob(GRIDLOCK, seed=7, num_days=3),
        SimulationJob(GRIDLOCK, tmp_path / "gridlock"),
    ]
    done: list[SimulationOutcome] = []
    outcomes = simulate_many(jobs, processes=2, on_done=done.append)
    assert [outcome.job for outcome in outcomes] == jobs
    assert [outcome.error for outcome in outcomes] == [None] * 4
    assert sorted(map(id, done)) == sorted(map(id, outcomes))
    for job, outcome in zip(jobs, outcomes, strict=True):
        loaded = load_scenario(job.path)
        simulation = Simulation(loaded.engine_config(job.seed, job.num_days))
        simulation.run()
        figures = outcome.figures
        assert figures is not None
        assert figures.summary == simulation.summary()
        assert (figures.scenario, figures.fingerprint) == (loaded.name, loaded.fingerprint)
        assert (
            figures.lsm_settlements == ScenarioRun(loaded, seed=job.seed, num_days=job.num_days).play().lsm_settlements
        )
        assert figures.bundle == job.bundle
        if job.bundle is not None:
            assert read_bundle(job.bundle).manifest.events_digest == figures.events_digest
    digests = [outcome.figures.events_digest for outcome in outcomes if outcome.figures is not None]
    assert digests[1] == digests[3]
    assert len(set(digests)) == 3


def test_nothing_to_do() -> None:
    assert simulate_many([]) == []


@pytest.mark.parametrize(
    ("processes", "begun"),
    [(2, [2, 0, 1, 3]), (1, [0, 1, 2, 3]), (4, [0, 1, 2, 3])],
    ids=["the longest first", "one process: as they stand", "nobody waits: as they stand"],
)
def test_the_order_in_which_jobs_are_begun(monkeypatch: pytest.MonkeyPatch, processes: int, begun: list[int]) -> None:
    jobs = [
        SimulationJob(BASELINE, num_days=1),
        SimulationJob(GRIDLOCK, num_days=3),
        SimulationJob(BASELINE, num_days=2),
        SimulationJob(Path("absent.yaml")),
    ]
    found: list[int] = []
    give = parallel._Worker.give

    def noted(worker: parallel._Worker, position: int, job: SimulationJob) -> None:
        found.append(position)
        give(worker, position, job)

    monkeypatch.setattr(parallel._Worker, "give", noted)
    outcomes = simulate_many(jobs, processes=processes)
    assert found == begun
    assert [outcome.job for outcome in outcomes] == jobs


def test_the_size_of_a_job_is_that_of_the_scenario(tmp_path: Path) -> None:
    loaded = load_scenario(BASELINE)
    as_json = tmp_path / "baseline.json"
    as_json.write_text(json.dumps(loaded.resolved))
    summary = ScenarioRun(loaded).play().summary
    for path in (BASELINE, as_json):
        assert ticks_and_payments(path) == pytest.approx(summary["ticks"] + summary["total_arrivals"], rel=0.1)
        assert ticks_and_payments(path, 6) == 2 * ticks_and_payments(path, 3) == 2 * ticks_and_payments(path)
    assert ticks_and_payments(tmp_path / "absent.yaml") == 0
    assert ticks_and_payments(Path(__file__)) == 1


def test_workers_do_not_import_the_main_module(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\nfrom pathlib import Path\nfrom paysim_pipeline.parallel import SimulationJob, simulate_many\n"
        "print('main')\nprint(simulate_many([SimulationJob(Path(sys.argv[1]))])[0].error)\n"
    )
    run = subprocess.run(
        [sys.executable, script, GRIDLOCK],
        capture_output=True, text=True, check=True, timeout=60, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert run.stdout.splitlines() == ["main", "None"]
    assert run.stderr == ""


# ---- failures


def test_a_failure_stops_no_other(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("simulation: {ticks_per_day: -1}\n")
    (tmp_path / "occupied").mkdir()
    (tmp_path / "occupied" / "thesis.tex").touch()
    jobs = [
        SimulationJob(broken),
        SimulationJob(tmp_path / "absent.yaml"),
        SimulationJob(GRIDLOCK, tmp_path / "occupied"),
        SimulationJob(GRIDLOCK, num_days=0),
        SimulationJob(GRIDLOCK),
    ]
    outcomes = simulate_many(jobs, processes=2)
    for outcome, said in zip(outcomes, ("ticks_per_day", "not found", "something else", "num_days"), strict=False):
        assert outcome.figures is None
        assert outcome.error is not None
        assert str(outcome.job.path) in outcome.error
        assert said in outcome.error
    assert outcomes[4].error is None


def test_a_process_that_dies_takes_only_its_own_scenario_with_it(tmp_path: Path) -> None:
    def kill_the_first(_: SimulationOutcome) -> None:
        for process in multiprocessing.active_children():
            if process.name == "paysim-simulation-1" and not killed:
                process.kill()
                killed.append(process.name)

    killed: list[str] = []
    jobs = [SimulationJob(BASELINE, num_days=FOREVER)] + [SimulationJob(GRIDLOCK, seed=seed) for seed in range(5)]
    outcomes = simulate_many(jobs, processes=2, on_done=kill_the_first)
    assert outcomes[0].error is not None
    assert str(BASELINE) in outcomes[0].error
    assert "SIGKILL" in outcomes[0].error
    assert [outcome.error for outcome in outcomes[1:]] == [None] * 5


def test_a_single_process_that_dies_is_replaced() -> None:
    def kill_once(_: SimulationOutcome) -> None:
        for process in multiprocessing.active_children() if not killed else ():
            process.kill()
            killed.append(process.name)

    killed: list[str] = []
    jobs = [SimulationJob(GRIDLOCK, seed=1), SimulationJob(BASELINE, num_days=FOREVER), SimulationJob(GRIDLOCK)]
    outcomes = simulate_many(jobs, processes=1, on_done=kill_once)
    assert [outcome.error is None for outcome in outcomes] == [True, False, True]


@pytest.mark.parametrize("other", [BASELINE, GRIDLOCK])
def test_two_jobs_with_one_bundle(tmp_path: Path, other: Path) -> None:
    jobs = [SimulationJob(GRIDLOCK, tmp_path / "b"), SimulationJob(other, tmp_path / "x" / ".." / "b", seed=7)]
    with pytest.raises(ValueError, match=rf"gridlock.yaml and .*{other.name} would write"):
        simulate_many(jobs)


def test_no_processes() -> None:
    with pytest.raises(ValueError, match="at least one"):
        simulate_many([SimulationJob(GRIDLOCK)], processes=0)


# ---- the end


def test_an_error_in_the_report_ends_everything(tmp_path: Path) -> None:
    def fail(outcome: SimulationOutcome) -> None:
        raise RuntimeError("no more")

    jobs = [
        SimulationJob(BASELINE, tmp_path / "endless", num_days=FOREVER),
        SimulationJob(GRIDLOCK, tmp_path / "short"),
    ]
    with pytest.raises(RuntimeError, match="no more"):
        simulate_many(jobs, processes=2, on_done=fail)
    assert multiprocessing.active_children() == []
    # The unfinished bundle is gone, the complete one stays.
    assert os.listdir(tmp_path) == ["short"]


def test_processes_leave_ctrl_c_to_the_caller() -> None:
    def press_everywhere(_: SimulationOutcome) -> None:
        for process in multiprocessing.active_children():
            assert process.pid is not None
            os.kill(process.pid, signal.SIGINT)

    jobs = [SimulationJob(GRIDLOCK, seed=1), SimulationJob(BASELINE), SimulationJob(GRIDLOCK, seed=2)]
    outcomes = simulate_many(jobs, processes=2, on_done=press_everywhere)
    assert [outcome.error for outcome in outcomes] == [None] * 3


Started = tuple["subprocess.Popen[str]", list[int]]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Started]:
    """A caller whose first job is under way and never ends, and its two processes."""
    caller = subprocess.Popen(
        [sys.executable, "-c", ENDLESS % FOREVER, str(tmp_path), str(BASELINE), str(GRIDLOCK)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        assert caller.stdout is not None
        children = [int(number) for number in caller.stdout.readline().split()]
        assert len(children) == 2
        assert wait_until(lambda: any(path.name.startswith(".endless") for path in tmp_path.iterdir()))
        yield caller, children
    finally:
        # A run that a failed test left would go on until the memory is full.
        with suppress(ProcessLookupError):
            os.killpg(caller.pid, signal.SIGKILL)


@pytest.mark.parametrize("whole_group", [True, False], ids=["as a terminal does", "to the caller alone"])
def test_interruption(tmp_path: Path, started: Started, whole_group: bool) -> None:
    caller, children = started
    if whole_group:
        os.killpg(caller.pid, signal.SIGINT)
    else:
        caller.send_signal(signal.SIGINT)
    out, err = caller.communicate(timeout=30)
    assert caller.returncode == 0
    assert out.splitlines() == ["interrupted"]
    assert err == ""
    assert not any(runs(child) for child in children)
    assert os.listdir(tmp_path) == ["short"]


def test_no_orphans(tmp_path: Path, started: Started) -> None:
    caller, children = started
    assert all(runs(child) for child in children)
    caller.kill()
    caller.communicate(timeout=30)
    assert wait_until(lambda: not any(runs(child) for child in children))
    assert os.listdir(tmp_path) == ["short"]
