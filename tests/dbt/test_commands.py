"""What a user of dbt types works as it is: with the folder of the project as its place and no arguments."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from paysim_pipeline.dbt_files import DBT_PROJECT
from tests.dbt.projects import Built, DbtRun, dbt, part_of_the_project, rows, warehouse


@pytest.fixture(scope="module")
def site(built: Built) -> dict[str, Any]:
    """The catalogue and the manifest behind the documentation."""
    generated = dbt(built.database, built.target, "docs", "generate", "--static")
    assert generated.ok, generated.output
    assert "paysim" in (built.target / "static_index.html").read_text(encoding="utf-8")
    return {
        name: json.loads((built.target / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("catalog", "manifest")
    }


def models(run: DbtRun) -> dict[str, Any]:
    """Name of a model -> its node."""
    return {node["name"]: node for node in run.nodes.values() if node["resource_type"] == "model"}


def test_the_documentation_knows_every_table_and_column(built: Built, site: dict[str, Any]) -> None:
    nodes = site["catalog"]["nodes"] | site["catalog"]["sources"]
    documented = site["manifest"]["nodes"] | site["manifest"]["sources"]
    assert {node["unique_id"] for node in models(built.run).values()} <= set(nodes)
    for unique_id, table in nodes.items():
        described = documented[unique_id]["columns"]
        assert list(table["columns"]) == list(described), unique_id
        assert all(column["description"] for column in described.values()), unique_id


def test_the_first_page_names_every_mart(built: Built, site: dict[str, Any]) -> None:
    page = site["manifest"]["docs"]["doc.paysim.__overview__"]["block_contents"]
    marts = {name for name, node in models(built.run).items() if node["path"].startswith("marts")}
    assert set(re.findall(r"\(#!/model/model\.paysim\.(\w+)\)", page)) == marts


def test_the_queries_of_the_first_page_run(built: Built, site: dict[str, Any]) -> None:
    page = site["manifest"]["docs"]["doc.paysim.__overview__"]["block_contents"]
    queries = [query for block in re.findall(r"```sql\n(.*?)```", page, re.DOTALL) for query in block.split(";")]
    with warehouse(built.database) as connection:
        for query in queries:
            if query.strip():
                rows(connection, query.replace("gridlock", "netting"))
    assert len(queries) > 3


def test_every_mart_has_a_reader(site: dict[str, Any]) -> None:
    manifest = site["manifest"]
    read = {node for exposure in manifest["exposures"].values() for node in exposure["depends_on"]["nodes"]}
    marts = {unique_id for unique_id, node in manifest["nodes"].items() if node["path"].startswith("marts")}
    assert read == {unique_id for unique_id in marts if unique_id.startswith("model.")}


def test_freshness_says_when_the_last_run_was_recorded(built: Built, tmp_path: Path) -> None:
    database, target = built.copy(tmp_path), tmp_path / "target"
    project = part_of_the_project(tmp_path / "project", ["stg_simulations"])

    def freshness(aged: str) -> str:
        with warehouse(database, read_only=False) as connection:
            connection.execute(aged)
        return dbt(database, target, "source", "freshness", project=project).output

    assert "PASS freshness of raw.simulations" in freshness("select 1")
    old = "update raw.simulations set completed_at = completed_at - interval 8 days"
    assert "WARN freshness of raw.simulations" in freshness(old)


def test_without_a_warehouse_dbt_says_so_and_makes_none(tmp_path: Path) -> None:
    project = part_of_the_project(tmp_path / "project", ["stg_simulations"])
    database = tmp_path / "mistyped" / "warehouse.duckdb"
    run = dbt(database, tmp_path / "target", "build", project=project)
    assert not run.ok
    assert f"{database}: there is no warehouse; run a scenario first" in run.output
    assert not database.parent.exists()
    # The project can be described without one.
    assert dbt(database, tmp_path / "target", "compile", project=project).ok


def test_a_mart_and_what_depends_on_it_can_be_built_alone(built: Built, tmp_path: Path) -> None:
    run = dbt(built.copy(tmp_path), tmp_path / "target", "build", "--select", "lsm_effectiveness+")
    assert run.ok, run.output
    assert {node.split(".")[2] for node in run.results if node.startswith("model.")} == {"lsm_effectiveness"}
    assert any(node.startswith("test.paysim.effectiveness_follows_from_cycles") for node in run.results)


def test_the_readme_of_the_project_shows_what_works(built: Built) -> None:
    text = (DBT_PROJECT / "README.md").read_text(encoding="utf-8")
    for name in re.findall(r"--select (\w+)\+", text):
        assert name in models(built.run)
    for command in ("dbt build", "dbt test", "dbt source freshness", "dbt docs generate"):
        assert command in text
