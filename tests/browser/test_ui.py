"""A user's way through the UI: the graph, a scenario built by clicking, its run, its figures and its checks.

Belongs here: what a user does and sees in a browser. Does not belong here: what a run leaves in the warehouse, which
the tests of the pipeline look at.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import ui

GROUPS = ["scenarios", "simulation", "raw", "staging", "intermediate", "marts", "comparison", "reports", "regression"]
CHECKS = ["complete", "has_events", "money_conserved", "nothing_lost", "repeatable"]


@pytest.fixture(scope="module")
def run(page: Page, pictures: Path) -> str:
    """The address of a run of `gridlock`, launched by clicking and seen to succeed."""
    dialog = ui.open_dialog(page)
    ui.choose(page, dialog, "gridlock")
    ui.picture(page, pictures / "launch.png")
    dialog.get_by_role("button", name="Launch 1 run").click()
    ui.follow(page)
    ended = ui.outcome(page)
    ui.picture(page, pictures / "run.png")
    assert ended == "Success"
    return page.url


def test_the_graph_shows_every_group(page: Page, pictures: Path) -> None:
    page.goto("/asset-groups")
    for group in GROUPS:
        expect(page.get_by_text(group, exact=True).first).to_be_attached()
    expect(page.get_by_role("button", name="Materialize all")).to_be_visible()
    ui.picture(page, pictures / "graph.png")


def test_the_run_tells_of_its_checks(page: Page, run: str, pictures: Path) -> None:
    page.goto(run)
    expect(page.get_by_text("partition: gridlock")).to_be_visible()
    ui.search_log(page, "money_conserved")
    expect(page.get_by_text("Check money_conserved succeeded for materialization of simulation_run")).to_be_visible()
    ui.picture(page, pictures / "run_check.png")


@pytest.mark.usefixtures("run")
def test_the_partition_is_green_and_has_its_figures(page: Page, pictures: Path) -> None:
    ui.open_partition(page, "simulation_run", "gridlock")
    expect(page.get_by_text("Materialized (1)")).to_be_visible()
    expect(page.get_by_text("Failed (0)")).to_be_visible()
    assert [ui.figure(page, name) for name in ("payments", "settled", "settlement_rate", "total_cost_cents")] == [
        "9",
        "9",
        "1",
        "0",
    ]
    ui.picture(page, pictures / "asset.png")
    page.get_by_text("[Show Markdown]").first.click()
    expect(page.get_by_role("dialog").get_by_role("img", name="balances")).to_be_visible()
    ui.picture(page, pictures / "plot.png")


@pytest.mark.usefixtures("run")
def test_the_checks_have_succeeded(page: Page, pictures: Path) -> None:
    page.goto("/assets/simulation_run?view=checks")
    for check in CHECKS:
        expect(page.get_by_text(check, exact=True).first).to_be_visible()
    expect(page.get_by_text("Succeeded", exact=True)).to_have_count(len(CHECKS))
    ui.picture(page, pictures / "checks.png")
