"""A warehouse with three runs, built once by dbt, for all tests of the models."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.dbt.projects import SCENARIOS, DbtRun, dbt, load, settings_in


@dataclass(frozen=True)
class Built:
    """A warehouse with all models, and what dbt said of building it. Not to be changed: take a copy."""

    database: Path
    target: Path
    run: DbtRun

    def copy(self, folder: Path) -> Path:
        """A copy of the warehouse, under the same name, since compiled SQL names it."""
        return Path(shutil.copy(self.database, folder))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("warehouse")
    settings = settings_in(folder)
    for scenario in sorted(SCENARIOS.glob("*.yaml")):
        load(settings, scenario.stem)
    target = folder / "target"
    return Built(settings.database, target, dbt(settings.database, target, "build"))
