"""Scenarios played for their figures.

Belongs here: playing scenarios in parallel, each into a bundle that is measured and thrown away. Does not belong here:
which figures (`metrics`), and what they are compared with. The warehouse is never opened.
"""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from paysim_pipeline.regression.baseline import Baseline
from paysim_pipeline.regression.metrics import Figure, measure


@dataclass(frozen=True)
class Measured:
    """What a scenario gives now.

    Attributes:
        scenario: the scenario's name.
        fingerprint: SHA-256 of the resolved scenario.
        seed, num_days: as run.
        engine_version: of the engine that ran it.
        events_digest: SHA-256 of its events.
        metrics: name -> figure.
    """

    scenario: str
    fingerprint: str
    seed: int
    num_days: int
    engine_version: str
    events_digest: str
    metrics: Mapping[str, Figure]

    def baseline(self, before: Baseline | None = None) -> Baseline:
        """The baseline that accepts this; tolerances set by hand in the one before stay."""
        return Baseline(
            scenario=self.scenario,
            fingerprint=self.fingerprint,
            seed=self.seed,
            num_days=self.num_days,
            engine_version=self.engine_version,
            events_digest=self.events_digest,
            metrics=self.metrics,
            tolerances={} if before is None else before.tolerances,
        )


def measure_scenarios(
    files: Mapping[str, Path], *, processes: int | None = None, on_done: Callable[[], None] | None = None
) -> tuple[dict[str, Measured], dict[str, str]]:
    """Play scenarios and measure them; several are played in parallel, one process each.

    Args:
        files: name -> scenario file.
        processes: how many at a time; by default as many as there are usable cores.
        on_done: called after each.

    Returns:
        Name -> what it gave, and name -> why it gave nothing, in words that name the file; in the order of `files`.
    """
    import duckdb

    from paysim_engine.bundle import read_bundle
    from paysim_pipeline.parallel import SimulationJob, SimulationOutcome, simulate_here, simulate_many

    measured: dict[str, Measured] = {}
    failures: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="paysim-regression-") as folder, duckdb.connect() as connection:
        jobs = {name: SimulationJob(path, Path(folder) / name) for name, path in files.items()}
        names = {job.bundle: name for name, job in jobs.items()}

        def take(outcome: SimulationOutcome) -> None:
            name, run, directory = names[outcome.job.bundle], outcome.figures, outcome.job.bundle
            if run is None or directory is None:
                failures[name] = outcome.error or f"{outcome.job.path}: it failed without a word"
            else:
                figures = measure(read_bundle(directory), run.summary, run.lsm_settlements, connection)
                # One at a time on the disk, however many scenarios there are.
                shutil.rmtree(directory)
                measured[name] = Measured(
                    scenario=name,
                    fingerprint=run.fingerprint,
                    seed=run.seed,
                    num_days=run.num_days,
                    engine_version=run.engine_version,
                    events_digest=run.events_digest,
                    metrics=figures,
                )
            if on_done is not None:
                on_done()

        if len(jobs) == 1:
            # A process of its own takes half a second to start: worth it for several.
            take(simulate_here(*jobs.values()))
        elif jobs:
            simulate_many(list(jobs.values()), processes=processes, on_done=take)
    return (
        {name: measured[name] for name in files if name in measured},
        {name: failures[name] for name in files if name in failures},
    )
