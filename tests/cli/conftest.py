"""A command line with a warehouse of its own."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from paysim_pipeline.cli.main import execute
from tests.conftest import ROOT


@dataclass(frozen=True)
class Outcome:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """What it printed as JSON."""
        return json.loads(self.out)


Paysim = Callable[..., Outcome]


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The warehouse that commands use by default; it does not exist yet."""
    path = tmp_path / "warehouse" / "paysim.duckdb"
    monkeypatch.setenv("PAYSIM_DB", str(path))
    monkeypatch.setenv("PAYSIM_BUNDLES", str(tmp_path / "bundles"))
    monkeypatch.setenv("PAYSIM_SCENARIOS", str(ROOT / "scenarios"))
    monkeypatch.delenv("PAYSIM_TRACEBACK", raising=False)
    return path


@pytest.fixture
def paysim(database: Path, capsys: pytest.CaptureFixture[str]) -> Paysim:
    """Runs `paysim` with arguments, in this process; a traceback is never an answer."""

    def call(*arguments: str | Path) -> Outcome:
        capsys.readouterr()
        code = execute([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Outcome(code, captured.out, captured.err)

    return call


BROKEN = """\
simulation: {ticks_per_day: 0, num_days: 1, rng_seed: 1}
agents:
  - {id: A, opening_balance: 100, unsecured_capp: 5, policy: {type: Fifo}}
  - {id: B, opening_balance: ten, policy: {type: Fifo}}
"""


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A scenario file with three mistakes."""
    path = tmp_path / "broken.yaml"
    path.write_text(BROKEN)
    return path


@pytest.fixture
def failing(tmp_path: Path) -> Path:
    """A sound scenario whose policy divides by zero in tick 7."""
    difference = {"compute": {"op": "-", "left": {"field": "current_tick"}, "right": {"value": 7}}}
    quotient = {"compute": {"op": "/", "left": {"value": 1}, "right": difference}}
    release = {"type": "action", "action": "Release"}
    condition = {"op": ">", "left": quotient, "right": {"value": 0}}
    tree = {"type": "condition", "condition": condition, "on_true": release, "on_false": release}
    document = {"version": "1.0", "policy_id": "divider", "payment_tree": tree}
    agents = [
        {"id": "A", "opening_balance": 1000, "policy": {"type": "Inline", "decision_trees": document}},
        {"id": "B", "opening_balance": 1000, "policy": {"type": "Fifo"}},
    ]
    events = [
        {
            "type": "CustomTransactionArrival",
            "from_agent": "A",
            "to_agent": "B",
            "amount": 10,
            "schedule": {"type": "OneTime", "tick": tick},
        }
        for tick in (3, 7)
    ]
    simulation = {"ticks_per_day": 10, "num_days": 1, "rng_seed": 1}
    scenario = {"simulation": simulation, "agents": agents, "scenario_events": events}
    path = tmp_path / "failing.yaml"
    path.write_text(json.dumps(scenario))
    return path
