"""The HTML report: its parts, its outline, that names from the warehouse stay text, the same bytes every time."""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from paysim_pipeline.report import metadata_figures, write_comparison, write_report
from paysim_pipeline.report.definitions import grouped, indicators
from paysim_pipeline.report.page import embedded
from paysim_pipeline.settings import PROJECT_ROOT
from paysim_pipeline.warehouse.queries import UnknownSimulationError
from tests.report.hostile import HOSTILE, hostile_warehouse
from tests.report.pages import read
from tests.support.modelled import RUNS, modelled_warehouse

SECTIONS = ["balances", "queues", "settled", "throughput", "costs", "netting", "collateral", "delays", "indicators"]
COMPARED = ["identity", "totals", "day", "queues", "mechanisms", "costs", "indicators"]


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(modelled_warehouse()), read_only=True)


@pytest.mark.parametrize("run", RUNS)
def test_every_part_is_there(connection: duckdb.DuckDBPyConnection, tmp_path: Path, run: str) -> None:
    target = tmp_path / "new" / "report.html"
    write_report(connection, run, target)
    page = read(target.read_text(encoding="utf-8"))
    assert page.sections == SECTIONS
    for section in SECTIONS:
        drawn = any(name.startswith(f"{section}-") for name in page.specs)
        listed = any(part == section for part, _ in page.tables)
        assert (drawn or listed) != (section in page.empty)
    assert {indicator.name for indicator in indicators()} <= page.table("indicators", "Indicators by day").keys()
    assert list(target.parent.iterdir()) == [target]


def test_what_there_is_none_of_is_said(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    write_report(connection, "gridlock", tmp_path / "report.html")
    empty = read((tmp_path / "report.html").read_text(encoding="utf-8")).empty
    assert empty["costs"] == "Nothing was charged."
    assert empty["collateral"] == "No bank had collateral posted at any time."
    assert empty["delays"] == "Every payment that settled did so in the tick in which it arrived."


@pytest.mark.parametrize("runs", [["stress"], ["stress", "policies"], ["stress", "policies", "netting"]])
def test_outline(connection: duckdb.DuckDBPyConnection, tmp_path: Path, runs: list[str]) -> None:
    target = tmp_path / "page.html"
    if len(runs) == 1:
        write_report(connection, runs[0], target)
    else:
        write_comparison(connection, runs, target)
    text = target.read_text(encoding="utf-8").split("<script>", 1)[0]
    assert '<html lang="en">' in text
    levels = [level for level, _ in read(text).headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    # A figure has a name, a sentence and its data; a table a caption and headings of rows and columns.
    figures = re.findall(r"<figure>.*?</figure>", text, re.S)
    assert figures
    for figure in figures:
        name = re.search(r'role="img" aria-label="[^"]+" aria-describedby="([^"]+)"', figure)
        assert name is not None
        assert f'<figcaption id="{name[1]}">' in figure
        assert '<details class="data"' in figure
    assert "<th>" not in text
    assert text.count("<table>") == text.count("<caption") == text.count("<thead>")
    links = re.findall(r'href="#([^"]+)"', text)
    assert links == read(text).sections


def test_groups_of_indicators_follow_the_model() -> None:
    places = [place for place, _ in grouped()]
    assert places == sorted(places)
    assert places[0] == 0
    assert len(places) == 9


_WRITE = """
import sys
from itertools import pairwise
from pathlib import Path
import duckdb
from paysim_pipeline.report import metadata_figures, write_comparison, write_report
warehouse, folder = map(Path, sys.argv[1:])
with duckdb.connect(str(warehouse), read_only=True) as connection:
    figures = metadata_figures(connection, "stress")
    for name in ("stress", "policies"):
        write_report(connection, name, folder / name)
    write_comparison(connection, ["stress", "policies"], folder / "both")
(folder / "figures").write_text(repr(figures))
"""


def test_same_bytes_in_every_process(tmp_path: Path) -> None:
    processes = {}
    for seed, zone in (("1", "Asia/Tokyo"), ("2", "America/Lima")):
        folder = tmp_path / seed
        folder.mkdir()
        processes[folder] = subprocess.Popen(
            [sys.executable, "-c", _WRITE, modelled_warehouse(), folder],
            env=os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": str(PROJECT_ROOT)},
        )
    assert [process.wait() for process in processes.values()] == [0, 0]
    one, other = (
        {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()} for folder in processes
    )
    assert len(one) == 4
    assert one == other


def test_names_from_the_warehouse_stay_text(tmp_path: Path) -> None:
    with duckdb.connect(str(hostile_warehouse(tmp_path))) as connection:
        write_report(connection, "stress", tmp_path / "report.html")
        write_comparison(connection, ["stress", "gridlock"], tmp_path / "comparison.html")
    for name in ("report.html", "comparison.html"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        page = read(text)
        assert HOSTILE not in text
        assert "<script>alert(1)" not in text
        assert "<img src=x" not in text
        drawn = {row.get("agent_id", row.get("bank")) for chart in page.specs for row in page.rows(chart)}
        assert HOSTILE in drawn
        listed = {line[0] for table in page.tables.values() for line in table}
        assert HOSTILE in listed
    assert read((tmp_path / "report.html").read_text(encoding="utf-8")).headings[0] == (1, HOSTILE)


def test_embedded_json_cannot_end_its_element() -> None:
    data = {"name": "</script><!--&\u2028"}
    assert not set(embedded(data)) & set("<>&\u2028")
    assert json.loads(embedded(data)) == data


def test_comparison(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    target = tmp_path / "comparison.html"
    write_comparison(connection, ["gridlock", "stress", "gridlock"], target)
    page = read(target.read_text(encoding="utf-8"))
    assert page.sections == COMPARED
    assert page.headings[0] == (1, "gridlock · stress")
    found = connection.execute(
        "select simulation_id, total_cost_cents, settlement_rate, events_digest from main.simulations "
        "where simulation_id in ('gridlock', 'stress') order by 1"
    ).fetchall()
    (_, _, rate, digest), (_, cost, other_rate, other_digest) = found
    totals = page.table("totals", "Totals")
    assert page.tables["totals", "Totals"][0] == ["", "gridlock", "stress", "difference"]
    assert totals["total cost"] == ["0.00", f"{cost / 100:,.2f}", f"+{cost / 100:,.2f}"]
    assert totals["settlement rate"][2] == f"-{100 * (rate - other_rate):.1f} pp"
    assert page.table("identity", "The runs")["events digest"] == [digest, other_digest]
    bars = {(row["run"], row["kind"]): row["cost"] for row in page.rows("costs-1")}
    assert round(100 * sum(bars[key] for key in bars if key[0] == "stress")) == cost
    shares = [row["share"] for row in page.rows("mechanisms-1") if row["run"] == "stress"]
    assert sum(shares) == pytest.approx(1)
    with pytest.raises(ValueError, match="two different runs"):
        write_comparison(connection, ["stress", "stress"], target)


def test_captions_say_what_a_point_stands_for(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    write_report(connection, "stress", tmp_path / "long.html")
    write_report(connection, "gridlock", tmp_path / "short.html")
    long, short = (read((tmp_path / f"{name}.html").read_text(encoding="utf-8")) for name in ("long", "short"))
    # 300 ticks are drawn with 150 points; the hundred ticks of a day with one each.
    assert {name for name, caption in long.captions.items() if "Each point stands for 2 ticks: " in caption} == {
        "balances-1", "queues-1", "queues-2", "settled-1",
    }  # fmt: skip
    assert not any("Each point" in caption for caption in short.captions.values())


def test_three_runs_have_no_difference(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    write_comparison(connection, ["netting", "stress", "policies"], tmp_path / "page.html")
    page = read((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert page.tables["totals", "Totals"][0] == ["", "netting", "stress", "policies"]


def test_metadata_figures_are_small_images(connection: duckdb.DuckDBPyConnection) -> None:
    figures = metadata_figures(connection, "stress")
    assert list(figures) == ["balances", "queue_value", "settled_value_by_mechanism", "throughput"]
    for markdown in figures.values():
        image = re.fullmatch(r"!\[[a-z ]+\]\(data:image/svg\+xml;base64,(\S+)\)", markdown)
        assert image is not None
        assert base64.b64decode(image[1]).startswith(b"<svg")
        assert len(markdown) < 100_000


def test_unknown_run_leaves_no_file(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(UnknownSimulationError, match="did you mean"):
        write_report(connection, "stres", tmp_path / "report.html")
    assert not list(tmp_path.iterdir())
