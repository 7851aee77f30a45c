"""A warehouse with three runs, built once by dbt, for all tests of the models."""

import pytest

from tests.dbt.projects import SCENARIOS, Built, dbt, load, settings_in


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("warehouse")
    settings = settings_in(folder)
    for scenario in sorted(SCENARIOS.glob("*.yaml")):
        load(settings, scenario.stem)
    target = folder / "target"
    return Built(settings.database, target, dbt(settings.database, target, "build"))
