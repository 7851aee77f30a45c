"""Running the dbt project on a warehouse of a test's own.

Belongs here: calling dbt as users do, in a process of its own, and what it reports. Does not belong here: what the
models should hold.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from paysim_engine.scenario import load_scenario
from paysim_pipeline.dbt_files import DBT_PROJECT, dbt_program
from paysim_pipeline.settings import Settings
from paysim_pipeline.simulate import ScenarioRun
from paysim_pipeline.warehouse.writer import load_bundle

SCENARIOS = Path(__file__).parent / "scenarios"

Row = dict[str, Any]


def settings_in(folder: Path) -> Settings:
    """A warehouse in a folder."""
    return Settings(
        database=folder / "warehouse.duckdb",
        bundles=folder / "bundles",
        scenarios=SCENARIOS,
        published=folder / "published.duckdb",
    )


def load(settings: Settings, scenario: str) -> str:
    """Run one of the scenarios beside this file and load it; returns the id of the run."""
    directory = settings.bundles / scenario
    bundle = ScenarioRun(load_scenario(SCENARIOS / f"{scenario}.yaml"), bundle=directory).play().bundle
    assert bundle is not None
    return load_bundle(bundle, settings).simulation_id


@dataclass(frozen=True)
class DbtRun:
    """What came of a call of dbt.

    Attributes:
        ok: whether it ended with success.
        output: what it printed.
        results: node id -> its entry in `run_results.json`; empty if dbt did not get that far.
        nodes: node id -> its entry in `manifest.json`; likewise.
    """

    ok: bool
    output: str
    results: dict[str, Any]
    nodes: dict[str, Any]


def part_of_the_project(folder: Path, models: Sequence[str]) -> Path:
    """A project of a few models, as they are, with all macros: dbt reads it in a fraction of the time.

    Args:
        folder: where to put it.
        models: names of the models; those they read must be among them.
    """
    for name in ("dbt_project.yml", "profiles.yml", "macros", "plugins", "tests/generic"):
        source, copy = DBT_PROJECT / name, folder / name
        if source.is_dir():
            shutil.copytree(source, copy)
        else:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copy)
    for name in [*(f"{model}.*" for model in models), "_sources.yml", "columns.md"]:
        for source in (DBT_PROJECT / "models").rglob(name):
            copy = folder / source.relative_to(DBT_PROJECT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copy)
    return folder


def dbt(
    database: Path, target: Path, *arguments: str, scenarios: Sequence[str] = (), project: Path = DBT_PROJECT
) -> DbtRun:
    """Call dbt on a warehouse, with all it writes in `target`."""
    environment = {
        **os.environ,
        "PAYSIM_DB": str(database),
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(target / "logs"),
    }
    variables = ["--vars", json.dumps({"scenario_ids": list(scenarios)})] if scenarios else []
    command = [dbt_program(), "--no-use-colors", *arguments, *variables]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    if not (target / "run_results.json").exists():
        return DbtRun(False, done.stdout + done.stderr, {}, {})
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    return DbtRun(
        done.returncode == 0,
        done.stdout + done.stderr,
        {result["unique_id"]: result for result in results},
        manifest["nodes"] | manifest["sources"],
    )


@dataclass(frozen=True)
class Built:
    """A warehouse with all models, and what dbt said of building it. Not to be changed: take a copy."""

    database: Path
    target: Path
    run: DbtRun

    def copy(self, folder: Path) -> Path:
        """A copy of the warehouse, under the same name, since compiled SQL names it."""
        return Path(shutil.copy(self.database, folder))


@contextmanager
def warehouse(database: Path, *, read_only: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a warehouse."""
    connection = duckdb.connect(str(database), read_only=read_only)
    try:
        yield connection
    finally:
        connection.close()


def rows(connection: duckdb.DuckDBPyConnection, sql: str, values: Sequence[Any] = ()) -> list[Row]:
    """The rows of a query, by column."""
    result = connection.execute(sql, list(values))
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
