"""A user's way through the UI: the graph, a partition built by clicking, its run, its checks and its figures.

Belongs here: what a user does and sees in a browser. Does not belong here: what a run leaves in the warehouse, which
the tests of the pipeline look at.
"""

import re
from pathlib import Path

from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.browser.conftest import PATIENCE

GROUPS = ["scenarios", "simulation", "raw", "staging", "intermediate", "marts", "comparison", "reports", "regression"]
CHECKS = ["complete", "has_events", "money_conserved", "nothing_lost", "repeatable"]

expect.set_options(timeout=PATIENCE * 1000)


def launch(page: Page, partition: str) -> None:
    """Materialise a partition of `simulation_run` from its page, up to the page of the run."""
    page.goto("/assets/simulation_run")
    page.get_by_role("button", name="Materialize").first.click()
    confirm = page.get_by_role("button", name="Confirm")
    choice = page.get_by_text("Select a partition")
    # Dagster asks first when nothing upstream was ever built.
    expect(confirm.or_(choice).first).to_be_visible()
    if confirm.is_visible():
        confirm.click()
    option = page.get_by_role("menuitem").filter(has=page.get_by_title(partition, exact=True))
    # The dialog is drawn anew when its data arrive, and closes the list if that was open.
    for _ in range(10):
        try:
            if not option.is_visible():
                choice.click(timeout=2000)
            option.click(timeout=2000)
            break
        except PlaywrightTimeoutError:
            continue
    title = page.get_by_text("Launch runs to materialize simulation_run")
    title.click()
    page.get_by_role("button", name="Launch 1 run").click()
    # The dialog closes when the server has the run; leaving earlier would take the request back.
    expect(title).to_have_count(0)
    page.goto("/runs")
    page.locator("a[href*='/runs/']").filter(has_text=re.compile("^[0-9a-f]{8}$")).first.click()
    page.wait_for_url(re.compile("/runs/[0-9a-f-]{36}"))
    expect(page.get_by_text(partition).first).to_be_attached()


def partitions(page: Page, partition: str) -> None:
    """Open what the asset's page says of a partition."""
    page.goto(f"/assets/simulation_run?view=partitions&partition={partition}")


def test_the_graph_shows_every_group(page: Page, pictures: Path) -> None:
    page.goto("/asset-groups")
    for group in GROUPS:
        expect(page.get_by_text(group, exact=True).first).to_be_attached()
    expect(page.get_by_role("button", name="Materialize all")).to_be_visible()
    page.wait_for_timeout(1500)
    page.screenshot(path=pictures / "graph.png")


def test_a_partition_is_built_by_clicking(page: Page, pictures: Path) -> None:
    launch(page, "gridlock")
    expect(page.get_by_text(re.compile("^(Success|Failure)$")).first).to_have_text("Success")
    expect(page.get_by_text("money_conserved").first).to_be_attached()
    page.screenshot(path=pictures / "run.png")

    partitions(page, "gridlock")
    expect(page.get_by_text("Materialized (1)")).to_be_visible()
    expect(page.get_by_text("Failed (0)")).to_be_visible()
    for figure in ("payments", "settlement_rate", "events_digest", "balances"):
        expect(page.get_by_text(figure, exact=True).first).to_be_visible()
    page.screenshot(path=pictures / "asset.png")

    page.goto("/assets/simulation_run?view=checks")
    for check in CHECKS:
        expect(page.get_by_text(check, exact=True).first).to_be_attached()
    expect(page.get_by_text("Succeeded", exact=True)).to_have_count(len(CHECKS))
    page.screenshot(path=pictures / "checks.png")


def test_a_scenario_that_fails_is_not_green(page: Page, pictures: Path) -> None:
    launch(page, "broken")
    expect(page.get_by_text(re.compile("^(Success|Failure)$")).first).to_have_text("Failure")
    partitions(page, "broken")
    expect(page.get_by_text("Failed (1)")).to_be_visible()
    page.screenshot(path=pictures / "failed.png")
