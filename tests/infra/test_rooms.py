"""The direction of the arrows, as imports: engine, then pipeline, and each library only where it belongs."""

from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.infra.test_compiled_modules import imported_modules

ENGINE = sorted((ROOT / "paysim_engine").rglob("*.py"))
PIPELINE = sorted((ROOT / "paysim_pipeline").rglob("*.py"))


def imports(paths: list[Path]) -> dict[str, set[str]]:
    """The top-level packages that each of the sources imports, by path relative to the root."""
    return {
        path.relative_to(ROOT).as_posix(): {name.split(".")[0] for name in imported_modules(path)} for path in paths
    }


@pytest.mark.parametrize("library", ["dagster", "dagster_dbt", "dbt", "duckdb", "polars", "paysim_pipeline", "typer"])
def test_the_engine_does_not_know(library: str) -> None:
    assert [path for path, names in imports(ENGINE).items() if library in names] == []


def test_pydantic_reads_scenarios_only() -> None:
    users = {path for path, names in imports(ENGINE).items() if names & {"pydantic", "pydantic_core", "yaml"}}
    assert {path for path in users if not path.startswith("paysim_engine/scenario/")} == set()


def test_pyarrow_writes_bundles_only() -> None:
    users = {path for path, names in imports(ENGINE).items() if "pyarrow" in names}
    assert {path for path in users if not path.startswith("paysim_engine/bundle")} == set()


def test_dagster_dbt_is_imported_by_the_dbt_definitions_only() -> None:
    """Importing it costs seconds, which everybody else would pay for nothing."""
    users = [path for path, names in imports(PIPELINE).items() if "dagster_dbt" in names]
    assert all(path.startswith("paysim_pipeline/defs/") for path in users)


def test_no_source_is_longer_than_a_reader_can_hold() -> None:
    generated = {"paysim_engine/record/recorder.py"}
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines())
        for path in [*ENGINE, *PIPELINE, *(ROOT / "tests").rglob("*.py"), *(ROOT / "tools").glob("*.py")]
    }
    assert {path: length for path, length in lengths.items() if length > 450 and path not in generated} == {}
