"""Small pictures: what is in them, and that they are sound images whatever the numbers and names."""

import base64
import re
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import pytest

from paysim_engine.scenario import load_scenario
from paysim_pipeline.simulate import ScenarioRun
from paysim_pipeline.sparkline import balances, image
from tests.conftest import ROOT

SVG = "{http://www.w3.org/2000/svg}"


def drawn(markdown: str) -> ElementTree.Element:
    found = re.fullmatch(r"!\[[^\]]*\]\(data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)\)", markdown)
    assert found is not None
    return ElementTree.fromstring(base64.b64decode(found.group(1)))


def texts(picture: ElementTree.Element, kind: str) -> list[str | None]:
    return [text.text for text in picture.iter(f"{SVG}text") if text.attrib["class"] == kind]


def heights(line: ElementTree.Element) -> list[float]:
    return [float(point.split(",")[1]) for point in line.attrib["points"].split()]


def test_lines_go_up_where_values_do() -> None:
    up, down = drawn(image("t", {"up": [0, 5, 10], "down": [10, 5, 0]})).iter(f"{SVG}polyline")
    assert heights(up) == sorted(heights(up), reverse=True)
    assert heights(down) == sorted(heights(down))
    assert min(heights(up)) == min(heights(down))


@pytest.mark.parametrize("line", [[0], [7, 7, 7], [-(10**15), 10**15], [0.25]])
def test_any_numbers(line: list[float]) -> None:
    (found,) = drawn(image("t", {"x": line})).iter(f"{SVG}polyline")
    assert all(18 <= height <= 138 for height in heights(found))
    assert len(heights(found)) >= 2


def test_names_are_text_and_nothing_else() -> None:
    picture = drawn(image("t & t", {"</svg><script>": [1, 2]}))
    assert texts(picture, "name") == ["</svg><script>"]
    assert texts(picture, "title") == ["t & t"]


def test_the_highest_and_the_lowest_value_stand_beside_the_lines() -> None:
    assert texts(drawn(image("t", {"x": [3, -1234567, 5], "y": [0.25]})), "bound") == ["5", "-1,234,567"]


def test_nothing() -> None:
    assert image("t", {}) == "nothing to show"


def test_balances_of_a_run(tmp_path: Path) -> None:
    bundle = ScenarioRun(load_scenario(ROOT / "scenarios" / "baseline.yaml"), bundle=tmp_path / "run").play().bundle
    assert bundle is not None
    with duckdb.connect() as connection:
        markdown = balances(bundle, connection)
    picture = drawn(markdown)
    names = texts(picture, "name")
    assert 2 <= len(names) <= 6
    assert names == sorted(str(name) for name in names)
    assert all(len(heights(line)) == 160 for line in picture.iter(f"{SVG}polyline"))
    assert len(markdown) < 30_000
