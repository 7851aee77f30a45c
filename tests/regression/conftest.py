"""A folder of scenarios with baselines of its own."""

import shutil
from pathlib import Path

import pytest

from tests.conftest import ROOT


def copied(target: Path, *names: str) -> Path:
    """A folder with some scenarios of the checkout, their policies and their baselines."""
    (target / "baselines").mkdir(parents=True)
    shutil.copytree(ROOT / "scenarios" / "policies", target / "policies")
    for name in names:
        shutil.copy(ROOT / "scenarios" / f"{name}.yaml", target)
        shutil.copy(ROOT / "scenarios" / "baselines" / f"{name}.json", target / "baselines")
    return target


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The scenarios gridlock and liquidity_stress, which commands and assets use now."""
    place = copied(tmp_path / "scenarios", "gridlock", "liquidity_stress")
    monkeypatch.setenv("PAYSIM_SCENARIOS", str(place))
    # Whoever opened the warehouse would leave a trace here.
    monkeypatch.setenv("PAYSIM_DB", str(tmp_path / "data" / "paysim.duckdb"))
    monkeypatch.setenv("PAYSIM_BUNDLES", str(tmp_path / "data" / "bundles"))
    monkeypatch.delenv("PAYSIM_TRACEBACK", raising=False)
    return place
