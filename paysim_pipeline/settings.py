"""Where things are: the warehouse, run bundles, scenarios and the published copy.

Belongs here: paths and waiting times, from the environment or their defaults. Does not belong here: opening anything.
Imports nothing heavy, since every command and every Dagster process reads it.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parent.parent
"""The checkout. Relative defaults start here; relative paths in the environment start at the working directory."""


@dataclass(frozen=True)
class Settings:
    """Paths and waiting times.

    Attributes:
        database: the warehouse (`PAYSIM_DB`, default `data/paysim.duckdb`). Only the pipeline writes it.
        bundles: directory of run bundles (`PAYSIM_BUNDLES`, default `data/bundles`).
        scenarios: directory of scenario files (`PAYSIM_SCENARIOS`, default `scenarios`).
        published: the copy for readers (`PAYSIM_PUBLISHED`, default `data/published/paysim.duckdb`).
        lock_timeout: seconds to wait for another process that writes (`PAYSIM_LOCK_TIMEOUT`, default 60).
    """

    database: Path
    bundles: Path
    scenarios: Path
    published: Path
    lock_timeout: float = 60.0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """The settings that the environment asks for.

        Args:
            environment: variables to read instead of the process's own.

        Raises:
            ValueError: `PAYSIM_LOCK_TIMEOUT` is not a number of seconds.
        """
        given = os.environ if environment is None else environment

        def path(variable: str, default: str) -> Path:
            value = given.get(variable)
            return Path(value).expanduser().absolute() if value else PROJECT_ROOT / default

        timeout = given.get("PAYSIM_LOCK_TIMEOUT") or "60"
        try:
            seconds = float(timeout)
        except ValueError:
            seconds = -1.0
        if not 0 <= seconds < float("inf"):
            raise ValueError(f"PAYSIM_LOCK_TIMEOUT is {timeout!r}; it must be a number of seconds, 0 or more")
        return cls(
            database=path("PAYSIM_DB", "data/paysim.duckdb"),
            bundles=path("PAYSIM_BUNDLES", "data/bundles"),
            scenarios=path("PAYSIM_SCENARIOS", "scenarios"),
            published=path("PAYSIM_PUBLISHED", "data/published/paysim.duckdb"),
            lock_timeout=seconds,
        )

    @property
    def lock_file(self) -> Path:
        """The file whose lock the writer of the warehouse holds."""
        return self.database.with_name(self.database.name + ".lock")

    def bundle(self, run: str) -> Path:
        """The place of a run's bundle.

        Args:
            run: the scenario's name, or the simulation id of a kept run; a plain name.

        Raises:
            ValueError: it is not a plain name, but for instance a path.
        """
        if not run or run.startswith(".") or Path(run).name != run or "\\" in run or "\0" in run:
            raise ValueError(f"{run!r} is not the name of a scenario or run")
        return self.bundles / run
