"""Scenario files as they come: our own, those of another project, and recorded ones where they are at hand."""

import json
import re
from pathlib import Path

import pytest

from paysim_engine.scenario import LoadedScenario, load_scenario
from tests.conftest import ROOT
from tests.scenario.building import DATA

OWN = sorted((ROOT / "scenarios").glob("*.yaml"))
COPIED = sorted(DATA.glob("*.yaml"))
LEGACY_KEYS = {"advanced_policy_crisis": 4, "test_minimal_eod": 6, "test_near_deadline": 3}


def check(loaded: LoadedScenario, folder: Path) -> None:
    """It compiles, and its normal form is the same scenario."""
    config = loaded.engine_config()
    assert len(config.agents) == len(loaded.resolved["agents"])
    again = folder / "again.json"
    again.write_text(json.dumps(loaded.resolved))
    assert load_scenario(again).fingerprint == loaded.fingerprint


@pytest.mark.parametrize("file", OWN, ids=lambda file: file.stem)
def test_our_own(file: Path, tmp_path: Path) -> None:
    loaded = load_scenario(file, strict=True)
    assert loaded.warnings == []
    assert re.fullmatch(r"[a-z][a-z0-9_]*", loaded.name)
    check(loaded, tmp_path)


@pytest.mark.parametrize("file", OWN, ids=lambda file: file.stem)
def test_our_own_say_what_they_show(file: Path) -> None:
    header = file.read_text().split("\nsimulation:")[0]
    assert all(line.startswith("#") or not line for line in header.splitlines())
    for part in ("What it shows.", "What to look at"):
        assert part in header
    assert f"[{file.stem}]({file.name})" in (ROOT / "scenarios" / "README.md").read_text()


def test_the_first_set_is_there() -> None:
    assert {"baseline", "gridlock", "liquidity_stress", "two_period_game"} <= {file.stem for file in OWN}


@pytest.mark.parametrize("file", COPIED, ids=lambda file: file.stem)
def test_of_another_project(file: Path, tmp_path: Path) -> None:
    loaded = load_scenario(file, policy_dirs=[DATA / "policies"])
    legacy = [warning for warning in loaded.warnings if "legacy key" in warning.message]
    assert len(legacy) == LEGACY_KEYS.get(file.stem, 0)
    check(loaded, tmp_path)


def test_all_of_the_other_project(collection: Path, tmp_path: Path) -> None:
    files = sorted((collection / "reference" / "scenarios").glob("*.yaml"))
    assert len(files) >= 14
    for file in files:
        check(load_scenario(file, policy_dirs=[collection / "reference" / "policies"]), tmp_path)


def test_all_recorded_ones(collection: Path, tmp_path: Path) -> None:
    files = sorted((collection / "golden").glob("*/*/scenario.yaml"))
    assert len(files) >= 200
    for file in files:
        check(load_scenario(file), tmp_path)
