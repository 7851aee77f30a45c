"""The HTML report: what is in the file, that it needs nothing else, and that names from the warehouse stay text."""

import base64
import json
import re
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from paysim_pipeline.report import metadata_figures, write_comparison, write_report
from paysim_pipeline.report.definitions import indicators
from paysim_pipeline.report.page import embedded
from paysim_pipeline.warehouse.queries import UnknownSimulationError
from tests.support.modelled import RUNS, modelled_warehouse

HOSTILE = "</script><script>alert(1)</script>&\"'"
SECTIONS = ["balances", "queues", "settled", "throughput", "costs", "netting", "collateral", "delays", "indicators"]


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(modelled_warehouse()), read_only=True)


def _figures(page: str) -> dict[str, list[dict[str, Any]]]:
    """Name of a figure -> the rows that it draws."""
    found = re.findall(r'<script type="application/json" id="([^"]+)-data">(.*?)</script>', page)
    return {name: _rows(json.loads(text)) for name, text in found}


def _rows(part: Any) -> list[dict[str, Any]]:
    if isinstance(part, list):
        return [row for inner in part for row in _rows(inner)]
    if not isinstance(part, dict):
        return []
    values = [row for row in part.get("values", []) if isinstance(row, dict)]
    sets = [row for rows in part.get("datasets", {}).values() for row in rows]
    return values + sets + [row for name, inner in part.items() if name != "datasets" for row in _rows(inner)]


@pytest.mark.parametrize("run", RUNS)
def test_every_part_is_there(connection: duckdb.DuckDBPyConnection, tmp_path: Path, run: str) -> None:
    target = tmp_path / "new" / "report.html"
    write_report(connection, run, target)
    page = target.read_text(encoding="utf-8")
    assert re.findall(r'<section id="([^"]+)">', page) == SECTIONS
    assert all(f"<td>{indicator.name}</td>" in page for indicator in indicators())
    for part in page.split("<section ")[1:]:
        assert ("<figcaption>" in part) or ('<p class="empty">' in part) or ("<table>" in part)
    assert list(target.parent.iterdir()) == [target]


def test_same_bytes(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    for name in ("one", "other"):
        write_report(connection, "stress", tmp_path / name)
        metadata_figures(connection, "stress")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_figures_tell_what_the_models_say(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    write_report(connection, "stress", tmp_path / "report.html")
    figures = _figures((tmp_path / "report.html").read_text(encoding="utf-8"))
    rows = figures["settled-1"]
    last = max(row["tick"] for row in rows)
    drawn = round(100 * sum(row["value"] for row in rows if row["tick"] == last))
    (settled,) = connection.execute(
        "select sum(settled_value) from main.payment_system_indicators where simulation_id = 'stress'"
    ).fetchone() or (None,)
    assert drawn == settled
    costs = sum(row["cost"] for row in figures["costs-1"])
    (charged,) = connection.execute(
        "select sum(total_cost) from main.daily_costs where simulation_id = 'stress'"
    ).fetchone() or (None,)
    assert round(100 * costs) == charged


def test_names_from_the_warehouse_stay_text(tmp_path: Path) -> None:
    copy = tmp_path / modelled_warehouse().name
    shutil.copy(modelled_warehouse(), copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            "create temp table names as select min(agent_id) as old from main.agents where simulation_id = 'stress'"
        )
        for table in ("raw.agents", "main.agents", "main.daily_agent_metrics", "main.daily_costs"):
            connection.execute(
                f"update {table} set agent_id = $new where simulation_id = 'stress' "
                "and agent_id = (select old from names)",
                {"new": HOSTILE},
            )
        connection.execute(
            "update main.simulations set scenario = $new where simulation_id = 'stress'", {"new": HOSTILE}
        )
        write_report(connection, "stress", tmp_path / "report.html")
        write_comparison(connection, ["stress", "gridlock"], tmp_path / "comparison.html")
    for name in ("report.html", "comparison.html"):
        page = (tmp_path / name).read_text(encoding="utf-8")
        assert "alert(1)" in page
        assert "<script>alert(1)" not in page
        names = {row.get("agent_id", row.get("bank")) for rows in _figures(page).values() for row in rows}
        assert HOSTILE in names


def test_embedded_json_cannot_end_its_element() -> None:
    data = {"name": "</script><!--&\u2028"}
    assert not set(embedded(data)) & set("<>&\u2028")
    assert json.loads(embedded(data)) == data


def test_comparison(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    target = tmp_path / "comparison.html"
    write_comparison(connection, ["stress", "gridlock", "stress"], target)
    page = target.read_text(encoding="utf-8")
    assert "<th></th><th class=figure>stress</th><th class=figure>gridlock</th>" in page
    assert re.findall(r'<section id="([^"]+)">', page) == ["totals", "day", "costs", "indicators"]
    with pytest.raises(ValueError, match="two different runs"):
        write_comparison(connection, ["stress", "stress"], target)


def test_metadata_figures_are_small_images(connection: duckdb.DuckDBPyConnection) -> None:
    figures = metadata_figures(connection, "stress")
    assert "balances" in figures
    for markdown in figures.values():
        image = re.fullmatch(r"!\[[a-z ]+\]\(data:image/svg\+xml;base64,(\S+)\)", markdown)
        assert image is not None
        assert base64.b64decode(image[1]).startswith(b"<svg")
        assert len(markdown) < 100_000


def test_unknown_run_leaves_no_file(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(UnknownSimulationError, match="did you mean"):
        write_report(connection, "stres", tmp_path / "report.html")
    assert not list(tmp_path.iterdir())
