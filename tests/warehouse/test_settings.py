"""Settings: defaults in the checkout, the environment above them."""

from pathlib import Path

import pytest

from paysim_pipeline.settings import PROJECT_ROOT, Settings


def test_defaults_lie_in_the_checkout() -> None:
    found = Settings.from_environment({})
    assert (PROJECT_ROOT / "pyproject.toml").is_file()
    assert found.database == PROJECT_ROOT / "data" / "paysim.duckdb"
    assert found.lock_file == PROJECT_ROOT / "data" / "paysim.duckdb.lock"
    assert found.bundles == PROJECT_ROOT / "data" / "bundles"
    assert found.scenarios == PROJECT_ROOT / "scenarios"
    assert found.published == PROJECT_ROOT / "data" / "published" / "paysim.duckdb"


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYSIM_DB", str(tmp_path / "x.duckdb"))
    monkeypatch.setenv("PAYSIM_LOCK_TIMEOUT", "2.5")
    found = Settings.from_environment()
    assert (found.database, found.lock_timeout) == (tmp_path / "x.duckdb", 2.5)


def test_relative_paths_begin_where_the_command_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings.from_environment({"PAYSIM_BUNDLES": "out"}).bundles == tmp_path / "out"
    assert Settings.from_environment({"PAYSIM_SCENARIOS": "~/s"}).scenarios == Path.home() / "s"


def test_an_empty_variable_is_none() -> None:
    assert Settings.from_environment({"PAYSIM_DB": "", "PAYSIM_LOCK_TIMEOUT": ""}) == Settings.from_environment({})


@pytest.mark.parametrize("timeout", ["soon", "-1", "nan", "inf"])
def test_a_timeout_is_a_number_of_seconds(timeout: str) -> None:
    with pytest.raises(ValueError, match="PAYSIM_LOCK_TIMEOUT is"):
        Settings.from_environment({"PAYSIM_LOCK_TIMEOUT": timeout})


@pytest.mark.parametrize("run", ["baseline", "sim-0123", "a.b"])
def test_the_place_of_a_bundle(run: str) -> None:
    found = Settings.from_environment({"PAYSIM_BUNDLES": "/bundles"})
    assert found.bundle(run) == Path("/bundles") / run


@pytest.mark.parametrize("run", ["", ".", "..", "../x", "/etc", "a/b", "a\\b", ".hidden", "a\0"])
def test_no_way_out_of_the_bundles(run: str) -> None:
    with pytest.raises(ValueError, match="is not the name of a scenario or run"):
        Settings.from_environment({}).bundle(run)
