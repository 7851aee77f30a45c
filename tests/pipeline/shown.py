"""Runs to be shown, each from both sources of state.

Belongs here: playing and storing a scenario once, and the lines of its displays. Does not belong here: what they say.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paysim_engine.scenario import load_scenario
from paysim_pipeline.display.filters import EventFilter
from paysim_pipeline.display.live import LiveSource
from paysim_pipeline.display.report import report
from paysim_pipeline.display.source import Account, Payment, Source, Tick
from paysim_pipeline.display.stored import StoredSource
from paysim_pipeline.display.stream import stream
from paysim_pipeline.settings import Settings
from paysim_pipeline.simulate import ScenarioRun
from paysim_pipeline.warehouse.connection import reader
from paysim_pipeline.warehouse.writer import load_bundle
from tests.conftest import ROOT

ALL = EventFilter()
RUN_ID = "shown"

GOLDEN = ROOT / "tests" / "golden" / "data"
LIBRARY = sorted((ROOT / "scenarios").glob("*.yaml"))
REFERENCE = sorted(
    path for path in (GOLDEN / "library").glob("*/scenario.yaml") if path.parent.name != "advanced_policy_crisis"
)
SMALL = [
    GOLDEN / "fuzz" / name / "scenario.yaml"
    for name in ("fz_s00", "fz_s14", "lsm_s00_m", "lsm_s08_bcm5", "pfz1000", "pfz1003", "pfz1011")
] + [
    GOLDEN / "micro" / name / "scenario.yaml"
    for name in (
        "d09_scheduled_settlement",
        "d16_resubmit",
        "d17_staggered_split",
        "d24_escalation_scope",
        "d27_entry_disposition",
        "d36_withdrawals_keep_credit_covered",
    )
]


def name_of(path: Path) -> str:
    """A case's name."""
    return path.parent.name if path.stem == "scenario" else path.stem


class Kept:
    """A source whose ticks have been read, to be followed again and again."""

    def __init__(self, source: Source) -> None:
        self.run, self.first_tick, self.last_tick = source.run, source.first_tick, source.last_tick
        self.must_be_followed = source.must_be_followed
        self._opening, self._open = source.opening_accounts(), source.open_payments()
        self._ticks = list(source.ticks())

    def opening_accounts(self) -> list[Account]:
        return list(self._opening)

    def open_payments(self) -> dict[str, Payment]:
        return dict(self._open)

    def ticks(self) -> Iterator[Tick]:
        return iter(self._ticks)


@dataclass(frozen=True)
class Shown:
    """A stored run of a scenario.

    Attributes:
        live: the run while it ran, kept.
        settings: the warehouse that it is stored in.
        events: how many there are.
    """

    live: Kept
    settings: Settings
    events: int

    @contextmanager
    def stored(self, first_tick: int = 0, last_tick: int | None = None) -> Iterator[StoredSource]:
        """The run in the warehouse."""
        with reader(self.settings) as connection:
            yield StoredSource(connection, RUN_ID, first_tick=first_tick, last_tick=last_tick)


def shown(path: Path, folder: Path, run_id: str = RUN_ID) -> Shown:
    """Play a scenario and store it in the warehouse of a folder."""
    settings = Settings(
        database=folder / "warehouse.duckdb",
        bundles=folder / "bundles",
        scenarios=folder,
        published=folder / "published.duckdb",
    )
    run = ScenarioRun(load_scenario(path), bundle=folder / run_id)
    live = Kept(LiveSource(run, run_id))
    assert run.figures.bundle is not None
    load_bundle(run.figures.bundle, settings, simulation_id=run_id)
    return Shown(live, settings, run.figures.summary["events"])


def report_of(source: Source, chosen: EventFilter = ALL) -> list[str]:
    """The lines of the report."""
    return [line.text for line in report(source, chosen)]


def stream_of(source: Source, chosen: EventFilter = ALL) -> list[str]:
    """The lines of the event stream, the one with times left out."""
    lines = list(stream(source, chosen))
    assert json.loads(lines[-1])["_metadata"] is True
    return lines[:-1]


def objects(lines: list[str]) -> list[dict[str, Any]]:
    """Lines of an event stream as objects."""
    return [json.loads(line) for line in lines]
